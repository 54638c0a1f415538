"""The zone in the middle: a deposit, a credit account, or the document behind one of their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.accounts import words
from client.accounts.model import owed
from client.accounts.view.holders import state
from client.widgets.badge import Badge
from client.widgets.choice import Choice
from client.widgets.form import Label, SectionTitle
from client.widgets.table import Column, Table
from common.domain.money import format_yuan, yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from common.messages.accounts import CreditAccountFacts, Deposit, Statement


def _bare(fen: int) -> str:
    return f"{yuan(fen):,}"


def _signed(fen: int) -> str:
    return f"+{_bare(fen)}" if fen > 0 else _bare(fen)


def _time(zone: tzinfo | None) -> Column:
    return Column(title=N_("account|Time"), text=lambda entry: f"{entry.at.astimezone(zone):%y-%m-%d %H:%M}", width=116, quiet=True)


def _short_time(zone: tzinfo | None) -> Column:
    return Column(title=N_("account|Time"), text=lambda entry: f"{entry.at.astimezone(zone):%m-%d %H:%M}", width=94, quiet=True)


def _day(title: str, of: str, zone: tzinfo | None) -> Column:
    def words_of(member: Any) -> str:
        moment = getattr(member, of)
        return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""

    return Column(title=title, text=words_of, width=96)


def _tone(entry: Any) -> str:
    return words.TONES.get(entry.kind, "plain")


ENTRIES: Final = (
    Column(title=N_("account|What"), text=lambda entry: words.entry(entry.kind), width=128, tone=_tone),
    Column(title=N_("account|Bill or receipt"), text=lambda entry: entry.bill_number or entry.number, width=116),
    Column(title=N_("account|By"), text=lambda entry: entry.staff, quiet=True),
    Column(title=N_("bill|Amount (yuan)"), text=lambda entry: _signed(entry.amount_fen), width=102, align="right", strong=True),
    Column(title=N_("account|Balance"), text=lambda entry: _bare(entry.balance_fen), width=88, align="right"),
)
CREDIT_ENTRIES: Final = (
    ENTRIES[0],
    Column(title=N_("account|Patient"), text=lambda entry: entry.patient_name, strong=True),
    Column(title=N_("account|Bill or receipt"), text=lambda entry: entry.bill_number or entry.number, width=112),
    *ENTRIES[3:],
)
MEMBERS: Final = (
    Column(title=N_("Name"), text=lambda member: member.name, strong=True),
    Column(title=N_("account|Patient no."), text=lambda member: member.patient_number, width=96),
)
STATEMENT: Final = (
    Column(title=N_("account|Date"), text=lambda line: f"{line.date:%m-%d}", width=60, quiet=True),
    Column(title=N_("account|What"), text=lambda line: words.entry(line.kind), width=134, tone=_tone),
    Column(title=N_("account|Patient"), text=lambda line: line.patient_name, strong=True),
    Column(title=N_("account|Bill or receipt"), text=lambda line: line.number, width=112),
    Column(title=N_("bill|Amount (yuan)"), text=lambda line: _signed(line.amount_fen), width=106, align="right"),
    Column(title=N_("account|Owed (yuan)"), text=lambda line: _bare(line.balance_fen), width=96, align="right"),
)
DOCUMENT: Final = (
    Column(title=N_("account|What"), text=lambda line: line[0], strong=True),
    Column(title=N_("account|Quantity or reference"), text=lambda line: line[1], width=170),
    Column(title=N_("bill|Amount (yuan)"), text=lambda line: _bare(line[2]), width=110, align="right"),
)
TABS: Final = (("entries", N_("account|Entries")), ("members", N_("account|Members")), ("statement", N_("account|Statement")))


class _Figures(QWidget):
    """A few figures side by side, each under its title."""

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(2)
        self.figures = [Label(type="emphasis") for _ in titles]
        for place, (title, figure) in enumerate(zip(titles, self.figures, strict=True)):
            grid.addWidget(Label(title, "note"), 0, place)
            grid.addWidget(figure, 1, place)
            grid.setColumnMinimumWidth(place, 104)
        grid.setColumnStretch(len(titles), 1)

    def show_texts(self, texts: Sequence[str]) -> None:
        """The figures anew."""
        for figure, text in zip(self.figures, texts, strict=True):
            figure.setText(text)


class _Page(QWidget):
    """A white zone: a head with name, note and badge, and what is below it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name, self.note, self.badge = SectionTitle(""), Label(type="note"), Badge()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, theme.MARGIN, 0, 0)
        self.column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(self.name)
        head.addWidget(self.note)
        head.addStretch(1)
        head.addWidget(self.badge)
        self.column.addLayout(head)


class DepositPage(_Page):
    """``opened(entry)`` fires on Enter."""

    opened = Signal(object)

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__()
        self.balance, self.going = Label(type="figure"), Label(type="secondary")
        self.table = Table(
            (_time(zone), *ENTRIES), key=lambda entry: entry.id, empty=N_("account|Nothing was paid in yet. F4 takes a deposit.")
        )
        self.setFocusProxy(self.table)
        line = QHBoxLayout()
        line.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        line.addWidget(Label(N_("account|Deposit"), "secondary"))
        line.addWidget(self.balance)
        line.addWidget(self.going)
        line.addStretch(1)
        self.column.addLayout(line)
        self.column.addWidget(self.table, 1)
        self.table.chosen.connect(self.opened)

    def show_deposit(self, deposit: Deposit) -> None:
        """The deposit anew; the line in hand stays."""
        self.name.setText(deposit.patient_name)
        self.note.setText(tr("account|Patient no. {number}", number=deposit.patient_number))
        self.badge.set(tr("account|the newest {n} lines", n=len(deposit.entries)) if deposit.more else "", "info")
        self.balance.setText(format_yuan(deposit.balance_fen))
        going = tr("account|of it {amount} is being paid out", amount=format_yuan(deposit.going_fen)) if deposit.going_fen else ""
        self.going.setText(going)
        self.table.set_rows(deposit.entries)


