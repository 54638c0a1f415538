"""The fields of the line in hand: the drug first, then what stands on the pack and on the papers. Enter goes to the next field that is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client.store.delivery import BAD, GOOD, Line, Typed
from client.widgets.choice import Choice
from client.widgets.code_input import CodeInput
from client.widgets.form import Form
from client.widgets.inputs import DateInput, TextInput
from client.widgets.table import Column
from common.domain.barcodes import Gs1Code, classify
from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.store.delivery import Awaited
    from common.messages.receipts import Goods

_GOODS = (
    Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True, marks=lambda row: row.name_marks),
    Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=148, marks=lambda row: row.specification_marks),
    Column(title=N_("delivery|Maker"), text=lambda row: row.manufacturer, width=148, quiet=True),
    Column(title=N_("delivery|Code"), text=lambda row: row.code, width=72, quiet=True),
)


class LineForm(QWidget):
    """``finished`` when Enter left the price with everything there; ``chosen(goods)`` when a drug was chosen."""

    finished = Signal()
    chosen = Signal(object)
    typed = Signal()

    def __init__(self, look_up: Callable[[str, Callable[[Sequence[Any]], None]], None]) -> None:
        super().__init__()
        self.drug = CodeInput(
            _GOODS,
            look_up=look_up,
            shown=lambda goods: f"{goods.name}　{goods.specification}",
            key=lambda goods: goods.drug_id,
            popup_width=640,
        )
        self.packs, self.lot, self.price = TextInput(most=12), TextInput(most=40), TextInput(most=14)
        self.expires, self.made = DateInput(), DateInput()
        self.expires.setPlaceholderText("2028-01-31")
        self.made.setPlaceholderText("2026-01-31")
        self.approval, self.appearance = TextInput(most=40), TextInput(most=60)
        self.conclusion = Choice(((GOOD, N_("delivery|Accepted")), (BAD, N_("delivery|Not accepted"))))
        self.form = Form(6)
        #: What an order still awaits of a drug; set by the page.
        self.expects: Callable[[Goods], Awaited | None] = lambda _goods: None
        #: Whether the day of making has to be typed: only with an invoice.
        self.made_needed: Callable[[], bool] = lambda: True
        self._lay_out()
        self.drug.chosen.connect(self.take)
        for field in (self.packs, self.lot, self.expires, self.made, self.price, self.approval, self.appearance, self.drug):
            field.textChanged.connect(lambda _text: self.typed.emit())
        self.conclusion.chosen.connect(lambda _code: self.typed.emit())
        for line in (self.packs, self.lot, self.expires, self.made, self.price, self.approval, self.appearance):
            line.returnPressed.connect(self._on)
        self.clear()

    def _lay_out(self) -> None:
        for label, field, span in (
            (N_("delivery|Drug: name, pinyin, code, or scan the pack"), self.drug, 3),
            (N_("delivery|Packs"), self.packs, 1),
            (N_("stock|Lot"), self.lot, 1),
            (N_("stock|Expiry"), self.expires, 1),
            (N_("delivery|Made"), self.made, 1),
            (N_("delivery|Price of a pack (yuan)"), self.price, 1),
            (N_("delivery|Approval number"), self.approval, 1),
            (N_("delivery|Appearance"), self.appearance, 1),
            (N_("delivery|Conclusion"), self.conclusion, 2),
        ):
            self.form.add(label, field, span=span)
        for field in (self.packs, self.lot, self.expires, self.made, self.price, self.approval, self.appearance):
            field.removeEventFilter(self.form)  # Enter goes to what is empty, not to what is next
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        self.setFocusProxy(self.drug)

    # --- what stands in the fields ---------------------------------------------------------------------------------------------

    def read(self) -> Typed:
        """What stands in the fields."""
        return Typed(
            goods=self.drug.entry(),
            packs=self.packs.text(),
            lot=self.lot.text(),
            expires=self.expires.text(),
            made=self.made.text(),
            price=self.price.text(),
            approval=self.approval.text(),
            appearance=self.appearance.text(),
            conclusion=self.conclusion.code(),
        )

    def empty(self) -> bool:
        """Whether nothing was begun."""
        return not (self.drug.text() or self.packs.text() or self.lot.text())

    def clear(self) -> None:
        """Empty fields; what is usual stands there."""
        self.drug.set_entry(None)
        for field in (self.packs, self.lot, self.expires, self.made, self.price, self.approval):
            field.clear()
        self.appearance.setText(tr("delivery|intact"))
        self.conclusion.set_code(GOOD)
        self.form.clear_wrongs()

    def show_line(self, line: Line) -> None:
        """A line that is to be corrected."""
        self.drug.set_entry(line.goods)
        self.packs.setText(plain(line.packs))
        self.lot.setText(line.lot)
        self.expires.setText(line.expires)
        self.made.setText(line.made)
        self.price.setText(plain(line.price))
        self.approval.setText(line.approval)
        self.appearance.setText(line.appearance)
        self.conclusion.set_code(line.conclusion)

    def take(self, goods: Goods) -> None:
        """A drug was chosen: what is known of its order or of its last delivery fills what is empty."""
        awaited = self.expects(goods)
        if awaited is not None:
            if awaited.packs > 0 and not self.packs.text():
                self.packs.setText(plain(awaited.packs))
            if awaited.price is not None and not self.price.text():
                self.price.setText(plain(awaited.price))
        if goods.last_price is not None and not self.price.text():
            self.price.setText(plain(goods.last_price))
        if goods.last_approval and not self.approval.text():
            self.approval.setText(goods.last_approval)
        first = next((field for field in (self.packs, self.lot, self.expires) if not field.text().strip()), self.packs)
        first.setFocus(Qt.FocusReason.TabFocusReason)
        if first is self.packs:
            self.packs.selectAll()
        self.chosen.emit(goods)

    def take_code(self, code: str) -> None:
        """Lot, expiry and day of making, as far as a GS1 code says them."""
        seen = classify(code)
        if isinstance(seen, Gs1Code):
            self.lot.setText(seen.lot or self.lot.text())
            if seen.expires_on is not None:
                self.expires.set_date(seen.expires_on)
            if seen.made_on is not None:
                self.made.set_date(seen.made_on)

    def field(self, name: str) -> QWidget:
        """The field that holds this part of a line."""
        found: QWidget = self.drug if name == "goods" else getattr(self, name)
        return found

    def _on(self) -> None:
        """Enter: the next field that is empty, then the price; from the price on the line is done."""
        order = (self.packs, self.lot, self.expires, self.made, self.price)
        here = self.sender()
        if here in (self.price, self.approval, self.appearance):
            self.finished.emit()
            return
        goods = self.drug.entry()
        ordered = goods is not None and self.expects(goods) is not None
        if ordered and all(field.text().strip() or (field is self.made and not self.made_needed()) for field in order):
            self.finished.emit()  # the order has said the rest
            return
        after = [field for field in order[order.index(here) + 1 :] if not (ordered and field is self.made and not self.made_needed())]
        target = next((field for field in after if not field.text().strip()), self.price)
        target.setFocus(Qt.FocusReason.TabFocusReason)
        target.selectAll()
