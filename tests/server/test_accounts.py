"""Deposits, credit accounts, the green channel: what each may do, once, and that accounts, entries and ledger always agree."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest

from common.errors import AlreadyExists, AmountChanged, FieldWrong, NotFound, NotPermitted, TendersDoNotCover
from common.messages.accounts import (
    AccountMoved,
    AddCreditMember,
    CollectCredit,
    CorrectCreditAccount,
    CreditAccount,
    CreditKind,
    CreditStatement,
    Deposit,
    EndCreditMember,
    GetAccountReceipt,
    GetCreditAccount,
    GetDeposit,
    GetPatientAccounts,
    ListCreditAccounts,
    OpenCreditAccount,
    OpenGreenChannel,
    PayBackCredit,
    PayOutDeposit,
    TopUpDeposit,
)
from common.messages.cashier import GetReceipt, Tender, TenderKind
from common.messages.registration import CancelVisit, ListSessions, RegisterVisit, VisitRegistered
from common.messages.settlement import Approve
from common.money_errors import ApprovalNeeded, CreditLimitReached, CreditRefused, NotEnoughDeposit
from common.settling_errors import TenderNotAllowed
from common.wire import new_request_id
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, successes

CASHIER, MANAGER = visits.CASHIER, "yuanzhang"
STEMS = "甲乙丙丁戊己庚辛"
CASH, CARD, BANK = TenderKind.CASH, TenderKind.CARD, TenderKind.BANK


def patient(office: Office, name: str) -> int:
    return visits.new_patient(office, name).id


def top_up(
    office: Office, patient_id: int, fen: int, kind: TenderKind = CASH, given: int = 0, reference: str = "", code: str = ""
) -> AccountMoved:
    tender = Tender(kind=kind, amount_fen=fen, given_fen=given, reference=reference, code=code)
    return office.desk(CASHIER).call(TopUpDeposit(patient_id=patient_id, amount_fen=fen, tenders=(tender,)))


def deposit(office: Office, patient_id: int) -> Deposit:
    return office.desk(CASHIER).call(GetDeposit(patient_id=patient_id))


def pay_fee(office: Office, patient_id: int, kind: TenderKind, account_id: int = 0, nth: int = 0) -> VisitRegistered:
    """Register a patient; the fee is paid by one tender."""
    clerk = office.desk(visits.CLERK)
    session = clerk.call(ListSessions()).sessions[nth]
    tender = Tender(kind=kind, amount_fen=session.fee_fen, account_id=account_id)
    return clerk.call(RegisterVisit(patient_id=patient_id, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=(tender,)))


def fee(office: Office, nth: int = 0) -> int:
    return office.desk(visits.CLERK).call(ListSessions()).sessions[nth].fee_fen


def cancel(office: Office, visit: VisitRegistered) -> None:
    office.desk(visits.CLERK).call(CancelVisit(visit_id=visit.visit_id, reason="不看了"))


def company(office: Office, name: str, limit: int = 100_000, *members: int) -> CreditAccount:
    manager = office.desk(MANAGER)
    account = manager.call(OpenCreditAccount(name=name, limit_fen=limit, contact="行政部 赵敏"))
    for member in members:
        manager.call(AddCreditMember(account_id=account.id, patient_id=member))
    return account


def owes(office: Office, account_id: int) -> int:
    return office.desk(CASHIER).call(GetCreditAccount(account_id=account_id)).account.balance_fen


def collect(office: Office, account_id: int, fen: int, kind: TenderKind = BANK, expected: int | None = None) -> AccountMoved:
    expected = owes(office, account_id) if expected is None else expected
    tender = Tender(kind=kind, amount_fen=fen, reference="转账 0815")
    return office.desk(CASHIER).call(CollectCredit(account_id=account_id, amount_fen=fen, expected_balance_fen=expected, tenders=(tender,)))


def approval(office: Office, act: str, subject: int, fen: int) -> int:
    asked = Approve(act=act, subject_id=subject, amount_fen=fen, login=MANAGER, password=PASSWORD)
    return office.desk(CASHIER).call(asked).approval_id


def agree(office: Office) -> None:
    """Every account's balance is the sum of its entries, and what the ledger says of it."""
    deposits = office.rows(
        "SELECT d.patient_id, d.balance_fen, (SELECT coalesce(sum(e.amount_fen), 0) FROM deposit_entry e WHERE e.patient_id = d.patient_id),"
        " (SELECT coalesce(-sum(p.amount_fen), 0) FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
        " LEFT JOIN bill b ON b.id = o.bill_id WHERE p.account = 'tender:deposit' AND coalesce(b.patient_id, (SELECT e.patient_id"
        " FROM ledger_posting q JOIN payment y ON y.id = q.payment_id JOIN deposit_entry e ON e.id = y.deposit_entry_id"
        " WHERE q.operation_id = o.id LIMIT 1)) = d.patient_id) FROM deposit d"
    )
    assert [row for row in deposits if len(set(row[1:])) != 1] == []
    accounts = office.rows(
        "SELECT a.id, a.balance_fen, (SELECT coalesce(sum(e.amount_fen), 0) FROM credit_entry e WHERE e.account_id = a.id),"
        " (SELECT coalesce(sum(p.amount_fen), 0) FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
        " WHERE p.account IN ('tender:credit', 'tender:green') AND coalesce((SELECT y.credit_account_id FROM payment y WHERE y.id = p.payment_id),"
        " (SELECT y.credit_account_id FROM ledger_posting q JOIN payment y ON y.id = q.payment_id WHERE q.operation_id = o.id"
        " AND o.bill_id IS NULL LIMIT 1)) = a.id) FROM credit_account a"
    )
    assert [row for row in accounts if len(set(row[1:])) != 1] == []
    assert office.rows("SELECT operation_id FROM ledger_posting GROUP BY operation_id HAVING sum(amount_fen) <> 0") == []


