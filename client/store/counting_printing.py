"""Paper of stock-takes, price changes and closed months: the service counts the copy, then it goes to the printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from common.messages.repricing import PrintPriceChange
from common.messages.stock_months import PrintStockMonth
from common.messages.stock_take import PrintStockTake
from common.wire import new_request_id
from printing.documents.base import Copy
from printing.documents.price_change import PriceChangeSheet
from printing.documents.stock_month import StockMonthSheet
from printing.documents.stock_take import StockTakeSheet

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.store.view.desk import StoreDesk
    from common.messages.repricing import PriceChangeCopy
    from common.messages.stock_months import StockMonthCopy
    from common.messages.stock_take import TakeCopy, TakeEntry


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


def print_stock_take(desk: StoreDesk, take: TakeEntry) -> None:
    """Print a stock-take with its differences."""
    request_id = new_request_id()

    def counted(copy: TakeCopy) -> None:
        desk.place.paper.print(stock_take(copy, desk.place.now().tzinfo), "a5", request_id)

    desk.send(PrintStockTake(take_id=take.id), counted, request_id=request_id, key=f"print {take.number}")


def price_change(counted: PriceChangeCopy, zone: tzinfo | None) -> PriceChangeSheet:
    """调价单; from the second copy on it says so."""
    entry = counted.change.entry
    local = msgspec.structs.replace(
        entry,
        effective_at=entry.effective_at.astimezone(zone),
        proposed_at=entry.proposed_at.astimezone(zone),
        applied_at=entry.applied_at.astimezone(zone) if entry.applied_at else None,
    )
    copy = Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by)
    return PriceChangeSheet(clinic=counted.change.clinic, copy=copy, change=msgspec.structs.replace(counted.change, entry=local))


def stock_month(counted: StockMonthCopy, zone: tzinfo | None) -> StockMonthSheet:
    """库存月结表; from the second copy on it says so."""
    entry = msgspec.structs.replace(counted.month.entry, closed_at=counted.month.entry.closed_at.astimezone(zone))
    copy = Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by)
    return StockMonthSheet(clinic=counted.month.clinic, copy=copy, month=msgspec.structs.replace(counted.month, entry=entry))


def print_price_change(desk: StoreDesk, change_id: int) -> None:
    """Print a price change."""
    request_id = new_request_id()

    def counted(copy: PriceChangeCopy) -> None:
        desk.place.paper.print(price_change(copy, desk.place.now().tzinfo), "a5", request_id)

    desk.send(PrintPriceChange(change_id=change_id), counted, request_id=request_id, key=f"print price change {change_id}")


def print_stock_month(desk: StoreDesk, close_id: int) -> None:
    """Print a month's account."""
    request_id = new_request_id()

    def counted(copy: StockMonthCopy) -> None:
        desk.place.paper.print(stock_month(copy, desk.place.now().tzinfo), "a5", request_id)

    desk.send(PrintStockMonth(close_id=close_id), counted, request_id=request_id, key=f"print stock month {close_id}")
