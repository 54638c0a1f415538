"""The zone in the middle: the bill's lines with ticks and quantities, its payments, and the bills before and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from client import theme
from client.fitting import Fitting
from client.refunds.model import STATES, Row, quantity_of, shown
from client.widgets.badge import Badge
from client.widgets.form import Hairline, Label
from client.widgets.table import Column, Table
from client.widgets.tick import paint_tick
from common.domain.money import format_yuan, yuan
from common.domain.states import PAYMENT
from common.domain.tenders import TITLES
from common.i18n import N_, tr

if TYPE_CHECKING:
    from decimal import Decimal

    from client.refunds.model import RefundModel
    from common.messages.settlement import BillHit

#: Digits typed within this time are one quantity.
TYPING_MS: Final = 1500
_DIGITS: Final = "0123456789."


def _name(row: Row) -> str:
    return f"{row.line.name}　{row.line.specification}".strip("　")


def _why_not(row: Row) -> str:
    """Why nothing of a line goes back, or no more than the pharmacy took back."""
    if row.line.hindrance:
        return tr(row.line.hindrance)
    return (
        tr("refund|The pharmacy took back {left}.", left=shown(row.line.left, row.line.unit)) if row.line.left < row.line.quantity else ""
    )


COLUMNS: Final = (
    Column(title="", text=lambda row: "✓" if row.back else "", width=36),
    Column(title=N_("bill|Item"), text=_name, strong=True),
    Column(title=N_("bill|Qty"), text=lambda row: shown(row.line.quantity, row.line.unit), width=64, align="right"),
    Column(title=N_("bill|Amount (yuan)"), text=lambda row: f"{yuan(row.line.amount_fen):,}", width=104, align="right"),
    Column(
        title=N_("refund|Goes back"),
        text=lambda row: shown(row.back, row.line.unit) if row.back else "",
        width=72,
        align="right",
        strong=True,
    ),
    Column(title=N_("refund|Why not"), text=lambda row: _why_not(row), width=188, quiet=True),
)


class _Tick(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        table = self.parent()
        if not isinstance(table, LineTable):
            return
        row: Row = table.rows_model.rows[index.row()]
        look, box = theme.now(), option.rect
        selected = index.row() == table.currentIndex().row()
        painter.save()
        painter.fillRect(box, QColor(look.selected if selected else look.hover if index.row() == table.hovered else look.surface))
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
        if selected:
            painter.fillRect(box.x(), box.y(), 3, box.height() - 1, QColor(look.primary if table.hasFocus() else look.field_line))
        paint_tick(painter, box, bool(row.back), possible=row.possible)
        painter.restore()


class LineTable(Table):
    """``ticking(Row)`` on Space or a press on the box; ``counting(Row, Decimal)`` when digits say how much goes back."""

    ticking = Signal(object)
    counting = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            COLUMNS,
            key=lambda row: row.line.charge_line_id,
            empty=N_("refund|Scan a receipt, or choose a bill from the list."),
            fits=lambda row: row.possible,
            dim=lambda row: not row.possible,
            parent=parent,
        )
        self.setItemDelegateForColumn(0, _Tick(self))
        Fitting(self, least=200, first_to_go=(5,))
        self._typed = ""
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._forget)

    def _forget(self) -> None:
        self._typed = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current()
        if row is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self._forget()
            self.ticking.emit(row)
        elif event.text() and event.text() in _DIGITS:
            self._count(row, event.text())
        else:
            self._forget()
            super().keyPressEvent(event)

    def _count(self, row: Row, digit: str) -> None:
        self._typed += digit
        self._typing.start()
        quantity: Decimal | None = quantity_of(self._typed)
        if quantity:
            self.counting.emit(row, quantity)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == 0:
            self.ticking.emit(self.rows_model.rows[index.row()])


class BillPane(QWidget):
    """``opened(bill id)`` fires for a bill of the chain."""

    opened = Signal(int)

    def __init__(self, model: RefundModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title, self.about = Label(type="emphasis"), Label(type="note")
        self.state = Badge()
        self.lines = LineTable()
        self.detail, self.paid = Label(type="note"), Label(type="note")
        self.chain = QLabel()
        self.setFocusProxy(self.lines)
        self._lay_out()
        self.lines.moved.connect(lambda _row: self._say_detail())
        theme.signals().changed.connect(self._recolour)
        self.chain.linkActivated.connect(lambda link: self.opened.emit(int(link)))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.MARGIN, 0, theme.GAP)
        layout.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(self.title)
        head.addWidget(self.about, 1)
        head.addWidget(self.state)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout.addLayout(head)
        layout.addWidget(self.lines, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        foot.setSpacing(4)
        for label in (self.detail, self.paid, self.chain):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText if label is self.chain else Qt.TextFormat.PlainText)
        self.chain.setFont(theme.font(theme.NOTE))
        for widget in (self.detail, Hairline(), self.paid, self.chain):
            foot.addWidget(widget)
        layout.addLayout(foot)

    def show_model(self) -> None:
        """Lines, payments and chain anew; the current row stays."""
        bill = self._model.bill
        self.lines.set_rows(self._model.rows())
        if bill is None:
            self.title.setText(tr("refund|No bill in hand"))
            for label in (self.about, self.paid, self.chain, self.detail):
                label.clear()
            self.state.set("")
            return
        hit = bill.bill
        self.title.setText(tr("refund|Receipt {number}", number=hit.invoice_number or hit.number))
        when = f"{hit.at.astimezone(self._model.zone):%Y-%m-%d %H:%M}"
        self.about.setText("　".join((tr("refund|bill {number}", number=hit.number), when, hit.cashier)))
        self.state.set(tr(STATES[hit.state][0]), STATES[hit.state][1])
        self.paid.setText(self._payments())
        self.chain.setText(self._chain(bill.chain))
        self.chain.setVisible(bool(bill.chain))
        self._say_detail()

    def _payments(self) -> str:
        bill = self._model.bill
        assert bill is not None
        parts = []
        for payment in bill.payments:
            words = f"{tr(TITLES[payment.tender])} {format_yuan(payment.amount_fen)}"
            parts.append(
                f"{words} {payment.reference}".rstrip() + ("" if payment.state == "PAID" else f"（{PAYMENT.label(payment.state)}）")
            )
        if bill.receipt.rounding_fen:
            parts.append(f"{tr('till|Cash rounding')} {format_yuan(bill.receipt.rounding_fen)}")
        return tr("refund|Paid: {payments}", payments="　".join(parts))

    def _chain(self, chain: tuple[BillHit, ...]) -> str:
        colour = theme.now().primary
        links = [
            f'<a href="{hit.id}" style="color:{colour}">{tr(STATES[hit.state][0])} {hit.invoice_number or hit.number}'
            f" {format_yuan(hit.total_fen)}</a>"
            for hit in chain
        ]
        return tr("refund|Belongs to: {bills}", bills="　".join(links))

    def _recolour(self) -> None:
        if self._model.bill is not None:
            self.chain.setText(self._chain(self._model.bill.chain))

    def _say_detail(self) -> None:
        row = self.lines.current()
        words = _why_not(row) if row is not None else ""
        if row is not None and not row.line.hindrance:
            words = "　".join(filter(None, (words, tr("refund|Space ticks the line; digits say how much of it goes back."))))
        self.detail.setText(words)
        self.detail.setProperty("tone", "warning" if row is not None and row.line.hindrance else "")
        self.detail.style().polish(self.detail)
