"""The doctor's desk: queue, record and prescriptions side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from client import theme
from client.desk import Desk
from client.doctor import action_rows, actions, prescribing
from client.doctor.model import DoctorModel
from client.doctor.sheet import Sheet
from client.doctor.view.queue_list import QueueList
from client.doctor.view.record_panel import RecordPanel
from client.doctor.view.rx_panel import RxPanel
from client.format import day
from client.texts import text
from client.widgets.form import Hairline, Label, SectionTitle
from common import topics
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from client.action import Action
    from client.desk import Workplace
    from client.doctor.work import VisitWork
    from common.messages.catalogue import DrugFacts
    from common.messages.consult import Encounter, QueueEntry
    from common.wire import Change

QUEUE_WIDTH: Final = 232
#: On a window narrower than this the queue gives up room for the prescription.
NARROW: Final = 1200
NARROW_QUEUE: Final = 180
#: Typed text is in the journal after at most so many milliseconds, and goes to the service when nobody typed for so many.
KEEP_MS: Final = 400
SAVE_MS: Final = 2500


class DoctorDesk(Desk):
    """See the package's help for what it does; :mod:`client.doctor.actions` for how."""

    id: ClassVar[str] = "doctor"
    title: ClassVar[str] = N_("Doctor")
    icon: ClassVar[str] = "doctor"
    topics: ClassVar[frozenset[str]] = frozenset({topics.QUEUE, topics.PRESCRIPTION, topics.STOCK, topics.CATALOGUE, topics.PATIENT})

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = DoctorModel()
        self.model.today = place.session.clinic.today
        self.model.doctor_level = place.session.staff.antibacterial_level
        self.finishing: VisitWork | None = None
        self.queue = QueueList()
        self.queue.today = self.model.today
        self.filter = QLineEdit()
        self.record = RecordPanel(lambda typed, show: prescribing.find_diagnoses(self, typed, show))
        self.rx = RxPanel(self.model, lambda typed, show: prescribing.find_drugs(self, typed, show), self.perform)
        self.model.typing_ahead = self.rx.editor.drug.holding
        self._keep = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._save = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._lay_out()
        self._connect()
        if place.lists is not None:
            self.model.learn(place.lists)
        else:
            actions.load_lists(self)
        actions.load_queue(self)
        self.show_visit()

    # --- what the frame asks -------------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget.actions lists QActions, which no desk has
        """Every act of the desk."""
        return action_rows.actions_of(self)

    @property
    def state(self) -> DoctorModel:
        """What the actions look at."""
        return self.model

    def zones(self) -> Sequence[QWidget]:
        """Queue, record, prescription."""
        return (self.queue, self.record.fields["chief_complaint"], self.rx.entry)

    def refresh(self, changes: frozenset[Change]) -> None:
        """Other desks changed something."""
        actions.follow(self, changes)
        prescribing.follow_stock(self, {change.id for change in changes if change.topic == topics.STOCK} if changes else {0})
        prescribing.follow(self, None if not changes else {change.id for change in changes if change.topic == topics.PRESCRIPTION})

    def scanned(self, code: str) -> bool:
        """A patient's card, a visit, a prescription, or a drug's pack."""
        return prescribing.scanned(self, code)

    def carded(self, card: Any) -> None:
        """An ID card proves who sits here."""
        prescribing.card_read(self, card)

    def back(self) -> bool:
        """Esc: out of a line, out of the filter, from the sheet to the record, from the record to the queue."""
        if self.rx.back():
            return True
        if self.filter.text():
            self.filter.clear()
            return True
        focused = self.window().focusWidget()
        if focused is not None and self.rx.isAncestorOf(focused):
            self.record.go_to(self.record.first_empty())
            return True
        if focused is not None and self.record.isAncestorOf(focused):
            self.queue.setFocus()
            return True
        return False

    def retranslate(self) -> None:
        """The language changed."""
        self.show_queue()
        self.show_saving()
        self.rx.retranslate()

    def wind_up(self) -> None:
        """The desk closes: keep what was typed."""
        actions.keep(self)
        if self.model.work is not None:
            actions.save(self, self.model.work)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._left.setFixedWidth(QUEUE_WIDTH if event.size().width() >= NARROW else NARROW_QUEUE)
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """The desk comes to the front: the queue has the focus until somebody is called."""
        super().showEvent(event)
        if self.model.work is None:
            self.focus_queue()

    # --- what the actions call -----------------------------------------------------------------------------------------------------

    def perform(self, action_id: str) -> None:
        """Do an action of the list, if it can be done; for the buttons."""
        action = next(each for each in self.actions() if each.id == action_id)
        reason = action.enabled(self.model)
        if reason is True:
            action.run()
        elif isinstance(reason, str) and reason:
            self.tell(tr(reason), "warning")

    def show_queue(self) -> None:
        """Show the queue as the model has it."""
        work = self.model.work
        self.queue.open_visit = work.visit_id if work else 0
        self.queue.open_number = work.encounter.patient.number if work else ""
        self.queue.set_sections(self.model.sections())
        self.model.selected = self.queue.current()
        self.waiting.setText(tr("{n} waiting", n=self.model.waiting()))
        self.state_changed.emit()

    def select_visit(self, visit_id: int, *, focus: bool = False) -> None:
        """Make a visit of the queue current."""
        if self.queue.select(visit_id) and focus:
            self.queue.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_queue(self) -> None:
        """Back to the queue."""
        self.queue.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_visit(self) -> None:
        """Show the visit that is open, or that none is."""
        work = self.model.work
        self.record.setEnabled(work is not None)
        self.rx.setEnabled(work is not None)
        for widget in (self.record, self.rx):
            widget.setVisible(work is not None)
        self.nobody.setVisible(work is None)
        if work is not None:
            self.record.show_record(work.record, work.diagnoses, work.encounter.patient.file, writable=work.writable)
            self.show_sheets()
        self.show_saving()
        self.show_queue()

    def show_sheets(self) -> None:
        """Show the prescriptions."""
        self.model.settle_shown()
        self.rx.show_tabs()
        self.state_changed.emit()

    def show_saving(self) -> None:
        """Say whether the service has what is written."""
        work = self.model.work
        if work is None or not work.writable:
            self.record.saving.setText(
                tr("signed {day}", day=day(work.encounter.record_signed_at.date())) if work and work.encounter.record_signed_at else ""
            )
        elif work.sending is not None:
            self.record.saving.setText(tr("being saved…"))
        elif work.dirty:
            self.record.saving.setText(tr("kept on this desk"))
        else:
            self.record.saving.setText(tr("record|saved") if work.version else "")

    def show_theirs(self, theirs: Encounter) -> None:
        """In a conflict: mark the parts in which the other text differs."""
        work = self.model.work
        if work is not None:
            self.record.mark_theirs(theirs.record)

    def mark_missing(self, parts: Iterable[str]) -> None:
        """Mark what is missing in the record."""
        self.record.mark(parts)

    def go_to(self, part: str) -> None:
        """Put the focus to a part of the record, to ``record`` where its work begins, or to ``prescription``."""
        if part == "prescription":
            self.rx.go_to_new()
        else:
            self.record.go_to(self.record.first_empty() if part == "record" else part)

    def go_to_line(self, number: int, cell: str) -> None:
        """Edit a line of the prescription that is shown."""
        self.rx.go_to_line(number, cell)

    def add_drug(self, drug: DrugFacts) -> None:
        """A pack was scanned."""
        self.rx.scanned_drug(drug)

    def written(self) -> None:
        """Something was typed: keep it soon, save it when the hand rests."""
        if not self._keep.isActive():
            self._keep.start()
        self._save.start()

    def save_soon(self) -> None:
        """Save when the hand rests."""
        self._save.start()

    def resume_signing(self) -> None:
        """Ask again for signings whose answer never came."""
        work = self.model.work
        for sheet in [each for each in work.sheets if each.sent] if work is not None else []:
            assert work is not None
            prescribing.send_signing(self, work, sheet)

    # --- inside ------------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._left = self._queue_zone()
        self.nobody = _Nobody()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._left)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(self.nobody, 50)
        layout.addWidget(self.record, 19)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(self.rx, 31)

    def _queue_zone(self) -> QWidget:
        self.waiting = Label(type="note")
        left = QWidget()
        left.setProperty("ground", "surface")
        left.setFixedWidth(QUEUE_WIDTH)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("Queue")))
        head.addStretch(1)
        head.addWidget(self.waiting)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, theme.GAP, 0, 0)
        column.setSpacing(theme.GAP)
        column.addLayout(head)
        search = QHBoxLayout()
        search.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        search.addWidget(self.filter)
        column.addLayout(search)
        column.addWidget(self.queue, 1)
        text(self.filter.setPlaceholderText, N_("Number, name, initials"))
        return left

    def _connect(self) -> None:
        self.queue.chosen.connect(lambda entry: self._chosen(entry))
        self.queue.moved.connect(self._moved)
        self.filter.textEdited.connect(self._filtered)
        self.filter.textChanged.connect(self._filtered)
        self.filter.returnPressed.connect(self._take_filtered)
        self.record.edited.connect(self._record_edited)
        self.record.passed_on.connect(lambda: self.go_to("prescription"))
        self.rx.edited.connect(self._sheet_edited)
        self.rx.picked.connect(self._picked)
        self.rx.voided.connect(self._void)
        self._keep.timeout.connect(lambda: actions.keep(self))
        self._save.timeout.connect(lambda: actions.save(self, self.model.work) if self.model.work is not None else None)

    def _chosen(self, entry: QueueEntry) -> None:
        actions.choose(self, entry)

    def _moved(self, entry: QueueEntry | None) -> None:
        self.model.selected = entry
        self.state_changed.emit()

    def _filtered(self, typed: str) -> None:
        self.model.filter = typed
        self.show_queue()

    def _take_filtered(self) -> None:
        entry = self.queue.current()
        if entry is not None:
            self.filter.clear()
            self.select_visit(entry.visit_id, focus=True)
            actions.choose(self, entry)

    def _record_edited(self) -> None:
        work = self.model.work
        if work is not None and work.writable:
            work.record, work.diagnoses = self.record.record(), self.record.diagnoses.diagnoses()
            self.written()
            self.show_saving()
            self.state_changed.emit()

    def _sheet_edited(self) -> None:
        self.written()
        self.state_changed.emit()

    def _picked(self, tab: object) -> None:
        self.model.shown = tab  # type: ignore[assignment]  # a signal carries objects; the tabs are sheets and prescriptions
        self.show_sheets()

    def _void(self, reason: str) -> None:
        facts = self.model.prescription
        if facts is not None:
            prescribing.void(self, facts, reason)

    # --- small acts of the keys ----------------------------------------------------------------------------------------------------

    def find_patient(self) -> None:
        """F2: find in the queue."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def new_prescription(self) -> None:
        """F3: another prescription."""
        if self.model.work is not None:
            self.model.shown = self.model.work.new_sheet()
            self.show_sheets()
            self.rx.go_to_new()

    def sign(self) -> None:
        """F8: sign, after the drug that was typed last has come."""
        self.rx.editor.drug.in_turn(lambda: prescribing.sign(self))

    def next_tab(self) -> None:
        """The next prescription of the visit."""
        tabs = self.model.tabs()
        if len(tabs) > 1:
            self.rx.tabs.setCurrentIndex((self.rx.tabs.currentIndex() + 1) % len(tabs))
            if isinstance(self.model.shown, Sheet):
                self.rx.go_to_new()

    def usual_phrase(self) -> None:
        """F6: the usual phrase into the part with the focus."""
        if not self.record.usual_phrase():
            self.tell(tr("Put the cursor into a part of the record that has a usual phrase."), "info")

    def remove(self) -> None:
        """Take out the drug or the diagnosis with the focus."""
        if self.record.diagnoses.remove_current():
            return
        line = self.rx.remove_line()
        if line is not None:
            self.tell(tr("{drug} was taken out.", drug=line.drug.name), "info", follow=["undo_remove"])

    def undo_remove(self) -> None:
        """Bring the line back that was taken out."""
        self.rx.bring_back()

    def switch_visit_kind(self) -> None:
        """First visit or re-visit."""
        if self.model.work is not None and self.model.work.writable:
            self.record.set_first_visit(first=not self.model.work.record.first_visit)


class _Nobody(QWidget):
    """The empty desk says what to do."""

    def __init__(self) -> None:
        super().__init__()
        from client.widgets.empty import EmptyState

        layout = QVBoxLayout(self)
        layout.addWidget(
            EmptyState(N_("No patient at the desk"), N_("F4 calls the next one. Enter in the queue starts the consultation."), key="F4")
        )
