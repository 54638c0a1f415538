"""The desk: whose account at the left, the account in the middle, what is done with it at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from client.accounts import acts, by_code, loading
from client.accounts.model import AccountsModel, Act
from client.accounts.view import pages
from client.accounts.view.acting import ActPane
from client.accounts.view.holders import HolderPane
from client.desk import Desk, Workplace
from client.settlements import Waiting
from client.widgets.empty import EmptyState
from client.widgets.settlement_pane import SettlementPane
from common import topics
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from common.messages.accounts import CreditAccount, CreditMember
    from common.messages.settlement import SettlementFacts
    from common.wire import Change
    from devices.idcard.protocol import IdCard


class AccountsDesk(Desk):
    """See the user guide; :mod:`client.accounts.acts` does the acts."""

    id, title, icon = "accounts", N_("desk|Deposits and credit"), "accounts"
    topics = frozenset({topics.DEPOSIT, topics.CREDIT, topics.CATALOGUE, topics.SETTLEMENT})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = AccountsModel(manages=place.may(Permission.CREDIT_MANAGE), takes_money=place.may(Permission.CASHIER_SETTLE))
        self.waiting = Waiting(place.journal.desk, "accounts:awaited")
        self.holders = HolderPane(place.ops)
        self.empty = EmptyState(
            N_("account|No account is in hand"),
            N_("account|Find a patient for a deposit, or choose a credit account on the left."),
            key="F2",
        )
        zone = place.session.expires_at.tzinfo
        self.deposit, self.credit, self.document = pages.DepositPage(zone), pages.CreditPage(zone), pages.DocumentPage()
        self.acting = ActPane(place.ops, self.model)
        self.pane = SettlementPane(place.now, retry=lambda: by_code.retry(self), give_up=lambda: by_code.cancel(self), key=acts.RETRY)
        self.right = QStackedWidget()
        self.areas = {widget: _scrolled(widget) for widget in (self.acting, self.pane)}
        self.middle = QStackedWidget()
        self._document = False
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for page in (self.empty, self.deposit, self.credit, self.document):
            self.middle.addWidget(page)
        for area in self.areas.values():
            self.right.addWidget(area)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        for widget, least, stretch in ((self.holders, 296, 3), (self.middle, 400, 6), (self.right, 300, 3)):
            widget.setMinimumWidth(least)
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, stretch)
        split.setSizes([366, 670, 330])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _connect(self) -> None:
        self.holders.patient_chosen.connect(lambda hit: self.take_patient(hit.id))
        self.holders.account_chosen.connect(self._enter_account)
        self.holders.opened.connect(self._enter_open)
        for page in (self.deposit, self.credit):
            page.opened.connect(lambda entry: acts.open_entry(self, entry))
        self.deposit.table.moved.connect(lambda _row: self.state_changed.emit())
        for table in (self.credit.entries, self.credit.members):
            table.moved.connect(lambda _row: self.state_changed.emit())
        self.credit.wanted.connect(self._tab)
        self.acting.typed.connect(self._typed)
        self.acting.agreed.connect(self._agreed)
        self.acting.finishing.connect(lambda: acts.finish(self))

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return acts.rows(self)

    @property
    def state(self) -> AccountsModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.holders, self.page(), self.acting if self.model.waiting is None else self.pane)

    def refresh(self, changes: frozenset[Change]) -> None:
        loading.refresh(self, changes)
        by_code.refresh(self, changes)

    def scanned(self, code: str) -> bool | None:
        paid = by_code.scanned(self, code, lambda: acts.finish(self))
        return paid if paid is not False else self.acting.scanned(code) or loading.scanned(self, code)

    def carded(self, card: IdCard) -> None:
        loading.find_number(self, card.number)

    def back(self) -> bool:
        if self._document:
            self._document = False
            self.show_all()
            self.page().setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if self.model.waiting is not None and not self.holders.search.text():
            by_code.cancel(self)
            return True
        if self.model.act is not Act.NONE and not self.model.sending:
            self.model.begin(Act.NONE)
            self.acting.forget()
            self.show_all()
            self.holders.search.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if self.holders.search.text():
            self.holders.search.clear()
            return True
        if not self.holders.search.field.hasFocus():
            self.holders.search.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def retranslate(self) -> None:
        self.show_all()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Everything anew; selection, focus and what is being typed stay."""
        model = self.model
        self.holders.show_accounts(model.accounts, model.account_id)
        if model.deposit is not None:
            self.deposit.show_deposit(model.deposit)
        elif model.facts is not None:
            self.credit.show_account(model.facts, model.statement)
        self.middle.setCurrentWidget(self.page())
        self.holders.show_open(model.open)
        self.acting.show_model()
        self._show_right()
        self.state_changed.emit()

    def _show_right(self) -> None:
        """Where it stands while a channel is asked; else what is being filled in."""
        waiting = self.model.waiting
        self.right.setCurrentWidget(self.areas[self.acting if waiting is None else self.pane])
        if waiting is None:
            self.pane.forget()
        else:
            self.pane.show_settlement(waiting)

    def page(self) -> QWidget:
        """What is in the middle."""
        if self._document:
            return self.document
        if self.model.deposit is not None:
            return self.deposit
        return self.credit if self.model.facts is not None else self.empty

    def show_document(self, title: str, lines: Sequence[tuple[str, str, int]]) -> None:
        """The bill or receipt behind a line; Esc goes back."""
        self._document = True
        self.document.show_lines(title, lines)
        self.show_all()
        self.document.setFocus(Qt.FocusReason.OtherFocusReason)

    def receipt_number(self) -> str:
        """The receipt of the line in hand, if it has one."""
        if self.model.deposit is not None:
            entry = self.deposit.table.current()
        else:
            entry = self.credit.entries.current() if self.model.facts is not None else None
        return entry.number if entry is not None else ""

    def member(self) -> CreditMember | None:
        """The member in hand, while the members are shown."""
        found: CreditMember | None = self.credit.members.current() if self.credit.tabs.code() == "members" else None
        return found if found is not None and found.until is None else None

    # --- what the person does --------------------------------------------------------------------------------------------------

    def take_patient(self, patient_id: int) -> None:
        """A patient's deposit in hand."""
        self._document = False
        self.model.choose_patient(patient_id)
        self.holders.search.clear()
        self.acting.forget()
        loading.load_deposit(self)
        loading.load_patient(self)
        self.deposit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_all()

    def take_account(self, account_id: int) -> None:
        """A credit account in hand."""
        self._document = False
        if account_id != self.model.account_id:
            self.credit.first()
        self.model.choose_account(account_id)
        self.acting.forget()
        self.set_patient(None)
        loading.load_account(self)
        self.show_all()

    def _enter_open(self, facts: SettlementFacts) -> None:
        """The account of what is under way in hand; where it stands is shown at the right."""
        if facts.account_id:
            self.take_account(facts.account_id)
        else:
            self.take_patient(facts.patient_id)
        by_code.begun(self, facts)

    def _enter_account(self, account: CreditAccount) -> None:
        self.take_account(account.id)
        self.credit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tab(self, tab: str) -> None:
        if tab == "statement" and self.model.statement is None:
            loading.load_statement(self, self.place.now().date())
        self.state_changed.emit()

    def _typed(self) -> None:
        self.acting.show_model()
        self.state_changed.emit()

    def _agreed(self, approval_id: int) -> None:
        self.model.approval_id = approval_id
        self._typed()


def _scrolled(page: QWidget) -> QScrollArea:
    """At 200 % a small screen has not the height for all of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusProxy(page)
    return area
