"""What every act of money is made of: the shift it falls into, bill, payments, invoice, ledger postings, receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from common.messages.cashier import InsuranceShare, ReceiptFacts, ReceiptLine, Tender, TenderKind
from common.wire import encode
from server.db import Read, Write
from server.money_book import accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Tx


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """A charge line as a bill needs it. ``shown`` is what the receipt says: name, specification, quantity, unit."""

    id: int
    amount_fen: int
    category: str
    shown: tuple[Any, ...]


class Entered(NamedTuple):
    """A payment of a bill: what was tendered, and its row if a settlement entered it before the bill was booked."""

    tender: Tender
    payment_id: int | None = None
    carries: int | None = None


class Head(NamedTuple):
    """What identifies a bill."""

    bill_id: int
    number: str
    invoice_number: str
    patient_id: int
    visit_id: int | None


#: account, amount in fen, charge line, payment
Posting = tuple[str, int, int | None, int | None]


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement that was booked."""

    bill_id: int
    bill_number: str
    invoice_number: str
    total_fen: int
    change_fen: int
    receipt: ReceiptFacts


_OPEN_SHIFT: Final = Write(
    "WITH found AS (SELECT id FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED' FOR SHARE),"
    " opened AS (INSERT INTO shift (cashier_id, opened_at, float_fen, state) SELECT %(cashier_id)s, %(at)s, 0, 'OPENED'"
    " WHERE NOT EXISTS (SELECT FROM found) ON CONFLICT (cashier_id) WHERE state = 'OPENED' DO NOTHING RETURNING id)"
    " SELECT id FROM found UNION ALL SELECT id FROM opened"
)

_SHIFT: Final = Write("SELECT id FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED' FOR SHARE")
_SHIFT_ALONE: Final = Write("SELECT id FROM shift WHERE cashier_id = %(cashier_id)s AND state = 'OPENED' FOR NO KEY UPDATE")
_NEW_SHIFT: Final = Write(
    "INSERT INTO shift (cashier_id, opened_at, float_fen, state) VALUES (%(cashier_id)s, %(at)s, 0, 'OPENED')"
    " ON CONFLICT (cashier_id) WHERE state = 'OPENED' DO NOTHING RETURNING id"
)

_BILL: Final = Write(
    "INSERT INTO bill (id, number, kind, patient_id, visit_id, total_fen, rounding_fen, cashier_id, shift_id, business_date, at, reverses,"
    " reissues, approved_by, reason, receipt) VALUES (%(id)s, %(number)s, %(kind)s, %(patient_id)s, %(visit_id)s, %(total_fen)s,"
    " %(rounding_fen)s, %(cashier_id)s, %(shift_id)s, %(business_date)s, %(at)s, %(reverses)s, %(reissues)s, %(approved_by)s, %(reason)s,"
    " %(receipt)s)"
)

PAYMENT: Final = Write(
    "INSERT INTO payment (bill_id, shift_id, tender, amount_fen, given_fen, change_fen, reference, credit_account_id, state, reverses, carries,"
    " at) VALUES (%(bill_id)s, %(shift_id)s, %(tender)s, %(amount_fen)s, %(given_fen)s, %(change_fen)s, %(reference)s, %(credit_account_id)s,"
    " 'PAID', %(reverses)s, %(carries)s, %(at)s) RETURNING id"
)

#: A payment that a settlement entered, and that somebody outside has carried out, is booked with its bill.
_BOOK_PAYMENT: Final = Write(
    "UPDATE payment SET bill_id = %(bill_id)s, shift_id = %(shift_id)s WHERE id = %(id)s AND state = 'PAID' RETURNING id"
)

#: An operation and its postings go in together, so that it can be seen balanced or not at all.
_POST: Final = Write(
    "WITH o AS (INSERT INTO ledger_operation (kind, at, business_date, staff_id, bill_id, shift_id, request_id, reverses)"
    " VALUES (%(kind)s, %(at)s, %(business_date)s, %(staff_id)s, %(bill_id)s, %(shift_id)s, %(request_id)s, %(reverses)s) RETURNING id)"
    " INSERT INTO ledger_posting (operation_id, account, amount_fen, charge_line_id, payment_id)"
    " SELECT o.id, p.* FROM o, unnest(%(accounts)s::text[], %(amounts)s::bigint[], %(lines)s::bigint[], %(payments)s::bigint[]) AS p"
)

_WHO: Final = Read(
    "SELECT p.number, p.name, p.sex, v.number, c.name FROM patient p LEFT JOIN visit v ON v.id = %(visit_id)s"
    " LEFT JOIN clinic c ON c.id = 1 WHERE p.id = %(patient_id)s"
)


def open_shift(tx: Tx) -> int:
    """The actor's open shift; the first money of a shift opens it, with an empty drawer, until the cashier counts a float in."""
    row = tx.write_one(_OPEN_SHIFT, cashier_id=tx.actor.staff, at=tx.now) or tx.write_one(_SHIFT, cashier_id=tx.actor.staff)
    assert row is not None
    return int(row[0])


def open_shift_alone(tx: Tx) -> int:
    """As ``open_shift``, for a step that changes the shift: held alone from the start, since two that share it would wait for each other."""
    row = (
        tx.write_one(_SHIFT_ALONE, cashier_id=tx.actor.staff)
        or tx.write_one(_NEW_SHIFT, cashier_id=tx.actor.staff, at=tx.now)
        or tx.write_one(_SHIFT_ALONE, cashier_id=tx.actor.staff)
    )
    assert row is not None
    return int(row[0])


