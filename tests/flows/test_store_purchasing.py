"""Purchasing at the drug store's desk against the real service, by keys alone: from the plan to the last pack of an order."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from common.messages.purchasing import ApproveOrder, GetOrder, ListOrders, MakeOrder, SendOrder, Wanted
from common.messages.stock import SetMinStock
from installer.sample import SUPPLIER
from tests import visits
from tests.client.registration.real_desk import RealDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from common.messages.purchasing import Order
    from tests.harness import Clinic

KEEPER = "kuyan"
MANAGER = "yuanzhang"
D = Decimal
#: Drugs that are not kept cold, each with one barcode of a pack.
_PACKS = (
    "SELECT array_agg(b.id || ':' || b.code) FROM (SELECT d.id, min(c.code) AS code FROM drug_code c JOIN drug d ON d.id = c.drug_id"
    " WHERE c.kind = 'barcode' AND length(c.code) = 13 AND d.storage = 'room' GROUP BY d.id ORDER BY d.id LIMIT 10) b"
)


@pytest.fixture
def keeper(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", KEEPER, screen)
    made.front()
    yield made
    made.close()


def order(clinic: Clinic, number: str) -> Order:
    return clinic.desk(KEEPER).call(GetOrder(number=number))


def in_hand(page: Any, lot: str) -> bool:
    """Whether the line of a scan is in the fields."""
    return bool(page.line.lot.text() == lot and page.line.packs.hasFocus())


def test_from_the_plan_to_an_order_that_is_sent(keeper: RealDesk, clinic: Clinic) -> None:
    found = visits.drug(clinic, "布洛芬")
    clinic.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=found.free + 5 * found.pack_size))
    page = keeper.desk.go_to("plan")
    page.work().setFocus()
    keeper.wait(lambda: [(line.drug_id, line.why.suggested) for line in page.plan.lines] == [(found.id, 5)])
    before = keeper.keys
    keeper.press("Return")
    keeper.type("8")
    keeper.press("Return", "F12")
    assert keeper.keys - before == 4
    orders = keeper.desk.orders
    keeper.wait(lambda: orders.order is not None)
    number = orders.order.entry.number
    assert [(line.packs, line.why and line.why.suggested) for line in order(clinic, number).lines] == [(D(8), 5)]
    clinic.desk(MANAGER).call(ApproveOrder(order_id=orders.order.entry.id))
    keeper.wait(lambda: orders.order.entry.state == "APPROVED")
    keeper.press("F12")
    keeper.wait(lambda: orders.order.entry.state == "SENT")
    assert clinic.database.value("SELECT count(*) FROM purchase_order_print") == 1


def test_ten_lines_of_an_order_by_ten_scans_and_three_keys(keeper: RealDesk, clinic: Clinic) -> None:
    """From the order to the receipt: F12 begins, each scan adds the line before it, Enter the last one, F12 books in."""
    packs = [pair.split(":") for pair in clinic.database.value(_PACKS)]
    supplier_id = visits.supplier(clinic, SUPPLIER)
    lines = tuple(Wanted(drug_id=int(drug_id), packs=D(20), price=D("6.5")) for drug_id, _ in packs)
    made = clinic.desk(KEEPER).call(MakeOrder(supplier_id=supplier_id, lines=lines))
    clinic.desk(MANAGER).call(ApproveOrder(order_id=made.order_id))
    clinic.desk(KEEPER).call(SendOrder(number=made.number))
    orders, page = keeper.desk.go_to("orders"), keeper.desk.goods_in
    keeper.wait(lambda: orders.order is not None and orders.order.entry.state == "SENT")
    orders.work().setFocus()
    before = keeper.keys
    keeper.press("F12")
    keeper.wait(lambda: page.delivery.order == made.number and page.line.drug.hasFocus())
    for done, (_, code) in enumerate(packs):
        keeper.scan(f"010{code}11260105" + "17280630" + f"10LOT{done}")
        keeper.wait(partial(in_hand, page, f"LOT{done}"))
    keeper.press("Return", "F12")
    assert keeper.keys - before == 3
    keeper.wait(lambda: "R" in keeper.said)
    after = order(clinic, made.number)
    assert (after.entry.state, after.entry.open_lines, len(after.receipts)) == ("RECEIVED", 0, 1)
    assert [(line.received, line.paid) for line in after.lines] == [(D(20), D("6.5"))] * 10
    assert not clinic.desk(KEEPER).call(ListOrders(awaited=True)).orders


def test_the_mornings_round_of_the_fridges(keeper: RealDesk, clinic: Clinic) -> None:
    page = keeper.desk.go_to("temperature")
    keeper.wait(lambda: len(page.table.rows()) == 2)
    page.work().setFocus()
    damp = page.table.current().driest is not None
    for _ in range(2):
        keeper.press("Return")
        keeper.type("5")
        keeper.press("Return")
        if damp:
            keeper.type("55")
            keeper.press("Return")
        keeper.wait(lambda: page.celsius.text() == "" and not keeper.desk.model.saving)
        damp = not damp
    keeper.wait(lambda: clinic.database.value("SELECT count(*) FROM temperature_reading WHERE within") == 2)
