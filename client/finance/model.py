"""What the finance desk shows: which page, which days, the report, the postings under a figure, and the document under a posting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from client.finance import words
from client.finance.period import MONTH, YEAR, Period
from common.i18n import N_
from common.messages.finance import ReportKind, ReportRow
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from common.messages.cashier import ReceiptFacts
    from common.messages.finance import Drilled, DrillRow, ExpenseFacts, Report

SPEND, PRICES, PACKAGES, SURCHARGES = "spend", "prices", "packages", "surcharges"
RULES, DIFFERENCES = "rules", "differences"
#: More columns than this do not stand side by side; months then become years.
_MOST_MONTHS: Final = 12


class Page(NamedTuple):
    """An entry of the list on the left."""

    id: str
    title: str
    needs: Permission
    group: str


PAGES: Final = (
    *(Page(kind, title, Permission.REPORT_VIEW, N_("page|Reports")) for kind, title in words.REPORTS.items()),
    Page(SPEND, N_("page|Enter expenses"), Permission.EXPENSE_ENTER, N_("page|Enter and maintain")),
    Page(PRICES, N_("page|Price list"), Permission.PRICE_MANAGE, N_("page|Enter and maintain")),
    Page(PACKAGES, N_("page|Packages"), Permission.PRICE_MANAGE, N_("page|Enter and maintain")),
    Page(SURCHARGES, N_("page|Surcharges by route"), Permission.PRICE_MANAGE, N_("page|Enter and maintain")),
    Page(RULES, N_("page|Money rules"), Permission.PRICE_MANAGE, N_("page|Enter and maintain")),
    Page(DIFFERENCES, N_("page|Channel differences"), Permission.CASHIER_APPROVE, N_("page|Enter and maintain")),
)


def pages_for(permissions: Iterable[str]) -> tuple[Page, ...]:
    """The pages that a person may open."""
    held = set(permissions)
    return tuple(page for page in PAGES if page.needs in held)


class Figure(NamedTuple):
    """A line of the panel at the right: a heading (no value), or a label with its value."""

    label: str
    value: str = ""
    strong: bool = False


@dataclass
class Drill:
    """The postings under one row, as far as they were fetched."""

    row: ReportRow
    rows: list[DrillRow] = field(default_factory=list)
    count: int = 0
    sum_fen: int = 0
    before: int | None = None
    whole: bool = False
    asked: int = -1

    def take(self, part: Drilled) -> None:
        """The next part has come."""
        self.rows += part.rows
        self.count, self.sum_fen, self.before = part.count, part.sum_fen, part.before
        self.whole = part.before is None


class FinanceModel:
    """The desk's state. Plain Python, no Qt."""

    def __init__(self, today: date, permissions: Iterable[str]) -> None:
        self.today = today
        self.pages = pages_for(permissions)
        self.page = self.pages[0].id if self.pages else ""
        self.period = Period.around(MONTH, today)
        self.report: Report | None = None
        self.drill: Drill | None = None
        self.receipt: ReceiptFacts | None = None
        self.expense: ExpenseFacts | None = None
        self.loading = False
        self._other_days: Period | None = None

    @property
    def kind(self) -> ReportKind | None:
        """The report that is chosen; none on the other pages."""
        return ReportKind(self.page) if self.page in set(ReportKind) else None

    @property
    def depth(self) -> int:
        """0 the report, 1 the postings under a row, 2 a document."""
        return (self.drill is not None) + (self.receipt is not None or self.expense is not None)

    def open_page(self, page: str) -> None:
        """Another page; what was drilled into is left. Income and expense begins with the year's months, all others with their own days."""
        if page == ReportKind.PROFIT:
            self._other_days, self.period = self.period, Period.around(YEAR, self.today)
        elif self.page == ReportKind.PROFIT and self._other_days is not None:
            self.period = self._other_days
        self.page = page
        self.report = None
        self.leave_drill()

    def set_period(self, period: Period) -> None:
        """Other days; what was drilled into is left."""
        self.period = period
        self.leave_drill()

    def leave_drill(self) -> None:
        """Back to the report."""
        self.drill = None
        self.leave_document()

    def leave_document(self) -> None:
        """Back to the postings."""
        self.receipt = self.expense = None

    def take_report(self, report: Report) -> None:
        """A report has come. More months than have room become years."""
        self.report = by_years(report) if report.kind is ReportKind.PROFIT else report
        self.loading = False

    def balanced(self) -> bool:
        """Whether the report agrees with the other side of the ledger."""
        return self.report is not None and self.report.total_fen == self.report.ledger_fen


def by_years(report: Report) -> Report:
    """The statement of income and expense with years for months, if there are more than twelve."""
    months = report.columns[:-1]
    if len(months) <= _MOST_MONTHS:
        return report
    years = sorted({month[:4] for month in months})

    def merged(cells: Sequence[int]) -> tuple[int, ...]:
        return (*(sum(cell for month, cell in zip(months, cells, strict=False) if month[:4] == year) for year in years), cells[-1])

    rows = tuple(msgspec.structs.replace(row, cells=merged(row.cells)) for row in report.rows)
    return msgspec.structs.replace(report, columns=(*years, "net"), rows=rows, totals=merged(report.totals))


#: Columns of the table itself; all others of a report stand in the panel beside it, for the current row.
_IN_TABLE: Final = ("bills", "refund_bills", "charged", "refunded", "rounding", "sales", "refunds", "deposits", "deposits_back", "net")
_WIDE: Final = (ReportKind.PROFIT, ReportKind.TENDER)


def table_columns(report: Report) -> tuple[str, ...]:
    """The columns that stand side by side."""
    if report.kind in _WIDE:
        return report.columns
    return tuple(column for column in report.columns if column in _IN_TABLE and column not in ("deposits", "deposits_back"))


def breakdown(report: Report, row: ReportRow | None) -> list[Figure]:
    """What a row (none: the total) is made of: by fee category, by means of payment, and money that is no income."""
    beside = [column for column in report.columns if column not in table_columns(report)]
    cells = dict(zip(report.columns, row.cells if row is not None else report.totals, strict=True))
    groups = (
        (N_("panel|By fee category"), [column for column in beside if column.startswith("income:")]),
        (N_("panel|By means of payment"), [column for column in beside if column.startswith("tender:")]),
        (N_("panel|Money that is no income"), [column for column in beside if ":" not in column]),
    )
    figures: list[Figure] = []
    for heading, columns in groups:
        lines = [Figure(words.column(column), words.plain(cells[column])) for column in columns if cells[column]]
        if lines:
            figures += [Figure(heading), *lines]
    return figures


def has_panel(report: Report) -> bool:
    """Whether there is anything that does not stand in the table."""
    return bool(set(report.columns) - set(table_columns(report)))
