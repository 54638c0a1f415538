"""The only giver of numbers: unique, in order, without gaps but those that are explained.

A number is taken inside the transaction that uses it. If that is rolled back, so is the number: the next one gets it. The row of a series, or of
an invoice segment, is locked until the commit; so take a number late (see the lock order in :mod:`server.db`).

Invoices take their numbers from the ACTIVE segment of the person who books (``money_rules.invoice_segments``), else from a running series of
ten digits. A segment's number is ``prefix``, which ends in no digit, and ``width`` digits: so no two segments can spell one number in two ways,
and the database refuses those that share one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.invoice_errors import NoInvoiceSegment
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from server.db import Row, Tx

RUNNING_WIDTH: Final = 10

_TAKE: Final = Write(
    "INSERT INTO number_series (kind, scope, last) VALUES (%(kind)s, %(scope)s, %(count)s)"
    " ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + %(count)s RETURNING last"
)

_BY_SEGMENT: Final = "coalesce((SELECT invoice_segments FROM money_rules WHERE id = 1), false)"
#: The first number from ``next`` on that is not spoiled: one of as many candidates as there are spoiled ones, and one more.
_UNSPOILED: Final = (
    "CASE WHEN spoiled = '{}' THEN next ELSE"
    " (SELECT min(n) FROM generate_series(next, next + cardinality(spoiled)) AS n WHERE n <> ALL(spoiled)) END"
)
#: Whether that is the last one that can be used: all behind it are spoiled.
_IS_LAST: Final = f"({_UNSPOILED}) + (SELECT count(DISTINCT n) FROM unnest(spoiled) AS n WHERE n > {_UNSPOILED}) = last"
#: The next number of the person's segment. A second taker waits for the first one's commit and then sees the segment as it left it.
_SEGMENT: Final = (
    f"s AS (UPDATE invoice_segment SET next = {_UNSPOILED} + 1, state = CASE WHEN {_IS_LAST} THEN 'USED_UP' ELSE 'ACTIVE' END"
    f" WHERE cashier_id = %(cashier_id)s AND state = 'ACTIVE' AND {_BY_SEGMENT} AND {_UNSPOILED} <= last"
    " RETURNING state, prefix || lpad((next - 1)::text, width, '0') AS number)"
)
_SERIES: Final = (
    "i AS (INSERT INTO number_series (kind, scope, last)"
    f" SELECT 'invoice', '', 1 WHERE NOT {_BY_SEGMENT} ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + 1 RETURNING last)"
)
_INVOICE_NUMBER: Final = f"coalesce(s.number, lpad(i.last::text, {RUNNING_WIDTH}, '0'))"

#: A bill's id, its number of the day and its invoice's number in one step, since every settlement takes all three. Without an invoice's number
#: no bill's number is taken; that the bill asks for the segment first also keeps the lock order.
_FOR_BILL: Final = Write(
    f"WITH {_SEGMENT},"
    f" b AS (INSERT INTO number_series (kind, scope, last) SELECT 'bill', %(day)s, 1 WHERE EXISTS (SELECT FROM s) OR NOT {_BY_SEGMENT}"
    " ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + 1 RETURNING last),"
    f" {_SERIES}"
    f" SELECT nextval(pg_get_serial_sequence('bill', 'id')), b.last, {_INVOICE_NUMBER}, s.state"
    " FROM b LEFT JOIN i ON true LEFT JOIN s ON true"
)

_FOR_INVOICE: Final = Write(
    f"WITH {_SEGMENT}, {_SERIES} SELECT {_INVOICE_NUMBER}, s.state FROM (SELECT) one LEFT JOIN i ON true LEFT JOIN s ON true"
    " WHERE s.number IS NOT NULL OR i.last IS NOT NULL"
)


def for_bill(tx: Tx, day: date) -> tuple[int, str, str]:
    """A new bill's id, its number and the number of its invoice. Raises ``NoInvoiceSegment``."""
    row = _with_segment(tx, _FOR_BILL, day=f"{day:%Y-%m-%d}")
    return int(row[0]), f"{day:%y%m%d}{row[1]:05d}", str(row[2])


def for_invoice(tx: Tx) -> str:
    """The number of another invoice for a bill that has its number already. Raises ``NoInvoiceSegment``."""
    return str(_with_segment(tx, _FOR_INVOICE)[0])


