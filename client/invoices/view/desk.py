"""The invoices desk: lists on the left, what is selected or being done on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QWidget

from client.desk import Desk, Workplace
from client.invoices import actions
from client.invoices.model import InvoicesModel, Page
from client.invoices.view.lists import Lists
from client.invoices.view.panel import Panel
from common import topics
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from common.wire import Change


class InvoicesDesk(Desk):
    """See the user guide; :mod:`client.invoices.actions` does the acts."""

    id, title, icon = "invoices", N_("desk|Invoices"), "invoices"
    topics = frozenset({topics.INVOICE, topics.BILL})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = InvoicesModel(
            today=place.now().date(),
            me=place.session.staff.id,
            gives=place.may(Permission.INVOICE_GIVE),
            uses=place.may(Permission.INVOICE_USE),
        )
        self.lists = Lists(self.model)
        self.panel = Panel(self.model, lambda: actions.carry_out(self))
        self._lay_out()
        self.lists.narrowed.connect(self._narrowed)
        self.lists.moved.connect(self._moved)
        self.lists.chosen.connect(lambda _row: self.panel.setFocus())
        self.panel.typed.connect(self._typed)

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        for widget, least, stretch in ((self.lists, 560, 7), (_scrolled(self.panel), 320, 3)):
            widget.setMinimumWidth(least)
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, stretch)
        split.setSizes([986, 380])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return actions.rows(self)

    @property
    def state(self) -> InvoicesModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.lists, self.lists.table(), self.panel)

    def refresh(self, changes: frozenset[Change]) -> None:  # noqa: ARG002 - all of it is small
        self.model.today = self.place.now().date()
        actions.load(self)

    def scanned(self, code: str) -> bool:
        """A receipt's barcode, or a number that was scanned: the list is narrowed to it."""
        from common.domain.barcodes import OwnCode, OwnKind, classify

        found = classify(code)
        if isinstance(found, OwnCode) and found.kind is OwnKind.BILL:
            self.search(f"{found.number:011d}")
            return True
        return False

    def back(self) -> bool:
        if self.model.act is not None:
            self.model.leave()
            self.show_all()
            self.lists.focus_table()
            return True
        if self.lists.search.text():
            self.lists.search.clear()
            return True
        if not self.lists.table().hasFocus():
            self.lists.focus_table()
            return True
        return False

    def retranslate(self) -> None:
        self.show_all()

    # --- what the person does --------------------------------------------------------------------------------------------------

    def find_invoice(self) -> None:
        """F2: the hand goes to the search."""
        self.go_to(Page.INVOICES)
        self.lists.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.lists.search.selectAll()

    def search(self, words: str) -> None:
        """Narrow the list of invoices to what these words find."""
        self.find_invoice()
        self.lists.search.setText(words)

    def go_to(self, page: Page) -> None:
        """Show another list."""
        if self.model.page is not page:
            self.lists.go_to(page)

    def next_page(self) -> None:
        """F4: the list after this one; the hand is on it."""
        pages = list(Page)
        self.model.leave()
        self.lists.go_to(pages[(pages.index(self.model.page) + 1) % len(pages)])
        self.lists.focus_table()

    def _narrowed(self) -> None:
        self.model.leave()
        actions.load(self)
        self.show_all()

    def _moved(self, row: Any) -> None:
        self.model.chosen = row
        if self.model.act is None:
            self.panel.show_model()
        self.state_changed.emit()

    def _typed(self) -> None:
        self.panel.show_model()
        self.state_changed.emit()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Lists, notes and panel anew; selection, focus and what was typed stay."""
        self.lists.show_model()
        self.panel.show_model()
        self.state_changed.emit()


def _scrolled(panel: Panel) -> QScrollArea:
    """At 200 % a small screen has not the height for all of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(panel)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
