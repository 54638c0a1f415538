"""Stock-take 盘点: opened with what the book says, counted blind, finished. What differs is booked in :mod:`server.storeroom.differing`.

A count is compared with the book at its own moment, not with that at the opening: both are the same sum of moves up to a certain one, taken while
the drug's level is locked, so that dispensing goes on between them and no move is missed or counted twice.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.counting_errors import BeingCountedAlready, CountedMeanwhile, LinesNotCounted, OtherCounterNeeded, SecondCountsMissing
from common.errors import AlreadyExists, FieldWrong, NotFound, WrongState
from common.i18n import N_, tr
from common.messages.stock_take import (
    AddFoundBatch,
    Choice,
    CountLine,
    CountSheet,
    FinishCounting,
    GetCountSheet,
    ListStockTakes,
    OpenStockTake,
    SheetLine,
    TakeEntry,
    TakeList,
    VoidStockTake,
)
from server import numbers, stock_book
from server.db import Read, Write
from server.features import handles
from server.stock_book import batches

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

#: So many names are in a refusal's sentence.
NAMED: Final = 5
CLASSES: Final = ("western", "patent", "herbal", "controlled")

#: So many rounds a sheet asks for at most; what is counted once the counting was done has rounds beyond (see server.storeroom.recounting).
ROUNDS: Final = 3
#: Each line's counts, and which one is wanted: the first; a second where it differs; a third where the two differ from each other as well.
COUNTS: Final = (
    f"LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE c.round <= {ROUNDS}) AS n, array_agg(c.quantity + c.aside - c.book ORDER BY c.round) AS d,"
    f" (array_agg(c.staff_id ORDER BY c.round DESC))[1] AS last_by, string_agg(s.name, '、' ORDER BY c.round) AS counters, max(c.round) > {ROUNDS}"
    " AS done FROM stock_take_count c JOIN staff s ON s.id = c.staff_id WHERE c.line_id = l.id) k ON true"
)
WANTED: Final = (
    "CASE WHEN k.done THEN 0 WHEN k.n = 0 THEN 1 WHEN k.n = 1 AND k.d[1] <> 0 THEN 2"
    " WHEN k.n = 2 AND k.d[2] <> 0 AND k.d[2] <> k.d[1] THEN 3 ELSE 0 END"
)
_ENTRY: Final = (
    "SELECT t.id, t.number, p.code AS place, p.name AS place_name, t.choice, t.chosen, t.note, t.state, t.opened_at, o.name AS opened_by,"
    " t.counted_at, coalesce(c.name, '') AS counted_by, coalesce(t.confirmed_at, t.voided_at) AS ended_at,"
    " coalesce(f.name, v.name, '') AS ended_by, coalesce(a.name, '') AS approved_by, t.void_reason, w.lines, w.counted, w.again"
    " FROM stock_take t JOIN stock_location p ON p.id = t.location_id JOIN staff o ON o.id = t.opened_by"
    " LEFT JOIN staff c ON c.id = t.counted_by LEFT JOIN staff f ON f.id = t.confirmed_by LEFT JOIN staff v ON v.id = t.voided_by"
    " LEFT JOIN staff a ON a.id = t.approved_by CROSS JOIN LATERAL (SELECT count(*) AS lines,"
    f" count(*) FILTER (WHERE {WANTED} = 0) AS counted, count(*) FILTER (WHERE {WANTED} > 1) AS again"
    f" FROM stock_take_line l {COUNTS} WHERE l.stock_take_id = t.id) w"
)
_LIST: Final = Read(f"{_ENTRY} ORDER BY t.state IN ('OPEN', 'COUNTED') DESC, t.id DESC LIMIT %(limit)s")
_ONE: Final = Read(f"{_ENTRY} WHERE t.id = %(id)s")
_SHEET_LINE: Final = (
    "SELECT l.id AS line_id, l.drug_id, d.name AS drug, d.code, d.specification, d.manufacturer, d.base_unit, d.pack_unit, d.pack_size, d.shelf,"
    " b.lot, b.expires, CASE WHEN EXISTS (SELECT FROM stock_take_line y JOIN stock_batch o ON o.id = y.batch_id WHERE y.stock_take_id ="
    " l.stock_take_id AND y.id <> l.id AND (o.drug_id, o.lot, o.expires) = (b.drug_id, b.lot, b.expires)) THEN"
    " concat_ws(' · ', nullif(b.supplier, ''), '¥' || trim_scale(b.purchase_price)) ELSE '' END AS delivery,"
    f" {WANTED} AS round, coalesce(k.counters, '') AS counters, {WANTED} > 1 AND k.last_by = %(me)s AS mine"
    f" FROM stock_take_line l JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = l.batch_id {COUNTS}"
)
_SHEET: Final = Read(
    f"{_SHEET_LINE} WHERE l.stock_take_id = %(id)s ORDER BY d.shelf, d.name, d.specification, d.id, b.expires, b.lot, l.id"
)
_ONE_LINE: Final = Read(f"{_SHEET_LINE} WHERE l.id = %(id)s")
_MISSING: Final = Read(
    f"SELECT {WANTED} AS round, d.name, b.lot FROM stock_take_line l JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = l.batch_id"
    f" {COUNTS} WHERE l.stock_take_id = %(id)s AND {WANTED} > 0 ORDER BY d.shelf, d.name, b.expires, l.id"
)

_CHOSEN: Final = Read(
    "SELECT DISTINCT b.drug_id FROM stock_balance b JOIN drug d ON d.id = b.drug_id WHERE b.location_id = %(location_id)s AND b.on_hand > 0"
    " AND CASE %(choice)s WHEN 'ALL' THEN true WHEN 'SHELF' THEN starts_with(d.shelf, %(chosen)s)"
    " WHEN 'CLASS' THEN d.drug_class = %(chosen)s OR %(chosen)s = 'controlled' AND d.controlled <> ''"
    " ELSE d.id = ANY(%(drugs)s) END ORDER BY b.drug_id"
)
_LOCK_LEVELS: Final = Write(
    "SELECT drug_id FROM stock_level WHERE location_id = %(location_id)s AND drug_id = ANY(%(drugs)s) ORDER BY drug_id FOR UPDATE"
)
_ELSEWHERE: Final = Read(
    "SELECT d.name, t.number FROM stock_take t JOIN stock_take_line l ON l.stock_take_id = t.id JOIN drug d ON d.id = l.drug_id"
    " WHERE t.state IN ('OPEN', 'COUNTED') AND t.location_id = %(location_id)s AND t.id <> %(id)s AND l.drug_id = ANY(%(drugs)s)"
    " ORDER BY t.id, d.name LIMIT 1"
)
_OPEN: Final = Write(
    "INSERT INTO stock_take (number, location_id, choice, chosen, note, state, opened_at, opened_by) VALUES (%(number)s, %(location_id)s,"
    " %(choice)s, %(chosen)s, %(note)s, 'OPEN', %(at)s, %(by)s) RETURNING id"
)
_MOVED: Final = "coalesce((SELECT max(m.id) FROM stock_move m WHERE m.batch_id = b.batch_id AND m.location_id = b.location_id), 0)"
_SNAPSHOT: Final = Write(
    "INSERT INTO stock_take_line (stock_take_id, drug_id, batch_id, book, through_move, at, staff_id)"
    f" SELECT %(id)s, b.drug_id, b.batch_id, b.on_hand, {_MOVED}, %(at)s, %(by)s FROM stock_balance b"
    " WHERE b.location_id = %(location_id)s AND b.drug_id = ANY(%(drugs)s) AND b.on_hand > 0 ORDER BY b.drug_id, b.expires, b.batch_id"
)
LOCK: Final = Write("SELECT number, state, location_id FROM stock_take WHERE id = %(id)s FOR UPDATE")
_SHARE: Final = Write("SELECT number, state, location_id FROM stock_take WHERE id = %(id)s FOR SHARE")
_TAKE_OF: Final = Read(
    "SELECT l.stock_take_id, l.drug_id, l.batch_id, d.name, b.lot FROM stock_take_line l JOIN drug d ON d.id = l.drug_id"
    " JOIN stock_batch b ON b.id = l.batch_id WHERE l.id = %(id)s"
)
_BOOK: Final = Read(
    f"SELECT b.on_hand, b.picked, {_MOVED} FROM stock_balance b WHERE b.location_id = %(location_id)s AND b.batch_id = %(batch_id)s"
)
_COUNT: Final = Write(
    "INSERT INTO stock_take_count (line_id, round, quantity, aside, book, through_move, staff_id, at) VALUES (%(line_id)s, %(round)s,"
    " %(quantity)s, %(aside)s, %(book)s, %(through)s, %(by)s, %(at)s) ON CONFLICT (line_id, round) DO NOTHING RETURNING id"
)
_FOUND: Final = Write(
    "INSERT INTO stock_take_line (stock_take_id, drug_id, batch_id, book, through_move, found, at, staff_id) VALUES (%(id)s, %(drug_id)s,"
    " %(batch_id)s, %(book)s, %(through)s, true, %(at)s, %(by)s) ON CONFLICT (stock_take_id, batch_id) DO NOTHING RETURNING id"
)
_DRUG: Final = Read("SELECT name FROM drug WHERE id = %(id)s")
_COUNTED: Final = Write("UPDATE stock_take SET state = 'COUNTED', counted_at = %(at)s, counted_by = %(by)s WHERE id = %(id)s")
_VOID: Final = Write(
    "UPDATE stock_take SET state = 'VOIDED', voided_at = %(at)s, voided_by = %(by)s, void_reason = %(reason)s WHERE id = %(id)s"
)


# --- looking -----------------------------------------------------------------------------------------------------------------------


@handles(ListStockTakes)
def list_stock_takes(tx: ReadTx, request: ListStockTakes) -> TakeList:
    """Those under way, then the newest."""
    return TakeList(takes=tx.structs(TakeEntry, _LIST, limit=request.limit))


def entry(tx: ReadTx, take_id: int) -> TakeEntry:
    """One stock-take. Raises ``NotFound``."""
    found = tx.structs(TakeEntry, _ONE, id=take_id)
    if not found:
        raise NotFound(kind=N_("Stock-take"), key=str(take_id))
    return found[0]


@handles(GetCountSheet)
def get_count_sheet(tx: ReadTx, request: GetCountSheet) -> CountSheet:
    """The lines along the shelves, without what the book says."""
    return CountSheet(take=entry(tx, request.take_id), lines=tx.structs(SheetLine, _SHEET, id=request.take_id, me=tx.actor.staff_id))


def _line(tx: ReadTx, line_id: int) -> SheetLine:
    return tx.structs(SheetLine, _ONE_LINE, id=line_id, me=tx.actor.staff_id)[0]


# --- opening -----------------------------------------------------------------------------------------------------------------------


@handles(OpenStockTake)
def open_stock_take(tx: Tx, request: OpenStockTake) -> TakeEntry:
    """Write the book down, drug by drug under lock, so that no move is half in it."""
    location_id = stock_book.location(tx, request.place)
    chosen = request.chosen.strip()
    if request.choice is Choice.CLASS and chosen not in CLASSES:
        raise FieldWrong(field=N_("Class"), reason=N_("choose one of the list"))
    if request.choice is Choice.SHELF and not chosen:
        raise FieldWrong(field=N_("count|Shelf"), reason=N_("type how the shelf's name begins"))
    rows = tx.rows(_CHOSEN, location_id=location_id, choice=request.choice, chosen=chosen, drugs=list(request.drugs))
    drugs = [row[0] for row in rows]
    if not drugs:
        raise FieldWrong(field=N_("Stock-take"), reason=N_("nothing of this choice lies there"))
    tx.write(_LOCK_LEVELS, location_id=location_id, drugs=drugs)
    _refuse_elsewhere(tx, 0, location_id, drugs)
    number = f"K{numbers.dated(tx, 'stock_take', tx.today, 3)}"
    row = tx.write_one(
        _OPEN,
        number=number,
        location_id=location_id,
        choice=request.choice,
        chosen=chosen,
        note=request.note.strip(),
        at=tx.now,
        by=tx.actor.staff,
    )
    assert row is not None
    lines = tx.count(_SNAPSHOT, id=row[0], location_id=location_id, drugs=drugs, at=tx.now, by=tx.actor.staff)
    tx.detail = {"document": number, "place": request.place, "drugs": len(drugs), "lines": lines}
    tx.changed(topics.STOCK)
    return entry(tx, row[0])


def _refuse_elsewhere(tx: Tx, take_id: int, location_id: int, drugs: list[int]) -> None:
    other = tx.first(_ELSEWHERE, id=take_id, location_id=location_id, drugs=drugs)
    if other is not None:
        raise BeingCountedAlready(drug=other[0], number=other[1])


# --- counting ----------------------------------------------------------------------------------------------------------------------


def lock(tx: Tx, statement: Write, take_id: int, *states: str) -> Row:
    """Lock a stock-take (number, state, place) in one of ``states``. Raises ``NotFound``, ``WrongState``."""
    row = tx.write_one(statement, id=take_id)
    if row is None:
        raise NotFound(kind=N_("Stock-take"), key=str(take_id))
    if row[1] not in states:
        raise WrongState(machine="stock_take", key=row[0], state=row[1])
    return row


def counted_line(tx: ReadTx, line_id: int, quantity: Decimal) -> Row:
    """A line of which so much was counted: stock-take, drug and batch, the drug's name and the lot. Raises ``FieldWrong``, ``NotFound``."""
    if not 0 <= quantity < 10**9 or quantity.as_tuple().exponent < -4:  # type: ignore[operator]
        raise FieldWrong(field=N_("count|Quantity"), reason=N_("not below zero, at most four places"))
    return tx.one(_TAKE_OF, NotFound(kind=N_("count|Line"), key=str(line_id)), id=line_id)


