"""Patient files: finding them while one types, duplicates, corrections."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from common.domain.idcard import check_digit
from common.errors import AlreadyExists, ChangedMeanwhile, FieldWrong, NotFound
from common.messages.patients import (
    Allergy,
    AllergyState,
    CorrectPatient,
    DocumentKind,
    GetPatient,
    PatientFile,
    RegisterPatient,
    SearchPatients,
)
from common.registration_errors import LikelyDuplicate
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, successes

CLERK = visits.CLERK


def found(office: Office, text: str, limit: int = 20) -> list[str]:
    return [hit.name for hit in office.desk(CLERK).call(SearchPatients(text=text, limit=limit)).hits]


#: A man's
MAN = "11010119900307003" + check_digit("11010119900307003")
#: A woman's ID number with its check digit.
LIN = "11010119900307002" + check_digit("11010119900307002")


@pytest.fixture(scope="module")
def people(office: Office) -> dict[str, str]:
    """Patients to be found; gives back their numbers."""
    made = [
        visits.new_patient(office, "单雄信", phone="13700010001", birth_date=date(1985, 5, 1)),
        visits.new_patient(office, "单小雨", phone="13700010002", birth_date=date(1999, 5, 1), sex="2"),
        visits.new_patient(office, "曾国藩", phone="13800019876"),
        visits.new_patient(
            office, "阿依古丽·买买提", phone="+85298765432", document_kind=DocumentKind.PASSPORT, document_number="E12345678"
        ),
        visits.new_patient(
            office, "林黛", phone="", sex="2", birth_date=date(1990, 3, 7), document_kind=DocumentKind.ID_CARD, document_number=LIN
        ),
        visits.new_patient(office, "欧阳锋", phone="13911112222"),
        visits.new_patient(office, "Anna Schmidt", phone="13988887777"),
    ]
    return {patient.file.name: patient.number for patient in made}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("单", ["单小雨", "单雄信"]),
        ("单雄", ["单雄信"]),
        ("shanxiongxin", ["单雄信"]),
        ("danxx", []),
        ("danxiong", ["单雄信"]),  # the other reading of 单
        ("sxx", ["单雄信"]),
        ("SXX", ["单雄信"]),
        ("dxy", ["单小雨"]),
        ("zgf", ["曾国藩"]),
        ("zengguofan", ["曾国藩"]),
        ("ouyang", ["欧阳锋"]),
        ("oyf", ["欧阳锋"]),
        ("ayglmmt", ["阿依古丽·买买提"]),
        ("annaschmidt", ["Anna Schmidt"]),
        ("1370001", ["单雄信", "单小雨"]),
        ("137", ["单雄信", "单小雨"]),
        ("1370", ["单雄信", "单小雨"]),  # four digits are a start as well as a tail
        ("9876", ["曾国藩"]),
        ("2222", ["欧阳锋"]),
        ("987", []),
        ("110101199003", ["林黛"]),
        ("1101", ["林黛"]),
        (LIN.lower(), ["林黛"]),
        ("e1234", ["阿依古丽·买买提"]),
        ("单 1985", ["单雄信"]),
        ("sx 1985", ["单雄信"]),
        ("s 0002", ["单小雨"]),
        ("单 1950", []),
        ("", []),
        ("   ", []),
        ("查无此人", []),
    ],
)
def test_a_patient_is_found_by_what_one_types(office: Office, people: dict[str, str], text: str, names: list[str]) -> None:
    assert sorted(found(office, text)) == sorted(names)


def test_the_patient_number_finds_one(office: Office, people: dict[str, str]) -> None:
    for name, number in people.items():
        assert found(office, number) == [name]


@pytest.mark.parametrize(
    "text", ["%", "_", "\\", "%%", "单%", "单_信", "s%", "1%", "'; drop table patient; --", "\\%", "E1234567_", "٣", "²", "１３７"]
)
def test_signs_that_mean_something_to_the_database_mean_nothing_here(office: Office, people: dict[str, str], text: str) -> None:
    assert found(office, text) == []


def test_a_search_says_when_there_are_more(own_office: Office) -> None:
    for _ in range(3):
        visits.new_patient(own_office, "同名")
    for text in ("同名", "tm", "tongming", "1381234", "1234"):
        hits = own_office.desk(CLERK).call(SearchPatients(text=text, limit=2))
        assert (len(hits.hits), hits.more) == (2, True), text
        hits = own_office.desk(CLERK).call(SearchPatients(text=text, limit=3))
        assert (len(hits.hits), hits.more) == (3, False), text


def test_a_patient_with_several_spellings_does_not_hide_others(own_office: Office) -> None:
    """``a`` finds 安安 by ``aa`` and by ``anan``; those of 安瑶 must not drop out because of it."""
    for _ in range(3):
        visits.new_patient(own_office, "安安")
    visits.new_patient(own_office, "安瑶")
    hits = own_office.desk(CLERK).call(SearchPatients(text="a", limit=4))
    assert sorted(hit.name for hit in hits.hits) == ["安安", "安安", "安安", "安瑶"]
    assert not hits.more


def test_a_hit_shows_the_end_of_the_document_alone(office: Office, people: dict[str, str]) -> None:
    (hit,) = office.desk(CLERK).call(SearchPatients(text="ld")).hits
    assert (hit.document_tail, hit.sex, hit.birth_date) == (LIN[-4:], "2", date(1990, 3, 7))


def test_a_new_spelling_finds_a_corrected_name_and_the_old_one_no_more(office: Office) -> None:
    patient = visits.new_patient(office, "沙僧")
    office.desk(CLERK).call(CorrectPatient(patient_id=patient.id, version=1, file=changed(patient.file, name="悟净")))
    assert found(office, "wj") == ["悟净"]
    assert found(office, "shaseng") == []


# --- duplicates and corrections


def file(**fields: object) -> PatientFile:
    return changed(PatientFile(name="朱八", sex="1", birth_date=date(1970, 1, 1), allergy_state=AllergyState.NONE_KNOWN), **fields)


def test_a_likely_duplicate_is_refused_until_somebody_looked(office: Office) -> None:
    clerk = office.desk(CLERK)
    first = clerk.call(RegisterPatient(file=file()))
    with pytest.raises(LikelyDuplicate) as refused:
        clerk.call(RegisterPatient(file=file()))
    assert (refused.value.patient, refused.value.number) == ("朱八", first.number)
    assert clerk.call(RegisterPatient(file=file(), another_person=True)).number != first.number
    assert clerk.call(RegisterPatient(file=file(birth_date=date(1970, 1, 2)))).id > first.id


def test_the_same_document_is_never_two_persons(office: Office) -> None:
    clerk = office.desk(CLERK)
    papers = {"document_kind": DocumentKind.PASSPORT, "document_number": "P7654321"}
    clerk.call(RegisterPatient(file=file(name="朱九", **papers)))
    with pytest.raises(LikelyDuplicate):
        clerk.call(RegisterPatient(file=file(name="朱十", **papers), another_person=True))
    other = clerk.call(RegisterPatient(file=file(name="朱十")))
    with pytest.raises(LikelyDuplicate):
        clerk.call(CorrectPatient(patient_id=other.id, version=1, file=file(name="朱十", **papers)))


def test_two_clerks_with_the_same_card_make_one_file(own_office: Office) -> None:
    papers = {"document_kind": DocumentKind.PASSPORT, "document_number": "P1111111"}
    request = RegisterPatient(file=file(**papers), another_person=True)
    outcomes = at_once(*(lambda clerk=clerk: own_office.desk(clerk).call(request) for clerk in ("zhouqing", "hulan") * 2))
    assert len(successes(outcomes)) == 1
    assert {type(error) for error in refusals(outcomes)} <= {LikelyDuplicate, AlreadyExists}
    assert own_office.rows("SELECT count(*) FROM patient") == [(1,)]
    assert visits.new_patient(own_office, "下一").number == "00000002"  # the refused ones left no gap


def test_an_id_number_decides(office: Office) -> None:
    card = {"document_kind": DocumentKind.ID_CARD, "document_number": MAN}
    for wrong in ({"document_number": MAN[:-1] + str((int(MAN[-1], 11) + 1) % 10)}, {"sex": "2"}, {"birth_date": date(1990, 3, 8)}):
        with pytest.raises(FieldWrong):
            office.desk(CLERK).call(RegisterPatient(file=file(**{"birth_date": date(1990, 3, 7), **card, **wrong})))
    made = office.desk(CLERK).call(RegisterPatient(file=file(birth_date=date(1990, 3, 7), sex="0", **card)))
    assert made.file.sex == "1"


def test_a_correction_of_an_old_version_is_refused_and_old_values_are_kept(office: Office) -> None:
    clerk = office.desk(CLERK)
    patient = visits.new_patient(office, "郑一", phone="13700099999")
    allergic = changed(
        patient.file, phone="13700088888", allergy_state=AllergyState.KNOWN, allergies=(Allergy(text="青霉素", allergen="penicillin"),)
    )
    corrected = clerk.call(CorrectPatient(patient_id=patient.id, version=1, file=allergic))
    assert (corrected.version, corrected.file, corrected.number) == (2, allergic, patient.number)
    with pytest.raises(ChangedMeanwhile):
        clerk.call(CorrectPatient(patient_id=patient.id, version=1, file=patient.file))
    assert clerk.call(GetPatient(patient_id=patient.id)).file == allergic
    kept = office.rows("SELECT version, file->>'phone', staff_id FROM patient_version WHERE patient_id = %s", patient.id)
    assert kept == [(1, "13700099999", office.actor(CLERK).staff)]


def test_of_two_corrections_at_once_one_wins(office: Office) -> None:
    patient = visits.new_patient(office, "郑二")
    outcomes = at_once(
        *(
            lambda phone=phone: office.desk(CLERK).call(
                CorrectPatient(patient_id=patient.id, version=1, file=changed(patient.file, phone=phone))
            )
            for phone in ("13700000001", "13700000002", "13700000003")
        )
    )
    assert len(successes(outcomes)) == 1
    assert {type(error) for error in refusals(outcomes)} == {ChangedMeanwhile}
    assert office.rows("SELECT count(*) FROM patient_version WHERE patient_id = %s", patient.id) == [(1,)]


def test_a_card_shows_todays_visit_and_what_is_owed(own_office: Office) -> None:
    patient = visits.new_patient(own_office)
    assert (patient.today, patient.visits, patient.unpaid_fen) == (None, (), 0)
    visit = visits.register(own_office, patient.id)
    visits.consult(own_office, visit.visit_id)
    prescription = visits.prescribe(own_office, visit.visit_id)
    visits.approve(own_office, prescription.id)
    card = own_office.desk(CLERK).call(GetPatient(patient_id=patient.id))
    assert card.today is not None
    assert (card.today.number, card.today.diagnoses) == (visit.visit_number, (visits.COLD.name,))
    assert card.unpaid_fen == prescription.amount_fen > 0
    own_office.clock.by = timedelta(days=1)
    assert own_office.desk(CLERK).call(GetPatient(patient_id=patient.id)).today is None


def test_a_look_at_a_card_is_audited_a_missing_card_is_not_found(office: Office) -> None:
    patient = visits.new_patient(office, "郑三")
    office.desk("xuning").call(GetPatient(patient_id=patient.id))
    nurse = office.actor("xuning").staff
    assert office.rows("SELECT act, patient_id FROM audit_entry WHERE staff_id = %s", nurse) == [("get_patient", patient.id)]
    with pytest.raises(NotFound):
        office.desk("xuning").call(GetPatient(patient_id=10**17))
    with pytest.raises(NotFound):
        office.desk(CLERK).call(CorrectPatient(patient_id=10**17, version=1, file=file(name="谁")))


def test_no_patient_stands_in_an_audit_entry_by_name(office: Office) -> None:
    patient = visits.new_patient(office, "郑四", phone="13712345678")
    entry = office.database.value("SELECT row_to_json(e)::text FROM audit_entry e WHERE patient_id = %s", patient.id)
    assert "register_patient" in entry
    assert "郑四" not in entry
    assert "13712345678" not in entry
