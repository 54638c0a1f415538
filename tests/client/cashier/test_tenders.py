"""The tenders of one bill: they sum to it exactly, or something is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.cashier.tenders import BY_EYE, Tendering
from common.domain.tenders import check_tenders
from common.messages.cashier import Tender, TenderKind


def test_cash_not_typed_is_exact() -> None:
    tendering = Tendering(due_fen=3860)
    assert tendering.tenders() == (Tender(kind=TenderKind.CASH, amount_fen=3860, given_fen=3860),)
    assert tendering.change_fen is None


def test_change_is_what_is_above_the_cash_part() -> None:
    tendering = Tendering(due_fen=3860, given_fen=5000)
    assert tendering.change_fen == 1140
    assert tendering.why_not() == ""


def test_too_little_says_how_much_is_missing() -> None:
    assert "¥8.60" in Tendering(due_fen=3860, given_fen=3000).why_not()


def test_several_means_and_cash_for_the_rest() -> None:
    tendering = Tendering(due_fen=10000, given_fen=5000)
    tendering.parts[TenderKind.WECHAT].amount_fen = 6000
    tendering.parts[TenderKind.WECHAT].reference = " 42 "
    assert tendering.change_fen == 1000
    assert tendering.tenders() == (
        Tender(kind=TenderKind.CASH, amount_fen=4000, given_fen=5000),
        Tender(kind=TenderKind.WECHAT, amount_fen=6000, reference="42"),
    )


def test_a_means_takes_what_nothing_covers_yet() -> None:
    tendering = Tendering(due_fen=10000, given_fen=2500)
    assert tendering.use(TenderKind.CARD).amount_fen == 7500
    assert tendering.use(TenderKind.ALIPAY).amount_fen is None
    assert tendering.why_not() == ""


def test_only_cash_gives_change() -> None:
    tendering = Tendering(due_fen=1000)
    tendering.parts[TenderKind.CARD].amount_fen = 1500
    assert "¥5.00" in tendering.why_not()
    tendering.parts[TenderKind.CARD].amount_fen = 1000
    assert tendering.why_not() == ""
    tendering.given_fen = 100
    assert tendering.why_not()


@pytest.mark.parametrize("kind", BY_EYE)
def test_what_is_no_amount_is_said(kind: TenderKind) -> None:
    tendering = Tendering(due_fen=1000)
    tendering.parts[kind].unreadable = True
    assert tendering.why_not()


@given(
    due=st.integers(0, 10**7),
    cash=st.none() | st.integers(0, 2 * 10**7),
    others=st.lists(st.none() | st.integers(0, 10**7), min_size=3, max_size=3),
)
def test_whatever_the_desk_lets_through_the_service_takes(due: int, cash: int | None, others: list[int | None]) -> None:
    tendering = Tendering(due_fen=due, given_fen=cash)
    for kind, amount in zip(BY_EYE, others, strict=True):
        tendering.parts[kind].amount_fen = amount
    if not tendering.why_not():
        assert check_tenders(due, tendering.tenders()) == max(0, tendering.change_fen or 0)
