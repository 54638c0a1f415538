"""A badge: a state as word, shape and colour, since colour never speaks alone."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from client import theme

HEIGHT: Final = 22
_SIGN: Final = 10
_PAD: Final = 7
_BETWEEN: Final = 5


class Badge(QWidget):
    """``Badge("已收费", "done")``. ``tone`` is danger, warning, done, info or plain. The text is a finished one."""

    def __init__(self, text: str = "", tone: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._tone = tone
        self.setFont(theme.font(theme.NOTE))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def set(self, text: str, tone: str = "plain") -> None:
        """Say something else."""
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """What it says."""
        return self._text

    def tone(self) -> str:
        """The meaning of its colour."""
        return self._tone

    def sizeHint(self) -> QSize:
        return QSize(badge_width(self._text, QFontMetrics(theme.font(theme.NOTE))), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 72), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_badge(painter, self.rect(), self._text, self._tone)


def badge_width(text: str, metrics: QFontMetrics) -> int:
    """How wide a badge with ``text`` is."""
    return metrics.horizontalAdvance(text) + 2 * _PAD + _SIGN + _BETWEEN


def paint_badge(painter: QPainter, room: QRect, text: str, tone: str, *, right: bool = False) -> None:
    """Draw a badge at the left (or the right) of ``room``, centred in height; a text too long is cut with an ellipsis."""
    colours = theme.now().tone(tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(theme.NOTE))
    metrics = painter.fontMetrics()
    width = min(badge_width(text, metrics), room.width())
    left = room.x() + (room.width() - width if right else 0)
    box = QRectF(left, room.y() + (room.height() - HEIGHT) / 2, width, HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.ground))
    painter.drawRoundedRect(box, 4, 4)
    ink = QColor(colours.ink)
    paint_sign(painter, QRectF(box.x() + _PAD, box.center().y() - _SIGN / 2, _SIGN, _SIGN), tone, ink)
    painter.setPen(ink)
    words = box.adjusted(_PAD + _SIGN + _BETWEEN, 0, -_PAD + 2, 0)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(words.width()) + 1)
    painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
    painter.restore()


def paint_sign(painter: QPainter, box: QRectF, tone: str, ink: QColor) -> None:
    """The shape that goes with a colour: triangle (danger), diamond (warning), tick (done), disc (information), ring (plain)."""
    painter.setBrush(ink)
    painter.setPen(Qt.PenStyle.NoPen)
    if tone == "danger":
        painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
    elif tone == "warning":
        middle = box.center()
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(middle.x(), box.top()),
                    QPointF(box.right(), middle.y()),
                    QPointF(middle.x(), box.bottom()),
                    QPointF(box.left(), middle.y()),
                ]
            )
        )
    elif tone == "done":
        _stroke(painter, ink)
        painter.drawPolyline(
            [
                QPointF(box.left() + 0.5, box.center().y() + 0.5),
                QPointF(box.left() + 3.8, box.bottom() - 1.2),
                QPointF(box.right() - 0.3, box.top() + 1.5),
            ]
        )
    elif tone == "info":
        painter.drawEllipse(box.adjusted(1.5, 1.5, -1.5, -1.5))
    else:
        _stroke(painter, ink)
        painter.drawEllipse(box.adjusted(2, 2, -2, -2))


def _stroke(painter: QPainter, ink: QColor) -> None:
    pen = QPen(ink, 1.7)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
