"""Drug store 药库: goods in, and what is there. Deepened by the pharmacy's own issue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.messages.catalogue import StockRow
from common.permissions import Permission
from common.wire import Command, Fact, Query


class Received(Fact, frozen=True, kw_only=True):
    """A receipt of goods."""

    document_number: str
    batches: int


class ReceiveStock(Command[Received], frozen=True, kw_only=True):
    """Book goods into the pharmacy by batch. Drugs are found by their code.

    With the supplier's ``invoice`` it is a purchase (3503), and ``FieldWrong`` is raised unless the supplier and each row's day of making are
    there. Without one it is no purchase to the insurance, but other goods in (3502). ``delivery_note`` is 随货同行单.

    With an ``inspector`` the goods were accepted (入库验收): then what is kept cold needs its ``temperature`` on arrival, in °C, and ``NotCold``
    is raised unless it is 2 to 8.

    ``place`` is where they are put: the pharmacy, or the store behind it.

    What was inspected, invoiced or ordered comes from a known supplier (``SupplierUnknown``) whose licences hold (``LicenceMissing``), unless a
    second person agreed to it with a ``licence_reason``: ``approval_id`` is of the act ``supplier_licence``, its subject the supplier.

    ``order_number``: the order that it is the answer to. Drugs that are not in it are refused (``NotOrdered``); so is more than is awaited
    without a ``surplus_reason`` (``MoreThanOrdered``). What was not accepted does not count.
    """

    permission = Permission.STORE_RECEIVE
    rows: Annotated[tuple[StockRow, ...], Meta(min_length=1)]
    supplier: Annotated[str, Meta(max_length=100)] = ""
    invoice: Annotated[str, Meta(max_length=50)] = ""
    delivery_note: Annotated[str, Meta(max_length=50)] = ""
    inspector: Annotated[str, Meta(max_length=30)] = ""
    temperature: Decimal | None = None
    note: Annotated[str, Meta(max_length=200)] = ""
    place: Annotated[str, Meta(pattern="^(PHARMACY|STORE)$")] = "PHARMACY"
    order_number: Annotated[str, Meta(max_length=30)] = ""
    surplus_reason: Annotated[str, Meta(max_length=200)] = ""
    licence_reason: Annotated[str, Meta(max_length=200)] = ""
    approval_id: int | None = None


class BatchFacts(Fact, frozen=True, kw_only=True):
    """One batch on the shelf. ``on_hand`` in base units."""

    batch_id: int
    drug_id: int
    drug: str
    specification: str
    lot: str
    expires: date
    on_hand: Decimal
    unit: str


class StockList(Fact, frozen=True, kw_only=True):
    """Batches with stock, first expiry first."""

    batches: tuple[BatchFacts, ...]


class GetStock(Query[StockList], frozen=True, kw_only=True):
    """What is on the shelf of one drug."""

    permission = Permission.STORE_VIEW
    drug_id: int
