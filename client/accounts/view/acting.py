"""The zone on the right: the act that is being filled in, a second person's approval, and what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.accounts import words
from client.accounts.model import COMES_IN, GOES_OUT, Act
from client.accounts.view.holders import FOUND
from client.widgets.approval import ApprovalPane
from client.widgets.buttons import PrimaryButton
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import DateInput, MoneyInput, TextInput
from client.widgets.patient_search import PatientSearch
from common.domain.money import format_yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import CHANNELS, TenderKind

if TYPE_CHECKING:
    from client.accounts.model import AccountsModel
    from client.ops import Ops
    from common.messages.patients import PatientHit

_ADVICE: Final = {
    Act.NONE: N_("account|F4 takes money, F6 pays out or back. What you begin stands here; F12 finishes it."),
    Act.TOP_UP: N_("account|Empty cash given means exactly the amount. A payment code is scanned here, and pays the amount at once."),
    Act.PAY_OUT: N_("account|What was paid by code goes back to it, the rest in cash; or to the card that paid."),
    Act.COLLECT: N_("account|All that is owed is filled in; a part may be paid. A payment code that is scanned pays the amount at once."),
    Act.PAY_BACK: N_("account|Bills that were paid for were taken back."),
    Act.OPEN: N_("account|The company pays for its members at the month's end, up to the limit."),
    Act.TERMS: N_("account|To let it owe no more, close it; a limit cannot be below what is owed."),
    Act.GREEN: N_("account|Treat first, pay later. Whoever keeps the accounts opens it, or agrees here."),
    Act.MEMBER: N_("account|From now on the company may pay this patient's bills."),
}
#: With nothing begun, for whoever keeps the accounts and takes no money.
_MANAGING: Final = N_("account|F3 opens an account for a company, F8 adds members, F11 changes its terms; F12 finishes it.")
#: Out of a deposit in cash, although it came by code.
_CASH: Final = "cash"
_OPEN_OR_CLOSED: Final = (("open", N_("account|open")), ("closed", N_("account|closed")))


class ActPane(QWidget):
    """``typed`` fires when anything changed, ``agreed(id)`` when a second person agreed, ``finishing`` on the button."""

    typed = Signal()
    agreed = Signal(int)
    finishing = Signal()

    def __init__(self, ops: Ops, model: AccountsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._shown: tuple[object, ...] = ()
        self.title = SectionTitle("")
        self.advice = Label(type="note")
        self.amount, self.given = MoneyInput(), MoneyInput()
        self.tender = Choice([(kind.value, TITLES[kind]) for kind in words.COUNTER])
        self.reference, self.reason = TextInput(most=64), TextInput(most=200)
        self.back_to = Choice([("", N_("account|Cash"))])
        self.ways = Label(type="")
        self.company, self.contact, self.remark = TextInput(most=60), TextInput(most=100), TextInput(most=200)
        self.limit, self.due_on = MoneyInput(), DateInput()
        self.active = Choice(_OPEN_OR_CLOSED)
        self.search = PatientSearch(ops, columns=FOUND)
        self.member = Label(type="emphasis")
        self.money, self.terms = Form(1), Form(1)
        self.change = QLabel()
        self.approvals = {act: ApprovalPane(ops, act=act) for act in ("pay_out", "credit_back", "green")}
        self.trouble = QLabel()
        self.button = PrimaryButton(key="F12", run=self.finishing.emit)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        money: tuple[tuple[str, QWidget], ...] = (
            (N_("account|Amount (yuan)"), self.amount),
            (N_("account|Means of payment"), self.tender),
            (N_("account|Back to"), self.back_to),
            (N_("till|Cash given"), self.given),
            (N_("account|Slip or transfer no."), self.reference),
            (N_("account|Reason"), self.reason),
        )
        terms: tuple[tuple[str, QWidget], ...] = (
            (N_("account|Company"), self.company),
            (N_("account|Limit (yuan)"), self.limit),
            (N_("account|To be paid by"), self.due_on),
            (N_("account|Contact"), self.contact),
            (N_("account|Note"), self.remark),
            (N_("account|State"), self.active),
        )
        for form, fields in ((self.money, money), (self.terms, terms)):
            for source, field in fields:
                form.add(source, field)
        for label in (self.advice, self.trouble, self.member, self.ways):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        for widget in (
            self.title,
            self.advice,
            self.money,
            self.terms,
            self.search,
            self.member,
            self.ways,
            self.change,
            *self.approvals.values(),
        ):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.trouble)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.button)
        column.addLayout(foot)

    def _connect(self) -> None:
        for field in (
            self.amount,
            self.given,
            self.limit,
            self.reference,
            self.reason,
            self.company,
            self.contact,
            self.remark,
            self.due_on,
        ):
            field.textChanged.connect(self._take)
        for choice in (self.tender, self.back_to, self.active):
            choice.chosen.connect(self._take)
        self.search.chosen.connect(self._take_member)
        for form in (self.money, self.terms):
            form.finished.connect(self._go_on)
        for pane in self.approvals.values():
            pane.approved.connect(self.agreed)
            pane.lapsed.connect(self._lapsed)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_model(self) -> None:
        """The act in hand; what is being typed stays while it is the same one."""
        model = self._model
        shown = (model.act, model.patient_id, model.account_id)
        if shown != self._shown:
            self._shown = shown
            self._fill()
        self._show_fields()
        self.title.setText(tr(words.TITLES[model.act]))
        managing = model.act is Act.NONE and model.manages and not model.takes_money
        self.advice.setText(tr(_MANAGING if managing else _ADVICE[model.act]))
        change = model.change_fen()
        self.change.setText(tr("account|Change: {amount}", amount=format_yuan(change)) if change is not None and change > 0 else "")
        self.change.setVisible(bool(self.change.text()))
        self.ways.setText(tr("account|Goes out: {ways}", ways=words.ways(model.ways_back())) if self._by_code() else "")
        self.ways.setVisible(bool(self.ways.text()))
        self.advice.setVisible(not self.ways.text())
        member = model.form.member
        self.member.setText(tr("account|Member: {name} {number}", name=member.name, number=member.number) if member else "")
        self._show_approval()
        self._show_foot()

    def _by_code(self) -> bool:
        """Whether something of what goes out was paid by code, so that it has to be said which way it goes."""
        return self._model.act is Act.PAY_OUT and bool(self._model.form.amount_fen) and bool(self._model.by_code())

    def _show_fields(self) -> None:
        act, form = self._model.act, self._model.form
        self.money.setVisible(act in COMES_IN | GOES_OUT | {Act.GREEN})
        self.terms.setVisible(act in (Act.OPEN, Act.TERMS, Act.GREEN))
        self.search.setVisible(act is Act.MEMBER)
        self.member.setVisible(act is Act.MEMBER and form.member is not None)
        cash = form.tender is TenderKind.CASH if act is not Act.PAY_OUT else form.payment_id is None
        self.money.show_field(self.amount, act is not Act.GREEN)
        self.money.show_field(self.tender, act in (Act.TOP_UP, Act.COLLECT, Act.PAY_BACK))
        self.money.show_field(self.back_to, act is Act.PAY_OUT and len(self.back_to.codes()) > 1)
        self.money.show_field(self.given, act in COMES_IN and cash)
        self.money.show_field(self.reference, act in COMES_IN | GOES_OUT and not cash and not form.code)
        self.money.show_field(self.reason, act in GOES_OUT | {Act.GREEN})
        company = act in (Act.OPEN, Act.TERMS)
        account = self._model.account()
        green = account is not None and account.kind == "GREEN"
        self.terms.show_field(self.company, company and not (green and act is Act.TERMS))
        self.terms.show_field(self.due_on, act is Act.TERMS)
        for field in (self.contact, self.remark):
            self.terms.show_field(field, company)
        self.terms.show_field(self.active, act is Act.TERMS)

    def _show_approval(self) -> None:
        wanted = self._model.needs_approval()
        for act, pane in self.approvals.items():
            shown = wanted is not None and wanted[0] == act
            pane.setVisible(shown)
            if shown and wanted is not None:
                pane.ask(wanted[1], wanted[2])
                self._model.approval_id = pane.approval_id

    def _show_foot(self) -> None:
        model = self._model
        why_not = model.why_not()
        self.button.setVisible(model.act is not Act.NONE)
        self.button.setText(tr(words.ACTS[model.act]))
        self.button.setEnabled(not why_not)
        self.trouble.setText(str(model.trouble) if model.trouble else tr(why_not) if why_not and model.act is not Act.NONE else "")
        self.trouble.setProperty("tone", "danger" if model.trouble else "")
        self.trouble.setProperty("type", "" if model.trouble else "secondary")
        self.trouble.style().unpolish(self.trouble)
        self.trouble.style().polish(self.trouble)

    # --- filling in ------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The hand goes to the first field."""
        act = self._model.act
        field: QWidget = self.amount
        if act in (Act.OPEN, Act.TERMS):
            field = self.company if self.company.isVisibleTo(self) else self.limit
        elif act is Act.GREEN:
            field = self.reason
        elif act is Act.MEMBER:
            field = self.search
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """What was typed is done with."""
        self._shown = ()
        for pane in self.approvals.values():
            pane.clear()

    def scanned(self, code: str) -> bool:
        """A scan: a second person's badge, where one is waited for."""
        return any(pane.isVisible() and pane.scanned(code) for pane in self.approvals.values())

    def _fill(self) -> None:
        form = self._model.form
        cards = [(str(card.payment_id), words.card(card)) for card in self._model.cards() if card.tender not in CHANNELS]
        by_code = any(card.tender in CHANNELS for card in self._model.cards())
        own = [("", N_("account|As it came")), (_CASH, N_("account|Cash"))] if by_code else [("", N_("account|Cash"))]
        self.back_to.offer([*own, *cards])
        texts = (
            (self.reference, form.reference),
            (self.reason, form.reason),
            (self.company, form.name),
            (self.contact, form.contact),
            (self.remark, form.note),
        )
        every = (*(field for field, _ in texts), self.amount, self.given, self.limit, self.due_on)
        for field in every:
            field.blockSignals(True)
        for field, words_typed in texts:
            field.setText(words_typed)
        for money, fen in ((self.amount, form.amount_fen), (self.given, form.given_fen), (self.limit, form.limit_fen)):
            money.set_fen(fen)
        self.due_on.set_date(form.due_on)
        for field in every:
            field.blockSignals(False)
        self.tender.set_code(form.tender.value)
        self.active.set_code("open" if form.active else "closed")
        self.search.clear()

    def _take(self, _typed: str = "") -> None:
        payment = self.back_to.code()
        self._model.typed(
            amount_fen=self.amount.fen(),
            given_fen=self.given.fen(),
            tender=TenderKind(self.tender.code()),
            reference=self.reference.text(),
            reason=self.reason.text(),
            payment_id=int(payment) if payment not in ("", _CASH) else None,
            in_cash=payment == _CASH,
            name=self.company.text(),
            limit_fen=self.limit.fen(),
            contact=self.contact.text(),
            note=self.remark.text(),
            due_on=self.due_on.date(),
            active=self.active.code() == "open",
        )
        self.typed.emit()

    def _take_member(self, hit: PatientHit) -> None:
        self._model.typed(member=hit)
        self.search.clear()
        self.typed.emit()

    def _go_on(self) -> None:
        """After the last field above: the limit of a green channel, or a second person."""
        if self._model.act is Act.GREEN and self._model.form.limit_fen is None:
            self.limit.setFocus(Qt.FocusReason.TabFocusReason)
            return
        pane = next((pane for pane in self.approvals.values() if pane.isVisible()), None)
        if pane is not None:
            pane.setFocus(Qt.FocusReason.TabFocusReason)

    def _lapsed(self) -> None:
        self._model.approval_id = None
        self.typed.emit()
