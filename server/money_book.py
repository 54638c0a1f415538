"""The only writer of money: charges, bills, payments, invoices and the ledger postings under them.

Each act is one ledger operation whose postings sum to zero: what was received (debit, positive) against what was earned (credit, negative). The
postings go in by one statement, and the database refuses an unbalanced one. Nothing is updated or deleted there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.domain.tenders import check_tenders
from common.errors import AmountChanged, NothingToSettle, PartOfPrescription, PrescriptionExpired, WrongState
from common.messages.cashier import ReceiptFacts, ReceiptLine, Tender, TenderKind
from common.wire import encode
from server import numbers
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from server.db import Row, Tx


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


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement that was booked."""

    bill_id: int
    bill_number: str
    invoice_number: str
    total_fen: int
    change_fen: int
    receipt: ReceiptFacts


_CHARGE: Final = Write(
    "INSERT INTO charge_line (patient_id, visit_id, source, prescription_id, prescription_line_id, source_number, category, name,"
    " specification, quantity, unit, unit_price, amount_fen, refunded_fen, department_id, doctor_id, state, created_at)"
    " SELECT %(patient_id)s, %(visit_id)s, c.source, c.prescription_id, c.prescription_line_id, c.source_number, c.category, c.name,"
    " c.specification, c.quantity, c.unit, c.unit_price, c.amount_fen, 0, %(department_id)s, %(doctor_id)s, 'PENDING', %(at)s"
    " FROM jsonb_to_recordset(%(charges)s) AS c(source text, prescription_id bigint, prescription_line_id bigint, source_number text,"
    " category text, name text, specification text, quantity numeric, unit text, unit_price numeric, amount_fen bigint)"
    " RETURNING id"
)
_DUE: Final = Write(
    "SELECT c.id, c.amount_fen, c.category, c.name, c.specification, c.quantity, c.unit, c.visit_id, c.prescription_id, c.state"
    " FROM charge_line c WHERE c.id = ANY(%(ids)s) AND c.patient_id = %(patient_id)s ORDER BY c.id FOR UPDATE"
)
#: Before the charge lines, as the lock order wants it.
_LOCK_PRESCRIPTIONS: Final = Write(
    "SELECT p.number, p.valid_until, EXISTS (SELECT FROM charge_line c WHERE c.prescription_id = p.id AND c.state = 'PENDING'"
    " AND c.id <> ALL(%(ids)s)) FROM prescription p WHERE p.id IN (SELECT prescription_id FROM charge_line WHERE id = ANY(%(ids)s))"
    " ORDER BY p.id FOR UPDATE"
)
_OPEN_SHIFT: Final = Write(
    "WITH found AS (SELECT id FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED'),"
    " opened AS (INSERT INTO shift (cashier_id, opened_at, float_fen, state) SELECT %(cashier_id)s, %(at)s, 0, 'OPENED'"
    " WHERE NOT EXISTS (SELECT FROM found) ON CONFLICT (cashier_id) WHERE state = 'OPENED' DO NOTHING RETURNING id)"
    " SELECT id FROM found UNION ALL SELECT id FROM opened"
)
_SHIFT: Final = Read("SELECT id FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED'")
_BILL: Final = Write(
    "INSERT INTO bill (number, kind, patient_id, visit_id, total_fen, cashier_id, shift_id, business_date, at, reverses, receipt)"
    " VALUES (%(number)s, %(kind)s, %(patient_id)s, %(visit_id)s, %(total_fen)s, %(cashier_id)s, %(shift_id)s, %(business_date)s, %(at)s,"
    " %(reverses)s, '{}') RETURNING id"
)
_RECEIPT: Final = Write("UPDATE bill SET receipt = %(receipt)s WHERE id = %(id)s")
_SETTLE_LINES: Final = Write(
    "UPDATE charge_line SET state = 'SETTLED', bill_id = %(bill_id)s, settled_at = %(at)s WHERE id = ANY(%(ids)s) AND state = 'PENDING'"
)
_PAYMENT: Final = Write(
    "INSERT INTO payment (bill_id, tender, amount_fen, given_fen, change_fen, reference, state, reverses, at)"
    " VALUES (%(bill_id)s, %(tender)s, %(amount_fen)s, %(given_fen)s, %(change_fen)s, %(reference)s, 'PAID', %(reverses)s, %(at)s)"
    " RETURNING id"
)
_OPERATION: Final = Write(
    "INSERT INTO ledger_operation (kind, at, business_date, staff_id, bill_id, shift_id, request_id, reverses)"
    " VALUES (%(kind)s, %(at)s, %(business_date)s, %(staff_id)s, %(bill_id)s, %(shift_id)s, %(request_id)s, %(reverses)s) RETURNING id"
)
_POSTINGS: Final = Write(
    "INSERT INTO ledger_posting (operation_id, account, amount_fen, charge_line_id, payment_id)"
    " SELECT %(operation_id)s, * FROM unnest(%(accounts)s::text[], %(amounts)s::bigint[], %(lines)s::bigint[], %(payments)s::bigint[])"
)
_INVOICE: Final = Write(
    "INSERT INTO invoice (number, bill_id, state, amount_fen, issued_at, issued_by, reverses)"
    " VALUES (%(number)s, %(bill_id)s, 'USED', %(amount_fen)s, %(at)s, %(staff_id)s, %(reverses)s)"
)
_WHO: Final = Read(
    "SELECT p.number, p.name, p.sex, v.number, c.name FROM patient p LEFT JOIN visit v ON v.id = %(visit_id)s"
    " LEFT JOIN clinic c ON c.id = 1 WHERE p.id = %(patient_id)s"
)
_PAY_PRESCRIPTIONS: Final = Write(
    "UPDATE prescription SET state = 'PAID', paid_at = %(at)s WHERE id = ANY(%(ids)s) AND state IN ('APPROVED', 'OVERRIDDEN')"
    " AND NOT EXISTS (SELECT FROM charge_line c WHERE c.prescription_id = prescription.id AND c.state = 'PENDING') RETURNING id"
)
_VOID_LINES: Final = Write(
    "UPDATE charge_line SET state = 'VOIDED' WHERE prescription_id = %(prescription_id)s AND state = 'PENDING' RETURNING id"
)


