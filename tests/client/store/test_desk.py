"""The drug store's desk with a prepared service: the stock of now and of a past moment, batches, the minimum."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from client.store import words
from client.store.delivery import Delivery
from client.store.model import moment_of, parse_time
from client.store.view.desk import StoreDesk
from client.store.view.goods_in_page import GoodsInPage
from common.errors import NotFound
from common.messages.alerts import Alert, AlertKind, Alerts, ListAlerts
from common.messages.receipts import BindPrefix, FindGoods, Goods, GoodsList, PrintReceipt
from common.messages.settlement import Approve, Approved
from common.messages.stock import BatchList, BatchStock, DrugStock, ListBatches, ListStock, SetMinStock, StockReport
from common.messages.store import Received, ReceiveStock
from common.messages.store_papers import FindPaperGoods, PaperGoodsList
from common.messages.suppliers import FindSuppliers, SupplierList
from common.permissions import Role
from common.wire import Done
from tests.client.conftest import app, qapp_args
from tests.client.stage import TODAY, Stage
from tests.client.store.purchase_stage import supplier

__all__ = ["app", "qapp_args"]
D = Decimal


def drug(number: int, **fields: object) -> DrugStock:
    base = {
        "drug_id": number,
        "code": f"D{number:04d}",
        "name": ("阿莫西林胶囊", "布洛芬片", "胰岛素注射液")[number % 3],
        "specification": "0.25g×24粒/盒",
        "base_unit": "粒",
        "pack_unit": "盒",
        "pack_size": D(24),
        "shelf": "A1-02",
        "storage": "fridge",
        "on_hand": D(77),
        "reserved": D(5),
        "unusable": D(0),
        "free": D(72),
        "stored": D(0),
        "coming": D(0),
        "aside": D(0),
        "batches": 2,
        "nearest": date(2026, 12, 1),
        "value_fen": 12345,
        "min_stock": None,
    }
    return DrugStock(**(base | fields))  # type: ignore[arg-type]


def batch(number: int, expires: date) -> BatchStock:
    return BatchStock(
        batch_id=number,
        lot=f"L{number}",
        expires=expires,
        supplier="国药控股",
        received_at=datetime(2026, 1, 5, tzinfo=UTC),
        purchase_price=D("8.5"),
        on_hand=D(29),
        picked=D(0),
        aside=D(0),
        pharmacy=D(29),
        stored=D(0),
        coming=D(0),
        value_fen=1027,
    )


def prepared(folder: Path, roles: tuple[Role, ...]) -> Stage:
    made = Stage(folder, roles)
    drugs = tuple(drug(number) for number in range(1, 40))
    made.answers(ListStock, StockReport(at=datetime(2026, 11, 21, tzinfo=UTC), drugs=drugs, count=39, value_fen=39 * 12345))
    made.answers(
        ListBatches, lambda asked: BatchList(drug_id=asked.drug_id, batches=(batch(1, date(2026, 12, 1)), batch(2, date(2028, 1, 1))))
    )
    return made


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    made = prepared(tmp_path, (Role.STORE_KEEPER,))
    yield made
    made.close()


@pytest.fixture
def desk(stage: Stage) -> StoreDesk:
    made = StoreDesk(stage.place)
    stage.show(made)
    return made


def test_packs_and_pieces() -> None:
    found = drug(1)
    assert [words.packs(D(n), found) for n in ("77", "48", "5", "0", "24.5")] == ["3 盒 5 粒", "2 盒", "5 粒", "0 粒", "1 盒 0.5 粒"]
    assert words.pieces(D("77.50"), found) == "77.5 粒"
    assert words.packs(D(12), drug(1, base_unit="盒", pack_size=D(1))) == "12 盒"


def test_expiries_have_words_and_colours() -> None:
    for days, tone in (
        (-1, "danger"),
        (0, "danger"),
        (30, "danger"),
        (31, "warning"),
        (90, "warning"),
        (91, "info"),
        (180, "info"),
        (181, ""),
    ):
        expires = date.fromordinal(TODAY.toordinal() + days)
        assert words.expiry_tone(expires, TODAY) == tone
        assert words.expiry(expires, TODAY).startswith(expires.isoformat())
        assert (words.expiry(expires, TODAY) != expires.isoformat()) is bool(tone)


def test_what_is_a_moment() -> None:
    assert parse_time("1405") == parse_time("14:05") == parse_time("14：05")
    assert [parse_time(typed) for typed in ("24:00", "1460", "x", "")] == [None] * 4
    day = date(2026, 10, 1)
    assert moment_of(day, "8:05", UTC) == datetime(2026, 10, 1, 8, 5, tzinfo=UTC)
    assert moment_of(day, "", UTC) == datetime(2026, 10, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert moment_of(None, "8:05", UTC) is None
    assert moment_of(day, "99", UTC) is None


def test_the_stock_and_the_batches_of_the_chosen_drug(stage: Stage, desk: StoreDesk) -> None:
    assert len(desk.stock.table.rows()) == 39
    assert [row.lot for row in desk.stock.batches.rows()] == ["L1", "L2"]
    stage.press("Alt+2", "Down", "Down")
    assert stage.asked(ListBatches)[-1].drug_id == 3
    assert desk.stock.name.text() == "阿莫西林胶囊"


def test_searching_by_keys(stage: Stage, desk: StoreDesk) -> None:
    stage.press("F2")
    stage.type("amxl")
    stage.settle(until=lambda: stage.asked(ListStock)[-1].text == "amxl")
    stage.press("Return")
    assert desk.stock.table.hasFocus()
    stage.press("Escape")
    stage.settle(until=lambda: stage.asked(ListStock)[-1].text == "")


def test_a_scan_finds_the_drug(stage: Stage, desk: StoreDesk) -> None:
    stage.scan("6901234567892")
    stage.settle(until=lambda: stage.asked(ListStock)[-1].text == "6901234567892")


def test_a_past_moment_and_back_to_now(stage: Stage, desk: StoreDesk) -> None:
    stage.press("F7")
    stage.type("20261001")
    stage.press("Return")
    assert stage.asked(ListStock)[-1].at.date() == date(2026, 10, 1)
    stage.type("0805")
    stage.press("Return")
    at = stage.asked(ListStock)[-1].at
    assert (at.hour, at.minute) == (8, 5)
    assert stage.asked(ListBatches)[-1].at == at
    assert desk.stock.moment.tone() == "warning"
    stage.press("Escape")
    assert stage.asked(ListStock)[-1].at is None
    assert desk.stock.moment.tone() == "done"


def test_what_is_no_moment_is_said(stage: Stage, desk: StoreDesk) -> None:
    asked = len(stage.asked(ListStock))
    stage.press("F7")
    stage.type("2026")
    stage.press("Return")
    assert len(stage.asked(ListStock)) == asked
    assert "2026-10-01" in stage.said()


def test_the_minimum_is_typed_in_packs(stage: Stage, desk: StoreDesk) -> None:
    stage.answers(SetMinStock, Done())
    stage.press("Alt+2", "Return")
    stage.type("12.5")
    stage.press("F12")
    sent = stage.asked(SetMinStock)[-1]
    assert (sent.drug_id, sent.min_stock) == (1, D(300))
    assert "12.5" in stage.said()


def test_no_number_is_no_minimum(stage: Stage, desk: StoreDesk) -> None:
    stage.press("Alt+2", "Return")
    for wrong in ("x", "-1", "NaN"):
        desk.stock.least.setText(wrong)
        assert desk.stock.why_not()
        stage.press("F12")
    assert not stage.asked(SetMinStock)


def test_who_only_looks_on_cannot_change_it(app: QApplication, tmp_path: Path) -> None:
    stage = prepared(tmp_path, (Role.PHARMACIST,))
    try:
        desk = StoreDesk(stage.place)
        stage.show(desk)
        assert not desk.stock.form.isVisible()
        listed = {page.id for page in desk.rail.pages}
        assert {"stock", "alerts", "receipts", "orders", "suppliers", "temperature"} <= listed
        assert not listed & {"goods_in", "plan"}
        assert desk.stock.why_not()
    finally:
        stage.close()


# --- goods in ----------------------------------------------------------------------------------------------------------------------


def goods(number: int, *, cold: bool = False) -> Goods:
    return Goods(
        drug_id=number,
        code=f"D{number:04d}",
        name=f"药{number}",
        specification="0.25g×24粒/盒",
        manufacturer="某厂",
        pack_unit="盒",
        cold=cold,
        last_price=D("8.5"),
        last_approval="国药准字H20013062",
    )


GS1 = "01069012345678921728063011260101" + "10A26B"


@pytest.fixture
def taking(stage: Stage, desk: StoreDesk, monkeypatch: pytest.MonkeyPatch) -> GoodsInPage:
    stage.answers(FindSuppliers, SupplierList(suppliers=(supplier(1, "国药控股"), supplier(2, "九州通"))))
    stage.answers(FindGoods, lambda asked: GoodsList(goods=(goods(2, cold=asked.text.endswith("cold")),)))
    monkeypatch.setattr(stage.place.paper, "print", lambda *_: None)
    stage.press("F3")
    return desk.goods_in


def line(stage: Stage, lot: str, *, words: str = "bl") -> None:
    stage.type(words)
    stage.press("Return")
    for typed in ("5", lot, "20280630", "20260101"):
        stage.type(typed)
        stage.press("Return")
    stage.press("Return")


def test_a_scan_fills_drug_lot_and_days(stage: Stage, taking: GoodsInPage) -> None:
    stage.press("Alt+2")
    stage.scan(GS1)
    typed = taking.line.read()
    assert (typed.lot, typed.expires, typed.made, typed.price) == ("A26B", "2028-06-30", "2026-01-01", "8.5")
    assert taking.line.packs.hasFocus()
    stage.type("12")
    stage.press("Return", "Return")  # everything else is there: the price, and the line
    (added,) = taking.delivery.lines
    assert (added.packs, added.lot, added.price, added.approval, added.value_fen) == (D(12), "A26B", D("8.5"), "国药准字H20013062", 10200)


def test_what_is_missing_is_said_at_its_field(stage: Stage, taking: GoodsInPage) -> None:
    stage.press("F2")
    stage.type("bl")
    stage.press("Return")
    taking.line.price.setFocus()
    stage.press("Return")
    assert taking.line.packs.hasFocus()
    assert not taking.delivery.lines
    taking.line.packs.setText("3")
    taking.line.lot.setText("X")
    taking.line.expires.setText("20200101")
    taking.line.price.setFocus()
    stage.press("Return")
    assert taking.line.expires.hasFocus()


def test_the_delivery_is_sent_and_printed(stage: Stage, taking: GoodsInPage) -> None:
    stage.answers(ReceiveStock, Received(document_number="R2611210007", batches=1))
    stage.answers(PrintReceipt, lambda _asked: NotFound(kind="Receipt of goods", key="R"))
    stage.type("国药控股")
    stage.press("Return")
    stage.type("FP1")
    stage.press("Return", "Return", "Return", "Return", "Return")
    line(stage, "L77")
    stage.press("F12")
    (sent,) = stage.asked(ReceiveStock)
    assert (sent.supplier, sent.invoice, sent.inspector, sent.temperature) == ("国药控股", "FP1", "王芳", None)
    assert [(row.drug_code, row.lot, row.packs, row.accepted, row.appearance) for row in sent.rows] == [
        ("D0002", "L77", D(5), True, "完好")
    ]
    assert stage.asked(PrintReceipt)[-1].number == "R2611210007"
    assert not taking.delivery.lines
    assert stage.place.journal.drafts("store:") == []


def test_cold_goods_wait_for_their_temperature(stage: Stage, taking: GoodsInPage) -> None:
    taking.head["supplier"].setText("国药控股")
    stage.press("F2")
    line(stage, "L1", words="cold")
    for typed, fits in (("", False), ("9", False), ("x", False), ("5.5", True)):
        taking.head["temperature"].setText(typed)
        assert (taking.why_not() == "") is fits, typed


def test_a_delivery_survives_the_end_of_the_program(stage: Stage, taking: GoodsInPage) -> None:
    taking.head["supplier"].setText("九州通")
    stage.press("F2")
    line(stage, "L9")
    stage.settle(until=lambda: bool((kept := stage.place.journal.draft("store:delivery", tuple[str, Delivery])) and kept[1].lines))
    again = StoreDesk(stage.place)
    try:
        assert again.goods_in.delivery.supplier == "九州通"
        assert [each.lot for each in again.goods_in.delivery.lines] == ["L9"]
        assert again.goods_in.head["supplier"].text() == "九州通"
    finally:
        again.deleteLater()


def test_a_line_is_corrected_and_taken_out(stage: Stage, taking: GoodsInPage) -> None:
    stage.press("F2")
    line(stage, "L1")
    line(stage, "L2")
    stage.press("Alt+3", "Home", "Return")
    assert [each.lot for each in taking.delivery.lines] == ["L2"]
    assert taking.line.lot.text() == "L1"
    assert taking.why_not()
    stage.press("Escape", "Alt+3", "F10")
    assert not taking.delivery.lines


def test_an_unknown_code_is_learned_by_two_people(stage: Stage, taking: GoodsInPage) -> None:
    code = "83777770000000000001"
    stage.answers(
        FindGoods, lambda asked: GoodsList(goods=(), unknown_prefix=code[:7]) if asked.text == code else GoodsList(goods=(goods(3),))
    )
    stage.answers(Approve, Approved(approval_id=5, approver="白芷", expires_at=datetime(2027, 1, 1, tzinfo=UTC)))
    stage.answers(BindPrefix, Done())
    stage.scan(code)
    assert taking.learning == code[:7]
    stage.type("bl")
    stage.press("Return")
    assert taking.approval.isVisible()
    stage.type("baizhi")
    stage.press("Return")
    stage.type("secret")
    stage.press("Return")
    sent = stage.asked(Approve)[-1]
    assert (sent.act, sent.subject_id, sent.detail) == ("trace_prefix", 3, code[:7])
    bound = stage.asked(BindPrefix)[-1]
    assert (bound.prefix, bound.drug_id, bound.approval_id) == (code[:7], 3, 5)
    assert not taking.learning
    assert taking.line.packs.hasFocus()


# --- alerts ------------------------------------------------------------------------------------------------------------------------


def alert(kind: AlertKind, number: int, **fields: object) -> Alert:
    base = {
        "kind": kind,
        "drug_id": number,
        "code": f"D{number:04d}",
        "name": f"药{number}",
        "specification": "0.25g×24粒/盒",
        "base_unit": "粒",
        "pack_unit": "盒",
        "pack_size": D(24),
        "lot": "" if kind in (AlertKind.IDLE, AlertKind.BELOW_MINIMUM) else f"L{number}",
        "expires": None if kind in (AlertKind.IDLE, AlertKind.BELOW_MINIMUM) else date(2026, 12, 1),
        "on_hand": D(30),
        "min_stock": D(48),
        "last_out": None,
        "value_fen": 1000,
    }
    return Alert(**(base | fields))  # type: ignore[arg-type]


def test_alerts_in_words_and_colours_and_the_way_to_the_drug(stage: Stage, desk: StoreDesk) -> None:
    found = tuple(alert(kind, number) for number, kind in enumerate(AlertKind, 1))
    stage.answers(ListAlerts, Alerts(alerts=found))
    stage.press("F5", "F4")
    page = desk.alerts
    assert page.table.hasFocus()
    assert [row.kind for row in page.table.rows()] == list(AlertKind)
    assert desk.model.counts["alerts"] == (4, "danger")
    text = page.table.as_text()
    assert "2 盒" in text
    page.choice.setFocus()
    stage.press("3")
    assert [row.kind for row in page.table.rows()] == [AlertKind.BELOW_MINIMUM]
    stage.press("Alt+2", "Return")
    stage.settle(until=lambda: stage.asked(ListStock)[-1].text == "D0004")
    assert desk.model.page == "stock"
    assert desk.stock.table.hasFocus()


def test_an_alert_begins_what_it_asks_for(stage: Stage, desk: StoreDesk) -> None:
    old = alert(AlertKind.EXPIRED, 2, supplier="国药控股")
    found = (old, alert(AlertKind.EXPIRED, 3, aside=True), alert(AlertKind.NEAR_90, 4, supplier="国药控股"), alert(AlertKind.IDLE, 5))
    stage.answers(ListAlerts, Alerts(alerts=(*found, alert(AlertKind.BELOW_MINIMUM, 6))))
    stage.press("F5", "F4")
    stage.answers(FindPaperGoods, PaperGoodsList(goods=()))
    page, papers = desk.alerts, desk.papers
    rows = {row.subject: row for row in page.table.rows()}
    assert rows[3].why == "过期，在不合格区"
    page.table.select(rows[5].key)
    assert page.why_not() == "按回车查看库存。"
    for subject, kind, whose in ((2, "DAMAGE", ""), (3, "DESTROY", ""), (4, "SUPPLIER_RETURN", "国药控股")):
        desk.go_to("alerts")
        page.table.select(rows[subject].key)
        stage.press("F12")
        stage.settle(until=partial(_looked_for, stage, f"L{subject}"))
        assert desk.model.page == "papers"
        assert (papers.editor.draft.kind, papers.editor.draft.supplier) == (kind, whose)
        assert stage.asked(FindPaperGoods)[-1].kind == kind
        desk.go_to("alerts")
        assert "F3" in page.why_not()  # its reason is typed already: nothing is thrown away
        papers.editor.end()
    page.table.select(rows[6].key)
    stage.press("F12")
    assert (desk.model.page, desk.plan.search.text()) == ("plan", "D0006")


def _looked_for(stage: Stage, lot: str) -> bool:
    return bool(stage.asked(FindPaperGoods)) and stage.asked(FindPaperGoods)[-1].text == lot


def test_days_without_movement_are_asked_for(stage: Stage, desk: StoreDesk) -> None:
    stage.press("F4")
    desk.alerts.days.setFocus()
    desk.alerts.days.selectAll()
    stage.type("30")
    stage.settle(until=lambda: stage.asked(ListAlerts)[-1].idle_days == 30)
    desk.alerts.days.setText("x")
    stage.settle(until=lambda: stage.asked(ListAlerts)[-1].idle_days == 90)
    assert not desk.alerts.table.rows()
