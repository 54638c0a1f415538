"""Charging and settling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.domain.sharing import share
from common.errors import AmountChanged, NothingToSettle, PartOfPrescription, WrongState
from common.messages.cashier import InsuranceShare, Tender, TenderKind
from common.prescribing_errors import PrescriptionExpired
from common.settling_errors import LinesHeld
from common.wire import encode
from server import numbers, windows
from server.db import Read, Write
from server.money_book import counter, deposits
from server.stock_book import reserving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from server.db import ReadTx, Row, Tx


from server.money_book.entries import (
    AT_THE_COUNTER,
    Entered,
    Head,
    Origin,
    Paid,
    Posting,
    Sold,
    Told,
    enter_bill,
    enter_payment,
    open_shift,
    post,
    receipt_of,
)
from server.money_book.invoices import INVOICE


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
    service_item_id: int | None = None
    entered_by: int | None = None


class ChargeContext(msgspec.Struct, frozen=True, kw_only=True):
    """Whose charge it is, and who caused it."""

    patient_id: int
    visit_id: int
    department_id: int
    doctor_id: int


class Due(NamedTuple):
    """Charge lines that are locked and due, ready to be sold."""

    patient_id: int
    visit_id: int | None
    sold: list[Sold]
    prescriptions: list[int]

    @property
    def total_fen(self) -> int:
        """What they come to."""
        return sum(line.amount_fen for line in self.sold)


class Sale(NamedTuple):
    """How a sale is paid. ``entered`` cover the lines and the cash rounding exactly; see :mod:`server.money_book.counter`."""

    entered: Sequence[Entered]
    change_fen: int = 0
    rounding_fen: int = 0
    insurance: InsuranceShare | None = None
    origin: Origin = AT_THE_COUNTER
    rest_of: str = ""
    rest_of_invoice: str = ""


_CHARGE: Final = Write(
    "INSERT INTO charge_line (patient_id, visit_id, source, prescription_id, prescription_line_id, source_number, category, name,"
    " specification, quantity, unit, unit_price, amount_fen, refunded_fen, service_item_id, entered_by, department_id, doctor_id, state,"
    " created_at, bill_id, settled_at)"
    " SELECT %(patient_id)s, %(visit_id)s, c.source, c.prescription_id, c.prescription_line_id, c.source_number, c.category, c.name,"
    " c.specification, c.quantity, c.unit, c.unit_price, c.amount_fen, 0, c.service_item_id, c.entered_by, %(department_id)s, %(doctor_id)s,"
    " %(state)s, %(at)s, %(bill_id)s, %(settled_at)s"
    " FROM jsonb_to_recordset(%(charges)s) AS c(source text, prescription_id bigint, prescription_line_id bigint, source_number text,"
    " category text, name text, specification text, quantity numeric, unit text, unit_price numeric, amount_fen bigint,"
    " service_item_id bigint, entered_by bigint)"
    " RETURNING id"
)

_DUE: Final = Write(
    "SELECT c.id, c.amount_fen, c.category, c.name, c.specification, c.quantity, c.unit, c.visit_id, c.prescription_id, c.state,"
    " c.settlement_id FROM charge_line c WHERE c.id = ANY(%(ids)s) AND c.patient_id = %(patient_id)s ORDER BY c.id FOR UPDATE"
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
_SETTLE_LINES: Final = Write(
    "UPDATE charge_line SET state = 'SETTLED', bill_id = %(bill_id)s, settled_at = %(at)s, settlement_id = NULL WHERE id = ANY(%(ids)s)"
)
_BILL_ANEW: Final = Write("UPDATE charge_line SET bill_id = %(bill_id)s, settlement_id = NULL WHERE id = ANY(%(ids)s)")
_WAIVE: Final = Write(
    "UPDATE charge_line SET waived_fen = w.fen FROM unnest(%(ids)s::bigint[], %(fens)s::bigint[]) AS w(id, fen) WHERE charge_line.id = w.id"
)
_HOLD: Final = Write("UPDATE charge_line SET settlement_id = %(settlement_id)s WHERE id = ANY(%(ids)s)")
_RELEASE: Final = Write("UPDATE charge_line SET settlement_id = NULL WHERE settlement_id = %(settlement_id)s RETURNING patient_id")
#: What is only settled with the insurance after all stays paid meanwhile, so that nobody has to wait for that.
_HELD: Final = Read(
    "SELECT c.settlement_id FROM charge_line c JOIN settlement s ON s.id = c.settlement_id WHERE c.prescription_id = %(prescription_id)s"
    " AND s.kind <> 'CONVERT' LIMIT 1"
)
_HOLDER: Final = Read("SELECT s.name FROM settlement t JOIN staff s ON s.id = t.cashier_id WHERE t.id = %(id)s")

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


def refuse_held(tx: ReadTx, prescription_id: int) -> None:
    """Raise ``LinesHeld`` while a settlement or a refund of this prescription is under way."""
    row = tx.first(_HELD, prescription_id=prescription_id)
    if row is not None:
        raise lines_held(tx, row[0])


def void_prescription_charges(tx: Tx, prescription_id: int, patient_id: int) -> None:
    """Nobody owes for this prescription any more. Raises ``LinesHeld`` while it is being settled."""
    refuse_held(tx, prescription_id)
    if tx.count(_VOID_LINES, prescription_id=prescription_id):
        tx.changed(topics.CHARGE, patient_id)


def settle(
    tx: Tx, patient_id: int, line_ids: Sequence[int], expected_fen: int, tenders: Sequence[Tender], approval_id: int | None = None
) -> Paid:
    """Settle charge lines of one patient by what lies on the counter: bill, payments, invoice and ledger, and their prescriptions are paid.

    Raises ``NothingToSettle``, ``PartOfPrescription``, ``WrongState``, ``LinesHeld``, ``AmountChanged`` and what
    :func:`server.money_book.counter.check` raises.
    """
    due = lock_due(tx, patient_id, line_ids, expected_fen)
    taken = counter.check(tx, due.total_fen, tenders, patient_id, approval_id)
    return sell(tx, due, Sale([Entered(tender) for tender in tenders], taken.change_fen, taken.rounding_fen))


def settle_at_once(tx: Tx, context: ChargeContext, charges: Sequence[NewCharge], expected_fen: int, tenders: Sequence[Tender]) -> Paid:
    """Charge and settle in one act, as at registration. Raises ``AmountChanged``, ``TendersDoNotCover``."""
    sold = [Sold(id=0, amount_fen=c.amount_fen, category=c.category, shown=(c.name, c.specification, c.quantity, c.unit)) for c in charges]
    total = sum(line.amount_fen for line in sold)
    if total != expected_fen:
        raise AmountChanged(shown_fen=expected_fen, due_fen=total)
    taken = counter.check(tx, total, tenders, context.patient_id, None)
    booked = _book(
        tx, context.patient_id, context.visit_id, sold, Sale([Entered(t) for t in tenders], taken.change_fen, taken.rounding_fen)
    )
    ids = _enter_charges(tx, context, charges, bill_id=booked.told.bill_id)
    charged = [msgspec.structs.replace(line, id=id) for line, id in zip(sold, ids, strict=True)]
    _waive(tx, charged, tenders)
    _post_sale(tx, booked, charged)
    return booked.told


def lock_due(tx: Tx, patient_id: int, line_ids: Sequence[int], expected_fen: int, held_by: int | None = None) -> Due:
    """Lock lines that are due. ``held_by``: the settlement that holds them.

    Raises ``NothingToSettle``, ``PartOfPrescription``, ``PrescriptionExpired``, ``WrongState``, ``LinesHeld``, ``AmountChanged``, ``DrugGone``.
    """
    lines = _lock_due(tx, patient_id, line_ids, held_by)
    sold = [Sold(id=line[0], amount_fen=line[1], category=line[2], shown=line[3:7]) for line in lines]
    due = Due(patient_id, lines[-1][7], sold, sorted({line[8] for line in lines if line[8] is not None}))
    if due.total_fen != expected_fen:
        raise AmountChanged(shown_fen=expected_fen, due_fen=due.total_fen)
    if held_by is None:
        reserving.for_payment(tx, due.prescriptions)
    return due


def hold(tx: Tx, due: Due, settlement_id: int) -> None:
    """Keep every other window from settling these lines."""
    tx.write(_HOLD, ids=[line.id for line in due.sold], settlement_id=settlement_id)
    tx.changed(topics.CHARGE, due.patient_id)


def release(tx: Tx, settlement_id: int) -> None:
    """A settlement ended without a bill: its lines are free again."""
    for patient_id in {row[0] for row in tx.write(_RELEASE, settlement_id=settlement_id)}:
        tx.changed(topics.CHARGE, patient_id)


def sell(tx: Tx, due: Due, sale: Sale) -> Paid:
    """Book a sale of lines that :func:`lock_due` gave."""
    booked = _book(tx, due.patient_id, due.visit_id, due.sold, sale)
    tx.write(_SETTLE_LINES, bill_id=booked.told.bill_id, at=tx.now, ids=[line.id for line in due.sold])
    _waive(tx, due.sold, [entered.tender for entered in sale.entered])
    _post_sale(tx, booked, due.sold)
    if due.prescriptions:
        now_paid = [row[0] for row in tx.write(_PAY_PRESCRIPTIONS, ids=due.prescriptions, at=tx.now)]
        for prescription_id in now_paid:
            tx.changed(topics.PRESCRIPTION, prescription_id)
        windows.place(tx, now_paid)
    return booked.told


def sell_rest(tx: Tx, due: Due, sale: Sale) -> Paid:
    """Book what is kept of a bill that was taken back: the lines stand settled already and belong to the new bill from now on."""
    booked = _book(tx, due.patient_id, due.visit_id, due.sold, sale)
    tx.write(_BILL_ANEW, bill_id=booked.told.bill_id, ids=[line.id for line in due.sold])
    _post_sale(tx, booked, due.sold)
    return booked.told


class _Booked(NamedTuple):
    """A sale of which bill, payments and invoice are entered."""

    shift_id: int
    rounding_fen: int
    payments: list[tuple[Tender, int]]
    told: Paid


def _book(tx: Tx, patient_id: int, visit_id: int | None, sold: Sequence[Sold], sale: Sale) -> _Booked:
    """Bill, payments and invoice of a sale. Lines and ledger are the caller's."""
    shift_id = open_shift(tx)
    bill_id, number, invoice_number = numbers.for_bill(tx, tx.today)
    head = Head(bill_id, number, invoice_number, patient_id, visit_id)
    tenders = [entered.tender for entered in sale.entered]
    told = Told(
        change_fen=sale.change_fen,
        rounding_fen=sale.rounding_fen,
        rest_of=sale.rest_of,
        rest_of_invoice=sale.rest_of_invoice,
        insurance=sale.insurance,
        deposit_left_fen=_deposit_left_fen(tx, patient_id, tenders),
    )
    receipt = receipt_of(tx, head, sold, tenders, told)
    enter_bill(tx, head, "SALE", shift_id, receipt, sale.origin)
    payments = [enter_payment(tx, head, shift_id, entered) for entered in sale.entered]
    tx.write(
        INVOICE, number=invoice_number, bill_id=bill_id, amount_fen=receipt.total_fen, at=tx.now, staff_id=tx.actor.staff, reverses=None
    )
    for topic, id in ((topics.BILL, bill_id), (topics.CHARGE, patient_id), (topics.SHIFT, shift_id)):
        tx.changed(topic, id)
    paid = Paid(
        bill_id=bill_id,
        bill_number=number,
        invoice_number=invoice_number,
        total_fen=receipt.total_fen,
        change_fen=sale.change_fen,
        receipt=receipt,
    )
    return _Booked(shift_id, sale.rounding_fen, list(zip(tenders, payments, strict=True)), paid)


