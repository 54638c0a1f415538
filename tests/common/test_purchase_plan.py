"""How much should be ordered, by the formula; and a year played through against a rule of thumb."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from common.domain.purchase_plan import Drug, Policy, Shelf, Suggestion, shelves_of, suggest, use_of
from tests.bench.purchase_year import Sums, formula, play, rule_of_thumb, sample_year

D = Decimal
TEN_A_DAY = tuple(D(q) for q in (8, 12) * 15)


def asked(there: str = "50", days: int = 999, **fields: object) -> Suggestion:
    known = {"use": TEN_A_DAY, "reserved": D(0), "on_order": D(0), "lead_days": 3, "pack_size": D(10)}
    drug = Drug(shelves=(Shelf(quantity=D(there), days=days),), **(known | fields))  # type: ignore[arg-type]
    return suggest(drug, Policy(service=95, review_days=1, cover_days=14))


def test_mean_and_deviation_are_those_of_a_sample() -> None:
    assert use_of(TEN_A_DAY) == (D(10), D("2.0342"))
    assert use_of(()) == (D(0), D(0))
    assert use_of((D(3),)) == (D(3), D(0))
    assert use_of((D(4), D(-4))) == (D(2), D("2.8284"))  # a day of returns only is a day without use


def test_the_formula() -> None:
    found = asked()
    assert found.safety == D("6.6921")  # 1.6449 · 2.0342 · √4, rounded where it is used
    assert (found.point, found.target) == (D("46.6921"), D("186.6921"))
    assert (found.there, found.position, found.packs) == (D(50), D(50), 0)


def test_ordered_once_the_point_is_reached_and_never_before() -> None:
    assert [asked(there).packs for there in ("46.7", "46.6", "0")] == [0, 15, 19]
    assert asked("46.6").position == D("46.6")


def test_what_is_held_and_what_was_ordered_count() -> None:
    assert asked("60", reserved=D(20)).packs == 15
    assert asked("20", on_order=D(30)).packs == 0
    assert asked("20", on_order=D(20), reserved=D(5)).packs == 16


def test_whole_packs_and_whole_cases() -> None:
    assert asked("40").packs == 15
    assert asked("40", case_packs=10).packs == 20
    assert asked("40", pack_size=D(24)).packs == 7


def test_never_below_the_minimum() -> None:
    assert asked("90", minimum=D(80)).packs == 0
    low = asked("70", minimum=D(80))
    assert (low.point, low.packs) == (D(80), 12)
    assert asked("0", use=(), minimum=D(25)).packs == 3
    assert asked("0", use=()).packs == 0


def test_nothing_is_bought_that_would_expire() -> None:
    short = asked("40", shelf_days=10)
    assert (short.packs, short.capped) == (6, True)
    assert not asked("40", shelf_days=400).capped
    kept = asked("0", shelf_days=10, minimum=D(130))
    assert kept.packs == 13  # the minimum is kept although a part of it will expire


def test_what_will_expire_first_is_not_there() -> None:
    assert shelves_of((Shelf(quantity=D(100), days=4), Shelf(quantity=D(10), days=30)), D(10), 18) == (D(110), D(50))
    assert shelves_of((Shelf(quantity=D(100), days=4),), D(0), 18) == (D(100), D(0))
    assert shelves_of((Shelf(quantity=D(9000), days=17),), D(10), 18) == (D(9000), D(0))  # more than is ever used, but it is there
    assert shelves_of((Shelf(quantity=D(9000), days=16),), D(10), 18) == (D(9000), D(8830))
    found = asked("100", days=3)
    assert (found.there, found.expiring, found.position, found.packs) == (D(100), D(60), D(40), 15)


@pytest.fixture(scope="module")
def year() -> dict[str, Sums]:
    days = sample_year(drugs=24, days=240)
    return {"formula": play(days, formula(Policy())), "thumb": play(days, rule_of_thumb)}


def test_a_year_by_the_formula_runs_out_less_and_keeps_less(year: dict[str, Sums]) -> None:
    found, naive = year["formula"], year["thumb"]
    assert found.days == naive.days == 24 * 150
    assert found.short_days < naive.short_days
    assert found.mean_days_kept < naive.mean_days_kept * D("0.7")
    assert found.served > D("0.999")


def test_what_is_played_is_what_there_was(year: dict[str, Sums]) -> None:
    for sums in year.values():
        assert sums.wanted == sums.given + sums.missed
        assert sums.begun + sums.came == sums.given_in_all + sums.left
        assert dataclasses.is_dataclass(sums)
