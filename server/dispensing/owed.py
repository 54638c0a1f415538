"""What the pharmacy owes 欠药: the slip of a hand-over in part, the list that is followed up, and a rest that nobody waits for any more."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.dispensing_errors import NothingOwed
from common.domain import dosage
from common.errors import NotFound
from common.i18n import N_
from common.messages.dispensing import GetOwedSlip, GiveUpOwed, ListOwed, OwedEntry, OwedList
from common.messages.pharmacy import OwedLine, OwedSlip
from server import numbers, prescribing, stock_book
from server.db import Read, Write
from server.features import handles
from server.stock_book import picking as book

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.messages.consult import PrescriptionFacts
    from common.messages.pharmacy import Promise
    from server.db import ReadTx, Row, Tx

_SLIP: Final = Write(
    "INSERT INTO owed_slip (number, prescription_id, hand_over_id, promised, phone, note, business_date, staff_id, at) VALUES (%(number)s,"
    " %(prescription_id)s, %(hand_over_id)s, %(promised)s, %(phone)s, %(note)s, %(day)s, %(by)s, %(at)s) RETURNING id"
)
_SLIP_LINES: Final = Write(
    "INSERT INTO owed_line (owed_slip_id, prescription_line_id, quantity) SELECT %(id)s, line_id, quantity"
    " FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS u(line_id, quantity)"
)
_LATEST: Final = Read(
    "SELECT o.id, o.number, o.promised, o.phone, o.note, o.at, s.name FROM owed_slip o JOIN staff s ON s.id = o.staff_id"
    " WHERE o.prescription_id = %(id)s ORDER BY o.id DESC LIMIT 1"
)
_LINES_OF_SLIP: Final = Read(
    "SELECT x.prescription_line_id, l.name, l.specification, x.quantity, l.unit, d.pack_unit, d.pack_size FROM owed_line x"
    " JOIN prescription_line l ON l.id = x.prescription_line_id JOIN drug d ON d.id = l.drug_id WHERE x.owed_slip_id = %(id)s ORDER BY l.line_no"
)


def enter(tx: Tx, prescription_id: int, hand_over_id: int, rest: Mapping[int, Decimal], promise: Promise) -> str:
    """Write down what a hand-over left owing, by line; the slip's number."""
    number = f"Q{numbers.dated(tx, 'owed_slip', tx.today, 4)}"
    row = tx.write_one(
        _SLIP,
        number=number,
        prescription_id=prescription_id,
        hand_over_id=hand_over_id,
        promised=promise.day,
        phone=promise.phone.strip(),
        note=promise.note.strip(),
        day=tx.today,
        by=tx.actor.staff,
        at=tx.now,
    )
    assert row is not None
    tx.write(_SLIP_LINES, id=row[0], lines=list(rest), quantities=list(rest.values()))
    return number


def slip_of(tx: ReadTx, facts: PrescriptionFacts) -> OwedSlip:
    """The latest slip of a prescription, as it was. Raises ``NotFound``."""
    row = tx.one(_LATEST, NotFound(kind=N_("Owing slip"), key=facts.number), id=facts.id)
    return OwedSlip(
        number=row[1],
        clinic=facts.clinic,
        prescription_id=facts.id,
        prescription_number=facts.number,
        patient_name=facts.patient_name,
        sex=facts.sex,
        age=facts.age,
        phone=row[3],
        promised=row[2],
        note=row[4],
        at=row[5],
        by=row[6],
        lines=tuple(_line(line) for line in tx.rows(_LINES_OF_SLIP, id=row[0])),
    )


def _line(row: Row, there: Decimal = Decimal(0), aside: Decimal = Decimal(0)) -> OwedLine:
    line_id, name, specification, quantity, unit, pack_unit, pack_size = row
    return OwedLine(
        line_id=line_id,
        name=name,
        specification=specification,
        owed=quantity,
        quantity_text=dosage.quantity_text(quantity, unit, pack_unit, pack_size),
        unit=unit,
        there=there,
        aside=aside,
    )


@handles(GetOwedSlip)
def get_owed_slip(tx: ReadTx, request: GetOwedSlip) -> OwedSlip:
    """The slip to print again."""
    return slip_of(tx, prescribing.one(tx, request.prescription_id))


# --- following up ------------------------------------------------------------------------------------------------------------------

