"""The finance desk against the real service: a price, an expense, a report that agrees, down to the bill; keys alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from client import theme
from client.finance import actions
from common.i18n import CHINESE, set_language
from common.messages.finance import ReportKind
from common.messages.prices import ChargeManually, ItemQuantity, SearchPriceItems
from tests import visits
from tests.client.registration.real_desk import RealDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic

MANAGER = "yuanzhang"
PAGES = [*ReportKind, "spend", "prices", "packages", "surcharges"]


@pytest.fixture
def manager(qapp: QApplication, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The manager at his desk."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(actions, "folder", lambda _desk: tmp_path / "documents")
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "finance", MANAGER, tmp_path)
    made.front()
    made.wait(lambda: made.desk.model.report is not None)
    yield made
    made.close()


def go(manager: RealDesk, page: str) -> None:
    """To a page, and into it."""
    manager.press("Alt+1", *["Up"] * len(PAGES), *["Down"] * PAGES.index(page))
    manager.wait(lambda: manager.desk.model.page == page)
    manager.rest()
    manager.press("Return")


def takings(clinic: Clinic, name: str) -> int:
    """Somebody registers, is charged an ECG by hand and pays; what that came to."""
    patient = visits.new_patient(clinic, name)
    fee = visits.session_of(clinic).fee_fen
    visits.register(clinic, patient.id)
    cashier = clinic.desk(visits.CASHIER)
    item = cashier.call(SearchPriceItems(text="E001")).items[0]
    cashier.call(ChargeManually(patient_id=patient.id, items=(ItemQuantity(item_id=item.id, quantity=Decimal(1)),)))
    return fee + visits.settle_all(clinic, patient.id).total_fen


def test_from_the_months_figure_down_to_the_bill(manager: RealDesk, clinic: Clinic) -> None:
    due = takings(clinic, "张小三") + takings(clinic, "李小四")
    manager.press("F5")
    manager.wait(lambda: manager.desk.model.report.total_fen == due)
    assert manager.desk.model.balanced()
    assert manager.desk.reports.verdict.text() == "与总账相符"
    go(manager, ReportKind.CATEGORY)
    manager.wait(lambda: manager.desk.model.report is not None and manager.desk.model.report.total_fen == due)
    manager.desk.reports.table.select(("", "income:exam"))
    manager.press("Return")
    manager.wait(lambda: manager.desk.model.drill is not None and manager.desk.model.drill.rows)
    assert manager.desk.model.drill.count == 2
    manager.press("Return")
    manager.wait(lambda: manager.desk.model.receipt is not None)
    assert "李*四" in manager.desk.reports.panel.table.as_text()
    manager.press("Esc", "Esc", "Esc")
    assert manager.desk.model.depth == 0


def test_an_expense_is_booked_reversed_and_seen_in_the_result(manager: RealDesk, clinic: Clinic) -> None:
    go(manager, "spend")
    before = manager.keys
    manager.type("fz")
    manager.press("Return")
    manager.type("8500")
    manager.press("Return", "Return", "Return")
    manager.type("ABC")
    manager.press("F12")
    manager.wait(lambda: "已入账" in manager.said)
    assert manager.keys - before <= 15
    account = "SELECT sum(amount_fen)::bigint FROM ledger_posting WHERE account = %s"
    assert clinic.database.value(account, "expense:rent") == 850_000
    assert clinic.database.value(account, "tender:bank") == -850_000
    go(manager, ReportKind.PROFIT)
    manager.wait(lambda: manager.desk.model.report is not None and manager.desk.model.report.total_fen == -850_000)
    assert manager.desk.model.balanced()
    go(manager, "spend")
    manager.wait(lambda: manager.desk.spend.table.rows())
    manager.desk.spend.note.setFocus()
    manager.type("twice")
    manager.press("Ctrl+R", "Shift+Tab", "Return")
    manager.wait(lambda: "冲销" in manager.said)
    assert clinic.database.value(account, "expense:rent") == 0


def test_a_new_price_is_what_the_cashier_finds_and_a_surcharge_comes_with_the_prescription(manager: RealDesk, clinic: Clinic) -> None:
    go(manager, "prices")
    manager.type("E001")
    manager.wait(lambda: [getattr(row, "code", "") for row in manager.desk.prices.table.rows()] == ["", "E001"])
    manager.press("Return", "Return", "Ctrl+A")
    manager.type("28.5")
    manager.press("F12")
    manager.wait(lambda: "已保存" in manager.said)
    assert clinic.desk(visits.CASHIER).call(SearchPriceItems(text="E001")).items[0].price == Decimal("28.5")
    assert clinic.database.value("SELECT price FROM service_item WHERE code = 'E001'") == Decimal("28.5")
    go(manager, "surcharges")
    manager.type("kf")
    manager.press("Return")
    manager.type("E001")
    manager.press("Return", "3", "F12")
    manager.wait(lambda: "下一张处方" in manager.said)
    patient = visits.new_patient(clinic, "王小五")
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    prescription = visits.prescribe(clinic, visit.visit_id)
    visits.approve(clinic, prescription.id)
    assert visits.settle_all(clinic, patient.id).total_fen == prescription.amount_fen + 2850


def test_the_daily_report_becomes_files(manager: RealDesk, clinic: Clinic, tmp_path: Path) -> None:
    takings(clinic, "赵小六")
    manager.press("F5", "F10", "F11", "Ctrl+E")
    folder = tmp_path / "documents"
    manager.wait(lambda: folder.exists() and {file.suffix for file in folder.iterdir()} == {".xlsx", ".pdf", ".csv"})
    manager.wait(lambda: all(file.stat().st_size > 100 for file in folder.iterdir()))
