"""The acts of the registration desk, each a few lines."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from client import money_papers
from client.action import Action
from client.errors import NotInstalled
from client.registration import filing, papers
from client.registration.draft import of_card, of_text
from common import topics
from common.domain.barcodes import OwnCode, OwnKind, PaymentCode, ResidentId, classify
from common.domain.money import format_yuan
from common.errors import Refusal
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.patients import GetPatient, PatientHits, PatientSummary, SearchPatients
from common.messages.registration import CancelVisit, GetSlip, ListSessions, SessionList, SlipFacts, VisitCancelled, VisitRegistered
from common.messages.settlement import GetMoneyRules
from common.permissions import Permission
from common.registration_errors import AlreadyRegistered
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.registration.model import RegistrationModel
    from client.registration.view.desk import RegistrationDesk
    from client.ticket import Link
    from common.errors import XinglinError
    from common.messages.cashier import ReceiptFacts
    from common.messages.patients import VisitBrief
    from common.messages.settlement import MoneyRules
    from common.wire import Change
    from devices.idcard.protocol import IdCard

NO_ANSWER: Final = N_("No answer yet: the line is broken. The desk asks again by itself; do not enter it again.")
REASONS: Final = (N_("Patient does not want to wait"), N_("Wrong department or doctor"), N_("Doctor is not in"))


def rows(desk: RegistrationDesk) -> list[Action]:
    """The desk's actions as data, in the order of the bar."""
    return [*_of_file(desk), *_of_visit(desk)]


def _of_file(desk: RegistrationDesk) -> list[Action]:
    return [
        Action(id="find", title=N_("Find patient"), key="F2", run=lambda: find(desk), needs=Permission.PATIENT_SEARCH),
        Action(id="new", title=N_("New file"), key="F3", run=lambda: new_file(desk), needs=Permission.PATIENT_EDIT),
        Action(
            id="correct",
            title=N_("Correct file"),
            key="F4",
            run=lambda: filing.correct(desk),
            needs=Permission.PATIENT_EDIT,
            enabled=_has_patient,
        ),
        Action(id="save", title=N_("Save file"), key="Ctrl+S", run=lambda: filing.save(desk), bar=False, enabled=_is_writing),
        Action(id="empty", title=N_("Empty the form"), key="Ctrl+E", run=lambda: filing.empty_form(desk), bar=False, enabled=_is_writing),
    ]


def _of_visit(desk: RegistrationDesk) -> list[Action]:
    return [
        Action(id="pay", title=N_("money|Cash given"), key="F6", run=desk.fee.focus_payment, bar=False, enabled=_has_payer),
        Action(id="tender", title=N_("money|Other means of payment"), key="F7", run=desk.fee.next_tender, enabled=_has_payer),
        Action(
            id="cancel",
            title=N_("Take back the visit"),
            key="F8",
            run=lambda: ask_to_cancel(desk),
            needs=Permission.REGISTRATION_CANCEL,
            enabled=lambda model: model.why_not_cancel() or True,
        ),
        Action(
            id="reprint",
            title=N_("Print again"),
            key="F9",
            run=lambda: reprint(desk),
            needs=Permission.REGISTRATION_VIEW,
            enabled=lambda model: model.why_not_slip() or True,
        ),
        Action(
            id="document",
            title=N_("Show or hide the document number"),
            key="Ctrl+D",
            run=desk.card.show_document,
            bar=False,
            enabled=_has_patient,
        ),
        Action(
            id="register",
            title=N_("verb|Register"),
            key="F12",
            run=lambda: register(desk),
            needs=Permission.REGISTRATION_REGISTER,
            enabled=lambda model: model.why_not_register() or True,
            primary=True,
        ),
    ]


def _has_patient(model: RegistrationModel) -> bool | str:
    return True if model.patient is not None else N_("Find the patient first (F2), or open a new file (F3).")


def _has_payer(model: RegistrationModel) -> bool | str:
    return True if model.draft is not None else _has_patient(model)


def _is_writing(model: RegistrationModel) -> bool | str:
    return True if model.draft is not None else N_("No file is open for writing.")


# --- finding -----------------------------------------------------------------------------------------------------------------------


def find(desk: RegistrationDesk) -> None:
    """F2: the search, empty. A form that was open becomes a draft."""
    if desk.identity.writing:
        filing.leave_form(desk)
    desk.identity.search.start()


def new_file(desk: RegistrationDesk) -> None:
    """F3: a new file, with what was typed into the search."""
    if not desk.identity.writing:
        typed = desk.identity.search.text()
        filing.open_new(desk, of_text(typed, desk.model.today) if typed else None)


def choose_patient(desk: RegistrationDesk, patient_id: int) -> None:
    """Take a patient in hand."""
    if desk.identity.writing:
        filing.keep_draft(desk)
    desk.send(GetPatient(patient_id=patient_id), done=desk.show_patient, key="choose")


