"""An empty place that says what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.widgets.buttons import KeyHint
from client.widgets.form import Label


class EmptyState(QWidget):
    """``title`` and ``advice`` are source strings; ``key`` the key to press."""

    def __init__(self, title: str, advice: str = "", *, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.GAP)
        layout.addStretch(2)
        for label in [Label(title, "emphasis"), *([Label(advice, "secondary")] if advice else [])]:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            layout.addWidget(label)
        if key:
            layout.addWidget(KeyHint(key), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
