"""Administration: the clinic, departments, staff, clinic sessions, pairing of desks, and the training clock."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from msgspec import Meta

from common.messages.registration import Level, Period
from common.permissions import Permission, Role
from common.wire import Command, Done, Fact, Query


class SetClinic(Command[Done], frozen=True, kw_only=True):
    """Name the clinic and set its switches."""

    permission = Permission.ADMIN_CLINIC
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    name_en: Annotated[str, Meta(max_length=100)] = ""
    triage_desk: bool = False
    idle_lock_minutes: Annotated[int, Meta(ge=1, le=120)] = 15


class Identified(Fact, frozen=True, kw_only=True):
    """The id of what was made or found."""

    id: int


class AddDepartment(Command[Identified], frozen=True, kw_only=True):
    """Open a department. ``kind`` is clinical, pharmacy, cashier, store or office."""

    permission = Permission.ADMIN_CLINIC
    code: Annotated[str, Meta(min_length=1, max_length=20)]
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    name_en: Annotated[str, Meta(max_length=80)] = ""
    kind: Annotated[str, Meta(pattern="^(clinical|pharmacy|cashier|store|office)$")] = "clinical"


class AddStaff(Command[Identified], frozen=True, kw_only=True):
    """Take on a person. The first password must be changed at the first sign-in unless ``keep_password`` (training only)."""

    permission = Permission.ADMIN_STAFF
    login: Annotated[str, Meta(min_length=2, max_length=30, pattern=r"^[a-z0-9._-]+$")]
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    title: Annotated[str, Meta(max_length=30)] = ""
    department_id: int | None = None
    roles: tuple[Role, ...]
    password: Annotated[str, Meta(max_length=200)]
    antibacterial_level: Annotated[str, Meta(pattern="^(none|unrestricted|restricted|special)$")] = "none"
    keep_password: bool = False


class OpenSession(Command[Identified], frozen=True, kw_only=True):
    """Open a clinic session: one doctor, one department, one half day. ``fee_codes`` name service items of the catalogue."""

    permission = Permission.ADMIN_CLINIC
    date: date
    period: Period
    starts: time
    ends: time
    department_id: int
    doctor_id: int
    room: Annotated[str, Meta(max_length=20)]
    level: Level
    capacity: Annotated[int, Meta(ge=1, le=500)]
    fee_codes: tuple[str, ...]


class StaffLine(Fact, frozen=True, kw_only=True):
    """A person in the list of staff."""

    id: int
    login: str
    name: str
    title: str
    department: str
    roles: tuple[Role, ...]
    active: bool


class StaffList(Fact, frozen=True, kw_only=True):
    """Everybody."""

    staff: tuple[StaffLine, ...]


class ListStaff(Query[StaffList], frozen=True, kw_only=True):
    """Everybody who works here."""

    permission = Permission.ADMIN_STAFF


class PairingCode(Fact, frozen=True, kw_only=True):
    """A code that pairs one desk within ten minutes."""

    code: str
    expires_at: datetime


class OfferPairing(Command[PairingCode], frozen=True, kw_only=True):
    """Make a pairing code for one new desk."""

    permission = Permission.ADMIN_PAIR
    desk_name: Annotated[str, Meta(min_length=1, max_length=40)]


class SetTrainingClock(Command[Done], frozen=True, kw_only=True):
    """Move the clock of a training service forward (``OnlyInTraining`` elsewhere)."""

    permission = Permission.ADMIN_TRAINING
    now: datetime
