"""Moves that no patient is behind: between places, out of the house, and what a count found. One act posts all of its parts or none.

Whatever the paper is called (transfer, damage, destruction, recall, return to a supplier, stock-take), it is written here, so that the two rules
hold once for all: a batch never gives more than lies there free, and a drug never less than what signed prescriptions hold of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.recall_errors import LotKeptOut
from common.store_errors import HeldForPatients, NotEnoughInBatch
from server.db import Read, Write
from server.insurance_desk import entering
from server.stock_book import ADD_BALANCE, ADD_LEVEL, PHARMACY, QUARANTINE, STORE, location, open_packs, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from server.db import ReadTx, Row, Tx

_ZERO: Final = Decimal(0)
#: Levels before batches, both in one order: two acts on the same drugs wait for each other and never cross.
_LOCK_LEVELS: Final = Write(
    "SELECT l.location_id, l.drug_id, l.on_hand, l.reserved FROM stock_level l JOIN unnest(%(locations)s::bigint[], %(drugs)s::bigint[])"
    " AS u(location_id, drug_id) USING (location_id, drug_id) ORDER BY l.drug_id, l.location_id FOR UPDATE OF l"
)
#: What can still be handed out, asked once the levels are locked.
_USABLE: Final = Read(
    "SELECT b.location_id, b.drug_id, sum(b.on_hand) FROM stock_balance b JOIN unnest(%(locations)s::bigint[], %(drugs)s::bigint[])"
    " AS u(location_id, drug_id) USING (location_id, drug_id) WHERE b.expires >= %(today)s GROUP BY b.location_id, b.drug_id"
)
_LOCK_BALANCES: Final = Write(
    "SELECT b.location_id, b.batch_id, b.on_hand - b.picked FROM stock_balance b JOIN unnest(%(locations)s::bigint[], %(batches)s::bigint[])"
    " AS u(location_id, batch_id) USING (location_id, batch_id) ORDER BY b.drug_id, b.expires, b.batch_id, b.location_id FOR UPDATE OF b"
)
_TAKE_LEVELS: Final = Write(
    "UPDATE stock_level l SET on_hand = l.on_hand + u.quantity FROM unnest(%(locations)s::bigint[], %(drugs)s::bigint[], %(quantities)s::numeric[])"
    " AS u(location_id, drug_id, quantity) WHERE l.location_id = u.location_id AND l.drug_id = u.drug_id"
)
_TAKE_BALANCES: Final = Write(
    "UPDATE stock_balance b SET on_hand = b.on_hand + u.quantity FROM unnest(%(locations)s::bigint[], %(batches)s::bigint[],"
    " %(quantities)s::numeric[]) AS u(location_id, batch_id, quantity) WHERE b.location_id = u.location_id AND b.batch_id = u.batch_id"
)
_BATCHES: Final = Read(
    "SELECT b.id, b.drug_id, b.expires, b.lot, d.name, d.base_unit FROM stock_batch b JOIN drug d ON d.id = b.drug_id WHERE b.id = ANY(%(ids)s)"
)
_MOVES: Final = Write(
    "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, document, staff_id, at)"
    " SELECT %(kind)s, u.location_id, u.drug_id, u.batch_id, u.quantity, %(document)s, %(staff_id)s, %(at)s"
    " FROM unnest(%(locations)s::bigint[], %(drugs)s::bigint[], %(batches)s::bigint[], %(quantities)s::numeric[]) WITH ORDINALITY"
    " AS u(location_id, drug_id, batch_id, quantity, place) ORDER BY u.place RETURNING id"
)
#: Lots that nothing may be used of. Asked once their levels are locked, so that a paper that was written meanwhile is seen.
_KEPT_OUT: Final = Read(
    "SELECT q.drug_id, q.lot, q.number, d.name FROM quarantine q JOIN drug d ON d.id = q.drug_id"
    " JOIN unnest(%(drugs)s::bigint[], %(lots)s::text[]) AS u(drug_id, lot) ON u.drug_id = q.drug_id AND u.lot = q.lot WHERE q.state = 'HELD'"
    " ORDER BY q.id"
)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a batch comes to a place (``quantity`` above zero) or leaves it (below), in base units."""

    location_id: int
    batch_id: int
    quantity: Decimal


