"""A field for one line of text."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from client.texts import text


class TextInput(QLineEdit):
    """One line of text. ``emphasis`` makes it the field of 16 px that a screen begins with."""

    def __init__(self, *, placeholder: str = "", emphasis: bool = False, most: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if emphasis:
            self.setProperty("emphasis", True)
        if most:
            self.setMaxLength(most)
        if placeholder:
            text(self.setPlaceholderText, placeholder)