def keep_count(tx: Tx, line_id: int, round: int, quantity: Decimal, book: tuple[Decimal, Decimal, int]) -> int | None:
    """Write a count down with the book of its moment; its id, ``None`` where that round was counted already."""
    on_hand, aside, through = book
    about = {"line_id": line_id, "round": round, "quantity": quantity, "aside": aside, "book": on_hand, "through": through}
    row = tx.write_one(_COUNT, by=tx.actor.staff, at=tx.now, **about)
    return None if row is None else int(row[0])


def book_now(tx: Tx, location_id: int, drug_id: int, batch_id: int) -> tuple[Decimal, Decimal, int]:
    """On hand, laid aside, and up to which move; nobody moves the drug until this transaction ends."""
    tx.write(_LOCK_LEVELS, location_id=location_id, drugs=[drug_id])
    row = tx.first(_BOOK, location_id=location_id, batch_id=batch_id)
    return (Decimal(0), Decimal(0), 0) if row is None else (row[0], row[1], row[2])


@handles(CountLine)
def count_line(tx: Tx, request: CountLine) -> SheetLine:
    """Keep a count with what the book said at the same moment; the reply says whether somebody else has to count again, not why."""
    take_id, drug_id, batch_id, drug, lot = counted_line(tx, request.line_id, request.quantity)
    number, _, location_id = lock(tx, _SHARE, take_id, "OPEN")
    book = book_now(tx, location_id, drug_id, batch_id)
    line = _line(tx, request.line_id)
    if line.round != request.round:
        raise CountedMeanwhile(drug=drug, lot=lot, by=line.counters.rpartition("、")[2])
    if line.mine:
        raise OtherCounterNeeded(drug=drug, lot=lot)
    if keep_count(tx, request.line_id, request.round, request.quantity, book) is None:
        # of a drug that never lay here there is no level to wait for
        raise CountedMeanwhile(drug=drug, lot=lot, by=_line(tx, request.line_id).counters.rpartition("、")[2])
    tx.detail = {"document": number, "drug": drug, "lot": lot, "round": request.round, "quantity": str(request.quantity)}
    tx.changed(topics.STOCK, drug_id)
    return _line(tx, request.line_id)


