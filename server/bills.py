"""Bills as a person looks for them: found by number or patient, and opened with all that a refund or a question needs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.domain.refundable import BILL_TAKEN_BACK, binding_state, hindrance, refundable_quantity
from common.domain.refunds import Standing, part_of
from common.errors import NotFound
from common.i18n import N_
from common.messages.cashier import ReceiptFacts, TenderKind
from common.messages.settlement import BillFacts, BillHit, BillHits, BillLine, BillPayment, FindBills, GetBill
from server import money_book
from server.db import Read, letters, prefix
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Row

#: STANDS until its lines are taken back; then TAKEN_BACK, or REISSUED where a rest stands under another number.
_STATE: Final = (
    "CASE WHEN b.kind = 'REFUND' THEN 'REFUND' WHEN NOT EXISTS (SELECT FROM bill r WHERE r.reverses = b.id) THEN 'STANDS'"
    " WHEN EXISTS (SELECT FROM bill n WHERE n.reissues = b.id) THEN 'REISSUED' ELSE 'TAKEN_BACK' END"
)
_HIT: Final = (
    "SELECT b.id, b.number, coalesce((SELECT i.number FROM invoice i WHERE i.bill_id = b.id ORDER BY i.state = 'VOIDED', i.id DESC LIMIT 1), '')"
    " AS invoice_number, b.kind, b.business_date AS date, b.at, b.patient_id, p.number AS patient_number, p.name AS patient_name,"
    f" b.total_fen, s.name AS cashier, {_STATE} AS state FROM bill b JOIN patient p ON p.id = b.patient_id JOIN staff s ON s.id = b.cashier_id"
)
_NEWEST: Final = Read(f"{_HIT} ORDER BY b.id DESC LIMIT %(limit)s")
_OF_PATIENT: Final = Read(f"{_HIT} WHERE b.patient_id = %(patient_id)s ORDER BY b.id DESC LIMIT %(limit)s")
_BY_TEXT: Final = Read(
    f"{_HIT} WHERE b.id IN (SELECT id FROM bill WHERE number = %(low)s UNION SELECT bill_id FROM invoice WHERE number = %(low)s"
    " UNION SELECT x.id FROM patient q JOIN bill x ON x.patient_id = q.id WHERE q.number = %(low)s"
    " UNION SELECT x.id FROM patient q JOIN bill x ON x.patient_id = q.id WHERE q.name >= %(low)s AND q.name < %(high)s"
    " UNION SELECT x.id FROM patient_spelling k JOIN bill x ON x.patient_id = k.patient_id"
    " WHERE k.key >= %(letters_low)s AND k.key < %(letters_high)s)"
    " ORDER BY b.id DESC LIMIT %(limit)s"
)
_ONE: Final = Read(f"{_HIT} WHERE b.id = %(id)s")
#: The bills before and after: what a bill takes back or goes on with, and what takes it back or goes on with it.
_CHAIN: Final = Read(
    "WITH RECURSIVE linked AS (SELECT %(id)s::bigint AS id UNION SELECT n.id FROM linked l JOIN bill m ON m.id = l.id CROSS JOIN LATERAL"
    " (SELECT m.reverses AS id UNION ALL SELECT m.reissues UNION ALL SELECT r.id FROM bill r WHERE r.reverses = m.id"
    " UNION ALL SELECT r.id FROM bill r WHERE r.reissues = m.id) n WHERE n.id IS NOT NULL)"
    f" {_HIT} WHERE b.id IN (SELECT id FROM linked) AND b.id <> %(id)s ORDER BY b.id"
)
_LINES: Final = Read(
    "SELECT c.id, c.source, c.source_number, c.category, c.name, c.specification, c.quantity, c.refunded_quantity, c.unit,"
    " c.amount_fen, c.refunded_fen, c.waived_fen, c.prescription_id, r.state, coalesce(l.quantity, c.quantity), coalesce(l.returned + l.given_up, 0),"
    " (SELECT x.state FROM decoction x WHERE x.prescription_id = c.prescription_id AND x.state <> 'CANCELLED')"
    " FROM charge_line c LEFT JOIN prescription r ON r.id = c.prescription_id LEFT JOIN prescription_line l ON l.id = c.prescription_line_id"
    " WHERE c.bill_id = %(id)s AND c.quantity > c.refunded_quantity ORDER BY c.id"
)
_PAYMENTS: Final = Read("SELECT tender, amount_fen, state, reference FROM payment WHERE bill_id = %(id)s ORDER BY id")


@handles(FindBills)
def find_bills(tx: ReadTx, request: FindBills) -> BillHits:
    """Bills of a patient, or that a number or a name leads to; without either the newest of all."""
    wanted = {"limit": request.limit + 1}
    text = request.text.strip()
    if request.patient_id is not None:
        hits = tx.structs(BillHit, _OF_PATIENT, patient_id=request.patient_id, **wanted)
    elif text:
        hits = tx.structs(BillHit, _BY_TEXT, **prefix(text), **letters(text), **wanted)
    else:
        hits = tx.structs(BillHit, _NEWEST, **wanted)
    return BillHits(bills=hits[: request.limit], more=len(hits) > request.limit)


@handles(GetBill)
def get_bill(tx: ReadTx, request: GetBill) -> BillFacts:
    """One bill. Of one that stands, its lines as they are now; of another what its receipt says."""
    found = tx.structs(BillHit, _ONE, id=request.bill_id)
    if not found:
        raise NotFound(kind=N_("Bill"), key=str(request.bill_id))
    (bill,) = found
    receipt = money_book.standing_receipt(tx, bill.id)
    return BillFacts(
        bill=bill,
        lines=tuple(_line(row) for row in tx.rows(_LINES, id=bill.id)) if bill.state == "STANDS" else _as_issued(receipt),
        payments=tuple(
            BillPayment(tender=TenderKind(row[0]), amount_fen=row[1], state=row[2], reference=row[3])
            for row in tx.rows(_PAYMENTS, id=bill.id)
        ),
        chain=tx.structs(BillHit, _CHAIN, id=bill.id),
        receipt=receipt,
    )


def _line(row: Row) -> BillLine:
    """A line of a bill that stands. What was taken back before is on an earlier bill."""
    quantity, refunded, prescription_state = row[6], row[7], binding_state(row[1], row[13])
    standing = Standing(quantity - refunded, row[9] - row[10], row[11])
    prescribed, returned = row[14], row[15]
    left = refundable_quantity(prescribed, prescribed - standing.quantity, prescription_state, returned)
    hindered = hindrance(row[1], standing.quantity, prescription_state, left, row[16])
    left = Decimal(0) if hindered else left
    return BillLine(
        charge_line_id=row[0],
        source=row[1],
        source_number=row[2],
        category=row[3],
        name=row[4],
        specification=row[5],
        quantity=standing.quantity,
        unit=row[8],
        amount_fen=standing.amount_fen,
        left=left,
        left_fen=part_of(standing, left).amount_fen if left else 0,
        hindrance=hindered,
        prescription_id=row[12],
    )


def _as_issued(receipt: ReceiptFacts) -> tuple[BillLine, ...]:
    """The lines of a bill that does not stand any more. They have no charge line of their own: -1, -2 …"""
    return tuple(
        BillLine(
            charge_line_id=-place,
            source="",
            source_number="",
            category=line.category,
            name=line.name,
            specification=line.specification,
            quantity=line.quantity,
            unit=line.unit,
            amount_fen=line.amount_fen,
            left=Decimal(0),
            left_fen=0,
            hindrance=BILL_TAKEN_BACK,
        )
        for place, line in enumerate(receipt.lines, 1)
    )
