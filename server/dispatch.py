"""decode → who → may they → once only → transaction → audit → commit → publish: the only place that does any of these.

A request runs on a worker thread, with that thread's database connection. What happens to a command:

1. ``BEGIN``; the request id is locked (advisory, until commit) and looked up. Known with the same payload: its first reply comes back.
2. The handler reads, checks and writes.
3. Audit entry, change feed entry and reply are inserted, then everything is committed together.

A deadlock or serialization failure starts it again from the first step. A connection that breaks during the commit leaves the outcome open; the
request id then tells on a new connection whether it was carried out.
"""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg import errors as pg
from psycopg.types.json import Jsonb

from common.errors import (
    AlreadyExists,
    Malformed,
    NotFound,
    OutcomeUnknown,
    RequestIdReused,
    ServiceBroken,
    TooBusy,
    Unreachable,
    XinglinError,
)
from common.i18n import N_
from common.wire import Refused, decode, encode, payload_hash, request_types, wire_name
from server import audit, features
from server.db import Read, ReadTx, Tx, Write
from server.decimals import refuse_wild_decimals
from server.parties import NOBODY_OUTSIDE, Parties
from server.sessions import NOBODY, Actor, SessionBook

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.wire import Change, Request
    from server.clock import Clock
    from server.db import Database
    from server.features import Handler

T = TypeVar("T")

log = logging.getLogger("xinglin.dispatch")

_ALIVE: Final = Read("SELECT 1")
_LOCK_ID: Final = Write("SELECT pg_advisory_xact_lock(%(key)s)")
_KNOWN: Final = Read("SELECT payload_hash, reply FROM request_log WHERE id = %(id)s")
#: Audit entry, change feed and the kept reply in one step, since every act ends with all three.
_FINISH: Final = Write(
    f"WITH a AS ({audit.ENTER}), o AS (INSERT INTO outbox (at, changes) SELECT %(wall)s, %(changes)s::jsonb WHERE %(changes)s::jsonb <> '[]')"
    " INSERT INTO request_log (id, payload_hash, name, staff_id, at, reply)"
    " VALUES (%(request_id)s, %(payload_hash)s, %(name)s, %(staff_id)s, %(at)s, %(reply)s)"
)
_ANNOUNCE: Final = Write("INSERT INTO outbox (at, changes) VALUES (%(at)s, %(changes)s) RETURNING seq")

#: Unique keys that a person can run into, and what they stand for.
_UNIQUE: Final = {
    "uq_patient_document": N_("A patient with this document"),
    "uq_staff_login": N_("The login name"),
    "uq_department_code": N_("The department code"),
    "ex_clinic_session_doctor": N_("A clinic session of this doctor at this time"),
    "uq_badge_code": N_("Somebody else's badge"),
    "uq_credit_account_green": N_("A green channel of this patient"),
    "uq_credit_account_name": N_("A credit account of this name"),
    "uq_credit_member": N_("This member"),
}
_TRIES: Final = 4


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back: an HTTP status, the body, and whether it was given before."""

    status: int
    body: bytes
    replayed: bool = False
    changes: tuple[Change, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came in. ``desk_id`` is the paired desk that sent it, if it said so."""

    name: str
    body: bytes
    token: str = ""
    request_id: str = ""
    desk_id: int | None = None


