"""Purchase plan 采购计划 and orders 采购订单. Quantities of orders are packs, prices yuan a pack; those of the plan's reasons are base units."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

import common.purchasing_errors  # noqa: F401 -- its errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class Why(Fact, frozen=True, kw_only=True):
    """What a suggestion was made from, in base units (:mod:`common.domain.purchase_plan`): the mean use a day and its deviation, the supplier's
    lead time, the safety stock, the reorder point, how much there should be, what is usable (``expiring`` of it will expire before it is used),
    reserved, and on order. ``capped``: more was wanted, but would expire."""

    suggested: int
    mean: Decimal
    deviation: Decimal
    days: int
    lead_days: int
    safety: Decimal
    point: Decimal
    target: Decimal
    there: Decimal
    expiring: Decimal
    reserved: Decimal
    on_order: Decimal
    min_stock: Decimal | None
    shelf_days: int | None
    capped: bool


class PlanLine(Fact, frozen=True, kw_only=True):
    """A drug of the plan. ``price`` is that of its last delivery; ``supplier_id`` whom it is bought from, if anybody is known."""

    drug_id: int
    code: str
    name: str
    specification: str
    manufacturer: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    supplier_id: int | None
    supplier: str
    case_packs: int
    price: Decimal | None
    why: Why


class PurchasePlan(Fact, frozen=True, kw_only=True):
    """What should be ordered, by supplier and name; with ``everything`` also drugs of which enough is there."""

    lines: tuple[PlanLine, ...]


class PlanPurchase(Query[PurchasePlan], frozen=True, kw_only=True):
    """Reckon the plan from the use of the last ``use_days``. ``service``: in so many per cent of all waits nothing shall run out."""

    permission = Permission.STORE_MANAGE
    use_days: Annotated[int, Meta(ge=7, le=365)] = 90
    cover_days: Annotated[int, Meta(ge=1, le=180)] = 14
    review_days: Annotated[int, Meta(ge=1, le=60)] = 2
    service: Annotated[int, Meta(ge=80, le=99)] = 98
    text: Annotated[str, Meta(max_length=60)] = ""
    everything: bool = False


class SetPurchase(Command[Done], frozen=True, kw_only=True):
    """Say whom a drug is bought from (``None``: its last supplier), and in cases of how many packs."""

    permission = Permission.STORE_MANAGE
    drug_id: int
    supplier_id: int | None
    case_packs: Annotated[int, Meta(ge=1, le=10000)] = 1


class Wanted(Fact, frozen=True, kw_only=True):
    """A line of an order to be. ``why``: the suggestion that it was made from."""

    drug_id: int
    packs: Decimal
    price: Decimal | None = None
    why: Why | None = None


class OrderMade(Fact, frozen=True, kw_only=True):
    """A new order, or one that was changed."""

    order_id: int
    number: str


class MakeOrder(Command[OrderMade], frozen=True, kw_only=True):
    """Make an order of a supplier, or write a draft (``order_id``) anew. Each drug stands in it once. Raises ``WrongState`` for what is no draft."""

    permission = Permission.STORE_MANAGE
    supplier_id: int
    lines: Annotated[tuple[Wanted, ...], Meta(min_length=1, max_length=500)]
    note: Annotated[str, Meta(max_length=200)] = ""
    order_id: int | None = None


class ApproveOrder(Command[Done], frozen=True, kw_only=True):
    """Let an order be sent. Whoever made it needs a second person (``approval_id`` of the act ``purchase_order``, its subject the order, its
    amount the order's value); anybody else who may approve does it by this alone."""

    permission = Permission.STORE_APPROVE
    order_id: int
    approval_id: int | None = None


class CloseOrder(Command[Done], frozen=True, kw_only=True):
    """Wait for no more of an order, or give it up."""

    permission = Permission.STORE_MANAGE
    order_id: int
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class OrderLine(Fact, frozen=True, kw_only=True):
    """``received`` packs so far, at ``paid`` on the average; ``last_approval`` is the approval number of the drug's last delivery."""

    line_no: int
    drug_id: int
    code: str
    drug: str
    specification: str
    manufacturer: str
    pack_unit: str
    base_unit: str
    pack_size: Decimal
    cold: bool
    packs: Decimal
    price: Decimal | None
    value_fen: int
    received: Decimal
    paid: Decimal | None
    last_price: Decimal | None
    last_approval: str
    why: Why | None
    #: Which characters tell it from what it is mixed up with (:mod:`common.domain.likeness`).
    name_marks: str = ""
    specification_marks: str = ""


class OrderEntry(Fact, frozen=True, kw_only=True):
    """An order in the list. ``value_fen`` is of what was ordered."""

    id: int
    number: str
    supplier_id: int
    supplier: str
    state: str
    business_date: date
    made_by: str
    lines: int
    open_lines: int
    value_fen: int


class OrderList(Fact, frozen=True, kw_only=True):
    """Orders, newest first; ``more``: there are others before them."""

    orders: tuple[OrderEntry, ...]
    more: bool


class ListOrders(Query[OrderList], frozen=True, kw_only=True):
    """Orders, at most 300: all, or those that are not done (``open_only``) or that goods may come in for (``awaited``). ``text``: number,
    supplier or drug."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    open_only: bool = False
    awaited: bool = False


class Order(Fact, frozen=True, kw_only=True):
    """An order with its lines, and who did what when."""

    clinic: str
    entry: OrderEntry
    contact: str
    phone: str
    note: str
    made_at: datetime
    made_by_id: int
    approved_at: datetime | None
    approved_by: str
    sent_at: datetime | None
    sent_by: str
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    receipts: tuple[str, ...]
    lines: tuple[OrderLine, ...]


class GetOrder(Query[Order], frozen=True, kw_only=True):
    """One order by its number."""

    permission = Permission.STORE_VIEW
    number: Annotated[str, Meta(max_length=30)]


class OrderCopy(Fact, frozen=True, kw_only=True):
    """An order to be printed; ``copy`` 1 is the first one."""

    order: Order
    copy: int
    at: datetime
    by: str


class SendOrder(Command[OrderCopy], frozen=True, kw_only=True):
    """Print an order. The first time an approved one is printed it counts as sent; drafts are not printed. Copies are counted."""

    permission = Permission.STORE_MANAGE
    number: Annotated[str, Meta(max_length=30)]
