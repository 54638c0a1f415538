"""A lot is taken out of use: all of it goes to the quarantine area, whatever it was meant for; and back, once it is let go.

What is laid aside for patients is put back first, and its prescriptions wait to be picked again. If the pharmacy then holds less than signed
prescriptions were promised, promises are taken back: the newest unpaid first, the paid ones last. All of it happens in one transaction.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from common import topics
from server.db import Read, Write
from server.stock_book import PHARMACY, QUARANTINE, RESERVE, STORE, apart, location
from server.stock_book.moves import Part, carried, post

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from server.db import Tx

_ZERO: Final = Decimal(0)
#: Where a lot is taken from. What is on its way follows when it arrives (see :mod:`server.stock_book.moves`).
PLACES: Final = (PHARMACY, STORE)

#: Every place has its row, so that whoever brings the drug there for the first time in this moment waits for us, or we for them.
_LEVELS: Final = Write(
    "INSERT INTO stock_level (location_id, drug_id, on_hand) SELECT p.id, %(drug_id)s, 0 FROM stock_location p WHERE p.code = ANY(%(places)s)"
    " ORDER BY p.id ON CONFLICT DO NOTHING"
)
_BATCHES: Final = Read("SELECT id, lot FROM stock_batch WHERE drug_id = %(drug_id)s AND lot = ANY(%(lots)s) ORDER BY expires, id")
#: What is locked is remembered up to here, and let go again by going back to it.
_MARK: Final = Read("SAVEPOINT pulling")
_BACK: Final = Read("ROLLBACK TO SAVEPOINT pulling")
_LOCK_PRESCRIPTIONS: Final = Write("SELECT id FROM prescription WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE")
_LOCK_LEVELS: Final = Write("SELECT location_id, reserved FROM stock_level WHERE drug_id = %(drug_id)s ORDER BY location_id FOR UPDATE")
#: The lots themselves, and whatever else is laid aside for the same prescriptions.
_LOCK_BALANCES: Final = Write(
    "SELECT b.location_id, b.batch_id FROM stock_balance b WHERE b.batch_id = ANY(%(batches)s) OR (b.location_id, b.batch_id) IN"
    " (SELECT k.location_id, k.batch_id FROM pick k JOIN prescription_line l ON l.id = k.prescription_line_id"
    " WHERE l.prescription_id = ANY(%(ids)s) AND k.state = 'LAID_ASIDE')"
    " ORDER BY b.drug_id, b.expires, b.batch_id, b.location_id FOR UPDATE OF b"
)
_PICKED: Final = Read(
    "SELECT DISTINCT l.prescription_id FROM pick k JOIN prescription_line l ON l.id = k.prescription_line_id"
    " WHERE k.batch_id = ANY(%(batches)s) AND k.state = 'LAID_ASIDE'"
)
#: What can still be handed out of other lots.
_USABLE: Final = Read(
    "SELECT coalesce(sum(on_hand), 0) FROM stock_balance WHERE location_id = %(location_id)s AND drug_id = %(drug_id)s"
    " AND batch_id <> ALL(%(batches)s) AND expires >= %(today)s"
)
#: Who gives way, in this order. Somebody for whom other lots are laid aside already does not.
_PROMISED: Final = Read(
    "SELECT r.prescription_line_id, p.id, r.quantity, p.number, p.state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'OVERRIDDEN')"
    " FROM stock_reservation r JOIN prescription_line l ON l.id = r.prescription_line_id JOIN prescription p ON p.id = l.prescription_id"
    " WHERE r.drug_id = %(drug_id)s AND r.location_id = %(location_id)s AND r.state = 'HELD' AND (p.id = ANY(%(picked)s)"
    " OR NOT EXISTS (SELECT FROM pick k WHERE k.prescription_line_id = l.id AND k.state = 'LAID_ASIDE'))"
    " ORDER BY 5 DESC, p.signed_at DESC, p.id DESC, l.id DESC"
)
_PUT_BACK: Final = Write(
    "WITH back AS (UPDATE pick k SET state = 'PUT_BACK' FROM prescription_line l WHERE l.id = k.prescription_line_id"
    " AND l.prescription_id = ANY(%(ids)s) AND k.state = 'LAID_ASIDE' RETURNING k.location_id, k.batch_id, k.quantity)"
    " UPDATE stock_balance b SET picked = b.picked - s.quantity FROM (SELECT location_id, batch_id, sum(quantity) AS quantity FROM back"
    " GROUP BY location_id, batch_id) s WHERE b.location_id = s.location_id AND b.batch_id = s.batch_id"
)
_TO_PICK: Final = Write(
    "UPDATE prescription SET state = 'PAID', picker_id = NULL, picked_at = NULL WHERE id = ANY(%(ids)s) AND state = 'PICKED'"
)
_NUMBERS: Final = Read("SELECT number FROM prescription WHERE id = ANY(%(ids)s) ORDER BY number")
_LET_GO: Final = Write("UPDATE stock_reservation SET state = 'RELEASED' WHERE prescription_line_id = ANY(%(lines)s) AND state = 'HELD'")
_THERE: Final = Read(
    "SELECT b.location_id, b.batch_id, b.on_hand FROM stock_balance b JOIN stock_location p ON p.id = b.location_id"
    " WHERE b.batch_id = ANY(%(batches)s) AND p.code = ANY(%(places)s) AND b.on_hand > 0 ORDER BY b.batch_id, b.location_id"
)
#: What a paper took from where.
_TAKEN: Final = Read(
    "SELECT m.batch_id, m.location_id, -sum(m.quantity) FROM stock_move m WHERE m.batch_id = ANY(%(batches)s) AND m.document = %(document)s"
    " AND m.location_id <> %(aside)s GROUP BY m.batch_id, m.location_id HAVING sum(m.quantity) < 0 ORDER BY m.batch_id, m.location_id"
)


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: so much went aside (by lot), and the numbers of the prescriptions that were put back, or hold nothing any more."""

    quantities: dict[str, Decimal]
    put_back: tuple[str, ...]
    unpaid: tuple[str, ...]
    short: tuple[str, ...]


