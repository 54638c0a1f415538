"""The zone on the left: which list, what it is narrowed to, and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.invoices.model import PAGES, Page
from client.invoices.view import columns
from client.widgets.badge import Badge
from client.widgets.choice import Choice
from client.widgets.form import Label
from client.widgets.inputs import TextInput
from client.widgets.table import Table
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.invoices.model import InvoicesModel

TYPE_AHEAD_MS: Final = 250
_DAYS: Final = (("1", N_("invoices|Today")), ("7", N_("invoices|7 days")), ("31", N_("invoices|31 days")), ("366", N_("invoices|A year")))
_STATES: Final = (
    ("", N_("invoices|All")),
    ("USED", N_("invoices|Used")),
    ("REPRINTED", N_("invoices|Reprinted")),
    ("VOIDED", N_("invoices|Void")),
    ("REVERSED", N_("invoices|Reversed")),
)
_WHOSE: Final = (("all", N_("invoices|Everybody's")), ("mine", N_("invoices|Mine")))
_ENDED: Final = (("open", N_("invoices|With numbers left")), ("ended", N_("invoices|All segments")))
_ISSUED: Final = (("open", N_("invoices|To be done")), ("issued", N_("invoices|Issued ones too")))


class Lists(QWidget):
    """``narrowed`` fires when another list or other rows are wanted, ``moved(row)`` when another row is current."""

    narrowed = Signal()
    moved = Signal(object)
    chosen = Signal(object)

    def __init__(self, model: InvoicesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.page = Choice(tuple((str(page), title) for page, title in PAGES.items()))
        self.search = TextInput(placeholder=N_("invoices|Number of invoice, bill or patient; name or initials"), most=60)
        self.days, self.state, self.whose = Choice(_DAYS), Choice(_STATES), Choice(_WHOSE)
        self.ended, self.issued = Choice(_ENDED), Choice(_ISSUED)
        self.holding, self.backlog, self.sums = Badge(), Badge(), Label(type="note")
        self.tables = {
            Page.INVOICES: Table(
                columns.INVOICES, key=lambda row: row.id, empty=N_("invoices|No invoice fits. Take more days or another state.")
            ),
            Page.SEGMENTS: Table(
                columns.SEGMENTS, key=lambda row: row.id, empty=N_("invoices|Nobody holds numbers. A manager gives a segment with F3.")
            ),
            Page.GAPS: Table(columns.GAPS, key=lambda row: (row.first, row.kind), empty=N_("invoices|Every number is accounted for.")),
            Page.EINVOICES: Table(columns.EINVOICES, key=lambda row: row.id, empty=N_("invoices|No e-invoice waits.")),
        }
        self.stack = QStackedWidget()
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.addWidget(self.page, 1)
        head.addWidget(self.holding)
        head.addWidget(self.backlog)
        layout.addLayout(head)
        for row in ((self.search, self.whose), (self.days, self.state, self.ended, self.issued)):
            line = QHBoxLayout()
            line.setSpacing(theme.MARGIN)
            for widget in row:
                line.addWidget(widget)
            line.addStretch(0)
            layout.addLayout(line)
        for choice in (self.whose, self.days, self.state, self.ended, self.issued):
            choice.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for table in self.tables.values():
            self.stack.addWidget(table)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.sums)
        self.setFocusProxy(self.page)

    def _connect(self) -> None:
        self.page.chosen.connect(lambda code: self.go_to(Page(code)))
        self.search.textChanged.connect(lambda _typed: self._later.start())
        self.search.returnPressed.connect(self.focus_table)
        self._later.timeout.connect(self._narrow)
        for choice in (self.days, self.state, self.whose, self.ended, self.issued):
            choice.chosen.connect(lambda _code: self._narrow())
        for table in self.tables.values():
            table.moved.connect(self._moved)
            table.chosen.connect(self.chosen)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def table(self) -> Table:
        """The list that is shown."""
        return self.tables[self._model.page]

    def go_to(self, page: Page) -> None:
        """Show another list."""
        self._model.page, self._model.chosen = page, None
        self.page.set_code(page)
        self._show_filters()
        self.stack.setCurrentWidget(self.table())
        self.narrowed.emit()

    def focus_table(self) -> None:
        """The hand goes to the list."""
        self.table().setFocus(Qt.FocusReason.OtherFocusReason)

    def _moved(self, row: object) -> None:
        """Only what is shown can be chosen; the other lists are refreshed out of sight."""
        if self.sender() is self.table():
            self.moved.emit(row)

    def _narrow(self) -> None:
        model = self._model
        model.days, model.state, model.text = int(self.days.code()), self.state.code(), self.search.text()
        model.mine = self.whose.code() == "mine"
        model.ended, model.issued = self.ended.code() == "ended", self.issued.code() == "issued"
        self.narrowed.emit()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def _show_filters(self) -> None:
        page = self._model.page
        for widget, pages in (
            (self.search, (Page.INVOICES,)),
            (self.days, (Page.INVOICES,)),
            (self.state, (Page.INVOICES,)),
            (self.whose, (Page.INVOICES, Page.GAPS)),
            (self.ended, (Page.SEGMENTS,)),
            (self.issued, (Page.EINVOICES,)),
        ):
            widget.setVisible(page in pages)

    def show_model(self) -> None:
        """Rows and notes anew; selection and scroll stay."""
        model = self._model
        self._show_filters()
        self.tables[Page.INVOICES].set_rows(model.invoices.invoices if model.invoices else ())
        self.tables[Page.SEGMENTS].set_rows(model.segments.segments if model.segments else ())
        self.tables[Page.GAPS].set_rows(model.gaps.gaps if model.gaps else ())
        self.tables[Page.EINVOICES].set_rows(model.queue.einvoices if model.queue else ())
        model.chosen = self.table().current()
        self.holding.set(*model.holding())
        self.backlog.set(*model.backlog())
        self.sums.setText(self._summed())

    def _summed(self) -> str:
        model = self._model
        if model.page is Page.INVOICES and model.invoices is not None:
            found = model.invoices
            shown = tr("invoices|{n} shown of {count}", n=len(found.invoices), count=found.count) if found.more else ""
            words = tr("invoices|{count} invoices, {total} in all", count=found.count, total=format_yuan(found.total_fen))
            return "　".join(filter(None, (words, shown)))
        if model.page is Page.GAPS and model.gaps is not None:
            gaps = model.gaps
            words = tr("invoices|{used} numbers bear an invoice, {voided} of them void", used=gaps.used, voided=gaps.voided)
            missing = tr("invoices|{n} numbers are not explained", n=gaps.unexplained) if gaps.unexplained else ""
            return "　".join(filter(None, (words, missing)))
        return ""
