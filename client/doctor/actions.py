"""What the doctor's desk does about the visit: the queue, calling, the record, finishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.doctor.work import VisitDraft, VisitWork, draft_key
from common import topics
from common.domain.record import DIAGNOSIS, PARTS
from common.errors import ChangedMeanwhile
from common.i18n import N_, tr
from common.messages.catalogue import GetLists
from common.messages.consult import CallNext, CallVisit, GetEncounter, GetQueue, HoldVisit, PassVisit, StartConsult
from common.messages.patients import GetPatient
from common.prescribing_errors import RecordIncomplete
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.doctor.view.desk import DoctorDesk
    from common.errors import XinglinError
    from common.messages.catalogue import Lists
    from common.messages.consult import Encounter, Queue, QueueEntry, RecordSaved
    from common.messages.patients import PatientSummary
    from common.wire import Change

#: The record's part for each name that :func:`common.domain.record.missing_parts` gives.
_PART_OF: Final = {**{name: part for part, name in PARTS.items()}, DIAGNOSIS: "diagnoses"}

# --- the queue ---------------------------------------------------------------------------------------------------------------------


def load_lists(desk: DoctorDesk) -> None:
    """Read frequencies, routes and allergens."""

    def learnt(lists: Lists) -> None:
        desk.place.lists = lists
        desk.model.learn(lists)
        desk.show_sheets()

    desk.send(GetLists(), done=learnt)


def load_queue(desk: DoctorDesk) -> None:
    """Read one's own queue."""

    def shown(queue: Queue) -> None:
        desk.model.queue = queue.entries
        desk.show_queue()

    desk.send(GetQueue(), done=shown)


def call_next(desk: DoctorDesk) -> None:
    """Call who is next; pressed twice it is one call."""

    def called(entry: QueueEntry | None) -> None:
        desk.model.calling = new_request_id()
        if entry is None:
            desk.tell(tr("Nobody is waiting."), "info")
        else:
            _called(desk, entry)

    desk.send(CallNext(), done=called, request_id=desk.model.calling)


def choose(desk: DoctorDesk, entry: QueueEntry) -> None:
    """Enter on a row of the queue: the next step for this patient."""
    open_now = desk.model.work
    if open_now is not None and open_now.visit_id == entry.visit_id and open_now.state == entry.state:
        desk.go_to("record")
    elif entry.state in ("CALLED", "ON_HOLD"):
        start(desk, entry)
    elif entry.state in ("IN_CONSULT", "FINISHED", "CLOSED"):
        look(desk, entry)
    else:
        call(desk, entry)


def call(desk: DoctorDesk, entry: QueueEntry) -> None:
    """Call somebody out of turn, or again."""
    desk.send(CallVisit(visit_id=entry.visit_id), done=lambda called: _called(desk, called))


def _called(desk: DoctorDesk, entry: QueueEntry) -> None:
    desk.tell(tr("Called {number} {name}. Enter starts the consultation.", number=entry.queue_number, name=entry.patient_name))
    _replace(desk, entry)
    desk.select_visit(entry.visit_id, focus=True)


def _replace(desk: DoctorDesk, entry: QueueEntry) -> None:
    others = [each for each in desk.model.queue if each.visit_id != entry.visit_id]
    desk.model.queue = (entry, *others)
    desk.show_queue()


def pass_over(desk: DoctorDesk, entry: QueueEntry) -> None:
    """The called patient did not come."""

    def passed(_done: object) -> None:
        desk.tell(tr("{number} {name} was passed over and waits behind the next ones.", number=entry.queue_number, name=entry.patient_name))
        load_queue(desk)

    desk.send(PassVisit(visit_id=entry.visit_id), done=passed)


# --- opening and leaving a visit ---------------------------------------------------------------------------------------------------


def start(desk: DoctorDesk, entry: QueueEntry) -> None:
    """The patient is in the room."""
    other = desk.model.with_me()
    if other is not None and other.visit_id != entry.visit_id:
        desk.tell(tr("Finish (F12) or hold (F10) {name} first.", name=other.patient_name), "warning")
        return
    if desk.model.starting == entry.visit_id:
        return
    desk.model.starting = entry.visit_id
    desk.send(
        StartConsult(visit_id=entry.visit_id),
        done=lambda encounter: opened(desk, encounter),
        failed=lambda error: _not_started(desk, error),
    )


def _not_started(desk: DoctorDesk, error: XinglinError) -> None:
    desk.model.starting = 0
    desk.fail(error)
    load_queue(desk)


