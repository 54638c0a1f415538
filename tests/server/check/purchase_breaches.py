"""Breaches about orders, suppliers and temperatures, and the life that they are planted into."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.messages.catalogue import StockRow
from common.messages.purchasing import ApproveOrder, CloseOrder, MakeOrder, SendOrder, Wanted
from common.messages.store import ReceiveStock
from common.messages.temperature import EnterReading, ListColdPlaces
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from tests.harness import Clinic

_KEEPER: Final = "kuyan"
_LAST: Final = "(SELECT max(id) FROM purchase_order)"
_ORDERED: Final = "(SELECT max(id) FROM stock_receipt WHERE order_id IS NOT NULL)"

PURCHASING: Final = (
    plant("order_received", "UPDATE purchase_order_line SET received = received + 1 WHERE received BETWEEN 1 AND packs - 2"),
    plant("order_progress", "UPDATE purchase_order SET state = 'PART_RECEIVED', ended_at = NULL, ended_by = NULL WHERE state = 'RECEIVED'"),
    plant("order_signed", f"UPDATE purchase_order SET approved_by = NULL WHERE id = {_LAST}"),
    plant(
        "receipt_of_order",
        f"UPDATE stock_receipt SET supplier_id = (SELECT id FROM supplier WHERE name = '样例医药公司') WHERE id = {_ORDERED}",
    ),
    plant("receipt_place", f"UPDATE stock_receipt SET place = 'STORE' WHERE id = {_ORDERED}"),
    plant(
        "receipt_licensed",
        f"UPDATE supplier_licence SET expires = '2020-01-01' WHERE supplier_id = (SELECT supplier_id FROM stock_receipt WHERE id = {_ORDERED})",
    ),
    plant("reading_of_its_half_day", "UPDATE temperature_reading SET day = day - 1 WHERE id = (SELECT min(id) FROM temperature_reading)"),
)

_UNIQUE: Final = "ALTER TABLE purchase_order DROP CONSTRAINT uq_purchase_order_number;"
PURCHASE_NUMBERS: Final = (
    plant("purchase_order_number_form", f"UPDATE purchase_order SET number = 'abc' WHERE id = {_LAST}", "purchase_order_number_last"),
    plant(
        "purchase_order_number_once",
        f"{_UNIQUE} UPDATE purchase_order SET number = (SELECT min(number) FROM purchase_order)",
        "purchase_order_number_last",
    ),
    plant("purchase_order_number_within", "DELETE FROM number_series WHERE kind = 'purchase_order'"),
    plant("purchase_order_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'purchase_order'"),
    plant(
        "purchase_order_number_gaps",
        f"UPDATE purchase_order SET number = left(number, -1) || '9' WHERE id = {_LAST};"
        "UPDATE number_series SET last = 9 WHERE kind = 'purchase_order'",
    ),
    plant(
        "purchase_order_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
        " WHERE kind = 'purchase_order'",
    ),
)
PURCHASE_STATES: Final = (
    plant(
        "purchase_order_state",
        "UPDATE purchase_order SET state = 'LOST', ended_at = NULL, ended_by = NULL WHERE state = 'PART_RECEIVED'",
    ),
)


def live_with_purchases(clinic: Clinic) -> None:
    """An order that came whole, one of which a part came, one that was given up, one that is only approved; and a fridge that was read."""
    keeper = clinic.desk(_KEEPER)
    whole, part, given_up, approved = (_order(clinic) for _ in range(4))
    for number in (whole, part):
        keeper.call(SendOrder(number=number))
    _receive(clinic, whole, "10")
    _receive(clinic, part, "3")
    keeper.call(CloseOrder(order_id=_id(clinic, given_up), reason="不要了"))
    assert approved > given_up
    place = keeper.call(ListColdPlaces()).places[0]
    humidity = None if place.driest is None else place.driest
    keeper.call(EnterReading(place_id=place.id, celsius=place.coldest, humidity=humidity))


def _order(clinic: Clinic) -> str:
    supplier_id = visits.supplier(clinic, "检查药业")
    lines = (Wanted(drug_id=visits.drug(clinic, "布洛芬").id, packs=Decimal(10), price=Decimal(5)),)
    made = clinic.desk(_KEEPER).call(MakeOrder(supplier_id=supplier_id, lines=lines))
    clinic.desk(visits.PHARMACIST).call(ApproveOrder(order_id=made.order_id))
    return made.number


def _id(clinic: Clinic, number: str) -> int:
    return int(str(clinic.database.value("SELECT id FROM purchase_order WHERE number = %s", number)))


def _receive(clinic: Clinic, number: str, packs: str) -> None:
    code = visits.drug(clinic, "布洛芬").code
    row = StockRow(drug_code=code, lot="CG1", expires=date(2099, 1, 31), packs=Decimal(packs), purchase_price=Decimal(5))
    clinic.desk(_KEEPER).call(ReceiveStock(rows=(row,), supplier="检查药业", inspector="顾砚", order_number=number))
