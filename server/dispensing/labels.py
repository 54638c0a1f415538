"""The usage labels of a prescription's last hand-over (DOMAIN.md §6.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain import dosage
from common.messages.pharmacy import Dispensed, LabelFacts
from server import prescribing
from server.db import Read
from server.dispensing import owed

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts, PrescriptionLine
    from server.db import ReadTx, Row

_LAST: Final = Read(
    "SELECT h.id, h.at, s.name FROM hand_over h JOIN staff s ON s.id = h.staff_id WHERE h.prescription_id = %(id)s ORDER BY h.id DESC LIMIT 1"
)
#: Of what is no whole pack the lot and expiry of the pack that it came out of, else those that expire first.
_LOTS: Final = Read(
    "SELECT DISTINCT ON (x.prescription_line_id) x.prescription_line_id, b.lot, b.expires,"
    " sum(-m.quantity) OVER (PARTITION BY x.prescription_line_id), d.dose_per_base, d.pack_unit, d.pack_size FROM hand_over_line x"
    " JOIN stock_move m ON m.id = x.move_id JOIN stock_batch b ON b.id = m.batch_id JOIN drug d ON d.id = b.drug_id"
    " WHERE x.hand_over_id = %(id)s ORDER BY x.prescription_line_id, x.open_pack_id IS NULL, b.expires"
)


def labels(tx: ReadTx, prescription_id: int) -> Dispensed:
    """One usage label for each drug that was handed over last, and the slip if something is owed since."""
    facts = prescribing.one(tx, prescription_id)
    last = tx.first(_LAST, id=prescription_id)
    lots = {row[0]: row for row in tx.rows(_LOTS, id=last[0])} if last is not None else {}
    found = tuple(_label(tx, facts, line, lots[line.id], last) for line in facts.lines if last is not None and line.id in lots)
    return Dispensed(prescription=facts, labels=found, owed=owed.slip_of(tx, facts) if facts.state == "PART_DISPENSED" else None)


def _label(tx: ReadTx, facts: PrescriptionFacts, line: PrescriptionLine, lot: Row, last: Row) -> LabelFacts:
    _line_id, number, expires, handed, per_base, pack_unit, pack_size = lot
    return LabelFacts(
        clinic=facts.clinic,
        patient_name=facts.patient_name,
        sex=facts.sex,
        age=facts.age,
        name=line.name,
        specification=line.specification,
        quantity_text=line.quantity_text if handed == line.quantity else dosage.quantity_text(handed, line.unit, pack_unit, pack_size),
        usage=dosage.usage_text(
            route_name=line.route_text,
            dose=line.dose,
            dose_unit=line.dose_unit,
            dose_per_base=per_base,
            base_unit=line.unit,
            frequency_name=line.frequency_text,
            advice="",
        ),
        advice=line.advice,
        lot=number,
        expires=expires,
        date=last[1].astimezone(tx.now.tzinfo).date(),
        dispenser=last[2],
        prescription_number=facts.number,
    )
