"""Paper of the desk, made of the facts that the service replied with. It speaks the clinic's language, whatever the screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from printing.documents.base import Copy
from printing.documents.goods_receipt import GoodsReceipt
from printing.documents.stock_take import StockTakeSheet

if TYPE_CHECKING:
    from datetime import tzinfo

    from common.messages.receipts import ReceiptCopy
    from common.messages.stock_take import TakeCopy


def goods_receipt(counted: ReceiptCopy, zone: tzinfo | None) -> GoodsReceipt:
    """入库验收单; from the second copy on it says so."""
    entry = msgspec.structs.replace(counted.receipt.entry, at=counted.receipt.entry.at.astimezone(zone))
    facts = msgspec.structs.replace(counted.receipt, entry=entry)
    return GoodsReceipt(clinic=facts.clinic, copy=Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by), receipt=facts)


def stock_take(counted: TakeCopy, zone: tzinfo | None) -> StockTakeSheet:
    """盘点表; from the second copy on it says so."""
    found = counted.differences
    take = msgspec.structs.replace(
        found.take,
        opened_at=found.take.opened_at.astimezone(zone),
        ended_at=found.take.ended_at.astimezone(zone) if found.take.ended_at else None,
    )
    copy = Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by)
    return StockTakeSheet(clinic=found.clinic, copy=copy, found=msgspec.structs.replace(found, take=take))
