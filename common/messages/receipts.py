"""Goods in 入库验收: finding the drug in the hand, the receipts, and codes that are learned from packs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

import common.store_errors  # noqa: F401 -- its errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class Goods(Fact, frozen=True, kw_only=True):
    """A drug as goods come in. What is ``last`` is from its latest receipt; ``cold``: 2 to 8 °C on arrival."""

    drug_id: int
    code: str
    name: str
    specification: str
    manufacturer: str
    pack_unit: str
    cold: bool
    last_price: Decimal | None
    last_approval: str
    #: Which characters tell it from what it is mixed up with (:mod:`common.domain.likeness`).
    name_marks: str = ""
    specification_marks: str = ""


class GoodsList(Fact, frozen=True, kw_only=True):
    """Drugs that match, best first. ``unknown_prefix``: the product section of a 追溯码 that nobody has bound to a drug yet."""

    goods: tuple[Goods, ...]
    unknown_prefix: str = ""


class FindGoods(Query[GoodsList], frozen=True, kw_only=True):
    """Find drugs by name, pinyin, code, or by the barcode, GS1 code or 追溯码 of a pack."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=200)]


class BindPrefix(Command[Done], frozen=True, kw_only=True):
    """Learn that 追溯码 with this product section are a drug's. A second person agrees: ``approval_id`` is of the act ``trace_prefix``, its
    subject the drug, its detail the prefix. Raises ``CodeBound`` if it is another drug's."""

    permission = Permission.STORE_RECEIVE
    prefix: Annotated[str, Meta(pattern=r"^[0-9A-Z]{7}$")]
    drug_id: int
    approval_id: int | None = None


class ReceiptLine(Fact, frozen=True, kw_only=True):
    """A line as it was inspected. ``accepted``: booked in; otherwise it was written down and went back."""

    line_no: int
    drug_id: int
    drug: str
    specification: str
    manufacturer: str
    pack_unit: str
    lot: str
    made: date | None
    expires: date
    packs: Decimal
    purchase_price: Decimal
    value_fen: int
    approval_number: str
    appearance: str
    accepted: bool


class ReceiptEntry(Fact, frozen=True, kw_only=True):
    """A receipt in the list. ``value_fen`` is of what was accepted."""

    id: int
    number: str
    at: datetime
    supplier: str
    invoice: str
    delivery_note: str
    inspector: str
    by: str
    lines: int
    rejected: int
    value_fen: int


class ReceiptList(Fact, frozen=True, kw_only=True):
    """Receipts, newest first; ``more``: there are others before them."""

    receipts: tuple[ReceiptEntry, ...]
    more: bool


class ListReceipts(Query[ReceiptList], frozen=True, kw_only=True):
    """Receipts from ``first_day`` to ``last_day``, at most 300. ``text``: number, supplier, invoice, lot or drug."""

    permission = Permission.STORE_VIEW
    first_day: date
    last_day: date
    text: Annotated[str, Meta(max_length=60)] = ""


class GoodsReceipt(Fact, frozen=True, kw_only=True):
    """A receipt with its lines, as it is printed."""

    clinic: str
    entry: ReceiptEntry
    temperature: Decimal | None
    note: str
    lines: tuple[ReceiptLine, ...]


class GetGoodsReceipt(Query[GoodsReceipt], frozen=True, kw_only=True):
    """One receipt by its number."""

    permission = Permission.STORE_VIEW
    number: Annotated[str, Meta(max_length=30)]


class ReceiptCopy(Fact, frozen=True, kw_only=True):
    """A receipt to be printed; ``copy`` 1 is the first one."""

    receipt: GoodsReceipt
    copy: int
    at: datetime
    by: str


class PrintReceipt(Command[ReceiptCopy], frozen=True, kw_only=True):
    """Print a receipt; copies are counted."""

    permission = Permission.STORE_RECEIVE
    number: Annotated[str, Meta(max_length=30)]


class Suppliers(Fact, frozen=True, kw_only=True):
    """Suppliers by name."""

    names: tuple[str, ...]


class ListSuppliers(Query[Suppliers], frozen=True, kw_only=True):
    """The names of suppliers in use."""

    permission = Permission.STORE_VIEW
