"""Entering expenses: the form at the left, what was entered in these days at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import format, theme
from client.finance import papers, words
from client.finance.view.fields import chosen_code, say_required, word_list
from client.finance.view.period_bar import PeriodBar
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import DateInput, MoneyInput, TextInput
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.finance import EnterExpense, ExpenseCategory, ExpenseFacts, PaidFrom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.desk import Workplace
    from client.finance.model import FinanceModel
    from common.messages.finance import ExpenseList


class ExpensePage(QWidget):
    """``changed`` when what was typed or the current expense changed; ``finished`` after the last field."""

    changed = Signal()
    finished = Signal()

    def __init__(self, place: Workplace, state: FinanceModel) -> None:
        super().__init__()
        self.place, self.model = place, state
        self.category = word_list(lambda: [(code, tr(source)) for code, source in words.EXPENSES.items()])
        self.amount, self.day = MoneyInput(), DateInput()
        self.paid_from = Choice([(code, source) for code, source in papers.PAID_FROM.items()])
        self.payee, self.note = TextInput(most=100), TextInput(most=200)
        self.department = word_list(self._departments)
        self.period = PeriodBar(state.period)
        self.total = Label("", "secondary")
        self.table = self._table()
        self.form = self._form()
        self._lay_out()
        self.begin()
        self.setFocusProxy(self.category)
        for field in (self.amount, self.payee, self.note, self.day, self.category):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.table.moved.connect(lambda _row: self.changed.emit())
        # a chosen word leads on, as on the other pages: what is typed next is the amount, not the tail of the kind
        self.category.chosen.connect(lambda _kind: self.amount.setFocus(Qt.FocusReason.TabFocusReason))
        self.department.chosen.connect(lambda _department: self.note.setFocus(Qt.FocusReason.TabFocusReason))

    def _departments(self) -> list[tuple[str, str]]:
        lists = self.place.lists
        return [(str(each.id), format.name_of(each)) for each in (lists.departments if lists else ())]

    def _form(self) -> Form:
        form = Form(columns=2)
        form.add(N_("expense|Kind"), self.category, span=2, required=True)
        form.add(N_("expense|Amount"), self.amount, required=True)
        form.add(N_("expense|Date"), self.day, required=True)
        form.add(N_("expense|Paid from"), self.paid_from, span=2)
        form.add(N_("expense|Payee"), self.payee, span=2, required=True)
        form.add(N_("expense|Department"), self.department, span=2)
        form.add(N_("expense|Note"), self.note, span=2)
        form.finished.connect(self.finished.emit)
        return form

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("expense|Number"), text=lambda row: row.number, width=112),
                Column(title=N_("expense|Date"), text=lambda row: f"{row.date}", width=100),
                Column(title=N_("expense|Kind"), text=lambda row: tr(words.EXPENSES[row.category]), width=116),
                Column(title=N_("expense|Payee"), text=lambda row: row.payee, strong=True),
                Column(title=N_("expense|Note"), text=lambda row: row.note, quiet=True),
                Column(title=N_("expense|State"), text=_state, tone=lambda row: "plain" if _state(row) else "", width=96),
                Column(title=N_("expense|Amount"), text=lambda row: words.plain(row.amount_fen), width=112, align="right", strong=True),
            ),
            key=lambda row: row.id,
            empty=N_("expense|Nothing was spent on these days."),
            dim=lambda row: bool(_state(row)),
        )

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QWidget()
        left.setFixedWidth(320)
        entry = QVBoxLayout(left)
        entry.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        entry.setSpacing(theme.GAP)
        entry.addWidget(SectionTitle(N_("expense|New expense")))
        entry.addWidget(self.form)
        entry.addStretch(1)
        right = QVBoxLayout()
        right.setContentsMargins(0, theme.MARGIN, 0, 0)
        right.setSpacing(theme.GAP)
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        bar.addWidget(self.period, 1)
        bar.addWidget(self.total)
        right.addLayout(bar)
        right.addWidget(self.table, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(left)
        layout.addWidget(Hairline(vertical=True))
        layout.addLayout(right, 1)

    # --- the form --------------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """An empty form for the next expense."""
        self.category.set_entry(None)
        self.department.set_entry(None)
        self.amount.set_fen(None)
        self.day.set_date(self.model.today)
        for field in (self.payee, self.note):
            field.clear()
        self.form.clear_wrongs()

    def missing(self) -> str:
        """What has still to be filled in, as a sentence; empty when nothing is."""
        empty = (
            (not chosen_code(self.category), N_("expense|Kind")),
            (not self.amount.fen(), N_("expense|Amount")),
            (self.day.date() is None, N_("expense|Date")),
            (not self.payee.text().strip(), N_("expense|Payee")),
            (bool(self.department.text().strip()) and not chosen_code(self.department), N_("expense|Department")),
        )
        return next((say_required(tr(label)) for wrong, label in empty if wrong), "")

    def request(self) -> EnterExpense:
        """What the form says; only when nothing is :meth:`missing`."""
        department = chosen_code(self.department)
        return EnterExpense(
            category=ExpenseCategory(chosen_code(self.category)),
            amount_fen=self.amount.fen() or 0,
            paid_from=PaidFrom(self.paid_from.code()),
            payee=self.payee.text().strip(),
            note=self.note.text().strip(),
            department_id=int(department) if department else None,
            date=self.day.date(),
        )

    def reversible(self) -> ExpenseFacts | None:
        """The current expense, if it can be reversed."""
        row = self.table.current()
        return row if isinstance(row, ExpenseFacts) and not _state(row) else None

    # --- the list --------------------------------------------------------------------------------------------------------------

    def show_expenses(self, found: ExpenseList) -> None:
        """What was entered."""
        self.period.show_period(self.model.period)
        rows: Sequence[ExpenseFacts] = found.expenses
        self.table.set_rows(rows)
        self.total.setText(tr("expense|{n} entries, {total}", n=len(rows), total=format_yuan(found.total_fen)))


def _state(expense: ExpenseFacts) -> str:
    if expense.reverses:
        return tr("expense|Reversal")
    return tr("expense|Reversed") if expense.reversed_by else ""
