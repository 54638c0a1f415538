"""Handing over: every pack scanned or explained, a second person where the law wants one, and what is not there stays owed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common import topics
from common.dispensing_errors import HandOverWrong, NothingToHandOver, PromiseNeeded
from common.domain.barcodes import read_pack
from common.domain.picked import going as going_of
from common.errors import NotFound
from common.i18n import N_
from common.messages.pharmacy import CheckPack, Dispense, Dispensed, GetLabels
from common.wire import Done
from server import approvals, prescribing
from server.db import Read, Write
from server.dispensing import codes, labels, owed
from server.dispensing.picking import CONTROLLED
from server.features import handles
from server.herbal import weighing as herbal_weighing
from server.insurance_desk import entering
from server.stock_book import open_packs
from server.stock_book import picking as book

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.db import ReadTx, Tx
    from server.stock_book.picking import Aside, Going, Gone

#: Why a quantity cannot be handed over.
NOT_SO_MUCH: Final = N_("hand over|so much of it does not lie aside")
NOT_ITS_PLACES: Final = N_("hand over|at most four decimal places")

_PLACES: Final = 10**4
_LINE: Final = Read(
    "SELECT l.id, l.drug_id, l.name, l.unit, d.pack_size, d.drug_class <> 'herbal' FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    " WHERE l.id = %(line_id)s"
)
_LINES: Final = Read(
    "SELECT l.id, l.drug_id, l.name, l.unit, d.pack_size, d.drug_class <> 'herbal', l.quantity - l.dispensed - l.given_up, d.controlled"
    " FROM prescription_line l JOIN drug d ON d.id = l.drug_id WHERE l.prescription_id = %(id)s ORDER BY l.line_no"
)
_HANDED: Final = Write(
    "UPDATE prescription_line l SET dispensed = l.dispensed + u.quantity, no_code_reason = coalesce(nullif(%(reasons)s::jsonb->>(l.id::text), ''),"
    " l.no_code_reason) FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS u(line_id, quantity) WHERE l.id = u.line_id"
)
_STATE: Final = Write("UPDATE prescription SET state = %(state)s, dispenser_id = %(by)s, dispensed_at = %(now)s WHERE id = %(id)s")
_HAND_OVER: Final = Write(
    "INSERT INTO hand_over (prescription_id, turn, staff_id, at, second_id, alone) SELECT %(id)s, 1 + count(DISTINCT h.id), %(by)s, %(now)s,"
    " %(second)s, %(alone)s FROM hand_over h JOIN hand_over_line x ON x.hand_over_id = h.id WHERE h.prescription_id = %(id)s"
    " AND NOT EXISTS (SELECT FROM stock_move v WHERE v.prescription_line_id = x.prescription_line_id AND v.reverses = x.move_id"
    " AND v.kind = 'DISPENSE') RETURNING id"
)
_HAND_OVER_LINES: Final = Write(
    "INSERT INTO hand_over_line (hand_over_id, prescription_line_id, move_id, open_pack_id) SELECT %(id)s, line_id, move_id, open_pack_id"
    " FROM unnest(%(lines)s::bigint[], %(moves)s::bigint[], %(packs)s::bigint[]) WITH ORDINALITY AS u(line_id, move_id, open_pack_id, place)"
    " ORDER BY place"
)


@handles(CheckPack)
def check_pack(tx: ReadTx, request: CheckPack) -> Done:
    """Say at once whether the pack in the hand is the right one."""
    line = codes.LineOut(*tx.one(_LINE, NotFound(kind=N_("Prescription line"), key=str(request.line_id)), line_id=request.line_id))
    pack = read_pack(request.code)
    codes.check_owner(codes.owners_of(tx, [pack]), pack, line, request.code)
    for gone, quarantined in codes.gone_of(tx, [pack]).items():
        raise codes.refused(gone, line.name, quarantined=quarantined)
    return Done()


@handles(Dispense)
def dispense(tx: Tx, request: Dispense) -> Dispensed:
    """What lies aside goes out, whole or as far as the request says; the rest stands on a slip."""
    row = prescribing.lock(tx, request.prescription_id, "PICKED", "PART_DISPENSED")
    lines = {line[0]: line for line in tx.rows(_LINES, id=request.prescription_id)}
    herbal_weighing.refuse_unweighed(tx, request.prescription_id)
    names = {line_id: codes.LineOut(*line[:6]) for line_id, line in lines.items()}
    going = _going(book.aside(tx, request.prescription_id), {each.line_id: each.quantity for each in request.only}, names)
    out = _sums(going)
    if not any(out.values()):
        raise NothingToHandOver(number=row[0])
    rest = {line_id: line[6] - out.get(line_id, Decimal(0)) for line_id, line in lines.items() if line[6] > out.get(line_id, Decimal(0))}
    if rest and request.promise is None:
        line_id = min(rest)
        raise PromiseNeeded(drug=names[line_id].name, owed=rest[line_id], unit=names[line_id].unit)
    second = _second(tx, request, controlled=any(lines[line_id][7] in CONTROLLED for line_id, quantity in out.items() if quantity))
    reasons = {item.line_id: item.reason for item in request.without_code}
    packs = codes.read(tx, {line_id: names[line_id] for line_id in lines if out.get(line_id)}, going, request.scans, reasons)
    tx.write(
        _HANDED, lines=list(out), quantities=list(out.values()), reasons=Jsonb({str(line): reason for line, reason in reasons.items()})
    )
    hand_over_id = _leave(tx, request, row[0], going, packs, second)
    tx.write(_STATE, id=request.prescription_id, state="PART_DISPENSED" if rest else "DISPENSED", by=tx.actor.staff, now=tx.now)
    tx.patient_id = row[3]
    tx.detail = {"codes": len(request.scans), "without_code": reasons}
    if second[0] is not None or second[1]:
        tx.detail |= {"second": second[0], "alone": second[1]}
    if rest and request.promise is not None:
        tx.detail["owed"] = owed.enter(tx, request.prescription_id, hand_over_id, rest, request.promise)
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    entering.enter(tx, entering.SALE, "hand_over", hand_over_id)
    return labels.labels(tx, request.prescription_id)


def _going(picks: Sequence[Aside], only: Mapping[int, Decimal], names: Mapping[int, codes.LineOut]) -> list[Going]:
    """How much of each pick goes: all of it, or of a line in ``only`` its sealed packs first, then what expires first."""
    for line_id, quantity in only.items():
        if line_id not in names:
            raise NotFound(kind=N_("Prescription line"), key=str(line_id))
        if quantity < 0 or quantity > sum(pick.quantity for pick in picks if pick.line_id == line_id):
            raise HandOverWrong(drug=names[line_id].name, reason=NOT_SO_MUCH)
        if quantity * _PLACES % 1:
            raise HandOverWrong(drug=names[line_id].name, reason=NOT_ITS_PLACES)
    goes: dict[int, Decimal] = {}
    for line_id in {pick.line_id for pick in picks}:
        mine = [pick for pick in picks if pick.line_id == line_id]
        out = going_of([(pick.quantity, pick.open_pack_id is not None) for pick in mine], only.get(line_id))
        goes |= {pick.id: quantity for pick, quantity in zip(mine, out, strict=True)}
    return [book.Going(aside=pick, quantity=goes[pick.id]) for pick in picks]


def _sums(going: Sequence[Going]) -> dict[int, Decimal]:
    out: dict[int, Decimal] = {}
    for each in going:
        out[each.aside.line_id] = out.get(each.aside.line_id, Decimal(0)) + each.quantity
    return out


def _second(tx: Tx, request: Dispense, *, controlled: bool) -> tuple[int | None, str]:
    """Who looked on, or why nobody could. Raises ``ApprovalNeeded``."""
    alone = request.alone.strip()
    if not controlled:
        return None, ""
    if alone and request.approval_id is None:
        return None, alone
    return approvals.use(tx, request.approval_id, "dispense_controlled", request.prescription_id), ""


def _leave(tx: Tx, request: Dispense, number: str, going: Sequence[Going], packs: codes.Packs, second: tuple[int | None, str]) -> int:
    """Stock, opened packs, the hand-over with its lines, and the codes; the hand-over's id."""
    gone = book.hand_over(tx, request.prescription_id, going, number)
    places = sorted(packs.takings)
    taken = dict(zip(places, open_packs.take(tx, [packs.takings[place] for place in places], number), strict=True))
    open_packs.fit(tx, going[0].aside.location_id, {each.aside.batch_id: Decimal(0) for each in going}, number)
    row = tx.write_one(_HAND_OVER, id=request.prescription_id, by=tx.actor.staff, now=tx.now, second=second[0], alone=second[1])
    assert row is not None
    _enter_lines(tx, row[0], [place for place, each in enumerate(going) if each.quantity], gone, taken)
    codes.enter(tx, packs.codes, row[0])
    return int(row[0])


def _enter_lines(tx: Tx, hand_over_id: int, places: Sequence[int], gone: Sequence[Gone], taken: Mapping[int, int]) -> None:
    tx.write(
        _HAND_OVER_LINES,
        id=hand_over_id,
        lines=[part.line_id for part in gone],
        moves=[part.move_id for part in gone],
        packs=[taken.get(place) for place in places],
    )


@handles(GetLabels)
def get_labels(tx: ReadTx, request: GetLabels) -> Dispensed:
    """The labels as they were."""
    return labels.labels(tx, request.prescription_id)
