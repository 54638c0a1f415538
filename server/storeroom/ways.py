"""The way of a lot 批次追踪: from its supplier through every place to the patients and back, and where the rest of it is; the way of one pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.domain.barcodes import Gs1Code, TraceCode, classify, read_pack
from common.errors import NotFound
from common.i18n import N_
from common.messages.batch_ways import (
    CodeStep,
    FindLots,
    GetLotPatients,
    GetLotWay,
    LotEntry,
    LotList,
    LotWay,
    PlaceBalance,
    WayPatient,
    WayPatients,
    WayStep,
)
from server.db import Read, spelling
from server.features import handles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from server.db import ReadTx, Row

#: So many lots are shown at once, and so many moves of one.
MOST, MOST_MOVES = 200, 3000
#: The two ends of what was carried are written one behind the other, with at most so many other moves of the same paper between them.
_NEAR: Final = 50

_LOTS: Final = (
    "SELECT s.drug_id, d.name AS drug, d.specification, d.base_unit, d.pack_unit, d.pack_size, s.lot, min(s.expires) AS expires,"
    " min(s.received_at) AS received_at, string_agg(DISTINCT s.supplier, '、') FILTER (WHERE s.supplier <> '') AS suppliers,"
    " sum((SELECT coalesce(sum(b.on_hand), 0) FROM stock_balance b WHERE b.batch_id = s.id)) AS on_hand,"
    " coalesce((SELECT q.number FROM quarantine q WHERE q.drug_id = s.drug_id AND q.lot = s.lot AND q.state = 'HELD'), '') AS paper,"
    " coalesce((SELECT r.number FROM quarantine q JOIN recall r ON r.id = q.recall_id WHERE q.drug_id = s.drug_id AND q.lot = s.lot"
    " ORDER BY q.id DESC LIMIT 1), '') AS recall FROM stock_batch s JOIN drug d ON d.id = s.drug_id WHERE "
)
_GROUPED: Final = " GROUP BY s.drug_id, s.lot, d.id"
_LISTED: Final = f"SELECT x.* FROM ({_LOTS}"
_SHOWN: Final = f"{_GROUPED}) x ORDER BY x.on_hand = 0, x.received_at DESC, x.drug, x.lot LIMIT {MOST}"
_BY_WORDS: Final = Read(
    f"{_LISTED}s.lot = %(text)s OR s.lot = upper(%(text)s) OR s.drug_id IN (SELECT n.id FROM drug n WHERE n.code = upper(%(text)s)"
    " OR strpos(n.name, %(text)s) > 0 UNION SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s)"
    f"{_SHOWN}"
)
_BY_PACK: Final = Read(
    f"{_LISTED}s.drug_id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s"
    f" OR c.kind = 'trace_prefix' AND c.code = %(product)s) AND (%(lot)s = '' OR s.lot = %(lot)s){_SHOWN}"
)
_KEPT_OUT: Final = Read(f"{_LISTED}(s.drug_id, s.lot) IN (SELECT q.drug_id, q.lot FROM quarantine q WHERE q.state = 'HELD'){_SHOWN}")
_ONE: Final = Read(f"{_LOTS}s.drug_id = %(drug_id)s AND s.lot = %(lot)s{_GROUPED}")
_OF_CODE: Final = Read(
    f"{_LISTED}s.id IN (SELECT m.batch_id FROM dispensed_code c JOIN stock_move m ON m.prescription_line_id = c.prescription_line_id"
    f" WHERE c.code = %(code)s){_SHOWN}"
)
_CODE: Final = Read(
    "SELECT c.at, p.id AS prescription_id, p.number AS prescription_number, coalesce((SELECT f.name FROM stock_move m"
    " JOIN staff f ON f.id = m.staff_id WHERE m.prescription_line_id = l.id AND m.at = c.at LIMIT 1), o.name, '') AS by, c.split_pack AS split,"
    " ARRAY(SELECT DISTINCT b.lot FROM stock_move m JOIN stock_batch b ON b.id = m.batch_id WHERE m.prescription_line_id = l.id"
    " AND m.kind = 'DISPENSE' AND m.quantity < 0 AND m.at = c.at ORDER BY b.lot) AS lots, c.returned_at,"
    " coalesce((SELECT r.number FROM drug_return_line t JOIN drug_return r ON r.id = t.drug_return_id WHERE t.id = c.return_line_id), '')"
    " AS return_number, c.quarantined FROM dispensed_code c JOIN prescription_line l ON l.id = c.prescription_line_id"
    " JOIN prescription p ON p.id = l.prescription_id LEFT JOIN staff o ON o.id = p.dispenser_id WHERE c.code = %(code)s ORDER BY c.id"
)
_MOVES: Final = Read(
    "SELECT x.*, coalesce(r.supplier, '') AS supplier, coalesce(r.invoice, '') AS invoice, coalesce(r.inspector, '') AS inspector,"
    " l.prescription_id, CASE WHEN x.line IS NULL THEN '{}' ELSE ARRAY(SELECT c.code FROM dispensed_code c"
    " WHERE c.prescription_line_id = x.line AND (x.quantity < 0 AND c.at = x.at OR x.quantity > 0 AND c.returned_at = x.at) ORDER BY c.id) END"
    " FROM (SELECT m.id, m.at, m.kind, p.code AS place, m.quantity, m.document, f.name AS by,"
    " m.batch_id, m.prescription_line_id AS line, m.reverses FROM stock_move m JOIN stock_location p ON p.id = m.location_id"
    " JOIN staff f ON f.id = m.staff_id WHERE m.batch_id IN (SELECT id FROM stock_batch WHERE drug_id = %(drug_id)s AND lot = %(lot)s)"
    f" ORDER BY m.id DESC LIMIT {MOST_MOVES}) x LEFT JOIN stock_receipt r ON x.kind = 'RECEIPT' AND r.number = x.document"
    " LEFT JOIN prescription_line l ON l.id = x.line ORDER BY x.id"
)
_COUNT: Final = Read(
    "SELECT count(*), coalesce(sum(m.quantity), 0) FROM stock_move m"
    " WHERE m.batch_id IN (SELECT id FROM stock_batch WHERE drug_id = %(drug_id)s AND lot = %(lot)s)"
)
_PLACES: Final = Read(
    "SELECT p.code AS place, sum(b.on_hand) AS on_hand, sum(b.picked) AS picked FROM stock_balance b JOIN stock_location p ON p.id = b.location_id"
    " WHERE b.batch_id IN (SELECT id FROM stock_batch WHERE drug_id = %(drug_id)s AND lot = %(lot)s) AND b.on_hand > 0"
    " GROUP BY p.id, p.code ORDER BY p.id"
)
_PATIENTS: Final = Read(
    "SELECT DISTINCT p.id AS prescription_id, p.number AS prescription_number, q.id AS patient_id, q.number AS patient_number,"
    " q.name AS patient_name, q.sex, p.issued->>'age' AS age, q.phone FROM stock_move m JOIN prescription_line l ON l.id = m.prescription_line_id"
    " JOIN prescription p ON p.id = l.prescription_id JOIN patient q ON q.id = p.patient_id"
    " WHERE m.batch_id IN (SELECT id FROM stock_batch WHERE drug_id = %(drug_id)s AND lot = %(lot)s) ORDER BY p.id"
)


@handles(FindLots)
def find_lots(tx: ReadTx, request: FindLots) -> LotList:
    """A pack's code leads to its lot, or to all lots of its drug; one that went out leads to its way as well."""
    text = request.text.strip()
    if not text:
        return LotList(lots=_entries(tx, _KEPT_OUT))
    pack, seen = read_pack(text), classify(text)
    steps = tuple(_code_step(row) for row in tx.rows(_CODE, code=pack.trace)) if pack.trace else ()
    if steps:
        return LotList(lots=_entries(tx, _OF_CODE, code=pack.trace), code=pack.trace, code_steps=steps)
    product = {"article": pack.article, "product": TraceCode(pack.trace).product}
    lot = seen.lot if isinstance(seen, Gs1Code) else ""
    found = (lot and _entries(tx, _BY_PACK, lot=lot, **product)) or _entries(tx, _BY_PACK, lot="", **product)
    if found or pack.trace or lot:
        return LotList(lots=found)
    return LotList(lots=_entries(tx, _BY_WORDS, text=text, **spelling(text)))


