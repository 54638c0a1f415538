"""Which desk? Those that the person's roles allow, in the order of a patient's way through the clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from client import theme
from client.icons import draw
from client.texts import text
from client.widgets.buttons import Button, paint_cap
from client.widgets.form import Label
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.desks import DeskEntry

_WIDTH, _NARROWEST, _HEIGHT = 248, 176, 208


class _Card(QAbstractButton):
    """A desk to choose, with its number as its key."""

    def __init__(self, entry: DeskEntry, number: int) -> None:
        super().__init__()
        self.entry = entry
        self._number = number
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(_NARROWEST)
        self.setMaximumWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr(entry.title))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def enterEvent(self, event: object) -> None:  # noqa: ARG002 - Qt's signature
        self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002 - Qt's signature
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme.now()
        chosen = self.hasFocus()
        edge = QPen(QColor(look.primary if chosen else look.line), 2 if chosen else 1)
        painter.setPen(edge)
        painter.setBrush(QColor(look.hover if self.underMouse() else look.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        draw(painter, QRectF(24, 28, 40, 40), self.entry.icon, look.primary)
        paint_cap(painter, QRect(self.width() - 48, 28, 24, 22), str(self._number), QColor(look.secondary), QColor(look.field_line))
        painter.setPen(QColor(look.text))
        painter.setFont(theme.font(theme.HEADING, QFont.Weight.Medium))
        painter.drawText(QRect(24, 88, self.width() - 48, 32), int(Qt.AlignmentFlag.AlignVCenter), tr(self.entry.title))
        painter.setPen(QColor(look.secondary))
        painter.setFont(theme.font(theme.BODY))
        painter.drawText(QRect(24, 124, self.width() - 48, 72), int(Qt.TextFlag.TextWordWrap), tr(self.entry.about))


class ChooserPage(QWidget):
    """``chosen(desk id)``, ``devices()`` (their set-up, F4) and ``leaving()`` (sign out). Arrows and Enter, or the number of the desk."""

    chosen = Signal(str)
    leaving = Signal()
    devices = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[_Card] = []
        self.greeting = Label(type="heading")
        self.none = Label(N_("Your roles open no desk here. Ask the administrator; Esc signs out."), "secondary")
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.MARGIN)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, 12)
        layout.addStretch(2)
        self.question = Label(N_("Which desk do you work at?"), "secondary")
        for widget in (self.greeting, self.question, self.none):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(widget)
        layout.addSpacing(2 * theme.MARGIN)
        layout.addLayout(self._row)
        layout.addStretch(3)
        layout.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.addStretch(1)
        devices, leave = Button(key="F4", run=self.devices.emit), Button(key="Esc", run=self.leaving.emit)
        text(devices.setText, N_("Devices of this desk"))
        text(leave.setText, N_("Sign out"))
        for button in (devices, leave):
            button.setProperty("flat", True)
            foot.addWidget(button)
        return foot

    def offer(self, entries: Sequence[DeskEntry], name: str, last: str) -> None:
        """Show these desks; the one used last has the focus."""
        self.greeting.setText(name)
        self.none.setVisible(not entries)
        self.question.setVisible(bool(entries))
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._cards = [_Card(entry, number) for number, entry in enumerate(entries, 1)]
        self._row.addStretch(1)
        for card in self._cards:
            card.clicked.connect(lambda _checked=False, card=card: self.chosen.emit(card.entry.id))
            self._row.addWidget(card, 100)
        self._row.addStretch(1)
        first = next((card for card in self._cards if card.entry.id == last), self._cards[0] if self._cards else None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - Qt.Key.Key_0
        if 1 <= number <= len(self._cards):
            self.chosen.emit(self._cards[number - 1].entry.id)
        elif event.key() == Qt.Key.Key_Escape:
            self.leaving.emit()
        elif event.key() == Qt.Key.Key_F4:
            self.devices.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = next((card for card in self._cards if card.hasFocus()), None)
            if focused is not None:
                self.chosen.emit(focused.entry.id)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.now().ground))
