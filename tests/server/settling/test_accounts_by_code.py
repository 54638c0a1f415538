"""Deposits and debts by payment code: collected once, paid back the way they came, booked once, whatever the line does."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from common.closing_errors import OpenMatters
from common.domain.paying_out import REFUND_WITHIN, share_out
from common.errors import AmountChanged, FieldWrong, NotFound, TendersDoNotCover
from common.messages.accounts import (
    AddCreditMember,
    CollectCredit,
    Deposit,
    GetAccountReceipt,
    GetCreditAccount,
    GetDeposit,
    GetPatientAccounts,
    OpenCreditAccount,
    OpenGreenChannel,
    PayOutDeposit,
    TopUpDeposit,
)
from common.messages.accounts_by_code import BeginCollect, BeginPayOut, BeginTopUp
from common.messages.cashier import Tender, TenderKind
from common.messages.closing import CountShift, ListOpenMatters
from common.messages.registration import ListSessions, RegisterVisit
from common.messages.settlement import (
    Approve,
    CancelSettlement,
    ListOpenSettlements,
    RecordFinding,
    RetrySettlement,
    SettlementFacts,
    SettlementKind,
    finding_detail,
)
from common.money_errors import ApprovalNeeded, ApprovalNotValid, CreditRefused, NotEnoughDeposit, PayOutUnderWay
from common.settling_errors import ChannelCodeWrong, TenderNotAllowed
from installer.sample import PASSWORD
from server.channels.acquirer import CHANNEL_ZONE
from server.channels.reconcile import reconcile
from server.outside import ReconciliationSetting
from server.settling.errands import Errands
from tests import visits
from tests.server.settling.conftest import examine
from tests.server.settling.shop import CASHIER, Shop, by_code, cash

MANAGER = "yuanzhang"
WECHAT, ALIPAY = TenderKind.WECHAT, TenderKind.ALIPAY


def patient(shop: Shop, name: str = "欧阳春晓") -> int:
    return visits.new_patient(shop, name).id


def begin_top_up(shop: Shop, patient_id: int, *tenders: Tender) -> SettlementFacts:
    amount = sum(tender.amount_fen for tender in tenders)
    return shop.desk(CASHIER).call(BeginTopUp(patient_id=patient_id, amount_fen=amount, tenders=tenders))


def topped_up(shop: Shop, patient_id: int, *tenders: Tender) -> SettlementFacts:
    done = shop.until(begin_top_up(shop, patient_id, *tenders), "DONE", "FAILED")
    assert done.state == "DONE"
    return done


def in_cash(shop: Shop, patient_id: int, fen: int) -> None:
    shop.desk(CASHIER).call(TopUpDeposit(patient_id=patient_id, amount_fen=fen, tenders=(cash(fen),)))


def deposit(shop: Shop, patient_id: int) -> Deposit:
    return shop.desk(CASHIER).call(GetDeposit(patient_id=patient_id))


def pay_out(shop: Shop, patient_id: int, fen: int, approval_id: int | None = None) -> SettlementFacts:
    return shop.desk(CASHIER).call(BeginPayOut(patient_id=patient_id, amount_fen=fen, reason="不再就诊", approval_id=approval_id))


def agreed(shop: Shop, act: str, subject_id: int, fen: int = 0, detail: str = "") -> int:
    request = Approve(act=act, subject_id=subject_id, amount_fen=fen, detail=detail, login=MANAGER, password=PASSWORD)
    return shop.desk(CASHIER).call(request).approval_id


def company(shop: Shop, owes: bool = True) -> tuple[int, int]:
    """A company that owes a visit's fee; its account and what it owes."""
    account = shop.desk(MANAGER).call(OpenCreditAccount(name="春风纺织", limit_fen=500_000))
    member = patient(shop, "顾西洲")
    shop.desk(MANAGER).call(AddCreditMember(account_id=account.id, patient_id=member))
    session = shop.desk(visits.CLERK).call(ListSessions()).sessions[0]
    if owes:
        tender = Tender(kind=TenderKind.CREDIT, amount_fen=session.fee_fen, account_id=account.id)
        request = RegisterVisit(patient_id=member, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=(tender,))
        shop.desk(visits.CLERK).call(request)
    return account.id, session.fee_fen


def begin_collect(shop: Shop, account_id: int, fen: int, owed: int, kind: TenderKind = WECHAT) -> SettlementFacts:
    request = BeginCollect(account_id=account_id, amount_fen=fen, expected_balance_fen=owed, tenders=(by_code(fen, kind),))
    return shop.desk(CASHIER).call(request)