def charge(tx: Tx, context: ChargeContext, charges: Sequence[NewCharge]) -> list[int]:
    """Enter what a patient owes from now on; gives back the lines' ids."""
    rows = tx.write(
        _CHARGE,
        patient_id=context.patient_id,
        visit_id=context.visit_id,
        department_id=context.department_id,
        doctor_id=context.doctor_id,
        at=tx.now,
        charges=Jsonb(list(charges), dumps=encode),
    )
    tx.changed(topics.CHARGE, context.patient_id)
    return [row[0] for row in rows]


def void_prescription_charges(tx: Tx, prescription_id: int, patient_id: int) -> None:
    """Nobody owes for this prescription any more."""
    if tx.count(_VOID_LINES, prescription_id=prescription_id):
        tx.changed(topics.CHARGE, patient_id)


def settle(tx: Tx, patient_id: int, line_ids: Sequence[int], expected_fen: int, tenders: Sequence[Tender]) -> Paid:
    """Settle charge lines of one patient by tenders: bill, payments, invoice and ledger, and their prescriptions are paid.

    Raises ``NothingToSettle``, ``WrongState``, ``AmountChanged``, ``TendersDoNotCover``.
    """
    lines = _lock_due(tx, patient_id, line_ids)
    total = sum(line[1] for line in lines)
    if total != expected_fen:
        raise AmountChanged(shown_fen=expected_fen, due_fen=total)
    change = check_tenders(total, tenders)
    shift_id = open_shift(tx)
    visit_id = lines[-1][7]
    prescriptions = sorted({line[8] for line in lines if line[8] is not None})
    bill_number, invoice_number = numbers.dated(tx, "bill", tx.today), numbers.running(tx, "invoice", 10)
    bill_id = _enter_bill(tx, bill_number, "SALE", patient_id, visit_id, total, shift_id, None)
    tx.write(_SETTLE_LINES, bill_id=bill_id, at=tx.now, ids=[line[0] for line in lines])
    payments = [_enter_payment(tx, bill_id, tender) for tender in tenders]
    _post_sale(tx, bill_id, shift_id, lines, tenders, payments)
    tx.write(_INVOICE, number=invoice_number, bill_id=bill_id, amount_fen=total, at=tx.now, staff_id=tx.actor.staff, reverses=None)
    receipt = _receipt(tx, bill_id, bill_number, invoice_number, patient_id, visit_id, lines, tenders, change)
    tx.write(_RECEIPT, id=bill_id, receipt=Jsonb(receipt, dumps=encode))
    if prescriptions:
        for (paid,) in tx.write(_PAY_PRESCRIPTIONS, ids=prescriptions, at=tx.now):
            tx.changed(topics.PRESCRIPTION, paid)
    for topic, id in ((topics.BILL, bill_id), (topics.CHARGE, patient_id), (topics.SHIFT, shift_id)):
        tx.changed(topic, id)
    return Paid(
        bill_id=bill_id, bill_number=bill_number, invoice_number=invoice_number, total_fen=total, change_fen=change, receipt=receipt
    )


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


