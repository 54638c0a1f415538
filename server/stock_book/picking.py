"""Picking and handing over: batches are laid aside for prescription lines, put back, exchanged, and leave the pharmacy.

What is no whole pack comes out of opened packs first, whatever batch they are of; everything else by first expiry. Sealed packs are taken whole.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.errors import NotEnoughStock
from common.store_errors import NotEnoughInBatch
from server import stock_book
from server.db import Read, Write
from server.stock_book import LOCK_LEVELS, Need, open_packs, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from server.db import Tx
    from server.stock_book.open_packs import OpenPart

_ZERO: Final = Decimal(0)


class ToPick(Need, frozen=True, kw_only=True):
    """What is still to be laid aside for a line. ``pooled``: what is no whole pack is taken out of opened packs."""

    pack_size: Decimal
    pooled: bool


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """So much of one batch laid aside for one line; with ``open_pack_id`` it is to come out of that opened pack."""

    line_id: int
    batch_id: int
    quantity: Decimal
    open_pack_id: int | None = None


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A pick that is laid aside."""

    id: int
    line_id: int
    drug_id: int
    batch_id: int
    location_id: int
    quantity: Decimal
    open_pack_id: int | None
    reason: str
    chosen_by: int | None


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a pick is handed over now; the rest of it goes back to its shelf."""

    aside: Aside
    quantity: Decimal


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """What left the pharmacy, by its move."""

    line_id: int
    batch_id: int
    quantity: Decimal
    move_id: int


# --- laying aside ------------------------------------------------------------------------------------------------------------------

_HELD_BY: Final = Read(
    "SELECT prescription_line_id, quantity FROM stock_reservation WHERE prescription_line_id = ANY(%(lines)s) AND state = 'HELD'"
)
_LOCK_BATCHES: Final = Write(
    "SELECT drug_id, batch_id, on_hand - picked FROM stock_balance"
    " WHERE location_id = %(location_id)s AND drug_id = ANY(%(drugs)s) AND on_hand > picked AND expires >= %(today)s"
    " ORDER BY drug_id, expires, batch_id FOR UPDATE"
)
_LAY_ASIDE: Final = Write(
    "WITH laid AS (INSERT INTO pick (prescription_line_id, batch_id, location_id, quantity, state, reason, chosen_by, open_pack_id)"
    " SELECT line_id, batch_id, %(location_id)s, quantity, 'LAID_ASIDE', %(reason)s, %(chosen_by)s, open_pack_id"
    " FROM unnest(%(lines)s::bigint[], %(batches)s::bigint[], %(quantities)s::numeric[], %(packs)s::bigint[])"
    " AS u(line_id, batch_id, quantity, open_pack_id) RETURNING batch_id, quantity)"
    " UPDATE stock_balance b SET picked = b.picked + s.quantity FROM (SELECT batch_id, sum(quantity) AS quantity FROM laid GROUP BY batch_id) s"
    " WHERE b.location_id = %(location_id)s AND b.batch_id = s.batch_id"
)


def lay_aside(tx: Tx, needs: Sequence[ToPick], aside: Mapping[int, Decimal]) -> list[Laid]:
    """Lay aside as much as there is; expired batches are passed over. What a line does not hold is claimed first, as far as it is free.

    ``aside`` lies there for a line already. Raises ``NotEnoughStock`` when nothing lies there and nothing can be laid.
    """
    location_id = stock_book.location(tx)
    held: dict[int, Decimal] = dict(tx.rows(_HELD_BY, lines=[need.line_id for need in needs]))
    target = {need.line_id: max(held.get(need.line_id, _ZERO) - aside.get(need.line_id, _ZERO), _ZERO) for need in needs}
    lacking = [_less(need, need.quantity - target[need.line_id]) for need in needs if need.quantity > target[need.line_id]]
    if lacking:
        for line_id, quantity in stock_book.claim_free(tx, lacking).items():
            target[line_id] += quantity
    shelf = _Shelf(tx, location_id, sorted({need.drug_id for need in needs}))
    laid = [part for need in needs for part in shelf.take(need, min(need.quantity, target[need.line_id]))]
    if not laid and not any(aside.values()):
        need = needs[0]
        raise NotEnoughStock(drug=need.drug, wanted=need.quantity, left=_ZERO, unit=need.unit)
    _lay(tx, location_id, laid)
    return laid


def _less(need: ToPick, quantity: Decimal) -> ToPick:
    return msgspec.structs.replace(need, quantity=quantity)


def _lay(tx: Tx, location_id: int, laid: Sequence[Laid], reason: str = "") -> None:
    if laid:
        tx.write(
            _LAY_ASIDE,
            location_id=location_id,
            lines=[part.line_id for part in laid],
            batches=[part.batch_id for part in laid],
            quantities=[part.quantity for part in laid],
            packs=[part.open_pack_id for part in laid],
            reason=reason,
            chosen_by=tx.actor.staff if reason else None,
        )


class _Shelf:
    """What is free of some drugs, by batch and opened pack; it shrinks as lines take from it."""

    def __init__(self, tx: Tx, location_id: int, drugs: list[int]) -> None:
        rows = tx.write(_LOCK_BATCHES, location_id=location_id, drugs=drugs, today=tx.today)
        self._free: dict[int, Decimal] = {batch_id: free for _, batch_id, free in rows}
        self._of: dict[int, list[int]] = defaultdict(list)
        for drug_id, batch_id, _ in rows:
            self._of[drug_id].append(batch_id)
        self._open = [pack for pack in open_packs.free_of(tx, location_id, drugs) if pack.batch_id in self._free]

    def take(self, need: ToPick, quantity: Decimal) -> list[Laid]:
        """Up to ``quantity`` for a line: its broken pack out of opened ones, then sealed packs, then what is left however it lies."""
        laid = self._opened(need, quantity % need.pack_size) if need.pooled else []
        left = quantity - sum((part.quantity for part in laid), _ZERO)
        plain: dict[int, Decimal] = defaultdict(Decimal)
        if need.pooled:
            self._collect(need, plain, left - left % need.pack_size, self._sealed_packs)
        self._collect(need, plain, left - sum(plain.values(), _ZERO), lambda _need, batch: self._sealed(batch))
        self._collect(need, plain, left - sum(plain.values(), _ZERO), lambda _need, batch: self._free[batch])
        return [*(Laid(line_id=need.line_id, batch_id=batch, quantity=part) for batch, part in plain.items()), *laid]

    def _opened(self, need: ToPick, rest: Decimal) -> list[Laid]:
        laid = []
        for pack in self._open:
            part = min(rest, pack.free, self._free[pack.batch_id]) if pack.drug_id == need.drug_id else _ZERO
            if part > 0:
                laid.append(Laid(line_id=need.line_id, batch_id=pack.batch_id, quantity=part, open_pack_id=pack.id))
                pack.free -= part
                self._free[pack.batch_id] -= part
                rest -= part
        return laid

    def _collect(self, need: ToPick, plain: dict[int, Decimal], wanted: Decimal, there: Callable[[ToPick, int], Decimal]) -> None:
        for batch in self._of[need.drug_id]:
            part = min(wanted, there(need, batch))
            if part > 0:
                plain[batch] += part
                self._free[batch] -= part
                wanted -= part

    def _sealed(self, batch: int) -> Decimal:
        return max(self._free[batch] - sum((pack.free for pack in self._open if pack.batch_id == batch), _ZERO), _ZERO)

    def _sealed_packs(self, need: ToPick, batch: int) -> Decimal:
        sealed = self._sealed(batch)
        return sealed - sealed % need.pack_size


# --- what is laid aside ------------------------------------------------------------------------------------------------------------

_ASIDE: Final = Write(
    "SELECT p.id, p.prescription_line_id AS line_id, b.drug_id, p.batch_id, p.location_id, p.quantity, p.open_pack_id, p.reason, p.chosen_by"
    " FROM pick p JOIN prescription_line l ON l.id = p.prescription_line_id JOIN stock_batch b ON b.id = p.batch_id"
    " WHERE l.prescription_id = %(prescription_id)s AND p.state = 'LAID_ASIDE' ORDER BY b.drug_id, b.expires, p.batch_id, p.id FOR UPDATE OF p"
)
_AWAY: Final = Write("UPDATE pick SET state = 'PUT_BACK' WHERE id = ANY(%(ids)s)")
_LESS_PICKED: Final = Write(
    "UPDATE stock_balance b SET picked = b.picked - s.quantity FROM (SELECT batch_id, sum(quantity) AS quantity"
    " FROM unnest(%(batches)s::bigint[], %(quantities)s::numeric[]) AS u(batch_id, quantity) GROUP BY batch_id) s"
    " WHERE b.location_id = %(location_id)s AND b.batch_id = s.batch_id"
)
_LOCK_BALANCES: Final = Write(
    "SELECT batch_id, on_hand - picked, expires FROM stock_balance WHERE location_id = %(location_id)s AND batch_id = ANY(%(batches)s)"
    " ORDER BY drug_id, expires, batch_id FOR UPDATE"
)


def aside(tx: Tx, prescription_id: int) -> list[Aside]:
    """What lies aside for a prescription, first expiry first."""
    return [
        Aside(
            id=row[0],
            line_id=row[1],
            drug_id=row[2],
            batch_id=row[3],
            location_id=row[4],
            quantity=row[5],
            open_pack_id=row[6],
            reason=row[7],
            chosen_by=row[8],
        )
        for row in tx.write(_ASIDE, prescription_id=prescription_id)
    ]


def put_back(tx: Tx, picks: Sequence[Aside]) -> None:
    """They lie on their shelf again; what is held for their lines stays held."""
    if not picks:
        return
    location_id, batches = picks[0].location_id, [pick.batch_id for pick in picks]
    tx.write(_LOCK_BALANCES, location_id=location_id, batches=batches)
    tx.write(_AWAY, ids=[pick.id for pick in picks])
    tx.write(_LESS_PICKED, location_id=location_id, batches=batches, quantities=[pick.quantity for pick in picks])


def choose(tx: Tx, pick: Aside, batch_id: int, reason: str, *, drug: str, lot: str, unit: str) -> Laid:
    """Another batch for a pick, or the same one out of another pack. Raises ``NotEnoughInBatch``, also for one that has expired."""
    rows = tx.write(_LOCK_BALANCES, location_id=pick.location_id, batches=[pick.batch_id, batch_id])
    free = {row[0]: row[1] for row in rows if row[2] >= tx.today}
    if batch_id in free and batch_id == pick.batch_id:
        free[batch_id] += pick.quantity
    if free.get(batch_id, _ZERO) < pick.quantity:
        raise NotEnoughInBatch(drug=drug, lot=lot, wanted=pick.quantity, left=free.get(batch_id, _ZERO), unit=unit)
    tx.write(_AWAY, ids=[pick.id])
    tx.write(_LESS_PICKED, location_id=pick.location_id, batches=[pick.batch_id], quantities=[pick.quantity])
    opened = _other_open(open_packs.free_of(tx, pick.location_id, [pick.drug_id]), pick, batch_id)
    laid = Laid(line_id=pick.line_id, batch_id=batch_id, quantity=pick.quantity, open_pack_id=opened)
    _lay(tx, pick.location_id, [laid], reason)
    return laid


def _other_open(packs: Iterable[OpenPart], pick: Aside, batch_id: int) -> int | None:
    """What was to come out of an opened pack comes out of another one of the chosen batch, if one holds enough."""
    if pick.open_pack_id is None:
        return None
    fit = (pack.id for pack in packs if pack.batch_id == batch_id and pack.id != pick.open_pack_id and pack.free >= pick.quantity)
    return next(fit, None)


# --- handing over ------------------------------------------------------------------------------------------------------------------

_HELD: Final = Read(
    "SELECT r.drug_id, sum(r.quantity) FROM stock_reservation r JOIN prescription_line l ON l.id = r.prescription_line_id"
    " WHERE l.prescription_id = %(prescription_id)s AND r.state = 'HELD' GROUP BY r.drug_id"
)
_TAKE_LEVEL: Final = Write(
    "UPDATE stock_level l SET on_hand = l.on_hand - s.quantity, reserved = l.reserved - s.held FROM unnest(%(drugs)s::bigint[],"
    " %(quantities)s::numeric[], %(held)s::numeric[]) AS s(drug_id, quantity, held)"
    " WHERE l.location_id = %(location_id)s AND l.drug_id = s.drug_id"
)
_TAKE_BALANCE: Final = Write(
    "UPDATE stock_balance b SET on_hand = b.on_hand - s.quantity, picked = b.picked - s.aside FROM (SELECT batch_id, sum(quantity) AS quantity,"
    " sum(aside) AS aside FROM unnest(%(batches)s::bigint[], %(quantities)s::numeric[], %(aside)s::numeric[]) AS u(batch_id, quantity, aside)"
    " GROUP BY batch_id) s WHERE b.location_id = %(location_id)s AND b.batch_id = s.batch_id"
)
_HAND_OVER: Final = Write("UPDATE pick SET state = 'HANDED_OVER' WHERE id = ANY(%(ids)s)")
_HAND_OVER_PART: Final = Write(
    "INSERT INTO pick (prescription_line_id, batch_id, location_id, quantity, state, reason, chosen_by, open_pack_id)"
    " SELECT k.prescription_line_id, k.batch_id, k.location_id, u.quantity, 'HANDED_OVER', k.reason, k.chosen_by, k.open_pack_id"
    " FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[]) AS u(id, quantity) JOIN pick k ON k.id = u.id"
)
_MOVES: Final = Write(
    "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, prescription_line_id, document, staff_id, at)"
    " SELECT 'DISPENSE', %(location_id)s, drug_id, batch_id, -quantity, line_id, %(document)s, %(staff_id)s, %(at)s"
    " FROM unnest(%(drugs)s::bigint[], %(batches)s::bigint[], %(quantities)s::numeric[], %(lines)s::bigint[]) WITH ORDINALITY"
    " AS u(drug_id, batch_id, quantity, line_id, place) ORDER BY place RETURNING id"
)
#: What a line got is used; what is left of a line is free for others until it is picked.
_LET_GO: Final = Write(
    "UPDATE stock_reservation r SET state = CASE WHEN l.dispensed + l.given_up >= l.quantity THEN 'USED' ELSE 'RELEASED' END"
    " FROM prescription_line l WHERE l.id = r.prescription_line_id AND l.prescription_id = %(prescription_id)s AND r.state = 'HELD'"
)


def hand_over(tx: Tx, prescription_id: int, going: Sequence[Going], document: str) -> list[Gone]:
    """What goes leaves the pharmacy, what of the picks does not go lies on its shelf again. ``dispensed`` of the lines counts it already."""
    location_id = going[0].aside.location_id
    out: dict[int, Decimal] = defaultdict(Decimal)
    for each in going:
        out[each.aside.drug_id] += each.quantity
    held: dict[int, Decimal] = dict(tx.rows(_HELD, prescription_id=prescription_id))
    drugs = sorted({*out, *held})
    tx.write(LOCK_LEVELS, location_id=location_id, drugs=drugs)
    tx.write(
        _TAKE_LEVEL,
        location_id=location_id,
        drugs=drugs,
        quantities=[out[drug] for drug in drugs],
        held=[held.get(drug, _ZERO) for drug in drugs],
    )
    batches = [each.aside.batch_id for each in going]
    tx.write(
        _TAKE_BALANCE,
        location_id=location_id,
        batches=batches,
        quantities=[each.quantity for each in going],
        aside=[each.aside.quantity for each in going],
    )
    gone = _move(tx, location_id, [each for each in going if each.quantity], document)
    _close_picks(tx, going)
    tx.write(_LET_GO, prescription_id=prescription_id)
    say(tx, dict.fromkeys(drugs))
    return gone


def _move(tx: Tx, location_id: int, going: Sequence[Going], document: str) -> list[Gone]:
    moves = tx.write(
        _MOVES,
        location_id=location_id,
        drugs=[each.aside.drug_id for each in going],
        batches=[each.aside.batch_id for each in going],
        quantities=[each.quantity for each in going],
        lines=[each.aside.line_id for each in going],
        document=document,
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    return [
        Gone(line_id=each.aside.line_id, batch_id=each.aside.batch_id, quantity=each.quantity, move_id=move[0])
        for each, move in zip(going, moves, strict=True)
    ]


def _close_picks(tx: Tx, going: Sequence[Going]) -> None:
    whole = [each.aside.id for each in going if each.quantity == each.aside.quantity]
    parts = [each for each in going if each.quantity != each.aside.quantity]
    if whole:
        tx.write(_HAND_OVER, ids=whole)
    if parts:
        some = [each for each in parts if each.quantity]
        tx.write(_HAND_OVER_PART, ids=[each.aside.id for each in some], quantities=[each.quantity for each in some])
        tx.write(_AWAY, ids=[each.aside.id for each in parts])
