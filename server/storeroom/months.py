"""Month close 月结: the stock account of a calendar month of the clinic, place by place, drug by drug, kind of move by kind of move.

Who closes a month holds every level, so that no move is half in it; a trigger on ``stock_move`` refuses whatever would be dated into a closed
month afterwards. A move carries the moment at which its request began: that is why a month can be closed from five minutes after its end on.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.counting_errors import MonthNotNext, MonthNotOver, PapersOpen
from common.errors import NotFound
from common.i18n import N_
from common.messages.stock_months import (
    CloseStockMonth,
    DrugSum,
    GetStockMonth,
    KindSum,
    ListStockMonths,
    OpenPaper,
    PlaceSum,
    PrintStockMonth,
    ReopenStockMonth,
    StockMonth,
    StockMonthCopy,
    StockMonthEntry,
    StockMonths,
)
from server import approvals, numbers
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

#: No request is under way for longer.
GRACE: Final = timedelta(minutes=5)
#: Papers that have to be done before a month is closed: their states that are not, and when they came to be.
OPEN: Final = {
    N_("Stock-take"): "SELECT number, opened_at AS at FROM stock_take WHERE state IN ('OPEN', 'COUNTED')",
    N_("Price change"): "SELECT number, proposed_at AS at FROM price_change WHERE state = 'PROPOSED'",
    N_("Stock paper"): "SELECT number, at FROM stock_paper WHERE state IN ('DRAFT', 'SENT')",
    N_("month|On the way"): (
        "SELECT DISTINCT m.document AS number, m.at FROM stock_balance b JOIN stock_location p ON p.id = b.location_id AND p.code = 'TRANSIT'"
        " JOIN LATERAL (SELECT v.document, v.at FROM stock_move v WHERE v.batch_id = b.batch_id AND v.location_id = b.location_id"
        " ORDER BY v.id DESC LIMIT 1) m ON true WHERE b.on_hand > 0"
        " AND NOT EXISTS (SELECT FROM stock_paper s WHERE s.number = m.document AND s.state = 'SENT')"
    ),
}

_ENTRY: Final = (
    "SELECT c.id, c.number, c.month, c.closed_at, s.name AS closed_by, c.reopened_at, coalesce(r.name, '') AS reopened_by,"
    " coalesce(a.name, '') AS approved_by, c.reopen_reason, x.opening_fen, x.closing_fen,"
    " c.reopened_at IS NULL AND c.month = (SELECT max(n.month) FROM stock_close n WHERE n.reopened_at IS NULL) AS latest"
    " FROM stock_close c JOIN staff s ON s.id = c.closed_by LEFT JOIN staff r ON r.id = c.reopened_by LEFT JOIN staff a ON a.id = c.approved_by"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(d.opening_fen), 0)::bigint AS opening_fen, coalesce(sum(d.closing_fen), 0)::bigint AS closing_fen"
    " FROM stock_close_drug d WHERE d.close_id = c.id) x"
)
_LIST: Final = Read(f"{_ENTRY} ORDER BY c.id DESC LIMIT 240")
_ONE: Final = Read(f"{_ENTRY} WHERE c.id = %(id)s")
_LAST: Final = Read("SELECT max(month), (SELECT min(at) FROM stock_move) FROM stock_close WHERE reopened_at IS NULL")
_OPEN: Final = Read(
    " UNION ALL ".join(f"SELECT '{kind}' AS kind, o.number FROM ({sql}) o WHERE o.at < %(ends)s" for kind, sql in OPEN.items())
    + " ORDER BY kind, number"
)
_ONE_AT_A_TIME: Final = Write("SELECT pg_advisory_xact_lock(hashtextextended('stock close', 0))")
_LOCK_LEVELS: Final = Write("SELECT 1 FROM stock_level ORDER BY drug_id, location_id FOR UPDATE")
_CLOSE: Final = Write(
    "INSERT INTO stock_close (number, month, begins, ends, closed_at, closed_by) VALUES (%(number)s, %(month)s, %(begins)s, %(ends)s, %(at)s,"
    " %(by)s) RETURNING id"
)
#: Each batch as the month began, and each move with what the batch's value at that place was before and after it.
_ACCOUNT: Final = (
    "WITH began AS (SELECT x.location_id, x.batch_id, sum(x.quantity) AS quantity FROM (SELECT m.location_id, m.batch_id, m.quantity"
    " FROM stock_month m WHERE m.month < %(sums_until)s UNION ALL SELECT v.location_id, v.batch_id, v.quantity FROM stock_move v"
    " WHERE v.at >= %(sums_end)s AND v.at < %(begins)s) x GROUP BY x.location_id, x.batch_id),"
    " priced AS (SELECT b.id, b.drug_id, b.purchase_price / b.pack_size * 100 AS fen FROM stock_batch b),"
    " moved AS (SELECT v.location_id, v.batch_id, v.kind, v.quantity, coalesce(o.quantity, 0) + sum(v.quantity) OVER (PARTITION BY"
    " v.location_id, v.batch_id ORDER BY v.at, v.id) AS after FROM stock_move v LEFT JOIN began o ON o.location_id = v.location_id"
    " AND o.batch_id = v.batch_id WHERE v.at >= %(begins)s AND v.at < %(ends)s),"
    " valued AS (SELECT m.location_id, p.drug_id, m.kind, m.quantity, round(m.after * p.fen) - round((m.after - m.quantity) * p.fen) AS fen"
    " FROM moved m JOIN priced p ON p.id = m.batch_id)"
)
_DRUGS: Final = Write(
    f"{_ACCOUNT}, opened AS (SELECT o.location_id, p.drug_id, sum(o.quantity) AS quantity, sum(round(o.quantity * p.fen)) AS fen FROM began o"
    " JOIN priced p ON p.id = o.batch_id GROUP BY o.location_id, p.drug_id HAVING bool_or(o.quantity <> 0)), summed AS (SELECT v.location_id,"
    " v.drug_id, sum(v.quantity) AS quantity, sum(v.fen) AS fen FROM valued v GROUP BY v.location_id, v.drug_id)"
    " INSERT INTO stock_close_drug (close_id, location_id, drug_id, opening, opening_fen, closing, closing_fen) SELECT %(id)s, location_id,"
    " drug_id, coalesce(o.quantity, 0), coalesce(o.fen, 0), coalesce(o.quantity, 0) + coalesce(s.quantity, 0),"
    " coalesce(o.fen, 0) + coalesce(s.fen, 0) FROM opened o FULL JOIN summed s USING (location_id, drug_id)"
)
_MOVES: Final = Write(
    f"{_ACCOUNT} INSERT INTO stock_close_move (close_id, location_id, drug_id, kind, came, came_fen, went, went_fen) SELECT %(id)s, v.location_id,"
    " v.drug_id, v.kind, coalesce(sum(v.quantity) FILTER (WHERE v.quantity > 0), 0), coalesce(sum(v.fen) FILTER (WHERE v.quantity > 0), 0),"
    " -coalesce(sum(v.quantity) FILTER (WHERE v.quantity < 0), 0), -coalesce(sum(v.fen) FILTER (WHERE v.quantity < 0), 0)"
    " FROM valued v GROUP BY v.location_id, v.drug_id, v.kind"
)
_KINDS: Final = Read(
    "SELECT p.code, m.kind, sum(m.came_fen)::bigint, sum(m.went_fen)::bigint FROM stock_close_move m JOIN stock_location p ON p.id = m.location_id"
    " WHERE m.close_id = %(id)s GROUP BY p.id, p.code, m.kind ORDER BY p.id, array_position(ARRAY['RECEIPT', 'DISPENSE', 'RETURN', 'TRANSFER',"
    " 'ADJUST', 'DAMAGE', 'DESTROY', 'SUPPLIER_RETURN'], m.kind)"
)
_PLACES: Final = Read(
    "SELECT p.code, sum(d.opening_fen)::bigint, sum(d.closing_fen)::bigint FROM stock_close_drug d JOIN stock_location p ON p.id = d.location_id"
    " WHERE d.close_id = %(id)s GROUP BY p.id, p.code ORDER BY p.id"
)
_SUMS: Final = Read(
    "SELECT p.code AS place, c.drug_id, d.code, d.name AS drug, d.specification, d.base_unit, d.pack_unit, d.pack_size, c.opening, c.opening_fen,"
    " coalesce(m.came, 0) AS came, coalesce(m.came_fen, 0)::bigint AS came_fen, coalesce(m.went, 0) AS went,"
    " coalesce(m.went_fen, 0)::bigint AS went_fen, c.closing, c.closing_fen FROM stock_close_drug c JOIN stock_location p ON p.id = c.location_id"
    " JOIN drug d ON d.id = c.drug_id LEFT JOIN LATERAL (SELECT sum(x.came) AS came, sum(x.came_fen) AS came_fen, sum(x.went) AS went,"
    " sum(x.went_fen) AS went_fen FROM stock_close_move x WHERE x.close_id = c.close_id AND x.location_id = c.location_id"
    " AND x.drug_id = c.drug_id) m ON true WHERE c.close_id = %(id)s ORDER BY p.id, d.name, d.specification, d.id"
)
_CLINIC: Final = Read("SELECT coalesce((SELECT name FROM clinic WHERE id = 1), '')")
_LOCK: Final = Write("SELECT month, reopened_at FROM stock_close WHERE id = %(id)s FOR UPDATE")
_REOPEN: Final = Write(
    "UPDATE stock_close SET reopened_at = %(at)s, reopened_by = %(by)s, approved_by = %(agreed_by)s, reopen_reason = %(reason)s WHERE id = %(id)s"
)
_PRINT: Final = Write("UPDATE stock_close SET prints = prints + 1 WHERE id = %(id)s RETURNING prints")


@handles(ListStockMonths)
def list_stock_months(tx: ReadTx, request: ListStockMonths) -> StockMonths:
    """Newest first, and the month whose turn it is with what is open of it."""
    month = _next(tx)
    ends = _bounds(tx, month)["ends"]
    papers = tx.structs(OpenPaper, _OPEN, ends=ends)
    return StockMonths(months=tx.structs(StockMonthEntry, _LIST), next=month, over=tx.now >= ends + GRACE, papers=papers)


@handles(GetStockMonth)
def get_stock_month(tx: ReadTx, request: GetStockMonth) -> StockMonth:
    """One month's account."""
    return account(tx, request.close_id)


