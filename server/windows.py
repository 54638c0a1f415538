"""Windows of the pharmacy 发药窗口: which are open, who stands there, and which paid prescription waits at which.

A paid prescription goes to the open window that takes its kind and has the least to do: the sum of lines and packs of what waits there; of two
alike the older window. A window's closing, opening or other kinds give a new place to everything that waits at no open window that takes it.
What no open window takes belongs to any window. One lock makes all of this one after the other, so that a payment never gives a prescription
to a window that closes at that moment.

A window that its pharmacist forgot to close is closed by the service: whoever signed out, or whose desk has been idle long enough to be locked,
comes back within half an hour or does not stand there any more; and nobody stands on a new day where he stood the day before, unless his duty
went on over midnight in the same session. What is not handed out by then stays listed, at the other windows or for any.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from common import topics
from common.errors import AlreadyExists, FieldWrong, NotFound
from common.i18n import N_
from common.messages.consult import PrescriptionKind
from common.messages.windows import (
    CloseLeftWindow,
    CloseWindow,
    ListWindows,
    OpenWindow,
    SetWindow,
    WindowFacts,
    WindowList,
    WindowSet,
)
from common.permissions import Permission
from common.window_errors import WindowNotLeft
from server.db import Read, Write
from server.features import handles
from server.people import system_actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.clock import Clock
    from server.db import Database, ReadTx, Row, Tx
    from server.dispatch import Dispatch

#: So long after signing out, or after the desk's lock, a pharmacist may come back to the window.
ABSENCE: Final = timedelta(minutes=30)
#: Behind everything else that a payment locks, and never held by who waits for a row of those.
_LOCK: Final = Write("SELECT pg_advisory_xact_lock(1987211, 1)")
_OPEN: Final = Read("SELECT id, kinds FROM pharmacy_window WHERE open ORDER BY id")
_WAITING: Final = "p.state IN ('PAID', 'PICKED')"
_LOADS: Final = Read(
    "SELECT q.window_id, sum(q.weight)::bigint FROM prescription p JOIN window_queue q ON q.prescription_id = p.id"
    f" WHERE {_WAITING} AND p.id <> ALL(%(but)s) GROUP BY q.window_id"
)
_WEIGHED: Final = (
    "SELECT p.id, p.kind, (SELECT sum(1 + l.packs) FROM prescription_line l WHERE l.prescription_id = p.id)::bigint FROM prescription p"
)
_THESE: Final = Read(f"{_WEIGHED} WHERE p.id = ANY(%(ids)s) ORDER BY p.paid_at, p.id")
#: What waits at no open window that takes it, longest first.
_UNPLACED: Final = (
    f"{_WAITING} AND NOT EXISTS (SELECT FROM window_queue q JOIN pharmacy_window w ON w.id = q.window_id WHERE q.prescription_id = p.id"
    " AND w.open AND (w.kinds = '{}' OR p.kind = ANY(w.kinds)))"
)
_ALL_UNPLACED: Final = Read(f"{_WEIGHED} WHERE {_UNPLACED} ORDER BY p.paid_at, p.id")
_PLACE: Final = Write(
    "INSERT INTO window_queue (prescription_id, window_id, weight)"
    " SELECT * FROM unnest(%(ids)s::bigint[], %(windows)s::bigint[], %(weights)s::int[]) AS u(prescription_id, window_id, weight)"
    " ON CONFLICT (prescription_id) DO UPDATE SET window_id = excluded.window_id, weight = excluded.weight"
)
_LIST: Final = Read(
    "SELECT w.id, w.name, w.kinds, w.active, w.open, coalesce(s.name, '') AS staff, coalesce(q.n, 0) AS waiting, coalesce(q.weight, 0) AS load"
    " FROM pharmacy_window w LEFT JOIN staff s ON s.id = w.staff_id"
    " LEFT JOIN (SELECT q.window_id, count(*) AS n, sum(q.weight)::bigint AS weight FROM prescription p"
    f" JOIN window_queue q ON q.prescription_id = p.id WHERE {_WAITING} GROUP BY 1) q ON q.window_id = w.id AND w.open"
    " WHERE w.active ORDER BY w.id"
)
_COUNT_UNPLACED: Final = Read(f"SELECT count(*) FROM prescription p WHERE {_UNPLACED}")
_ONE: Final = Write("SELECT id, name, open, staff_id FROM pharmacy_window WHERE id = %(id)s AND active FOR UPDATE")
_NAMED: Final = Read("SELECT id FROM pharmacy_window WHERE name = %(name)s")
_NEW: Final = Write("INSERT INTO pharmacy_window (name, kinds, active) VALUES (%(name)s, %(kinds)s, %(active)s) RETURNING id")
_CHANGE: Final = Write(
    "UPDATE pharmacy_window SET name = %(name)s, kinds = %(kinds)s, active = %(active)s, open = open AND %(active)s,"
    " staff_id = CASE WHEN %(active)s THEN staff_id END, since = CASE WHEN %(active)s THEN since END WHERE id = %(id)s"
)
_STAND: Final = Write("UPDATE pharmacy_window SET open = true, staff_id = %(staff_id)s, since = %(at)s WHERE id = %(id)s")
_LEAVE: Final = Write("UPDATE pharmacy_window SET open = false, staff_id = NULL, since = NULL WHERE id = %(id)s AND open")


class _Window(msgspec.Struct):
    """An open window while waiting prescriptions are given out."""

    id: int
    kinds: Sequence[str]
    load: int

    def takes(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


# --- giving places ------------------------------------------------------------------------------------------------------------------


def place(tx: Tx, prescription_ids: Sequence[int]) -> None:
    """Give prescriptions that were paid just now their windows."""
    if not prescription_ids or not tx.rows(_OPEN):  # opened at this moment, a window finds what was paid with its next step
        return
    tx.write(_LOCK)
    _give(tx, tx.rows(_THESE, ids=list(prescription_ids)))


def _replace(tx: Tx) -> int:
    """A place for everything that waits at no open window that takes it. Gives back how many got one; the caller holds the lock."""
    return _give(tx, tx.rows(_ALL_UNPLACED))


def _give(tx: Tx, weighed: Iterable[Row]) -> int:
    rows = list(weighed)
    loads: dict[int, int] = dict(tx.rows(_LOADS, but=[row[0] for row in rows]))
    windows = [_Window(id=row[0], kinds=row[1], load=loads.get(row[0], 0)) for row in tx.rows(_OPEN)]
    placed: list[tuple[int, int, int]] = []
    for prescription_id, kind, weight in rows:
        fitting = [window for window in windows if window.takes(kind)]
        if fitting:
            window = min(fitting, key=lambda window: (window.load, window.id))
            window.load += weight
            placed.append((prescription_id, window.id, weight))
    if placed:
        ids, chosen, weights = (list(column) for column in zip(*placed, strict=True))
        tx.write(_PLACE, ids=ids, windows=chosen, weights=weights)
    return len(placed)


def bring(tx: Tx, prescription_id: int, window_id: int) -> None:
    """This very window hands it out, whatever the others have to do."""
    tx.write(_LOCK)
    for id, _kind, weight in tx.rows(_THESE, ids=[prescription_id]):
        tx.write(_PLACE, ids=[id], windows=[window_id], weights=[weight])


# --- the windows --------------------------------------------------------------------------------------------------------------------


@handles(ListWindows)
def list_windows(tx: ReadTx, request: ListWindows) -> WindowList:
    """The windows, and what waits at each."""
    rows = tx.rows(_LIST)
    unplaced = tx.first(_COUNT_UNPLACED)
    return WindowList(windows=tuple(_facts(row) for row in rows), unplaced=unplaced[0] if unplaced else 0)


def _facts(row: Row) -> WindowFacts:
    kinds = tuple(PrescriptionKind(kind) for kind in row[2])
    return WindowFacts(id=row[0], name=row[1], kinds=kinds, active=row[3], open=row[4], staff=row[5], waiting=row[6], load=row[7])


def lock_window(tx: Tx, window_id: int) -> Row:
    """Lock the windows, then read one (id, name, open, who stands there). Raises ``NotFound``."""
    tx.write(_LOCK)
    row = tx.write_one(_ONE, id=window_id)
    if row is None:
        raise NotFound(kind=N_("Window"), key=str(window_id))
    return row


@handles(SetWindow)
def set_window(tx: Tx, request: SetWindow) -> WindowSet:
    """Make or change a window; what it takes no more goes elsewhere."""
    name, kinds = request.name.strip(), list(dict.fromkeys(map(str, request.kinds)))
    if not name:
        raise FieldWrong(field=N_("Window"), reason=N_("a name"))
    tx.write(_LOCK)
    other = tx.first(_NAMED, name=name)
    if other is not None and other[0] != request.window_id:
        raise AlreadyExists(kind=N_("A window of this name"), key=name)
    if request.window_id is None:
        row = tx.write_one(_NEW, name=name, kinds=kinds, active=request.active)
        assert row is not None
        window_id: int = row[0]
    else:
        window_id = lock_window(tx, request.window_id)[0]
        tx.write(_CHANGE, id=window_id, name=name, kinds=kinds, active=request.active)
    moved = _replace(tx)
    return _told(tx, window_id, {"name": name, "kinds": kinds, "active": request.active}, moved)


@handles(OpenWindow)
def open_window(tx: Tx, request: OpenWindow) -> WindowSet:
    """Stand there, and take what waits at no open window."""
    row = lock_window(tx, request.window_id)
    tx.write(_STAND, id=row[0], staff_id=tx.actor.staff, at=tx.now)
    return _told(tx, row[0], {"window": row[1], "was": row[3]}, _replace(tx))


@handles(CloseWindow)
def close_window(tx: Tx, request: CloseWindow) -> WindowSet:
    """Leave it; the others take over at once."""
    row = lock_window(tx, request.window_id)
    tx.write(_LEAVE, id=row[0])
    return _told(tx, row[0], {"window": row[1], "was": row[3]}, _replace(tx))


# --- left alone ---------------------------------------------------------------------------------------------------------------------

#: A session counts until its end or the moment of its lock, and ``ABSENCE`` longer. ``least`` passes over what is not there.
_HERE: Final = (
    "SELECT FROM session s LEFT JOIN clinic c ON c.id = 1 WHERE s.staff_id = w.staff_id"
    " AND least(s.ended_at, s.expires_at, s.last_seen_at + make_interval(mins => coalesce(c.idle_lock_minutes, 15))) > %(gone)s"
)
_LEFT: Final = Read(
    f"SELECT w.id, w.since FROM pharmacy_window w WHERE w.open AND NOT EXISTS ({_HERE} AND (w.since >= %(today)s OR s.created_at < %(midnight)s))"
    " ORDER BY w.id"
)


def _moments(clock: Clock, now: datetime, wall: datetime) -> dict[str, datetime]:
    """Windows go by the clinic's time, sessions by the real one; outside training both are the same."""
    midnight = datetime.combine(wall.astimezone(clock.zone).date(), time(), clock.zone)
    return {"today": datetime.combine(clock.today(now), time(), clock.zone), "midnight": midnight, "gone": wall - ABSENCE}


