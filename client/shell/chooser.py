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
#: Height where there is more than one row, and how many stand in one at the most.
_LOW = 180
_IN_A_ROW = 5
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class _Card(QAbstractButton):
    """A desk to choose, with its number as its key."""

    def __init__(self, entry: DeskEntry, number: int, *, low: bool = False) -> None:
        super().__init__()
        self.entry = entry
        self._number = number % 10
        self._top, self._gap = (16, 8) if low else (28, 20)
        self.setFixedHeight(_LOW if low else _HEIGHT)
        self.setMinimumWidth(_NARROWEST)
        self.setMaximumWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr(entry.title))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ARROWS:
            event.ignore()  # the page knows what lies above and below
        else:
            super().keyPressEvent(event)

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
        draw(painter, QRectF(24, self._top, 40, 40), self.entry.icon, look.primary)
        paint_cap(painter, QRect(self.width() - 48, self._top, 24, 22), str(self._number), QColor(look.secondary), QColor(look.field_line))
        painter.setPen(QColor(look.text))
        painter.setFont(theme.font(theme.HEADING, QFont.Weight.Medium))
        title, words = self._top + 40 + self._gap, self._top + 76 + self._gap
        painter.drawText(QRect(24, title, self.width() - 48, 32), int(Qt.AlignmentFlag.AlignVCenter), tr(self.entry.title))
        painter.setPen(QColor(look.secondary))
        painter.setFont(theme.font(theme.BODY))
        painter.drawText(QRect(24, words, self.width() - 48, 72), int(Qt.TextFlag.TextWordWrap), tr(self.entry.about))


class ChooserPage(QWidget):
    """``chosen(desk id)``, ``devices()`` (their set-up, F4), ``leaving()`` (sign out) and ``back()`` (to the desk that is open).

    Arrows and Enter, or the number of the desk; 0 is the tenth.
    """

    chosen = Signal(str)
    leaving = Signal()
    devices = Signal()
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[_Card] = []
        self._columns = 1
        self.greeting = Label(type="heading")
        self.none = Label(N_("Your roles open no desk here. Ask the administrator; Esc signs out."), "secondary")
        self._rows: list[QHBoxLayout] = []
        self._grid = QVBoxLayout()
        self._grid.setSpacing(theme.MARGIN)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, 12)
        layout.addStretch(2)
        self.question = Label(N_("Which desk do you work at?"), "secondary")
        for widget in (self.greeting, self.question, self.none):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(widget)
        layout.addSpacing(2 * theme.MARGIN)
        layout.addLayout(self._grid)
        layout.addStretch(3)
        layout.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.addStretch(1)
        devices, self.leave = Button(key="F4", run=self.devices.emit), Button(key="Esc", run=self.leaving.emit)
        self.to_desk = Button(key="Esc", run=self.back.emit)
        self.to_desk.hide()
        text(devices.setText, N_("Devices of this desk"))
        text(self.leave.setText, N_("Sign out"))
        text(self.to_desk.setText, N_("Back to the desk"))
        for button in (devices, self.leave, self.to_desk):
            button.setProperty("flat", True)
            foot.addWidget(button)
        return foot

    def offer(self, entries: Sequence[DeskEntry], name: str, last: str, *, may_go_back: bool = False) -> None:
        """Show these desks; the one used last has the focus. With ``may_go_back`` Esc leads to the desk that is open, not out."""
        self.greeting.setText(name)
        self.none.setVisible(not entries)
        self.question.setVisible(bool(entries))
        self.to_desk.setVisible(may_go_back)
        self.leave.set_key("" if may_go_back else "Esc")
        cards = [_Card(entry, number, low=len(entries) > _IN_A_ROW) for number, entry in enumerate(entries, 1)]
        self._lay(cards)
        first = next((card for card in cards if card.entry.id == last), cards[0] if cards else None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay(self, cards: list[_Card]) -> None:
        """In rows of the same length, as nearly as may be."""
        for old in self._cards:
            old.deleteLater()
        for row in self._rows:
            self._grid.removeItem(row)
        rows = -(-len(cards) // _IN_A_ROW)
        self._cards, self._rows, self._columns = cards, [], -(-len(cards) // rows) if rows else 1
        for start in range(0, len(cards), self._columns):
            row = QHBoxLayout()
            row.setSpacing(theme.MARGIN)
            row.addStretch(1)
            for card in cards[start : start + self._columns]:
                card.clicked.connect(lambda _checked=False, desk_id=card.entry.id: self.chosen.emit(desk_id))
                row.addWidget(card, 100)
            row.addStretch(1)
            self._grid.addLayout(row)
            self._rows.append(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        number = (key - Qt.Key.Key_0) or 10
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Down: self._columns}
        if 1 <= number <= len(self._cards) and Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self.chosen.emit(self._cards[number - 1].entry.id)
        elif key == Qt.Key.Key_Escape:
            self.back.emit() if self.to_desk.isVisible() else self.leaving.emit()
        elif key == Qt.Key.Key_F4:
            self.devices.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = next((card for card in self._cards if card.hasFocus()), None)
            if focused is not None:
                self.chosen.emit(focused.entry.id)
        elif key in steps:
            self._step(steps[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        place = next((place for place, card in enumerate(self._cards) if card.hasFocus()), -1)
        if 0 <= place + by < len(self._cards):
            self._cards[place + by].setFocus(Qt.FocusReason.TabFocusReason)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.now().ground))
