"""Registration 挂号: today's departments and doctors, a visit with its fee, and taking it back."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.cashier import ReceiptFacts, Tender
from common.permissions import Permission
from common.wire import Command, Fact, Query


class Period(StrEnum):
    """Half of a clinic day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Level(StrEnum):
    """号别: what kind of number it is; it decides the fee."""

    ORDINARY = "ordinary"
    EXPERT = "expert"
    EMERGENCY = "emergency"
    SPECIAL = "special"


class SessionFacts(Fact, frozen=True, kw_only=True):
    """One doctor in one department for one half day. ``fee_fen`` is the whole registration fee."""

    id: int
    date: date
    period: Period
    starts: time
    ends: time
    department_id: int
    department: str
    doctor_id: int
    doctor: str
    title: str
    room: str
    level: Level
    capacity: int
    left: int
    waiting: int
    fee_fen: int


class SessionList(Fact, frozen=True, kw_only=True):
    """The clinic sessions of a day that have not ended."""

    sessions: tuple[SessionFacts, ...]


class ListSessions(Query[SessionList], frozen=True, kw_only=True):
    """Today's departments and doctors with the numbers left."""

    permission = Permission.REGISTRATION_VIEW
    date: date | None = None


class SlipFacts(Fact, frozen=True, kw_only=True):
    """Everything that stands on a registration slip 挂号单, as it was at issue."""

    clinic: str
    visit_number: str
    queue_number: str
    patient_number: str
    patient_name: str
    sex: str
    age: str
    department: str
    doctor: str
    title: str
    level: Level
    room: str
    date: date
    starts: time
    ends: time
    waiting_before: int
    fee_fen: int
    issued_at: datetime
    issued_by: str


class VisitRegistered(Fact, frozen=True, kw_only=True):
    """The patient waits. ``receipt`` is there when a fee was paid."""

    visit_id: int
    visit_number: str
    queue_number: str
    state: str
    slip: SlipFacts
    receipt: ReceiptFacts | None


class RegisterVisit(Command[VisitRegistered], frozen=True, kw_only=True):
    """Take a number for a patient and settle its fee in one act.

    ``expected_fee_fen`` is what the clerk saw; another fee is refused (``AmountChanged``). Raises ``NoSlotLeft``, ``AlreadyRegistered``.
    """

    permission = Permission.REGISTRATION_REGISTER
    patient_id: int
    session_id: int
    expected_fee_fen: Annotated[int, Meta(ge=0)]
    tenders: tuple[Tender, ...] = ()


class VisitCancelled(Fact, frozen=True, kw_only=True):
    """The number is free again; ``refunded_fen`` goes back by the way it came."""

    visit_id: int
    refunded_fen: int
    refund: ReceiptFacts | None


class CancelVisit(Command[VisitCancelled], frozen=True, kw_only=True):
    """退号: take back a visit whose consultation has not begun, and refund its fee."""

    permission = Permission.REGISTRATION_CANCEL
    visit_id: int
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class GetSlip(Query[SlipFacts], frozen=True, kw_only=True):
    """The slip of a visit, as it was at issue, to print it again."""

    permission = Permission.REGISTRATION_VIEW
    visit_id: int
