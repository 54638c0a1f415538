"""What of a herbal prescription lies aside, how each slice of it is weighed, and what was weighed of just that."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from common.domain.herbal import is_fine, packs_a_dose
from common.errors import NotFound
from common.herbal_errors import NotHerbal
from common.i18n import N_
from common.messages.herbal import BagToCheck, SliceToWeigh, WeighingFacts, Weight
from common.messages.windows import WeighingRule
from server import pharmacy_rules, prescribing
from server.db import Read
from server.herbal.orders import DECOCTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.messages.consult import PrescriptionFacts
    from server.db import ReadTx, Row

_LINES: Final = Read(
    "SELECT l.id, l.name, l.handling, l.advice, d.shelf, trim_scale(round(l.dose / d.dose_per_base, 4)), k.aside,"
    " d.controlled = 'toxic', l.unit, l.quantity, l.dispensed, l.given_up, d.pack_size, d.pack_unit, k.newest"
    " FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(k.quantity), 0) AS aside, coalesce(max(k.id), 0) AS newest FROM pick k"
    " WHERE k.prescription_line_id = l.id AND k.state = 'LAID_ASIDE') k WHERE l.prescription_id = %(id)s ORDER BY d.shelf, l.line_no"
)
_WEIGHTS: Final = Read(
    "SELECT DISTINCT ON (w.prescription_line_id, w.dose) w.prescription_line_id, w.dose, w.target, w.grams, w.by_scale, s.name, w.at,"
    " coalesce(a.name, ''), w.pick_id FROM herbal_weight w JOIN prescription_line l ON l.id = w.prescription_line_id"
    " JOIN staff s ON s.id = w.staff_id LEFT JOIN staff a ON a.id = w.agreed_by WHERE l.prescription_id = %(id)s"
    " ORDER BY w.prescription_line_id, w.dose, w.id DESC"
)
_BAGS: Final = Read(
    "SELECT DISTINCT ON (w.bag) w.bag, w.target, w.grams, w.by_scale, s.name, w.at, coalesce(a.name, ''), w.pick_id, w.reason"
    " FROM herbal_bag w JOIN staff s ON s.id = w.staff_id LEFT JOIN staff a ON a.id = w.agreed_by WHERE w.prescription_id = %(id)s"
    " ORDER BY w.bag, w.id DESC"
)
_ORDER: Final = Read(f"SELECT h.doses, {DECOCTS} FROM herbal_order h WHERE h.prescription_id = %(id)s")
_GRAM: Final = "g"


class Lying(NamedTuple):
    """A slice with what lies aside of it: how much, since which pick, whether that is all that was prescribed, and whether none of it goes out."""

    facts: SliceToWeigh
    aside: Decimal
    newest: int
    whole: bool
    given_up: bool

    @property
    def loose(self) -> bool:
        """Whether it is weighed at all."""
        return not self.facts.count


class Table(NamedTuple):
    """A herbal prescription on the table: its slices along the shelves and its bags."""

    slices: Sequence[Lying]
    bags: Sequence[BagToCheck]
    bags_required: bool
    newest: int

    @property
    def toxic(self) -> bool:
        """Whether anything of it is."""
        return any(each.facts.toxic and each.aside for each in self.slices)

    def unweighed(self, *, required: bool = False) -> str:
        """The first slice that lies aside and was not weighed; ``required``: and has to be."""
        found = (each.facts for each in self.slices if each.aside and each.facts.weight is None)
        return next((each.name for each in found if each.required or not required), "")


class _Order(NamedTuple):
    doses: int
    decoct: bool
    rule: WeighingRule


def table(tx: ReadTx, prescription_id: int) -> Table | None:
    """What lies on the table; ``None`` for a prescription that is none of slices."""
    row = tx.first(_ORDER, id=prescription_id)
    if row is None:
        return None
    order = _Order(row[0], row[1], pharmacy_rules.rules(tx).weighing)
    weights: dict[int, dict[int, Row]] = {}
    for weight in tx.rows(_WEIGHTS, id=prescription_id):
        weights.setdefault(weight[0], {})[weight[1]] = weight
    slices = [_lying(line, order, weights.get(line[0], {})) for line in tx.rows(_LINES, id=prescription_id)]
    newest = max((each.newest for each in slices), default=0)
    gone = all(not each.aside for each in slices)
    bags = _bags(order, slices, {bag[0]: bag for bag in tx.rows(_BAGS, id=prescription_id) if gone or bag[7] == newest})
    strict = order.rule is WeighingRule.ALWAYS or any(each.facts.toxic for each in slices)
    return Table(slices, bags, bool(bags) and strict, newest)


def facts(tx: ReadTx, prescription_id: int) -> WeighingFacts:
    """The prescription on the scale. Raises ``NotFound``, ``NotHerbal``."""
    prescription: PrescriptionFacts = prescribing.one(tx, prescription_id)
    found = table(tx, prescription_id)
    if found is None:
        raise NotHerbal(number=prescription.number)
    lines = {line.id: line for line in prescription.lines}
    left = {line.id: line.quantity - line.dispensed - line.given_up for line in lines.values()}
    return WeighingFacts(
        prescription=prescription,
        slices=tuple(each.facts for each in found.slices),
        short=tuple(each.facts.name for each in found.slices if 0 < each.aside < left[each.facts.line_id]),
        bags=tuple(found.bags),
        bags_required=found.bags_required,
    )


def one(found: Table, line_id: int) -> Lying:
    """A slice of the table. Raises ``NotFound``."""
    for each in found.slices:
        if each.facts.line_id == line_id:
            return each
    raise NotFound(kind=N_("Prescription line"), key=str(line_id))


# --- how each is weighed -----------------------------------------------------------------------------------------------------------


def _lying(line: Row, order: _Order, weights: Mapping[int, Row]) -> Lying:
    aside, quantity, dose, toxic, newest = line[6], line[9], line[5], line[7], line[14]
    target = aside or quantity  # before it is picked, and after it went out: all of it
    count, unit = _count(line, target, dose)
    doses = _doses(line, target, dose) if not count and not order.decoct and (toxic or is_fine(line[1])) else 0
    standing = {place: row for place, row in weights.items() if (row[8] == newest if aside else line[10] > 0)}
    by_dose = tuple(_weight(standing.get(place), dose) for place in range(1, doses + 1))
    slice_ = SliceToWeigh(
        line_id=line[0],
        name=line[1],
        handling=line[2],
        advice=line[3],
        shelf=line[4],
        per_dose=dose,
        target=target,
        toxic=toxic,
        weight=_sum(by_dose) if by_dose else _weight(standing.get(0), target),
        unit=line[8],
        by_dose=by_dose,
        count=count,
        count_unit=unit,
        required=toxic or order.rule is WeighingRule.ALWAYS,
    )
    return Lying(slice_, aside, newest, whole=aside == quantity, given_up=line[11] == quantity)


def _count(line: Row, target: Decimal, dose: Decimal) -> tuple[Decimal, str]:
    """How many packs or pieces, and of what; 0 for what is weighed."""
    if line[8] != _GRAM:
        return target, line[8]
    packs = packs_a_dose(dose, line[12], loose=line[13] == _GRAM)
    return (target / line[12], line[13]) if packs and not target % line[12] else (Decimal(0), "")


def _doses(line: Row, target: Decimal, dose: Decimal) -> int:
    """How many doses lie there, if they are whole ones and more than one."""
    doses = int(target // dose) if not target % dose else 0
    return doses if doses > 1 else 0


def _weight(row: Row | None, target: Decimal) -> Weight | None:
    if row is None or row[2] != target:
        return None
    return Weight(grams=row[3], by_scale=row[4], by=row[5], at=row[6], agreed_by=row[7])


def _sum(by_dose: Sequence[Weight | None]) -> Weight | None:
    """All doses together, once each was weighed; who and when are of the last one."""
    done = [each for each in by_dose if each is not None]
    if len(done) < len(by_dose):
        return None
    last = max(done, key=lambda each: each.at)
    agreed = next((each.agreed_by for each in done if each.agreed_by), "")
    grams = sum((each.grams for each in done), Decimal(0))
    return Weight(grams=grams, by_scale=all(each.by_scale for each in done), by=last.by, at=last.at, agreed_by=agreed)


# --- bags --------------------------------------------------------------------------------------------------------------------------


def _bags(order: _Order, slices: Sequence[Lying], checked: Mapping[int, Row]) -> tuple[BagToCheck, ...]:
    """A bag for each dose that goes home, if all that is loose of it lies there, or has gone out with bags that were checked."""
    loose = [each for each in slices if each.loose and not each.given_up]
    gone = all(not each.aside for each in slices)
    whole = bool(checked) if gone else all(each.whole for each in loose)
    if order.decoct or order.doses == 1 or not loose or not whole:
        return ()
    target = sum((each.facts.per_dose for each in loose), Decimal(0))
    return tuple(_bag(bag, target, checked.get(bag)) for bag in range(1, order.doses + 1))


def _bag(bag: int, target: Decimal, row: Row | None) -> BagToCheck:
    if row is None or row[1] != target:
        return BagToCheck(bag=bag, target=target, weight=None)
    weight = Weight(grams=row[2], by_scale=row[3], by=row[4], at=row[5], agreed_by=row[6])
    return BagToCheck(bag=bag, target=target, weight=weight, reason=row[8])
