"""Cashier 收费: what a patient owes, settling it, the receipt, and the open shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.messages.cashier import (
    ChargeFacts,
    Debtor,
    DebtorList,
    GetReceipt,
    GetShift,
    GetUnpaid,
    ListDebtors,
    ReceiptFacts,
    Settle,
    Settled,
    ShiftFacts,
    TenderKind,
    Unpaid,
)
from server import money_book
from server.closing.sums import of_shifts
from server.db import Read
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_UNPAID: Final = Read(
    "SELECT c.id, c.visit_id, v.number AS visit_number, c.source, c.source_number, c.category, c.name, c.specification, c.quantity, c.unit,"
    " c.unit_price, c.amount_fen, d.name AS department, s.name AS doctor, c.created_at AS since, c.state FROM charge_line c"
    " JOIN visit v ON v.id = c.visit_id JOIN department d ON d.id = c.department_id JOIN staff s ON s.id = c.doctor_id"
    " WHERE c.patient_id = %(patient_id)s AND c.state = 'PENDING' ORDER BY c.id"
)
_IN_REVIEW: Final = Read(
    "SELECT count(*) FROM prescription WHERE state = 'SUBMITTED' AND visit_id IN (SELECT id FROM visit WHERE patient_id = %(patient_id)s"
    " AND date >= %(today)s)"
)
_DEBTORS: Final = Read(
    "SELECT c.patient_id, p.number AS patient_number, p.name, sum(c.amount_fen)::bigint AS total_fen, count(*) AS lines,"
    " min(c.created_at) AS since FROM charge_line c JOIN patient p ON p.id = c.patient_id"
    " WHERE c.state = 'PENDING' AND c.created_at >= %(from)s GROUP BY c.patient_id, p.number, p.name"
    " ORDER BY min(c.created_at), c.patient_id LIMIT %(limit)s"
)


@handles(GetUnpaid)
def get_unpaid(tx: ReadTx, request: GetUnpaid) -> Unpaid:
    """A patient's unpaid lines, and how many prescriptions are still in review."""
    lines = tx.structs(ChargeFacts, _UNPAID, patient_id=request.patient_id)
    review = tx.first(_IN_REVIEW, patient_id=request.patient_id, today=tx.today)
    return Unpaid(
        patient_id=request.patient_id,
        lines=lines,
        total_fen=sum(line.amount_fen for line in lines),
        in_review=review[0] if review else 0,
    )


@handles(ListDebtors)
def list_debtors(tx: ReadTx, request: ListDebtors) -> DebtorList:
    """Who has something to pay today."""
    start = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    return DebtorList(debtors=tx.structs(Debtor, _DEBTORS, **{"from": start, "limit": request.limit}))


_LEFT: Final = Read("SELECT coalesce(sum(amount_fen), 0)::bigint FROM charge_line WHERE patient_id = %(patient_id)s AND state = 'PENDING'")


@handles(Settle)
def settle(tx: Tx, request: Settle) -> Settled:
    """Settle the lines; see :func:`server.money_book.settle`."""
    paid = money_book.settle(tx, request.patient_id, request.line_ids, request.expected_fen, request.tenders, request.approval_id)
    tx.patient_id = request.patient_id
    left = tx.first(_LEFT, patient_id=request.patient_id)
    return Settled(
        bill_id=paid.bill_id,
        bill_number=paid.bill_number,
        invoice_number=paid.invoice_number,
        total_fen=paid.total_fen,
        change_fen=paid.change_fen,
        left_fen=left[0] if left else 0,
        receipt=paid.receipt,
    )


@handles(GetReceipt)
def get_receipt(tx: ReadTx, request: GetReceipt) -> ReceiptFacts:
    """A receipt as it was at issue, with the number of the invoice that stands for it."""
    return money_book.standing_receipt(tx, request.bill_id)


_OPEN: Final = Read("SELECT id, opened_at, state, float_fen FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED'")
_COUNTS: Final = Read(
    "SELECT count(*) FILTER (WHERE kind = 'SALE' AND reissues IS NULL), count(*) FILTER (WHERE kind = 'REFUND') FROM bill WHERE shift_id = %(id)s"
)


@handles(GetShift)
def get_shift(tx: ReadTx, request: GetShift) -> ShiftFacts | None:
    """One's open shift. What its drawer should hold is told by nobody before the blind count (:mod:`server.closing`)."""
    row = tx.first(_OPEN, cashier_id=tx.actor.staff)
    if row is None:
        return None
    bills, refunds = tx.first(_COUNTS, id=row[0]) or (0, 0)
    return ShiftFacts(
        id=row[0],
        opened_at=row[1],
        state=row[2],
        float_fen=row[3],
        bills=bills,
        refunds=refunds,
        by_tender={total.code: total.net_fen for total in of_shifts(tx, [row[0]]).tenders() if total.code != TenderKind.CASH},
    )
