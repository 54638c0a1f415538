"""The insurance desk at a real service that speaks with a simulated bureau, with keys alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from client import theme
from client.insurance.words import told
from common.i18n import CHINESE, set_language
from common.messages.returns import UndoDispense, UndoReason
from common.messages.store_papers import SendTransfer, Taken
from installer.sample import PASSWORD
from server.insurance.simulator.process import Simulator, start_simulator
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.harness import Clinic, TestDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

PAGES = ("reconcile", "uploads", "mapping", "codes", "lists", "line")


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A bureau without signatures, so that the service needs no secrets."""
    started = start_simulator(tmp_path_factory.mktemp("bureau") / "state")
    yield started
    started.stop()


@pytest.fixture
def clinic(database: TestDatabase, tmp_path: Path, simulator: Simulator) -> Iterator[Clinic]:
    """The sample clinic, not connected yet."""
    simulator.control("clear")
    running = Clinic(database, tmp_path / "keys")
    running.start()
    yield running
    running.stop()


def sit_down(qapp: QApplication, clinic: Clinic, folder: Path, login: str) -> RealDesk:
    """A person at the insurance desk."""
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "insurance", login, folder)
    made.front()
    made.rest()
    return made


@pytest.fixture
def desk(qapp: QApplication, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The manager."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    made = sit_down(qapp, clinic, tmp_path, "yuanzhang")
    yield made
    made.close()


def go(desk: RealDesk, page: str) -> None:
    """To a page and into it."""
    desk.press("Alt+1", *["Up"] * len(PAGES), *["Down"] * PAGES.index(page), "Return")


def connect(desk: RealDesk, simulator: Simulator) -> None:
    """Set the line up by keys."""
    setup = simulator.setup()
    go(desk, "line")
    desk.press("Alt+3")
    provinces = desk.desk.line.province.codes()
    desk.press(*["Right"] * provinces.index(setup.province), "Return", "Left", "Return")
    for text in (setup.url, setup.fixmedins_code, setup.fixmedins_name, setup.mdtrtarea_admvs):
        desk.type(text)
        desk.press("Return")
    desk.press("F12")
    desk.wait(lambda: desk.desk.line.facts.setup.connected)
    desk.wait(lambda: desk.clinic.service.parties.bureau is not None)


def test_connected_tried_and_mapped(desk: RealDesk, simulator: Simulator) -> None:
    connect(desk, simulator)
    desk.press("Alt+2", "Shift+Tab", "Shift+Tab")
    desk.desk.line.card.setFocus()
    desk.type("440301198503120022")
    desk.press("Return")
    desk.wait(lambda: any(row.state == "DONE" and "310" in row.told for row in desk.desk.line.errands.rows()))
    desk.wait(lambda: desk.desk.line.sign_ins.rows())
    go(desk, "lists")
    desk.press("F12")
    desk.wait(lambda: desk.desk.lists.table.rows()[0].rows > 0)
    go(desk, "mapping")
    desk.type("阿莫西林胶囊")
    desk.wait(lambda: desk.desk.mapping.item is not None and desk.desk.mapping.item.name == "阿莫西林胶囊")
    desk.wait(lambda: desk.desk.mapping.candidates.rows())
    desk.press("Return", "Return", "Return")
    desk.wait(lambda: simulator.control("mappings"))
    desk.wait(lambda: any(row.upload == "DONE" for row in desk.desk.mapping.table.rows()))
    assert simulator.control("mappings").popitem()[1]["med_list_codg"] == "XJ01CAA040E001010101001"


def test_a_settlement_of_the_bureau_alone_is_cancelled_by_two(
    desk: RealDesk, qapp: QApplication, clinic: Clinic, simulator: Simulator, tmp_path: Path
) -> None:
    connect(desk, simulator)
    desk.close()
    simulator.control("plant", {"msgid": "H44030000001202601150930059999", "psn_no": "p1", "total_fen": 500, "fund_fen": 300})
    cashier = sit_down(qapp, clinic, tmp_path / "cashier", visits.CASHIER)
    try:
        today = clinic.service.clock.today(clinic.service.clock.now())
        cashier.press("Return", "Alt+3")
        cashier.desk.reconciling.day.setFocus()
        cashier.desk.reconciling.day.selectAll()
        cashier.type(f"{today:%Y%m%d}")
        cashier.press("F4")
        cashier.wait(lambda: cashier.desk.reconciling.table.rows())
        cashier.press("Alt+2", "Return", "Return")
        cashier.type("核对明细")
        cashier.press("Return")
        cashier.type("yuanzhang")
        cashier.press("Return")
        cashier.desk.reconciling.approval.password.setText(PASSWORD)
        cashier.press("Return")
        cashier.wait(lambda: cashier.desk.reconciling.approval.approval_id is not None)
        cashier.press("F12")
        cashier.wait(lambda: not cashier.desk.reconciling.table.rows())
        assert [one for one in simulator.control("settlements") if one["psn_no"] == "p1"] == []
    finally:
        cashier.close()


def test_uploads_are_sent_once_the_code_is_there(desk: RealDesk, clinic: Clinic, simulator: Simulator) -> None:
    connect(desk, simulator)
    visit = visits.register(clinic, visits.new_patient(clinic, "林静怡").id)
    visits.consult(clinic, visit.visit_id)
    prescription = visits.prescribe(clinic, visit.visit_id)
    visits.approve(clinic, prescription.id)
    visits.settle_all(clinic, prescription.patient_id)
    visits.hand_over(clinic, prescription.id)
    go(desk, "uploads")
    desk.press("F5")
    desk.wait(lambda: any(row.state == "FAILED" for row in desk.desk.uploads.table.rows()))
    go(desk, "codes")
    row = next(place for place, one in enumerate(desk.desk.codes.table.rows()) if one.name == "苏叶")
    desk.press(*["Down"] * row, "Return")
    desk.type("Y440303000123")
    desk.press("Return")
    desk.wait(lambda: any(one.code for one in desk.desk.codes.table.rows()))
    clinic.database.run(
        "INSERT INTO insurance_mapping (own_kind, own_id, list_type, med_list_codg, begins, mapped_at, mapped_by)"
        " SELECT 'drug', id, '101', 'XM01AEB106E003010101003', DATE '2026-01-01', now(), 1 FROM drug"
    )
    go(desk, "uploads")
    desk.press("F12")
    desk.wait(lambda: desk.desk.uploads.queue is not None and not desk.desk.uploads.queue.failed and not desk.desk.uploads.queue.waiting)
    pharmacist = clinic.desk(visits.PHARMACIST)
    pharmacist.call(UndoDispense(prescription_id=prescription.id, reason=UndoReason.MISTAKE))
    batch = clinic.database.value("SELECT max(batch_id) FROM stock_balance WHERE on_hand - picked > 10")
    pharmacist.call(SendTransfer(out_of="PHARMACY", lines=(Taken(batch_id=batch, place="PHARMACY", quantity=Decimal(1)),)))
    desk.press("F6")
    desk.wait(lambda: {("3506A", "DONE"), ("3502", "DONE")} <= {(row.infno, row.state) for row in desk.desk.uploads.table.rows()})
    (carried,) = [row for row in desk.desk.uploads.table.rows() if row.infno == "3502"]
    assert (told(carried), carried.error) == ("调拨出库", "")
    assert [one["row"]["inv_chg_type"] for one in simulator.control("uploads", "3502")] == ["102"]
    assert len(simulator.control("uploads", "3506")) == len(simulator.control("uploads", "3505")) > 0
