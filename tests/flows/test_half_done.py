"""What is half done at the drug store's desk when the computer loses its power is there again, against the real service; and is done once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import pytest

from client.drafts import Typed
from client.store.catalogue import Attribute
from client.store.counting import CountDraft
from client.store.model import COUNT, DRUGS, PLAN, RECALLS, REPRICE, SUPPLIERS, TEMPERATURE
from client.store.repricing import NewChange
from client.store.view.recall_form import BEGIN, RecallDraft
from common.domain.dosage import plain
from common.messages.repricing import ListPriceChanges
from common.messages.stock import SetMinStock
from common.messages.stock_take import Choice, OpenStockTake
from common.messages.temperature import SaveColdPlace
from tests import visits
from tests.client.registration.real_desk import RealDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Clinic

KEEPER = "kuyan"
D = Decimal
Form = TypeVar("Form")


@pytest.fixture
def keeper(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", KEEPER, screen)
    made.front()
    yield made
    made.close()


def test_half_typed_papers_are_there_again(keeper: RealDesk, clinic: Clinic) -> None:
    drug = visits.drug(clinic, "布洛芬")
    service = clinic.desk(KEEPER)
    service.call(SetMinStock(drug_id=drug.id, min_stock=drug.free + 5 * drug.pack_size))
    service.call(SaveColdPlace(place_id=None, name="药库冰箱", coldest=D(2), warmest=D(8), driest=None, dampest=None, active=True))
    take = service.call(OpenStockTake(place="PHARMACY", choice=Choice.ALL, chosen="", note=""))
    price = type_a_price_change(keeper, drug.code)
    type_a_plan(keeper)
    type_a_reading(keeper)
    type_an_attribute(keeper, drug.code)
    type_a_supplier_and_a_recall(keeper)
    line_id = type_a_count(keeper, take.number)

    again = RealDesk(clinic, "store", KEEPER, keeper.power_cut(KEEPER))
    try:
        again.front()
        assert all(page in again.said for page in ("计划", "温湿度", "调价"))
        reprice = again.desk.go_to(REPRICE)
        again.rest()
        assert reprice.writing()
        assert (reprice.form.reason.text(), reprice.form.drug.entry().drug_id, reprice.form.price.text()) == ("进价上调", drug.id, price)
        plan = again.desk.go_to(PLAN)
        again.wait(lambda: [plan.plan.packs(line) for line in plan.plan.lines if line.drug_id == drug.id] == [7])
        reading = again.desk.go_to(TEMPERATURE)
        again.wait(lambda: reading.celsius.text() == "4.5")
        drugs = again.desk.go_to(DRUGS)
        again.wait(lambda: drugs.shown is not None and drugs.shown.drug.drug_id == drug.id)
        rows = {row.key: row.new for row in drugs.attributes.rows() if isinstance(row, Attribute)}
        assert rows["trade_name"] == "芬必得"
        supplier = again.desk.go_to(SUPPLIERS)
        again.wait(lambda: supplier.fresh and supplier.fields["name"].text() == "丁药业")
        recall = again.desk.go_to(RECALLS)
        again.wait(lambda: recall.form.mode.code() == BEGIN and recall.form.lots.text() == "A26B")
        assert recall.form.level.code() == "1"
        count = again.desk.go_to(COUNT)
        again.wait(lambda: count.part() is count.sheet and count.sheet.packs.text() == "3")
        assert count.sheet.table.current().line_id == line_id
    finally:
        again.close()


def type_a_price_change(keeper: RealDesk, code: str) -> str:
    """A reason, a drug, and its new price without the Enter that would add it."""
    page = keeper.desk.go_to(REPRICE)
    keeper.press("F3")
    page.form.reason.setText("进价上调")
    page.form.drug.setFocus()
    keeper.type(code)
    keeper.wait(lambda: page.form.drug.popup_open())
    keeper.press("Return")
    keeper.wait(lambda: page.form.price.hasFocus())
    price = plain(page.form.drug.entry().price + 1)
    keeper.type(price)
    keeper.wait(lambda: (kept := draft(keeper, "price change", NewChange)) is not None and kept.price == price)
    return price


def type_a_plan(keeper: RealDesk) -> None:
    page = keeper.desk.go_to(PLAN)
    page.work().setFocus()
    keeper.wait(lambda: page.table.current() is not None)
    keeper.press("Return")
    keeper.type("7")
    keeper.press("Return")
    keeper.wait(lambda: "store:plan" in keeper.desk.place.journal.drafts())


def type_a_reading(keeper: RealDesk) -> None:
    page = keeper.desk.go_to(TEMPERATURE)
    keeper.wait(lambda: page.table.current() is not None)
    page.celsius.setText("4.5")
    keeper.wait(lambda: (kept := draft(keeper, "temperature", Typed)) is not None and kept.fields["celsius"] == "4.5")


def type_an_attribute(keeper: RealDesk, code: str) -> None:
    page = keeper.desk.go_to(DRUGS)
    page.search.setText(code)
    keeper.wait(lambda: page.shown is not None and page.shown.drug.code == code)
    page.editor.taken.emit("trade_name", "芬必得")
    keeper.wait(lambda: "store:drugs" in keeper.desk.place.journal.drafts())


def type_a_supplier_and_a_recall(keeper: RealDesk) -> None:
    page = keeper.desk.go_to(SUPPLIERS)
    keeper.press("F3")
    page.fields["name"].setText("丁药业")
    keeper.wait(lambda: (kept := draft(keeper, "supplier", Typed)) is not None and kept.fields["name"] == "丁药业")
    form = keeper.desk.go_to(RECALLS).form
    form.show_mode(BEGIN)
    form.level.set_code("1")
    form.lots.setText("A26B")
    keeper.wait(lambda: (kept := draft(keeper, "recall", RecallDraft)) is not None and kept.typed.fields["lots"] == "A26B")


def type_a_count(keeper: RealDesk, number: str) -> int:
    page = keeper.desk.go_to(COUNT)
    keeper.wait(lambda: [take.number for take in page.list.table.rows()] == [number])
    page.enter(page.list.table.rows()[0])
    keeper.wait(lambda: page.sheet.table.current() is not None)
    page.sheet.table.step(1)
    keeper.rest()
    page.sheet.packs.setText("3")
    keeper.wait(lambda: (kept := draft(keeper, "count", CountDraft)) is not None and kept.packs == "3")
    return int(page.sheet.table.current().line_id)


def draft(desk: RealDesk, key: str, kind: type[Form]) -> Form | None:
    """What of a page is on the disk."""
    kept = desk.desk.place.journal.draft(f"store:{key}", tuple[str, kind])  # type: ignore[valid-type]
    return kept[1] if kept is not None else None


def test_what_was_sent_before_the_power_cut_is_not_sent_twice(keeper: RealDesk, clinic: Clinic) -> None:
    """The answer was lost; the paper is there again, and F12 on it is the same act."""
    drug = visits.drug(clinic, "布洛芬")
    type_a_price_change(keeper, drug.code)
    page = keeper.desk.go_to(REPRICE)
    page.form.add()
    page._kept.keep()
    clinic.desk(KEEPER).call(page.form.request(), request_id=page.request_id)  # it reached the service, nothing came back
    again = RealDesk(clinic, "store", KEEPER, keeper.power_cut(KEEPER))
    try:
        again.front()
        page = again.desk.go_to(REPRICE)
        again.rest()
        assert [line.drug.drug_id for line in page.form.change.lines] == [drug.id]
        again.press("F12")
        again.wait(lambda: not page.writing())
        again.rest()
        assert "store:price change" not in again.desk.place.journal.drafts()
    finally:
        again.close()
    assert len(clinic.desk(KEEPER).call(ListPriceChanges()).changes) == 1
