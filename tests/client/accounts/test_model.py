"""What the desk knows of an act: when it may begin, what is missing, what it asks for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from client.accounts.model import UNDER_WAY, AccountsModel, Act
from common.messages.accounts import CardTopUp, CollectCredit, CreditKind, PayOutDeposit, TopUpDeposit
from common.messages.accounts_by_code import BeginPayOut, BeginTopUp
from common.messages.cashier import Tender, TenderKind
from tests.client.accounts import samples


def with_deposit(balance_fen: int = 63_250, **fields: Any) -> AccountsModel:
    model = AccountsModel(rules=samples.RULES, **fields)
    model.choose_patient(7)
    model.deposit = samples.deposit(balance_fen)
    return model


def with_account(**fields: Any) -> AccountsModel:
    model = AccountsModel(rules=samples.RULES)
    model.choose_account(3)
    model.facts = samples.credit_facts(samples.account(**fields))
    return model


def test_nothing_begins_without_an_account() -> None:
    model = AccountsModel()
    assert all(model.why_not_begin(act) for act in (Act.TOP_UP, Act.PAY_OUT, Act.GREEN, Act.COLLECT, Act.TERMS, Act.MEMBER))
    assert model.why_not_begin(Act.OPEN) == ""


@pytest.mark.parametrize(("balance", "collect", "back"), [(97_015, True, False), (0, False, False), (-500, False, True)])
def test_what_an_account_owes_decides_what_can_be_done(balance: int, collect: bool, back: bool) -> None:
    model = with_account(balance_fen=balance)
    assert (not model.why_not_begin(Act.COLLECT), not model.why_not_begin(Act.PAY_BACK)) == (collect, back)


def test_what_is_owed_is_filled_in() -> None:
    model = with_account()
    model.begin(Act.COLLECT)
    assert (model.form.amount_fen, model.form.tender) == (97_015, TenderKind.BANK)
    green = with_account(kind=CreditKind.GREEN, patient_id=9)
    green.begin(Act.COLLECT)
    assert green.form.tender is TenderKind.CASH
    assert green.why_not_begin(Act.MEMBER)


def test_cash_without_what_was_given_is_the_amount() -> None:
    model = with_deposit()
    model.begin(Act.TOP_UP)
    assert model.why_not()
    model.typed(amount_fen=500, reference="not of cash")
    assert model.why_not() == ""
    assert model.request() == TopUpDeposit(
        patient_id=7, amount_fen=500, tenders=(Tender(kind=TenderKind.CASH, amount_fen=500, given_fen=500),)
    )
    model.typed(given_fen=499)
    assert model.why_not()
    model.typed(given_fen=600)
    assert model.change_fen() == 100


def test_a_second_person_is_asked_above_the_limit_alone() -> None:
    model = with_deposit()
    model.begin(Act.PAY_OUT)
    model.typed(amount_fen=20_000, reason="不再就诊")
    assert (model.needs_approval(), model.why_not()) == (None, "")
    model.typed(amount_fen=20_001)
    assert model.needs_approval() == ("pay_out", 7, 20_001)
    assert model.why_not()
    model.approval_id = 4
    assert model.why_not() == ""


def test_the_manager_opens_the_green_channel_alone() -> None:
    for manages, needed in ((True, None), (False, ("green", 7, 900))):
        model = with_deposit(manages=manages)
        model.begin(Act.GREEN)
        model.typed(reason="急诊", limit_fen=900)
        assert model.needs_approval() == needed


@pytest.mark.parametrize(
    ("payment", "amount", "fits"), [(None, 63_250, True), (None, 63_251, False), (77, 30_000, True), (77, 30_001, False)]
)
def test_no_more_goes_out_than_is_there(payment: int | None, amount: int, fits: bool) -> None:
    model = with_deposit()
    model.begin(Act.PAY_OUT)
    model.approval_id = 4
    model.typed(amount_fen=amount, reason="不再就诊", payment_id=payment)
    assert (model.why_not() == "") is fits


def test_no_more_is_collected_than_is_owed() -> None:
    model = with_account()
    model.begin(Act.COLLECT)
    model.typed(amount_fen=97_016, tender=TenderKind.BANK)
    assert model.why_not()
    model.typed(amount_fen=97_015)
    request = model.request()
    assert isinstance(request, CollectCredit)
    assert request.expected_balance_fen == 97_015


def test_the_same_contents_are_the_same_act() -> None:
    model = with_deposit()
    model.begin(Act.TOP_UP)
    model.typed(amount_fen=500)
    first = model.request_id(model.request())
    assert model.request_id(model.request()) == first
    model.typed(amount_fen=501)
    assert model.request_id(model.request()) != first


def test_another_account_begins_anew() -> None:
    model = with_deposit()
    model.begin(Act.TOP_UP)
    model.typed(amount_fen=500)
    model.choose_account(3)
    assert (model.act, model.form.amount_fen, model.deposit) == (Act.NONE, None, None)


# --- by payment code


def by_code(left_fen: int, payment_id: int = 78, tender: TenderKind = TenderKind.WECHAT) -> CardTopUp:
    return CardTopUp(payment_id=payment_id, tender=tender, reference="4200", amount_fen=left_fen, left_fen=left_fen, at=samples.NOW)


def paying_out(*cards: CardTopUp, fen: int = 10_000) -> AccountsModel:
    model = AccountsModel(rules=samples.RULES)
    model.choose_patient(7)
    model.deposit = msgspec.structs.replace(samples.deposit(), cards=cards)
    model.begin(Act.PAY_OUT)
    model.typed(amount_fen=fen, reason="不再就诊")
    return model


def test_what_came_by_code_goes_back_by_it_and_the_rest_in_cash() -> None:
    model = paying_out(by_code(6_000), by_code(1_500, 70, TenderKind.ALIPAY), by_code(1_000, 69))
    assert model.ways_back() == [(TenderKind.WECHAT, 7_000), (TenderKind.ALIPAY, 1_500), (TenderKind.CASH, 1_500)]
    assert isinstance(model.request(), BeginPayOut)
    assert model.needs_approval() is None


def test_cash_for_what_came_by_code_needs_a_second_person() -> None:
    model = paying_out(by_code(6_000))
    model.typed(in_cash=True)
    assert model.ways_back() == [(TenderKind.CASH, 10_000)]
    assert model.needs_approval() == ("pay_out", 7, 10_000)
    assert isinstance(model.request(), PayOutDeposit)
    assert paying_out().needs_approval() is None


def test_a_code_pays_what_is_filled_in_once() -> None:
    model = AccountsModel(rules=samples.RULES)
    model.choose_patient(7)
    model.deposit = samples.deposit()
    model.begin(Act.TOP_UP)
    assert model.scan(TenderKind.WECHAT, "130000000000000001")
    assert not model.form.code
    model.typed(amount_fen=5_000)
    assert model.scan(TenderKind.WECHAT, "130000000000000001") == ""
    request = model.request()
    assert isinstance(request, BeginTopUp)
    assert request.tenders == (Tender(kind=TenderKind.WECHAT, amount_fen=5_000, code="130000000000000001"),)
    assert model.request_id(request) == model.request_id(model.request())
    model.typed(amount_fen=6_000, tender=TenderKind.CASH)
    assert isinstance(model.request(), TopUpDeposit)


def test_an_account_with_a_payment_under_way_takes_no_other() -> None:
    model = AccountsModel(rules=samples.RULES)
    model.choose_account(3)
    model.facts = samples.credit_facts()
    model.take_settlement(samples.under_way(account_id=3))
    assert model.waiting is not None
    assert model.why_not_begin(Act.COLLECT) == UNDER_WAY
    model.take_settlement(samples.under_way(account_id=3, state="FAILED"))
    assert model.open == ()
    model.refill(samples.under_way(account_id=3, state="FAILED"))
    assert (model.act, model.form.amount_fen) == (Act.COLLECT, 12_000)
