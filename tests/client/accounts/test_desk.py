"""Deposits and credit by keys alone: what is asked of the service, printed, said and refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest

from client.accounts.model import Act
from client.accounts.view.desk import AccountsDesk
from common.errors import AmountChanged
from common.messages.accounts import (
    AccountReceipt,
    AddCreditMember,
    CollectCredit,
    CorrectCreditAccount,
    CreditKind,
    CreditStatement,
    EndCreditMember,
    GetAccountReceipt,
    GetCreditAccount,
    GetDeposit,
    ListCreditAccounts,
    OpenCreditAccount,
    OpenGreenChannel,
    PayBackCredit,
    PayOutDeposit,
    TopUpDeposit,
)
from common.messages.cashier import Tender, TenderKind
from common.messages.patients import GetPatient, PatientHits, SearchPatients
from common.messages.settlement import Approve, Approved, GetMoneyRules, ListOpenSettlements, SettlementList
from common.permissions import Role
from common.wire import Done
from tests.client.accounts import samples
from tests.client.cashier.samples import patient
from tests.client.stage import Stage
from tests.printing.account_samples import account_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

BADGE = "BADGE-0000-4711"


def prepare(stage: Stage) -> AccountsDesk:
    stage.answers(GetMoneyRules, samples.RULES)
    stage.answers(ListOpenSettlements, SettlementList(settlements=()))
    stage.answers(ListCreditAccounts, samples.ACCOUNTS)
    stage.answers(GetDeposit, samples.deposit())
    stage.answers(
        GetCreditAccount, lambda request: samples.credit_facts(next(a for a in samples.ACCOUNTS.accounts if a.id == request.account_id))
    )
    stage.answers(SearchPatients, PatientHits(hits=(samples.HIT,), more=False))
    stage.answers(GetPatient, patient(7, "欧阳春晓"))
    stage.answers(CreditStatement, lambda request: samples.statement(request.month.replace(day=1)))
    stage.answers(Approve, Approved(approval_id=41, approver="袁璋", expires_at=samples.NOW))
    desk = AccountsDesk(stage.place)
    stage.show(desk)
    return desk


@pytest.fixture
def desk(stage: Stage) -> AccountsDesk:
    return prepare(stage)


@pytest.fixture
def cashier(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """A cashier, who keeps no accounts."""
    made = Stage(tmp_path, (Role.CASHIER,))
    yield made
    made.close()


def take_patient(stage: Stage) -> None:
    stage.press("F2")
    stage.type("oycx")
    stage.press("Return")


def take_company(stage: Stage, place: int = 1) -> None:
    """The account at this place of the list."""
    stage.press("Alt+1", *["Down"] * place, "Return")


def clear(stage: Stage, text: str) -> None:
    """Type over what is filled in."""
    stage.press("Ctrl+A")
    stage.type(text)


def test_a_deposit_is_topped_up_by_cash(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(TopUpDeposit, samples.moved(change_fen=10_000))
    take_patient(stage)
    assert desk.deposit.balance.text() == "¥632.50"
    stage.press("F4")
    stage.type("500")
    stage.press("Return", "Return")
    stage.type("600")
    stage.press("F12")
    (request,) = stage.asked(TopUpDeposit)
    assert request == TopUpDeposit(
        patient_id=7, amount_fen=50_000, tenders=(Tender(kind=TenderKind.CASH, amount_fen=50_000, given_fen=60_000),)
    )
    assert "¥500.00" in stage.said()
    assert "找零 ¥100.00" in stage.said()
    assert desk.model.act is Act.NONE


def test_an_empty_field_means_the_exact_amount(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(TopUpDeposit, samples.moved())
    take_patient(stage)
    stage.press("F4")
    stage.type("500")
    stage.press("F12")
    assert stage.asked(TopUpDeposit)[0].tenders[0].given_fen == 50_000


def test_a_card_has_its_slip_and_no_change(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(TopUpDeposit, samples.moved())
    take_patient(stage)
    stage.press("F4")
    stage.type("500")
    stage.press("Return", "Right", "Return")
    stage.type("POS 12")
    stage.press("F12")
    assert stage.asked(TopUpDeposit)[0].tenders == (Tender(kind=TenderKind.CARD, amount_fen=50_000, reference="POS 12"),)


def test_too_little_cash_is_said_before_it_is_sent(stage: Stage, desk: AccountsDesk) -> None:
    take_patient(stage)
    stage.press("F4")
    stage.type("500")
    stage.press("Return", "Return")
    stage.type("400")
    stage.press("F12")
    assert stage.asked(TopUpDeposit) == []
    assert desk.acting.trouble.text() == "实收现金少于金额。"


def test_paying_out_a_little_needs_a_reason_and_nobody_else(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(PayOutDeposit, samples.moved("DEPOSIT_BACK", 10_000))
    take_patient(stage)
    stage.press("F6")
    clear(stage, "100")
    stage.press("F12")
    assert stage.asked(PayOutDeposit) == []
    stage.press("Return", "Return")
    stage.type("不再就诊")
    stage.press("F12")
    assert stage.asked(PayOutDeposit) == [PayOutDeposit(patient_id=7, amount_fen=10_000, reason="不再就诊")]


def test_paying_out_more_waits_for_a_badge(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(PayOutDeposit, samples.moved("DEPOSIT_BACK", 63_250))
    take_patient(stage)
    stage.press("F6", "Return", "Return")
    stage.type("不再就诊")
    stage.press("F12")
    assert desk.acting.trouble.text() == "需要第二人复核。"
    stage.scan(BADGE)
    assert stage.asked(Approve) == [Approve(act="pay_out", subject_id=7, amount_fen=63_250, badge=BADGE)]
    stage.press("F12")
    assert stage.asked(PayOutDeposit)[0].approval_id == 41


def test_it_goes_back_to_the_card_that_paid(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(PayOutDeposit, samples.moved("DEPOSIT_BACK", 10_000))
    take_patient(stage)
    stage.press("F6")
    clear(stage, "100")
    stage.press("Return", "Right", "Return")
    stage.type("POS 99")
    stage.press("Return")
    stage.type("退卡")
    stage.press("F12")
    (request,) = stage.asked(PayOutDeposit)
    assert (request.payment_id, request.reference) == (77, "POS 99")


def test_a_company_pays_what_it_owes(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(CollectCredit, samples.moved("COLLECT", 97_015))
    take_company(stage)
    assert desk.credit.name.text().startswith("春风")
    stage.press("F4", "Return", "Return")
    stage.type("转账 0815")
    stage.press("F12")
    tender = Tender(kind=TenderKind.BANK, amount_fen=97_015, reference="转账 0815")
    assert stage.asked(CollectCredit) == [CollectCredit(account_id=3, amount_fen=97_015, expected_balance_fen=97_015, tenders=(tender,))]


def test_what_was_refused_stands_in_place_and_stays_typed(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(CollectCredit, AmountChanged(shown_fen=97_015, due_fen=90_000))
    take_company(stage)
    stage.press("F4", "F12")
    assert "¥900.00" in desk.acting.trouble.text()
    assert desk.acting.amount.fen() == 97_015
    first = stage.request_ids(CollectCredit)
    stage.press("F12")
    assert stage.request_ids(CollectCredit) == [*first, first[0]]


def test_what_cannot_be_done_says_why(stage: Stage, desk: AccountsDesk) -> None:
    stage.press("F4")
    assert stage.said() == "请先查找患者（F2）。"
    take_company(stage, 4)
    stage.press("F4")
    assert stage.said() == "这个账户没有欠款。"
    stage.press("F6")
    assert stage.said() == "这个账户没有溢缴款。"
    assert desk.model.act is Act.NONE


def test_what_was_paid_too_much_is_paid_back(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(PayBackCredit, samples.moved("COLLECT_BACK", 2_350))
    take_company(stage, 5)
    stage.press("F6", "Return", "Return")
    stage.type("退号")
    stage.press("F12")
    assert stage.asked(PayBackCredit) == [PayBackCredit(account_id=8, amount_fen=2_350, tender=TenderKind.CASH, reason="退号")]


def test_a_company_is_opened_with_its_limit(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(OpenCreditAccount, samples.account(6, "河滨街道敬老院"))
    stage.press("F3")
    stage.type("Hebin")
    stage.press("F12")
    assert desk.acting.trouble.text() == "请输入限额。"
    stage.press("Return")
    stage.type("5000")
    stage.press("F12")
    assert stage.asked(OpenCreditAccount) == [OpenCreditAccount(name="Hebin", limit_fen=500_000)]
    assert desk.model.account_id == 6


def test_its_terms_are_changed_and_it_is_closed(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(CorrectCreditAccount, samples.account(active=False))
    take_company(stage)
    stage.press("F11", "Return")
    clear(stage, "3000")
    stage.press("Return", "Return", "Return", "Return", "Right", "F12")
    (request,) = stage.asked(CorrectCreditAccount)
    assert (request.name, request.limit_fen, request.active) == ("春风纺织有限责任公司工会委员会", 300_000, False)


def test_a_member_is_found_and_added(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(AddCreditMember, Done())
    take_company(stage)
    stage.press("F8")
    stage.type("oycx")
    stage.press("Return", "F12")
    assert stage.asked(AddCreditMember) == [AddCreditMember(account_id=3, patient_id=7)]


def test_a_member_leaves_after_a_question(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(EndCreditMember, Done())
    take_company(stage)
    desk.credit.show_members()
    stage.press("Alt+2", "Ctrl+E")
    assert stage.asked(EndCreditMember) == []
    stage.press("Backtab", "Return")
    assert stage.asked(EndCreditMember) == [EndCreditMember(account_id=3, patient_id=10)]


def test_the_green_channel_is_opened_by_the_manager(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(OpenGreenChannel, samples.account(9, "欧阳春晓", kind=CreditKind.GREEN, due_on=date(2026, 12, 21)))
    take_patient(stage)
    stage.press("F10")
    stage.type("急诊先治")
    stage.press("Return")
    stage.type("500")
    stage.press("F12")
    assert stage.asked(OpenGreenChannel) == [OpenGreenChannel(patient_id=7, limit_fen=50_000, reason="急诊先治")]
    assert "2026-12-21" in stage.said()


def test_a_cashier_opens_it_with_a_second_person(cashier: Stage) -> None:
    stage = cashier
    prepare(stage)
    stage.answers(OpenGreenChannel, samples.account(9, "欧阳春晓", kind=CreditKind.GREEN, due_on=date(2026, 12, 21)))
    take_patient(stage)
    stage.press("F10")
    stage.type("急诊先治")
    stage.press("Return")
    stage.type("500")
    stage.scan(BADGE)
    assert stage.asked(Approve) == [Approve(act="green", subject_id=7, amount_fen=50_000, badge=BADGE)]
    stage.press("F12")
    assert stage.asked(OpenGreenChannel)[0].approval_id == 41


def test_a_cashier_keeps_no_accounts(cashier: Stage) -> None:
    desk = prepare(cashier)
    take_company(cashier)
    cashier.press("F3", "F11", "F8")
    assert desk.model.act is Act.NONE


def test_the_months_statement_and_the_month_before(stage: Stage, desk: AccountsDesk) -> None:
    take_company(stage)
    stage.press("F7")
    assert desk.credit.tabs.code() == "statement"
    months = []
    for key in ("", "Ctrl+B", "Ctrl+N"):
        stage.press(*filter(None, (key,)))
        assert desk.model.statement is not None
        months.append(desk.model.statement.month)
        assert f"{months[-1]:%Y-%m}" in desk.credit.sums.text()
    assert months[1] < months[0] == months[2]
    stage.press("F7")
    assert desk.credit.tabs.code() == "entries"


def test_a_line_opens_its_document_and_esc_goes_back(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(GetAccountReceipt, samples.moved().receipt)
    take_patient(stage)
    stage.press("Alt+2", "Down", "Down", "Down", "Return")
    assert stage.asked(GetAccountReceipt)
    assert desk.middle.currentWidget() is desk.document
    stage.press("Escape")
    assert desk.middle.currentWidget() is desk.deposit


def test_esc_gives_an_act_up(stage: Stage, desk: AccountsDesk) -> None:
    take_patient(stage)
    stage.press("F4")
    stage.type("5")
    stage.press("Escape")
    assert desk.model.act is Act.NONE
    stage.press("F4")
    assert desk.acting.amount.fen() is None


def test_a_scanned_patient_number_takes_the_deposit(stage: Stage, desk: AccountsDesk) -> None:
    from common.domain.barcodes import OwnKind, make_code

    stage.scan(make_code(OwnKind.PATIENT, 7))
    assert desk.model.patient_id == 7
    assert desk.deposit.name.text() == "欧阳春晓"


def receipt_facts(patient_number: str) -> AccountReceipt:
    """A receipt of a patient, or of a company."""
    return msgspec.structs.replace(
        account_receipt().facts, patient_number=patient_number, payer="欧阳春晓" if patient_number else "杏林电子厂"
    )


def test_a_scanned_receipt_takes_the_deposit_it_is_about(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(GetAccountReceipt, receipt_facts("00000007"))
    stage.scan("D26112200007")
    assert [request.number for request in stage.asked(GetAccountReceipt)] == ["D26112200007"]
    stage.settle(until=lambda: desk.model.patient_id == 7)
    assert stage.asked(SearchPatients)[-1].text == "00000007"


def test_a_companys_receipt_names_the_company(stage: Stage, desk: AccountsDesk) -> None:
    stage.answers(GetAccountReceipt, receipt_facts(""))
    stage.scan("C26112200007")
    stage.settle(until=lambda: "杏林电子厂" in stage.said())
    assert desk.model.patient_id is None
