"""Paper of stock-takes, price changes and closed months: the service counts the copy, then it goes to the printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from common.messages.stock_take import PrintStockTake
from common.wire import new_request_id
from printing.documents.base import Copy
from printing.documents.stock_take import StockTakeSheet

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.store.view.desk import StoreDesk
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
