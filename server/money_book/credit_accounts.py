"""Opening, changing and closing credit accounts, and who belongs to them. What they owe is :mod:`server.money_book.credits`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common import topics
from server.db import Write

if TYPE_CHECKING:
    from datetime import date

    from server.db import Tx


class Terms(NamedTuple):
    """What an account may do, and whom to ask about it."""

    name: str
    limit_fen: int
    due_on: date | None = None
    contact: str = ""
    note: str = ""
    active: bool = True


_OPEN: Final = Write(
    "INSERT INTO credit_account (kind, name, patient_id, limit_fen, balance_fen, due_on, contact, note, opened_at, opened_by)"
    " VALUES (%(kind)s, %(name)s, %(patient_id)s, %(limit_fen)s, 0, %(due_on)s, %(contact)s, %(note)s, %(at)s, %(by)s) RETURNING id"
)
_CORRECT: Final = Write(
    "UPDATE credit_account SET name = %(name)s, limit_fen = %(limit_fen)s, due_on = %(due_on)s, contact = %(contact)s, note = %(note)s,"
    " active = %(active)s WHERE id = %(id)s"
)
_CLOSE: Final = Write("UPDATE credit_account SET active = false WHERE id = %(id)s")
_ADD: Final = Write("INSERT INTO credit_member (account_id, patient_id, since) VALUES (%(account_id)s, %(patient_id)s, %(at)s)")
_END: Final = Write(
    "UPDATE credit_member SET until = %(at)s WHERE account_id = %(account_id)s AND patient_id = %(patient_id)s AND until IS NULL"
)


def open_account(tx: Tx, terms: Terms, patient_id: int | None = None) -> int:
    """Open a company's account, or with ``patient_id`` a patient's green channel; its id."""
    row = tx.write_one(
        _OPEN,
        kind="COMPANY" if patient_id is None else "GREEN",
        name=terms.name,
        patient_id=patient_id,
        limit_fen=terms.limit_fen,
        due_on=terms.due_on,
        contact=terms.contact,
        note=terms.note,
        at=tx.now,
        by=tx.actor.staff,
    )
    assert row is not None
    tx.changed(topics.CREDIT, row[0])
    return int(row[0])


def correct(tx: Tx, account_id: int, terms: Terms) -> None:
    """Give an account other terms. The caller has locked it and looked at what it owes."""
    tx.write(_CORRECT, id=account_id, **terms._asdict())
    tx.changed(topics.CREDIT, account_id)


def close(tx: Tx, account_id: int) -> None:
    """Let an account owe no more."""
    tx.write(_CLOSE, id=account_id)
    tx.changed(topics.CREDIT, account_id)


def add_member(tx: Tx, account_id: int, patient_id: int) -> None:
    """The company may pay for a patient."""
    tx.write(_ADD, account_id=account_id, patient_id=patient_id, at=tx.now)
    tx.changed(topics.CREDIT, account_id)


def end_member(tx: Tx, account_id: int, patient_id: int) -> bool:
    """The company pays for a patient no more. ``False`` if it did not."""
    ended = tx.count(_END, account_id=account_id, patient_id=patient_id, at=tx.now) > 0
    if ended:
        tx.changed(topics.CREDIT, account_id)
    return ended
