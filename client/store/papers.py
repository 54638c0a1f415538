"""Paper of the desk, made of the facts that the service replied with. It speaks the clinic's language, whatever the screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from printing.documents.base import Copy
from printing.documents.goods_receipt import GoodsReceipt

if TYPE_CHECKING:
    from datetime import tzinfo

    from common.messages.receipts import ReceiptCopy


def goods_receipt(counted: ReceiptCopy, zone: tzinfo | None) -> GoodsReceipt:
    """入库验收单; from the second copy on it says so."""
    entry = msgspec.structs.replace(counted.receipt.entry, at=counted.receipt.entry.at.astimezone(zone))
    facts = msgspec.structs.replace(counted.receipt, entry=entry)
    return GoodsReceipt(clinic=facts.clinic, copy=Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by), receipt=facts)
