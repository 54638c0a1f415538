"""Alerts 预警: expiries, drugs below their minimum, drugs that do not move, licences, temperatures. Enter shows one, F12 begins what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt, QTimer

from client.store import words
from client.store.alerting import Row, paper_for, rows_of
from client.store.model import ALERTS, PAPERS, PLAN, RECALLS, STOCK, SUPPLIERS, TEMPERATURE
from client.store.papers_draft import PaperDraft
from client.store.view.page import StorePage
from client.widgets.choice import Choice
from client.widgets.form import Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.alerts import AlertKind, Alerts, ListAlerts
from common.messages.store_papers import PaperKind
from common.permissions import Permission

if TYPE_CHECKING:
    from datetime import date

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 264
TYPE_AHEAD_MS: Final = 300
IDLE_DAYS: Final = 90
_EXPIRIES: Final = frozenset({AlertKind.EXPIRED, AlertKind.NEAR_30, AlertKind.NEAR_90, AlertKind.NEAR_180})
#: What is shown by which choice; an empty set is everything.
_SHOWN: Final = {
    "all": frozenset[AlertKind](),
    "expiry": _EXPIRIES,
    "minimum": frozenset({AlertKind.BELOW_MINIMUM}),
    "idle": frozenset({AlertKind.IDLE}),
    "licence": frozenset({AlertKind.LICENCE}),
    "temperature": frozenset({AlertKind.TEMPERATURE}),
}
_WITHOUT_WORTH: Final = frozenset({AlertKind.BELOW_MINIMUM, AlertKind.LICENCE, AlertKind.TEMPERATURE})


#: Nothing is begun for them; a batch of no known supplier cannot be given back.
_LOOKED_AT: Final = _EXPIRIES | {AlertKind.IDLE}
#: Why the paper is made that a batch asks for.
_REASONS: Final = {
    PaperKind.DAMAGE: N_("alert|Expired"),
    PaperKind.DESTROY: N_("alert|Expired"),
    PaperKind.SUPPLIER_RETURN: N_("alert|near expiry"),
}


class _Sum(NamedTuple):
    """How many of a kind there are, and what they are worth at purchase price."""

    kind: AlertKind
    title: str
    n: int
    value_fen: int | None


_SUMS: Final = (
    Column(title=N_("alert|Why"), text=lambda row: tr(row.title)),
    Column(title=N_("alert|Number"), text=lambda row: str(row.n), width=40, align="right"),
    Column(
        title=N_("stock|Purchase value"),
        text=lambda row: "" if row.value_fen is None else words.amount(row.value_fen),
        width=88,
        align="right",
        quiet=True,
    ),
)


class AlertPage(StorePage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.found: tuple[Row, ...] = ()
        self.choice = Choice(
            (
                ("all", N_("alert|All")),
                ("expiry", N_("alert|Expiry")),
                ("minimum", N_("alert|Minimum")),
                ("idle", N_("alert|Movement")),
                ("licence", N_("alert|Licences")),
                ("temperature", N_("alert|Temperature")),
            )
        )
        self.days = TextInput(most=4)
        self.days.setFixedWidth(64)
        self.days.setText(str(IDLE_DAYS))
        self.table = Table(
            self._columns(),
            key=lambda row: row.key,
            empty=N_("alert|Nothing has to be looked at."),
        )
        self.sums = Table(_SUMS, key=lambda row: row.kind, empty=N_("alert|Nothing has to be looked at."), dense=True)
        self.sums.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sums.setSelectionMode(Table.SelectionMode.NoSelection)
        self.advice = Label(N_("alert|Enter shows it. F12 begins what it asks for: a paper, an order, an answer."), "note")
        self.advice.setWordWrap(True)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        head = bar(self.choice, Label(N_("alert|Nothing went out for so many days"), "note"), self.days)
        self.lay_out((head, self.table), (SectionTitle(N_("alert|In all")), self.sums, self.advice), SIDE, grows=self.sums)
        self.choice.chosen.connect(lambda _code: self._show_rows())
        self.days.textChanged.connect(lambda _text: self._later.start())
        self._later.timeout.connect(self.load)
        self.table.chosen.connect(self._go)
        self.table.moved.connect(lambda _row: self.changed.emit())

    def _today(self) -> date:
        return self.desk.place.now().date()

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("alert|Why"), text=lambda row: row.why, width=156, tone=lambda row: row.tone),
            Column(title=N_("alert|What"), text=lambda row: row.name, strong=True),
            Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=120, quiet=True),
            Column(title=N_("stock|Lot"), text=lambda row: row.lot, width=92),
            Column(title=N_("stock|Expiry"), text=lambda row: row.expiry(self._today()), width=164),
            Column(title=N_("stock|On hand"), text=lambda row: row.on_hand, width=88, align="right"),
            Column(title=N_("alert|Minimum or last use"), text=lambda row: row.beside, width=112, quiet=True),
        )

    def load(self) -> None:
        typed = self.days.text().strip()
        days = int(typed) if typed.isdecimal() and 1 <= int(typed) <= 3650 else IDLE_DAYS
        self.desk.send(ListAlerts(idle_days=days), self._show)

    def _show(self, found: Alerts) -> None:
        self.found = rows_of(found)
        urgent = sum(row.urgent for row in self.found)
        self.desk.model.counts[ALERTS] = (urgent or len(self.found), "danger" if urgent else "info")
        self.sums.set_rows(self._sums())
        self._show_rows()
        self.changed.emit()

    def _sums(self) -> list[_Sum]:
        found = []
        for kind, (title, _tone) in words.ALERTS.items():
            rows = [row for row in self.found if row.kind is kind]
            if rows:
                found.append(_Sum(kind, title, len(rows), None if kind in _WITHOUT_WORTH else sum(row.value_fen for row in rows)))
        return found

    def _show_rows(self) -> None:
        kinds = _SHOWN[self.choice.code()]
        self.table.set_rows([alert for alert in self.found if not kinds or alert.kind in kinds])

    def _go(self, row: Row) -> None:
        """Enter: the stock of the drug, the supplier, or the temperature's answer."""
        if row.kind is AlertKind.LICENCE:
            self.desk.go_to(SUPPLIERS)
            self.desk.suppliers.show_supplier(row.subject)
        elif row.kind is AlertKind.TEMPERATURE:
            self.desk.go_to(TEMPERATURE).detail().setFocus(Qt.FocusReason.OtherFocusReason)
        elif row.kind is AlertKind.RECALL:
            self.desk.go_to(RECALLS).work().setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.desk.go_to(STOCK)
            self.desk.stock.show_drug(row.code)

    def why_not(self) -> str:
        row = self.table.current()
        if row is None:
            return tr("alert|Nothing is chosen.")
        kind = paper_for(row)
        if kind is not None:
            return self._why_no_paper(kind)
        if row.kind is AlertKind.BELOW_MINIMUM and not self.desk.place.may(Permission.STORE_MANAGE):
            return tr("alert|The store keeper orders it.")
        return "" if row.kind not in _LOOKED_AT else tr("alert|Enter shows its stock.")

    def _why_no_paper(self, kind: PaperKind) -> str:
        editor = self.desk.papers.editor
        if kind not in editor.offered:
            return tr("paper|You may look at papers only.")
        return tr("paper|Another paper is half made: F3 on the papers' page goes on with it.") if editor.draft.begun() else ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Deal with it")}

    def finish(self) -> None:
        """F12: what the alert asks for is begun."""
        row = self.table.current()
        if row is None or self.why_not():
            return
        kind = paper_for(row)
        if kind is not None:
            self.desk.go_to(PAPERS)
            supplier = row.supplier if kind is PaperKind.SUPPLIER_RETURN else ""
            self.desk.papers.make_for(PaperDraft(kind=kind, supplier=supplier, reason=tr(_REASONS[kind])), row.subject, row.lot)
        elif row.kind is AlertKind.BELOW_MINIMUM:
            self.desk.go_to(PLAN)
            self.desk.plan.search.setText(row.code)
            self.desk.plan.work().setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._go(row)

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.choice

    def seek(self) -> None:
        self.choice.setFocus(Qt.FocusReason.ShortcutFocusReason)
