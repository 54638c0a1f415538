"""Receipts 入库单: which goods came when and from whom, with their lines; printed again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client.store import words
from client.store.printing import print_receipt
from client.store.view.page import SearchedPage
from client.widgets.form import Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.receipts import GetGoodsReceipt, GoodsReceipt, ListReceipts, ReceiptEntry, ReceiptLine, ReceiptList
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 560
DAYS: Final = 30
TYPE_AHEAD_MS: Final = 120

_RECEIPTS: Final = (
    Column(title=N_("receipt|Number"), text=lambda row: row.number, width=116, strong=True),
    Column(title=N_("receipt|Time"), text=lambda row: f"{row.at:%m-%d %H:%M}", width=96),
    Column(title=N_("delivery|Supplier"), text=lambda row: row.supplier),
    Column(title=N_("receipt|Lines"), text=lambda row: str(row.lines), width=48, align="right"),
    Column(title=N_("stock|Purchase value"), text=lambda row: words.amount(row.value_fen), width=104, align="right"),
)
_LINES: Final = (
    Column(title=N_("stock|Drug"), text=lambda line: line.drug, strong=True),
    Column(title=N_("delivery|Packs"), text=lambda line: f"{plain(line.packs)} {line.pack_unit}", width=72, align="right"),
    Column(title=N_("stock|Lot"), text=lambda line: line.lot, width=104),
    Column(title=N_("stock|Expiry"), text=lambda line: line.expires.isoformat(), width=92),
    Column(
        title=N_("delivery|Conclusion"),
        text=lambda line: tr("delivery|Accepted") if line.accepted else tr("delivery|Not accepted"),
        width=116,
        tone=lambda line: "done" if line.accepted else "danger",
    ),
)


class ReceiptPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        today = desk.place.now().date()
        self.search = TextInput(placeholder=N_("receipt|Number, supplier, invoice, drug or lot"), most=60)
        self.first, self.last = DateInput(), DateInput()
        for field, day in ((self.first, today - timedelta(days=DAYS)), (self.last, today)):
            field.setFixedWidth(112)
            field.set_date(day)
        self.more = Label(type="note")
        self.table = Table(_RECEIPTS, key=lambda row: row.number, empty=N_("receipt|Nothing came in on these days."))
        self.number, self.facts = Label(type="heading"), Label(type="secondary")
        self.of_line = Label(type="secondary")
        for label in (self.facts, self.of_line):
            label.setWordWrap(True)
        self.lines = Table(_LINES, key=lambda line: line.line_no, dense=True)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        head = bar(self.search, self.first, Label(N_("receipt|to"), "note"), self.last)
        self.lay_out(
            (head, bar(self.more), self.table),
            (self.number, self.facts, SectionTitle(N_("receipt|Lines")), self.lines, self.of_line),
            SIDE,
            grows=self.lines,
        )
        self._connect()

    def _connect(self) -> None:
        for field in (self.search, self.first, self.last):
            field.textChanged.connect(lambda _text: self._later.start())
            field.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self._later.timeout.connect(self.load)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.lines.setFocus(Qt.FocusReason.TabFocusReason))
        self.lines.moved.connect(self._show_line)

    def load(self) -> None:
        first, last = self.first.date(), self.last.date()
        if first is not None and last is not None:
            self.desk.send(ListReceipts(first_day=first, last_day=last, text=self.search.text().strip()), self._show)

    def _show(self, found: ReceiptList) -> None:
        self.table.set_rows(found.receipts)
        count = tr("receipt|{n} receipts", n=len(found.receipts))
        self.more.setText(tr("receipt|{count}; take fewer days to see older ones", count=count) if found.more else count)
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        entry = row if isinstance(row, ReceiptEntry) else None
        self.number.setText(entry.number if entry else tr("receipt|No receipt is chosen"))
        self.facts.setText(_facts(entry) if entry else "")
        if entry is None:
            self.lines.set_rows(())
        else:
            self.desk.send(GetGoodsReceipt(number=entry.number), self._show_lines)
        self.changed.emit()

    def _show_lines(self, receipt: GoodsReceipt) -> None:
        row = self.table.current()
        if row is not None and row.number == receipt.entry.number:
            self.lines.set_rows(receipt.lines)
            self.facts.setText(_facts(receipt.entry, receipt))
            self._show_line(self.lines.current())

    def _show_line(self, line: Any) -> None:
        """What does not fit into the row."""
        self.of_line.setText(_of_line(line) if isinstance(line, ReceiptLine) else "")

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.lines

    def may_print(self) -> bool | str:
        """Whether a receipt is there to be printed."""
        if not self.desk.place.may(Permission.STORE_RECEIVE):
            return N_("store|You may look at the stock only.")
        return True if self.table.current() is not None else N_("receipt|No receipt is chosen")

    def reprint(self) -> None:
        """F6: print the chosen receipt."""
        row = self.table.current()
        if row is not None:
            print_receipt(self.desk, row.number)


def _facts(entry: ReceiptEntry, receipt: GoodsReceipt | None = None) -> str:
    celsius = receipt.temperature if receipt is not None else None
    parts = (
        (tr("delivery|Supplier"), entry.supplier),
        (tr("delivery|Invoice"), entry.invoice),
        (tr("delivery|Delivery note"), entry.delivery_note),
        (tr("delivery|Inspected by"), entry.inspector),
        (tr("receipt|Entered by"), entry.by),
        (tr("stock|Purchase value"), format_yuan(entry.value_fen)),
        (tr("delivery|Temperature on arrival (°C)"), "" if celsius is None else plain(celsius)),
        (tr("delivery|Note"), receipt.note if receipt is not None else ""),
    )
    return words.facts(parts)


def _of_line(line: ReceiptLine) -> str:
    drug = "　".join(filter(None, (line.drug, line.specification, line.manufacturer)))
    parts = (
        (tr("delivery|Price of a pack (yuan)"), words.price(line.purchase_price)),
        (tr("delivery|Amount"), words.amount(line.value_fen)),
        (tr("delivery|Made"), line.made.isoformat() if line.made else ""),
        (tr("delivery|Approval number"), line.approval_number),
        (tr("delivery|Appearance"), line.appearance),
    )
    return f"{drug}\n" + "　".join(f"{label} {value}" for label, value in parts if value)
