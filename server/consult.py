"""Doctor's station: the queue and calling, the record and its versions, finishing a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.domain.age import age_text
from common.errors import NotFound, NotPermitted, WrongState
from common.i18n import N_
from common.messages.consult import (
    CallNext,
    CallVisit,
    Diagnosis,
    Encounter,
    FinishVisit,
    GetEncounter,
    GetQueue,
    HoldVisit,
    PassVisit,
    Queue,
    QueueEntry,
    RecordSaved,
    RecordText,
    SaveRecord,
    StartConsult,
)
from common.permissions import Permission
from common.wire import Done, as_kind
from server import prescribing, records
from server.db import Read, Write
from server.features import handles
from server.insurance_desk import entering
from server.patients import summary

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

# --- the queue ---------------------------------------------------------------------------------------------------------------------

#: After so many others a patient who was passed over is called again (DOMAIN.md §8).
_PASSED_BEHIND: Final = 3

_ENTRY: Final = (
    "SELECT v.id AS visit_id, v.number AS visit_number, v.queue_number, v.patient_id, p.name AS patient_name, p.sex, p.birth_date, v.state,"
    " s.level, d.name AS department, s.room, coalesce(v.waiting_since, v.registered_at) AS waiting_since, v.called_at"
    " FROM visit v JOIN patient p ON p.id = v.patient_id JOIN clinic_session s ON s.id = v.session_id JOIN department d ON d.id = v.department_id"
)
_QUEUE: Final = Read(
    f"{_ENTRY} WHERE v.doctor_id = %(doctor_id)s AND v.date = %(today)s AND v.state <> 'CANCELLED'"
    " ORDER BY s.level = 'emergency' DESC, s.starts, v.queue_order, v.id"
)
_ONE: Final = Read(f"{_ENTRY} WHERE v.id = %(id)s")
_NEXT: Final = Write(
    "SELECT v.id FROM visit v JOIN clinic_session s ON s.id = v.session_id WHERE v.doctor_id = %(doctor_id)s AND v.date = %(today)s"
    " AND v.state = 'WAITING' ORDER BY s.level = 'emergency' DESC, s.starts, v.queue_order, v.id LIMIT 1 FOR UPDATE OF v SKIP LOCKED"
)
_LOCK: Final = Write("SELECT number, state, doctor_id, patient_id, date FROM visit WHERE id = %(id)s FOR UPDATE")
_CALL: Final = Write("UPDATE visit SET state = 'CALLED', called_at = %(now)s WHERE id = %(id)s")
_CALL_AGAIN: Final = Write("UPDATE visit SET called_at = %(now)s WHERE id = %(id)s")
_PASS: Final = Write("UPDATE visit SET state = 'PASSED' WHERE id = %(id)s")
_LOCK_SESSION: Final = Write("SELECT s.id FROM clinic_session s JOIN visit v ON v.session_id = s.id WHERE v.id = %(id)s FOR UPDATE OF s")
#: Behind the last of the next few, and behind whoever was put there before: numbers are a thousand places apart (server.registration).
_WAIT_AGAIN: Final = Write(
    "WITH mine AS (SELECT session_id FROM visit WHERE id = %(id)s), last AS (SELECT max(o) AS place FROM (SELECT w.queue_order AS o"
    " FROM visit w JOIN mine USING (session_id) WHERE w.state = 'WAITING' ORDER BY w.queue_order LIMIT %(behind)s) x)"
    " UPDATE visit v SET state = 'WAITING', waiting_since = %(now)s, queue_order = coalesce((SELECT max(w.queue_order) + 1 FROM visit w"
    " JOIN mine USING (session_id), last WHERE w.queue_order BETWEEN last.place AND (last.place / 1000 + 1) * 1000 - 1), v.queue_order)"
    " WHERE v.id = %(id)s"
)


def _entries(tx: ReadTx, statement: Read, **parameters: Any) -> tuple[QueueEntry, ...]:
    cursor = tx._execute(statement, parameters)
    names = [column.name for column in cursor.description or ()]
    found = []
    for row in cursor.fetchall():
        fields = dict(zip(names, row, strict=True))
        found.append(QueueEntry(age=age_text(fields["birth_date"], tx.now), **fields))
    return tuple(found)


@handles(GetQueue)
def get_queue(tx: ReadTx, request: GetQueue) -> Queue:
    """One's own queue; a nurse may see any doctor's."""
    doctor = request.doctor_id or tx.actor.staff
    if doctor != tx.actor.staff and Permission.QUEUE_CALL not in tx.actor.permissions:
        raise NotPermitted(permission=Permission.QUEUE_CALL)
    return Queue(entries=_entries(tx, _QUEUE, doctor_id=doctor, today=tx.today))


def _entry(tx: ReadTx, visit_id: int) -> QueueEntry:
    found = _entries(tx, _ONE, id=visit_id)
    if not found:
        raise NotFound(kind=N_("Visit"), key=str(visit_id))
    return found[0]


def _say(tx: Tx, visit_id: int, doctor_id: int, patient_id: int) -> None:
    tx.patient_id = patient_id
    tx.changed(topics.VISIT, visit_id)
    tx.changed(topics.QUEUE, doctor_id)


@handles(CallNext)
def call_next(tx: Tx, request: CallNext) -> QueueEntry | None:
    """The first who waits and whom no other desk is calling at this moment."""
    row = tx.write_one(_NEXT, doctor_id=tx.actor.staff, today=tx.today)
    if row is None:
        return None
    tx.write(_CALL, id=row[0], now=tx.now)
    entry = _entry(tx, row[0])
    _say(tx, row[0], tx.actor.staff, entry.patient_id)
    return entry


def lock_visit(tx: Tx, visit_id: int, *states: str) -> Row:
    """Lock a visit (number, state, doctor, patient, date) that must be in one of ``states``. Raises ``NotFound``, ``WrongState``."""
    row = tx.write_one(_LOCK, id=visit_id)
    if row is None:
        raise NotFound(kind=N_("Visit"), key=str(visit_id))
    if row[1] not in states:
        raise WrongState(machine="visit", key=row[0], state=row[1])
    return row


@handles(CallVisit)
def call_visit(tx: Tx, request: CallVisit) -> QueueEntry:
    """Call somebody out of turn, or again."""
    row = lock_visit(tx, request.visit_id, "WAITING", "PASSED", "CALLED")
    tx.write(_CALL_AGAIN if row[1] == "CALLED" else _CALL, id=request.visit_id, now=tx.now)
    _say(tx, request.visit_id, row[2], row[3])
    return _entry(tx, request.visit_id)


@handles(PassVisit)
def pass_visit(tx: Tx, request: PassVisit) -> Done:
    """He waits again behind the next three. His queue number stays; only his place changes."""
    tx.write(_LOCK_SESSION, id=request.visit_id)  # two that are passed over at once get places of their own
    row = lock_visit(tx, request.visit_id, "CALLED")
    tx.write(_PASS, id=request.visit_id)
    tx.write(_WAIT_AGAIN, id=request.visit_id, now=tx.now, behind=_PASSED_BEHIND)
    _say(tx, request.visit_id, row[2], row[3])
    return Done()


# --- the consultation --------------------------------------------------------------------------------------------------------------

_ENCOUNTER: Final = Read(
    "SELECT v.number, v.state, d.name, v.patient_id, r.text, coalesce(r.version, 0), r.signed_at, r.diagnoses, v.registered_at"
    " FROM visit v JOIN department d ON d.id = v.department_id LEFT JOIN record r ON r.visit_id = v.id WHERE v.id = %(id)s"
)
_START: Final = Write("UPDATE visit SET state = 'IN_CONSULT', started_at = coalesce(started_at, %(now)s) WHERE id = %(id)s")
_HOLD: Final = Write("UPDATE visit SET state = 'ON_HOLD' WHERE id = %(id)s")
_FINISH: Final = Write("UPDATE visit SET state = 'FINISHED', finished_at = %(now)s WHERE id = %(id)s")


def _encounter(tx: ReadTx, visit_id: int) -> Encounter:
    row = tx.one(_ENCOUNTER, NotFound(kind=N_("Visit"), key=str(visit_id)), id=visit_id)
    patient = summary(tx, row[3])
    tx.viewed = row[3]
    earlier = any(visit.id != visit_id and visit.state in ("FINISHED", "CLOSED") for visit in patient.visits)
    return Encounter(
        visit_id=visit_id,
        visit_number=row[0],
        state=row[1],
        department=row[2],
        patient=patient,
        age=age_text(patient.file.birth_date, row[8]),
        record=as_kind(row[4], RecordText) if row[4] is not None else RecordText(first_visit=not earlier),
        record_version=row[5],
        record_signed_at=row[6],
        diagnoses=tuple(as_kind(row[7] or [], list[Diagnosis])),
        prescriptions=prescribing.of_visit(tx, visit_id),
    )


@handles(GetEncounter)
def get_encounter(tx: ReadTx, request: GetEncounter) -> Encounter:
    """A visit with everything that the doctor works on; the look is audited."""
    return _encounter(tx, request.visit_id)


@handles(StartConsult)
def start_consult(tx: Tx, request: StartConsult) -> Encounter:
    """The patient is in the room."""
    row = lock_visit(tx, request.visit_id, "CALLED", "ON_HOLD", "FINISHED")
    tx.write(_START, id=request.visit_id, now=tx.now)
    _say(tx, request.visit_id, row[2], row[3])
    return _encounter(tx, request.visit_id)


@handles(HoldVisit)
def hold_visit(tx: Tx, request: HoldVisit) -> Done:
    """The patient comes back later today."""
    row = lock_visit(tx, request.visit_id, "IN_CONSULT")
    tx.write(_HOLD, id=request.visit_id)
    _say(tx, request.visit_id, row[2], row[3])
    return Done()


# --- the record --------------------------------------------------------------------------------------------------------------------


@handles(SaveRecord)
def save_record(tx: Tx, request: SaveRecord) -> RecordSaved:
    """Autosave and correction alike."""
    row = lock_visit(tx, request.visit_id, "IN_CONSULT", "ON_HOLD", "FINISHED")
    _refuse_stranger(tx, row)
    version = records.save(tx, request.visit_id, request.version, request.record, request.diagnoses)
    tx.patient_id = row[3]
    tx.changed(topics.VISIT, request.visit_id)
    return RecordSaved(version=version, signed=False)


def _refuse_stranger(tx: Tx, visit: Row) -> None:
    """Only the treating doctor writes (Physician Law Art. 24)."""
    if visit[2] != tx.actor.staff:
        raise NotPermitted(permission=Permission.CONSULT_RECORD)


@handles(FinishVisit)
def finish_visit(tx: Tx, request: FinishVisit) -> RecordSaved:
    """Sign the record and let the patient go."""
    visit = lock_visit(tx, request.visit_id, "IN_CONSULT", "ON_HOLD")
    _refuse_stranger(tx, visit)
    records.sign(tx, request.visit_id, request.version)
    tx.write(_FINISH, id=request.visit_id, now=tx.now)
    _say(tx, request.visit_id, visit[2], visit[3])
    entering.enter(tx, entering.RECORD, "visit", request.visit_id)
    return RecordSaved(version=request.version, signed=True)