# --- deposits ----------------------------------------------------------------------------------------------------------------------


def test_a_deposit_is_topped_up_spent_and_given_back(office: Office) -> None:
    person = patient(office, "卜一")
    assert deposit(office, person).balance_fen == 0
    moved = top_up(office, person, 20_000, given=30_000)
    assert (moved.balance_fen, moved.change_fen) == (20_000, 10_000)
    visit = pay_fee(office, person, TenderKind.DEPOSIT)
    assert deposit(office, person).balance_fen == 20_000 - fee(office)
    cancel(office, visit)
    facts = deposit(office, person)
    assert facts.balance_fen == 20_000
    assert [entry.kind for entry in facts.entries] == ["SPEND_BACK", "SPEND", "TOP_UP"]
    assert [entry.balance_fen for entry in facts.entries] == [20_000, 20_000 - fee(office), 20_000]
    agree(office)


def test_a_bill_s_receipt_says_what_is_left_of_the_deposit(office: Office) -> None:
    person = patient(office, "卜十一")
    top_up(office, person, 20_000)
    visit = pay_fee(office, person, TenderKind.DEPOSIT)
    assert visit.receipt is not None
    assert visit.receipt.deposit_left_fen == 20_000 - fee(office)
    top_up(office, person, 1)
    again = office.desk(CASHIER).call(GetReceipt(bill_id=visit.receipt.bill_id))
    assert again.deposit_left_fen == 20_000 - fee(office)
    other = pay_fee(office, patient(office, "卜十二"), CASH)
    assert other.receipt is not None
    assert other.receipt.deposit_left_fen is None


def test_a_receipt_stays_as_it_was(office: Office) -> None:
    person = patient(office, "卜二")
    moved = top_up(office, person, 5000)
    receipt = moved.receipt
    assert (receipt.kind, receipt.payer, receipt.amount_fen, receipt.balance_fen) == ("DEPOSIT", "卜二", 5000, 5000)
    assert receipt.number[0] == "D"
    top_up(office, person, 1)
    assert office.desk(CASHIER).call(GetAccountReceipt(number=receipt.number)) == receipt
    with pytest.raises(NotFound):
        office.desk(CASHIER).call(GetAccountReceipt(number="D0"))


def test_more_than_a_deposit_holds_is_refused_and_nothing_happens(office: Office) -> None:
    person = patient(office, "卜三")
    top_up(office, person, 100)
    with pytest.raises(NotEnoughDeposit) as refused:
        pay_fee(office, person, TenderKind.DEPOSIT)
    assert (refused.value.balance_fen, refused.value.wanted_fen) == (100, fee(office))
    assert [entry.kind for entry in deposit(office, person).entries] == ["TOP_UP"]
    with pytest.raises(NotEnoughDeposit):
        pay_fee(office, patient(office, "卜四"), TenderKind.DEPOSIT)