def balance(shop: Shop, account: str) -> int:
    return int(shop.rows("SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger_posting WHERE account = %s", account)[0][0])


def still(shop: Shop) -> None:
    """No errand sets out by itself; the service does not sweep."""
    shop.dispatch.set_out = lambda _settlement, _codes: None


# --- topping up


@pytest.mark.parametrize("kind", [WECHAT, ALIPAY, TenderKind.UNIONPAY, TenderKind.ECNY])
def test_a_code_tops_the_deposit_up(shop: Shop, kind: TenderKind) -> None:
    ours = patient(shop)
    begun = begin_top_up(shop, ours, by_code(50_000, kind))
    assert begun.kind is SettlementKind.DEPOSIT
    done = shop.until(begun, "DONE", "FAILED")
    assert done.moved is not None
    assert (done.moved.receipt.kind, done.moved.receipt.amount_fen, done.moved.balance_fen) == ("DEPOSIT", 50_000, 50_000)
    (tender,) = done.moved.receipt.tenders
    assert (tender.kind, tender.amount_fen, tender.code) == (kind, 50_000, "")
    assert tender.reference
    assert shop.desk(CASHIER).call(GetAccountReceipt(number=done.moved.receipt.number)) == done.moved.receipt
    assert deposit(shop, ours).balance_fen == 50_000
    assert balance(shop, "tender:deposit") == -50_000
    assert balance(shop, f"tender:{kind}") == 50_000
    rows = shop.rows("SELECT state, deposit_entry_id, shift_id IS NOT NULL FROM payment WHERE settlement_id = %s", begun.id)
    assert rows == [("PAID", done.moved.entry_id, True)]


def test_cash_and_a_code_together_with_change(shop: Shop) -> None:
    ours = patient(shop)
    notes = Tender(kind=TenderKind.CASH, amount_fen=8_000, given_fen=10_000)
    done = topped_up(shop, ours, notes, by_code(12_000))
    assert done.moved is not None
    assert done.moved.change_fen == 2_000
    assert deposit(shop, ours).balance_fen == 20_000
    assert balance(shop, "tender:cash") == 8_000


def test_a_refused_code_leaves_the_deposit_as_it_was(shop: Shop) -> None:
    ours = patient(shop)
    shop.fault("REJECT", "pay", message="余额不足")
    failed = shop.until(begin_top_up(shop, ours, cash(100), by_code(50_000)), "DONE", "FAILED")
    assert failed.failure is not None
    assert (failed.failure.error, failed.failure.fields["message"]) == ("PaymentRefused", "余额不足")
    assert failed.moved is None
    assert deposit(shop, ours).balance_fen == 0
    assert balance(shop, "tender:cash") == 0


@pytest.mark.parametrize(("fault", "state"), [("RESET_AFTER", "DONE"), ("GARBAGE", "DONE"), ("RESET_BEFORE", "FAILED")])
def test_a_lost_answer_is_asked_for(short_shop: Shop, fault: str, state: str) -> None:
    ours = patient(short_shop)
    short_shop.fault(fault, "pay")
    begun = begin_top_up(short_shop, ours, by_code(30_000))
    assert short_shop.until(begun, "DONE", "FAILED").state == state
    assert deposit(short_shop, ours).balance_fen == (30_000 if state == "DONE" else 0)
    assert short_shop.book(short_shop.order_of(begun)) == ([("PAY", 30_000)] if state == "DONE" else [])


def test_a_payer_who_does_not_pay_is_given_up(shop: Shop) -> None:
    ours = patient(shop)
    begun = begin_top_up(shop, ours, by_code(30_000, tail="900006"))
    shop.wait_for(lambda: shop.now(begun), lambda facts: bool(facts.steps), shop.errands)
    shop.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
    assert sum(fen if act == "PAY" else -fen for act, fen in shop.book(shop.order_of(begun))) == 0
    assert deposit(shop, ours).entries == ()


