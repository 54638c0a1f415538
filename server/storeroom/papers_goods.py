"""What may be put on a paper, and what should be."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.domain.barcodes import Gs1Code, classify
from common.errors import NotFound
from common.i18n import N_
from common.messages.store_papers import FindPaperGoods, PaperGoods, PaperGoodsList, PaperKind, SuggestPaper
from server import stock_book
from server.db import Read
from server.features import handles
from server.storeroom.papers import SERVED
from server.storeroom.papers_rows import PLACES
from server.storeroom.stock import sought

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.db import ReadTx

MOST: Final = 40
#: A supplier may be asked to take back what expires so soon.
SOON_DAYS: Final = 90

_DRUG: Final = "d.id AS drug_id, d.code, d.name AS drug, d.specification, d.manufacturer, d.base_unit, d.pack_unit, d.pack_size"
#: ``free``: of the batch what is not laid aside, and of the drug no more than is not held for patients.
_BATCH: Final = (
    f"SELECT {_DRUG}, b.batch_id, s.lot, b.expires, o.code AS place, s.supplier, s.purchase_price,"
    " greatest(least(b.on_hand - b.picked, v.on_hand - v.reserved), 0) AS free, b.on_hand AS there, 0::numeric AS suggested"
    " FROM stock_balance b JOIN stock_location o ON o.id = b.location_id JOIN stock_batch s ON s.id = b.batch_id JOIN drug d ON d.id = b.drug_id"
    " JOIN stock_level v ON v.location_id = b.location_id AND v.drug_id = b.drug_id WHERE b.on_hand > 0 AND o.code = ANY(%(places)s)"
    " AND (%(supplier)s = '' OR s.supplier = %(supplier)s)"
)
_MATCHES: Final = (
    "(%(named)s <> '' AND strpos(d.name, %(named)s) > 0 OR d.code = upper(%(text)s) OR d.id IN (SELECT k.drug_id FROM drug_spelling k"
    " WHERE k.key >= %(low)s AND k.key < %(high)s) OR d.id IN (SELECT c.drug_id FROM drug_code c"
    " WHERE c.kind = 'barcode' AND c.code = %(article)s OR c.kind = 'trace_prefix' AND c.code = %(product)s))"
)
_FIND_BATCHES: Final = Read(
    f"{_BATCH} AND (%(text)s = '' OR upper(s.lot) = upper(%(text)s) OR {_MATCHES} AND (%(lot)s = '' OR s.lot = %(lot)s))"
    " ORDER BY strpos(d.name, %(named)s) <> 1, d.name, d.id, b.expires, b.batch_id, o.id LIMIT %(limit)s"
)
#: What the pharmacy has free (not expired, not held), and what the store could send.
_STOCK: Final = (
    " FROM drug d CROSS JOIN LATERAL (SELECT coalesce(sum(b.on_hand) FILTER (WHERE o.code = 'PHARMACY'), 0) - coalesce((SELECT v.reserved"
    " FROM stock_level v JOIN stock_location w ON w.id = v.location_id WHERE w.code = 'PHARMACY' AND v.drug_id = d.id), 0) AS pharmacy,"
    " coalesce(sum(b.on_hand) FILTER (WHERE o.code = 'STORE'), 0) AS store FROM stock_balance b JOIN stock_location o ON o.id = b.location_id"
    " WHERE b.drug_id = d.id AND b.expires >= %(today)s) h"
)
_AS_DRUG: Final = (
    f"SELECT {_DRUG}, NULL::bigint AS batch_id, '' AS lot, NULL::date AS expires, '' AS place, '' AS supplier, 0::numeric AS purchase_price,"
    " greatest(h.pharmacy, 0) AS free, h.store AS there"
)
_FIND_DRUGS: Final = Read(
    f"{_AS_DRUG}, 0::numeric AS suggested{_STOCK} WHERE d.active AND {_MATCHES}"
    " ORDER BY strpos(d.name, %(named)s) <> 1, length(d.name), d.name, d.id LIMIT %(limit)s"
)
#: Below the minimum, after what was asked for already and what comes by itself; in whole packs.
_MISSING: Final = Read(
    f"{_AS_DRUG}, ceil((d.min_stock - greatest(h.pharmacy, 0) - r.asked - c.coming) / d.pack_size) * d.pack_size AS suggested{_STOCK}"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(greatest(l.quantity - u.received, 0)), 0) AS asked FROM stock_paper p"
    f" JOIN stock_paper_line l ON l.paper_id = p.id AND l.version = p.version AND l.drug_id = d.id CROSS JOIN LATERAL {SERVED} u"
    " WHERE p.kind = 'REQUEST' AND p.state = 'OPEN') r"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(l.quantity), 0) AS coming FROM stock_paper p JOIN stock_location o ON o.id = p.goes_to"
    " JOIN stock_paper_line l ON l.paper_id = p.id AND l.version = p.version AND l.drug_id = d.id"
    " WHERE p.kind = 'TRANSFER' AND p.state = 'SENT' AND p.serves IS NULL AND o.code = 'PHARMACY') c"
    " WHERE d.active AND d.min_stock > greatest(h.pharmacy, 0) + r.asked + c.coming ORDER BY h.pharmacy > 0, d.name, d.id LIMIT 200"
)
_WANTED: Final = Read(
    "SELECT l.drug_id, d.name, l.quantity - u.received - u.coming FROM stock_paper p JOIN stock_paper_line l ON l.paper_id = p.id"
    f" AND l.version = p.version JOIN drug d ON d.id = l.drug_id CROSS JOIN LATERAL {SERVED} u WHERE p.number = %(number)s"
    " AND p.kind = 'REQUEST' ORDER BY l.line_no"
)
_TO_SEND: Final = Read(f"{_BATCH} AND b.drug_id = ANY(%(drugs)s) AND b.expires >= %(today)s ORDER BY b.expires, b.batch_id")
#: What stands on drafts already is not suggested twice.
_LEFT: Final = (
    "(SELECT coalesce(sum(l.quantity), 0) FROM stock_paper p JOIN stock_paper_line l ON l.paper_id = p.id AND l.version = p.version"
    " WHERE p.state = 'DRAFT' AND l.batch_id = b.batch_id AND l.location_id = b.location_id)"
)
_DUE: Final = Read(
    f"SELECT * FROM ({_BATCH} AND b.expires <= %(before)s AND b.on_hand - b.picked > {_LEFT}"
    " ORDER BY o.id, b.expires, d.name, b.batch_id) x LIMIT 200"
)


@handles(FindPaperGoods)
def find_goods(tx: ReadTx, request: FindPaperGoods) -> PaperGoodsList:
    """By words or by a pack's code; a code with a lot finds that lot."""
    text = request.text.strip()[:200]
    seen = classify(text)
    asked: dict[str, Any] = {**sought(text), "limit": MOST, "lot": seen.lot if isinstance(seen, Gs1Code) else ""}
    if request.kind is PaperKind.REQUEST:
        return PaperGoodsList(goods=tx.structs(PaperGoods, _FIND_DRUGS, today=tx.today, **asked) if text else ())
    places = [place for place in PLACES[request.kind] if request.place in ("", place)]
    return PaperGoodsList(goods=tx.structs(PaperGoods, _FIND_BATCHES, places=places, supplier=request.supplier, **asked))