def carried(batch_id: int, quantity: Decimal, *, out_of: int, to: int) -> tuple[Part, Part]:
    """The two parts of carrying so much from one place to another."""
    return (
        Part(location_id=out_of, batch_id=batch_id, quantity=-quantity),
        Part(location_id=to, batch_id=batch_id, quantity=quantity),
    )


def post(tx: Tx, kind: str, document: str, parts: Sequence[Part]) -> list[int]:
    """Book all parts under ``document``; the moves' ids in the order of ``parts``. Parts of nothing are not allowed.

    ``kind`` is one of ``stock_move``'s. Raises ``NotEnoughInBatch`` where a batch would give what is not there or is laid aside for a patient,
    ``HeldForPatients`` where a drug would fall below what signed prescriptions hold. Nothing is changed then.
    """
    batches: dict[int, Row] = {row[0]: row for row in tx.rows(_BATCHES, ids=sorted({part.batch_id for part in parts}))}
    by_batch = _sums((part.location_id, part.batch_id, part.quantity) for part in parts)
    by_drug = _sums((part.location_id, batches[part.batch_id][1], part.quantity) for part in parts)
    usable = _sums((part.location_id, batches[part.batch_id][1], part.quantity) for part in parts if batches[part.batch_id][2] >= tx.today)
    levels = _lock_levels(tx, by_drug, usable, batches)
    balances = _lock_balances(tx, by_batch, batches)
    _take_levels(tx, by_drug, levels)
    _take_balances(tx, by_batch, balances, batches)
    moved = tx.write(
        _MOVES,
        kind=kind,
        document=document,
        staff_id=tx.actor.staff,
        at=tx.now,
        locations=[part.location_id for part in parts],
        drugs=[batches[part.batch_id][1] for part in parts],
        batches=[part.batch_id for part in parts],
        quantities=[part.quantity for part in parts],
    )
    ids = [row[0] for row in moved]
    entering.enter_moves(tx, ids)
    _fit_open_packs(tx, by_batch, document)
    say(tx, {drug: None for _, drug in by_drug})
    _keep_out(tx, parts, batches)
    return ids


def _keep_out(tx: Tx, parts: Sequence[Part], batches: dict[int, Row]) -> None:
    """What arrives where it would be used, though its lot is kept out of use, goes on to the quarantine area by the lot's paper."""
    used = {location(tx, PHARMACY), location(tx, STORE)}
    arrived = [part for part in parts if part.quantity > 0 and part.location_id in used]
    papers = kept_out(tx, {(batches[part.batch_id][1], batches[part.batch_id][3]) for part in arrived}) if arrived else {}
    for part in arrived:
        paper = papers.get((batches[part.batch_id][1], batches[part.batch_id][3]))
        if paper is not None:
            post(tx, "TRANSFER", paper[0], carried(part.batch_id, part.quantity, out_of=part.location_id, to=location(tx, QUARANTINE)))


def kept_out(tx: ReadTx, lots: Collection[tuple[int, str]]) -> dict[tuple[int, str], tuple[str, str]]:
    """Which of these lots (drug, lot) are kept out of use, each with its paper's number and the drug's name."""
    found = tx.rows(_KEPT_OUT, drugs=[drug for drug, _ in lots], lots=[lot for _, lot in lots])
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


def refuse_kept_out(tx: ReadTx, lots: Collection[tuple[int, str]]) -> None:
    """Nothing of these lots (drug, lot) may just have come to a place where it would be used. Raises ``LotKeptOut``.

    To be called behind the booking: then their levels are locked, and whoever takes a lot out of use waits for us, or was before us."""
    for (_, lot), (number, drug) in (kept_out(tx, lots) if lots else {}).items():
        raise LotKeptOut(drug=drug, lot=lot, number=number)


