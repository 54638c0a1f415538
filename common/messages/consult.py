"""Doctor's station 医生站: the queue, the record, diagnoses and prescriptions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.domain.herbal import Handling
from common.messages.patients import PatientSummary
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

Prose = Annotated[str, Meta(max_length=4000)]


class QueueEntry(Fact, frozen=True, kw_only=True):
    """One patient in a queue, in the order of calling."""

    visit_id: int
    visit_number: str
    queue_number: str
    patient_id: int
    patient_name: str
    sex: str
    birth_date: date
    age: str
    state: str
    level: str
    department: str
    room: str
    waiting_since: datetime
    called_at: datetime | None


class Queue(Fact, frozen=True, kw_only=True):
    """A doctor's patients of today: waiting, called, with the doctor, on hold, passed over and finished."""

    entries: tuple[QueueEntry, ...]


class GetQueue(Query[Queue], frozen=True, kw_only=True):
    """One's own queue of today (``doctor_id`` of somebody else: with ``queue.call``)."""

    permission = Permission.QUEUE_VIEW
    doctor_id: int | None = None


class CallNext(Command[QueueEntry | None], frozen=True, kw_only=True):
    """Call the next waiting patient of one's own queue; nothing when nobody waits. Two desks never call the same one."""

    permission = Permission.QUEUE_CALL


class CallVisit(Command[QueueEntry], frozen=True, kw_only=True):
    """Call this patient, waiting or passed over, out of turn, or call a called one again."""

    permission = Permission.QUEUE_CALL
    visit_id: int


class PassVisit(Command[Done], frozen=True, kw_only=True):
    """过号: the called patient did not come; he waits again behind the next ones."""

    permission = Permission.QUEUE_CALL
    visit_id: int


class RecordText(Fact, frozen=True, kw_only=True):
    """The outpatient record's parts (病历书写基本规范, DOMAIN.md §3.1)."""

    first_visit: bool = True
    chief_complaint: Prose = ""
    present_illness: Prose = ""
    past_history: Prose = ""
    allergy_history: Prose = ""
    examination: Prose = ""
    auxiliary: Prose = ""
    treatment: Prose = ""


