"""The refunds desk against the real service: whole and in part, cash and channel, a second person, and what may not go back; by keys and scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.domain.barcodes import OwnKind, make_code
from common.messages.cashier import GetUnpaid, Settle, TenderKind
from common.messages.prices import ChargeManually, ItemQuantity
from common.messages.settlement import GiveBadge
from tests import visits
from tests.client.registration.real_desk import RealDesk, has
from tests.flows.test_cashier_outside import take_up, wechat_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

    from common.messages.cashier import Settled
    from tests.flows.conftest import Connected
    from tests.harness import Clinic

MANAGER = "yuanzhang"
BADGE = "XLGP-2026-0004711"


@pytest.fixture
def window(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    """The cashier at the refunds desk."""
    made = RealDesk(clinic, "refunds", visits.CASHIER, screen)
    made.front()
    yield made
    made.close()


def sell(clinic: Clinic, quantity: int = 2, *, drugs: bool = True) -> Settled:
    """Somebody who paid cash for a service, twice, and for a prescription."""
    patient = visits.new_patient(clinic, "张小三")
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    if drugs:
        visits.approve(clinic, visits.prescribe(clinic, visit.visit_id).id)
    charge(clinic, patient.id, quantity)
    return visits.settle_all(clinic, patient.id)


def charge(clinic: Clinic, patient_id: int, quantity: Decimal | int) -> None:
    """A service by hand."""
    from decimal import Decimal

    item = clinic.database.value("SELECT id FROM service_item WHERE active AND category = 'treatment' ORDER BY id LIMIT 1")
    clinic.desk(visits.CASHIER).call(ChargeManually(patient_id=patient_id, items=(ItemQuantity(item_id=item, quantity=Decimal(quantity)),)))


def scan_receipt(window: RealDesk, settled: Settled) -> None:
    """The bill on the paper is in hand, and the hand on its lines."""
    window.scan(make_code(OwnKind.BILL, int(settled.bill_number)))
    window.wait(lambda: window.desk.model.bill is not None and window.desk.model.bill.bill.id == settled.bill_id)
    window.rest()
    assert window.desk.bill.lines.hasFocus()


def row_of(window: RealDesk, source: str) -> None:
    """Go to the first line of a source."""
    rows = window.desk.model.rows()
    place = next(place for place, row in enumerate(rows) if row.line.source == source)
    while window.desk.bill.lines.currentIndex().row() != place:
        window.press("Down" if window.desk.bill.lines.currentIndex().row() < place else "Up")


def test_one_of_two_goes_back_and_the_rest_is_charged_anew(window: RealDesk, clinic: Clinic) -> None:
    settled = sell(clinic)
    scan_receipt(window, settled)
    row_of(window, "service")
    window.type("1")
    window.wait(lambda: window.desk.model.plan is not None)
    back = window.desk.model.plan.back_fen
    window.press("F6")
    window.type("3")
    before = window.keys
    window.press("F12")
    assert window.keys <= 9
    assert window.keys - before == 1
    window.wait(lambda: window.desk.model.last is not None)
    slip, rest = window.receipts(2)
    assert has(slip, "退费单") and has(slip, "收费有误")
    assert has(rest, window.desk.model.last.rest.invoice_number)
    for paper in (slip, rest):  # both name the invoice that stood before, not its bill
        assert has(paper, settled.invoice_number)
        assert not has(paper, settled.bill_number)
    assert has(slip, "实退金额")
    window.wait(lambda: window.devices.drawer_open)
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
    assert window.desk.model.last.back == {TenderKind.CASH: back}
    assert window.desk.model.last.rest.total_fen == settled.total_fen - back
    window.wait(lambda: window.desk.model.bill.bill.id == window.desk.model.last.rest.bill_id)
    assert window.desk.finder.field.text() == ""
    window.press("F9")  # both papers again, and the service knows of it
    slip, rest = window.receipts(4)[2:]
    assert has(slip, "退费单") and has(slip, "补打") and has(slip, "实退金额")
    assert has(rest, "补打")
    assert clinic.database.value("SELECT count(*) FROM invoice_print WHERE copy = 2") == 2


def test_everything_goes_back(window: RealDesk, clinic: Clinic) -> None:
    settled = sell(clinic)
    scan_receipt(window, settled)
    window.press("Ctrl+T", "F6")
    window.type("4")
    window.wait(lambda: not window.desk.model.why_not())
    window.press("F12", "F12")
    window.wait(lambda: window.desk.model.last is not None)
    assert window.desk.model.last.back_fen == settled.total_fen
    assert clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 1
    assert window.desk.model.last.rest is None


def test_a_drug_that_was_handed_out_says_where_it_has_to_go_first(window: RealDesk, clinic: Clinic) -> None:
    settled = sell(clinic)
    visits.hand_over(clinic, clinic.database.value("SELECT max(id) FROM prescription"))
    scan_receipt(window, settled)
    row_of(window, "prescription")
    window.press("Space")
    assert window.desk.model.back == {}
    assert "药房" in window.desk.bill.detail.text()


def test_above_the_limit_a_second_person_agrees_here(window: RealDesk, clinic: Clinic) -> None:
    from installer.sample import PASSWORD

    clinic.database.run("UPDATE money_rules SET refund_alone_fen = 1")
    settled = sell(clinic, drugs=False)
    scan_receipt(window, settled)
    row_of(window, "service")
    window.press("Space", "F6")
    window.type("3")
    window.wait(lambda: window.desk.side.approval.isVisible())
    window.press("F12")
    assert clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 0
    window.press("Return", "Return")
    assert window.desk.side.approval.login.hasFocus()
    window.type(MANAGER)
    window.press("Return")
    window.type(PASSWORD)
    window.press("Return")
    window.wait(lambda: window.desk.model.approval_id is not None)
    window.press("F12")
    window.wait(lambda: window.desk.model.last is not None)
    assert clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 1
    assert has(window.receipts(1)[0], "审批人")


def test_a_badge_agrees_with_one_scan(window: RealDesk, clinic: Clinic) -> None:
    manager = clinic.database.value("SELECT id FROM staff WHERE login = %s", MANAGER)
    clinic.desk("admin").call(GiveBadge(staff_id=manager, code=BADGE))
    clinic.database.run("UPDATE money_rules SET refund_alone_fen = 1")
    settled = sell(clinic, drugs=False)
    scan_receipt(window, settled)
    row_of(window, "service")
    window.press("Space", "F6")
    window.type("3")
    window.wait(lambda: window.desk.side.approval.isVisible())
    window.scan("XLGP-2026-0009999")
    window.wait(lambda: window.desk.side.approval.wrong.isVisible())
    assert window.desk.model.approval_id is None
    before = window.keys
    window.scan(BADGE)
    window.wait(lambda: window.desk.model.approval_id is not None)
    assert not window.desk.side.approval.wrong.isVisible()
    window.press("F12")
    assert window.keys - before == 1
    window.wait(lambda: window.desk.model.last is not None)
    assert clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 1
    assert clinic.database.value("SELECT means FROM approval WHERE used_at IS NOT NULL AND approved_by = %s", manager) == "badge"
    assert has(window.receipts(1)[0], "审批人")


def test_found_by_name_among_the_newest(window: RealDesk, clinic: Clinic) -> None:
    settled = sell(clinic)
    window.wait(lambda: window.desk.finder.table.rows())
    window.press("F2")
    window.type("张小三")
    window.press("Return")
    window.wait(lambda: window.desk.model.bill is not None)
    assert window.desk.model.bill.bill.id == settled.bill_id


def test_taken_back_at_another_window_meanwhile(window: RealDesk, clinic: Clinic) -> None:
    from common.messages.settlement import PlanRefund, RefundBill, RefundLine

    settled = sell(clinic, drugs=False)
    scan_receipt(window, settled)
    row_of(window, "service")
    window.press("Space", "F6")
    window.type("3")
    window.wait(lambda: not window.desk.model.why_not())
    window.desk.topics = frozenset()  # the change feed is late
    other = clinic.desk(visits.CASHIER)
    lines = (RefundLine(charge_line_id=clinic.database.value("SELECT max(id) FROM charge_line")),)
    plan = other.call(PlanRefund(bill_id=settled.bill_id, lines=lines))
    other.call(RefundBill(bill_id=settled.bill_id, lines=lines, reason="收费有误", expected_back_fen=plan.back_fen))
    window.press("F12")
    window.wait(lambda: window.desk.side.trouble.text())
    assert clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 1


def test_wechat_goes_back_by_its_own_way(connected: Connected, screen: Path) -> None:
    clinic = connected.clinic
    patient = visits.new_patient(clinic, "李小四")
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    charge(clinic, patient.id, 2)
    cashier = RealDesk(clinic, "cashier", visits.CASHIER, screen)
    try:
        cashier.front()
        take_up(cashier, patient.id)
        cashier.scan(wechat_code())
        cashier.wait(lambda: cashier.desk.model.last is not None)
        settled = cashier.desk.model.last.settled
    finally:
        cashier.close()
    window = RealDesk(clinic, "refunds", visits.CASHIER, screen / "refunds")
    try:
        window.front()
        scan_receipt(window, settled)
        row_of(window, "service")
        window.type("1")
        window.press("F6")
        window.type("2")
        window.wait(lambda: not window.desk.model.why_not())
        window.press("F12")
        window.wait(lambda: window.desk.model.last is not None)
        assert window.desk.model.last.back == {TenderKind.WECHAT: settled.total_fen // 2}
        assert len(window.receipts(2)) == 2
        assert not window.devices.drawer_open
    finally:
        window.close()


def test_rounded_cash_goes_back_as_it_was_taken(window: RealDesk, clinic: Clinic) -> None:
    from common.domain.rounding import round_cash

    clinic.database.run("UPDATE money_rules SET cash_rounding = 'down'")
    patient = visits.new_patient(clinic, "王小五")
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    visits.approve(clinic, visits.prescribe(clinic, visit.visit_id).id)
    unpaid = clinic.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient.id))
    to_pay = round_cash(unpaid.total_fen, "down")
    assert to_pay < unpaid.total_fen
    settled = clinic.desk(visits.CASHIER).call(
        Settle(
            patient_id=patient.id,
            line_ids=tuple(line.id for line in unpaid.lines),
            expected_fen=unpaid.total_fen,
            tenders=visits.cash(to_pay),
        )
    )
    scan_receipt(window, settled)
    window.press("Ctrl+T", "F6")
    window.type("2")
    window.wait(lambda: not window.desk.model.why_not())
    window.press("F12")
    window.wait(lambda: window.desk.model.last is not None)
    assert window.desk.model.last.back == {TenderKind.CASH: to_pay}
    assert has(window.receipts(1)[0], "舍入差额")