def _deposit_left_fen(tx: Tx, patient_id: int, tenders: Sequence[Tender]) -> int | None:
    """What will be left in the deposit; locked from here on, as the receipt says so before it is taken out. ``None``: it pays nothing."""
    spent = sum(tender.amount_fen for tender in tenders if tender.kind is TenderKind.DEPOSIT)
    return deposits.lock(tx, patient_id) - spent if spent else None


def _lock_due(tx: Tx, patient_id: int, line_ids: Sequence[int], held_by: int | None) -> list[Row]:
    wanted = sorted(set(line_ids))
    for number, valid_until, left_out in tx.write(_LOCK_PRESCRIPTIONS, ids=wanted):
        if left_out:
            raise PartOfPrescription(number=number)
        if valid_until < tx.now and held_by is None:  # what somebody outside has been asked to pay is not refused any more
            raise PrescriptionExpired(number=number, valid_until=f"{valid_until:%Y-%m-%d %H:%M}")
    lines = tx.write(_DUE, ids=wanted, patient_id=patient_id)
    if len(lines) != len(wanted) or all(line[9] != "PENDING" for line in lines):
        raise NothingToSettle
    for line in lines:
        if line[9] != "PENDING":
            raise WrongState(machine="charge_line", key=line[3], state=line[9])
        if line[10] != held_by:
            raise lines_held(tx, line[10])
    return lines


