"""Goods in 入库验收: the papers at the top, the line in hand below, the lines so far; at the right what is missing, and what is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCompleter, QVBoxLayout, QWidget

from client import theme
from client.store import words
from client.store.delivery import GOOD, Awaited, Delivery, Line, of_order
from client.store.printing import print_receipt
from client.store.view.goods_in_side import GoodsInSide
from client.store.view.line_form import LineForm
from client.store.view.page import StorePage
from client.widgets.form import Form
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.barcodes import read_pack
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.receipts import BindPrefix, FindGoods, Goods, GoodsList
from common.messages.suppliers import FindSuppliers, SupplierList
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.store.view.desk import StoreDesk
    from common.messages.purchasing import Order
    from common.messages.store import Received

SIDE: Final = 268
#: So many digits has an article number.
_ARTICLE: Final = (8, 12, 13, 14)
_HEAD: Final = ("supplier", "invoice", "delivery_note", "inspector", "temperature", "note")


def _columns(number: Callable[[Any], str], ordered_at: Callable[[Any], Any]) -> tuple[Column, ...]:
    return (
        Column(title="", text=number, width=32, align="right", quiet=True),
        Column(title=N_("stock|Drug"), text=lambda line: line.goods.name, strong=True, marks=lambda line: line.goods.name_marks),
        Column(
            title=N_("stock|Specification"),
            text=lambda line: line.goods.specification,
            width=124,
            quiet=True,
            marks=lambda line: line.goods.specification_marks,
        ),
        Column(title=N_("delivery|Packs"), text=lambda line: f"{plain(line.packs)} {line.goods.pack_unit}", width=72, align="right"),
        Column(title=N_("stock|Lot"), text=lambda line: line.lot, width=96),
        Column(title=N_("stock|Expiry"), text=lambda line: line.expires, width=92),
        Column(
            title=N_("delivery|Price"),
            text=lambda line: _price(line, ordered_at(line)),
            width=128,
            align="right",
            tone=lambda line: "warning" if ordered_at(line) is not None else "",
        ),
        Column(title=N_("delivery|Amount"), text=lambda line: words.amount(line.value_fen), width=88, align="right"),
        Column(
            title=N_("delivery|Conclusion"),
            text=lambda line: tr("delivery|Accepted") if line.conclusion == GOOD else tr("delivery|Not accepted"),
            width=96,
            tone=lambda line: "done" if line.conclusion == GOOD else "danger",
        ),
    )


def _price(line: Line, ordered_at: Any) -> str:
    return (
        plain(line.price)
        if ordered_at is None
        else tr("delivery|{price}, ordered {other}", price=plain(line.price), other=plain(ordered_at))
    )


class GoodsInPage(StorePage):
    """See the user guide. The delivery survives a crash: it is kept in the journal while it is typed."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.delivery = Delivery(inspector=desk.place.session.staff.name)
        self.learning = ""
        #: Whether the line in hand was taken from what the order awaits.
        self._from_list = False
        self.head = {name: TextInput(most=100 if name == "supplier" else 50) for name in _HEAD}
        self.papers = Form(4)
        self.line = LineForm(self._look_up)
        self.table = Table(
            _columns(lambda line: str(self.delivery.lines.index(line) + 1), lambda line: self.delivery.ordered_at(line)),
            key=id,
            empty=N_("delivery|Scan a pack or type the drug; the price's Enter adds the line."),
            dense=True,
        )
        self.side = GoodsInSide(desk.ops)
        self.sums, self.missing, self.learn, self.approval = self.side.sums, self.side.missing, self.side.learn, self.side.approval
        self.licensing, self.place = self.side.licensing, self.side.place
        self._kept = self.keeps("delivery", Delivery, lambda: self.delivery if self.delivery.begun() else None)
        self._lay_out()
        self._connect()
        self._restore()

    def _lay_out(self) -> None:
        for name, label, required in (
            ("supplier", N_("delivery|Supplier"), True),
            ("invoice", N_("delivery|Invoice"), False),
            ("delivery_note", N_("delivery|Delivery note"), False),
            ("inspector", N_("delivery|Inspected by"), True),
            ("temperature", N_("delivery|Temperature on arrival (°C)"), False),
            ("note", N_("delivery|Note"), False),
        ):
            self.papers.add(label, self.head[name], required=required, span=2 if name == "note" else 1)
        forms = QWidget()
        column = QVBoxLayout(forms)
        column.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        column.setSpacing(0)
        column.addWidget(self.papers)
        column.addWidget(self.line)
        self.lay_out((forms, self.table), (self.side,), SIDE, grows=self.side)

    def _connect(self) -> None:
        for field in self.head.values():
            field.textChanged.connect(lambda _text: self._head_typed())
        self.papers.finished.connect(self.line.setFocus)
        self.line.finished.connect(self.add)
        self.line.typed.connect(self._say)
        self.line.chosen.connect(self._drug_chosen)
        self.table.chosen.connect(self._correct)
        self.approval.approved.connect(self._agreed)
        self.line.expects = lambda goods: self.delivery.expects(goods)
        self.line.made_needed = lambda: bool(self.delivery.invoice.strip())
        self.place.chosen.connect(lambda _code: self._head_typed())
        self.side.chosen.connect(self._take_awaited)
        self.side.changed.connect(self._head_typed)

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        """What was being typed when the program ended."""
        self.delivery = self._kept.take() or self.delivery
        self._show()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self._say()
        self.desk.send(FindSuppliers(), self._suppliers, key="suppliers of goods")

    def _suppliers(self, found: SupplierList) -> None:
        field = self.head["supplier"]
        self.licensing.known = {supplier.name: supplier for supplier in found.suppliers}
        self._say()
        completer = QCompleter(list(self.licensing.known), field)
        completer.setFilterMode(Qt.MatchFlag.MatchStartsWith)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        field.setCompleter(completer)  # which deletes the one before

    def _show(self) -> None:
        """Fields and lines as the delivery has them."""
        for name, field in self.head.items():
            field.blockSignals(True)
            field.setText(getattr(self.delivery, name))
            field.blockSignals(False)
        for text, name in ((self.side.surplus, "surplus_reason"), (self.licensing.reason, "licence_reason")):
            text.blockSignals(True)
            text.setText(getattr(self.delivery, name))
            text.blockSignals(False)
        self.head["supplier"].setReadOnly(bool(self.delivery.order))
        self.head["supplier"].setCursorPosition(0)  # a long name shows how it begins
        self.place.set_code(self.delivery.place)
        self._lines_changed()

    def _lines_changed(self) -> None:
        self.table.set_rows(self.delivery.lines)
        self.desk.model.counts["goods_in"] = (len(self.delivery.lines), "info")
        self._kept.soon()
        self._say()

    def _say(self) -> None:
        self.licensing.name(self.delivery.supplier)
        self.side.show_delivery(self.delivery)
        self.sums.setText(format_yuan(self.delivery.value_fen()))
        count = tr("delivery|{n} lines", n=len(self.delivery.lines))
        if self.delivery.order:
            count = tr("delivery|Order {number}, {lines}", number=self.delivery.order, lines=count)
        self.missing.setText(f"{count}\n{self.why_not()}".strip())
        if self.learning:
            words = tr(
                "delivery|Codes that begin with {prefix} are new. Choose the drug; a second person then agrees.", prefix=self.learning
            )
            self.learn.setText(words)
        self.changed.emit()

    def _head_typed(self) -> None:
        for name, field in self.head.items():
            setattr(self.delivery, name, field.text())
        self.delivery.place = self.place.code()
        self.delivery.surplus_reason, self.delivery.licence_reason = self.side.surplus.text(), self.licensing.reason.text()
        self._kept.soon()
        self._say()

    # --- the line in hand ------------------------------------------------------------------------------------------------------

    def _look_up(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        self.desk.send(FindGoods(text=text), lambda found: show(found.goods), key="goods by words")

    def scanned(self, code: str) -> bool | None:
        """A badge while a second person is asked; else a pack."""
        if (self.approval.isVisible() and self.approval.scanned(code)) or (self._badge_is_due(code) and self.licensing.scanned(code)):
            return True
        if not self.desk.place.may(Permission.STORE_RECEIVE):
            return False
        if not self.line.empty() and self.line.read().wrong(self._today()) is None:
            self.add()
        self.desk.send(FindGoods(text=code[:200]), lambda found: self._found(code, found), key=f"pack {code}")
        return None

    def _badge_is_due(self, code: str) -> bool:
        """Whether a scan may be the badge of who agrees to the supplier: no pack says so, and the hand is at that question or all else is there."""
        seen = read_pack(code)
        pack = bool(seen.trace) or seen.article not in ("", code) or (code.isdecimal() and len(code) in _ARTICLE)
        asked = self.licensing.isAncestorOf(QApplication.focusWidget() or self)
        return not pack and (asked or (self.line.empty() and not self.delivery.why_not()))

    def _found(self, code: str, found: GoodsList) -> None:
        known = len(found.goods) == 1
        self.desk.sound(accepted=known)
        if known:
            self.line.drug.set_entry(found.goods[0])
            self.line.take_code(code)
            self.line.take(found.goods[0])
        elif found.unknown_prefix:
            self.line.take_code(code)
            self._learn(found.unknown_prefix)
        else:
            self.desk.tell(tr("delivery|No drug has this code. Find it by name; the catalogue can be given the barcode."), "warning")
            self.line.drug.setFocus(Qt.FocusReason.OtherFocusReason)

    def _learn(self, prefix: str) -> None:
        """Nobody knows this product section: the drug is asked for, then the second person."""
        self.learning = prefix
        self.learn.setText(
            tr("delivery|Codes that begin with {prefix} are new. Choose the drug; a second person then agrees.", prefix=prefix)
        )
        self.learn.show()
        self.line.drug.setFocus(Qt.FocusReason.OtherFocusReason)

    def _drug_chosen(self, goods: Goods) -> None:
        if self.learning:
            self.approval.ask(goods.drug_id, detail=self.learning)
            self.approval.show()
            self.approval.setFocus(Qt.FocusReason.OtherFocusReason)

    def _agreed(self, approval_id: int) -> None:
        goods: Goods | None = self.line.drug.entry()
        if goods is None:
            return
        prefix = self.learning
        request = BindPrefix(prefix=prefix, drug_id=goods.drug_id, approval_id=approval_id)
        self.desk.send(request, lambda _done: self._learned(prefix, goods), self._not_learned, request_id=new_request_id())

    def _learned(self, prefix: str, goods: Goods) -> None:
        self.desk.tell(tr("delivery|Codes that begin with {prefix} are {drug} from now on.", prefix=prefix, drug=goods.name))
        self._end_learning()

    def _not_learned(self, error: Any) -> None:
        self.desk.fail(error)
        self._end_learning()

    def _end_learning(self) -> None:
        self.learning = ""
        self.approval.clear()
        self.approval.hide()
        self.learn.hide()
        self.line.packs.setFocus(Qt.FocusReason.OtherFocusReason)

    def add(self) -> None:
        """Enter in the price: the line is one of the delivery's."""
        typed = self.line.read()
        self.line.form.clear_wrongs()
        wrong = typed.wrong(self._today())
        if wrong is not None:
            field = self.line.field(wrong[0])
            self.line.form.wrong(field, wrong[1])
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.delivery.lines.append(typed.line())
        self.line.clear()
        self._lines_changed()
        self.table.scrollToBottom()
        onward = self.detail() if self._from_list and self.detail() is not self.table else self.line
        self._from_list = False
        onward.setFocus(Qt.FocusReason.OtherFocusReason)  # whoever works down the list of the order stays in it

    def _today(self) -> Any:
        return self.desk.place.now().date()

    def _correct(self, line: Line) -> None:
        """Enter on a line: it is taken back into the fields."""
        self.delivery.lines.remove(line)
        self.line.show_line(line)
        self._lines_changed()
        self.line.packs.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_out(self) -> None:
        """F10: the selected line goes."""
        if (line := self.table.current()) is not None:
            self.delivery.lines.remove(line)
            self._lines_changed()

    def may_take_out(self) -> bool | str:
        """Whether there is a line to be taken out."""
        return True if self.table.current() is not None else N_("delivery|There is no line yet.")

    def from_order(self, order: Order) -> None:
        """A delivery that answers this order. What is being typed is thrown away only when the person says so."""
        if self.delivery.order == order.entry.number:
            return
        fresh = of_order(order, self.desk.place.session.staff.name)
        if self.delivery.begun():
            question = tr("delivery|Throw away this delivery with {n} lines?", n=len(self.delivery.lines))
            self.desk.ask(question, [(tr("delivery|Throw it away"), lambda: self._begin(fresh))])
        else:
            self._begin(fresh)

    def _take_awaited(self, awaited: Awaited) -> None:
        """Enter on what is still to come: its line is in hand, without a scan."""
        self.line.clear()
        self.line.drug.set_entry(awaited.goods)
        self.line.take(awaited.goods)
        self._from_list = True

    def begin(self) -> bool:
        """F3: a new delivery. What was typed is thrown away only when the person says so."""
        if self.delivery.begun():
            question = tr("delivery|Throw away this delivery with {n} lines?", n=len(self.delivery.lines))
            self.desk.ask(question, [(tr("delivery|Throw it away"), self._begin)])
        else:
            self._begin()
        return True

    def _begin(self, fresh: Delivery | None = None) -> None:
        self.licensing.clear()
        self.delivery = fresh or Delivery(inspector=self.desk.place.session.staff.name)
        self.line.clear()
        self._kept.soon()
        self._show()
        self.work().setFocus(Qt.FocusReason.OtherFocusReason)

    # --- finishing -------------------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.line if self.delivery.lines or self.delivery.order else self.head["supplier"]

    def detail(self) -> QWidget:
        """What the order still awaits; without an order the lines so far."""
        return self.side.awaited if self.side.awaited.isVisibleTo(self) and self.side.awaited.rows() else self.table

    def seek(self) -> None:
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def back(self) -> bool:
        """First the code that was to be learned is left, then the line in hand."""
        if self.learning:
            self._end_learning()
        elif not self.line.empty():
            self.line.clear()
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True

    def why_not(self) -> str:
        if not self.desk.place.may(Permission.STORE_RECEIVE):
            return tr("delivery|Only the store keeper takes goods in.")
        if not self.line.empty():
            return tr("delivery|A line is being typed: Enter in its price adds it, Esc throws it away.")
        return self.delivery.why_not() or self.licensing.why_not()

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Book in"), "take_out": tr("store key|Take the line out")}

    def finish(self) -> None:
        request = self.delivery.request()
        if self.licensing.supplier is not None:
            request = msgspec.structs.replace(request, approval_id=self.licensing.approval.approval_id)
        self.send(request, self._received)

    def _received(self, received: Received) -> None:
        said = tr("delivery|Booked in: {number}, {n} lines, {value}.", number=received.document_number, n=len(self.delivery.lines),
                  value=format_yuan(self.delivery.value_fen()))  # fmt: skip
        self._kept.done()
        self._begin()
        self.desk.tell(said)
        print_receipt(self.desk, received.document_number)
