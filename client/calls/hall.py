"""Keeps the hall's screen up to date: it is read anew at each change, and now and then in any case, so that it comes back by itself after the
service or the line was away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from client.calls.screen import CallScreen
from common import topics
from common.messages.windows import ListCalls

if TYPE_CHECKING:
    from PySide6.QtGui import QScreen

    from client.desk import Workplace
    from client.ticket import Link
    from common.errors import XinglinError
    from common.messages.windows import CallList
    from common.wire import Change

TOPICS: Final = frozenset({topics.WINDOW, topics.PRESCRIPTION})
#: Without any change it is read so often; the request is small, and a screen that is never wrong for longer needs nobody to look after it.
_AGAIN_MS: Final = 15_000


class Hall(QObject):
    """The screen of one computer, of ``desk``. It goes on while another desk is at the front, and while the lock covers them all."""

    def __init__(self, place: Workplace, desk: QObject) -> None:
        super().__init__(desk)
        self._place = place
        #: The latest call that is known; who was called before this screen was there is not called out again.
        self._latest: int | None = None
        self.screen = CallScreen(place.session.expires_at.tzinfo, sounds=place.settings.sounds)
        self.screen.closed.connect(self._rest)
        self._again = QTimer(self, interval=_AGAIN_MS)
        self._again.timeout.connect(self.load)
        place.ops.changed.connect(self._changed)
        place.ops.link_changed.connect(self._link_changed)
        place.ops.session_lost.connect(self._session_lost)

    def show(self, away_from: QScreen | None) -> None:
        """Fill a screen, and go on until it is closed."""
        self._latest = None
        self.screen.take_screen(away_from)
        self._again.start()
        self.load()

    def shown(self) -> bool:
        """Whether the hall sees it."""
        return self.screen.isVisible()

    def wind_up(self) -> None:
        """The desk closes: the screen goes with it, in Qt's own time and on Qt's own thread."""
        self.screen.close()
        self.screen.deleteLater()
        self.deleteLater()  # hears nothing any more

    def load(self) -> None:
        """Read who is called."""
        if self.shown():
            self._place.ops.send(ListCalls(), owner=self, done=self._called, failed=self._not_called)

    def _called(self, found: CallList) -> None:
        before, self._latest = self._latest, max([self._latest or 0, *(call.call_id for call in found.calls)])
        fresh = [call for call in found.calls if before is not None and call.call_id > before and not call.passed]
        self.screen.show_calls(found, sorted(fresh, key=lambda call: call.call_id))

    def _not_called(self, _error: XinglinError) -> None:
        self.screen.show_link(online=False)  # the next reading says more

    def _changed(self, changes: frozenset[Change]) -> None:
        if not changes or any(change.topic in TOPICS for change in changes):
            self.load()

    def _link_changed(self, link: Link) -> None:
        self.screen.show_link(online=link.online)
        if link.online:
            self.load()

    def _session_lost(self) -> None:
        self.screen.show_link(online=False)

    def _rest(self) -> None:
        self._again.stop()
        self._place.ops.forget(self)
