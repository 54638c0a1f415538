"""The drug store's desk: the list of pages at the left, the page at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.desk import Desk, Workplace
from client.store import actions
from client.store.model import (
    ALERTS,
    ALIKE,
    COUNT,
    DRUGS,
    GOODS_IN,
    MONTHS,
    ORDERS,
    PAGES,
    PAPERS,
    PLAN,
    RECALLS,
    RECEIPTS,
    REGISTER,
    REPRICE,
    STOCK,
    SUPPLIERS,
    TEMPERATURE,
    WAY,
    Page,
    StoreModel,
)
from client.store.view.alert_page import AlertPage
from client.store.view.alike_page import AlikePage
from client.store.view.count_page import CountPage
from client.store.view.drug_page import DrugsPage
from client.store.view.goods_in_page import GoodsInPage
from client.store.view.month_page import MonthPage
from client.store.view.order_page import OrderPage
from client.store.view.paper_page import PaperPage
from client.store.view.plan_page import PlanPage
from client.store.view.rail import Rail
from client.store.view.recall_page import RecallPage
from client.store.view.receipt_page import ReceiptPage
from client.store.view.register_page import RegisterPage
from client.store.view.reprice_page import RepricePage
from client.store.view.stock_page import StockPage
from client.store.view.supplier_page import SupplierPage
from client.store.view.temperature_page import TemperaturePage
from client.store.view.way_page import WayPage
from client.widgets.form import Hairline, SectionTitle
from common import topics
from common.i18n import N_, tr
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from client.store.view.page import StorePage
    from common.wire import Change

_RAIL: int = 200
#: What changes while drugs are dispensed is read at most so often.
_QUIET_MS: int = 400


class StoreDesk(Desk):
    """See the user guide; the pages do the acts."""

    id, title, icon = "store", N_("desk|Drug store"), "store"
    topics = frozenset({topics.CATALOGUE, topics.STOCK, topics.PURCHASE})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = StoreModel()
        self.stock, self.alerts, self.goods_in, self.receipts = StockPage(self), AlertPage(self), GoodsInPage(self), ReceiptPage(self)
        self.way, self.recalls = WayPage(self), RecallPage(self)
        self.papers = PaperPage(self)
        self.drugs, self.alike, self.register = DrugsPage(self), AlikePage(self), RegisterPage(self)
        self.plan, self.orders, self.suppliers, self.temperature = (
            PlanPage(self),
            OrderPage(self),
            SupplierPage(self),
            TemperaturePage(self),
        )
        self.pages: dict[str, StorePage] = {
            STOCK: self.stock,
            ALERTS: self.alerts,
            GOODS_IN: self.goods_in,
            RECEIPTS: self.receipts,
            PAPERS: self.papers,
            WAY: self.way,
            RECALLS: self.recalls,
            DRUGS: self.drugs,
            ALIKE: self.alike,
            REGISTER: self.register,
            COUNT: CountPage(self),
            PLAN: self.plan,
            ORDERS: self.orders,
            SUPPLIERS: self.suppliers,
            TEMPERATURE: self.temperature,
            REPRICE: RepricePage(self),
            MONTHS: MonthPage(self),
        }
        #: Who takes no goods in has no page for it, nor for the plan who orders none.
        needs = {GOODS_IN: Permission.STORE_RECEIVE, PLAN: Permission.STORE_MANAGE, REGISTER: Permission.CONTROLLED_REGISTER}
        self.listed = [page for page in PAGES if page.id not in needs or place.may(needs[page.id])]
        self.rail = Rail(self.listed)
        self._lay_out()
        self._soon = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._soon.timeout.connect(self._load)
        self.rail.moved.connect(self._page_moved)
        self.rail.chosen.connect(lambda _page: self.page().work().setFocus(Qt.FocusReason.TabFocusReason))
        for page in self.pages.values():
            page.changed.connect(self._changed)
        self._changed()
        self.setFocusProxy(self.stock.search)

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(_RAIL)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("desk|Drug store")))
        column.addLayout(head)
        column.addWidget(self.rail, 1)
        self.stack = QStackedWidget()
        for page in self.pages.values():
            self.stack.addWidget(page)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget, stretch in ((left, 0), (Hairline(vertical=True), 0), (self.stack, 1)):
            layout.addWidget(widget, stretch)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return actions.rows(self)

    @property
    def state(self) -> StoreModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.rail, self.page().work(), self.page().detail())

    def refresh(self, changes: frozenset[Change]) -> None:
        if not changes:
            self._load()
            self._say_what_is_left()
        elif not self._soon.isActive():
            self._soon.start()

    def _say_what_is_left(self) -> None:
        """Once: on which pages something was half done when the program ended."""
        left = [page for page in self.listed if self.pages[page.id].left_over]
        for page in left:
            self.pages[page.id].left_over = False
        if left:
            pages = tr("list separator|, ").join(tr(page.title) for page in left)
            self.tell(tr("Not finished last time, and still there: {pages}.", pages=pages), "info")

    def scanned(self, code: str) -> bool | None:
        return self.page().scanned(code)

    def back(self) -> bool:
        """One step inside of the page, then from the page to the list of pages."""
        if self.page().back():
            return True
        if self.rail.hasFocus():
            return False
        self.rail.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def retranslate(self) -> None:
        self._load()

    def wind_up(self) -> None:
        for page in self.pages.values():
            page.wind_up()

    # --- pages -----------------------------------------------------------------------------------------------------------------

    def page(self) -> StorePage:
        """The page that is shown."""
        return self.pages[self.model.page]

    def on(self, *pages: str) -> bool:
        """Whether one of these pages is shown."""
        return self.model.page in pages

    def go_to(self, page_id: str) -> StorePage:
        """Show a page; it is read anew."""
        if self.on(page_id):
            return self.page()
        self.rail.select(page_id)
        self._show(page_id)
        return self.page()

    def next_page(self) -> None:
        """F4: the page after this one; the hand is in it."""
        ids = [page.id for page in self.listed]
        self.go_to(ids[(ids.index(self.model.page) + 1) % len(ids)]).work().setFocus(Qt.FocusReason.OtherFocusReason)

    def _page_moved(self, page: Any) -> None:
        if isinstance(page, Page):
            self._show(page.id)

    def _show(self, page_id: str) -> None:
        if page_id != self.model.page:
            self.model.page = page_id
            self.stack.setCurrentWidget(self.pages[page_id])
            self._load()
            self.state_changed.emit()

    def _changed(self) -> None:
        self.rail.show_counts(self.model.counts)
        self.state_changed.emit()

    def _load(self) -> None:
        self.page().load()
        if not self.on(ALERTS):
            self.alerts.load()  # what it counts stands beside it
        if not self.on(PAPERS):
            self.papers.load()
