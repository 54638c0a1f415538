"""Opened packs 拆零: what is left in each, and that there is never more of them than the batch has (DOMAIN.md §6.4 rule 1).

Whoever changes a pack holds the lock of its batch's balance; so no pack is locked for itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.dispensing_errors import CodeAlreadySold, PackIsOpen
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.db import ReadTx, Tx

_ZERO: Final = Decimal(0)
_FREE: Final = (
    "o.remaining - coalesce((SELECT sum(k.quantity) FROM pick k WHERE k.open_pack_id = o.id AND k.state = 'LAID_ASIDE'), 0) AS free"
)
#: What is left of opened packs and nobody's yet; the first to expire first, then the first that was opened.
_OPEN: Final = Read(
    f"SELECT o.id, o.drug_id, o.batch_id, o.code, {_FREE} FROM open_pack o JOIN stock_batch b ON b.id = o.batch_id"
    " WHERE o.drug_id = ANY(%(drugs)s) AND o.location_id = %(location_id)s AND o.remaining > 0 AND b.expires >= %(today)s"
    " ORDER BY o.drug_id, b.expires, o.opened_at, o.id"
)
#: How much of a batch lies there in no opened pack.
_ROOM: Final = Read(
    "SELECT b.batch_id, b.on_hand - coalesce((SELECT sum(o.remaining) FROM open_pack o WHERE o.batch_id = b.batch_id"
    " AND o.location_id = b.location_id AND o.remaining > 0), 0) FROM stock_balance b WHERE b.location_id = %(location_id)s"
    " AND b.batch_id = ANY(%(batches)s)"
)
#: Who was to get more out of a pack than is left in it gets a sealed one: those whose pick was laid first keep theirs.
_LET_GO: Final = Write(
    "UPDATE pick k SET open_pack_id = NULL FROM (SELECT p.id, sum(p.quantity %% d.pack_size) OVER (ORDER BY p.id) > o.remaining AS lacking"
    " FROM pick p JOIN open_pack o ON o.id = p.open_pack_id JOIN drug d ON d.id = o.drug_id"
    " WHERE p.open_pack_id = %(id)s AND p.state = 'LAID_ASIDE') s WHERE s.id = k.id AND s.lacking"
)
_POOLS: Final = Read(
    "SELECT b.batch_id, o.pool, b.on_hand, d.pack_size FROM (SELECT batch_id, sum(remaining) AS pool FROM open_pack"
    " WHERE location_id = %(location_id)s AND batch_id = ANY(%(batches)s) AND remaining > 0 GROUP BY batch_id) o"
    " JOIN stock_balance b ON b.location_id = %(location_id)s AND b.batch_id = o.batch_id JOIN drug d ON d.id = b.drug_id ORDER BY b.batch_id"
)
_IN_BATCH: Final = Read(
    "SELECT id, remaining FROM open_pack WHERE location_id = %(location_id)s AND batch_id = %(batch_id)s AND remaining > 0 ORDER BY opened_at, id"
)
_OPENED: Final = Write(
    "INSERT INTO open_pack (code, drug_id, batch_id, location_id, size, remaining, opened_by, opened_at) VALUES (%(code)s, %(drug_id)s,"
    " %(batch_id)s, %(location_id)s, %(size)s, %(remaining)s, %(staff_id)s, %(at)s) ON CONFLICT DO NOTHING RETURNING id"
)
_TAKE: Final = Write(
    "UPDATE open_pack SET remaining = remaining - %(quantity)s WHERE id = %(id)s AND remaining >= %(quantity)s RETURNING id"
)
#: A pack that was opened by its retail code turns out to bear one of its own.
_NAME: Final = Write("UPDATE open_pack SET code = %(code)s WHERE id = %(id)s AND code = ''")
_USE: Final = Write(
    "INSERT INTO open_pack_use (open_pack_id, prescription_line_id, quantity, document, staff_id, at) VALUES (%(id)s, %(line_id)s, %(quantity)s,"
    " %(document)s, %(staff_id)s, %(at)s)"
)
_TAKEN: Final = Read(
    "SELECT u.open_pack_id, u.prescription_line_id, sum(u.quantity) FROM open_pack_use u JOIN prescription_line l ON l.id = u.prescription_line_id"
    " WHERE l.prescription_id = %(prescription_id)s GROUP BY u.open_pack_id, u.prescription_line_id HAVING sum(u.quantity) > 0 ORDER BY 1, 2"
)


class OpenPart(msgspec.Struct, kw_only=True):
    """What of an opened pack is nobody's yet."""

    id: int
    drug_id: int
    batch_id: int
    code: str
    free: Decimal


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """A line takes less than a pack: out of the opened pack ``pack_id``, or out of a new one; ``code`` (may be empty) is the pack's."""

    line_id: int
    drug_id: int
    drug: str
    unit: str
    batch_id: int
    location_id: int
    quantity: Decimal
    pack_size: Decimal
    pack_id: int | None
    code: str


