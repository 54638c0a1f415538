"""How often a route's surcharge is due."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.domain.surcharge import GivenLine, Per, surcharge_count


def given(frequency: str = "bid", times: str = "2/1", days: int = 3, group: int = 0, dose: str = "1", quantity: str = "6") -> GivenLine:
    return GivenLine(
        group=group,
        frequency=frequency,
        times=times,
        days=days,
        dose=Decimal(dose),
        dose_per_base=Decimal("0.5"),
        quantity=Decimal(quantity),
    )


@pytest.mark.parametrize(
    ("line", "times"),
    [
        (given(), 6),
        (given("qod", "1/2", 7), 4),  # the first, third, fifth and seventh day
        (given("st", "1/1", 5), 1),  # once, whatever the days say
        (given("prn", "0", 3, dose="1", quantity="6"), 3),  # six of half a unit last for three
        (given("prn", "0", 3, dose="5", quantity="1"), 1),
    ],
)
def test_how_often_a_line_is_given(line: GivenLine, times: int) -> None:
    assert line.givings == times
    assert surcharge_count(Per.GIVING, [line]) == times


def test_by_prescription_once_by_line_each_by_giving_a_bag_once() -> None:
    lines = [given(), given(group=1), given("qd", "1/1", group=1), given(group=2)]
    assert surcharge_count(Per.PRESCRIPTION, lines) == 1
    assert surcharge_count(Per.LINE, lines) == 4
    assert surcharge_count(Per.GIVING, lines) == 6 + 6 + 6


@pytest.mark.parametrize("per", Per)
def test_no_line_costs_nothing(per: Per) -> None:
    assert surcharge_count(per, []) == 0