def test_another_service_goes_on_when_one_dies(shop: Shop) -> None:
    """It dies after the channel collected and before it was booked: the other one books it, once."""
    ours = patient(shop)
    heard: list[tuple[int, dict[int, str]]] = []
    shop.dispatch.set_out = lambda settlement, codes: heard.append((settlement, codes))
    begun = begin_top_up(shop, ours, by_code(40_000))
    dying = shop.another_service()
    dying._finish = lambda _settlement, _actor: dying._closed.set()  # type: ignore[method-assign, assignment]  # killed at this point
    ((settlement, codes),) = heard
    dying.begin(settlement, codes)
    shop.wait_for(lambda: shop.now(begun), lambda facts: any(step.state == "SUCCESS" for step in facts.steps), _nobody(shop))
    dying.close()
    assert shop.now(begun).state == "OPEN"
    assert deposit(shop, ours).balance_fen == 0
    assert shop.until(begun, "DONE", "FAILED", sweep=shop.errands).state == "DONE"
    assert [entry.amount_fen for entry in deposit(shop, ours).entries] == [40_000]
    assert shop.book(shop.order_of(begun)) == [("PAY", 40_000)]


def _nobody(shop: Shop) -> Errands:
    """Looks on without taking anything over."""
    idle = shop.another_service()
    idle.sweep = lambda: None  # type: ignore[method-assign]
    return idle


def test_a_code_that_was_lost_with_its_process_took_nothing(shop: Shop) -> None:
    ours = patient(shop)
    still(shop)
    failed = shop.until(begin_top_up(shop, ours, by_code(40_000)), "DONE", "FAILED")
    assert failed.failure is not None
    assert failed.failure.error == "CodeLost"
    assert deposit(shop, ours).balance_fen == 0


def test_what_does_not_fit_is_refused_at_once(shop: Shop) -> None:
    ours, desk = patient(shop), shop.desk(CASHIER)
    wrong = Tender(kind=ALIPAY, amount_fen=500, code=by_code(1).code)
    for tenders, refusal in (
        ((wrong,), ChannelCodeWrong),
        ((by_code(499),), TendersDoNotCover),
        ((cash(500),), TenderNotAllowed),
        ((cash(100), Tender(kind=WECHAT, amount_fen=400)), TenderNotAllowed),
        ((Tender(kind=TenderKind.WAIVER, amount_fen=100), by_code(400)), TenderNotAllowed),
    ):
        with pytest.raises(refusal):
            desk.call(BeginTopUp(patient_id=ours, amount_fen=500, tenders=tenders))
    with pytest.raises(NotFound):
        desk.call(BeginTopUp(patient_id=987_654, amount_fen=500, tenders=(by_code(500),)))
    assert shop.rows("SELECT count(*) FROM settlement") == [(0,)]


# --- closing, findings


def test_a_shift_does_not_close_over_an_unknown_top_up(short_shop: Shop) -> None:
    shop, ours = short_shop, patient(short_shop)
    for _ in range(60):
        shop.fault("ERROR_AFTER", "pay")
        shop.fault("ERROR_AFTER", "query")
        shop.fault("ERROR_BEFORE", "reverse")
    in_cash(shop, patient(shop, "李小四"), 100)
    begun = begin_top_up(shop, ours, by_code(20_000))
    unknown = shop.until(begun, "UNKNOWN", "DONE", "FAILED")
    assert unknown.state == "UNKNOWN"
    (matter,) = shop.desk(CASHIER).call(ListOpenMatters()).matters
    assert (matter.settlement_id, matter.what, matter.patient, matter.amount_fen) == (begun.id, "DEPOSIT", "欧阳春晓", 20_000)
    ((shift_id,),) = shop.rows("SELECT id FROM shift")
    with pytest.raises(OpenMatters):
        shop.desk(CASHIER).call(CountShift(shift_id=shift_id, counts=()))
    examine(shop)
    number = unknown.steps[0].number
    found = RecordFinding(settlement_id=begun.id, number=number, carried_out=True, seen_where="微信商户平台", approval_id=0)
    with pytest.raises(FieldWrong):  # it can still be paid: that it was not is too early to say
        early = agreed(shop, "finding", begun.id, detail=finding_detail(number, carried_out=False))
        shop.desk(CASHIER).call(msgspec.structs.replace(found, approval_id=early, carried_out=False))
    with pytest.raises(ApprovalNotValid):  # what was agreed to is that it was not
        shop.desk(CASHIER).call(msgspec.structs.replace(found, approval_id=early))
    agreed_to = agreed(shop, "finding", begun.id, detail=finding_detail(number, carried_out=True))
    shop.desk(CASHIER).call(msgspec.structs.replace(found, approval_id=agreed_to))
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"
    assert deposit(shop, ours).balance_fen == 20_000


# --- paying out


