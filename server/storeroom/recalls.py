"""Lots that are kept out of use 隔离, and recalls 召回: whom a lot went to, who was called, and what came back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import FieldWrong, NotFound, WrongState
from common.i18n import N_
from common.messages.recalls import (
    CloseRecall,
    GetRecallPatients,
    Held,
    Hold,
    HoldList,
    HoldLot,
    HoldReason,
    ListHolds,
    ListRecalls,
    NoteRecallCall,
    OpenRecall,
    PrintRecallList,
    RecallCopy,
    RecallEntry,
    RecallList,
    RecallOpened,
    RecallPatient,
    RecallPatients,
    Released,
    ReleaseLot,
)
from common.recall_errors import LotKeptOut, LotRecalled, PatientsToCall
from common.wire import Done
from server import approvals, numbers
from server.db import Read, Write
from server.features import handles
from server.stock_book import pulling
from server.stock_book.moves import kept_out
from server.storeroom import ways
from server.storeroom.copies import copies, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import ReadTx, Row, Tx

# --- lots that are kept out of use -------------------------------------------------------------------------------------------------

_THERE: Final = (
    "coalesce((SELECT sum(b.on_hand) FROM stock_balance b JOIN stock_location p ON p.id = b.location_id JOIN stock_batch s ON s.id = b.batch_id"
    " WHERE s.drug_id = q.drug_id AND s.lot = q.lot AND p.code = '{0}'), 0)"
)
_HOLD: Final = (
    "SELECT q.id, q.number, q.drug_id, d.name AS drug, d.specification, d.base_unit, d.pack_unit, d.pack_size, q.lot, q.reason, q.note, q.state,"
    f" q.at, f.name AS by, {_THERE.format('QUARANTINE')} AS aside, {_THERE.format('TRANSIT')} AS elsewhere, coalesce(r.number, '') AS recall,"
    " q.released_at, coalesce(o.name, '') AS released_by, coalesce(a.name, '') AS agreed_by, q.release_note FROM quarantine q"
    " JOIN drug d ON d.id = q.drug_id JOIN staff f ON f.id = q.staff_id LEFT JOIN recall r ON r.id = q.recall_id"
    " LEFT JOIN staff o ON o.id = q.released_by LEFT JOIN staff a ON a.id = q.agreed_by WHERE "
)
_HOLDS: Final = Read(f"{_HOLD}q.state = 'HELD' OR %(released)s ORDER BY q.state, q.id DESC LIMIT 300")
_BY_ID: Final = Read(f"{_HOLD}q.id = ANY(%(ids)s) ORDER BY q.id")
_ENTER: Final = Write(
    "INSERT INTO quarantine (number, drug_id, lot, reason, note, recall_id, state, staff_id, at) VALUES (%(number)s, %(drug_id)s, %(lot)s,"
    " %(reason)s, %(note)s, %(recall_id)s, 'HELD', %(staff_id)s, %(at)s) RETURNING id"
)
_LOCK: Final = Write(
    "SELECT q.number, q.state, q.drug_id, q.lot, r.number, r.withdrawn FROM quarantine q LEFT JOIN recall r ON r.id = q.recall_id"
    " WHERE q.id = %(id)s FOR UPDATE OF q"
)
_RELEASE: Final = Write(
    "UPDATE quarantine SET state = 'RELEASED', released_at = %(at)s, released_by = %(by)s, agreed_by = %(agreed_by)s, release_note = %(note)s"
    " WHERE id = %(id)s"
)


@handles(ListHolds)
def list_holds(tx: ReadTx, request: ListHolds) -> HoldList:
    """Those that hold first."""
    return HoldList(holds=tx.structs(Hold, _HOLDS, released=request.released))


def _holds(tx: ReadTx, ids: Sequence[int]) -> tuple[Hold, ...]:
    return tx.structs(Hold, _BY_ID, ids=list(ids))


@handles(HoldLot)
def hold_lot(tx: Tx, request: HoldLot) -> Held:
    """Nothing of the lot is dispensed from now on."""
    if request.reason is HoldReason.OTHER and not request.note.strip():
        raise FieldWrong(field=N_("hold|Note"), reason=N_("say why the lot is kept out of use"))
    found = ways.entry(tx, request.drug_id, request.lot)
    held = _keep_out(tx, request.drug_id, (request.lot,), request.reason, request.note.strip(), None)
    tx.detail = {"drug": found.drug, "lot": request.lot, **_consequences(held)}
    return held


def _keep_out(tx: Tx, drug_id: int, lots: Sequence[str], reason: str, note: str, recall_id: int | None) -> Held:
    """Write a paper for each lot and take all of it away. The number is taken before the lots are looked at: two such acts wait for each other."""
    ids, papers = [], {}
    for lot in lots:
        number = f"G{numbers.dated(tx, 'quarantine', tx.today, 4)}"
        for (_, known), (paper, drug) in kept_out(tx, {(drug_id, lot)}).items():
            raise LotKeptOut(drug=drug, lot=known, number=paper)
        row = tx.write_one(
            _ENTER,
            number=number,
            drug_id=drug_id,
            lot=lot,
            reason=reason,
            note=note,
            recall_id=recall_id,
            staff_id=tx.actor.staff,
            at=tx.now,
        )
        assert row is not None
        ids.append(row[0])
        papers[lot] = number
    pulled = pulling.pull(tx, drug_id, papers)
    tx.changed(topics.STOCK, drug_id)
    return Held(
        holds=_holds(tx, ids),
        quantity=sum(pulled.quantities.values(), Decimal(0)),
        put_back=pulled.put_back,
        unpaid=pulled.unpaid,
        short=pulled.short,
    )


def _consequences(held: Held) -> dict[str, object]:
    """What the trail keeps of it."""
    return {
        "documents": [hold.number for hold in held.holds],
        "quantity": str(held.quantity),
        "put_back": held.put_back,
        "unpaid": held.unpaid,
        "short": held.short,
    }


@handles(ReleaseLot)
def release_lot(tx: Tx, request: ReleaseLot) -> Released:
    """Two persons say that the lot is good; what the paper took away goes back."""
    row = tx.write_one(_LOCK, id=request.hold_id)
    if row is None:
        raise NotFound(kind=N_("Quarantine"), key=str(request.hold_id))
    number, state, drug_id, lot, recall, withdrawn = row
    if state != "HELD":
        raise WrongState(machine="quarantine", key=number, state=state)
    if recall is not None and not withdrawn:
        raise LotRecalled(lot=lot, number=recall)
    agreed_by = approvals.use(tx, request.approval_id, "release_lot", request.hold_id)
    tx.write(_RELEASE, id=request.hold_id, at=tx.now, by=tx.actor.staff, agreed_by=agreed_by, note=request.note.strip())
    quantity = pulling.let_go(tx, drug_id, lot, number)
    tx.changed(topics.STOCK, drug_id)
    (hold,) = _holds(tx, [request.hold_id])
    tx.detail = {"document": number, "drug": hold.drug, "lot": lot, "quantity": str(quantity), "note": hold.release_note}
    return Released(hold=hold, quantity=quantity)


# --- recalls -----------------------------------------------------------------------------------------------------------------------

#: Everybody who got some of a recall's lots, and what the last call came to. What was never handed over after all is not counted.
_PATIENTS: Final = (
    "SELECT g.*, k.outcome, k.note, k.at AS called_at, k.by AS called_by, coalesce(k.calls, 0) AS calls FROM (SELECT p.patient_id,"
    " -sum(m.quantity) FILTER (WHERE m.kind = 'DISPENSE') AS quantity, coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'RETURN'), 0) AS back,"
    " max(m.at) FILTER (WHERE m.kind = 'DISPENSE' AND m.quantity < 0) AS at, array_agg(DISTINCT s.lot ORDER BY s.lot) AS lots,"
    " array_agg(DISTINCT p.number ORDER BY p.number) AS prescriptions FROM quarantine q JOIN stock_batch s ON s.drug_id = q.drug_id AND s.lot = q.lot"
    " JOIN stock_move m ON m.batch_id = s.id JOIN prescription_line l ON l.id = m.prescription_line_id"
    " JOIN prescription p ON p.id = l.prescription_id WHERE q.recall_id = {0} GROUP BY p.patient_id"
    " HAVING sum(m.quantity) FILTER (WHERE m.kind = 'DISPENSE') < 0) g LEFT JOIN LATERAL (SELECT c.outcome, c.note, c.at, f.name AS by,"
    " count(*) OVER () AS calls FROM recall_call c JOIN staff f ON f.id = c.staff_id WHERE c.recall_id = {0} AND c.patient_id = g.patient_id"
    " ORDER BY c.id DESC LIMIT 1) k ON true"
)
_TO_CALL: Final = "w.quantity > w.back AND coalesce(w.outcome, 'not_reached') = 'not_reached'"
_RECALL: Final = (
    "SELECT r.id, r.number, r.drug_id, d.name AS drug, d.specification, d.base_unit, d.pack_unit, d.pack_size,"
    " ARRAY(SELECT q.lot FROM quarantine q WHERE q.recall_id = r.id ORDER BY q.id) AS lots, r.level, r.issuer, r.document, r.note, r.state, r.at,"
    " f.name AS by, r.at + r.level * interval '24 hours' AS deadline, coalesce(g.out, 0) AS out, coalesce(g.back, 0) AS back,"
    f" (SELECT coalesce(sum({_THERE.format('QUARANTINE')}), 0) FROM quarantine q WHERE q.recall_id = r.id) AS aside,"
    " g.patients, g.to_call, r.closed_at, coalesce(c.name, '') AS closed_by, r.report, r.withdrawn FROM recall r JOIN drug d ON d.id = r.drug_id"
    " JOIN staff f ON f.id = r.staff_id LEFT JOIN staff c ON c.id = r.closed_by CROSS JOIN LATERAL (SELECT sum(w.quantity) AS out,"
    f" sum(w.back) AS back, count(*) AS patients, count(*) FILTER (WHERE {_TO_CALL}) AS to_call FROM ({_PATIENTS.format('r.id')}) w) g WHERE "
)
_RECALLS: Final = Read(
    f"{_RECALL}r.state = 'OPEN' OR %(closed)s ORDER BY r.state = 'CLOSED', CASE r.state WHEN 'OPEN' THEN r.at + r.level * interval '24 hours' END,"
    " r.id DESC LIMIT 200"
)
_RECALL_OF: Final = Read(f"{_RECALL}r.id = %(id)s")
_LIST: Final = Read(
    "SELECT w.patient_id, t.number AS patient_number, t.name AS patient_name, t.sex, t.phone, w.at, w.quantity, w.back, w.lots, w.prescriptions,"
    " w.calls, w.outcome, coalesce(w.note, '') AS note, w.called_at, coalesce(w.called_by, '') AS called_by"
    f" FROM ({_PATIENTS.format('%(id)s')}) w JOIN patient t ON t.id = w.patient_id ORDER BY NOT ({_TO_CALL}), w.calls > 0,"
    " w.outcome IS DISTINCT FROM 'brings_back', w.back >= w.quantity, w.at DESC, w.patient_id"
)
_BEGIN: Final = Write(
    "INSERT INTO recall (number, drug_id, level, issuer, document, note, state, staff_id, at) VALUES (%(number)s, %(drug_id)s, %(level)s,"
    " %(issuer)s, %(document)s, %(note)s, 'OPEN', %(staff_id)s, %(at)s) RETURNING id"
)
_DRUG: Final = Read("SELECT name FROM drug WHERE id = %(id)s")
_OTHERS: Final = Write(
    "SELECT q.id, q.lot, r.number, q.number FROM quarantine q LEFT JOIN recall r ON r.id = q.recall_id WHERE q.drug_id = %(drug_id)s"
    " AND q.lot = ANY(%(lots)s) AND q.state = 'HELD' ORDER BY q.id FOR UPDATE OF q"
)
_TAKE_OVER: Final = Write("UPDATE quarantine SET recall_id = %(recall_id)s WHERE id = ANY(%(ids)s)")
_LOCK_RECALL: Final = Write("SELECT number, state, drug_id FROM recall WHERE id = %(id)s FOR UPDATE")
_CALL: Final = Write(
    "INSERT INTO recall_call (recall_id, patient_id, outcome, note, staff_id, at) VALUES (%(recall_id)s, %(patient_id)s, %(outcome)s, %(note)s,"
    " %(staff_id)s, %(at)s)"
)
_CLOSE: Final = Write(
    "UPDATE recall SET state = 'CLOSED', closed_at = %(at)s, closed_by = %(by)s, report = %(report)s, withdrawn = %(withdrawn)s WHERE id = %(id)s"
)
_COPY: Final = copies("recall_print", "recall_id")
_CLINIC: Final = Read("SELECT coalesce((SELECT name FROM clinic WHERE id = 1), '')")


@handles(ListRecalls)
def list_recalls(tx: ReadTx, request: ListRecalls) -> RecallList:
    """Those that are under way first, the nearest deadline before the others."""
    return RecallList(recalls=tx.structs(RecallEntry, _RECALLS, closed=request.closed))


def _recall(tx: ReadTx, recall_id: int) -> RecallEntry:
    found = tx.structs(RecallEntry, _RECALL_OF, id=recall_id)
    if not found:
        raise NotFound(kind=N_("Recall"), key=str(recall_id))
    return found[0]


@handles(OpenRecall)
def open_recall(tx: Tx, request: OpenRecall) -> RecallOpened:
    """The lots are taken out of use with it; those that are in quarantine already pass over to the recall."""
    drug = tx.one(_DRUG, NotFound(kind=N_("Drug"), key=str(request.drug_id)), id=request.drug_id)[0]
    lots = tuple(dict.fromkeys(lot.strip() for lot in request.lots))
    number = f"H{numbers.dated(tx, 'recall', tx.today, 4)}"
    known = _known(tx, request.drug_id, lots)
    row = tx.write_one(
        _BEGIN,
        number=number,
        drug_id=request.drug_id,
        level=request.level,
        issuer=request.issuer,
        document=request.document,
        note=request.note.strip(),
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    assert row is not None
    tx.write(_TAKE_OVER, recall_id=row[0], ids=list(known.values()))
    fresh = [lot for lot in lots if lot not in known]
    held = _keep_out(tx, request.drug_id, fresh, HoldReason.NOTICE, request.note.strip(), row[0])
    tx.detail = {"document": number, "drug": drug, "lots": lots, "level": request.level, **_consequences(held)}
    return RecallOpened(recall=_recall(tx, row[0]), held=held)


def _known(tx: Tx, drug_id: int, lots: Sequence[str]) -> dict[str, int]:
    """The papers of lots that are kept out of use already. Raises ``FieldWrong``, ``LotRecalled``."""
    if not all(lots):
        raise FieldWrong(field=N_("stock|Lot"), reason=N_("is missing"))
    rows: list[Row] = tx.write(_OTHERS, drug_id=drug_id, lots=list(lots))
    for _, lot, recall, _ in rows:
        if recall is not None:
            raise LotRecalled(lot=lot, number=recall)
    return {row[1]: row[0] for row in rows}


@handles(GetRecallPatients)
def get_recall_patients(tx: ReadTx, request: GetRecallPatients) -> RecallPatients:
    """Those who have some and were not spoken to first, then those who bring it back."""
    recall = _recall(tx, request.recall_id)
    patients = _patients(tx, request.recall_id)
    tx.looked_at = {"document": recall.number, "drug": recall.drug, "lots": recall.lots, "patients": len(patients)}
    return RecallPatients(recall_id=request.recall_id, patients=patients)


def _patients(tx: ReadTx, recall_id: int) -> tuple[RecallPatient, ...]:
    return tx.structs(RecallPatient, _LIST, id=recall_id)


@handles(NoteRecallCall)
def note_recall_call(tx: Tx, request: NoteRecallCall) -> Done:
    """What the patient said, with who called and when."""
    number, drug_id = _lock(tx, request.recall_id)
    if request.patient_id not in {patient.patient_id for patient in _patients(tx, request.recall_id)}:
        raise NotFound(kind=N_("Patient"), key=str(request.patient_id))
    tx.write(
        _CALL,
        recall_id=request.recall_id,
        patient_id=request.patient_id,
        outcome=request.outcome,
        note=request.note.strip(),
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    tx.patient_id = request.patient_id
    tx.detail = {"document": number, "outcome": request.outcome}
    tx.changed(topics.STOCK, drug_id)
    return Done()


def _lock(tx: Tx, recall_id: int) -> tuple[str, int]:
    """A recall that is under way: its number and drug."""
    row = tx.write_one(_LOCK_RECALL, id=recall_id)
    if row is None:
        raise NotFound(kind=N_("Recall"), key=str(recall_id))
    if row[1] != "OPEN":
        raise WrongState(machine="recall", key=row[0], state=row[1])
    return row[0], row[2]


@handles(CloseRecall)
def close_recall(tx: Tx, request: CloseRecall) -> RecallEntry:
    """Nothing is open any more: everybody who has some of it was called at least once."""
    number, drug_id = _lock(tx, request.recall_id)
    waiting = sum(patient.calls == 0 and patient.quantity > patient.back for patient in _patients(tx, request.recall_id))
    if waiting and not request.withdrawn:
        raise PatientsToCall(number=number, count=waiting)
    report = request.report.strip()
    if not report:
        raise FieldWrong(field=N_("recall|Report"), reason=N_("is missing"))
    tx.write(_CLOSE, id=request.recall_id, at=tx.now, by=tx.actor.staff, report=report, withdrawn=request.withdrawn)
    tx.detail = {"document": number, "withdrawn": request.withdrawn}
    tx.changed(topics.STOCK, drug_id)
    return _recall(tx, request.recall_id)


@handles(PrintRecallList)
def print_recall_list(tx: Tx, request: PrintRecallList) -> RecallCopy:
    """Count a copy; who printed it saw every patient on it."""
    if tx.write_one(_LOCK_RECALL, id=request.recall_id) is None:
        raise NotFound(kind=N_("Recall"), key=str(request.recall_id))
    copy = count(tx, _COPY, request.recall_id)
    recall, patients = _recall(tx, request.recall_id), _patients(tx, request.recall_id)
    tx.detail = {"document": recall.number, "copy": copy, "patients": len(patients)}
    return RecallCopy(clinic=tx.rows(_CLINIC)[0][0], recall=recall, patients=patients, copy=copy, at=tx.now, by=tx.actor.name)