class CreditPage(_Page):
    """``opened(entry)`` fires on Enter on an entry, ``wanted(tab)`` when another part is to be shown."""

    opened = Signal(object)
    wanted = Signal(str)

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__()
        self.figures = _Figures((N_("account|Owed"), N_("account|Limit"), N_("account|Still free"), N_("account|To be paid by")))
        self.ages = _Figures((N_("account|up to 30 days"), N_("account|31–60 days"), N_("account|61–90 days"), N_("account|older")))
        self.tabs = Choice(TABS)
        self.entries = Table((_short_time(zone), *CREDIT_ENTRIES), key=lambda entry: entry.id, empty=N_("account|Nothing was charged yet."))
        self.members = Table(
            (*MEMBERS, _day(N_("account|Since"), "since", zone), _day(N_("account|Until"), "until", zone)),
            key=lambda member: (member.patient_id, member.since),
            empty=N_("account|Nobody yet. F8 adds a patient for whom the company pays."),
            dim=lambda member: member.until is not None,
        )
        self.lines = Table(STATEMENT, key=id, empty=N_("account|Nothing came or went in this month."))
        self.sums = Label(type="secondary")
        self.stack = QStackedWidget()
        self._waits = False
        self._build()
        self.entries.chosen.connect(self.opened)
        self.tabs.chosen.connect(self._tab)

    def _build(self) -> None:
        self.sums.setWordWrap(True)
        self.sums.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        statement = QWidget()
        column = QVBoxLayout(statement)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.sums)
        column.addWidget(self.lines, 1)
        statement.setFocusProxy(self.lines)
        for page in (self.entries, self.members, statement):
            self.stack.addWidget(page)
        line = QHBoxLayout()
        line.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        line.addWidget(self.tabs)
        for widget in (self.figures, self.ages):
            self.column.addWidget(widget)
        self.column.addLayout(line)
        self.column.addWidget(self.stack, 1)
        self.setFocusProxy(self.stack)

    def show_account(self, facts: CreditAccountFacts, statement: Statement | None) -> None:
        """The account anew; the line in hand stays."""
        account, ages = facts.account, facts.ageing
        self.name.setText(account.name)
        note = account.contact or (tr("account|Patient no. {number}", number=account.patient_number) if account.patient_number else "")
        self.note.setText(" · ".join(filter(None, (note, account.note))))
        self.badge.set(*state(account))
        free = max(account.limit_fen - account.balance_fen, 0) if account.active else 0
        due = account.due_on.isoformat() if account.due_on else "—"
        self.figures.show_texts((owed(account), format_yuan(account.limit_fen), format_yuan(free), due))
        self.ages.show_texts([format_yuan(fen) for fen in (ages.up_to_30_fen, ages.up_to_60_fen, ages.up_to_90_fen, ages.older_fen)])
        self.ages.setVisible(account.balance_fen > 0)
        self.entries.set_rows(facts.entries)
        self.members.set_rows(facts.members)
        self._show_statement(statement)

    def _show_statement(self, statement: Statement | None) -> None:
        if statement is None:
            self.lines.set_rows(())
            self.sums.clear()
            if self.tabs.code() == "statement":
                self.first()
            return
        self.lines.set_rows(statement.lines)
        self.sums.setText(
            tr(
                "account|{month}: {opening} at the beginning, {charged} charged, {paid} paid, {closing} at the end. Ctrl+P prints it,"
                " Ctrl+B and Ctrl+N turn the month.",
                month=f"{statement.month:%Y-%m}",
                opening=format_yuan(statement.opening_fen),
                charged=format_yuan(statement.charged_fen - statement.taken_back_fen),
                paid=format_yuan(statement.collected_fen - statement.paid_back_fen),
                closing=format_yuan(statement.closing_fen),
            )
        )
        if self._waits:
            self._waits = False
            self._go("statement")

    def show_statement_when_there(self) -> None:
        """Turn to the statement as soon as it was read."""
        self._waits = True

    def first(self) -> None:
        """Turn to the entries."""
        self._go("entries")

    def show_members(self) -> None:
        """Turn to the members."""
        self._go("members")

    def _go(self, tab: str) -> None:
        self.tabs.set_code(tab)
        self.stack.setCurrentIndex(self.tabs.codes().index(tab))
        self.stack.setFocusProxy((self.entries, self.members, self.lines)[self.stack.currentIndex()])

    def _tab(self, tab: str) -> None:
        self._go(tab)
        self.wanted.emit(tab)


class DocumentPage(_Page):
    """The bill or the receipt behind a line; Esc goes back."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table(DOCUMENT, key=id)
        self.setFocusProxy(self.table)
        self.column.addWidget(self.table, 1)
        self.note.setText("")

    def show_lines(self, title: str, lines: Sequence[tuple[str, str, int]]) -> None:
        """A document's lines."""
        self.name.setText(title)
        self.table.set_rows(lines)
