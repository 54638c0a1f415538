"""Files at the registration desk: opening the form, looking for likely duplicates, saving, and the draft that survives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.registration import likeness
from client.registration.draft import FileDraft, changed_fields, of_patient
from client.registration.likeness import SAME_DOCUMENT
from common.errors import ChangedMeanwhile, FieldWrong
from common.i18n import N_, tr
from common.messages.catalogue import GetLists, Lists
from common.messages.patients import CorrectPatient, GetPatient, PatientHits, PatientSummary, RegisterPatient, SearchPatients
from common.registration_errors import LikelyDuplicate
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.registration.view.desk import RegistrationDesk
    from common.errors import XinglinError
    from common.messages.patients import PatientHit

DRAFT: Final = "registration:file"
LAST_CHOICE: Final = "registration:last-choice"
#: The form's fields by the names that ``FieldWrong`` carries.
_FIELDS: Final = {
    "Document number": "document_number",
    "ID number": "document_number",
    "Name": "name",
    "Sex": "sex",
    "Birth date": "birth_date",
    "Phone": "phone",
    "Guardian": "guardian_name",
    "Guardian's phone": "guardian_phone",
    "Allergies": "allergies",
}


def take_lists(desk: RegistrationDesk) -> None:
    """Ethnic groups and allergens, once for the desk."""

    def taken(lists: Lists) -> None:
        desk.place.lists = desk.model.lists = lists
        desk.identity.form.use(lists)
        desk.show_all()

    if desk.place.lists is not None:
        taken(desk.place.lists)
    else:
        desk.send(GetLists(), done=taken)


# --- opening -----------------------------------------------------------------------------------------------------------------------


def open_new(desk: RegistrationDesk, filled: FileDraft | None = None) -> None:
    """F3: the form of a new file. An unfinished one is offered first, never thrown away."""
    kept = desk.place.journal.draft(DRAFT, FileDraft)
    if kept is None or not kept.is_new or kept.is_empty():
        _open(desk, filled or FileDraft())
    elif filled is None or filled.is_empty():
        _open(desk, kept)
        desk.tell(tr("This file was not finished; go on with it. Ctrl+E empties the form."), "info")
    else:
        question = tr("The file of {name} was not finished.", name=kept.name or kept.document_number or kept.phone)
        answers = [(N_("Begin the new one"), lambda: _open(desk, filled)), (N_("Go on with the old one"), lambda: _open(desk, kept))]
        desk.ask(question, answers, danger=False)


def correct(desk: RegistrationDesk) -> None:
    """F4: the form of the patient in hand."""
    patient = desk.model.patient
    if patient is None:
        return
    kept = desk.place.journal.draft(DRAFT, FileDraft)
    same = kept is not None and kept.patient_id == patient.id and kept.version == patient.version
    _open(desk, kept if same and kept is not None else of_patient(patient))


def empty_form(desk: RegistrationDesk) -> None:
    """Throw away what was typed, on purpose."""
    desk.place.journal.drop(DRAFT)
    patient = desk.model.patient
    draft = desk.model.draft
    desk.open_form(of_patient(patient) if draft and not draft.is_new and patient else FileDraft())


def leave_form(desk: RegistrationDesk) -> None:
    """Esc: back to the search; what was typed stays as a draft."""
    keep_draft(desk)
    desk.close_form()
    desk.identity.search.start(desk.identity.search.text())


def _open(desk: RegistrationDesk, draft: FileDraft) -> None:
    desk.open_form(draft)
    look_for_likeness(desk)


# --- the draft ---------------------------------------------------------------------------------------------------------------------


def keep_draft(desk: RegistrationDesk) -> None:
    """Write the form down, so that a killed program loses nothing of it."""
    draft = desk.model.draft
    if draft is not None and not draft.is_empty():
        desk.place.journal.keep(DRAFT, draft)


def restore_draft(desk: RegistrationDesk) -> None:
    """At the start: a form that was open when the program ended is open again."""
    kept = desk.place.journal.draft(DRAFT, FileDraft)
    if kept is None or kept.is_empty():
        return
    if kept.is_new:
        _open(desk, kept)
        desk.tell(tr("This file was not finished; go on with it. Ctrl+E empties the form."), "info")
        return

    def read(patient: PatientSummary) -> None:
        desk.show_patient(patient)
        _open(desk, kept)
        desk.tell(tr("These corrections were not saved yet."), "info")

    desk.send(GetPatient(patient_id=kept.patient_id), done=read, key="restore")


# --- likely duplicates -------------------------------------------------------------------------------------------------------------


def look_for_likeness(desk: RegistrationDesk) -> None:
    """Ask who on file could be the person in the form, and show it there."""
    draft = desk.model.draft
    if draft is None or not draft.is_new:
        return
    found: dict[int, PatientHit] = {}

    def take(hits: PatientHits) -> None:
        found.update({hit.id: hit for hit in hits.hits})
        if desk.model.draft is draft:
            desk.card.likeness.show_found(likeness.likely(draft, found.values()))

    asked = likeness.questions(draft)
    if not asked:
        desk.card.likeness.show_found(())
    for number, words in enumerate(asked):
        desk.send(SearchPatients(text=words), done=take, failed=lambda _error: None, key=f"likeness {number}")


# --- saving ------------------------------------------------------------------------------------------------------------------------


def save(desk: RegistrationDesk, *, another_person: bool = False, then: Callable[[], None] | None = None) -> None:
    """Ctrl+S, or Enter in the last field: check all, then send; ``then`` is done once it is stored."""
    draft, model = desk.model.draft, desk.model
    if draft is None or model.saving:
        return
    wrongs = draft.missing(model.today)
    try:
        file = None if wrongs else draft.file(model.today)
    except FieldWrong as wrong:
        file, wrongs = None, {_FIELDS.get(wrong.field, "name"): wrong.reason}
    if file is None:
        desk.identity.form.mark(wrongs)
        field = getattr(desk.identity.form, next(iter(wrongs)))
        field.setFocus()
        return
    keep_draft(desk)
    model.saving = True
    desk.identity.form.show_saving(True)
    request = (
        RegisterPatient(file=file, another_person=another_person)
        if draft.is_new
        else CorrectPatient(patient_id=draft.patient_id, version=draft.version, file=file)
    )
    desk.send(
        request,
        done=lambda patient: _saved(desk, draft, patient, then),
        failed=lambda error: _not_saved(desk, draft, error, then),
        request_id=draft.request_id,
    )
    desk.show_all()


def _saved(desk: RegistrationDesk, draft: FileDraft, patient: PatientSummary, then: Callable[[], None] | None) -> None:
    _answered(desk)
    desk.place.journal.drop(DRAFT)
    words = tr("File {number} opened for {name}.") if draft.is_new else tr("File {number} of {name} corrected.")
    desk.tell(words.format(number=patient.number, name=patient.file.name))
    if desk.model.draft is draft:
        desk.show_patient(patient, keep_session=True)
        if then is not None:
            then()


def _not_saved(desk: RegistrationDesk, draft: FileDraft, error: XinglinError, then: Callable[[], None] | None) -> None:
    _answered(desk)
    draft.request_id = new_request_id()  # it was answered, and what is sent next may say something else
    if isinstance(error, LikelyDuplicate):
        _ask_about(desk, draft, error, then)
    elif isinstance(error, ChangedMeanwhile):
        desk.send(GetPatient(patient_id=draft.patient_id), done=lambda patient: _rebase(desk, draft, patient), key="rebase")
    elif isinstance(error, FieldWrong):
        desk.identity.form.mark({_FIELDS.get(error.field, "name"): error.reason})
        desk.fail(error)
    else:
        desk.fail(error)


def _answered(desk: RegistrationDesk) -> None:
    desk.model.saving = False
    desk.identity.form.show_saving(False)
    desk.show_all()


def _ask_about(desk: RegistrationDesk, draft: FileDraft, error: LikelyDuplicate, then: Callable[[], None] | None) -> None:
    """The service found a file that is probably the same person's; with the same document it certainly is."""
    certain = any(each.why == SAME_DOCUMENT for each in desk.card.likeness.table.rows())
    answers = [(N_("Open that file"), lambda: _open_numbered(desk, error.number))]
    if draft.is_new and not certain:
        answers.append((N_("It is another person: save"), lambda: save(desk, another_person=True, then=then)))
    desk.ask(error.sentence(), answers)


def _open_numbered(desk: RegistrationDesk, number: str) -> None:
    from client.registration.actions import choose_patient

    def found(hits: PatientHits) -> None:
        if hits.hits:
            choose_patient(desk, hits.hits[0].id)

    desk.send(SearchPatients(text=number), done=found, key="open")


def _rebase(desk: RegistrationDesk, draft: FileDraft, patient: PatientSummary) -> None:
    """Somebody else corrected the file meanwhile: say what differs; what was typed stays and can be saved over it."""
    before = desk.model.patient
    fields = changed_fields(before.file, patient.file) if before is not None and before.id == patient.id else []
    desk.renew_patient(patient)
    draft.version = patient.version
    listed = tr("list separator|, ").join(dict.fromkeys(tr(field) for field in fields))
    desk.tell(tr("Somebody else changed this file meanwhile: {fields}. Look at it, then save again.", fields=listed or "—"), "warning")