@handles(SuggestPaper)
def suggest_paper(tx: ReadTx, request: SuggestPaper) -> PaperGoodsList:
    """What should go on it; a person changes it as they like."""
    if request.kind is PaperKind.REQUEST:
        return PaperGoodsList(goods=tx.structs(PaperGoods, _MISSING, today=tx.today))
    if request.kind is PaperKind.TRANSFER:
        return _to_send(tx, request.serves)
    if request.kind is PaperKind.SUPPLIER_RETURN:
        found = _due(tx, [stock_book.QUARANTINE], None, request.supplier) + _due(
            tx, [stock_book.STORE, stock_book.PHARMACY], SOON_DAYS, request.supplier
        )
        return PaperGoodsList(goods=tuple(found) if request.supplier else ())
    days = -1 if request.kind is PaperKind.DAMAGE else None
    return PaperGoodsList(goods=tuple(_due(tx, list(PLACES[request.kind]), days, "")))


def _due(tx: ReadTx, places: list[str], days: int | None, supplier: str) -> list[PaperGoods]:
    """Batches there that expire within so many days; ``None``: all."""
    from datetime import date, timedelta

    before = date.max if days is None else tx.today + timedelta(days=days)
    found = tx.structs(PaperGoods, _DUE, places=places, supplier=supplier, before=before)
    return [msgspec.structs.replace(goods, suggested=goods.free) for goods in found if goods.free > 0]


def _to_send(tx: ReadTx, number: str) -> PaperGoodsList:
    """First expiry first out of the store, until all that is still wanted is there."""
    wanted = tx.rows(_WANTED, number=number.upper())
    if not wanted:
        raise NotFound(kind=N_("Stock paper"), key=number)
    drugs = [row[0] for row in wanted]
    shelf = tx.structs(PaperGoods, _TO_SEND, places=[stock_book.STORE], supplier="", drugs=drugs, today=tx.today)
    goods: list[PaperGoods] = []
    short = []
    for drug_id, name, open_quantity in wanted:
        taken = list(_first_expiry(open_quantity, [batch for batch in shelf if batch.drug_id == drug_id]))
        goods += taken
        if sum((batch.suggested for batch in taken), Decimal(0)) < open_quantity:
            short.append(name)
    return PaperGoodsList(goods=tuple(goods), short=tuple(short))


def _first_expiry(left: Decimal, batches: Iterable[PaperGoods]) -> Iterable[PaperGoods]:
    for batch in batches:
        part = min(left, batch.free)
        if part > 0:
            left -= part
            yield msgspec.structs.replace(batch, suggested=part)
