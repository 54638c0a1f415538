"""Picking: batches laid aside by first expiry, exchanged for a reason, put back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.picked import packs_of
from common.errors import NotFound
from common.i18n import N_
from common.messages.pharmacy import (
    BatchChoice,
    BatchChoices,
    ChooseBatch,
    ListShelfBatches,
    OpenedPack,
    Pick,
    PickList,
    PickPrescription,
    PutBack,
    ShelfDrug,
)
from server import prescribing, stock_book
from server.db import Read, Write
from server.features import handles
from server.stock_book import picking as book

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from server.db import ReadTx, Tx

#: What a second person looks on at (DOMAIN.md §6.5).
CONTROLLED: Final = ("narcotic", "psychotropic_1")
#: What is owed of a line and lies not aside yet, and what lies aside.
_NEEDS: Final = Read(
    "SELECT l.id, l.drug_id, l.quantity - l.dispensed - l.given_up - k.aside, l.name, l.unit, d.pack_size, d.drug_class <> 'herbal', k.aside,"
    " d.controlled, d.pack_unit, d.high_alert, d.storage"
    " FROM prescription_line l JOIN drug d ON d.id = l.drug_id CROSS JOIN LATERAL (SELECT coalesce(sum(p.quantity), 0) AS aside"
    " FROM pick p WHERE p.prescription_line_id = l.id AND p.state = 'LAID_ASIDE') k WHERE l.prescription_id = %(id)s ORDER BY l.line_no"
)
_WINDOW: Final = Read(
    "SELECT w.name FROM window_queue q JOIN pharmacy_window w ON w.id = q.window_id AND w.open WHERE q.prescription_id = %(id)s"
)
_PICKED: Final = Write("UPDATE prescription SET state = 'PICKED', picker_id = %(by)s, picked_at = %(now)s WHERE id = %(id)s")
_UNPICKED: Final = Write("UPDATE prescription SET state = 'PAID', picker_id = NULL, picked_at = NULL WHERE id = %(id)s")
#: Of each line in the order in which a part of it is handed over, here as there: the desk counts by it which packs are to be scanned.
_PICKS: Final = Read(
    "SELECT k.prescription_line_id, k.batch_id, b.lot, b.expires, k.quantity, d.shelf, k.id, k.reason, k.open_pack_id, o.code, o.remaining"
    " FROM pick k JOIN prescription_line l ON l.id = k.prescription_line_id JOIN stock_batch b ON b.id = k.batch_id JOIN drug d ON d.id = b.drug_id"
    " LEFT JOIN open_pack o ON o.id = k.open_pack_id"
    " WHERE l.prescription_id = %(id)s AND k.state = 'LAID_ASIDE'"
    " ORDER BY d.shelf, l.line_no, k.open_pack_id IS NOT NULL, b.expires, k.batch_id, k.id"
)


def pick_list(tx: ReadTx, prescription_id: int) -> PickList:
    """What lies aside for a prescription, along the shelves."""
    lines = tx.rows(_NEEDS, id=prescription_id)
    picks = tuple(
        Pick(
            line_id=row[0],
            batch_id=row[1],
            lot=row[2],
            expires=row[3],
            quantity=row[4],
            shelf=row[5],
            pick_id=row[6],
            reason=row[7],
            opened=OpenedPack(pack_id=row[8], code=row[9], left=row[10]) if row[8] is not None else None,
        )
        for row in tx.rows(_PICKS, id=prescription_id)
    )
    window = tx.first(_WINDOW, id=prescription_id)
    return PickList(
        prescription=prescribing.one(tx, prescription_id),
        picks=picks,
        packs={row[0]: packs_of((pick.quantity for pick in picks if pick.line_id == row[0]), row[5], pooled=row[6]) for row in lines},
        short={row[0]: row[2] for row in lines if row[2] > 0},
        pack_sizes={row[0]: row[5] for row in lines if row[6]},
        controlled=any(row[8] in CONTROLLED and row[7] > 0 for row in lines),
        window=window[0] if window is not None else "",
        drugs={
            row[0]: ShelfDrug(pack_unit=row[9], pack_size=row[5], controlled=row[8], high_alert=row[10], storage=row[11]) for row in lines
        },
    )


@handles(PickPrescription)
def pick_prescription(tx: Tx, request: PickPrescription) -> PickList:
    """Lay the batches aside that expire first, as far as there are any."""
    row = prescribing.lock(tx, request.prescription_id, "PAID", "PICKED", "PART_DISPENSED")
    lines = tx.rows(_NEEDS, id=request.prescription_id)
    needs = [
        book.ToPick(line_id=line[0], drug_id=line[1], quantity=line[2], drug=line[3], unit=line[4], pack_size=line[5], pooled=line[6])
        for line in lines
        if line[2] > 0
    ]
    laid = book.lay_aside(tx, needs, {line[0]: line[7] for line in lines}) if needs else []
    if row[1] == "PAID":
        tx.write(_PICKED, id=request.prescription_id, by=tx.actor.staff, now=tx.now)
    if laid:
        tx.changed(topics.PRESCRIPTION, request.prescription_id)
    tx.patient_id = row[3]
    return pick_list(tx, request.prescription_id)


# --- another batch -----------------------------------------------------------------------------------------------------------------

_PICK: Final = Read(
    "SELECT l.prescription_id, k.batch_id, k.quantity, k.state, l.name, l.unit, k.location_id, b.drug_id FROM pick k"
    " JOIN prescription_line l ON l.id = k.prescription_line_id JOIN stock_batch b ON b.id = k.batch_id WHERE k.id = %(id)s"
)
_CHOICES: Final = Read(
    "SELECT b.batch_id, s.lot, b.expires, b.on_hand - b.picked + CASE WHEN b.batch_id = %(batch_id)s THEN %(quantity)s ELSE 0 END AS free,"
    " coalesce((SELECT sum(o.remaining) FROM open_pack o WHERE o.batch_id = b.batch_id AND o.location_id = b.location_id), 0) AS opened"
    " FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id WHERE b.location_id = %(location_id)s AND b.drug_id = %(drug_id)s"
    " AND b.expires >= %(today)s AND b.on_hand - b.picked + CASE WHEN b.batch_id = %(batch_id)s THEN %(quantity)s ELSE 0 END >= %(quantity)s"
    " ORDER BY b.expires, b.batch_id LIMIT 9"
)
_LOT: Final = Read("SELECT lot FROM stock_batch WHERE id = %(id)s AND drug_id = %(drug_id)s")


@handles(ListShelfBatches)
def list_shelf_batches(tx: ReadTx, request: ListShelfBatches) -> BatchChoices:
    """The batches that hold enough for a pick."""
    row = tx.one(_PICK, NotFound(kind=N_("Pick"), key=str(request.pick_id)), id=request.pick_id)
    found = tx.structs(BatchChoice, _CHOICES, location_id=row[6], drug_id=row[7], batch_id=row[1], quantity=Decimal(row[2]), today=tx.today)
    return BatchChoices(choices=found)


@handles(ChooseBatch)
def choose_batch(tx: Tx, request: ChooseBatch) -> PickList:
    """Another batch for a pick, with its reason kept on it."""
    missing = NotFound(kind=N_("Pick"), key=str(request.pick_id))
    prescription_id, *_, name, unit, _place, drug_id = tx.one(_PICK, missing, id=request.pick_id)
    row = prescribing.lock(tx, prescription_id, "PICKED", "PART_DISPENSED")
    pick = next((each for each in book.aside(tx, prescription_id) if each.id == request.pick_id), None)
    if pick is None:
        raise missing
    lot = tx.one(_LOT, NotFound(kind=N_("Batch"), key=str(request.batch_id)), id=request.batch_id, drug_id=drug_id)[0]
    book.choose(tx, pick, request.batch_id, str(request.reason), drug=name, lot=lot, unit=unit)
    tx.patient_id = row[3]
    tx.detail = {
        "prescription": row[0],
        "drug": name,
        "quantity": pick.quantity,
        "from_batch": pick.batch_id,
        "to_batch": request.batch_id,
        "reason": request.reason,
    }
    tx.changed(topics.PRESCRIPTION, prescription_id)
    return pick_list(tx, prescription_id)


@handles(PutBack)
def put_back(tx: Tx, request: PutBack) -> PrescriptionFacts:
    """Everything that lies aside for it lies on its shelf again."""
    row = prescribing.lock(tx, request.prescription_id, "PICKED", "PART_DISPENSED")
    if row[1] == "PART_DISPENSED":
        stock_book.release(tx, request.prescription_id)
    picks = book.aside(tx, request.prescription_id)
    book.put_back(tx, picks)
    if row[1] == "PICKED":
        tx.write(_UNPICKED, id=request.prescription_id)
    tx.patient_id = row[3]
    tx.detail = {"picks": len(picks)}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return prescribing.one(tx, request.prescription_id)
