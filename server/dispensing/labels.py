"""The usage labels of a prescription's last hand-over (DOMAIN.md §6.7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain import dosage
from common.messages.pharmacy import Dispensed, LabelFacts
from server import prescribing
from server.db import Read
from server.dispensing import owed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from common.messages.consult import PrescriptionFacts, PrescriptionLine
    from server.db import ReadTx, Row

_ZERO: Final = Decimal(0)

_LAST: Final = Read(
    "SELECT h.id, h.at, s.name FROM hand_over h JOIN staff s ON s.id = h.staff_id WHERE h.prescription_id = %(id)s ORDER BY h.id DESC LIMIT 1"
)
#: What went out of each line, batch by batch, and whether some of it came out of an opened pack.
_PARTS: Final = Read(
    "SELECT x.prescription_line_id AS line_id, b.lot, b.expires, -m.quantity AS quantity, x.open_pack_id IS NOT NULL AS opened, d.dose_per_base,"
    " d.pack_unit, d.pack_size FROM hand_over_line x JOIN stock_move m ON m.id = x.move_id JOIN stock_batch b ON b.id = m.batch_id"
    " JOIN drug d ON d.id = b.drug_id WHERE x.hand_over_id = %(id)s ORDER BY x.prescription_line_id, b.expires, b.lot, x.id"
)


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a line out of one batch."""

    line_id: int
    lot: str
    expires: date
    quantity: Decimal
    opened: bool
    dose_per_base: Decimal
    pack_unit: str
    pack_size: Decimal


def labels(tx: ReadTx, prescription_id: int) -> Dispensed:
    """The usage labels of what was handed over last, one for each bag, and the slip if something is owed since."""
    facts = prescribing.one(tx, prescription_id)
    last = tx.first(_LAST, id=prescription_id)
    parts = tx.structs(_Part, _PARTS, id=last[0]) if last is not None else ()
    found = tuple(
        _label(facts, line, bag, last, tx.now.tzinfo)
        for line in facts.lines
        if last is not None
        for bag in _bags([part for part in parts if part.line_id == line.id])
    )
    return Dispensed(prescription=facts, labels=found, owed=owed.slip_of(tx, facts) if facts.state == "PART_DISPENSED" else None)


def _bags(parts: Sequence[_Part]) -> list[_Part]:
    """A line's whole packs, by the batch of them that expires first, and a bag for each batch of which a pack was split: its lot and expiry stand
    on no box of the patient's."""
    whole: list[_Part] = []
    split: dict[str, list[_Part]] = {}
    for part in parts:
        rest = part.quantity % part.pack_size if part.opened else _ZERO
        if part.quantity > rest:
            whole.append(msgspec.structs.replace(part, quantity=part.quantity - rest, opened=False))
        if rest:
            split.setdefault(part.lot, []).append(msgspec.structs.replace(part, quantity=rest))
    return [
        msgspec.structs.replace(bag[0], quantity=sum((part.quantity for part in bag), _ZERO)) for bag in (whole, *split.values()) if bag
    ]


def _label(facts: PrescriptionFacts, line: PrescriptionLine, bag: _Part, last: Row, zone: tzinfo | None) -> LabelFacts:
    amount = (
        line.quantity_text if bag.quantity == line.quantity else dosage.quantity_text(bag.quantity, line.unit, bag.pack_unit, bag.pack_size)
    )
    return LabelFacts(
        clinic=facts.clinic,
        patient_name=facts.patient_name,
        sex=facts.sex,
        age=facts.age,
        name=line.name,
        specification=line.specification,
        quantity_text=amount,
        usage=dosage.usage_text(
            route_name=line.route_text,
            dose=line.dose,
            dose_unit=line.dose_unit,
            dose_per_base=bag.dose_per_base,
            base_unit=line.unit,
            frequency_name=line.frequency_text,
            advice="",
        ),
        advice=line.advice,
        lot=bag.lot,
        expires=bag.expires,
        date=last[1].astimezone(zone).date(),
        dispenser=last[2],
        prescription_number=facts.number,
        split=bag.opened,
    )
