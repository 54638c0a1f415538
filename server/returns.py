"""Drugs that come back from a patient 退药, and a wrong hand-over that is undone 取消发药."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from common import topics
from common.domain import returning
from common.domain.barcodes import read_pack
from common.domain.returning import Condition
from common.errors import NotFound
from common.i18n import N_
from common.messages.returns import DrugReturnFacts, ReturnDrugs, UndoDispense
from common.pharmacy_errors import CodeNotHandedOut, CodesMissing, ReturnRefused, UndoRefused
from server import approvals, numbers, prescribing, return_facts, stock_book
from server.db import Read, Write
from server.features import handles
from server.herbal import decoctions
from server.insurance_desk import entering
from server.stock_book import returns as stock
from server.stock_book.moves import refuse_kept_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.consult import PrescriptionFacts
    from common.messages.returns import ReturnableLine, ReturnLine
    from server.db import ReadTx, Tx

#: Where what comes back is put.
_PLACES: Final = {Condition.SALEABLE: stock_book.PHARMACY, Condition.QUARANTINED: stock_book.QUARANTINE}

_PLACES_4: Final = 10**4

ANOTHERS: Final = N_("return|it went out to another patient, or on another prescription")
ANOTHER_LINE: Final = N_("return|it went out with another drug of this prescription")
CAME_BACK: Final = N_("return|it came back before")
NEVER_SOLD: Final = N_("return|it was never handed out here")
TWICE: Final = N_("return|it is scanned twice")
TOO_MANY: Final = N_("return|more packs are scanned than come back")
STILL_OWED: Final = N_("return|something of this prescription is still owed: hand it over or give it up first")

_WHOSE: Final = Read(
    "SELECT c.returned_at IS NULL OR c.return_line_id IS NULL, l.prescription_id FROM dispensed_code c"
    " JOIN prescription_line l ON l.id = c.prescription_line_id WHERE c.code = %(code)s ORDER BY c.id DESC LIMIT 1"
)
_RETURN: Final = Write(
    "INSERT INTO drug_return (number, prescription_id, reason, note, business_date, at, staff_id, agreed_by) VALUES (%(number)s,"
    " %(prescription_id)s, %(reason)s, %(note)s, %(day)s, %(at)s, %(staff_id)s, %(agreed_by)s) RETURNING id"
)
_RETURN_LINES: Final = Write(
    "INSERT INTO drug_return_line (drug_return_id, prescription_line_id, move_id, quantity, condition)"
    " SELECT %(id)s, line_id, move_id, quantity, condition FROM unnest(%(lines)s::bigint[], %(moves)s::bigint[], %(quantities)s::numeric[],"
    " %(conditions)s::text[]) WITH ORDINALITY AS u(line_id, move_id, quantity, condition, place) ORDER BY place RETURNING id"
)
_CODES_BACK: Final = Write(
    "UPDATE dispensed_code c SET returned_at = %(at)s, return_line_id = u.return_line_id, quarantined = u.quarantined"
    " FROM unnest(%(codes)s::text[], %(lines)s::bigint[], %(return_lines)s::bigint[], %(quarantined)s::bool[])"
    " AS u(code, line_id, return_line_id, quarantined)"
    " WHERE c.code = u.code AND c.prescription_line_id = u.line_id AND c.returned_at IS NULL"
)
_RETURNED: Final = Write(
    "UPDATE prescription_line l SET returned = l.returned + u.quantity FROM (SELECT line_id, sum(quantity) AS quantity"
    " FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS t(line_id, quantity) GROUP BY line_id) u WHERE l.id = u.line_id"
)
_STATE: Final = Write(
    "UPDATE prescription SET state = CASE WHEN EXISTS (SELECT FROM prescription_line l WHERE l.prescription_id = prescription.id"
    " AND l.returned < l.dispensed) THEN 'PART_RETURNED' ELSE 'RETURNED' END WHERE id = %(id)s"
)


class _Part(NamedTuple):
    """A line of a request that may be carried out, or a part of it: so much of the hand-over that it takes back, and its packs' codes."""

    wanted: ReturnLine
    out: stock.Out
    codes: tuple[str, ...]
    quantity: Decimal


