"""Weighing 称量: slice by slice along the shelves, each weight within the tolerance, by the scale or by hand; then bag by bag 复戥."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.domain.herbal import off_by
from common.errors import FieldWrong, NotFound
from common.herbal_errors import (
    ALTOGETHER,
    BY_DOSE,
    IS_COUNTED,
    ON_THE_SCALE,
    BagOff,
    BagsUnchecked,
    CountOff,
    NoSuchBag,
    NotHerbal,
    NotWeighedSo,
    SlicesMissing,
    WeightOff,
)
from common.i18n import N_
from common.messages.herbal import CountSlice, GetWeighing, HerbalEntry, HerbalList, ListHerbal, WeighBag, WeighingFacts, WeighSlice
from server import approvals, prescribing
from server.db import Read, Write
from server.features import handles
from server.herbal import slices
from server.herbal.orders import DECOCTS

if TYPE_CHECKING:
    from decimal import Decimal

    from common.messages.herbal import SliceToWeigh
    from server.db import ReadTx, Row, Tx
    from server.herbal.slices import Lying, Table

_WAITING: Final = Read(
    "SELECT p.id AS prescription_id, p.number, p.patient_id, p.issued->>'patient_name' AS patient_name, p.issued->>'sex' AS sex,"
    f" p.issued->>'age' AS age, p.state, h.doses, {DECOCTS} AS decoct, coalesce(p.paid_at, p.signed_at) AS since,"
    " (SELECT count(*) FROM prescription_line l WHERE l.prescription_id = p.id) AS slices,"
    " (SELECT count(DISTINCT w.prescription_line_id) FROM herbal_weight w JOIN pick k ON k.id = w.pick_id AND k.state = 'LAID_ASIDE'"
    " JOIN prescription_line l ON l.id = w.prescription_line_id WHERE l.prescription_id = p.id) AS weighed"
    " FROM prescription p JOIN herbal_order h ON h.prescription_id = p.id"
    " WHERE p.state IN ('PAID', 'PICKED') ORDER BY coalesce(p.paid_at, p.signed_at), p.id LIMIT 300"
)
_OF_LINE: Final = Read("SELECT prescription_id FROM prescription_line WHERE id = %(id)s")
_ENTER: Final = Write(
    "INSERT INTO herbal_weight (prescription_line_id, target, grams, by_scale, staff_id, agreed_by, at, dose, counted, pick_id)"
    " VALUES (%(line_id)s, %(target)s, %(grams)s, %(by_scale)s, %(by)s, %(agreed_by)s, %(at)s, %(dose)s, %(counted)s, %(pick_id)s)"
)
_ENTER_BAG: Final = Write(
    "INSERT INTO herbal_bag (prescription_id, bag, target, grams, by_scale, reason, pick_id, staff_id, agreed_by, at) VALUES (%(id)s, %(bag)s,"
    " %(target)s, %(grams)s, %(by_scale)s, %(reason)s, %(pick_id)s, %(by)s, %(agreed_by)s, %(at)s)"
)
_PLACES: Final = 10**4


@handles(ListHerbal)
def list_herbal(tx: ReadTx, request: ListHerbal) -> HerbalList:
    """What is paid and waits, longest first."""
    return HerbalList(entries=tx.structs(HerbalEntry, _WAITING))


@handles(GetWeighing)
def get_weighing(tx: ReadTx, request: GetWeighing) -> WeighingFacts:
    """The slices along the shelves with what was weighed."""
    return slices.facts(tx, request.prescription_id)


@handles(WeighSlice)
def weigh_slice(tx: Tx, request: WeighSlice) -> WeighingFacts:
    """Keep a weight that will do. Raises ``WrongState`` unless the prescription is picked."""
    row, prescription_id, lying = _locked(tx, request.line_id)
    _require_way(lying.facts, request.dose_no)
    target = lying.facts.per_dose if request.dose_no else lying.aside
    _require_grams(request.grams)
    off = off_by(target, request.grams)
    if off:
        raise WeightOff(drug=lying.facts.name, target=target, off=off)
    wanted = {"target": target, "grams": request.grams, "by_scale": request.by_scale, "dose": request.dose_no, "counted": None}
    return _keep(tx, row, prescription_id, lying, request.approval_id, wanted)


@handles(CountSlice)
def count_slice(tx: Tx, request: CountSlice) -> WeighingFacts:
    """So many packs or pieces are there, and they are the right number."""
    row, prescription_id, lying = _locked(tx, request.line_id)
    if not lying.facts.count:
        raise NotWeighedSo(drug=lying.facts.name, reason=ON_THE_SCALE)
    if request.count != lying.facts.count:
        raise CountOff(drug=lying.facts.name, wanted=lying.facts.count, counted=request.count, unit=lying.facts.count_unit)
    wanted = {"target": lying.aside, "grams": lying.aside, "by_scale": False, "dose": 0, "counted": request.count}
    return _keep(tx, row, prescription_id, lying, request.approval_id, wanted)


def _locked(tx: Tx, line_id: int) -> tuple[Row, int, Lying]:
    """A slice of a picked prescription, which is locked. Raises ``NotFound``, ``WrongState``, ``NotHerbal``, ``SlicesMissing``."""
    prescription_id = tx.one(_OF_LINE, NotFound(kind=N_("Prescription line"), key=str(line_id)), id=line_id)[0]
    row, table = _lock(tx, prescription_id)
    lying = slices.one(table, line_id)
    if not lying.aside:
        raise SlicesMissing(drug=lying.facts.name)
    return row, prescription_id, lying


def _lock(tx: Tx, prescription_id: int) -> tuple[Row, Table]:
    row = prescribing.lock(tx, prescription_id, "PICKED", "PART_DISPENSED")
    table = slices.table(tx, prescription_id)
    if table is None:
        raise NotHerbal(number=row[0])
    return row, table


def _require_way(facts: SliceToWeigh, dose: int) -> None:
    reason = IS_COUNTED if facts.count else BY_DOSE if facts.by_dose and not dose else ALTOGETHER if dose and not facts.by_dose else ""
    if reason:
        raise NotWeighedSo(drug=facts.name, reason=reason)
    if dose > len(facts.by_dose):
        raise FieldWrong(field=N_("Dose"), reason=N_("there are not so many doses"))


def _require_grams(grams: Decimal) -> None:
    if grams <= 0 or grams * _PLACES % 1:
        raise FieldWrong(field=N_("Weight"), reason=N_("more than zero, at most four decimal places"))


def _keep(tx: Tx, row: Row, prescription_id: int, lying: Lying, approval_id: int | None, wanted: dict[str, Any]) -> WeighingFacts:
    facts = lying.facts
    dose = wanted["dose"]
    last = all(each is not None or place == dose for place, each in enumerate(facts.by_dose, 1))
    agreed_by = approvals.use(tx, approval_id, "toxic_slice", facts.line_id) if facts.toxic and last else None
    tx.write(_ENTER, line_id=facts.line_id, by=tx.actor.staff, agreed_by=agreed_by, at=tx.now, pick_id=lying.newest, **wanted)
    tx.patient_id = row[3]
    tx.detail = {"number": row[0], "drug": facts.name, "agreed_by": agreed_by, **wanted}
    tx.changed(topics.PRESCRIPTION, prescription_id)
    return slices.facts(tx, prescription_id)


@handles(WeighBag)
def weigh_bag(tx: Tx, request: WeighBag) -> WeighingFacts:
    """复戥: keep the weight of a bag that will do, or that goes out for a reason."""
    row, table = _lock(tx, request.prescription_id)
    bag = next((each for each in table.bags if each.bag == request.bag), None)
    if bag is None:
        raise NoSuchBag(number=row[0], bag=request.bag)
    unweighed = table.unweighed()
    if unweighed:
        raise SlicesMissing(drug=unweighed)
    _require_grams(request.grams)
    off, reason = off_by(bag.target, request.grams), request.reason.strip()
    if off and not reason:
        raise BagOff(bag=bag.bag, target=bag.target, off=off)
    agreed_by = approvals.use(tx, request.approval_id, "uneven_bag", request.prescription_id) if off and table.toxic else None
    kept = {"bag": bag.bag, "target": bag.target, "grams": request.grams, "by_scale": request.by_scale, "reason": reason if off else ""}
    tx.write(_ENTER_BAG, id=request.prescription_id, pick_id=table.newest, by=tx.actor.staff, agreed_by=agreed_by, at=tx.now, **kept)
    tx.patient_id = row[3]
    tx.detail = {"number": row[0], "agreed_by": agreed_by, **kept}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return slices.facts(tx, request.prescription_id)


def refuse_unweighed(tx: Tx, prescription_id: int) -> None:
    """Before slices go out: whatever the clinic's rule wants weighed was weighed, and then bagged evenly; a toxic one always.

    Raises ``SlicesMissing``, ``BagsUnchecked``.
    """
    table = slices.table(tx, prescription_id)
    if table is None:
        return
    unweighed = table.unweighed(required=True)
    if unweighed:
        raise SlicesMissing(drug=unweighed)
    unchecked = next((each.bag for each in table.bags if each.weight is None), 0)
    if table.bags_required and unchecked:
        raise BagsUnchecked(bag=unchecked)
