"""Price changes 调价: the list with each paper's lines and a second person's yes; and the paper that is being written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.store import repricing, words
from client.store.counting_printing import print_price_change
from client.store.view.page import StorePage
from client.store.view.reprice_form import RepriceForm
from client.widgets.approval import ApprovalPane
from client.widgets.badge import Badge
from client.widgets.form import Label
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.repricing import (
    ApprovePriceChange,
    GetPriceChange,
    ListPriceChanges,
    PriceChange,
    PriceChangeEntry,
    PriceChangeList,
    WithdrawPriceChange,
)
from common.permissions import Permission

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk

_SIDE: Final = 540
_CHANGES: Final = (
    Column(title=N_("price|Number"), text=lambda entry: entry.number, width=104, strong=True),
    Column(title=N_("price|Drugs"), text=repricing.about),
    Column(title=N_("price|Valid from"), text=repricing.begins, width=128),
    Column(title=N_("price|Gain (yuan)"), text=lambda entry: words.amount(entry.value_fen), width=96, align="right"),
    Column(title=N_("count|State"), text=repricing.state, width=136, tone=lambda entry: repricing.TONES[entry.state]),
)
_LINES: Final = (
    Column(title=N_("stock|Drug"), text=lambda line: f"{line.drug} {line.specification}", strong=True),
    Column(title=N_("price|Price of a pack"), text=repricing.change, width=112, align="right"),
    Column(title=N_("stock|On hand"), text=lambda line: f"{plain(line.quantity)} {line.base_unit}", width=84, align="right"),
    Column(title=N_("price|Gain (yuan)"), text=lambda line: words.amount(line.value_fen), width=84, align="right"),
)


class RepricePage(StorePage):
    """See the user guide. F3 writes a new paper; F12 sends it, or lets the chosen one become valid once somebody agreed."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.shown: PriceChange | None = None
        self._written = 0  # the paper that was just written, until the list has it
        self.table = Table(_CHANGES, key=lambda entry: entry.id, empty=N_("price|No price was changed yet. F3 writes a price change."))
        self.form = RepriceForm(desk)
        self.number, self.state, self.facts = Label(type="heading"), Badge(), Label(type="secondary")
        self.facts.setWordWrap(True)
        self.lines = Table(_LINES, key=lambda line: line.drug_id, dense=True)
        self.approval = ApprovalPane(desk.ops, act="price_change")
        self.left, self.right = QStackedWidget(), QWidget()
        self.left.addWidget(self.table)
        self.left.addWidget(self.form)
        column = QVBoxLayout(self.right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        head = bar(self.number, self.state)
        head.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        for widget in (head, self.facts):
            column.addWidget(widget)
        column.addWidget(self.lines, 100)
        column.addWidget(self.approval)
        column.addStretch(1)  # what is left over while a paper is being written
        self.lay_out((self.left,), (self.right,), _SIDE, grows=self.right)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.detail().setFocus(Qt.FocusReason.TabFocusReason))
        self.approval.approved.connect(lambda _id: self._agreed())
        self.approval.lapsed.connect(self.changed.emit)
        self.form.changed.connect(self._form_changed)
        self.approval.hide()
        self._kept = self.keeps("price change", repricing.NewChange, self.form.half_done)
        self._go_on()

    def writing(self) -> bool:
        """Whether a paper is being written."""
        return self.left.currentWidget() is self.form

    def _go_on(self) -> None:
        """The paper that was being written when the program ended is open again."""
        left = self._kept.take() if self.desk.place.may(Permission.STORE_MANAGE) else None
        if left is not None:
            self.form.go_on(left)
            self.left.setCurrentWidget(self.form)
            self.lines.hide()
            self._form_changed()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(ListPriceChanges(), self._show, key="price changes")

    def _show(self, found: PriceChangeList) -> None:
        self.table.set_rows(found.changes)
        if self._written and self.table.select(self._written):
            self._written = 0
        waiting = sum(entry.state == "PROPOSED" for entry in found.changes)
        self.desk.model.counts["reprice"] = (waiting, "warning")
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        if isinstance(row, PriceChangeEntry):
            self.desk.send(GetPriceChange(change_id=row.id), self._show_one, key="price change")
        elif not self.writing():
            self.shown = None
            self.number.setText(tr("price|No price change is chosen"))
            self.state.set("", "plain")
            self.facts.clear()
            self.lines.set_rows(())
            self.approval.hide()
        self.changed.emit()

    def _show_one(self, change: PriceChange) -> None:
        row = self.table.current()
        if self.writing() or row is None or row.id != change.entry.id:
            return
        self.shown = change
        self.number.setText(change.entry.number)
        self.state.set(repricing.state(change.entry), repricing.TONES[change.entry.state])
        self.facts.setText(words.facts(_facts(change)))
        self.lines.set_rows(change.lines)
        self.lines.show()
        asks = change.entry.state == "PROPOSED" and self.desk.place.may(Permission.STORE_MANAGE)
        self.approval.setVisible(asks)
        if asks:
            self.approval.ask(change.entry.id)
        self.changed.emit()

    def _form_changed(self) -> None:
        self._kept.soon()
        if self.writing():
            corrects = self.form.change.corrects
            self.number.setText(tr("price|Correction of {number}", number=corrects) if corrects else tr("price|New price change"))
            self.state.set("", "plain")
            self.facts.setText(self.form.summary())
        self.changed.emit()

    def _write(self, *, on: bool) -> None:
        self.left.setCurrentWidget(self.form if on else self.table)
        self.lines.setVisible(not on)
        if on:
            self.approval.hide()
            self._form_changed()
            self.form.setFocus()
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self._moved(self.table.current())
        self.changed.emit()

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.form if self.writing() else self.table

    def detail(self) -> QWidget:
        return self.form.table if self.writing() else self.approval if self.approval.isVisible() else self.lines

    def seek(self) -> None:
        (self.form if self.writing() else self.table).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def scanned(self, code: str) -> bool | None:
        if self.writing():
            return self.form.scanned(code)
        return self.approval.isVisible() and self.approval.scanned(code)

    def begin(self) -> bool:
        if self.desk.place.may(Permission.STORE_MANAGE):
            self._write(on=True)
        return True

    def back(self) -> bool:
        if not self.writing():
            return False
        if not self.form.back():
            self._write(on=False)
        return True

    def may_print(self) -> bool | str:
        return True if self.shown is not None and not self.writing() else N_("price|No price change is chosen")

    def reprint(self) -> None:
        if self.shown is not None:
            print_price_change(self.desk, self.shown.entry.id)

    def may_suggest(self) -> bool | str:
        if self.writing() or self.shown is None or self.shown.entry.state != "PROPOSED" or not self.desk.place.may(Permission.STORE_MANAGE):
            return N_("price|Only a price change that nobody has agreed to yet can be corrected.")
        begun = self.form.half_done() is not None or self._kept.left is not None
        return N_("price|Another price change is half written: F3 goes on with it.") if begun else True

    def suggest(self) -> None:
        """F7: the chosen one is written anew in its place."""
        if self.shown is not None:
            self.form.go_on(repricing.correction(self.shown, self.desk.place.now()))
            self._write(on=True)

    def may_take_out(self) -> bool | str:
        if self.writing():
            return self.form.may_take_out()
        may = self.shown is not None and self.shown.entry.state in ("PROPOSED", "APPROVED")
        return True if may else N_("price|Only one that is not valid yet can be withdrawn.")

    def take_out(self) -> None:
        if self.writing():
            self.form.take_out()
        elif self.shown is not None:
            entry = self.shown.entry
            question = tr("price|Withdraw price change {number}?", number=entry.number)
            self.desk.ask(question, [(tr(reason), partial(self._withdraw, entry, tr(reason))) for reason in repricing.REASONS])

    def _withdraw(self, entry: PriceChangeEntry, reason: str) -> None:
        request = WithdrawPriceChange(change_id=entry.id, reason=reason)
        self.send(request, lambda change: self.desk.tell(tr("price|Withdrawn: {number}.", number=change.entry.number)))

    def _agreed(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def why_not(self) -> str:
        if not self.desk.place.may(Permission.STORE_MANAGE):
            return tr("price|The store keeper changes prices.")
        if self.writing():
            return self.form.why_not()
        if self.shown is None or self.shown.entry.state != "PROPOSED":
            return tr("price|F3 writes a price change.")
        return "" if self.approval.approval_id is not None else tr("count|A second person has to agree first.")

    def names(self) -> dict[str, str]:
        if self.writing():
            return {"save": tr("store key|Propose"), "take_out": tr("store key|Take the line out")}
        return {"save": tr("store key|Approve"), "moment": tr("store key|Correct"), "take_out": tr("store key|Withdraw")}

    def finish(self) -> None:
        if self.writing():
            self.send(self.form.request(), self._proposed)
        elif self.shown is not None:
            request = ApprovePriceChange(change_id=self.shown.entry.id, approval_id=self.approval.approval_id)
            self.send(request, self._approved, self._refused)

    def _proposed(self, change: PriceChange) -> None:
        self._written = change.entry.id
        self.form.clear()
        self._kept.done()
        self.desk.tell(tr("price|{number} waits for a second person.", number=change.entry.number))
        self.left.setCurrentWidget(self.table)
        self._write(on=False)
        print_price_change(self.desk, change.entry.id)

    def _approved(self, change: PriceChange) -> None:
        self.approval.clear()
        if change.entry.state == "APPLIED":
            value = format_yuan(change.entry.value_fen)
            said = tr("price|{number} is valid: profit or loss {value}, {n} unpaid prescriptions priced anew.", number=change.entry.number,
                      value=value, n=sum(not one.kept for one in change.unpaid))  # fmt: skip
        else:
            said = tr(
                "price|{number} becomes valid at {moment}.", number=change.entry.number, moment=f"{change.entry.effective_at:%m-%d %H:%M}"
            )
        self.desk.tell(said, follow=["reprint"])

    def _refused(self, error: Any) -> None:
        self.approval.clear()
        self.desk.fail(error)
        self.load()


def _facts(change: PriceChange) -> tuple[tuple[str, str], ...]:
    entry = change.entry
    repriced = [one for one in change.unpaid if not one.kept]
    return (
        (tr("price|Reason"), entry.reason),
        (tr("price|Document"), entry.authority),
        (tr("price|Valid from"), repricing.begins(entry)),
        (tr("price|Proposed by"), f"{entry.proposed_at:%Y-%m-%d %H:%M}　{entry.proposed_by}"),
        (tr("count|Agreed by"), entry.approved_by),
        (tr("price|Became valid"), f"{entry.applied_at:%Y-%m-%d %H:%M}" if entry.applied_at else ""),
        (tr("price|Withdrawn because"), entry.void_reason),
        (tr("price|Profit or loss"), format_yuan(entry.value_fen)),
        (tr("price|Priced anew, unpaid"), tr("list separator|, ").join(f"{one.patient} {one.number}" for one in repriced)),
        (tr("price|Being paid, old price"), tr("list separator|, ").join(one.number for one in change.unpaid if one.kept)),
    )