def close_left(database: Database, dispatch: Dispatch, clock: Clock) -> None:
    """The service's round. The act's id is made of what it is about, so that of two services one carries it out."""
    moments = _moments(clock, clock.now(), clock.wall())
    rows = database.of_thread().execute(_LEFT.bytes, moments).fetchall()
    if not rows:
        return
    actor = msgspec.structs.replace(system_actor(database), permissions=frozenset({Permission.SERVICE}))
    for window_id, since in rows:
        request_id = uuid5(NAMESPACE_URL, f"close_left_window {window_id} {since.timestamp()}")
        with contextlib.suppress(WindowNotLeft):  # he came back at this very moment
            dispatch.perform(CloseLeftWindow(window_id=window_id, since=since), actor, str(request_id))


@handles(CloseLeftWindow)
def close_left_window(tx: Tx, request: CloseLeftWindow) -> WindowSet:
    """As its pharmacist should have closed it; looked at again now that nobody can open it."""
    row = lock_window(tx, request.window_id)
    if (row[0], request.since) not in tx.rows(_LEFT, **_moments(tx.clock, tx.now, tx.wall)):
        raise WindowNotLeft(window=row[1])
    tx.write(_LEAVE, id=row[0])
    return _told(tx, row[0], {"window": row[1], "left_by": row[3], "since": request.since.isoformat()}, _replace(tx))


def _told(tx: Tx, window_id: int, detail: dict[str, object], moved: int) -> WindowSet:
    tx.detail = {**detail, "moved": moved}
    tx.changed(topics.WINDOW, window_id)
    return WindowSet(window_id=window_id, moved=moved)
