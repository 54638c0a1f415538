"""The cashier's desk: debtors on the left, the bill in the middle, the till on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from client import theme
from client.cashier import actions, draft
from client.cashier.model import CashierModel
from client.cashier.view.bill_table import BillTable
from client.cashier.view.debtors import DebtorPane
from client.cashier.view.till import Till
from client.desk import Desk, Workplace
from client.texts import text
from client.widgets.badge import Badge
from client.widgets.form import SectionTitle
from common import topics
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from client.cashier.model import BillRow
    from client.ticket import Link
    from common.messages.patients import PatientSummary
    from common.wire import Change
    from devices.idcard.protocol import IdCard

DRAFT_MS = 500
CLOCK_MS = 30_000


class CashierDesk(Desk):
    """See the user guide; :mod:`client.cashier.actions` does the acts."""

    id, title, icon = "cashier", N_("desk|Cashier"), "cashier"
    topics = frozenset({topics.CHARGE, topics.BILL, topics.PRESCRIPTION, topics.SHIFT, topics.PATIENT})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = CashierModel(zone=place.session.expires_at.tzinfo)
        self.debtors = DebtorPane(place.ops, self.model)
        self.bill = BillTable()
        self.review = Badge()
        self.till = Till(self.model)
        self._keep = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._keep.timeout.connect(lambda: draft.keep(self))
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._show_ages)
        self._clock.start()
        self._lay_out()
        self._connect()
        actions.take_lists(self)
        draft.restore(self)

    def _lay_out(self) -> None:
        middle = QWidget()
        middle.setProperty("ground", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("bill|Unpaid lines")))
        head.addStretch(1)
        head.addWidget(self.review)
        column.addLayout(head)
        column.addWidget(self.bill, 1)
        self.zones_split = QSplitter(Qt.Orientation.Horizontal)
        self.zones_split.setChildrenCollapsible(False)
        self.zones_split.setHandleWidth(1)
        for widget, least, stretch in ((self.debtors, 280, 3), (middle, 380, 6), (self._scrolled_till(), 308, 3)):
            widget.setMinimumWidth(least)
            self.zones_split.addWidget(widget)
            self.zones_split.setStretchFactor(self.zones_split.count() - 1, stretch)
        self.zones_split.setSizes([348, 658, 358])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.zones_split)
        text(self.bill.setAccessibleName, N_("bill|Unpaid lines"))

    def _scrolled_till(self) -> QScrollArea:
        """At 200 % a small screen has not the height for all of it."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.till)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _connect(self) -> None:
        self.debtors.chosen.connect(lambda patient_id: actions.choose(self, patient_id))
        self.bill.ticking.connect(self._tick)
        self.bill.chosen.connect(lambda _row: self.till.given.setFocus())
        self.till.paid.connect(self._paid_changed)
        self.ops.link_changed.connect(self._link_changed)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return actions.rows(self)

    @property
    def state(self) -> CashierModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.debtors, self.bill, self.till)

    def refresh(self, changes: frozenset[Change]) -> None:
        actions.refresh(self, changes)

    def scanned(self, code: str) -> bool:
        return actions.scanned(self, code)

    def carded(self, card: IdCard) -> None:
        actions.find_number(self, card.number)

    def help(self) -> str:
        from client.shell.help import help_text

        return help_text("client.cashier")

    def back(self) -> bool:
        if self.debtors.search.text():
            self.debtors.search.clear()
            return True
        if not self.debtors.search.field.hasFocus():
            self.debtors.search.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def wind_up(self) -> None:
        draft.keep(self)

    def retranslate(self) -> None:
        self.show_all()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def begin(self, patient_id: int) -> None:
        """Another patient's bill: the fields are empty, the hand is on the cash."""
        if patient_id != self.model.patient_id:
            draft.drop(self)
            self.model.begin(patient_id)
            self.bill.set_rows(())
            self.till.forget()
        self.debtors.search.clear()
        self.till.given.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_all()

    def show_patient(self, patient: PatientSummary) -> None:
        """The banner shows whose bill it is."""
        if patient.id == self.model.patient_id:
            self.model.patient = patient
            self.set_patient(patient)

    def show_all(self) -> None:
        """Lists and figures anew; selection, focus and what was typed stay."""
        self.debtors.show_debtors(self.model.debtors)
        self.bill.say_empty(self._nothing())
        self.bill.set_rows(self.model.rows())
        count = self.model.unpaid.in_review if self.model.unpaid else 0
        words = tr("1 prescription in review") if count == 1 else tr("{n} prescriptions in review", n=count)
        self.review.set(words if count else "", "info")
        self.till.show_model()
        self.state_changed.emit()

    def _nothing(self) -> str:
        if self.model.unpaid is None:
            return N_("Choose who pays from the list, or find the patient with F2.")
        return N_("bill|Everything is paid.")

    def _show_ages(self) -> None:
        """Time passes: waiting times and ages are painted anew."""
        self.debtors.table.viewport().update()
        self.show_all()

    def _link_changed(self, link: Link) -> None:
        actions.link_changed(self, link)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def _tick(self, row: BillRow) -> None:
        if not self.model.sending:
            self.model.tick(row.lines, not row.ticked)
            self._keep.start()
            self.show_all()

    def tick_all(self) -> None:
        """Tick every line, or none if all are ticked."""
        if not self.model.sending:
            self.model.tick(self.model.lines, bool(self.model.unticked))
            self._keep.start()
            self.show_all()

    def _paid_changed(self) -> None:
        self.model.trouble = ""
        self._keep.start()
        self.till.show_model()
        actions.show_customer(self)
        self.state_changed.emit()