def _fit_open_packs(tx: Tx, changes: dict[tuple[int, int], Decimal], document: str) -> None:
    """What was lost or taken away less than a pack was out of an opened one."""
    for place in sorted({place for (place, _), change in changes.items() if change < 0}):
        open_packs.fit(tx, place, {batch: -change for (at, batch), change in changes.items() if at == place and change < 0}, document)


def _sums(parts: Iterable[tuple[int, int, Decimal]]) -> dict[tuple[int, int], Decimal]:
    sums: dict[tuple[int, int], Decimal] = {}
    for place, thing, quantity in parts:
        sums[place, thing] = sums.get((place, thing), _ZERO) + quantity
    return sums


def _lock_levels(
    tx: Tx, changes: dict[tuple[int, int], Decimal], usable: dict[tuple[int, int], Decimal], batches: dict[int, Row]
) -> set[tuple[int, int]]:
    """The levels that there are, if enough is left for what prescriptions hold. ``usable`` is what of the changes has not expired: nobody can be
    given the rest, so it cannot be what they hold."""
    given = {"locations": [place for place, _ in changes], "drugs": [drug for _, drug in changes]}
    there = {(row[0], row[1]): (row[2], row[3]) for row in tx.write(_LOCK_LEVELS, **given)}
    good = (
        {(row[0], row[1]): row[2] for row in tx.rows(_USABLE, today=tx.today, **given)} if any(held for _, held in there.values()) else {}
    )
    named = {row[1]: row for row in batches.values()}
    for key, change in changes.items():
        on_hand, reserved = there.get(key, (_ZERO, _ZERO))
        less = usable.get(key, _ZERO)
        if reserved and ((change < 0 and on_hand + change < reserved) or (less < 0 and good.get(key, _ZERO) + less < reserved)):
            _, _, _, _, name, unit = named[key[1]]
            left = max(min(on_hand, good.get(key, _ZERO)) - reserved, _ZERO)
            raise HeldForPatients(drug=name, wanted=-min(change, less), left=left, held=reserved, unit=unit)
    return set(there)


def _take_levels(tx: Tx, changes: dict[tuple[int, int], Decimal], there: Collection[tuple[int, int]]) -> None:
    known = {key: change for key, change in changes.items() if key in there}
    tx.write(
        _TAKE_LEVELS,
        locations=[place for place, _ in known],
        drugs=[drug for _, drug in known],
        quantities=list(known.values()),
    )
    fresh = [{"location_id": key[0], "drug_id": key[1], "quantity": change} for key, change in sorted(changes.items()) if key not in there]
    if fresh:
        tx.write_many(ADD_LEVEL, fresh)


def _lock_balances(tx: Tx, changes: dict[tuple[int, int], Decimal], batches: dict[int, Row]) -> set[tuple[int, int]]:
    """The balances that there are, if each has as much free as it gives."""
    rows = tx.write(_LOCK_BALANCES, locations=[place for place, _ in changes], batches=[batch for _, batch in changes])
    there = {(row[0], row[1]): row[2] for row in rows}
    for (place, batch), change in changes.items():
        free = there.get((place, batch), _ZERO)
        if free + change < 0 and change < 0:
            _, _, _, lot, name, unit = batches[batch]
            raise NotEnoughInBatch(drug=name, lot=lot, wanted=-change, left=free, unit=unit)
    return set(there)


def _take_balances(tx: Tx, changes: dict[tuple[int, int], Decimal], there: Collection[tuple[int, int]], batches: dict[int, Row]) -> None:
    known = {key: change for key, change in changes.items() if key in there}
    tx.write(
        _TAKE_BALANCES,
        locations=[place for place, _ in known],
        batches=[batch for _, batch in known],
        quantities=list(known.values()),
    )
    fresh = [
        {"location_id": key[0], "drug_id": batches[key[1]][1], "batch_id": key[1], "expires": batches[key[1]][2], "quantity": change}
        for key, change in sorted(changes.items())
        if key not in there
    ]
    if fresh:
        tx.write_many(ADD_BALANCE, fresh)
