"""Drugs that come back 退药, and hand-overs that are undone 取消发药."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.domain.returning import Condition, ReturnReason
from common.messages.consult import PrescriptionFacts
from common.messages.pharmacy import PharmacyList
from common.permissions import Permission
from common.wire import Command, Fact, Query


class FindDispensed(Query[PharmacyList], frozen=True, kw_only=True):
    """Prescriptions that were handed over, latest first: by number of prescription, visit, bill or invoice, by patient's number, document,
    name or initials. ``kind`` (prescription, visit, bill, patient) says what the number is of; without ``text`` those of today."""

    permission = Permission.PHARMACY_VIEW
    text: Annotated[str, Meta(max_length=40)] = ""
    kind: Annotated[str, Meta(pattern="^(prescription|visit|bill|patient|)$")] = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class ReturnLot(Fact, frozen=True, kw_only=True):
    """So much of one batch went out for a line, and so much of it came back. In base units."""

    batch_id: int
    lot: str
    expires: date
    handed: Decimal
    returned: Decimal


class PackCode(Fact, frozen=True, kw_only=True):
    """The 追溯码 of a pack that is with the patient. ``opened``: only a part of the pack went out."""

    code: str
    opened: bool


class ReturnableLine(Fact, frozen=True, kw_only=True):
    """A line that was handed over. ``codes`` are still with the patient; ``codes_out`` is how many went out with ``packs``. ``products`` are the
    barcodes and product prefixes by which its packs are known."""

    line_id: int
    drug_id: int
    name: str
    specification: str
    unit: str
    pack_unit: str
    pack_size: Decimal
    packs: int
    lots: tuple[ReturnLot, ...]
    codes: tuple[PackCode, ...]
    codes_out: int
    products: tuple[str, ...]
    controlled: bool
    cold: bool


class ReturnEntry(Fact, frozen=True, kw_only=True):
    """One return in a list."""

    return_id: int
    number: str
    at: datetime
    prescription_id: int
    prescription_number: str
    patient_name: str
    reason: str
    by: str
    lines: int


class ReturnableFacts(Fact, frozen=True, kw_only=True):
    """A prescription that was handed over, with what may come back. ``no_undo`` says why its hand-over cannot be undone any more (a source
    string, empty when it can); ``undo_agreed``: a second person has to agree to that."""

    prescription: PrescriptionFacts
    lines: tuple[ReturnableLine, ...]
    returns: tuple[ReturnEntry, ...]
    no_undo: str
    undo_agreed: bool


class GetReturnable(Query[ReturnableFacts], frozen=True, kw_only=True):
    """What of a prescription may come back."""

    permission = Permission.PHARMACY_VIEW
    prescription_id: int


class ReturnLine(Fact, frozen=True, kw_only=True):
    """So much of one batch of a line, in base units, with the codes of its packs."""

    line_id: int
    batch_id: int
    quantity: Decimal
    condition: Condition
    codes: tuple[Annotated[str, Meta(min_length=4, max_length=100)], ...] = ()


class ReturnedLine(Fact, frozen=True, kw_only=True):
    """What came back, as the paper 退药单 shows it. ``amount_fen`` is its share of what the line cost."""

    name: str
    specification: str
    lot: str
    expires: date
    quantity: Decimal
    unit: str
    quantity_text: str
    condition: Condition
    codes: tuple[str, ...]
    amount_fen: int


class DrugReturnFacts(Fact, frozen=True, kw_only=True):
    """One return. ``agreed_by`` is empty where nobody had to agree."""

    return_id: int
    number: str
    clinic: str
    prescription_id: int
    prescription_number: str
    visit_number: str
    patient_id: int
    patient_number: str
    patient_name: str
    sex: str
    age: str
    reason: ReturnReason
    note: str
    at: datetime
    by: str
    agreed_by: str
    lines: tuple[ReturnedLine, ...]
    amount_fen: int


class ReturnDrugs(Command[DrugReturnFacts], frozen=True, kw_only=True):
    """Take drugs back: the very batches and packs that were handed out, no more of them than have not come back (``ReturnRefused``,
    ``CodeNotHandedOut``, ``CodesMissing``). A second person agrees (act ``drug_return``, subject: prescription) where one is controlled."""

    permission = Permission.PHARMACY_RETURN
    prescription_id: int
    reason: ReturnReason
    lines: Annotated[tuple[ReturnLine, ...], Meta(min_length=1)]
    note: Annotated[str, Meta(max_length=200)] = ""
    approval_id: int | None = None


class ReturnList(Fact, frozen=True, kw_only=True):
    """The returns of a day, latest first."""

    returns: tuple[ReturnEntry, ...]


class ListReturns(Query[ReturnList], frozen=True, kw_only=True):
    """Returns of a day; without one of today."""

    permission = Permission.PHARMACY_VIEW
    day: date | None = None


class GetReturn(Query[DrugReturnFacts], frozen=True, kw_only=True):
    """A return as it was, to print it again."""

    permission = Permission.PHARMACY_VIEW
    return_id: int


class UndoReason(StrEnum):
    """Why a hand-over was none."""

    WRONG_PATIENT = "wrong_patient"
    WRONG_DRUG = "wrong_drug"
    NOT_TAKEN = "not_taken"
    MISTAKE = "mistake"


class UndoDispense(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """Undo a wrong hand-over of today, as long as nothing of it was returned or refunded (``UndoRefused``): it waits to be picked again, its
    packs are back on the shelf. Somebody else's needs a second person (act ``undo_dispense``, subject: prescription)."""

    permission = Permission.PHARMACY_UNDO
    prescription_id: int
    reason: UndoReason
    approval_id: int | None = None
