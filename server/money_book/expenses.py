"""Booking what the clinic spends: the expense and its ledger operation in one statement each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common import topics
from server import numbers
from server.db import Read, Write

if TYPE_CHECKING:
    from datetime import date

    from server.db import Tx


class Spent(NamedTuple):
    """What was spent: on what, how much (below zero takes an earlier expense back), from where, on which business day, for whom."""

    category: str
    amount_fen: int
    paid_from: str
    payee: str
    note: str
    day: date
    department_id: int | None
    reverses: int | None = None


#: Cash lies in the vault: what a cashier's drawer holds is the shift's alone.
_SOURCE: Final = {"cash": "vault", "bank": "tender:bank"}

_OPERATION_OF: Final = Read("SELECT operation_id FROM expense WHERE id = %(id)s")
#: An expense is dated by its day, which may lie before the day on which it is entered. It belongs to no bill and to no shift.
_POST: Final = Write(
    "WITH o AS (INSERT INTO ledger_operation (kind, at, business_date, staff_id, request_id, reverses)"
    " VALUES ('EXPENSE', %(at)s, %(day)s, %(by)s, %(request_id)s, %(operation)s) RETURNING id)"
    " INSERT INTO ledger_posting (operation_id, account, amount_fen) SELECT o.id, p.account, p.fen FROM o,"
    " unnest(ARRAY[%(spent_on)s, %(source)s]::text[], ARRAY[%(fen)s::bigint, -%(fen)s::bigint]) AS p(account, fen) RETURNING operation_id"
)
_ENTER: Final = Write(
    "INSERT INTO expense (number, category, amount_fen, paid_from, payee, note, business_date, department_id, entered_by, at, reverses,"
    " operation_id) VALUES (%(number)s, %(category)s, %(fen)s, %(paid_from)s, %(payee)s, %(note)s, %(day)s, %(department_id)s, %(by)s,"
    " %(at)s, %(reverses)s, %(operation)s) RETURNING id"
)


def book_expense(tx: Tx, spent: Spent) -> int:
    """Book an expense, or the reversal of one; its id. A second reversal of one expense breaks ``uq_expense_reverses``."""
    taken_back = tx.first(_OPERATION_OF, id=spent.reverses) if spent.reverses is not None else None
    posted = tx.write_one(
        _POST,
        at=tx.now,
        day=spent.day,
        by=tx.actor.staff,
        request_id=tx.request_id,
        operation=taken_back and taken_back[0],
        spent_on=f"expense:{spent.category}",
        source=_SOURCE[spent.paid_from],
        fen=spent.amount_fen,
    )
    assert posted is not None
    row = tx.write_one(
        _ENTER,
        number="Z" + numbers.dated(tx, "expense", spent.day, 3),
        category=spent.category,
        fen=spent.amount_fen,
        paid_from=spent.paid_from,
        payee=spent.payee,
        note=spent.note,
        day=spent.day,
        department_id=spent.department_id,
        by=tx.actor.staff,
        at=tx.now,
        reverses=spent.reverses,
        operation=posted[0],
    )
    assert row is not None
    tx.changed(topics.EXPENSE, row[0])
    return int(row[0])
