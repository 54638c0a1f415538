"""A shift's steps, and the ledger's postings that belong to them: float in, difference, hand-in (DOMAIN.md §5.6).

The drawer of a shift is the sum of all postings on ``tender:cash`` of its operations, always. A close posts the difference that was counted and
hands everything to the vault, so that the drawer of a closed shift is zero; what is kept as the next float leaves the vault again with the
next shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.closing_errors import CountMoved, DifferenceUnexplained, FloatCounted, HandInTooHigh, NewerShift
from common.errors import NotFound, WrongState
from common.i18n import N_
from server.db import Read, Write
from server.money_book.entries import Posting, open_shift_alone, post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from server.db import ReadTx, Tx

_LOCK: Final = Write(
    "SELECT id, cashier_id, state, opened_at, float_fen, counted_fen, expected_fen, counted_at, handed_in_fen, difference_reason, accepted_by"
    " FROM shift WHERE id = %(id)s FOR NO KEY UPDATE"
)
_FLOAT: Final = Write("UPDATE shift SET float_fen = %(float_fen)s WHERE id = %(id)s")
_DRAWER: Final = Read(
    "SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
    " WHERE o.shift_id = %(id)s AND p.account = 'tender:cash'"
)
_COUNT: Final = Write(
    "UPDATE shift SET state = 'COUNTED', counted = %(counted)s, counted_fen = %(counted_fen)s, expected_fen = %(expected_fen)s,"
    " counted_at = %(at)s WHERE id = %(id)s"
)
_UNCOUNT: Final = Write(
    "UPDATE shift SET state = 'OPENED', counted = NULL, counted_fen = NULL, expected_fen = NULL, counted_at = NULL WHERE id = %(id)s"
)
_NEWER: Final = Read("SELECT opened_at FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED' AND id <> %(id)s")
_SUBMIT: Final = Write(
    "UPDATE shift SET state = 'SUBMITTED', handed_in_fen = %(handed_in_fen)s, difference_reason = %(reason)s, submitted_at = %(at)s"
    " WHERE id = %(id)s"
)
_UNSUBMIT: Final = Write(
    "UPDATE shift SET state = 'COUNTED', handed_in_fen = NULL, difference_reason = '', submitted_at = NULL WHERE id = %(id)s"
)
_ACCEPT: Final = Write("UPDATE shift SET state = 'ACCEPTED', accepted_by = %(staff_id)s, accepted_at = %(at)s WHERE id = %(id)s")
_UNACCEPT: Final = Write("UPDATE shift SET state = 'SUBMITTED', accepted_by = NULL, accepted_at = NULL WHERE id = %(id)s")
_CLOSE: Final = Write("UPDATE shift SET state = 'CLOSED', closed_at = %(at)s WHERE id = %(id)s")
_UNCLOSE: Final = Write("UPDATE shift SET state = 'ACCEPTED', closed_at = NULL WHERE id = %(id)s")
_ROLL_UP: Final = Write("UPDATE shift SET state = 'ROLLED_UP' WHERE id = ANY(%(ids)s) AND state = 'CLOSED'")
#: What the close posted, and nobody has taken back since.
_CLOSING_POSTINGS: Final = Read(
    "SELECT o.id, o.kind, p.account, p.amount_fen FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
    " WHERE o.shift_id = %(id)s AND o.kind IN ('OVER_SHORT', 'HAND_IN') AND o.reverses IS NULL"
    " AND NOT EXISTS (SELECT FROM ledger_operation r WHERE r.reverses = o.id) ORDER BY o.id, p.id"
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A shift whose row this transaction holds: no money can fall into it until the end."""

    id: int
    cashier_id: int
    state: str
    opened_at: datetime
    float_fen: int
    counted_fen: int | None
    expected_fen: int | None
    counted_at: datetime | None
    handed_in_fen: int | None
    difference_reason: str
    accepted_by: int | None

    def require(self, *states: str) -> None:
        """Raise ``WrongState`` unless the shift is in one of ``states``."""
        if self.state not in states:
            raise WrongState(machine="shift", key=f"{self.opened_at:%Y-%m-%d %H:%M}", state=self.state)

    @property
    def difference_fen(self) -> int:
        """Counted less expected, of a shift that is counted."""
        return (self.counted_fen or 0) - (self.expected_fen or 0)


def hold(tx: Tx, shift_id: int) -> Held:
    """Lock a shift against money that wants to fall into it. Raises ``NotFound``."""
    row = tx.write_one(_LOCK, id=shift_id)
    if row is None:
        raise NotFound(kind=N_("Shift"), key=str(shift_id))
    return Held(**dict(zip(Held.__struct_fields__, row, strict=True)))


def drawer(tx: ReadTx, shift_id: int) -> int:
    """What the drawer should hold: all cash postings of the shift."""
    row = tx.first(_DRAWER, id=shift_id)
    return int(row[0]) if row else 0