def test_a_deposit_takes_what_lies_on_the_counter(office: Office) -> None:
    person = patient(office, "卜五")
    with pytest.raises(TenderNotAllowed):
        top_up(office, person, 100, TenderKind.WECHAT, code="134567890123456789")
    with pytest.raises(TenderNotAllowed):
        top_up(office, person, 100, TenderKind.WAIVER)
    request = TopUpDeposit(patient_id=person, amount_fen=100, tenders=(Tender(kind=CASH, amount_fen=90),))
    with pytest.raises(TendersDoNotCover):
        office.desk(CASHIER).call(request)
    with pytest.raises(NotFound):
        top_up(office, 987_654, 100)
    assert deposit(office, person).entries == ()


def test_the_same_request_tops_up_once(office: Office) -> None:
    person = patient(office, "卜六")
    request = TopUpDeposit(patient_id=person, amount_fen=700, tenders=visits.cash(700))
    request_id = new_request_id()
    first = office.desk(CASHIER).call(request, request_id)
    assert office.desk(CASHIER).call(request, request_id) == first
    assert deposit(office, person).balance_fen == 700


def test_a_deposit_is_paid_out_in_cash_up_to_what_it_holds(office: Office) -> None:
    person = patient(office, "卜七")
    top_up(office, person, 5000)
    paying = PayOutDeposit(patient_id=person, amount_fen=4000, reason="不再就诊")
    moved = office.desk(CASHIER).call(paying)
    assert (moved.receipt.kind, moved.balance_fen, moved.receipt.reason) == ("DEPOSIT_BACK", 1000, "不再就诊")
    with pytest.raises(NotEnoughDeposit):
        office.desk(CASHIER).call(paying)
    agree(office)


def test_above_the_limit_a_second_person_agrees_once(office: Office) -> None:
    person = patient(office, "卜八")
    top_up(office, person, 50_000)
    paying = PayOutDeposit(patient_id=person, amount_fen=20_001, reason="不再就诊")
    with pytest.raises(ApprovalNeeded) as refused:
        office.desk(CASHIER).call(paying)
    assert refused.value.act == "pay_out"
    given = approval(office, "pay_out", person, 20_001)
    office.desk(CASHIER).call(changed(paying, approval_id=given))
    ((detail,),) = office.rows("SELECT detail FROM audit_entry WHERE act = 'pay_out_deposit' AND patient_id = %s", person)
    assert detail["approved_by"] == office.desk(MANAGER).actor.staff_id
    assert deposit(office, person).balance_fen == 29_999


def test_a_card_gets_back_what_came_from_it_and_no_more(office: Office) -> None:
    person, other = patient(office, "卜九"), patient(office, "卜十")
    top_up(office, person, 3000, CARD, reference="POS 1")
    top_up(office, person, 9000)
    (card,) = deposit(office, person).cards
    assert (card.reference, card.left_fen) == ("POS 1", 3000)
    paying = PayOutDeposit(patient_id=person, amount_fen=2000, reason="不再就诊", payment_id=card.payment_id, reference="POS 2")
    moved = office.desk(CASHIER).call(paying)
    assert [(tender.kind, tender.reference) for tender in moved.receipt.tenders] == [(CARD, "POS 2")]
    with pytest.raises(TenderNotAllowed):
        office.desk(CASHIER).call(paying)
    office.desk(CASHIER).call(changed(paying, amount_fen=1000))
    assert deposit(office, person).cards == ()
    top_up(office, other, 5000)
    with pytest.raises(TenderNotAllowed):
        office.desk(CASHIER).call(changed(paying, patient_id=other, amount_fen=1))
    agree(office)


def test_two_windows_cannot_spend_one_deposit_twice(office: Office) -> None:
    person = patient(office, "卜十一")
    top_up(office, person, fee(office) * 2)
    outcomes = at_once(
        *[partial(pay_fee, office, person, TenderKind.DEPOSIT, nth=nth) for nth in (0, 1, 2, 3) if fee(office, nth) == fee(office)]
    )
    assert len(successes(outcomes)) == min(2, len(outcomes))
    assert all(isinstance(refused, NotEnoughDeposit) for refused in refusals(outcomes))
    agree(office)


def test_first_toppings_up_at_once_are_all_there(office: Office) -> None:
    person = patient(office, "卜十二")
    outcomes = at_once(*[partial(top_up, office, person, 100)] * 6)
    assert sorted(moved.balance_fen for moved in outcomes) == [100, 200, 300, 400, 500, 600]
    assert len({moved.receipt.number for moved in outcomes}) == 6
    agree(office)


