"""The statements that sum up postings, and the names of who they are summed by.

The operations of a range of days come by the index on the business day, their postings by an index that holds all that is summed.

What a partial refund merely carries over (the lines that are kept, the payments that go on paying for them) is left out of what was charged and
of what was paid back, as :mod:`server.closing.sums` leaves it out of a close: the sums of SALE and of REFUND are both moved by it, in one row,
on one day, of one account. So every net sum stays what the ledger says, and with it the comparison of ``total_fen`` and ``ledger_fen``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from server.db import Read
from server.reports.table import Sum

if TYPE_CHECKING:
    from datetime import date

    from server.db import ReadTx

_IN: Final = "ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
_DAYS: Final = "WHERE o.business_date BETWEEN %(begins)s AND %(ends)s"
#: The bills over the rest of a partial refund.
_CARRIED: Final = (
    "bill b JOIN ledger_operation o ON o.bill_id = b.id JOIN ledger_posting p ON p.operation_id = o.id"
    " LEFT JOIN payment y ON y.id = p.payment_id"
)


class _Way(NamedTuple):
    """By what postings are summed: all of them, and those that are carried over."""

    all: Read
    carried: Read


def _way(by: str, more: str = "") -> _Way:
    return _Way(
        Read(f"SELECT {by}, o.kind, p.account, sum(p.amount_fen)::bigint FROM {_IN}{more} {_DAYS} GROUP BY 1, 2, 3"),
        Read(
            f"SELECT {by}, p.account, sum(p.amount_fen)::bigint FROM {_CARRIED}{more}"
            " WHERE b.business_date BETWEEN %(begins)s AND %(ends)s AND b.reissues IS NOT NULL AND (p.payment_id IS NULL OR y.carries IS NOT NULL)"
            " GROUP BY 1, 2"
        ),
    )


#: Only income names a charge line; what has none (the other side, cash rounding) is summed under ''.
_LINES: Final = " LEFT JOIN charge_line c ON c.id = p.charge_line_id"

WAYS: Final = {
    "nothing": _way("''"),
    "day": _way("o.business_date::text"),
    "month": _way("to_char(o.business_date, 'YYYY-MM')"),
    "cashier": _way("o.staff_id::text"),
    "department": _way("coalesce(c.department_id::text, '')", _LINES),
    "doctor": _way("coalesce(c.doctor_id::text, '')", _LINES),
}
_STAFF: Final = Read("SELECT id::text, name FROM staff WHERE id = ANY(%(ids)s)")
_DEPARTMENTS: Final = Read("SELECT id::text, name FROM department WHERE id = ANY(%(ids)s)")


def sums(tx: ReadTx, by: str, begins: date, ends: date) -> list[Sum]:
    """The sums of a range of business days by ``by``, kind of operation and account. Together they are zero."""
    way = WAYS[by]
    found = [Sum(*row) for row in tx.rows(way.all, begins=begins, ends=ends)]
    for row, account, fen in tx.rows(way.carried, begins=begins, ends=ends):
        found += [Sum(row, "SALE", account, -fen), Sum(row, "REFUND", account, fen)]
    return found


def staff_names(tx: ReadTx, ids: set[str]) -> dict[str, str]:
    """Names by id."""
    return dict(tx.rows(_STAFF, ids=[int(id) for id in ids if id]))


def department_names(tx: ReadTx, ids: set[str]) -> dict[str, str]:
    """Names by id."""
    return dict(tx.rows(_DEPARTMENTS, ids=[int(id) for id in ids if id]))
