"""Commands on their way: written down, sent in order, sent again under the same id until the service says what became of them.

No Qt and no thread of its own: :mod:`client.ops` runs :meth:`Outbox.run` in one.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from client.errors import NotKept, WrongCertificate
from common import wire
from common.errors import Malformed, NotSignedIn, OutcomeUnknown, SessionLocked, TooBusy, Unreachable, XinglinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.connection import Connection
    from client.journal import Act, Journal
    from common.wire import Request

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
#: Commands that hold a password or end the session: never on disk, never sent a second time by themselves.
NOT_JOURNALLED: Final = frozenset({"sign_in", "sign_out", "unlock", "change_password", "approve", "give_badge"})
#: A busy service said that nothing was stored; after so many tries the person hears of it.
BUSY_TRIES: Final = 4


def is_secret(request: Request[Any]) -> bool:
    """Whether a command must not be written down: it holds a password, or a payment code, which is as good as money for a minute."""
    if wire.wire_name(type(request)) in NOT_JOURNALLED:
        return True
    return any(getattr(tender, "code", "") for tender in getattr(request, "tenders", ()))


@dataclass(frozen=True)
class Delivery:
    """What happened to a command: ``answered`` (with reply or error), ``held`` (no line; it waits) or ``locked`` (sign in first)."""

    state: str
    request_id: str
    name: str
    about: str
    reply: Any = None
    error: XinglinError | None = None


@dataclass(eq=False)
class _Parcel:
    request_id: str
    request: Request[Any]
    about: str
    stored: bool = False
    left_desk: bool = False
    tries: int = 0

    def delivery(self, state: str, reply: Any = None, error: XinglinError | None = None) -> Delivery:
        return Delivery(state, self.request_id, wire.wire_name(type(self.request)), self.about, reply, error)


class Outbox:
    """The commands of one desk. ``tell(delivery)`` is called in the thread that runs :meth:`run`."""

    def __init__(self, connection: Connection, journal: Journal, tell: Callable[[Delivery], None]) -> None:
        self._connection = connection
        self._journal = journal
        self._tell = tell
        self._parcels: deque[_Parcel] = deque()
        self._change = threading.Condition()
        self._paused = False
        self._stopped = False
        self._woken = False
        self._in_flight: _Parcel | None = None
        self._staff_id = 0

    # --- from the desk ---------------------------------------------------------------------------------------------------------

    def put(self, request_id: str, request: Request[Any], about: str = "") -> None:
        """Take a command. The same id as one that waits already is that one."""
        with self._change:
            if all(parcel.request_id != request_id for parcel in self._parcels):
                self._parcels.append(_Parcel(request_id, request, about))
                self._change.notify_all()

    def resume(self, staff_id: int) -> None:
        """``staff_id`` signed in: go on with what waits under this name, from before a crash too. Others' acts wait for them."""
        lost: list[Act] = []
        with self._change:
            if staff_id != self._staff_id:
                self._parcels.clear()
                self._staff_id = staff_id
            known = {parcel.request_id for parcel in self._parcels}
            for act in self._journal.waiting(staff_id):
                if act.request_id not in known and not self._take_up(act):
                    lost.append(act)
            self._paused = False
            self._woken = True
            self._change.notify_all()
        for act in lost:
            self._tell(Delivery("answered", act.request_id, act.name, act.about, error=Malformed(detail=act.name)))
            self._journal.answered(act.request_id)

    def _take_up(self, act: Act) -> bool:
        """An act of an earlier run joins the line. ``False`` if this version of the program cannot read it any more."""
        try:
            request = act.request()
        except (KeyError, msgspec.ValidationError, msgspec.DecodeError):
            return False
        self._parcels.append(_Parcel(act.request_id, request, act.about, stored=True, left_desk=act.left_desk))
        return True

    def pause(self) -> None:
        """Send nothing until :meth:`resume`."""
        with self._change:
            self._paused = True

    def wake(self) -> None:
        """The line is back: do not wait for the pause to end."""
        with self._change:
            self._woken = True
            self._change.notify_all()

    def stop(self) -> None:
        """End :meth:`run` soon. What waits stays in the journal."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def waiting(self) -> int:
        """How many commands have no answer yet."""
        with self._change:
            return len(self._parcels)

    def withdraw(self, request_id: str) -> bool:
        """Take back a command that certainly never left the desk."""
        with self._change:
            parcel = next((each for each in self._parcels if each.request_id == request_id), None)
            if parcel is None or parcel is self._in_flight or parcel.left_desk:
                return False
            if parcel.stored and not self._journal.withdraw(request_id):
                return False
            self._parcels.remove(parcel)
            return True

    # --- in the thread ---------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Deliver until :meth:`stop`."""
        while (parcel := self._next()) is not None:
            delivery = self._deliver(parcel)
            with self._change:
                self._in_flight = None
                if delivery.state == "answered" and parcel in self._parcels:
                    self._parcels.remove(parcel)
                if delivery.state == "locked":
                    self._paused = True
            self._tell(delivery)
            if delivery.state == "answered":
                self._try_to(lambda: self._journal.answered(parcel.request_id))
            elif delivery.state == "held":
                self._rest(min(FIRST_PAUSE * 2 ** (parcel.tries - 1), LONGEST_PAUSE))

    def _next(self) -> _Parcel | None:
        with self._change:
            self._change.wait_for(lambda: self._stopped or (self._parcels and not self._paused))
            self._in_flight = None if self._stopped else self._parcels[0]
            return self._in_flight

    def _rest(self, seconds: float) -> None:
        with self._change:
            self._change.wait_for(lambda: self._stopped or self._woken, timeout=seconds)
            self._woken = False

    def _deliver(self, parcel: _Parcel) -> Delivery:
        parcel.tries += 1
        try:
            self._write_down(parcel)
        except NotKept as problem:
            return parcel.delivery("answered", error=problem)  # nothing is sent that a crash could make forgotten
        try:
            return parcel.delivery("answered", self._connection.call(parcel.request, parcel.request_id))
        except (NotSignedIn, SessionLocked) as problem:
            return parcel.delivery("locked", error=problem)
        except (OutcomeUnknown, TooBusy) as problem:
            parcel.left_desk = True
            spent = isinstance(problem, TooBusy) and parcel.tries >= BUSY_TRIES
            return parcel.delivery("answered" if spent else "held", error=problem)
        except (Unreachable, WrongCertificate) as problem:
            self._note_stayed(parcel)
            return parcel.delivery("held", error=problem)
        except XinglinError as problem:
            return parcel.delivery("answered", error=problem)

    def _write_down(self, parcel: _Parcel) -> None:
        if not parcel.stored:
            self._journal.store(parcel.request_id, parcel.request, staff_id=self._staff_id, about=parcel.about)
            parcel.stored = True

    def _note_stayed(self, parcel: _Parcel) -> None:
        if not parcel.left_desk:
            self._try_to(lambda: self._journal.stayed(parcel.request_id))

    @staticmethod
    def _try_to(note: Callable[[], None]) -> None:
        """Without this note an act is at most sent again under its id, which the service carries out once."""
        try:
            note()
        except NotKept as problem:
            log.warning("%s", problem)
