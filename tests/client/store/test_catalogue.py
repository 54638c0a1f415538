"""Drugs, look-alikes and the register with a prepared service: what is typed, what stands beside a field, what keeps F12 back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from client.store import catalogue, register
from client.store.catalogue import Attribute, Heading
from client.store.delivery import GOOD, Line
from client.store.model import ALIKE, DRUGS, REGISTER
from client.store.view.desk import StoreDesk
from client.store.view.drug_page import DrugsPage
from client.store.view.register_page import COUNTS, RegisterPage
from common.domain.formulary import FIELDS
from common.i18n import CHINESE, language
from common.messages.catalogue_attributes import (
    CatalogueDrug,
    CatalogueDrugs,
    DrugChangeFacts,
    DrugHistoryEntry,
    DrugPack,
    DrugPage,
    DrugPrice,
    GetDrugPage,
    ListCatalogueDrugs,
    ProposeDrugChange,
)
from common.messages.controlled import GetControlledStock, ListRegister, RecordEmpties, Register
from common.messages.receipts import Goods
from common.permissions import Role
from common.wire import Done
from tests.client.conftest import app, qapp_args
from tests.client.stage import Stage
from tests.client.store.test_desk import prepared
from tests.printing.test_controlled_register import row

__all__ = ["app", "qapp_args"]
D = Decimal
AT = datetime(2026, 11, 20, tzinfo=UTC)

DRUG = CatalogueDrug(
    drug_id=7, code="D0007", name="布洛芬片", specification="0.2g×24片/盒", manufacturer="某厂", controlled="", high_alert=False, active=True,
    waiting=0, alike=0, name_marks="", specification_marks="",
)  # fmt: skip
VALUES = {field.name: "" for field in FIELDS} | {
    "active": "1", "splittable": "1", "high_alert": "0", "otc": "0", "essential": "0", "vbp": "0", "default_dose": "0.2", "default_days": "3",
    "storage": "room", "insurance_class": "A", "antibacterial": "none", "skin_test": "none",
}  # fmt: skip


def page(**fields: Any) -> DrugPage:
    told: dict[str, Any] = {
        "drug": DRUG, "drug_class": "western", "frequency": "每日三次", "route": "口服", "price": D("9.8"), "insurance_code": "",
        "pack": DrugPack(base_unit="片", pack_unit="盒", pack_size=D(24), dose_unit="g", dose_per_base=D("0.2")),
        "values": VALUES, "changes": (), "history": (), "prices": (),
    }  # fmt: skip
    return DrugPage(**(told | fields))


def change(number: int, state: str, **fields: Any) -> DrugChangeFacts:
    told: dict[str, Any] = {
        "id": number, "state": state, "before": {"vbp": "0"}, "after": {"vbp": "1"}, "reason": "", "effective_at": AT, "proposed_at": AT,
        "proposed_by": "顾砚", "ended_at": None, "ended_by": "", "ended_why": "",
    }  # fmt: skip
    return DrugChangeFacts(**(told | fields))


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    made = prepared(tmp_path, (Role.STORE_KEEPER, Role.PHARMACIST))
    made.answers(ListCatalogueDrugs, CatalogueDrugs(drugs=(DRUG,), more=False))
    made.answers(GetDrugPage, page())
    made.answers(
        ListRegister, Register(clinic="杏林诊所", rows=(row(1, empties=0, residue=D(0)), row(2, kind="RECEIPT", quantity=D(9))), more=False)
    )
    yield made
    made.close()


def drugs(stage: Stage) -> DrugsPage:
    desk = StoreDesk(stage.place)
    stage.show(desk)
    found = desk.go_to(DRUGS)
    assert isinstance(found, DrugsPage)
    stage.settle(until=lambda: found.shown is not None)
    return found


def test_attributes_stand_in_groups_and_say_words() -> None:
    with language(CHINESE):
        rows = catalogue.attributes(
            page(values=VALUES | {"controlled": "narcotic", "middle_unit": "板", "middle_size": "12"}), {"vbp": "1"}
        )
    assert [heading.title for heading in rows if isinstance(heading, Heading)][:3] == ["基本信息", "规格与包装", "管制与安全"]
    told = {each.key: each for each in rows if isinstance(each, Attribute)}
    assert (told["controlled"].value, told["controlled"].warn) == ("麻醉药品", True)
    assert (told["vbp"].value, told["vbp"].new) == ("否", "是")
    assert "12 片/板，24 片/盒" in [each.value for each in told.values()]


def test_what_waits_comes_before_what_was() -> None:
    entry = DrugHistoryEntry(field="shelf", before="", after="A1", at=AT, by="顾砚", change_id=None)
    with language(CHINESE):
        rows = catalogue.past(
            page(changes=(change(3, "WITHDRAWN", ended_why="改错"), change(2, "PROPOSED"), change(1, "APPLIED")), history=(entry,))
        )
    assert [(each.state, each.change_id) for each in rows] == [("未生效", 2), ("已撤回", None), ("目录导入", None)]
    assert rows[2].what == "货位：（空） → A1"


def test_each_price_stands_with_the_day_from_which_it_held() -> None:
    first = DrugPrice(price=D("9.6"), valid_from=AT - timedelta(days=30), document="", by="顾砚")
    second = DrugPrice(price=D("9.8"), valid_from=AT + timedelta(days=1), document="J26112100010", by="袁璋")
    entry = DrugHistoryEntry(field="shelf", before="", after="A1", at=AT, by="顾砚", change_id=None)
    with language(CHINESE):
        rows = catalogue.past(page(prices=(second, first), history=(entry,)))
    assert [(each.what, each.when, each.state) for each in rows] == [
        ("售价：9.60 → 9.80 元/盒（J26112100010）", second.valid_from, "调价"),
        ("货位：（空） → A1", AT, "目录导入"),
        ("售价：9.60 元/盒", first.valid_from, "目录导入"),
    ]


@pytest.mark.parametrize(
    ("day", "clock", "kind"),
    [("", "", None), ("2026-12-01", "", datetime), ("2026-11-01", "", str), ("", "08:00", str), ("2026-12-01", "9", str)],
)
def test_from_when_a_change_holds(day: str, clock: str, kind: type | None) -> None:
    at = catalogue.effective(date.fromisoformat(day) if day else None, day, clock, AT)
    assert at is None if kind is None else isinstance(at, kind)


def test_a_wrong_value_stands_beside_its_field_and_nothing_is_sent(stage: Stage) -> None:
    found = drugs(stage)
    found.editor.open_field(next(field for field in FIELDS if field.name == "approval_number"), "")
    stage.type("H2001")
    stage.press("Return")
    assert found.editor.is_open()
    assert found.editor.typed.property("wrong")
    stage.press("Escape")
    assert not found.editor.is_open()
    stage.press("F12")
    assert not stage.asked(ProposeDrugChange)


def test_a_contradiction_keeps_f12_back(stage: Stage) -> None:
    found = drugs(stage)
    found._taken("middle_unit", "板")
    assert found.why_not()
    found._taken("middle_size", "12")
    assert not found.why_not()
    stage.answers(ProposeDrugChange, change(1, "APPLIED"))
    stage.press("F12")
    (sent,) = stage.asked(ProposeDrugChange)
    assert (sent.seen, sent.after) == ({"middle_unit": "", "middle_size": ""}, {"middle_unit": "板", "middle_size": "12"})


def test_a_pharmacist_only_looks(app: QApplication, tmp_path: Path) -> None:
    stage = prepared(tmp_path, (Role.PHARMACIST,))
    stage.answers(ListCatalogueDrugs, CatalogueDrugs(drugs=(DRUG,), more=False))
    stage.answers(GetDrugPage, page())
    try:
        found = drugs(stage)
        found._edit(next(each for each in found.attributes.rows() if isinstance(each, Attribute)))
        assert not found.editor.is_open()
        assert found.why_not()
        assert ALIKE in [each.id for each in found.desk.listed]
    finally:
        stage.close()


def test_a_store_keeper_has_no_register(app: QApplication, tmp_path: Path) -> None:
    stage = prepared(tmp_path, (Role.STORE_KEEPER,))
    try:
        desk = StoreDesk(stage.place)
        assert REGISTER not in [each.id for each in desk.listed]
    finally:
        stage.close()


def the_register(stage: Stage) -> RegisterPage:
    desk = StoreDesk(stage.place)
    stage.show(desk)
    found = desk.go_to(REGISTER)
    assert isinstance(found, RegisterPage)
    stage.settle(until=lambda: bool(found.rows.rows()))
    return found


def test_empties_need_a_number_and_who_brought_them(stage: Stage) -> None:
    found = the_register(stage)
    side = found.row_side
    for count, whom, note, ready in (
        ("", "", "", False),
        ("x", "家属", "", False),
        ("2", "", "", False),
        ("2", "家属", "", True),
        ("−1", "家属", "", False),
    ):
        for field, typed in ((side.count, count), (side.whom, whom), (side.note, note)):
            field.setText(typed)
        assert (found.why_not() == "") is ready, count
    side.note.setText("数错")
    stage.answers(RecordEmpties, Done())
    stage.press("F12")
    assert [(sent.entry_id, sent.pieces, sent.note) for sent in stage.asked(RecordEmpties)] == [(1, -1, "数错")]


def test_what_came_in_has_no_empties(stage: Stage) -> None:
    found = the_register(stage)
    found.rows.select(2)
    assert not found.row_side.act.isVisible()
    assert found.why_not()


def test_the_identity_number_is_masked_on_the_screen(stage: Stage) -> None:
    found = the_register(stage)
    assert "11010519491231002X" not in found.row_side.facts.text()


def test_a_count_is_blind_and_counts_what_is_missing(stage: Stage) -> None:
    from common.messages.controlled import ControlledBatch, ControlledStock, Counts, ListCounts

    batches = tuple(
        ControlledBatch(
            drug_id=1, drug="盐酸吗啡注射液", specification="10mg", unit="支", controlled="narcotic", batch_id=number, lot=f"L{number}",
            expires=date(2028, 1, 1), place="PHARMACY", on_hand=D(77),
        )
        for number in (1, 2)
    )  # fmt: skip
    stage.answers(ListCounts, Counts(counts=()))
    stage.answers(GetControlledStock, ControlledStock(batches=batches))
    found = the_register(stage)
    stage.press("F3")
    side = found.count_side
    stage.settle(until=lambda: bool(side.count.batches))
    assert "77" not in "".join(column.text(each) for each in side.table.rows() for column in side.table.rows_model.columns)
    stage.type("x")
    stage.press("Return")
    assert side.typed.property("wrong")
    side.typed.setText("76")
    stage.press("Return")
    assert (side.count.missing, side.table.currentIndex().row()) == (1, 1)
    stage.settle(until=lambda: "store:narcotics count" in stage.place.journal.drafts())
    again = StoreDesk(stage.place)  # the program ended there
    assert again.register.view.code() == COUNTS
    again.go_to(REGISTER)
    stage.settle(until=lambda: bool(again.register.count_side.count.batches))
    assert again.register.count_side.count.counted == {1: D(76)}
    again.deleteLater()
    side.typed.setText("77")
    stage.press("Return")
    assert side.approval.isVisible()
    assert side.count.total == 153
    assert side.why_not()


def test_rows_as_they_are_read() -> None:
    with language(CHINESE):
        assert (register.kind(row(1)), register.moved(row(1)), register.empties(row(1))) == ("发药", "−2", "2/2")
        assert (register.kind(row(1, undone=True, quantity=D(2))), register.empties(row(1, quantity=D(2)))) == ("取消发药", "")
    assert [register.typed_quantity(typed) for typed in ("1.5", "-1", "x", "1.00001", "NaN")] == [D("1.5"), None, None, None, None]


def test_look_alikes_are_marked_where_goods_come_in(stage: Stage) -> None:
    goods = Goods(
        drug_id=7, code="D0007", name="布洛芬片", specification="0.2g×24片/盒", manufacturer="某厂", pack_unit="盒", cold=False, last_price=None,
        last_approval="", name_marks="0-2", specification_marks="0-4",
    )  # fmt: skip
    line = Line(goods=goods, packs=D(1), lot="L", expires="", made="", price=D(1), approval="", appearance="", conclusion=GOOD)
    page = StoreDesk(stage.place).goods_in
    for table, shown in ((page.table, line), (page.line.drug._popup.list, goods)):
        marks = {column.text(shown): column.marks(shown) for column in table.rows_model.columns if column.marks is not None}
        assert marks == {"布洛芬片": "0-2", "0.2g×24片/盒": "0-4"}
