"""The cashier's window against the real service: cash rounding, deposit, company account, waiver, charging by hand; by keys and scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import theme
from common.domain.barcodes import OwnKind, make_code
from common.domain.rounding import round_cash
from common.i18n import CHINESE, set_language
from common.messages.accounts import AddCreditMember, OpenCreditAccount, TopUpDeposit
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk, has
from tests.flows.test_cashier import owing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic

MANAGER = "yuanzhang"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals and print jobs lie."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def cashier(qapp: QApplication, clinic: Clinic, folder: Path) -> Iterator[RealDesk]:
    """The cashier at her desk, at a clinic that rounds cash down."""
    clinic.database.run("UPDATE money_rules SET cash_rounding = 'down'")
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "cashier", visits.CASHIER, folder)
    made.front()
    yield made
    made.close()


def take_up(cashier: RealDesk, patient_id: int) -> int:
    """The bill is in hand; what it comes to."""
    model = cashier.desk.model
    cashier.scan(make_code(OwnKind.PATIENT, patient_id))
    cashier.wait(
        lambda: model.patient_id == patient_id and model.unpaid is not None and model.accounts is not None and model.rules is not None
    )
    cashier.rest()
    return int(model.due_fen)


def paid_by(clinic: Clinic, bill_id: int) -> dict[str, int]:
    """The bill's payments."""
    return dict(clinic.database.value("SELECT jsonb_object_agg(tender, amount_fen) FROM payment WHERE bill_id = %s", bill_id))


def settled_bill(cashier: RealDesk) -> int:
    """Settled; the bill's id."""
    cashier.wait(lambda: cashier.desk.model.last is not None)
    return int(cashier.desk.model.last.settled.bill_id)


def test_cash_is_rounded_on_screen_in_the_books_and_on_paper(cashier: RealDesk, clinic: Clinic) -> None:
    due = take_up(cashier, owing(clinic).patient_id)
    to_pay = round_cash(due, "down")
    assert to_pay < due
    assert cashier.desk.till.rounding.text() == f"−¥0.{due - to_pay:02d}"
    cashier.press("F12")
    bill = settled_bill(cashier)
    assert paid_by(clinic, bill) == {"cash": to_pay}
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'rounding'") == due - to_pay
    assert has(cashier.receipts(1)[0], "舍入差额")


def test_another_means_is_not_rounded(cashier: RealDesk, clinic: Clinic) -> None:
    due = take_up(cashier, owing(clinic).patient_id)
    cashier.press("F7")
    cashier.type("4200")
    cashier.press("F12")
    assert paid_by(clinic, settled_bill(cashier)) == {"wechat": due}
    assert not has(cashier.receipts(1)[0], "舍入差额")


def test_the_deposit_pays_what_it_holds_and_cash_the_rest(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    clinic.desk(visits.CASHIER).call(TopUpDeposit(patient_id=debt.patient_id, amount_fen=100, tenders=visits.cash(100)))
    due = take_up(cashier, debt.patient_id)
    cashier.press("F7")  # who has a deposit gets it first
    assert cashier.desk.model.tendering.cash_due_fen == round_cash(due - 100, "down")
    cashier.press("F12")
    assert cashier.desk.till.given.hasFocus()
    assert "收现金？再按 F12" in cashier.desk.till.trouble.text()
    assert not clinic.database.value("SELECT count(*) FROM payment WHERE tender = 'deposit' AND bill_id IS NOT NULL")
    cashier.press("F12")
    assert paid_by(clinic, settled_bill(cashier)) == {"deposit": 100, "cash": round_cash(due - 100, "down")}
    assert f"：预交金 1.00，现金 {round_cash(due - 100, 'down') / 100:.2f}，票据" in cashier.said
    assert has(cashier.receipts(1)[0], "预交金余额")


def test_a_company_pays_for_its_people(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    manager = clinic.desk(MANAGER)
    accounts = [manager.call(OpenCreditAccount(name=name, limit_fen=100_000)) for name in ("宏远建筑工程有限公司", "区教育局")]
    for account in accounts:
        manager.call(AddCreditMember(account_id=account.id, patient_id=debt.patient_id))
    due = take_up(cashier, debt.patient_id)
    cashier.press("F7", "Tab", "Down")
    cashier.press("F12")
    assert paid_by(clinic, settled_bill(cashier)) == {"credit": due}
    chosen = cashier.desk.till.rows.account
    assert chosen.count() == 2
    assert clinic.database.value("SELECT count(*) FROM credit_entry WHERE amount_fen = %s", due) == 1


def test_a_waiver_with_a_second_person_at_the_same_desk(cashier: RealDesk, clinic: Clinic) -> None:
    due = take_up(cashier, owing(clinic).patient_id)
    for _ in range([kind.value for kind in cashier.desk.model.offered()].index("waiver") + 1):
        cashier.press("F7")
    cashier.type("2")
    cashier.press("Return")
    cashier.type("困难")
    assert cashier.desk.till.approval.isVisible()
    cashier.press("F12")
    assert cashier.desk.model.last is None
    cashier.desk.till.approval.login.setFocus()
    cashier.type(MANAGER)
    cashier.press("Return")
    cashier.type(PASSWORD)
    cashier.press("Return")
    cashier.wait(lambda: cashier.desk.model.approval_id is not None)
    cashier.press("F12", "F12")
    assert paid_by(clinic, settled_bill(cashier)) == {"waiver": 200, "cash": round_cash(due - 200, "down")}


def test_a_line_by_hand_is_charged_voided_and_charged_again(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    due = take_up(cashier, debt.patient_id)
    code = clinic.database.value("SELECT code FROM service_item WHERE active AND category = 'treatment' ORDER BY code LIMIT 1")
    for _ in range(2):
        cashier.press("F3")
        cashier.type(code)
        cashier.press("Return")
        cashier.wait(lambda: cashier.desk.charge_bar.quantity.hasFocus())
        cashier.type("2")
        cashier.press("Return", "Escape")
        cashier.wait(lambda: cashier.desk.model.due_fen > due)
        cashier.rest()
        assert cashier.said.startswith("已计入") and "×2 ¥" in cashier.said
        if not cashier.desk.model.last and clinic.database.value("SELECT count(*) FROM charge_line WHERE state = 'VOIDED'") == 0:
            cashier.press("Alt+2", "Ctrl+End", "Delete")
            cashier.press("Shift+Tab", "Return")
            cashier.wait(lambda: cashier.desk.model.due_fen == due)
    cashier.press("F12")
    bill = settled_bill(cashier)
    assert clinic.database.value("SELECT count(*) FROM charge_line WHERE bill_id = %s AND source = 'service'", bill) == 1
    assert clinic.database.value("SELECT count(*) FROM charge_line WHERE state = 'VOIDED'") == 1


def test_a_doctor_s_line_cannot_be_voided_here(cashier: RealDesk, clinic: Clinic) -> None:
    take_up(cashier, owing(clinic).patient_id)
    cashier.press("Alt+2", "Ctrl+End", "Delete")
    assert "医生" in cashier.said
