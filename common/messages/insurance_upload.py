"""The queue of what the bureau has to be told: stock, purchases, sales with 追溯码, records (DOMAIN.md §1.7: 350x, 4301).

A row is entered together with what it tells of, and sent afterwards with growing pauses, so that a broken line delays nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class UploadRow(Fact, frozen=True, kw_only=True):
    """A row of the queue. ``about`` names what it tells of: a prescription, a visit, a receipt of goods. ``state`` PENDING, FAILED (refused, or
    something is missing here), DONE or DROPPED; ``error`` is why, word for word. ``change``: what a 3502 tells, by the bureau's ``inv_chg_type``.
    ``held``: it waits until something earlier about the same goods is told, of the paper ``held_by`` where that is known."""

    id: int
    infno: str
    subject: str
    about: str
    state: str
    tries: int
    next_try_at: datetime
    error: str
    entered_at: datetime
    done_at: datetime | None
    change: str = ""
    held: bool = False
    held_by: str = ""


class UploadQueue(Fact, frozen=True, kw_only=True):
    """The queue: refused ones first, then the oldest. The counts are of all, shown or not; ``oldest`` is the oldest that waits or was refused."""

    rows: tuple[UploadRow, ...]
    waiting: int
    failed: int
    done_today: int
    oldest: datetime | None
    more: bool


class StockPlace(Fact, frozen=True, kw_only=True):
    """A store and what would be told of it: ``batches`` with goods, of which so many are ``unmapped`` (their drug has no national code).
    ``told_at``: the last stock that was reported."""

    location_id: int
    name: str
    batches: int
    unmapped: int
    told_at: datetime | None


class StockPlaces(Fact, frozen=True, kw_only=True):
    """All stores."""

    places: tuple[StockPlace, ...]


class ListStockPlaces(Query[StockPlaces], frozen=True, kw_only=True):
    """Stores of which the stock can be reported."""

    permission = Permission.INSURANCE_USE


class StockReported(Fact, frozen=True, kw_only=True):
    """So many batches are going to be told in so many ``parts``; the ``unmapped`` ones wait for their drug's national code."""

    batches: int
    parts: int
    unmapped: int


class ReportStock(Command[StockReported], frozen=True, kw_only=True):
    """Tell the bureau what lies in a store at this moment (3501A). Parts of an earlier report that were not sent yet are dropped. Raises
    ``NotConnected``, ``NotFound``, and ``FieldWrong`` where nothing lies."""

    permission = Permission.INSURANCE_USE
    location_id: int


class ListUploads(Query[UploadQueue], frozen=True, kw_only=True):
    """What waits or was refused; with ``done`` also the newest that are done or were dropped."""

    permission = Permission.INSURANCE_USE
    done: bool = False
    limit: Annotated[int, Meta(ge=1, le=2000)] = 500


class RetryUpload(Command[Done], frozen=True, kw_only=True):
    """Send one at the next turn, put together anew unless its answer was lost; ``upload_id`` ``None``: all that were refused. ``NotFound`` unless it
    waits or failed."""

    permission = Permission.INSURANCE_USE
    upload_id: int | None = None


class DropUpload(Command[Done], frozen=True, kw_only=True):
    """Never send this one, for a reason. ``NotFound`` unless it waits or failed."""

    permission = Permission.INSURANCE_MANAGE
    upload_id: int
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
