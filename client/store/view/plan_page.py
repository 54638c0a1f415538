"""The purchase plan 采购计划: what should be ordered and why; what the person makes of it becomes orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSizePolicy

from client.store import purchase_words as words
from client.store.delivery import number
from client.store.model import ORDERS, PLAN
from client.store.purchase import Plan, PlanDraft
from client.store.view.page import SearchedPage
from client.store.words import facts
from client.store.words import packs as in_packs
from client.widgets.choice import Choice
from client.widgets.code_input import CodeInput
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.purchasing import MakeOrder, OrderMade, PlanLine, PlanPurchase, PurchasePlan, SetPurchase
from common.messages.suppliers import FindSuppliers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 360
TYPE_AHEAD_MS: Final = 300
_SUPPLIERS: Final = (
    Column(title=N_("delivery|Supplier"), text=lambda row: row.name, strong=True),
    Column(title=N_("supplier|Code"), text=lambda row: row.code, width=72, quiet=True),
    Column(title=N_("supplier|Days to deliver"), text=lambda row: str(row.lead_days), width=72, align="right"),
)


class PlanPage(SearchedPage):
    """See the user guide; the formula is in docs/store.md."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.plan = Plan()
        self.search = TextInput(placeholder=N_("plan|Another drug"), most=60)
        self.cover, self.use = TextInput(most=3), TextInput(most=3)
        for field, days in ((self.cover, "14"), (self.use, "90")):
            field.setFixedWidth(48)
            field.setText(days)
        self.service = Choice((("90", N_("plan|90 %")), ("95", N_("plan|95 %")), ("98", N_("plan|98 %")), ("99", N_("plan|99 %"))))
        self.service.set_code("98")
        self.sums = Label(type="secondary")
        self.table = Table(self._columns(), key=lambda row: row.drug_id, empty=N_("plan|Nothing has to be ordered."))
        self.name, self.why = Label(type="heading"), Label(type="secondary")
        self.packs, self.price, self.case = TextInput(most=7), TextInput(most=12), TextInput(most=5)
        self.supplier = CodeInput(
            _SUPPLIERS, look_up=self._look_up, shown=lambda found: found.name, key=lambda found: found.id, popup_width=420
        )
        self.line, self.source = Form(2), Form(2)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        #: Orders that are still to be made of what was on the screen when F12 was pressed.
        self._orders: list[MakeOrder] = []
        self._numbers: list[str] = []
        self._lay_out()
        self._connect()
        self._kept = self.keeps("plan", PlanDraft, self.plan.draft)
        left = self._kept.take()
        if left is not None:
            self.plan.restore(left)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True),
            Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=116, quiet=True),
            Column(title=N_("delivery|Supplier"), text=lambda row: row.supplier or tr("plan|nobody yet"), width=128),
            Column(
                title=N_("plan|Use a day"),
                text=lambda row: f"{plain(round(row.why.mean, 1))} {row.base_unit}",
                width=84,
                align="right",
                quiet=True,
            ),
            Column(title=N_("plan|Usable"), text=lambda row: in_packs(row.why.there, row), width=108, align="right"),
            Column(title=N_("plan|Suggested"), text=lambda row: str(row.why.suggested or ""), width=80, align="right", quiet=True),
            Column(
                title=N_("plan|To order"),
                text=lambda row: f"{self.plan.packs(row)} {row.pack_unit}",
                width=88,
                align="right",
                strong=True,
                tone=lambda row: "info" if self.plan.changed(row) else "",
            ),
            Column(title=N_("delivery|Amount"), text=self._amount, width=88, align="right"),
        )

    def _amount(self, row: PlanLine) -> str:
        return "" if self.plan.price(row) is None else format_yuan(self.plan.value_fen(row)).replace("¥", "")

    def _lay_out(self) -> None:
        self.line.add(N_("plan|Packs to order"), self.packs)
        self.line.add(N_("delivery|Price of a pack (yuan)"), self.price)
        self.source.add(N_("plan|Bought from"), self.supplier, span=2)
        self.source.add(N_("plan|In cases of (packs)"), self.case)
        self.name.setWordWrap(True)
        self.why.setWordWrap(True)
        days = (
            Label(N_("plan|For days"), "note"),
            self.cover,
            Label(N_("plan|Use of days"), "note"),
            self.use,
            Label(N_("plan|Not out of stock"), "note"),
        )
        self.service.setFixedWidth(252)
        for label in days[::2]:
            label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        right = (self.name, self.line, SectionTitle(N_("plan|Why")), self.why, SectionTitle(N_("plan|The drug's supplier")), self.source)
        self.lay_out((bar(self.search, *days, self.service), bar(self.sums), self.table), right, SIDE)

    def _connect(self) -> None:
        for field in (self.search, self.cover, self.use):
            field.textChanged.connect(lambda _text: self._later.start())
            field.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.service.chosen.connect(lambda _code: self.load())
        self._later.timeout.connect(self.load)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self._edit())
        self.line.finished.connect(self._typed)
        self.packs.removeEventFilter(self.line)  # Enter there is enough; the price is seldom typed
        self.packs.returnPressed.connect(self._typed)
        self.source.finished.connect(self._source_typed)
        self.supplier.chosen.connect(lambda _row: self.case.setFocus(Qt.FocusReason.TabFocusReason))

    # --- reckoning -------------------------------------------------------------------------------------------------------------

    def _days(self, field: TextInput, least: int, most: int, usual: int) -> int:
        typed = field.text().strip()
        return int(typed) if typed.isdecimal() and least <= int(typed) <= most else usual

    def load(self) -> None:
        text = self.search.text().strip()
        request = PlanPurchase(
            use_days=self._days(self.use, 7, 365, 90),
            cover_days=self._days(self.cover, 1, 180, 14),
            service=int(self.service.code()),
            text=text,
            everything=bool(text),
        )
        self.desk.send(request, self._show)

    def _show(self, found: PurchasePlan) -> None:
        self.plan.take(found.lines)
        self._rows()

    def _rows(self) -> None:
        self.table.set_rows(self.plan.lines)
        chosen = self.plan.chosen()
        self.desk.model.counts[PLAN] = (len(chosen), "info")
        orders = len({line.supplier_id for line in chosen if line.supplier_id})
        value = format_yuan(sum(self.plan.value_fen(line) for line in chosen))
        self.sums.setText(tr("plan|{n} drugs in {orders} orders, about {value}", n=len(chosen), orders=orders, value=value))
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        line = row if isinstance(row, PlanLine) else None
        self.name.setText(line.name if line else "")
        self.why.setText(facts(words.reasons(line)) if line else "")
        if not (self.packs.hasFocus() or self.price.hasFocus()):
            self._fill(line)
        if not (self.supplier.hasFocus() or self.case.hasFocus()):
            self.supplier.setText(line.supplier if line else "")
            self.case.setText(str(line.case_packs) if line else "")
        for field in (self.packs, self.price, self.supplier, self.case):
            field.setEnabled(line is not None)
        self.changed.emit()

    def _fill(self, line: PlanLine | None) -> None:
        price = self.plan.price(line) if line else None
        self.packs.setText(str(self.plan.packs(line)) if line else "")
        self.price.setText("" if price is None else plain(price))

    def _edit(self) -> None:
        """Enter on a line: the number is typed over."""
        self._fill(self.table.current())
        self.packs.setFocus(Qt.FocusReason.TabFocusReason)
        self.packs.selectAll()

    def _typed(self) -> None:
        """Enter in a field: the line is changed, and the next one is in hand."""
        line = self.table.current()
        count, price = self.packs.text().strip(), self.price.text().strip()
        amount = number(price) if price else None
        self.line.clear_wrongs()
        if line is None:
            return
        if not count.isdecimal():
            self.line.wrong(self.packs, tr("plan|Whole packs; 0 takes it out."))
            return
        if price and (amount is None or amount < 0):
            self.line.wrong(self.price, tr("delivery|Type the purchase price of a pack."))
            return
        self.plan.set(line, int(count), amount)
        self._kept.soon()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._rows()
        self.table.step(1)

    # --- whom it is bought from ------------------------------------------------------------------------------------------------

    def _look_up(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        self.desk.send(FindSuppliers(text=text), lambda found: show(found.suppliers), key="supplier of a drug")

    def _source_typed(self) -> None:
        """Enter in the case: whom the drug is bought from, and in which cases, is kept for the next plans too."""
        line, case = self.table.current(), self.case.text().strip()
        self.source.clear_wrongs()
        found = self.supplier.entry()
        if line is None:
            return
        if not case.isdecimal() or not 1 <= int(case) <= 10_000:
            self.source.wrong(self.case, tr("plan|So many packs are in a case."))
            return
        if found is None and self.supplier.text().strip() != line.supplier:
            self.source.wrong(self.supplier, tr("plan|Choose one of the suppliers."))
            return
        supplier_id = found.id if found else line.supplier_id
        request = SetPurchase(drug_id=line.drug_id, supplier_id=supplier_id, case_packs=int(case))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.send(request, lambda _done: self.desk.tell(tr("plan|Written down for {drug}.", drug=line.name)))

    # --- keys ------------------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        if not self.plan.chosen():
            return tr("plan|Nothing has to be ordered.")
        nobody = self.plan.nobody()
        return tr("plan|{drug}: choose whom it is bought from, or take it out (F10).", drug=nobody[0].name) if nobody else ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Make the orders"), "take_out": tr("store key|Take the line out")}

    def finish(self) -> None:
        """F12: an order for each supplier, one after the other."""
        self._orders, self._numbers = self.plan.orders(), []
        self._next_order()

    def _next_order(self) -> None:
        if self._orders:
            asked = self._orders.pop(0)
            self.send(asked, lambda made: self._made(asked, made), self._refused)

    def _made(self, asked: MakeOrder, made: OrderMade) -> None:
        self.plan.ordered(asked)
        self._kept.keep()
        self._numbers.append(made.number)
        if self._orders:
            self._next_order()
            return
        said = tr("plan|Made, to be approved: {numbers}.", numbers="、".join(self._numbers))
        self.desk.go_to(ORDERS)
        self.desk.tell(said)

    def _refused(self, error: Any) -> None:
        self._orders = []
        self.desk.fail(error)

    def may_take_out(self) -> bool | str:
        row = self.table.current()
        return True if row is not None and self.plan.packs(row) else N_("plan|Nothing of it is to be ordered.")

    def take_out(self) -> None:
        """F10: nothing of it is ordered."""
        row = self.table.current()
        if row is not None:
            self.plan.set(row, 0, self.plan.price(row))
            self._kept.soon()
            self._rows()

    def back(self) -> bool:
        if self.packs.hasFocus() or self.price.hasFocus() or self.supplier.hasFocus() or self.case.hasFocus():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self.supplier.set_entry(None)
            self._moved(self.table.current())
            return True
        return super().back()

    def scanned(self, code: str) -> bool | None:
        """A pack in the hand: its drug."""
        self.search.setText(code.strip()[:60])
        return True

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.packs
