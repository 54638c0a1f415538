"""Charging and settling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.domain.tenders import check_tenders
from common.errors import AmountChanged, NothingToSettle, PartOfPrescription, PrescriptionExpired, WrongState
from common.messages.cashier import Tender
from common.wire import encode
from server import numbers
from server.db import Write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from server.db import Row, Tx


from server.money_book.entries import INVOICE, Head, Paid, Posting, Sold, enter_bill, enter_payment, open_shift, post, receipt_of


class NewCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge line to be: prices and names as they are now."""

    source: str
    category: str
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_fen: int
    specification: str = ""
    source_number: str = ""
    prescription_id: int | None = None
    prescription_line_id: int | None = None


class ChargeContext(msgspec.Struct, frozen=True, kw_only=True):
    """Whose charge it is, and who caused it."""

    patient_id: int
    visit_id: int
    department_id: int
    doctor_id: int


class _Entered(NamedTuple):
    """A sale of which bill, payments and invoice are entered."""

    bill_id: int
    shift_id: int
    payments: list[tuple[Tender, int]]
    told: Paid


_CHARGE: Final = Write(
    "INSERT INTO charge_line (patient_id, visit_id, source, prescription_id, prescription_line_id, source_number, category, name,"
    " specification, quantity, unit, unit_price, amount_fen, refunded_fen, department_id, doctor_id, state, created_at, bill_id, settled_at)"
    " SELECT %(patient_id)s, %(visit_id)s, c.source, c.prescription_id, c.prescription_line_id, c.source_number, c.category, c.name,"
    " c.specification, c.quantity, c.unit, c.unit_price, c.amount_fen, 0, %(department_id)s, %(doctor_id)s, %(state)s, %(at)s,"
    " %(bill_id)s, %(settled_at)s"
    " FROM jsonb_to_recordset(%(charges)s) AS c(source text, prescription_id bigint, prescription_line_id bigint, source_number text,"
    " category text, name text, specification text, quantity numeric, unit text, unit_price numeric, amount_fen bigint)"
    " RETURNING id"
)

_DUE: Final = Write(
    "SELECT c.id, c.amount_fen, c.category, c.name, c.specification, c.quantity, c.unit, c.visit_id, c.prescription_id, c.state"
    " FROM charge_line c WHERE c.id = ANY(%(ids)s) AND c.patient_id = %(patient_id)s ORDER BY c.id FOR UPDATE"
)

# ``state || ''`` below keeps PostgreSQL from the partial index of pending lines: that one is empty when the tables are analysed at night,
# so that by day it would seem the cheapest, while it holds all that anybody in the clinic owes.

#: Before the charge lines, as the lock order wants it.
_LOCK_PRESCRIPTIONS: Final = Write(
    "SELECT p.number, p.valid_until, EXISTS (SELECT FROM charge_line c WHERE c.prescription_id = p.id AND c.state || '' = 'PENDING'"
    " AND c.id <> ALL(%(ids)s)) FROM prescription p WHERE p.id IN (SELECT prescription_id FROM charge_line WHERE id = ANY(%(ids)s))"
    " ORDER BY p.id FOR UPDATE"
)

#: The lines are locked, and were seen to be pending, by then.
_SETTLE_LINES: Final = Write("UPDATE charge_line SET state = 'SETTLED', bill_id = %(bill_id)s, settled_at = %(at)s WHERE id = ANY(%(ids)s)")

_PAY_PRESCRIPTIONS: Final = Write(
    "UPDATE prescription SET state = 'PAID', paid_at = %(at)s WHERE id = ANY(%(ids)s) AND state IN ('APPROVED', 'OVERRIDDEN')"
    " AND NOT EXISTS (SELECT FROM charge_line c WHERE c.prescription_id = prescription.id AND c.state || '' = 'PENDING') RETURNING id"
)

_VOID_LINES: Final = Write(
    "UPDATE charge_line SET state = 'VOIDED' WHERE prescription_id = %(prescription_id)s AND state || '' = 'PENDING' RETURNING id"
)


def charge(tx: Tx, context: ChargeContext, charges: Sequence[NewCharge]) -> None:
    """Enter what a patient owes from now on."""
    _enter_charges(tx, context, charges, bill_id=None)
    tx.changed(topics.CHARGE, context.patient_id)


def _enter_charges(tx: Tx, context: ChargeContext, charges: Sequence[NewCharge], *, bill_id: int | None) -> list[int]:
    """Charge lines to pay, or settled by ``bill_id`` from the start; gives back their ids."""
    rows = tx.write(
        _CHARGE,
        patient_id=context.patient_id,
        visit_id=context.visit_id,
        department_id=context.department_id,
        doctor_id=context.doctor_id,
        at=tx.now,
        state="PENDING" if bill_id is None else "SETTLED",
        bill_id=bill_id,
        settled_at=None if bill_id is None else tx.now,
        charges=Jsonb(list(charges), dumps=encode),
    )
    return [row[0] for row in rows]


