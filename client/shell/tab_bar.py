"""The desks of a person as tabs in the top strip, each with the digit that Ctrl makes its key; what has no room is behind "…"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from client import theme
from client.action import shown_key
from client.widgets.badge import paint_sign
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from client.desks import DeskEntry

#: Desks with a key of their own: Ctrl+1 … Ctrl+9.
WITH_KEY: Final = 9
_PAD: Final = 9
_BETWEEN: Final = 5
_SIGN: Final = 8
_UNDERLINE: Final = 3


def key_of(place: int) -> str:
    """The key of the desk at ``place`` (from 0) among those that a person may use; none after the ninth."""
    return f"Ctrl+{place + 1}" if place < WITH_KEY else ""


class _Tab(QAbstractButton):
    """One desk. ``tone`` marks that it said something while it was not on the screen."""

    def __init__(self, parent: QWidget, key: str) -> None:
        super().__init__(parent)
        self._key = key
        self.current, self.tone = False, ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def name(self, title: str, full: str) -> None:
        """Its title on the tab, and the full one for the pointer and for a screen reader."""
        self.setText(title)
        self.setAccessibleName(full)
        self.setToolTip(f"{full}  {shown_key(self._key)}" if self._key else full)

    @property
    def digit(self) -> str:
        """The last sign of its key."""
        return self._key[-1:]

    def sizeHint(self) -> QSize:
        digit = QFontMetrics(theme.font(theme.NOTE)).horizontalAdvance(self.digit) + _BETWEEN if self.digit else 0
        title = QFontMetrics(_title_font(strong=True)).horizontalAdvance(self.text())
        return QSize(2 * _PAD + digit + title, theme.TOP_STRIP)

    def enterEvent(self, event: object) -> None:  # noqa: ARG002 - Qt's signature
        self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002 - Qt's signature
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme.now()
        if self.current or self.underMouse():
            painter.fillRect(self.rect().adjusted(0, 0, 0, -1), QColor(look.selected if self.current else look.hover))
        if self.current:
            painter.fillRect(0, self.height() - _UNDERLINE, self.width(), _UNDERLINE, QColor(look.primary))
        self._paint_words(painter, look)
        if self.tone:
            box = QRectF(self.width() - _SIGN - 2, 5, _SIGN, _SIGN)
            paint_sign(painter, box, self.tone, QColor(look.tone(self.tone).ink))

    def _paint_words(self, painter: QPainter, look: theme.Theme) -> None:
        left = _PAD
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        if self.digit:
            painter.setFont(theme.font(theme.NOTE))
            painter.setPen(QColor(look.secondary))
            painter.drawText(self.rect().adjusted(left, 1, 0, 0), middle, self.digit)
            left += painter.fontMetrics().horizontalAdvance(self.digit) + _BETWEEN
        painter.setFont(_title_font(strong=self.current))
        painter.setPen(QColor(look.text if self.current or self.tone else look.secondary))
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), middle, self.text())


def _title_font(*, strong: bool) -> QFont:
    return theme.font(theme.BODY, QFont.Weight.DemiBold if strong else QFont.Weight.Normal)


class TabBar(QWidget):
    """``chosen(desk id)`` for a click on a tab, ``more()`` for one on "…". It never takes the focus: keys do the same through the actions."""

    chosen = Signal(str)
    more = Signal()

    def __init__(self, entries: Sequence[DeskEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = tuple(entries)
        self._tabs = [_Tab(self, key_of(place)) for place in range(len(entries))]
        self._more = _Tab(self, "")
        for tab, entry in zip(self._tabs, entries, strict=True):
            tab.clicked.connect(lambda _checked=False, desk_id=entry.id: self.chosen.emit(desk_id))
        self._more.clicked.connect(lambda _checked=False: self.more.emit())
        self.setFixedHeight(theme.TOP_STRIP)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if not entries:
            self.hide()

    def show_current(self, desk_id: str) -> None:
        """Name the tabs in the language of the moment; that of ``desk_id`` is the current one."""
        for tab, entry in zip(self._tabs, self._entries, strict=True):
            tab.name(entry.tab_title(), tr(entry.title))
            tab.current = entry.id == desk_id
        self._more.name("…", tr("Go to another desk"))
        self.updateGeometry()
        self._arrange()

    def mark(self, tones: Mapping[str, str]) -> None:
        """Mark the desks that said something meanwhile, each with the tone of it; the others lose their mark."""
        for tab, entry in zip(self._tabs, self._entries, strict=True):
            tab.tone = tones.get(entry.id, "")
            tab.update()
        self._mark_more()

    def marked(self) -> dict[str, str]:
        """Which desks are marked, and how."""
        return {entry.id: tab.tone for tab, entry in zip(self._tabs, self._entries, strict=True) if tab.tone}

    def shown(self) -> list[str]:
        """The desks that have room for their tabs."""
        return [entry.id for tab, entry in zip(self._tabs, self._entries, strict=True) if not tab.isHidden()]

    def sizeHint(self) -> QSize:
        return QSize(sum(tab.sizeHint().width() for tab in self._tabs), theme.TOP_STRIP)

    def minimumSizeHint(self) -> QSize:
        current = max((tab.sizeHint().width() for tab in self._tabs if tab.current), default=0)
        return QSize(min(current + self._more.sizeHint().width(), self.sizeHint().width()), theme.TOP_STRIP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Side by side as far as the room goes; the current one always has a place."""
        all_fit = self.sizeHint().width() <= self.width()
        room = self.width() - (0 if all_fit else self._more.sizeHint().width())
        room -= sum(tab.sizeHint().width() for tab in self._tabs if tab.current)
        left = 0
        for tab in self._tabs:
            width = tab.sizeHint().width()
            room -= 0 if tab.current else width
            fits = tab.current or room >= 0
            tab.setVisible(fits)
            tab.setGeometry(left, 0, width, self.height())
            left += width if fits else 0
        self._more.setVisible(not all_fit)
        self._more.setGeometry(left, 0, self._more.sizeHint().width(), self.height())
        self._mark_more()

    def _mark_more(self) -> None:
        """A desk without room is marked on "…" instead."""
        self._more.tone = next((tab.tone for tab in self._tabs if tab.isHidden() and tab.tone), "")
        self._more.update()