def _entries(tx: ReadTx, statement: Read, **parameters: Any) -> tuple[LotEntry, ...]:
    return tx.structs(LotEntry, statement, **parameters)


def _code_step(row: Row) -> CodeStep:
    return CodeStep(**dict(zip(CodeStep.__struct_fields__, (*row[:5], tuple(row[5]), *row[6:]), strict=True)))


def entry(tx: ReadTx, drug_id: int, lot: str) -> LotEntry:
    """A lot. Raises ``NotFound``."""
    found = _entries(tx, _ONE, drug_id=drug_id, lot=lot)
    if not found:
        raise NotFound(kind=N_("stock|Lot"), key=lot)
    return found[0]


@handles(GetLotWay)
def get_lot_way(tx: ReadTx, request: GetLotWay) -> LotWay:
    """Every move, the two ends of what was carried as one."""
    of = {"drug_id": request.drug_id, "lot": request.lot}
    rows = tx.rows(_MOVES, **of)
    count, there = tx.rows(_COUNT, **of)[0]
    return LotWay(
        lot=entry(tx, request.drug_id, request.lot),
        steps=tuple(_steps(rows, there - sum(row[4] for row in rows))),
        earlier=count - len(rows),
        places=tx.structs(PlaceBalance, _PLACES, **of),
    )


