"""Finance 财务: reports over the ledger, and the clinic's expenses. All amounts in fen; days are business days of the ledger."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Fact, Query


class ReportKind(StrEnum):
    """The reports there are."""

    DAILY = "daily"
    CASHIER = "cashier"
    TENDER = "tender"
    CATEGORY = "category"
    DEPARTMENT = "department"
    DOCTOR = "doctor"
    EXPENSES = "expenses"
    PROFIT = "profit"


class ReportRow(Fact, frozen=True, kw_only=True):
    """One row. ``key`` is what :class:`DrillDown` wants: a day, a person's or department's id, a ledger account; empty: what the ledger books
    without a line (cash rounding). ``name`` is a person's or department's; accounts and days are named by their key.

    ``group``: what the row belongs to in the statement of income and expense (``income``, ``reduction``, ``expense``, ``memo``). A memo row
    is no part of the totals and cannot be drilled into.
    """

    key: str
    cells: tuple[int, ...]
    name: str = ""
    group: str = ""


class Report(Fact, frozen=True, kw_only=True):
    """A report. ``columns`` name what the cells are: ``bills`` and ``refund_bills`` are counts, all others fen.

    ``total_fen`` is what the rows come to in their last column (``net``); ``ledger_fen`` what it must be by the other side of the same
    bookings: all accounts but those that the report shows, with the opposite sign. They differ only if the books are wrong.
    """

    kind: ReportKind
    begins: date
    ends: date
    columns: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    totals: tuple[int, ...]
    total_fen: int
    ledger_fen: int
    made_at: datetime


class GetReport(Query[Report], frozen=True, kw_only=True):
    """A report over business days, both ends included. ``FieldWrong`` if they are the wrong way round or more than ten years apart.

    ``daily``: a row a day; ``cashier``, ``tender``, ``category``, ``department``, ``doctor``: a row each; ``expenses``: a row a kind;
    ``profit``: income, reductions and expenses, a column a month where there are several.
    """

    permission = Permission.REPORT_VIEW
    kind: ReportKind
    begins: date
    ends: date


class DrillRow(Fact, frozen=True, kw_only=True):
    """One posting behind a figure, with the sign that the report gives it. ``document`` is the number of the bill, expense, deposit or
    collection; of a bill ``bill_id`` opens the receipt (``GetReceipt``), of an expense ``expense_id`` stands in ``GetExpense``."""

    posting_id: int
    date: date
    at: datetime
    operation: str
    account: str
    amount_fen: int
    document: str
    cashier: str
    bill_id: int | None = None
    expense_id: int | None = None
    patient_number: str = ""
    item: str = ""
    department: str = ""
    doctor: str = ""


class Drilled(Fact, frozen=True, kw_only=True):
    """The postings behind one row of a report, newest first. ``count`` and ``sum_fen`` are those of all of them, also of those not listed;
    ``before`` asks for the rest (none: there is no more)."""

    rows: tuple[DrillRow, ...]
    count: int
    sum_fen: int
    before: int | None


class DrillDown(Query[Drilled], frozen=True, kw_only=True):
    """The postings behind a report's row in these days. ``sum_fen`` is the row's net."""

    permission = Permission.REPORT_VIEW
    kind: ReportKind
    key: Annotated[str, Meta(max_length=60)]
    begins: date
    ends: date
    before: int | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


# --- expenses ----------------------------------------------------------------------------------------------------------------------


class ExpenseCategory(StrEnum):
    """What the clinic spends on; each has its account ``expense:<category>`` in the ledger."""

    DRUGS = "drugs"
    MATERIALS = "materials"
    WAGES = "wages"
    RENT = "rent"
    UTILITIES = "utilities"
    EQUIPMENT = "equipment"
    MAINTENANCE = "maintenance"
    OFFICE = "office"
    TAX = "tax"
    OTHER = "other"


class PaidFrom(StrEnum):
    """Where the money came from: the vault (never a cashier's drawer) or the clinic's bank account."""

    CASH = "cash"
    BANK = "bank"


class ExpenseFacts(Fact, frozen=True, kw_only=True):
    """An expense, or the reversal of one (``amount_fen`` below zero; ``reverses`` is the number of what it takes back).

    ``reversed_by`` is the number of its own reversal, if it has one.
    """

    id: int
    number: str
    category: ExpenseCategory
    amount_fen: int
    paid_from: PaidFrom
    payee: str
    note: str
    date: date
    department: str
    entered_by: str
    at: datetime
    reverses: str = ""
    reversed_by: str = ""


class EnterExpense(Command[ExpenseFacts], frozen=True, kw_only=True):
    """Book what was spent. ``date`` none: today; not in the future, and not on or before the last day that was rolled up (``FieldWrong``)."""

    permission = Permission.EXPENSE_ENTER
    category: ExpenseCategory
    amount_fen: Annotated[int, Meta(ge=1, le=10_000_000_000)]
    paid_from: PaidFrom
    payee: Annotated[str, Meta(min_length=1, max_length=100)]
    note: Annotated[str, Meta(max_length=200)] = ""
    department_id: int | None = None
    date: date | None = None


class ReverseExpense(Command[ExpenseFacts], frozen=True, kw_only=True):
    """Take an expense back: the same booking the other way round, dated today. Once (``FieldWrong``)."""

    permission = Permission.EXPENSE_ENTER
    expense_id: int
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class GetExpense(Query[ExpenseFacts], frozen=True, kw_only=True):
    """One expense."""

    permission = Permission.REPORT_VIEW
    expense_id: int


class ExpenseList(Fact, frozen=True, kw_only=True):
    """Expenses of some days, newest first, and what they sum to, reversals counted back."""

    expenses: tuple[ExpenseFacts, ...]
    total_fen: int


class ListExpenses(Query[ExpenseList], frozen=True, kw_only=True):
    """The expenses of business days, both ends included."""

    permission = Permission.REPORT_VIEW
    begins: date
    ends: date