class Dispatch:
    """Carries requests out."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        published: Callable[[], None] = lambda: None,
        parties: Parties = NOBODY_OUTSIDE,
    ) -> None:
        features.load()
        self.parties = parties
        #: Told of each settlement that a committed command began, so that its errand sets out at once.
        self.set_out: Callable[[int, dict[int, str]], None] = lambda _settlement, _codes: None
        self._database = database
        self._clock = clock
        self._published = published
        self._types = request_types()
        self.sessions = SessionBook(database)

    def answer(self, call: Call) -> Answer:
        """Carry out a call and give back what to send."""
        return self.guarded(call.name, lambda: self._answer(call))

    def guarded(self, name: str, carry_out: Callable[[], Answer]) -> Answer:
        """What ``carry_out`` answers, or the refusal; never raises for anything that the call or the database did."""
        try:
            return carry_out()
        except XinglinError as error:
            return _refusal(error)
        except (pg.QueryCanceled, pg.LockNotAvailable, pg.TooManyConnections):
            return _refusal(TooBusy())
        except pg.ForeignKeyViolation:
            return _refusal(NotFound(kind=N_("What this refers to"), key=""))
        except psycopg.DataError:  # a NUL character, a number past its column's range
            return _refusal(Malformed(detail="a value is out of range"))
        except psycopg.OperationalError as error:
            log.warning("database out of reach: %s", type(error).__name__)
            return _refusal(Unreachable())
        except Exception as error:  # noqa: BLE001 -- the last line of defence: logged with a reference that the person is told
            return _refusal(_broken(name, error))

    def knows(self, name: str) -> bool:
        """Whether there is a request of this wire name."""
        return name in self._types

    def _answer(self, call: Call) -> Answer:
        kind = self._types.get(call.name)
        if kind is None:
            raise NotFound(kind=N_("Request"), key=call.name[:60])
        try:
            request = decode(kind, call.body)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Malformed(detail=str(error)[:300]) from None
        actor = self._actor(call)
        return self.perform(request, actor, call.request_id)

    def _actor(self, call: Call) -> Actor:
        if not call.token:
            return msgspec.structs.replace(NOBODY, desk_id=call.desk_id)
        return self.once_more(lambda: self.sessions.actor(call.token, self._clock.wall()))

    def perform(self, request: Request[Any], actor: Actor, request_id: str = "") -> Answer:
        """Carry out a decoded request of a known person. Raises ``XinglinError`` and database errors."""
        kind = type(request)
        handler = features.HANDLERS.get(kind)
        if handler is None:
            raise NotFound(kind=N_("Request"), key=wire_name(kind))
        actor.require(kind.permission)
        refuse_wild_decimals(request)
        if not kind.writes:
            return self._read(handler, request, actor)
        return self._write_again(handler, request, actor, _parse_id(request_id) if handler.replayed else None)

    # --- reading

    def _read(self, handler: Handler, request: Request[Any], actor: Actor) -> Answer:
        return self.once_more(lambda: self._read_once(handler, request, actor))

    def once_more(self, ask: Callable[[], T]) -> T:
        """Ask the database on this thread's connection. That the server dropped it is found out by using it; then ask again on a new one."""
        connection = self._database.of_thread()
        try:
            return ask()
        except psycopg.OperationalError:
            if not (connection.closed or connection.broken):
                raise
            return ask()

    def _read_once(self, handler: Handler, request: Request[Any], actor: Actor) -> Answer:
        tx = ReadTx(self._database.of_thread(), actor, self._clock, self.parties)
        reply = handler.carry_out(tx, request)
        if type(request).views is not None:  # type: ignore[attr-defined]
            audit.enter_view(tx, wire_name(type(request)), tx.viewed)
        return Answer(status=200, body=encode(reply))

    # --- writing

    def _write_again(self, handler: Handler, request: Request[Any], actor: Actor, request_id: UUID | None) -> Answer:
        if request_id is None:  # nothing would tell afterwards whether it was carried out, so a dead connection is found out before
            self.once_more(lambda: self._database.of_thread().execute(_ALIVE.bytes))
        lost = False  # whether something may have been committed without our hearing of it
        for attempt in range(1, _TRIES + 1):
            reached = False
            try:
                self._database.of_thread()
                reached = True
                return self._write(handler, request, actor, request_id)
            except (pg.DeadlockDetected, pg.SerializationFailure) as error:
                if attempt == _TRIES:
                    raise (OutcomeUnknown if lost else TooBusy) from error
                time.sleep(secrets.randbelow(20) / 1000 * attempt)  # two that met should not meet again at once
            except (pg.UniqueViolation, pg.ExclusionViolation) as error:
                raise _already_exists(error) from error
            except psycopg.OperationalError as error:
                given_up = isinstance(error, (pg.QueryCanceled, pg.LockNotAvailable))
                lost = lost or (reached and not given_up)
                if given_up or attempt == _TRIES or (reached and request_id is None):
                    if lost:
                        raise OutcomeUnknown from error
                    raise
                time.sleep(0.05 * attempt)  # asked again on a new connection: the request id tells what became of it
        raise AssertionError

    def _write(self, handler: Handler, request: Request[Any], actor: Actor, request_id: UUID | None) -> Answer:
        connection = self._database.of_thread()
        with connection.transaction():
            tx = Tx(connection, actor, self._clock, request_id, self.parties)
            known = _known(tx, request) if request_id is not None else None
            if known is not None:
                return Answer(status=200, body=known, replayed=True)
            reply = handler.carry_out(tx, request)
            answer = self._finish(tx, request, reply)
        if tx.changes:
            self._published()
        for settlement_id, codes in tx.errands.items():
            self.set_out(settlement_id, codes)
        self._after(request)
        return answer

    def _finish(self, tx: Tx, request: Request[Any], reply: Any) -> Answer:
        """Audit entry, change feed and the kept reply, in the transaction that they tell of. A refusal that is kept has no reply to keep."""
        name = wire_name(type(request))
        changes = Jsonb([{"topic": change.topic, "id": change.id} for change in dict.fromkeys(tx.changes)], dumps=encode)
        refused = isinstance(reply, XinglinError)
        if refused or tx.request_id is None:
            audit.enter_command(tx, f"{name}_refused" if refused else name)
            if tx.changes:
                tx.write(_ANNOUNCE, at=tx.wall, changes=changes)
            return _refusal(reply) if refused else Answer(status=200, body=encode(reply), changes=tuple(tx.changes))
        body = encode(reply)
        tx.write(
            _FINISH,
            **audit.of_command(tx, name),
            wall=tx.wall,
            changes=changes,
            payload_hash=payload_hash(request),
            name=name,
            reply=body,
        )
        return Answer(status=200, body=body, changes=tuple(tx.changes))

    def _after(self, request: Request[Any]) -> None:
        """What was cached about people is looked up anew when a command changed it."""
        if wire_name(type(request)) in {
            "sign_out",
            "unlock",
            "change_password",
            "add_staff",
            "correct_staff",
            "reset_password",
            "set_clinic",
        }:
            self.sessions.forget_all()