def _steps(rows: Sequence[Row], balance: Decimal) -> Iterator[WayStep]:
    """A move out of one place and the one into another, of one batch by one paper at one moment, are one step. ``balance``: what was in the
    house before the first."""
    taken: set[int] = set()
    for place, row in enumerate(rows):
        if row[0] in taken:
            continue
        other = next((o for o in rows[place + 1 : place + _NEAR] if o[0] not in taken and _other_end(row, o)), None)
        if other is None:
            balance += row[4]
        else:
            taken.add(other[0])
        yield _step(row, other, balance)


def _other_end(row: Row, other: Row) -> bool:
    """Whether both were written by one act about one batch, and carry the same quantity."""
    return (row[1], row[2], row[5], row[7], -row[4]) == (other[1], other[2], other[5], other[7], other[4]) and row[8] is None


def _step(row: Row, other: Row | None, balance: Decimal) -> WayStep:
    move_id, at, kind, place, quantity, document, by, _, _, reverses, supplier, invoice, inspector, prescription_id, codes = row
    to_place = ""
    if other is not None:
        place, to_place = (place, other[3]) if quantity < 0 else (other[3], place)
    return WayStep(
        move_id=move_id,
        at=at,
        kind=kind,
        place=place,
        to_place=to_place,
        quantity=quantity if other is None else abs(quantity),
        balance=balance,
        document=document,
        by=by,
        supplier=supplier,
        invoice=invoice,
        inspector=inspector,
        prescription_id=prescription_id,
        codes=tuple(codes),
        undone=reverses is not None and kind == "DISPENSE",
    )


@handles(GetLotPatients)
def get_lot_patients(tx: ReadTx, request: GetLotPatients) -> WayPatients:
    """Everybody who got some of the lot, by prescription."""
    found = entry(tx, request.drug_id, request.lot)
    patients = tx.structs(WayPatient, _PATIENTS, drug_id=request.drug_id, lot=request.lot)
    tx.looked_at = {"drug": found.drug, "lot": request.lot, "patients": len({patient.patient_id for patient in patients})}
    return WayPatients(patients=patients)
