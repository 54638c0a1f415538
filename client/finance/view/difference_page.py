"""Where a payment channel's statement and our books differ: days and differences at the left, both sides and the way out at the right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.finance import differences
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.reconcile import (
    DifferenceFacts,
    ListDifferences,
    ListReconciliations,
    ResolveDifference,
    RunChannelReconciliation,
    Way,
)
from common.messages.settlement import GetMoneyRules

if TYPE_CHECKING:
    from client.finance.view.desk import FinanceDesk
    from common.messages.reconcile import DifferenceList
    from common.messages.settlement import MoneyRules

#: How many days of statements, and of differences that were cleared, are shown.
_DAYS: Final = 30
_MOST: Final = 2000
_NONE: Final = (("", N_("way|–")),)
_OPEN, _ALL = "open", "all"


class DifferencePage(QWidget):
    """``changed`` when what F12 would do may have changed; ``finished`` after the last field."""

    changed = Signal()
    finished = Signal()

    def __init__(self, desk: FinanceDesk) -> None:
        super().__init__()
        self._desk = desk
        self._shown: int | None = None
        self.channel, self.day = Choice(_NONE), DateInput()
        self.day.setFixedWidth(120)
        self.day.set_date(desk.model.today - timedelta(days=1))
        self.which = Choice(((_OPEN, N_("difference|Open ones")), (_ALL, N_("difference|All of 30 days"))))
        self.days, self.table = _days(), _differences()
        self.more = Label("", "note")
        self.about = Label("", "secondary")
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.way = Choice(_NONE)
        self.settlement, self.reason = TextInput(most=18), TextInput(most=200)
        self.form = Form()
        self.form.add(N_("difference|How it is cleared"), self.way, required=True)
        self.form.add(N_("difference|Number of our settlement"), self.settlement, required=True)
        self.form.add(N_("difference|Reason"), self.reason, required=True)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.table)
        self.show_one(None)

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QVBoxLayout()
        left.setContentsMargins(0, theme.MARGIN, 0, 0)
        left.setSpacing(theme.GAP)
        left.addLayout(_bar(SectionTitle(N_("statement|Statements of the channels")), self.day, self.channel))
        left.addWidget(self.days)
        left.addLayout(_bar(SectionTitle(N_("statement|What differs")), self.more, self.which))
        left.addWidget(self.table, 1)
        side = QWidget()
        side.setFixedWidth(360)
        right = QVBoxLayout(side)
        right.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        right.setSpacing(theme.GAP)
        for part in (SectionTitle(N_("difference|The difference")), self.about, self.form):
            right.addWidget(part)
        right.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(left, 1)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(side)

    def _connect(self) -> None:
        self.table.moved.connect(lambda _row: self.show_one(self.current()))
        self.table.chosen.connect(lambda _row: self._into_form())
        self.day.returnPressed.connect(self.fetch)
        self.which.chosen.connect(lambda _code: self.load())
        self.way.chosen.connect(lambda _code: self._way_chosen())
        self.form.finished.connect(self.finished.emit)
        self.day.textChanged.connect(lambda _text: self.changed.emit())
        for field in (self.reason, self.settlement):
            field.textChanged.connect(lambda _text: self.changed.emit())

    # --- reading ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Channels, days and differences, anew."""
        desk, since = self._desk, self._desk.model.today - timedelta(days=_DAYS)
        open_only = self.which.code() == _OPEN
        desk.send(GetMoneyRules(), self.show_channels, desk.fail, key="channels of differences")
        desk.send(ListReconciliations(since=since), lambda found: self.days.set_rows(found.days), desk.fail)
        asked = ListDifferences(open_only=open_only, since=None if open_only else since, limit=_MOST)
        desk.send(asked, self.show_differences, desk.fail)

    def show_channels(self, rules: MoneyRules) -> None:
        """The channels that can be asked."""
        offered = [(kind.value, TITLES[kind]) for kind in rules.channels]
        if self.channel.codes() != [code for code, _ in offered or _NONE]:
            self.channel.offer(offered or _NONE)
            self.changed.emit()

    def show_differences(self, found: DifferenceList) -> None:
        """Those with channels; the insurance has a desk of its own."""
        self.table.set_rows([one for one in found.differences if one.party != differences.INSURANCE])
        self.more.setText(tr("difference|There are more.") if found.more else "")
        self.show_one(self.current())

    def current(self) -> DifferenceFacts | None:
        """The difference in hand."""
        row = self.table.current()
        return row if isinstance(row, DifferenceFacts) else None

    def show_one(self, one: DifferenceFacts | None) -> None:
        """What is wrong with a difference, and what may be done about it."""
        self.about.setText(differences.about(one) if one is not None else tr("statement|Choose a difference."))
        offered = [(way.value, differences.WAYS[way]) for way in differences.ways(one)]
        if self.way.codes() != [code for code, _ in offered or _NONE]:
            self.way.offer(offered or _NONE)
        if one is not None and one.id != self._shown:
            self.way.set_code(self.way.codes()[0])
            self.reason.clear()
            self.settlement.setText("" if one.settlement_id is None else str(one.settlement_id))
        self._shown = one.id if one is not None else None
        self.form.setVisible(bool(offered))
        self._way_chosen()

    def _way_chosen(self) -> None:
        self.form.show_field(self.settlement, self.way.code() == Way.SETTLED)
        self.changed.emit()

    def _into_form(self) -> None:
        if differences.ways(self.current()):
            self.way.setFocus(Qt.FocusReason.TabFocusReason)

    def retranslate(self) -> None:
        """Another language."""
        self.show_one(self.current())

    # --- acts ------------------------------------------------------------------------------------------------------------------

    def why_no_fetch(self) -> str:
        """Why no statement can be fetched now, as a source string; empty when one can."""
        if not self.channel.code():
            return N_("No payment channel is connected.")
        return N_("Type the statement's day first.") if self.day.date() is None else ""

    def fetch(self) -> None:
        """Ctrl+T: have the service fetch the day's statement, once more if it was fetched before."""
        desk, day, why = self._desk, self.day.date(), self.why_no_fetch()
        if day is None or why:
            desk.tell(tr(why), "warning")
            return

        def done(_facts: Any) -> None:
            desk.tell(tr("The statement of {day} is being fetched …", day=day), "info")
            self.load()

        desk.send(RunChannelReconciliation(channel=TenderKind(self.channel.code()), day=day), done, desk.fail)

    def missing(self) -> str:
        """Why the difference cannot be cleared now, as a sentence; empty when it can."""
        if not differences.ways(self.current()):
            return tr("Choose a difference that is open.")
        if self.way.code() == Way.SETTLED and not self.settlement.text().strip().isdecimal():
            return tr("Type the number of our settlement.")
        return tr("Type the reason.") if len(self.reason.text().strip()) < 2 else ""

    def request(self) -> ResolveDifference:
        """What the form says; only when nothing is :meth:`missing`."""
        one, way = self.current(), Way(self.way.code())
        assert one is not None
        linked = int(self.settlement.text()) if way is Way.SETTLED else None
        return ResolveDifference(difference_id=one.id, way=way, reason=self.reason.text().strip(), settlement_id=linked)

    def saved(self, one: DifferenceFacts) -> None:
        """It is cleared, or on its way."""
        self.reason.clear()
        cleared = one.resolved_at is not None
        self._desk.tell(
            tr("The difference is cleared.") if cleared else tr("The channel is asked to pay it back; the list shows what came of it.")
        )
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)


