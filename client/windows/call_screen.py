"""The screen in the hall: who is called to which window, in letters that are read from five metres, light or dark as the program is.

Legible from five metres means letters of some 25 mm; a name here takes a twelfth of the screen's height, which is more on any screen from 24
inches on.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QFont, QFontMetrics, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QScreen
from PySide6.QtWidgets import QWidget

from client import texts, theme
from client.speech import Speech
from client.windows import words
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from common.messages.windows import CallFacts, CallList

#: So many calls stand on the screen at once; older ones wait below.
ROWS: Final = 5
#: So many of those who did not come are named.
PASSED: Final = 6
_TICK_MS: Final = 5_000
#: A call stands out for so long.
_FRESH_SECONDS: Final = 30
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)


class CallScreen(QWidget):
    """A window of its own. ``zone`` is the clinic's; ``sounds``: this computer may be heard."""

    def __init__(self, zone: tzinfo | None, *, sounds: bool = True) -> None:
        super().__init__()
        self._zone = zone
        self._found: CallList | None = None
        self._online = True
        self.speech = Speech(parent=self)
        self._sounds = sounds
        self.setWindowTitle(tr("windows|Screen for the hall"))
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self.update)
        theme.signals().changed.connect(self.update)
        texts.signals().changed.connect(self._translated)

    def take_screen(self, away_from: QScreen | None) -> None:
        """Fill a screen: one that the desk does not stand on, if there is one."""
        screens = QGuiApplication.screens()
        other = next((screen for screen in screens if screen is not away_from), away_from)
        if other is not None:
            self.setGeometry(other.geometry())
        self._clock.start()
        self.showFullScreen()

    def show_calls(self, found: CallList | None) -> None:
        """Who is called."""
        self._found = found
        self.update()

    def show_link(self, *, online: bool) -> None:
        """Whether the service answers; what stands here may be old when it does not."""
        self._online = online
        self.update()

    def speak(self, fresh: Sequence[CallFacts]) -> None:
        """Say the calls that have just come."""
        for call in fresh if self._sounds else ():
            self.speech.say(words.aloud(call))

    def called(self) -> Sequence[CallFacts]:
        """Who is called and may be on the way, latest first."""
        return [call for call in self._found.calls if not call.passed] if self._found is not None else []

    def passed(self) -> Sequence[CallFacts]:
        """Who did not come."""
        return [call for call in self._found.calls if call.passed] if self._found is not None else []

    # --- Qt ----------------------------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._clock.stop()
        self.speech.stop()
        super().closeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, unit = theme.now(), self.height() / 100
        painter.fillRect(self.rect(), QColor(look.ground))
        self._paint_head(painter, QRect(0, 0, self.width(), round(14 * unit)))
        rows, foot = self.called()[:ROWS], round(12 * unit)
        height = round(14 * unit)
        top = round(17 * unit)
        for place, call in enumerate(rows):
            self._paint_call(
                painter, QRect(round(4 * unit), top + place * height, self.width() - round(8 * unit), height - round(2 * unit)), call
            )
        if not rows:
            self._write(painter, QRect(0, top, self.width(), 5 * height), tr("Nobody is called at the moment."), 6, look.secondary, _CENTRE)
        self._paint_passed(painter, QRect(0, self.height() - foot, self.width(), foot))

    def _paint_head(self, painter: QPainter, box: QRect) -> None:
        look, margin = theme.now(), round(self.height() * 0.04)
        painter.fillRect(box, QColor(look.primary))
        inside = box.adjusted(margin, 0, -margin, 0)
        clinic = self._found.clinic if self._found is not None else ""
        self._write(painter, inside, tr("Medicine is ready"), 7, look.on_primary, _LEFT, QFont.Weight.Medium)
        now = datetime.now(self._zone)
        note = f"{clinic}   {now:%H:%M}" if self._online else f"{tr('The line is down: please ask at a window.')}   {now:%H:%M}"
        self._write(painter, inside, note, 4.5, look.on_primary, _RIGHT)

    def _paint_call(self, painter: QPainter, box: QRect, call: CallFacts) -> None:
        look, pad = theme.now(), round(box.height() * 0.25)
        fresh = (datetime.now(call.at.tzinfo) - call.at).total_seconds() < _FRESH_SECONDS
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.warning.ground if fresh else look.surface))
        painter.drawRoundedRect(box, 8, 8)
        inside = box.adjusted(pad, 0, -pad, 0)
        ink = look.warning.ink if fresh else look.text
        self._write(painter, inside, call.patient, 8.5, ink, _LEFT, QFont.Weight.Medium)
        self._write(painter, inside, words.call_words(call), 8.5, look.primary if not fresh else ink, _RIGHT, QFont.Weight.Medium)

    def _paint_passed(self, painter: QPainter, box: QRect) -> None:
        found = self.passed()
        if not found:
            return
        look, margin = theme.now(), round(self.height() * 0.04)
        painter.fillRect(box, QColor(look.plain.ground))
        names = tr("list separator|, ").join(call.patient for call in found[:PASSED])
        said = tr("Called already, please ask at any window: {names}", names=names)
        self._write(painter, box.adjusted(margin, 0, -margin, 0), said, 4.5, look.plain.ink, _LEFT)

    def _write(
        self, painter: QPainter, box: QRect, said: str, percent: float, ink: str, align: int, weight: QFont.Weight = QFont.Weight.Normal
    ) -> None:
        """A line as high as ``percent`` of the screen, smaller only where it would not fit."""
        size = max(12, round(self.height() * percent / 100))
        room = box.width() if align == _CENTRE else round(box.width() * 0.6)
        while size > 12 and QFontMetrics(theme.font(size, weight)).horizontalAdvance(said) > room:
            size -= 2
        painter.setFont(theme.font(size, weight))
        painter.setPen(QColor(ink))
        painter.drawText(box, align, said)

    def _translated(self, _language: str = "") -> None:
        self.setWindowTitle(tr("windows|Screen for the hall"))
        self.update()
