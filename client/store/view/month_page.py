"""Month close 月结: the closed months with their accounts, what hinders the next one, and opening the latest one again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt

from client.store import months, papers_words, words
from client.store.counting_printing import print_stock_month
from client.store.view.page import StorePage
from client.widgets.approval import ApprovalPane
from client.widgets.form import Label, SectionTitle
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.stock_months import (
    CloseStockMonth,
    GetStockMonth,
    ListStockMonths,
    ReopenStockMonth,
    StockMonth,
    StockMonthEntry,
    StockMonths,
)
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

_SIDE: Final = 736


def _state(entry: StockMonthEntry) -> str:
    return tr("month|Opened again") if entry.reopened_at else tr("month|Closed")


def _fen(value: int | None) -> str:
    return "" if value is None else words.amount(value)


_MONTHS: Final = (
    Column(title=N_("month|Month"), text=lambda entry: f"{entry.month:%Y-%m}", width=72, strong=True),
    Column(title=N_("month|Closing (yuan)"), text=lambda entry: words.amount(entry.closing_fen), align="right"),
    Column(title=N_("count|State"), text=_state, width=112, tone=lambda entry: "plain" if entry.reopened_at else "done"),
)
_SUMS: Final = (
    Column(title=N_("month|Account (yuan)"), text=lambda row: row.label, strong=True),
    Column(title=N_("month|Came"), text=lambda row: _fen(row.came_fen), width=112, align="right"),
    Column(title=N_("month|Went"), text=lambda row: _fen(row.went_fen), width=112, align="right"),
    Column(title=N_("month|Left"), text=lambda row: _fen(row.left_fen), width=120, align="right", strong=True),
)
_DRUGS: Final = (
    Column(title=N_("stock|Drug"), text=lambda drug: f"{drug.drug} {drug.specification}"),
    Column(title=N_("month|Place"), text=lambda drug: papers_words.place(drug.place), width=76, quiet=True),
    Column(title=N_("month|Opening"), text=lambda drug: plain(drug.opening), width=64, align="right"),
    Column(title=N_("month|Came"), text=lambda drug: plain(drug.came), width=64, align="right"),
    Column(title=N_("month|Went"), text=lambda drug: plain(drug.went), width=64, align="right"),
    Column(title=N_("month|Closing"), text=lambda drug: f"{plain(drug.closing)} {drug.base_unit}", width=84, align="right", strong=True),
    Column(title=N_("month|Value (yuan)"), text=lambda drug: words.amount(drug.closing_fen), width=88, align="right"),
)


class MonthPage(StorePage):
    """See the user guide. F12 closes the month whose turn it is; F10 begins to open the latest one again, which takes a second person."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.found: StockMonths | None = None
        self.shown: StockMonth | None = None
        self.reopening: tuple[StockMonthEntry, str] | None = None
        self.next, self.papers = Label(type="heading"), Label(type="secondary")
        self.table = Table(_MONTHS, key=lambda entry: entry.id, empty=N_("month|No month was closed yet."))
        self.number = Label(type="secondary")
        self.sums = Table(_SUMS, key=lambda row: row.key, heading=lambda row: row.title, dense=True)
        self.drugs = Table(_DRUGS, key=lambda drug: (drug.place, drug.drug_id), dense=True)
        self.approval = ApprovalPane(desk.ops, act="stock_month")
        self.papers.setWordWrap(True)
        self.sums.setMinimumHeight(260)
        self.sums.setMaximumHeight(296)
        right = (self.number, self.approval, self.sums, SectionTitle(N_("month|Drugs, in base units")), self.drugs)
        self.lay_out((bar(self.next), bar(self.papers), self.table), right, _SIDE, grows=self.drugs)
        self.approval.hide()
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.drugs.setFocus(Qt.FocusReason.TabFocusReason))
        self.approval.approved.connect(lambda _id: self._agreed())
        self.approval.lapsed.connect(self.changed.emit)

    def load(self) -> None:
        self.desk.send(ListStockMonths(), self._show)

    def _show(self, found: StockMonths) -> None:
        self.found = found
        self.table.set_rows(found.months)
        self.next.setText(tr("month|Next: {month}", month=f"{found.next:%Y-%m}"))
        self.papers.setText(self._hindrance(found))
        self._moved(self.table.current())
        self.changed.emit()

    def _hindrance(self, found: StockMonths) -> str:
        if not found.over:
            return tr("month|It is not over yet.")
        if not found.papers:
            return tr("month|It is over and no paper is open: F12 closes it.")
        named = tr("list separator|, ").join(f"{tr(paper.kind)} {paper.number}".strip() for paper in found.papers)
        return tr("month|Papers are open: {papers}", papers=named)

    def _moved(self, row: Any) -> None:
        if isinstance(row, StockMonthEntry):
            self.desk.send(GetStockMonth(close_id=row.id), self._show_one, key="stock month")
        else:
            self.shown = None
            self.number.setText(tr("month|No month is chosen"))
            self.sums.set_rows(())
            self.drugs.set_rows(())
        self.changed.emit()

    def _show_one(self, month: StockMonth) -> None:
        row = self.table.current()
        if row is None or row.id != month.entry.id:
            return
        self.shown = month
        entry = month.entry
        said = [f"{entry.number}　{entry.month:%Y-%m}　{entry.closed_at:%m-%d %H:%M} {entry.closed_by}"]
        if entry.reopened_at is not None:
            said.append(
                tr(
                    "month|Opened again {moment} by {name}, agreed by {other}: {reason}",
                    moment=f"{entry.reopened_at:%m-%d %H:%M}",
                    name=entry.reopened_by,
                    other=entry.approved_by,
                    reason=entry.reopen_reason,
                )
            )
        self.number.setText("\n".join(said))
        self.sums.set_rows(months.rows(month))
        self.drugs.set_rows(month.drugs)
        self.changed.emit()

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.approval if self.reopening is not None else self.drugs

    def seek(self) -> None:
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def scanned(self, code: str) -> bool | None:
        return self.reopening is not None and self.approval.scanned(code)

    def back(self) -> bool:
        if self.reopening is None:
            return False
        self._leave()
        return True

    def _leave(self) -> None:
        self.reopening = None
        self.approval.clear()
        self.approval.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def may_print(self) -> bool | str:
        return True if self.shown is not None else N_("month|No month is chosen")

    def reprint(self) -> None:
        if self.shown is not None:
            print_stock_month(self.desk, self.shown.entry.id)

    def may_take_out(self) -> bool | str:
        return True if self.shown is not None and self.shown.entry.latest else N_("month|Only the latest closed month can be opened again.")

    def take_out(self) -> None:
        """F10: why it is opened again is chosen, then a second person is asked."""
        if self.shown is not None:
            entry = self.shown.entry
            question = tr("month|Open {month} again?", month=f"{entry.month:%Y-%m}")
            self.desk.ask(question, [(tr(reason), partial(self._reopen, entry, tr(reason))) for reason in months.REASONS])

    def _reopen(self, entry: StockMonthEntry, reason: str) -> None:
        self.reopening = (entry, reason)
        self.approval.ask(entry.id)
        self.approval.show()
        self.approval.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _agreed(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def why_not(self) -> str:
        if not self.desk.place.may(Permission.STORE_MANAGE):
            return tr("month|The store keeper closes months.")
        if self.reopening is not None:
            return "" if self.approval.approval_id is not None else tr("count|A second person has to agree first.")
        if self.found is None:
            return tr("month|No month is chosen")
        return "" if self.found.over and not self.found.papers else self._hindrance(self.found)

    def names(self) -> dict[str, str]:
        return {
            "save": tr("store key|Reopen") if self.reopening is not None else tr("store key|Close the month"),
            "take_out": tr("store key|Reopen"),
        }

    def finish(self) -> None:
        if self.reopening is not None:
            entry, reason = self.reopening
            request = ReopenStockMonth(close_id=entry.id, reason=reason, approval_id=self.approval.approval_id)
            self.send(request, self._reopened, self._refused)
        elif self.found is not None:
            self.send(CloseStockMonth(month=self.found.next), self._closed)

    def _closed(self, month: StockMonth) -> None:
        self.desk.tell(
            tr(
                "month|{month} is closed: {value} at purchase price.",
                month=f"{month.entry.month:%Y-%m}",
                value=format_yuan(month.entry.closing_fen),
            ),
            follow=["reprint"],
        )
        print_stock_month(self.desk, month.entry.id)

    def _reopened(self, entry: StockMonthEntry) -> None:
        self._leave()
        self.desk.tell(tr("month|{month} is open again.", month=f"{entry.month:%Y-%m}"), "warning")

    def _refused(self, error: Any) -> None:
        self._leave()
        self.desk.fail(error)
