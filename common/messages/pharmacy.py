"""Pharmacy 药房: review before payment, the queue of paid prescriptions, picking, scanning and handing over."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.consult import PrescriptionFacts
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class PharmacyEntry(Fact, frozen=True, kw_only=True):
    """One prescription in a worklist."""

    prescription_id: int
    number: str
    kind: str
    state: str
    patient_id: int
    patient_number: str
    patient_name: str
    visit_number: str
    sex: str
    age: str
    department: str
    doctor: str
    lines: int
    amount_fen: int
    since: datetime


class PharmacyList(Fact, frozen=True, kw_only=True):
    """A worklist, longest waiting first."""

    entries: tuple[PharmacyEntry, ...]


class ListToReview(Query[PharmacyList], frozen=True, kw_only=True):
    """Prescriptions that wait for the pharmacist's review 审方."""

    permission = Permission.PHARMACY_VIEW


class ListToDispense(Query[PharmacyList], frozen=True, kw_only=True):
    """Paid prescriptions that are not handed over."""

    permission = Permission.PHARMACY_VIEW


class RejectReason(StrEnum):
    """Why a prescription goes back (处方审核规范 2018)."""

    FORMAT = "format"
    INDICATION = "indication"
    DOSE = "dose"
    ROUTE = "route"
    DUPLICATE = "duplicate"
    INTERACTION = "interaction"
    ALLERGY = "allergy"
    POPULATION = "population"
    SKIN_TEST = "skin_test"
    OTHER = "other"


class ApprovePrescription(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """Pass the review and sign it: the lines can be paid from now on."""

    permission = Permission.PHARMACY_REVIEW
    prescription_id: int


class RejectPrescription(Command[Done], frozen=True, kw_only=True):
    """Send a prescription back to its doctor with reasons."""

    permission = Permission.PHARMACY_REVIEW
    prescription_id: int
    reasons: Annotated[tuple[RejectReason, ...], Meta(min_length=1)]
    note: Annotated[str, Meta(max_length=200)] = ""


class Pick(Fact, frozen=True, kw_only=True):
    """So much of one batch for one line. ``quantity`` in base units."""

    line_id: int
    batch_id: int
    lot: str
    expires: date
    quantity: Decimal
    shelf: str


class PickList(Fact, frozen=True, kw_only=True):
    """What to take from the shelf, first expiry first, and how many packs are to be scanned for each line."""

    prescription: PrescriptionFacts
    picks: tuple[Pick, ...]
    packs: dict[int, int]


class PickPrescription(Command[PickList], frozen=True, kw_only=True):
    """Choose the batches of a paid prescription by first expiry (PAID → PICKED). Asked again for a picked one, the same list comes back."""

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int


class CheckPack(Query[Done], frozen=True, kw_only=True):
    """Whether a scanned code belongs to the line's drug and has not gone out before (``WrongPack``, ``CodeAlreadySold``)."""

    permission = Permission.PHARMACY_DISPENSE
    line_id: int
    code: Annotated[str, Meta(min_length=4, max_length=100)]


class Scan(Fact, frozen=True, kw_only=True):
    """One scanned pack of a line."""

    line_id: int
    code: Annotated[str, Meta(min_length=4, max_length=100)]


class NoCode(Fact, frozen=True, kw_only=True):
    """Why a line has fewer codes than packs: no_code_library, herbal, in_house or damaged (DOMAIN.md §6.4)."""

    line_id: int
    reason: Annotated[str, Meta(pattern="^(no_code_library|herbal|in_house|damaged)$")]


class LabelFacts(Fact, frozen=True, kw_only=True):
    """One usage label, as it was at handing over."""

    clinic: str
    patient_name: str
    sex: str
    age: str
    name: str
    specification: str
    quantity_text: str
    usage: str
    advice: str
    lot: str
    expires: date
    date: date
    dispenser: str
    prescription_number: str


class Dispensed(Fact, frozen=True, kw_only=True):
    """The drugs are in the patient's hands."""

    prescription: PrescriptionFacts
    labels: tuple[LabelFacts, ...]


class Dispense(Command[Dispensed], frozen=True, kw_only=True):
    """Hand over a picked prescription. Every pack is scanned or has a reason (``PacksMissing``, ``WrongPack``, ``CodeAlreadySold``)."""

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int
    scans: tuple[Scan, ...]
    without_code: tuple[NoCode, ...] = ()


class GetLabels(Query[Dispensed], frozen=True, kw_only=True):
    """The labels of a prescription that was handed over, to print them again."""

    permission = Permission.PHARMACY_VIEW
    prescription_id: int