def _with_segment(tx: Tx, statement: Write, **parameters: object) -> Row:
    """Take by ``statement``; its last column is the segment's state. A segment that is used up is followed by the next one."""
    cashier_id = tx.actor.staff
    row = tx.write_one(statement, cashier_id=cashier_id, **parameters)
    if row is None:
        _follow(tx, cashier_id)
        row = tx.write_one(statement, cashier_id=cashier_id, **parameters)
    elif row[-1] == "USED_UP":
        _activate_next(tx, cashier_id)
    if row is None:
        raise NoInvoiceSegment(cashier=tx.actor.name)
    return row


_HELD: Final = Write(
    "SELECT id, state, next, last, spoiled FROM invoice_segment WHERE cashier_id = %(cashier_id)s AND state IN ('ACTIVE', 'WAITING')"
    " ORDER BY id FOR UPDATE"
)
_USED_UP: Final = Write("UPDATE invoice_segment SET state = 'USED_UP', next = last + 1 WHERE id = ANY(%(ids)s)")
_ACTIVATE: Final = Write("UPDATE invoice_segment SET state = 'ACTIVE' WHERE id = %(id)s")


def _follow(tx: Tx, cashier_id: int) -> None:
    """Make a segment of which something is left the ACTIVE one, if there is any: another taker's commit, or spoiled numbers, ended the last."""
    held = tx.write(_HELD, cashier_id=cashier_id)
    ended = [row[0] for row in held if _left(row[2], row[3], row[4]) == 0]
    if ended:
        tx.write(_USED_UP, ids=ended)
    _activate_first(tx, [row for row in held if row[0] not in ended])


def _activate_next(tx: Tx, cashier_id: int) -> None:
    """The one in use has just given its last number: the next that waits takes its place."""
    _activate_first(tx, tx.write(_HELD, cashier_id=cashier_id))


def _activate_first(tx: Tx, held: Iterable[Row]) -> None:
    rows = list(held)
    if rows and all(row[1] == "WAITING" for row in rows):
        tx.write(_ACTIVATE, id=rows[0][0])


def _left(following: int, last: int, spoiled: Iterable[int]) -> int:
    """How many numbers of a segment can still be used."""
    return last - following + 1 - sum(following <= number <= last for number in set(spoiled))


_LEFT: Final = Read(
    f"SELECT {_BY_SEGMENT}, coalesce(sum(last - next + 1 - (SELECT count(*) FROM unnest(spoiled) AS n WHERE n >= next)), 0)::bigint"
    " FROM invoice_segment WHERE cashier_id = %(cashier_id)s AND state IN ('ACTIVE', 'WAITING')"
)


def require_invoice(tx: Tx, count: int = 1) -> None:
    """Raise ``NoInvoiceSegment`` if ``count`` bills could not be booked for want of numbers: before somebody outside is asked for money."""
    row = tx.first(_LEFT, cashier_id=tx.actor.staff)
    if row is not None and row[0] and row[1] < count:
        raise NoInvoiceSegment(cashier=tx.actor.name)


# --- segments ------------------------------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """Numbers of one spelling: ``prefix`` and ``width`` digits, from ``first`` to ``last``."""

    prefix: str
    width: int
    first: int
    last: int

    def spelled(self, number: int) -> str:
        """A number as it stands on the paper."""
        return f"{self.prefix}{number:0{self.width}d}"


def run_of(prefix: str, first: str, last: str) -> Run:
    """The run in its one spelling: digits at the end of ``prefix`` belong to the numbers."""
    letters = prefix.rstrip("0123456789")
    digits = prefix[len(letters) :]
    return Run(letters, len(digits + first), int(digits + first), int(digits + last))


_ONE_AT_A_TIME: Final = Write("SELECT id FROM money_rules WHERE id = 1 FOR UPDATE")
_OVERLAPPING: Final = Read(
    "SELECT g.first, coalesce(g.returned_from - 1, g.last), s.name FROM invoice_segment g JOIN staff s ON s.id = g.cashier_id"
    " WHERE g.prefix = %(prefix)s AND g.width = %(width)s AND int8range(g.first, coalesce(g.returned_from, g.last + 1))"
    " && int8range(%(first)s, %(last)s + 1) ORDER BY g.first LIMIT 1"
)
_GIVE: Final = Write(
    "INSERT INTO invoice_segment (cashier_id, prefix, width, first, last, next, state, given_at, given_by, note)"
    " SELECT %(cashier_id)s, %(prefix)s, %(width)s, %(first)s, %(last)s, %(first)s,"
    " CASE WHEN EXISTS (SELECT FROM invoice_segment WHERE cashier_id = %(cashier_id)s AND state = 'ACTIVE') THEN 'WAITING' ELSE 'ACTIVE' END,"
    " %(at)s, %(by)s, %(note)s RETURNING id"
)


