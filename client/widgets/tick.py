"""The tick box of a row in a table."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from client import theme

_BOX: Final = 16


def paint_tick(painter: QPainter, box: QRect, ticked: bool, *, possible: bool = True) -> None:
    """Draw it in the middle of a cell; one that cannot be ticked is grey."""
    look = theme.now()
    square = QRect(box.x() + (box.width() - _BOX) // 2 + 2, box.y() + (box.height() - _BOX) // 2, _BOX, _BOX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(look.primary if ticked else look.field_line if possible else look.line), 1.4))
    painter.setBrush(QColor(look.primary if ticked else look.surface if possible else look.ground))
    painter.drawRoundedRect(square, 3, 3)
    if ticked:
        painter.setPen(QPen(QColor(look.on_primary), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        corner = square.topLeft()
        painter.drawPolyline([corner + QPoint(4, 8), corner + QPoint(7, 11), corner + QPoint(12, 5)])
