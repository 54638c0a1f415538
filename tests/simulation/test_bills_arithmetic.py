"""Random bills in pure arithmetic; ``xinglin bench bills`` has 100,000 of them."""

from __future__ import annotations

import random

import pytest

from common.domain import refunds
from common.domain.refunds import Part
from tests.simulation.money import arithmetic
from tests.simulation.money.arithmetic import Bills


def test_ten_thousand_bills_hold() -> None:
    bills = Bills(random.Random(1))
    for _ in range(10_000):
        bills.one()
    assert bills.seen["waived"] > 1000
    assert bills.seen["refunds 3"] > 500
    assert bills.seen["taken back whole"] > 300


def test_a_fen_too_much_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts rounded down instead of half up."""

    def careless(line: refunds.Standing, quantity: object) -> Part:
        back = refunds.part_of(line, quantity)  # type: ignore[arg-type]
        return back if back.quantity == line.quantity or not back.amount_fen else back._replace(amount_fen=back.amount_fen - 1)

    monkeypatch.setattr(arithmetic, "part_of", careless)
    bills = Bills(random.Random(1))
    with pytest.raises(AssertionError):
        for _ in range(1000):
            bills.one()
