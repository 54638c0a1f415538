"""The only writer of stock: moves by batch and place, the balances that they make, and what is held for prescriptions.

All quantities are in the drug's base unit. ``stock_level`` answers "how much is free" with one row a drug, and signing a prescription reserves
there; ``stock_balance`` knows the batches, and picking lays packs aside there by first expiry. The database refuses any balance below zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common import topics
from common.errors import NotEnoughStock, NotFound
from common.i18n import N_
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from server.db import Tx

#: The place that the desks dispense from.
PHARMACY: Final = "PHARMACY"
#: The store behind it 药库: what lies here is brought to the pharmacy by transfers. A small clinic keeps everything in its pharmacy.
STORE: Final = "STORE"
#: What was sent from one place and has not arrived at the other 在途.
TRANSIT: Final = "TRANSIT"
#: Where what came back and may not be sold again lies 不合格区. Nothing is dispensed from here.
QUARANTINE: Final = "QUARANTINE"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A prescription line's claim on stock. ``drug`` and ``unit`` are for the error's sentence."""

    line_id: int
    drug_id: int
    quantity: Decimal
    drug: str
    unit: str


_LOCATION: Final = Read("SELECT id FROM stock_location WHERE code = %(code)s")
LOCK_LEVELS: Final = Write(
    "SELECT drug_id FROM stock_level WHERE location_id = %(location_id)s AND drug_id = ANY(%(drugs)s) ORDER BY drug_id FOR UPDATE"
)
#: What is free: usable batches less what is held. Expired ones are on the shelf until they are destroyed, but nobody may get them. Asked once
#: the levels are locked, since a statement that waits for a lock still sums the batches as they were when it began.
_FREE: Final = Read(
    "SELECT l.drug_id, coalesce((SELECT sum(b.on_hand) FROM stock_balance b WHERE b.location_id = l.location_id AND b.drug_id = l.drug_id"
    " AND b.expires >= %(today)s), 0) - l.reserved FROM stock_level l"
    " WHERE l.location_id = %(location_id)s AND l.drug_id = ANY(%(drugs)s)"
)
RESERVE: Final = Write(
    "UPDATE stock_level l SET reserved = l.reserved + n.quantity"
    " FROM (SELECT * FROM unnest(%(drugs)s::bigint[], %(quantities)s::numeric[]) AS u(drug_id, quantity)) n"
    " WHERE l.location_id = %(location_id)s AND l.drug_id = n.drug_id"
)
#: A line that held something once and let go of it may hold something again; what it holds already is added to.
_HOLD: Final = Write(
    "INSERT INTO stock_reservation AS r (prescription_line_id, location_id, drug_id, quantity, state)"
    " SELECT line_id, %(location_id)s, drug_id, quantity, 'HELD'"
    " FROM unnest(%(lines)s::bigint[], %(drugs)s::bigint[], %(quantities)s::numeric[]) AS u(line_id, drug_id, quantity)"
    " ON CONFLICT (prescription_line_id) DO UPDATE SET state = 'HELD', location_id = excluded.location_id,"
    " quantity = excluded.quantity + CASE r.state WHEN 'HELD' THEN r.quantity ELSE 0 END"
)
_HELD: Final = Read(
    "SELECT DISTINCT r.location_id, r.drug_id FROM stock_reservation r JOIN prescription_line l ON l.id = r.prescription_line_id"
    " WHERE l.prescription_id = %(prescription_id)s AND r.state = 'HELD' AND (%(lines)s::bigint[] IS NULL OR l.id = ANY(%(lines)s))"
)
_LET_GO: Final = Write(
    "UPDATE stock_reservation r SET state = 'RELEASED' FROM prescription_line l WHERE l.id = r.prescription_line_id"
    " AND l.prescription_id = %(prescription_id)s AND r.state = 'HELD' AND (%(lines)s::bigint[] IS NULL OR l.id = ANY(%(lines)s))"
    " RETURNING r.drug_id, r.quantity"
)
_MOVES: Final = Write(
    "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, prescription_line_id, document, staff_id, at)"
    " SELECT %(kind)s, %(location_id)s, drug_id, batch_id, quantity, line_id, %(document)s, %(staff_id)s, %(at)s"
    " FROM unnest(%(drugs)s::bigint[], %(batches)s::bigint[], %(quantities)s::numeric[], %(lines)s::bigint[])"
    " AS u(drug_id, batch_id, quantity, line_id)"
)
_BATCH: Final = Write(
    "INSERT INTO stock_batch (drug_id, lot, expires, purchase_price, supplier, received_at)"
    " VALUES (%(drug_id)s, %(lot)s, %(expires)s, %(purchase_price)s, %(supplier)s, %(at)s)"
    " ON CONFLICT ON CONSTRAINT uq_stock_batch_goods DO UPDATE SET received_at = stock_batch.received_at RETURNING id"
)
ADD_LEVEL: Final = Write(
    "INSERT INTO stock_level (location_id, drug_id, on_hand) VALUES (%(location_id)s, %(drug_id)s, %(quantity)s)"
    " ON CONFLICT (location_id, drug_id) DO UPDATE SET on_hand = stock_level.on_hand + excluded.on_hand"
)
ADD_BALANCE: Final = Write(
    "INSERT INTO stock_balance (location_id, drug_id, batch_id, expires, on_hand)"
    " VALUES (%(location_id)s, %(drug_id)s, %(batch_id)s, %(expires)s, %(quantity)s)"
    " ON CONFLICT (location_id, batch_id) DO UPDATE SET on_hand = stock_balance.on_hand + excluded.on_hand"
)


_places: dict[tuple[bytes, bytes, str], int] = {}


