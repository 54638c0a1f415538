"""The finance desk: the list of pages at the left, the page at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.desk import Desk, Workplace
from client.finance import actions
from client.finance.model import DIFFERENCES, PACKAGES, PRICES, RULES, SPEND, SURCHARGES, FinanceModel, Page
from client.finance.view.difference_page import DifferencePage
from client.finance.view.expense_page import ExpensePage
from client.finance.view.package_page import PackagePage
from client.finance.view.price_page import PricePage
from client.finance.view.rail import Rail
from client.finance.view.report_page import ReportPage
from client.finance.view.rules_page import RulesPage
from client.finance.view.surcharge_page import SurchargePage
from client.widgets.form import Hairline, SectionTitle
from common import topics
from common.i18n import N_
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from common.wire import Change

_RAIL: int = 176
#: A report is added up anew at most so often while bills are being settled.
_QUIET_MS: int = 3_000


class FinanceDesk(Desk):
    """See the user guide; :mod:`client.finance.actions` does the acts."""

    id, title, icon = "finance", N_("desk|Finance"), "finance"
    topics = frozenset({topics.BILL, topics.EXPENSE, topics.CATALOGUE, topics.DEPOSIT, topics.CREDIT, topics.DIFFERENCE})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = FinanceModel(place.now().date(), place.session.permissions)
        self.saving = False
        self.request_id = new_request_id()
        self.rail = Rail(self.model.pages)
        self.reports = ReportPage(self.model)
        self.spend = ExpensePage(place, self.model)
        self.prices = PricePage(self.model)
        self.packages = PackagePage(self)
        self.surcharges = SurchargePage(self)
        self.rules = RulesPage(self)
        self.differences = DifferencePage(self)
        self.pages: dict[str, Any] = {
            SPEND: self.spend,
            PRICES: self.prices,
            PACKAGES: self.packages,
            SURCHARGES: self.surcharges,
            RULES: self.rules,
            DIFFERENCES: self.differences,
        }
        self._soon = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._soon.timeout.connect(lambda: actions.load(self))
        self._lay_out()
        self._connect()
        actions.take_lists(self)
        self.setFocusProxy(self.rail)

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(_RAIL)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("desk|Finance")))
        column.addLayout(head)
        column.addWidget(self.rail, 1)
        self.stack = QStackedWidget()
        for page in (self.reports, *self.pages.values()):
            self.stack.addWidget(page)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget, stretch in ((left, 0), (Hairline(vertical=True), 0), (self.stack, 1)):
            layout.addWidget(widget, stretch)

    def _connect(self) -> None:
        self.rail.moved.connect(self._page_moved)
        self.rail.chosen.connect(lambda _page: self.enter_page())
        for bar in (self.reports.period, self.spend.period):
            bar.changed.connect(lambda period: actions.show_period(self, period))
        self.reports.chosen.connect(lambda row: actions.drill(self, row))
        self.reports.opened.connect(lambda posting: actions.open_document(self, posting))
        self.reports.more.connect(lambda: actions.more(self))
        self.prices.wanted.connect(lambda _text: actions.load_prices(self))
        self.prices.looked_at.connect(lambda item: actions.look_at(self, item))
        for page in self.pages.values():
            page.changed.connect(self.state_changed.emit)
        for page in (self.spend, self.prices, self.surcharges, self.rules, self.differences):
            page.finished.connect(lambda: actions.save(self))

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return actions.rows(self)

    @property
    def state(self) -> FinanceModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.rail, self._work(), self._days())

    def refresh(self, changes: frozenset[Change]) -> None:
        self.model.today = self.place.now().date()
        if not changes:
            actions.load(self)
        elif not self._soon.isActive() and (self.model.kind is None or self.model.drill is None):
            self._soon.start()

    def help(self) -> str:
        from client.shell.help import help_text

        return help_text("client.finance")

    def back(self) -> bool:
        """Document → postings → report → list of pages."""
        model = self.model
        if model.receipt is not None or model.expense is not None:
            model.leave_document()
        elif model.drill is not None:
            model.leave_drill()
        elif self.rail.hasFocus():
            return False
        else:
            self.rail.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        self.show_all()
        self.reports.focus_table()
        return True

    def retranslate(self) -> None:
        self.reports.rebuild()
        self.rules.retranslate()
        self.differences.retranslate()
        self.show_all()

    def _work(self) -> QWidget:
        """Where one works on the page that is shown."""
        if self.model.kind is not None:
            return self.reports.rows() or self.rail
        page: QWidget = self.pages[self.model.page]
        return {PRICES: self.prices.table, PACKAGES: self.packages.item}.get(self.model.page, page)

    def _days(self) -> QWidget:
        """The days; on a page without any its form."""
        if self.model.kind is not None:
            return self.reports.period.span
        places: dict[str, QWidget] = {
            SPEND: self.spend.table,
            PRICES: self.prices.price,
            PACKAGES: self.packages.contents,
            SURCHARGES: self.surcharges.table,
            RULES: self.rules.green_days,
            DIFFERENCES: self.differences.day,
        }
        return places[self.model.page]

    # --- pages -----------------------------------------------------------------------------------------------------------------

    def _page_moved(self, page: Page | None) -> None:
        if not isinstance(page, Page) or page.id == self.model.page:
            return
        self.model.open_page(page.id)
        self.request_id = new_request_id()
        self.show_all()
        actions.load(self)

    def enter_page(self) -> None:
        """The hand goes into the page."""
        page = self.pages.get(self.model.page)
        if page is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.reports.focus_table()

    def missing(self) -> str:
        """What the page's form still wants."""
        page = self.pages.get(self.model.page)
        return str(page.missing()) if page is not None else ""

    def show_all(self) -> None:
        """The page as the model has it."""
        page = self.pages.get(self.model.page, self.reports)
        self.stack.setCurrentWidget(page)
        if page is self.reports:
            self.reports.show_model()
        self.spend.period.show_period(self.model.period)
        self.state_changed.emit()
