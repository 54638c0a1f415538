"""What the drug store has, now or at any past moment; and how much there should be at least."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

Moment = Annotated[datetime, Meta(tz=True)]


class DrugStock(Fact, frozen=True, kw_only=True):
    """One drug in the house. Quantities are in base units; ``on_hand`` is all of it, ``unusable`` what has expired or lies in the quarantine area.

    ``free`` is what a patient can still get: it lies in the pharmacy, has not expired, and no signed prescription holds it. ``stored`` lies in the
    store, ``coming`` is on its way between the two, ``aside`` lies in the quarantine area. ``value_fen`` is at purchase price. ``reserved`` is 0 for
    a past moment: it is known of now only, so ``free`` is then what the pharmacy had that could be given out.
    """

    drug_id: int
    code: str
    name: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    shelf: str
    storage: str
    on_hand: Decimal
    reserved: Decimal
    unusable: Decimal
    free: Decimal
    stored: Decimal
    coming: Decimal
    aside: Decimal
    batches: int
    nearest: date | None
    value_fen: int
    min_stock: Decimal | None


class StockReport(Fact, frozen=True, kw_only=True):
    """Drugs by name, at most 2,000; ``count`` and ``value_fen`` are of all that match."""

    at: datetime
    drugs: tuple[DrugStock, ...]
    count: int
    value_fen: int


class ListStock(Query[StockReport], frozen=True, kw_only=True):
    """Every drug that is there, now or ``at`` a past moment: what had been moved by then, exactly.

    ``text`` narrows by name, pinyin, code or barcode. ``empty`` shows those too of which there is nothing.
    """

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    at: Moment | None = None
    empty: bool = False


class BatchStock(Fact, frozen=True, kw_only=True):
    """One batch of a drug. ``pharmacy``, ``stored`` (in the store), ``coming`` (between the two) and ``aside`` (in the quarantine area) make up
    ``on_hand``; ``picked`` is laid aside for prescriptions. ``purchase_price`` is yuan a pack."""

    batch_id: int
    lot: str
    expires: date
    supplier: str
    received_at: datetime
    purchase_price: Decimal
    on_hand: Decimal
    picked: Decimal
    aside: Decimal
    pharmacy: Decimal
    stored: Decimal
    coming: Decimal
    value_fen: int


class BatchList(Fact, frozen=True, kw_only=True):
    """Batches that are there, first expiry first."""

    drug_id: int
    batches: tuple[BatchStock, ...]


class ListBatches(Query[BatchList], frozen=True, kw_only=True):
    """The batches of one drug, now or ``at`` a past moment."""

    permission = Permission.STORE_VIEW
    drug_id: int
    at: Moment | None = None


class SetMinStock(Command[Done], frozen=True, kw_only=True):
    """How much of a drug there should be at least, in base units; ``None``: nobody minds."""

    permission = Permission.STORE_MANAGE
    drug_id: int
    min_stock: Decimal | None