@handles(ReturnDrugs)
def return_drugs(tx: Tx, request: ReturnDrugs) -> DrugReturnFacts:
    """What was handed out comes back: stock, codes and prescription know it, and the cashier can pay it back."""
    row = prescribing.lock(tx, request.prescription_id, "PART_DISPENSED", "DISPENSED", "PART_RETURNED")
    if any(line.condition is Condition.SALEABLE for line in request.lines):
        decoctions.refuse_decocted(tx, request.prescription_id)
    lines = {line.line_id: line for line in return_facts.lines_out(tx, request.prescription_id)}
    if row[1] == "PART_DISPENSED":
        raise ReturnRefused(drug=next((line.name for line in lines.values()), row[0]), reason=STILL_OWED)
    parts = _parts(tx, request, lines)
    agreed_by = None
    if any(lines[part.wanted.line_id].controlled for part in parts):
        agreed_by = approvals.use(tx, request.approval_id, "drug_return", request.prescription_id)
    return_id, number = _enter(tx, request, parts, agreed_by)
    tx.write(_STATE, id=request.prescription_id)
    tx.patient_id = row[3]
    tx.detail = {"number": number, "reason": request.reason, "agreed_by": agreed_by, "codes": sum(len(part.codes) for part in parts)}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    tx.changed(topics.CHARGE, row[3])
    return return_facts.return_of(tx, return_id)


def _enter(tx: Tx, request: ReturnDrugs, parts: Sequence[_Part], agreed_by: int | None) -> tuple[int, str]:
    """Stock, document, codes and lines, in the order of the locks; the return's id and number."""
    places = {condition: stock_book.location(tx, code) for condition, code in _PLACES.items()}
    moving = [(part.out, part.quantity, places[part.wanted.condition]) for part in parts]
    lines, quantities = [part.wanted.line_id for part in parts], [part.quantity for part in parts]
    tx.write(_RETURNED, lines=lines, quantities=quantities)
    stock.shelve(tx, moving)
    refuse_kept_out(tx, {(part.out.drug_id, part.out.lot) for part in parts if part.wanted.condition is Condition.SALEABLE})
    number = f"T{numbers.dated(tx, 'drug_return', tx.today, 4)}"
    moves = stock.come_back(tx, "RETURN", moving, number)
    entered = tx.write_one(
        _RETURN,
        number=number,
        prescription_id=request.prescription_id,
        reason=request.reason,
        note=request.note.strip(),
        day=tx.today,
        at=tx.now,
        staff_id=tx.actor.staff,
        agreed_by=agreed_by,
    )
    assert entered is not None
    for move in moves:
        entering.enter(tx, entering.RETURN, "stock_move", move)
    conditions = [part.wanted.condition for part in parts]
    documents = tx.write(_RETURN_LINES, id=entered[0], lines=lines, moves=moves, quantities=quantities, conditions=conditions)
    back = [(code, part, document[0]) for part, document in zip(parts, documents, strict=True) for code in part.codes]
    tx.write(
        _CODES_BACK,
        at=tx.now,
        codes=[code for code, _, _ in back],
        lines=[part.wanted.line_id for _, part, _ in back],
        return_lines=[document for _, _, document in back],
        quarantined=[part.wanted.condition is Condition.QUARANTINED for _, part, _ in back],
    )
    return entered[0], number


# --- what may come back ------------------------------------------------------------------------------------------------------------


