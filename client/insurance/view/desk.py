"""The insurance desk: the list of pages at the left, the page at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.desk import Desk, Workplace
from client.insurance import actions
from client.insurance.model import CODES, LINE, LISTS, MAPPING, PAGES, RECONCILE, UPLOADS, InsuranceModel, Page
from client.insurance.view.code_page import CodePage
from client.insurance.view.line_page import LinePage
from client.insurance.view.list_page import ListPage
from client.insurance.view.mapping_page import MappingPage
from client.insurance.view.reconcile_page import ReconcilePage
from client.insurance.view.upload_page import UploadPage
from client.widgets.form import Hairline, SectionTitle
from client.widgets.table import Column, Table
from common import topics
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from client.insurance.view.page import InsurancePage
    from common.wire import Change

_RAIL: int = 192
#: What changes while the bureau is asked is read at most so often.
_QUIET_MS: int = 400


class _Heading(NamedTuple):
    id: str
    title: str


class InsuranceDesk(Desk):
    """See the user guide; the pages do the acts."""

    id, title, icon = "insurance", N_("desk|Insurance"), "insurance"
    topics = frozenset({topics.INSURANCE, topics.DIFFERENCE})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = InsuranceModel()
        self.reconciling, self.uploads, self.mapping = ReconcilePage(self), UploadPage(self), MappingPage(self)
        self.codes, self.lists, self.line = CodePage(self), ListPage(self), LinePage(self)
        self.pages: dict[str, InsurancePage] = {
            RECONCILE: self.reconciling,
            UPLOADS: self.uploads,
            MAPPING: self.mapping,
            CODES: self.codes,
            LISTS: self.lists,
            LINE: self.line,
        }
        self.rail = self._rail()
        self._lay_out()
        self._soon = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._soon.timeout.connect(lambda: self.page().load())
        self.rail.moved.connect(self._page_moved)
        self.rail.chosen.connect(lambda _page: self.page().work().setFocus(Qt.FocusReason.TabFocusReason))
        for page in self.pages.values():
            page.changed.connect(self.state_changed.emit)
        self.setFocusProxy(self.rail)

    def _rail(self) -> Table:
        rail = Table(
            (Column(title=N_("insurance page|Page"), text=lambda page: tr(page.title)), Column(title="", text=lambda _page: "", width=4)),
            key=lambda page: page.id,
            heading=lambda page: tr(page.title) if isinstance(page, _Heading) else "",
        )
        rail.horizontalHeader().hide()
        rows: list[Page | _Heading] = []
        for page in PAGES:
            if not rows or (isinstance(rows[-1], Page) and rows[-1].group != page.group):
                rows.append(_Heading(f"heading {page.group}", page.group))
            rows.append(page)
        rail.set_rows(rows)
        return rail

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(_RAIL)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("desk|Insurance")))
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
    def state(self) -> InsuranceModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.rail, self.page().work(), self.page().detail())

    def refresh(self, changes: frozenset[Change]) -> None:
        if not changes:
            self.page().load()
        elif not self._soon.isActive():
            self._soon.start()

    def scanned(self, code: str) -> bool | None:
        pane = self.reconciling.approval
        return self.on(RECONCILE) and pane.isVisible() and pane.scanned(code)

    def help(self) -> str:
        from client.shell.help import help_text

        return help_text("client.insurance")

    def back(self) -> bool:
        """From the page to the list of pages."""
        if self.rail.hasFocus():
            return False
        self.rail.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def retranslate(self) -> None:
        self.page().load()

    # --- pages -----------------------------------------------------------------------------------------------------------------

    def page(self) -> InsurancePage:
        """The page that is shown."""
        return self.pages[self.model.page]

    def on(self, *pages: str) -> bool:
        """Whether one of these pages is shown."""
        return self.model.page in pages

    def act(self, action_id: str) -> None:
        """Do an action if it can be done now; else say why not."""
        from client.action import offers

        found = next(
            (one for one in offers(self.actions(), self.state, self.place.session.permissions) if one.action.id == action_id), None
        )
        if found is None or found.reason:
            self.tell(found.reason if found else tr("Not possible now."), "warning")
        else:
            found.action.run()

    def _page_moved(self, page: Any) -> None:
        if isinstance(page, Page) and page.id != self.model.page:
            self.model.page = page.id
            self.stack.setCurrentWidget(self.pages[page.id])
            self.page().load()
            self.state_changed.emit()