@handles(AddFoundBatch)
def add_found_batch(tx: Tx, request: AddFoundBatch) -> SheetLine:
    """Put a batch on the sheet that a person found."""
    price = request.purchase_price
    if price is not None and (not 0 <= price < 10**9 or price.as_tuple().exponent < -6):  # type: ignore[operator]
        raise FieldWrong(field=N_("Purchase price"), reason=N_("not below zero"))
    number, _, location_id = lock(tx, _SHARE, request.take_id, "OPEN")
    drug = tx.one(_DRUG, NotFound(kind=N_("Drug"), key=str(request.drug_id)), id=request.drug_id)[0]
    tx.write(_LOCK_LEVELS, location_id=location_id, drugs=[request.drug_id])
    _refuse_elsewhere(tx, request.take_id, location_id, [request.drug_id])
    lot = request.lot.strip()
    batch_id = batches.found(tx, location_id, request.drug_id, lot, request.expires, price)
    book, _, through = book_now(tx, location_id, request.drug_id, batch_id)
    about = {"drug_id": request.drug_id, "batch_id": batch_id, "book": book, "through": through}
    row = tx.write_one(_FOUND, id=request.take_id, at=tx.now, by=tx.actor.staff, **about)
    if row is None:
        raise AlreadyExists(kind=drug, key=lot)
    tx.detail = {"document": number, "drug": drug, "lot": lot}
    tx.changed(topics.STOCK, request.drug_id)
    return _line(tx, row[0])


