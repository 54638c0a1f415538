"""Where the money is, what was spent, and what is left: by tender, by kind of expense, income against expense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.messages.finance import ExpenseCategory, ReportRow
from server.db import Read
from server.reports.income import CATEGORIES, TENDERS
from server.reports.sums import sums
from server.reports.table import ROUNDING, Cells, Summed, is_income

if TYPE_CHECKING:
    from datetime import date

    from server.db import ReadTx

#: Which column of the report by tender an operation's postings stand in; what is not named here: ``drawer``.
_COLUMNS: Final = {
    "SALE": "sales",
    "REFUND": "refunds",
    "DEPOSIT": "deposits",
    "DEPOSIT_BACK": "deposits_back",
    "COLLECT": "collections",
    "EXPENSE": "expenses",
}
_EXPENSES: Final = tuple(f"expense:{category}" for category in ExpenseCategory)
_DRUGS: Final = frozenset({"income:western_drug", "income:herbal", "income:patent"})

_KINDS: Final = Read("SELECT code, kind FROM ledger_account")
#: Moves of stock carry no money; what went out cost what its batch was bought for (yuan a pack). Returns count back.
_COST: Final = Read(
    "SELECT CASE WHEN %(monthly)s THEN to_char(m.at, 'YYYY-MM') ELSE '' END, round(-sum(m.quantity * b.purchase_price / b.pack_size) * 100)::bigint"
    " FROM stock_move m JOIN stock_batch b ON b.id = m.batch_id"
    " WHERE m.kind IN ('DISPENSE', 'RETURN') AND m.at >= %(begins)s::date AND m.at < %(ends)s::date + 1 GROUP BY 1"
)


def by_tender(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row for each means of payment: what came in and went out by it, also what is no income."""
    every = sums(tx, "nothing", begins, ends)
    cells = Cells("sales", "refunds")
    for each in every:
        if each.account.startswith("tender:"):
            cells.add(each.account, _COLUMNS.get(each.operation, "drawer"), each.fen)
            cells.add(each.account, "net", each.fen)
    columns = cells.columns(("deposits", "deposits_back", "collections", "expenses", "drawer"))
    rows = tuple(cells.row(account, columns) for account in _in_order(cells.keys(), TENDERS))
    return Summed(columns=columns, rows=rows, ledger_fen=-sum(each.fen for each in every if not each.account.startswith("tender:")))


def expenses(tx: ReadTx, begins: date, ends: date) -> Summed:
    """A row for each kind of expense: what was spent, and what was taken back."""
    every = sums(tx, "nothing", begins, ends)
    cells = Cells()
    for each in every:
        if each.account.startswith("expense:"):
            cells.add(each.account, "net", each.fen)
    columns = cells.columns(())
    rows = tuple(cells.row(account, columns) for account in _in_order(cells.keys(), _EXPENSES))
    return Summed(columns=columns, rows=rows, ledger_fen=-sum(each.fen for each in every if not each.account.startswith("expense:")))


def profit(tx: ReadTx, begins: date, ends: date) -> Summed:
    """Income, what was waived of it, expenses, and what is left; a column a month where there are several.

    The result is the ledger's: what was earned against what was spent. The cost of the drugs that were handed out stands beside it as a
    memo, since stock is kept in quantities and not in the ledger; with it in place of what was spent on buying drugs the result is another.
    """
    monthly = (begins.year, begins.month) != (ends.year, ends.month)
    every = sums(tx, "month" if monthly else "nothing", begins, ends)
    kinds: dict[str, str] = dict(tx.rows(_KINDS))
    cells, other = Cells(), 0
    for each in every:
        if kinds[each.account] not in ("income", "expense"):
            other += each.fen
            continue
        for column in {each.by, "net"} - {""}:
            cells.add(each.account, column, -each.fen)
    memo = Cells()
    for month, fen in tx.rows(_COST, monthly=monthly, begins=begins, ends=ends):
        for column in {month, "net"} - {""}:
            memo.add("cost", column, -(fen or 0))
    months = sorted({each.by for each in every if each.by})
    columns = (*months, "net")
    rows = [cells.row(account, columns, group=_group(account)) for account in _in_order(cells.keys(), (*CATEGORIES, ROUNDING, *_EXPENSES))]
    rows.sort(key=lambda row: ("income", "reduction", "expense").index(row.group))
    return Summed(columns=columns, rows=(*rows, *_memo(rows, memo.row("cost", columns))), ledger_fen=other)


def _group(account: str) -> str:
    return "income" if is_income(account) else "expense" if account.startswith("expense:") else "reduction"


def _memo(rows: list[ReportRow], cost: ReportRow) -> tuple[ReportRow, ...]:
    """What drugs brought, what those handed out had cost, the difference, and the result with that cost in place of drug purchases."""
    width = range(len(cost.cells))
    brought = tuple(sum(row.cells[place] for row in rows if row.key in _DRUGS) for place in width)
    result = tuple(sum(row.cells[place] for row in rows if row.key != "expense:drugs") for place in width)
    if not any((*brought, *cost.cells)):
        return ()
    shown = {
        "drugs_income": brought,
        "drugs_cost": cost.cells,
        "drugs_margin": tuple(brought[place] + cost.cells[place] for place in width),
        "result_with_cost": tuple(result[place] + cost.cells[place] for place in width),
    }
    return tuple(ReportRow(key=key, cells=cells, group="memo") for key, cells in shown.items())


def _in_order(keys: set[str], order: tuple[str, ...]) -> list[str]:
    return [*(key for key in order if key in keys), *sorted(keys - set(order))]
