"""The register of narcotics and class I psychotropic drugs 专册. Its rows write themselves: a trigger on stock_move does it, so that no way of
moving stock goes past the register. Here it is read, and what people add to it is written: empties, residues, counts. Nothing deletes any of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.catalogue_errors import CountUnexplained, MoreEmptiesThanOut
from common.domain.dosage import plain
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.controlled import (
    ControlledBatch,
    ControlledStock,
    CountControlled,
    CountFacts,
    Counts,
    DailyUse,
    DailyUseRow,
    GetControlledStock,
    ListCounts,
    ListDailyUse,
    ListRegister,
    PrintRegister,
    RecordEmpties,
    RecordResidue,
    Register,
    RegisterRow,
    RegisterSheet,
    ShiftCountLine,
)
from common.wire import Done
from server import approvals, stock_book
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

MOST: Final = 1000
MOST_COUNTS: Final = 100
RESIDUE, COUNT = "residue", "narcotics_count"

_ROWS: Final = Read(
    "SELECT e.id, e.at, m.kind, m.reverses IS NOT NULL AND m.kind = 'DISPENSE' AS undone, p.code AS place, e.drug_id, e.drug, e.specification,"
    " e.unit, b.lot, b.expires, e.quantity, e.batch_balance, e.drug_balance, e.patient_name, e.sex, e.age, e.id_number, e.record_number, e.disease,"
    " e.prescription_number, e.doctor, s.name AS by, coalesce(c.name, '') AS checker, coalesce(h.alone, '') AS alone, m.document,"
    " coalesce(x.empties, 0) AS empties, coalesce(x.whom, '') AS empties_from, coalesce(r.amount, 0) AS residue,"
    " coalesce(r.unit, d.dose_unit) AS residue_unit, coalesce(r.names, '') AS residue_by"
    " FROM controlled_entry e JOIN stock_move m ON m.id = e.move_id JOIN stock_location p ON p.id = e.location_id JOIN drug d ON d.id = e.drug_id"
    " JOIN stock_batch b ON b.id = e.batch_id JOIN staff s ON s.id = m.staff_id LEFT JOIN hand_over_line o ON o.move_id = m.id"
    " LEFT JOIN hand_over h ON h.id = o.hand_over_id LEFT JOIN staff c ON c.id = h.second_id"
    " LEFT JOIN LATERAL (SELECT sum(y.quantity)::bigint AS empties, string_agg(DISTINCT y.from_whom, '、') AS whom FROM controlled_empty y"
    " WHERE y.entry_id = e.id) x ON true"
    " LEFT JOIN LATERAL (SELECT sum(z.amount) AS amount, min(z.unit) AS unit, string_agg(DISTINCT f.name || '、' || g.name, '；') AS names"
    " FROM controlled_residue z JOIN staff f ON f.id = z.staff_id JOIN staff g ON g.id = z.witness_id WHERE z.entry_id = e.id) r ON true"
    " WHERE e.at >= %(first)s::date AND e.at < %(last)s::date + 1 AND (%(drug_id)s = 0 OR e.drug_id = %(drug_id)s)"
    " AND (%(place)s = '' OR p.code = %(place)s) AND (NOT %(patients)s OR e.prescription_line_id IS NOT NULL)"
    " AND (%(text)s = '' OR strpos(e.patient_name, %(text)s) > 0 OR e.prescription_number = upper(%(text)s) OR b.lot = %(text)s"
    " OR m.document = upper(%(text)s) OR e.record_number = %(text)s) ORDER BY e.id LIMIT %(limit)s"
)
_CLINIC: Final = Read("SELECT coalesce((SELECT name FROM clinic WHERE id = 1), '')")
_DRUG: Final = Read("SELECT name || ' ' || specification FROM drug WHERE id = %(id)s")
_STOCK: Final = Read(
    "SELECT d.id AS drug_id, d.name AS drug, d.specification, d.base_unit AS unit, d.controlled, s.id AS batch_id, s.lot, s.expires, p.code AS place,"
    " b.on_hand FROM stock_balance b JOIN stock_location p ON p.id = b.location_id JOIN stock_batch s ON s.id = b.batch_id"
    " JOIN drug d ON d.id = b.drug_id WHERE d.controlled IN ('narcotic', 'psychotropic_1') AND b.on_hand > 0"
    " AND (%(place)s = '' OR p.code = %(place)s) ORDER BY d.name, d.specification, s.expires, s.id"
)
_DAILY: Final = Read(
    "WITH mine AS (SELECT e.*, m.kind, e.at::date AS day, coalesce((SELECT sum(y.quantity) FROM controlled_empty y WHERE y.entry_id = e.id), 0)"
    " AS empties, (SELECT sum(z.amount) FROM controlled_residue z WHERE z.entry_id = e.id) AS residue,"
    " (SELECT min(z.unit) FROM controlled_residue z WHERE z.entry_id = e.id) AS residue_unit"
    " FROM controlled_entry e JOIN stock_move m ON m.id = e.move_id JOIN stock_location p ON p.id = e.location_id"
    " WHERE e.at >= %(first)s::date AND e.at < %(last)s::date + 1 AND (%(drug_id)s = 0 OR e.drug_id = %(drug_id)s)"
    " AND p.code = CASE %(place)s WHEN '' THEN 'PHARMACY' ELSE %(place)s END)"
    " SELECT day, drug_id, max(drug) AS drug, max(specification) AS specification, max(unit) AS unit,"
    " (array_agg(drug_balance - quantity ORDER BY id))[1] AS opened,"
    " coalesce(sum(quantity) FILTER (WHERE kind IN ('RECEIPT', 'TRANSFER') AND quantity > 0), 0) AS came,"
    " -coalesce(sum(quantity) FILTER (WHERE kind = 'DISPENSE'), 0) AS went,"
    " coalesce(sum(quantity) FILTER (WHERE kind = 'RETURN'), 0) AS back,"
    " coalesce(sum(quantity) FILTER (WHERE kind NOT IN ('DISPENSE', 'RETURN') AND NOT (kind IN ('RECEIPT', 'TRANSFER') AND quantity > 0)), 0)"
    " AS other, (array_agg(drug_balance ORDER BY id DESC))[1] AS closed, sum(empties)::bigint AS empties, coalesce(sum(residue), 0) AS residue,"
    " coalesce(max(residue_unit), '') AS residue_unit FROM mine GROUP BY day, drug_id ORDER BY day DESC, max(drug), drug_id"
)
_LOCK: Final = Write("SELECT pg_advisory_xact_lock(hashtextextended('controlled ' || %(id)s::text, 0))")
_OUT: Final = Read(
    "SELECT e.drug, e.unit, -e.quantity - coalesce((SELECT sum(v.quantity) FROM stock_move v WHERE v.reverses = e.move_id), 0),"
    " coalesce((SELECT sum(y.quantity) FROM controlled_empty y WHERE y.entry_id = e.id), 0), d.dose_per_base, d.dose_unit,"
    " coalesce((SELECT sum(z.amount) FROM controlled_residue z WHERE z.entry_id = e.id), 0), m.kind = 'DISPENSE' AND e.quantity < 0"
    " FROM controlled_entry e JOIN stock_move m ON m.id = e.move_id JOIN drug d ON d.id = e.drug_id WHERE e.id = %(id)s"
)
_EMPTIES: Final = Write(
    "INSERT INTO controlled_empty (entry_id, quantity, from_whom, note, staff_id, at) VALUES (%(id)s, %(quantity)s, %(from_whom)s, %(note)s, %(by)s,"
    " %(at)s)"
)
_RESIDUE: Final = Write(
    "INSERT INTO controlled_residue (entry_id, amount, unit, way, staff_id, witness_id, at) VALUES (%(id)s, %(amount)s, %(unit)s, %(way)s, %(by)s,"
    " %(witness)s, %(at)s)"
)
#: Nobody moves any of it while it is compared with the count.
_HOLD_STILL: Final = Write(
    "SELECT l.drug_id FROM stock_level l JOIN drug d ON d.id = l.drug_id WHERE l.location_id = %(location_id)s"
    " AND d.controlled IN ('narcotic', 'psychotropic_1') ORDER BY l.drug_id FOR UPDATE OF l"
)
_UPTO: Final = Read("SELECT coalesce(max(id), 0) FROM controlled_entry")
_COUNT: Final = Write(
    "INSERT INTO controlled_count (location_id, upto, note, staff_id, taken_by, at) VALUES (%(location_id)s, %(upto)s, %(note)s, %(by)s,"
    " %(taken_by)s, %(at)s) RETURNING id"
)
_COUNT_LINES: Final = Write(
    "INSERT INTO controlled_count_line (count_id, drug_id, batch_id, booked, counted) SELECT %(count_id)s, drug_id, batch_id, booked, counted"
    " FROM unnest(%(drugs)s::bigint[], %(batches)s::bigint[], %(booked)s::numeric[], %(counted)s::numeric[])"
    " AS u(drug_id, batch_id, booked, counted)"
)
_COUNTS: Final = Read(
    "SELECT c.id, c.at, s.name, t.name, c.note FROM controlled_count c JOIN staff s ON s.id = c.staff_id JOIN staff t ON t.id = c.taken_by"
    " WHERE c.at >= %(first)s::date AND c.at < %(last)s::date + 1 ORDER BY c.id DESC LIMIT %(limit)s"
)
_LINES: Final = Read(
    "SELECT l.count_id, d.name AS drug, d.specification, d.base_unit AS unit, b.lot, l.booked, l.counted FROM controlled_count_line l"
    " JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = l.batch_id WHERE l.count_id = ANY(%(ids)s) ORDER BY d.name, b.expires, b.id"
)


@handles(ListRegister)
def list_register(tx: ReadTx, request: ListRegister) -> Register:
    """Rows of some days."""
    return _register(tx, request)


def _register(tx: ReadTx, asked: ListRegister | PrintRegister) -> Register:
    found = tx.structs(
        RegisterRow,
        _ROWS,
        first=asked.first_day,
        last=asked.last_day,
        drug_id=asked.drug_id,
        place=asked.place,
        text=asked.text.strip(),
        patients=asked.patients,
        limit=MOST + 1,
    )
    return Register(clinic=tx.rows(_CLINIC)[0][0], rows=found[:MOST], more=len(found) > MOST)


@handles(PrintRegister)
def print_register(tx: Tx, request: PrintRegister) -> RegisterSheet:
    """The same, for paper; it holds identity numbers, so the trail says who took it."""
    drug = tx.first(_DRUG, id=request.drug_id)
    register = _register(tx, request)
    tx.detail = {"days": f"{request.first_day}..{request.last_day}", "rows": len(register.rows), "drug": drug[0] if drug else ""}
    return RegisterSheet(
        register=register,
        first_day=request.first_day,
        last_day=request.last_day,
        drug=drug[0] if drug else "",
        place=request.place,
        at=tx.now,
        by=tx.actor.name,
    )


@handles(GetControlledStock)
def get_stock(tx: ReadTx, request: GetControlledStock) -> ControlledStock:
    """What is there."""
    return ControlledStock(batches=tx.structs(ControlledBatch, _STOCK, place=request.place))


@handles(ListDailyUse)
def list_daily_use(tx: ReadTx, request: ListDailyUse) -> DailyUse:
    """Day by day."""
    return DailyUse(
        rows=tx.structs(DailyUseRow, _DAILY, first=request.first_day, last=request.last_day, drug_id=request.drug_id, place=request.place)
    )


# --- what comes back, and what is destroyed ----------------------------------------------------------------------------------------


def _handed_over(tx: Tx, entry_id: int) -> Row:
    """The row of a hand-over, held for this transaction. Raises ``NotFound`` and, for what is none, ``FieldWrong``."""
    tx.write(_LOCK, id=entry_id)
    row = tx.one(_OUT, NotFound(kind=N_("Row of the register"), key=str(entry_id)), id=entry_id)
    if not row[7]:
        raise FieldWrong(field=N_("Row of the register"), reason=N_("nothing went to a patient with it"))
    return row


@handles(RecordEmpties)
def record_empties(tx: Tx, request: RecordEmpties) -> Done:
    """Empty ampoules came back."""
    drug, unit, out, back = _handed_over(tx, request.entry_id)[:4]
    note, whom = request.note.strip(), request.from_whom.strip()
    if request.pieces == 0 or not whom:
        raise FieldWrong(field=N_("Empty ampoules"), reason=N_("how many, and from whom"))
    if request.pieces < 0 and not note:
        raise FieldWrong(field=N_("Note"), reason=N_("say why the count is put right"))
    if not 0 <= back + request.pieces <= out:
        raise MoreEmptiesThanOut(drug=drug, out=out, back=Decimal(back), unit=unit)
    tx.write(_EMPTIES, id=request.entry_id, quantity=request.pieces, from_whom=whom, note=note, by=tx.actor.staff, at=tx.now)
    tx.detail = {"drug": drug, "entry": request.entry_id, "empties": request.pieces}
    tx.changed(topics.STOCK)
    return Done()


@handles(RecordResidue)
def record_residue(tx: Tx, request: RecordResidue) -> Done:
    """A residue was destroyed before two people."""
    row = _handed_over(tx, request.entry_id)
    most = row[2] * row[4] - row[6]
    if not request.amount.is_finite() or request.amount <= 0 or request.amount != round(request.amount, 4) or request.amount > most:
        raise FieldWrong(field=N_("Residue"), reason=N_("above zero, and no more than what went out holds"))
    witness = approvals.use(tx, request.approval_id, RESIDUE, request.entry_id, detail=plain(request.amount))
    tx.write(
        _RESIDUE,
        id=request.entry_id,
        amount=request.amount,
        unit=row[5],
        way=request.way.strip(),
        by=tx.actor.staff,
        witness=witness,
        at=tx.now,
    )
    tx.detail = {"drug": row[0], "entry": request.entry_id, "residue": f"{plain(request.amount)} {row[5]}", "witness": witness}
    tx.changed(topics.STOCK)
    return Done()


# --- the change of shifts ----------------------------------------------------------------------------------------------------------


@handles(CountControlled)
def count(tx: Tx, request: CountControlled) -> Done:
    """Compare what two people counted with what the books say, while nobody moves any of it."""
    location_id = stock_book.location(tx)
    tx.write(_HOLD_STILL, location_id=location_id)
    there = {batch.batch_id: batch for batch in tx.structs(ControlledBatch, _STOCK, place=stock_book.PHARMACY)}
    counted = {line.batch_id: line.quantity for line in request.lines}
    if set(counted) != set(there) or len(counted) < len(request.lines):
        raise FieldWrong(field=N_("Count"), reason=N_("every batch that is there, each once; press F5 if goods came meanwhile"))
    if any(not quantity.is_finite() or quantity < 0 or quantity != round(quantity, 4) for quantity in counted.values()):
        raise FieldWrong(field=N_("Count"), reason=N_("not below zero, at most four places"))
    note = request.note.strip()
    differences = [batch for batch in there.values() if counted[batch.batch_id] != batch.on_hand]
    if differences and not note:
        raise _unexplained(differences[0], counted[differences[0].batch_id])
    total = sum(counted.values(), Decimal(0))
    taken_by = approvals.use(tx, request.approval_id, COUNT, len(counted), detail=plain(total))
    _write_count(tx, location_id, there, counted, note, taken_by)
    tx.detail = {"batches": len(counted), "differences": [f"{b.drug} {b.lot}" for b in differences], "taken_by": taken_by}
    return Done()


def _unexplained(batch: ControlledBatch, counted: Decimal) -> CountUnexplained:
    return CountUnexplained(drug=batch.drug, lot=batch.lot, counted=counted, booked=batch.on_hand, unit=batch.unit)


def _write_count(
    tx: Tx, location_id: int, there: dict[int, ControlledBatch], counted: dict[int, Decimal], note: str, taken_by: int
) -> None:
    upto = tx.rows(_UPTO)[0][0]
    row = tx.write_one(_COUNT, location_id=location_id, upto=upto, note=note, by=tx.actor.staff, taken_by=taken_by, at=tx.now)
    assert row is not None
    batches = sorted(there)
    tx.write(
        _COUNT_LINES,
        count_id=row[0],
        drugs=[there[batch].drug_id for batch in batches],
        batches=batches,
        booked=[there[batch].on_hand for batch in batches],
        counted=[counted[batch] for batch in batches],
    )


@handles(ListCounts)
def list_counts(tx: ReadTx, request: ListCounts) -> Counts:
    """Counts with their lines."""
    heads = tx.rows(_COUNTS, first=request.first_day, last=request.last_day, limit=MOST_COUNTS)
    lines: dict[int, list[ShiftCountLine]] = {row[0]: [] for row in heads}
    for row in tx.rows(_LINES, ids=list(lines)):
        lines[row[0]].append(_count_line(row))
    return Counts(
        counts=tuple(CountFacts(id=row[0], at=row[1], by=row[2], taken_by=row[3], note=row[4], lines=tuple(lines[row[0]])) for row in heads)
    )


def _count_line(row: Row) -> ShiftCountLine:
    values: dict[str, Any] = dict(zip(ShiftCountLine.__struct_fields__, row[1:], strict=True))
    return ShiftCountLine(**values)
