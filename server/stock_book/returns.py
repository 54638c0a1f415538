"""What comes back into the stock: returned by a patient, or never handed over after all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from server.db import Read, Write
from server.stock_book import ADD_BALANCE, ADD_LEVEL, RESERVE, open_packs, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import ReadTx, Tx

#: What went out for a prescription and was not undone, and how much of it came back since.
_WENT_OUT: Final = Read(
    "SELECT m.prescription_line_id AS line_id, m.drug_id, m.batch_id, b.lot, b.expires, m.location_id, m.id AS move_id, -m.quantity AS quantity,"
    " coalesce(r.back, 0) AS back FROM prescription_line l JOIN stock_move m ON m.prescription_line_id = l.id JOIN stock_batch b ON b.id = m.batch_id"
    " LEFT JOIN LATERAL (SELECT sum(v.quantity) AS back, bool_or(v.kind = 'DISPENSE') AS undone FROM stock_move v"
    " WHERE v.prescription_line_id = l.id AND v.reverses = m.id) r ON true WHERE l.prescription_id = %(prescription_id)s"
    " AND m.kind = 'DISPENSE' AND m.quantity < 0 AND r.undone IS NOT TRUE ORDER BY l.line_no, b.expires, m.batch_id, m.id"
)
_COME_BACK: Final = Write(
    "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, prescription_line_id, document, reverses, staff_id, at)"
    " SELECT %(kind)s, location_id, drug_id, batch_id, quantity, line_id, %(document)s, reverses, %(staff_id)s, %(at)s FROM"
    " unnest(%(locations)s::bigint[], %(drugs)s::bigint[], %(batches)s::bigint[], %(quantities)s::numeric[], %(lines)s::bigint[],"
    " %(reversed)s::bigint[]) WITH ORDINALITY AS u(location_id, drug_id, batch_id, quantity, line_id, reverses, place) ORDER BY place RETURNING id"
)
_PUT_BACK: Final = Write(
    "UPDATE pick p SET state = 'PUT_BACK' FROM prescription_line l"
    " WHERE l.id = p.prescription_line_id AND l.prescription_id = %(prescription_id)s AND p.state = 'HANDED_OVER'"
)
_HOLD_AGAIN: Final = Write(
    "UPDATE stock_reservation r SET state = 'HELD', quantity = l.quantity FROM prescription_line l"
    " WHERE l.id = r.prescription_line_id AND l.prescription_id = %(prescription_id)s AND r.state = 'USED'"
)


class Out(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a batch that went out for a line by one move; ``back`` of it was returned since."""

    line_id: int
    drug_id: int
    batch_id: int
    lot: str
    expires: date
    location_id: int
    move_id: int
    quantity: Decimal
    back: Decimal


def went_out(tx: ReadTx, prescription_id: int) -> tuple[Out, ...]:
    """What was handed over for a prescription, by line and batch, and not undone."""
    return tx.structs(Out, _WENT_OUT, prescription_id=prescription_id)


def shelve(tx: Tx, parts: Sequence[tuple[Out, Decimal, int]]) -> None:
    """Put so much of each to a place, in the order in which everybody locks levels and then batches. The prescription has to be locked by the
    caller, and :func:`come_back` has to follow."""
    places = sorted({(out.drug_id, out.expires, out.batch_id, place) for out, _, place in parts})
    levels = [
        {"location_id": place, "drug_id": drug, "quantity": sum(q for out, q, to in parts if (to, out.drug_id) == (place, drug))}
        for drug, place in sorted({(drug, place) for drug, _, _, place in places})
    ]
    balances = [
        {
            "location_id": place,
            "drug_id": drug,
            "batch_id": batch,
            "expires": expires,
            "quantity": sum(q for out, q, to in parts if (to, out.batch_id) == (place, batch)),
        }
        for drug, expires, batch, place in places
    ]
    tx.write_many(ADD_LEVEL, levels)
    tx.write_many(ADD_BALANCE, balances)
    say(tx, dict.fromkeys(out.drug_id for out, _, _ in parts))


def come_back(tx: Tx, kind: str, parts: Sequence[tuple[Out, Decimal, int]], document: str) -> list[int]:
    """Book what was shelved; the moves' ids in the order of ``parts``."""
    moved = tx.write(
        _COME_BACK,
        kind=kind,
        locations=[place for _, _, place in parts],
        drugs=[out.drug_id for out, _, _ in parts],
        batches=[out.batch_id for out, _, _ in parts],
        quantities=[quantity for _, quantity, _ in parts],
        lines=[out.line_id for out, _, _ in parts],
        reversed=[out.move_id for out, _, _ in parts],
        document=document,
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    return [row[0] for row in moved]


def undo_hand_over(tx: Tx, prescription_id: int, document: str) -> None:
    """What was handed over lies on its shelf again, held for the same lines, and is to be picked anew."""
    outs = went_out(tx, prescription_id)
    parts = [(out, out.quantity, out.location_id) for out in outs]
    shelve(tx, parts)
    come_back(tx, "DISPENSE", parts, document)
    for location_id in sorted({out.location_id for out in outs}):
        needs: dict[int, Decimal] = {}
        for out in outs:
            if out.location_id == location_id:
                needs[out.drug_id] = needs.get(out.drug_id, Decimal(0)) + out.quantity
        tx.write(RESERVE, location_id=location_id, drugs=list(needs), quantities=list(needs.values()))
    open_packs.give_back(tx, prescription_id, document)
    tx.write(_PUT_BACK, prescription_id=prescription_id)
    tx.write(_HOLD_AGAIN, prescription_id=prescription_id)