class _Promise(NamedTuple):
    """A line's claim on the drug that has to give way."""

    line_id: int
    prescription_id: int
    quantity: Decimal
    number: str
    unpaid: bool


def pull(tx: Tx, drug_id: int, papers: Mapping[str, str]) -> Pulled:
    """Take lots of a drug out of use; ``papers`` is lot → the number that its moves carry."""
    tx.write(_LEVELS, drug_id=drug_id, places=[*PLACES, QUARANTINE])
    lots, picked, promises = _lock(tx, drug_id, list(papers))
    put_back = tuple(row[0] for row in tx.rows(_NUMBERS, ids=picked))
    tx.write(_PUT_BACK, ids=picked)
    tx.write(_TO_PICK, ids=picked)
    _break(tx, drug_id, promises)
    for prescription_id in sorted({*picked, *(promise.prescription_id for promise in promises)}):
        tx.changed(topics.PRESCRIPTION, prescription_id)
    return Pulled(
        quantities=_carry(tx, lots, papers),
        put_back=put_back,
        unpaid=tuple(dict.fromkeys(promise.number for promise in promises if promise.unpaid)),
        short=tuple(dict.fromkeys(promise.number for promise in promises if not promise.unpaid)),
    )


def _lock(tx: Tx, drug_id: int, named: Sequence[str]) -> tuple[dict[int, str], list[int], list[_Promise]]:
    """Lock prescriptions, levels and balances in the order of all locks; the lots' batches, the prescriptions that have some laid aside, and who
    gives way. Which batches there are is asked once the levels are locked: a delivery that comes in at this moment is before us, or is refused.

    Who that is, is known for sure only once stock is locked, and then it is too late to lock prescriptions. So whoever turned up meanwhile is
    locked in another round, from the start. Each round knows everybody of the round before.
    """
    locked: set[int] = set()
    while True:
        tx._execute(_MARK, {})
        tx.write(_LOCK_PRESCRIPTIONS, ids=sorted(locked))
        reserved: dict[int, Decimal] = dict(tx.write(_LOCK_LEVELS, drug_id=drug_id))
        lots: dict[int, str] = dict(tx.rows(_BATCHES, drug_id=drug_id, lots=list(named)))
        batches = sorted(lots)
        tx.write(_LOCK_BALANCES, batches=batches, ids=sorted(locked))
        picked = sorted(row[0] for row in tx.rows(_PICKED, batches=batches))
        promises = _giving_way(tx, drug_id, batches, picked, reserved.get(location(tx), _ZERO))
        needed = {*picked, *(promise.prescription_id for promise in promises)}
        if needed <= locked:
            return lots, picked, promises
        tx._execute(_BACK, {})
        locked |= needed


def _giving_way(tx: Tx, drug_id: int, batches: Sequence[int], picked: Collection[int], reserved: Decimal) -> list[_Promise]:
    """The claims that can be kept no more, once the lots are gone."""
    pharmacy = location(tx)
    usable = tx.rows(_USABLE, location_id=pharmacy, drug_id=drug_id, batches=batches, today=tx.today)[0][0]
    if reserved <= usable:
        return []
    giving = []
    for row in tx.rows(_PROMISED, drug_id=drug_id, location_id=pharmacy, picked=list(picked)):
        giving.append(_Promise(*row))
        reserved -= row[2]
        if reserved <= usable:
            break
    return giving


def _break(tx: Tx, drug_id: int, promises: Sequence[_Promise]) -> None:
    if promises:
        tx.write(_LET_GO, lines=[promise.line_id for promise in promises])
        freed = sum((promise.quantity for promise in promises), _ZERO)
        tx.write(RESERVE, location_id=location(tx), drugs=[drug_id], quantities=[-freed])


def _carry(tx: Tx, lots: Mapping[int, str], papers: Mapping[str, str]) -> dict[str, Decimal]:
    """Carry what is there to the quarantine area, each lot by its paper."""
    aside = location(tx, QUARANTINE)
    parts: dict[str, list[Part]] = {}
    moved = dict.fromkeys(papers, _ZERO)
    for place, batch, quantity in tx.rows(_THERE, batches=sorted(lots), places=list(PLACES)):
        parts.setdefault(lots[batch], []).extend(carried(batch, quantity, out_of=place, to=aside))
        moved[lots[batch]] += quantity
    for lot, mine in parts.items():
        post(tx, "TRANSFER", papers[lot], mine)
    return moved


def let_go(tx: Tx, drug_id: int, lot: str, document: str) -> Decimal:
    """Carry back what a paper took away, as far as it is still there; how much that was. What others brought there stays."""
    apart.lock(tx, [drug_id])
    batches = [row[0] for row in tx.rows(_BATCHES, drug_id=drug_id, lots=[lot])]
    aside = location(tx, QUARANTINE)
    lying = apart.lying(tx, batches)
    left = {batch: lying[batch].of(document) for batch in batches}
    parts: list[Part] = []
    for batch, place, quantity in tx.rows(_TAKEN, batches=batches, document=document, aside=aside):
        back = min(quantity, left[batch])
        if back > 0:
            left[batch] -= back
            parts.extend(carried(batch, back, out_of=aside, to=place))
    if parts:
        post(tx, "TRANSFER", document, parts)
    return sum((part.quantity for part in parts if part.quantity > 0), _ZERO)
