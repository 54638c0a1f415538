"""Batches that a person found and the book may not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.db import Read, Write

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from server.db import Tx

#: The one that lies at the place, else the newest: the same lot may have come at several prices.
_KNOWN: Final = Read(
    "SELECT b.id FROM stock_batch b LEFT JOIN stock_balance s ON s.batch_id = b.id AND s.location_id = %(location_id)s"
    " WHERE b.drug_id = %(drug_id)s AND b.lot = %(lot)s AND b.expires = %(expires)s"
    " ORDER BY coalesce(s.on_hand, 0) > 0 DESC, s.batch_id IS NULL, b.id DESC LIMIT 1"
)
_ENTER: Final = Write(
    "INSERT INTO stock_batch (drug_id, lot, expires, purchase_price, supplier, received_at) SELECT %(drug_id)s, %(lot)s, %(expires)s,"
    " coalesce(%(price)s::numeric, (SELECT b.purchase_price FROM stock_batch b WHERE b.drug_id = %(drug_id)s ORDER BY b.id DESC LIMIT 1), 0),"
    " '', %(at)s ON CONFLICT ON CONSTRAINT uq_stock_batch_goods DO UPDATE SET received_at = stock_batch.received_at RETURNING id"
)


def found(tx: Tx, location_id: int, drug_id: int, lot: str, expires: date, price: Decimal | None) -> int:
    """The batch's id. One that the book does not know is entered, at ``price`` yuan a pack or the drug's last purchase price."""
    row = tx.first(_KNOWN, location_id=location_id, drug_id=drug_id, lot=lot, expires=expires)
    if row is None:
        row = tx.write_one(_ENTER, drug_id=drug_id, lot=lot, expires=expires, price=price, at=tx.now)
    assert row is not None
    return int(row[0])
