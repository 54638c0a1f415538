"""Orders 采购订单: approved by a second person, sent on paper, answered by receipts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client.drafts import Typed, type_in, typed
from client.store import purchase_words as words
from client.store.delivery import number
from client.store.model import GOODS_IN, ORDERS, PLAN
from client.store.printing import print_order
from client.store.view.page import SearchedPage
from client.store.words import facts, price
from client.widgets.approval import ApprovalPane
from client.widgets.choice import Choice
from client.widgets.form import Form, Label
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.purchasing import (
    ApproveOrder,
    CloseOrder,
    GetOrder,
    ListOrders,
    MakeOrder,
    Order,
    OrderEntry,
    OrderLine,
    OrderList,
    Wanted,
)
from common.permissions import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 540
TYPE_AHEAD_MS: Final = 120
_AWAITED: Final = ("SENT", "PART_RECEIVED")
_OPEN: Final = ("DRAFT", "APPROVED", *_AWAITED)

_ORDERS: Final = (
    Column(title=N_("order|Number"), text=lambda row: row.number, width=112, strong=True),
    Column(title=N_("delivery|Supplier"), text=lambda row: row.supplier),
    Column(title=N_("order|Came"), text=words.progress, width=56, align="right"),
    Column(title=N_("delivery|Amount"), text=lambda row: format_yuan(row.value_fen).replace("¥", ""), width=92, align="right"),
    Column(title=N_("order|State"), text=lambda row: words.order_state(row.state), width=128, tone=lambda row: words.order_tone(row.state)),
)
_LINES: Final = (
    Column(title=N_("stock|Drug"), text=lambda line: line.drug, strong=True),
    Column(title=N_("order|Ordered"), text=lambda line: f"{plain(line.packs)} {line.pack_unit}", width=72, align="right"),
    Column(
        title=N_("order|Came"),
        text=lambda line: plain(line.received) if line.received else "",
        width=64,
        align="right",
        tone=lambda line: _came_tone(line),
    ),
    Column(title=N_("delivery|Price"), text=lambda line: "" if line.price is None else price(line.price), width=80, align="right"),
    Column(title=N_("order|Paid"), text=lambda line: difference(line), width=120, align="right", tone=lambda line: _paid_tone(line)),
)


def _came_tone(line: OrderLine) -> str:
    if not line.received:
        return ""
    return "done" if line.received == line.packs else "warning"


def difference(line: OrderLine) -> str:
    """What was paid a pack on the average, and how much that is more or less than was ordered at."""
    if line.paid is None:
        return ""
    more = line.paid - (line.price if line.price is not None else line.paid)
    return f"{price(line.paid)} ({'+' if more > 0 else '−'}{price(abs(more))})" if more else price(line.paid)


def _paid_tone(line: OrderLine) -> str:
    return "warning" if line.paid is not None and line.price is not None and line.paid != line.price else ""


class OrderPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.order: Order | None = None
        self.search = TextInput(placeholder=N_("order|Number, supplier or drug"), most=60)
        self.which = Choice((("open", N_("order|Not done yet")), ("all", N_("order|All"))))
        self.table = Table(_ORDERS, key=lambda row: row.number, empty=N_("order|No order. F3 goes to the plan."))
        self.number, self.facts, self.of_line = Label(type="heading"), Label(type="secondary"), Label(type="note")
        self.lines = Table(_LINES, key=lambda line: line.drug_id, dense=True)
        self.packs, self.price, self.reason = TextInput(most=7), TextInput(most=12), TextInput(most=200)
        self.line, self.end = Form(2), Form()
        self.approval = ApprovalPane(desk.ops, act="purchase_order")
        self.next = Label(type="secondary")
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self._kept = self.keeps("order", Typed, self._half_done)
        self._lay_out()
        self._connect()

    def _half_done(self) -> Typed | None:
        """Why an order is given up, while it is being written."""
        return typed({"reason": self.reason}, self.order.entry.number) if self.order is not None else None

    def _lay_out(self) -> None:
        for label in (self.facts, self.of_line, self.next):
            label.setWordWrap(True)
        self.line.add(N_("plan|Packs to order"), self.packs)
        self.line.add(N_("delivery|Price of a pack (yuan)"), self.price)
        self.end.add(N_("order|Why no more is waited for (then F10)"), self.reason)
        self.which.setFixedWidth(200)
        right = (self.number, self.facts, self.lines, self.of_line, self.line, self.end, self.next, self.approval)
        self.lay_out((bar(self.search, self.which), self.table), right, SIDE, grows=self.lines)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.which.chosen.connect(lambda _code: self.load())
        self._later.timeout.connect(self.load)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.lines.setFocus(Qt.FocusReason.TabFocusReason))
        self.lines.moved.connect(lambda _row: self._fill())
        self.lines.chosen.connect(lambda _row: self._edit())
        self.line.finished.connect(self._typed)
        self.packs.removeEventFilter(self.line)
        self.packs.returnPressed.connect(self._typed)
        self.reason.textChanged.connect(lambda _text: self._reason_typed())
        self.approval.approved.connect(lambda _id: self._agreed())
        self.approval.lapsed.connect(self.changed.emit)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(ListOrders(text=self.search.text().strip(), open_only=self.which.code() == "open"), self._show)

    def _show(self, found: OrderList) -> None:
        self.table.set_rows(found.orders)
        drafts = sum(entry.state == "DRAFT" for entry in found.orders)
        self.desk.model.counts[ORDERS] = (drafts, "warning")
        left = self._kept.left
        if left is not None and any(entry.number == left.about[0] for entry in found.orders):
            self.table.select(left.about[0])  # of this one something was half written when the program ended
        elif left is not None and self.which.code() == "open" and not self.search.text():
            self._kept.done()
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        entry = row if isinstance(row, OrderEntry) else None
        if entry is None:
            self._show_order(None)
        else:
            self.desk.send(GetOrder(number=entry.number), self._came)

    def _came(self, order: Order) -> None:
        row = self.table.current()
        if row is not None and row.number == order.entry.number:
            self._show_order(order)

    def _show_order(self, order: Order | None) -> None:
        if self.order is None or order is None or self.order.entry.id != order.entry.id:
            self.reason.clear()
            self.approval.clear()
        self.order = order
        left = self._kept.left
        if left is not None and order is not None and left.about[0] == order.entry.number:
            self._kept.take()
            type_in({"reason": self.reason}, left)
        self.number.setText(order.entry.number if order else tr("order|No order is chosen"))
        self.facts.setText(facts(_facts(order)) if order else "")
        self.lines.set_rows(order.lines if order else ())
        self.line.setVisible(self._draft() and self._editing())
        self.end.setVisible(order is not None and order.entry.state in _OPEN and self._may())
        own = order is not None and self._draft() and order.made_by_id == self.desk.place.session.staff.id
        if own and order is not None:
            self.approval.ask(order.entry.id, order.entry.value_fen)
        self.approval.setVisible(own)
        self.next.setText(self._what_next())
        self._fill()
        self.changed.emit()

    def _what_next(self) -> str:
        state = self.order.entry.state if self.order else ""
        if state == "DRAFT":
            return tr("order|Enter on a line changes it. F12 approves the order; whoever made it needs a second person.")
        if state == "APPROVED":
            return tr("order|F12 prints it; by that it is sent.")
        return tr("order|F12 takes its goods in.") if state in _AWAITED else ""

    def _may(self) -> bool:
        return self.desk.place.may(Permission.STORE_MANAGE)

    def _draft(self) -> bool:
        return self.order is not None and self.order.entry.state == "DRAFT" and self._may()

    def _reason_typed(self) -> None:
        self._kept.soon()
        self.changed.emit()

    # --- a draft's lines -------------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        line = self.lines.current()
        self.of_line.setText("　".join(filter(None, (line.drug, line.specification, line.manufacturer))) if line else "")
        if not (self.packs.hasFocus() or self.price.hasFocus()):
            self.packs.setText(plain(line.packs) if line else "")
            self.price.setText("" if line is None or line.price is None else plain(line.price))
        self.changed.emit()

    def _editing(self) -> bool:
        return self.packs.hasFocus() or self.price.hasFocus()

    def _edit(self) -> None:
        """Enter on a line: its fields come up below the list."""
        if self._draft():
            self.line.show()
            self.packs.setFocus(Qt.FocusReason.TabFocusReason)
            self.packs.selectAll()

    def _typed(self) -> None:
        """Enter in a field: the draft is written anew with this line changed."""
        line, count, price = self.lines.current(), self.packs.text().strip(), self.price.text().strip()
        amount = number(price) if price else None
        self.line.clear_wrongs()
        if line is None:
            return
        if not count.isdecimal() or int(count) == 0:
            self.line.wrong(self.packs, tr("order|Whole packs; F10 takes the line out."))
            return
        if price and (amount is None or amount < 0):
            self.line.wrong(self.price, tr("delivery|Type the purchase price of a pack."))
            return
        self.lines.setFocus(Qt.FocusReason.OtherFocusReason)
        self.line.hide()
        self._rewrite({line.drug_id: Wanted(drug_id=line.drug_id, packs=Decimal(count), price=amount, why=line.why)})

    def _rewrite(self, changed: dict[int, Wanted | None]) -> None:
        order = self.order
        if order is None:
            return
        kept = [Wanted(drug_id=line.drug_id, packs=line.packs, price=line.price, why=line.why) for line in order.lines]
        lines = [changed.get(line.drug_id, line) for line in kept]
        wanted = tuple(line for line in lines if line is not None)
        if not wanted:
            self.desk.tell(tr("order|The last line: give the order up instead, with a reason."), "warning")
            return
        request = MakeOrder(order_id=order.entry.id, supplier_id=order.entry.supplier_id, lines=wanted, note=order.note)
        self.send(request, lambda made: self.desk.tell(tr("order|{number} is changed.", number=made.number)))

    # --- keys ------------------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        order = self.order
        if order is None:
            return tr("order|No order is chosen")
        state = order.entry.state
        if state == "DRAFT":
            if not self.desk.place.may(Permission.STORE_APPROVE):
                return tr("order|A pharmacist, the manager or the store keeper approves orders.")
            needs = order.made_by_id == self.desk.place.session.staff.id and self.approval.approval_id is None
            return tr("order|A second person has to agree: badge, or login name and password.") if needs else ""
        if state not in _OPEN:
            return tr("order|Nothing more is to be done with it.")
        return "" if self._may() else tr("order|Only the store keeper sends orders and takes goods in.")

    def names(self) -> dict[str, str]:
        state = self.order.entry.state if self.order is not None else ""
        save = {"DRAFT": tr("store key|Approve"), "APPROVED": tr("store key|Send"), **dict.fromkeys(_AWAITED, tr("store key|Goods in"))}
        return {"save": save.get(state, ""), "take_out": tr("store key|Give up")}

    def finish(self) -> None:
        """F12: what comes next for the order."""
        order = self.order
        if order is None:
            return
        state = order.entry.state
        if state == "DRAFT":
            self._approve(order)
        elif state == "APPROVED":
            print_order(self.desk, order.entry.number, lambda: self._sent(order))
        elif state in _AWAITED:
            self.desk.go_to(GOODS_IN)
            self.desk.goods_in.from_order(order)
            self.desk.goods_in.work().setFocus(Qt.FocusReason.OtherFocusReason)

    def _agreed(self) -> None:
        self.changed.emit()
        self.lines.setFocus(Qt.FocusReason.OtherFocusReason)

    def _approve(self, order: Order) -> None:
        request = ApproveOrder(order_id=order.entry.id, approval_id=self.approval.approval_id)
        said = tr("order|{number} is approved.", number=order.entry.number)

        def approved(_done: Any) -> None:
            self.approval.clear()
            self.desk.tell(said)

        self.send(request, approved)

    def _sent(self, order: Order) -> None:
        self.desk.tell(tr("order|{number} is sent: give {supplier} the paper.", number=order.entry.number, supplier=order.entry.supplier))
        self.load()

    def begin(self) -> bool:
        """F3: the plan, of which orders are made."""
        if not self._may():
            return False
        self.desk.go_to(PLAN).work().setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def may_print(self) -> bool | str:
        if not self._may():
            return N_("order|Only the store keeper sends orders and takes goods in.")
        sent = self.order is not None and self.order.sent_at is not None
        return True if sent else N_("order|It is printed once it was approved: F12.")

    def reprint(self) -> None:
        """F6: once more."""
        if self.order is not None:
            print_order(self.desk, self.order.entry.number)

    def may_take_out(self) -> bool | str:
        if not self.end.isVisibleTo(self):
            return N_("order|Nothing more is to be done with it.")
        if self._draft() and not self.reason.text().strip():
            return True if self.lines.current() is not None else N_("order|No order is chosen")
        return True if self.reason.text().strip() else N_("order|Type why no more is waited for.")

    def take_out(self) -> None:
        """F10: with a reason the whole order is given up; of a draft without one the line in hand."""
        order, line, reason = self.order, self.lines.current(), self.reason.text().strip()
        if order is None:
            return
        if not reason and line is not None:
            self._rewrite({line.drug_id: None})
            return
        request = CloseOrder(order_id=order.entry.id, reason=reason)
        said = tr("order|{number} is closed.", number=order.entry.number)
        self.desk.ask(
            tr("order|Wait for no more of {number}?", number=order.entry.number),
            [(tr("order|Close it"), lambda: self.send(request, lambda _done: self.desk.tell(said)))],
        )

    def scanned(self, code: str) -> bool | None:
        """A badge agrees."""
        return self.approval.isVisible() and self.approval.scanned(code)

    def back(self) -> bool:
        if self.packs.hasFocus() or self.price.hasFocus():
            self.lines.setFocus(Qt.FocusReason.OtherFocusReason)
            self.line.hide()
            self._fill()
            return True
        if self.reason.text():
            self.reason.clear()
            return True
        return super().back()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        """Where a second person is asked, that is what comes next; the lines are an Enter away."""
        return self.approval if self.approval.isVisible() and self.approval.approval_id is None else self.lines


def _facts(order: Order) -> list[tuple[str, str]]:
    entry = order.entry
    closed = order.ended_at if entry.state == "CLOSED" else None
    return [
        (tr("delivery|Supplier"), entry.supplier),
        (tr("supplier|Contact"), "　".join(filter(None, (order.contact, order.phone)))),
        (tr("order|Made"), _step(order.made_at, entry.made_by)),
        (tr("order|Approved"), _step(order.approved_at, order.approved_by)),
        (tr("order|Sent"), _step(order.sent_at, order.sent_by)),
        (tr("order|Closed"), f"{_step(closed, order.ended_by)}　{order.end_reason}" if closed else ""),
        (tr("order|Receipts"), "、".join(order.receipts)),
        (tr("delivery|Note"), order.note),
    ]


def _step(at: datetime | None, by: str) -> str:
    return f"{at:%Y-%m-%d %H:%M}　{by}" if at is not None else ""
