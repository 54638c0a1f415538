"""Reconciliation: what was compared, what differs with both sides, and how it is cleared by two people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from client.insurance import words
from client.insurance.model import SideRow, sides, ways
from client.insurance.view.page import InsurancePage
from client.widgets.approval import ApprovalPane
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.insurance_statement import (
    InsuranceDifference,
    ListInsuranceDifferences,
    ListInsuranceStatements,
    ReconcileInsurance,
    ResolveInsuranceDifference,
    StatementFacts,
)
from common.messages.reconcile import Way

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.insurance.view.desk import InsuranceDesk

_DAYS: int = 14


def _fen(amount: int | None) -> str:
    return "–" if amount is None else format_yuan(amount)


class ReconcilePage(InsurancePage):
    """See the user guide."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.day = DateInput()
        self.day.setFixedWidth(120)
        self.day.set_date(desk.place.now().date() - timedelta(days=1))
        self.statements, self.table, self.both = self._statements(), self._table(), self._both()
        self.about = Label("", "note")
        self.about.setWordWrap(True)
        self.way = Choice([("", N_("way|–"))])
        self.settlement, self.reason = TextInput(most=18), TextInput(most=200)
        self.approval = ApprovalPane(desk.ops, act="finding")
        self.form = Form()
        self.form.add(N_("difference|How it is cleared"), self.way, required=True)
        self.form.add(N_("difference|Number of our settlement"), self.settlement, required=True)
        self.form.add(N_("difference|Reason"), self.reason, required=True)
        self.form.finished.connect(lambda: self.approval.setFocus(Qt.FocusReason.TabFocusReason))
        self.statements.setFixedHeight(168)
        self.lay_out(
            (
                bar(SectionTitle(N_("statement|What was compared")), Label(N_("statement|Day"), "secondary"), self.day),
                self.statements,
                bar(SectionTitle(N_("statement|What differs"))),
                self.table,
            ),
            (SectionTitle(N_("statement|Both sides")), self.both, self.about, self.form, self.approval),
            376,
        )
        self._connect()
        self.show_one(None)

    def _connect(self) -> None:
        self.table.moved.connect(lambda row: self.show_one(row if isinstance(row, InsuranceDifference) else None))
        self.table.chosen.connect(lambda _row: self.way.setFocus(Qt.FocusReason.TabFocusReason))
        self.day.returnPressed.connect(self.compare)
        self.way.chosen.connect(lambda _code: self._way_chosen())
        for field in (self.reason, self.settlement):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)

    def _statements(self) -> Table:
        table = Table(
            (
                Column(title=N_("statement|Day"), text=lambda row: f"{row.day}", width=100),
                Column(title=N_("statement|Insurance"), text=_kind, strong=True),
                Column(title=N_("statement|Office"), text=lambda row: row.clr_optins, width=84, quiet=True),
                Column(title=N_("statement|Number"), text=lambda row: str(row.count), width=72, align="right"),
                Column(title=N_("statement|Total"), text=lambda row: format_yuan(row.total_fen), width=112, align="right"),
                Column(title=N_("statement|Fund"), text=lambda row: format_yuan(row.fund_fen), width=112, align="right"),
                Column(title=N_("statement|The bureau says"), text=_result, tone=_tone, width=144),
            ),
            key=lambda row: (row.day, row.insutype, row.clr_type, row.clr_optins),
            empty=N_("statement|No day was compared yet. F4 compares the day at the top."),
            dense=True,
        )
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return table

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("statement|Day"), text=lambda row: f"{row.day}", width=100),
                Column(title=N_("statement|Finding"), text=lambda row: tr(words.FINDINGS[row.finding]), width=104, strong=True),
                Column(title=N_("statement|What"), text=lambda row: words.word(words.ACTS, row.act), width=72, quiet=True),
                Column(title=N_("statement|Patient"), text=lambda row: row.patient_name or row.psn_no),
                Column(title=N_("statement|Ours"), text=lambda row: _fen(row.ours and row.ours.total_fen), width=104, align="right"),
                Column(title=N_("statement|Bureau"), text=lambda row: _fen(row.theirs and row.theirs.total_fen), width=104, align="right"),
                Column(
                    title=N_("statement|State"), text=lambda row: words.standing(row)[0], tone=lambda row: words.standing(row)[1], width=128
                ),
            ),
            key=lambda row: row.id,
            empty=N_("statement|Nothing differs: both sides have the same."),
        )

    def _both(self) -> Table:
        table = Table(
            (
                Column(title="", text=lambda row: tr(row.title)),
                Column(title=N_("statement|Ours"), text=lambda row: _fen(row.ours), width=92, align="right", strong=True),
                Column(title=N_("statement|Bureau"), text=lambda row: _fen(row.theirs), width=92, align="right", strong=True),
                Column(title=N_("statement|Gap"), text=lambda row: format_yuan(row.gap) if row.gap else "", width=84, align="right"),
            ),
            key=lambda row: row.title,
            empty=N_("statement|Choose a difference."),
            fits=lambda _row: False,
            dense=True,
        )
        table.setFixedHeight(132)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return table

    # --- reading ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        since = self.desk.place.now().date() - timedelta(days=_DAYS)
        self.desk.send(ListInsuranceStatements(since=since), lambda found: self.statements.set_rows(found.statements), self.desk.fail)
        asked = ListInsuranceDifferences(open_only=not self.desk.model.done_too)
        self.desk.send(asked, lambda found: self._show(found.differences), self.desk.fail)

    def _show(self, differences: Any) -> None:
        self.table.set_rows(differences)
        current = self.table.current()
        self.show_one(current if isinstance(current, InsuranceDifference) else None)

    def current(self) -> InsuranceDifference | None:
        """The difference in hand."""
        row = self.table.current()
        return row if isinstance(row, InsuranceDifference) else None

    def show_one(self, one: InsuranceDifference | None) -> None:
        """A difference with both sides, and what may be done about it."""
        self.both.set_rows(sides(one) if one is not None else list[SideRow]())
        self.about.setText(_about(one) if one is not None else "")
        offered = [(way.value, words.WAYS[way]) for way in ways(one)]
        if self.way.codes() != [code for code, _ in offered] or not offered:
            self.way.offer(offered or [("", N_("way|–"))])
        self.form.setVisible(bool(offered))
        self.approval.setVisible(bool(offered))
        if one is not None and offered:
            self.approval.ask(one.id, one.size_fen)
        self._way_chosen()

    def _way_chosen(self) -> None:
        self.form.show_field(self.settlement, self.way.code() == Way.SETTLED)
        self.changed.emit()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.way if ways(self.current()) else self.day

    # --- acts ------------------------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """F4: have the day compared by the service."""
        day = self.day.date()
        if day is not None:
            self.send(ReconcileInsurance(day=day), lambda _errand: self.desk.tell(tr("{day} is being compared …", day=day), "info"))

    def why_not(self) -> str:
        one = self.current()
        if one is None or not ways(one):
            return tr("Choose a difference that is open.")
        if self.way.code() == Way.SETTLED and not self.settlement.text().strip().isdigit():
            return tr("Type the number of our settlement.")
        if len(self.reason.text().strip()) < 2:
            return tr("Type the reason.")
        return "" if self.approval.approval_id is not None else tr("A second person has to agree: badge, or login name and password.")

    def finish(self) -> None:
        one = self.current()
        if one is None:
            return
        linked = int(self.settlement.text()) if self.way.code() == Way.SETTLED else None
        request = ResolveInsuranceDifference(
            difference_id=one.id,
            way=Way(self.way.code()),
            reason=self.reason.text().strip(),
            approval_id=self.approval.approval_id,
            settlement_id=linked,
        )
        self.send(request, self._resolved)

    def _resolved(self, one: InsuranceDifference) -> None:
        self.approval.clear()
        self.settlement.clear()
        said = tr("The difference is cleared.") if one.resolved_at else tr("The bureau is being asked; the list shows what came of it.")
        self.desk.tell(said)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)


def _kind(row: StatementFacts) -> str:
    return row.insutype_name if words.chinese() else row.insutype_name_en


def _result(row: StatementFacts) -> str:
    return tr("statement|equal") if row.result in ("0", "000000") else row.words or row.result


def _tone(row: StatementFacts) -> str:
    return "done" if row.result in ("0", "000000") else "danger"


def _about(one: InsuranceDifference) -> str:
    lines = [tr("difference|Bureau's number {number}", number=one.number)]
    if one.msgid:
        lines.append(tr("difference|Our message {msgid}", msgid=one.msgid))
    if one.bill_number:
        lines.append(tr("difference|Bill {number}", number=one.bill_number))
    lines += [text for text in (one.memo, one.trouble) if text]
    if one.resolved_at:
        lines.append(tr("difference|{who}: {reason}", who=one.resolved_by, reason=one.resolution))
    return "\n".join(lines)
