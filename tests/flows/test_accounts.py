"""Deposits and credit against the real service and devices, by keys alone: topped up, spent, paid out; a company's account and its money."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from client import theme
from common.i18n import CHINESE, set_language
from common.messages.accounts import AddCreditMember, GetDeposit, OpenCreditAccount
from common.messages.cashier import Tender, TenderKind
from common.messages.registration import RegisterVisit
from common.messages.settlement import GiveBadge
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk, has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.flows.conftest import Connected
    from tests.harness import Clinic

BADGE = "BADGE-0000-4711"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals and print jobs lie."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def cashier(qapp: QApplication, clinic: Clinic, folder: Path) -> Iterator[RealDesk]:
    """The cashier at the desk of accounts."""
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "accounts", visits.CASHIER, folder)
    made.front()
    yield made
    made.close()


def in_hand(desk: RealDesk, name: str) -> None:
    """Find a patient and wait for the deposit."""
    desk.press("F2")
    desk.type(name)
    desk.wait(lambda: desk.desk.holders.search.list.rows())
    desk.press("Return")
    desk.wait(lambda: desk.desk.model.deposit is not None)
    desk.rest()


def settled_down(desk: RealDesk) -> None:
    """Wait until an act was carried out."""
    desk.wait(lambda: desk.desk.model.act.value == "none" and not desk.desk.model.sending)
    desk.rest()


def fee_by(clinic: Clinic, patient_id: int, kind: TenderKind, account_id: int = 0) -> int:
    """A visit whose fee is paid by an account; the fee."""
    session = visits.session_of(clinic)
    tender = Tender(kind=kind, amount_fen=session.fee_fen, account_id=account_id)
    request = RegisterVisit(patient_id=patient_id, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=(tender,))
    clinic.desk(visits.CLERK).call(request)
    return session.fee_fen


def test_a_deposit_comes_in_is_spent_and_goes_out(cashier: RealDesk, clinic: Clinic) -> None:
    patient = visits.new_patient(clinic, "欧阳春晓")
    in_hand(cashier, "oycx")
    cashier.press("F4")
    cashier.type("500")
    cashier.press("Return", "Return")
    cashier.type("600")
    cashier.press("F12")
    settled_down(cashier)
    (paper,) = cashier.receipts(1)
    assert has(paper, "预交金收据")
    assert has(paper, "500.00")
    cashier.wait(lambda: cashier.devices.drawer_open)
    fee = fee_by(clinic, patient.id, TenderKind.DEPOSIT)
    cashier.wait(lambda: cashier.desk.model.deposit.balance_fen == 50_000 - fee)
    cashier.press("F6", "Return", "Return") if len(cashier.desk.model.deposit.cards) else cashier.press("F6", "Return")
    cashier.type("bu zai jiu zhen")
    clinic.desk("admin").call(GiveBadge(staff_id=clinic.database.value("SELECT id FROM staff WHERE login = 'yuanzhang'"), code=BADGE))
    cashier.scan(BADGE)
    cashier.wait(lambda: cashier.desk.model.approval_id is not None)
    cashier.press("F12")
    settled_down(cashier)
    assert clinic.desk(visits.CASHIER).call(GetDeposit(patient_id=patient.id)).balance_fen == 0
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'tender:deposit'") == 0


def test_a_company_is_opened_owes_and_pays(cashier: RealDesk, clinic: Clinic, qapp: QApplication, folder: Path) -> None:
    patient = visits.new_patient(clinic, "顾西洲")
    manager = RealDesk(clinic, "accounts", "yuanzhang", folder)
    manager.front()
    manager.press("F3")
    manager.type("Chunfeng")
    manager.press("Return")
    manager.type("5000")
    manager.press("F12")
    settled_down(manager)
    manager.wait(lambda: manager.desk.model.facts is not None)
    manager.rest()
    manager.press("F8")
    manager.type("gxz")
    manager.wait(lambda: manager.desk.acting.search.list.rows())
    manager.press("Return", "F12")
    settled_down(manager)
    account_id = manager.desk.model.account_id
    manager.close()
    fee = fee_by(clinic, patient.id, TenderKind.CREDIT, account_id)
    cashier.front()
    cashier.wait(lambda: any(account.balance_fen == fee for account in cashier.desk.model.accounts))
    cashier.press("Alt+1", "Return")
    cashier.wait(lambda: cashier.desk.model.facts is not None)
    cashier.rest()
    cashier.press("F4", "F12")
    settled_down(cashier)
    assert has(cashier.receipts(1)[0], "挂账还款收据")
    assert clinic.database.value("SELECT balance_fen FROM credit_account WHERE id = %s", account_id) == 0
    cashier.wait(lambda: cashier.desk.model.facts.account.balance_fen == 0)
    cashier.press("F7")
    cashier.wait(lambda: cashier.desk.model.statement is not None)
    assert [line.kind for line in cashier.desk.model.statement.lines] == ["CHARGE", "COLLECT"]


def test_the_green_channel_opens_with_a_password_at_the_same_desk(cashier: RealDesk, clinic: Clinic) -> None:
    patient = visits.new_patient(clinic, "沈知秋")
    in_hand(cashier, "szq")
    cashier.press("F10")
    cashier.type("ji zhen")
    cashier.press("Return")
    cashier.type("500")
    cashier.press("Return")
    cashier.type("yuanzhang")
    cashier.press("Return")
    cashier.type(PASSWORD)
    cashier.press("Return")
    cashier.wait(lambda: cashier.desk.model.approval_id is not None)
    cashier.press("F12")
    settled_down(cashier)
    cashier.wait(lambda: cashier.desk.model.facts is not None and cashier.desk.model.facts.account.patient_id == patient.id)
    fee = fee_by(clinic, patient.id, TenderKind.GREEN)
    cashier.wait(lambda: cashier.desk.model.facts.account.balance_fen == fee)


def test_what_another_desk_took_is_refused_in_place(cashier: RealDesk, clinic: Clinic) -> None:
    patient = visits.new_patient(clinic, "艾力江")
    manager = clinic.desk("yuanzhang")
    account = manager.call(OpenCreditAccount(name="晨光小学", limit_fen=500_000))
    manager.call(AddCreditMember(account_id=account.id, patient_id=patient.id))
    fee = fee_by(clinic, patient.id, TenderKind.CREDIT, account.id)
    cashier.wait(lambda: any(each.balance_fen == fee for each in cashier.desk.model.accounts))
    cashier.press("Alt+1", "Return")
    cashier.wait(lambda: cashier.desk.model.facts is not None)
    cashier.press("F4")
    cashier.press("Ctrl+A")
    cashier.type(f"{fee // 100 + 1}")
    cashier.press("F12")
    assert cashier.desk.acting.trouble.text() == "没有欠这么多。"
    assert clinic.database.value("SELECT count(*) FROM credit_entry WHERE kind = 'COLLECT'") == 0


# --- by payment code, with channels at the other end of their wires


@pytest.fixture
def channel_cashier(qapp: QApplication, connected: Connected, folder: Path) -> Iterator[RealDesk]:
    """The cashier of a clinic that payment channels are connected to."""
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(connected.clinic, "accounts", visits.CASHIER, folder)
    made.front()
    made.wait(lambda: made.desk.model.rules is not None)
    yield made
    made.close()


def payment_code(kind: str = "13") -> str:
    """A payment code as a telephone shows it."""
    return f"{kind}{uuid.uuid4().int % 10**16:016d}"


def test_a_scan_tops_up_and_a_pay_out_goes_back_by_itself(channel_cashier: RealDesk, connected: Connected) -> None:
    desk, clinic = channel_cashier, connected.clinic
    patient = visits.new_patient(clinic, "欧阳春晓")
    in_hand(desk, "oycx")
    desk.press("F4")
    desk.type("150")
    before = desk.keys
    desk.scan(payment_code("28"))
    desk.wait(lambda: desk.desk.model.deposit.balance_fen == 15_000 and desk.desk.model.waiting is None)
    assert desk.keys == before
    (paper,) = desk.receipts(1)
    assert has(paper, "预交金收据")
    assert has(paper, "支付宝")
    assert "支付宝 ¥150.00" in desk.said
    assert not desk.devices.drawer_open
    desk.press("F4")
    desk.type("30")
    desk.press("F12")
    desk.wait(lambda: desk.desk.model.deposit.balance_fen == 18_000)
    desk.rest()
    desk.press("F6")
    assert desk.desk.acting.ways.text() == "退款去向：支付宝 ¥150.00、现金 ¥30.00"
    desk.press("Return", "Return")
    desk.type("bu zai jiu zhen")
    desk.press("F12")
    desk.wait(lambda: desk.desk.model.deposit.balance_fen == 0 and desk.desk.model.waiting is None)
    assert has(desk.receipts(3)[2], "支付宝")
    rows = "SELECT jsonb_object_agg(tender, amount_fen) FROM payment WHERE amount_fen < 0"
    assert clinic.database.value(rows) == {"alipay": -15_000, "cash": -3_000}
    assert clinic.desk(visits.CASHIER).call(GetDeposit(patient_id=patient.id)).balance_fen == 0


def test_what_a_channel_does_not_answer_is_shown_and_gone_on_with(channel_cashier: RealDesk, connected: Connected) -> None:
    desk, clinic = channel_cashier, connected.clinic
    visits.new_patient(clinic, "沈知秋")
    visits.new_patient(clinic, "顾西洲")
    connected.channels.control("faults", [{"kind": "HELD", "act": "pay"}])
    in_hand(desk, "szq")
    desk.press("F4")
    desk.type("80")
    desk.scan(payment_code())
    desk.wait(lambda: desk.desk.model.waiting is not None)
    assert desk.desk.right.currentWidget() is desk.desk.areas[desk.desk.pane]
    assert [facts.patient_name for facts in desk.desk.holders.open.rows()] == ["沈知秋"]
    in_hand(desk, "gxz")
    assert desk.desk.right.currentWidget() is desk.desk.areas[desk.desk.acting]
    desk.press("Ctrl+O")
    desk.wait(lambda: desk.desk.model.waiting is not None and desk.desk.model.deposit is not None)
    desk.rest()
    desk.press("F4")
    assert desk.desk.model.act.value == "none"
    connected.channels.control("release")
    desk.wait(lambda: desk.desk.model.deposit.balance_fen == 8_000 and not desk.desk.model.open)
    assert has(desk.receipts(1)[0], "微信支付")


def test_a_refused_code_says_so_and_another_pays(channel_cashier: RealDesk, connected: Connected) -> None:
    desk = channel_cashier
    patient = visits.new_patient(connected.clinic, "艾力江")
    connected.channels.control("faults", [{"kind": "REJECT", "act": "pay", "code": "NOTENOUGH", "message": "余额不足"}])
    in_hand(desk, "alj")
    desk.scan(payment_code())
    desk.wait(lambda: "付款码" in desk.said)
    desk.press("F4")
    desk.scan(payment_code())
    desk.wait(lambda: "金额" in desk.said)
    desk.type("60")
    desk.scan(payment_code())
    desk.wait(lambda: "余额不足" in desk.desk.acting.trouble.text())
    assert desk.desk.acting.amount.fen() == 6_000
    desk.scan(payment_code())
    desk.wait(lambda: desk.desk.model.deposit.balance_fen == 6_000)
    assert connected.clinic.desk(visits.CASHIER).call(GetDeposit(patient_id=patient.id)).balance_fen == 6_000


def test_a_company_pays_by_a_scan(channel_cashier: RealDesk, connected: Connected) -> None:
    desk, clinic = channel_cashier, connected.clinic
    patient = visits.new_patient(clinic, "顾西洲")
    manager = clinic.desk("yuanzhang")
    account = manager.call(OpenCreditAccount(name="晨光小学", limit_fen=500_000))
    manager.call(AddCreditMember(account_id=account.id, patient_id=patient.id))
    fee = fee_by(clinic, patient.id, TenderKind.CREDIT, account.id)
    desk.wait(lambda: any(each.balance_fen == fee for each in desk.desk.model.accounts))
    desk.press("Alt+1", "Return")
    desk.wait(lambda: desk.desk.model.facts is not None)
    desk.rest()
    desk.press("F4")
    desk.scan(payment_code())
    desk.wait(lambda: desk.desk.model.facts.account.balance_fen == 0 and desk.desk.model.waiting is None)
    assert has(desk.receipts(1)[0], "微信支付")
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'tender:wechat'") == fee
