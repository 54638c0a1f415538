"""The invoices desk against the real service, a real platform's simulator and a real printer's: a morning with keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from client.invoices.model import Page
from common.messages.invoices import GiveSegment
from common.messages.registration import CancelVisit
from server.einvoice.simulator.process import start_simulator
from tests import visits
from tests.client.registration.real_desk import RealDesk, has
from tests.harness import Clinic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.einvoice.simulator.process import Simulator
    from tests.harness import TestDatabase

MANAGER = "yuanzhang"


class Sale(msgspec.Struct, frozen=True):
    """A visit that was paid."""

    visit_id: int
    bill_id: int
    number: str


def sell(clinic: Clinic, name: str = "张小三") -> Sale:
    visit = visits.register(clinic, visits.new_patient(clinic, name).id)
    bill = clinic.database.value("SELECT id FROM bill WHERE visit_id = %s AND kind = 'SALE'", visit.visit_id)
    return Sale(visit.visit_id, bill, clinic.database.value("SELECT number FROM invoice WHERE bill_id = %s", bill))


@pytest.fixture
def cashier(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "invoices", visits.CASHIER, screen)
    made.front()
    yield made
    made.close()


@pytest.fixture
def manager(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "invoices", MANAGER, screen)
    made.front()
    yield made
    made.close()


def rows(desk: RealDesk, page: Page = Page.INVOICES) -> list[object]:
    return desk.desk.lists.tables[page].rows()  # type: ignore[no-any-return]


def test_a_reprint_says_which_copy_when_and_by_whom(cashier: RealDesk, clinic: Clinic) -> None:
    sale = sell(clinic)
    cashier.wait(lambda: len(rows(cashier)) == 1)
    cashier.press("F6")
    (first,) = cashier.receipts(1)
    assert has(first, "补打 1")
    assert has(first, sale.number)
    assert has(first, "钱朵")
    cashier.press("F6")
    assert has(cashier.receipts(2)[1], "补打 2")
    assert clinic.database.value("SELECT array_agg(copy ORDER BY copy) FROM invoice_print") == [2, 3]


def test_a_spoiled_paper_is_issued_anew_by_four_keys_and_the_reason(cashier: RealDesk, clinic: Clinic) -> None:
    sale = sell(clinic)
    cashier.wait(lambda: len(rows(cashier)) == 1)
    before = cashier.keys
    cashier.press("F7")
    cashier.type("卡纸")
    cashier.press("F12")
    assert cashier.keys - before <= 4
    (paper,) = cashier.receipts(1)
    standing = clinic.database.value("SELECT number FROM invoice WHERE bill_id = %s AND state = 'USED'", sale.bill_id)
    assert standing != sale.number
    assert has(paper, standing)
    assert not has(paper, "补打")
    cashier.wait(lambda: len(rows(cashier)) == 2)
    assert clinic.database.value("SELECT state || void_reason FROM invoice WHERE number = %s", sale.number) == "VOIDED卡纸"


def test_the_red_invoice_of_a_refund_is_printed_again_as_a_refund(cashier: RealDesk, clinic: Clinic) -> None:
    sale = sell(clinic)
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=sale.visit_id, reason="不看了"))
    cashier.wait(lambda: len(rows(cashier)) == 2)
    cashier.press("Alt+2", "Home", "F6")
    (paper,) = cashier.receipts(1)
    assert has(paper, "补打 1")
    assert has(paper, "退费")


def test_the_manager_gives_a_segment_and_takes_it_back(manager: RealDesk, clinic: Clinic) -> None:
    clinic.database.run("UPDATE money_rules SET invoice_segments = true")
    manager.press("F3")
    names = [row.login for row in manager.desk.panel.give.holders.rows()]
    manager.press(*["Down"] * names.index(visits.CLERK), "Return")
    for typed in ("A", "0001", "0100"):
        manager.type(typed)
        manager.press("Return")
    manager.press("F12")
    manager.wait(lambda: len(rows(manager, Page.SEGMENTS)) == 1)
    assert sell(clinic).number == "A0001"
    manager.wait(lambda: manager.desk.model.segments.segments[0].next == "A0002")
    manager.press("F10")
    manager.type("月底收回")
    manager.press("F12")
    manager.wait(lambda: not rows(manager, Page.SEGMENTS))
    manager.press("F4")
    manager.wait(lambda: len(rows(manager, Page.GAPS)) == 1)
    (gap,) = manager.desk.model.gaps.gaps
    assert (gap.first, gap.last, gap.reason) == ("A0002", "A0100", "月底收回")


def test_an_unused_number_is_made_void(cashier: RealDesk, clinic: Clinic) -> None:
    clinic.database.run("UPDATE money_rules SET invoice_segments = true")
    holder = clinic.database.value("SELECT id FROM staff WHERE login = %s", visits.CASHIER)
    clinic.desk(MANAGER).call(GiveSegment(cashier_id=holder, prefix="A", first="01", last="20"))
    cashier.press("F5", "F8", "Return")
    cashier.type("受潮")
    cashier.press("F12")
    cashier.wait(lambda: clinic.database.value("SELECT spoiled FROM invoice_segment") == [1])
    assert "A02" in cashier.said


# --- electronic ones -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Simulator]:
    running = start_simulator(tmp_path / "book.sqlite")
    yield running
    running.stop()


@pytest.fixture
def connected(database: TestDatabase, tmp_path: Path, platform: Simulator) -> Iterator[Clinic]:
    """A clinic whose service knows the platform."""
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "outside.toml").write_text(platform.outside(timeout_seconds=30), encoding="utf-8")
    database.run("UPDATE money_rules SET einvoice_kind = 'medical'")
    running = Clinic(database, keys)
    running.start()
    yield running
    running.stop()


def test_the_service_issues_while_the_desk_looks_on(connected: Clinic, screen: Path, platform: Simulator) -> None:
    """A refusal first; it is mended, and sent again from the desk."""
    from server.channels.simulator.faults import Fault, FaultKind

    platform.control("faults", [Fault(kind=FaultKind.REJECT, act="invoiceEBillOutpatient", code="E7001", message="开票点未启用")])
    desk = RealDesk(connected, "invoices", visits.CASHIER, screen)
    desk.front()
    try:
        sell(connected)
        desk.press("F4", "F4", "F4")
        desk.wait(lambda: desk.desk.model.queue.failed == 1)
        assert "E7001" in desk.desk.model.queue.einvoices[0].error
        assert "1" in desk.desk.lists.backlog.text()
        desk.press("Alt+2", "F11")
        desk.wait(lambda: not desk.desk.model.queue.einvoices)
        assert [entry["kind"] for entry in platform.control("book")] == ["BLUE"]
        number = platform.control("book")[0]["number"]
        assert connected.database.value("SELECT number FROM einvoice WHERE state = 'ISSUED'") == number
    finally:
        desk.close()
