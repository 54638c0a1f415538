"""A close or a roll-up as a table, and the bills that its figures are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.closing.sheet_rows import Line, bare
from client.fitting import Fitting
from client.widgets.approval import ApprovalPane
from client.widgets.badge import Badge
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.ops import Ops
    from common.messages.cashier import ReceiptFacts, ReceiptLine
    from common.messages.settlement import BillHit

LINES: Final = (
    Column(title=N_("closing|What"), text=lambda line: line.label),
    Column(title=N_("closing|Received"), text=lambda line: line.came, width=100, align="right"),
    Column(title=N_("closing|Paid back"), text=lambda line: line.went, width=88, align="right"),
    Column(title=N_("closing|Net"), text=lambda line: line.net, width=104, align="right", strong=True),
)
_STATES: Final = {
    "STANDS": "",
    "TAKEN_BACK": N_("closing|taken back"),
    "REISSUED": N_("closing|billed anew"),
    "REFUND": N_("closing|refund"),
}
BILLS: Final = (
    Column(title=N_("closing|Receipt"), text=lambda bill: bill.invoice_number, width=112, quiet=True),
    Column(title=N_("Name"), text=lambda bill: bill.patient_name, strong=True),
    Column(title=N_("closing|Time"), text=lambda bill: f"{bill.at:%H:%M}", width=60),
    Column(title="", text=lambda bill: _state(bill), width=104, tone=lambda bill: "warning" if _state(bill) else ""),
    Column(title=N_("bill|Amount (yuan)"), text=lambda bill: bare(bill.total_fen), width=112, align="right"),
)
ITEMS: Final = (
    Column(title=N_("bill|Item"), text=lambda line: line.name, strong=True),
    Column(title=N_("bill|Specification"), text=lambda line: line.specification, width=132, quiet=True),
    Column(title=N_("bill|Qty"), text=lambda line: f"{line.quantity.normalize():f}{line.unit}", width=84, align="right"),
    Column(title=N_("bill|Amount (yuan)"), text=lambda line: bare(line.amount_fen), width=112, align="right"),
)


def _state(bill: BillHit) -> str:
    source = _STATES.get(bill.state, "")
    return tr(source) if source else ""


class SheetPage(QWidget):
    """``opened(Line)`` fires on Enter in the table, ``bill_chosen(BillHit)`` in the bills; ``reason_given``, ``agreed(id)`` and ``given_up`` are
    about opening the close again."""

    opened = Signal(object)
    bill_chosen = Signal(object)
    reason_given = Signal(str)
    given_up = Signal()
    agreed = Signal(int)

    def __init__(self, ops: Ops, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = SectionTitle(N_("closing|Daily close"))
        self.note = Label(type="note")
        self.badge = Badge()
        self.lines = Table(LINES, key=lambda line: line.place, heading=lambda line: line.head, dense=True)
        self.bills = Table(BILLS, key=lambda bill: bill.id, empty=N_("closing|There is no bill in this shift."), dense=True)
        self.items = Table(ITEMS, key=lambda line: id(line), dense=True)
        Fitting(self.bills, least=110, first_to_go=(2, 0))
        self.pages = QStackedWidget()
        self.reason = TextInput(most=200)
        self.reopening = Form()
        self.reopening.add(N_("closing|Why it is opened again"), self.reason)
        self.approval = ApprovalPane(ops, act="reopen")
        self._build()
        self.lines.chosen.connect(self.opened)
        self.bills.chosen.connect(self.bill_chosen)
        self.reason.textChanged.connect(self.reason_given)
        self.approval.approved.connect(self.agreed)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        for widget in (self.title, self.badge):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.note)
        column.addLayout(head)
        for table in (self.lines, self.bills, self.items):
            self.pages.addWidget(table)
        column.addWidget(self.pages, 1)
        self._reopening = QWidget()
        inner = QVBoxLayout(self._reopening)
        inner.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, theme.GAP)
        inner.addWidget(self.reopening)
        inner.addWidget(self.approval)
        column.addWidget(self._reopening)
        self._reopening.hide()

    def show_lines(self, title: str, note: str, badge: tuple[str, str], lines: Sequence[Line]) -> None:
        """Another close or roll-up."""
        self.title.setText(title)
        self.note.setText(note)
        self.badge.set(*badge)
        self.lines.set_rows(lines)
        if not self.lines.hasFocus() and self.pages.currentWidget() is not self.lines:
            return
        self.pages.setCurrentWidget(self.lines)

    def show_bills(self, bills: Sequence[BillHit], note: str) -> None:
        """The bills of the shift in hand."""
        self.note.setText(note)
        self.bills.set_rows(bills)
        self._turn(self.bills)

    def show_receipt(self, receipt: ReceiptFacts) -> None:
        """One bill's receipt."""
        lines: list[ReceiptLine] = list(receipt.lines)
        self.note.setText(f"{receipt.invoice_number}  {receipt.patient_name}  {bare(receipt.total_fen)}")
        self.items.set_rows(lines)
        self._turn(self.items)

    def _turn(self, table: Table) -> None:
        self.pages.setCurrentWidget(table)
        table.setFocus(Qt.FocusReason.OtherFocusReason)

    def back(self) -> bool:
        """From a receipt to the bills, from there to the figures, out of the reopening; ``False`` if there is nothing to go back from."""
        shown: Any = self.pages.currentWidget()
        if self._reopening.isVisibleTo(self):
            self.stop_reopening()
            self.given_up.emit()
        elif shown is self.items:
            self._turn(self.bills)
        elif shown is self.bills:
            self._turn(self.lines)
        else:
            return False
        return True

    def first(self) -> None:
        """The figures, and nothing about opening again."""
        self.pages.setCurrentWidget(self.lines)
        self.stop_reopening()

    # --- opening again ---------------------------------------------------------------------------------------------------------

    def reopen(self, close_id: int, *, with_approval: bool) -> None:
        """Ask for the reason, and for a second person where one is needed."""
        self._reopening.show()
        self.approval.setVisible(with_approval)
        if with_approval:
            self.approval.ask(close_id)
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def stop_reopening(self) -> None:
        """Never mind."""
        self._reopening.hide()
        self.reason.clear()
        self.approval.clear()
