"""The screen in the hall: who is called to which window, in letters that are read from eight metres, light or dark as the program is.

To be read from eight metres a letter has to be some 32 mm high (a 250th of the distance). Names, numbers and windows take a tenth of the screen's
height: that is 54 mm on a screen of 43 inches, and 30 mm on one of 24.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QFont, QFontMetrics, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QScreen
from PySide6.QtWidgets import QWidget

from client import texts, theme
from client.calls import words
from client.speech import Speech
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from common.messages.windows import CallFacts, CallList

#: So many calls stand on the screen at once; the others follow on pages that take turns.
ROWS: Final = 5
#: So many of those who did not come are named.
PASSED: Final = 6
#: How long a page stands, and how long a call stands out; in the first seconds of that it blinks, once a second.
PAGE_SECONDS: Final = 8
FRESH_SECONDS: Final = 30
BLINK_SECONDS: Final = 10
#: What was read longer ago is not taken for the present.
OLD_SECONDS: Final = 45
_TICK_MS: Final = 500
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)
#: Where number, name and window begin, in parts of a row's width.
_NUMBER, _NAME, _WINDOW = 0.0, 0.2, 0.58


class CallScreen(QWidget):
    """A window of its own; ``closed`` when somebody closes it. ``zone`` is the clinic's; ``sounds``: this computer may be heard."""

    closed = Signal()

    def __init__(self, zone: tzinfo | None, *, sounds: bool = True) -> None:
        super().__init__()
        self._zone = zone
        self._found: CallList | None = None
        self._online = True
        self._read_at: tuple[float, datetime] | None = None
        self._fresh: dict[int, float] = {}
        self.page, self._turned_at = 0, time.monotonic()
        self.speech = Speech(parent=self)
        self._sounds = sounds
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self.tick)
        theme.signals().changed.connect(self.update)
        texts.signals().changed.connect(self._translated)
        self._translated()

    def take_screen(self, away_from: QScreen | None) -> None:
        """Fill a screen: one that the desk does not stand on, if there is one."""
        screens = QGuiApplication.screens()
        other = next((screen for screen in screens if screen is not away_from), away_from)
        if other is not None:
            self.setGeometry(other.geometry())
        self._clock.start()
        self.showFullScreen()

    def show_calls(self, found: CallList, fresh: Sequence[CallFacts] = ()) -> None:
        """Who is called, as just read; ``fresh`` ones have just been called, perhaps again: they stand out and are spoken."""
        now = time.monotonic()
        self._found, self._online, self._read_at = found, True, (now, datetime.now(self._zone))
        there = {call.call_id for call in found.calls}
        self._fresh = {id: since for id, since in self._fresh.items() if id in there and now - since < FRESH_SECONDS}
        self._fresh |= dict.fromkeys((call.call_id for call in fresh), now)
        for call in fresh if self._sounds else ():
            self.speech.say(words.aloud(call))
        if fresh:
            self._turn(0, now)
        self.update()

    def show_link(self, *, online: bool) -> None:
        """Whether the service answers; what stands here may be old when it does not."""
        self._online = online
        self.update()

    def called(self) -> Sequence[CallFacts]:
        """Who is called and may be on the way, latest first."""
        return [call for call in self._found.calls if not call.passed] if self._found is not None else []

    def passed(self) -> Sequence[CallFacts]:
        """Who did not come."""
        return [call for call in self._found.calls if call.passed] if self._found is not None else []

    def pages(self) -> int:
        """How many pages those who are called take; one at least."""
        return max(-(-len(self.called()) // ROWS), 1)

    def doubt(self) -> str:
        """What to tell the hall when what stands here may be old; empty as long as it is of now."""
        if self._read_at is None:
            return "" if self._online else tr("The line is down: please ask at a window.")
        if self._online and time.monotonic() - self._read_at[0] < OLD_SECONDS:
            return ""
        return tr("The line is down: please ask at a window. Last updated {time}", time=f"{self._read_at[1]:%H:%M}")

    def tick(self) -> None:
        """Every half second: the clock, what blinks, and the next page. A page with a fresh call does not turn."""
        now = time.monotonic()
        if any(now - since < PAGE_SECONDS for since in self._fresh.values()):
            self._turn(0, now)
        elif now - self._turned_at >= PAGE_SECONDS:
            self._turn((self.page + 1) % self.pages(), now)
        self.update()

    def _turn(self, page: int, now: float) -> None:
        self.page, self._turned_at = page, now

    # --- Qt ----------------------------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._clock.stop()
        self.speech.stop()
        self.closed.emit()
        super().closeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, unit, margin = theme.now(), self.height() / 100, round(self.height() * 0.04)
        painter.fillRect(self.rect(), QColor(look.ground))
        self._paint_head(painter, QRect(0, 0, self.width(), round(12 * unit)))
        page = min(self.page, self.pages() - 1)
        rows = self.called()[page * ROWS : (page + 1) * ROWS]
        inside = QRect(margin, round(13 * unit), self.width() - 2 * margin, round(75 * unit))
        for place, call in enumerate(rows):
            self._paint_call(painter, QRect(inside.x(), inside.y() + round(place * 15 * unit), inside.width(), round(13.5 * unit)), call)
        if not rows:
            self._write(painter, inside, tr("Nobody is called at the moment."), 6, look.secondary, _CENTRE)
        self._paint_foot(painter, QRect(0, self.height() - round(11 * unit), self.width(), round(11 * unit)))

    def _paint_head(self, painter: QPainter, box: QRect) -> None:
        look, margin, doubt = theme.now(), round(self.height() * 0.04), self.doubt()
        painter.fillRect(box, QColor(look.danger.ground if doubt else look.primary))
        inside = box.adjusted(margin, 0, -margin, 0)
        ink = look.danger.ink if doubt else look.on_primary
        clock = f"{datetime.now(self._zone):%H:%M}"
        if doubt:
            self._write(painter, inside, doubt, 5, ink, _LEFT, QFont.Weight.Medium, room=0.85)
            self._write(painter, inside, clock, 5, ink, _RIGHT)
            return
        self._write(painter, inside, tr("Medicine is ready"), 7, ink, _LEFT, QFont.Weight.Medium, room=0.5)
        clinic = self._found.clinic if self._found is not None else ""
        self._write(painter, inside, f"{clinic}   {clock}", 4.5, ink, _RIGHT, room=0.48)

    def _paint_call(self, painter: QPainter, box: QRect, call: CallFacts) -> None:
        look, pad = theme.now(), round(box.height() * 0.25)
        age = time.monotonic() - self._fresh.get(call.call_id, -FRESH_SECONDS)
        fresh = age < FRESH_SECONDS
        lit = fresh and age < BLINK_SECONDS and int(age * 2) % 2 == 0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.primary if lit else look.warning.ground if fresh else look.surface))
        painter.drawRoundedRect(box, 8, 8)
        text, quiet, strong = (
            (look.on_primary,) * 3 if lit else (look.warning.ink,) * 3 if fresh else (look.text, look.secondary, look.primary)
        )
        row = box.adjusted(pad, 0, -pad, 0)
        for start, end, said, ink in (
            (_NUMBER, _NAME, call.number, quiet),
            (_NAME, _WINDOW, call.patient, text),
            (_WINDOW, 1.0, call.window, strong),
        ):
            left, width = round(row.width() * start), round(row.width() * (end - start))
            self._write(
                painter, QRect(row.x() + left, row.y(), width, row.height()), said, 10, ink,
                _RIGHT if end == 1.0 else _LEFT, QFont.Weight.Medium, room=0.97,
            )  # fmt: skip

    def _paint_foot(self, painter: QPainter, box: QRect) -> None:
        found, pages = self.passed(), self.pages()
        look, margin = theme.now(), round(self.height() * 0.04)
        inside = box.adjusted(margin, 0, -margin, 0)
        if found:
            painter.fillRect(box, QColor(look.plain.ground))
            names = tr("list separator|, ").join(call.patient for call in found[:PASSED])
            said = tr("Called already, please ask at any window: {names}", names=names)
            self._write(painter, inside, said, 4.5, look.plain.ink, _LEFT, room=0.85)
        if pages > 1:
            self._write(painter, inside, f"{min(self.page, pages - 1) + 1} / {pages}", 4.5, look.secondary, _RIGHT)

    def _write(
        self,
        painter: QPainter,
        box: QRect,
        said: str,
        percent: float,
        ink: str,
        align: int,
        weight: QFont.Weight = QFont.Weight.Normal,
        *,
        room: float = 1.0,
    ) -> None:
        """A line as high as ``percent`` of the screen, smaller only where it would not fit into its share of the box."""
        size = max(12, round(self.height() * percent / 100))
        while size > 12 and QFontMetrics(theme.font(size, weight)).horizontalAdvance(said) > box.width() * room:
            size -= 2
        painter.setFont(theme.font(size, weight))
        painter.setPen(QColor(ink))
        painter.drawText(box, align, said)

    def _translated(self, _language: str = "") -> None:
        self.setWindowTitle(tr("windows|Screen for the hall"))
        self.update()