def scanned(desk: RegistrationDesk, code: str) -> bool:
    """A scan anywhere: a patient's or visit's barcode, or an identity number. Others are refused."""
    found = classify(code)
    if isinstance(found, OwnCode) and found.kind is OwnKind.PATIENT:
        _pick(desk, f"{found.number:08d}")
        return True
    if isinstance(found, OwnCode) and found.kind is OwnKind.VISIT:
        _pick(desk, f"{found.number:011d}")
        return True
    if isinstance(found, ResidentId):
        _pick(desk, found.number)
        return True
    if isinstance(found, PaymentCode):
        desk.tell(tr("This is a payment code. Take the payment on its own terminal, then choose the means here (F7)."), "warning")
        return True
    return False


def _pick(desk: RegistrationDesk, number: str) -> None:
    """Choose the one patient with this number, or open a new file with it."""

    def found(hits: PatientHits) -> None:
        if len(hits.hits) == 1:
            choose_patient(desk, hits.hits[0].id)
        elif hits.hits:
            desk.identity.show_search()
            desk.identity.search.start(number)
        else:
            _nobody(desk, number)

    desk.send(SearchPatients(text=number), done=found, key="pick")


def _nobody(desk: RegistrationDesk, number: str) -> None:
    draft = of_text(number, desk.model.today)
    if draft.document_number:
        filing.open_new(desk, draft)
    else:
        desk.tell(tr("file|Nobody has the number {number}.", number=number), "warning")


def carded(desk: RegistrationDesk, card: IdCard) -> None:
    """An ID card on the reader: its owner is in hand at once, or the form is filled from it."""

    def found(hits: PatientHits) -> None:
        if not hits.hits:
            filing.open_new(desk, of_card(card))
            return
        hit = hits.hits[0]
        choose_patient(desk, hit.id)
        if hit.name != card.name:
            desk.tell(
                tr("The card says {card}, the file {file}. Correct the file if it is wrong (F4).", card=card.name, file=hit.name), "warning"
            )

    desk.send(SearchPatients(text=card.number), done=found, key="pick")
    if card.valid_to is not None and card.valid_to < desk.model.today:
        desk.tell(tr("The card was valid until {day}.", day=card.valid_to.isoformat()), "warning")


# --- lists -------------------------------------------------------------------------------------------------------------------------


def load_sessions(desk: RegistrationDesk) -> None:
    """Today's clinic sessions."""

    def taken(found: SessionList) -> None:
        desk.model.take_sessions(found.sessions)
        desk.show_all()

    desk.send(ListSessions(), done=taken)


def load_rules(desk: RegistrationDesk) -> None:
    """How cash is rounded here."""

    def taken(rules: MoneyRules) -> None:
        desk.model.rounding = rules.cash_rounding
        desk.show_all()

    desk.send(GetMoneyRules(), done=taken)


def load_patient(desk: RegistrationDesk) -> None:
    """The patient in hand once more."""
    if desk.model.patient is not None:
        desk.send(GetPatient(patient_id=desk.model.patient.id), done=desk.renew_patient, key="renew")


def refresh(desk: RegistrationDesk, changes: frozenset[Change]) -> None:
    """Other desks changed something; an empty set: everything."""
    patient = desk.model.patient
    if not changes:
        load_rules(desk)
    if not changes or any(change.topic in (topics.CLINIC_SESSION, topics.VISIT) for change in changes):
        load_sessions(desk)
    mine = (
        {(topics.PATIENT, patient.id), (topics.CHARGE, patient.id)} | {(topics.VISIT, visit.id) for visit in patient.visits}
        if patient
        else set()
    )
    if not changes or any((change.topic, change.id) in mine for change in changes):
        load_patient(desk)


def link_changed(desk: RegistrationDesk, link: Link) -> None:
    """The line broke while a visit was under way: say so in place. It is asked again under the same id."""
    if desk.model.sending:
        desk.model.trouble = "" if link.online else NO_ANSWER
        desk.show_all()


# --- registering -------------------------------------------------------------------------------------------------------------------


def register(desk: RegistrationDesk) -> None:
    """F12: take the number and the fee in one act; a file that is open for writing is saved first."""
    if desk.model.draft is not None:
        filing.save(desk, then=lambda: register_if_possible(desk))
        return
    model, request = desk.model, desk.model.register_request()
    patient = model.patient
    assert patient is not None
    model.sending, model.trouble = True, ""
    request_id = model.request_id(request)
    desk.send(
        request,
        done=lambda done: registered(desk, patient, done, request_id),
        failed=lambda error: not_registered(desk, patient, error),
        request_id=request_id,
    )
    desk.show_all()


def register_if_possible(desk: RegistrationDesk) -> None:
    """Go on after the file was saved, unless something speaks against it by now."""
    reason = desk.model.why_not_register()
    if reason:
        desk.tell(reason, "warning")
    else:
        register(desk)


