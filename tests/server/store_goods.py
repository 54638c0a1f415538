"""Goods of a known batch at a known place, for the tests of the store's papers."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from common.messages.catalogue import StockRow
from common.messages.store import ReceiveStock
from common.messages.store_papers import Taken
from tests import visits

if TYPE_CHECKING:
    from tests.server.office import Office

KEEPER = "kuyan"
SUPPLIER = "国药控股"
_LOTS = itertools.count(1)


class Batch(NamedTuple):
    """So much of a new batch. ``quantity`` in base units."""

    id: int
    drug_id: int
    lot: str
    quantity: Decimal
    place: str

    def some(self, quantity: int | str | Decimal = 0, place: str = "") -> Taken:
        """So much of it; 0: all."""
        return Taken(batch_id=self.id, place=place or self.place, quantity=Decimal(quantity) or self.quantity)


def goods(
    office: Office,
    place: str = "STORE",
    *,
    name: str = "布洛芬",
    packs: int = 10,
    days: int = 400,
    supplier: str = SUPPLIER,
    invoice: str = "",
) -> Batch:
    """Receive a new batch. ``days`` until it expires; less than none: it had expired already, as seen from today."""
    found = visits.drug(office, name)
    visits.supplier(office, supplier)
    lot = f"P{next(_LOTS):04d}"
    expires = office.today + timedelta(days=days)
    back = timedelta(days=max(0, 1 - days))
    office.clock.by -= back
    row = StockRow(
        drug_code=found.code,
        lot=lot,
        expires=expires,
        packs=Decimal(packs),
        purchase_price=Decimal("8.00"),
        made=date(office.today.year - 1, 1, 5),
        approval_number="国药准字H20013062",
    )
    office.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier=supplier, invoice=invoice, place=place))
    office.clock.by += back
    batch_id = office.rows("SELECT id FROM stock_batch WHERE drug_id = %s AND lot = %s", found.id, lot)[0][0]
    return Batch(batch_id, found.id, lot, found.pack_size * packs, place)


def lies(office: Office, batch: Batch) -> dict[str, Decimal]:
    """Where a batch lies, and how much there."""
    sql = "SELECT l.code, b.on_hand FROM stock_balance b JOIN stock_location l ON l.id = b.location_id WHERE b.batch_id = %s AND b.on_hand > 0"
    return dict(office.rows(sql, batch.id))
