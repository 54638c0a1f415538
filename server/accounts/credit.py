"""Credit accounts: which there are, what each owes since when, and taking what they owe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.ageing import age_debt
from common.errors import NotFound
from common.i18n import N_
from common.messages.accounts import (
    AccountMoved,
    Ageing,
    CollectCredit,
    CreditAccount,
    CreditAccountFacts,
    CreditAccountList,
    CreditEntry,
    CreditKind,
    CreditMember,
    GetCreditAccount,
    ListCreditAccounts,
    PayBackCredit,
)
from common.messages.cashier import Tender
from server import approvals, money_rules
from server.accounts.deposit import told
from server.db import Read
from server.features import handles
from server.money_book import account_money

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

_ACCOUNT: Final = (
    "SELECT a.id, a.kind, a.name, a.patient_id, coalesce(p.number, ''), a.limit_fen, a.balance_fen, a.due_on, a.contact, a.note, a.active,"
    " (SELECT count(*) FROM credit_member m WHERE m.account_id = a.id AND m.until IS NULL) FROM credit_account a"
    " LEFT JOIN patient p ON p.id = a.patient_id"
)
_LIST: Final = Read(
    f"{_ACCOUNT} WHERE (%(kind)s::text IS NULL OR a.kind = %(kind)s) AND (a.active OR a.balance_fen <> 0 OR %(closed)s)"
    " AND (strpos(a.name, %(text)s) > 0 OR p.number = %(text)s) ORDER BY a.balance_fen DESC, a.name, a.id LIMIT 500"
)
_ONE: Final = Read(f"{_ACCOUNT} WHERE a.id = %(id)s")
_MEMBERS: Final = Read(
    "SELECT m.patient_id, p.number AS patient_number, p.name, m.since, m.until FROM credit_member m JOIN patient p ON p.id = m.patient_id"
    " WHERE m.account_id = %(id)s ORDER BY m.until IS NOT NULL, p.name, m.id"
)
_ENTRIES: Final = Read(
    "SELECT e.id, e.kind, e.amount_fen, e.balance_fen, coalesce(p.number, '') AS patient_number, coalesce(p.name, '') AS patient_name,"
    " e.bill_id, coalesce(b.number, '') AS bill_number, coalesce(e.number, '') AS number, s.name AS staff, e.business_date, e.at"
    " FROM credit_entry e LEFT JOIN patient p ON p.id = e.patient_id LEFT JOIN bill b ON b.id = e.bill_id JOIN staff s ON s.id = e.staff_id"
    " WHERE e.account_id = %(id)s ORDER BY e.id DESC LIMIT %(limit)s"
)
#: What was billed and not taken back, bill by bill, newest first; as far back as what is owed reaches.
_OWED: Final = Read(
    "WITH net AS (SELECT coalesce(b.reverses, b.id) AS bill, min(e.id) AS first, min(e.business_date) AS day, sum(e.amount_fen) AS fen"
    " FROM credit_entry e JOIN bill b ON b.id = e.bill_id WHERE e.account_id = %(id)s GROUP BY 1 HAVING sum(e.amount_fen) > 0),"
    " newest AS (SELECT day, fen::bigint, first, sum(fen) OVER (ORDER BY first DESC) - fen AS before FROM net)"
    " SELECT day, fen FROM newest WHERE before < %(owed)s ORDER BY first DESC"
)


def account_of(tx: ReadTx, account_id: int) -> CreditAccount:
    """One account. Raises ``NotFound``."""
    return _account(tx, tx.one(_ONE, NotFound(kind=N_("Credit account"), key=str(account_id)), id=account_id))


def _account(tx: ReadTx, row: Row) -> CreditAccount:
    return CreditAccount(
        id=row[0],
        kind=CreditKind(row[1]),
        name=row[2],
        patient_id=row[3],
        patient_number=row[4],
        limit_fen=row[5],
        balance_fen=row[6],
        due_on=row[7],
        overdue=row[7] is not None and row[7] < tx.today and row[6] > 0,
        contact=row[8],
        note=row[9],
        active=row[10],
        members=row[11],
    )


@handles(ListCreditAccounts)
def list_credit_accounts(tx: ReadTx, request: ListCreditAccounts) -> CreditAccountList:
    """The accounts, those that owe most first."""
    rows = tx.rows(_LIST, text=request.text.strip(), kind=request.kind, closed=request.closed)
    return CreditAccountList(accounts=tuple(_account(tx, row) for row in rows))


@handles(GetCreditAccount)
def get_credit_account(tx: ReadTx, request: GetCreditAccount) -> CreditAccountFacts:
    """One account with its members, its entries, and how old its debt is."""
    account = account_of(tx, request.account_id)
    entries = tx.structs(CreditEntry, _ENTRIES, id=account.id, limit=request.limit + 1)
    owed = [(row[0], row[1]) for row in tx.rows(_OWED, id=account.id, owed=account.balance_fen)]
    first, second, third, older = age_debt(account.balance_fen, owed, tx.today)
    return CreditAccountFacts(
        account=account,
        members=tx.structs(CreditMember, _MEMBERS, id=account.id),
        entries=entries[: request.limit],
        more=len(entries) > request.limit,
        ageing=Ageing(up_to_30_fen=first, up_to_60_fen=second, up_to_90_fen=third, older_fen=older),
    )


@handles(CollectCredit)
def collect_credit(tx: Tx, request: CollectCredit) -> AccountMoved:
    """Take what an account owes."""
    return told(tx, account_money.collect(tx, request.account_id, request.amount_fen, request.expected_balance_fen, request.tenders))


@handles(PayBackCredit)
def pay_back_credit(tx: Tx, request: PayBackCredit) -> AccountMoved:
    """Pay back what an account paid too much; above the clinic's limit a second person agrees."""
    if request.amount_fen > money_rules.rules(tx).refund_alone_fen:
        tx.detail["approved_by"] = approvals.use(tx, request.approval_id, "credit_back", request.account_id, request.amount_fen)
    tender = Tender(kind=request.tender, amount_fen=request.amount_fen, reference=request.reference.strip())
    return told(tx, account_money.pay_back(tx, request.account_id, tender, request.reason.strip()))
