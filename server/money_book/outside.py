"""Payments that somebody outside carries out: entered before they are asked for, booked with their bill, never guessed (WORKFLOWS.md §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.messages.cashier import TenderKind
from server.db import Read, Write

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

#: Day, a running number, and five digits of chance: a database that was restored from a backup counts on from an earlier number, and may not
#: run into an order that the channel has had already.
_ENTER: Final = Write(
    "INSERT INTO payment (settlement_id, tender, amount_fen, given_fen, change_fen, reference, state, order_number, at)"
    " VALUES (%(settlement_id)s, %(tender)s, %(amount_fen)s, 0, 0, %(reference)s, 'PENDING',"
    " CASE WHEN %(day)s::text IS NULL THEN NULL ELSE 'XL' || %(day)s || lpad(nextval('channel_order')::text, 8, '0')"
    " || lpad(floor(random() * 100000)::int::text, 5, '0') END, %(at)s) RETURNING id"
)
_STEP: Final = Write("UPDATE payment SET state = %(state)s WHERE id = %(id)s AND state <> %(state)s")
_REFERENCE: Final = Write("UPDATE payment SET reference = %(reference)s WHERE id = %(id)s")
_COLUMNS: Final = "SELECT id, tender, amount_fen, state, coalesce(order_number, ''), reference FROM payment"
_OF: Final = Read(f"{_COLUMNS} WHERE settlement_id = %(settlement_id)s ORDER BY id")
_ONE: Final = Read(f"{_COLUMNS} WHERE id = %(id)s")
_ROOT: Final = Read(
    "WITH RECURSIVE chain AS (SELECT id, carries, order_number, amount_fen FROM payment WHERE id = %(id)s"
    " UNION ALL SELECT p.id, p.carries, p.order_number, p.amount_fen FROM payment p JOIN chain c ON p.id = c.carries)"
    " SELECT order_number, amount_fen FROM chain WHERE order_number IS NOT NULL"
)


class Outside(NamedTuple):
    """A payment of a settlement. ``order`` is our number at the channel; the insurance's shares have none."""

    id: int
    kind: TenderKind
    amount_fen: int
    state: str
    order: str
    reference: str


def enter_order(tx: Tx, settlement_id: int, kind: TenderKind, amount_fen: int) -> int:
    """A payment that a channel is going to be asked for, with an order number of its own; its id."""
    return _enter(tx, settlement_id, kind, amount_fen, f"{tx.today:%y%m%d}", "")


def enter_share(tx: Tx, settlement_id: int, kind: TenderKind, amount_fen: int, setl_id: str) -> int:
    """A share of a settlement that the insurance has carried out; its id."""
    payment_id = _enter(tx, settlement_id, kind, amount_fen, None, setl_id)
    step(tx, payment_id, "PAID")
    return payment_id


def _enter(tx: Tx, settlement_id: int, kind: TenderKind, amount_fen: int, day: str | None, reference: str) -> int:
    row = tx.write_one(_ENTER, settlement_id=settlement_id, tender=kind, amount_fen=amount_fen, reference=reference, day=day, at=tx.now)
    assert row is not None
    return int(row[0])


def step(tx: Tx, payment_id: int, state: str) -> None:
    """The payment's next state (:data:`common.domain.states.PAYMENT`); nothing if it is in it."""
    tx.write(_STEP, id=payment_id, state=state)


def refer(tx: Tx, payment_id: int, reference: str) -> None:
    """The channel's own number for it, for whoever looks into it on the channel's side."""
    tx.write(_REFERENCE, id=payment_id, reference=reference[:64])


def payment(tx: ReadTx, payment_id: int) -> Outside:
    """One payment that a channel collected. It has to be there: whoever names it has found it before."""
    row = tx.first(_ONE, id=payment_id)
    assert row is not None
    return Outside(row[0], TenderKind(row[1]), *row[2:])


def payments_of(tx: ReadTx, settlement_id: int) -> list[Outside]:
    """A settlement's payments, oldest first."""
    return [Outside(row[0], TenderKind(row[1]), *row[2:]) for row in tx.rows(_OF, settlement_id=settlement_id)]


def root_order(tx: ReadTx, payment_id: int) -> tuple[str, int] | None:
    """The channel's order that a payment goes back to, through all bills that carried it on, and what was paid by it. ``None``: it was not
    collected through a channel."""
    row = tx.first(_ROOT, id=payment_id)
    return None if row is None else (row[0], row[1])