def location(tx: Tx, code: str = PHARMACY) -> int:
    """A place's id. Places are never taken away, so what was found once is kept."""
    key = (tx.connection.pgconn.db, tx.connection.pgconn.port, code)
    if key not in _places:
        _places[key] = int(tx.one(_LOCATION, NotFound(kind=N_("Stock location"), key=code), code=code)[0])
    return _places[key]


def claim(tx: Tx, needs: Sequence[Need]) -> None:
    """Take so much out of what is free. Raises ``NotEnoughStock`` for the first drug of which too little is left."""
    location_id = location(tx)
    wanted = _by_drug(needs)
    tx.write(LOCK_LEVELS, location_id=location_id, drugs=sorted(wanted))
    free: dict[int, Decimal] = dict(tx.rows(_FREE, location_id=location_id, drugs=sorted(wanted), today=tx.today))
    for need in needs:
        left = max(free.get(need.drug_id, Decimal(0)), Decimal(0))
        if left < wanted[need.drug_id]:
            raise NotEnoughStock(drug=need.drug, wanted=wanted[need.drug_id], left=left, unit=need.unit)
    tx.write(RESERVE, location_id=location_id, drugs=list(wanted), quantities=list(wanted.values()))
    say(tx, wanted)


def claim_free(tx: Tx, needs: Sequence[Need]) -> dict[int, Decimal]:
    """Claim and hold as much as is free, the first needs first; how much of it, by line. Nothing of a drug of which nothing is free."""
    location_id = location(tx)
    drugs = sorted(_by_drug(needs))
    tx.write(LOCK_LEVELS, location_id=location_id, drugs=drugs)
    free: dict[int, Decimal] = dict(tx.rows(_FREE, location_id=location_id, drugs=drugs, today=tx.today))
    got: list[Need] = []
    for need in needs:
        part = min(need.quantity, max(free.get(need.drug_id, Decimal(0)), Decimal(0)))
        if part > 0:
            free[need.drug_id] -= part
            got.append(msgspec.structs.replace(need, quantity=part))
    if got:
        taken = _by_drug(got)
        tx.write(RESERVE, location_id=location_id, drugs=list(taken), quantities=list(taken.values()))
        hold(tx, got)
        say(tx, taken)
    return {need.line_id: need.quantity for need in got}


def hold(tx: Tx, needs: Sequence[Need]) -> None:
    """Write down which lines hold what was claimed for them."""
    tx.write(
        _HOLD,
        location_id=location(tx),
        lines=[need.line_id for need in needs],
        drugs=[need.drug_id for need in needs],
        quantities=[need.quantity for need in needs],
    )


def _by_drug(needs: Sequence[Need]) -> dict[int, Decimal]:
    wanted: dict[int, Decimal] = {}
    for need in needs:
        wanted[need.drug_id] = wanted.get(need.drug_id, Decimal(0)) + need.quantity
    return wanted


def say(tx: Tx, drugs: Mapping[int, object]) -> None:
    """The stock of these drugs changed."""
    for drug_id in drugs:
        tx.changed(topics.STOCK, drug_id)


def release(tx: Tx, prescription_id: int, lines: Sequence[int] | None = None) -> None:
    """Free what a prescription holds (or only these of its lines): it was voided, sent back, expired, or nobody waits for it any more.

    How much that is, is asked once the levels are locked: somebody else may have let go of it meanwhile, and it is freed once."""
    held = tx.rows(_HELD, prescription_id=prescription_id, lines=lines)
    if not held:
        return
    location_id, drugs = held[0][0], sorted(row[1] for row in held)  # one place for all
    tx.write(LOCK_LEVELS, location_id=location_id, drugs=drugs)
    freed: dict[int, Decimal] = {}
    for drug_id, quantity in tx.write(_LET_GO, prescription_id=prescription_id, lines=lines):
        freed[drug_id] = freed.get(drug_id, Decimal(0)) - quantity
    if freed:
        tx.write(RESERVE, location_id=location_id, drugs=list(freed), quantities=list(freed.values()))
        say(tx, freed)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one batch. ``quantity`` in base units, ``purchase_price`` yuan a pack."""

    drug_id: int
    lot: str
    expires: date
    quantity: Decimal
    purchase_price: Decimal
    supplier: str


def receive(tx: Tx, deliveries: Sequence[Delivery], document: str, place: str = PHARMACY) -> None:
    """Book goods in at a place. The levels are locked before the batches, as whoever moves a batch locks them."""
    location_id = location(tx, place)
    ordered = sorted(deliveries, key=lambda d: (d.drug_id, d.expires, d.lot, d.purchase_price, d.supplier))
    levels = _by_drug([Need(line_id=0, drug_id=d.drug_id, quantity=d.quantity, drug="", unit="") for d in ordered])
    tx.write_many(ADD_LEVEL, [{"location_id": location_id, "drug_id": drug, "quantity": quantity} for drug, quantity in levels.items()])
    batches: list[int] = []
    for delivery in ordered:
        row = tx.write_one(
            _BATCH,
            drug_id=delivery.drug_id,
            lot=delivery.lot,
            expires=delivery.expires,
            purchase_price=delivery.purchase_price,
            supplier=delivery.supplier,
            at=tx.now,
        )
        assert row is not None
        batches.append(row[0])
    tx.write_many(
        ADD_BALANCE,
        [
            {"location_id": location_id, "drug_id": d.drug_id, "batch_id": batch, "expires": d.expires, "quantity": d.quantity}
            for d, batch in zip(ordered, batches, strict=True)
        ],
    )
    tx.write(
        _MOVES,
        kind="RECEIPT",
        location_id=location_id,
        drugs=[d.drug_id for d in ordered],
        batches=batches,
        quantities=[d.quantity for d in ordered],
        lines=[None] * len(ordered),
        document=document,
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    say(tx, levels)
