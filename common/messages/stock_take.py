"""Stock-take 盘点: the sheet to count from, the counts of several people, the differences, and what is booked for them.

Quantities are in the drug's base unit. A desk that counts is never sent what the book says; the differences can be asked for once the counting is
finished (``WrongState`` before that).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

import common.counting_errors
import common.store_errors  # noqa: F401 -- their errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Fact, Query


class Choice(StrEnum):
    """Which drugs are counted: all, those on shelves that begin with a name, those of a class, or some that were chosen one by one."""

    ALL = "ALL"
    SHELF = "SHELF"
    CLASS = "CLASS"
    DRUGS = "DRUGS"


class TakeEntry(Fact, frozen=True, kw_only=True):
    """A stock-take in the list. ``counted`` of ``lines`` are done; ``again`` have to be counted by somebody else."""

    id: int
    number: str
    place: str
    place_name: str
    choice: Choice
    chosen: str
    note: str
    state: str
    opened_at: datetime
    opened_by: str
    counted_at: datetime | None
    counted_by: str
    ended_at: datetime | None
    ended_by: str
    approved_by: str
    void_reason: str
    lines: int
    counted: int
    again: int


class TakeList(Fact, frozen=True, kw_only=True):
    """Stock-takes: those under way first, then the newest."""

    takes: tuple[TakeEntry, ...]


class ListStockTakes(Query[TakeList], frozen=True, kw_only=True):
    """The stock-takes under way, and the newest of the others."""

    permission = Permission.STORE_VIEW
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class OpenStockTake(Command[TakeEntry], frozen=True, kw_only=True):
    """Begin to count. What the book says at this moment is written down for every batch of the choice that lies at the place.

    ``chosen``: how the shelf's name begins, or ``western``, ``patent``, ``herbal`` or ``controlled``; ``drugs`` are the ids of ``DRUGS``. Raises
    ``BeingCountedAlready``, and ``FieldWrong`` where nothing lies there.
    """

    permission = Permission.STORE_MANAGE
    place: Annotated[str, Meta(pattern="^(PHARMACY|STORE|QUARANTINE)$")] = "PHARMACY"
    choice: Choice = Choice.ALL
    chosen: Annotated[str, Meta(max_length=40)] = ""
    drugs: Annotated[tuple[int, ...], Meta(max_length=2000)] = ()
    note: Annotated[str, Meta(max_length=200)] = ""


class SheetLine(Fact, frozen=True, kw_only=True):
    """A batch to be counted. ``delivery`` tells batches of one lot apart that came from several suppliers or at several prices; it is empty
    where the lot does. ``round``: 1 to 3 is the count that is wanted, 0: done. ``counters`` are who counted so far; ``mine``: the last of them
    was the one who asks, so that somebody else has to count now."""

    line_id: int
    drug_id: int
    drug: str
    code: str
    specification: str
    manufacturer: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    shelf: str
    lot: str
    expires: date
    delivery: str = ""
    round: int
    counters: str
    mine: bool


class CountSheet(Fact, frozen=True, kw_only=True):
    """What is to be counted, in the order in which one walks along the shelves."""

    take: TakeEntry
    lines: tuple[SheetLine, ...]


class GetCountSheet(Query[CountSheet], frozen=True, kw_only=True):
    """The sheet of a stock-take. Raises ``NotFound``."""

    permission = Permission.STORE_VIEW
    take_id: int


class CountLine(Command[SheetLine], frozen=True, kw_only=True):
    """So much of the batch lies on the shelf at this moment. What is laid aside for prescriptions lies elsewhere and is not counted.

    ``round`` is the one the sheet wanted: a count that somebody else made meanwhile is refused with ``CountedMeanwhile`` and never becomes a second
    count by chance. Raises ``OtherCounterNeeded``, ``WrongState``, ``FieldWrong``.
    """

    permission = Permission.STORE_COUNT
    line_id: int
    round: Annotated[int, Meta(ge=1, le=3)] = 1
    quantity: Decimal


class AddFoundBatch(Command[SheetLine], frozen=True, kw_only=True):
    """A batch lies there that is not on the sheet; it comes on it and is counted like the others. ``purchase_price`` in yuan a pack, of a batch
    that nobody ever received: the drug's last one if it is left out. Raises ``AlreadyExists`` where it is on the sheet, ``BeingCountedAlready``."""

    permission = Permission.STORE_COUNT
    take_id: int
    drug_id: int
    lot: Annotated[str, Meta(min_length=1, max_length=40)]
    expires: date
    purchase_price: Decimal | None = None


