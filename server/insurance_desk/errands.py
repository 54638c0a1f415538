"""The errands' rows: entered by requests, taken by the service, ended by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common import topics
from common.i18n import N_
from common.messages.insurance import ErrandFacts, ErrandKind, ErrandList, ListErrands
from common.settling_errors import NotConnected
from common.wire import Done, encode
from server.db import Read, Write
from server.features import handles
from server.insurance_desk.asks import EndErrand, Errand, TakeErrand, TakenErrand

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import ReadTx, Tx

#: Pauses after a try that told nothing: half a minute, doubled each time up to ten minutes.
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=10)
#: A try of the line is answered at once, whatever the answer is.
_TRIED_ONCE: Final = frozenset({ErrandKind.TEST})

_ENTER: Final = Write(
    "INSERT INTO insurance_errand (kind, subject, next_try_at, wanted_at, wanted_by) VALUES (%(kind)s, %(subject)s,"
    " greatest(%(at)s::timestamptz, %(not_before)s::timestamptz),"
    " %(at)s, %(staff_id)s)"
    " ON CONFLICT (kind, subject) WHERE state = 'WAITING' DO UPDATE SET next_try_at = CASE WHEN insurance_errand.told <> ''"
    " THEN excluded.next_try_at ELSE insurance_errand.next_try_at END RETURNING id"
)
_FACTS: Final = (
    "SELECT e.id, e.kind, e.subject, e.state, e.told, e.progress, e.total, e.tries, e.wanted_at, s.name AS wanted_by, e.done_at"
    " FROM insurance_errand e JOIN staff s ON s.id = e.wanted_by"
)
_ONE: Final = Read(f"{_FACTS} WHERE e.id = %(id)s")
_NEWEST: Final = Read(
    f"{_FACTS} WHERE e.id IN (SELECT max(id) FROM insurance_errand WHERE kind NOT IN ('DIFFERENCE', 'MAPPING', 'REVERSAL') GROUP BY kind, subject)"
    " ORDER BY e.id DESC LIMIT 200"
)
_TAKE: Final = Write(
    "UPDATE insurance_errand e SET tries = e.tries + 1, next_try_at = %(until)s, told = '' WHERE e.id = (SELECT n.id FROM insurance_errand n"
    " WHERE n.state = 'WAITING' AND n.next_try_at <= %(now)s ORDER BY n.next_try_at, n.id LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING e.id, e.tries, e.kind, e.subject, e.wanted_by, e.progress, e.total"
)
_SINCE: Final = Read(
    "SELECT coalesce(result->>'since', '') FROM insurance_errand WHERE kind = %(kind)s AND subject = %(subject)s AND state = 'DONE'"
    " ORDER BY id DESC LIMIT 1"
)
_END: Final = Write(
    "UPDATE insurance_errand SET state = %(state)s::text, told = %(told)s, result = %(result)s, next_try_at = %(next_try_at)s,"
    " subject = CASE WHEN kind = 'TEST' AND %(state)s::text <> 'WAITING' THEN '' ELSE subject END,"  # an ID number is not kept
    " done_at = CASE WHEN %(state)s::text = 'WAITING' THEN NULL ELSE %(at)s::timestamptz END WHERE id = %(id)s AND tries = %(turn)s AND"
    " state = 'WAITING'"
    " RETURNING kind"
)
_PROGRESS: Final = Write(
    "UPDATE insurance_errand SET progress = %(progress)s, total = %(total)s, next_try_at = %(until)s"
    " WHERE id = %(id)s AND tries = %(turn)s AND state = 'WAITING' RETURNING id"
)


def pause(tries: int) -> timedelta:
    """How long to wait after the ``tries``-th try."""
    return min(_FIRST_PAUSE * (1 << min(max(tries - 1, 0), 10)), _LONGEST_PAUSE)


def require_line(tx: ReadTx) -> None:
    """Raises ``NotConnected`` where this service has no line to the bureau."""
    if tx.parties.bureau is None:
        raise NotConnected(party=N_("Insurance"))


def enter(tx: Tx, kind: ErrandKind, subject: object, not_before: datetime | None = None) -> int:
    """The service is to do this; the errand's id. One that waits already is not entered twice, and is tried at once."""
    row = tx.write_one(_ENTER, kind=kind.value, subject=str(subject), at=tx.wall, not_before=not_before or tx.wall, staff_id=tx.actor.staff)
    assert row is not None
    tx.changed(topics.INSURANCE)
    return int(row[0])


def wanted(tx: Tx, kind: ErrandKind, subject: object) -> ErrandFacts:
    """Enter an errand for somebody who waits for it at the desk. Raises ``NotConnected``."""
    require_line(tx)
    return tx.structs(ErrandFacts, _ONE, id=enter(tx, kind, subject))[0]


@handles(ListErrands)
def list_errands(tx: ReadTx, request: ListErrands) -> ErrandList:
    """The newest of each kind and subject."""
    return ErrandList(errands=tx.structs(ErrandFacts, _NEWEST))


@handles(TakeErrand, replayed=False)
def take_errand(tx: Tx, request: TakeErrand) -> TakenErrand:
    """Take the next one that is due."""
    row = tx.write_one(_TAKE, now=tx.wall, until=tx.wall + timedelta(seconds=request.lease_seconds))
    if row is None:
        return TakenErrand(errand=None)
    since = tx.first(_SINCE, kind=row[2], subject=row[3])
    errand = Errand(
        id=row[0],
        turn=row[1],
        kind=ErrandKind(row[2]),
        subject=row[3],
        staff_id=row[4],
        progress=row[5],
        total=row[6],
        since=since[0] if since else "",
    )
    return TakenErrand(errand=errand)


@handles(EndErrand, replayed=False)
def end_errand(tx: Tx, request: EndErrand) -> Done:
    """Write down what came of one, unless somebody else has taken it since."""
    row = tx.write_one(
        _END,
        id=request.errand_id,
        turn=request.turn,
        state=request.state,
        told=request.told[:500],
        result=Jsonb({"since": request.since}, dumps=encode),
        at=tx.wall,
        next_try_at=tx.wall + pause(request.turn),
    )
    if row is not None:
        tx.changed(topics.INSURANCE)
    return Done()


def tried_once(kind: ErrandKind) -> bool:
    """Whether an errand ends with its first try, so that who waits for it is answered."""
    return kind in _TRIED_ONCE


def progressed(tx: Tx, errand_id: int, turn: int, progress: int, total: int) -> bool:
    """A list is read so far; whether the errand is still the caller's. The lease begins anew."""
    until = tx.wall + timedelta(seconds=600)
    row = tx.write_one(_PROGRESS, id=errand_id, turn=turn, progress=progress, total=total, until=until)
    tx.changed(topics.INSURANCE)
    return row is not None
