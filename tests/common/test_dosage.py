"""Quantities from doses, and doses in words."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.dosage import dose_text, packs_to_scan, quantity_for, quantity_text, times_per_day, usage_text
from common.i18n import CHINESE, ENGLISH, language

D = Decimal
TABLET: dict[str, Any] = {
    "dose": D("0.5"),
    "dose_per_base": D("0.25"),
    "times": Fraction(3),
    "days": 3,
    "round_each_dose": False,
    "splittable": True,
    "pack_size": D(24),
    "base_unit": "粒",
}


@pytest.mark.parametrize(
    ("times", "per_day"),
    [
        ("3/1", Fraction(3)),
        ("1/2", Fraction(1, 2)),
        ("2/7", Fraction(2, 7)),
        ("24/1", Fraction(24)),
        ("4", Fraction(4)),
        ("0", Fraction(0)),
    ],
)
def test_times_a_day(times: str, per_day: Fraction) -> None:
    assert times_per_day(times) == per_day


@pytest.mark.parametrize("times", ["", "3/0", "-1", "1.5", "3/1/1", "x", "3/", "٣"])
def test_no_frequency(times: str) -> None:
    with pytest.raises(ValueError, match="not a frequency"):
        times_per_day(times)


@pytest.mark.parametrize(
    ("changed", "quantity"),
    [
        ({}, D(18)),  # two capsules three times a day for three days
        ({"splittable": False}, D(24)),
        ({"days": 5, "splittable": False}, D(48)),
        ({"dose": D("0.3")}, D(11)),  # 1.2 × 9 = 10.8: the total is rounded up
        ({"dose": D("0.3"), "round_each_dose": True}, D(18)),  # each dose takes two
        ({"times": Fraction(1, 2), "days": 7}, D(8)),  # days 1, 3, 5 and 7
        ({"times": Fraction(1, 7), "days": 7}, D(2)),
        ({"times": Fraction(2, 7), "days": 7}, D(4)),
        ({"dose": D("7.5"), "dose_per_base": D(1), "base_unit": "g", "times": Fraction(1), "days": 3}, D("22.5")),
        ({"dose": D(1), "dose_per_base": D(3), "base_unit": "ml", "times": Fraction(1), "days": 1}, D("0.3334")),
        ({"dose": D(10), "dose_per_base": D(100), "base_unit": "瓶", "pack_size": D(1), "splittable": False, "days": 7}, D(3)),
        ({"dose": D(10), "dose_per_base": D(1), "base_unit": "ml", "pack_size": D(100), "splittable": False, "days": 7}, D(300)),
    ],
)
def test_quantity(changed: dict[str, Any], quantity: Decimal) -> None:
    assert quantity_for(**{**TABLET, **changed}) == quantity


@pytest.mark.parametrize("name", ["dose", "dose_per_base", "pack_size", "days", "times"])
def test_no_quantity_follows_from_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        quantity_for(**{**TABLET, name: type(TABLET[name])(0)})


AMOUNTS = st.decimals(D("0.0001"), D(1000), places=4)


@given(AMOUNTS, AMOUNTS, st.integers(1, 24), st.integers(1, 90), st.booleans(), st.booleans(), st.integers(1, 100))
def test_a_quantity_is_enough_and_never_a_pack_too_much(
    dose: Decimal, dose_per_base: Decimal, times: int, days: int, each: bool, splittable: bool, pack: int
) -> None:
    quantity = quantity_for(
        dose=dose,
        dose_per_base=dose_per_base,
        times=Fraction(times),
        days=days,
        round_each_dose=each,
        splittable=splittable,
        pack_size=D(pack),
        base_unit="片",
    )
    units = Fraction(dose) / Fraction(dose_per_base)
    needed = math.ceil(units) * times * days if each else math.ceil(units * times * days)
    assert 0 <= quantity - needed < (1 if splittable else pack)
    assert splittable or quantity % pack == 0


@pytest.mark.parametrize(
    ("quantity", "pack", "packs"),
    [(D(24), D(24), 1), (D(25), D(24), 2), (D(6), D(24), 1), (D("0.5"), D(1), 1), (D(0), D(24), 0), (D(3), D(1), 3)],
)
def test_packs_to_scan(quantity: Decimal, pack: Decimal, packs: int) -> None:
    assert packs_to_scan(quantity, pack) == packs


@pytest.mark.parametrize(
    ("quantity", "base", "pack", "size", "text"),
    [
        (D(48), "粒", "盒", D(24), "2盒"),
        (D("30.0000"), "片", "盒", D("24.0"), "1盒+6片"),
        (D(6), "片", "盒", D(24), "6片"),
        (D(3), "支", "支", D(1), "3支"),
        (D("22.5"), "g", "g", D(1), "22.5g"),
        (D("150"), "ml", "瓶", D(100), "1瓶+50ml"),
        (D(0), "片", "盒", D(24), "0片"),
        (D(2000), "片", "瓶", D(100), "20瓶"),
    ],
)
def test_quantity_in_words(quantity: Decimal, base: str, pack: str, size: Decimal, text: str) -> None:
    assert quantity_text(quantity, base, pack, size) == text


@pytest.mark.parametrize(
    ("dose", "unit", "per_base", "base", "chinese", "english"),
    [
        (D("0.5"), "g", D("0.25"), "粒", "0.5g（2粒）", "0.5g (2粒)"),
        (D("12.50"), "mg", D(25), "片", "12.5mg（0.5片）", "12.5mg (0.5片)"),
        (D("100"), "mg", D("300"), "片", "100mg", "100mg"),  # a third is no number of tablets that one can say
        (D(2), "片", D(1), "片", "2片", "2片"),
        (D(10), "ml", D(100), "瓶", "10ml", "10ml"),
        (D(10), "mg", D(1), "ml", "10mg", "10mg"),
    ],
)
def test_dose_in_words(dose: Decimal, unit: str, per_base: Decimal, base: str, chinese: str, english: str) -> None:
    with language(CHINESE):
        assert dose_text(dose, unit, per_base, base) == chinese
    with language(ENGLISH):
        assert dose_text(dose, unit, per_base, base) == english


def test_usage_in_plain_words() -> None:
    amoxicillin: dict[str, Any] = {"dose": D("0.5"), "dose_unit": "g", "dose_per_base": D("0.25"), "base_unit": "粒"}
    with language(CHINESE):
        text = usage_text(**amoxicillin, route_name="口服", frequency_name="每日3次", advice="饭后")
        assert text == "口服，一次0.5g（2粒），每日3次，饭后"
        assert usage_text(**amoxicillin, route_name="口服", frequency_name="每日3次", advice="") == "口服，一次0.5g（2粒），每日3次"
    with language(ENGLISH):
        text = usage_text(**amoxicillin, route_name="by mouth", frequency_name="3 times a day", advice="after meals")
        assert text == "by mouth, 0.5g (2粒) each time, 3 times a day, after meals"
