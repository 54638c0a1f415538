"""What the registration desk knows: the person, the form, the sessions, the fee and how it is paid. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from client.format import department
from client.registration import sessions
from client.registration.sessions import LastChoice, SessionRow
from common.domain.money import MAX_FEN, format_yuan
from common.domain.rounding import round_cash
from common.i18n import N_, tr
from common.messages.cashier import Tender, TenderKind
from common.messages.registration import RegisterVisit
from common.wire import new_request_id

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from client.registration.draft import FileDraft
    from common.errors import XinglinError
    from common.messages.catalogue import Lists
    from common.messages.patients import PatientSummary, VisitBrief
    from common.messages.registration import SessionFacts, VisitRegistered

#: Visits that can still be taken back, by their state.
CANCELLABLE: Final = frozenset({"UNPAID", "REGISTERED", "CHECKED_IN", "WAITING", "PASSED"})
SENDING: Final = N_("visit|It is being sent; please wait for the answer.")


@dataclass
class Payment:
    """How the fee is paid: one tender. Cash that is not typed in means exactly the fee."""

    kind: TenderKind = TenderKind.CASH
    given_fen: int | None = None
    unreadable: bool = False
    reference: str = ""

    def change(self, fee_fen: int) -> int:
        """Fen to give back; negative while too little was given."""
        return (self.given_fen - fee_fen) if self.is_cash and self.given_fen is not None else 0

    @property
    def is_cash(self) -> bool:
        """Whether it is cash."""
        return self.kind is TenderKind.CASH

    def why_not(self, fee_fen: int) -> str:
        """What is wrong with it, as a sentence; empty if nothing is."""
        if not self.is_cash:
            return ""
        if self.unreadable or (self.given_fen or 0) > MAX_FEN:
            return tr("The cash given is no amount.")
        missing = -self.change(fee_fen)
        return tr("money|{missing} are missing.", missing=format_yuan(missing)) if missing > 0 else ""

    def tenders(self, fee_fen: int) -> tuple[Tender, ...]:
        """What is sent; a visit that costs nothing takes none."""
        if fee_fen == 0:
            return ()
        if not self.is_cash:
            return (Tender(kind=self.kind, amount_fen=fee_fen, reference=self.reference.strip()),)
        return (Tender(kind=TenderKind.CASH, amount_fen=fee_fen, given_fen=fee_fen if self.given_fen is None else self.given_fen),)


@dataclass
class Aside:
    """The patient who was in hand when a new file was opened, with what was chosen for him."""

    patient: PatientSummary
    session_id: int | None
    payment: Payment
    sending: bool
    trouble: XinglinError | str
    chosen_visit: VisitBrief | None
    done: VisitRegistered | None
    sent: tuple[RegisterVisit, str] | None


@dataclass
class RegistrationModel:
    """The state of the desk. ``zone`` is the clinic's time zone, so that a desk in another one greys the right sessions."""

    today: date
    zone: tzinfo | None = None
    patient: PatientSummary | None = None
    draft: FileDraft | None = None
    listed: tuple[SessionFacts, ...] = ()
    session_id: int | None = None
    chosen_by_hand: bool = False
    typed: str = ""
    last: LastChoice | None = None
    payment: Payment = field(default_factory=Payment)
    saving: bool = False
    trouble: XinglinError | str = ""  # an error, or a source string
    sending: bool = False
    chosen_visit: VisitBrief | None = None
    done: VisitRegistered | None = None
    aside: Aside | None = None
    lists: Lists | None = None
    rounding: str = "none"
    _sent: tuple[RegisterVisit, str] | None = None

    def now(self) -> datetime:
        """The clinic's wall clock."""
        return datetime.now(self.zone)

    # --- the patient -----------------------------------------------------------------------------------------------------------

    def take_patient(self, patient: PatientSummary, *, keep_session: bool = False) -> None:
        """Somebody was chosen: the form is gone, the likeliest session is chosen, the fee is exact cash.

        ``keep_session``: the person was in the form already, and session and payment were chosen meanwhile.
        """
        if self.patient is None or self.patient.id != patient.id:
            self.payment = self.payment if keep_session else Payment()
            self.done = None
            self.sending = False  # what was sent goes on; its answer says whose it was
            self.trouble = ""
            self._sent = None
        self.patient = patient
        self.draft = self.aside = None
        self.typed = ""
        if not keep_session or self.session is None:
            self.choose_beforehand()

    def set_aside(self) -> None:
        """A new file is opened: nobody is in hand meanwhile, so that nothing can be done to the patient before by mistake."""
        if self.patient is None:
            return
        self.aside = Aside(
            self.patient, self.session_id, self.payment, self.sending, self.trouble, self.chosen_visit, self.done, self._sent
        )
        self.patient = self.chosen_visit = self.done = self._sent = None
        self.payment, self.sending, self.trouble = Payment(), False, ""
        self.choose_beforehand()

    def bring_back(self) -> None:
        """The new file was left: the patient before is in hand again, with what was chosen for him."""
        aside, self.aside = self.aside, None
        if aside is None:
            return
        self.patient, self.session_id, self.payment = aside.patient, aside.session_id, aside.payment
        self.sending, self.trouble, self.chosen_visit = aside.sending, aside.trouble, aside.chosen_visit
        self.done, self._sent = aside.done, aside.sent

    def answered_aside(self, patient_id: int, done: VisitRegistered | None) -> None:
        """The service answered about the patient who is set aside; ``None``: it refused."""
        if self.aside is not None and self.aside.patient.id == patient_id:
            self.aside.sending, self.aside.trouble = False, ""
            if done is not None:
                self.aside.done, self.aside.sent = done, None

    def renew_patient(self, patient: PatientSummary) -> None:
        """The same patient, read anew: nothing that was chosen changes."""
        self.patient = patient

    def department(self, name: str) -> str:
        """A department in the current language; its Chinese name where the lists do not have it."""
        return department(name, self.lists)

    # --- the sessions ----------------------------------------------------------------------------------------------------------

    def rows(self) -> list[SessionRow]:
        """The list as it is shown."""
        return sessions.rows(self.listed, self.now(), self.typed, self.department)

    @property
    def session(self) -> SessionFacts | None:
        """The session chosen."""
        return next((each for each in self.listed if each.id == self.session_id), None)

    def take_sessions(self, listed: tuple[SessionFacts, ...]) -> None:
        """A fresh list. The choice stays, also if it can no longer be had: then it says why."""
        self.listed = listed
        if self.session is None:
            self.choose_beforehand()

    def choose_beforehand(self) -> None:
        """Choose the session that is most likely meant."""
        born = self.draft.birth_date if self.draft else None
        found = sessions.preselected(self.listed, self.now(), self.patient, self.last, born)
        self.session_id = found.id if found else None
        self.chosen_by_hand = False

    def follow_birth(self) -> bool:
        """The birth date in the form changed: another session may be likelier now. Whether one was chosen; never over the clerk's choice."""
        before = self.session_id
        if self.patient is None and not self.chosen_by_hand:
            self.choose_beforehand()
        return self.session_id != before

    def choose(self, session_id: int) -> None:
        """The clerk chose a session; after a visit was registered that means another one."""
        self.session_id = session_id
        self.chosen_by_hand = True
        self.trouble = ""
        if self.done is not None:
            self.done = None
            self.payment = Payment(kind=self.payment.kind)

    # --- registering -----------------------------------------------------------------------------------------------------------

    @property
    def fee_fen(self) -> int:
        """The fee of the session chosen."""
        return self.session.fee_fen if self.session else 0

    @property
    def to_pay_fen(self) -> int:
        """What is to be paid: the fee, in cash rounded by the clinic's rule."""
        return round_cash(self.fee_fen, self.rounding) if self.payment.is_cash else self.fee_fen

    def why_not_session(self) -> str:
        """Why the chosen session cannot be had, as a sentence."""
        session = self.session
        if session is None:
            return tr("No clinic session today has a number left.") if not self.listed else tr("Choose a clinic session (Alt+3).")
        reason = sessions.why_not(session, self.now())
        if reason == sessions.FULL:
            return tr("No number is left with {doctor}. Choose another session.", doctor=session.doctor)
        return tr("{doctor}'s session ended at {time}.", doctor=session.doctor, time=f"{session.ends:%H:%M}") if reason else ""

    def why_not_register(self) -> str:
        """What speaks against registering now, as a sentence; empty if nothing does."""
        if self.sending or self.saving:
            return tr(SENDING)
        if self.draft is not None:
            return self.why_not_session() or self.payment.why_not(self.to_pay_fen)  # F12 saves the file first
        if self.patient is None:
            return tr("Find the patient first (F2), or open a new file (F3).")
        if self.done is not None:
            return tr("{patient} has the number {number}.", patient=self.patient.file.name, number=self.done.queue_number)
        return self.why_not_session() or self.payment.why_not(self.to_pay_fen)

    def register_request(self) -> RegisterVisit:
        """The command. Call it only while :meth:`why_not_register` is empty."""
        assert self.patient is not None and self.session is not None
        return RegisterVisit(
            patient_id=self.patient.id,
            session_id=self.session.id,
            expected_fee_fen=self.fee_fen,
            tenders=self.payment.tenders(self.to_pay_fen),
        )

    def request_id(self, request: RegisterVisit) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]

    def registered(self, done: VisitRegistered) -> LastChoice:
        """It was carried out. Gives back what to remember as the clerk's last choice."""
        session = self.session
        self.sending = False
        self.done = done
        self._sent = None
        if session is not None:
            self.last = LastChoice(session_id=session.id, doctor_id=session.doctor_id, department_id=session.department_id)
        return self.last or LastChoice(session_id=0, doctor_id=0, department_id=0)

    def trouble_words(self) -> str:
        """What went wrong with the last attempt, in the current language; empty if nothing did."""
        return tr(self.trouble) if isinstance(self.trouble, str) and self.trouble else str(self.trouble)

    # --- the visits ------------------------------------------------------------------------------------------------------------

    def visit_in_hand(self) -> VisitBrief | None:
        """The visit that cancelling and reprinting are about: the one selected, or else today's."""
        if self.patient is None:
            return None
        chosen = self.chosen_visit
        if chosen is not None and any(visit.id == chosen.id for visit in self.patient.visits):
            return next(visit for visit in self.patient.visits if visit.id == chosen.id)
        return self.patient.today

    def why_not_cancel(self) -> str:
        """What speaks against taking back the visit in hand, as a sentence."""
        visit = self.visit_in_hand()
        if self.sending:
            return tr(SENDING)
        if visit is None:
            return (
                tr("visit|The patient has no visit today.") if self.patient else tr("Find the patient first (F2), or open a new file (F3).")
            )
        if visit.state in CANCELLABLE and visit.date == self.today:
            return ""
        from common.domain.states import VISIT

        return tr("Visit {number} is “{state}” and cannot be taken back.", number=visit.number, state=VISIT.label(visit.state))

    def why_not_slip(self) -> str:
        """What speaks against printing the slip of the visit in hand again, as a sentence."""
        visit = self.visit_in_hand()
        if visit is None:
            return (
                tr("visit|The patient has no visit today.") if self.patient else tr("Find the patient first (F2), or open a new file (F3).")
            )
        return tr("A visit that was taken back has no slip.") if visit.state == "CANCELLED" else ""


def session_words(session: SessionFacts, department: str) -> str:
    """A session in one line: department, doctor and title, room, when."""
    when = f"{session.starts:%H:%M}–{session.ends:%H:%M}"
    return "　".join(part for part in (department, f"{session.doctor} {session.title}".strip(), session.room, when) if part)