_OWING: Final = Read(
    "SELECT p.id, p.number, p.patient_id, p.issued, o.number, o.at, o.promised, o.phone, o.note FROM prescription p"
    " CROSS JOIN LATERAL (SELECT s.* FROM owed_slip s WHERE s.prescription_id = p.id ORDER BY s.id DESC LIMIT 1) o"
    " WHERE p.state = 'PART_DISPENSED' ORDER BY o.promised, o.at LIMIT 300"
)
_OWED: Final = (
    "SELECT l.id, l.name, l.specification, l.quantity - l.dispensed - l.given_up AS owed, l.unit, d.pack_unit, d.pack_size, l.prescription_id,"
    " greatest(coalesce((SELECT (SELECT sum(b.on_hand) FROM stock_balance b WHERE b.location_id = v.location_id AND b.drug_id = v.drug_id"
    " AND b.expires >= %(today)s) - v.reserved FROM stock_level v JOIN stock_location q ON q.id = v.location_id AND q.code = 'PHARMACY'"
    " WHERE v.drug_id = l.drug_id), 0), 0), coalesce((SELECT sum(k.quantity) FROM pick k WHERE k.prescription_line_id = l.id"
    " AND k.state = 'LAID_ASIDE'), 0), l.drug_id FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    " WHERE l.prescription_id = ANY(%(ids)s) AND l.dispensed + l.given_up < l.quantity ORDER BY l.prescription_id, l.line_no"
)
_OWED_LINES: Final = Read(_OWED)


@handles(ListOwed)
def list_owed(tx: ReadTx, request: ListOwed) -> OwedList:
    """Who waits for what, the earliest promise first. Stock that is there for one is not there for the next who waits for it."""
    rows = tx.rows(_OWING)
    owed: dict[int, list[Row]] = {}
    for row in tx.rows(_OWED_LINES, ids=[row[0] for row in rows], today=tx.today):
        owed.setdefault(row[7], []).append(row)
    free: dict[int, Decimal] = {}
    return OwedList(entries=tuple(_entry(row, owed.get(row[0], []), free) for row in rows))


def _entry(row: Row, owed: Sequence[Row], free: dict[int, Decimal]) -> OwedEntry:
    issued, lines = row[3], []
    for line in owed:
        aside, drug_id = line[9], line[10]
        there = free.setdefault(drug_id, line[8])
        free[drug_id] -= min(there, max(line[3] - aside, Decimal(0)))
        lines.append(_line(line[:7], there, aside))
    return OwedEntry(
        prescription_id=row[0],
        prescription_number=row[1],
        slip_number=row[4],
        patient_id=row[2],
        patient_name=issued["patient_name"],
        sex=issued["sex"],
        age=issued["age"],
        phone=row[7] or issued["phone"],
        since=row[5],
        promised=row[6],
        note=row[8],
        lines=tuple(lines),
        ready=all(line.there + line.aside >= line.owed for line in lines),
    )


# --- giving up ---------------------------------------------------------------------------------------------------------------------

_STILL: Final = Read(
    "SELECT id, quantity - dispensed - given_up, name FROM prescription_line WHERE prescription_id = %(id)s"
    " AND dispensed + given_up < quantity ORDER BY line_no"
)
_GIVEN_UP: Final = Write("UPDATE prescription_line SET given_up = quantity - dispensed WHERE id = ANY(%(lines)s)")
_ENTER: Final = Write(
    "INSERT INTO owed_given_up (prescription_line_id, quantity, reason, staff_id, at) SELECT line_id, quantity, %(reason)s, %(by)s, %(at)s"
    " FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS u(line_id, quantity)"
)
_DONE: Final = Write("UPDATE prescription SET state = 'DISPENSED' WHERE id = %(id)s")


@handles(GiveUpOwed)
def give_up_owed(tx: Tx, request: GiveUpOwed) -> PrescriptionFacts:
    """Nobody waits for it any more; the cashier can pay exactly this back."""
    row = prescribing.lock(tx, request.prescription_id, "PART_DISPENSED")
    still = tx.rows(_STILL, id=request.prescription_id)
    chosen = [line for line in still if not request.lines or line[0] in request.lines]
    if not chosen:
        raise NothingOwed(number=row[0])
    lines = [line[0] for line in chosen]
    stock_book.release(tx, request.prescription_id, lines)
    book.put_back(tx, [pick for pick in book.aside(tx, request.prescription_id) if pick.line_id in lines])
    tx.write(_GIVEN_UP, lines=lines)
    tx.write(_ENTER, lines=lines, quantities=[line[1] for line in chosen], reason=str(request.reason), by=tx.actor.staff, at=tx.now)
    if len(chosen) == len(still):
        tx.write(_DONE, id=request.prescription_id)
    tx.patient_id = row[3]
    tx.detail = {"reason": request.reason, "given_up": {line[2]: line[1] for line in chosen}}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    tx.changed(topics.CHARGE, row[3])
    return prescribing.one(tx, request.prescription_id)
