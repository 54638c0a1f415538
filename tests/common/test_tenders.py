"""Tenders cover a bill exactly, and only cash gives change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.money import MAX_FEN
from common.domain.tenders import check_tenders
from common.errors import TendersDoNotCover
from common.messages.cashier import Tender, TenderKind

CASH, CARD, WECHAT = TenderKind.CASH, TenderKind.CARD, TenderKind.WECHAT


def tender(kind: TenderKind, amount: int, given: int = 0) -> Tender:
    return Tender(kind=kind, amount_fen=amount, given_fen=given)


@pytest.mark.parametrize(
    ("due", "tenders", "change"),
    [
        (0, [], 0),
        (3860, [tender(CASH, 3860, 5000)], 1140),
        (3860, [tender(CASH, 3860, 3860)], 0),
        (3860, [tender(CASH, 3860)], 0),
        (3860, [tender(WECHAT, 3860)], 0),
        (3860, [tender(WECHAT, 3860, 3860)], 0),
        (3860, [tender(CARD, 3000), tender(CASH, 860, 1000)], 140),
        (3860, [tender(CARD, 1860), tender(CARD, 2000)], 0),
        (MAX_FEN, [tender(CARD, MAX_FEN)], 0),
        (1, [tender(CASH, 1, MAX_FEN)], MAX_FEN - 1),
    ],
)
def test_change(due: int, tenders: list[Tender], change: int) -> None:
    assert check_tenders(due, tenders) == change


@pytest.mark.parametrize(
    ("due", "tenders", "given"),
    [
        (3860, [], 0),
        (3860, [tender(CASH, 3859, 5000)], 5000),
        (3860, [tender(CASH, 3861, 5000)], 5000),
        (3860, [tender(CASH, 3860, 3859)], 3859),
        (3860, [tender(WECHAT, 3860, 5000)], 5000),
        (3860, [tender(WECHAT, 3860, 3000)], 3000),
        (3860, [tender(CASH, 1860), tender(CASH, 2000)], 3860),
        (3860, [tender(CARD, 3861), tender(CASH, -1)], 3860),
        (3860, [tender(CARD, 3860), tender(CASH, 0)], 3860),
        (0, [tender(CASH, 0)], 0),
        (0, [tender(CASH, 1, 1)], 1),
        (MAX_FEN + 1, [tender(CARD, MAX_FEN + 1)], MAX_FEN + 1),
        (1, [tender(CASH, 1, MAX_FEN + 1)], MAX_FEN + 1),
    ],
)
def test_tenders_that_do_not_cover(due: int, tenders: list[Tender], given: int) -> None:
    with pytest.raises(TendersDoNotCover) as refused:
        check_tenders(due, tenders)
    assert (refused.value.due_fen, refused.value.given_fen) == (due, given)


@given(
    st.integers(0, 10**6),
    st.lists(st.builds(tender, st.sampled_from(TenderKind), st.integers(-10, 10**5), st.integers(0, 10**5)), max_size=4),
)
def test_accepted_tenders_sum_to_the_bill(due: int, tenders: list[Tender]) -> None:
    try:
        change = check_tenders(due, tenders)
    except TendersDoNotCover:
        return
    assert sum(one.amount_fen for one in tenders) == due
    assert change >= 0


@given(st.lists(st.integers(1, 10**6), max_size=4), st.integers(1, 10**6), st.integers(0, 10**6))
def test_change_is_what_was_given_beyond_the_amount(cards: list[int], cash: int, extra: int) -> None:
    tenders = [*(tender(CARD, amount) for amount in cards), tender(CASH, cash, cash + extra)]
    assert check_tenders(sum(cards) + cash, tenders) == extra
    with pytest.raises(TendersDoNotCover):
        check_tenders(sum(cards) + cash + 1, tenders)
