"""Review beyond one yes or no: what is clean by rule, passing it together, earlier drugs, asking the doctor."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from common.errors import FieldWrong, NotPermitted, WrongState, error_from_wire
from common.messages.consult import GetPrescription, PrescriptionFacts, PrescriptionKind, SignPrescription
from common.messages.patients import Allergy, AllergyState, CorrectPatient, GetPatient
from common.messages.pharmacy import ApprovePrescription
from common.messages.reviewing import (
    DoctorOutcome,
    GetDoctorContact,
    GetEarlierDrugs,
    JudgeReviews,
    PassClean,
    RecordDoctorCall,
)
from common.messages.windows import PharmacyRules, SetPharmacyRules
from common.prescribing_errors import PrescriptionExpired
from common.window_errors import BatchReviewOff, NotClean
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, successes
from tests.server.test_pharmacy import OTHER, PHARMACIST, signed, state

BATCH = "0f6b1c1e-batch"


def allow(office: Office) -> None:
    office.desk("yuanzhang").call(SetPharmacyRules(rules=PharmacyRules(batch_review=True)))


def whys(office: Office, prescription: PrescriptionFacts) -> list[str]:
    judged = office.desk(PHARMACIST).call(JudgeReviews()).judged
    found = next(each for each in judged if each.prescription_id == prescription.id)
    return [error_from_wire(why.error, why.fields).sentence() for why in found.whys]


def passed(office: Office, prescription: PrescriptionFacts, login: str = PHARMACIST) -> PrescriptionFacts:
    return office.desk(login).call(PassClean(prescription_id=prescription.id, batch=BATCH))


def allergic(office: Office, patient_id: int, text: str) -> None:
    summary = office.desk(visits.CLERK).call(GetPatient(patient_id=patient_id))
    file = changed(summary.file, allergy_state=AllergyState.KNOWN, allergies=(Allergy(text=text),))
    office.desk(visits.CLERK).call(CorrectPatient(patient_id=patient_id, version=summary.version, file=file))


def test_clean_ones_are_passed_each_by_an_approval_of_its_own(own_office: Office) -> None:
    office = own_office
    one, other = signed(office, "净一"), signed(office, "净二", None, "氯雷他定")
    judged = office.desk(PHARMACIST).call(JudgeReviews())
    assert (judged.allowed, [(each.prescription_id, each.whys) for each in judged.judged]) == (False, [(one.id, ()), (other.id, ())])
    with pytest.raises(BatchReviewOff):
        passed(office, one)
    allow(office)
    for prescription in (one, other):
        assert (passed(office, prescription).state, state(office, prescription)) == ("APPROVED", "APPROVED")
    trail = office.rows("SELECT act, detail FROM audit_entry WHERE act = 'pass_clean' ORDER BY id")
    assert [(row[1]["batch"], row[1]["number"]) for row in trail] == [(BATCH, one.number), (BATCH, other.number)]
    charged = office.rows("SELECT count(*) FROM charge_line WHERE prescription_id = ANY(%s)", [one.id, other.id])
    assert charged[0][0] >= 2


def test_what_changed_or_expired_is_refused_alone(own_office: Office) -> None:
    office = own_office
    allow(office)
    differs, stays = signed(office, "变一"), signed(office, "变二")
    allergic(office, differs.patient_id, "布洛芬")
    assert len(whys(office, differs)) == 2  # the file says something else, and the drug is what it says
    with pytest.raises(NotClean):
        passed(office, differs)
    assert (state(office, differs), passed(office, stays).state) == ("SUBMITTED", "APPROVED")
    late = signed(office, "变三")
    office.clock.by = timedelta(days=1)
    with pytest.raises(PrescriptionExpired):
        passed(office, late)
    assert state(office, late) == "EXPIRED"


def test_what_needs_a_person_is_never_clean(own_office: Office) -> None:
    office = own_office
    visit = visits.register(office, visits.new_patient(office, "人一").id)
    visits.consult(office, visit.visit_id)
    ibuprofen = visits.drug(office, "布洛芬")
    doctor = office.desk(visits.DOCTOR)

    def sign(*lines: object, replaces: int | None = None) -> PrescriptionFacts:
        request = SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.ORDINARY, lines=lines, replaces=replaces)  # type: ignore[arg-type]
        return doctor.call(request)

    reasoned = sign(visits.line(ibuprofen, days=10, reason="慢性疼痛"))
    assert any("医生写了理由" in why for why in whys(office, reasoned))
    assert len(whys(office, reasoned)) == 2  # the rule that asked for the reason speaks too
    changed_one = sign(visits.line(ibuprofen), replaces=reasoned.id)
    assert whys(office, changed_one) == ["医生改过的。"]
    tested = sign(visits.line(visits.drug(office, "青霉素")))
    assert any("皮试" in why for why in whys(office, tested))


def test_two_who_pass_the_same_at_once(own_office: Office) -> None:
    office = own_office
    allow(office)
    prescription = signed(office, "同一人")
    outcomes = at_once(
        partial(passed, office, prescription),
        partial(passed, office, prescription, OTHER),
        partial(office.desk(OTHER).call, ApprovePrescription(prescription_id=prescription.id)),
    )
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [WrongState] * 2


def test_earlier_drugs_are_those_of_the_patient_and_looked_at_on_record(office: Office) -> None:
    first = signed(office, "史一", None, "氯雷他定", "布洛芬")
    visits.approve(office, first.id)
    visit = office.rows("SELECT visit_id FROM prescription WHERE id = %s", first.id)[0][0]
    lines = (visits.line(visits.drug(office, "蒙脱石")),)
    now = office.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit, kind=PrescriptionKind.ORDINARY, lines=lines))
    signed(office, "史二")
    request = GetEarlierDrugs(patient_id=first.patient_id, prescription_id=now.id)
    earlier = office.desk(PHARMACIST).call(request).lines
    assert [line.name for line in earlier] == [line.name for line in first.lines]
    assert {(line.doctor, line.state) for line in earlier} == {(first.doctor, "APPROVED")}
    looked = office.rows("SELECT 1 FROM audit_entry WHERE act = 'get_earlier_drugs' AND patient_id = %s", first.patient_id)
    assert len(looked) == 1


def test_the_doctor_is_asked_and_it_is_written_down(office: Office) -> None:
    prescription = signed(office, "问一")
    pharmacist = office.desk(PHARMACIST)
    office.database.run("UPDATE staff SET phone = '8021' WHERE name = '方舟'")
    contact = pharmacist.call(GetDoctorContact(prescription_id=prescription.id))
    assert (contact.doctor, contact.phone, contact.calls) == ("方舟", "8021", ())
    assert contact.rooms
    with pytest.raises(FieldWrong):
        pharmacist.call(RecordDoctorCall(prescription_id=prescription.id, outcome=DoctorOutcome.OTHER, note=" "))
    pharmacist.call(RecordDoctorCall(prescription_id=prescription.id, outcome=DoctorOutcome.NOT_REACHED))
    pharmacist.call(RecordDoctorCall(prescription_id=prescription.id, outcome=DoctorOutcome.CONFIRMED, note="按体重算过"))
    calls = office.desk(OTHER).call(GetDoctorContact(prescription_id=prescription.id)).calls
    assert [(call.outcome, call.note, call.by) for call in calls] == [("not_reached", "", "苏叶"), ("confirmed", "按体重算过", "苏叶")]
    with pytest.raises(NotPermitted):
        office.desk(visits.CASHIER).call(RecordDoctorCall(prescription_id=prescription.id, outcome=DoctorOutcome.CONFIRMED))
    visits.approve(office, prescription.id)
    with pytest.raises(WrongState):
        pharmacist.call(RecordDoctorCall(prescription_id=prescription.id, outcome=DoctorOutcome.CONFIRMED))
    assert pharmacist.call(GetPrescription(prescription_id=prescription.id)).state == "APPROVED"
