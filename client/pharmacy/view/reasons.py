"""Reasons to choose from by their digits, in place below what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout

from client import texts, theme
from client.texts import text
from client.widgets.buttons import Button, paint_cap
from client.widgets.form import Label
from client.widgets.inputs import TextInput
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class _ReasonButton(Button):
    """The digit stands in front, so that the eye runs down a column of digits."""

    def _paint_words(self, painter: QPainter, words: str) -> None:
        ink = self._ink()
        line = QColor(ink)
        line.setAlphaF(0.45)
        paint_cap(painter, QRect(8, (self.height() - 20) // 2, 24, 20), self._key, ink, line)
        painter.setPen(ink)
        painter.setFont(self.font())
        room = QRect(40, 0, self.width() - 48, self.height())
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


class ReasonPanel(QFrame):
    """``picked(place)`` fires for a digit or a click, ``confirmed()`` on Enter. With ``note`` there is a field for a note below.

    ``title`` and ``advice`` are source strings. Digits count from 1; the tenth reason has 0.
    """

    picked = Signal(int)
    confirmed = Signal()
    noted = Signal(str)

    def __init__(self, title: str, advice: str, reasons: Sequence[str], *, columns: int = 2, note: str = "") -> None:
        super().__init__()
        self.setProperty("sheet", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._reasons = list(reasons)
        self._chosen: frozenset[int] = frozenset()
        self.title = Label(title, "section")
        self._buttons = [self._button(place) for place in range(len(self._reasons))]
        self.note = TextInput(placeholder=note, most=200) if note else None
        self._lay_out(advice, columns)
        texts.bind(self, lambda panel: panel.show_chosen(panel._chosen))

    def _button(self, place: int) -> Button:
        button = _ReasonButton(key=str((place + 1) % 10), run=lambda: self.picked.emit(place))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long word must not widen the window
        return button

    def _lay_out(self, advice: str, columns: int) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.GAP + 4)
        layout.setSpacing(theme.GAP)
        head = QGridLayout()
        head.setColumnStretch(1, 1)
        head.addWidget(self.title, 0, 0)
        hint = QLabel()
        hint.setProperty("type", "note")
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        text(hint.setText, advice)
        head.addWidget(hint, 0, 1)
        layout.addLayout(head)
        grid = QGridLayout()
        grid.setSpacing(theme.GAP)
        rows = -(-len(self._buttons) // columns)
        for place, button in enumerate(self._buttons):
            grid.addWidget(button, place % rows, place // rows)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        layout.addLayout(grid)
        if self.note is not None:
            self.note.textEdited.connect(self.noted.emit)
            self.note.installEventFilter(self)
            layout.addWidget(self.note)

    def show_chosen(self, chosen: Collection[int]) -> None:
        """Mark the reasons that are chosen, by their places."""
        self._chosen = frozenset(chosen)
        for place, button in enumerate(self._buttons):
            taken = place in self._chosen
            button.setToolTip(tr(self._reasons[place]))
            button.setText(f"✓ {tr(self._reasons[place])}" if taken else tr(self._reasons[place]))
            button.setChecked(taken)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_0
        place = (digit - 1) % 10 if 0 <= digit <= 9 else -1
        if 0 <= place < len(self._reasons):
            self.picked.emit(place)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        if self.note is not None and not self.note.hasFocus():
            self.note.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.confirmed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = watched is self.note and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self.confirmed.emit()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(theme.now().primary), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