def _parts(tx: Tx, request: ReturnDrugs, lines: dict[int, ReturnableLine]) -> list[_Part]:
    """Every line of the request, as it may be carried out. Raises ``NotFound``, ``ReturnRefused``, ``CodeNotHandedOut``, ``CodesMissing``."""
    outs: dict[tuple[int, int], list[stock.Out]] = {}
    for out in stock.went_out(tx, request.prescription_id):
        outs.setdefault((out.line_id, out.batch_id), []).append(out)
    left = {out.move_id: out.quantity - out.back for mine in outs.values() for out in mine}
    scanned: set[str] = set()
    parts = []
    for wanted in request.lines:
        line = lines.get(wanted.line_id)
        if line is None:
            raise NotFound(kind=N_("Prescription line"), key=str(wanted.line_id))
        key = (wanted.line_id, wanted.batch_id)
        if wanted.quantity <= 0 or wanted.quantity * _PLACES_4 % 1:
            raise ReturnRefused(drug=line.name, reason=returning.NO_QUANTITY)
        if sum(left[out.move_id] for out in outs.get(key, ())) < wanted.quantity:
            raise ReturnRefused(drug=line.name, reason=returning.NOT_SO_MUCH)
        codes = _codes(tx, request.prescription_id, line, lines, wanted, scanned)
        _check_condition(tx, request, line, wanted, outs[key][0], codes)
        back = _taken_back(wanted, outs[key], left, codes)
        if len(wanted.codes) > sum(returning.packs_of(part.quantity, line.pack_size) for part in back):
            raise CodeNotHandedOut(code=wanted.codes[-1], drug=line.name, reason=TOO_MANY)
        parts += back
    _check_codes(request, parts, lines)
    return parts


def _taken_back(wanted: ReturnLine, outs: Sequence[stock.Out], left: dict[int, Decimal], codes: tuple[str, ...]) -> list[_Part]:
    """What one line of a request takes back of each time that its batch went out; the codes stand with the first. What is less than a pack
    comes first out of what went out as less than a pack."""
    parts: list[_Part] = []
    wants = wanted.quantity
    for out in sorted(outs, key=lambda out: (abs(left[out.move_id] - wants), out.move_id)):
        part = min(wants, left[out.move_id])
        if part > 0:
            parts.append(_Part(wanted, out, () if parts else codes, part))
            left[out.move_id] -= part
            wants -= part
    return parts


def _codes(
    tx: ReadTx, prescription_id: int, line: ReturnableLine, lines: dict[int, ReturnableLine], wanted: ReturnLine, scanned: set[str]
) -> tuple[str, ...]:
    """The packs' own codes among what was scanned; a retail code on a pack says nothing about which one it is."""
    found = []
    for text in wanted.codes:
        pack = read_pack(text)
        if not pack.trace:
            if pack.article not in line.products:
                raise CodeNotHandedOut(code=text, drug=line.name, reason=NEVER_SOLD)
            continue
        if pack.trace in scanned:
            raise CodeNotHandedOut(code=pack.trace, drug=line.name, reason=TWICE)
        if pack.trace not in {code.code for code in line.codes}:
            raise CodeNotHandedOut(code=pack.trace, drug=line.name, reason=_why_not(tx, prescription_id, pack.trace, lines))
        scanned.add(pack.trace)
        found.append(pack.trace)
    return tuple(found)


def _why_not(tx: ReadTx, prescription_id: int, code: str, lines: dict[int, ReturnableLine]) -> str:
    if any(each.code == code for line in lines.values() for each in line.codes):
        return ANOTHER_LINE
    row = tx.first(_WHOSE, code=code)
    if row is None:
        return NEVER_SOLD
    if row[1] != prescription_id:
        return ANOTHERS
    return NEVER_SOLD if row[0] else CAME_BACK


def _check_condition(
    tx: ReadTx, request: ReturnDrugs, line: ReturnableLine, wanted: ReturnLine, out: stock.Out, codes: tuple[str, ...]
) -> None:
    opened_codes = {code.code for code in line.codes if code.opened}
    why = returning.hindrance(
        request.reason,
        wanted.condition,
        opened=bool(wanted.quantity % line.pack_size) or not opened_codes.isdisjoint(codes),
        coded=line.codes_out > 0,
        expired=out.expires < tx.today,
        cold=line.cold,
    )
    if why:
        raise ReturnRefused(drug=line.name, reason=why)


