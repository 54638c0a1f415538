"""What a stock-take found: the differences with their value, their booking as 盘盈 and 盘亏, and the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.dosage import plain
from common.errors import WrongState
from common.messages.stock_take import (
    ConfirmStockTake,
    DifferenceLine,
    Differences,
    GetDifferences,
    PrintStockTake,
    RecountLine,
    TakeCopy,
    TakeEntry,
)
from server import approvals
from server.db import Read, Write
from server.features import handles
from server.stock_book import moves
from server.storeroom.counting import LOCK, ROUNDS, book_now, counted_line, entry, keep_count, lock

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

#: The last count is the one that holds. A loss beyond what is free names the prescriptions that hold the drug.
_LINES: Final = Read(
    "WITH counted AS (SELECT l.id, c.*, (SELECT string_agg(s.name, '、' ORDER BY x.round) FROM stock_take_count x"
    " JOIN staff s ON s.id = x.staff_id WHERE x.line_id = l.id) AS counters FROM stock_take_line l JOIN LATERAL (SELECT k.round AS rounds,"
    " k.quantity + k.aside AS counted, k.aside, k.book, k.at FROM stock_take_count k WHERE k.line_id = l.id ORDER BY k.round DESC LIMIT 1) c"
    " ON true WHERE l.stock_take_id = %(id)s), short AS (SELECT l.drug_id FROM stock_take_line l JOIN counted c ON c.id = l.id"
    " JOIN stock_take t ON t.id = l.stock_take_id JOIN stock_level v ON v.location_id = t.location_id AND v.drug_id = l.drug_id"
    " WHERE t.state = 'COUNTED' GROUP BY l.drug_id, v.on_hand, v.reserved HAVING v.on_hand + sum(c.counted - c.book) < v.reserved)"
    " SELECT l.id AS line_id, l.drug_id, d.name AS drug, d.specification, d.base_unit, d.pack_unit, d.pack_size, d.shelf, b.lot, b.expires,"
    " l.found, l.book AS opened_book, coalesce(c.book, l.book) AS book, coalesce(c.aside, 0) AS aside, c.counted,"
    " coalesce(c.counted - c.book, 0) AS difference,"
    " coalesce(round((c.counted - c.book) * b.purchase_price / b.pack_size * 100), 0)::bigint AS value_fen,"
    " coalesce(c.counters, '') AS counters, coalesce(c.rounds, 0) AS rounds, c.at AS counted_at,"
    " CASE WHEN c.counted < c.book AND l.drug_id IN (SELECT s.drug_id FROM short s) THEN coalesce((SELECT string_agg(DISTINCT p.number, '、')"
    " FROM stock_reservation r JOIN prescription_line w ON w.id = r.prescription_line_id JOIN prescription p ON p.id = w.prescription_id"
    " WHERE r.drug_id = l.drug_id AND r.state = 'HELD'), '') ELSE '' END AS holders"
    " FROM stock_take_line l JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = l.batch_id LEFT JOIN counted c ON c.id = l.id"
    " WHERE l.stock_take_id = %(id)s ORDER BY coalesce(c.counted - c.book, 0) = 0, c.id IS NOT NULL, d.shelf, d.name, b.expires, l.id"
)
_CLINIC: Final = Read("SELECT coalesce((SELECT name FROM clinic WHERE id = 1), '')")
_DIFFER: Final = Read(
    "SELECT l.batch_id, c.quantity + c.aside - c.book, round((c.quantity + c.aside - c.book) * b.purchase_price / b.pack_size * 100)::bigint"
    " FROM stock_take_line l JOIN stock_batch b ON b.id = l.batch_id JOIN LATERAL (SELECT * FROM stock_take_count k"
    " WHERE k.line_id = l.id ORDER BY k.round DESC LIMIT 1) c ON true WHERE l.stock_take_id = %(id)s AND c.quantity + c.aside <> c.book"
    " ORDER BY l.drug_id, b.expires, l.batch_id"
)
_CONFIRM: Final = Write(
    "UPDATE stock_take SET state = 'CONFIRMED', confirmed_at = %(at)s, confirmed_by = %(by)s, approved_by = %(agreed_by)s WHERE id = %(id)s"
)
_ROUNDS: Final = Read("SELECT coalesce(max(round), 0) FROM stock_take_count WHERE line_id = %(id)s")
_RECOUNT: Final = Write(
    "INSERT INTO stock_take_recount (count_id, reason, staff_id, agreed_by) VALUES (%(id)s, %(reason)s, %(by)s, %(agreed_by)s)"
)
_PRINT: Final = Write("UPDATE stock_take SET prints = prints + 1 WHERE id = %(id)s RETURNING prints")


@handles(GetDifferences)
def get_differences(tx: ReadTx, request: GetDifferences) -> Differences:
    """What differs, once nobody counts any more."""
    return _differences(tx, request.take_id)


def _differences(tx: ReadTx, take_id: int) -> Differences:
    take = entry(tx, take_id)
    if take.state == "OPEN" or take.counted_at is None:
        raise WrongState(machine="stock_take", key=take.number, state=take.state)
    clinic = tx.rows(_CLINIC)[0][0]
    lines = tx.structs(DifferenceLine, _LINES, id=take_id)
    return Differences(
        clinic=clinic,
        take=take,
        lines=lines,
        gain_fen=sum(line.value_fen for line in lines if line.difference > 0),
        loss_fen=-sum(line.value_fen for line in lines if line.difference < 0),
        uncounted=sum(line.counted is None for line in lines),
    )


@handles(RecountLine)
def recount_line(tx: Tx, request: RecountLine) -> Differences:
    """Keep a count that two persons made; it holds from now on."""
    take_id, drug_id, batch_id, drug, lot = counted_line(tx, request.line_id, request.quantity)
    number, _, location_id = lock(tx, LOCK, take_id, "COUNTED")
    agreed_by = approvals.use(tx, request.approval_id, "stock_recount", request.line_id, detail=plain(request.quantity))
    rounds = tx.rows(_ROUNDS, id=request.line_id)[0][0]
    book = book_now(tx, location_id, drug_id, batch_id)
    count_id = keep_count(tx, request.line_id, max(rounds, ROUNDS) + 1, request.quantity, book)
    tx.write(_RECOUNT, id=count_id, reason=request.reason.strip(), by=tx.actor.staff, agreed_by=agreed_by)
    about = {"document": number, "drug": drug, "lot": lot, "quantity": str(request.quantity)}
    tx.detail = about | {"reason": request.reason.strip(), "agreed_by": agreed_by}
    tx.changed(topics.STOCK, drug_id)
    return _differences(tx, take_id)


@handles(ConfirmStockTake)
def confirm_stock_take(tx: Tx, request: ConfirmStockTake) -> TakeEntry:
    """The book becomes what was there: each difference is one move under the stock-take's number."""
    number, _, location_id = lock(tx, LOCK, request.take_id, "COUNTED")
    rows = tx.rows(_DIFFER, id=request.take_id)
    value = sum(abs(row[2]) for row in rows)
    agreed_by = approvals.use(tx, request.approval_id, "stock_take", request.take_id, value)
    parts = [moves.Part(location_id=location_id, batch_id=row[0], quantity=row[1]) for row in rows]
    if parts:
        moves.post(tx, "ADJUST", number, parts)
    tx.write(_CONFIRM, id=request.take_id, at=tx.now, by=tx.actor.staff, agreed_by=agreed_by)
    gain, loss = sum(row[2] for row in rows if row[1] > 0), -sum(row[2] for row in rows if row[1] < 0)
    tx.detail = {"document": number, "lines": len(rows), "gain_fen": gain, "loss_fen": loss, "agreed_by": agreed_by}
    tx.changed(topics.STOCK)
    return entry(tx, request.take_id)


@handles(PrintStockTake)
def print_stock_take(tx: Tx, request: PrintStockTake) -> TakeCopy:
    """Count a copy."""
    lock(tx, LOCK, request.take_id, "COUNTED", "CONFIRMED")
    row = tx.write_one(_PRINT, id=request.take_id)
    assert row is not None
    differences = _differences(tx, request.take_id)
    tx.detail = {"document": differences.take.number, "copy": row[0]}
    return TakeCopy(differences=differences, copy=row[0], at=tx.now, by=tx.actor.name)
