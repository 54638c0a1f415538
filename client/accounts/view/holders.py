"""The zone on the left: find a patient, or choose one of the credit accounts, those that owe most on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.accounts import words
from client.fitting import Fitting
from client.format import short_sex
from client.widgets.form import Label, SectionTitle
from client.widgets.patient_search import PatientSearch
from client.widgets.settlement_pane import TONES
from client.widgets.table import Column, Table
from common.domain.money import yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.ops import Ops
    from common.messages.accounts import CreditAccount
    from common.messages.settlement import SettlementFacts

_ARROWS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
_ENTERS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

FOUND: Final = (
    Column(title=N_("Name"), text=lambda hit: hit.name, strong=True),
    Column(title=N_("bill|Born"), text=lambda hit: f"{short_sex(hit.sex)} {hit.birth_date.isoformat()}", width=112),
    Column(title=N_("Phone"), text=lambda hit: f"…{hit.phone[-4:]}" if hit.phone else "—", width=64),
)


def state(account: CreditAccount) -> tuple[str, str]:
    """What a badge says of an account, and its tone."""
    if account.overdue:
        return tr("account|overdue"), "danger"
    if not account.active:
        return tr("account|closed"), "plain"
    if account.balance_fen >= account.limit_fen and account.balance_fen > 0:
        return tr("account|limit reached"), "danger"
    if account.balance_fen > account.limit_fen * 9 // 10 and account.balance_fen:
        return tr("account|nearly full"), "warning"
    return (tr("account|green"), "info") if account.kind == "GREEN" else ("", "")


ACCOUNTS: Final = (
    Column(title=N_("account|Company or patient"), text=lambda account: account.name, strong=True),
    Column(title="", text=lambda account: state(account)[0], width=104, tone=lambda account: state(account)[1]),
    Column(title=N_("account|Owed (yuan)"), text=lambda account: f"{yuan(account.balance_fen):,}", width=96, align="right"),
)


#: What is under way with a channel, oldest first.
OPEN: Final = (
    Column(title=N_("Name"), text=lambda facts: facts.patient_name, strong=True),
    Column(title=N_("account|What"), text=lambda facts: tr(words.UNDER_WAY[facts.kind]), width=64, quiet=True),
    Column(
        title=N_("bill|State"),
        text=lambda facts: tr(words.STANDS[facts.state]),
        width=92,
        tone=lambda facts: TONES.get(facts.state, "plain"),
    ),
    Column(title=N_("bill|Amount (yuan)"), text=lambda facts: f"{yuan(facts.expected_fen):,}", width=84, align="right"),
)
_MOST_OPEN: Final = 4


class HolderPane(QWidget):
    """``patient_chosen(PatientHit)`` and ``account_chosen(CreditAccount)``; Enter in the empty search takes the account that is selected.
    ``opened(SettlementFacts)`` for one that is under way (the strip on top)."""

    opened = Signal(object)
    patient_chosen = Signal(object)
    account_chosen = Signal(object)

    def __init__(self, ops: Ops, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = PatientSearch(ops, columns=FOUND)
        self.table = Table(
            ACCOUNTS,
            key=lambda account: account.id,
            empty=N_("account|No credit account yet."),
            dim=lambda account: not account.active,
        )
        self.under_way = SectionTitle(N_("bill|Under way"))
        self.open = Table(OPEN, key=lambda facts: facts.id, dense=True)
        self.open.horizontalHeader().hide()
        Fitting(self.open, least=80, least_english=110, first_to_go=(1,))
        self.total = Label(type="note")
        self.setFocusProxy(self.search)
        self._build()
        self.search.chosen.connect(self.patient_chosen)
        self.table.chosen.connect(self.account_chosen)
        self.open.chosen.connect(self.opened)
        self.search.field.textChanged.connect(lambda _typed: self._show_pages())
        self.search.field.installEventFilter(self)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.under_way)
        layout.addWidget(self.open)
        layout.addWidget(SectionTitle(N_("account|Deposit of a patient")))
        layout.addWidget(self.search)
        self.heading = QWidget()
        head = QHBoxLayout(self.heading)
        head.setContentsMargins(0, theme.GAP, 0, 0)
        head.addWidget(SectionTitle(N_("account|Credit accounts")))
        head.addStretch(1)
        head.addWidget(self.total)
        layout.addWidget(self.heading)
        layout.addWidget(self.table, 1)
        self.show_open(())
        self._show_pages()

    def _show_pages(self) -> None:
        searching = bool(self.search.text())
        found: tuple[QWidget, ...] = (self.search.list, self.search.note)
        listed: tuple[QWidget, ...] = (self.heading, self.table)
        for widget in (*found, *listed):
            widget.setVisible(searching is (widget in found))
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretchFactor(self.search, 1 if searching else 0)

    def show_accounts(self, accounts: Sequence[CreditAccount], chosen: int | None) -> None:
        """The list anew; the account in hand is selected."""
        self.table.set_rows(accounts)
        if chosen is not None and not self.table.hasFocus():
            self.table.select(chosen)
        owed = sum(max(account.balance_fen, 0) for account in accounts)
        self.total.setText(tr("account|{amount} owed", amount=f"¥{yuan(owed):,}") if owed else "")

    def show_open(self, settlements: Sequence[SettlementFacts]) -> None:
        """What is under way; nothing of it takes no room."""
        self.open.set_rows(settlements)
        self.open.setFixedHeight(theme.DENSE_ROW * min(len(settlements), _MOST_OPEN) + 1)
        for widget in (self.under_way, self.open):
            widget.setVisible(bool(settlements))

    def focus_open(self) -> None:
        """Go to the strip; a single one is opened at once."""
        rows = self.open.rows()
        if len(rows) == 1:
            self.opened.emit(rows[0])
        elif rows:
            if self.open.current() is None:
                self.open.select(rows[0].id)
            self.open.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search.field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and not self.search.text()
        ):
            if event.key() in _ARROWS:
                self.table.step(_ARROWS[Qt.Key(event.key())])
                return True
            current = self.table.current()
            if event.key() in _ENTERS and current is not None:
                self.account_chosen.emit(current)
                return True
        return super().eventFilter(watched, event)
