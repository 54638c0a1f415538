"""The register of narcotics and class I psychotropic drugs 专册 (DOMAIN.md §6.5): its rows, what came back empty, what was destroyed, counts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

Place = Annotated[str, Meta(pattern="^(|PHARMACY|STORE|QUARANTINE|TRANSIT)$")]


class RegisterRow(Fact, frozen=True, kw_only=True):
    """One stock move of such a drug, with the patient as they were. ``quantity`` is below zero for what went out; the balances are those of the
    move's place after it, in base units. ``kind`` as in stock moves; ``undone``: it takes a hand-over back. ``checker`` looked on; ``alone`` says why
    nobody could. ``empties`` came back of this row; ``residue`` (in ``residue_unit``, the dose unit) was destroyed by ``residue_by``."""

    id: int
    at: datetime
    kind: str
    undone: bool
    place: str
    drug_id: int
    drug: str
    specification: str
    unit: str
    lot: str
    expires: date
    quantity: Decimal
    batch_balance: Decimal
    drug_balance: Decimal
    patient_name: str
    sex: str
    age: str
    id_number: str
    record_number: str
    disease: str
    prescription_number: str
    doctor: str
    by: str
    checker: str
    alone: str
    document: str
    empties: int
    empties_from: str
    residue: Decimal
    residue_unit: str
    residue_by: str


class Register(Fact, frozen=True, kw_only=True):
    """Rows in the order in which they were written, at most 1,000; ``more``: there are later ones."""

    clinic: str
    rows: tuple[RegisterRow, ...]
    more: bool


class ListRegister(Query[Register], frozen=True, kw_only=True):
    """The register of some days. ``text`` narrows by patient, prescription, lot or document, ``patients`` to what went to patients and came back
    from them."""

    permission = Permission.CONTROLLED_REGISTER
    first_day: date
    last_day: date
    drug_id: int = 0
    place: Place = "PHARMACY"
    text: Annotated[str, Meta(max_length=60)] = ""
    patients: bool = False


class RegisterSheet(Fact, frozen=True, kw_only=True):
    """The register as it is printed: what was asked for, when and by whom."""

    register: Register
    first_day: date
    last_day: date
    drug: str
    place: str
    at: datetime
    by: str


class PrintRegister(Command[RegisterSheet], frozen=True, kw_only=True):
    """The register of some days for paper; the trail says who printed it."""

    permission = Permission.CONTROLLED_REGISTER
    first_day: date
    last_day: date
    drug_id: int = 0
    place: Place = "PHARMACY"
    text: Annotated[str, Meta(max_length=60)] = ""
    patients: bool = False


class ControlledBatch(Fact, frozen=True, kw_only=True):
    """One batch that the register is kept of, as it stands at its place. ``on_hand`` in base units."""

    drug_id: int
    drug: str
    specification: str
    unit: str
    controlled: str
    batch_id: int
    lot: str
    expires: date
    place: str
    on_hand: Decimal


class ControlledStock(Fact, frozen=True, kw_only=True):
    """Batches by drug and expiry."""

    batches: tuple[ControlledBatch, ...]


class GetControlledStock(Query[ControlledStock], frozen=True, kw_only=True):
    """Everything that the register is kept of and that is there."""

    permission = Permission.CONTROLLED_REGISTER
    place: Place = "PHARMACY"


class DailyUseRow(Fact, frozen=True, kw_only=True):
    """One drug on one day at a place 逐日消耗: ``opened`` + ``came`` - ``went`` + ``back`` + ``other`` = ``closed``, in base units.

    ``went`` is what patients got less what was undone; ``back`` came back from them. ``empties`` and ``residue`` are of that day's rows.
    """

    day: date
    drug_id: int
    drug: str
    specification: str
    unit: str
    opened: Decimal
    came: Decimal
    went: Decimal
    back: Decimal
    other: Decimal
    closed: Decimal
    empties: int
    residue: Decimal
    residue_unit: str


class DailyUse(Fact, frozen=True, kw_only=True):
    """Days with moves, newest first."""

    rows: tuple[DailyUseRow, ...]


class ListDailyUse(Query[DailyUse], frozen=True, kw_only=True):
    """What was used day by day."""

    permission = Permission.CONTROLLED_REGISTER
    first_day: date
    last_day: date
    drug_id: int = 0
    place: Place = "PHARMACY"


class RecordEmpties(Command[Done], frozen=True, kw_only=True):
    """Empty ampoules or used patches that came back of one hand-over. A wrong count is put right by one below zero, with a ``note``.

    Raises ``MoreEmptiesThanOut``.
    """

    permission = Permission.PHARMACY_DISPENSE
    entry_id: int
    pieces: Annotated[int, Meta(ge=-9999, le=9999)]
    from_whom: Annotated[str, Meta(min_length=1, max_length=30)]
    note: Annotated[str, Meta(max_length=100)] = ""


class RecordResidue(Command[Done], frozen=True, kw_only=True):
    """What was left in an ampoule and destroyed, in the drug's dose unit, before a second person (approval act ``residue``, subject: the entry,
    detail: the amount)."""

    permission = Permission.PHARMACY_DISPENSE
    entry_id: int
    amount: Decimal
    way: Annotated[str, Meta(min_length=1, max_length=60)]
    approval_id: int | None = None


class Counted(Fact, frozen=True, kw_only=True):
    """So much of a batch is there, in base units."""

    batch_id: int
    quantity: Decimal


class CountControlled(Command[Done], frozen=True, kw_only=True):
    """The change of shifts: every batch that is there, counted before the figures are shown; who takes over signs (approval act ``narcotics_count``,
    subject: how many batches, detail: their sum). Differences need a ``note``; ``CountUnexplained`` names the first one without."""

    permission = Permission.PHARMACY_DISPENSE
    lines: Annotated[tuple[Counted, ...], Meta(min_length=1, max_length=500)]
    note: Annotated[str, Meta(max_length=200)] = ""
    approval_id: int | None = None


class ShiftCountLine(Fact, frozen=True, kw_only=True):
    """One batch of a count, in base units."""

    drug: str
    specification: str
    unit: str
    lot: str
    booked: Decimal
    counted: Decimal


class CountFacts(Fact, frozen=True, kw_only=True):
    """One change of shifts."""

    id: int
    at: datetime
    by: str
    taken_by: str
    note: str
    lines: tuple[ShiftCountLine, ...]


class Counts(Fact, frozen=True, kw_only=True):
    """Newest first, at most 100."""

    counts: tuple[CountFacts, ...]


class ListCounts(Query[Counts], frozen=True, kw_only=True):
    """Counts of some days."""

    permission = Permission.CONTROLLED_REGISTER
    first_day: date
    last_day: date
