"""The price list: items under their categories at the left, the item with its prices by time at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.finance.view.fields import chosen_code, decimal_of, price_text, say_required, word_list
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.prices import SERVICE_CATEGORIES, AddServiceItem, CorrectServiceItem, PriceItem, PricePeriod, SetPrice
from printing.documents.fees import FeeCategory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.finance.model import FinanceModel
    from common.messages.prices import PriceHistory
    from common.wire import Request


class PricePage(QWidget):
    """``wanted(text)`` when another part of the list is to be shown, ``looked_at(item)`` when another item is, ``changed`` on any key."""

    wanted = Signal(str)
    looked_at = Signal(object)
    changed = Signal()
    finished = Signal()

    def __init__(self, state: FinanceModel) -> None:
        super().__init__()
        self.model = state
        self.item: PriceItem | None = None
        self.search = TextInput(placeholder=N_("price|Code, name or initials"), most=60)
        self.table = self._table()
        self.code, self.name, self.unit = TextInput(most=30), TextInput(most=100), TextInput(most=20)
        self.category = word_list(lambda: [(code, FeeCategory(code).label) for code in SERVICE_CATEGORIES])
        self.price, self.begins, self.document = TextInput(most=16), DateInput(), TextInput(most=200)
        self.active = Choice([("yes", N_("price|offered")), ("no", N_("price|no longer offered"))])
        self.history = self._history()
        self.form = self._form()
        self._lay_out()
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self.wanted.emit)
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.TabFocusReason))
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _item: self.price.setFocus(Qt.FocusReason.TabFocusReason))
        for field in (self.code, self.name, self.unit, self.category, self.price, self.begins, self.document):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.active.chosen.connect(lambda _code: self.changed.emit())
        self.begin()

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("price|Code"), text=lambda row: row.code, width=84, quiet=True),
                Column(title=N_("price|Item"), text=lambda row: row.name, strong=True),
                Column(title=N_("price|Unit"), text=lambda row: row.unit, width=64),
                Column(title=N_("price|Price today"), text=lambda row: price_text(row.price), width=100, align="right", strong=True),
                Column(title=N_("price|From then on"), text=_next, width=152, align="right", quiet=True),
            ),
            key=lambda row: row if isinstance(row, str) else row.id,
            heading=lambda row: FeeCategory(row).label if isinstance(row, str) else "",
            empty=N_("price|No item fits. F3 enters a new one."),
            dim=lambda row: isinstance(row, PriceItem) and not row.active,
            dense=True,
        )

    def _history(self) -> Table:
        table = Table(
            (
                Column(title=N_("price|Valid"), text=_valid, width=176),
                Column(title=N_("price|Price"), text=lambda row: price_text(row.price), width=84, align="right", strong=True),
                Column(title=N_("price|Document"), text=lambda row: row.document, quiet=True),
            ),
            key=lambda row: row.valid_from,
            empty=N_("price|No price yet."),
            fits=lambda _period: False,
            dense=True,
        )
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return table

    def _form(self) -> Form:
        form = Form(columns=2)
        form.add(N_("price|Code"), self.code, required=True)
        form.add(N_("price|Unit"), self.unit, required=True)
        form.add(N_("price|Item"), self.name, span=2, required=True)
        form.add(N_("price|Fee category"), self.category, required=True)
        form.add(N_("price|State"), self.active)
        form.add(N_("price|Price in yuan"), self.price, required=True)
        form.add(N_("price|Valid from"), self.begins, required=True)
        form.add(N_("price|Approved by document"), self.document, span=2)
        form.finished.connect(self.finished.emit)
        return form

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QVBoxLayout()
        left.setContentsMargins(0, theme.MARGIN, 0, 0)
        left.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("page|Price list")))
        head.addSpacing(theme.MARGIN)
        head.addWidget(self.search, 1)
        left.addLayout(head)
        left.addWidget(self.table, 1)
        side = QWidget()
        side.setFixedWidth(408)
        right = QVBoxLayout(side)
        right.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, 0)
        right.setSpacing(theme.GAP)
        for part in (SectionTitle(N_("price|The item")), self.form, SectionTitle(N_("price|Its prices"))):
            right.addWidget(part)
        right.addWidget(self.history, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(left, 1)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(side)

    # --- the list --------------------------------------------------------------------------------------------------------------

    def show_items(self, items: Sequence[PriceItem]) -> None:
        """Items under their categories, in the receipt's order."""
        rows: list[PriceItem | str] = []
        for category in SERVICE_CATEGORIES:
            members = [item for item in items if item.category == category]
            rows += [category, *members] if members else []
        self.table.set_rows(rows)
        current = self.table.current()
        if self.item is not None and isinstance(current, PriceItem) and current.id == self.item.id:
            self.item = current

    def _moved(self, row: Any) -> None:
        if isinstance(row, PriceItem):
            self.show_item(row)
            self.looked_at.emit(row)

    # --- the item --------------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """An empty form for a new item."""
        self.item = None
        for field in (self.code, self.name, self.unit, self.price, self.document):
            field.clear()
        self.category.set_entry(None)
        self.begins.set_date(self.model.today)
        self.active.set_code("yes")
        self.code.setEnabled(True)
        self.begins.setEnabled(False)  # a new item costs from today on
        self.history.set_rows(())
        self.form.clear_wrongs()
        self.changed.emit()

    def show_item(self, item: PriceItem) -> None:
        """An item to be corrected or priced anew."""
        self.item = item
        self.code.setText(item.code)
        self.code.setEnabled(False)
        self.begins.setEnabled(True)
        self.name.setText(item.name)
        self.unit.setText(item.unit)
        self.category.set_entry((item.category, FeeCategory(item.category).label))
        self.price.setText(price_text(item.price))
        self.begins.set_date(self.model.today)
        self.document.clear()
        self.active.set_code("yes" if item.active else "no")
        self.form.clear_wrongs()
        self.changed.emit()

    def show_history(self, history: PriceHistory) -> None:
        """The prices of the item that is shown."""
        if self.item is not None and history.item_id == self.item.id:
            self.history.set_rows(history.periods)

    def missing(self) -> str:
        """What has still to be filled in, as a sentence; empty when nothing is."""
        price = decimal_of(self.price.text())
        empty = (
            (not self.code.text().strip(), N_("price|Code")),
            (not self.unit.text().strip(), N_("price|Unit")),
            (not self.name.text().strip(), N_("price|Item")),
            (not chosen_code(self.category), N_("price|Fee category")),
            (price is None or price < 0, N_("price|Price in yuan")),
            (self.begins.date() is None, N_("price|Valid from")),
        )
        return next((say_required(tr(label)) for wrong, label in empty if wrong), "")

    def requests(self) -> list[Request[PriceItem]]:
        """What is to be done so that the item is as the form says: nothing, words, price, or both; only when nothing is :meth:`missing`."""
        price, day = decimal_of(self.price.text()), self.begins.date()
        assert price is not None
        assert day is not None
        words = {"name": self.name.text().strip(), "unit": self.unit.text().strip(), "category": chosen_code(self.category)}
        document = self.document.text().strip()
        item = self.item
        if item is None:
            return [AddServiceItem(code=self.code.text().strip(), price=price, document=document, **words)]
        active = self.active.code() == "yes"
        wanted: list[Request[PriceItem]] = []
        if (item.name, item.unit, item.category, item.active) != (*words.values(), active):
            wanted.append(CorrectServiceItem(item_id=item.id, active=active, **words))
        if price != item.price or day > self.model.today or document:
            wanted.append(SetPrice(item_id=item.id, price=price, valid_from=day, document=document))
        return wanted


def _next(item: PriceItem) -> str:
    if item.next_price is None or item.next_from is None:
        return ""
    return f"{price_text(item.next_price)}  {item.next_from}"


def _valid(period: PricePeriod) -> str:
    return f"{period.valid_from} – {period.valid_to or ''}"
