"""The consulting rooms: calling, those who do not come, the consultation with its record, and prescriptions that came back."""

from __future__ import annotations

from typing import Final

import msgspec

from common.errors import ChangedMeanwhile, WrongState
from common.messages.consult import (
    CallNext,
    Encounter,
    FinishVisit,
    GetEncounter,
    GetQueue,
    HoldVisit,
    PassVisit,
    QueueEntry,
    SaveRecord,
    StartConsult,
    VoidPrescription,
)
from common.prescribing_errors import NoDiagnosis, RecordIncomplete
from installer.simulate import prescribing
from installer.simulate.illnesses import Illness, diagnosis_of, record_of
from installer.simulate.worker import Worker
from installer.simulate.world import DOCTORS, Known, Waiting, World

_NEVER: Final = 99


def expect(world: World, visit_id: int, patient: Known, illness: Illness) -> None:
    """Somebody waits."""
    deaf = world.rng.choices((0, 1, 2, _NEVER), (92, 4, 2, 2))[0]
    world.waiting[visit_id] = Waiting(patient=patient, illness=illness, deaf=deaf)


def wake(world: World, doctor_id: int) -> None:
    """A doctor who has nothing to do looks at the queue."""
    login = next(login for login in DOCTORS if world.worker(login).staff_id == doctor_id)
    if login not in world.busy:
        world.busy.add(login)
        world.at(1, lambda: _call(world, login))


def _call(world: World, login: str) -> None:
    entry = world.worker(login).call(CallNext())
    if entry is None:
        world.busy.discard(login)
        return
    waiting = world.waiting[entry.visit_id]
    if waiting.deaf:
        world.at(2, lambda: _not_there(world, login, entry, waiting))
    else:
        world.at(1, lambda: _begin(world, login, entry, waiting))


def _not_there(world: World, login: str, entry: QueueEntry, waiting: Waiting) -> None:
    """Passed over, to be called again after others; who never comes stays called in the end."""
    waiting.deaf -= 1
    if waiting.deaf > _NEVER - 3 or waiting.deaf < _NEVER // 2:
        world.worker(login).call(PassVisit(visit_id=entry.visit_id))
    world.at(1, lambda: _call(world, login))


def _begin(world: World, login: str, entry: QueueEntry, waiting: Waiting) -> None:
    doctor = world.worker(login)
    encounter = doctor.call(StartConsult(visit_id=entry.visit_id))
    if world.chance(0.02):
        doctor.refused(WrongState, PassVisit(visit_id=entry.visit_id))
    if world.chance(0.03):
        prescribing.refused(world, doctor, entry.visit_id, waiting.illness, NoDiagnosis)
    if world.chance(0.1):
        world.worker("xuning").call(GetQueue(doctor_id=doctor.staff_id))
    world.at(world.rng.randint(4, 11), lambda: _treat(world, login, encounter, waiting))


def _treat(world: World, login: str, encounter: Encounter, waiting: Waiting) -> None:
    doctor, visit_id = world.worker(login), encounter.visit_id
    version = _write(world, doctor, encounter, waiting)
    if world.chance(0.04):
        doctor.call(HoldVisit(visit_id=visit_id))
        world.at(world.rng.randint(20, 50), lambda: _back_again(world, login, visit_id, waiting))
    else:
        _conclude(world, login, visit_id, version, waiting)
    world.at(1, lambda: _call(world, login))


def _write(world: World, doctor: Worker, encounter: Encounter, waiting: Waiting) -> int:
    """The record: a draft, sometimes signed too early or from a stale form, then whole."""
    record = record_of(world.rng, waiting.illness, first_visit=encounter.record.first_visit)
    visit_id, diagnoses = encounter.visit_id, (diagnosis_of(waiting.illness),)
    draft = msgspec.structs.replace(record, treatment="")
    version = doctor.call(SaveRecord(visit_id=visit_id, version=encounter.record_version, record=draft, diagnoses=diagnoses)).version
    if world.chance(0.05):
        doctor.refused(RecordIncomplete, FinishVisit(visit_id=visit_id, version=version))
    if world.chance(0.03):
        doctor.refused(ChangedMeanwhile, SaveRecord(visit_id=visit_id, version=version - 1, record=record, diagnoses=diagnoses))
    waiting.record = record
    return doctor.call(SaveRecord(visit_id=visit_id, version=version, record=record, diagnoses=diagnoses)).version


def _back_again(world: World, login: str, visit_id: int, waiting: Waiting) -> None:
    """Back from a test."""
    encounter = world.worker(login).call(StartConsult(visit_id=visit_id))
    _conclude(world, login, visit_id, encounter.record_version, waiting)


def _conclude(world: World, login: str, visit_id: int, version: int, waiting: Waiting) -> None:
    doctor = world.worker(login)
    for codes in prescribing.choose(world, waiting.illness):
        prescribing.sign(world, login, visit_id, waiting.patient, waiting.illness, codes)
    if world.chance(0.05):
        doctor.call(GetEncounter(visit_id=visit_id))
    doctor.call(FinishVisit(visit_id=visit_id, version=version))


def rework(world: World, login: str, prescription_id: int, visit_id: int, codes: tuple[str, ...]) -> None:
    """A prescription came back: the visit is opened again, and it is signed anew or taken back."""
    doctor = world.worker(login)
    waiting = world.waiting[visit_id]
    try:
        encounter = doctor.call(StartConsult(visit_id=visit_id))
    except WrongState:  # still in the room
        encounter = doctor.call(GetEncounter(visit_id=visit_id))
    signed = world.chance(0.7) and prescribing.sign(
        world, login, visit_id, waiting.patient, waiting.illness, codes, replaces=prescription_id
    )
    if not signed:
        doctor.call(VoidPrescription(prescription_id=prescription_id, reason="改为观察"))
    if world.chance(0.3) and waiting.record is not None:
        _amend(doctor, encounter, waiting)
        return
    if encounter.record_signed_at is not None or encounter.state == "IN_CONSULT":
        doctor.call(FinishVisit(visit_id=visit_id, version=encounter.record_version))


def _amend(doctor: Worker, encounter: Encounter, waiting: Waiting) -> None:
    """The record tells why, and is signed again."""
    assert waiting.record is not None
    record = msgspec.structs.replace(waiting.record, treatment=f"{waiting.record.treatment}；处方已调整")
    diagnoses = (diagnosis_of(waiting.illness),)
    saved = doctor.call(SaveRecord(visit_id=encounter.visit_id, version=encounter.record_version, record=record, diagnoses=diagnoses))
    doctor.call(FinishVisit(visit_id=encounter.visit_id, version=saved.version))
