"""The zone on the left: who is to pay today, longest waiting first; or what the search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.cashier.model import waiting
from client.fitting import Fitting
from client.format import sex
from client.widgets.form import Label, SectionTitle
from client.widgets.patient_search import PatientSearch
from client.widgets.settlement_pane import TONES
from client.widgets.table import Column, Table
from common.domain.money import yuan
from common.domain.states import SETTLEMENT
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.cashier.model import CashierModel
    from client.ops import Ops
    from common.messages.cashier import Debtor
    from common.messages.settlement import SettlementFacts

_LONG: Final = 30  # minutes after which somebody waits too long
_ARROWS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
_ENTERS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

FOUND: Final = (
    Column(title=N_("Name"), text=lambda hit: hit.name, strong=True),
    Column(title=N_("bill|Born"), text=lambda hit: f"{sex(hit.sex)} {hit.birth_date.isoformat()}", width=124),
    Column(title=N_("Phone"), text=lambda hit: f"…{hit.phone[-4:]}" if hit.phone else "—", width=64),
)
OPEN: Final = (
    Column(title=N_("Name"), text=lambda settlement: settlement.patient_name, strong=True),
    Column(
        title=N_("bill|State"),
        text=lambda settlement: SETTLEMENT.label(settlement.state),
        width=152,
        tone=lambda settlement: TONES.get(settlement.state, "plain"),
    ),
    Column(title=N_("bill|Amount (yuan)"), text=lambda settlement: f"{yuan(settlement.expected_fen):,}", width=80, align="right"),
)
_MOST_OPEN: Final = 4


class DebtorPane(QWidget):
    """``chosen(patient id)`` fires for a debtor, a patient found, or one whose settlement is under way (the strip on top). Enter in the empty
    search takes the debtor that is selected."""

    chosen = Signal(int)

    def __init__(self, ops: Ops, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = PatientSearch(ops)
        self._narrow_search()
        self.table = Table(self._columns(), key=lambda debtor: debtor.patient_id, empty=N_("Nobody has anything to pay."), fits=self._fits)
        self.count = Label(type="note")
        self.under_way = SectionTitle(N_("bill|Under way"))
        self.open = Table(
            OPEN, key=lambda settlement: settlement.id, fits=lambda settlement: settlement.patient_id == model.patient_id, dense=True
        )
        self.open.horizontalHeader().hide()
        Fitting(self.open, least=80, least_english=80, first_to_go=(2,))
        self.setFocusProxy(self.search)
        self._build()
        self.open.chosen.connect(lambda settlement: self.chosen.emit(settlement.patient_id))
        self.table.chosen.connect(lambda debtor: self.chosen.emit(debtor.patient_id))
        self.search.chosen.connect(lambda hit: self.chosen.emit(hit.id))
        self.search.field.textChanged.connect(lambda _typed: self._show_pages())
        self.search.field.installEventFilter(self)

    def _columns(self) -> tuple[Column, ...]:
        model = self._model
        return (
            Column(title=N_("Name"), text=lambda debtor: debtor.name, strong=True),
            Column(title=N_("bill|Waiting"), text=lambda debtor: waiting(debtor, model.now()), width=84, tone=self._tone),
            Column(title=N_("bill|Amount (yuan)"), text=lambda debtor: f"{yuan(debtor.total_fen):,}", width=104, align="right"),
        )

    def _tone(self, debtor: Debtor) -> str:
        minutes = (self._model.now() - debtor.since).total_seconds() / 60
        return "warning" if minutes >= _LONG else ""

    def _narrow_search(self) -> None:
        """Fewer columns than the search has elsewhere: the zone is narrow."""
        rows = self.search.list.rows_model
        rows.beginResetModel()
        rows.columns = FOUND
        rows.endResetModel()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.addWidget(SectionTitle(N_("To pay today")))
        head.addStretch(1)
        head.addWidget(self.count)
        layout.addWidget(self.under_way)
        layout.addWidget(self.open)
        layout.addLayout(head)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        self.show_open(())
        self._show_pages()

    def _show_pages(self) -> None:
        searching = bool(self.search.text())
        self.search.list.setVisible(searching)
        self.search.note.setVisible(searching)
        self.table.setVisible(not searching)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretchFactor(self.search, 1 if searching else 0)

    def _fits(self, debtor: Debtor) -> bool:
        """While somebody is in hand nobody else is marked, unless the hand is at the search and its Enter would take him."""
        model = self._model
        owes = model.unpaid is None or bool(model.lines or model.quoted)
        in_hand = model.patient_id is not None and owes and not self.search.field.hasFocus()
        return not in_hand or debtor.patient_id == model.patient_id

    def show_debtors(self, debtors: Sequence[Debtor]) -> None:
        """The list anew, without those whose settlement is under way; who is selected stays selected."""
        under_way = {settlement.patient_id for settlement in self._model.open}
        waiting_here = [debtor for debtor in debtors if debtor.patient_id not in under_way]
        self.table.set_rows(waiting_here)
        self.count.setText(tr("bill|{n} waiting", n=len(waiting_here)) if waiting_here else "")

    def follow(self) -> None:
        """The rows that are marked are those of the patient in hand; nobody's where he is in neither list."""
        for table in (self.table, self.open):
            row = next((each for each in table.rows() if each.patient_id == self._model.patient_id), None)
            if row is None:
                table.setCurrentIndex(QModelIndex())
            else:
                table.select(row.patient_id if table is self.table else row.id)

    def show_open(self, settlements: Sequence[SettlementFacts]) -> None:
        """The strip on top; none of it while nothing is under way."""
        self.open.set_rows(settlements)
        self.open.setFixedHeight(theme.DENSE_ROW * min(len(settlements), _MOST_OPEN) + 1)
        for widget in (self.under_way, self.open):
            widget.setVisible(bool(settlements))

    def focus_open(self) -> None:
        """Go to the strip; a single one is opened at once."""
        rows = self.open.rows()
        if len(rows) == 1:
            self.chosen.emit(rows[0].patient_id)
        elif rows:
            if self.open.current() is None:
                self.open.select(rows[0].id)
            self.open.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def step_to_next(self) -> None:
        """Select the one who has waited longest, for the next Enter."""
        rows = self.table.rows()
        if rows:
            self.table.select(rows[0].patient_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search.field and event.type() == QEvent.Type.FocusIn and self.table.current() is None:
            self.step_to_next()
        if (
            watched is self.search.field
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and not self.search.text()
        ):
            if event.key() in _ARROWS:
                self.table.step(_ARROWS[Qt.Key(event.key())])
                return True
            current = self.table.current()
            if event.key() in _ENTERS and current is not None:
                self.chosen.emit(current.patient_id)
                return True
        return super().eventFilter(watched, event)
