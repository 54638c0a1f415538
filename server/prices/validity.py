"""What an item costs on a day: reading, setting, importing, and letting prices begin."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.prices import (
    BeginPrices,
    GetPriceHistory,
    PriceHistory,
    PriceItem,
    PricePeriod,
    PricesBegun,
    SetPrice,
)
from server.db import Read, Write
from server.features import handles
from server.prices.items import one_item

if TYPE_CHECKING:
    from collections.abc import Collection

    from server.db import Database, ReadTx, Tx

#: Where the history of a price begins that nobody knows the beginning of, as in the migration.
BEGINNING: Final = date(2000, 1, 1)
#: Above it a price is a typing error: a million yuan.
_MOST: Final = Decimal(1_000_000)

_ON: Final = Read(
    "SELECT service_item_id, price FROM service_price WHERE service_item_id = ANY(%(ids)s) AND valid_from <= %(day)s"
    " AND (valid_to IS NULL OR valid_to >= %(day)s)"
)
_HISTORY: Final = Read(
    "SELECT p.price, p.valid_from, p.valid_to, p.document, p.entered_at, s.name AS entered_by FROM service_price p"
    " JOIN staff s ON s.id = p.entered_by WHERE p.service_item_id = %(id)s ORDER BY p.valid_from DESC"
)
_LOCK: Final = Write("SELECT price FROM service_item WHERE id = %(id)s FOR UPDATE")
_SHORTEN: Final = Write(
    "UPDATE service_price SET valid_to = %(from)s - 1 WHERE service_item_id = %(id)s AND valid_from < %(from)s"
    " AND (valid_to IS NULL OR valid_to >= %(from)s)"
)
_CORRECT: Final = Write(
    "UPDATE service_price SET price = %(price)s, document = %(document)s, entered_at = %(at)s, entered_by = %(by)s"
    " WHERE service_item_id = %(id)s AND valid_from = %(from)s RETURNING id"
)
_ENTER: Final = Write(
    "INSERT INTO service_price (service_item_id, price, valid_from, valid_to, document, entered_at, entered_by)"
    " SELECT %(id)s, %(price)s, %(from)s, (SELECT min(valid_from) - 1 FROM service_price WHERE service_item_id = %(id)s"
    " AND valid_from > %(from)s), %(document)s, %(at)s, %(by)s"
)
_BEGIN: Final = Write(
    "UPDATE service_item i SET price = p.price FROM service_price p WHERE p.service_item_id = i.id AND p.valid_from <= %(today)s"
    " AND (p.valid_to IS NULL OR p.valid_to >= %(today)s) AND i.price <> p.price AND (%(id)s::bigint IS NULL OR i.id = %(id)s)"
)
_ANY_TO_BEGIN: Final = Read(
    "SELECT 1 FROM service_price p JOIN service_item i ON i.id = p.service_item_id WHERE p.valid_from <= %(today)s"
    " AND (p.valid_to IS NULL OR p.valid_to >= %(today)s) AND i.price <> p.price LIMIT 1"
)
_IMPORTED: Final = Read(
    "SELECT i.id, i.price, i.source, EXISTS (SELECT FROM service_price p WHERE p.service_item_id = i.id) FROM service_item i"
    " LEFT JOIN service_price n ON n.service_item_id = i.id AND n.valid_from <= %(today)s AND (n.valid_to IS NULL OR n.valid_to >= %(today)s)"
    " WHERE i.code = ANY(%(codes)s) AND n.price IS DISTINCT FROM i.price ORDER BY i.id"
)


def price_on(tx: ReadTx, item_ids: Collection[int], day: date) -> dict[int, Decimal]:
    """The items' prices on a day, in yuan. An item without a price on that day is missing."""
    return dict(tx.rows(_ON, ids=sorted(item_ids), day=day))


def check_price(price: Decimal) -> None:
    """Raises ``FieldWrong`` for a price below zero, above a million yuan, or with more than 6 places."""
    if not 0 <= price <= _MOST or price.as_tuple().exponent < -6:  # type: ignore[operator]
        raise FieldWrong(field=N_("Price"), reason=N_("from 0 to 1,000,000 yuan, at most six places"))


def enter_price(tx: Tx, item_id: int, price: Decimal, begins: date, document: str) -> None:
    """A price from ``begins`` on until the next one that is known; what was valid then ends the day before."""
    about = {"id": item_id, "from": begins, "price": price, "document": document, "at": tx.now, "by": tx.actor.staff}
    if tx.count(_CORRECT, **about):
        return
    tx.write(_SHORTEN, **{"id": item_id, "from": begins})
    tx.write(_ENTER, **about)


@handles(SetPrice)
def set_price(tx: Tx, request: SetPrice) -> PriceItem:
    """Enter it; where it begins today it is the item's own at once."""
    check_price(request.price)
    if request.valid_from < tx.today:
        raise FieldWrong(field=N_("Valid from"), reason=N_("today or later: what was charged is not rewritten"))
    before = tx.write_one(_LOCK, id=request.item_id)
    if before is None:
        raise NotFound(kind=N_("Service item"), key=str(request.item_id))
    enter_price(tx, request.item_id, request.price, request.valid_from, request.document.strip())
    tx.write(_BEGIN, today=tx.today, id=request.item_id)
    tx.detail = {"item": request.item_id, "was": str(before[0]), "price": str(request.price), "from": f"{request.valid_from}"}
    tx.changed(topics.CATALOGUE)
    return one_item(tx, request.item_id)


@handles(GetPriceHistory)
def get_price_history(tx: ReadTx, request: GetPriceHistory) -> PriceHistory:
    """All prices of an item, newest first."""
    return PriceHistory(item_id=request.item_id, periods=tx.structs(PricePeriod, _HISTORY, id=request.item_id))


def prices_to_begin(database: Database, today: date) -> bool:
    """Whether an item's own price is not today's, so that the trail is not filled with acts that did nothing."""
    return database.of_thread().execute(_ANY_TO_BEGIN.bytes, {"today": today}).fetchone() is not None


@handles(BeginPrices, replayed=False)
def begin_prices(tx: Tx, request: BeginPrices) -> PricesBegun:
    """Today's prices into the items."""
    items = tx.count(_BEGIN, today=tx.today, id=None)
    if items:
        tx.changed(topics.CATALOGUE)
    return PricesBegun(items=items)


def enter_imported(tx: Tx, codes: Collection[str]) -> None:
    """An import wrote the items' prices: those of new items are valid from the beginning, those that changed from today on."""
    for item_id, price, source, known in tx.rows(_IMPORTED, codes=sorted(codes), today=tx.today):
        enter_price(tx, item_id, price, tx.today if known else BEGINNING, source)
