"""Where shifts stand, as a desk shows it: the cash that a drawer should hold is told only once it was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.messages.close_sheet import Pieces
from common.messages.closing import ShiftStanding
from server.closing.sums import of_shifts
from server.db import Read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from server.db import ReadTx, Row

#: A shift counts for the day on which it was opened, or, where that was rolled up before, for the first day after it that is not.
BUSINESS_DATE: Final = (
    "(SELECT d::date FROM generate_series(s.opened_at::date, s.opened_at::date + 400, interval '1 day') AS d"
    " WHERE NOT EXISTS (SELECT FROM roll_up r WHERE r.business_date = d::date) ORDER BY d LIMIT 1)"
)

_SHIFTS: Final = (
    "SELECT s.id, s.cashier_id, c.name, s.opened_at, coalesce(k.business_date, "
    f"{BUSINESS_DATE}), s.state, s.float_fen, s.counted, s.counted_fen, s.counted_at, s.expected_fen, s.difference_reason, s.handed_in_fen,"
    " a.name, s.accepted_by, b.bills, b.refunds FROM shift s JOIN staff c ON c.id = s.cashier_id LEFT JOIN staff a ON a.id = s.accepted_by"
    " LEFT JOIN day_close k ON k.shift_id = s.id AND k.reopened_at IS NULL CROSS JOIN LATERAL (SELECT"
    " count(*) FILTER (WHERE kind = 'SALE' AND reissues IS NULL) AS bills, count(*) FILTER (WHERE kind = 'REFUND') AS refunds"
    " FROM bill WHERE shift_id = s.id) b"
)
_ONE: Final = Read(f"{_SHIFTS} WHERE s.id = %(id)s")
_MINE: Final = Read(f"{_SHIFTS} WHERE s.cashier_id = %(cashier_id)s AND s.state NOT IN ('CLOSED', 'ROLLED_UP') ORDER BY s.id")
_TO_ACCEPT: Final = Read(f"{_SHIFTS} WHERE s.cashier_id <> %(cashier_id)s AND s.state = 'SUBMITTED' ORDER BY s.id")
#: What the cashier kept at the last close is what lies in the drawer in the morning.
_KEPT: Final = Read(
    "SELECT counted_fen - handed_in_fen FROM shift WHERE cashier_id = %(cashier_id)s AND state IN ('CLOSED', 'ROLLED_UP')"
    " AND counted_fen IS NOT NULL AND handed_in_fen IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT 1"
)


def standing(tx: ReadTx, shift_id: int) -> ShiftStanding:
    """One shift, which exists."""
    row = tx.first(_ONE, id=shift_id)
    assert row is not None
    return _standing(tx, row)


def mine(tx: ReadTx) -> tuple[ShiftStanding, ...]:
    """The actor's shifts that are not closed, oldest first."""
    return _all(tx, tx.rows(_MINE, cashier_id=tx.actor.staff))


def to_accept(tx: ReadTx) -> tuple[ShiftStanding, ...]:
    """What others handed in and nobody has taken over."""
    return _all(tx, tx.rows(_TO_ACCEPT, cashier_id=tx.actor.staff))


def next_float(tx: ReadTx) -> int:
    """What the actor kept back at the last close."""
    row = tx.first(_KEPT, cashier_id=tx.actor.staff)
    return max(int(row[0]), 0) if row else 0


def _all(tx: ReadTx, rows: Iterable[Row]) -> tuple[ShiftStanding, ...]:
    return tuple(_standing(tx, row) for row in rows)


def _standing(tx: ReadTx, row: Row) -> ShiftStanding:
    id, cashier_id, cashier, opened_at, day, state, float_fen, counted, counted_fen, counted_at, expected, reason, handed_in = row[:13]
    acceptor, accepted_by, bills, refunds = row[13:]
    blind = state == "OPENED"
    nets = {total.code: total.net_fen for total in of_shifts(tx, [id]).tenders()}
    return ShiftStanding(
        id=id,
        cashier_id=cashier_id,
        cashier=cashier,
        opened_at=opened_at,
        business_date=day,
        state=state,
        float_fen=float_fen,
        bills=bills,
        refunds=refunds,
        tenders={code: fen for code, fen in nets.items() if not (blind and code == "cash")},
        accepted_by=acceptor or "",
        accepted_alone=accepted_by == cashier_id,
        **({} if blind else _count(counted, counted_fen, counted_at, expected, reason, handed_in)),
    )


def _count(
    counted: Any, counted_fen: int | None, at: datetime | None, expected: int | None, reason: str, handed_in: int | None
) -> dict[str, Any]:
    """What is told of a shift once it was counted."""
    whole = counted_fen is not None and expected is not None
    return {
        "counted": pieces_of(counted),
        "loose_fen": loose_of(counted),
        "counted_fen": counted_fen,
        "counted_at": at,
        "expected_fen": expected,
        "difference_fen": (counted_fen or 0) - (expected or 0) if whole else None,
        "difference_reason": reason,
        "handed_in_fen": handed_in,
        "kept_fen": None if handed_in is None else (counted_fen or 0) - handed_in,
    }


def pieces_of(counted: Any) -> tuple[Pieces, ...]:
    """The pieces of a count as it is kept."""
    return tuple(Pieces(denomination_fen=fen, pieces=number) for fen, number in (counted or {}).get("pieces", ()))


def loose_of(counted: Any) -> int:
    """What no denomination held."""
    return int((counted or {}).get("loose_fen", 0))