def count_float_in(tx: Tx, float_fen: int) -> int:
    """Open the actor's shift, or take the open one, and put a float from the vault into it. Raises ``FloatCounted``; gives back its id."""
    shift_id = open_shift_alone(tx)
    shift = hold(tx, shift_id)
    if shift.float_fen:
        raise FloatCounted(float_fen=shift.float_fen)
    if float_fen:
        tx.write(_FLOAT, float_fen=float_fen, id=shift_id)
        _move(tx, shift_id, "FLOAT", "vault", float_fen)
    tx.changed(topics.SHIFT, shift_id)
    return shift_id


def _move(tx: Tx, shift_id: int, kind: str, other: str, into_drawer_fen: int) -> None:
    """One operation between the drawer and another account."""
    if into_drawer_fen:
        post(tx, kind, None, shift_id, None, [("tender:cash", into_drawer_fen, None, None), (other, -into_drawer_fen, None, None)])


def count(tx: Tx, shift: Held, counted: Mapping[str, Any], counted_fen: int) -> None:
    """Write a count down, and what the drawer should have held at that moment. A second count takes the place of the first."""
    shift.require("OPENED", "COUNTED")
    expected = drawer(tx, shift.id)
    tx.write(_COUNT, counted=Jsonb(dict(counted)), counted_fen=counted_fen, expected_fen=expected, at=tx.now, id=shift.id)
    tx.detail |= {"counted_fen": counted_fen, "expected_fen": expected, "counted_before_fen": shift.counted_fen}
    tx.changed(topics.SHIFT, shift.id)


def step_back(tx: Tx, shift: Held) -> None:
    """One step back; from counted to open only while no later shift takes the money (``NewerShift``)."""
    shift.require("COUNTED", "SUBMITTED", "ACCEPTED")
    if shift.state == "COUNTED":
        newer = tx.first(_NEWER, cashier_id=shift.cashier_id, id=shift.id)
        if newer is not None:
            raise NewerShift(since=f"{newer[0]:%Y-%m-%d %H:%M}")
    tx.write({"COUNTED": _UNCOUNT, "SUBMITTED": _UNSUBMIT, "ACCEPTED": _UNACCEPT}[shift.state], id=shift.id)
    tx.detail |= {"from": shift.state, "counted_before_fen": shift.counted_fen, "expected_fen": shift.expected_fen}
    tx.changed(topics.SHIFT, shift.id)


def submit(tx: Tx, shift: Held, reason: str, handed_in_fen: int | None) -> None:
    """Hand the counted cash over. Raises ``DifferenceUnexplained``, ``HandInTooHigh``."""
    shift.require("COUNTED")
    counted = shift.counted_fen or 0
    if shift.difference_fen and not reason.strip():
        raise DifferenceUnexplained(difference_fen=shift.difference_fen)
    handed_in = counted if handed_in_fen is None else handed_in_fen
    if handed_in > counted:
        raise HandInTooHigh(counted_fen=counted, handed_in_fen=handed_in)
    tx.write(_SUBMIT, handed_in_fen=handed_in, reason=reason.strip() if shift.difference_fen else "", at=tx.now, id=shift.id)
    tx.detail |= {"difference_fen": shift.difference_fen, "handed_in_fen": handed_in}
    tx.changed(topics.SHIFT, shift.id)


def accept(tx: Tx, shift: Held, staff_id: int) -> None:
    """Somebody takes the cash over; the cashier himself only where the clinic's rules want nobody else."""
    shift.require("SUBMITTED")
    tx.write(_ACCEPT, staff_id=staff_id, at=tx.now, id=shift.id)
    tx.detail |= {"accepted_by": staff_id}
    tx.changed(topics.SHIFT, shift.id)


def close(tx: Tx, shift: Held) -> None:
    """Post the difference and hand the drawer in, so that it is empty. Raises ``CountMoved`` if money came in after the count."""
    shift.require("ACCEPTED")
    if drawer(tx, shift.id) != shift.expected_fen:
        raise CountMoved
    _move(tx, shift.id, "OVER_SHORT", "over_short", shift.difference_fen)
    _move(tx, shift.id, "HAND_IN", "vault", -(shift.counted_fen or 0))
    tx.write(_CLOSE, at=tx.now, id=shift.id)
    tx.changed(topics.SHIFT, shift.id)


def reopen(tx: Tx, shift: Held) -> None:
    """Take back what the close posted, each by its mirror, and go back to the count."""
    shift.require("CLOSED")
    postings: dict[tuple[int, str], list[Posting]] = {}
    for operation, kind, account, amount in tx.rows(_CLOSING_POSTINGS, id=shift.id):
        postings.setdefault((operation, kind), []).append((account, -amount, None, None))
    for (operation, kind), mirrored in postings.items():
        post(tx, kind, None, shift.id, operation, mirrored)
    for step in (_UNCLOSE, _UNACCEPT, _UNSUBMIT):
        tx.write(step, id=shift.id)
    tx.changed(topics.SHIFT, shift.id)


def roll_up(tx: Tx, shift_ids: Sequence[int]) -> None:
    """From now on nothing of these closed shifts can be undone."""
    changed = tx.count(_ROLL_UP, ids=list(shift_ids))
    assert changed == len(shift_ids), "every shift that is rolled up is closed"
    for shift_id in shift_ids:
        tx.changed(topics.SHIFT, shift_id)
