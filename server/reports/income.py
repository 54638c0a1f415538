"""What the clinic earned: by day, cashier, category, department and doctor. Refunds count on the day on which they were paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.messages.cashier import TenderKind
from server.db import Read
from server.reports.sums import department_names, staff_names, sums
from server.reports.table import ROUNDING, Cells, Sum, Summed, is_income, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from server.db import ReadTx

#: In the receipt's order (DOMAIN.md §5.1).
CATEGORIES: Final = tuple(
    f"income:{category}"
    for category in (
        "consultation",
        "exam",
        "lab",
        "treatment",
        "surgery",
        "material",
        "western_drug",
        "herbal",
        "patent",
        "general",
        "registration",
        "other",
    )
)
TENDERS: Final = tuple(f"tender:{kind}" for kind in TenderKind)
_OTHERS: Final = ("deposits", "deposits_back", "collections")
#: The account whose posting, turned round, says how much such an operation brought in.
_MOVED: Final = {"DEPOSIT": ("deposits", ("tender:deposit",)), "DEPOSIT_BACK": ("deposits_back", ("tender:deposit",))}

#: A bill over the rest of a partial refund is no bill of another patient.
_BILLS: Final = Read(
    "SELECT business_date::text, kind, count(*) FROM bill WHERE business_date BETWEEN %(begins)s AND %(ends)s AND reissues IS NULL GROUP BY 1, 2"
)
_CASHIERS_BILLS: Final = Read(
    "SELECT cashier_id::text, kind, count(*) FROM bill WHERE business_date BETWEEN %(begins)s AND %(ends)s AND reissues IS NULL GROUP BY 1, 2"
)


def add_income(cells: Cells, row: str, each: Sum) -> None:
    """A posting of income into its row: charged, refunded or rounding, and net."""
    column = "rounding" if each.account == ROUNDING else "refunded" if each.operation == "REFUND" else "charged"
    cells.add(row, column, -each.fen)
    cells.add(row, "net", -each.fen)


def other_side(every: Iterable[Sum]) -> int:
    """What income must be by all other accounts."""
    return sum(each.fen for each in every if not is_income(each.account))


def _add_money(cells: Cells, each: Sum) -> None:
    """How it was paid, and the money that is no income: deposits and what companies paid back."""
    if each.operation in ("SALE", "REFUND"):
        cells.add(each.by, each.account, each.fen)
    elif each.operation in _MOVED and each.account in _MOVED[each.operation][1]:
        cells.add(each.by, _MOVED[each.operation][0], -each.fen)
    elif each.operation == "COLLECT" and each.account in ("tender:credit", "tender:green"):
        cells.add(each.by, "collections", -each.fen)


def _takings(every: Sequence[Sum], bills: Iterable[tuple[str, str, int]], columns: Sequence[str]) -> tuple[Cells, tuple[str, ...]]:
    cells = Cells("bills", "refund_bills", "charged", "refunded")
    for row, kind, count in bills:
        cells.add(row, "refund_bills" if kind == "REFUND" else "bills", count)
    for each in every:
        if is_income(each.account):
            add_income(cells, each.by, each)
            if each.account in columns:
                cells.add(each.by, each.account, -each.fen)
        else:
            _add_money(cells, each)
    return cells, cells.columns(("rounding", *columns, *TENDERS, *_OTHERS))


def daily(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row a business day: bills, what was charged and paid back, by category, by tender with the insurance's shares, deposits, rounding."""
    every = sums(tx, "day", begins, ends)
    bills = [(row[0], row[1], row[2]) for row in tx.rows(_BILLS, begins=begins, ends=ends)]
    cells, columns = _takings(every, bills, CATEGORIES)
    rows = tuple(cells.row(key, columns) for key in sorted(cells.keys()))
    return Summed(columns=columns, rows=rows, ledger_fen=other_side(every))


def by_cashier(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row for each person who took money."""
    every = sums(tx, "cashier", begins, ends)
    bills = [(row[0], row[1], row[2]) for row in tx.rows(_CASHIERS_BILLS, begins=begins, ends=ends)]
    cells, columns = _takings(every, bills, ())
    rows = tuple(row for row in named(cells, columns, staff_names(tx, cells.keys())) if any(row.cells))
    return Summed(columns=columns, rows=rows, ledger_fen=other_side(every))


def by_category(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row for each fee category, in the receipt's order, and one for cash rounding."""
    every = sums(tx, "nothing", begins, ends)
    cells = Cells("charged", "refunded")
    for each in every:
        if is_income(each.account):
            cells.add(each.account, "refunded" if each.operation == "REFUND" else "charged", -each.fen)
            cells.add(each.account, "net", -each.fen)
    columns = cells.columns(())
    places = {account: place for place, account in enumerate((*CATEGORIES, ROUNDING))}
    rows = tuple(cells.row(key, columns) for key in sorted(cells.keys(), key=lambda key: (places.get(key, 99), key)))
    return Summed(columns=columns, rows=rows, ledger_fen=other_side(every))


def by_department(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row for each department whose visits were charged."""
    cells, columns, ledger = _by_line(sums(tx, "department", begins, ends))
    return Summed(columns=columns, rows=named(cells, columns, department_names(tx, cells.keys())), ledger_fen=ledger)


def by_doctor(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row for each doctor whose visits were charged."""
    cells, columns, ledger = _by_line(sums(tx, "doctor", begins, ends))
    return Summed(columns=columns, rows=named(cells, columns, staff_names(tx, cells.keys())), ledger_fen=ledger)


def _by_line(every: Sequence[Sum]) -> tuple[Cells, tuple[str, ...], int]:
    cells = Cells("charged", "refunded")
    for each in every:
        if is_income(each.account):
            add_income(cells, each.by, each)
            cells.add(each.by, each.account, -each.fen)
    return cells, cells.columns(("rounding", *CATEGORIES)), other_side(every)
