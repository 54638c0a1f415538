"""What may be said of a drug, and which values contradict each other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.domain.formulary import BY_NAME, FIELDS, NotAValue, contradiction, read_value, shown, text_of
from common.i18n import CHINESE, language

SOUND = {field.name: "" for field in FIELDS} | {
    "active": "1",
    "splittable": "0",
    "high_alert": "0",
    "essential": "0",
    "vbp": "0",
    "default_dose": "0.5",
    "default_days": "3",
}


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("approval_number", " 国药准字H20013062 ", "国药准字H20013062"),
        ("approval_number", "国药准字HJ20160001", "国药准字HJ20160001"),
        ("national_code", "86900001000015", "86900001000015"),
        ("wubi", "AMWT", "amwt"),
        ("middle_size", "12.0", "12"),
        ("max_daily_dose", "", ""),
        ("default_dose", "0.2500", "0.25"),
        ("min_age_years", "18", "18"),
        ("controlled", "narcotic", "narcotic"),
        ("controlled", "", ""),
        ("vbp", "1", "1"),
        ("price_ceiling", "12.5000", "12.5"),
    ],
)
def test_what_is_typed_is_kept_in_one_spelling(field: str, typed: str, kept: str) -> None:
    assert read_value(BY_NAME[field], typed) == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("approval_number", "H2001306"),
        ("approval_number", "国药准字20013062"),
        ("national_code", "1234"),
        ("wubi", "a1"),
        ("middle_size", "0"),
        ("middle_size", "-3"),
        ("middle_size", "NaN"),
        ("middle_size", "1.00001"),
        ("min_age_years", "1.5"),
        ("default_dose", ""),
        ("controlled", "hidden"),
        ("storage", ""),
        ("vbp", "x"),
        ("trade_name", "x" * 61),
    ],
)
def test_what_is_no_value_says_why(field: str, typed: str) -> None:
    with pytest.raises(NotAValue) as refused, language(CHINESE):
        read_value(BY_NAME[field], typed)
    with language(CHINESE):
        assert str(refused.value)
        assert "{" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, None),
        ({"middle_unit": "板"}, "middle_size"),
        ({"middle_size": "12"}, "middle_unit"),
        ({"middle_unit": "板", "middle_size": "12"}, None),
        ({"middle_unit": "板", "middle_size": "7"}, "middle_size"),
        ({"case_packs": "200"}, "case_unit"),
        ({"essential_edition": "2018"}, "essential_edition"),
        ({"essential_edition": "2018", "essential": "1"}, None),
        ({"max_daily_dose": "0.4"}, "max_daily_dose"),
        ({"price_ceiling": "9.79"}, "price_ceiling"),
        ({"price_ceiling": "9.8"}, None),
    ],
)
def test_values_that_contradict_each_other(values: dict[str, str], field: str | None) -> None:
    found = contradiction(SOUND | values, Decimal(24), Decimal("9.80"))
    assert (found.field if found else None) == field


def test_values_as_they_are_kept_and_read() -> None:
    assert [text_of(value) for value in (None, True, False, Decimal("2.500"), 7, "x")] == ["", "1", "0", "2.5", "7", "x"]
    with language(CHINESE):
        assert [shown(BY_NAME["controlled"], value) for value in ("", "narcotic")] == ["无", "麻醉药品"]
        assert shown(BY_NAME["vbp"], "1") == "是"
        assert shown(BY_NAME["trade_name"], "大扶康") == "大扶康"
