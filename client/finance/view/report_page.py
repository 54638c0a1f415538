"""A report: its table, the totals below it, the verdict of the books, and what is behind a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.finance import model, papers, words
from client.finance.view.figures import FigurePanel
from client.finance.view.period_bar import PeriodBar
from client.widgets.badge import Badge
from client.widgets.form import Hairline, Label
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.finance import ReportKind, ReportRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from client.finance.model import FinanceModel
    from common.messages.finance import Report

_PANEL: Final = 312
_NAME_WIDTH: Final = 150
_EMPTY: Final = N_("report|Nothing was booked on these days. F6 and F7 go to others.")


class Sums(Table):
    """The one row of totals below a table, column under column, also where that one has a scroll bar. It is never current."""

    def __init__(self, columns: Sequence[Column], above: Table) -> None:
        self._above: Table | None = None
        super().__init__(columns, key=lambda row: row.key, fits=lambda _row: False)
        self._above = above
        self.horizontalHeader().hide()
        self.setFixedHeight(theme.ROW + 2)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        above.horizontalHeader().sectionResized.connect(self._follow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def _follow(self, *_section: int) -> None:
        if self._above is not None:
            for place in range(len(self.rows_model.columns)):
                self.setColumnWidth(place, self._above.columnWidth(place))


class ReportPage(QWidget):
    """``chosen(row)`` on a row of the report, ``opened(posting)`` on a posting, ``more()`` when the end of the postings is near."""

    chosen = Signal(object)
    opened = Signal(object)
    more = Signal()

    def __init__(self, state: FinanceModel) -> None:
        super().__init__()
        self.model = state
        self.period = PeriodBar(state.period)
        self.title, self.verdict = Label("", "heading"), Badge()
        self.panel = FigurePanel()
        self.table: Table | None = None
        self.sums: Table | None = None
        self._shape: tuple[object, ...] = ()
        self.postings = self._posting_table()
        self._lay_out()

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.verdict)
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        bar.addWidget(self.period, 1)
        self.rounded = Label(N_("report|Months in whole yuan"), "note")
        bar.addWidget(self.rounded)
        self.stack = QStackedWidget()
        self.sheet = QWidget()
        self._sheet = QVBoxLayout(self.sheet)
        self._sheet.setContentsMargins(0, 0, 0, 0)
        self._sheet.setSpacing(0)
        self.stack.addWidget(self.sheet)
        self.stack.addWidget(self.postings)
        left = QVBoxLayout()
        left.setContentsMargins(0, theme.MARGIN, 0, 0)
        left.setSpacing(theme.GAP)
        for part in (head, bar):
            left.addLayout(part)
        left.addWidget(self.stack, 1)
        self.panel.setFixedWidth(_PANEL)
        self.line = Hairline(vertical=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(left, 1)
        layout.addWidget(self.line)
        layout.addWidget(self.panel)

    def _posting_table(self) -> Table:
        table = Table(
            (
                Column(title=N_("posting|Time"), text=lambda row: f"{row.at:%m-%d %H:%M}", width=96),
                Column(title=N_("posting|Booking"), text=lambda row: words.operation(row.operation), width=104, quiet=True),
                Column(title=N_("posting|Document"), text=lambda row: row.document, width=116, strong=True),
                Column(title=N_("posting|Patient no."), text=lambda row: row.patient_number, width=92),
                Column(title=N_("posting|Item"), text=lambda row: row.item or words.account(row.account)),
                Column(title=N_("posting|Department"), text=lambda row: row.department, width=84),
                Column(title=N_("posting|Doctor"), text=lambda row: row.doctor, width=72),
                Column(title=N_("posting|Cashier"), text=lambda row: row.cashier, width=72),
                Column(title=N_("posting|Amount"), text=lambda row: words.plain(row.amount_fen), width=104, align="right", strong=True),
            ),
            key=lambda row: row.posting_id,
            empty=N_("posting|There are no postings behind this figure."),
            dense=True,
        )
        table.chosen.connect(self.opened.emit)
        table.moved.connect(self._posting_moved)
        return table

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_model(self) -> None:
        """Everything anew; the current row stays."""
        self.period.show_period(self.model.period)
        report = self.model.report
        if self.model.drill is not None:
            self._show_postings()
        elif report is not None:
            self._show_report(report)
        else:
            kind = self.model.kind
            self.title.setText(tr(words.REPORTS[kind]) if kind else "")
            self.verdict.set(tr("report|Adding up …") if self.model.loading else "", "info")

    def rebuild(self) -> None:
        """The language changed: titles of columns are made anew."""
        self._shape = ()

    def _show_report(self, report: Report) -> None:
        self.title.setText(f"{tr(words.REPORTS[report.kind])}　{self.model.period.text()}")
        self._say_verdict(report)
        columns = model.table_columns(report)
        self.rounded.setVisible(len(columns) > _MANY)
        if (report.kind, columns) != self._shape:
            self._shape = (report.kind, columns)
            self._build(report, columns)
        assert self.table is not None
        assert self.sums is not None
        self.table.set_rows(_headed(report))
        self.sums.set_rows([ReportRow(key="", name=tr("report|Total"), cells=report.totals)])
        self.stack.setCurrentWidget(self.sheet)
        self._show_panel(model.has_panel(report))
        self._row_moved(self.table.current())

    def _say_verdict(self, report: Report) -> None:
        if self.model.balanced():
            self.verdict.set(tr("report|Agrees with the ledger"), "done")
        else:
            gap = format_yuan(report.total_fen - report.ledger_fen)
            self.verdict.set(tr("report|Differs from the ledger by {gap}", gap=gap), "danger")

    def _build(self, report: Report, columns: tuple[str, ...]) -> None:
        """Another table, since another report has other columns."""
        while (item := self._sheet.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        made = [self._columns(report, columns, strong=strong) for strong in (False, True)]
        heading = _heading if report.kind is ReportKind.PROFIT else None
        self.table = Table(made[0], key=lambda row: (row.group, row.key), empty=_EMPTY, heading=heading)
        self.table.chosen.connect(self.chosen.emit)
        self.table.moved.connect(self._row_moved)
        self.sums = Sums(made[1], self.table)
        self._sheet.addWidget(self.table, 1)
        self._sheet.addWidget(Hairline())
        self._sheet.addWidget(self.sums)
        self.setFocusProxy(self.table)

    def _columns(self, report: Report, columns: tuple[str, ...], *, strong: bool) -> list[Column]:
        whole = len(columns) > _MANY
        made = [Column(title=words.ROWS[report.kind], text=lambda row: _name(report, row), width=0, strong=strong)]
        for place, key in enumerate(report.columns):
            if key in columns:
                made.append(
                    Column(
                        title=words.column(key),
                        text=_cell(place, key, whole=whole and key != "net"),
                        width=72 if words.is_count(key) else 78 if whole and key != "net" else 112,
                        align="right",
                        strong=strong or key == "net",
                    )
                )
        if report.kind in _WITH_SHARE:
            made.append(Column(title=N_("column|Share"), text=self._share, width=76, align="right", quiet=True))
        return made

    def _share(self, row: ReportRow) -> str:
        report = self.model.report
        return words.share(row.cells[-1], report.total_fen) if report is not None else ""

    def _show_panel(self, shown: bool) -> None:
        self.panel.setVisible(shown)
        self.line.setVisible(shown)

    def _show_postings(self) -> None:
        drill, report = self.model.drill, self.model.report
        assert drill is not None
        assert report is not None
        name = words.row(report.kind, drill.row)
        self.title.setText(f"{tr(words.REPORTS[report.kind])} › {name}　{self.model.period.text()}")
        self.rounded.hide()
        self.verdict.set(tr("posting|{count} postings, {total}", count=f"{drill.count:,}", total=format_yuan(drill.sum_fen)), "info")
        self.postings.set_rows(drill.rows)
        self.stack.setCurrentWidget(self.postings)
        self._show_document()

    def _show_document(self) -> None:
        receipt, expense = self.model.receipt, self.model.expense
        if receipt is not None:
            self.panel.show_figures(tr("document|Bill {number}", number=receipt.bill_number), papers.receipt_figures(receipt))
        elif expense is not None:
            self.panel.show_figures(tr("document|Expense {number}", number=expense.number), papers.expense_figures(expense))
        self._show_panel(receipt is not None or expense is not None)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def rows(self) -> Table | None:
        """The table that is shown."""
        return self.postings if self.model.drill is not None else self.table

    def focus_table(self) -> None:
        """The hand goes to the rows."""
        table = self.rows()
        if table is not None:
            table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _row_moved(self, row: Any) -> None:
        report = self.model.report
        if report is None or self.model.drill is not None or not model.has_panel(report):
            return
        title = words.row(report.kind, row) if isinstance(row, ReportRow) else tr("report|Total")
        self.panel.show_figures(title, model.breakdown(report, row if isinstance(row, ReportRow) else None))

    def _posting_moved(self, row: Any) -> None:
        drill = self.model.drill
        if drill is None or row is None:
            return
        if not drill.whole and row in drill.rows[-20:]:
            self.more.emit()


_WITH_SHARE: Final = (ReportKind.CATEGORY, ReportKind.DEPARTMENT, ReportKind.DOCTOR, ReportKind.EXPENSES, ReportKind.CASHIER)
_HEADING: Final = "heading"
#: More columns than this have no room for fen.
_MANY: Final = 8


def _cell(place: int, key: str, *, whole: bool) -> Callable[[ReportRow], str]:
    """What stands in a column; ``whole``: in whole yuan."""

    def text(row: ReportRow) -> str:
        if not row.cells:
            return ""
        return words.whole_yuan(row.cells[place]) if whole else words.cell(key, row.cells[place])

    return text


def _name(report: Report, row: ReportRow) -> str:
    return row.name if row.name else words.row(report.kind, row)


def _heading(row: ReportRow) -> str:
    return row.name if row.group == _HEADING else ""


def _headed(report: Report) -> list[ReportRow]:
    """Rows; those of income and expense under the names of their groups."""
    if report.kind is not ReportKind.PROFIT:
        return list(report.rows)
    rows: list[ReportRow] = []
    group = ""
    for row in report.rows:
        if row.group != group:
            group = row.group
            rows.append(ReportRow(key=group, name=tr(words.GROUPS[group]), group=_HEADING, cells=()))
        rows.append(row)
    return rows