# --- companies ---------------------------------------------------------------------------------------------------------------------


def test_a_company_owes_for_its_people_and_pays(office: Office) -> None:
    person = patient(office, "单一")
    account = company(office, "春风纺织厂", 100_000, person)
    visit = pay_fee(office, person, TenderKind.CREDIT, account.id)
    assert owes(office, account.id) == fee(office)
    moved = collect(office, account.id, fee(office))
    assert (moved.balance_fen, moved.receipt.kind, moved.receipt.payer) == (0, "COLLECT", "春风纺织厂")
    assert moved.receipt.number[0] == "C"
    facts = office.desk(CASHIER).call(GetCreditAccount(account_id=account.id))
    assert [(entry.kind, entry.patient_name) for entry in facts.entries] == [("COLLECT", ""), ("CHARGE", "单一")]
    assert facts.entries[1].bill_number
    assert [member.name for member in facts.members] == ["单一"]
    cancel(office, visit)
    assert owes(office, account.id) == -fee(office), "it has paid for what was taken back"
    agree(office)


def test_what_was_paid_too_much_is_paid_back(office: Office) -> None:
    person = patient(office, "单二")
    account = company(office, "晨光小学", 100_000, person)
    visit = pay_fee(office, person, TenderKind.CREDIT, account.id)
    collect(office, account.id, fee(office))
    cancel(office, visit)
    back = PayBackCredit(account_id=account.id, amount_fen=fee(office), tender=BANK, reason="退号")
    with pytest.raises(CreditRefused):
        office.desk(CASHIER).call(changed(back, amount_fen=fee(office) + 1))
    moved = office.desk(CASHIER).call(back)
    assert (moved.balance_fen, moved.receipt.kind) == (0, "COLLECT_BACK")
    with pytest.raises(CreditRefused):
        office.desk(CASHIER).call(back)
    agree(office)


def test_a_large_sum_goes_back_with_a_second_person(office: Office) -> None:
    account = company(office, "大额公司")
    back = PayBackCredit(account_id=account.id, amount_fen=20_001, tender=BANK, reason="退号")
    with pytest.raises(ApprovalNeeded) as refused:
        office.desk(CASHIER).call(back)
    assert refused.value.act == "credit_back"


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        ("不在名单", "member", "this patient is not on its list"),
        ("已经停用", "close", "the account is closed"),
        ("过了期限", "date", "the day on which it had to be paid has passed"),
    ],
)
def test_a_company_that_may_not_owe_is_refused_with_the_reason(office: Office, name: str, spoil: str, reason: str) -> None:
    person = patient(office, f"单{name}")
    account = company(office, name, 100_000, person)
    manager = office.desk(MANAGER)
    terms = CorrectCreditAccount(account_id=account.id, name=name, limit_fen=100_000, active=True)
    if spoil == "member":
        manager.call(EndCreditMember(account_id=account.id, patient_id=person))
    elif spoil == "close":
        manager.call(changed(terms, active=False))
    else:
        manager.call(changed(terms, due_on=office.today - timedelta(days=1)))
    assert office.desk(CASHIER).call(GetPatientAccounts(patient_id=person)).credit == ()
    with pytest.raises(CreditRefused) as refused:
        pay_fee(office, person, TenderKind.CREDIT, account.id)
    assert (refused.value.account, refused.value.reason) == (name, reason)
    assert owes(office, account.id) == 0


def test_nobody_goes_over_the_limit(office: Office) -> None:
    person = patient(office, "单四")
    account = company(office, "小店", fee(office) - 1, person)
    with pytest.raises(CreditLimitReached) as refused:
        pay_fee(office, person, TenderKind.CREDIT, account.id)
    assert refused.value.fields == {"account": "小店", "limit_fen": fee(office) - 1, "balance_fen": 0, "wanted_fen": fee(office)}


def test_eight_windows_at_once_never_go_over_the_limit(office: Office) -> None:
    people = [patient(office, f"并{sign}") for sign in STEMS]
    account = company(office, "并发公司", fee(office) * 3, *people)
    outcomes = at_once(*[partial(pay_fee, office, person, TenderKind.CREDIT, account.id) for person in people])
    assert len(successes(outcomes)) == 3
    assert all(isinstance(refused, CreditLimitReached) for refused in refusals(outcomes))
    assert owes(office, account.id) == fee(office) * 3
    agree(office)


