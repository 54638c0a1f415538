"""The readings of some days as a curve between the limits; a reading outside of them is a hollow square with its figure."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from client import texts, theme
from common.domain.dosage import plain
from common.i18n import tr
from common.messages.temperature import Half

if TYPE_CHECKING:
    from datetime import date

    from common.messages.temperature import Reading, TemperatureLog

_LEFT, _TOP, _RIGHT, _BOTTOM = 40.0, 28.0, 16.0, 28.0
_DAY_LABELS: Final = 6


class TemperatureChart(QWidget):
    """One message: whether it stayed between the limits."""

    def __init__(self) -> None:
        super().__init__()
        self.log: TemperatureLog | None = None
        self._first: date | None = None
        self._days = 30
        self.setFont(theme.font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(160)
        texts.signals().changed.connect(self.update)
        theme.signals().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(600, 240)

    def show_log(self, log: TemperatureLog | None, first: date, days: int) -> None:
        """The readings from ``first`` on."""
        self.log, self._first, self._days = log, first, days
        self.setAccessibleName(self._said())
        self.update()

    def _said(self) -> str:
        if self.log is None:
            return ""
        out = sum(not reading.within for reading in self.log.readings)
        return tr("temperature|{name}: {n} readings, {out} out of limits", name=self.log.place.name, n=len(self.log.readings), out=out)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.log is not None and self._first is not None:
            _Curve(painter, QRectF(self.rect()), self.log, self._first, self._days).paint(self._said())
        painter.end()


class _Curve:
    """One painting of it."""

    def __init__(self, painter: QPainter, room: QRectF, log: TemperatureLog, first: date, days: int) -> None:
        self.painter, self.log, self.first, self.days = painter, log, first, days
        self.box = room.adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        values = [reading.celsius for reading in log.readings]
        self.low = float(min([log.place.coldest, *values])) - 1
        self.high = float(max([log.place.warmest, *values])) + 1
        #: Up to here there is a figure already: none lies on another.
        self._said = 0.0

    def down(self, celsius: float) -> float:
        return self.box.top() + self.box.height() * (self.high - celsius) / (self.high - self.low)

    def along(self, day: date, half: Half) -> float:
        place = (day - self.first).days + (0.25 if half is Half.MORNING else 0.75)
        return self.box.left() + self.box.width() * place / self.days

    def at(self, reading: Reading) -> QPointF:
        return QPointF(self.along(reading.day, reading.half), self.down(float(reading.celsius)))

    def paint(self, title: str) -> None:
        self._ground(title)
        points = [self.at(reading) for reading in self.log.readings]
        self.painter.setPen(QPen(QColor(theme.now().primary), 1.5))
        for before, after in pairwise(points):
            self.painter.drawLine(before, after)
        for reading, point in zip(self.log.readings, points, strict=True):
            self._mark(reading, point)

    def _ground(self, title: str) -> None:
        place, painter, box = self.log.place, self.painter, self.box
        top, bottom = self.down(float(place.warmest)), self.down(float(place.coldest))
        painter.fillRect(QRectF(box.left(), top, box.width(), bottom - top), QColor(theme.now().done.ground))
        painter.setPen(QColor(theme.now().secondary))
        painter.drawText(QRectF(box.left(), 0, box.width(), _TOP), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)
        for celsius, y in ((place.warmest, top), (place.coldest, bottom)):
            words = QRectF(0, y - 10, _LEFT - 6, 20)
            painter.setPen(QColor(theme.now().secondary))
            painter.drawText(words, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), f"{plain(celsius)} °C")
            painter.setPen(QPen(QColor(theme.now().line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setPen(QColor(theme.now().secondary))
        for n in range(0, self.days, max(self.days // _DAY_LABELS, 1)):
            day = self.first + timedelta(days=n)
            words = QRectF(self.along(day, Half.MORNING) - 24, box.bottom() + 4, 64, 20)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), f"{day:%m-%d}")

    def _mark(self, reading: Reading, point: QPointF) -> None:
        if reading.within:
            self.painter.fillRect(QRectF(point.x() - 2, point.y() - 2, 4, 4), QColor(theme.now().primary))
            return
        self.painter.setPen(QPen(QColor(theme.now().danger.ink), 2))
        self.painter.drawRect(QRectF(point.x() - 4, point.y() - 4, 8, 8))
        below = point.y() - 24 < self.box.top() - 8
        words = QRectF(point.x() - 24, point.y() + (6 if below else -26), 48, 20)
        if words.left() + 8 < self._said:
            return
        self._said = words.right() - 8
        self.painter.drawText(words, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter), f"{reading.celsius:.1f}")
