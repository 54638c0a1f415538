"""What goes back and what is kept, to the fen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.refunds import Paid, Part, Standing, keep, part_of
from common.domain.rounding import MODES, round_cash
from common.domain.sharing import share
from common.messages.cashier import TenderKind


@pytest.mark.parametrize(
    ("mode", "fen", "rounded"),
    [("none", 1234, 1234), ("down", 1239, 1230), ("half_up", 1234, 1230), ("half_up", 1235, 1240), ("up", 1231, 1240), ("up", 1230, 1230)],
)
def test_cash_is_rounded_to_ten_fen(mode: str, fen: int, rounded: int) -> None:
    assert round_cash(fen, mode) == rounded


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20), st.data())
def test_nothing_is_lost_in_sharing(weights: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = share(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


def test_more_than_the_lines_hold_cannot_be_shared() -> None:
    with pytest.raises(ValueError, match="hold"):
        share(4, [1, 2])


def test_a_part_of_a_line_and_its_rest_are_the_line() -> None:
    line = Standing(Decimal(3), 1000, 100)
    assert part_of(line, Decimal(1)) == Part(Decimal(1), 333, 33)
    assert part_of(line, None) == Part(Decimal(3), 1000, 100)
    for wrong in (Decimal(0), Decimal(-1), Decimal("3.0001")):
        with pytest.raises(ValueError, match="left"):
            part_of(line, wrong)


@given(st.integers(1, 10**6), st.integers(0, 100), st.integers(1, 50), st.integers(1, 50))
def test_neither_part_is_waived_for_more_than_it_costs(fen: int, percent: int, quantity: int, back: int) -> None:
    line = Standing(Decimal(quantity), fen, fen * percent // 100)
    part = part_of(line, Decimal(min(back, quantity)))
    assert 0 <= part.waived_fen <= part.amount_fen
    assert 0 <= line.waived_fen - part.waived_fen <= line.amount_fen - part.amount_fen


KINDS = (TenderKind.CASH, TenderKind.CASH, TenderKind.CARD, TenderKind.WECHAT, TenderKind.DEPOSIT, TenderKind.CREDIT)


@given(
    st.lists(st.integers(1, 10**5), min_size=1, max_size=6),
    st.integers(-9, 9),
    st.integers(0, 6 * 10**5),
    st.sampled_from(MODES),
)
def test_what_is_kept_pays_for_the_rest_exactly(amounts: list[int], rounding: int, rest: int, mode: str) -> None:
    paid = [Paid(place, KINDS[place], amount * 10 if KINDS[place] is TenderKind.CASH else amount) for place, amount in enumerate(amounts)]
    kept = keep(paid, rounding, rest, mode)
    assert sum(kept.by_payment.values()) + kept.more_fen == rest + kept.rounding_fen
    assert all(0 <= kept.by_payment[payment.id] <= payment.amount_fen for payment in paid)


@pytest.mark.parametrize("rest", [905, 1057])
def test_two_payments_in_cash_are_one_drawer(rest: int) -> None:
    kept = keep([Paid(1, TenderKind.CASH, 1000), Paid(2, TenderKind.CASH, 60)], 3, rest, "half_up")
    assert sum(kept.by_payment.values()) + kept.more_fen == rest + kept.rounding_fen


def test_cash_is_kept_first_and_credit_goes_back_first() -> None:
    paid = [Paid(1, TenderKind.CASH, 1000), Paid(2, TenderKind.WECHAT, 1000), Paid(3, TenderKind.CREDIT, 1000)]
    assert keep(paid, 0, 1500, "none").by_payment == {1: 1000, 2: 500, 3: 0}
