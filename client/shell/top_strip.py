"""The strip at the head: clinic, desk, window; in the middle what is the matter with the line; link state, person, time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from client import theme
from client.format import moment
from client.shell.brand import BrandMark
from client.widgets.badge import Badge
from client.widgets.form import Label
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from client.ticket import Link


#: After the line said for so long that it waits, it shows that something moves, and how to stop it.
LONG_SECONDS: Final = 1.7


class TopStrip(QWidget):
    """40 px. Nothing below it moves when the line goes: the strip itself says so. ``now`` is the clinic's clock."""

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self.setFixedHeight(theme.TOP_STRIP)
        self.place = Label()
        self.middle = Badge()
        self.link = Badge()
        self.person = Label()
        self.time = Label(type="secondary")
        self._slow_since: float | None = None
        self._progress = QTimer(self, interval=50)
        self._progress.timeout.connect(self._show_progress)
        self._link: Link | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(BrandMark())
        layout.addWidget(self.place)
        layout.addStretch(1)
        layout.addWidget(self.middle)
        layout.addStretch(1)
        for widget in (self.link, self.person, self.time):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.middle.hide()
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self.tick)
        self._clock.start()
        self.tick()

    def say(self, clinic: str, desk: str, window: str, person: str) -> None:
        """Who and where."""
        self.place.setText(" · ".join(filter(None, (clinic, desk, window))))
        self.person.setText(person)

    def show_link(self, link: Link) -> None:
        """The line came, went, or more acts wait."""
        self._link = link
        self.link.set(tr("Online") if link.online else tr("Offline"), "done" if link.online else "warning")
        self._say_middle()

    def show_slow(self, slow: bool) -> None:
        """Something has been waiting for the service for a while."""
        self._slow_since = time.monotonic() if slow else None
        self._progress.start() if slow else self._progress.stop()
        self._say_middle()
        self.update()

    def waits_long(self) -> bool:
        """Whether the person has waited so long that he may want to stop it."""
        return self._slow_since is not None and time.monotonic() - self._slow_since > LONG_SECONDS

    def _show_progress(self) -> None:
        self._say_middle()
        self.update()

    def tick(self) -> None:
        """Set the clock."""
        self.time.setText(moment(self._now()))

    def _say_middle(self) -> None:
        link = self._link
        if link is not None and not link.online:
            words = tr("No line to the service. You can go on typing and print again.")
            if link.waiting:
                words = tr(
                    "No line to the service. {n} acts wait and go out by themselves; typing and printing again work.", n=link.waiting
                )
            self.middle.set(words, "warning")
        elif self.waits_long():
            self.middle.set(tr("Waiting for the service … Esc stops waiting"), "info")
        elif self._slow_since is not None:
            self.middle.set(tr("Waiting for the service …"), "info")
        else:
            self.middle.set("")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        painter.fillRect(self.rect(), QColor(look.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(look.line))
        if self.waits_long():
            piece = self.width() // 5
            place = int(time.monotonic() * self.width() / 2) % (self.width() + piece) - piece
            painter.fillRect(place, self.height() - 2, piece, 2, QColor(look.primary))
