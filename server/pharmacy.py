"""Pharmacy 药房: review before payment, and the queue of paid prescriptions."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common import topics
from common.messages.pharmacy import (
    ApprovePrescription,
    ListToDispense,
    ListToReview,
    PharmacyEntry,
    PharmacyList,
    RejectPrescription,
)
from common.prescribing_errors import PrescriptionExpired
from common.wire import Done, encode
from server import money_book, prescribing, prices
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from server.db import ReadTx, Row, Tx

# --- worklists ---------------------------------------------------------------------------------------------------------------------

_ENTRY: Final = (
    "SELECT p.id AS prescription_id, p.number, p.kind, p.state, p.patient_id, p.issued->>'patient_name' AS patient_name,"
    " p.issued->>'patient_number' AS patient_number, p.issued->>'visit_number' AS visit_number,"
    " p.issued->>'sex' AS sex, p.issued->>'age' AS age, p.issued->>'department' AS department, p.issued->>'doctor' AS doctor,"
    " (SELECT count(*) FROM prescription_line l WHERE l.prescription_id = p.id) AS lines, p.amount_fen,"
)
_TO_REVIEW: Final = Read(
    f"{_ENTRY} p.signed_at AS since FROM prescription p WHERE p.state = 'SUBMITTED' ORDER BY p.signed_at, p.id LIMIT 300"
)
#: Today's first, longest waiting first; behind them what nobody came for on earlier days, latest first, so that it never crowds today's out.
_TO_DISPENSE: Final = Read(
    f"{_ENTRY} coalesce(p.paid_at, p.signed_at) AS since, w.id AS window_id, coalesce(w.name, '') AS window, coalesce(c.called, 0) AS called,"
    " coalesce(c.passed, false) AS passed FROM prescription p LEFT JOIN window_queue q ON q.prescription_id = p.id"
    " LEFT JOIN pharmacy_window w ON w.id = q.window_id AND w.open"
    " LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE k.act = 'CALL') AS called, (array_agg(k.act ORDER BY k.id DESC))[1] = 'PASS' AS passed"
    " FROM pharmacy_call k WHERE k.prescription_id = p.id AND k.at >= p.picked_at) c ON true WHERE p.state IN ('PAID', 'PICKED')"
    " ORDER BY coalesce(p.paid_at, p.signed_at) < %(today)s, abs(extract(epoch FROM coalesce(p.paid_at, p.signed_at) - %(today)s)), p.id LIMIT 500"
)


@handles(ListToReview)
def list_to_review(tx: ReadTx, request: ListToReview) -> PharmacyList:
    """What waits for review, longest first."""
    return PharmacyList(entries=tx.structs(PharmacyEntry, _TO_REVIEW))


@handles(ListToDispense)
def list_to_dispense(tx: ReadTx, request: ListToDispense) -> PharmacyList:
    """What is paid and not handed over: today's longest waiting first, then what was left on earlier days."""
    today = datetime.combine(tx.today, time(), tx.now.tzinfo)
    return PharmacyList(entries=tx.structs(PharmacyEntry, _TO_DISPENSE, today=today))


# --- review ------------------------------------------------------------------------------------------------------------------------

_APPROVE: Final = Write(
    "UPDATE prescription SET state = 'APPROVED', reviewer_id = %(by)s, reviewed_at = %(now)s WHERE id = %(id)s"
    " RETURNING number, visit_id, department_id, doctor_id, valid_until"
)
_REJECT: Final = Write(
    "UPDATE prescription SET state = 'REJECTED', reviewer_id = %(by)s, reviewed_at = %(now)s, rejection = %(rejection)s WHERE id = %(id)s"
)
_LINES: Final = Read(
    "SELECT id, category, name, specification, quantity, unit, unit_price, amount_fen FROM prescription_line"
    " WHERE prescription_id = %(id)s ORDER BY line_no"
)
_VALID_UNTIL: Final = Read("SELECT valid_until FROM prescription WHERE id = %(id)s")


@handles(ApprovePrescription, keeps_refusals=True)
def approve_prescription(tx: Tx, request: ApprovePrescription) -> PrescriptionFacts | PrescriptionExpired:
    """Pass the review: from now on the patient owes for it. One past its validity expires instead, and its stock is free."""
    row = prescribing.lock(tx, request.prescription_id, "SUBMITTED")
    expired = _expired(tx, request.prescription_id, row[0], row[3])
    if expired is not None:
        return expired
    approved = tx.write_one(_APPROVE, id=request.prescription_id, by=tx.actor.staff, now=tx.now)
    assert approved is not None
    context = money_book.ChargeContext(patient_id=row[3], visit_id=approved[1], department_id=approved[2], doctor_id=approved[3])
    money_book.charge(
        tx, context, [_charge(line, approved[0], request.prescription_id) for line in tx.rows(_LINES, id=request.prescription_id)]
    )
    prices.charge_surcharges(tx, context, request.prescription_id, approved[0])
    tx.patient_id = row[3]
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return prescribing.one(tx, request.prescription_id)


def _charge(line: Row, number: str, prescription_id: int) -> money_book.NewCharge:
    return money_book.NewCharge(
        source="prescription",
        source_number=number,
        prescription_id=prescription_id,
        prescription_line_id=line[0],
        category=line[1],
        name=line[2],
        specification=line[3],
        quantity=line[4],
        unit=line[5],
        unit_price=line[6],
        amount_fen=line[7],
    )


def _expired(tx: Tx, prescription_id: int, number: str, patient_id: int) -> PrescriptionExpired | None:
    row = tx.first(_VALID_UNTIL, id=prescription_id)
    assert row is not None
    if row[0] >= tx.now:
        return None
    prescribing.expire(tx, prescription_id, patient_id)
    return PrescriptionExpired(number=number, valid_until=f"{row[0]:%Y-%m-%d %H:%M}")


@handles(RejectPrescription)
def reject_prescription(tx: Tx, request: RejectPrescription) -> Done:
    """Send it back with reasons. Its stock stays held, since the doctor edits and signs again."""
    row = prescribing.lock(tx, request.prescription_id, "SUBMITTED")
    rejection = {"reasons": [str(reason) for reason in request.reasons], "note": request.note}
    tx.write(_REJECT, id=request.prescription_id, by=tx.actor.staff, now=tx.now, rejection=Jsonb(rejection, dumps=encode))
    tx.patient_id = row[3]
    tx.detail = rejection
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return Done()
