"""The narcotics register 专册: every row writes itself; here one reads and prints it, adds empties and residues, counts at the change of shifts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget

from client.store import papers, register
from client.store.view.page import OTHER_PAGE, SearchedPage
from client.store.view.register_page_count import CountSide
from client.store.view.register_page_side import RowSide
from client.widgets.choice import Choice
from client.widgets.form import Label
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.i18n import N_, tr
from common.messages.controlled import (
    Counts,
    DailyUse,
    GetControlledStock,
    ListCounts,
    ListDailyUse,
    ListRegister,
    PrintRegister,
    Register,
    RegisterRow,
    RegisterSheet,
)
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from datetime import date

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 400
DAYS: Final = 7
TYPE_AHEAD_MS: Final = 120
ROWS, DAILY, COUNTS = "rows", "daily", "counts"

_ROWS: Final = (
    Column(title=N_("register|Time"), text=lambda row: f"{row.at:%m-%d %H:%M}", width=92),
    Column(title=N_("register|What"), text=register.kind, width=84, tone=register.kind_tone),
    Column(title=N_("register|Patient"), text=lambda row: row.patient_name, width=72, strong=True),
    Column(title=N_("stock|Drug"), text=lambda row: f"{row.drug}  {row.specification}"),
    Column(title=N_("register|Moved"), text=register.moved, width=56, align="right", strong=True),
    Column(title=N_("stock|Lot"), text=lambda row: row.lot, width=92, quiet=True),
    Column(title=N_("register|Lot left"), text=lambda row: plain(row.batch_balance), width=68, align="right"),
    Column(title=N_("register|Drug left"), text=lambda row: plain(row.drug_balance), width=68, align="right"),
    Column(
        title=N_("register|Empties"),
        text=register.empties,
        width=64,
        tone=lambda row: "" if not register.is_hand_over(row) else "done" if row.empties >= -row.quantity else "warning",
    ),
)
_DAILY: Final = (
    Column(title=N_("register|Day"), text=lambda row: row.day.isoformat(), width=96),
    Column(title=N_("stock|Drug"), text=lambda row: f"{row.drug}  {row.specification}", strong=True),
    Column(title=N_("register|Opened"), text=lambda row: plain(row.opened), width=72, align="right"),
    Column(title=N_("register|Came"), text=lambda row: plain(row.came), width=64, align="right"),
    Column(title=N_("register|Used"), text=lambda row: plain(row.went), width=64, align="right", strong=True),
    Column(title=N_("register|Came back"), text=lambda row: plain(row.back), width=64, align="right"),
    Column(title=N_("register|Other"), text=lambda row: plain(row.other), width=64, align="right"),
    Column(title=N_("register|Closed"), text=lambda row: plain(row.closed), width=72, align="right", strong=True),
    Column(title=N_("register|Unit"), text=lambda row: row.unit, width=48, quiet=True),
    Column(title=N_("register|Empties"), text=lambda row: str(row.empties), width=64, align="right"),
)
_COUNTS: Final = (
    Column(title=N_("register|Time"), text=lambda row: f"{row.at:%Y-%m-%d %H:%M}", width=136),
    Column(title=N_("register|Handed over by"), text=lambda row: row.by, width=112),
    Column(title=N_("register|Taken over by"), text=lambda row: row.taken_by, width=104),
    Column(
        title=N_("register|Result"),
        text=lambda row: "；".join(register.differences(row)) or tr("register|{n} batches, all as booked", n=len(row.lines)),
        tone=lambda row: "danger" if register.differences(row) else "done",
    ),
    Column(title=N_("register|Note"), text=lambda row: row.note, width=180, quiet=True),
)


class RegisterPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        today = desk.place.now().date()
        self.patients = False
        self.view = Choice(
            ((ROWS, N_("register|Register")), (DAILY, N_("register|Day by day")), (COUNTS, N_("register|Counts at the change of shifts")))
        )
        self.search = TextInput(placeholder=N_("register|Patient, prescription, lot or document"), most=60)
        self.first, self.last = DateInput(), DateInput()
        for field, day in ((self.first, today - timedelta(days=DAYS)), (self.last, today)):
            field.setFixedWidth(112)
            field.set_date(day)
        self.note = Label(type="note")
        self.rows = Table(_ROWS, key=lambda row: row.id, empty=N_("register|Nothing was moved on these days."), dense=True)
        self.daily = Table(
            _DAILY, key=lambda row: (row.day, row.drug_id), empty=N_("register|Nothing was moved on these days."), dense=True
        )
        self.counts = Table(_COUNTS, key=lambda row: row.id, empty=N_("register|Nobody counted on these days. F3 begins a count."))
        self.tables, self.sides = QStackedWidget(), QStackedWidget()
        self.row_side, self.count_side = RowSide(desk), CountSide(desk)
        for table in (self.rows, self.daily, self.counts):
            self.tables.addWidget(table)
        for side in (self.row_side, self.count_side):
            self.sides.addWidget(side)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        head = bar(self.search, self.first, Label(N_("receipt|to"), "note"), self.last)
        self.lay_out((bar(self.view), head, bar(self.note), self.tables), (self.sides,), SIDE, grows=self.sides)
        self._kept = self.keeps("narcotics count", register.CountDraft, self.count_side.half_done)
        self._connect()
        left = self._kept.take()
        if left is not None:  # the count that was being made is open again
            self.count_side.go_on(left)
            self.view.set_code(COUNTS)
            self._turn()

    def _connect(self) -> None:
        self.view.chosen.connect(lambda _code: self._see())
        for field in (self.search, self.first, self.last):
            field.textChanged.connect(lambda _text: self._later.start())
            field.returnPressed.connect(lambda: self.work().setFocus(Qt.FocusReason.OtherFocusReason))
        self._later.timeout.connect(self.load)
        self.rows.moved.connect(self._moved)
        self.rows.chosen.connect(lambda _row: self.row_side.begin())
        for side in (self.row_side, self.count_side):
            side.changed.connect(self.changed.emit)
        self.count_side.changed.connect(self._kept.soon)

    # --- asking ----------------------------------------------------------------------------------------------------------------

    def _days(self) -> tuple[date, date] | None:
        first, last = self.first.date(), self.last.date()
        return None if first is None or last is None else (first, last)

    def load(self) -> None:
        days = self._days()
        if days is None or not self.desk.place.may(Permission.CONTROLLED_REGISTER):
            return
        first, last = days
        if self.view.code() == ROWS:
            asked = ListRegister(first_day=first, last_day=last, text=self.search.text().strip(), patients=self.patients)
            self.desk.send(asked, self._show_rows)
        elif self.view.code() == DAILY:
            self.desk.send(ListDailyUse(first_day=first, last_day=last), self._show_daily)
        else:
            self.desk.send(ListCounts(first_day=first, last_day=last), self._show_counts)
            self.desk.send(GetControlledStock(), lambda found: self.count_side.take(found.batches))

    def _show_rows(self, found: Register) -> None:
        self.rows.set_rows(found.rows)
        out = sum(register.is_hand_over(row) for row in found.rows)
        said = tr("register|{n} rows, {m} of them to patients", n=len(found.rows), m=out)
        self.note.setText(tr("register|{count}; there are more, take fewer days", count=said) if found.more else said)
        self._moved(self.rows.current())

    def _show_daily(self, found: DailyUse) -> None:
        self.daily.set_rows(found.rows)
        self.note.setText(tr("register|Opened + came − used + came back + other = closed, in the pharmacy, in base units"))

    def _show_counts(self, found: Counts) -> None:
        self.counts.set_rows(found.counts)
        self.note.setText(tr("register|{n} counts", n=len(found.counts)))

    def _moved(self, row: Any) -> None:
        self.row_side.show_row(row if isinstance(row, RegisterRow) else None)
        self.changed.emit()

    def _turn(self) -> None:
        self.tables.setCurrentIndex({ROWS: 0, DAILY: 1, COUNTS: 2}[self.view.code()])
        self.sides.setCurrentWidget(self.count_side if self.view.code() == COUNTS else self.row_side)
        self.row_side.setVisible(self.view.code() == ROWS)

    def _see(self) -> None:
        self._turn()
        self.load()
        self.changed.emit()

    # --- what the person does --------------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """F3: count at the change of shifts."""
        self.view.set_code(COUNTS)
        self._see()
        self.count_side.start()
        return True

    def why_not(self) -> str:
        if not self.desk.place.may(Permission.PHARMACY_DISPENSE):
            return tr("register|You may read the register only.")
        if self.view.code() == DAILY:
            return tr("This page is only read.")
        return self.count_side.why_not() if self.view.code() == COUNTS else self.row_side.why_not()

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Record")}

    def finish(self) -> None:
        if self.view.code() == COUNTS:
            self.send(self.count_side.request(), lambda _done: self.count_side.done(), self.count_side.refused)
        else:
            self.send(self.row_side.request(), lambda _done: self.row_side.done())

    def may_narrow(self) -> bool | str:
        """F8: what went to patients and came back from them alone, or every move."""
        return True if self.view.code() == ROWS else OTHER_PAGE

    def narrow(self) -> None:
        self.patients = not self.patients
        self.load()

    def may_print(self) -> bool | str:
        """F6 prints the register of these days."""
        return True if self._days() is not None and self.view.code() == ROWS else N_("register|Choose the register and its days first.")

    def reprint(self) -> None:
        days = self._days()
        if days is None:
            return
        request_id = new_request_id()
        asked = PrintRegister(first_day=days[0], last_day=days[1], text=self.search.text().strip(), patients=self.patients)

        def came(sheet: RegisterSheet) -> None:
            self.desk.place.paper.print(papers.controlled_register(sheet, self.desk.place.now().tzinfo), "a5", request_id)
            self.desk.tell(tr("register|The register of {n} rows is being printed.", n=len(sheet.register.rows)))

        self.desk.send(asked, came, request_id=request_id, key="print register")

    # --- the desk --------------------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return {ROWS: self.rows, DAILY: self.daily, COUNTS: self.counts}[self.view.code()]

    def detail(self) -> QWidget:
        return self.count_side if self.view.code() == COUNTS else self.row_side

    def scanned(self, code: str) -> bool:
        """A badge of the second person."""
        pane = self.count_side.approval if self.view.code() == COUNTS else self.row_side.approval
        return pane.isVisible() and pane.scanned(code)

    def back(self) -> bool:
        if self.search.text():
            self.search.clear()
        elif self.view.code() != ROWS:
            self.view.set_code(ROWS)
            self._see()
        elif not self.rows.hasFocus() and not self.desk.rail.hasFocus():
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True
