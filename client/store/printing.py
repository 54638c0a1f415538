"""Printing a receipt or an order: the service counts the copy, then it goes to the printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.store import papers
from common.i18n import tr
from common.messages.purchasing import SendOrder
from common.messages.receipts import PrintReceipt
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.store.view.desk import StoreDesk
    from common.messages.purchasing import OrderCopy
    from common.messages.receipts import ReceiptCopy


def print_receipt(desk: StoreDesk, number: str) -> None:
    """Print a receipt once more, or for the first time."""
    request_id = new_request_id()

    def counted(copy: ReceiptCopy) -> None:
        desk.place.paper.print(papers.goods_receipt(copy, desk.place.now().tzinfo), "a5", request_id)
        if copy.copy > 1:
            desk.tell(tr("store|Receipt {number} is being printed again, copy {n}.", number=number, n=copy.copy - 1))

    desk.send(PrintReceipt(number=number), counted, request_id=request_id, key=f"print {number}")


def print_order(desk: StoreDesk, number: str, sent: Callable[[], None] | None = None) -> None:
    """Print an order; the first time it is sent by that, and then ``sent`` is called."""
    request_id = new_request_id()

    def counted(copy: OrderCopy) -> None:
        desk.place.paper.print(papers.purchase_order(copy, desk.place.now().tzinfo), "a5", request_id)
        if copy.copy > 1:
            desk.tell(tr("store|Order {number} is being printed again, copy {n}.", number=number, n=copy.copy - 1))
        if sent is not None:
            sent()

    desk.send(SendOrder(number=number), counted, request_id=request_id, key=f"print {number}")
