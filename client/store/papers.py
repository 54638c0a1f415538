"""Paper of the desk, made of the facts that the service replied with. It speaks the clinic's language, whatever the screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from printing.documents.base import Copy
from printing.documents.controlled_register import ControlledRegister
from printing.documents.goods_receipt import GoodsReceipt
from printing.documents.purchase_order import PurchaseOrder
from printing.documents.temperature_sheet import TemperatureSheet

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from common.messages.controlled import RegisterSheet
    from common.messages.purchasing import OrderCopy
    from common.messages.receipts import ReceiptCopy
    from common.messages.temperature import TemperatureLog


def goods_receipt(counted: ReceiptCopy, zone: tzinfo | None) -> GoodsReceipt:
    """入库验收单; from the second copy on it says so."""
    entry = msgspec.structs.replace(counted.receipt.entry, at=counted.receipt.entry.at.astimezone(zone))
    facts = msgspec.structs.replace(counted.receipt, entry=entry)
    return GoodsReceipt(clinic=facts.clinic, copy=Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by), receipt=facts)


def purchase_order(counted: OrderCopy, zone: tzinfo | None) -> PurchaseOrder:
    """采购订单; from the second copy on it says so."""
    sent = counted.order.sent_at
    facts = msgspec.structs.replace(counted.order, sent_at=sent.astimezone(zone) if sent else None)
    copy = Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by)
    return PurchaseOrder(clinic=facts.clinic, copy=copy, order=facts)


def temperature_sheet(log: TemperatureLog, month: date, now: datetime, by: str) -> TemperatureSheet:
    """温湿度记录表 of a month. It is a print of the log, not a paper of its own: copies are not counted."""
    return TemperatureSheet(clinic=log.clinic, copy=Copy(at=now, by=by), log=log, month=month)


def controlled_register(sheet: RegisterSheet, zone: tzinfo | None) -> ControlledRegister:
    """专册登记本 of some days."""
    rows = tuple(msgspec.structs.replace(row, at=row.at.astimezone(zone)) for row in sheet.register.rows)
    facts = msgspec.structs.replace(sheet, at=sheet.at.astimezone(zone), register=msgspec.structs.replace(sheet.register, rows=rows))
    return ControlledRegister(clinic=sheet.register.clinic, copy=Copy(at=facts.at, by=sheet.by), sheet=facts)