def test_eight_windows_paying_and_collecting_at_once_agree(office: Office) -> None:
    people = [patient(office, f"混{sign}") for sign in STEMS[:4]]
    account = company(office, "混合公司", fee(office) * 4, *people)
    pay_fee(office, people[0], TenderKind.CREDIT, account.id)
    acts: list[Callable[[], object]] = [partial(pay_fee, office, person, TenderKind.CREDIT, account.id) for person in people[1:]]
    acts += [partial(collect, office, account.id, 100, CASH, fee(office))] * 5
    outcomes = at_once(*acts)
    assert all(isinstance(refused, AmountChanged) for refused in refusals(outcomes))
    collected = sum(moved.receipt.amount_fen for moved in outcomes if isinstance(moved, AccountMoved))
    assert owes(office, account.id) == fee(office) * 4 - collected
    agree(office)


def test_more_than_is_owed_or_another_sum_than_was_seen_is_not_collected(office: Office) -> None:
    person = patient(office, "单五")
    account = company(office, "收款公司", 100_000, person)
    pay_fee(office, person, TenderKind.CREDIT, account.id)
    with pytest.raises(CreditRefused):
        collect(office, account.id, fee(office) + 1)
    with pytest.raises(AmountChanged) as refused:
        collect(office, account.id, 1, expected=1)
    assert refused.value.due_fen == fee(office)
    with pytest.raises(NotFound):
        collect(office, 987_654, 1, expected=1)


def test_the_terms_of_an_account_are_the_managers(office: Office) -> None:
    account = company(office, "条款公司")
    with pytest.raises(AlreadyExists):
        office.desk(MANAGER).call(OpenCreditAccount(name="条款公司", limit_fen=1))
    terms = CorrectCreditAccount(account_id=account.id, name="条款公司二", limit_fen=5, active=True, contact="王会计")
    with pytest.raises(NotPermitted):
        office.desk(CASHIER).call(terms)
    changed_account = office.desk(MANAGER).call(terms)
    assert (changed_account.name, changed_account.limit_fen, changed_account.contact) == ("条款公司二", 5, "王会计")
    ((detail,),) = office.rows(
        "SELECT detail FROM audit_entry WHERE act = 'correct_credit_account' AND detail->'new'->>'name' = '条款公司二'"
    )
    assert (detail["old"]["limit_fen"], detail["new"]["limit_fen"]) == (100_000, 5)


def test_a_limit_below_what_is_owed_is_refused(office: Office) -> None:
    person = patient(office, "单六")
    account = company(office, "降额公司", 100_000, person)
    pay_fee(office, person, TenderKind.CREDIT, account.id)
    with pytest.raises(FieldWrong):
        office.desk(MANAGER).call(CorrectCreditAccount(account_id=account.id, name="降额公司", limit_fen=fee(office) - 1, active=True))


def test_members_come_and_go(office: Office) -> None:
    person = patient(office, "单七")
    account = company(office, "成员公司", 100_000, person)
    manager = office.desk(MANAGER)
    with pytest.raises(AlreadyExists):
        manager.call(AddCreditMember(account_id=account.id, patient_id=person))
    manager.call(EndCreditMember(account_id=account.id, patient_id=person))
    with pytest.raises(NotFound):
        manager.call(EndCreditMember(account_id=account.id, patient_id=person))
    manager.call(AddCreditMember(account_id=account.id, patient_id=person))
    facts = office.desk(CASHIER).call(GetCreditAccount(account_id=account.id))
    assert [member.until is None for member in facts.members] == [True, False]
    assert facts.account.members == 1
    with pytest.raises(NotFound):
        manager.call(AddCreditMember(account_id=account.id, patient_id=987_654))


def test_accounts_are_listed_by_what_they_owe(office: Office) -> None:
    person = patient(office, "单八")
    small, large = company(office, "列表甲厂"), company(office, "列表乙厂", 100_000, person)
    pay_fee(office, person, TenderKind.CREDIT, large.id)
    listed = office.desk(CASHIER).call(ListCreditAccounts(text="列表")).accounts
    assert [account.id for account in listed] == [large.id, small.id]
    office.desk(MANAGER).call(CorrectCreditAccount(account_id=small.id, name="列表甲厂", limit_fen=0, active=False))
    assert [a.id for a in office.desk(CASHIER).call(ListCreditAccounts(text="列表")).accounts] == [large.id]
    assert len(office.desk(CASHIER).call(ListCreditAccounts(text="列表", closed=True)).accounts) == 2
    assert office.desk(CASHIER).call(ListCreditAccounts(text="列表", kind=CreditKind.GREEN)).accounts == ()