def look(desk: DoctorDesk, entry: QueueEntry) -> None:
    """Open a visit as it is: one in consultation to go on, a finished one to read."""
    desk.send(GetEncounter(visit_id=entry.visit_id), done=lambda encounter: opened(desk, encounter))


def opened(desk: DoctorDesk, encounter: Encounter) -> None:
    """A visit arrived: take up its draft, show it, and go to where the work begins."""
    desk.model.starting = 0
    put_down(desk)
    entry = desk.model.entry(encounter.visit_id)
    work = VisitWork(encounter, level=entry.level if entry else "")
    draft = desk.place.journal.draft(work.draft_key, VisitDraft) if work.writable else None
    restored = draft is not None and work.restore(draft)
    if draft is not None and not restored:
        desk.place.journal.drop(work.draft_key)  # the service has all of it
    desk.model.open(work)
    desk.set_patient(encounter.patient)
    desk.show_visit()
    desk.select_visit(work.visit_id)
    if work.writable:
        desk.go_to("record")
    if restored:
        desk.tell(tr("What was typed here before and not yet saved is back."), "info")
        desk.save_soon()
        desk.resume_signing()
    load_queue(desk)


def put_down(desk: DoctorDesk) -> None:
    """The open visit leaves the desk: its draft is kept, and what is new goes to the service."""
    work = desk.model.work
    if work is not None:
        keep(desk)
        save(desk, work)
        desk.model.close()


def hold(desk: DoctorDesk) -> None:
    """The patient goes for tests and comes back."""
    work = desk.model.work
    if work is None:
        return

    def held(_done: object) -> None:
        desk.tell(tr("{name} is on hold; Enter in the queue goes on.", name=work.encounter.patient.file.name))
        _leave(desk, work)

    keep(desk)
    save(desk, work)
    desk.send(HoldVisit(visit_id=work.visit_id), done=held)


def reopen(desk: DoctorDesk) -> None:
    """Take a finished visit up again, to correct its record; the signed version stays."""
    work = desk.model.work
    if work is not None:
        desk.send(StartConsult(visit_id=work.visit_id), done=lambda encounter: opened(desk, encounter))


def _leave(desk: DoctorDesk, work: VisitWork) -> None:
    if desk.model.work is work:
        keep(desk)
        desk.model.close()
        desk.set_patient(None)
        desk.show_visit()
        desk.focus_queue()
    load_queue(desk)


# --- the record --------------------------------------------------------------------------------------------------------------------


def keep(desk: DoctorDesk) -> None:
    """Write the draft to the journal."""
    work = desk.model.work
    if work is not None and work.writable:
        keep_work(desk, work)


def keep_work(desk: DoctorDesk, work: VisitWork) -> None:
    """Write the draft of one visit to the journal, or forget it when the service has everything."""
    if work.has_draft:
        desk.place.journal.keep(work.draft_key, work.draft())
    else:
        desk.place.journal.drop(work.draft_key)


def save(desk: DoctorDesk, work: VisitWork) -> None:
    """Send record and diagnoses to the service, in the background. One save is on its way at a time."""
    if work.may_save():
        request = work.save()
        keep_work(desk, work)
        desk.send(request, done=lambda saved: _saved(desk, work, saved), failed=lambda error: _not_saved(desk, work, error))
        desk.show_saving()


def _saved(desk: DoctorDesk, work: VisitWork, saved: RecordSaved) -> None:
    work.saved_as(saved.version)
    keep_work(desk, work)
    desk.show_saving()
    if work.dirty:
        save(desk, work)
    else:
        _go_on_finishing(desk, work)


def _not_saved(desk: DoctorDesk, work: VisitWork, error: XinglinError) -> None:
    work.save_refused()
    keep_work(desk, work)
    desk.show_saving()
    if isinstance(error, ChangedMeanwhile):
        _look_at_theirs(desk, work)
    else:
        desk.finishing = None
        desk.fail(error)


def _look_at_theirs(desk: DoctorDesk, work: VisitWork) -> None:
    desk.send(GetEncounter(visit_id=work.visit_id), done=lambda theirs: _conflict(desk, work, theirs), key="theirs")


def _conflict(desk: DoctorDesk, work: VisitWork, theirs: Encounter) -> None:
    """Another text is at the service: if this desk wrote it, go on; otherwise the person decides, and neither text is lost."""
    if work.agrees(theirs):
        save(desk, work)
        if not work.dirty:
            _go_on_finishing(desk, work)
        return
    desk.finishing = None
    if desk.model.work is not work:
        return  # the draft stays in the journal, and the question comes when the visit is opened again
    desk.show_theirs(theirs)
    desk.ask(
        tr("The record was changed elsewhere meanwhile. Which text is to stand? The other one is kept."),
        [(N_("text|Mine"), lambda: _keep_mine(desk, work, theirs)), (N_("text|The other one"), lambda: _take_theirs(desk, work, theirs))],
    )


