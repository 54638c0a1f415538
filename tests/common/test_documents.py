"""Documents other than the number itself, and files whose parts have to agree."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.documents import check_document, check_person, normalise_name, normalise_phone
from common.errors import FieldWrong
from common.messages.patients import Allergy, AllergyState, DocumentKind, PatientFile

TODAY = date(2026, 3, 1)
ADULT: dict[str, Any] = {"name": "张小三", "sex": "1", "birth_date": date(1990, 3, 7)}
CARD: dict[str, Any] = {**ADULT, "document_kind": DocumentKind.ID_CARD, "document_number": "110101199003070011"}


def person(**fields: Any) -> PatientFile:
    return check_person(PatientFile(**fields), TODAY)


def refused(**fields: Any) -> tuple[str, str]:
    with pytest.raises(FieldWrong) as wrong:
        person(**fields)
    return wrong.value.field, wrong.value.reason


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        (DocumentKind.NONE, " ", ""),
        (DocumentKind.ID_CARD, "11010519491231002x", "11010519491231002X"),
        (DocumentKind.ID_CARD, "810000199506150017", "810000199506150017"),
        (DocumentKind.PASSPORT, "e 12345678", "E12345678"),
        (DocumentKind.PASSPORT, "12345", "12345"),
        (DocumentKind.PASSPORT, "A" * 17, "A" * 17),
        (DocumentKind.HK_MACAU_PERMIT, "h12345678", "H12345678"),
        (DocumentKind.HK_MACAU_PERMIT, "M1234567801", "M1234567801"),
        (DocumentKind.HK_MACAU_PERMIT, "810000199506150017", "810000199506150017"),
        (DocumentKind.TAIWAN_PERMIT, "１２３４５６７８", "12345678"),
        (DocumentKind.TAIWAN_PERMIT, "830000198801010032", "830000198801010032"),
        (DocumentKind.FOREIGN_RESIDENCE, "932682198501010017", "932682198501010017"),
        (DocumentKind.FOREIGN_RESIDENCE, "usa110085010101", "USA110085010101"),
    ],
)
def test_documents_are_stored_in_one_form(kind: DocumentKind, typed: str, stored: str) -> None:
    assert check_document(kind, typed, TODAY) == stored


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        (DocumentKind.NONE, "E12345678", "choose what kind of document this is"),
        (DocumentKind.ID_CARD, "", "it is empty"),
        (DocumentKind.ID_CARD, "110101199003070012", "the check digit is wrong; look at each digit again"),
        (DocumentKind.PASSPORT, "E123", "a passport number has 5 to 17 letters and digits"),
        (DocumentKind.PASSPORT, "A" * 18, "a passport number has 5 to 17 letters and digits"),
        (DocumentKind.PASSPORT, "护照12345", "a passport number has 5 to 17 letters and digits"),
        (DocumentKind.HK_MACAU_PERMIT, "H1234567", "it must be H or M and then 8 or 10 digits"),
        (DocumentKind.HK_MACAU_PERMIT, "H123456789", "it must be H or M and then 8 or 10 digits"),
        (DocumentKind.HK_MACAU_PERMIT, "T12345678", "it must be H or M and then 8 or 10 digits"),
        (DocumentKind.HK_MACAU_PERMIT, "110101199003070011", "it must be H or M and then 8 or 10 digits"),
        (DocumentKind.HK_MACAU_PERMIT, "830000198801010032", "it must be H or M and then 8 or 10 digits"),
        (DocumentKind.HK_MACAU_PERMIT, "810000199506150018", "the check digit is wrong; look at each digit again"),
        (DocumentKind.TAIWAN_PERMIT, "1234567", "it must have 8 digits"),
        (DocumentKind.FOREIGN_RESIDENCE, "US110085010101", "it must have 18 characters, or on an old card 3 letters and 12 digits"),
        (DocumentKind.FOREIGN_RESIDENCE, "932682198501010018", "the check digit is wrong; look at each digit again"),
        (DocumentKind.FOREIGN_RESIDENCE, "110101199003070011", "a foreign resident's number begins with 9"),
    ],
)
def test_wrong_documents_say_what_is_wrong(kind: DocumentKind, typed: str, reason: str) -> None:
    with pytest.raises(FieldWrong) as wrong:
        check_document(kind, typed, TODAY)
    assert wrong.value.reason == reason


def test_a_file_that_is_right_comes_back_normalised() -> None:
    file = person(
        **{
            **CARD,
            "name": " 张 小三 ",
            "document_number": "１１０１０１ 19900307 0011",
            "phone": "+86 138-1234-1234",
            "address": " 杏林胡同  12号 ",
            "guardian_phone": "(010) 6234 5678",
        }
    )
    assert (file.name, file.document_number, file.phone) == ("张小三", "110101199003070011", "13812341234")
    assert (file.address, file.guardian_phone, file.guardian_name) == ("杏林胡同 12号", "010-62345678", "")
    assert check_person(file, TODAY) == file


def test_sex_and_birth_date_agree_with_the_number() -> None:
    assert refused(**{**CARD, "sex": "2"}) == ("Sex", "it does not agree with the ID number")
    assert refused(**{**CARD, "birth_date": date(1990, 3, 8)}) == ("Birth date", "it does not agree with the ID number")


@pytest.mark.parametrize("sex", ["0", "9"])
def test_a_sex_not_stated_is_taken_from_the_number(sex: str) -> None:
    assert person(**{**CARD, "sex": sex}).sex == "1"
    assert person(**{**ADULT, "sex": sex}).sex == sex


@pytest.mark.parametrize(
    ("stated", "number", "filed"),
    [
        (DocumentKind.ID_CARD, "110101199003070011", DocumentKind.ID_CARD),
        (DocumentKind.ID_CARD, "932682198501010017", DocumentKind.FOREIGN_RESIDENCE),
        (DocumentKind.HK_MACAU_PERMIT, "810000199506150017", DocumentKind.ID_CARD),
        (DocumentKind.TAIWAN_PERMIT, "830000198801010032", DocumentKind.ID_CARD),
        (DocumentKind.TAIWAN_PERMIT, "12345678", DocumentKind.TAIWAN_PERMIT),
    ],
)
def test_an_identity_number_is_filed_under_its_own_kind(stated: DocumentKind, number: str, filed: DocumentKind) -> None:
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14])) if len(number) == 18 else date(1990, 1, 1)
    assert person(name="李安娜", sex="0", birth_date=born, document_kind=stated, document_number=number).document_kind is filed


def test_birth_dates_that_cannot_be() -> None:
    assert refused(**{**ADULT, "birth_date": date(2026, 3, 2)}) == ("Birth date", "it is in the future")
    assert refused(**{**ADULT, "birth_date": date(1875, 3, 1)}) == ("Birth date", "it is more than 150 years ago")
    assert person(**{**ADULT, "birth_date": date(1875, 3, 2)}).birth_date == date(1875, 3, 2)
    assert person(**{**ADULT, "birth_date": TODAY, "guardian_name": "李梅"}).birth_date == TODAY


def test_allergies_and_their_state_agree() -> None:
    penicillin = (Allergy(text="青霉素", allergen="penicillin", severe=True),)
    assert person(**ADULT, allergy_state=AllergyState.KNOWN, allergies=penicillin).allergies == penicillin
    assert refused(**ADULT, allergy_state=AllergyState.KNOWN) == ("Allergies", "say which, or choose another allergy state")
    for state in (AllergyState.NONE_KNOWN, AllergyState.NOT_ASKED, AllergyState.UNAVAILABLE):
        assert refused(**ADULT, allergy_state=state, allergies=penicillin)[0] == "Allergies"
        assert person(**ADULT, allergy_state=state).allergy_state is state
    blank = (Allergy(text="  "),)
    assert refused(**ADULT, allergy_state=AllergyState.KNOWN, allergies=blank) == ("Allergies", "one of them is empty")


def test_children_need_a_guardian() -> None:
    last_day_under_14 = {**ADULT, "birth_date": date(2012, 3, 2), "document_kind": DocumentKind.PASSPORT, "document_number": "E12345678"}
    assert refused(**last_day_under_14) == ("Guardian", "a patient under 14 needs one")
    assert person(**last_day_under_14, guardian_name=" 李 梅 ").guardian_name == "李梅"
    assert person(**{**last_day_under_14, "birth_date": date(2012, 3, 1)}).guardian_name == ""
    no_paper = {**ADULT, "birth_date": date(2010, 3, 2)}
    assert refused(**no_paper) == ("Guardian", "a patient under 16 without a document needs one")
    assert person(**{**no_paper, "birth_date": date(2010, 3, 1)}).guardian_name == ""
    assert refused(**ADULT, guardian_name="李2")[0] == "Guardian"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("张三", "张三"),
        (" 张　三 ", "张三"),
        ("阿卜杜•热西提", "阿卜杜·热西提"),
        ("阿卜杜 · 热西提", "阿卜杜·热西提"),
        ("阿卜杜．热西提", "阿卜杜·热西提"),
        ("欧阳𠮷", "欧阳𠮷"),
        ("\ue863", "\ue863"),  # a rare character as an identity card encodes it
        ("\uf9d1", "\uf9d1"),  # a compatibility character is somebody's name, not a spelling mistake
        ("李梅之婴", "李梅之婴"),
        ("SMITH,  JOHN Q.", "SMITH, JOHN Q."),
        ("Ｏ'Ｂｒｉｅｎ", "O'Brien"),
        ("Jose\u0301", "José"),
        ("无名氏20260301-01", "无名氏20260301-01"),
    ],
)
def test_names_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert normalise_name(typed) == stored


@pytest.mark.parametrize("typed", ["", "  ", "张3", "张三\x00", "张三<", "张三😀", "·", "Иван", "张\u200b三", "_"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(FieldWrong) as wrong:
        normalise_name(typed)
    assert wrong.value.field == "Name"


@given(st.text(max_size=50))
def test_a_stored_name_stays_as_it_is(text: str) -> None:
    try:
        name = normalise_name(text)
    except FieldWrong:
        return
    assert normalise_name(name) == name
    assert len(name) <= len(text)
    assert name.isprintable() or any("\ue000" <= sign <= "\uf8ff" or ord(sign) > 0xFFFF for sign in name)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("138 1234 1234", "13812341234"),
        ("+8613812341234", "13812341234"),
        ("0086-138-1234-1234", "13812341234"),
        ("１３８１２３４１２３４", "13812341234"),
        ("010-62345678", "010-62345678"),
        ("02162345678", "021-62345678"),
        ("(0755)2345678", "0755-2345678"),
        ("+86 755 23456789", "0755-23456789"),
        ("+852 9123 4567", "+85291234567"),
        ("00853-62345678", "+85362345678"),
        ("+1 (650) 253-0000", "+16502530000"),
    ],
)
def test_phones_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert normalise_phone(typed) == stored
    assert normalise_phone(stored) == stored


@pytest.mark.parametrize(
    "typed", ["12812341234", "1381234123", "138123412345", "62345678", "010-12345678", "+852", "0852-", "电话", "+0123456789"]
)
def test_wrong_phones_are_refused(typed: str) -> None:
    with pytest.raises(FieldWrong) as wrong:
        normalise_phone(typed)
    assert wrong.value.field == "Phone"


@given(st.text("0123456789+-() ", max_size=20))
def test_any_phone_is_refused_or_stays_as_it_is_stored(typed: str) -> None:
    try:
        phone = normalise_phone(typed)
    except FieldWrong:
        return
    assert normalise_phone(phone) == phone
    assert len(phone) <= 20
