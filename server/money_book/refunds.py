"""Taking a bill back: the exact mirror of its sale, and after a partial refund a new bill over the rest (DOMAIN.md §5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from common import topics
from common.domain.refunds import Kept, Part, Standing, part_of
from common.domain.sharing import share
from common.messages.cashier import INSURANCE, InsuranceShare, Tender, TenderKind
from common.wire import encode
from server import numbers
from server.db import Read, Write
from server.money_book import accounts
from server.money_book.entries import (
    PAYMENT,
    Entered,
    Head,
    Origin,
    Paid,
    Posting,
    Sold,
    Told,
    enter_bill,
    open_shift,
    post,
    receipt_of,
)
from server.money_book.invoices import INVOICE
from server.money_book.sales import Due, Sale, sell_rest
from server.money_book.standing import Line, Old, lock_sale, parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.db import Tx

_SALE_OPERATION: Final = Read("SELECT id FROM ledger_operation WHERE bill_id = %(bill_id)s AND kind = 'SALE'")

_SALE_POSTINGS: Final = Read(
    "SELECT account, amount_fen, charge_line_id, payment_id FROM ledger_posting WHERE operation_id = %(operation_id)s ORDER BY id"
)

_TAKE_BACK: Final = Write(
    "UPDATE charge_line c SET refunded_fen = c.refunded_fen + p.fen, refunded_quantity = c.refunded_quantity + p.quantity,"
    " waived_fen = c.waived_fen - p.waived, settlement_id = NULL,"
    " state = CASE WHEN c.refunded_quantity + p.quantity = c.quantity THEN 'REFUNDED' ELSE 'PART_REFUNDED' END"
    " FROM unnest(%(ids)s::bigint[], %(fens)s::bigint[], %(quantities)s::numeric[], %(waived)s::bigint[]) AS p(id, fen, quantity, waived)"
    " WHERE c.id = p.id"
)

_WAIVED_NOW: Final = Write(
    "UPDATE charge_line SET waived_fen = w.fen FROM unnest(%(ids)s::bigint[], %(fens)s::bigint[]) AS w(id, fen) WHERE charge_line.id = w.id"
)

_REFUND_PAYMENTS: Final = Write(
    "UPDATE payment SET state = 'REFUNDED' WHERE bill_id = %(bill_id)s AND state IN ('PAID', 'REFUNDING', 'UNKNOWN')"
)

_REVERSE_INVOICE: Final = Write(
    "UPDATE invoice SET state = 'REVERSED' WHERE bill_id = %(bill_id)s AND state IN ('USED', 'REPRINTED') RETURNING id, number"
)

_CHARGE_AGAIN: Final = Write(
    "INSERT INTO charge_line (patient_id, visit_id, source, prescription_id, prescription_line_id, source_number, category, name,"
    " specification, quantity, unit, unit_price, amount_fen, refunded_fen, service_item_id, entered_by, department_id, doctor_id, state,"
    " created_at) SELECT c.patient_id, c.visit_id, c.source, c.prescription_id, c.prescription_line_id, c.source_number, c.category, c.name,"
    " c.specification, k.quantity, c.unit, c.unit_price, k.amount_fen, 0, c.service_item_id, c.entered_by, c.department_id, c.doctor_id,"
    " 'PENDING', %(at)s FROM jsonb_to_recordset(%(lines)s) AS k(id bigint, quantity numeric, amount_fen bigint) JOIN charge_line c ON c.id = k.id"
)

#: What is to be paid again keeps its stock, and is valid for today at least.
_TO_PAY_AGAIN: Final = Write(
    "UPDATE prescription SET state = 'APPROVED', valid_until = greatest(valid_until, %(until)s) WHERE id = ANY(%(ids)s) AND state = 'PAID'"
    " RETURNING id"
)

_GIVE_UP_PRESCRIPTIONS: Final = Write(
    "UPDATE prescription SET state = 'VOIDED', void_reason = %(reason)s WHERE id = ANY(%(ids)s) AND state = 'PAID' RETURNING id"
)


class Rest(NamedTuple):
    """How what the patient keeps is paid: by the payments that go on, and what the insurance paid anew."""

    kept: Kept
    insured: Sequence[Entered] = ()
    insurance: InsuranceShare | None = None
    #: What stays waived, where that is another amount than the lines had.
    waived_fen: int | None = None


class TakenBack(NamedTuple):
    """A refund that was booked. ``prescriptions`` are void by it; ``due_again_fen`` stands open again."""

    refund: Paid
    rest: Paid | None
    prescriptions: list[int]
    back: dict[TenderKind, int]
    due_again_fen: int = 0


def refund_whole(tx: Tx, bill_id: int) -> Paid:
    """Take back a whole bill: the exact mirror of its sale, by the same tenders. Raises ``NothingToSettle`` when it was taken back before."""
    old = lock_sale(tx, bill_id)
    everything = parts(old, dict.fromkeys((line.id for line in old.lines), None))
    return take_back(tx, old, everything, None, Origin()).refund


def take_back(
    tx: Tx, old: Old, back: Mapping[int, Part], rest: Rest | None, origin: Origin, *, unwanted: Mapping[int, Part] | None = None
) -> TakenBack:
    """Book a refund: the whole bill in mirror, then the rest anew (``rest`` is needed when anything is kept). ``unwanted``: what the patient
    gives back, where more than that is taken back.

    Paying back through channels and the insurance has been done before, by the settlement that calls this.
    """
    shift_id = open_shift(tx)
    refund_id, number, invoice_number = numbers.for_bill(tx, tx.today)
    invoice_id, reversed_number = tx.write_one(_REVERSE_INVOICE, bill_id=old.head.bill_id) or (None, "")
    head = Head(refund_id, number, invoice_number, old.head.patient_id, old.head.visit_id)
    sold = [Sold(id=line.id, amount_fen=line.standing.amount_fen, category=line.category, shown=_shown(line)) for line in old.lines]
    tenders = [
        Tender(kind=TenderKind(kind), amount_fen=amount, reference=reference, account_id=account)
        for _, kind, amount, reference, account in old.payments
    ]
    told = Told(rounding_fen=old.rounding_fen, refund_of=old.head.number, refund_of_invoice=reversed_number)
    receipt = receipt_of(tx, head, sold, tenders, told)
    enter_bill(tx, head, "REFUND", shift_id, receipt, origin._replace(reverses=old.head.bill_id))
    mirrored = _mirror_payments(tx, old, head, shift_id, tenders)
    _mirror_postings(tx, old.head.bill_id, refund_id, shift_id, mirrored)
    _red_invoice(tx, old, head, invoice_id)
    _take_lines_back(tx, back)
    for topic, id in (
        (topics.BILL, old.head.bill_id),
        (topics.BILL, refund_id),
        (topics.CHARGE, head.patient_id),
        (topics.SHIFT, shift_id),
    ):
        tx.changed(topic, id)
    paid = Paid(
        bill_id=refund_id,
        bill_number=number,
        invoice_number=invoice_number,
        total_fen=receipt.total_fen,
        change_fen=0,
        receipt=receipt,
    )
    again = _bill_rest(tx, old, back, rest, origin, reversed_number) if rest is not None else None
    prescriptions = _give_up_prescriptions(tx, old, back if unwanted is None else unwanted, origin)
    return TakenBack(paid, again, prescriptions, net(old, rest))


def take_back_and_charge_again(tx: Tx, old: Old, back: Mapping[int, Part], origin: Origin) -> TakenBack:
    """Take the whole bill back, and let what the patient keeps stand open again: the insurance would not settle it anew."""
    everything = {line.id: part_of(line.standing, None) for line in old.lines}
    taken = take_back(tx, old, everything, None, origin, unwanted=back)
    kept_prescriptions = {line.prescription_id for line in old.lines if line.prescription_id is not None and line.id not in back}
    for (prescription_id,) in tx.write(_TO_PAY_AGAIN, ids=sorted(kept_prescriptions), until=tx.now.replace(hour=23, minute=59, second=59)):
        tx.changed(topics.PRESCRIPTION, prescription_id)
    keeping = [
        {"id": line.id, "quantity": left.quantity, "amount_fen": left.amount_fen}
        for line in old.lines
        if (left := _left(line, back.get(line.id))).quantity
    ]
    tx.write(_CHARGE_AGAIN, lines=Jsonb(keeping, dumps=encode), at=tx.now)
    return taken._replace(due_again_fen=sum(int(str(line["amount_fen"])) for line in keeping))


def _shown(line: Line) -> tuple[Any, ...]:
    name, specification, _, unit = line.shown
    return name, specification, line.standing.quantity, unit


def _bill_rest(tx: Tx, old: Old, back: Mapping[int, Part], rest: Rest, origin: Origin, invoice_number: str) -> Paid:
    """A new bill over what the patient keeps, paid by what paid for it before."""
    kept = [(line, _left(line, back.get(line.id))) for line in old.lines]
    sold = [
        Sold(id=line.id, amount_fen=left.amount_fen, category=line.category, shown=(*line.shown[:2], left.quantity, line.shown[3]))
        for line, left in kept
        if left.quantity
    ]
    by_line = [left.waived_fen for _, left in kept if left.quantity]
    waived = sum(by_line) if rest.waived_fen is None else rest.waived_fen
    if waived != sum(by_line):
        parts = share(waived, by_line)
        tx.write(_WAIVED_NOW, ids=[line.id for line in sold], fens=parts)
    entered = [*rest.insured]
    for payment_id, kind, amount, reference, account in old.payments:
        if TenderKind(kind) is TenderKind.WAIVER:
            amount = waived
        elif TenderKind(kind) in INSURANCE:
            continue
        else:
            amount = rest.kept.by_payment[payment_id]
        if amount:
            tender = Tender(kind=TenderKind(kind), amount_fen=amount, reference=reference, account_id=account)
            entered.append(Entered(tender, carries=payment_id))
    if rest.kept.more_fen:
        entered.append(Entered(Tender(kind=TenderKind.CASH, amount_fen=rest.kept.more_fen)))
    due = Due(old.head.patient_id, old.head.visit_id, sold, [])
    sale = Sale(
        entered,
        rounding_fen=rest.kept.rounding_fen,
        insurance=rest.insurance,
        origin=origin._replace(reissues=old.head.bill_id),
        rest_of=old.head.number,
        rest_of_invoice=invoice_number,
    )
    return sell_rest(tx, due, sale)


def _left(line: Line, back: Part | None) -> Standing:
    if back is None:
        return line.standing
    standing = line.standing
    return Standing(standing.quantity - back.quantity, standing.amount_fen - back.amount_fen, standing.waived_fen - back.waived_fen)


def net(old: Old, rest: Rest | None) -> dict[TenderKind, int]:
    """What the patient gets back, by tender; negative where he has to add something."""
    net: dict[TenderKind, int] = {}
    for payment in old.paid():
        kept = rest.kept.by_payment[payment.id] if rest is not None else 0
        net[payment.kind] = net.get(payment.kind, 0) + payment.amount_fen - kept
    if rest is not None and rest.kept.more_fen:
        net[TenderKind.CASH] = net.get(TenderKind.CASH, 0) - rest.kept.more_fen
    return {kind: fen for kind, fen in net.items() if fen}


def _take_lines_back(tx: Tx, back: Mapping[int, Part]) -> None:
    tx.write(
        _TAKE_BACK,
        ids=list(back),
        fens=[part.amount_fen for part in back.values()],
        quantities=[part.quantity for part in back.values()],
        waived=[part.waived_fen for part in back.values()],
    )


def _give_up_prescriptions(tx: Tx, old: Old, back: Mapping[int, Part], origin: Origin) -> list[int]:
    """A prescription that was paid, taken back whole and never handed out is void; its stock is the caller's to release."""
    whole = {line.prescription_id for line in old.lines if line.prescription_id is not None and line.id in back}
    rows = tx.write(_GIVE_UP_PRESCRIPTIONS, ids=sorted(whole), reason=origin.reason or "refund") if whole else []
    for (prescription_id,) in rows:
        tx.changed(topics.PRESCRIPTION, prescription_id)
    return [row[0] for row in rows]


