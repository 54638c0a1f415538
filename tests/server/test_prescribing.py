"""Signing and taking back prescriptions: what is refused, what is held, what the paper keeps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from common.domain.supply import NOT_LONG
from common.errors import NotEnoughStock, NotFound, NotPermitted, WrongState, XinglinError
from common.messages.catalogue import DrugFacts, SearchDrugs
from common.messages.consult import (
    Diagnosis,
    DrugLine,
    FinishVisit,
    GetEncounter,
    GetPrescription,
    PrescriptionFacts,
    PrescriptionKind,
    SaveRecord,
    SignPrescription,
    VoidPrescription,
)
from common.messages.patients import Allergy, AllergyState
from common.messages.pharmacy import RejectPrescription, RejectReason
from common.prescribing_errors import AllergyConflict, NoDiagnosis, PrescriptionRule
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, successes

DOCTOR = visits.DOCTOR
D = Decimal


def in_consult(office: Office, name: str = "韩一", **fields: object) -> int:
    """A visit whose record is written."""
    visit = visits.register(office, visits.new_patient(office, name, **fields).id)
    visits.consult(office, visit.visit_id)
    return visit.visit_id


def sign(office: Office, visit_id: int, *lines: DrugLine, **fields: object) -> PrescriptionFacts:
    request = changed(SignPrescription(visit_id=visit_id, kind=PrescriptionKind.ORDINARY, lines=lines), **fields)
    return office.desk(DOCTOR).call(request)


def drug(office: Office, where: str, *parameters: object) -> DrugFacts:
    """A drug of the catalogue that fulfils a condition."""
    rows = office.rows(f"SELECT code FROM drug WHERE active AND {where} ORDER BY id LIMIT 1", *parameters)
    assert rows, where
    return office.desk(DOCTOR).call(SearchDrugs(text=rows[0][0])).drugs[0]


def reserved(office: Office, drug_id: int) -> Decimal:
    value = office.database.value("SELECT reserved FROM stock_level WHERE drug_id = %s", drug_id)
    assert isinstance(value, Decimal)
    return value


def test_a_signed_prescription_holds_stock_and_keeps_its_facts(office: Office) -> None:
    visit_id = in_consult(office)
    ibuprofen = visits.drug(office, "布洛芬")
    before = reserved(office, ibuprofen.id)
    signed = sign(office, visit_id, visits.line(ibuprofen, days=3))
    assert signed.state == "SUBMITTED"
    (line,) = signed.lines
    assert reserved(office, ibuprofen.id) == before + line.quantity
    assert signed.amount_fen == line.amount_fen > 0
    assert signed.diagnoses == (f"{visits.COLD.name}（{visits.COLD.code}）",)
    assert signed.doctor == "方舟"
    assert signed.valid_until.astimezone(office.clock.zone).date() == office.today
    office.database.run("UPDATE patient SET name = '改名' WHERE id = %s", signed.patient_id)
    office.database.run("UPDATE drug SET name = '改名' WHERE id = %s", ibuprofen.id)
    try:
        again = office.desk(DOCTOR).call(GetPrescription(prescription_id=signed.id))
    finally:
        office.database.run("UPDATE drug SET name = %s WHERE id = %s", ibuprofen.name, ibuprofen.id)
    assert again == signed


def refused(office: Office, visit_id: int, *lines: DrugLine, **fields: object) -> XinglinError:
    """The refusal; nothing is stored with it."""
    before = office.rows("SELECT sum(reserved), (SELECT count(*) FROM prescription) FROM stock_level")
    numbers = office.rows("SELECT last FROM number_series WHERE kind = 'prescription'")
    with pytest.raises(XinglinError) as caught:
        sign(office, visit_id, *lines, **fields)
    assert office.rows("SELECT sum(reserved), (SELECT count(*) FROM prescription) FROM stock_level") == before
    assert office.rows("SELECT last FROM number_series WHERE kind = 'prescription'") == numbers
    return caught.value


def test_each_rule_refuses(office: Office) -> None:
    visit_id = in_consult(office, "韩二")
    ibuprofen = visits.line(visits.drug(office, "布洛芬"))
    loratadine = visits.line(visits.drug(office, "氯雷他定"))
    herb = drug(office, "drug_class = 'herbal'")
    splittable, whole = (
        drug(office, "splittable AND pack_size > 4"),
        drug(office, "NOT splittable AND pack_size > 2 AND rx_class = 'ordinary'"),
    )
    many = office.rows("SELECT code FROM drug WHERE rx_class = 'ordinary' AND drug_class = 'western' AND antibacterial = 'none' LIMIT 6")
    six = [visits.line(office.desk(DOCTOR).call(SearchDrugs(text=code)).drugs[0]) for (code,) in many]
    prn = next(row[0] for row in office.rows("SELECT code FROM frequency WHERE needs_total"))
    cases = [
        ([changed(ibuprofen, drug_id=10**9)], NotFound),
        ([changed(ibuprofen, frequency="nie")], NotFound),
        ([changed(ibuprofen, route="nie")], NotFound),
        ([changed(ibuprofen, dose=D(0))], PrescriptionRule),
        ([changed(ibuprofen, dose=D(-1))], PrescriptionRule),
        ([changed(ibuprofen, dose=D(10**6))], PrescriptionRule),
        ([changed(ibuprofen, quantity=D(0))], PrescriptionRule),
        ([changed(ibuprofen, quantity=D("1.00001"))], PrescriptionRule),
        ([changed(ibuprofen, frequency=prn)], PrescriptionRule),
        ([changed(visits.line(whole), quantity=whole.pack_size + 1)], PrescriptionRule),
        ([changed(visits.line(splittable), quantity=D("0.5"))], PrescriptionRule),
        ([ibuprofen, ibuprofen], PrescriptionRule),
        (six, PrescriptionRule),
        ([visits.line(herb)], PrescriptionRule),
        ([changed(ibuprofen, days=8)], PrescriptionRule),
        ([changed(loratadine, days=90, reason="长期")], PrescriptionRule),
    ]
    for lines, kind in cases:
        error = refused(office, visit_id, *lines)
        assert type(error) is kind, (lines, error)


def test_a_reason_answers_what_asks_and_stays_with_the_line(office: Office) -> None:
    visit_id = in_consult(office, "韩三")
    long = visits.line(visits.drug(office, "氯雷他定"), days=8, reason="慢性病长期用药")
    assert sign(office, visit_id, long).lines[0].reason == "慢性病长期用药"


def test_kinds_that_need_a_prescription_of_their_own(office: Office) -> None:
    visit_id = in_consult(office, "韩四")
    for rx_class, kind in (("psychotropic_2", PrescriptionKind.PSYCHOTROPIC_2), ("narcotic", PrescriptionKind.NARCOTIC)):
        found = [row[0] for row in office.rows("SELECT code FROM drug WHERE rx_class = %s LIMIT 1", rx_class)]
        for code in found:
            line = visits.line(office.desk(DOCTOR).call(SearchDrugs(text=code)).drugs[0], days=1)
            assert isinstance(refused(office, visit_id, line), PrescriptionRule)
            assert sign(office, visit_id, line, kind=kind).kind is kind
    assert isinstance(
        refused(office, visit_id, visits.line(visits.drug(office, "布洛芬")), kind=PrescriptionKind.PAEDIATRIC), PrescriptionRule
    )


@pytest.mark.parametrize("control", ["psychotropic_2", "precursor"])
def test_a_drug_under_special_control_stands_in_no_long_prescription(own_office: Office, control: str) -> None:
    visit_id = in_consult(own_office)
    loratadine = visits.drug(own_office, "氯雷他定")
    column, kind = (
        ("special_control", PrescriptionKind.ORDINARY) if control == "precursor" else ("rx_class", PrescriptionKind.PSYCHOTROPIC_2)
    )
    own_office.database.run(f"UPDATE drug SET {column} = %s WHERE id = %s", control, loratadine.id)
    line = changed(visits.line(loratadine), days=1, reason="慢性病", frequency="qd", dose=loratadine.dose_per_base)
    for days, quantity, rule in ((29, 28, NOT_LONG), (1, 29, NOT_LONG)):
        error = refused(own_office, visit_id, changed(line, days=days, quantity=D(quantity)), kind=kind)
        assert isinstance(error, PrescriptionRule)
        assert error.rule == rule
    assert isinstance(refused(own_office, visit_id, changed(line, days=8, quantity=D(8), reason=""), kind=kind), PrescriptionRule)
    assert sign(own_office, visit_id, changed(line, days=8, quantity=D(8)), kind=kind).lines[0].reason == "慢性病"


def test_an_antibacterial_above_the_doctors_grade(own_office: Office) -> None:
    own_office.database.run("UPDATE staff SET antibacterial_level = 'none' WHERE login = %s", DOCTOR)
    visit_id = in_consult(own_office)
    line = visits.line(drug(own_office, "antibacterial = 'unrestricted' AND name LIKE '阿莫西林胶囊'"))
    assert isinstance(refused(own_office, visit_id, line), PrescriptionRule)
    own_office.database.run("UPDATE staff SET antibacterial_level = 'unrestricted' WHERE login = %s", DOCTOR)
    sign(own_office, visit_id, line)


@pytest.mark.parametrize("allergy", [Allergy(text="青霉素类", allergen="penicillin"), Allergy(text="阿莫西林")])
def test_an_allergy_stops_the_drug_until_a_reason_is_given(office: Office, allergy: Allergy) -> None:
    visit_id = in_consult(office, "韩五", allergy_state=AllergyState.KNOWN, allergies=(allergy,))
    line = visits.line(visits.drug(office, "阿莫西林胶囊"))
    assert isinstance(refused(office, visit_id, line), AllergyConflict)
    signed = sign(office, visit_id, changed(line, reason="皮试阴性"))
    assert signed.allergies == (allergy.text,)


def test_no_prescription_without_a_diagnosis(office: Office) -> None:
    visit = visits.register(office, visits.new_patient(office, "韩六").id)
    from common.messages.consult import CallVisit, StartConsult

    doctor = office.desk(DOCTOR)
    doctor.call(CallVisit(visit_id=visit.visit_id))
    doctor.call(StartConsult(visit_id=visit.visit_id))
    line = visits.line(visits.drug(office, "布洛芬"))
    assert isinstance(refused(office, visit.visit_id, line), NoDiagnosis)
    assert isinstance(refused(office, visit.visit_id, line, diagnoses=()), NoDiagnosis)
    suspected = Diagnosis(code="J18.900", name="肺炎", suspected=True, note="右下")
    signed = sign(office, visit.visit_id, line, diagnoses=(suspected,))
    assert signed.diagnoses == ("疑似肺炎（右下）（J18.900）",)
    encounter = doctor.call(GetEncounter(visit_id=visit.visit_id))
    assert encounter.diagnoses == (suspected,)
    # the form that was open with version 1 of the record is not upset by it
    doctor.call(SaveRecord(visit_id=visit.visit_id, version=encounter.record_version, record=visits.RECORD, diagnoses=(suspected,)))


def test_more_than_is_free_is_refused_by_name_and_amount(own_office: Office) -> None:
    found = visits.drug(own_office, "布洛芬")
    own_office.database.run("UPDATE stock_level SET reserved = on_hand - 5 WHERE drug_id = %s", found.id)
    visit_id = in_consult(own_office)
    error = refused(own_office, visit_id, visits.line(found, quantity=found.pack_size))
    assert isinstance(error, NotEnoughStock)
    assert (error.drug, error.wanted, error.left) == (found.name, found.pack_size, D(5))


def test_two_doctors_cannot_promise_the_same_last_pack(own_office: Office) -> None:
    found = visits.drug(own_office, "布洛芬")
    own_office.database.run("UPDATE stock_level SET reserved = on_hand - %s WHERE drug_id = %s", found.pack_size, found.id)
    ids = [in_consult(own_office, name) for name in ("韩一", "韩二", "韩三")]
    line = visits.line(found, quantity=found.pack_size)
    outcomes = at_once(*(lambda v=v: sign(own_office, v, line) for v in ids))
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [NotEnoughStock] * 2
    assert own_office.rows("SELECT on_hand - reserved FROM stock_level WHERE drug_id = %s", found.id) == [(D(0),)]


def test_opposite_orders_of_the_same_drugs_do_not_deadlock_for_good(own_office: Office) -> None:
    first, second = (visits.line(visits.drug(own_office, name)) for name in ("布洛芬", "氯雷他定"))
    ids = [in_consult(own_office, f"韩{n}") for n in "一二三四五六"]
    outcomes = at_once(*(lambda v=v, n=n: sign(own_office, v, *((first, second) if n % 2 else (second, first))) for n, v in enumerate(ids)))
    assert refusals(outcomes) == []


def test_voiding_frees_stock_once(office: Office) -> None:
    visit_id = in_consult(office, "韩七")
    found = visits.drug(office, "布洛芬")
    before = reserved(office, found.id)
    signed = sign(office, visit_id, visits.line(found))
    doctor = office.desk(DOCTOR)
    doctor.call(VoidPrescription(prescription_id=signed.id, reason="开错"))
    assert reserved(office, found.id) == before
    with pytest.raises(WrongState):
        doctor.call(VoidPrescription(prescription_id=signed.id, reason="开错"))
    assert office.rows("SELECT state, void_reason FROM prescription WHERE id = %s", signed.id) == [("VOIDED", "开错")]


def test_an_approved_prescription_takes_its_charges_along_and_a_paid_one_stays(office: Office) -> None:
    visit_id = in_consult(office, "韩八")
    doctor = office.desk(DOCTOR)
    first, second = (visits.prescribe(office, visit_id, name) for name in ("布洛芬", "氯雷他定"))
    for prescription in (first, second):
        visits.approve(office, prescription.id)
    doctor.call(VoidPrescription(prescription_id=first.id, reason="不要了"))
    assert office.rows("SELECT DISTINCT state FROM charge_line WHERE prescription_id = %s", first.id) == [("VOIDED",)]
    assert visits.settle_all(office, second.patient_id).total_fen == second.amount_fen
    with pytest.raises(WrongState):
        doctor.call(VoidPrescription(prescription_id=second.id, reason="不要了"))


def test_voiding_and_paying_at_once_leaves_one_of_the_two(own_office: Office) -> None:
    office = own_office
    office.desk("qianduo")
    for n in "一二三":
        visit_id = in_consult(office, f"韩{n}")
        signed = visits.prescribe(office, visit_id)
        visits.approve(office, signed.id)
        outcomes = at_once(
            partial(office.desk(DOCTOR).call, VoidPrescription(prescription_id=signed.id, reason="不要了")),
            partial(visits.settle_all, office, signed.patient_id),
        )
        assert len(refusals(outcomes)) <= 1
        state = office.rows(
            "SELECT p.state, c.state FROM prescription p JOIN charge_line c ON c.prescription_id = p.id WHERE p.id = %s", signed.id
        )
        assert set(state) in ({("VOIDED", "VOIDED")}, {("PAID", "SETTLED")})


def test_only_its_doctor_takes_a_prescription_back(office: Office) -> None:
    visit_id = in_consult(office, "韩九")
    signed = visits.prescribe(office, visit_id)
    with pytest.raises(NotPermitted):
        office.desk("linyue").call(VoidPrescription(prescription_id=signed.id, reason="x"))
    with pytest.raises(NotPermitted):
        office.desk("linyue").call(
            SignPrescription(visit_id=visit_id, kind=PrescriptionKind.ORDINARY, lines=(visits.line(visits.drug(office, "布洛芬")),))
        )
    with pytest.raises(NotFound):
        office.desk(DOCTOR).call(VoidPrescription(prescription_id=10**12, reason="x"))


def test_a_rejected_prescription_is_replaced_and_its_stock_goes_over(office: Office) -> None:
    visit_id = in_consult(office, "韩十")
    found = visits.drug(office, "布洛芬")
    before = reserved(office, found.id)
    first = sign(office, visit_id, visits.line(found))
    office.desk(visits.PHARMACIST).call(RejectPrescription(prescription_id=first.id, reasons=(RejectReason.DOSE,), note="量大"))
    rejected = office.desk(DOCTOR).call(GetPrescription(prescription_id=first.id))
    assert (rejected.state, rejected.rejection) == ("REJECTED", "dose; 量大")
    assert reserved(office, found.id) == before + first.lines[0].quantity  # held until the doctor has answered
    second = sign(office, visit_id, visits.line(found, days=1), replaces=first.id)
    assert reserved(office, found.id) == before + second.lines[0].quantity
    assert office.rows("SELECT state FROM prescription WHERE id = %s", first.id) == [("VOIDED",)]
    assert office.rows("SELECT replaces FROM prescription WHERE id = %s", second.id) == [(first.id,)]
    assert isinstance(refused(office, visit_id, visits.line(found), replaces=first.id), WrongState)
    other = in_consult(office, "韩壹")
    assert isinstance(refused(office, other, visits.line(found), replaces=second.id), NotFound)


def test_a_finished_visit_gets_no_prescription_until_it_is_opened_again(office: Office) -> None:
    visit_id = in_consult(office, "韩贰")
    office.desk(DOCTOR).call(FinishVisit(visit_id=visit_id, version=1))
    assert isinstance(refused(office, visit_id, visits.line(visits.drug(office, "布洛芬"))), WrongState)


def test_the_quantity_follows_from_dose_frequency_and_days(office: Office) -> None:
    visit_id = in_consult(office, "韩叁")
    found = visits.drug(office, "阿莫西林胶囊")  # 0.25 g a capsule, split, tid
    assert (found.dose_per_base, found.splittable) == (D("0.25"), True)
    signed = sign(office, visit_id, visits.line(found, days=5, dose=D("0.5"), frequency="tid"))
    (line,) = signed.lines
    assert line.quantity == 30  # 0.5 / 0.25 × 3 × 5
    price = office.database.value("SELECT price FROM drug WHERE id = %s", found.id)
    assert line.amount_fen == round(price * 100 * 30 / found.pack_size)


def test_a_child_gets_a_paediatric_prescription(office: Office) -> None:
    today = office.today
    visit_id = in_consult(office, "小韩", birth_date=date(today.year - 5, 1, 1), guardian_name="韩父")
    signed = sign(office, visit_id, visits.line(visits.drug(office, "布洛芬混悬液"), frequency="tid"), kind=PrescriptionKind.PAEDIATRIC)
    assert signed.kind is PrescriptionKind.PAEDIATRIC
    assert signed.age.startswith(("5岁", "4岁"))