class Origin(NamedTuple):
    """Where a bill comes from, if not from the counter alone: the bill it takes back or goes on with, who agreed, and why."""

    reverses: int | None = None
    reissues: int | None = None
    approved_by: int | None = None
    reason: str = ""


AT_THE_COUNTER: Final = Origin()


def enter_bill(tx: Tx, head: Head, kind: str, shift_id: int, receipt: ReceiptFacts, origin: Origin = AT_THE_COUNTER) -> None:
    """Enter a bill of ``kind`` SALE or REFUND, with the receipt that it will always show."""
    tx.write(
        _BILL,
        id=head.bill_id,
        number=head.number,
        kind=kind,
        patient_id=head.patient_id,
        visit_id=head.visit_id,
        total_fen=receipt.total_fen,
        rounding_fen=receipt.rounding_fen,
        cashier_id=tx.actor.staff,
        shift_id=shift_id,
        business_date=tx.today,
        at=tx.now,
        reverses=origin.reverses,
        reissues=origin.reissues,
        approved_by=origin.approved_by,
        reason=origin.reason,
        receipt=Jsonb(receipt, dumps=encode),
    )


def enter_payment(tx: Tx, head: Head, shift_id: int, entered: Entered) -> int:
    """Enter one tender of a bill, with what was handed over and given back where it is cash; its id.

    Deposit and credit are taken from the patient's or the company's account in the same step.
    """
    if entered.payment_id is not None:
        row = tx.write_one(_BOOK_PAYMENT, bill_id=head.bill_id, shift_id=shift_id, id=entered.payment_id)
        assert row is not None, "a payment is booked only when it is paid"
        return entered.payment_id
    tender = entered.tender
    account_id = accounts.spend(tx, head, shift_id, tender, again=entered.carries is not None)
    row = tx.write_one(
        PAYMENT,
        bill_id=head.bill_id,
        shift_id=shift_id,
        tender=tender.kind,
        amount_fen=tender.amount_fen,
        given_fen=tender.given_fen if tender.kind is TenderKind.CASH else 0,
        change_fen=max(tender.given_fen - tender.amount_fen, 0) if tender.kind is TenderKind.CASH else 0,
        reference=tender.reference,
        credit_account_id=account_id,
        reverses=None,
        carries=entered.carries,
        at=tx.now,
    )
    assert row is not None
    return int(row[0])


def post(tx: Tx, kind: str, bill_id: int | None, shift_id: int | None, reverses: int | None, postings: Sequence[Posting]) -> None:
    """One balanced ledger operation. The database refuses an unbalanced one."""
    if not postings:  # a bill over nothing (a free revisit) moves no money
        return
    accounts, amounts, lines, payments = (list(column) for column in zip(*postings, strict=True))
    tx.write(
        _POST,
        kind=kind,
        at=tx.now,
        business_date=tx.today,
        staff_id=tx.actor.staff,
        bill_id=bill_id,
        shift_id=shift_id,
        request_id=tx.request_id,
        reverses=reverses,
        accounts=accounts,
        amounts=amounts,
        lines=lines,
        payments=payments,
    )


class Told(NamedTuple):
    """What a receipt says besides lines and tenders. ``refund_of``, ``rest_of``: numbers of the bills that it takes back or goes on with, and
    of their invoices."""

    change_fen: int = 0
    rounding_fen: int = 0
    refund_of: str = ""
    refund_of_invoice: str = ""
    rest_of: str = ""
    rest_of_invoice: str = ""
    insurance: InsuranceShare | None = None
    deposit_left_fen: int | None = None


def receipt_of(tx: Tx, head: Head, sold: Sequence[Sold], tenders: Sequence[Tender], told: Told) -> ReceiptFacts:
    """What the paper says, now and whenever it is printed again. Of a refund all amounts are negative, but those of the tenders."""
    who = tx.first(_WHO, patient_id=head.patient_id, visit_id=head.visit_id)
    assert who is not None
    sign = -1 if told.refund_of else 1
    rounding = told.rounding_fen * sign
    return ReceiptFacts(
        clinic=who[4] or "",
        bill_id=head.bill_id,
        bill_number=head.number,
        invoice_number=head.invoice_number,
        patient_number=who[0],
        patient_name=who[1],
        sex=who[2],
        visit_number=who[3] or "",
        date=tx.today,
        issued_at=tx.now,
        cashier=tx.actor.name,
        lines=tuple(_receipt_line(line, sign) for line in sold),
        total_fen=sum(line.amount_fen for line in sold) * sign + rounding,
        tenders=tuple(msgspec.structs.replace(tender, code="") for tender in tenders),
        change_fen=told.change_fen,
        refund_of=told.refund_of,
        refund_of_invoice=told.refund_of_invoice,
        rounding_fen=rounding,
        rest_of=told.rest_of,
        rest_of_invoice=told.rest_of_invoice,
        insurance=told.insurance,
        deposit_left_fen=told.deposit_left_fen,
    )


def _receipt_line(line: Sold, sign: int) -> ReceiptLine:
    name, specification, quantity, unit = line.shown
    return ReceiptLine(
        category=line.category,
        name=name,
        specification=specification,
        quantity=quantity * sign,
        unit=unit,
        amount_fen=line.amount_fen * sign,
    )
