"""The strip at the head: the desks as tabs, clinic and window; in the middle what is the matter with the line; link state, person, time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from client import theme
from client.format import clock, moment
from client.shell.brand import BrandMark
from client.shell.tab_bar import TabBar
from client.widgets.badge import Badge
from client.widgets.form import Label
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from client.desks import DeskEntry
    from client.ticket import Link


#: After the line said for so long that it waits, it shows that something moves, and how to stop it.
LONG_SECONDS: Final = 1.7
_LEAST: Final = 480
#: What gives way where there is little room, step by step: (words of the place, time, message), 0 is the longest of each.
_STEPS: Final = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0), (2, 1, 1))


class TopStrip(QWidget):
    """40 px. Nothing below it moves when the line goes: the strip itself says so. ``now`` is the clinic's clock.

    ``desks`` become tabs; without any the desk's name stands beside the clinic's. In a narrow window clinic, window and date give way first,
    then the message says less, and last the tabs go behind "…"; who is signed in, the link and the time stay.
    """

    def __init__(self, now: Callable[[], datetime], desks: Sequence[DeskEntry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self.setFixedHeight(theme.TOP_STRIP)
        self.tabs = TabBar(desks)
        self.place = Label(type="secondary") if desks else Label()
        self.middle = Badge()
        self.link = Badge()
        self.person = Label()
        self.time = Label(type="secondary")
        self._slow_since: float | None = None
        self._progress = QTimer(self, interval=50)
        self._progress.timeout.connect(self._show_progress)
        self._link: Link | None = None
        self._places = ("", "", "")
        self._times = ("", "")
        self._messages = ("", "")
        self._lay_out(with_tabs=bool(desks))
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self.tick)
        self.tick()

    def _lay_out(self, *, with_tabs: bool) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(BrandMark())
        layout.addWidget(self.tabs if with_tabs else self.place)
        layout.addStretch(1)
        layout.addWidget(self.middle)
        layout.addStretch(1)
        for widget in (*([self.place] if with_tabs else []), self.link, self.person, self.time):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.middle.hide()

    def say(self, clinic: str, desk: str, window: str, person: str) -> None:
        """Who and where."""
        named = "" if self.tabs.isVisibleTo(self) else desk
        self._places = (_joined(clinic, named, window), _joined(named, window), named)
        self.place.setToolTip(self._places[0])
        self.person.setText(person)
        self._fit()

    def show_desk(self, desk_id: str) -> None:
        """The tab of this desk is the current one; all are named in the language of the moment."""
        self.tabs.show_current(desk_id)
        self._fit()

    def show_link(self, link: Link) -> None:
        """The line came, went, or more acts wait."""
        self._link = link
        self.link.set(tr("Online") if link.online else tr("Offline"), "done" if link.online else "warning")
        self._say_middle()

    def show_slow(self, slow: bool) -> None:
        """Something has been waiting for the service for a while."""
        self._slow_since = time.monotonic() if slow else None
        self._progress.start() if slow and self.isVisible() else self._progress.stop()
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
        now = self._now()
        times = (moment(now), clock(now))
        if times != self._times:
            self._times = times
            self._fit()

    def _say_middle(self) -> None:
        messages, tone = self._message()
        if messages != self._messages or tone != self.middle.tone():
            self._messages = messages
            self.middle.set(messages[0], tone)
            self.middle.setToolTip(messages[0])
        self._fit()

    def _message(self) -> tuple[tuple[str, str], str]:
        """What is the matter, in full and in few words, and how grave it is."""
        link = self._link
        if link is not None and not link.online:
            if link.waiting:
                full = tr("No line to the service. {n} acts wait and go out by themselves; typing and printing again work.", n=link.waiting)
                return (full, tr("{n} acts wait", n=link.waiting)), "warning"
            return (tr("No line to the service. You can go on typing and print again."), ""), "warning"
        if self.waits_long():
            return (tr("Waiting for the service … Esc stops waiting"), tr("Waiting … Esc")), "info"
        if self._slow_since is not None:
            return (tr("Waiting for the service …"), tr("Waiting …")), "info"
        return ("", ""), "plain"

    # --- room --------------------------------------------------------------------------------------------------------------------

    def _fit(self) -> None:
        """Say as much as there is room for."""
        for place, hour, message in _STEPS:
            self.place.setText(self._places[place])
            self.place.setVisible(bool(self._places[place]))
            self.time.setText(self._times[hour])
            if self.middle.text() != self._messages[message]:
                self.middle.set(self._messages[message], self.middle.tone())
            if self._wanted() <= self.width():
                break
        self.middle.setMinimumWidth(self.middle.sizeHint().width())  # where it is still too much, the tabs give way, not these words

    def _wanted(self) -> int:
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        return layout.sizeHint().width()

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, theme.TOP_STRIP)  # however much is being said, the window may become smaller, and then less is said

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()
        self.tick()
        if self._slow_since is not None:
            self._progress.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()
        self._progress.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        painter.fillRect(self.rect(), QColor(look.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(look.line))
        if self.waits_long():
            piece = self.width() // 5
            place = int(time.monotonic() * self.width() / 2) % (self.width() + piece) - piece
            painter.fillRect(place, self.height() - 2, piece, 2, QColor(look.primary))


def _joined(*words: str) -> str:
    return " · ".join(filter(None, words))