def test_a_pay_out_goes_back_to_the_orders_it_came_by_and_the_rest_in_cash(shop: Shop) -> None:
    ours = patient(shop)
    first = topped_up(shop, ours, by_code(10_000))
    second = topped_up(shop, ours, by_code(6_000, ALIPAY))
    in_cash(shop, ours, 4_000)
    assert [(card.tender, card.left_fen) for card in deposit(shop, ours).cards] == [(ALIPAY, 6_000), (WECHAT, 10_000)]
    done = shop.until(pay_out(shop, ours, 7_000), "DONE", "FAILED")
    assert done.moved is not None
    assert [(tender.kind, tender.amount_fen) for tender in done.moved.receipt.tenders] == [(ALIPAY, 6_000), (WECHAT, 1_000)]
    assert (done.moved.receipt.kind, done.moved.balance_fen) == ("DEPOSIT_BACK", 13_000)
    assert shop.book(shop.order_of(first)) == [("PAY", 10_000), ("REFUND", 1_000)]
    states = "SELECT state FROM payment WHERE settlement_id = %s"
    assert (shop.rows(states, first.id), shop.rows(states, second.id)) == ([("PAID",)], [("REFUNDED",)])
    again = shop.until(pay_out(shop, ours, 13_000), "DONE", "FAILED")
    assert again.moved is not None
    assert [(tender.kind, tender.amount_fen) for tender in again.moved.receipt.tenders] == [(WECHAT, 9_000), (TenderKind.CASH, 4_000)]
    assert shop.book(shop.order_of(first)) == [("PAY", 10_000), ("REFUND", 1_000), ("REFUND", 9_000)]
    assert deposit(shop, ours).balance_fen == 0
    assert [balance(shop, f"tender:{kind}") for kind in ("deposit", "wechat", "alipay", "cash")] == [0, 0, 0, 0]


def test_what_came_by_code_is_not_paid_out_in_cash_unless_a_second_person_agrees(shop: Shop) -> None:
    ours, desk = patient(shop), shop.desk(CASHIER)
    topped_up(shop, ours, by_code(10_000))
    request = PayOutDeposit(patient_id=ours, amount_fen=10_000, reason="微信已注销")
    with pytest.raises(TenderNotAllowed):
        desk.call(request)
    approval = agreed(shop, "pay_out", ours, 10_000)
    moved = desk.call(PayOutDeposit(patient_id=ours, amount_fen=10_000, reason="微信已注销", approval_id=approval))
    assert [tender.kind for tender in moved.receipt.tenders] == [TenderKind.CASH]
    assert deposit(shop, ours).balance_fen == 0


def test_what_is_too_old_for_its_channel_goes_back_in_cash(shop: Shop) -> None:
    ours = patient(shop)
    done = topped_up(shop, ours, by_code(10_000))
    shop.database.run("UPDATE payment SET at = at - %s WHERE settlement_id = %s", REFUND_WITHIN, done.id)
    with pytest.raises(TenderNotAllowed):
        pay_out(shop, ours, 10_000)
    shop.desk(CASHIER).call(PayOutDeposit(patient_id=ours, amount_fen=10_000, reason="不再就诊"))
    assert deposit(shop, ours).cards == ()


def test_what_is_going_out_cannot_be_spent_or_paid_out_again(shop: Shop) -> None:
    ours, desk = patient(shop), shop.desk(CASHIER)
    topped_up(shop, ours, by_code(10_000))
    set_out, waiting = shop.dispatch.set_out, []
    shop.dispatch.set_out = lambda settlement, codes: waiting.append((settlement, codes))
    begun = pay_out(shop, ours, 9_000)
    assert (deposit(shop, ours).balance_fen, deposit(shop, ours).going_fen) == (10_000, 9_000)
    assert desk.call(GetPatientAccounts(patient_id=ours)).deposit_fen == 1_000
    with pytest.raises(PayOutUnderWay):
        pay_out(shop, ours, 500)
    with pytest.raises(NotEnoughDeposit) as refused:
        desk.call(PayOutDeposit(patient_id=ours, amount_fen=1_001, reason="不再就诊", approval_id=agreed(shop, "pay_out", ours, 1_001)))
    assert refused.value.balance_fen == 1_000
    session = shop.desk(visits.CLERK).call(ListSessions()).sessions[0]
    spend = RegisterVisit(
        patient_id=ours,
        session_id=session.id,
        expected_fee_fen=session.fee_fen,
        tenders=(Tender(kind=TenderKind.DEPOSIT, amount_fen=session.fee_fen),),
    )
    assert session.fee_fen > 1_000
    with pytest.raises(NotEnoughDeposit):
        shop.desk(visits.CLERK).call(spend)
    for settlement, codes in waiting:
        set_out(settlement, codes)
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"
    assert (deposit(shop, ours).balance_fen, deposit(shop, ours).going_fen) == (1_000, 0)


