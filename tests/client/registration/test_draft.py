"""The file while it is written: what fills itself in, what is wrong, what is missing."""

from __future__ import annotations

from datetime import date

import pytest

from client.registration import draft as drafts
from client.registration.draft import FileDraft, changed_fields, of_card, of_patient, of_text
from client.registration.likeness import SAME_BIRTH, SAME_DOCUMENT, SAME_NAME, SAME_PHONE, likely, questions
from common import wire
from common.messages.patients import Allergy, AllergyState, DocumentKind
from devices.idcard.protocol import IdCard, IdCardKind
from tests.client.registration.samples import FILE, ID_NUMBER, PATIENT, TODAY, hit


def full(**fields: object) -> FileDraft:
    """A form that can be saved."""
    made = FileDraft(name="王芳", document_number=ID_NUMBER, **fields)  # type: ignore[arg-type]
    made.take_identity(TODAY)
    return made


def test_the_number_tells_sex_and_birth_date() -> None:
    made = FileDraft(document_number="11010519491231002x")
    assert made.take_identity(TODAY)
    assert (made.sex, made.birth_date) == ("2", date(1949, 12, 31))


def test_half_a_number_tells_nothing_and_is_not_wrong_yet() -> None:
    made = FileDraft(document_number="1101051949")
    assert not made.take_identity(TODAY)
    assert made.wrongs(TODAY) == {}
    assert "document_number" in made.missing(TODAY)


def test_a_wrong_check_digit_is_told_at_once() -> None:
    assert "check digit" in FileDraft(document_number="110105194912310021").wrongs(TODAY)["document_number"]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"sex": "1"}, "sex"),
        ({"birth_date": date(1950, 1, 1)}, "birth_date"),
        ({"phone": "1381234"}, "phone"),
        ({"name": "王9"}, "name"),
    ],
)
def test_what_does_not_agree_is_marked_at_its_field(fields: dict[str, object], where: str) -> None:
    made = full()
    for field, value in fields.items():
        setattr(made, field, value)
    assert list(made.wrongs(TODAY)) == [where]


def test_an_empty_form_misses_what_the_law_wants() -> None:
    assert set(FileDraft().missing(TODAY)) == {"document_number", "name", "sex", "birth_date"}
    nobody = FileDraft(name="无名氏20261121", sex="1", birth_date=date(1980, 1, 1), document_kind=DocumentKind.NONE)
    assert nobody.missing(TODAY) == {}


def test_a_child_needs_a_guardian_and_a_youth_without_document_too() -> None:
    child = FileDraft(name="王小满", document_number="110101202402290024")
    child.take_identity(TODAY)
    assert child.missing(TODAY) == {"guardian_name": drafts.NEEDS_GUARDIAN}
    child.guardian_name = "王芳"
    assert child.missing(TODAY) == {}
    youth = FileDraft(name="李明", sex="1", birth_date=date(2011, 5, 1), document_kind=DocumentKind.NONE)
    assert "guardian_name" in youth.missing(TODAY)


def test_allergies_and_their_state_agree() -> None:
    assert "allergies" in full(allergy_state=AllergyState.KNOWN).missing(TODAY)
    penicillin = (Allergy(text="青霉素类"),)
    assert "allergies" in full(allergy_state=AllergyState.NONE_KNOWN, allergies=penicillin).missing(TODAY)
    assert full(allergy_state=AllergyState.KNOWN, allergies=penicillin).file(TODAY).allergies == penicillin


def test_it_becomes_a_file_as_the_service_stores_it() -> None:
    file = full(phone="138 1234 1234").file(TODAY)
    assert (file.name, file.document_number, file.phone, file.sex) == ("王芳", ID_NUMBER, "13812341234", "2")


def test_a_correction_holds_all_that_was_there() -> None:
    made = of_patient(PATIENT)
    assert (made.patient_id, made.version, made.allergies) == (7, 3, FILE.allergies)
    assert not made.is_new


def test_a_card_fills_the_form() -> None:
    card = IdCard(
        kind=IdCardKind.CITIZEN,
        name="王芳",
        sex="2",
        birth_date=date(1949, 12, 31),
        number=ID_NUMBER,
        issuer="某公安局",
        valid_from=date(2010, 1, 1),
        valid_to=None,
        ethnic_code="03",
        address="北京市某街 1 号",
    )
    made = of_card(card)
    assert (made.name, made.sex, made.ethnic_group, made.address) == ("王芳", "2", "03", "北京市某街 1 号")
    assert made.missing(TODAY) == {}


def test_what_was_searched_goes_where_it_belongs() -> None:
    assert of_text("王芳", TODAY).name == "王芳"
    assert of_text("138 1234 1234", TODAY).phone == "13812341234"
    assert of_text(ID_NUMBER, TODAY).birth_date == date(1949, 12, 31)
    assert of_text("wf", TODAY).is_empty()


def test_a_draft_survives_the_disk() -> None:
    made = full(allergies=(Allergy(text="花粉"),), allergy_state=AllergyState.KNOWN)
    assert wire.decode(FileDraft, wire.encode(made)) == made


def test_changed_fields_are_named() -> None:
    import msgspec

    assert changed_fields(FILE, msgspec.structs.replace(FILE, phone="", address="")) == ["Phone", "file|Address"]


def test_likely_duplicates_strongest_first() -> None:
    form = FileDraft(name="李建国", document_number="110101198503140018", birth_date=date(1985, 3, 14), sex="1", phone="13900001111")
    others = (
        hit(id=2, document_tail="9999"),
        hit(id=3, name="李建军", phone="13900001111", birth_date=date(2000, 1, 1)),
        hit(id=4),
        hit(id=5, birth_date=date(2001, 1, 1)),
    )
    assert [(each.hit.id, each.why) for each in likely(form, others)] == [(4, SAME_DOCUMENT), (2, SAME_BIRTH), (3, SAME_PHONE)]


def test_the_same_name_alone_counts_only_while_nothing_speaks_against_it() -> None:
    assert [each.why for each in likely(FileDraft(name="李建国"), [hit()])] == [SAME_NAME]
    assert likely(FileDraft(name="李建国", sex="2"), [hit()]) == []
    assert likely(FileDraft(name="李建国", patient_id=7), [hit()]) == []


def test_nobody_is_searched_for_with_too_little() -> None:
    assert questions(FileDraft(name="李", document_number="1101", phone="138")) == []
    assert questions(FileDraft(name="李建国", phone="13812341234")) == ["李建国", "13812341234"]