# --- finishing ---------------------------------------------------------------------------------------------------------------------


@handles(FinishCounting)
def finish_counting(tx: Tx, request: FinishCounting) -> TakeEntry:
    """Everything is counted, where it differed twice, or the person saw what is not."""
    number = lock(tx, LOCK, request.take_id, "OPEN")[0]
    missing = tx.rows(_MISSING, id=request.take_id)
    again = [row for row in missing if row[0] > 1]
    if again:
        raise SecondCountsMissing(count=len(again), first=_named(again))
    if len(missing) != request.leave_out:
        raise LinesNotCounted(count=len(missing), first=_named(missing))
    tx.write(_COUNTED, id=request.take_id, at=tx.now, by=tx.actor.staff)
    tx.detail = {"document": number, "uncounted": len(missing)}
    tx.changed(topics.STOCK)
    return entry(tx, request.take_id)


def _named(lines: list[Row]) -> str:
    named = tr("list separator|, ").join(f"{row[1]} {row[2]}" for row in lines[:NAMED])
    return f"{named} …" if len(lines) > NAMED else named


@handles(VoidStockTake)
def void_stock_take(tx: Tx, request: VoidStockTake) -> TakeEntry:
    """Nothing is booked."""
    number = lock(tx, LOCK, request.take_id, "OPEN", "COUNTED")[0]
    tx.write(_VOID, id=request.take_id, at=tx.now, by=tx.actor.staff, reason=request.reason.strip())
    tx.detail = {"document": number, "reason": request.reason.strip()}
    tx.changed(topics.STOCK)
    return entry(tx, request.take_id)
