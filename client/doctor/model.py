"""What the doctor's desk knows: the queue, the visit that is open, and which prescription is shown. Plain Python."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from client.doctor.sheet import Catalogue, Patient, Sheet
from client.doctor.work import VisitWork
from client.initials import matches
from common.i18n import N_
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.messages.catalogue import DiagnosisHit, DrugFacts, Lists
    from common.messages.consult import PrescriptionFacts, QueueEntry

#: The sections of the queue, in the order in which they stand, with the states that belong there.
SECTIONS: Final = (
    (N_("queue|With me"), ("IN_CONSULT",)),
    (N_("queue|Called"), ("CALLED",)),
    (N_("queue|Waiting"), ("WAITING", "CHECKED_IN", "REGISTERED")),
    (N_("queue|Passed over"), ("PASSED",)),
    (N_("queue|On hold"), ("ON_HOLD",)),
    (N_("queue|Finished"), ("FINISHED", "CLOSED")),
)
#: Of a prescription in these states nobody has taken money yet.
UNPAID: Final = frozenset({"SUBMITTED", "APPROVED", "REJECTED", "OVERRIDDEN"})
#: A list that was found is shown again at once for so many seconds; stock moves empty it earlier.
FRESH_FOR: Final = timedelta(seconds=60)


class DoctorModel:
    """The state of the desk; also what the actions' ``enabled`` look at."""

    def __init__(self) -> None:
        self.queue: tuple[QueueEntry, ...] = ()
        self.selected: QueueEntry | None = None
        self.filter = ""
        self.work: VisitWork | None = None
        self.lists: Lists | None = None
        self.catalogue = Catalogue()
        self.allergen_names: dict[str, str] = {}
        self.today = date.today()  # noqa: DTZ011 - replaced by the clinic's own day when the desk opens
        self.doctor_level = "special"
        #: Whether a drug is being looked up whose Enter was pressed already; what comes next waits its turn.
        self.typing_ahead: Callable[[], bool] = lambda: False
        self.shown: Sheet | PrescriptionFacts | None = None
        self.calling = new_request_id()
        self.starting: int = 0
        self._drugs: dict[str, tuple[datetime, tuple[DrugFacts, ...]]] = {}
        self._diagnoses: dict[str, tuple[DiagnosisHit, ...]] = {}

    # --- the queue -------------------------------------------------------------------------------------------------------------

    def sections(self) -> list[tuple[str, list[QueueEntry]]]:
        """The queue as it stands on the screen: sections with somebody in them, in order; narrowed by the filter."""
        found = [(title, [entry for entry in self.queue if entry.state in states and self._fits(entry)]) for title, states in SECTIONS]
        return [(title, entries) for title, entries in found if entries]

    def waiting(self) -> int:
        """How many wait to be called."""
        return sum(entry.state == "WAITING" for entry in self.queue)

    def entry(self, visit_id: int) -> QueueEntry | None:
        """A visit of the queue."""
        return next((entry for entry in self.queue if entry.visit_id == visit_id), None)

    def with_me(self) -> QueueEntry | None:
        """The visit that is in consultation, if any."""
        return next((entry for entry in self.queue if entry.state == "IN_CONSULT"), None)

    def _fits(self, entry: QueueEntry) -> bool:
        wanted = self.filter.strip()
        return (
            not wanted
            or wanted.lower() in entry.queue_number.lower()
            or wanted in entry.visit_number
            or matches(wanted, entry.patient_name) > 1
        )

    def identify(self, name: str, birth_date: date) -> list[QueueEntry]:
        """Who in the queue an ID card may belong to; the service's queue carries no document numbers."""
        return [entry for entry in self.queue if entry.patient_name == name and entry.birth_date == birth_date]

    # --- the visit -------------------------------------------------------------------------------------------------------------

    def open(self, work: VisitWork) -> None:
        """A visit comes to the desk."""
        self.work = work
        self.shown = work.sheets[0] if work.writable or not work.signed else work.signed[-1]

    def close(self) -> None:
        """The desk is empty."""
        self.work = self.shown = None

    def patient(self) -> Patient:
        """What the rules know of the patient."""
        return self.work.patient(self.today, self.allergen_names, self.doctor_level) if self.work else Patient()

    @property
    def sheet(self) -> Sheet | None:
        """The prescription being written that is shown; ``None`` while a signed one is."""
        return self.shown if isinstance(self.shown, Sheet) else None

    @property
    def prescription(self) -> PrescriptionFacts | None:
        """The signed prescription that is shown, as it is now."""
        if self.work is None or self.shown is None or isinstance(self.shown, Sheet):
            return None
        shown = self.shown.id
        return next((each for each in self.work.signed if each.id == shown), None)

    def may_take_back(self) -> bool:
        """Whether the prescription that is shown can be voided or written anew: nobody has paid it, and the visit is open."""
        facts = self.prescription
        return facts is not None and facts.state in UNPAID and self.work is not None and self.work.writable

    def tabs(self) -> list[Sheet | PrescriptionFacts]:
        """The prescriptions of the visit: signed ones, then those being written."""
        if self.work is None:
            return []
        return [*self.work.signed, *(self.work.sheets if self.work.writable else [])]

    def settle_shown(self) -> None:
        """After prescriptions came or went: what was shown, or the newest."""
        tabs = self.tabs()
        ids = [each.id for each in tabs if not isinstance(each, Sheet)]
        if isinstance(self.shown, Sheet):
            if all(each is not self.shown for each in tabs):
                self.shown = tabs[-1] if tabs else None
        elif self.shown is None or self.shown.id not in ids:
            self.shown = tabs[-1] if tabs else None

    # --- the catalogue ---------------------------------------------------------------------------------------------------------

    def learn(self, lists: Lists) -> None:
        """The short lists arrived."""
        self.lists = lists
        self.catalogue = Catalogue(
            frequencies={each.code: each for each in lists.frequencies}, routes={each.code: each for each in lists.routes}
        )
        self.allergen_names = {each.code: each.name_zh for each in lists.allergens}

    def found_drugs(self, text: str, now: datetime) -> tuple[DrugFacts, ...] | None:
        """What was found for ``text`` a moment ago, so that the same letters are answered without a journey."""
        found = self._drugs.get(text.lower())
        return found[1] if found is not None and now - found[0] < FRESH_FOR else None

    def keep_drugs(self, text: str, drugs: tuple[DrugFacts, ...], now: datetime) -> None:
        """Remember an answer."""
        self._drugs[text.lower()] = (now, drugs)

    def found_diagnoses(self, text: str) -> tuple[DiagnosisHit, ...] | None:
        """As :meth:`found_drugs`; diagnoses change only with the catalogue."""
        return self._diagnoses.get(text.lower())

    def keep_diagnoses(self, text: str, diagnoses: tuple[DiagnosisHit, ...]) -> None:
        """Remember an answer."""
        self._diagnoses[text.lower()] = diagnoses

    def forget_stock(self) -> None:
        """Stock moved: what is free has to be asked anew."""
        self._drugs.clear()

    def forget_catalogue(self) -> None:
        """The catalogue changed."""
        self._drugs.clear()
        self._diagnoses.clear()

    def refresh_stock(self, newer: DrugFacts) -> None:
        """Newer facts of a drug that may stand in the sheets."""
        for sheet in self.work.sheets if self.work else []:
            for line in sheet.lines:
                if line.drug.id == newer.id:
                    line.drug = newer
