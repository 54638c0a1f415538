"""The cashier's desk: debtors on the left, the bill in the middle, the till on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.cashier import actions, charging, draft, insuring, lists, paying
from client.cashier.model import CashierModel
from client.cashier.stand import show_customer
from client.cashier.view.bill_table import BillTable
from client.cashier.view.charge_bar import ChargeBar
from client.cashier.view.debtors import DebtorPane
from client.cashier.view.till import Till
from client.desk import Desk, Workplace
from client.settlements import Waiting
from client.texts import text
from client.widgets.badge import Badge
from client.widgets.form import Hairline, SectionTitle
from client.widgets.insured_form import InsuredForm
from client.widgets.settlement_pane import SettlementPane
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
#: What the line about one's own shift takes of the zone on the right.
FOOT = 34


class CashierDesk(Desk):
    """See the user guide; :mod:`client.cashier.actions` does the acts."""

    id, title, icon = "cashier", N_("desk|Cashier"), "cashier"
    topics = frozenset(
        {topics.CHARGE, topics.BILL, topics.PRESCRIPTION, topics.SHIFT, topics.PATIENT, topics.SETTLEMENT, topics.DEPOSIT, topics.CREDIT}
    )
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = CashierModel(zone=place.session.expires_at.tzinfo, roles=frozenset(place.session.staff.roles))
        self.waiting = Waiting(place.journal.desk, "cashier:awaited")
        #: The insurance is to be asked anew; a charge is on its way; the amount due is about to change by what was done here.
        self.asks_again = self.charging = self.own_change = False
        self.card_number = ""
        self.debtors = DebtorPane(place.ops, self.model)
        self.bill = BillTable()
        self.review = Badge()
        self.charge_bar = ChargeBar(lambda typed, show: charging.look_up(self, typed, show))
        self.charge_bar.hide()
        self.till = Till(place.ops, self.model)
        self.pane = SettlementPane(self.model.now, retry=lambda: paying.retry(self), give_up=lambda: paying.cancel(self))
        self.insured_form = InsuredForm(lambda: self.model.insured)
        self._keep = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._keep.timeout.connect(lambda: draft.keep(self))
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._show_ages)
        self._clock.start()
        self._lay_out()
        self._connect()
        lists.take_lists(self)
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
        column.addWidget(self.charge_bar)
        column.addWidget(self.bill, 1)
        self.zones_split = QSplitter(Qt.Orientation.Horizontal)
        self.zones_split.setChildrenCollapsible(False)
        self.zones_split.setHandleWidth(1)
        for widget, least, stretch in ((self.debtors, 280, 3), (middle, 360, 6), (self._right(), 312, 3)):
            widget.setMinimumWidth(least)
            self.zones_split.addWidget(widget)
            self.zones_split.setStretchFactor(self.zones_split.count() - 1, stretch)
        self.zones_split.setSizes([348, 658, 358])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.zones_split)
        text(self.bill.setAccessibleName, N_("bill|Unpaid lines"))

    def _right(self) -> QWidget:
        """The till; in its place the settlement that is under way, or what is said to the insurance. One's own shift stays in view below."""
        self.right = QStackedWidget()
        self.areas = {widget: _scrolled(widget) for widget in (self.till, self.pane, self.insured_form)}
        for area in self.areas.values():
            self.right.addWidget(area)
        zone = QWidget()
        zone.setProperty("ground", "surface")
        zone.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(zone)
        column.setContentsMargins(0, 0, 0, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(self.right, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        foot.setSpacing(theme.GAP)
        foot.addWidget(Hairline())
        foot.addWidget(self.till.shift)
        column.addLayout(foot)
        return zone

    def _connect(self) -> None:
        self.debtors.chosen.connect(lambda patient_id: actions.choose(self, patient_id))
        self.bill.ticking.connect(self._tick)
        self.bill.chosen.connect(lambda _row: self.till.given.setFocus())
        self.till.paid.connect(self._paid_changed)
        self.charge_bar.charging.connect(lambda entry, quantity: charging.charge(self, entry, quantity))
        self.bill.voiding.connect(lambda: charging.void(self))
        self.insured_form.ready.connect(self.ask_insurance)
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

    def scanned(self, code: str) -> bool | None:
        return actions.scanned(self, code)

    def carded(self, card: IdCard) -> None:
        insuring.carded(self, card.number)

    def help(self) -> str:
        from client.shell.help import help_text

        return help_text("client.cashier")

    def back(self) -> bool:
        if self.debtors.search.text():
            self.debtors.search.clear()
        elif self.charge_bar.isVisible():
            self.show_charging(False)
        elif self.insured_form.isVisible():
            self.leave_insured()
        elif self.model.watched is not None:
            paying.cancel(self)
        elif not self.debtors.search.field.hasFocus():
            self.debtors.search.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True

    def wind_up(self) -> None:
        draft.keep(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.till.make_room(event.size().height() - FOOT)

    def retranslate(self) -> None:
        self.insured_form.show_note()
        self.show_all()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def begin(self, patient_id: int) -> None:
        """Another patient's bill: the fields are empty, the hand is on the cash."""
        if patient_id != self.model.patient_id:
            draft.drop(self)
            self.unsay()
            self.model.begin(patient_id)
            self.own_change = False
            self.bill.set_rows(())
            self.till.forget()
            self.show_charging(False)
            self.right.setCurrentWidget(self.areas[self.till])
        self.debtors.search.clear()
        self.till.given.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_all()
        self.debtors.follow()

    def show_patient(self, patient: PatientSummary) -> None:
        """The banner shows whose bill it is."""
        if patient.id == self.model.patient_id:
            self.model.patient = patient
            insuring.know(self, patient)
            self.set_patient(patient)

    def show_all(self) -> None:
        """Lists and figures anew; selection, focus and what was typed stay."""
        self.debtors.show_open(self.model.open)
        self.debtors.show_debtors(self.model.debtors)
        self._show_right()
        self.bill.say_empty(self._nothing())
        self.bill.set_rows(self.model.rows())
        count = self.model.unpaid.in_review if self.model.unpaid else 0
        words = tr("1 prescription in review") if count == 1 else tr("{n} prescriptions in review", n=count)
        self.review.set(words if count else "", "info")
        self.till.show_model()
        self.state_changed.emit()

    def _show_right(self) -> None:
        """The pane while somebody outside is asked; else the till, unless the form about the insurance stands open."""
        waiting = self.model.waiting
        if waiting is not None:
            self.pane.show_settlement(waiting)
            self.right.setCurrentWidget(self.areas[self.pane])
            return
        if self.right.currentWidget() is self.areas[self.pane]:
            self.right.setCurrentWidget(self.areas[self.till])
        self.pane.forget()

    def show_insured(self) -> None:
        """The form about the insurance in place of the till."""
        self.right.setCurrentWidget(self.areas[self.insured_form])
        self.insured_form.start()
        self.state_changed.emit()

    def leave_insured(self) -> None:
        """Back to the till; what was typed about the insurance stays known."""
        self.right.setCurrentWidget(self.areas[self.till])
        self.till.given.setFocus(Qt.FocusReason.OtherFocusReason)
        self.state_changed.emit()

    def ask_insurance(self) -> None:
        """Ask it now; see :mod:`client.cashier.insuring`."""
        insuring.ask(self)

    def show_charging(self, shown: bool) -> None:
        """The fields for charging by hand, above the lines."""
        self.charge_bar.setVisible(shown)
        if shown:
            self.charge_bar.next()
        elif self.model.patient_id is not None and self.charge_bar.item.hasFocus():
            self.till.given.setFocus(Qt.FocusReason.OtherFocusReason)

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
        if not self.model.held:
            self.model.tick(row.lines, not row.ticked)
            self._keep.start()
            self.show_all()

    def tick_all(self) -> None:
        """Tick every line, or none if all are ticked."""
        if not self.model.held:
            self.model.tick(self.model.lines, bool(self.model.unticked))
            self._keep.start()
            self.show_all()

    def _paid_changed(self) -> None:
        self.model.trouble = ""
        self._keep.start()
        self.till.show_model()
        show_customer(self)
        self.state_changed.emit()


def _scrolled(widget: QWidget) -> QScrollArea:
    """At 200 % a small screen has not the height for all of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(widget)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
