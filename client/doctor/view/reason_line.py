"""A reason asked for in place, before something is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from client import theme
from client.texts import text
from client.widgets.form import Label
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable


class ReasonLine(QWidget):
    """A question and a field; Enter in it carries the act out with what was typed, Esc leaves it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Label()
        self.field = QLineEdit()
        self.field.setMaxLength(200)
        self._then: Callable[[str], None] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        layout.addWidget(self.words)
        layout.addWidget(self.field, 1)
        text(self.field.setPlaceholderText, N_("Enter carries it out, Esc leaves it"))
        self.field.returnPressed.connect(self._given)
        self.hide()

    def ask(self, question: str, then: Callable[[str], None]) -> None:
        """Put the question and take the focus. ``then(reason)`` is called with a reason that is not empty."""
        self._then = then
        self.words.setText(question)
        self.field.clear()
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _given(self) -> None:
        reason = self.field.text().strip()
        if reason and self._then is not None:
            self.hide()
            self._then(reason)
