"""Reviewing 审方 beyond one yes or no: what the rules find clean, earlier drugs of the patient, and asking the doctor."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.consult import PrescriptionFacts
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query, Refused


class Judged(Fact, frozen=True, kw_only=True):
    """What speaks against passing a prescription together with others: errors as they cross the wire; none: it is clean."""

    prescription_id: int
    whys: tuple[Refused, ...]


class Judgements(Fact, frozen=True, kw_only=True):
    """What waits for review, longest first. ``allowed``: the clinic's rules let clean ones be passed together."""

    allowed: bool
    judged: tuple[Judged, ...]


class JudgeReviews(Query[Judgements], frozen=True, kw_only=True):
    """Which of the prescriptions under review are clean by rule, and why the others are not."""

    permission = Permission.PHARMACY_REVIEW


class PassClean(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """Pass one prescription of a batch. It is looked at again: raises ``NotClean``, ``BatchReviewOff``, and what a single review raises.

    ``batch`` is the same for all that were signed for together.
    """

    permission = Permission.PHARMACY_REVIEW
    prescription_id: int
    batch: Annotated[str, Meta(min_length=8, max_length=40)]


# --- earlier drugs ------------------------------------------------------------------------------------------------------------------


class EarlierDrug(Fact, frozen=True, kw_only=True):
    """One line of an earlier prescription of the patient. ``quantity`` in base units, ``state`` of its prescription."""

    drug_id: int
    name: str
    specification: str
    quantity: Decimal
    quantity_text: str
    dose: Decimal
    dose_unit: str
    frequency: str
    frequency_text: str
    days: int
    signed_at: datetime
    doctor: str
    department: str
    state: str


class EarlierDrugs(Fact, frozen=True, kw_only=True):
    """Latest first, of the last :data:`server.reviewing.EARLIER_DAYS` days."""

    lines: tuple[EarlierDrug, ...]


class GetEarlierDrugs(Query[EarlierDrugs], frozen=True, kw_only=True):
    """What the patient was prescribed before this prescription."""

    permission = Permission.PHARMACY_REVIEW
    views = "patient_id"
    patient_id: int
    prescription_id: int


# --- asking the doctor --------------------------------------------------------------------------------------------------------------


class DoctorOutcome(StrEnum):
    """What came of asking the doctor."""

    CONFIRMED = "confirmed"
    WILL_CHANGE = "will_change"
    NOT_REACHED = "not_reached"
    OTHER = "other"


class DoctorCallFacts(Fact, frozen=True, kw_only=True):
    """Somebody asked the doctor, and what came of it."""

    outcome: DoctorOutcome
    note: str
    by: str
    at: datetime


class DoctorContact(Fact, frozen=True, kw_only=True):
    """Where the doctor of a prescription is reached. ``rooms`` of today's clinic sessions, empty: none; ``phone`` may be empty."""

    prescription_id: int
    doctor: str
    title: str
    department: str
    phone: str
    rooms: tuple[str, ...]
    calls: tuple[DoctorCallFacts, ...]


class GetDoctorContact(Query[DoctorContact], frozen=True, kw_only=True):
    """Phone and room of the doctor, and what was asked about this prescription before."""

    permission = Permission.PHARMACY_REVIEW
    prescription_id: int


class RecordDoctorCall(Command[Done], frozen=True, kw_only=True):
    """Write down that the doctor was asked about a prescription under review, and what came of it. ``OTHER`` needs the note."""

    permission = Permission.PHARMACY_REVIEW
    prescription_id: int
    outcome: DoctorOutcome
    note: Annotated[str, Meta(max_length=200)] = ""