def test_much_money_needs_a_second_person(shop: Shop) -> None:
    ours = patient(shop)
    shop.database.run("UPDATE money_rules SET refund_alone_fen = 5000")
    topped_up(shop, ours, by_code(10_000))
    with pytest.raises(ApprovalNeeded):
        pay_out(shop, ours, 10_000)
    done = shop.until(pay_out(shop, ours, 10_000, agreed(shop, "pay_out", ours, 10_000)), "DONE", "FAILED")
    assert done.state == "DONE"


@pytest.mark.parametrize("fault", ["RESET_AFTER", "RESET_BEFORE", "GARBAGE"])
def test_a_lost_answer_to_a_pay_out_pays_once(short_shop: Shop, fault: str) -> None:
    ours = patient(short_shop)
    done = topped_up(short_shop, ours, by_code(10_000))
    short_shop.fault(fault, "refund")
    assert short_shop.until(pay_out(short_shop, ours, 4_000), "DONE", "FAILED").state == "DONE"
    assert short_shop.book(short_shop.order_of(done)) == [("PAY", 10_000), ("REFUND", 4_000)]
    assert [entry.amount_fen for entry in deposit(short_shop, ours).entries] == [-4_000, 10_000]


def test_a_refused_pay_out_can_be_given_up_and_the_deposit_is_as_it_was(shop: Shop) -> None:
    ours = patient(shop)
    topped_up(shop, ours, by_code(10_000))
    for _ in range(60):
        shop.fault("REJECT", "refund", message="账户已注销")
    begun = pay_out(shop, ours, 10_000)
    refused = shop.until(begun, "UNKNOWN", "DONE", "FAILED")
    assert refused.steps[0].message == "账户已注销"
    assert refused.can_cancel
    shop.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
    assert (deposit(shop, ours).balance_fen, deposit(shop, ours).going_fen, len(deposit(shop, ours).cards)) == (10_000, 0, 1)


def test_given_up_half_way_books_what_has_gone_back(shop: Shop) -> None:
    ours = patient(shop)
    topped_up(shop, ours, by_code(10_000))
    topped_up(shop, ours, by_code(6_000, ALIPAY))
    in_cash(shop, ours, 1_000)
    shop.fault("SLOW", "refund")
    for _ in range(60):
        shop.fault("REJECT", "refund", message="账户已注销")
    begun = pay_out(shop, ours, 17_000)
    shop.until(begun, "UNKNOWN", "DONE", "FAILED")
    shop.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    done = shop.until(begun, "DONE", "FAILED")
    assert done.moved is not None
    assert [(tender.kind, tender.amount_fen) for tender in done.moved.receipt.tenders] == [(ALIPAY, 6_000)]
    assert (done.expected_fen, deposit(shop, ours).balance_fen) == (6_000, 11_000)


def test_another_service_asks_after_a_pay_out_that_was_sent(short_shop: Shop) -> None:
    shop, ours = short_shop, patient(short_shop)
    done = topped_up(shop, ours, by_code(10_000))
    shop.fault("ERROR_AFTER", "refund")
    shop.fault("ERROR_BEFORE", "query_refund")
    begun = pay_out(shop, ours, 10_000)
    shop.until(begun, "UNKNOWN", "DONE", "FAILED")
    shop.errands.close()
    other = shop.another_service()
    try:
        shop.desk(CASHIER).call(RetrySettlement(settlement_id=begun.id))
        assert shop.until(begun, "DONE", "FAILED", sweep=other).state == "DONE"
    finally:
        other.close()
    assert shop.book(shop.order_of(done)) == [("PAY", 10_000), ("REFUND", 10_000)]
    assert [entry.amount_fen for entry in deposit(shop, ours).entries] == [-10_000, 10_000]