def _check_codes(request: ReturnDrugs, parts: Sequence[_Part], lines: dict[int, ReturnableLine]) -> None:
    """A line's packs that went out with codes come back with them. What is sold again asks for more than what is not.

    A pack's worth may have gone out of two opened packs: then one code is enough, and both are taken.
    """
    for condition in Condition:
        packs: Counter[int] = Counter()
        for wanted in request.lines:
            if wanted.condition is condition:
                packs[wanted.line_id] += returning.packs_of(wanted.quantity, lines[wanted.line_id].pack_size)
        scanned = Counter(part.wanted.line_id for part in parts if part.wanted.condition is condition for _ in part.codes)
        for line_id, count in packs.items():
            line = lines[line_id]
            needed = returning.codes_needed(count, line.packs, line.codes_out, len(line.codes), condition)
            if scanned[line_id] < needed:
                raise CodesMissing(drug=line.name, wanted=needed, scanned=scanned[line_id])


# --- undoing -----------------------------------------------------------------------------------------------------------------------

_UNDO: Final = Write(
    "UPDATE prescription SET state = 'PAID', picker_id = NULL, picked_at = NULL, dispenser_id = NULL, dispensed_at = NULL WHERE id = %(id)s"
)
_TAKEN_OUT: Final = Write("UPDATE prescription_line SET dispensed = 0, no_code_reason = '' WHERE prescription_id = %(id)s")
#: Those that lie out at this moment; earlier ones were undone before.
_HAND_OVERS: Final = Read(
    "SELECT h.id FROM hand_over h WHERE h.prescription_id = %(id)s AND EXISTS (SELECT FROM hand_over_line x WHERE x.hand_over_id = h.id"
    " AND NOT EXISTS (SELECT FROM stock_move v WHERE v.prescription_line_id = x.prescription_line_id AND v.reverses = x.move_id"
    " AND v.kind = 'DISPENSE')) ORDER BY h.id"
)
_CODES_FREE: Final = Write(
    "UPDATE dispensed_code c SET returned_at = %(at)s FROM prescription_line l WHERE l.id = c.prescription_line_id"
    " AND l.prescription_id = %(id)s AND c.returned_at IS NULL"
)


@handles(UndoDispense)
def undo_dispense(tx: Tx, request: UndoDispense) -> PrescriptionFacts:
    """The drugs are back on their shelf and the prescription waits to be picked. It is no return: nothing was ever out of the house."""
    row = prescribing.lock(tx, request.prescription_id, "DISPENSED")
    decoctions.refuse_decocted(tx, request.prescription_id)
    why, second = return_facts.undoable(tx, request.prescription_id)
    if why:
        raise UndoRefused(number=row[0], reason=why)
    agreed_by = approvals.use(tx, request.approval_id, "undo_dispense", request.prescription_id) if second else None
    before = prescribing.one(tx, request.prescription_id)
    tx.write(_TAKEN_OUT, id=request.prescription_id)
    tx.write(_CODES_FREE, id=request.prescription_id, at=tx.now)
    tx.write(_UNDO, id=request.prescription_id)
    lots = {(out.drug_id, out.lot) for out in stock.went_out(tx, request.prescription_id)}
    hand_overs = tx.rows(_HAND_OVERS, id=request.prescription_id)
    stock.undo_hand_over(tx, request.prescription_id, row[0])
    refuse_kept_out(tx, lots)
    for (hand_over_id,) in hand_overs:
        entering.undo_sale(tx, hand_over_id, request.reason)
    tx.patient_id = row[3]
    tx.detail = {"reason": request.reason, "dispenser": before.dispenser, "dispensed_at": before.dispensed_at, "agreed_by": agreed_by}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return prescribing.one(tx, request.prescription_id)
