"""Closes, and the bills behind their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import NotFound
from common.i18n import N_
from common.messages.cashier import ReceiptFacts
from common.messages.close_sheet import CloseSheet
from common.messages.closing import CloseFacts, CloseHit, CloseList, GetClose, GetShiftReceipt, ListCloses, ListShiftBills, ShiftBills
from common.messages.settlement import BillHit
from common.permissions import Permission
from common.wire import as_kind
from server.db import Read
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx

#: ``facts`` stays in the database where only a line of a list is wanted.
_HIT: Final = (
    "SELECT k.id, k.number, k.shift_id, k.business_date, k.closed_at, s.cashier_id, c.name AS cashier, (k.facts->>'bills')::bigint AS bills,"
    " (k.facts->>'refunds')::bigint AS refunds, (k.facts->>'bills_fen')::bigint + (k.facts->>'refunds_fen')::bigint AS net_fen,"
    " (k.facts->>'counted_fen')::bigint AS counted_fen, (k.facts->>'difference_fen')::bigint AS difference_fen,"
    " (k.facts->>'handed_in_fen')::bigint AS handed_in_fen, s.state, k.reopened_at IS NULL AND k.roll_up_id IS NULL AND NOT EXISTS"
    " (SELECT FROM day_close o JOIN shift p ON p.id = o.shift_id WHERE p.cashier_id = s.cashier_id AND o.reopened_at IS NULL AND o.id > k.id)"
    " AS can_reopen, k.reopened_at, k.reopen_reason"
)
_FROM: Final = " FROM day_close k JOIN shift s ON s.id = k.shift_id JOIN staff c ON c.id = s.cashier_id"
_LIST: Final = Read(
    f"{_HIT}{_FROM} WHERE (%(cashier_id)s::bigint IS NULL OR s.cashier_id = %(cashier_id)s)"
    " AND (%(day)s::date IS NULL OR k.business_date = %(day)s) ORDER BY k.id DESC LIMIT %(limit)s"
)
ROLLED: Final = Read(f"{_HIT}{_FROM} WHERE k.roll_up_id = %(roll_up_id)s ORDER BY k.id")
_ONE: Final = Read(f"{_HIT}{_FROM} WHERE k.id = %(id)s")
_FACTS: Final = Read("SELECT k.facts, coalesce(r.name, '') FROM day_close k LEFT JOIN staff r ON r.id = k.reopened_by WHERE k.id = %(id)s")
_CASHIER: Final = Read("SELECT cashier_id FROM shift WHERE id = %(id)s")
_RECEIPT: Final = Read("SELECT receipt, shift_id FROM bill WHERE id = %(id)s")
_BILLS: Final = Read(
    "SELECT b.id, b.number, coalesce(i.number, '') AS invoice_number, b.kind, b.business_date AS date, b.at, b.patient_id,"
    " p.number AS patient_number, p.name AS patient_name, b.total_fen, c.name AS cashier, CASE WHEN b.kind = 'REFUND' THEN 'REFUND'"
    " WHEN n.id IS NOT NULL THEN 'REISSUED' WHEN r.id IS NOT NULL THEN 'TAKEN_BACK' ELSE 'STANDS' END AS state FROM bill b"
    " JOIN patient p ON p.id = b.patient_id JOIN staff c ON c.id = b.cashier_id"
    " LEFT JOIN invoice i ON i.bill_id = b.id AND i.state <> 'VOIDED' LEFT JOIN bill r ON r.reverses = b.id"
    " LEFT JOIN bill n ON n.reissues = b.id WHERE b.shift_id = %(shift_id)s ORDER BY b.id DESC LIMIT %(limit)s"
)


def _whose(tx: ReadTx) -> int | None:
    """Whose shifts the actor may look at: everybody's (``None``) with the right to roll up, else one's own."""
    return None if Permission.CLOSING_ROLL_UP in tx.actor.permissions else tx.actor.staff


def close_facts(tx: ReadTx, close_id: int) -> CloseFacts:
    """One close, which exists."""
    (hit,) = tx.structs(CloseHit, _ONE, id=close_id)
    row = tx.first(_FACTS, id=close_id)
    assert row is not None
    return CloseFacts(close=hit, sheet=as_kind(row[0], CloseSheet, strict=False), reopened_by=row[1])


@handles(ListCloses)
def list_closes(tx: ReadTx, request: ListCloses) -> CloseList:
    """Closes, newest first."""
    return CloseList(closes=tx.structs(CloseHit, _LIST, cashier_id=_whose(tx), day=request.business_date, limit=request.limit))


@handles(GetClose)
def get_close(tx: ReadTx, request: GetClose) -> CloseFacts:
    """One close, if the actor may see it."""
    hits = tx.structs(CloseHit, _ONE, id=request.close_id)
    if not hits or _whose(tx) not in (None, hits[0].cashier_id):
        raise NotFound(kind=N_("closing|Daily close"), key=str(request.close_id))
    return close_facts(tx, request.close_id)


def _require_sight(tx: ReadTx, shift_id: int) -> None:
    """Raise ``NotFound`` unless the shift is the actor's own, or the actor may see all."""
    missing = NotFound(kind=N_("Shift"), key=str(shift_id))
    if _whose(tx) not in (None, tx.one(_CASHIER, missing, id=shift_id)[0]):
        raise missing


@handles(GetShiftReceipt)
def get_shift_receipt(tx: ReadTx, request: GetShiftReceipt) -> ReceiptFacts:
    """A receipt as it was at issue."""
    receipt, shift_id = tx.one(_RECEIPT, NotFound(kind=N_("Bill"), key=str(request.bill_id)), id=request.bill_id)
    _require_sight(tx, shift_id)
    return as_kind(receipt, ReceiptFacts)


@handles(ListShiftBills)
def list_shift_bills(tx: ReadTx, request: ListShiftBills) -> ShiftBills:
    """The bills of a shift, if the actor may see it."""
    _require_sight(tx, request.shift_id)
    bills = tx.structs(BillHit, _BILLS, shift_id=request.shift_id, limit=request.limit + 1)
    return ShiftBills(bills=bills[: request.limit], more=len(bills) > request.limit)