class Diagnosis(Fact, frozen=True, kw_only=True):
    """One diagnosis by ICD-10. The first one is the main diagnosis. ``suspected`` prints 疑似."""

    code: Annotated[str, Meta(min_length=3, max_length=40)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    suspected: bool = False
    note: Annotated[str, Meta(max_length=100)] = ""


class PrescriptionKind(StrEnum):
    """处方 kinds; they decide paper colour, corner word and limits (DOMAIN.md §2.1)."""

    ORDINARY = "ordinary"
    EMERGENCY = "emergency"
    PAEDIATRIC = "paediatric"
    NARCOTIC = "narcotic"
    PSYCHOTROPIC_2 = "psychotropic_2"
    HERBAL = "herbal"


class DrugLine(Fact, frozen=True, kw_only=True):
    """One drug as the doctor writes it. ``dose`` is in the drug's dose unit, ``quantity`` in its base unit.

    ``quantity`` may be left to the service (None): dose × times a day × days by the dose-form rule. prn and sos need it.
    ``group`` joins what is given together (infusions); 0 stands alone. ``reason`` answers a warning. ``handling`` is that of a herbal slice,
    whose ``dose`` is what goes into one dose 剂, and which is given once for each of them.
    """

    drug_id: int
    dose: Decimal
    frequency: Annotated[str, Meta(max_length=10)]
    route: Annotated[str, Meta(max_length=10)]
    days: Annotated[int, Meta(ge=1, le=90)]
    quantity: Decimal | None = None
    group: Annotated[int, Meta(ge=0, le=20)] = 0
    advice: Annotated[str, Meta(max_length=100)] = ""
    reason: Annotated[str, Meta(max_length=200)] = ""
    handling: Handling | None = None


class HerbalOrder(Fact, frozen=True, kw_only=True):
    """How the doses of a herbal prescription are drunk: each in so many ``portions`` 分几次服; ``usage`` is what else is said, such as 饭后温服."""

    portions: Annotated[int, Meta(ge=1, le=6)] = 2
    usage: Annotated[str, Meta(max_length=60)] = ""


class HerbalFacts(HerbalOrder, frozen=True, kw_only=True):
    """The same with what its lines give: the number of ``doses`` 剂数, and whether the clinic boils them 代煎 (the route ``decoct_in``)."""

    doses: int
    decoct: bool


class PrescriptionLine(Fact, frozen=True, kw_only=True):
    """One drug of a signed prescription, with the facts of the time of issue."""

    id: int
    drug_id: int
    name: str
    specification: str
    form: str
    dose: Decimal
    dose_unit: str
    frequency: str
    frequency_text: str
    route: str
    route_text: str
    days: int
    quantity: Decimal
    unit: str
    quantity_text: str
    group: int
    advice: str
    skin_test: str
    unit_price: Decimal
    amount_fen: int
    dispensed: Decimal
    reason: str = ""
    #: So much of it came back to the pharmacy.
    returned: Decimal = Decimal(0)
    #: So much of it was owed, and nobody waits for it any more.
    given_up: Decimal = Decimal(0)
    handling: Handling | None = None
    #: Which characters tell the drug from what it is mixed up with (:mod:`common.domain.likeness`).
    name_marks: str = ""
    specification_marks: str = ""


class PrescriptionFacts(Fact, frozen=True, kw_only=True):
    """A prescription with everything that its paper 处方笺 shows, as it was at signing."""

    id: int
    number: str
    visit_id: int
    visit_number: str
    kind: PrescriptionKind
    state: str
    clinic: str
    payer: str
    patient_id: int
    patient_number: str
    patient_name: str
    sex: str
    age: str
    weight: str
    phone: str
    department: str
    diagnoses: tuple[str, ...]
    allergy_state: str
    allergies: tuple[str, ...]
    lines: tuple[PrescriptionLine, ...]
    amount_fen: int
    doctor: str
    signed_at: datetime
    valid_until: datetime
    reviewer: str
    reviewed_at: datetime | None
    rejection: str
    picker: str
    dispenser: str
    dispensed_at: datetime | None
    herbal: HerbalFacts | None = None


class Encounter(Fact, frozen=True, kw_only=True):
    """A visit as the doctor works on it."""

    visit_id: int
    visit_number: str
    state: str
    department: str
    patient: PatientSummary
    age: str
    record: RecordText
    record_version: int
    record_signed_at: datetime | None
    diagnoses: tuple[Diagnosis, ...]
    prescriptions: tuple[PrescriptionFacts, ...]


class GetEncounter(Query[Encounter], frozen=True, kw_only=True):
    """A visit with its record, diagnoses and prescriptions. The look is audited."""

    permission = Permission.CONSULT_VIEW
    views = "visit_id"
    visit_id: int


class StartConsult(Command[Encounter], frozen=True, kw_only=True):
    """The patient is in the room (CALLED or ON_HOLD → IN_CONSULT)."""

    permission = Permission.CONSULT_RECORD
    visit_id: int


class HoldVisit(Command[Done], frozen=True, kw_only=True):
    """暂挂: the patient goes for tests and comes back without a new fee."""

    permission = Permission.CONSULT_RECORD
    visit_id: int


class RecordSaved(Fact, frozen=True, kw_only=True):
    """The record's new version."""

    version: int
    signed: bool


class SaveRecord(Command[RecordSaved], frozen=True, kw_only=True):
    """Keep record and diagnoses as they stand. ``version`` is the one that the form was read from (``ChangedMeanwhile``).

    A signed record is not overwritten: saving makes a new version, and the old one stays.
    """

    permission = Permission.CONSULT_RECORD
    visit_id: int
    version: int
    record: RecordText
    diagnoses: tuple[Diagnosis, ...]


class FinishVisit(Command[RecordSaved], frozen=True, kw_only=True):
    """Sign the record and end the visit. Refused while required parts are empty (``RecordIncomplete``)."""

    permission = Permission.CONSULT_RECORD
    visit_id: int
    version: int


class SignPrescription(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """Sign a prescription: rules are checked, stock is reserved, and it goes to the pharmacist's review.

    ``replaces`` names a rejected prescription that this one stands for. ``diagnoses``, where given, are saved with it.
    Raises ``NoDiagnosis``, ``PrescriptionRule``, ``AllergyConflict``, ``NotEnoughStock``.
    """

    permission = Permission.PRESCRIPTION_SIGN
    visit_id: int
    kind: PrescriptionKind
    lines: Annotated[tuple[DrugLine, ...], Meta(min_length=1, max_length=40)]
    diagnoses: tuple[Diagnosis, ...] | None = None
    replaces: int | None = None
    #: Of a herbal prescription; two portions boiled at home where nothing is said.
    herbal: HerbalOrder | None = None


class VoidPrescription(Command[Done], frozen=True, kw_only=True):
    """Take back an unpaid prescription; its stock is free again."""

    permission = Permission.PRESCRIPTION_SIGN
    prescription_id: int
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class GetPrescription(Query[PrescriptionFacts], frozen=True, kw_only=True):
    """One prescription, as it was at signing, with its state now."""

    permission = Permission.CONSULT_VIEW
    prescription_id: int


class Expired(Fact, frozen=True, kw_only=True):
    """How many prescriptions passed their validity."""

    expired: int


class ExpirePrescriptions(Command[Expired], frozen=True, kw_only=True):
    """Let unpaid prescriptions past their validity expire; their stock is free again. The service itself does this every minute."""

    permission = Permission.ADMIN_CLINIC
