"""A few alternatives side by side, of which one holds: arrows or the digit of its place choose, and the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from client import texts, theme
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAD: Final = 14
_UNBOUNDED: Final = 10_000
_LEFT: Final = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_RIGHT: Final = (Qt.Key.Key_Right, Qt.Key.Key_Down)


class Choice(QWidget):
    """``options`` are (code, source string), at most nine. ``chosen(code)`` fires when a person chose another; it is one stop for Tab.

    What does not fit into one row goes on in the next.
    """

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = tuple(options)
        self._place = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(theme.font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        texts.signals().changed.connect(self._fit)
        theme.signals().changed.connect(self.update)
        self._fit()

    def offer(self, options: Sequence[tuple[str, str]]) -> None:
        """Other alternatives; the first one holds."""
        self._options, self._place = tuple(options), 0
        self._fit()

    def code(self) -> str:
        """The code that holds."""
        return self._options[self._place][0]

    def set_code(self, code: str) -> None:
        """Let a code hold (nothing is fired). One that is not offered changes nothing."""
        self._place = next((place for place, (each, _) in enumerate(self._options) if each == code), self._place)
        self.update()

    def codes(self) -> list[str]:
        """What is offered."""
        return [code for code, _ in self._options]

    # --- Qt --------------------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        boxes = self._boxes(self._room())
        # One that takes no more than it needs says what that is, however little it got before: in another language it may need more.
        wide = self._boxes(_UNBOUNDED) if self.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Maximum else boxes
        return QSize(max(box.right() for box in wide) + 1, boxes[-1].bottom() + 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(box.width() for box in self._boxes(1)), theme.FIELD)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        if event.key() in _LEFT:
            self._choose(self._place - 1)
        elif event.key() in _RIGHT:
            self._choose(self._place + 1)
        elif 0 <= digit < min(9, len(self._options)) and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._choose(digit)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        spot = event.position().toPoint()
        place = next((place for place, box in enumerate(self._boxes(self.width())) if box.contains(spot)), self._place)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._choose(place)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, box in enumerate(self._boxes(self.width())):
            self._paint_option(painter, box, place)

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _paint_option(self, painter: QPainter, box: QRect, place: int) -> None:
        look, held = theme.now(), place == self._place
        ring = held and self.hasFocus()
        edge = look.primary if held else look.field_line
        painter.setPen(QPen(QColor(edge), 2 if ring else 1))
        painter.setBrush(QColor(look.selected if held else look.surface if self.isEnabled() else look.ground))
        inset = 1 if ring else 0.5
        painter.drawRoundedRect(box.toRectF().adjusted(inset, inset, -inset, -inset), 4, 4)
        painter.setFont(theme.font(theme.BODY, QFont.Weight.Medium if held else QFont.Weight.Normal))
        painter.setPen(QColor(look.text if self.isEnabled() else look.secondary))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), tr(self._options[place][1]))

    def _choose(self, place: int) -> None:
        place = min(max(place, 0), len(self._options) - 1)
        if place != self._place:
            self._place = place
            self.update()
            self.chosen.emit(self.code())

    def _boxes(self, room: int) -> list[QRect]:
        """Where each alternative stands: row after row, as wide as its words need."""
        metrics = QFontMetrics(theme.font(theme.BODY, QFont.Weight.Medium))
        boxes: list[QRect] = []
        left = top = 0
        for _, source in self._options:
            width = metrics.horizontalAdvance(tr(source)) + 2 * _PAD
            if left and left + width > room:
                left, top = 0, top + theme.FIELD + 4
            boxes.append(QRect(left, top, width, theme.FIELD))
            left += width + 4
        return boxes

    def _room(self) -> int:
        return self.width() if self.testAttribute(Qt.WidgetAttribute.WA_Resized) else _UNBOUNDED

    def _fit(self, _language: str = "") -> None:
        height = self._boxes(self._room())[-1].bottom() + 1
        if self.minimumHeight() != height:
            self.setFixedHeight(height)
        self.updateGeometry()
        self.update()
