"""Drugs that come back, as a desk reads them: what was handed over and may come back, and the returns that were made."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain import dosage
from common.domain.refunds import Standing, part_of
from common.domain.returning import Condition, ReturnReason
from common.errors import NotFound
from common.i18n import N_
from common.messages.pharmacy import PharmacyEntry, PharmacyList
from common.messages.returns import (
    DrugReturnFacts,
    FindDispensed,
    GetReturn,
    GetReturnable,
    ListReturns,
    PackCode,
    ReturnableFacts,
    ReturnableLine,
    ReturnedLine,
    ReturnEntry,
    ReturnList,
    ReturnLot,
)
from server import prescribing
from server.db import Read, letters, prefix
from server.features import handles
from server.stock_book import returns as stock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.db import ReadTx, Row

# --- finding -----------------------------------------------------------------------------------------------------------------------

_ENTRY: Final = (
    "SELECT p.id AS prescription_id, p.number, p.kind, p.state, p.patient_id, p.issued->>'patient_name' AS patient_name,"
    " p.issued->>'patient_number' AS patient_number, p.issued->>'visit_number' AS visit_number,"
    " p.issued->>'sex' AS sex, p.issued->>'age' AS age, p.issued->>'department' AS department, p.issued->>'doctor' AS doctor,"
    " (SELECT count(*) FROM prescription_line l WHERE l.prescription_id = p.id) AS lines, p.amount_fen,"
    " coalesce(p.dispensed_at, p.signed_at) AS since FROM prescription p"
    " WHERE p.state IN ('PART_DISPENSED', 'DISPENSED', 'PART_RETURNED', 'RETURNED')"
)
_LATEST: Final = " ORDER BY coalesce(p.dispensed_at, p.signed_at) DESC, p.id DESC LIMIT %(limit)s"
#: No prescription is handed out long after it was signed: it expires within days.
_OF_DAY: Final = Read(f"{_ENTRY} AND p.signed_at >= %(since)s AND p.dispensed_at >= %(midnight)s{_LATEST}")
_PEOPLE: Final = " UNION SELECT x.id FROM patient q JOIN visit v ON v.patient_id = q.id JOIN prescription x ON x.visit_id = v.id WHERE {0}"
_FOUND: Final = Read(
    f"{_ENTRY} AND p.id IN (SELECT id FROM prescription WHERE number = %(low)s AND %(kind)s IN ('', 'prescription')"
    " UNION SELECT x.id FROM visit v JOIN prescription x ON x.visit_id = v.id WHERE v.number = %(low)s AND %(kind)s IN ('', 'visit')"
    " UNION SELECT c.prescription_id FROM bill b JOIN charge_line c ON c.bill_id = b.id WHERE b.number = %(low)s AND %(kind)s IN ('', 'bill')"
    " UNION SELECT c.prescription_id FROM invoice i JOIN charge_line c ON c.bill_id = i.bill_id WHERE i.number = %(low)s AND %(kind)s = ''"
    + _PEOPLE.format("q.number = %(low)s AND %(kind)s IN ('', 'patient')")
    + _PEOPLE.format("q.document_number = %(low)s AND %(kind)s IN ('', 'patient')")
    + _PEOPLE.format("%(kind)s = '' AND q.name >= %(low)s AND q.name < %(high)s")
    + " UNION SELECT x.id FROM patient_spelling k JOIN visit v ON v.patient_id = k.patient_id JOIN prescription x ON x.visit_id = v.id"
    f" WHERE %(kind)s = '' AND k.key >= %(letters_low)s AND k.key < %(letters_high)s){_LATEST}"
)


@handles(FindDispensed)
def find_dispensed(tx: ReadTx, request: FindDispensed) -> PharmacyList:
    """What was handed over and a number or a person leads to, latest first; without either that of today."""
    text = request.text.strip()
    if not text:
        midnight = datetime.combine(tx.today, time(), tx.now.tzinfo)
        found = tx.structs(PharmacyEntry, _OF_DAY, midnight=midnight, since=midnight - timedelta(days=30), limit=request.limit)
    else:
        found = tx.structs(PharmacyEntry, _FOUND, kind=request.kind, limit=request.limit, **prefix(text), **letters(text))
    return PharmacyList(entries=found)


# --- what may come back ------------------------------------------------------------------------------------------------------------

_LINES: Final = Read(
    "SELECT l.id, l.drug_id, l.name, l.specification, l.unit, d.pack_unit, d.pack_size, ceil(l.dispensed / d.pack_size)::int,"
    " d.rx_class <> 'ordinary', d.storage = 'fridge'"
    " FROM prescription_line l JOIN drug d ON d.id = l.drug_id WHERE l.prescription_id = %(id)s AND l.dispensed > 0 ORDER BY l.line_no"
)
_CODES: Final = Read(
    "SELECT c.prescription_line_id, c.code, c.split_pack, c.returned_at IS NULL FROM dispensed_code c"
    " JOIN prescription_line l ON l.id = c.prescription_line_id"
    " WHERE l.prescription_id = %(id)s AND (c.returned_at IS NULL OR c.return_line_id IS NOT NULL) ORDER BY c.id"
)
_PRODUCTS: Final = Read(
    "SELECT drug_id, code FROM drug_code WHERE kind IN ('barcode', 'trace_prefix') AND drug_id = ANY(%(drugs)s) ORDER BY code"
)


def lines_out(tx: ReadTx, prescription_id: int) -> tuple[ReturnableLine, ...]:
    """The lines of a prescription that were handed over, with what of them may come back."""
    rows = tx.rows(_LINES, id=prescription_id)
    codes = tx.rows(_CODES, id=prescription_id)
    lots: dict[int, list[ReturnLot]] = {}
    for out in stock.went_out(tx, prescription_id):
        mine = lots.setdefault(out.line_id, [])
        lot = ReturnLot(batch_id=out.batch_id, lot=out.lot, expires=out.expires, handed=out.quantity, returned=out.back)
        if mine and mine[-1].batch_id == out.batch_id:  # it went out in several parts, or at several times
            lot = msgspec.structs.replace(lot, handed=lot.handed + mine[-1].handed, returned=lot.returned + mine[-1].returned)
            mine.pop()
        mine.append(lot)
    products: dict[int, list[str]] = {}
    for drug_id, code in tx.rows(_PRODUCTS, drugs=sorted({row[1] for row in rows})):
        products.setdefault(drug_id, []).append(code)
    return tuple(_line(row, codes, lots, products) for row in rows)


def _line(row: Row, codes: Sequence[Row], lots: Mapping[int, list[ReturnLot]], products: Mapping[int, list[str]]) -> ReturnableLine:
    mine = [code for code in codes if code[0] == row[0]]
    out: dict[str, bool] = {}  # of a pack that went out in two parts there is one code
    for code in mine:
        if code[3]:
            out[code[1]] = out.get(code[1], False) or code[2]
    return ReturnableLine(
        line_id=row[0],
        drug_id=row[1],
        name=row[2],
        specification=row[3],
        unit=row[4],
        pack_unit=row[5],
        pack_size=row[6],
        packs=row[7],
        lots=tuple(lots.get(row[0], ())),
        codes=tuple(PackCode(code=code, opened=opened) for code, opened in out.items()),
        codes_out=len(mine),
        products=tuple(products.get(row[1], ())),
        controlled=row[8],
        cold=row[9],
    )


# --- undoing -----------------------------------------------------------------------------------------------------------------------

#: Why a hand-over stays.
NOT_HANDED_OVER: Final = N_("undo|it is not handed over whole, or something came back already")
ANOTHER_DAY: Final = N_("undo|it was not handed over today")
PAID_BACK: Final = N_("undo|something of it was paid back")
GIVEN_UP: Final = N_("undo|a rest of it was given up")

_HEAD: Final = Read(
    "SELECT p.state, p.dispensed_at, p.dispenser_id, EXISTS (SELECT FROM charge_line c WHERE c.prescription_id = p.id"
    " AND (c.state <> 'SETTLED' OR c.refunded_quantity > 0)), EXISTS (SELECT FROM prescription_line l WHERE l.prescription_id = p.id"
    " AND l.given_up > 0), coalesce((SELECT min(h.at) FROM hand_over h JOIN hand_over_line x ON x.hand_over_id = h.id WHERE"
    " h.prescription_id = p.id AND NOT EXISTS (SELECT FROM stock_move v WHERE v.prescription_line_id = x.prescription_line_id"
    " AND v.reverses = x.move_id AND v.kind = 'DISPENSE')), p.dispensed_at) FROM prescription p WHERE p.id = %(id)s"
)


def undoable(tx: ReadTx, prescription_id: int) -> tuple[str, bool]:
    """Why a hand-over cannot be undone (a source string, empty when it can), and whether a second person has to agree."""
    row = tx.one(_HEAD, NotFound(kind=N_("Prescription"), key=str(prescription_id)), id=prescription_id)
    state, _at, dispenser_id, paid_back, given_up, at = row
    if state != "DISPENSED":
        return NOT_HANDED_OVER, False
    if tx.clock.today(at) != tx.today:
        return ANOTHER_DAY, False
    return (PAID_BACK if paid_back else GIVEN_UP if given_up else ""), dispenser_id != tx.actor.staff_id


# --- returns that were made --------------------------------------------------------------------------------------------------------

_RETURN_ENTRY: Final = (
    "SELECT r.id AS return_id, r.number, r.at, r.prescription_id, p.number AS prescription_number, p.issued->>'patient_name' AS patient_name,"
    " r.reason, s.name AS by, (SELECT count(*) FROM drug_return_line l WHERE l.drug_return_id = r.id) AS lines"
    " FROM drug_return r JOIN prescription p ON p.id = r.prescription_id JOIN staff s ON s.id = r.staff_id"
)
_OF_PRESCRIPTION: Final = Read(f"{_RETURN_ENTRY} WHERE r.prescription_id = %(id)s ORDER BY r.id DESC")
_RETURNS_OF_DAY: Final = Read(f"{_RETURN_ENTRY} WHERE r.business_date = %(day)s ORDER BY r.id DESC")
_RETURN: Final = Read(
    "SELECT r.id, r.number, p.issued, p.id, p.number, p.patient_id, r.reason, r.note, r.at, s.name, coalesce(a.name, '') FROM drug_return r"
    " JOIN prescription p ON p.id = r.prescription_id JOIN staff s ON s.id = r.staff_id LEFT JOIN staff a ON a.id = r.agreed_by"
    " WHERE r.id = %(id)s"
)
_RETURN_LINES: Final = Read(
    "SELECT l.name, l.specification, b.lot, b.expires, t.quantity, l.unit, d.pack_unit, d.pack_size, t.condition, l.amount_fen, l.quantity,"
    " ARRAY(SELECT c.code FROM dispensed_code c WHERE c.return_line_id = t.id GROUP BY c.code ORDER BY min(c.id)) FROM drug_return_line t"
    " JOIN prescription_line l ON l.id = t.prescription_line_id JOIN stock_move m ON m.id = t.move_id JOIN stock_batch b ON b.id = m.batch_id"
    " JOIN drug d ON d.id = l.drug_id WHERE t.drug_return_id = %(id)s ORDER BY l.line_no, t.id"
)


def return_of(tx: ReadTx, return_id: int) -> DrugReturnFacts:
    """A return with everything that its paper shows. Raises ``NotFound``."""
    row = tx.one(_RETURN, NotFound(kind=N_("Drug return"), key=str(return_id)), id=return_id)
    issued = row[2]
    lines = tuple(_returned(line) for line in tx.rows(_RETURN_LINES, id=return_id))
    return DrugReturnFacts(
        return_id=row[0],
        number=row[1],
        clinic=issued["clinic"],
        prescription_id=row[3],
        prescription_number=row[4],
        visit_number=issued["visit_number"],
        patient_id=row[5],
        patient_number=issued["patient_number"],
        patient_name=issued["patient_name"],
        sex=issued["sex"],
        age=issued["age"],
        reason=ReturnReason(row[6]),
        note=row[7],
        at=row[8],
        by=row[9],
        agreed_by=row[10],
        lines=lines,
        amount_fen=sum(line.amount_fen for line in lines),
    )


def _returned(row: Row) -> ReturnedLine:
    name, specification, lot, expires, quantity, unit, pack_unit, pack_size, condition, amount_fen, prescribed, codes = row
    return ReturnedLine(
        name=name,
        specification=specification,
        lot=lot,
        expires=expires,
        quantity=quantity,
        unit=unit,
        quantity_text=dosage.quantity_text(quantity, unit, pack_unit, pack_size),
        condition=Condition(condition),
        codes=tuple(codes),
        amount_fen=part_of(Standing(prescribed, amount_fen, 0), quantity).amount_fen,
    )


@handles(GetReturnable)
def get_returnable(tx: ReadTx, request: GetReturnable) -> ReturnableFacts:
    """A prescription with what of it is with the patient."""
    facts = prescribing.one(tx, request.prescription_id)
    no_undo, agreed = undoable(tx, request.prescription_id)
    return ReturnableFacts(
        prescription=facts,
        lines=lines_out(tx, request.prescription_id),
        returns=tx.structs(ReturnEntry, _OF_PRESCRIPTION, id=request.prescription_id),
        no_undo=no_undo,
        undo_agreed=agreed,
    )


@handles(ListReturns)
def list_returns(tx: ReadTx, request: ListReturns) -> ReturnList:
    """The returns of a day."""
    return ReturnList(returns=tx.structs(ReturnEntry, _RETURNS_OF_DAY, day=request.day or tx.today))


@handles(GetReturn)
def get_return(tx: ReadTx, request: GetReturn) -> DrugReturnFacts:
    """One return."""
    return return_of(tx, request.return_id)
