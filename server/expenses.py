"""Expenses 支出: what the clinic spends, entered once and never changed, only reversed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.finance import EnterExpense, ExpenseFacts, ExpenseList, GetExpense, ListExpenses, ReverseExpense
from server.db import Read, Write
from server.features import handles
from server.money_book.expenses import Spent, book_expense

if TYPE_CHECKING:
    from datetime import date

    from server.db import ReadTx, Tx

_FACTS: Final = (
    "SELECT e.id, e.number, e.category, e.amount_fen, e.paid_from, e.payee, e.note, e.business_date AS date, coalesce(d.name, '') AS department,"
    " s.name AS entered_by, e.at, coalesce(b.number, '') AS reverses, coalesce(r.number, '') AS reversed_by FROM expense e"
    " JOIN staff s ON s.id = e.entered_by LEFT JOIN department d ON d.id = e.department_id LEFT JOIN expense b ON b.id = e.reverses"
    " LEFT JOIN expense r ON r.reverses = e.id"
)
_ONE: Final = Read(f"{_FACTS} WHERE e.id = %(id)s")
_LIST: Final = Read(f"{_FACTS} WHERE e.business_date BETWEEN %(begins)s AND %(ends)s ORDER BY e.business_date DESC, e.id DESC")
_ROLLED_UP: Final = Read("SELECT max(business_date) FROM roll_up")
#: Two who reverse one expense at once wait for each other here; a table that is only added to has no rows to lock.
_LOCK: Final = Write("SELECT pg_advisory_xact_lock(%(place)s::int, %(id)s::int)")
_PLACE: Final = 0x455850
_EXPENSE: Final = Read(
    "SELECT e.number, e.category, e.amount_fen, e.paid_from, e.payee, e.department_id, e.reverses,"
    " EXISTS (SELECT FROM expense r WHERE r.reverses = e.id) FROM expense e WHERE e.id = %(id)s"
)


@handles(EnterExpense)
def enter_expense(tx: Tx, request: EnterExpense) -> ExpenseFacts:
    """Book it on its day."""
    day = request.date or tx.today
    _check_day(tx, day)
    if not request.payee.strip():
        raise FieldWrong(field=N_("Payee"), reason=N_("who was paid?"))
    spent = Spent(
        category=request.category,
        amount_fen=request.amount_fen,
        paid_from=request.paid_from,
        payee=request.payee.strip(),
        note=request.note.strip(),
        day=day,
        department_id=request.department_id,
    )
    return _told(tx, book_expense(tx, spent))


@handles(ReverseExpense)
def reverse_expense(tx: Tx, request: ReverseExpense) -> ExpenseFacts:
    """The same booking the other way round, today."""
    tx.write(_LOCK, place=_PLACE, id=request.expense_id % 2_000_000_000)
    row = tx.one(_EXPENSE, NotFound(kind=N_("Expense"), key=str(request.expense_id)), id=request.expense_id)
    _, category, amount, paid_from, payee, department_id, reverses, reversed_before = row
    if reverses is not None or reversed_before:
        raise FieldWrong(field=N_("Expense"), reason=N_("it was reversed before, or is a reversal itself"))
    _check_day(tx, tx.today)
    spent = Spent(
        category=category,
        amount_fen=-amount,
        paid_from=paid_from,
        payee=payee,
        note=request.reason.strip(),
        day=tx.today,
        department_id=department_id,
        reverses=request.expense_id,
    )
    return _told(tx, book_expense(tx, spent))


def _check_day(tx: Tx, day: date) -> None:
    """A day that was rolled up stays as it was signed for."""
    if day > tx.today:
        raise FieldWrong(field=N_("Date"), reason=N_("not in the future"))
    rolled_up = tx.first(_ROLLED_UP)
    if rolled_up is not None and rolled_up[0] is not None and day <= rolled_up[0]:
        raise FieldWrong(field=N_("Date"), reason=N_("that day was rolled up already; take a later one"))


def _told(tx: Tx, expense_id: int) -> ExpenseFacts:
    expense = get_expense(tx, GetExpense(expense_id=expense_id))
    tx.detail = {"number": expense.number, "amount_fen": expense.amount_fen}
    return expense


@handles(GetExpense)
def get_expense(tx: ReadTx, request: GetExpense) -> ExpenseFacts:
    """One expense."""
    found = tx.structs(ExpenseFacts, _ONE, id=request.expense_id)
    if not found:
        raise NotFound(kind=N_("Expense"), key=str(request.expense_id))
    return found[0]


@handles(ListExpenses)
def list_expenses(tx: ReadTx, request: ListExpenses) -> ExpenseList:
    """The expenses of some days."""
    expenses = tx.structs(ExpenseFacts, _LIST, begins=request.begins, ends=request.ends)
    return ExpenseList(expenses=expenses, total_fen=sum(expense.amount_fen for expense in expenses))
