"""Pharmacy 药房: review before payment, the queue of paid prescriptions, picking, scanning and handing over."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

import common.dispensing_errors  # noqa: F401 -- its errors come back over the wire
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
    # Of what is paid: its window while that is open (none: any window), how often the patient was called, and whether nobody came.
    window_id: int | None = None
    window: str = ""
    called: int = 0
    passed: bool = False


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


class OpenedPack(Fact, frozen=True, kw_only=True):
    """The opened pack that a pick is to come out of. ``left`` lies in it, in base units; ``code`` is its 追溯码, empty if it bears none."""

    pack_id: int
    code: str
    left: Decimal


class Pick(Fact, frozen=True, kw_only=True):
    """So much of one batch for one line. ``quantity`` in base units. ``reason``: why not the batch that expires first."""

    line_id: int
    batch_id: int
    lot: str
    expires: date
    quantity: Decimal
    shelf: str
    pick_id: int = 0
    opened: OpenedPack | None = None
    reason: str = ""


class ShelfDrug(Fact, frozen=True, kw_only=True):
    """What of a line's drug has to be minded at the shelf. ``controlled`` and ``storage`` as in the catalogue, ``pack_size`` in base units."""

    pack_unit: str
    pack_size: Decimal
    controlled: str = ""
    high_alert: bool = False
    storage: str = ""


class PickList(Fact, frozen=True, kw_only=True):
    """What to take from the shelf, first expiry first, and how many packs are to be scanned for each line; an opened one counts.

    ``short``: so much of a line is not there, in base units. ``controlled``: a second person has to look on at the hand-over. ``pack_sizes``: base
    units in a pack of each line's drug that is counted in packs. ``window``: which one hands it out; empty: any. ``drugs`` by line.
    """

    prescription: PrescriptionFacts
    picks: tuple[Pick, ...]
    packs: dict[int, int]
    short: dict[int, Decimal] = {}
    controlled: bool = False
    pack_sizes: dict[int, Decimal] = {}
    window: str = ""
    drugs: dict[int, ShelfDrug] = {}


class PickPrescription(Command[PickList], frozen=True, kw_only=True):
    """Choose the batches of a paid prescription by first expiry (PAID → PICKED), or of what is owed of one that was handed over in part.

    What is not there is left out; ``NotEnoughStock`` only when nothing is. Asked again, the same list comes back, with what has come since.
    """

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int


class OtherBatch(StrEnum):
    """Why another batch, or another pack, is taken than the one that stands first."""

    DAMAGED = "damaged"
    LONGER_LIFE = "longer_life"
    RECALL_CHECK = "recall_check"
    NOT_FOUND = "not_found"
    SAME_LOT = "same_lot"


class BatchChoice(Fact, frozen=True, kw_only=True):
    """A batch that a pick may be exchanged for. ``free`` in base units; ``opened`` lies of it in opened packs."""

    batch_id: int
    lot: str
    expires: date
    free: Decimal
    opened: Decimal


class BatchChoices(Fact, frozen=True, kw_only=True):
    """First expiry first, the pick's own among them."""

    choices: tuple[BatchChoice, ...]


class ListShelfBatches(Query[BatchChoices], frozen=True, kw_only=True):
    """The batches that hold enough for a pick."""

    permission = Permission.PHARMACY_DISPENSE
    pick_id: int


class ChooseBatch(Command[PickList], frozen=True, kw_only=True):
    """Take another batch for a pick, or its own out of another pack. Raises ``NotEnoughInBatch``, also for one that has expired."""

    permission = Permission.PHARMACY_DISPENSE
    pick_id: int
    batch_id: int
    reason: OtherBatch


class PutBack(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """What was picked lies on its shelves again (PICKED → PAID), held for the patient as before; of what is owed nothing is held any more."""

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
    """One usage label, as it was at handing over: of a line's whole packs, or, ``split``, of what came out of an opened pack of this lot."""

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
    split: bool = False


class OwedLine(Fact, frozen=True, kw_only=True):
    """So much of a line is owed. ``there``: so much lies free in the pharmacy; ``aside`` is laid aside for it. In base units."""

    line_id: int
    name: str
    specification: str
    owed: Decimal
    quantity_text: str
    unit: str
    there: Decimal = Decimal(0)
    aside: Decimal = Decimal(0)


class OwedSlip(Fact, frozen=True, kw_only=True):
    """欠药单: what the pharmacy owes a patient, as it was at the hand-over."""

    number: str
    clinic: str
    prescription_id: int
    prescription_number: str
    patient_name: str
    sex: str
    age: str
    phone: str
    promised: date
    note: str
    at: datetime
    by: str
    lines: tuple[OwedLine, ...]


class Dispensed(Fact, frozen=True, kw_only=True):
    """The drugs are in the patient's hands: the labels of this hand-over, one for each bag, and what is owed after it."""

    prescription: PrescriptionFacts
    labels: tuple[LabelFacts, ...]
    owed: OwedSlip | None = None


class HandOut(Fact, frozen=True, kw_only=True):
    """Only so much of a line is handed over now, in base units; 0 is nothing of it."""

    line_id: int
    quantity: Decimal


class Promise(Fact, frozen=True, kw_only=True):
    """Till when the patient gets what is owed, and how to reach him."""

    day: date
    phone: Annotated[str, Meta(max_length=30)] = ""
    note: Annotated[str, Meta(max_length=100)] = ""


class Dispense(Command[Dispensed], frozen=True, kw_only=True):
    """Hand over what was picked. Every pack is scanned or has a reason (``PacksMissing``, ``WrongPack``, ``CodeAlreadySold``).

    Lines that are named in ``only`` are handed over in part. What is owed after it needs a ``promise`` (``PromiseNeeded``). Drugs under special
    control need a second person: ``approval_id``, or ``alone``, why nobody else is on duty (``ApprovalNeeded``).
    """

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int
    scans: tuple[Scan, ...]
    without_code: tuple[NoCode, ...] = ()
    only: tuple[HandOut, ...] = ()
    promise: Promise | None = None
    approval_id: int | None = None
    alone: Annotated[str, Meta(max_length=100)] = ""


class GetLabels(Query[Dispensed], frozen=True, kw_only=True):
    """The labels of a prescription's last hand-over, and its slip if something is owed since, to print them again."""

    permission = Permission.PHARMACY_VIEW
    prescription_id: int
