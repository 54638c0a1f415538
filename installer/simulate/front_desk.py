"""Registration: who comes, how he is found or entered, his number and fee, and who leaves again."""

from __future__ import annotations

from typing import Final

import msgspec

from common.errors import AmountChanged, ChangedMeanwhile, FieldWrong, RequestIdReused, TendersDoNotCover, WrongState
from common.messages.cashier import Tender, TenderKind
from common.messages.patients import CorrectPatient, DocumentKind, GetPatient, PatientFile, RegisterPatient, SearchPatients
from common.messages.registration import CancelVisit, ListSessions, RegisterVisit, SessionFacts, VisitRegistered
from common.registration_errors import AlreadyRegistered, LikelyDuplicate, NoSlotLeft
from common.wire import new_request_id
from installer.simulate import room
from installer.simulate.illnesses import Illness, fall_ill
from installer.simulate.people import invent
from installer.simulate.worker import Worker
from installer.simulate.world import CLERKS, Known, World

#: Of those who come, so many have been here before, once there are enough of them.
_RETURNING: Final = 0.45


def arrive(world: World) -> None:
    """Somebody comes to the window."""
    clerk = world.one_of(CLERKS)
    patient = _identify(world, clerk)
    illness = fall_ill(world.rng, patient.years)
    session = _session(world, clerk, illness)
    if session is None:
        return
    visit = _register(world, clerk, patient, session)
    if visit is None:
        return
    patient.last_day = world.today
    if world.chance(0.03):
        world.at(world.rng.randint(3, 25), lambda: _cancel(world, visit.visit_id))
    room.expect(world, visit.visit_id, patient, illness)
    room.wake(world, session.doctor_id)


def _identify(world: World, clerk: Worker) -> Known:
    rested = [patient for patient in world.patients if patient.last_day != world.today]
    if len(rested) > 5 and world.chance(_RETURNING):
        return _find(world, clerk, world.rng.choice(rested))
    return _enter(world, clerk)


def _find(world: World, clerk: Worker, patient: Known) -> Known:
    clerk.call(SearchPatients(text=world.rng.choice((patient.file.name.split()[0], patient.number, patient.file.phone[-4:]))))
    clerk.call(GetPatient(patient_id=patient.id))
    if world.chance(0.05):
        _correct(clerk, patient, f"139{world.rng.randint(0, 99_999_999):08d}")
    return patient


def _correct(clerk: Worker, patient: Known, phone: str) -> None:
    """A new telephone number; and a colleague's form that was read before it."""
    file = msgspec.structs.replace(patient.file, phone=phone)
    patient.version = clerk.call(CorrectPatient(patient_id=patient.id, version=patient.version, file=file)).version
    patient.file = file
    clerk.refused(ChangedMeanwhile, CorrectPatient(patient_id=patient.id, version=patient.version - 1, file=file))


def _enter(world: World, clerk: Worker) -> Known:
    person = invent(world.rng, world.today)
    if person.file.document_kind is DocumentKind.ID_CARD and world.chance(0.05):
        clerk.refused(FieldWrong, RegisterPatient(file=_mistyped(person.file)))
    request = RegisterPatient(file=person.file)
    try:
        made = clerk.call(request)
    except LikelyDuplicate:  # the same name and birthday: the clerk looks and it is somebody else
        made = clerk.call(RegisterPatient(file=person.file, another_person=True))
    if world.chance(0.04):
        clerk.refused(LikelyDuplicate, request)
    known = Known(id=made.id, number=made.number, file=made.file, version=made.version, years=person.years)
    world.patients.append(known)
    return known


def _mistyped(file: PatientFile) -> PatientFile:
    last = file.document_number[-1]
    return msgspec.structs.replace(file, document_number=file.document_number[:-1] + ("1" if last != "1" else "2"))


def _session(world: World, clerk: Worker, illness: Illness) -> SessionFacts | None:
    now = world.time_of_day()
    open_now = [s for s in clerk.call(ListSessions()).sessions if s.department == illness.department and s.starts <= now < s.ends]
    return world.rng.choice(open_now) if open_now else None


def _register(world: World, clerk: Worker, patient: Known, session: SessionFacts) -> VisitRegistered | None:
    request = RegisterVisit(
        patient_id=patient.id, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=world.tenders(session.fee_fen)
    )
    _mistakes(world, clerk, request)
    try:
        if world.chance(0.03):
            visit = clerk.twice(request)
        elif world.chance(0.02):
            visit = _other_contents(clerk, request)
        else:
            visit = clerk.call(request)
    except NoSlotLeft:
        return None
    if world.chance(0.03):
        clerk.refused(AlreadyRegistered, request)
    return visit


def _mistakes(world: World, clerk: Worker, request: RegisterVisit) -> None:
    if world.chance(0.03):
        clerk.refused(AmountChanged, msgspec.structs.replace(request, expected_fee_fen=request.expected_fee_fen + 500))
    if request.expected_fee_fen and world.chance(0.03):
        little = (Tender(kind=TenderKind.CASH, amount_fen=1, given_fen=100),)
        clerk.refused(TendersDoNotCover, msgspec.structs.replace(request, tenders=little))


def _other_contents(clerk: Worker, request: RegisterVisit) -> VisitRegistered:
    """The form's id goes out a second time with another fee in it."""
    request_id = new_request_id()
    visit = clerk.call(request, request_id)
    clerk.refused(RequestIdReused, msgspec.structs.replace(request, expected_fee_fen=request.expected_fee_fen + 1), request_id)
    return visit


def _cancel(world: World, visit_id: int) -> None:
    clerk = world.one_of(CLERKS)
    try:
        clerk.call(CancelVisit(visit_id=visit_id, reason="有事先走"))
    except WrongState:  # he is with the doctor by now
        return
    clerk.refused(WrongState, CancelVisit(visit_id=visit_id, reason="有事先走"))
