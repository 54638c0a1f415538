"""The daily close of a shift, and opening it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common.closing_errors import AcceptanceNeeded, AlreadyRolledUp, NotLatestClose
from common.errors import NotFound
from common.i18n import N_
from common.messages.closing import CloseFacts, CloseShift, ReopenClose, ShiftStanding
from common.permissions import Permission
from common.wire import encode
from server import approvals, money_rules, numbers
from server.closing import lists, matters, sheet, standing
from server.closing.steps import hold_own
from server.db import Read, Write
from server.features import handles
from server.money_book import shifts

if TYPE_CHECKING:
    from server.db import Tx

_INSERT: Final = Write(
    "INSERT INTO day_close (number, shift_id, business_date, facts, closed_at, closed_by) VALUES (%(number)s, %(shift_id)s, %(business_date)s,"
    " %(facts)s, %(at)s, %(staff_id)s) RETURNING id"
)
_DAY: Final = Read(f"SELECT {standing.BUSINESS_DATE} FROM shift s WHERE s.id = %(id)s")
_CLOSE: Final = Read("SELECT shift_id, reopened_at, number, business_date FROM day_close WHERE id = %(id)s")
_LATEST: Final = Read(
    "SELECT k.id, k.number FROM day_close k JOIN shift s ON s.id = k.shift_id WHERE s.cashier_id = %(cashier_id)s AND k.reopened_at IS NULL"
    " ORDER BY k.id DESC LIMIT 1"
)
_REOPEN: Final = Write(
    "UPDATE day_close SET reopened_at = %(at)s, reopened_by = %(staff_id)s, reopen_reason = %(reason)s WHERE id = %(id)s"
)


@handles(CloseShift)
def close_shift(tx: Tx, request: CloseShift) -> CloseFacts:
    """Close one's own shift: everything that the rules let one person do, in one transaction."""
    shift = hold_own(tx, request.shift_id)
    shift.require("COUNTED", "SUBMITTED", "ACCEPTED")
    matters.require_none(tx, shift.cashier_id)
    if shift.state != "ACCEPTED":
        if money_rules.rules(tx).close_needs_acceptance:
            raise AcceptanceNeeded
        if shift.state == "COUNTED":
            shifts.submit(tx, shift, request.difference_reason, request.handed_in_fen)
        shifts.accept(tx, shifts.hold(tx, shift.id), tx.actor.staff)
    shifts.close(tx, shifts.hold(tx, shift.id))
    return lists.close_facts(tx, _enter(tx, shift.id))


def _enter(tx: Tx, shift_id: int) -> int:
    """Write the close down with its sheet; its id."""
    day = tx.one(_DAY, NotFound(kind=N_("Shift"), key=str(shift_id)), id=shift_id)[0]
    number = numbers.dated(tx, "day_close", day, 3)
    facts = sheet.sheet_of(tx, shift_id, number, day)
    row = tx.write_one(
        _INSERT,
        number=number,
        shift_id=shift_id,
        business_date=day,
        facts=Jsonb(facts, dumps=encode),
        at=tx.now,
        staff_id=tx.actor.staff,
    )
    assert row is not None
    tx.detail |= {"close": number, "expected_fen": facts.expected_fen, "counted_fen": facts.counted_fen}
    return int(row[0])


@handles(ReopenClose)
def reopen_close(tx: Tx, request: ReopenClose) -> ShiftStanding:
    """Open the latest close of a cashier again, with the yes of somebody who may roll up."""
    missing = NotFound(kind=N_("closing|Daily close"), key=str(request.close_id))
    shift_id = tx.one(_CLOSE, missing, id=request.close_id)[0]
    shift = shifts.hold(tx, shift_id)
    _, reopened_at, number, day = tx.one(_CLOSE, missing, id=request.close_id)
    if shift.state == "ROLLED_UP":
        raise AlreadyRolledUp(business_date=day.isoformat())
    others = shift.cashier_id != tx.actor.staff
    if others and Permission.CLOSING_ROLL_UP not in tx.actor.permissions:
        raise missing
    latest = tx.first(_LATEST, cashier_id=shift.cashier_id)
    if latest is None or reopened_at is not None or latest[0] != request.close_id:
        raise NotLatestClose(number=latest[1] if latest else "—")
    agreed = tx.actor.staff if others else approvals.use(tx, request.approval_id, "reopen", request.close_id, 0)
    shifts.reopen(tx, shift)
    tx.write(_REOPEN, at=tx.now, staff_id=agreed, reason=request.reason, id=request.close_id)
    tx.detail |= {"close": number, "reason": request.reason, "approved_by": agreed}
    return standing.standing(tx, shift.id)
