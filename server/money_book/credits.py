"""Who may owe: companies for their people 挂账, and patients on the green channel 绿色通道; what each owes, entry by entry.

An account's balance is what it owes: the sum of its entries, and by the ledger what its bills debited to ``tender:credit`` (a company) or
``tender:green`` (a patient) less what was collected. It falls below zero when a bill that was paid for already is taken back; what is above
is the holder's, is used up by the next bills or paid back.

``charge`` and ``charge_back`` are called by whoever books the bill; that bill's own payment (with ``credit_account_id``) and posting say the
same amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg.types.json import Jsonb

from common import topics
from common.errors import NotFound
from common.i18n import N_
from common.messages.cashier import TenderKind
from common.money_errors import CreditLimitReached, CreditRefused
from common.wire import encode
from server.db import Read, Write

if TYPE_CHECKING:
    from datetime import date

    from common.wire import Fact
    from server.db import Tx

GREEN_CHANNEL: Final = N_("green channel")

_ACCOUNT: Final = "SELECT id, kind, name, patient_id, limit_fen, balance_fen, due_on, active FROM credit_account"
#: Without a key lock: payments and entries refer to the row, and must not wait for each other by that.
_LOCK: Final = Write(f"{_ACCOUNT} WHERE id = %(id)s FOR NO KEY UPDATE")
_LOCK_GREEN: Final = Write(f"{_ACCOUNT} WHERE patient_id = %(patient_id)s AND kind = 'GREEN' AND active FOR NO KEY UPDATE")
_MEMBER: Final = Read("SELECT 1 FROM credit_member WHERE account_id = %(account_id)s AND patient_id = %(patient_id)s AND until IS NULL")
_MOVE: Final = Write("UPDATE credit_account SET balance_fen = balance_fen + %(amount_fen)s WHERE id = %(id)s RETURNING balance_fen")
_ENTER: Final = Write(
    "INSERT INTO credit_entry (account_id, kind, amount_fen, balance_fen, patient_id, bill_id, number, shift_id, staff_id, business_date, at,"
    " receipt) VALUES (%(account_id)s, %(kind)s, %(amount_fen)s, %(balance_fen)s, %(patient_id)s, %(bill_id)s, %(number)s, %(shift_id)s,"
    " %(staff_id)s, %(business_date)s, %(at)s, %(receipt)s) RETURNING id"
)


class Account(NamedTuple):
    """A credit account, locked."""

    id: int
    kind: str
    name: str
    patient_id: int | None
    limit_fen: int
    balance_fen: int
    due_on: date | None
    active: bool

    @property
    def tender(self) -> TenderKind:
        """What its bills are paid with."""
        return TenderKind.GREEN if self.kind == "GREEN" else TenderKind.CREDIT


def charge(
    tx: Tx, account_id: int, patient_id: int, amount_fen: int, bill_id: int, shift_id: int, kind: TenderKind, *, again: bool = False
) -> int:
    """Let an account owe ``amount_fen`` more for a patient's bill that is entered already; the account's id.

    ``kind`` CREDIT: the company ``account_id``, whose member the patient is. GREEN: the patient's own open account (``account_id`` 0, or
    its number). ``again``: the rest of a bill that the account paid before, after ``charge_back``: whether it may owe is not asked again.
    Raises ``CreditRefused``, ``CreditLimitReached``, ``NotFound``.
    """
    account = _find(tx, account_id, patient_id, kind)
    if not again:
        _check_may_owe(tx, account, patient_id, amount_fen)
    _enter(tx, account.id, "CHARGE", amount_fen, patient_id=patient_id, bill_id=bill_id, shift_id=shift_id)
    return account.id


def charge_back(tx: Tx, account_id: int, patient_id: int, amount_fen: int, bill_id: int, shift_id: int) -> None:
    """Let an account owe less again: a bill of a patient is taken back. ``bill_id`` is the refund."""
    _enter(tx, account_id, "CHARGE_BACK", -amount_fen, patient_id=patient_id, bill_id=bill_id, shift_id=shift_id)


def lock(tx: Tx, account_id: int) -> Account:
    """An account as it is, until the commit. Raises ``NotFound``."""
    row = tx.write_one(_LOCK, id=account_id)
    if row is None:
        raise NotFound(kind=N_("Credit account"), key=str(account_id))
    return Account(*row)


def enter_receipted(tx: Tx, kind: str, account_id: int, amount_fen: int, shift_id: int, receipt: Fact, number: str) -> int:
    """An entry at the desk, COLLECT (``amount_fen`` below zero) or PAY_BACK (above), with the receipt that it will always show; its id."""
    return _enter(tx, account_id, kind, amount_fen, shift_id=shift_id, number=number, receipt=receipt)


def _find(tx: Tx, account_id: int, patient_id: int, kind: TenderKind) -> Account:
    if kind is TenderKind.CREDIT:
        account = lock(tx, account_id)
        if account.tender is not kind:
            raise CreditRefused(account=account.name, reason=N_("this is no company's account"))
        return account
    row = tx.write_one(_LOCK, id=account_id) if account_id else tx.write_one(_LOCK_GREEN, patient_id=patient_id)
    if row is None or Account(*row).patient_id != patient_id:
        raise CreditRefused(account=GREEN_CHANNEL, reason=N_("it is not open for this patient"))
    return Account(*row)


def _check_may_owe(tx: Tx, account: Account, patient_id: int, amount_fen: int) -> None:
    if not account.active:
        raise CreditRefused(account=account.name, reason=N_("the account is closed"))
    if account.due_on is not None and account.due_on < tx.today:
        raise CreditRefused(account=account.name, reason=N_("the day on which it had to be paid has passed"))
    if account.tender is TenderKind.CREDIT and tx.first(_MEMBER, account_id=account.id, patient_id=patient_id) is None:
        raise CreditRefused(account=account.name, reason=N_("this patient is not on its list"))
    if account.balance_fen + amount_fen > account.limit_fen:
        raise CreditLimitReached(account=account.name, limit_fen=account.limit_fen, balance_fen=account.balance_fen, wanted_fen=amount_fen)


def _enter(
    tx: Tx,
    account_id: int,
    kind: str,
    amount_fen: int,
    *,
    shift_id: int,
    patient_id: int | None = None,
    bill_id: int | None = None,
    number: str | None = None,
    receipt: Fact | None = None,
) -> int:
    moved = tx.write_one(_MOVE, id=account_id, amount_fen=amount_fen)
    if moved is None:
        raise NotFound(kind=N_("Credit account"), key=str(account_id))
    entered = tx.write_one(
        _ENTER,
        account_id=account_id,
        kind=kind,
        amount_fen=amount_fen,
        balance_fen=moved[0],
        patient_id=patient_id,
        bill_id=bill_id,
        number=number,
        shift_id=shift_id,
        staff_id=tx.actor.staff,
        business_date=tx.today,
        at=tx.now,
        receipt=None if receipt is None else Jsonb(receipt, dumps=encode),
    )
    assert entered is not None
    tx.changed(topics.CREDIT, account_id)
    return int(entered[0])
