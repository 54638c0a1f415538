"""Registration 挂号: today's clinic sessions, a visit with its fee in one act, and taking it back before the consultation."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.domain.age import age_text
from common.domain.money import line_amount
from common.errors import AmountChanged, NotFound, TendersDoNotCover, WrongState
from common.i18n import N_
from common.messages.registration import (
    CancelVisit,
    GetSlip,
    Level,
    ListSessions,
    RegisterVisit,
    SessionFacts,
    SessionList,
    SlipFacts,
    VisitCancelled,
    VisitRegistered,
)
from common.registration_errors import AlreadyRegistered, NoSlotLeft
from common.wire import as_kind, encode
from server import money_book, numbers
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx
    from server.money_book import Paid

_SESSIONS: Final = Read(
    "SELECT s.id, s.date, s.period, s.starts, s.ends, s.department_id, d.name AS department, s.doctor_id, p.name AS doctor, p.title, s.room,"
    " s.level, s.capacity, s.capacity - s.taken AS left, (SELECT count(*) FROM visit v WHERE v.doctor_id = s.doctor_id AND v.date = s.date"
    " AND v.session_id = s.id AND v.state IN ('WAITING', 'CALLED', 'CHECKED_IN')) AS waiting,"
    " coalesce((SELECT sum(round(i.price * 100)) FROM clinic_session_fee f JOIN service_item i ON i.id = f.service_item_id"
    " WHERE f.session_id = s.id), 0)::bigint AS fee_fen"
    " FROM clinic_session s JOIN department d ON d.id = s.department_id JOIN staff p ON p.id = s.doctor_id"
    " WHERE s.date = %(date)s ORDER BY s.starts, d.code, s.level, p.name"
)


@handles(ListSessions)
def list_sessions(tx: ReadTx, request: ListSessions) -> SessionList:
    """The sessions of a day, today if none is named."""
    return SessionList(sessions=tx.structs(SessionFacts, _SESSIONS, date=request.date or tx.today))


_TAKE: Final = Write(
    "UPDATE clinic_session s SET taken = s.taken + 1 WHERE s.id = %(id)s AND s.taken < s.capacity AND s.date = %(today)s"
    " RETURNING s.department_id, s.doctor_id, s.room, s.level, s.starts, s.ends, s.queue_prefix"
)
_SESSION: Final = Read(
    "SELECT d.name, p.name, p.title, c.name, c.triage_desk, s.date FROM clinic_session s JOIN department d ON d.id = s.department_id"
    " JOIN staff p ON p.id = s.doctor_id LEFT JOIN clinic c ON c.id = 1 WHERE s.id = %(id)s"
)
_FEES: Final = Read(
    "SELECT i.code, i.name, i.unit, i.category, i.price, i.id FROM clinic_session_fee f JOIN service_item i ON i.id = f.service_item_id"
    " WHERE f.session_id = %(id)s ORDER BY i.code"
)
_PATIENT: Final = Write("UPDATE patient SET last_visit = %(today)s WHERE id = %(id)s RETURNING number, name, sex, birth_date")
_BEFORE: Final = Read(
    "SELECT (SELECT queue_number FROM visit WHERE patient_id = %(patient_id)s AND session_id = %(session_id)s AND state <> 'CANCELLED'),"
    " (SELECT count(*) FROM visit WHERE session_id = %(session_id)s AND state IN ('WAITING', 'CHECKED_IN'))"
)
_VISIT: Final = Write(
    "INSERT INTO visit (number, patient_id, session_id, department_id, doctor_id, date, queue_number, queue_order, state, registered_at,"
    " registered_by, waiting_since, slip) VALUES (%(number)s, %(patient_id)s, %(session_id)s, %(department_id)s, %(doctor_id)s, %(date)s,"
    " %(queue_number)s, %(queue_order)s, %(state)s, %(now)s, %(by)s, %(waiting_since)s, %(slip)s) RETURNING id"
)

#: How far numbers of one session lie apart, so that who is passed over finds a place between two of them.
_APART: Final = 1000


class _Taken(msgspec.Struct, frozen=True):
    """A number taken from a clinic session, with what its slip shows."""

    row: Row
    session: Row
    patient: Row
    waiting: int


@handles(RegisterVisit)
def register_visit(tx: Tx, request: RegisterVisit) -> VisitRegistered:
    """Take the number, settle the fee, and the patient waits."""
    taken = _take(tx, request)
    fees = tx.rows(_FEES, id=request.session_id)
    due = sum(line_amount(fee[4], Decimal(1)) for fee in fees)
    if due != request.expected_fee_fen:
        raise AmountChanged(shown_fen=request.expected_fee_fen, due_fen=due)
    visit_id, number, queue_number, state, slip = _enter_visit(tx, request, taken, due)
    paid = _settle_fee(tx, request, taken, visit_id, fees)
    tx.patient_id = request.patient_id
    for topic, id in (
        (topics.VISIT, visit_id),
        (topics.QUEUE, taken.row[1]),
        (topics.CLINIC_SESSION, request.session_id),
        (topics.PATIENT, request.patient_id),
    ):
        tx.changed(topic, id)
    return VisitRegistered(
        visit_id=visit_id,
        visit_number=number,
        queue_number=queue_number,
        state=state,
        slip=slip,
        receipt=paid.receipt if paid is not None else None,
    )


def _take(tx: Tx, request: RegisterVisit) -> _Taken:
    session = tx.one(_SESSION, NotFound(kind=N_("Clinic session"), key=str(request.session_id)), id=request.session_id)
    row = tx.write_one(_TAKE, id=request.session_id, today=tx.today)
    if row is None:
        raise NoSlotLeft(doctor=session[1])
    patient = tx.write_one(_PATIENT, id=request.patient_id, today=tx.today)
    if patient is None:
        raise NotFound(kind=N_("Patient"), key=str(request.patient_id))
    registered, waiting = tx.first(_BEFORE, patient_id=request.patient_id, session_id=request.session_id) or (None, 0)
    if registered is not None:
        raise AlreadyRegistered(patient=patient[1], number=registered)
    return _Taken(row, session, patient, waiting)


def _enter_visit(tx: Tx, request: RegisterVisit, taken: _Taken, due: int) -> tuple[int, str, str, str, SlipFacts]:
    department_id, doctor_id, room, level, starts, ends, prefix = taken.row
    number = numbers.dated(tx, "visit", tx.today)
    order = numbers.take(tx, "queue", f"session:{request.session_id}")
    state = "REGISTERED" if taken.session[4] else "WAITING"
    slip = SlipFacts(
        clinic=taken.session[3] or "",
        visit_number=number,
        queue_number=f"{prefix}{order:03d}",
        patient_number=taken.patient[0],
        patient_name=taken.patient[1],
        sex=taken.patient[2],
        age=age_text(taken.patient[3], tx.now),
        department=taken.session[0],
        doctor=taken.session[1],
        title=taken.session[2],
        level=Level(level),
        room=room,
        date=tx.today,
        starts=starts,
        ends=ends,
        waiting_before=taken.waiting,
        fee_fen=due,
        issued_at=tx.now,
        issued_by=tx.actor.name,
    )
    row = tx.write_one(
        _VISIT,
        number=number,
        patient_id=request.patient_id,
        session_id=request.session_id,
        department_id=department_id,
        doctor_id=doctor_id,
        date=tx.today,
        queue_number=slip.queue_number,
        queue_order=order * _APART,
        state=state,
        now=tx.now,
        by=tx.actor.staff,
        waiting_since=tx.now if state == "WAITING" else None,
        slip=Jsonb(slip, dumps=encode),
    )
    assert row is not None
    return row[0], number, slip.queue_number, state, slip


def _settle_fee(tx: Tx, request: RegisterVisit, taken: _Taken, visit_id: int, fees: list[Row]) -> Paid | None:
    if not fees:
        if request.tenders:
            raise TendersDoNotCover(due_fen=0, given_fen=sum(tender.amount_fen for tender in request.tenders))
        return None
    context = money_book.ChargeContext(patient_id=request.patient_id, visit_id=visit_id, department_id=taken.row[0], doctor_id=taken.row[1])
    charges = [
        money_book.NewCharge(
            source="registration",
            source_number=code,
            category=category,
            name=name,
            quantity=Decimal(1),
            unit=unit,
            unit_price=price,
            amount_fen=line_amount(price, Decimal(1)),
            service_item_id=item_id,
        )
        for code, name, unit, category, price, item_id in fees
    ]
    return money_book.settle_at_once(tx, context, charges, request.expected_fee_fen, request.tenders)


_CANCEL: Final = Write(
    "UPDATE visit SET state = 'CANCELLED', cancel_reason = %(reason)s WHERE id = %(id)s"
    " AND state IN ('UNPAID', 'REGISTERED', 'CHECKED_IN', 'WAITING', 'PASSED') RETURNING patient_id, session_id, doctor_id"
)
_LOCK_SESSION: Final = Write("SELECT s.id FROM clinic_session s JOIN visit v ON v.session_id = s.id WHERE v.id = %(id)s FOR UPDATE OF s")
_GIVE_BACK: Final = Write("UPDATE clinic_session SET taken = taken - 1 WHERE id = %(id)s")
_STATE: Final = Read("SELECT number, state FROM visit WHERE id = %(id)s")
_FEE_BILL: Final = Read(
    "SELECT DISTINCT bill_id FROM charge_line WHERE visit_id = %(id)s AND source = 'registration' AND state = 'SETTLED'"
)


@handles(CancelVisit)
def cancel_visit(tx: Tx, request: CancelVisit) -> VisitCancelled:
    """退号: the fee goes back by the way it was paid, and the place in the session is free. The queue number is not given again."""
    tx.write(_LOCK_SESSION, id=request.visit_id)
    row = tx.write_one(_CANCEL, id=request.visit_id, reason=request.reason)
    if row is None:
        number, state = tx.one(_STATE, NotFound(kind=N_("Visit"), key=str(request.visit_id)), id=request.visit_id)
        raise WrongState(machine="visit", key=number, state=state)
    patient_id, session_id, doctor_id = row
    tx.write(_GIVE_BACK, id=session_id)
    bill = tx.first(_FEE_BILL, id=request.visit_id)
    paid = money_book.refund_whole(tx, bill[0]) if bill is not None else None
    tx.patient_id = patient_id
    tx.detail = {"reason": request.reason}
    for topic, id in (
        (topics.VISIT, request.visit_id),
        (topics.QUEUE, doctor_id),
        (topics.CLINIC_SESSION, session_id),
        (topics.PATIENT, patient_id),
    ):
        tx.changed(topic, id)
    return VisitCancelled(
        visit_id=request.visit_id, refunded_fen=-paid.total_fen if paid else 0, refund=paid.receipt if paid is not None else None
    )


_SLIP: Final = Read("SELECT slip FROM visit WHERE id = %(id)s AND state <> 'CANCELLED'")


@handles(GetSlip)
def get_slip(tx: ReadTx, request: GetSlip) -> SlipFacts:
    """The slip as it was at issue."""
    row = tx.one(_SLIP, NotFound(kind=N_("Visit"), key=str(request.visit_id)), id=request.visit_id)
    return as_kind(row[0], SlipFacts)
