"""How accounts, columns, rows and operations are called on screen, in files and on paper."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from client import format
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.finance import ExpenseCategory, ReportKind
from printing.documents.fees import FeeCategory, tender_label

if TYPE_CHECKING:
    from common.messages.finance import ReportRow

REPORTS: Final = {
    ReportKind.DAILY: N_("report|Daily report"),
    ReportKind.CASHIER: N_("report|By cashier"),
    ReportKind.TENDER: N_("report|By means of payment"),
    ReportKind.CATEGORY: N_("report|By fee category"),
    ReportKind.DEPARTMENT: N_("report|By department"),
    ReportKind.DOCTOR: N_("report|By doctor"),
    ReportKind.EXPENSES: N_("report|Expenses"),
    ReportKind.PROFIT: N_("report|Income and expense"),
}
#: What a row of the report is.
ROWS: Final = {
    ReportKind.DAILY: N_("report|Day"),
    ReportKind.CASHIER: N_("report|Cashier"),
    ReportKind.TENDER: N_("report|Means of payment"),
    ReportKind.CATEGORY: N_("report|Fee category"),
    ReportKind.DEPARTMENT: N_("report|Department"),
    ReportKind.DOCTOR: N_("report|Doctor"),
    ReportKind.EXPENSES: N_("report|Kind"),
    ReportKind.PROFIT: N_("report|Item"),
}
EXPENSES: Final = {
    ExpenseCategory.DRUGS: N_("expense|Drugs bought"),
    ExpenseCategory.MATERIALS: N_("expense|Materials"),
    ExpenseCategory.WAGES: N_("expense|Wages"),
    ExpenseCategory.RENT: N_("expense|Rent"),
    ExpenseCategory.UTILITIES: N_("expense|Water, power, network"),
    ExpenseCategory.EQUIPMENT: N_("expense|Equipment"),
    ExpenseCategory.MAINTENANCE: N_("expense|Maintenance"),
    ExpenseCategory.OFFICE: N_("expense|Office"),
    ExpenseCategory.TAX: N_("expense|Taxes"),
    ExpenseCategory.OTHER: N_("expense|Other expenses"),
}
_COLUMNS: Final = {
    "bills": N_("column|Bills"),
    "refund_bills": N_("column|Refunds"),
    "charged": N_("column|Charged"),
    "refunded": N_("column|Paid back"),
    "rounding": N_("column|Rounding"),
    "net": N_("column|Net"),
    "sales": N_("column|Received"),
    "refunds": N_("column|Paid back"),
    "deposits": N_("column|Deposits taken"),
    "deposits_back": N_("column|Deposits paid out"),
    "collections": N_("column|Debts collected"),
    "expenses": N_("column|Spent"),
    "drawer": N_("column|Drawer"),
}
_ROWS: Final = {
    "rounding": N_("account|Cash rounding"),
    "over_short": N_("account|Drawer over or short"),
    "drugs_income": N_("memo|Income from drugs"),
    "drugs_cost": N_("memo|Cost of drugs handed out"),
    "drugs_margin": N_("memo|Margin on drugs"),
    "result_with_cost": N_("memo|Result with that cost in place of drugs bought"),
}
GROUPS: Final = {
    "income": N_("group|Income"),
    "reduction": N_("group|Waivers and shares borne by the clinic"),
    "expense": N_("group|Expenses"),
    "memo": N_("group|For information: drugs by their cost"),
}
_OPERATIONS: Final = {
    "SALE": N_("operation|Settlement"),
    "REFUND": N_("operation|Refund"),
    "DEPOSIT": N_("operation|Deposit"),
    "DEPOSIT_BACK": N_("operation|Deposit paid out"),
    "COLLECT": N_("operation|Debt collected"),
    "FLOAT": N_("operation|Float"),
    "OVER_SHORT": N_("operation|Over or short"),
    "HAND_IN": N_("operation|Cash handed in"),
    "EXPENSE": N_("operation|Expense"),
}


def account(code: str) -> str:
    """A ledger account in the current language."""
    kind, _, name = code.partition(":")
    if kind == "income":
        return FeeCategory(name).label
    if kind == "tender":
        return tender_label(TenderKind(name))
    if kind == "expense":
        return tr(EXPENSES[ExpenseCategory(name)])
    return tr(_ROWS[code]) if code in _ROWS else code


def column(key: str) -> str:
    """A report's column: a named one, an account, or a month as it is."""
    if key in _COLUMNS:
        return tr(_COLUMNS[key])
    return account(key) if ":" in key else key


def row(kind: ReportKind, found: ReportRow) -> str:
    """What a report's row is called."""
    if found.name:
        return found.name
    if kind is ReportKind.DAILY:
        return format.day(date.fromisoformat(found.key))
    if not found.key:
        return tr("report|(none: cash rounding)")
    return account(found.key)


def operation(kind: str) -> str:
    """A ledger operation in the current language."""
    return tr(_OPERATIONS[kind]) if kind in _OPERATIONS else kind


def is_count(key: str) -> bool:
    """Whether a column counts documents instead of fen."""
    return key in ("bills", "refund_bills")


def cell(key: str, amount: int) -> str:
    """A cell: ``1,234.50``, a count, or nothing where there is nothing."""
    if not amount:
        return ""
    return f"{amount:,}" if is_count(key) else plain(amount)


def plain(fen: int) -> str:
    """``1,234.50``: an amount under a heading that names the unit."""
    return format_yuan(fen).replace("¥", "")


def whole_yuan(fen: int) -> str:
    """``1,235``: an amount in whole yuan, half away from zero; nothing where there is nothing."""
    yuan = (abs(fen) + 50) // 100
    return f"{'-' if fen < 0 else ''}{yuan:,}" if yuan else ""


def share(part: int, whole: int) -> str:
    """``12.3 %`` of the whole; nothing where there is none."""
    if whole <= 0:
        return ""
    tenths = (part * 2000 + whole) // (2 * whole)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"