def test_what_a_patient_can_pay_with(office: Office) -> None:
    person = patient(office, "单九")
    account = company(office, "支付公司", 9000, person)
    top_up(office, person, 1234)
    means = office.desk(CASHIER).call(GetPatientAccounts(patient_id=person))
    assert means.deposit_fen == 1234
    assert [(credit.account_id, credit.kind, credit.left_fen) for credit in means.credit] == [(account.id, CreditKind.COMPANY, 9000)]


def test_a_partner_of_another_kind_is_no_company(office: Office) -> None:
    person = patient(office, "单十")
    green = office.desk(MANAGER).call(OpenGreenChannel(patient_id=person, limit_fen=9000, reason="急诊先治"))
    with pytest.raises(CreditRefused):
        pay_fee(office, person, TenderKind.CREDIT, green.id)
    with pytest.raises(FieldWrong):
        office.desk(MANAGER).call(AddCreditMember(account_id=green.id, patient_id=person))


# --- the green channel -------------------------------------------------------------------------------------------------------------


def test_the_green_channel_is_opened_by_two_or_by_the_manager(office: Office) -> None:
    person = patient(office, "绿一")
    asked = OpenGreenChannel(patient_id=person, limit_fen=50_000, reason="急诊先治")
    with pytest.raises(ApprovalNeeded):
        office.desk(CASHIER).call(asked)
    green = office.desk(CASHIER).call(changed(asked, approval_id=approval(office, "green", person, 50_000)))
    assert (green.kind, green.name, green.due_on) == (CreditKind.GREEN, "绿一", office.today + timedelta(days=30))
    with pytest.raises(AlreadyExists):
        office.desk(MANAGER).call(asked)


def test_the_green_channel_owes_and_closes_when_it_is_paid(office: Office) -> None:
    person = patient(office, "绿二")
    green = office.desk(MANAGER).call(OpenGreenChannel(patient_id=person, limit_fen=50_000, reason="急诊先治"))
    visit = pay_fee(office, person, TenderKind.GREEN)
    assert owes(office, green.id) == fee(office)
    collect(office, green.id, fee(office) - 1, CASH)
    assert office.desk(CASHIER).call(GetCreditAccount(account_id=green.id)).account.active
    collect(office, green.id, 1, CASH)
    assert not office.desk(CASHIER).call(GetCreditAccount(account_id=green.id)).account.active
    with pytest.raises(CreditRefused):
        pay_fee(office, person, TenderKind.GREEN, nth=1)
    cancel(office, visit)
    assert owes(office, green.id) == -fee(office)
    agree(office)


def test_the_green_channel_is_the_patients_own(office: Office) -> None:
    person, other = patient(office, "绿三"), patient(office, "绿四")
    green = office.desk(MANAGER).call(OpenGreenChannel(patient_id=person, limit_fen=50_000, reason="急诊先治"))
    with pytest.raises(CreditRefused):
        pay_fee(office, other, TenderKind.GREEN)
    with pytest.raises(CreditRefused):
        pay_fee(office, other, TenderKind.GREEN, green.id)


def test_after_its_day_it_is_overdue_and_owes_no_more(office: Office) -> None:
    person = patient(office, "绿五")
    green = office.desk(MANAGER).call(OpenGreenChannel(patient_id=person, limit_fen=50_000, reason="急诊先治"))
    pay_fee(office, person, TenderKind.GREEN)
    terms = CorrectCreditAccount(account_id=green.id, name="绿五", limit_fen=50_000, active=True, due_on=office.today - timedelta(days=1))
    assert office.desk(MANAGER).call(terms).overdue
    with pytest.raises(CreditRefused):
        pay_fee(office, person, TenderKind.GREEN, nth=1)
    with pytest.raises(FieldWrong):
        office.desk(MANAGER).call(changed(terms, name="别人"))


# --- statements --------------------------------------------------------------------------------------------------------------------


