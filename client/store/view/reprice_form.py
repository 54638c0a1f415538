"""The price change that is being written: why and from when, the drug in hand with its new price, the lines so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.store import repricing, words
from client.store.delivery import number
from client.store.repricing import NewChange, NewLine
from client.widgets.code_input import CodeInput
from client.widgets.form import Form
from client.widgets.inputs import DateInput, TextInput
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.repricing import FindPricedDrugs, PricedDrug, PricedDrugs, ProposePriceChange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QLineEdit

    from client.store.view.desk import StoreDesk

_DRUGS: Final = (
    Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True),
    Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=132),
    Column(title=N_("delivery|Maker"), text=lambda row: row.manufacturer, width=132, quiet=True),
    Column(title=N_("price|Price now"), text=lambda row: plain(row.price), width=72, align="right"),
)
_LINES: Final = (
    Column(title=N_("stock|Drug"), text=lambda line: line.drug.name, strong=True),
    Column(title=N_("stock|Specification"), text=lambda line: line.drug.specification, width=132, quiet=True),
    Column(title=N_("price|Price of a pack"), text=repricing.change, width=128, align="right"),
    Column(title=N_("price|Gain (yuan)"), text=lambda line: words.amount(line.value_fen), width=112, align="right"),
)


class RepriceForm(QWidget):
    """``changed`` whenever something was typed."""

    changed = Signal()

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__()
        self._desk = desk
        self.change = NewChange()
        self.reason, self.authority = TextInput(most=200), TextInput(most=100)
        self.day, self.clock = DateInput(), TextInput(most=5)
        self.day.setPlaceholderText("2026-12-01")
        self.clock.setPlaceholderText("00:00")
        self.drug = CodeInput(
            _DRUGS,
            look_up=self._look_up,
            shown=lambda row: f"{row.name}　{row.specification}",
            key=lambda row: row.drug_id,
            popup_width=600,
        )
        self.price = TextInput(most=14)
        self.head, self.line = Form(4), Form(4)
        self.table = Table(
            _LINES, key=lambda line: line.drug.drug_id, empty=N_("price|Scan or type a drug, then its new price; Enter adds it.")
        )
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.reason)

    def _lay_out(self) -> None:
        self.head.add(N_("price|Reason"), self.reason, required=True)
        self.head.add(N_("price|Document"), self.authority)
        self.head.add(N_("price|Valid from (empty: at once)"), self.day)
        self.head.add(N_("price|Time"), self.clock)
        self.line.add(N_("price|Drug: name, pinyin, code, or scan the pack"), self.drug, span=3)
        self.line.add(N_("price|New price of a pack (yuan)"), self.price)
        forms = QWidget()
        column = QVBoxLayout(forms)
        column.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(forms)
        layout.addWidget(self.table, 1)

    def _connect(self) -> None:
        for name, field in self._heads():
            field.textChanged.connect(lambda typed, name=name: self._typed(name, typed))
        for typed in (self.drug, self.price):
            typed.textChanged.connect(lambda _typed: self.changed.emit())
        self.head.finished.connect(self.drug.setFocus)
        self.drug.chosen.connect(lambda _drug: self.price.setFocus(Qt.FocusReason.TabFocusReason))
        self.line.finished.connect(self.add)
        self.table.chosen.connect(self._correct)

    def half_done(self) -> NewChange | None:
        """What would be lost if the program ended now; ``None`` if nothing would."""
        self.change.drug, self.change.price = self.drug.entry(), self.price.text()
        return self.change if self.change.begun() else None

    def go_on(self, change: NewChange) -> None:
        """The fields and lines as somebody left them."""
        self.change = change
        for name, field in self._heads():
            field.setText(getattr(change, name))
        self.drug.set_entry(change.drug)
        self.price.setText(change.price)
        self._lines_changed()

    def _heads(self) -> tuple[tuple[str, QLineEdit], ...]:
        return (("reason", self.reason), ("authority", self.authority), ("day", self.day), ("clock", self.clock))

    def _typed(self, name: str, typed: str) -> None:
        setattr(self.change, name, typed)
        self.head.clear_wrongs()
        self.changed.emit()

    def _look_up(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        self._desk.send(FindPricedDrugs(text=text), lambda found: show(found.drugs), key="priced drugs")

    def scanned(self, code: str) -> bool | None:
        """A pack in the hand: its drug."""
        self._desk.send(FindPricedDrugs(text=code.strip()[:200]), self._found, key=f"priced pack {code}")
        return None

    def _found(self, found: PricedDrugs) -> None:
        self._desk.sound(accepted=len(found.drugs) == 1)
        if len(found.drugs) == 1:
            self.drug.set_entry(found.drugs[0])
            self.price.setFocus(Qt.FocusReason.TabFocusReason)

    def add(self) -> None:
        """Enter in the price: the line is one of the paper's."""
        drug: PricedDrug | None = self.drug.entry()
        wrong = repricing.wrong(drug, self.price.text(), self.change.lines)
        self.line.clear_wrongs()
        if wrong is not None:
            field: QWidget = self.drug if wrong[0] == "drug" else self.price
            self.line.wrong(field, wrong[1])
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        price = number(self.price.text())
        assert drug is not None
        assert price is not None
        self.change.lines.append(NewLine(drug=drug, price=price))
        self._lines_changed()
        self._clear_line()

    def _clear_line(self) -> None:
        self.drug.set_entry(None)
        self.price.clear()
        self.drug.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lines_changed(self) -> None:
        self.table.set_rows(self.change.lines)
        self.changed.emit()

    def _correct(self, line: NewLine) -> None:
        self.change.lines.remove(line)
        self._lines_changed()
        self.drug.set_entry(line.drug)
        self.price.setText(plain(line.price))
        self.price.setFocus(Qt.FocusReason.OtherFocusReason)

    def may_take_out(self) -> bool | str:
        """Whether there is a line to be taken out."""
        return True if self.table.current() is not None else N_("delivery|There is no line yet.")

    def take_out(self) -> None:
        """F10: the selected line goes."""
        line = self.table.current()
        if line is not None:
            self.change.lines.remove(line)
            self._lines_changed()

    def back(self) -> bool:
        """Esc: first the line in hand is thrown away."""
        if not self.drug.text() and not self.price.text():
            return False
        self._clear_line()
        return True

    def clear(self) -> None:
        """A new paper."""
        self.change = NewChange()
        for field in (self.reason, self.authority, self.day, self.clock):
            field.clear()
        self._clear_line()
        self._lines_changed()

    def summary(self) -> str:
        """How many lines, and what they are worth."""
        value = sum(line.value_fen for line in self.change.lines)
        return tr("price|{n} drugs, profit or loss {value} as the stock is now", n=len(self.change.lines), value=format_yuan(value))

    def _effective(self) -> Any:
        return repricing.effective(self.day.date(), self.day.text(), self.clock.text(), self._desk.place.now().tzinfo)

    def why_not(self) -> str:
        """What is still missing; empty if nothing is."""
        at = self._effective()
        if self.drug.text() or self.price.text():
            return tr("price|A line is being typed: Enter in its price adds it, Esc throws it away.")
        if not self.change.lines:
            return tr("delivery|There is no line yet.")
        if len(self.change.reason.strip()) < 2:
            return tr("price|Type the reason.")
        if isinstance(at, str):
            return at
        return tr("price|The moment is past.") if at is not None and at < self._desk.place.now() else ""

    def request(self) -> ProposePriceChange:
        """The command. Call it only while :meth:`why_not` is empty."""
        at = self._effective()
        assert not isinstance(at, str)
        return repricing.request(self.change, at)
