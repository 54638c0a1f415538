"""Packages: the list at the left, what one contains at the right."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.finance.view.fields import decimal_of, item_input, price_text, say_required
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan, line_amount
from common.i18n import N_, tr
from common.messages.prices import ItemQuantity, PackageFacts, PriceItem, PutPackage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.desk import Desk


class Part(NamedTuple):
    """One item of the package that is being put together."""

    item_id: int
    code: str
    name: str
    unit: str
    price: Decimal
    quantity: Decimal

    @property
    def amount_fen(self) -> int:
        """What it costs today."""
        return line_amount(self.price, self.quantity)


class _Parts(Table):
    """Delete takes the current part out."""

    dropped = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.current() is not None:
            self.dropped.emit(self.current())
        else:
            super().keyPressEvent(event)


class PackagePage(QWidget):
    """``changed`` when what was typed or put together changed."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.parts: list[Part] = []
        self.table = self._table()
        self.code, self.name = TextInput(most=30), TextInput(most=100)
        self.active = Choice([("yes", N_("price|offered")), ("no", N_("price|no longer offered"))])
        self.item, self.quantity = item_input(desk, "package item"), TextInput(most=12)
        self.contents = self._contents()
        self.total = Label("", "emphasis")
        self.form = Form(columns=2)
        self._lay_out()
        self.setFocusProxy(self.table)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _package: self.item.setFocus(Qt.FocusReason.TabFocusReason))
        self.item.chosen.connect(lambda _item: self.quantity.setFocus(Qt.FocusReason.TabFocusReason))
        self.form.finished.connect(self._put)
        self.contents.dropped.connect(self._drop)
        for field in (self.code, self.name):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.begin()

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("package|Code"), text=lambda row: row.code, width=84, quiet=True),
                Column(title=N_("package|Package"), text=lambda row: row.name, strong=True),
                Column(title=N_("package|Items"), text=lambda row: str(len(row.lines)), width=64, align="right"),
                Column(title=N_("package|Price today"), text=lambda row: format_yuan(row.total_fen), width=112, align="right", strong=True),
            ),
            key=lambda row: row.id,
            empty=N_("package|There is no package yet. F3 begins one."),
            dim=lambda row: not row.active,
        )

    def _contents(self) -> _Parts:
        return _Parts(
            (
                Column(title=N_("price|Code"), text=lambda part: part.code, width=72, quiet=True),
                Column(title=N_("price|Item"), text=lambda part: part.name, strong=True),
                Column(title=N_("package|Quantity"), text=lambda part: f"{plain(part.quantity)} {part.unit}", width=84, align="right"),
                Column(title=N_("price|Price"), text=lambda part: price_text(part.price), width=84, align="right"),
                Column(title=N_("package|Amount"), text=lambda part: format_yuan(part.amount_fen), width=100, align="right", strong=True),
            ),
            key=lambda part: part.item_id,
            empty=N_("package|Add the first item above: name or initials, Enter, quantity, Enter."),
            dense=True,
        )

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.form.add(N_("package|Code"), self.code, required=True)
        self.form.add(N_("price|State"), self.active)
        self.form.add(N_("package|Package"), self.name, span=2, required=True)
        self.form.add(N_("package|Add an item"), self.item)
        self.form.add(N_("package|Quantity"), self.quantity)
        left = QVBoxLayout()
        left.setContentsMargins(0, theme.MARGIN, 0, 0)
        left.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("page|Packages")))
        left.addLayout(head)
        left.addWidget(self.table, 1)
        right = QVBoxLayout()
        right.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, 0)
        right.setSpacing(theme.GAP)
        for part in (SectionTitle(N_("package|The package")), self.form):
            right.addWidget(part)
        right.addWidget(self.contents, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, theme.GAP, theme.GAP)
        foot.addWidget(Label(N_("package|Delete takes an item out."), "note"))
        foot.addStretch(1)
        foot.addWidget(self.total)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(left, 2)
        layout.addWidget(Hairline(vertical=True))
        layout.addLayout(right, 3)

    # --- the list --------------------------------------------------------------------------------------------------------------

    def show_packages(self, packages: Sequence[PackageFacts]) -> None:
        """All packages."""
        self.table.set_rows(packages)

    def _moved(self, package: Any) -> None:
        if isinstance(package, PackageFacts):
            self.show_package(package)

    # --- one package -----------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """An empty package."""
        for field in (self.code, self.name, self.quantity):
            field.clear()
        self.item.set_entry(None)
        self.active.set_code("yes")
        self.code.setEnabled(True)
        self._show_parts([])

    def show_package(self, package: PackageFacts) -> None:
        """A package to be changed."""
        self.code.setText(package.code)
        self.code.setEnabled(False)
        self.name.setText(package.name)
        self.active.set_code("yes" if package.active else "no")
        self._show_parts(
            [Part(line.item_id, line.code, line.name, line.unit, line.price, line.quantity) for line in package.lines],
        )

    def _show_parts(self, parts: list[Part]) -> None:
        self.parts = parts
        self.contents.set_rows(parts)
        self.total.setText(format_yuan(sum(part.amount_fen for part in parts)) if parts else "")
        self.changed.emit()

    def _put(self) -> None:
        """Add the item with its quantity (empty: one); an item that is in it already gets another quantity."""
        item, quantity = self.item.entry(), decimal_of(self.quantity.text() or "1")
        wrong = quantity is None or quantity <= 0
        self.form.wrong(self.quantity, tr("package|more than zero") if wrong else "")
        if not isinstance(item, PriceItem) or quantity is None or wrong:
            return
        part = Part(item.id, item.code, item.name, item.unit, item.price, quantity)
        self._show_parts([*(each for each in self.parts if each.item_id != item.id), part])
        self.item.set_entry(None)
        self.quantity.clear()
        self.item.setFocus(Qt.FocusReason.OtherFocusReason)

    def _drop(self, part: Part) -> None:
        self._show_parts([each for each in self.parts if each.item_id != part.item_id])

    def missing(self) -> str:
        """What has still to be filled in, as a sentence; empty when nothing is."""
        empty = (
            (not self.code.text().strip(), N_("package|Code")),
            (not self.name.text().strip(), N_("package|Package")),
            (not self.parts, N_("package|Items")),
        )
        return next((say_required(tr(label)) for wrong, label in empty if wrong), "")

    def request(self) -> PutPackage:
        """The package as it is to be; only when nothing is :meth:`missing`."""
        return PutPackage(
            code=self.code.text().strip(),
            name=self.name.text().strip(),
            lines=tuple(ItemQuantity(item_id=part.item_id, quantity=part.quantity) for part in self.parts),
            active=self.active.code() == "yes",
        )
