"""The differences of a stock-take that was counted: with value, and a second person who agrees before they are booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from client.store import counting, papers_words, words
from client.store.counting_printing import print_stock_take
from client.store.view.count_again import CountAgain
from client.store.view.page import StorePage
from client.widgets.approval import ApprovalPane
from client.widgets.form import Label
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.stock_take import ConfirmStockTake, DifferenceLine, Differences, GetDifferences, TakeEntry
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

_SIDE = 340


def _counted(line: DifferenceLine) -> str:
    return tr("count|not counted") if line.counted is None else words.packs(line.counted, line)


def _difference(line: DifferenceLine) -> str:
    if not line.difference:
        return ""
    return ("+" if line.difference > 0 else "−") + words.packs(abs(line.difference), line)


_LINES = (
    Column(title=N_("stock|Drug"), text=lambda line: line.drug, strong=True),
    Column(title=N_("stock|Specification"), text=lambda line: line.specification, width=120, quiet=True),
    Column(title=N_("stock|Lot"), text=lambda line: line.lot, width=92),
    Column(title=N_("count|Book"), text=lambda line: words.packs(line.book, line), width=104, align="right"),
    Column(title=N_("count|Found there"), text=_counted, width=104, align="right"),
    Column(title=N_("count|Difference"), text=_difference, width=148, tone=counting.tone),
    Column(
        title=N_("count|Value (yuan)"), text=lambda line: words.amount(line.value_fen) if line.value_fen else "", width=88, align="right"
    ),
)


class DifferencesPart(StorePage):
    """F12 books them once a second person agreed."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.take: TakeEntry | None = None
        self.found: Differences | None = None
        self.table = Table(_LINES, key=lambda line: line.line_id, empty=N_("count|Nothing was on the sheet."), dense=True)
        self.number, self.facts, self.sums = Label(type="heading"), Label(type="secondary"), Label(type="secondary")
        self.line = Label(type="secondary")
        self.held = Label(type="note")
        self.held.setProperty("tone", "danger")
        for label in (self.facts, self.sums, self.line, self.held):
            label.setWordWrap(True)
        self.approval = ApprovalPane(desk.ops, act="stock_take")
        self.again = CountAgain(desk.ops)
        self.lay_out((self.table,), (self.number, self.facts, self.sums, self.held, self.approval, self.again, self.line), _SIDE)
        self.approval.approved.connect(lambda _id: self._agreed())
        self.approval.lapsed.connect(self.changed.emit)
        self.table.moved.connect(lambda _row: self._show_line())
        self.table.chosen.connect(self._count_again)
        self.again.changed.connect(self._again_changed)

    def open(self, take: TakeEntry) -> None:
        """Show another stock-take."""
        self.take, self.found = take, None
        self.table.set_rows(())
        self.approval.clear()
        self.again.close_line()
        self.load()

    def load(self) -> None:
        if self.take is not None:
            self.desk.send(GetDifferences(take_id=self.take.id), self._show, key="differences")

    def _show(self, found: Differences) -> None:
        if self.take is None or found.take.id != self.take.id:
            return
        self.take, self.found = found.take, found
        self.table.set_rows(found.lines)
        self.number.setText(f"{found.take.number}　{counting.state(found.take)}")
        self.facts.setText(f"{papers_words.place(found.take.place)}　{counting.chosen(found.take)}")
        differ = sum(bool(line.difference) for line in found.lines)
        parts = [
            tr("count|{differ} of {n} lines differ", differ=differ, n=len(found.lines)),
            tr("count|Gain {gain}, loss {loss}", gain=format_yuan(found.gain_fen), loss=format_yuan(found.loss_fen)),
        ]
        if found.uncounted:
            parts.append(tr("count|{n} lines nobody counted: they stay as the book has them", n=found.uncounted))
        self.sums.setText("\n".join(parts))
        self.held.setText(_held(found))
        self.held.setVisible(bool(self.held.text()))
        if not self._may_count():
            self.again.close_line()
        self.approval.setVisible(self._may() and self.again.line is None)
        if self._may():
            self.approval.ask(found.take.id, found.gain_fen + found.loss_fen)
        self._show_line()
        self.changed.emit()

    def _may(self) -> bool:
        return self.take is not None and self.take.state == "COUNTED" and self.desk.place.may(Permission.STORE_MANAGE)

    def _may_count(self) -> bool:
        return self.take is not None and self.take.state == "COUNTED" and self.desk.place.may(Permission.STORE_COUNT)

    def _count_again(self, line: DifferenceLine) -> None:
        """Enter: two persons count a line once more that nobody believes."""
        if self._may_count():
            self.again.open(line)

    def _again_changed(self) -> None:
        self.approval.setVisible(self._may() and self.again.line is None)
        self.changed.emit()

    def _show_line(self) -> None:
        line = self.table.current()
        if line is None:
            self.line.clear()
            return
        said = [
            f"{line.drug}　{line.lot}",
            tr("count|At the opening the book said {n}", n=words.packs(line.opened_book, line)),
            tr("count|Laid aside for patients: {n}", n=words.packs(line.aside, line)) if line.aside else "",
            tr("count|Found there; the book had nothing of it") if line.found else "",
            f"{tr('count|Counted by')}　{line.counters}" if line.counters else "",
        ]
        self.line.setText("\n".join(filter(None, said)))

    def _agreed(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        if self.again.line is not None:
            return self.again
        return self.approval if self.approval.isVisible() else self.table

    def scanned(self, code: str) -> bool | None:
        asked = self.again.approval if self.again.line is not None else self.approval
        return asked.isVisible() and asked.scanned(code)

    def back(self) -> bool:
        """Esc: the line in hand first."""
        if self.again.line is None:
            return False
        self.again.close_line()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def may_print(self) -> bool | str:
        return True if self.found is not None else N_("count|No stock-take is chosen")

    def reprint(self) -> None:
        if self.take is not None:
            print_stock_take(self.desk, self.take)

    def may_take_out(self) -> bool | str:
        return True if self._may() else N_("count|Only one that is not confirmed can be given up.")

    def take_out(self) -> None:
        from client.store.view.count_page import void

        if self.take is not None:
            void(self, self.take)

    def why_not(self) -> str:
        if self.take is None or self.take.state != "COUNTED":
            return tr("count|This stock-take is done.")
        if self.again.line is not None:
            return self.again.why_not()
        if not self.desk.place.may(Permission.STORE_MANAGE):
            return tr("count|The store keeper books the differences.")
        return "" if self.approval.approval_id is not None else tr("count|A second person has to agree first.")

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Book the differences")}

    def finish(self) -> None:
        if self.again.line is not None:
            self.send(self.again.request(), self._counted, self._refused)
        elif self.take is not None:
            self.send(ConfirmStockTake(take_id=self.take.id, approval_id=self.approval.approval_id), self._confirmed, self._refused)

    def _confirmed(self, take: TakeEntry) -> None:
        self.approval.clear()
        self.desk.tell(tr("count|{number} is booked.", number=take.number), follow=["reprint"])
        self.take = take
        print_stock_take(self.desk, take)

    def _counted(self, found: Differences) -> None:
        line = self.again.line
        self.again.close_line()
        self.approval.clear()  # the sums are others now
        self._show(found)
        if line is not None:
            self.table.select(line.line_id)
            self.desk.tell(tr("count|{drug} {lot} was counted again; the new count holds.", drug=line.drug, lot=line.lot))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refused(self, error: object) -> None:
        self.again.approval.clear()
        self.approval.clear()
        self.desk.fail(error)  # type: ignore[arg-type]
        self.load()


def _held(found: Differences) -> str:
    held = {line.drug: line.holders for line in found.lines if line.holders}
    return "\n".join(
        tr(
            "count|{drug}: what is missing is held for prescriptions {numbers}. Hand them over or void them first.",
            drug=drug,
            numbers=numbers,
        )
        for drug, numbers in held.items()
    )
