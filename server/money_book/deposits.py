"""The deposits 预交金 of patients: what each has paid in advance, entry by entry.

A deposit's balance is the sum of its entries, and what the clinic owes for it by the ledger (``tender:deposit`` is a liability: topping up
credits it, spending debits it). ``spend`` and ``spend_back`` are called by whoever books the bill; that bill's own payment and posting say
the same amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common import topics
from common.money_errors import NotEnoughDeposit
from common.wire import encode
from server.db import Read, Write

if TYPE_CHECKING:
    from common.wire import Fact
    from server.db import ReadTx, Tx

#: Without a key lock: payments and entries refer to the row's patient, and must not wait for each other by that.
_LOCK: Final = Write("SELECT balance_fen FROM deposit WHERE patient_id = %(patient_id)s FOR NO KEY UPDATE")
#: What is on its way out through a channel, and so cannot be spent. One at a time (``uq_settlement_pay_out_live``).
_GOING: Final = Read(
    "SELECT id, expected_fen FROM settlement WHERE patient_id = %(patient_id)s AND kind = 'DEPOSIT_BACK'"
    " AND state IN ('OPEN', 'QUOTED', 'UNKNOWN')"
)
_BEGIN: Final = Write("INSERT INTO deposit (patient_id, balance_fen) VALUES (%(patient_id)s, 0) ON CONFLICT (patient_id) DO NOTHING")
_PUT_IN: Final = Write(
    "INSERT INTO deposit (patient_id, balance_fen) VALUES (%(patient_id)s, %(amount_fen)s)"
    " ON CONFLICT (patient_id) DO UPDATE SET balance_fen = deposit.balance_fen + %(amount_fen)s RETURNING balance_fen"
)
#: By an update alone: an insert of less than nothing would be refused before the row that is there is found.
_TAKE_OUT: Final = Write(
    "UPDATE deposit SET balance_fen = balance_fen + %(amount_fen)s WHERE patient_id = %(patient_id)s RETURNING balance_fen"
)
_ENTER: Final = Write(
    "INSERT INTO deposit_entry (patient_id, kind, amount_fen, balance_fen, number, bill_id, shift_id, staff_id, business_date, at, receipt)"
    " VALUES (%(patient_id)s, %(kind)s, %(amount_fen)s, %(balance_fen)s, %(number)s, %(bill_id)s, %(shift_id)s, %(staff_id)s,"
    " %(business_date)s, %(at)s, %(receipt)s) RETURNING id"
)


def spend(tx: Tx, patient_id: int, amount_fen: int, bill_id: int, shift_id: int) -> None:
    """Take ``amount_fen`` out of a patient's deposit for a bill that is entered already. Raises ``NotEnoughDeposit``."""
    hold(tx, patient_id, amount_fen)
    _enter(tx, "SPEND", patient_id, -amount_fen, bill_id=bill_id, shift_id=shift_id)


def spend_back(tx: Tx, patient_id: int, amount_fen: int, bill_id: int, shift_id: int) -> None:
    """Put what a bill had taken back into the deposit. ``bill_id`` is the refund."""
    _enter(tx, "SPEND_BACK", patient_id, amount_fen, bill_id=bill_id, shift_id=shift_id)


def lock(tx: Tx, patient_id: int) -> int:
    """What a deposit holds, until the commit; one that nobody has topped up yet holds nothing."""
    tx.write(_BEGIN, patient_id=patient_id)
    row = tx.write_one(_LOCK, patient_id=patient_id)
    assert row is not None
    return int(row[0])


def going(tx: ReadTx, patient_id: int) -> tuple[int, int] | None:
    """The settlement that pays the deposit out at this moment, if there is one, and how much."""
    row = tx.first(_GOING, patient_id=patient_id)
    return None if row is None else (row[0], row[1])


def hold(tx: Tx, patient_id: int, amount_fen: int, *, by: int | None = None) -> None:
    """Lock the deposit and see that it holds so much, besides what another settlement than ``by`` pays out. Raises ``NotEnoughDeposit``."""
    row = tx.write_one(_LOCK, patient_id=patient_id)
    under_way = going(tx, patient_id) if row else None
    balance = (row[0] if row else 0) - (under_way[1] if under_way is not None and under_way[0] != by else 0)
    if amount_fen > balance:
        raise NotEnoughDeposit(balance_fen=balance, wanted_fen=amount_fen)


def enter_receipted(tx: Tx, kind: str, patient_id: int, amount_fen: int, shift_id: int, receipt: Fact, number: str) -> int:
    """An entry at the desk, TOP_UP (``amount_fen`` above zero) or PAY_OUT (below), with the receipt that it will always show; its id."""
    return _enter(tx, kind, patient_id, amount_fen, shift_id=shift_id, number=number, receipt=receipt)


def _enter(
    tx: Tx,
    kind: str,
    patient_id: int,
    amount_fen: int,
    *,
    shift_id: int,
    bill_id: int | None = None,
    number: str | None = None,
    receipt: Fact | None = None,
) -> int:
    moved = tx.write_one(_PUT_IN if amount_fen > 0 else _TAKE_OUT, patient_id=patient_id, amount_fen=amount_fen)
    assert moved is not None
    entered = tx.write_one(
        _ENTER,
        patient_id=patient_id,
        kind=kind,
        amount_fen=amount_fen,
        balance_fen=moved[0],
        number=number,
        bill_id=bill_id,
        shift_id=shift_id,
        staff_id=tx.actor.staff,
        business_date=tx.today,
        at=tx.now,
        receipt=None if receipt is None else Jsonb(receipt, dumps=encode),
    )
    assert entered is not None
    tx.changed(topics.DEPOSIT, patient_id)
    return int(entered[0])
