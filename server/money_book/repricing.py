"""What is owed and not paid costs another price from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from server.db import ReadTx, Tx

#: Being paid or paid back at this moment, or paid once: the price that the patient was asked for holds.
_FIXED: Final = Read(
    "SELECT 1 FROM charge_line WHERE prescription_id = %(id)s AND (settlement_id IS NOT NULL OR state NOT IN ('PENDING', 'VOIDED')) LIMIT 1"
)
_REPRICE: Final = Write(
    "UPDATE charge_line c SET unit_price = u.unit_price, amount_fen = u.amount_fen FROM unnest(%(lines)s::bigint[], %(prices)s::numeric[],"
    " %(fens)s::bigint[]) AS u(line_id, unit_price, amount_fen) WHERE c.prescription_line_id = u.line_id AND c.state || '' = 'PENDING'"
)


def price_is_fixed(tx: ReadTx, prescription_id: int) -> bool:
    """Whether a prescription's price holds whatever its drugs cost now. The prescription has to be locked."""
    return tx.first(_FIXED, id=prescription_id) is not None


def reprice(tx: Tx, patient_id: int, lines: Sequence[tuple[int, Decimal, int]]) -> None:
    """Prescription lines (id, price of a base unit, amount in fen) cost this from now on, as far as they are charged already.

    A cashier who has the old amount on the screen is refused with ``AmountChanged``.
    """
    ids, prices, fens = zip(*lines, strict=True)
    if tx.count(_REPRICE, lines=list(ids), prices=list(prices), fens=list(fens)):
        tx.changed(topics.CHARGE, patient_id)
