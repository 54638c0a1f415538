"""From a figure to the postings behind it, and to the documents that they were booked by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from common.errors import NotFound
from common.i18n import N_
from common.messages.finance import DrillDown, Drilled, DrillRow, ReportKind
from server.db import Read
from server.features import handles
from server.reports.requests import check_range

if TYPE_CHECKING:
    from server.db import ReadTx

_INCOME: Final = "(p.account = 'rounding' OR p.account LIKE 'income:%%')"
_DAYS: Final = "o.business_date BETWEEN %(begins)s AND %(ends)s"
_FROM: Final = "ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id LEFT JOIN charge_line c ON c.id = p.charge_line_id"
_ROWS: Final = (
    "SELECT p.id AS posting_id, o.business_date AS date, o.at, o.kind AS operation, p.account, %(sign)s * p.amount_fen AS amount_fen,"
    " coalesce(b.number, e.number, de.number, ce.number, '') AS document, s.name AS cashier, b.id AS bill_id, e.id AS expense_id,"
    " coalesce(t.number, '') AS patient_number, coalesce(c.name, '') AS item, coalesce(d.name, '') AS department, coalesce(g.name, '') AS doctor"
    " FROM (SELECT p.id, p.operation_id, p.account, p.amount_fen, p.charge_line_id, p.payment_id FROM {source} WHERE {days} AND {which}"
    " AND (%(before)s::bigint IS NULL OR p.id < %(before)s) ORDER BY p.id DESC LIMIT %(limit)s) p"
    " JOIN ledger_operation o ON o.id = p.operation_id JOIN staff s ON s.id = o.staff_id LEFT JOIN bill b ON b.id = o.bill_id"
    " LEFT JOIN expense e ON e.operation_id = o.id LEFT JOIN charge_line c ON c.id = p.charge_line_id LEFT JOIN payment y ON y.id = p.payment_id"
    " LEFT JOIN deposit_entry de ON de.id = y.deposit_entry_id LEFT JOIN credit_entry ce ON ce.id = y.credit_entry_id"
    " LEFT JOIN patient t ON t.id = coalesce(b.patient_id, de.patient_id, ce.patient_id) LEFT JOIN department d ON d.id = c.department_id"
    " LEFT JOIN staff g ON g.id = c.doctor_id ORDER BY p.id DESC"
)
_COUNT: Final = "SELECT count(*), coalesce(sum(%(sign)s * p.amount_fen), 0)::bigint FROM {source} WHERE {days} AND {which}"


class _Way(NamedTuple):
    """How a kind of row is drilled into: its postings one by one and in sum, and the sign that the report gives them."""

    rows: Read
    all: Read
    sign: int


def _way(which: str, sign: int, days: str = _DAYS) -> _Way:
    fill = {"source": _FROM, "days": days, "which": which}
    return _Way(Read(_ROWS.format(**fill)), Read(_COUNT.format(**fill)), sign)


_ACCOUNT: Final = "p.account = %(key)s"
_WAYS: Final = {
    ReportKind.DAILY: _way(_INCOME, -1),
    ReportKind.CASHIER: _way(f"{_INCOME} AND o.staff_id::text = %(key)s", -1),
    ReportKind.TENDER: _way(_ACCOUNT, 1),
    ReportKind.CATEGORY: _way(_ACCOUNT, -1),
    ReportKind.DEPARTMENT: _way(f"{_INCOME} AND coalesce(c.department_id::text, '') = %(key)s", -1),
    ReportKind.DOCTOR: _way(f"{_INCOME} AND coalesce(c.doctor_id::text, '') = %(key)s", -1),
    ReportKind.EXPENSES: _way(_ACCOUNT, 1),
    ReportKind.PROFIT: _way(_ACCOUNT, -1),
}


@handles(DrillDown)
def drill_down(tx: ReadTx, request: DrillDown) -> Drilled:
    """The postings behind a row."""
    check_range(request.begins, request.ends)
    way, (begins, ends) = _WAYS[request.kind], _days(request)
    about = {"begins": begins, "ends": ends, "key": request.key, "sign": way.sign}
    rows = tx.structs(DrillRow, way.rows, before=request.before, limit=request.limit, **about)
    count, sum_fen = tx.first(way.all, **about) or (0, 0)
    return Drilled(rows=rows, count=count, sum_fen=sum_fen, before=rows[-1].posting_id if len(rows) == request.limit else None)


def _days(request: DrillDown) -> tuple[date, date]:
    """Of the daily report one row is one day; a day outside the period has no postings."""
    if request.kind is not ReportKind.DAILY:
        return request.begins, request.ends
    try:
        day = date.fromisoformat(request.key)
    except ValueError:
        raise NotFound(kind=N_("Day"), key=request.key) from None
    return (day, day) if request.begins <= day <= request.ends else (day, day - timedelta(days=1))
