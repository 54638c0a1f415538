"""Buttons that carry their key, and the key caps themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QWidget

from client import theme
from client.action import shown_key

if TYPE_CHECKING:
    from collections.abc import Callable


class KeyHint(QWidget):
    """A key cap: ``F12``. Small and quiet; it does nothing."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = shown_key(key)
        self.setFont(theme.font(theme.NOTE))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(cap_width(self.fontMetrics().horizontalAdvance(self._key)), 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        paint_cap(painter, self.rect(), self._key, QColor(look.secondary), QColor(look.field_line))


def cap_width(text_width: int) -> int:
    """How wide a key cap around a text is."""
    return max(24, text_width + 10)


def paint_cap(painter: QPainter, box: QRect, key: str, ink: QColor, line: QColor) -> None:
    """Draw a key cap that fills ``box``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(theme.NOTE))
    painter.setPen(QPen(line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(ink)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), key)


class Button(QPushButton):
    """A push button; with ``key`` it shows the key's cap. The text is set by :func:`client.texts.text` or as it is."""

    def __init__(self, text: str = "", *, key: str = "", run: Callable[[], object] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._key = shown_key(key) if key else ""
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if run is not None:
            self.clicked.connect(lambda: run())

    def set_key(self, key: str) -> None:
        """Show another key's cap."""
        self._key = shown_key(key) if key else ""
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + self._cap() + (6 if self._key else 0), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._key:
            super().paintEvent(event)
            return
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        words, option.text = option.text, ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        self._paint_words(painter, words)

    def _paint_words(self, painter: QPainter, words: str) -> None:
        ink = self._ink()
        width = self.fontMetrics().horizontalAdvance(words)
        left = (self.width() - width - 8 - self._cap()) // 2
        painter.setPen(ink)
        painter.setFont(self.font())
        painter.drawText(QRect(left, 0, width + 4, self.height()), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)
        line = QColor(ink)
        line.setAlphaF(0.45)
        height = min(20, self.height() - 8)
        paint_cap(painter, QRect(left + width + 8, (self.height() - height) // 2, self._cap(), height), self._key, ink, line)

    def _cap(self) -> int:
        if not self._key:
            return 0
        return cap_width(QFontMetrics(theme.font(theme.NOTE)).horizontalAdvance(self._key))

    def _ink(self) -> QColor:
        look = theme.now()
        if not self.isEnabled():
            return QColor(look.secondary)
        return QColor(look.on_primary if self.property("primary") else look.text)


class PrimaryButton(Button):
    """The one primary action of a screen, with its key on it."""

    def __init__(self, text: str = "", *, key: str = "", run: Callable[[], object] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text, key=key, run=run, parent=parent)
        self.setProperty("primary", True)
        self.setFont(theme.font(theme.BODY, QFont.Weight.Medium))
