"""What the drug store's desk knows: which page is shown, and the moment that the stock is asked for. No Qt."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final, NamedTuple

from common.i18n import N_

if TYPE_CHECKING:
    from datetime import tzinfo

STOCK, ALERTS, GOODS_IN, RECEIPTS = "stock", "alerts", "goods_in", "receipts"
SUPPLIERS, PLAN, ORDERS, TEMPERATURE = "suppliers", "plan", "orders", "temperature"
WAY, RECALLS = "way", "recalls"
PAPERS: Final = "papers"
DRUGS, ALIKE, REGISTER = "drugs", "alike", "register"
COUNT, REPRICE, MONTHS = "count", "reprice", "months"


class Page(NamedTuple):
    """An entry of the list on the left."""

    id: str
    title: str
    group: str


PAGES: Final = (
    Page(STOCK, N_("store page|Stock"), N_("store page|On the shelf")),
    Page(ALERTS, N_("store page|Alerts"), N_("store page|On the shelf")),
    Page(TEMPERATURE, N_("store page|Temperature"), N_("store page|On the shelf")),
    Page(GOODS_IN, N_("store page|Goods in"), N_("store page|In and out")),
    Page(RECEIPTS, N_("store page|Receipts"), N_("store page|In and out")),
    Page(PAPERS, N_("store page|Papers"), N_("store page|In and out")),
    Page(PLAN, N_("store page|Plan"), N_("store page|Purchasing")),
    Page(ORDERS, N_("store page|Orders"), N_("store page|Purchasing")),
    Page(SUPPLIERS, N_("store page|Suppliers"), N_("store page|Purchasing")),
    Page(WAY, N_("store page|Batches"), N_("store page|Safety")),
    Page(RECALLS, N_("store page|Recalls"), N_("store page|Safety")),
    Page(REGISTER, N_("store page|Narcotics"), N_("store page|Safety")),
    Page(COUNT, N_("store page|Stock-take"), N_("store page|Book")),
    Page(REPRICE, N_("store page|Prices"), N_("store page|Book")),
    Page(MONTHS, N_("store page|Month close"), N_("store page|Book")),
    Page(DRUGS, N_("store page|Drugs"), N_("store page|Catalogue")),
    Page(ALIKE, N_("store page|Look-alikes"), N_("store page|Catalogue")),
)

_TIME: Final = re.compile(r"^\s*(\d{1,2})\s*[:：.]?\s*(\d{2})\s*$")


def parse_time(typed: str) -> time | None:
    """``14:05`` or ``1405``; ``None`` for anything else."""
    match = _TIME.match(typed)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def moment_of(day: date | None, clock: str, zone: tzinfo | None) -> datetime | None:
    """The past moment that two fields name: without a time it is the end of the day. ``None`` while they name none."""
    if day is None:
        return None
    at = time(23, 59, 59, 999999) if not clock.strip() else parse_time(clock)
    return None if at is None else datetime.combine(day, at, zone)


class StoreModel:
    """The desk's state. ``at`` is the past moment of the stock page; ``None``: now."""

    def __init__(self) -> None:
        self.page = STOCK
        self.at: datetime | None = None
        self.empty = False
        self.saving = False
        #: What stands beside the pages: a number and its tone.
        self.counts: dict[str, tuple[int, str]] = {}
