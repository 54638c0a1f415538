"""Month close 月结 of the stock: what lay at each place when the month began, what came and went by kind of move, and what lay there at its end.

Quantities are in base units, amounts at purchase value. A move is worth what it changes of its batch's value in whole fen, so that opening plus
what came less what went is the closing, to the fen.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

import common.counting_errors  # noqa: F401 -- its errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Fact, Query


class StockMonthEntry(Fact, frozen=True, kw_only=True):
    """A month that was closed; ``reopened_at`` once it was opened again. ``latest``: it is the one that may be."""

    id: int
    number: str
    month: date
    closed_at: datetime
    closed_by: str
    reopened_at: datetime | None
    reopened_by: str
    approved_by: str
    reopen_reason: str
    opening_fen: int
    closing_fen: int
    latest: bool


class OpenPaper(Fact, frozen=True, kw_only=True):
    """A paper of the month that is not done. ``kind`` is an English source string."""

    kind: str
    number: str


class StockMonths(Fact, frozen=True, kw_only=True):
    """Closed months, newest first; ``next`` is the month whose turn it is, ``over`` whether it is over, ``papers`` what is still open of it."""

    months: tuple[StockMonthEntry, ...]
    next: date
    over: bool
    papers: tuple[OpenPaper, ...]


class ListStockMonths(Query[StockMonths], frozen=True, kw_only=True):
    """All closed months, and the one whose turn it is."""

    permission = Permission.STORE_VIEW


class KindSum(Fact, frozen=True, kw_only=True):
    """What came to a place and what went from it by one kind of move."""

    kind: str
    came_fen: int
    went_fen: int


class PlaceSum(Fact, frozen=True, kw_only=True):
    """A place's account of the month; ``place`` is its code."""

    place: str
    opening_fen: int
    kinds: tuple[KindSum, ...]
    closing_fen: int


class DrugSum(Fact, frozen=True, kw_only=True):
    """A drug's account at a place."""

    place: str
    drug_id: int
    code: str
    drug: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    opening: Decimal
    opening_fen: int
    came: Decimal
    came_fen: int
    went: Decimal
    went_fen: int
    closing: Decimal
    closing_fen: int


class StockMonth(Fact, frozen=True, kw_only=True):
    """A closed month with its accounts."""

    clinic: str
    entry: StockMonthEntry
    places: tuple[PlaceSum, ...]
    drugs: tuple[DrugSum, ...]


class GetStockMonth(Query[StockMonth], frozen=True, kw_only=True):
    """One closed month. Raises ``NotFound``."""

    permission = Permission.STORE_VIEW
    close_id: int


class CloseStockMonth(Command[StockMonth], frozen=True, kw_only=True):
    """Close a month (any day of it). From then on nothing is dated into it. Raises ``MonthNotOver``, ``MonthNotNext``, ``PapersOpen``."""

    permission = Permission.STORE_MANAGE
    month: date


class ReopenStockMonth(Command[StockMonthEntry], frozen=True, kw_only=True):
    """Open the latest closed month again; its account stays on record as it was. A second person agrees: ``approval_id`` is of the act
    ``stock_month``, its subject the close. Raises ``MonthNotNext`` for any other month, and for one that is open again already."""

    permission = Permission.STORE_MANAGE
    close_id: int
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    approval_id: int | None = None


class StockMonthCopy(Fact, frozen=True, kw_only=True):
    """A month's account to be printed; ``copy`` 1 is the first print."""

    month: StockMonth
    copy: int
    at: datetime
    by: str


class PrintStockMonth(Command[StockMonthCopy], frozen=True, kw_only=True):
    """Print a month's account; copies are counted."""

    permission = Permission.STORE_MANAGE
    close_id: int
