"""A field for a few sentences: as high as its text, Enter goes on, Shift+Enter makes a new line."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from client import theme

_LINE: Final = 20
_FRAME: Final = 12


class ProseInput(QPlainTextEdit):
    """``lines`` are shown from the beginning, up to ``most`` as the text grows. ``finished`` fires on Enter."""

    finished = Signal()

    def __init__(self, lines: int = 1, most: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines, self._most = lines, most
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        self.setFont(theme.font())
        self.textChanged.connect(self._fit)
        self._fit()

    def text(self) -> str:
        """What was written."""
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Show a text. The cursor stands at its end."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self.finished.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        rows = sum(max(1, _rows(self, number)) for number in range(self.document().blockCount()))
        shown = min(max(rows, self._lines), self._most)
        height = shown * _LINE + _FRAME
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if rows > self._most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
        if rows <= self._most:
            QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(0))  # the view scrolls once more after it has grown


def _rows(field: QPlainTextEdit, number: int) -> int:
    layout = field.document().findBlockByNumber(number).layout()
    return layout.lineCount() if layout is not None else 1
