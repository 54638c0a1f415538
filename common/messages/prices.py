"""The price list 价目: service items, their prices by time, packages, surcharges by route; and charging by hand from it.

Prices are yuan with at most 6 places, quantities have at most 4 (DOMAIN.md §5.1, §5.2).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

from common.domain.surcharge import Per
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

#: The fee categories that a service item may have, in the receipt's order; drugs have their own (DOMAIN.md §5.1).
SERVICE_CATEGORIES: Final = (
    "consultation",
    "exam",
    "lab",
    "treatment",
    "surgery",
    "material",
    "general",
    "registration",
    "other",
)


class PriceItem(Fact, frozen=True, kw_only=True):
    """A service item with its price on one day. ``valid_to`` is empty while no end is known; ``next_price`` begins on ``next_from``.

    ``priced`` is false on a day that lies before the item's first price (``price`` is then 0 and it cannot be charged).
    """

    id: int
    code: str
    name: str
    unit: str
    category: str
    price: Decimal
    active: bool
    priced: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    document: str = ""
    next_price: Decimal | None = None
    next_from: date | None = None


class PackageLine(Fact, frozen=True, kw_only=True):
    """One item of a package, with its price today."""

    item_id: int
    code: str
    name: str
    unit: str
    quantity: Decimal
    price: Decimal
    amount_fen: int
    active: bool = True


class PackageFacts(Fact, frozen=True, kw_only=True):
    """A package 组套: items that are charged together. ``total_fen`` is what it costs today."""

    id: int
    code: str
    name: str
    active: bool
    lines: tuple[PackageLine, ...]
    total_fen: int


class PriceHits(Fact, frozen=True, kw_only=True):
    """What was found, best first: packages, and items with today's price. Only what can be charged now."""

    packages: tuple[PackageFacts, ...]
    items: tuple[PriceItem, ...]


class SearchPriceItems(Query[PriceHits], frozen=True, kw_only=True):
    """Items and packages while one types: pinyin initials, pinyin, code or part of the name. An empty text finds nothing."""

    permission = Permission.CATALOGUE_VIEW
    text: Annotated[str, Meta(max_length=60)]
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class PriceList(Fact, frozen=True, kw_only=True):
    """Items by code, with their prices on ``day``. ``more``: the list was cut."""

    day: date
    items: tuple[PriceItem, ...]
    more: bool


class ListPriceItems(Query[PriceList], frozen=True, kw_only=True):
    """The price list on a day (none: today), of one category or all, narrowed by ``text`` as in :class:`SearchPriceItems`."""

    permission = Permission.CATALOGUE_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    category: Annotated[str, Meta(max_length=30)] = ""
    day: date | None = None
    also_inactive: bool = False
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 2_000


class PricePeriod(Fact, frozen=True, kw_only=True):
    """A price and when it is valid, both days included; ``document`` approved it."""

    price: Decimal
    valid_from: date
    valid_to: date | None
    document: str
    entered_at: datetime
    entered_by: str


class PriceHistory(Fact, frozen=True, kw_only=True):
    """All prices of an item, newest first."""

    item_id: int
    periods: tuple[PricePeriod, ...]


class GetPriceHistory(Query[PriceHistory], frozen=True, kw_only=True):
    """All prices that an item had, has and will have."""

    permission = Permission.CATALOGUE_VIEW
    item_id: int


class SetPrice(Command[PriceItem], frozen=True, kw_only=True):
    """The price of an item from a day on, until the next one that is known. The price before it ends the day before.

    ``valid_from`` is today or later (``FieldWrong`` otherwise): what was charged is not rewritten. A price that begins on that very day is
    corrected. The reply is the item as it is today.
    """

    permission = Permission.PRICE_MANAGE
    item_id: int
    price: Decimal
    valid_from: date
    document: Annotated[str, Meta(max_length=200)] = ""


