"""The pages of purchasing with a prepared service: suppliers, plan, orders, deliveries of an order, temperatures, alerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from client.store.purchase import Plan
from client.store.view.desk import StoreDesk
from common.errors import NotFound
from common.messages.alerts import Alerts, LicenceAlert, ListAlerts, TemperatureAlert
from common.messages.purchasing import (
    ApproveOrder,
    CloseOrder,
    GetOrder,
    ListOrders,
    MakeOrder,
    OrderCopy,
    OrderList,
    OrderMade,
    PlanPurchase,
    PurchasePlan,
    SendOrder,
    SetPurchase,
)
from common.messages.receipts import FindGoods, Goods, GoodsList, PrintReceipt
from common.messages.settlement import Approve, Approved
from common.messages.stock import ListStock, StockReport
from common.messages.store import Received, ReceiveStock
from common.messages.suppliers import EnterLicence, FindSuppliers, LicenceKind, LicenceState, SaveSupplier, SupplierList, SupplierSaved
from common.messages.temperature import (
    ColdPlaces,
    EnterReading,
    EnterRemedy,
    GetTemperatures,
    Half,
    ListColdPlaces,
    PlaceSaved,
    ReadingEntered,
    SaveColdPlace,
)
from common.permissions import Role
from common.wire import Done
from tests.client.conftest import app, qapp_args
from tests.client.stage import TODAY, Stage
from tests.client.store.purchase_stage import AT, cold_place, licence, log, order, plan_line, supplier

__all__ = ["app", "qapp_args"]
D = Decimal
SUPPLIERS = (supplier(1, "国药控股"), supplier(2, "九州通", LicenceState.EXPIRED), supplier(3, "某某医药", LicenceState.NEAR_90))


def prepared(folder: Path, *roles: Role) -> Stage:
    made = Stage(folder, roles or (Role.STORE_KEEPER,))
    made.answers(ListStock, StockReport(at=AT, drugs=(), count=0, value_fen=0))
    made.answers(ListAlerts, Alerts(alerts=()))
    made.answers(FindSuppliers, SupplierList(suppliers=SUPPLIERS))
    made.answers(Approve, Approved(approval_id=41, approver="袁璋", expires_at=AT))
    made.answers(PrintReceipt, lambda _asked: NotFound(kind="Receipt of goods", key="R"))
    return made


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    made = prepared(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> StoreDesk:
    made = StoreDesk(stage.place)
    stage.show(made)
    monkeypatch.setattr(stage.place.paper, "print", lambda *_: None)
    return made


def go(stage: Stage, desk: StoreDesk, page: str) -> Any:
    shown = desk.go_to(page)
    stage.settle()
    shown.work().setFocus()
    return shown


# --- suppliers ---------------------------------------------------------------------------------------------------------------------


def test_a_supplier_is_entered_with_a_licence(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(SaveSupplier, SupplierSaved(supplier_id=4, code="G004"))
    stage.answers(EnterLicence, Done())
    page = go(stage, desk, "suppliers")
    stage.press("F3")
    assert page.why_not()
    stage.type("丁药业")
    stage.press("F12")
    (saved,) = stage.asked(SaveSupplier)
    assert (saved.supplier_id, saved.name, saved.lead_days, saved.active) == (None, "丁药业", 3, True)
    stage.answers(FindSuppliers, SupplierList(suppliers=(*SUPPLIERS, supplier(4, "丁药业", LicenceState.MISSING))))
    page.show_supplier(4)
    stage.settle()
    assert page.supplier.name == "丁药业"
    page.licences.select(LicenceKind.AUTHORISATION)
    stage.press("Return")
    assert page.number.hasFocus()
    stage.type("WT1")
    stage.press("Return")
    stage.type("2027")
    assert page.why_not()
    stage.type("1231")
    stage.press("Return")
    (entered,) = stage.asked(EnterLicence)
    assert (entered.supplier_id, entered.kind, entered.number, str(entered.expires)) == (4, "AUTHORISATION", "WT1", "2027-12-31")


def test_what_was_not_changed_is_not_sent(stage: Stage, desk: StoreDesk) -> None:
    page = go(stage, desk, "suppliers")
    assert page.why_not()
    stage.press("Return")
    stage.type("x")
    assert not page.why_not()
    stage.press("Escape")
    assert page.fields["name"].text() == SUPPLIERS[0].name
    page.fields["lead_days"].setText("x")
    assert page.why_not()


def test_a_licence_is_withdrawn_after_asking(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(EnterLicence, Done())
    page = go(stage, desk, "suppliers")
    page.licences.setFocus()
    page.licences.select(LicenceKind.DRUG)
    stage.press("F10")
    assert not stage.asked(EnterLicence)
    stage.press("Shift+Tab", "Return")
    assert [(asked.kind, asked.withdrawn) for asked in stage.asked(EnterLicence)] == [("DRUG", True)]


# --- the plan ----------------------------------------------------------------------------------------------------------------------


def test_a_plan_that_was_changed_is_kept_when_it_is_reckoned_anew() -> None:
    plan = Plan()
    plan.take((plan_line(1, 5), plan_line(2, 0), plan_line(3, 4, None)))
    assert [plan.packs(line) for line in plan.lines] == [5, 0, 4]
    plan.set(plan.lines[0], 8, D(9))
    plan.set(plan.lines[1], 2, plan.lines[1].price)
    plan.take((plan_line(1, 6), plan_line(4, 1, 2)))
    assert [(line.drug_id, plan.packs(line)) for line in plan.lines] == [(1, 8), (4, 1), (2, 2)]
    assert [order.supplier_id for order in plan.orders()] == [1, 2]
    assert [(w.drug_id, w.packs, w.price) for w in plan.orders()[0].lines] == [(1, D(8), D(9)), (2, D(2), D("8.5"))]
    plan.ordered(plan.orders()[0])
    assert [line.drug_id for line in plan.lines] == [4]


def test_a_plan_becomes_orders_by_supplier(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(PlanPurchase, PurchasePlan(lines=(plan_line(1, 5), plan_line(2, 4), plan_line(3, 3, 2), plan_line(4, 2, None))))
    stage.answers(MakeOrder, lambda asked: OrderMade(order_id=asked.supplier_id, number=f"P{asked.supplier_id}"))
    stage.answers(ListOrders, OrderList(orders=(), more=False))
    page = go(stage, desk, "plan")
    assert "37.4" in page.why.text()
    stage.press("Return")
    stage.type("12")
    stage.press("Return")
    assert page.table.current().drug_id == 2  # the next line is in hand
    stage.press("F10")
    assert page.why_not()  # nobody is known for the fourth
    page.table.select(4)
    stage.press("F10", "F12")
    stage.settle()
    made = stage.asked(MakeOrder)
    assert [(order.supplier_id, [(line.drug_id, line.packs) for line in order.lines]) for order in made] == [
        (1, [(1, D(12))]),
        (2, [(3, D(3))]),
    ]
    assert made[0].lines[0].why.suggested == 5
    assert desk.model.page == "orders"


def test_whom_a_drug_is_bought_from(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(PlanPurchase, PurchasePlan(lines=(plan_line(4, 2, None),)))
    stage.answers(SetPurchase, Done())
    page = go(stage, desk, "plan")
    page.supplier.setFocus()
    stage.type("国药")
    stage.press("Return")
    page.case.setText("0")
    stage.press("Return")
    assert not stage.asked(SetPurchase)
    page.case.setText("10")
    stage.press("Return")
    assert [(asked.drug_id, asked.supplier_id, asked.case_packs) for asked in stage.asked(SetPurchase)] == [(4, 1, 10)]


def test_any_drug_can_be_looked_for(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(PlanPurchase, PurchasePlan(lines=()))
    go(stage, desk, "plan")
    stage.press("F2")
    stage.type("bl")
    stage.settle(until=lambda: stage.asked(PlanPurchase)[-1].everything)
    assert stage.asked(PlanPurchase)[-1].text == "bl"


# --- orders ------------------------------------------------------------------------------------------------------------------------


def orders(stage: Stage, desk: StoreDesk, state: str, by: int = 99) -> Any:
    found = order(1, state, by=by)
    stage.answers(ListOrders, OrderList(orders=(found.entry,), more=False))
    stage.answers(GetOrder, found)
    return go(stage, desk, "orders")


def test_ones_own_order_needs_a_second_person(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(ApproveOrder, Done())
    page = orders(stage, desk, "DRAFT", by=stage.place.session.staff.id)
    assert page.approval.isVisible()
    assert page.why_not()
    stage.scan("BADGE-OF-YUANZHANG")
    stage.settle()
    assert stage.asked(Approve)[-1].amount_fen == order(1, "DRAFT").entry.value_fen
    stage.press("F12")
    (asked,) = stage.asked(ApproveOrder)
    assert asked.approval_id == 41


def test_somebody_elses_order_is_approved_by_one_key(app: QApplication, tmp_path: Path) -> None:
    stage = prepared(tmp_path, Role.MANAGER)
    try:
        desk = StoreDesk(stage.place)
        stage.show(desk)
        stage.answers(ApproveOrder, Done())
        page = orders(stage, desk, "DRAFT")
        assert not page.approval.isVisible()
        assert not page.line.isVisible()
        stage.press("F12")
        assert [(asked.order_id, asked.approval_id) for asked in stage.asked(ApproveOrder)] == [(1, None)]
        page = orders(stage, desk, "APPROVED")
        desk.refresh(frozenset())
        stage.settle(until=lambda: page.order.entry.state == "APPROVED")
        assert page.why_not()  # to send it is the keeper's
    finally:
        stage.close()


def test_an_approved_order_is_sent_by_printing(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(SendOrder, OrderCopy(order=order(1, "SENT"), copy=1, at=AT, by="顾砚"))
    page = orders(stage, desk, "APPROVED")
    assert page.may_print() is not True
    stage.press("F12")
    assert [asked.number for asked in stage.asked(SendOrder)] == ["P2611210001"]


def test_a_drafts_line_is_changed_and_taken_out(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(MakeOrder, OrderMade(order_id=1, number="P2611210001"))
    page = orders(stage, desk, "DRAFT", by=stage.place.session.staff.id)
    page.lines.setFocus()
    page.lines.select(2)
    stage.press("Return")
    stage.type("30")
    stage.press("Return")
    (changed,) = stage.asked(MakeOrder)
    assert (changed.order_id, len(changed.lines)) == (1, 10)
    assert [line.packs for line in changed.lines if line.drug_id == 2] == [D(30)]
    page.lines.select(3)
    stage.press("F10")
    assert [line.drug_id for line in stage.asked(MakeOrder)[-1].lines] == [1, 2, 4, 5, 6, 7, 8, 9, 10]


def test_an_order_is_closed_with_a_reason(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(CloseOrder, Done())
    page = orders(stage, desk, "SENT")
    assert page.may_take_out() is not True
    page.reason.setText("厂家断货")
    stage.press("F10")
    assert not stage.asked(CloseOrder)
    stage.press("Shift+Tab", "Return")
    assert [(asked.order_id, asked.reason) for asked in stage.asked(CloseOrder)] == [(1, "厂家断货")]


# --- a delivery of an order --------------------------------------------------------------------------------------------------------


def goods_of(number: int) -> Goods:
    line = order(1, "SENT").lines[number - 1]
    return Goods(
        drug_id=line.drug_id,
        code=line.code,
        name=line.drug,
        specification=line.specification,
        manufacturer=line.manufacturer,
        pack_unit="盒",
        cold=line.cold,
        last_price=D("8.4"),
        last_approval="",
    )


def scan(stage: Stage, number: int, lot: str = "A26B") -> None:
    stage.answers(FindGoods, GoodsList(goods=(goods_of(number),)))
    stage.scan("01069012345678921728063011260101" + "10" + lot)
    stage.settle()


def test_an_orders_lines_are_there_before_they_are_scanned(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(ReceiveStock, Received(document_number="R2611210007", batches=2))
    orders(stage, desk, "SENT")
    stage.press("F12")
    page = desk.goods_in
    assert desk.model.page == "goods_in"
    assert (page.delivery.order, page.head["supplier"].text(), len(page.side.awaited.rows())) == ("P2611210001", "国药控股", 10)
    scan(stage, 1)
    typed = page.line.read()
    assert (typed.packs, typed.price, typed.lot) == ("20", "8.5", "A26B")
    stage.press("Return")  # how many came: as many as were ordered
    scan(stage, 3)
    page.line.packs.setText("18")
    page.line.price.setText("9.1")
    stage.press("Return")
    assert [(line.packs, line.price) for line in page.delivery.lines] == [(D(20), D("8.5")), (D(18), D("9.1"))]
    assert page.delivery.ordered_at(page.delivery.lines[1]) == D("8.5")
    assert page.delivery.ordered_at(page.delivery.lines[0]) is None
    assert [one.packs for one in page.side.awaited.rows() if one.goods.drug_id == 3] == [D(2)]
    page.place.set_code("STORE")
    page._head_typed()
    stage.press("F12")
    (sent,) = stage.asked(ReceiveStock)
    assert (sent.order_number, sent.place, sent.supplier, sent.surplus_reason) == ("P2611210001", "STORE", "国药控股", "")


def test_without_a_scan_three_entries_make_a_line(stage: Stage, desk: StoreDesk) -> None:
    orders(stage, desk, "SENT")
    stage.press("F12")
    page = desk.goods_in
    stage.press("Alt+3")
    assert page.side.awaited.hasFocus()
    stage.press("Return")
    assert page.line.lot.hasFocus()
    stage.type("L1")
    stage.press("Return")
    stage.type("20280630")
    stage.press("Return")
    assert [(line.lot, line.packs, line.price) for line in page.delivery.lines] == [("L1", D(20), D("8.5"))]
    assert page.side.awaited.hasFocus()  # the next one is an Enter away


def test_more_than_ordered_wants_a_reason(stage: Stage, desk: StoreDesk) -> None:
    orders(stage, desk, "SENT")
    stage.press("F12")
    page = desk.goods_in
    scan(stage, 1)
    page.line.packs.setText("21")
    stage.press("Return")
    assert page.side.why.isVisible()
    assert page.why_not()
    page.side.surplus.setText("赠送一盒")
    assert not page.why_not()
    assert page.delivery.request().surplus_reason == "赠送一盒"


def test_what_is_not_ordered_is_said(stage: Stage, desk: StoreDesk) -> None:
    orders(stage, desk, "SENT")
    stage.press("F12")
    page = desk.goods_in
    stranger = Goods(
        drug_id=77,
        code="D0077",
        name="别的药",
        specification="",
        manufacturer="",
        pack_unit="盒",
        cold=False,
        last_price=D(1),
        last_approval="",
    )
    stage.answers(FindGoods, GoodsList(goods=(stranger,)))
    stage.scan("01069012345678921728063011260101" + "10" + "Z1")
    stage.settle()
    stage.type("1")
    stage.press("Return", "Return")
    assert "别的药" in page.why_not()


def test_a_supplier_without_a_licence_needs_a_second_person(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(ReceiveStock, Received(document_number="R2611210007", batches=1))
    page = go(stage, desk, "goods_in")
    page.head["supplier"].setText("国药控股")
    assert not page.licensing.isVisible()
    page.head["supplier"].setText("九州通")
    assert page.licensing.isVisible()
    scan(stage, 1)  # a pack is no badge
    assert not stage.asked(Approve)
    stage.type("1")
    stage.press("Return", "Return")
    assert page.why_not()
    page.licensing.reason.setText("急用")
    assert page.why_not()
    page.line.setFocus()
    scan(stage, 3)  # nor is one while only the badge is missing
    assert not stage.asked(Approve)
    stage.press("Escape")
    stage.scan("BADGE-OF-YUANZHANG")
    stage.settle()
    assert stage.asked(Approve)[-1].subject_id == 2
    stage.press("F12")
    (sent,) = stage.asked(ReceiveStock)
    assert (sent.licence_reason, sent.approval_id) == ("急用", 41)
    assert not page.licensing.isVisible()


# --- temperatures ------------------------------------------------------------------------------------------------------------------


def temperatures(stage: Stage, desk: StoreDesk, *wanted: TemperatureAlert) -> Any:
    places = (cold_place(0), cold_place(1, driest=D(35), dampest=D(75), warmest=D(20)))
    stage.answers(ListColdPlaces, ColdPlaces(places=places, half=Half.MORNING))
    stage.answers(GetTemperatures, lambda asked: log(next(place for place in places if place.id == asked.place_id)))
    stage.answers(ListAlerts, Alerts(alerts=(), temperatures=wanted))
    return go(stage, desk, "temperature")


def alert(days: int = 1) -> TemperatureAlert:
    day = TODAY - timedelta(days=days)
    return TemperatureAlert(place_id=0, place="药房冰箱", coldest=D(2), warmest=D(8), day=day, half=Half.MORNING, celsius=None)


def test_two_places_by_four_entries(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(EnterReading, ReadingEntered(within=True, half=Half.MORNING))
    page = temperatures(stage, desk)
    stage.press("Return")
    stage.type("4.5")
    stage.press("Return")
    assert page.table.current().id == 1  # the next one is in hand
    stage.press("Return")
    stage.type("12")
    stage.press("Return")
    stage.type("55")
    stage.press("Return")
    assert [(a.place_id, a.celsius, a.humidity) for a in stage.asked(EnterReading)] == [(0, D("4.5"), None), (1, D(12), D(55))]


def test_out_of_limits_says_what_was_done(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(EnterReading, ReadingEntered(within=False, half=Half.MORNING))
    page = temperatures(stage, desk)
    for typed, wrong in (("", True), ("x", True), ("4.55", True), ("4.5", False), ("8.1", True)):
        page.celsius.setText(typed)
        assert bool(page.why_not()) is wrong, typed
    assert page.remedy.isVisible()
    page.remedy.setText("调低温控")
    stage.press("F12")
    (asked,) = stage.asked(EnterReading)
    assert (asked.celsius, asked.remedy) == (D("8.1"), "调低温控")


def test_what_was_not_read_is_answered(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(EnterRemedy, Done())
    page = temperatures(stage, desk, alert(1), alert(2))
    page.wanted.setFocus()
    page.wanted.select((0, TODAY - timedelta(days=2), Half.MORNING))
    stage.press("Return")
    stage.type("外出")
    stage.press("Return")
    (asked,) = stage.asked(EnterRemedy)
    assert (asked.day, asked.half, asked.words) == (TODAY - timedelta(days=2), Half.MORNING, "外出")


def test_a_place_is_entered_and_changed(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(SaveColdPlace, PlaceSaved(place_id=3))
    page = temperatures(stage, desk)
    stage.press("F3")
    assert page.why_not()
    stage.type("疫苗冰箱")
    page.limits["warmest"].setText("1")
    assert page.why_not()
    page.limits["warmest"].setText("8")
    stage.press("F12")
    stage.press("F3")
    page.which.setFocus()
    stage.press("Right")
    page.use.set_code("no")
    stage.press("F12")
    entered, changed = stage.asked(SaveColdPlace)
    assert (entered.place_id, entered.name, entered.active) == (None, "疫苗冰箱", True)
    assert (changed.place_id, changed.name, changed.active) == (0, "药房冰箱", False)


def test_a_month_is_printed(stage: Stage, desk: StoreDesk) -> None:
    page = temperatures(stage, desk)
    page.month.setText("2026-13")
    assert page.may_print() is not True
    page.month.setText("2026-02")
    stage.press("F6")
    asked = stage.asked(GetTemperatures)[-1]
    assert (str(asked.first_day), str(asked.last_day)) == ("2026-02-01", "2026-02-28")


# --- alerts ------------------------------------------------------------------------------------------------------------------------


def test_alerts_of_licences_and_temperatures_lead_to_their_pages(stage: Stage, desk: StoreDesk) -> None:
    bad = LicenceAlert(supplier_id=2, supplier="九州通", licence=licence(LicenceKind.DRUG, LicenceState.EXPIRED, TODAY - timedelta(days=1)))
    far = LicenceAlert(
        supplier_id=3, supplier="某某医药", licence=licence(LicenceKind.GSP, LicenceState.NEAR_90, TODAY + timedelta(days=80))
    )
    stage.answers(ListColdPlaces, ColdPlaces(places=(cold_place(0),), half=Half.MORNING))
    stage.answers(GetTemperatures, log(cold_place(0)))
    stage.answers(ListAlerts, Alerts(alerts=(), licences=(bad, far), temperatures=(alert(),)))
    page = go(stage, desk, "alerts")
    assert [row.urgent for row in page.table.rows()] == [True, True, False]
    assert desk.model.counts["alerts"] == (2, "danger")
    page.choice.setFocus()
    page.table.setFocus()
    page.table.select(page.table.rows()[0].key)
    stage.press("Return")
    stage.settle(until=lambda: desk.suppliers.supplier is not None and desk.suppliers.supplier.name == "九州通")
    assert desk.model.page == "suppliers"
    page = go(stage, desk, "alerts")
    page.table.select(page.table.rows()[1].key)
    stage.press("Return")
    assert desk.model.page == "temperature"
