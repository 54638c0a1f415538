"""Money: the vectors of DOMAIN §5.2 and §13."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.money import MAX_FEN, format_yuan, line_amount, pack_amount, parse_yuan, unit_price, yuan

D = Decimal


@pytest.mark.parametrize(
    ("price", "quantity", "fen"),
    [
        ("0.125", "1", 13),
        ("1.005", "1", 101),
        ("0.004999", "1", 0),
        ("0.005", "1", 1),
        ("3.333333", "3", 1000),
        ("12.5", "0.3333", 417),
        ("1.005", "-1", -101),
    ],
)
def test_a_line_is_rounded_once_half_away_from_zero(price: str, quantity: str, fen: int) -> None:
    assert line_amount(D(price), D(quantity)) == fen


@pytest.mark.parametrize(("quantity", "fen"), [("1", 333), ("2", 667), ("3", 1000), ("4", 1333), ("6", 2000), ("0", 0)])
def test_a_whole_pack_costs_exactly_its_price(quantity: str, fen: int) -> None:
    assert unit_price(D("10.00"), D(3)) == D("3.333333")
    assert pack_amount(D("10.00"), D(3), D(quantity)) == fen


@given(st.integers(1, 10**7), st.integers(1, 1000), st.integers(0, 1000))
def test_packs_cost_their_price_and_parts_never_more_than_half_a_fen_from_their_share(price_fen: int, size: int, quantity: int) -> None:
    price = yuan(price_fen)
    assert pack_amount(price, D(size), D(size) * quantity) == price_fen * quantity
    part = D(quantity % size)
    exact = D(price_fen) * part / size
    assert abs(pack_amount(price, D(size), part) - exact) <= D("0.5") + part * D("0.00005")


@pytest.mark.parametrize(
    ("fen", "text"), [(123450, "¥1,234.50"), (0, "¥0.00"), (5, "¥0.05"), (-1050, "-¥10.50"), (100000000, "¥1,000,000.00"), (1250, "¥12.50")]
)
def test_amounts_have_two_places_always(fen: int, text: str) -> None:
    assert format_yuan(fen) == text


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("50", 5000),
        ("38.6", 3860),
        ("1,234.50", 123450),
        ("¥1，234.5", 123450),
        ("￥ 5", 500),
        (" 0 ", 0),
        ("100000000", MAX_FEN),
        ("100000000.01", None),
        ("-1", None),
        ("1.005", None),
        ("", None),
        ("abc", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e400", None),
        ("sNaN", None),
    ],
)
def test_what_a_cashier_types(typed: str, fen: int | None) -> None:
    assert parse_yuan(typed) == fen


@given(st.integers(0, MAX_FEN))
def test_a_shown_amount_can_be_typed(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen
    assert yuan(fen) * 100 == fen
