"""A sheet over the window's work: not a dialog, nothing waits for it, Esc takes it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from client import theme

if TYPE_CHECKING:
    from collections.abc import Sequence


class Overlay(QWidget):
    """Covers its parent with a veil, except for what is above the lower edges of ``below``, and shows a sheet on it.

    On closing the focus goes back to where it was.
    """

    closed = Signal()

    def __init__(self, parent: QWidget, *, width: int, height: int = 0, below: Sequence[QWidget] = ()) -> None:
        super().__init__(parent)
        self._below = below
        self._want = (width, height)
        self._before: QWidget | None = None
        self.sheet = QFrame(self)
        self.sheet.setProperty("sheet", True)
        self.layout_ = QVBoxLayout(self.sheet)
        self.layout_.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        self.layout_.setSpacing(theme.GAP)
        parent.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the sheet above everything in the parent."""
        self._before = QApplication.focusWidget()
        self._fit()
        self.show()
        self.raise_()

    def close_sheet(self) -> None:
        """Take it away."""
        if not self.isVisible():
            return
        self.hide()
        before = self._before
        self._before = None
        if before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, _next: bool) -> bool:
        return True  # Tab does not wander off to the desk beneath

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.sheet.geometry().contains(event.position().toPoint()):
            self.close_sheet()

    def paintEvent(self, _event: QPaintEvent) -> None:
        veil = QColor(theme.now().text if theme.now() is theme.LIGHT else "#000000")
        veil.setAlphaF(0.28)
        QPainter(self).fillRect(self.rect(), veil)

    def _fit(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        room = parent.rect()
        free = [widget.geometry().bottom() + 1 for widget in self._below if widget.isVisible()]
        room.setTop(max(free, default=0))
        self.setGeometry(room)
        width = min(self._want[0], room.width() - 4 * theme.MARGIN)
        height = min(self._want[1] or room.height(), room.height() - 4 * theme.MARGIN)
        top = max(2 * theme.MARGIN, min(72, (room.height() - height) // 2))
        self.sheet.setGeometry((room.width() - width) // 2, top, width, height)