def void_prescription_charges(tx: Tx, prescription_id: int, patient_id: int) -> None:
    """Nobody owes for this prescription any more."""
    if tx.count(_VOID_LINES, prescription_id=prescription_id):
        tx.changed(topics.CHARGE, patient_id)


def settle(tx: Tx, patient_id: int, line_ids: Sequence[int], expected_fen: int, tenders: Sequence[Tender]) -> Paid:
    """Settle charge lines of one patient by tenders: bill, payments, invoice and ledger, and their prescriptions are paid.

    Raises ``NothingToSettle``, ``PartOfPrescription``, ``WrongState``, ``AmountChanged``, ``TendersDoNotCover``.
    """
    lines = _lock_due(tx, patient_id, line_ids)
    sold = [Sold(id=line[0], amount_fen=line[1], category=line[2], shown=line[3:7]) for line in lines]
    paid = _enter_sale(tx, patient_id, lines[-1][7], sold, expected_fen, tenders)
    tx.write(_SETTLE_LINES, bill_id=paid.bill_id, at=tx.now, ids=[line.id for line in sold])
    _post_sale(tx, paid, sold)
    prescriptions = sorted({line[8] for line in lines if line[8] is not None})
    if prescriptions:
        for (prescription_id,) in tx.write(_PAY_PRESCRIPTIONS, ids=prescriptions, at=tx.now):
            tx.changed(topics.PRESCRIPTION, prescription_id)
    return paid.told


def settle_at_once(tx: Tx, context: ChargeContext, charges: Sequence[NewCharge], expected_fen: int, tenders: Sequence[Tender]) -> Paid:
    """Charge and settle in one act, as at registration. Raises ``AmountChanged``, ``TendersDoNotCover``."""
    sold = [Sold(id=0, amount_fen=c.amount_fen, category=c.category, shown=(c.name, c.specification, c.quantity, c.unit)) for c in charges]
    paid = _enter_sale(tx, context.patient_id, context.visit_id, sold, expected_fen, tenders)
    ids = _enter_charges(tx, context, charges, bill_id=paid.bill_id)
    _post_sale(tx, paid, [msgspec.structs.replace(line, id=id) for line, id in zip(sold, ids, strict=True)])
    return paid.told


def _enter_sale(tx: Tx, patient_id: int, visit_id: int, sold: Sequence[Sold], expected_fen: int, tenders: Sequence[Tender]) -> _Entered:
    """Bill, payments and invoice of a sale. Lines and ledger are the caller's."""
    total = sum(line.amount_fen for line in sold)
    if total != expected_fen:
        raise AmountChanged(shown_fen=expected_fen, due_fen=total)
    change = check_tenders(total, tenders)
    shift_id = open_shift(tx)
    bill_id, number, invoice_number = numbers.for_bill(tx, tx.today)
    head = Head(bill_id, number, invoice_number, patient_id, visit_id)
    receipt = receipt_of(tx, head, sold, tenders, change)
    enter_bill(tx, head, "SALE", total, shift_id, None, receipt)
    payments = [enter_payment(tx, bill_id, tender) for tender in tenders]
    tx.write(INVOICE, number=invoice_number, bill_id=bill_id, amount_fen=total, at=tx.now, staff_id=tx.actor.staff, reverses=None)
    for topic, id in ((topics.BILL, bill_id), (topics.CHARGE, patient_id), (topics.SHIFT, shift_id)):
        tx.changed(topic, id)
    told = Paid(bill_id=bill_id, bill_number=number, invoice_number=invoice_number, total_fen=total, change_fen=change, receipt=receipt)
    return _Entered(bill_id, shift_id, list(zip(tenders, payments, strict=True)), told)


def _lock_due(tx: Tx, patient_id: int, line_ids: Sequence[int]) -> list[Row]:
    wanted = sorted(set(line_ids))
    for number, valid_until, left_out in tx.write(_LOCK_PRESCRIPTIONS, ids=wanted):
        if left_out:
            raise PartOfPrescription(number=number)
        if valid_until < tx.now:
            raise PrescriptionExpired(number=number, valid_until=f"{valid_until:%Y-%m-%d %H:%M}")
    lines = tx.write(_DUE, ids=wanted, patient_id=patient_id)
    if len(lines) != len(wanted) or all(line[9] != "PENDING" for line in lines):
        raise NothingToSettle
    for line in lines:
        if line[9] != "PENDING":
            raise WrongState(machine="charge_line", key=line[3], state=line[9])
    return lines


def _post_sale(tx: Tx, paid: _Entered, sold: Sequence[Sold]) -> None:
    postings: list[Posting] = [(f"tender:{tender.kind}", tender.amount_fen, None, payment) for tender, payment in paid.payments]
    postings += [(f"income:{line.category}", -line.amount_fen, line.id, None) for line in sold if line.amount_fen]
    post(tx, "SALE", paid.bill_id, paid.shift_id, None, postings)