def open_shift(tx: Tx) -> int:
    """The actor's open shift; the first money of a shift opens it, with an empty drawer, until the cashier counts a float in."""
    row = tx.write_one(_OPEN_SHIFT, cashier_id=tx.actor.staff, at=tx.now) or tx.first(_SHIFT, cashier_id=tx.actor.staff)
    assert row is not None
    return int(row[0])


def _enter_bill(
    tx: Tx, number: str, kind: str, patient_id: int, visit_id: int | None, total: int, shift_id: int, reverses: int | None
) -> int:
    row = tx.write_one(
        _BILL,
        number=number,
        kind=kind,
        patient_id=patient_id,
        visit_id=visit_id,
        total_fen=total,
        cashier_id=tx.actor.staff,
        shift_id=shift_id,
        business_date=tx.today,
        at=tx.now,
        reverses=reverses,
    )
    assert row is not None
    return int(row[0])


def _enter_payment(tx: Tx, bill_id: int, tender: Tender, reverses: int | None = None) -> int:
    row = tx.write_one(
        _PAYMENT,
        bill_id=bill_id,
        tender=tender.kind,
        amount_fen=tender.amount_fen,
        given_fen=tender.given_fen if tender.kind is TenderKind.CASH else 0,
        change_fen=max(tender.given_fen - tender.amount_fen, 0) if tender.kind is TenderKind.CASH else 0,
        reference=tender.reference,
        reverses=reverses,
        at=tx.now,
    )
    assert row is not None
    return int(row[0])


def _post_sale(tx: Tx, bill_id: int, shift_id: int, lines: Sequence[Row], tenders: Sequence[Tender], payments: Sequence[int]) -> None:
    postings: list[tuple[str, int, int | None, int | None]] = [
        (f"tender:{tender.kind}", tender.amount_fen, None, payment) for tender, payment in zip(tenders, payments, strict=True)
    ]
    postings += [(f"income:{line[2]}", -line[1], line[0], None) for line in lines if line[1]]
    _post(tx, "SALE", bill_id, shift_id, None, postings)


def _post(
    tx: Tx,
    kind: str,
    bill_id: int,
    shift_id: int,
    reverses: int | None,
    postings: Sequence[tuple[str, int, int | None, int | None]],
) -> None:
    if not postings:  # a bill over nothing (a free revisit) moves no money
        return
    operation = tx.write_one(
        _OPERATION,
        kind=kind,
        at=tx.now,
        business_date=tx.today,
        staff_id=tx.actor.staff,
        bill_id=bill_id,
        shift_id=shift_id,
        request_id=tx.request_id,
        reverses=reverses,
    )
    assert operation is not None
    accounts, amounts, lines, payments = (list(column) for column in zip(*postings, strict=True))
    tx.write(_POSTINGS, operation_id=operation[0], accounts=accounts, amounts=amounts, lines=lines, payments=payments)


