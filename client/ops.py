"""The one bridge between threads: what a desk asks is done elsewhere, and the answer comes back on the GUI thread.

With ``devices/worker.py`` this is the only place that starts threads.

A *query* is asked at once by one of a few workers, and of several with the same key only the newest is answered. A *command* is written to
the journal first, then sent in the order in which the commands were given; with no line it waits and goes out again under the same id.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Final

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from client.errors import DeskBroken, WrongCertificate
from client.outbox import Delivery, Outbox, is_secret
from client.ticket import LateAnswer, Link, Ticket
from common import wire
from common.errors import NotSignedIn, SessionLocked, Unreachable, XinglinError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from client.changes import Feed
    from client.connection import Connection
    from client.journal import Journal
    from common.wire import Pushed, Request

log = logging.getLogger(__name__)

QUERY_WORKERS, JOB_WORKERS = 3, 2
#: After this many milliseconds the place that waits says so.
SLOW_MS: Final = 300


class Bridge(QObject):
    """Work that is done in other threads and answered on the GUI thread, where everything public is called."""

    #: (bool) something has been waiting for more than SLOW_MS.
    slow = Signal(bool)

    _arrived = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._open: set[Ticket] = set()
        self._jobs = _Pool("job", JOB_WORKERS)
        self._is_slow = False
        self._clock = QTimer(self, interval=100)
        self._clock.timeout.connect(self._look_for_slow)
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Any],
        *,
        owner: QObject,
        done: Callable[[Any], None],
        failed: Callable[[XinglinError], None] | None = None,
    ) -> None:
        """Do ``work()`` in another thread (files, paper), and tell its result on the GUI thread. It must not touch a widget."""
        ticket = Ticket(weakref.ref(owner), done, failed)
        self._jobs.put(lambda: self._work(work, ticket))

    def watch(
        self,
        future: Future[Any],
        *,
        owner: QObject,
        done: Callable[[Any], None],
        failed: Callable[[XinglinError], None] | None = None,
    ) -> None:
        """Tell the result of a future (a device's worker made it) on the GUI thread; one that is cancelled, as at the end, tells nothing."""
        ticket = Ticket(weakref.ref(owner), done, failed)
        future.add_done_callback(lambda ready: None if ready.cancelled() else self._work(ready.result, ticket))

    def forget(self, owner: QObject) -> None:
        """``owner`` closes: it hears nothing any more."""
        self._open = {ticket for ticket in self._open if ticket.owner() is not owner}

    def stop(self) -> None:
        """The program ends. Nothing is waited for."""
        self._clock.stop()
        self._jobs.stop()
        self._open.clear()

    def _work(self, work: Callable[[], Any], ticket: Ticket) -> None:
        """In another thread. Whatever goes wrong is told; a worker that died in silence would leave a desk waiting for ever."""
        try:
            reply = work()
        except XinglinError as problem:
            self._tell(ticket, None, problem)
        except Exception as problem:
            log.exception("work for a desk failed")
            self._tell(ticket, None, DeskBroken(reference=f"{type(problem).__name__}: {problem}"))
        else:
            self._tell(ticket, reply, None)

    def _tell(self, ticket: Ticket, reply: Any, error: XinglinError | None) -> None:
        with contextlib.suppress(RuntimeError):  # the program ended meanwhile, and this object with it
            self._arrived.emit(ticket, reply, error)

    def _take(self, ticket: Ticket, reply: Any, error: XinglinError | None) -> None:
        self._open.discard(ticket)
        self._answer(ticket, reply, error)

    def _answer(self, ticket: Ticket, reply: Any, error: XinglinError | None) -> bool:
        """Tell the one who asked. ``False`` if there is nobody left to tell."""
        owner = ticket.owner()
        if ticket.cancelled or owner is None or not shiboken6.isValid(owner):
            return False
        if error is None:
            ticket.done(reply)
        elif ticket.failed is not None:
            ticket.failed(error)
        else:
            self._untold(error)
        return True

    def _untold(self, error: XinglinError) -> None:
        log.warning("nobody took the error %s", type(error).__name__)

    def _look_for_slow(self) -> None:
        if not self._open:
            self._clock.stop()
        late = any(time.monotonic() - ticket.asked_at > SLOW_MS / 1000 for ticket in self._open)
        if late != self._is_slow:
            self._is_slow = late
            self.slow.emit(late)


class Ops(Bridge):
    """The bridge to the service; one for each window."""

    #: (Link) the line came, went, or more acts wait.
    link_changed = Signal(object)
    #: (frozenset[Change]) other desks changed something; an empty set: read everything anew.
    changed = Signal(object)
    #: (XinglinError) an error that nobody else took.
    failed = Signal(object)
    #: (LateAnswer)
    answered_late = Signal(object)
    #: () the session ended or is locked; after signing in again call :meth:`resume`.
    session_lost = Signal()
    _delivered = Signal(object)
    _pushed = Signal(object)
    _online = Signal(bool)
    _feed_refused = Signal()

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        self.link = Link()
        self._tickets: dict[str, Ticket] = {}
        self._latest: dict[tuple[int, str], int] = {}
        self._watched: set[int] = set()
        self._serial = 0
        self._feed: Feed | None = None
        self._queries = _Pool("query", QUERY_WORKERS)
        self._outbox: Outbox | None = None
        self._about = ""
        self._delivered.connect(self._take_delivery, Qt.ConnectionType.QueuedConnection)
        self._pushed.connect(self._take_push, Qt.ConnectionType.QueuedConnection)
        self._online.connect(self._take_online, Qt.ConnectionType.QueuedConnection)
        self._feed_refused.connect(self._take_refusal, Qt.ConnectionType.QueuedConnection)

    def use_journal(self, journal: Journal) -> None:
        """From now on commands are written down in ``journal`` before they are sent."""
        self._outbox = Outbox(self.connection, journal, self._delivered.emit)
        _thread(self._outbox.run, "commands")

    # --- asking ----------------------------------------------------------------------------------------------------------------

    def send(
        self,
        request: Request[Any],
        *,
        owner: QObject,
        done: Callable[[Any], None],
        failed: Callable[[XinglinError], None] | None = None,
        request_id: str | None = None,
        key: str | None = None,
    ) -> str:
        """Ask the service; ``done(reply)`` or ``failed(error)`` is called on the GUI thread, unless ``owner`` is gone by then.

        Without ``failed`` the error's sentence stands in the result line. ``request_id`` (commands) is the one made when the form opened,
        so that a second press of the same key is the same act; left out, a new one is made. Returned is the id.

        Of queries of the same owner with the same ``key`` (by default the request's name) only the newest is answered, so that a list never
        shows an older answer. Queries that must all be answered, such as one for each scanned pack, need keys of their own.
        """
        name = wire.wire_name(type(request))
        request_id = request_id or wire.new_request_id()
        self._watch(owner)
        ticket = Ticket(weakref.ref(owner), done, failed)
        self._open.add(ticket)
        self._clock.start()
        if not type(request).writes:
            self._ask(request, ticket, (id(owner), key or name))
        elif self._outbox is None or is_secret(request):
            self._queries.put(lambda: self._call(request, ticket, request_id))
        else:
            self._tickets[request_id] = ticket
            self._outbox.put(request_id, request, self._about)
            self._show_waiting()
        return request_id

    def describe(self, about: str) -> None:
        """What the commands sent from now on are called when they have to wait: the title of the action that runs."""
        self._about = about

    def forget(self, owner: QObject) -> None:
        """``owner`` closes: it hears nothing any more. Its commands are still carried out and answered late."""
        super().forget(owner)
        for ticket in self._tickets.values():
            if ticket.owner() is owner:
                ticket.cancelled = True
        self._latest = {slot: serial for slot, serial in self._latest.items() if slot[0] != id(owner)}

    # --- the line --------------------------------------------------------------------------------------------------------------

    def resume(self, staff_id: int) -> None:
        """Somebody signed in: send what waits under this name, and listen to the changes."""
        if self._outbox is not None:
            self._outbox.resume(staff_id)
            self._show_waiting()
        self.listen()

    def pause(self) -> None:
        """The person signed out: what waits stays in the journal, and the feed is silent."""
        if self._outbox is not None:
            self._outbox.pause()
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def listen(self) -> None:
        """Start the change feed if it does not run."""
        if self._feed is None:
            from client.changes import Feed

            feed = Feed(self.connection, heard=self._pushed.emit, online=self._online.emit, refused=self._feed_refused.emit)
            self._feed = feed
            _thread(feed.run, "changes")

    def waiting(self) -> int:
        """How many commands have no answer yet."""
        return self._outbox.waiting() if self._outbox is not None else 0

    def give_up(self) -> bool:
        """Stop waiting for answers to queries; commands cannot be unsaid. ``False`` if nothing was waited for."""
        waiting = {ticket for ticket in self._open if ticket.slot is not None}
        for ticket in waiting:
            ticket.cancelled = True
        self._open -= waiting
        return bool(waiting)

    def idle(self) -> bool:
        """Whether nothing is being waited for: for robots, which go on as soon as a person could."""
        return not self._open and not self.waiting()

    def withdraw(self, request_id: str) -> bool:
        """Take a waiting command back, if it certainly never left the desk."""
        taken = self._outbox is not None and self._outbox.withdraw(request_id)
        if taken:
            self._tickets.pop(request_id, None)
            self._show_waiting()
        return taken

    def stop(self) -> None:
        """The program ends. Nothing is waited for: what has no answer is in the journal."""
        self.pause()
        super().stop()
        self._queries.stop()
        if self._outbox is not None:
            self._outbox.stop()
        self._tickets.clear()
        self.connection.close()

    # --- in other threads ------------------------------------------------------------------------------------------------------

    def _call(self, request: Request[Any], ticket: Ticket, request_id: str | None) -> None:
        if ticket.slot is not None and self._latest.get(ticket.slot) != ticket.serial:
            return  # a newer question of the same kind was asked while this one stood in line
        self._work(lambda: self.connection.call(request, request_id), ticket)

    # --- back on the GUI thread ------------------------------------------------------------------------------------------------

    def _ask(self, request: Request[Any], ticket: Ticket, slot: tuple[int, str]) -> None:
        self._serial += 1
        ticket.slot, ticket.serial = slot, self._serial
        self._latest[slot] = self._serial
        self._open = {other for other in self._open if other.slot != slot or other is ticket}
        self._queries.put(lambda: self._call(request, ticket, None))

    def _take(self, ticket: Ticket, reply: Any, error: XinglinError | None) -> None:
        self._open.discard(ticket)
        if ticket.slot is not None and self._latest.get(ticket.slot) != ticket.serial:
            return
        if isinstance(error, NotSignedIn | SessionLocked):
            self.session_lost.emit()
        if isinstance(error, Unreachable):
            self._set_link(online=False)
        elif error is None and ticket.slot is not None:
            self._set_link(online=True)
        self._answer(ticket, reply, error)

    def _untold(self, error: XinglinError) -> None:
        self.failed.emit(error)

    def _take_delivery(self, delivery: Delivery) -> None:
        if delivery.state != "answered" and delivery.request_id in self._tickets:
            self._open.discard(self._tickets[delivery.request_id])  # it waits in the strip now, not in its form
        if delivery.state == "held":
            self._set_link(online=False)
            self._show_waiting()
            if isinstance(delivery.error, WrongCertificate):
                self.failed.emit(delivery.error)
            return
        if delivery.state == "locked":
            self.session_lost.emit()
            return
        ticket = self._tickets.pop(delivery.request_id, None)
        if ticket is not None:
            self._open.discard(ticket)
        self._set_link(online=True)
        self._show_waiting()
        if ticket is None or not self._answer(ticket, delivery.reply, delivery.error):
            self.answered_late.emit(LateAnswer(delivery.about, delivery.name, delivery.reply, delivery.error))

    def _take_push(self, pushed: Pushed) -> None:
        self.changed.emit(frozenset() if pushed.reset else frozenset(pushed.changes))

    def _take_online(self, online: bool) -> None:
        self._set_link(online=online)
        if online and self._outbox is not None:
            self._outbox.wake()

    def _take_refusal(self) -> None:
        self._feed = None
        self.session_lost.emit()

    def _set_link(self, *, online: bool) -> None:
        self._show(Link(online, self.link.waiting))

    def _show_waiting(self) -> None:
        self._show(Link(self.link.online, self.waiting()))

    def _show(self, link: Link) -> None:
        if link != self.link:
            self.link = link
            self.link_changed.emit(link)

    def _watch(self, owner: QObject) -> None:
        if id(owner) not in self._watched:
            number = id(owner)
            self._watched.add(number)
            owner.destroyed.connect(lambda _gone=None, number=number: self._gone(number))

    def _gone(self, number: int) -> None:
        self._watched.discard(number)
        self._latest = {slot: serial for slot, serial in self._latest.items() if slot[0] != number}


class _Pool:
    """A few daemon threads, started when there is work for them."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._started = 0
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def put(self, work: Callable[[], None]) -> None:
        self._work.put(work)
        if self._started < self._size:
            self._started += 1
            _thread(self._run, f"{self._name}-{self._started}")

    def stop(self) -> None:
        for _ in range(self._started):
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()


def _thread(run: Callable[[], None], name: str) -> threading.Thread:
    thread = threading.Thread(target=run, name=f"xinglin-{name}", daemon=True)
    thread.start()
    return thread