def _keep_mine(desk: DoctorDesk, work: VisitWork, theirs: Encounter) -> None:
    work.keep_mine(theirs)
    save(desk, work)
    desk.show_visit()


def _take_theirs(desk: DoctorDesk, work: VisitWork, theirs: Encounter) -> None:
    work.take_theirs(theirs)
    keep_work(desk, work)
    desk.show_visit()
    desk.tell(tr("The other text stands. Yours was set aside."), "info", follow=["bring_back"])


def bring_back(desk: DoctorDesk) -> None:
    """Put the text back that gave way in a conflict."""
    if desk.model.work is not None:
        desk.model.work.bring_back()
        desk.show_visit()
        desk.written()


# --- finishing ---------------------------------------------------------------------------------------------------------------------


def finish(desk: DoctorDesk) -> None:
    """F12: sign the record and let the patient go, or say what is missing and go there."""
    work = desk.model.work
    if work is None or not work.writable:
        return
    missing = work.missing()
    desk.mark_missing([_PART_OF[name] for name in missing])
    if missing:
        desk.fail(RecordIncomplete(missing=missing))
        desk.go_to(_PART_OF[missing[0]])
    elif work.unsigned():
        drugs = sum(len(sheet.lines) for sheet in work.unsigned())
        desk.go_to("prescription")
        desk.ask(
            tr("{n} drugs are not signed yet (F8 signs them).", n=drugs) if drugs != 1 else tr("1 drug is not signed yet (F8 signs it)."),
            [(N_("Finish without them"), lambda: _finish_without(desk, work))],
        )
    else:
        _finish(desk, work)


def _finish_without(desk: DoctorDesk, work: VisitWork) -> None:
    work.sheets = []
    work.new_sheet()
    _finish(desk, work)


def _finish(desk: DoctorDesk, work: VisitWork) -> None:
    desk.finishing = work
    if work.dirty or work.sending is not None:
        save(desk, work)
    else:
        _go_on_finishing(desk, work)


def _go_on_finishing(desk: DoctorDesk, work: VisitWork) -> None:
    if desk.finishing is work:
        desk.finishing = None
        request_id = new_request_id()
        desk.send(
            work.finish(), done=lambda _saved: _finished(desk, work), failed=lambda e: _not_finished(desk, work, e), request_id=request_id
        )


def _finished(desk: DoctorDesk, work: VisitWork) -> None:
    work.state = "FINISHED"
    desk.place.journal.drop(draft_key(work.visit_id))
    name = work.encounter.patient.file.name
    desk.tell(tr("Visit {number} of {name} is finished and its record signed.", number=work.encounter.visit_number, name=name))
    _leave(desk, work)


def _not_finished(desk: DoctorDesk, work: VisitWork, error: XinglinError) -> None:
    if isinstance(error, ChangedMeanwhile):
        _look_at_theirs(desk, work)
        return
    desk.fail(error)
    if isinstance(error, RecordIncomplete):
        parts = [_PART_OF[name] for name in error.missing if name in _PART_OF]
        desk.mark_missing(parts)
        desk.go_to(parts[0] if parts else "record")


# --- what other desks changed ------------------------------------------------------------------------------------------------------


def follow(desk: DoctorDesk, changes: frozenset[Change]) -> None:
    """Read anew what changed; everything where the set is empty."""
    named = {change.topic for change in changes}
    if not changes or topics.CATALOGUE in named:
        desk.model.forget_catalogue()
        load_lists(desk)
    if not changes or topics.STOCK in named:
        desk.model.forget_stock()
    if not changes or topics.QUEUE in named:
        load_queue(desk)
    work = desk.model.work
    if work is not None and any(change.topic == topics.PATIENT and change.id in (0, work.encounter.patient.id) for change in changes):
        load_patient(desk)


def load_patient(desk: DoctorDesk) -> None:
    """Read the patient's card anew: allergies and what is unpaid may have changed."""
    work = desk.model.work
    if work is None:
        return

    def shown(summary: PatientSummary) -> None:
        if desk.model.work is work:
            work.renew_patient(summary)
            desk.set_patient(summary)
            desk.show_sheets()

    desk.send(GetPatient(patient_id=work.encounter.patient.id), done=shown)
