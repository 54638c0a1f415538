"""The drug store's desk against the real service, by keys alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from common.messages.catalogue import StockRow
from common.messages.store import ReceiveStock
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.harness import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Clinic

KEEPER = "kuyan"
D = Decimal


@pytest.fixture
def keeper(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", KEEPER, screen)
    made.front()
    yield made
    made.close()


def test_the_stock_now_and_before_a_delivery(keeper: RealDesk, clinic: Clinic) -> None:
    found = visits.drug(clinic, "布洛芬")
    page = keeper.desk.stock
    keeper.press("F2")
    keeper.type(found.code)
    keeper.wait(lambda: len(page.table.rows()) == 1)
    before = page.table.current().on_hand
    row = StockRow(
        drug_code=found.code, lot="XIN1", expires=datetime.now(ZONE).date() + timedelta(days=20), packs=D(3), purchase_price=D("7.25")
    )
    clinic.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="国药控股"))
    keeper.wait(lambda: page.table.current().on_hand == before + 3 * found.pack_size)
    keeper.wait(lambda: "XIN1" in {batch.lot for batch in page.batches.rows()})
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    keeper.press("F7")
    keeper.type(f"{yesterday:%Y%m%d}")
    keeper.press("Return", "Return")
    keeper.wait(lambda: not page.table.rows())  # the sample clinic's goods came today
    keeper.press("Escape", "Escape")
    keeper.wait(lambda: len(page.table.rows()) > 1)


def test_a_minimum_by_four_keys_and_the_number(keeper: RealDesk, clinic: Clinic) -> None:
    keeper.press("Alt+2")
    before, drug = keeper.keys, keeper.desk.stock.table.current()
    keeper.press("Return")
    keeper.type("12")
    keeper.press("F12")
    assert keeper.keys - before == 4
    assert clinic.database.value("SELECT min_stock FROM drug WHERE id = %s", drug.drug_id) == 12 * drug.pack_size


def test_ten_lines_of_goods(keeper: RealDesk, clinic: Clinic) -> None:
    """``receive_goods_10_lines``: each pack is scanned, its number typed; the expiry and the lot are in the code, the price was the last one's."""
    rows = clinic.database.value(
        "SELECT array_agg(code) FROM (SELECT min(c.code) AS code FROM drug_code c JOIN drug d ON d.id = c.drug_id"
        " WHERE c.kind = 'barcode' AND length(c.code) = 13 AND d.storage = 'room' GROUP BY c.drug_id ORDER BY c.drug_id LIMIT 10) b"
    )
    visits.supplier(clinic, "国药控股")
    page = keeper.desk.goods_in
    keeper.press("F3")
    for typed in ("国药控股", "FP20261122"):
        keeper.type(typed)
        keeper.press("Return")
    before = keeper.keys
    for number, code in enumerate(rows):
        keeper.scan(f"010{code}11260105" + "17280630" + f"10LOT{number}")
        keeper.wait(lambda: page.line.packs.hasFocus() and page.line.lot.text())
        keeper.type("20")
        keeper.press("Return", "Return")
    assert [line.lot for line in page.delivery.lines] == [f"LOT{number}" for number in range(10)]
    keeper.press("F12")
    assert keeper.keys - before == 41  # four keys a line, and F12
    keeper.wait(lambda: "R" in keeper.said)
    said = "SELECT count(*) || min(r.supplier || r.invoice || r.inspector) || count(*) FILTER (WHERE l.lot = 'LOT' || (l.line_no - 1))"
    found = f"{said} FROM stock_receipt_line l JOIN stock_receipt r ON r.id = l.receipt_id WHERE left(l.lot, 3) = 'LOT'"
    assert clinic.database.value(found) == "10国药控股FP20261122顾砚10"
    keeper.wait(lambda: clinic.database.value("SELECT count(*) FROM stock_receipt_print") == 1)
    keeper.press("F4")
    receipts = keeper.desk.receipts
    keeper.wait(lambda: len(receipts.lines.rows()) == 10)
    keeper.press("F6")
    keeper.wait(lambda: clinic.database.value("SELECT max(copy) FROM stock_receipt_print") == 2)


def test_from_an_alert_to_the_drug(keeper: RealDesk, clinic: Clinic) -> None:
    found = visits.drug(clinic, "蒙脱石")
    row = StockRow(drug_code=found.code, lot="JIN", expires=datetime.now(ZONE).date() + timedelta(days=3), packs=D(1), purchase_price=D(8))
    clinic.desk(KEEPER).call(ReceiveStock(rows=(row,)))
    page = keeper.desk.alerts
    keeper.press("F4")
    keeper.wait(lambda: [alert.lot for alert in page.table.rows()][:1] == ["JIN"])
    keeper.wait(lambda: keeper.desk.model.counts["alerts"] == (1, "danger"))
    keeper.press("Home", "Return")
    keeper.wait(lambda: [drug.code for drug in keeper.desk.stock.table.rows()] == [found.code])
    keeper.wait(lambda: "JIN" in {batch.lot for batch in keeper.desk.stock.batches.rows()})