def registered(desk: RegistrationDesk, patient: PatientSummary, done: VisitRegistered, request_id: str) -> None:
    """The patient waits: print, open the drawer, and say the number."""
    paper = desk.place.paper
    paper.print(papers.slip(done.slip), "receipt", request_id)
    if done.receipt is not None:
        paper.print(money_papers.receipt(done.receipt), "receipt", request_id)
        open_drawer(desk, done.receipt)
    desk.tell(_words(patient, done), follow=["reprint", "cancel"])
    if desk.model.patient is not None and desk.model.patient.id == patient.id:
        desk.place.journal.keep(filing.LAST_CHOICE, desk.model.registered(done))
        desk.model.trouble = ""
        load_patient(desk)
        load_sessions(desk)
        desk.show_all()
        desk.identity.search.start()
    else:
        desk.model.answered_aside(patient.id, done)


def _words(patient: PatientSummary, done: VisitRegistered) -> str:
    change = done.receipt.change_fen if done.receipt else 0
    plain, with_change = (
        N_("{patient}: queue number {queue}, visit {visit}."),
        N_("{patient}: queue number {queue}, visit {visit}, change {change}."),
    )
    words = with_change if change else plain
    return tr(words, patient=patient.file.name, queue=done.queue_number, visit=done.visit_number, change=format_yuan(change))


def not_registered(desk: RegistrationDesk, patient: PatientSummary, error: XinglinError) -> None:
    """It was refused: the sentence stands beside the fee, and the lists are read anew."""
    if desk.model.patient is None or desk.model.patient.id != patient.id:
        desk.model.answered_aside(patient.id, None)
        desk.fail(error)
        return
    desk.model.sending = False
    desk.model.trouble = error
    if isinstance(error, Refusal):
        load_sessions(desk)
    if isinstance(error, AlreadyRegistered):
        load_patient(desk)
    desk.show_all()


def open_drawer(desk: RegistrationDesk, receipt: ReceiptFacts) -> None:
    """Cash comes in or goes out: the drawer opens, if there is one."""
    if any(tender.kind is TenderKind.CASH for tender in receipt.tenders):
        with contextlib.suppress(NotInstalled):  # a desk without a drawer has a box; that is no trouble
            desk.ops.watch(desk.place.devices.open_drawer(), owner=desk, done=lambda _opened: None)


# --- taking back and printing again ------------------------------------------------------------------------------------------------


def ask_to_cancel(desk: RegistrationDesk) -> None:
    """F8: ask in place, with the amount that goes back; each answer is a reason."""
    visit = desk.model.visit_in_hand()
    if visit is not None:
        desk.send(GetSlip(visit_id=visit.id), done=lambda slip: _ask_why(desk, visit, slip), key="slip to cancel")


def _ask_why(desk: RegistrationDesk, visit: VisitBrief, slip: SlipFacts) -> None:
    request_id = new_request_id()

    def because(reason: str) -> Callable[[], None]:
        return lambda: cancel(desk, visit, reason, request_id)

    question = tr(
        "Take back {queue} with {doctor}? {fee} go back.", queue=visit.queue_number, doctor=visit.doctor, fee=format_yuan(slip.fee_fen)
    )
    other = (N_("visit|Another reason"), lambda: desk.card.cancelling.ask(lambda reason: cancel(desk, visit, reason, request_id)))
    desk.ask(question, [*((reason, because(tr(reason))) for reason in REASONS), other])


def cancel(desk: RegistrationDesk, visit: VisitBrief, reason: str, request_id: str) -> None:
    """退号: the number is free again, and the fee goes back."""

    def refused(error: XinglinError) -> None:
        desk.fail(error)
        refresh(desk, frozenset())

    desk.send(
        CancelVisit(visit_id=visit.id, reason=reason),
        done=lambda cancelled: _cancelled(desk, visit, cancelled, reason, request_id),
        failed=refused,
        request_id=request_id,
    )


def _cancelled(desk: RegistrationDesk, visit: VisitBrief, cancelled: VisitCancelled, reason: str, request_id: str) -> None:
    if cancelled.refund is not None:
        desk.place.paper.print(papers.refund_slip(cancelled.refund, reason), "receipt", request_id)
        open_drawer(desk, cancelled.refund)
    desk.tell(tr("Visit {number} was taken back; give back {amount}.", number=visit.number, amount=format_yuan(cancelled.refunded_fen)))
    if desk.model.done is not None and desk.model.done.visit_id == visit.id:
        desk.model.done = None
        desk.fee.forget()
    load_sessions(desk)
    load_patient(desk)
    desk.show_all()


def reprint(desk: RegistrationDesk) -> None:
    """F9: the papers of what was just done, or the slip of the visit in hand, marked as a copy."""
    visit, done, paper = desk.model.visit_in_hand(), desk.model.done, desk.place.paper
    if done is not None and visit is not None and visit.id == done.visit_id and paper.may_repeat() is True:
        paper.again()
    elif visit is not None:
        desk.send(GetSlip(visit_id=visit.id), done=lambda slip: _print_copy(desk, slip), key="slip")


def _print_copy(desk: RegistrationDesk, slip: SlipFacts) -> None:
    copy = papers.again(desk.model.now(), desk.place.session.staff.name)
    desk.place.paper.print(papers.slip(slip, copy), "receipt", new_request_id())
    desk.tell(tr("Slip {number} printed again.", number=slip.visit_number))
