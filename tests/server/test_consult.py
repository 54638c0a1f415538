"""The doctor's station: whom one calls, who is passed over, and what becomes of a record."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import ChangedMeanwhile, NotFound, NotPermitted, WrongState
from common.messages.consult import (
    CallNext,
    CallVisit,
    FinishVisit,
    GetEncounter,
    GetQueue,
    HoldVisit,
    PassVisit,
    QueueEntry,
    RecordText,
    SaveRecord,
    StartConsult,
)
from common.messages.registration import RegisterVisit
from common.prescribing_errors import RecordIncomplete
from common.wire import Request
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, session, successes

DOCTOR = visits.DOCTOR


def waiting(office: Office, *names: str, doctor: str = "方舟", nth: int = 0) -> list[int]:
    """Visits of new patients who wait, in order."""
    found = session(office, doctor, nth)
    ids = []
    for name in names:
        request = RegisterVisit(
            patient_id=visits.new_patient(office, name).id,
            session_id=found.id,
            expected_fee_fen=found.fee_fen,
            tenders=visits.cash(found.fee_fen),
        )
        ids.append(office.desk(visits.CLERK).call(request).visit_id)
    return ids


def names(office: Office, *states: str) -> list[str]:
    entries = office.desk(DOCTOR).call(GetQueue()).entries
    return [entry.patient_name for entry in entries if entry.state in (states or ("WAITING",))]


def test_patients_are_called_in_the_order_of_their_numbers(own_office: Office) -> None:
    waiting(own_office, "卫一", "卫二", "卫三")
    doctor = own_office.desk(DOCTOR)
    called = [doctor.call(CallNext()) for _ in range(4)]
    assert [entry.patient_name if entry else None for entry in called] == ["卫一", "卫二", "卫三", None]
    assert names(own_office) == []
    assert names(own_office, "CALLED") == ["卫一", "卫二", "卫三"]


def test_an_emergency_goes_before_all_others(own_office: Office) -> None:
    waiting(own_office, "卫一")
    own_office.database.run("UPDATE clinic_session SET level = 'emergency' WHERE id = %s", session(own_office, nth=1).id)
    waiting(own_office, "卫急", nth=1)
    assert names(own_office) == ["卫急", "卫一"]
    entry = own_office.desk(DOCTOR).call(CallNext())
    assert entry is not None
    assert entry.patient_name == "卫急"


def test_a_doctor_calls_from_the_own_queue_alone(own_office: Office) -> None:
    waiting(own_office, "卫一", doctor="林悦")
    assert own_office.desk(DOCTOR).call(CallNext()) is None
    assert own_office.desk("linyue").call(CallNext()) is not None


def test_two_desks_never_call_the_same_patient(own_office: Office) -> None:
    ids = waiting(own_office, *(f"卫{n}" for n in "一二三四五六"))
    doctor = own_office.desk(DOCTOR)

    def call() -> QueueEntry | None:
        return doctor.call(CallNext())

    called = [entry.visit_id for entry in successes(at_once(*[call] * 6)) if entry is not None]
    assert len(set(called)) == len(called)
    while (entry := call()) is not None:  # a desk may have found all others locked and nobody left to call
        called.append(entry.visit_id)
    assert sorted(called) == ids


def test_one_that_is_being_called_elsewhere_is_skipped_and_not_waited_for(own_office: Office) -> None:
    first, second = waiting(own_office, "卫一", "卫二")
    other = own_office.connections.connect()
    with other.transaction():
        other.execute("SELECT FROM visit WHERE id = %s FOR UPDATE", (first,))
        entry = own_office.desk(DOCTOR).call(CallNext())
    assert entry is not None
    assert entry.visit_id == second


def test_who_is_passed_over_waits_behind_the_next_three(own_office: Office) -> None:
    waiting(own_office, *(f"卫{n}" for n in "一二三四五"))
    doctor = own_office.desk(DOCTOR)
    entry = doctor.call(CallNext())
    assert entry is not None
    doctor.call(PassVisit(visit_id=entry.visit_id))
    assert names(own_office) == ["卫二", "卫三", "卫四", "卫一", "卫五"]
    again = doctor.call(CallNext())
    assert again is not None
    doctor.call(PassVisit(visit_id=again.visit_id))
    assert names(own_office) == ["卫三", "卫四", "卫一", "卫二", "卫五"]
    numbers = [entry.queue_number for entry in doctor.call(GetQueue()).entries if entry.state == "WAITING"]
    assert numbers == ["N003", "N004", "N001", "N002", "N005"]  # the number on the slip stays


def test_who_is_passed_over_last_or_alone_waits_at_the_end(own_office: Office) -> None:
    doctor = own_office.desk(DOCTOR)
    for others in ((), ("卫二",)):
        waiting(own_office, *(others or ("卫一",)))
        entry = doctor.call(CallNext())
        assert entry is not None
        doctor.call(PassVisit(visit_id=entry.visit_id))
        assert names(own_office)[-1] == entry.patient_name
    later = waiting(own_office, "卫三")
    assert names(own_office)[-1] == "卫三"
    assert own_office.desk(DOCTOR).call(CallVisit(visit_id=later[0])).state == "CALLED"


def test_both_passed_over_at_one_moment_wait_at_places_of_their_own(own_office: Office) -> None:
    ids = waiting(own_office, *(f"卫{n}" for n in "一二三四五"))
    doctor = own_office.desk(DOCTOR)
    for visit_id in ids[:2]:
        doctor.call(CallVisit(visit_id=visit_id))
    assert refusals(at_once(*(lambda v=v: doctor.call(PassVisit(visit_id=v)) for v in ids[:2]))) == []
    assert names(own_office)[:3] == ["卫三", "卫四", "卫五"]
    assert sorted(names(own_office)[3:]) == sorted(["卫一", "卫二"])


def test_only_who_waits_or_was_called_can_be_called(own_office: Office) -> None:
    (visit_id,) = waiting(own_office, "卫一")
    doctor = own_office.desk(DOCTOR)
    first = doctor.call(CallVisit(visit_id=visit_id))
    again = doctor.call(CallVisit(visit_id=visit_id))
    assert first.called_at is not None
    assert again.called_at is not None
    assert again.called_at > first.called_at
    doctor.call(StartConsult(visit_id=visit_id))
    again_requests: tuple[Request[Any], ...] = (CallVisit(visit_id=visit_id), PassVisit(visit_id=visit_id), StartConsult(visit_id=visit_id))
    for request in again_requests:
        with pytest.raises(WrongState):
            doctor.call(request)
    with pytest.raises(NotFound):
        doctor.call(CallVisit(visit_id=10**15))


def test_a_nurse_sees_every_queue_and_a_cashier_none_of_the_doctors(own_office: Office) -> None:
    waiting(own_office, "卫一")
    doctor_id = own_office.actor(DOCTOR).staff
    seen = own_office.desk("xuning").call(GetQueue(doctor_id=doctor_id)).entries
    assert [entry.patient_name for entry in seen] == ["卫一"]
    with pytest.raises(NotPermitted):
        own_office.desk("qianduo").call(GetQueue(doctor_id=doctor_id))


def test_a_patient_on_hold_comes_back(own_office: Office) -> None:
    (visit_id,) = waiting(own_office, "卫一")
    visits.consult(own_office, visit_id)
    doctor = own_office.desk(DOCTOR)
    doctor.call(HoldVisit(visit_id=visit_id))
    assert names(own_office, "ON_HOLD") == ["卫一"]
    assert doctor.call(StartConsult(visit_id=visit_id)).state == "IN_CONSULT"


# --- the record


def consulted(office: Office, name: str = "蒋一") -> int:
    (visit_id,) = waiting(office, name, nth=1)
    visits.consult(office, visit_id)
    return visit_id


def test_a_record_is_saved_over_the_version_that_was_read(office: Office) -> None:
    visit_id = consulted(office)
    doctor = office.desk(DOCTOR)
    later = changed(visits.RECORD, treatment="改为每日两次")
    saved = doctor.call(SaveRecord(visit_id=visit_id, version=1, record=later, diagnoses=(visits.COLD,)))
    assert (saved.version, saved.signed) == (2, False)
    with pytest.raises(ChangedMeanwhile):
        doctor.call(SaveRecord(visit_id=visit_id, version=1, record=visits.RECORD, diagnoses=()))
    encounter = doctor.call(GetEncounter(visit_id=visit_id))
    assert (encounter.record, encounter.record_version, encounter.diagnoses) == (later, 2, (visits.COLD,))


def test_two_screens_that_save_the_same_version_do_not_overwrite_each_other(office: Office) -> None:
    visit_id = consulted(office)
    doctor = office.desk(DOCTOR)
    texts = [changed(visits.RECORD, treatment=text) for text in ("甲", "乙")]
    outcomes = at_once(
        *(lambda t=t: doctor.call(SaveRecord(visit_id=visit_id, version=1, record=t, diagnoses=(visits.COLD,))) for t in texts)
    )
    assert [type(error) for error in refusals(outcomes)] == [ChangedMeanwhile]


def test_what_was_signed_is_kept_when_it_is_corrected(office: Office) -> None:
    visit_id = consulted(office)
    doctor = office.desk(DOCTOR)
    assert doctor.call(FinishVisit(visit_id=visit_id, version=1)).signed
    correction = changed(visits.RECORD, examination="补：体温 36.8℃")
    assert doctor.call(SaveRecord(visit_id=visit_id, version=1, record=correction, diagnoses=(visits.COLD,))).version == 2
    kept = office.rows("SELECT version, text->>'examination', signed_by FROM record_version WHERE visit_id = %s", visit_id)
    assert kept == [(1, visits.RECORD.examination, office.actor(DOCTOR).staff)]
    encounter = doctor.call(GetEncounter(visit_id=visit_id))
    assert encounter.record_signed_at is None  # the correction is not signed yet
    doctor.call(StartConsult(visit_id=visit_id))
    doctor.call(FinishVisit(visit_id=visit_id, version=2))


def test_an_incomplete_record_is_not_signed(office: Office) -> None:
    visit_id = consulted(office)
    doctor = office.desk(DOCTOR)
    doctor.call(SaveRecord(visit_id=visit_id, version=1, record=RecordText(chief_complaint="咳嗽"), diagnoses=()))
    with pytest.raises(RecordIncomplete) as refused:
        doctor.call(FinishVisit(visit_id=visit_id, version=2))
    assert "Present illness" in refused.value.missing
    assert "Diagnosis" in refused.value.missing
    assert "Chief complaint" not in refused.value.missing
    assert office.rows("SELECT state FROM visit WHERE id = %s", visit_id) == [("IN_CONSULT",)]
    with pytest.raises(ChangedMeanwhile):
        doctor.call(FinishVisit(visit_id=visit_id, version=1))


def test_only_the_treating_doctor_writes(office: Office) -> None:
    visit_id = consulted(office)
    stranger = office.desk("linyue")
    with pytest.raises(NotPermitted):
        stranger.call(SaveRecord(visit_id=visit_id, version=1, record=visits.RECORD, diagnoses=()))
    with pytest.raises(NotPermitted):
        stranger.call(FinishVisit(visit_id=visit_id, version=1))


def test_a_look_at_a_visit_leaves_an_audit_entry_and_a_search_none(office: Office) -> None:
    visit_id = consulted(office, "蒋二")
    pharmacist = office.actor("suye").staff
    office.desk("suye").call(GetEncounter(visit_id=visit_id))
    entries = office.rows("SELECT act, patient_id FROM audit_entry WHERE staff_id = %s", pharmacist)
    patient_id = office.database.value("SELECT patient_id FROM visit WHERE id = %s", visit_id)
    assert entries == [("get_encounter", patient_id)]


def test_the_second_visit_is_a_revisit(office: Office) -> None:
    patient = visits.new_patient(office, "蒋三")
    found = session(office, nth=2)
    for first_visit in (True, False):
        request = RegisterVisit(
            patient_id=patient.id, session_id=found.id, expected_fee_fen=found.fee_fen, tenders=visits.cash(found.fee_fen)
        )
        visit_id = office.desk(visits.CLERK).call(request).visit_id
        doctor = office.desk(DOCTOR)
        doctor.call(CallVisit(visit_id=visit_id))
        assert doctor.call(StartConsult(visit_id=visit_id)).record.first_visit is first_visit
        doctor.call(SaveRecord(visit_id=visit_id, version=0, record=visits.RECORD, diagnoses=(visits.COLD,)))
        doctor.call(FinishVisit(visit_id=visit_id, version=1))
        found = session(office, nth=1)
