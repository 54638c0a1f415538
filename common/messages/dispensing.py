"""What the pharmacy owes 欠药, its opened packs 拆零, and hand-overs that nobody looked on at."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from common.messages.consult import PrescriptionFacts
from common.messages.pharmacy import OwedLine, OwedSlip
from common.permissions import Permission
from common.wire import Command, Fact, Query


class OwedEntry(Fact, frozen=True, kw_only=True):
    """A prescription of which something is owed. ``since`` is the slip's; ``ready``: everything that is owed lies free or aside."""

    prescription_id: int
    prescription_number: str
    slip_number: str
    patient_id: int
    patient_name: str
    sex: str
    age: str
    phone: str
    since: datetime
    promised: date
    note: str
    lines: tuple[OwedLine, ...]
    ready: bool


class OwedList(Fact, frozen=True, kw_only=True):
    """What is owed, the earliest promise first."""

    entries: tuple[OwedEntry, ...]


class ListOwed(Query[OwedList], frozen=True, kw_only=True):
    """欠药跟踪: who waits for what, since when, and whether it is there now."""

    permission = Permission.PHARMACY_VIEW


class GetOwedSlip(Query[OwedSlip], frozen=True, kw_only=True):
    """The latest slip of a prescription, to print it again (``NotFound`` if there is none)."""

    permission = Permission.PHARMACY_VIEW
    prescription_id: int


class GiveUpReason(StrEnum):
    """Why nobody waits for what is owed any more."""

    PATIENT = "patient"
    NO_STOCK = "no_stock"
    REPLACED = "replaced"
    NOT_REACHED = "not_reached"


class GiveUpOwed(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """The rest of these lines (of all, if none is named) is not handed over any more: the cashier can pay it back (``NothingOwed``)."""

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int
    reason: GiveUpReason
    lines: tuple[int, ...] = ()


class OpenPackEntry(Fact, frozen=True, kw_only=True):
    """An opened pack. ``left`` of ``size`` base units lies in it, ``aside`` of that is laid aside for patients."""

    pack_id: int
    code: str
    drug_id: int
    name: str
    specification: str
    unit: str
    lot: str
    expires: date
    size: Decimal
    left: Decimal
    aside: Decimal
    shelf: str
    opened_at: datetime
    opened_by: str


class OpenPackList(Fact, frozen=True, kw_only=True):
    """First expiry first."""

    packs: tuple[OpenPackEntry, ...]


class ListOpenPacks(Query[OpenPackList], frozen=True, kw_only=True):
    """The opened packs in which something is left."""

    permission = Permission.PHARMACY_VIEW


class AloneEntry(Fact, frozen=True, kw_only=True):
    """A hand-over of drugs under special control at which nobody else was on duty."""

    hand_over_id: int
    at: datetime
    prescription_id: int
    prescription_number: str
    patient_name: str
    drugs: str
    by: str
    reason: str


class AloneList(Fact, frozen=True, kw_only=True):
    """Latest first."""

    entries: tuple[AloneEntry, ...]


class ListAlone(Query[AloneList], frozen=True, kw_only=True):
    """Hand-overs without a second person since a day."""

    permission = Permission.PHARMACY_VIEW
    since: date
