"""Price changes of drugs 调价: proposed, agreed to by a second person, valid from a moment on, with what they are worth at each place.

Prices are yuan a pack. What was paid keeps its price. What is signed and not paid is priced anew, unless it is being paid at that moment.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

import common.counting_errors  # noqa: F401 -- its errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Fact, Query


class PricedDrug(Fact, frozen=True, kw_only=True):
    """A drug with its price now. ``last_purchase`` is what its newest batch cost; ``ceiling`` what it may cost at most; ``on_hand`` is in base
    units, over all places."""

    drug_id: int
    code: str
    name: str
    specification: str
    manufacturer: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    price: Decimal
    last_purchase: Decimal | None
    ceiling: Decimal | None
    on_hand: Decimal


class PricedDrugs(Fact, frozen=True, kw_only=True):
    """Drugs that match, best first."""

    drugs: tuple[PricedDrug, ...]


class FindPricedDrugs(Query[PricedDrugs], frozen=True, kw_only=True):
    """Find drugs by name, pinyin, code or a pack's code, with their prices."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=200)]


class ChangedPrice(Fact, frozen=True, kw_only=True):
    """A line that is proposed: the drug's new price."""

    drug_id: int
    price: Decimal


class PlaceValue(Fact, frozen=True, kw_only=True):
    """What a line was worth at a place when it was applied: ``quantity`` (base units) × (new − old)."""

    place: str
    quantity: Decimal
    value_fen: int


class PriceLine(Fact, frozen=True, kw_only=True):
    """A line of a price change. Before it is applied ``value_fen`` is what it would be worth now; ``places`` is kept when it is applied.
    ``ceiling`` is what the drug may cost at most."""

    drug_id: int
    code: str
    drug: str
    specification: str
    manufacturer: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    ceiling: Decimal | None
    old_price: Decimal
    new_price: Decimal
    quantity: Decimal
    value_fen: int
    places: tuple[PlaceValue, ...]


class UnpaidPrescription(Fact, frozen=True, kw_only=True):
    """A signed prescription that nobody had paid. ``kept``: it was being paid, or was paid once, so that its old price holds."""

    number: str
    patient: str
    was_fen: int
    now_fen: int
    kept: bool


class PriceChangeEntry(Fact, frozen=True, kw_only=True):
    """A price change in the list. ``about`` is its first drug."""

    id: int
    number: str
    state: str
    reason: str
    authority: str
    effective_at: datetime
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None
    approved_by: str
    applied_at: datetime | None
    voided_at: datetime | None
    voided_by: str
    void_reason: str
    about: str
    lines: int
    value_fen: int


class PriceChangeList(Fact, frozen=True, kw_only=True):
    """Price changes: those that wait first, then the newest."""

    changes: tuple[PriceChangeEntry, ...]


class ListPriceChanges(Query[PriceChangeList], frozen=True, kw_only=True):
    """The price changes that wait, and the newest of the others."""

    permission = Permission.STORE_VIEW
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class PriceChange(Fact, frozen=True, kw_only=True):
    """A price change with its lines and, once it is applied, the unpaid prescriptions that it met."""

    clinic: str
    entry: PriceChangeEntry
    lines: tuple[PriceLine, ...]
    unpaid: tuple[UnpaidPrescription, ...]


class GetPriceChange(Query[PriceChange], frozen=True, kw_only=True):
    """One price change. Raises ``NotFound``."""

    permission = Permission.STORE_VIEW
    change_id: int


class ProposePriceChange(Command[PriceChange], frozen=True, kw_only=True):
    """Propose new prices. ``effective_at`` ``None``: as soon as somebody agrees. ``authority`` is the document that demands it (文号).

    ``replaces`` is one that nobody has agreed to yet: it is corrected by this one and withdrawn in the same act. A yes that was asked for it does
    not hold for this one.

    Raises ``FieldWrong`` (a moment that is past, a price that is none, above the drug's ceiling or the same as now), ``PriceChangeWaits``,
    ``WrongState`` where the one that is replaced was agreed to or withdrawn meanwhile.
    """

    permission = Permission.STORE_MANAGE
    lines: Annotated[tuple[ChangedPrice, ...], Meta(min_length=1, max_length=500)]
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    authority: Annotated[str, Meta(max_length=100)] = ""
    effective_at: datetime | None = None
    replaces: int | None = None


class ApprovePriceChange(Command[PriceChange], frozen=True, kw_only=True):
    """Let it become valid at its moment, or at once where that has come. A second person agrees: ``approval_id`` is of the act ``price_change``,
    its subject the price change. Raises ``SamePerson`` where that is who proposed it, ``WrongState``."""

    permission = Permission.STORE_MANAGE
    change_id: int
    approval_id: int | None = None


class WithdrawPriceChange(Command[PriceChange], frozen=True, kw_only=True):
    """Give up what is not valid yet. Raises ``WrongState``."""

    permission = Permission.STORE_MANAGE
    change_id: int
    reason: Annotated[str, Meta(min_length=2, max_length=200)]


class PriceChangeCopy(Fact, frozen=True, kw_only=True):
    """A price change to be printed; ``copy`` 1 is the first print."""

    change: PriceChange
    copy: int
    at: datetime
    by: str


class PrintPriceChange(Command[PriceChangeCopy], frozen=True, kw_only=True):
    """Print a price change; copies are counted."""

    permission = Permission.STORE_MANAGE
    change_id: int


class PricesApplied(Fact, frozen=True, kw_only=True):
    """The number of the price change that became valid; empty if none was due."""

    number: str


class ApplyPriceChanges(Command[PricesApplied], frozen=True, kw_only=True):
    """Let the first price change become valid whose moment has come: the service's own act."""

    permission = Permission.ADMIN_CATALOGUE