def test_the_channels_statement_agrees_with_what_came_and_went(shop: Shop) -> None:
    ours = patient(shop)
    done = topped_up(shop, ours, by_code(10_000))
    assert shop.until(pay_out(shop, ours, 4_000), "DONE", "FAILED").state == "DONE"
    order, day = shop.order_of(done), shop.clock.wall().astimezone(CHANNEL_ZONE).date()
    house: Any = SimpleNamespace(
        database=shop.connections,
        dispatch=shop.dispatch,
        clock=shop.clock,
        parties=shop.parties,
        reconciliation=ReconciliationSetting(refund_unknown=False),
    )
    assert reconcile(house, WECHAT, day, margin=timedelta()) is not None
    held = "SELECT act, amount_fen FROM channel_movement WHERE order_number = %s ORDER BY id"
    assert shop.rows(held, order) == [("PAY", 10_000), ("REFUND", 4_000)]
    differs = "SELECT number FROM money_difference WHERE order_number = %s OR finding = 'OURS_ONLY'"
    assert shop.rows(differs, order) == []
    shop.database.run("UPDATE channel_call SET amount_fen = 9000 WHERE number = %s", order)
    assert reconcile(house, WECHAT, day, margin=timedelta()) is not None
    assert shop.rows(differs, order) == [(order,)]
    shop.database.run("UPDATE channel_call SET amount_fen = 10000 WHERE number = %s", order)


# --- companies


def test_a_company_pays_by_code(shop: Shop) -> None:
    account_id, owed = company(shop)
    begun = begin_collect(shop, account_id, owed, owed, ALIPAY)
    assert (begun.kind, begun.patient_id, begun.account_id, begun.patient_name) == (SettlementKind.COLLECT, 0, account_id, "春风纺织")
    assert begun in shop.desk(CASHIER).call(ListOpenSettlements()).settlements or shop.now(begun).state == "DONE"
    done = shop.until(begun, "DONE", "FAILED")
    assert done.moved is not None
    assert (done.moved.receipt.kind, done.moved.receipt.payer, done.moved.balance_fen) == ("COLLECT", "春风纺织", 0)
    facts = shop.desk(CASHIER).call(GetCreditAccount(account_id=account_id))
    assert [(entry.kind, entry.amount_fen) for entry in facts.entries] == [("COLLECT", -owed), ("CHARGE", owed)]
    assert (balance(shop, "tender:credit"), balance(shop, "tender:alipay")) == (0, owed)


def test_nobody_collects_a_debt_twice(shop: Shop) -> None:
    account_id, owed = company(shop)
    still(shop)
    begun = begin_collect(shop, account_id, owed - 100, owed)
    for fen in (owed, 101):
        with pytest.raises(CreditRefused):
            begin_collect(shop, account_id, fen, owed)
        with pytest.raises(CreditRefused):
            shop.desk(CASHIER).call(CollectCredit(account_id=account_id, amount_fen=fen, expected_balance_fen=owed, tenders=(cash(fen),)))
    shop.desk(CASHIER).call(CollectCredit(account_id=account_id, amount_fen=100, expected_balance_fen=owed, tenders=(cash(100),)))
    with pytest.raises(AmountChanged):
        begin_collect(shop, account_id, 100, owed)
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"  # its code was lost
    assert shop.until(begin_collect(shop, account_id, owed - 100, owed - 100), "FAILED").failure is not None


def test_an_open_collection_is_listed_with_the_company(shop: Shop) -> None:
    account_id, owed = company(shop)
    still(shop)
    begin_collect(shop, account_id, owed, owed)
    (matter,) = shop.desk(CASHIER).call(ListOpenMatters()).matters
    assert (matter.what, matter.patient, matter.patient_number) == ("COLLECT", "春风纺织", "")


def test_a_green_channel_that_is_paid_by_code_closes(shop: Shop) -> None:
    ours = patient(shop, "沈知秋")
    account = shop.desk(MANAGER).call(OpenGreenChannel(patient_id=ours, limit_fen=50_000, reason="急诊"))
    session = shop.desk(visits.CLERK).call(ListSessions()).sessions[0]
    tender = Tender(kind=TenderKind.GREEN, amount_fen=session.fee_fen)
    request = RegisterVisit(patient_id=ours, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=(tender,))
    shop.desk(visits.CLERK).call(request)
    begun = begin_collect(shop, account.id, session.fee_fen, session.fee_fen)
    assert begun.patient_id == ours
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"
    assert not shop.desk(CASHIER).call(GetCreditAccount(account_id=account.id)).account.active


# --- the rule


def test_how_money_is_shared_out() -> None:
    assert share_out(100, [(2, 60), (1, 80)]) == ({2: 60, 1: 40}, 0)
    assert share_out(100, [(2, 60)]) == ({2: 60}, 40)
    assert share_out(50, [(3, 0), (2, 60), (1, 80)]) == ({2: 50}, 0)
    assert share_out(50, []) == ({}, 50)
