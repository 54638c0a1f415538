"""The measured kinds of request: how many of each are made up, with prepared states under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.messages.cashier import Settle, Tender, TenderKind
from common.messages.consult import DrugLine, GetQueue, PrescriptionKind, SignPrescription
from common.messages.patients import GetPatient, SearchPatients
from common.messages.pharmacy import Dispense, Scan
from common.messages.registration import RegisterVisit
from common.wire import encode, wire_name
from tests.bench.crowd import Shot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.wire import Request
    from tests.bench.states import Person, States, Visit


class Asked(msgspec.Struct, frozen=True):
    """A request and whose session it comes in."""

    request: Request[Any]
    token: str

    def shot(self) -> Shot:
        """As the crowd sends it."""
        kind = type(self.request)
        return Shot(name=wire_name(kind), token=self.token, body=encode(self.request).decode(), writes=kind.writes)


class Kinds:
    """Makes requests in one clinic."""

    def __init__(self, states: States) -> None:
        self.states = states
        self.chance = states.chance
        self.clerks = states.people("registration_clerk")
        self.cashiers = states.people("cashier")
        self.pharmacists = states.people("pharmacist")
        self.doctors = {person.staff_id: person for person in states.people("doctor")}
        self._drugs = states.connection.execute("SELECT id, dose, frequency, route FROM bench.drug ORDER BY id").fetchall()
        self._queue_doctor = states.queue()
        self.sessions = states.sessions

    def make(self, kind: str, count: int) -> list[Asked]:
        """So many requests of a kind, each once usable if it writes."""
        return _MAKERS[kind](self, count)

    def to_trace(self, kind: str, count: int) -> list[Asked]:
        """So many requests to be traced: registrations in two sessions only, so that their queue numbers differ."""
        self.sessions = self.states.sessions[:2]
        try:
            return self.make(kind, count)
        finally:
            self.sessions = self.states.sessions

    def _one_of(self, people: Sequence[Person]) -> str:
        return self.chance.choice(people).token

    def search_texts(self, by: str, count: int) -> list[str]:
        """What people type: two characters of a name, initials, a phone's beginning, an ID number's region and birth year."""
        sql = {
            "name": "SELECT left(name, 2) FROM patient WHERE id = ANY(%s)",
            "initials": "SELECT min(key) FROM patient_spelling WHERE patient_id = ANY(%s) AND length(key) <= 4 GROUP BY patient_id",
            "phone": "SELECT left(phone, 7) FROM patient WHERE id = ANY(%s) AND phone <> ''",
            "id_number": "SELECT left(document_number, 10) FROM patient WHERE id = ANY(%s) AND document_number <> ''",
        }[by]
        ids = self.states._draw(count * 2)
        return [row[0] for row in self.states.connection.execute(sql, (ids,)).fetchall()][:count]

    def search(self, count: int) -> list[Asked]:
        """By initials, as clerks type most."""
        return [Asked(SearchPatients(text=text), self._one_of(self.clerks)) for text in self.search_texts("initials", count)]

    def queue(self, count: int) -> list[Asked]:
        """A doctor's own queue."""
        token = self.doctors[self._queue_doctor].token
        return [Asked(GetQueue(), token) for _ in range(count)]

    def patient_summary(self, count: int) -> list[Asked]:
        """A patient's card, looked at by a clerk."""
        return [Asked(GetPatient(patient_id=patient), self._one_of(self.clerks)) for patient in self.states._draw(count)]

    def register(self, count: int) -> list[Asked]:
        """A visit with its fee in cash."""
        fee = self.states.fee_fen
        cash = (Tender(kind=TenderKind.CASH, amount_fen=fee, given_fen=fee),)
        return [
            Asked(
                RegisterVisit(patient_id=patient, session_id=self.chance.choice(self.sessions), expected_fee_fen=fee, tenders=cash),
                self._one_of(self.clerks),
            )
            for patient in self.states.patients(count)
        ]

    def sign_prescription(self, count: int) -> list[Asked]:
        """Three drugs, whose quantities the service works out."""
        return [
            Asked(
                SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.ORDINARY, lines=self._lines(3)),
                self.doctors[visit.doctor_id].token,
            )
            for visit in self.states.in_consultation(count)
        ]

    def _lines(self, count: int) -> tuple[DrugLine, ...]:
        drugs = sorted(self.chance.sample(self._drugs, count))
        return tuple(DrugLine(drug_id=row[0], dose=row[1], frequency=row[2], route=row[3], days=3, reason="病情需要") for row in drugs)

    def settle(self, count: int) -> list[Asked]:
        """Four lines of a prescription, in cash."""
        return [Asked(self._settle(visit), self._one_of(self.cashiers)) for visit in self.states.approved(count)]

    def _settle(self, visit: Visit) -> Settle:
        cash = Tender(kind=TenderKind.CASH, amount_fen=visit.due_fen, given_fen=visit.due_fen)
        return Settle(patient_id=visit.patient_id, line_ids=visit.lines, expected_fen=visit.due_fen, tenders=(cash,))

    def dispense(self, count: int) -> list[Asked]:
        """Three lines of a pack each, scanned."""
        return [Asked(self._dispense(visit), self._one_of(self.pharmacists)) for visit in self.states.picked(count)]

    def _dispense(self, visit: Visit) -> Dispense:
        scans = tuple(Scan(line_id=line, code=code) for line, code in zip(visit.lines, visit.codes, strict=True))
        return Dispense(prescription_id=visit.prescription_id, scans=scans)

    def mix(self, count: int) -> list[Asked]:
        """60 % search, 15 % register, 15 % prescription, 10 % settle, in random order."""
        asked = [one for kind, share in MIX.items() for one in self.make(kind, max(count * share // 100, 1))]
        self.chance.shuffle(asked)
        return asked


MIX: Final = {"search": 60, "register": 15, "sign_prescription": 15, "settle": 10}
_MAKERS: Final[dict[str, Callable[[Kinds, int], list[Asked]]]] = {
    "search": Kinds.search,
    "queue": Kinds.queue,
    "patient_summary": Kinds.patient_summary,
    "register": Kinds.register,
    "sign_prescription": Kinds.sign_prescription,
    "settle": Kinds.settle,
    "dispense": Kinds.dispense,
    "mix": Kinds.mix,
}
READS: Final = ("search", "queue", "patient_summary")
WRITES: Final = ("register", "sign_prescription", "settle", "dispense")