def _receipt(
    tx: Tx,
    bill_id: int,
    bill_number: str,
    invoice_number: str,
    patient_id: int,
    visit_id: int,
    lines: Sequence[Row],
    tenders: Sequence[Tender],
    change: int,
    refund_of: str = "",
) -> ReceiptFacts:
    who = tx.first(_WHO, patient_id=patient_id, visit_id=visit_id)
    assert who is not None
    sign = -1 if refund_of else 1
    return ReceiptFacts(
        clinic=who[4] or "",
        bill_id=bill_id,
        bill_number=bill_number,
        invoice_number=invoice_number,
        patient_number=who[0],
        patient_name=who[1],
        sex=who[2],
        visit_number=who[3] or "",
        date=tx.today,
        issued_at=tx.now,
        cashier=tx.actor.name,
        lines=tuple(
            ReceiptLine(
                category=line[2], name=line[3], specification=line[4], quantity=line[5] * sign, unit=line[6], amount_fen=line[1] * sign
            )
            for line in lines
        ),
        total_fen=sum(line[1] for line in lines) * sign,
        tenders=tuple(tenders),
        change_fen=change,
        refund_of=refund_of,
    )


# --- taking a whole bill back ------------------------------------------------------------------------------------------------------

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
    shift_id = open_shift(tx)
    number, invoice_number = numbers.dated(tx, "bill", tx.today), numbers.running(tx, "invoice", 10)
    refund_id = _enter_bill(tx, number, "REFUND", sale[2], sale[3], -sale[4], shift_id, bill_id)
    tx.write(_REFUND_LINES, bill_id=bill_id)
    tenders, mirrored = _mirror_payments(tx, bill_id, refund_id)
    _mirror_postings(tx, bill_id, refund_id, shift_id, mirrored)
    reversed_invoice = tx.write_one(_REVERSE_INVOICE, bill_id=bill_id)
    tx.write(
        _INVOICE,
        number=invoice_number,
        bill_id=refund_id,
        amount_fen=-sale[4],
        at=tx.now,
        staff_id=tx.actor.staff,
        reverses=reversed_invoice and reversed_invoice[0],
    )
    receipt = _receipt(tx, refund_id, number, invoice_number, sale[2], sale[3], lines, tenders, 0, refund_of=sale[1])
    tx.write(_RECEIPT, id=refund_id, receipt=Jsonb(receipt, dumps=encode))
    for topic, id in ((topics.BILL, bill_id), (topics.BILL, refund_id), (topics.CHARGE, sale[2]), (topics.SHIFT, shift_id)):
        tx.changed(topic, id)
    return Paid(bill_id=refund_id, bill_number=number, invoice_number=invoice_number, total_fen=-sale[4], change_fen=0, receipt=receipt)


def _mirror_payments(tx: Tx, bill_id: int, refund_id: int) -> tuple[list[Tender], dict[int, int]]:
    """Pay each payment back by its own way; gives back the tenders paid out and original → mirror ids."""
    tenders: list[Tender] = []
    mirrored: dict[int, int] = {}
    for payment_id, kind, amount, reference in tx.rows(_SALE_PAYMENTS, bill_id=bill_id):
        row = tx.write_one(
            _PAYMENT,
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
        tenders.append(Tender(kind=TenderKind(kind), amount_fen=amount, reference=reference))
    tx.write(_REFUND_PAYMENTS, bill_id=bill_id)
    return tenders, mirrored


def _mirror_postings(tx: Tx, bill_id: int, refund_id: int, shift_id: int, mirrored: dict[int, int]) -> None:
    operation = tx.first(_SALE_OPERATION, bill_id=bill_id)
    if operation is None:
        return
    postings: list[tuple[str, int, int | None, int | None]] = [
        (account, -amount, line, mirrored.get(payment) if payment is not None else None)
        for account, amount, line, payment in tx.rows(_SALE_POSTINGS, operation_id=operation[0])
    ]
    _post(tx, "REFUND", refund_id, shift_id, operation[0], postings)
