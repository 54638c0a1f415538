"""A report by its kind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common.errors import FieldWrong
from common.i18n import N_
from common.messages.finance import GetReport, Report, ReportKind
from server.features import handles
from server.reports import income, money
from server.reports.table import totals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from server.db import ReadTx
    from server.reports.table import Summed

_REPORTS: Final[dict[ReportKind, Callable[[ReadTx, date, date], Summed]]] = {
    ReportKind.DAILY: income.daily,
    ReportKind.CASHIER: income.by_cashier,
    ReportKind.TENDER: money.by_tender,
    ReportKind.CATEGORY: income.by_category,
    ReportKind.DEPARTMENT: income.by_department,
    ReportKind.DOCTOR: income.by_doctor,
    ReportKind.EXPENSES: money.expenses,
    ReportKind.PROFIT: money.profit,
}
_LONGEST: Final = timedelta(days=3660)


def check_range(begins: date, ends: date) -> None:
    """Raises ``FieldWrong`` for days the wrong way round, or more than ten years."""
    if not timedelta() <= ends - begins <= _LONGEST:
        raise FieldWrong(field=N_("Period"), reason=N_("from an earlier to a later day, at most ten years"))


@handles(GetReport)
def get_report(tx: ReadTx, request: GetReport) -> Report:
    """The report, its totals, and what they must be by the other side of the ledger."""
    check_range(request.begins, request.ends)
    summed = _REPORTS[request.kind](tx, request.begins, request.ends)
    sums = totals(summed.columns, summed.rows)
    return Report(
        kind=request.kind,
        begins=request.begins,
        ends=request.ends,
        columns=summed.columns,
        rows=summed.rows,
        totals=sums,
        total_fen=sums[-1],
        ledger_fen=summed.ledger_fen,
        made_at=tx.now,
    )
