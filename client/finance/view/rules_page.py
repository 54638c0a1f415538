"""The clinic's rules about money: the form at the left, what is connected at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.finance import rules
from client.finance.rules import RulesTyped
from client.finance.view.fields import say_required
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import MoneyInput, TextInput
from common.i18n import N_, tr
from common.messages.settlement import GetMoneyRules, MoneyRules, SetMoneyRules

if TYPE_CHECKING:
    from client.finance.view.desk import FinanceDesk
    from common.wire import Done

_YES, _NO = "yes", "no"
_SWITCH: Final = ((_NO, N_("rule|no")), (_YES, N_("rule|yes")))


class RulesPage(QWidget):
    """``changed`` when another rule was typed; ``finished`` after the last field."""

    changed = Signal()
    finished = Signal()

    def __init__(self, desk: FinanceDesk) -> None:
        super().__init__()
        self._desk = desk
        self.base: MoneyRules | None = None
        self.rounding = Choice(tuple(rules.ROUNDINGS.items()))
        self.refund_alone, self.cashier, self.manager = MoneyInput(), MoneyInput(), MoneyInput()
        self.green_days, self.insure_days = TextInput(most=4), TextInput(most=4)
        self.segments, self.acceptance = Choice(_SWITCH), Choice(_SWITCH)
        self.einvoice = Choice(tuple(rules.EINVOICES.items()))
        self.connected = Label("", "secondary")
        self.form = self._form()
        self._lay_out()
        self.setFocusProxy(self.rounding)
        for field in (self.refund_alone, self.cashier, self.manager, self.green_days, self.insure_days):
            field.textChanged.connect(lambda _text: self.changed.emit())
        for choice in (self.rounding, self.segments, self.acceptance, self.einvoice):
            choice.chosen.connect(lambda _code: self.changed.emit())

    def _form(self) -> Form:
        form = Form(columns=2)
        form.add(N_("rule|Cash is rounded"), self.rounding, span=2)
        form.add(N_("rule|Refund alone up to"), self.refund_alone, required=True)
        form.add(N_("rule|Green channel, days"), self.green_days, required=True)
        form.add(N_("rule|A cashier may waive"), self.cashier, required=True)
        form.add(N_("rule|A manager may waive"), self.manager, required=True)
        form.add(N_("rule|Invoice numbers from segments"), self.segments)
        form.add(N_("rule|A close has to be accepted"), self.acceptance)
        form.add(N_("rule|E-invoices"), self.einvoice, span=2)
        form.add(N_("rule|Change to insurance, days"), self.insure_days, required=True)
        form.finished.connect(self.finished.emit)
        return form

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QWidget()
        left.setMaximumWidth(640)
        column = _column(left)
        notes = (
            N_("rule|Above the first amount, and on a later day, a refund needs a second person; so does a waiver above its limit."),
            N_("rule|A receipt paid without the insurance can be changed to it for so many days; 0: on the same day only."),
            N_("rule|The rules hold from the next bill on. Each change stays in the audit trail, with the rules before it."),
        )
        for part in (SectionTitle(N_("page|Money rules")), self.form, *(_note(source) for source in notes)):
            column.addWidget(part)
        column.addStretch(1)
        side = QWidget()
        side.setFixedWidth(320)
        right = _column(side)
        about = _note(N_("rule|Set up by the administrator on the server, and not here."))
        for part in (SectionTitle(N_("rule|Connected")), self.connected, about):
            right.addWidget(part)
        right.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(left, 1)
        layout.addStretch(0)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(side)

    # --- the rules -------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read them."""
        self._desk.send(GetMoneyRules(), self.show_rules, self._desk.fail)

    def show_rules(self, latest: MoneyRules) -> None:
        """The rules as they are now; what was typed and is not saved yet stays."""
        typed = self.typed().over(self.base, latest) if self.base is not None else RulesTyped.of(latest)
        self.base = latest
        self._fill(typed)
        self.connected.setText(rules.connected(latest))
        self.changed.emit()

    def _fill(self, wanted: RulesTyped) -> None:
        now = self.typed()
        self.rounding.set_code(wanted.cash_rounding)
        self.segments.set_code(_YES if wanted.invoice_segments else _NO)
        self.acceptance.set_code(_YES if wanted.close_needs_acceptance else _NO)
        self.einvoice.set_code(wanted.einvoice_kind)
        amounts = (
            (self.refund_alone, now.refund_alone_fen, wanted.refund_alone_fen),
            (self.cashier, now.cashier_fen, wanted.cashier_fen),
            (self.manager, now.manager_fen, wanted.manager_fen),
        )
        for field, there, fen in amounts:
            if there != fen:
                field.set_fen(fen)
        days = ((self.green_days, now.green_days, wanted.green_days), (self.insure_days, now.insure_days, wanted.insure_days))
        for line, known, count in days:
            if known != count:
                line.setText("" if count is None else str(count))

    def typed(self) -> RulesTyped:
        """What stands in the fields."""
        return RulesTyped(
            cash_rounding=self.rounding.code(),
            refund_alone_fen=self.refund_alone.fen(),
            cashier_fen=self.cashier.fen(),
            manager_fen=self.manager.fen(),
            green_days=rules.days_of(self.green_days.text()),
            insure_days=rules.days_of(self.insure_days.text(), 0),
            invoice_segments=self.segments.code() == _YES,
            close_needs_acceptance=self.acceptance.code() == _YES,
            einvoice_kind=self.einvoice.code(),
        )

    def missing(self) -> str:
        """Why the rules cannot be saved now, as a sentence; empty when they can."""
        if self.base is None:
            return tr("The rules are not here yet.")
        empty = self.typed().missing()
        if empty:
            return say_required(tr(empty))
        return tr("Nothing was changed.") if self.typed() == RulesTyped.of(self.base) else ""

    def request(self) -> SetMoneyRules:
        """What the form says; only when nothing is :meth:`missing`."""
        assert self.base is not None
        return SetMoneyRules(rules=self.typed().rules(self.base))

    def saved(self, _done: Done) -> None:
        """They hold."""
        assert self.base is not None
        self.base = self.typed().rules(self.base)
        self._desk.tell(tr("The rules are saved; they hold from the next bill on."))
        self.rounding.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Another language."""
        self.connected.setText(rules.connected(self.base))


def _column(parent: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
    column.setSpacing(theme.GAP)
    return column


def _note(source: str) -> Label:
    note = Label(source, "note")
    note.setWordWrap(True)
    return note