def test_a_months_statement_reconciles_to_the_ledger(own_office: Office) -> None:
    office = own_office
    people = [patient(office, f"账{sign}") for sign in STEMS[:3]]
    account = company(office, "对账公司", 100_000, *people)
    visit = pay_fee(office, people[0], TenderKind.CREDIT, account.id)
    pay_fee(office, people[1], TenderKind.CREDIT, account.id)
    cancel(office, visit)
    collect(office, account.id, 100)
    statement = office.desk(CASHIER).call(CreditStatement(account_id=account.id, month=office.today))
    charged = fee(office)
    assert (statement.opening_fen, statement.closing_fen) == (0, charged - 100)
    assert (statement.charged_fen, statement.taken_back_fen, statement.collected_fen) == (charged * 2, charged, 100)
    assert [line.kind for line in statement.lines] == ["CHARGE", "CHARGE", "CHARGE_BACK", "COLLECT"]
    assert [line.patient_name for line in statement.lines] == ["账甲", "账乙", "账甲", ""]
    assert statement.lines[-1].balance_fen == statement.closing_fen
    ((posted,),) = office.rows("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'tender:credit'")
    assert statement.closing_fen == posted
    office.clock.by = timedelta(days=32)
    following = office.desk(CASHIER).call(CreditStatement(account_id=account.id, month=office.today))
    assert (following.opening_fen, following.lines, following.closing_fen) == (posted, (), posted)
    before = office.desk(CASHIER).call(CreditStatement(account_id=account.id, month=date(2020, 2, 15)))
    assert (before.month, before.opening_fen, before.closing_fen) == (date(2020, 2, 1), 0, 0)


def test_what_is_owed_has_an_age(own_office: Office) -> None:
    office = own_office
    person = patient(office, "龄一")
    account = company(office, "账龄公司", 100_000, person)
    charged = fee(office)
    pay_fee(office, person, TenderKind.CREDIT, account.id)
    office.clock.by = timedelta(days=45)
    collect(office, account.id, 100)
    ageing = office.desk(CASHIER).call(GetCreditAccount(account_id=account.id)).ageing
    assert (ageing.up_to_30_fen, ageing.up_to_60_fen, ageing.up_to_90_fen, ageing.older_fen) == (0, charged - 100, 0, 0)


# --- whatever happens --------------------------------------------------------------------------------------------------------------


class Happenings:
    """Acts of three people and their company, by chance."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.chance = office, random.Random(seed)
        self.people = [patient(office, f"随{STEMS[seed]}{sign}") for sign in STEMS[:3]]
        self.account = company(office, f"随机公司{seed}", fee(office) * 4, *self.people)
        self.standing: list[VisitRegistered] = []
        self.paid = 0
        self.unused = {person: list(range(12)) for person in self.people}

    def one(self) -> None:
        """One act, done or refused."""
        acts = [self.top_up, self.collect, self.pay_out, self.pay, self.pay]
        if self.standing:
            acts.append(self.cancel)
        with contextlib.suppress(NotEnoughDeposit, CreditRefused, CreditLimitReached):
            self.chance.choice(acts)()

    def top_up(self) -> None:
        top_up(self.office, self.chance.choice(self.people), self.chance.randint(1, 3000), self.chance.choice((CASH, CARD, BANK)))

    def collect(self) -> None:
        collect(self.office, self.account.id, self.chance.randint(1, 2000))

    def pay_out(self) -> None:
        paying = PayOutDeposit(patient_id=self.chance.choice(self.people), amount_fen=self.chance.randint(1, 3000), reason="随机退")
        self.office.desk(CASHIER).call(paying)

    def pay(self) -> None:
        person, kind = self.chance.choice(self.people), self.chance.choice((TenderKind.DEPOSIT, TenderKind.CREDIT))
        if self.unused[person]:
            account = self.account.id if kind is TenderKind.CREDIT else 0
            self.standing.append(pay_fee(self.office, person, kind, account, self.unused[person].pop()))
            self.paid += 1

    def cancel(self) -> None:
        cancel(self.office, self.standing.pop(self.chance.randrange(len(self.standing))))


@pytest.mark.parametrize("seed", range(4))
def test_accounts_entries_and_ledger_agree_whatever_happens(office: Office, seed: int) -> None:
    happenings = Happenings(office, seed)
    for _ in range(30):
        happenings.one()
    agree(office)
    assert happenings.paid, "somebody paid by account"
    assert office.rows("SELECT count(*) FROM credit_account WHERE balance_fen > limit_fen") == [(0,)]
