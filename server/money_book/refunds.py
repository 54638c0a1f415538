"""Taking a whole bill back: the exact mirror of its sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import NothingToSettle, WrongState
from common.messages.cashier import Tender, TenderKind
from server import numbers
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Row, Tx


from server.money_book.entries import INVOICE, PAYMENT, Head, Paid, Posting, Sold, enter_bill, open_shift, post, receipt_of

_SALE: Final = Write(
    "SELECT b.id, b.number, b.patient_id, b.visit_id, b.total_fen FROM bill b WHERE b.id = %(id)s AND b.kind = 'SALE'"
    " AND NOT EXISTS (SELECT FROM bill r WHERE r.reverses = b.id) FOR UPDATE"
)

_SALE_LINES: Final = Write(
    "SELECT c.id, c.amount_fen, c.category, c.name, c.specification, c.quantity, c.unit, c.visit_id, c.prescription_id, c.state"
    " FROM charge_line c WHERE c.bill_id = %(bill_id)s ORDER BY c.id FOR UPDATE"
)

_SALE_PAYMENTS: Final = Read("SELECT id, tender, amount_fen, reference FROM payment WHERE bill_id = %(bill_id)s ORDER BY id")

_SALE_OPERATION: Final = Read("SELECT id FROM ledger_operation WHERE bill_id = %(bill_id)s AND kind = 'SALE'")

_SALE_POSTINGS: Final = Read(
    "SELECT account, amount_fen, charge_line_id, payment_id FROM ledger_posting WHERE operation_id = %(operation_id)s ORDER BY id"
)

_REFUND_LINES: Final = Write(
    "UPDATE charge_line SET state = 'REFUNDED', refunded_fen = amount_fen WHERE bill_id = %(bill_id)s AND state = 'SETTLED'"
)

_REFUND_PAYMENTS: Final = Write("UPDATE payment SET state = 'REFUNDED' WHERE bill_id = %(bill_id)s AND state = 'PAID'")

_REVERSE_INVOICE: Final = Write(
    "UPDATE invoice SET state = 'REVERSED' WHERE bill_id = %(bill_id)s AND state IN ('USED', 'REPRINTED') RETURNING id"
)


def refund_whole(tx: Tx, bill_id: int) -> Paid:
    """Take back a whole bill: the exact mirror of its sale, by the same tenders. Raises ``NothingToSettle`` when it was taken back before."""
    sale = tx.write_one(_SALE, id=bill_id)
    if sale is None:
        raise NothingToSettle
    lines = tx.write(_SALE_LINES, bill_id=bill_id)
    for line in lines:
        if line[9] != "SETTLED":
            raise WrongState(machine="charge_line", key=line[3], state=line[9])
    sold = [Sold(id=line[0], amount_fen=line[1], category=line[2], shown=line[3:7]) for line in lines]
    shift_id = open_shift(tx)
    refund_id, number, invoice_number = numbers.for_bill(tx, tx.today)
    head = Head(refund_id, number, invoice_number, sale[2], sale[3])
    paid_in = tx.rows(_SALE_PAYMENTS, bill_id=bill_id)
    tenders = [Tender(kind=TenderKind(kind), amount_fen=amount, reference=reference) for _, kind, amount, reference in paid_in]
    receipt = receipt_of(tx, head, sold, tenders, 0, refund_of=sale[1])
    enter_bill(tx, head, "REFUND", -sale[4], shift_id, bill_id, receipt)
    tx.write(_REFUND_LINES, bill_id=bill_id)
    mirrored = _mirror_payments(tx, bill_id, refund_id, paid_in)
    _mirror_postings(tx, bill_id, refund_id, shift_id, mirrored)
    reversed_invoice = tx.write_one(_REVERSE_INVOICE, bill_id=bill_id)
    tx.write(
        INVOICE,
        number=invoice_number,
        bill_id=refund_id,
        amount_fen=-sale[4],
        at=tx.now,
        staff_id=tx.actor.staff,
        reverses=reversed_invoice and reversed_invoice[0],
    )
    for topic, id in ((topics.BILL, bill_id), (topics.BILL, refund_id), (topics.CHARGE, sale[2]), (topics.SHIFT, shift_id)):
        tx.changed(topic, id)
    return Paid(bill_id=refund_id, bill_number=number, invoice_number=invoice_number, total_fen=-sale[4], change_fen=0, receipt=receipt)


def _mirror_payments(tx: Tx, bill_id: int, refund_id: int, paid_in: Sequence[Row]) -> dict[int, int]:
    """Pay each payment back by its own way; gives back original → mirror ids."""
    mirrored: dict[int, int] = {}
    for payment_id, kind, amount, reference in paid_in:
        row = tx.write_one(
            PAYMENT,
            bill_id=refund_id,
            tender=kind,
            amount_fen=-amount,
            given_fen=0,
            change_fen=0,
            reference=reference,
            reverses=payment_id,
            at=tx.now,
        )
        assert row is not None
        mirrored[payment_id] = row[0]
    tx.write(_REFUND_PAYMENTS, bill_id=bill_id)
    return mirrored


def _mirror_postings(tx: Tx, bill_id: int, refund_id: int, shift_id: int, mirrored: dict[int, int]) -> None:
    operation = tx.first(_SALE_OPERATION, bill_id=bill_id)
    if operation is None:
        return
    postings: list[Posting] = [
        (account, -amount, line, mirrored.get(payment) if payment is not None else None)
        for account, amount, line, payment in tx.rows(_SALE_POSTINGS, operation_id=operation[0])
    ]
    post(tx, "REFUND", refund_id, shift_id, operation[0], postings)