def account(tx: ReadTx, close_id: int) -> StockMonth:
    """A closed month. Raises ``NotFound``."""
    found = tx.structs(StockMonthEntry, _ONE, id=close_id)
    if not found:
        raise NotFound(kind=N_("Month"), key=str(close_id))
    kinds: dict[str, list[KindSum]] = {}
    for place, kind, came, went in tx.rows(_KINDS, id=close_id):
        kinds.setdefault(place, []).append(KindSum(kind=kind, came_fen=came, went_fen=went))
    places = tuple(
        PlaceSum(place=place, opening_fen=opening, kinds=tuple(kinds.get(place, ())), closing_fen=closing)
        for place, opening, closing in tx.rows(_PLACES, id=close_id)
    )
    return StockMonth(clinic=tx.rows(_CLINIC)[0][0], entry=found[0], places=places, drugs=tx.structs(DrugSum, _SUMS, id=close_id))


def _next(tx: ReadTx) -> date:
    """The month behind the latest closed one; where none is, the one in which the first goods came."""
    last, first_move = tx.rows(_LAST)[0]
    if last is not None:
        return _following(last)
    return (first_move or tx.now).astimezone(tx.now.tzinfo).date().replace(day=1)


def _following(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _bounds(tx: ReadTx, month: date) -> dict[str, Any]:
    """A month's first moment and the first one behind it, in the clinic's zone; and up to where the sums of whole months (of UTC) reach."""
    begins = datetime(month.year, month.month, 1, tzinfo=tx.now.tzinfo)
    after = _following(month)
    sums_end = begins.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "begins": begins,
        "ends": datetime(after.year, after.month, 1, tzinfo=tx.now.tzinfo),
        "sums_end": sums_end,
        "sums_until": sums_end.date(),
    }