def lines_held(tx: ReadTx, settlement_id: int | None) -> LinesHeld:
    """The refusal that says who holds the lines."""
    holder = tx.first(_HOLDER, id=settlement_id)
    return LinesHeld(cashier=holder[0] if holder else "", settlement_id=settlement_id or 0)


def _waive(tx: Tx, sold: Sequence[Sold], tenders: Sequence[Tender]) -> None:
    """A waiver belongs to the lines, so that taking one of them back takes its share of the waiver back."""
    waived = sum(tender.amount_fen for tender in tenders if tender.kind is TenderKind.WAIVER)
    if waived:
        parts = share(waived, [line.amount_fen for line in sold])
        tx.write(_WAIVE, ids=[line.id for line in sold], fens=parts)


def _post_sale(tx: Tx, booked: _Booked, sold: Sequence[Sold]) -> None:
    postings: list[Posting] = [(f"tender:{tender.kind}", tender.amount_fen, None, payment) for tender, payment in booked.payments]
    postings += [(f"income:{line.category}", -line.amount_fen, line.id, None) for line in sold if line.amount_fen]
    if booked.rounding_fen:
        postings.append(("rounding", -booked.rounding_fen, None, None))
    post(tx, "SALE", booked.told.bill_id, booked.shift_id, None, postings)