def _known(tx: Tx, request: Request[Any]) -> bytes | None:
    """The reply that this request id already has. Two senders of one id wait for each other here."""
    assert tx.request_id is not None
    tx.write(_LOCK_ID, key=int.from_bytes(tx.request_id.bytes[:8], "big", signed=True))
    row = tx.first(_KNOWN, id=tx.request_id)
    if row is None:
        return None
    if bytes(row[0]) != payload_hash(request):
        raise RequestIdReused(request_id=str(tx.request_id))
    return bytes(row[1])


def _parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Malformed(detail="a command needs the header Request-Id with a UUID") from None


def _already_exists(error: psycopg.Error) -> XinglinError:
    name = error.diag.constraint_name or ""
    kind = _UNIQUE.get(name)
    return AlreadyExists(kind=kind, key="") if kind else _broken(name, error)


def _refusal(error: XinglinError) -> Answer:
    return Answer(status=error.status, body=encode(Refused(error=type(error).__name__, fields=error.fields)))


def _broken(name: str, error: Exception) -> ServiceBroken:
    """A fault of our own: the log gets everything but the data (database errors quote rows), the person a reference."""
    reference = secrets.token_hex(4)
    if isinstance(error, psycopg.Error):
        what = f"{type(error).__name__} {error.sqlstate} {error.diag.constraint_name or ''} {error.diag.message_primary or ''}"
        log.error(
            "fault %s in %s: %s",
            reference,
            name,
            what,
            exc_info=error.__traceback__ and (type(error), type(error)(what), error.__traceback__),
        )
    else:
        log.error("fault %s in %s", reference, name, exc_info=error)
    return ServiceBroken(reference=reference)
