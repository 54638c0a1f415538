"""The 18-character number: the vectors of DOMAIN §4.1 and §4.2, and a clear reason for each that is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import idcard
from common.domain.idcard import IdNumber, check_digit, parse_id_number
from common.errors import FieldWrong

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("number", "kind", "region", "birth_date", "sex"),
    [
        ("11010519491231002X", "id_card", "110105", date(1949, 12, 31), "2"),
        ("440524188001010014", None, None, None, None),  # a true number, but of 1880
        ("110101199003070011", "id_card", "110101", date(1990, 3, 7), "1"),
        ("110101202402290024", "id_card", "110101", date(2024, 2, 29), "2"),
        ("310115202512300049", "id_card", "310115", date(2025, 12, 30), "2"),
        ("810000199506150017", "hk_macau_taiwan", "810000", date(1995, 6, 15), "1"),
        ("830000198801010032", "hk_macau_taiwan", "830000", date(1988, 1, 1), "1"),
        ("932682198501010017", "foreign_residence", "320000", date(1985, 1, 1), "1"),
        ("911124198108030024", "foreign_residence", "110000", date(1981, 8, 3), "2"),
        ("931586198001010028", "foreign_residence", "310000", date(1980, 1, 1), "2"),
    ],
)
def test_known_numbers(number: str, kind: idcard.IdKind | None, region: str, birth_date: date, sex: str) -> None:
    assert check_digit(number[:17]) == number[17]
    if kind is None:
        with pytest.raises(FieldWrong) as refused:
            parse_id_number(number, TODAY)
        assert refused.value.reason == idcard.BORN_BEFORE_1900
        return
    read = parse_id_number(number, TODAY)
    assert (read.number, read.kind, read.region, read.birth_date, read.sex) == (number, kind, region, birth_date, sex)


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "110105\u300019491231002ｘ\r\n"]
)
def test_lower_case_blanks_and_full_width_are_the_same_number(typed: str) -> None:
    assert parse_id_number(typed, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", idcard.EMPTY),
        ("  ", idcard.EMPTY),
        ("110105491231002", idcard.OLD_NUMBER),
        ("1101051949123100", idcard.WRONG_LENGTH),
        ("11010519491231002X0", idcard.WRONG_LENGTH),
        ("11010519491231X02X", idcard.WRONG_CHARACTERS),
        ("11010519491231002Y", idcard.WRONG_CHARACTERS),
        ("１１０１０５١٩٤٩١٢٣١002X", idcard.WRONG_CHARACTERS),  # Arabic digits are digits, but not ours
        ("010105194912310029", idcard.FIRST_ZERO),
        ("110101199002300010", idcard.NO_SUCH_DATE),
        ("110101199913010014", idcard.NO_SUCH_DATE),
        ("110101202302290010", idcard.NO_SUCH_DATE),
        ("110101202603020010", idcard.BORN_LATER),
        ("110101189912310010", idcard.BORN_BEFORE_1900),
        ("110101199003070012", idcard.WRONG_CHECK_DIGIT),
        ("110105194912310021", idcard.WRONG_CHECK_DIGIT),
    ],
)
def test_wrong_numbers_say_what_is_wrong(typed: str, reason: str) -> None:
    with pytest.raises(FieldWrong) as refused:
        parse_id_number(typed, TODAY)
    assert (refused.value.field, refused.value.reason) == ("ID number", reason)


def test_somebody_born_today_has_a_number() -> None:
    first17 = f"110101{TODAY:%Y%m%d}001"
    assert parse_id_number(first17 + check_digit(first17), TODAY).birth_date == TODAY


def test_the_oldest_number_is_of_1900() -> None:
    first17 = "11010119000101001"
    assert parse_id_number(first17 + check_digit(first17), TODAY).birth_date == date(1900, 1, 1)


NUMBERS = st.builds(
    lambda region, born, sequence: f"{region}{born:%Y%m%d}{sequence:03d}",
    st.integers(110000, 999999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
).map(lambda first17: first17 + check_digit(first17))


@given(NUMBERS)
def test_the_check_digit_is_that_of_iso_7064(number: str) -> None:
    values = [10 if sign == "X" else int(sign) for sign in number]
    assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


@given(NUMBERS)
def test_every_number_with_its_check_digit_is_read(number: str) -> None:
    read = parse_id_number(number, TODAY)
    assert isinstance(read, IdNumber)
    assert f"{read.birth_date:%Y%m%d}" == number[6:14]
    assert (read.sex == "1") == (number[16] in "13579")
    assert (read.kind == "foreign_residence") == number.startswith("9")


@given(NUMBERS, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, by: int) -> None:
    wrong = "0" if number[place] == "X" else str((int(number[place]) + by) % 10)
    with pytest.raises(FieldWrong):
        parse_id_number(number[:place] + wrong + number[place + 1 :], TODAY)


@given(NUMBERS, st.integers(0, 16))
def test_two_digits_changed_over_are_always_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(FieldWrong):
            parse_id_number(swapped, TODAY)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_id_number(text, TODAY)
    except FieldWrong as refused:
        assert refused.sentence()