def _mirror_payments(tx: Tx, old: Old, head: Head, shift_id: int, tenders: Sequence[Tender]) -> dict[int, int]:
    """Pay each payment back by its own way; gives back original → mirror ids."""
    mirrored: dict[int, int] = {}
    for row, tender in zip(old.payments, tenders, strict=True):
        accounts.give_back(tx, head, shift_id, tender)
        mirror = tx.write_one(
            PAYMENT,
            bill_id=head.bill_id,
            shift_id=shift_id,
            tender=tender.kind,
            amount_fen=-tender.amount_fen,
            given_fen=0,
            change_fen=0,
            reference=tender.reference,
            credit_account_id=tender.account_id or None,
            reverses=row[0],
            carries=None,
            at=tx.now,
        )
        assert mirror is not None
        mirrored[row[0]] = mirror[0]
    tx.write(_REFUND_PAYMENTS, bill_id=old.head.bill_id)
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


def _red_invoice(tx: Tx, old: Old, head: Head, reverses: int | None) -> None:
    """A red invoice, linked to the one that it takes back."""
    tx.write(
        INVOICE,
        number=head.invoice_number,
        bill_id=head.bill_id,
        amount_fen=-old.total_fen,
        at=tx.now,
        staff_id=tx.actor.staff,
        reverses=reverses,
    )
