"""The statements that sum up postings, and the names of who they are summed by.

The operations of a range of days come by the index on the business day, their postings by an index that holds all that is summed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.db import Read
from server.reports.table import Sum

if TYPE_CHECKING:
    from datetime import date

    from server.db import ReadTx

_IN: Final = "ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
_DAYS: Final = "WHERE o.business_date BETWEEN %(begins)s AND %(ends)s"


def _sums(by: str, more: str = "") -> Read:
    return Read(f"SELECT {by}, o.kind, p.account, sum(p.amount_fen)::bigint FROM {_IN}{more} {_DAYS} GROUP BY 1, 2, 3")


#: Only income names a charge line; what has none (the other side, cash rounding) is summed under ''.
_LINES: Final = " LEFT JOIN charge_line c ON c.id = p.charge_line_id"

STATEMENTS: Final = {
    "nothing": _sums("''"),
    "day": _sums("o.business_date::text"),
    "month": _sums("to_char(o.business_date, 'YYYY-MM')"),
    "cashier": _sums("o.staff_id::text"),
    "department": _sums("coalesce(c.department_id::text, '')", _LINES),
    "doctor": _sums("coalesce(c.doctor_id::text, '')", _LINES),
}
_STAFF: Final = Read("SELECT id::text, name FROM staff WHERE id = ANY(%(ids)s)")
_DEPARTMENTS: Final = Read("SELECT id::text, name FROM department WHERE id = ANY(%(ids)s)")


def sums(tx: ReadTx, by: str, begins: date, ends: date) -> list[Sum]:
    """The sums of a range of business days by ``by``, kind of operation and account. Together they are zero."""
    return [Sum(*row) for row in tx.rows(STATEMENTS[by], begins=begins, ends=ends)]


def staff_names(tx: ReadTx, ids: set[str]) -> dict[str, str]:
    """Names by id."""
    return dict(tx.rows(_STAFF, ids=[int(id) for id in ids if id]))


def department_names(tx: ReadTx, ids: set[str]) -> dict[str, str]:
    """Names by id."""
    return dict(tx.rows(_DEPARTMENTS, ids=[int(id) for id in ids if id]))
