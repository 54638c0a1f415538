"""The tenders of one bill: they sum to it exactly, or something is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.cashier.tenders import BY_EYE, OTHERS, Tendering, usable
from common.domain.rounding import MODES
from common.domain.tenders import check_tenders
from common.messages.accounts import CreditKind, PatientAccounts, PayingAccount
from common.messages.cashier import Tender, TenderKind
from tests.client.cashier.samples import CONNECTED


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


def test_only_cash_is_rounded_and_by_its_own_line() -> None:
    tendering = Tendering(due_fen=3866, rounding="half_up")
    assert (tendering.cash_due_fen, tendering.rounding_fen) == (3870, 4)
    tendering.use(TenderKind.WECHAT)
    assert (tendering.cash_due_fen, tendering.rounding_fen) == (0, 0)
    assert tendering.tenders() == (Tender(kind=TenderKind.WECHAT, amount_fen=3866),)
    tendering.parts[TenderKind.WECHAT].amount_fen = 3000
    assert tendering.tenders()[0] == Tender(kind=TenderKind.CASH, amount_fen=870, given_fen=870)


@given(due=st.integers(0, 10_000_00), other=st.integers(0, 10_000_00), mode=st.sampled_from(MODES))
def test_what_is_sent_is_what_the_service_asks_for(due: int, other: int, mode: str) -> None:
    tendering = Tendering(due_fen=due, rounding=mode)
    tendering.parts[TenderKind.CARD].amount_fen = min(other, due) or None
    assert check_tenders(due + tendering.rounding_fen, tendering.tenders()) == 0
    assert abs(tendering.rounding_fen) < 10


def test_an_account_pays_no_more_than_it_holds() -> None:
    tendering = Tendering(due_fen=10000, most={TenderKind.DEPOSIT: 3000})
    assert tendering.use(TenderKind.DEPOSIT).amount_fen == 3000
    tendering.parts[TenderKind.DEPOSIT].amount_fen = 3001
    assert "¥30.00" in tendering.why_not()


def test_a_waiver_wants_a_reason_and_above_the_limit_a_second_person() -> None:
    tendering = Tendering(due_fen=10000, waive_alone_fen=1000)
    part = tendering.use(TenderKind.WAIVER)
    assert part.amount_fen is None, "nobody waives by stepping through"
    part.amount_fen = 1000
    assert tendering.why_not()
    part.reference = "困难"
    assert tendering.why_not() == ""
    part.amount_fen = 1001
    assert tendering.why_not()
    tendering.agreed = True
    assert tendering.why_not() == ""


def test_a_code_pays_what_is_left_and_is_used_once() -> None:
    tendering = Tendering(due_fen=10000, given_fen=2000)
    tendering.scan(TenderKind.ALIPAY, "281234567890123456")
    assert tendering.with_code
    assert "281234567890123456" not in repr(tendering)
    cash, alipay = tendering.tenders()
    assert (cash.amount_fen, alipay.amount_fen, alipay.code) == (2000, 8000, "281234567890123456")
    tendering.forget_codes()
    assert (tendering.with_code, tendering.others_fen, tendering.given_fen) == (False, 0, 2000)


def test_what_this_patient_can_use() -> None:
    assert usable(None, None) == (TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.CARD)
    company = PayingAccount(account_id=1, kind=CreditKind.COMPANY, name="区教育局", left_fen=100)
    accounts = PatientAccounts(patient_id=7, deposit_fen=5, credit=(company,))
    assert usable(CONNECTED, accounts) == tuple(kind for kind in OTHERS if kind is not TenderKind.GREEN)