def free_of(tx: ReadTx, location_id: int, drugs: Sequence[int]) -> list[OpenPart]:
    """Opened packs of these drugs that something may be taken from."""
    return list(tx.structs(OpenPart, _OPEN, location_id=location_id, drugs=list(drugs), today=tx.today))


def take(tx: Tx, takings: Sequence[Taking], document: str) -> list[int]:
    """Take from opened packs, and open new ones; the pack of each, in order. What went out has to have left the balances already.

    Raises ``PackIsOpen`` where too little is left since, ``CodeAlreadySold`` for a pack that another desk has opened.
    """
    packs: list[int] = []
    room: dict[int, Decimal] = {}
    fresh = [taking for taking in takings if taking.pack_id is None]
    if fresh:
        room = dict(tx.rows(_ROOM, location_id=fresh[0].location_id, batches=sorted({taking.batch_id for taking in fresh})))
    for taking in takings:
        pack_id = taking.pack_id
        if pack_id is None:
            left = max(min(taking.pack_size - taking.quantity, room[taking.batch_id]), _ZERO)
            room[taking.batch_id] -= left
            pack_id = _open(tx, taking, left)
        elif not tx.write(_TAKE, id=pack_id, quantity=taking.quantity):
            raise PackIsOpen(drug=taking.drug, code=taking.code, left=_ZERO, unit=taking.unit)
        elif taking.code:
            tx.write(_NAME, id=pack_id, code=taking.code)
        _use(tx, pack_id, taking.line_id, taking.quantity, document)
        packs.append(pack_id)
    return packs


def _open(tx: Tx, taking: Taking, left: Decimal) -> int:
    row = tx.write_one(
        _OPENED,
        code=taking.code,
        drug_id=taking.drug_id,
        batch_id=taking.batch_id,
        location_id=taking.location_id,
        size=taking.quantity + left,
        remaining=left,
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    if row is None:  # another desk has opened the very same pack
        raise CodeAlreadySold(code=taking.code, drug=taking.drug)
    return int(row[0])


def _use(tx: Tx, pack_id: int, line_id: int | None, quantity: Decimal, document: str) -> None:
    tx.write(_USE, id=pack_id, line_id=line_id, quantity=quantity, document=document, staff_id=tx.actor.staff, at=tx.now)


def give_back(tx: Tx, prescription_id: int, document: str) -> None:
    """A hand-over was none: what it took lies in the opened packs again."""
    for pack_id, line_id, quantity in tx.rows(_TAKEN, prescription_id=prescription_id):
        tx.write(_TAKE, id=pack_id, quantity=-quantity)
        _use(tx, pack_id, line_id, -quantity, document)


def fit(tx: Tx, location_id: int, lessened: Mapping[int, Decimal], document: str) -> None:
    """So much went out of these batches by ``document``: what of it was no whole pack came out of the opened ones, those first that were opened
    first; and no opened pack holds what its batch has not."""
    for batch_id, pool, on_hand, pack_size in tx.rows(_POOLS, location_id=location_id, batches=sorted(lessened)):
        over = max(pool - on_hand, min(lessened[batch_id] % pack_size, pool))
        for pack_id, remaining in tx.rows(_IN_BATCH, location_id=location_id, batch_id=batch_id) if over > 0 else ():
            part = min(over, remaining)
            if part > 0:
                tx.write(_TAKE, id=pack_id, quantity=part)
                _use(tx, pack_id, None, part, document)
                tx.write(_LET_GO, id=pack_id)
                over -= part
