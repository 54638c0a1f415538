"""Weighing 称量: slice by slice along the shelves, each weight within the tolerance, by the scale or by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.herbal import off_by
from common.errors import FieldWrong, NotFound
from common.herbal_errors import NotHerbal, SlicesMissing, WeightOff
from common.i18n import N_
from common.messages.herbal import GetWeighing, HerbalEntry, HerbalList, ListHerbal, SliceToWeigh, WeighingFacts, WeighSlice, Weight
from server import approvals, prescribing
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

#: The last weighing of a line counts, if it was of what lies aside now.
_LAST: Final = (
    "LEFT JOIN LATERAL (SELECT w.*, s.name AS who, a.name AS second FROM herbal_weight w JOIN staff s ON s.id = w.staff_id"
    " LEFT JOIN staff a ON a.id = w.agreed_by WHERE w.prescription_line_id = l.id ORDER BY w.id DESC LIMIT 1) w ON true"
)
#: What lies aside of a line: what is weighed for it now.
_ASIDE: Final = (
    "CROSS JOIN LATERAL (SELECT coalesce(sum(k.quantity), 0) AS grams FROM pick k"
    " WHERE k.prescription_line_id = l.id AND k.state = 'LAID_ASIDE') k"
)
_WAITING: Final = Read(
    "SELECT p.id AS prescription_id, p.number, p.patient_id, p.issued->>'patient_name' AS patient_name, p.issued->>'sex' AS sex,"
    " p.issued->>'age' AS age, p.state, h.doses, h.decoct, coalesce(p.paid_at, p.signed_at) AS since,"
    " (SELECT count(*) FROM prescription_line l WHERE l.prescription_id = p.id) AS slices,"
    " (SELECT count(DISTINCT w.prescription_line_id) FROM herbal_weight w JOIN prescription_line l ON l.id = w.prescription_line_id"
    " WHERE l.prescription_id = p.id) AS weighed FROM prescription p JOIN herbal_order h ON h.prescription_id = p.id"
    " WHERE p.state IN ('PAID', 'PICKED') ORDER BY coalesce(p.paid_at, p.signed_at), p.id LIMIT 300"
)
_SLICES: Final = Read(
    "SELECT l.id, l.name, l.handling, l.advice, d.shelf, l.dose, k.grams, d.controlled = 'toxic', w.grams, w.by_scale, w.who, w.at, w.second,"
    " l.quantity - l.dispensed - l.given_up - k.grams, l.quantity FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    f" {_ASIDE} {_LAST} WHERE l.prescription_id = %(id)s ORDER BY d.shelf, l.line_no"
)
_LINE: Final = Read(
    f"SELECT l.prescription_id, l.name, k.grams, d.controlled = 'toxic' FROM prescription_line l JOIN drug d ON d.id = l.drug_id {_ASIDE}"
    " WHERE l.id = %(id)s"
)
_ENTER: Final = Write(
    "INSERT INTO herbal_weight (prescription_line_id, target, grams, by_scale, staff_id, agreed_by, at)"
    " VALUES (%(line_id)s, %(target)s, %(grams)s, %(by_scale)s, %(by)s, %(agreed_by)s, %(at)s)"
)
#: Lines of which something lies aside: whether each was weighed for just that, and whether it is toxic.
_STANDING: Final = Read(
    f"SELECT l.name, w.id IS NOT NULL AND w.target = k.grams, d.controlled = 'toxic' FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    f" {_ASIDE} {_LAST} WHERE l.prescription_id = %(id)s AND k.grams > 0 AND d.drug_class = 'herbal' ORDER BY d.shelf, l.line_no"
)
_PLACES: Final = 10**4


@handles(ListHerbal)
def list_herbal(tx: ReadTx, request: ListHerbal) -> HerbalList:
    """What is paid and waits, longest first."""
    return HerbalList(entries=tx.structs(HerbalEntry, _WAITING))


@handles(GetWeighing)
def get_weighing(tx: ReadTx, request: GetWeighing) -> WeighingFacts:
    """The slices along the shelves with what was weighed."""
    return facts(tx, request.prescription_id)


def facts(tx: ReadTx, prescription_id: int) -> WeighingFacts:
    """The prescription on the scale. Raises ``NotFound``, ``NotHerbal``."""
    prescription = prescribing.one(tx, prescription_id)
    if prescription.herbal is None:
        raise NotHerbal(number=prescription.number)
    rows = tx.rows(_SLICES, id=prescription_id)
    return WeighingFacts(
        prescription=prescription,
        slices=tuple(_slice(row) for row in rows),
        short=tuple(row[1] for row in rows if row[13] > 0 and row[6] > 0),
    )


def _slice(row: Row) -> SliceToWeigh:
    weight = Weight(grams=row[8], by_scale=row[9], by=row[10], at=row[11], agreed_by=row[12] or "") if row[8] is not None else None
    return SliceToWeigh(
        line_id=row[0],
        name=row[1],
        handling=row[2],
        advice=row[3],
        shelf=row[4],
        per_dose=row[5],
        target=row[6] or row[14],  # before it is picked, and after it went out: all of it
        toxic=row[7],
        weight=weight,
    )


@handles(WeighSlice)
def weigh_slice(tx: Tx, request: WeighSlice) -> WeighingFacts:
    """Keep a weight that will do. Raises ``WrongState`` unless the prescription is picked."""
    missing = NotFound(kind=N_("Prescription line"), key=str(request.line_id))
    prescription_id = tx.one(_LINE, missing, id=request.line_id)[0]
    row = prescribing.lock(tx, prescription_id, "PICKED", "PART_DISPENSED")
    _, name, target, toxic = tx.one(_LINE, missing, id=request.line_id)
    if not target:
        raise SlicesMissing(drug=name)
    if request.grams <= 0 or request.grams * _PLACES % 1:
        raise FieldWrong(field=N_("Weight"), reason=N_("more than zero, at most four decimal places"))
    off = off_by(target, request.grams)
    if off:
        raise WeightOff(drug=name, target=target, off=off)
    agreed_by = approvals.use(tx, request.approval_id, "toxic_slice", request.line_id) if toxic else None
    tx.write(
        _ENTER,
        line_id=request.line_id,
        target=target,
        grams=request.grams,
        by_scale=request.by_scale,
        by=tx.actor.staff,
        agreed_by=agreed_by,
        at=tx.now,
    )
    tx.patient_id = row[3]
    tx.detail = {
        "number": row[0],
        "drug": name,
        "target": target,
        "grams": request.grams,
        "by_scale": request.by_scale,
        "agreed_by": agreed_by,
    }
    tx.changed(topics.PRESCRIPTION, prescription_id)
    return facts(tx, prescription_id)


def refuse_unweighed(tx: Tx, prescription_id: int) -> None:
    """Before slices go out: once one was weighed, or one is toxic, all that lies aside is weighed. Raises ``SlicesMissing``.

    A clinic whose slices come in small packs weighs nothing, and hands them over like any other drug.
    """
    standing = tx.rows(_STANDING, id=prescription_id)
    if any(weighed or toxic for _, weighed, toxic in standing):
        for name, weighed, _ in standing:
            if not weighed:
                raise SlicesMissing(drug=name)