def _bar(title: QWidget, beside: QWidget, choice: Choice) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
    row.setSpacing(theme.GAP)
    row.addWidget(title)
    row.addSpacing(theme.MARGIN)
    row.addWidget(beside)
    row.addWidget(choice, 1)
    return row


def _days() -> Table:
    table = Table(
        (
            Column(title=N_("statement|Day"), text=lambda row: f"{row.day}", width=100),
            Column(title=N_("statement|Channel"), text=lambda row: differences.party(row.channel), width=112, strong=True),
            Column(title=N_("statement|Lines"), text=lambda row: f"{row.lines:,}", width=72, align="right"),
            Column(title=N_("statement|Taken in"), text=lambda row: format_yuan(row.paid_fen), width=112, align="right"),
            Column(title=N_("statement|Paid back"), text=lambda row: format_yuan(row.back_fen), width=112, align="right"),
            Column(title=N_("statement|State"), text=lambda row: differences.fetched(row)[0], tone=lambda row: differences.fetched(row)[1]),
        ),
        key=lambda row: (row.channel, row.day),
        empty=N_("statement|No statement was fetched yet. Ctrl+T fetches that of the day at the top."),
        dense=True,
    )
    table.setFixedHeight(184)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return table


def _differences() -> Table:
    return Table(
        (
            Column(title=N_("statement|Day"), text=lambda row: f"{row.day}", width=100),
            Column(title=N_("statement|Channel"), text=lambda row: differences.party(row.party), width=96),
            Column(title=N_("statement|Finding"), text=lambda row: tr(differences.FINDINGS[row.finding]), width=128, strong=True),
            Column(title=N_("statement|What"), text=differences.act, width=92, quiet=True),
            Column(title=N_("statement|Patient"), text=differences.patient),
            Column(title=N_("statement|Ours"), text=lambda row: differences.fen(row.ours_fen), width=96, align="right"),
            Column(title=N_("statement|Channel's"), text=lambda row: differences.fen(row.theirs_fen), width=96, align="right"),
            Column(
                title=N_("statement|State"),
                text=lambda row: differences.standing(row)[0],
                tone=lambda row: differences.standing(row)[1],
                width=136,
            ),
        ),
        key=lambda row: row.id,
        empty=N_("statement|Nothing differs: both sides have the same."),
    )
