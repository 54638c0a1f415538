"""The registration desk: identity on the left, the patient in the middle, clinic sessions on the right, the fee at the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from client import theme
from client.action import Action
from client.desk import Desk, Workplace
from client.registration import actions, filing
from client.registration.draft import FileDraft, of_text
from client.registration.model import RegistrationModel
from client.registration.sessions import LastChoice, numbered
from client.registration.view.fee_bar import FeeBar
from client.registration.view.identity import Identity
from client.registration.view.patient_card import PatientCard
from client.registration.view.session_table import SessionTable
from client.texts import text
from client.widgets.form import Hairline, SectionTitle
from client.widgets.inputs import TextInput
from common import topics
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.registration.sessions import SessionRow
    from client.ticket import Link
    from common.messages.patients import PatientSummary, VisitBrief
    from common.wire import Change
    from devices.idcard.protocol import IdCard

DRAFT_MS = 500
_ARROWS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


class RegistrationDesk(Desk):
    """See the user guide; :mod:`client.registration.actions` does the acts, :mod:`client.registration.filing` the files."""

    id, title, icon = "registration", N_("desk|Registration"), "register"
    topics = frozenset({topics.CLINIC_SESSION, topics.VISIT, topics.PATIENT, topics.CHARGE})

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        session = place.session
        self.model = RegistrationModel(today=session.clinic.today, zone=session.expires_at.tzinfo)
        self.model.last = place.journal.draft(filing.LAST_CHOICE, LastChoice)
        self.identity = Identity(place.ops, self.model.today)
        self.card = PatientCard(self.model.department)
        self.typed = TextInput(placeholder=N_("Number of the row, or initials of department or doctor"))
        self.typed.setProperty("live", True)
        self.table = SessionTable()
        self.fee = FeeBar(self.model)
        self._keep = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._keep.timeout.connect(lambda: filing.keep_draft(self))
        self._lay_out()
        self._connect()
        filing.take_lists(self)
        actions.load_sessions(self)
        filing.restore_draft(self)

    # --- building --------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        right = QWidget()
        right.setProperty("ground", "surface")
        column = QVBoxLayout(right)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.setSpacing(theme.MARGIN)
        head.addWidget(SectionTitle(N_("Clinic sessions today")))
        head.addWidget(self.typed, 1)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self.zones_split = QSplitter(Qt.Orientation.Horizontal)
        self.zones_split.setChildrenCollapsible(False)
        self.zones_split.setHandleWidth(1)
        for widget, least, stretch in ((self.identity, 348, 4), (self.card, 272, 3), (right, 400, 7)):
            widget.setMinimumWidth(least)
            self.zones_split.addWidget(widget)
            self.zones_split.setStretchFactor(self.zones_split.count() - 1, stretch)
        self.zones_split.setSizes([372, 308, 684])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.zones_split, 1)
        layout.addWidget(Hairline())
        layout.addWidget(self.fee)

    def _connect(self) -> None:
        search, form = self.identity.search, self.identity.form
        search.chosen.connect(lambda hit: actions.choose_patient(self, hit.id))
        search.nothing_found.connect(lambda typed: filing.open_new(self, of_text(typed, self.model.today)))
        form.edited.connect(self._edited)
        form.settled.connect(lambda: filing.look_for_likeness(self))
        form.saved.connect(lambda: filing.save(self))
        form.left.connect(self.back)
        self.card.likeness.opened.connect(lambda likeness: actions.choose_patient(self, likeness.hit.id))
        self.card.picked.connect(self._pick_visit)
        self.typed.textChanged.connect(self._narrow)
        self.typed.installEventFilter(self)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.fee.focus_payment())
        self.fee.paid.connect(self._paid_changed)
        text(self.table.setAccessibleName, N_("Clinic sessions today"))
        self.ops.link_changed.connect(self._link_changed)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return actions.rows(self)

    @property
    def state(self) -> RegistrationModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        middle = self.card.likeness if self.card.currentWidget() is self.card.likeness else self.card.visits
        return (self.identity.entry, middle, self.typed)

    def refresh(self, changes: frozenset[Change]) -> None:
        actions.refresh(self, changes)

    def scanned(self, code: str) -> bool:
        return actions.scanned(self, code)

    def carded(self, card: IdCard) -> None:
        actions.carded(self, card)

    def help(self) -> str:
        from client.shell.help import help_text

        return help_text("client.registration")

    def back(self) -> bool:
        if self.typed.text():
            self.typed.clear()
            return True
        if self.identity.writing:
            filing.leave_form(self)
            return True
        if self.card.cancelling.isVisible():
            self.card.cancelling.hide()
            return True
        if self.identity.search.text():
            self.identity.search.clear()
            return True
        return False

    def wind_up(self) -> None:
        filing.keep_draft(self)

    def retranslate(self) -> None:
        self.identity.form.retranslate()
        self.card.retranslate()
        self.show_sessions()
        self.fee.show_model()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_patient(self, patient: PatientSummary, *, keep_session: bool = False) -> None:
        """Somebody is in hand: card, banner, likeliest session; the hand is on the sessions."""
        if not keep_session:
            filing.keep_draft(self)  # an answer that was slow must not cost what was typed meanwhile
        fresh = not keep_session and (self.model.patient is None or self.model.patient.id != patient.id)
        self.model.take_patient(patient, keep_session=keep_session)
        self.identity.show_search()
        self.identity.search.clear()
        self.typed.clear()
        self.card.show_patient(patient, self.place.lists)
        self.set_patient(patient)
        if fresh:
            self.fee.forget()
        self.show_all()
        self.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    def renew_patient(self, patient: PatientSummary) -> None:
        """The same patient was read anew: nothing moves."""
        if self.model.patient is not None and self.model.patient.id == patient.id:
            self.model.renew_patient(patient)
            self.card.show_patient(patient, self.place.lists)
            self.set_patient(patient)
            self.fee.show_model()

    def show_sessions(self) -> None:
        """The list anew; the choice stays."""
        self.table.blockSignals(True)
        self.table.set_rows(self.model.rows())
        if self.model.session_id is not None:
            self.table.select(self.model.session_id)
        self.table.blockSignals(False)

    def show_all(self) -> None:
        """Sessions and fee, and what can be done now."""
        self.show_sessions()
        self.fee.show_model()
        self.state_changed.emit()

    def open_form(self, draft: FileDraft) -> None:
        """The form in the place of the search."""
        if draft.is_new:
            self._set_aside()
        self.model.draft = draft
        self.model.follow_birth()
        self.model.trouble = ""
        self.identity.show_form()
        self.identity.form.use(self.place.lists)
        self.identity.form.show_draft(draft)
        self.card.show_likeness(draft.is_new)
        self.card.likeness.show_found(())
        self.show_all()

    def close_form(self) -> None:
        """The search again, and the patient who was in hand before."""
        self.model.draft = None
        self.identity.show_search()
        if self.model.aside is not None:
            self._bring_back()
        self.card.show_likeness(False)
        self.set_patient(self.model.patient)
        self.show_all()

    def _set_aside(self) -> None:
        """Banner, card and fee must not be about somebody else than the form."""
        if self.model.patient is not None:
            self.model.set_aside()
            self.typed.clear()
            self.card.show_patient(None, self.place.lists)
            self.fee.forget()
        self.set_patient(None)

    def _bring_back(self) -> None:
        self.model.bring_back()
        chosen = self.model.chosen_visit
        self.typed.clear()
        self.card.show_patient(self.model.patient, self.place.lists)
        if chosen is not None:
            self.card.visits.select(chosen.id)
        self.fee.recall()
        actions.load_patient(self)

    def _link_changed(self, link: Link) -> None:
        actions.link_changed(self, link)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._keep.start()
        if self.model.follow_birth():
            self.show_sessions()
            self.fee.show_model()
        self.state_changed.emit()

    def _pick_visit(self, visit: VisitBrief | None) -> None:
        self.model.chosen_visit = visit
        self.state_changed.emit()

    def _narrow(self, typed: str) -> None:
        self.model.typed = typed
        found = numbered(self.model.rows(), typed)
        if found is not None:
            self._choose(found.id)
        self.show_all()
        if typed.strip() and not typed.strip().isdecimal():
            self._choose_first_fitting()

    def _choose_first_fitting(self) -> None:
        """While letters narrow the list, the first session that can be had is the choice."""
        first = next((row for row in self.model.rows() if row.facts and not row.why_not), None)
        if first is not None and first.facts is not None:
            self._choose(first.facts.id)
            self.show_all()

    def _choose(self, session_id: int) -> None:
        if not self.model.sending and session_id != self.model.session_id:
            after = self.model.done is not None
            self.model.choose(session_id)
            if after:
                self.fee.forget()

    def _moved(self, row: SessionRow | None) -> None:
        if row is not None and row.facts is not None:
            self._choose(row.facts.id)
            self.fee.show_model()
            self.state_changed.emit()

    def _paid_changed(self) -> None:
        self.model.trouble = ""
        self.fee.show_model()
        self.state_changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.typed and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _ARROWS:
                self.table.step(_ARROWS[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.fee.focus_payment()
                return True
        return super().eventFilter(watched, event)