class FinishCounting(Command[TakeEntry], frozen=True, kw_only=True):
    """The counting is done. ``leave_out`` is how many uncounted lines the person saw and leaves as the book has them; another number than there
    are raises ``LinesNotCounted`` with their names. Raises ``SecondCountsMissing``."""

    permission = Permission.STORE_MANAGE
    take_id: int
    leave_out: Annotated[int, Meta(ge=0)] = 0


class DifferenceLine(Fact, frozen=True, kw_only=True):
    """A line with what the book said at its last count and what was there (``aside`` laid aside for prescriptions included). ``counted`` is
    ``None`` where nobody counted. ``value_fen`` at purchase price. ``holders``: signed prescriptions that hold what is missing; the loss
    cannot be booked before they are handed over or void."""

    line_id: int
    drug_id: int
    drug: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    shelf: str
    lot: str
    expires: date
    found: bool
    opened_book: Decimal
    book: Decimal
    aside: Decimal
    counted: Decimal | None
    difference: Decimal
    value_fen: int
    counters: str
    rounds: int
    counted_at: datetime | None
    holders: str


class Differences(Fact, frozen=True, kw_only=True):
    """A stock-take with its differences: lines that differ first, then those that nobody counted, then the rest."""

    clinic: str
    take: TakeEntry
    lines: tuple[DifferenceLine, ...]
    gain_fen: int
    loss_fen: int
    uncounted: int


class GetDifferences(Query[Differences], frozen=True, kw_only=True):
    """The differences. Raises ``WrongState`` while it is being counted."""

    permission = Permission.STORE_VIEW
    take_id: int


class ConfirmStockTake(Command[TakeEntry], frozen=True, kw_only=True):
    """Book the differences (盘盈 and 盘亏) under the stock-take's number. A second person agrees: ``approval_id`` is of the act ``stock_take``, its
    subject the stock-take, its amount gain and loss together. Raises ``HeldForPatients`` or ``NotEnoughInBatch`` where a loss cannot be booked;
    nothing is booked then and the differences stay."""

    permission = Permission.STORE_MANAGE
    take_id: int
    approval_id: int | None = None


class RecountLine(Command[Differences], frozen=True, kw_only=True):
    """Count one line again once the counting is done, and why: what somebody doubts when they look at the differences. It holds instead of the
    counts before it, against the book of this moment; the stock-take stays counted. ``quantity`` as for :class:`CountLine`.

    Whoever counts sees the book by now, so a second person counts with them: ``approval_id`` is of the act ``stock_recount``, its subject the
    line, its detail the quantity (``12.5``). Raises ``WrongState`` unless the stock-take is counted and not booked, ``FieldWrong``.
    """

    permission = Permission.STORE_COUNT
    line_id: int
    quantity: Decimal
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    approval_id: int | None = None


class VoidStockTake(Command[TakeEntry], frozen=True, kw_only=True):
    """Give it up; nothing is booked. Raises ``WrongState`` once it is confirmed."""

    permission = Permission.STORE_MANAGE
    take_id: int
    reason: Annotated[str, Meta(min_length=2, max_length=200)]


class TakeCopy(Fact, frozen=True, kw_only=True):
    """Differences to be printed; ``copy`` 1 is the first print."""

    differences: Differences
    copy: int
    at: datetime
    by: str


class PrintStockTake(Command[TakeCopy], frozen=True, kw_only=True):
    """Print the stock-take with its differences; copies are counted. Raises ``WrongState`` while it is being counted."""

    permission = Permission.STORE_MANAGE
    take_id: int
