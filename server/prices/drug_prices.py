"""What a pack of a drug costs, and cost before: ``drug.price`` with its history. Prices change by a price change, or by an imported list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.db import Write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from server.db import Tx

_SET: Final = Write("UPDATE drug SET price = %(price)s WHERE id = %(id)s")
_NOTE: Final = Write(
    "INSERT INTO drug_price (drug_id, price, valid_from, document, staff_id) SELECT d.id, d.price, %(at)s, %(document)s, %(by)s FROM drug d"
    " WHERE d.id = ANY(%(ids)s) AND d.price IS DISTINCT FROM (SELECT p.price FROM drug_price p WHERE p.drug_id = d.id"
    " ORDER BY p.id DESC LIMIT 1) ORDER BY d.id"
)


def set_drug_price(tx: Tx, drug_id: int, price: Decimal, document: str) -> None:
    """A drug costs so many yuan a pack from now on, by a document."""
    tx.write(_SET, id=drug_id, price=price)
    tx.write(_NOTE, ids=[drug_id], document=document, at=tx.now, by=tx.actor.staff)


def note_imported(tx: Tx, drug_ids: Sequence[int]) -> None:
    """An imported list may have changed the prices of these drugs."""
    tx.write(_NOTE, ids=list(drug_ids), document="", at=tx.now, by=tx.actor.staff)
