"""Stock by drug and batch, now and as of a past moment.

A past balance is the sum of the moves until then. ``stock_month`` holds the sums of whole months, kept by a trigger on ``stock_move``, so that
only the moves of the moment's own month are read: the months before it are a few rows for each batch.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.domain.barcodes import TraceCode, read_pack
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.stock import BatchList, BatchStock, DrugStock, ListBatches, ListStock, SetMinStock, StockReport
from common.wire import Done
from server.db import Read, Write, spelling
from server.features import handles
from server.stock_book import PHARMACY, QUARANTINE, STORE, TRANSIT

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from server.db import ReadTx, Tx

#: So many drugs are shown at once.
MOST: Final = 2000

#: What of it lies where; ``{0}`` is the quantity's column.
_PLACES: Final = "".join(
    f" coalesce(sum({{0}}) FILTER (WHERE p.code = '{code}'), 0) AS {name},"
    for code, name in ((PHARMACY, "pharmacy"), (STORE, "stored"), (TRANSIT, "coming"), (QUARANTINE, "aside"))
)
_NOW: Final = (
    f"WITH there AS (SELECT b.batch_id,{_PLACES.format('b.on_hand')} sum(b.on_hand) AS on_hand, sum(b.picked) AS picked"
    " FROM stock_balance b JOIN stock_location p ON p.id = b.location_id WHERE b.on_hand > 0/*narrow*/ GROUP BY b.batch_id),"
    " held AS (SELECT l.drug_id, sum(l.reserved) AS reserved FROM stock_level l GROUP BY l.drug_id)"
)
_PAST: Final = (
    "WITH moved AS (SELECT m.location_id, m.batch_id, m.quantity FROM stock_month m WHERE m.month < %(month)s::date UNION ALL"
    " SELECT v.location_id, v.batch_id, v.quantity FROM stock_move v WHERE v.at >= %(begins)s AND v.at <= %(at)s),"
    f" there AS (SELECT m.batch_id,{_PLACES.format('m.quantity')} sum(m.quantity) AS on_hand, 0::numeric AS picked FROM moved m"
    " JOIN stock_location p ON p.id = m.location_id"
    " GROUP BY m.batch_id HAVING sum(m.quantity) <> 0),"
    " held AS (SELECT 0::bigint AS drug_id, 0::numeric AS reserved WHERE false)"
)
_DRUGS: Final = (
    ", sums AS (SELECT s.drug_id, sum(t.on_hand) AS on_hand, count(*) AS batches, min(s.expires) AS nearest,"
    " sum(CASE WHEN s.expires < %(day)s THEN t.on_hand ELSE t.aside END) AS unusable,"
    " sum(t.pharmacy) FILTER (WHERE s.expires >= %(day)s) AS usable, sum(t.stored) AS stored, sum(t.coming) AS coming, sum(t.aside) AS aside,"
    " sum(t.on_hand * s.purchase_price / s.pack_size) * 100 AS fen FROM there t JOIN stock_batch s ON s.id = t.batch_id GROUP BY s.drug_id)"
    " SELECT d.id AS drug_id, d.code, d.name, d.specification, d.base_unit, d.pack_unit, d.pack_size, d.shelf, d.storage,"
    " coalesce(s.on_hand, 0) AS on_hand, coalesce(h.reserved, 0) AS reserved, coalesce(s.unusable, 0) AS unusable,"
    " greatest(coalesce(s.usable, 0) - coalesce(h.reserved, 0), 0) AS free, coalesce(s.stored, 0) AS stored, coalesce(s.coming, 0) AS coming,"
    " coalesce(s.aside, 0) AS aside, coalesce(s.batches, 0) AS batches, s.nearest, round(coalesce(s.fen, 0), 4)::bigint AS value_fen, d.min_stock"
    " FROM drug d LEFT JOIN sums s ON s.drug_id = d.id LEFT JOIN held h ON h.drug_id = d.id"
    " WHERE (s.drug_id IS NOT NULL OR d.active AND (%(empty)s OR %(now)s AND d.min_stock IS NOT NULL))"
    " AND (%(text)s = '' OR %(named)s <> '' AND strpos(d.name, %(named)s) > 0 OR d.code = upper(%(text)s)"
    " OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s)"
    " OR d.id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s"
    " OR c.kind = 'trace_prefix' AND c.code = %(product)s)) ORDER BY d.name, d.specification, d.id"
)
_BATCHES: Final = (
    " SELECT s.id AS batch_id, s.lot, s.expires, s.supplier, s.received_at, s.purchase_price, t.on_hand, t.picked, t.aside, t.pharmacy,"
    " t.stored, t.coming, round(t.on_hand * s.purchase_price / s.pack_size * 100)::bigint AS value_fen"
    " FROM there t JOIN stock_batch s ON s.id = t.batch_id WHERE s.drug_id = %(drug_id)s ORDER BY s.expires, s.id"
)
_DRUGS_NOW: Final = Read(_NOW + _DRUGS)
DRUGS_PAST: Final = Read(_PAST + _DRUGS)
_BATCHES_NOW: Final = Read(_NOW.replace("/*narrow*/", " AND b.drug_id = %(drug_id)s") + _BATCHES)
_BATCHES_PAST: Final = Read(
    "WITH mine AS (SELECT id FROM stock_batch WHERE drug_id = %(drug_id)s),"
    + _PAST.removeprefix("WITH")
    .replace("m.month <", "m.batch_id IN (SELECT id FROM mine) AND m.month <")
    .replace("v.at >=", "v.batch_id IN (SELECT id FROM mine) AND v.at >=")
    + _BATCHES
)
_SET_MIN: Final = Write("UPDATE drug SET min_stock = %(min_stock)s WHERE id = %(drug_id)s RETURNING name")


@handles(ListStock)
def list_stock(tx: ReadTx, request: ListStock) -> StockReport:
    """Drugs with what is there, by name."""
    text = request.text.strip()
    parameters: dict[str, Any] = {**sought(text), "empty": request.empty, "now": request.at is None, **_moment(tx, request.at)}
    found = tx.structs(DrugStock, _DRUGS_NOW if request.at is None else DRUGS_PAST, **parameters)
    return StockReport(at=request.at or tx.now, drugs=found[:MOST], count=len(found), value_fen=sum(drug.value_fen for drug in found))


def sought(text: str) -> dict[str, Any]:
    """What the words may be: a part of a name, a spelling, a code, or a pack that was scanned."""
    pack = read_pack(text)
    scanned = bool(pack.trace) or pack.article not in ("", text)
    return {
        "text": text,
        "named": "" if scanned else text,
        "article": pack.article,
        "product": TraceCode(pack.trace).product,
        **spelling(text),
    }


@handles(ListBatches)
def list_batches(tx: ReadTx, request: ListBatches) -> BatchList:
    """A drug's batches, first expiry first."""
    statement = _BATCHES_NOW if request.at is None else _BATCHES_PAST
    found = tx.structs(BatchStock, statement, drug_id=request.drug_id, **_moment(tx, request.at))
    return BatchList(drug_id=request.drug_id, batches=found)


def past(at: datetime, zone: tzinfo | None) -> dict[str, Any]:
    """The parameters of a past moment: its day at the clinic, and the month (of UTC) that it lies in."""
    begins = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {"at": at, "day": at.astimezone(zone).date(), "begins": begins, "month": begins.date()}


def _moment(tx: ReadTx, at: datetime | None) -> dict[str, Any]:
    return {"day": tx.today} if at is None else past(at, tx.now.tzinfo)


@handles(SetMinStock)
def set_min_stock(tx: Tx, request: SetMinStock) -> Done:
    """Write down how much there should be at least."""
    least = request.min_stock
    if least is not None and (least < 0 or least.as_tuple().exponent < -4):  # type: ignore[operator]
        raise FieldWrong(field=N_("Minimum stock"), reason=N_("not below zero, at most four places"))
    row = tx.write_one(_SET_MIN, drug_id=request.drug_id, min_stock=least)
    if row is None:
        raise NotFound(kind=N_("Drug"), key=str(request.drug_id))
    tx.changed(topics.STOCK, request.drug_id)
    tx.detail = {"drug": row[0], "min_stock": None if least is None else str(least)}
    return Done()
