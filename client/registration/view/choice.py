"""A short list of codes to choose from: arrows, the code's own digit, or the pointer; it follows the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from client.texts import bind
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence


class Choice(QComboBox):
    """``options`` are (code, source string). ``chosen(code)`` fires when a person chose; ``empty`` adds a first, blank option."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], *, empty: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = (*((("", ""),) if empty else ()), *options)
        for code, _ in self._options:
            self.addItem("", code)
        bind(self, Choice._say)
        self.activated.connect(lambda _index: self.chosen.emit(self.code()))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(3)

    def _say(self) -> None:
        for place, (_, source) in enumerate(self._options):
            self.setItemText(place, tr(source) if source else "")

    def code(self) -> str:
        """The code chosen."""
        return str(self.currentData() or "")

    def set_code(self, code: str) -> None:
        """Show a code (nothing is fired)."""
        self.setCurrentIndex(max(0, self.findData(code)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = self.findData(event.text()) if event.text() else -1
        if place >= 0:
            self.setCurrentIndex(place)
            self.chosen.emit(self.code())
            return
        before = self.code()
        super().keyPressEvent(event)
        if self.code() != before and not self.view().isVisible():
            self.chosen.emit(self.code())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling past must not change what was chosen
