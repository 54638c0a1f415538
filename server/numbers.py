"""The only giver of numbers: unique, in order, without gaps but those that ``number_gap`` explains.

A number is taken inside the transaction that uses it. If that is rolled back, so is the number: the next one gets it. The row of a series is
locked until the commit; so take a number late (see the lock order in :mod:`server.db`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.db import Write

if TYPE_CHECKING:
    from datetime import date

    from server.db import Tx

_TAKE: Final = Write(
    "INSERT INTO number_series (kind, scope, last) VALUES (%(kind)s, %(scope)s, %(count)s)"
    " ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + %(count)s RETURNING last"
)

#: A bill's id, its number of the day and its invoice's number in one step, since every settlement takes all three.
_FOR_BILL: Final = Write(
    "WITH b AS (INSERT INTO number_series (kind, scope, last) VALUES ('bill', %(day)s, 1)"
    " ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + 1 RETURNING last),"
    " i AS (INSERT INTO number_series (kind, scope, last) VALUES ('invoice', '', 1)"
    " ON CONFLICT (kind, scope) DO UPDATE SET last = number_series.last + 1 RETURNING last)"
    " SELECT nextval(pg_get_serial_sequence('bill', 'id')), b.last, i.last FROM b, i"
)


def for_bill(tx: Tx, day: date) -> tuple[int, str, str]:
    """A new bill's id, its number and the number of its invoice."""
    row = tx.write_one(_FOR_BILL, day=f"{day:%Y-%m-%d}")
    assert row is not None
    return int(row[0]), f"{day:%y%m%d}{row[1]:05d}", f"{row[2]:010d}"


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
