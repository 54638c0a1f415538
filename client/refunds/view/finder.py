"""The zone on the left: refunds under way, the search, and the bills, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.fitting import Fitting
from client.refunds.model import STATES
from client.widgets.form import Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.settlement_pane import TONES
from client.widgets.table import Column, Table
from common.domain.money import yuan
from common.domain.states import SETTLEMENT
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from common.messages.settlement import BillHit, SettlementFacts

#: Keys that come faster than this are asked about together.
PAUSE_MS: Final = 40
_ARROWS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
_ENTERS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOST_OPEN: Final = 4
OPEN: Final = (
    Column(title=N_("Name"), text=lambda settlement: settlement.patient_name, strong=True),
    Column(
        title=N_("bill|State"),
        text=lambda settlement: SETTLEMENT.label(settlement.state),
        width=132,
        tone=lambda settlement: TONES.get(settlement.state, "plain"),
    ),
)


class Finder(QWidget):
    """``asked(text)`` fires while one types, ``chosen(BillHit)`` on Enter, ``opened(SettlementFacts)`` for one under way."""

    asked = Signal(str)
    chosen = Signal(object)
    opened = Signal(object)

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self.patient_id: int | None = None
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = TextInput(placeholder=N_("refund|Receipt, bill or patient number, name or initials"), emphasis=True, most=60)
        self.table = Table(self._columns(), key=lambda hit: hit.id, empty=N_("refund|No bill was found."), dim=_gone)
        self.table.led = True
        Fitting(self.table, least=64, least_english=64, first_to_go=(0,))
        self.open = Table(OPEN, key=lambda settlement: settlement.id, dense=True)
        self.open.horizontalHeader().hide()
        self.under_way = SectionTitle(N_("bill|Under way"))
        self.count = Label(type="note")
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self.setFocusProxy(self.field)
        self._lay_out()
        self._connect()
        self.show_open(())

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("refund|When"), text=self._when, width=56, quiet=True),
            Column(title=N_("Name"), text=lambda hit: hit.patient_name, strong=True),
            Column(title=N_("refund|Yuan"), text=lambda hit: f"{yuan(hit.total_fen):,}", width=84, align="right"),
            Column(title=N_("bill|State"), text=lambda hit: tr(STATES[hit.state][0]), width=96, tone=lambda hit: STATES[hit.state][1]),
        )

    def _when(self, hit: BillHit) -> str:
        """The time of today's bills, the day of earlier ones."""
        now = self._now()
        return f"{hit.at.astimezone(now.tzinfo):%H:%M}" if hit.date == now.date() else f"{hit.date:%m-%d}"

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.addWidget(SectionTitle(N_("refund|Bills")))
        head.addStretch(1)
        head.addWidget(self.count)
        layout.addWidget(self.under_way)
        layout.addWidget(self.open)
        layout.addLayout(head)
        layout.addWidget(self.field)
        layout.addWidget(self.table, 1)

    def _connect(self) -> None:
        self._pause.timeout.connect(lambda: self.asked.emit(self.text()))
        self.field.textEdited.connect(self._typed)
        self.field.installEventFilter(self)
        self.table.chosen.connect(self.chosen.emit)
        self.open.chosen.connect(self.opened.emit)

    def _typed(self, _text: str) -> None:
        self.patient_id = None
        self._pause.start()

    def text(self) -> str:
        """What was typed; nothing while one patient's bills are shown."""
        return "" if self.patient_id is not None else self.field.text().strip()

    def start(self) -> None:
        """Begin anew."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def set_search(self, text: str) -> None:
        """As if it had been typed."""
        self.patient_id = None
        self.field.setText(text)

    def set_patient(self, patient_id: int, name: str) -> None:
        """The bills of one patient."""
        self.patient_id = patient_id
        self.field.setText(name)

    def clear(self) -> bool:
        """The newest of all again. ``False`` if they are shown already."""
        if not self.field.text() and self.patient_id is None:
            return False
        self.set_search("")
        self.asked.emit("")
        return True

    def show_bills(self, bills: Sequence[BillHit], *, more: bool) -> None:
        """The list anew; what is selected stays so."""
        self.table.set_rows(bills)
        self.count.setText(tr("refund|{n} shown, there are more", n=len(bills)) if more else tr("refund|{n} bills", n=len(bills)))

    def show_open(self, settlements: Sequence[SettlementFacts]) -> None:
        """Refunds under way; none of it while there is none."""
        self.open.set_rows(settlements)
        self.open.setFixedHeight(theme.DENSE_ROW * min(len(settlements), _MOST_OPEN) + 1)
        for widget in (self.under_way, self.open):
            widget.setVisible(bool(settlements))

    def focus_open(self) -> None:
        """Go to what is under way; a single one is opened at once."""
        rows = self.open.rows()
        if len(rows) == 1:
            self.opened.emit(rows[0])
        elif rows:
            self.open.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _ARROWS:
                self.table.step(_ARROWS[Qt.Key(event.key())])
                return True
            if event.key() in _ENTERS:
                self._enter()
                return True
        return super().eventFilter(watched, event)

    def _enter(self) -> None:
        current = self.table.current()
        if self._pause.isActive():
            self._pause.stop()
            self.asked.emit("\r" + self.text())  # the list is not the one that was asked for yet
        elif current is not None:
            self.chosen.emit(current)


def _gone(hit: BillHit) -> bool:
    return hit.state in ("TAKEN_BACK", "REISSUED")
