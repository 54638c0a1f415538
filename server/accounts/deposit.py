"""A patient's deposit 预交金: what it holds, topping up, paying out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import NotFound
from common.i18n import N_
from common.messages.accounts import (
    AccountMoved,
    AccountReceipt,
    CardTopUp,
    CreditKind,
    Deposit,
    DepositEntry,
    GetAccountReceipt,
    GetDeposit,
    GetPatientAccounts,
    PatientAccounts,
    PayingAccount,
    PayOutDeposit,
    TopUpDeposit,
)
from common.messages.cashier import TenderKind
from common.wire import as_kind
from server import approvals, money_rules
from server.db import Read
from server.features import handles
from server.money_book import account_money, deposits

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_PATIENT: Final = Read(
    "SELECT p.number, p.name, coalesce(d.balance_fen, 0) FROM patient p LEFT JOIN deposit d ON d.patient_id = p.id WHERE p.id = %(id)s"
)
_ENTRIES: Final = Read(
    "SELECT e.id, e.kind, e.amount_fen, e.balance_fen, coalesce(e.number, '') AS number, e.bill_id, coalesce(b.number, '') AS bill_number,"
    " s.name AS staff, e.at FROM deposit_entry e LEFT JOIN bill b ON b.id = e.bill_id JOIN staff s ON s.id = e.staff_id"
    " WHERE e.patient_id = %(id)s ORDER BY e.id DESC LIMIT %(limit)s"
)
_CARDS: Final = Read(
    "SELECT y.id, y.tender, y.reference, y.amount_fen, y.amount_fen + coalesce((SELECT sum(m.amount_fen) FROM payment m WHERE m.reverses = y.id),"
    " 0)::bigint, y.at FROM payment y JOIN deposit_entry e ON e.id = y.deposit_entry_id WHERE e.patient_id = %(id)s AND y.amount_fen > 0"
    " AND (y.tender IN ('card', 'bank') OR y.id = ANY(%(by_code)s)) AND y.state = 'PAID' ORDER BY y.id DESC LIMIT 50"
)
_RECEIPT: Final = Read(
    "SELECT receipt FROM deposit_entry WHERE number = %(number)s UNION ALL SELECT receipt FROM credit_entry WHERE number = %(number)s"
)
_MAY_PAY: Final = Read(
    "SELECT a.id AS account_id, a.kind, a.name, a.limit_fen - a.balance_fen AS left_fen FROM credit_account a WHERE a.active"
    " AND a.balance_fen < a.limit_fen AND (a.due_on IS NULL OR a.due_on >= %(today)s) AND (a.kind = 'GREEN' AND a.patient_id = %(id)s"
    " OR a.id IN (SELECT m.account_id FROM credit_member m WHERE m.patient_id = %(id)s AND m.until IS NULL)) ORDER BY a.kind, a.name"
)


@handles(GetDeposit)
def get_deposit(tx: ReadTx, request: GetDeposit) -> Deposit:
    """A patient's deposit with its entries, and the cards to which something can go back."""
    number, name, balance = tx.one(_PATIENT, NotFound(kind=N_("Patient"), key=str(request.patient_id)), id=request.patient_id)
    entries = tx.structs(DepositEntry, _ENTRIES, id=request.patient_id, limit=request.limit + 1)
    by_code = [payment_id for payment_id, _ in account_money.paid_by_code(tx, request.patient_id)]
    cards = (
        CardTopUp(payment_id=row[0], tender=TenderKind(row[1]), reference=row[2], amount_fen=row[3], left_fen=row[4], at=row[5])
        for row in tx.rows(_CARDS, id=request.patient_id, by_code=by_code)
    )
    going = deposits.going(tx, request.patient_id)
    return Deposit(
        patient_id=request.patient_id,
        patient_number=number,
        patient_name=name,
        balance_fen=balance,
        entries=entries[: request.limit],
        more=len(entries) > request.limit,
        cards=tuple(cards),
        going_fen=going[1] if going is not None else 0,
    )


@handles(TopUpDeposit)
def top_up_deposit(tx: Tx, request: TopUpDeposit) -> AccountMoved:
    """Take money into a deposit."""
    moved = account_money.top_up(tx, request.patient_id, request.amount_fen, request.tenders)
    tx.patient_id = request.patient_id
    return told(tx, moved)


@handles(PayOutDeposit)
def pay_out_deposit(tx: Tx, request: PayOutDeposit) -> AccountMoved:
    """Pay a deposit out; above the clinic's limit a second person agrees."""
    agreed = request.approval_id is not None
    if agreed or request.amount_fen > money_rules.rules(tx).refund_alone_fen:
        tx.detail["approved_by"] = approvals.use(tx, request.approval_id, "pay_out", request.patient_id, request.amount_fen)
    moved = account_money.pay_out(
        tx,
        request.patient_id,
        request.amount_fen,
        request.payment_id,
        request.reference.strip(),
        request.reason.strip(),
        cash_agreed=agreed,
    )
    tx.patient_id = request.patient_id
    return told(tx, moved)


def told(tx: Tx, moved: account_money.Moved) -> AccountMoved:
    """The reply about money that was booked, and what the trail says of it."""
    receipt = moved.receipt
    tx.detail |= {"number": receipt.number, "amount_fen": receipt.amount_fen, "balance_fen": receipt.balance_fen}
    if receipt.reason:
        tx.detail["reason"] = receipt.reason
    return AccountMoved(entry_id=moved.entry_id, balance_fen=receipt.balance_fen, change_fen=receipt.change_fen, receipt=receipt)


@handles(GetAccountReceipt)
def get_account_receipt(tx: ReadTx, request: GetAccountReceipt) -> AccountReceipt:
    """A receipt as it was at issue."""
    row = tx.one(_RECEIPT, NotFound(kind=N_("Receipt"), key=request.number), number=request.number)
    return as_kind(row[0], AccountReceipt)


@handles(GetPatientAccounts)
def get_patient_accounts(tx: ReadTx, request: GetPatientAccounts) -> PatientAccounts:
    """What a patient can pay with besides what lies on the counter."""
    row = tx.one(_PATIENT, NotFound(kind=N_("Patient"), key=str(request.patient_id)), id=request.patient_id)
    credit = (
        PayingAccount(account_id=id, kind=CreditKind(kind), name=name, left_fen=left)
        for id, kind, name, left in tx.rows(_MAY_PAY, id=request.patient_id, today=tx.today)
    )
    going = deposits.going(tx, request.patient_id)
    return PatientAccounts(patient_id=request.patient_id, deposit_fen=row[2] - (going[1] if going else 0), credit=tuple(credit))