def overlapping(tx: Tx, run: Run) -> Row | None:
    """A segment that shares numbers with ``run``: its first, its last, and who holds it. Other givers wait until this transaction ends."""
    tx.write(_ONE_AT_A_TIME)
    return tx.first(_OVERLAPPING, **run._asdict())


def give(tx: Tx, cashier_id: int, run: Run, note: str) -> int:
    """Hand somebody a run of numbers; the new segment's id. Ask :func:`overlapping` before."""
    row = tx.write_one(_GIVE, cashier_id=cashier_id, at=tx.now, by=tx.actor.staff, note=note, **run._asdict())
    assert row is not None
    return int(row[0])


_HOLDER: Final = Read("SELECT cashier_id FROM invoice_segment WHERE id = %(id)s")
_RETURN: Final = Write(
    "UPDATE invoice_segment SET state = 'RETURNED', returned_from = next, returned_at = %(at)s, note = %(reason)s WHERE id = %(id)s"
)


def take_back(tx: Tx, segment_id: int, reason: str) -> bool:
    """Take a segment back; its holder goes on with the next one. ``False`` if it had ended, or is none."""
    holder = tx.first(_HOLDER, id=segment_id)
    if holder is None or all(row[0] != segment_id for row in tx.write(_HELD, cashier_id=holder[0])):
        return False
    tx.write(_RETURN, id=segment_id, at=tx.now, reason=reason)
    _follow(tx, holder[0])
    return True


_MINE: Final = Write(
    "SELECT id, prefix, width, first, last, next, spoiled FROM invoice_segment WHERE cashier_id = %(cashier_id)s"
    " AND state IN ('ACTIVE', 'WAITING') ORDER BY id FOR UPDATE"
)
_SPOIL: Final = Write("UPDATE invoice_segment SET spoiled = spoiled || %(number)s::bigint WHERE id = %(id)s")
_GAP: Final = Write(
    "INSERT INTO number_gap (kind, scope, number, reason, at, staff_id)"
    " VALUES ('invoice_segment', %(scope)s, %(number)s, %(reason)s, %(at)s, %(staff_id)s)"
)


def spoil(tx: Tx, number: str, reason: str) -> int | None:
    """No bill will take ``number``, one of the actor's own unused ones; its segment's id. ``None`` if it is not."""
    for segment_id, prefix, width, first, last, following, spoiled in tx.write(_MINE, cashier_id=tx.actor.staff):
        run = Run(prefix, width, first, last)
        digits = number[len(prefix) :]
        if not (number.startswith(prefix) and digits.isascii() and digits.isdecimal() and len(digits) == width):
            continue
        unused = int(digits)
        if following <= unused <= run.last and unused not in spoiled:
            tx.write(_SPOIL, id=segment_id, number=unused)
            tx.write(_GAP, scope=str(segment_id), number=unused, reason=reason, at=tx.now, staff_id=tx.actor.staff)
            _follow(tx, tx.actor.staff)
            return int(segment_id)
    return None


# --- series --------------------------------------------------------------------------------------------------------------------------


def take(tx: Tx, kind: str, scope: str, count: int = 1) -> int:
    """The next number of a series, from 1; with ``count`` the last of so many in a row."""
    row = tx.write_one(_TAKE, kind=kind, scope=scope, count=count)
    assert row is not None
    return int(row[0])


def dated(tx: Tx, kind: str, day: date, width: int = 5) -> str:
    """A number that starts anew each day: ``26112100042``."""
    return f"{day:%y%m%d}{take(tx, kind, f'{day:%Y-%m-%d}'):0{width}d}"


def running(tx: Tx, kind: str, width: int) -> str:
    """A number that never starts anew."""
    return f"{take(tx, kind, ''):0{width}d}"
