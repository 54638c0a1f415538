"""Finding service items and showing the price list."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import AlreadyExists, FieldWrong, NotFound
from common.i18n import N_
from common.messages.prices import (
    SERVICE_CATEGORIES,
    AddServiceItem,
    CorrectServiceItem,
    ListPriceItems,
    PriceItem,
    PriceList,
)
from server.db import Read, Write
from server.features import handles
from server.importing.pinyin import term_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from server.db import ReadTx, Tx

_NAMES: Final = Read(
    "SELECT id, code, name FROM service_item WHERE (active OR %(also_inactive)s) AND (%(category)s = '' OR category = %(category)s) ORDER BY code"
)
_ITEMS: Final = Read(
    "SELECT i.id, i.code, i.name, i.unit, i.category, coalesce(p.price, 0) AS price, i.active, p.id IS NOT NULL AS priced, p.valid_from,"
    " p.valid_to, coalesce(p.document, '') AS document, n.price AS next_price, n.valid_from AS next_from FROM service_item i"
    " LEFT JOIN service_price p ON p.service_item_id = i.id AND p.valid_from <= %(day)s AND (p.valid_to IS NULL OR p.valid_to >= %(day)s)"
    " LEFT JOIN LATERAL (SELECT x.price, x.valid_from FROM service_price x WHERE x.service_item_id = i.id AND x.valid_from > %(day)s"
    " ORDER BY x.valid_from LIMIT 1) n ON true WHERE i.id = ANY(%(ids)s)"
)
_ADD: Final = Write(
    "INSERT INTO service_item (code, name, unit, category, price, source) VALUES (%(code)s, %(name)s, %(unit)s, %(category)s, %(price)s,"
    " %(document)s) ON CONFLICT (code) DO NOTHING RETURNING id"
)
_CORRECT: Final = Write(
    "UPDATE service_item SET name = %(name)s, unit = %(unit)s, category = %(category)s, active = %(active)s WHERE id = %(id)s RETURNING id"
)


def facts(tx: ReadTx, ids: Sequence[int], day: date) -> tuple[PriceItem, ...]:
    """Items as they are priced on a day, in the order of ``ids``; an unknown one is missing."""
    found = {item.id: item for item in tx.structs(PriceItem, _ITEMS, ids=list(ids), day=day)}
    return tuple(found[id] for id in ids if id in found)


def one_item(tx: ReadTx, item_id: int) -> PriceItem:
    """An item as it is today. Raises ``NotFound``."""
    found = facts(tx, (item_id,), tx.today)
    if not found:
        raise NotFound(kind=N_("Service item"), key=str(item_id))
    return found[0]


def matching(text: str, named: Iterable[tuple[int, str, str]]) -> list[int]:
    """Which of (id, code, name) ``text`` means, best first: the code itself, what begins with it, what contains it.

    A clinic has some hundred to some thousand items, whose spellings are remembered, so that all of them are looked through.
    """
    typed = text.strip().lower().replace(" ", "")
    ranked = []
    for id, code, name in named:
        places = [place for key in (code.lower(), name.lower(), *term_spelling(name)) if (place := key.find(typed)) >= 0]
        if places:
            ranked.append((code.lower() != typed, min(places) > 0, len(name), code, id))
    return [row[-1] for row in sorted(ranked)]


def found_items(tx: ReadTx, text: str, category: str = "", *, also_inactive: bool = False) -> list[int]:
    """The ids of the items that ``text`` means, best first; by code where it is empty."""
    named = tx.rows(_NAMES, category=category, also_inactive=also_inactive)
    if not text.strip():
        return [row[0] for row in named]
    return matching(text, ((id, code, name) for id, code, name in named))


@handles(ListPriceItems)
def list_price_items(tx: ReadTx, request: ListPriceItems) -> PriceList:
    """The price list of a day."""
    day = request.day or tx.today
    ids = found_items(tx, request.text, request.category, also_inactive=request.also_inactive)
    return PriceList(day=day, items=facts(tx, ids[: request.limit], day), more=len(ids) > request.limit)


@handles(AddServiceItem)
def add_service_item(tx: Tx, request: AddServiceItem) -> PriceItem:
    """A new item, charged from today on."""
    from server.prices.validity import check_price, enter_price

    check_price(request.price)
    _check_words(request.category, request.name, request.unit, request.code)
    row = tx.write_one(
        _ADD,
        code=request.code.strip(),
        name=request.name.strip(),
        unit=request.unit.strip(),
        category=request.category,
        price=request.price,
        document=request.document.strip(),
    )
    if row is None:
        raise AlreadyExists(kind=N_("Service item"), key=request.code.strip())
    enter_price(tx, row[0], request.price, tx.today, request.document.strip())
    tx.detail = {"item": row[0], "price": str(request.price)}
    tx.changed(topics.CATALOGUE)
    return one_item(tx, row[0])


@handles(CorrectServiceItem)
def correct_service_item(tx: Tx, request: CorrectServiceItem) -> PriceItem:
    """Other words for an item."""
    _check_words(request.category, request.name, request.unit)
    row = tx.write_one(
        _CORRECT,
        id=request.item_id,
        name=request.name.strip(),
        unit=request.unit.strip(),
        category=request.category,
        active=request.active,
    )
    if row is None:
        raise NotFound(kind=N_("Service item"), key=str(request.item_id))
    tx.detail = {"item": request.item_id, "active": request.active}
    tx.changed(topics.CATALOGUE)
    return one_item(tx, request.item_id)


def _check_words(category: str, *words: str) -> None:
    if category not in SERVICE_CATEGORIES:
        raise FieldWrong(field=N_("Category"), reason=N_("there is no such fee category"))
    if not all(word.strip() for word in words):
        raise FieldWrong(field=N_("Service item"), reason=N_("code, name and unit are needed"))


def check_quantity(quantity: Decimal) -> None:
    """Raises ``FieldWrong`` unless a quantity is above zero, at most 100,000, with at most 4 places."""
    if not 0 < quantity <= 100_000 or quantity.as_tuple().exponent < -4:  # type: ignore[operator]
        raise FieldWrong(field=N_("Quantity"), reason=N_("more than zero, at most four places"))
