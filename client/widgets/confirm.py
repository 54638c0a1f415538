"""A question in place of a dialog: one line, its answers as buttons. Esc is "no", and Enter is never the destructive answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

from client import theme
from client.widgets.buttons import Button
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.desk import Question

_NO = N_("No, leave it")


class InlineConfirm(QWidget):
    """Shows a :class:`client.desk.Question`; ``answered(bool)`` fires when it is gone, with whether something was chosen."""

    answered = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QHBoxLayout(self)
        self.setFixedHeight(theme.RESULT_LINE)
        self._layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        self._danger = False
        self._before: QWidget | None = None
        self._layout.setSpacing(theme.GAP)
        self.hide()

    def ask(self, question: Question) -> None:
        """Put the question. The focus goes to "no", so that Enter alone destroys nothing; without danger to the first answer."""
        self._empty()
        self._danger = question.danger
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        words = QLabel(question.text)
        words.setProperty("tone", "danger" if question.danger else "warning")
        self._layout.addWidget(words)
        self._layout.addStretch(1)
        buttons = [self._button(tr(title), run) for title, run in question.answers]
        for button in buttons:
            button.setProperty("danger", question.danger)
            self._layout.addWidget(button)
        refuse = Button(tr(_NO), key="Esc", run=self.refuse)
        for button in (*buttons, refuse):
            button.setProperty("low", True)
        self._layout.addWidget(refuse)
        self.show()
        (refuse if question.danger or not buttons else buttons[0]).setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self) -> None:
        """The answer "no"."""
        self._away()
        self.answered.emit(False)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        painter.fillRect(self.rect(), QColor((look.danger if self._danger else look.warning).ground))
        painter.fillRect(0, 0, self.width(), 1, QColor(look.line))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.refuse()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, Button):
                focused.click()
        else:
            super().keyPressEvent(event)

    def _button(self, title: str, run: Callable[[], None]) -> Button:
        return Button(title, run=lambda: self._answer(run))

    def _answer(self, run: Callable[[], None]) -> None:
        self._away()
        self.answered.emit(True)
        run()

    def _away(self) -> None:
        """Hide, and give the focus back: what was being typed goes on."""
        self.hide()
        self._empty()
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _empty(self) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