@handles(CloseStockMonth)
def close_stock_month(tx: Tx, request: CloseStockMonth) -> StockMonth:
    """Add up, write down, and let nothing be dated into it any more."""
    month = request.month.replace(day=1)
    tx.write(_ONE_AT_A_TIME)
    following, bounds = _next(tx), _bounds(tx, month)
    if month != following:
        raise MonthNotNext(month=f"{following:%Y-%m}")
    if tx.now < bounds["ends"] + GRACE:
        raise MonthNotOver(month=f"{month:%Y-%m}")
    tx.write(_LOCK_LEVELS)
    papers = tx.structs(OpenPaper, _OPEN, ends=bounds["ends"])
    if papers:
        raise PapersOpen(month=f"{month:%Y-%m}", papers=[f"{paper.kind}\t{paper.number}" for paper in papers[:10]])
    number = f"M{numbers.dated(tx, 'stock_close', tx.today, 3)}"
    row = tx.write_one(_CLOSE, number=number, month=month, begins=bounds["begins"], ends=bounds["ends"], at=tx.now, by=tx.actor.staff)
    assert row is not None
    tx.write(_DRUGS, id=row[0], **bounds)
    tx.write(_MOVES, id=row[0], **bounds)
    closed = account(tx, row[0])
    tx.detail = {"document": number, "month": f"{month:%Y-%m}", "drugs": len(closed.drugs), "value_fen": closed.entry.closing_fen}
    tx.changed(topics.STOCK)
    return closed


@handles(ReopenStockMonth)
def reopen_stock_month(tx: Tx, request: ReopenStockMonth) -> StockMonthEntry:
    """Only the latest; what was closed stays written down."""
    tx.write(_ONE_AT_A_TIME)
    row = tx.write_one(_LOCK, id=request.close_id)
    if row is None:
        raise NotFound(kind=N_("Month"), key=str(request.close_id))
    last = tx.rows(_LAST)[0][0]
    if row[1] is not None or row[0] != last:
        raise MonthNotNext(month=f"{last:%Y-%m}" if last else f"{row[0]:%Y-%m}")
    agreed_by = approvals.use(tx, request.approval_id, "stock_month", request.close_id)
    tx.write(_REOPEN, id=request.close_id, at=tx.now, by=tx.actor.staff, agreed_by=agreed_by, reason=request.reason.strip())
    tx.detail = {"month": f"{row[0]:%Y-%m}", "reason": request.reason.strip(), "agreed_by": agreed_by}
    tx.changed(topics.STOCK)
    return tx.structs(StockMonthEntry, _ONE, id=request.close_id)[0]


@handles(PrintStockMonth)
def print_stock_month(tx: Tx, request: PrintStockMonth) -> StockMonthCopy:
    """Count a copy."""
    row = tx.write_one(_PRINT, id=request.close_id)
    if row is None:
        raise NotFound(kind=N_("Month"), key=str(request.close_id))
    month = account(tx, request.close_id)
    tx.detail = {"document": month.entry.number, "copy": row[0]}
    return StockMonthCopy(month=month, copy=row[0], at=tx.now, by=tx.actor.name)