class AddServiceItem(Command[PriceItem], frozen=True, kw_only=True):
    """A new item, charged at ``price`` from today on. Raises ``AlreadyExists`` for a code that is known."""

    permission = Permission.PRICE_MANAGE
    code: Annotated[str, Meta(min_length=1, max_length=30)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    category: Annotated[str, Meta(max_length=30)]
    price: Decimal
    document: Annotated[str, Meta(max_length=200)] = ""


class CorrectServiceItem(Command[PriceItem], frozen=True, kw_only=True):
    """Name, unit, category, and whether it is still offered. What was charged before keeps what it said then."""

    permission = Permission.PRICE_MANAGE
    item_id: int
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    category: Annotated[str, Meta(max_length=30)]
    active: bool = True


class PricesBegun(Fact, frozen=True, kw_only=True):
    """How many items have another price now."""

    items: int


class BeginPrices(Command[PricesBegun], frozen=True, kw_only=True):
    """Let the prices that are valid today be the items' own. The service does it by itself; done again it changes nothing."""

    permission = Permission.ADMIN_CATALOGUE


# --- packages ----------------------------------------------------------------------------------------------------------------------


class ItemQuantity(Fact, frozen=True, kw_only=True):
    """An item of the price list, and how much of it (above zero, at most 4 places)."""

    item_id: int
    quantity: Decimal


class PutPackage(Command[PackageFacts], frozen=True, kw_only=True):
    """A package by its code: a new one, or what an old one contains from now on."""

    permission = Permission.PRICE_MANAGE
    code: Annotated[str, Meta(min_length=1, max_length=30)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    lines: Annotated[tuple[ItemQuantity, ...], Meta(min_length=1, max_length=100)]
    active: bool = True


class PackageList(Fact, frozen=True, kw_only=True):
    """Packages by code."""

    packages: tuple[PackageFacts, ...]


class ListPackages(Query[PackageList], frozen=True, kw_only=True):
    """All packages, also those that are offered no more."""

    permission = Permission.CATALOGUE_VIEW


# --- surcharges --------------------------------------------------------------------------------------------------------------------


class RouteSurcharge(Fact, frozen=True, kw_only=True):
    """What a route costs besides the drug: ``item`` once for the prescription, for each line, or for each giving (a group in one bag is
    given once)."""

    route_code: str
    route_name: str
    per: Per
    item_id: int
    item_code: str
    item_name: str
    unit: str
    price: Decimal


class SurchargeList(Fact, frozen=True, kw_only=True):
    """All surcharges by route."""

    surcharges: tuple[RouteSurcharge, ...]


class ListRouteSurcharges(Query[SurchargeList], frozen=True, kw_only=True):
    """What each route costs besides the drug, at today's price."""

    permission = Permission.CATALOGUE_VIEW


class PutRouteSurcharge(Command[Done], frozen=True, kw_only=True):
    """From now on this route costs this item. The same route and item again change what it is counted by."""

    permission = Permission.PRICE_MANAGE
    route_code: Annotated[str, Meta(max_length=20)]
    item_id: int
    per: Per


class DropRouteSurcharge(Command[Done], frozen=True, kw_only=True):
    """This route does not cost this item any more. ``NotFound`` if it did not."""

    permission = Permission.PRICE_MANAGE
    route_code: Annotated[str, Meta(max_length=20)]
    item_id: int


# --- charging by hand --------------------------------------------------------------------------------------------------------------


class ChargedManually(Fact, frozen=True, kw_only=True):
    """What was charged: the new unpaid lines and their sum. ``visit_number`` is the visit that they belong to."""

    visit_id: int
    visit_number: str
    line_ids: tuple[int, ...]
    total_fen: int


class ChargeManually(Command[ChargedManually], frozen=True, kw_only=True):
    """Charge items of the price list, or a package, or both, at today's prices. The lines are unpaid then and settled as all
    others; department and doctor are the visit's.

    ``visit_id`` none: the patient's newest visit that was not cancelled (``NotFound`` without one). ``expected_fen``: what the cashier saw,
    Σ ``line_amount(price, quantity)`` (``AmountChanged`` otherwise; none: whatever it costs).
    """

    permission = Permission.CASHIER_CHARGE
    patient_id: int
    visit_id: int | None = None
    items: Annotated[tuple[ItemQuantity, ...], Meta(max_length=100)] = ()
    package_id: int | None = None
    expected_fen: Annotated[int, Meta(ge=0)] | None = None


class VoidManualCharge(Command[Done], frozen=True, kw_only=True):
    """Take back an unpaid line that was charged by hand. A line that a doctor ordered is refused (``FieldWrong``), a paid one too
    (``WrongState``)."""

    permission = Permission.CASHIER_CHARGE
    charge_line_id: int
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
