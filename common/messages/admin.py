"""Administration: the clinic, departments, staff, clinic sessions, pairing of desks, and the training clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from msgspec import Meta

from common.errors import Refusal
from common.i18n import N_
from common.messages.registration import Level, Period
from common.permissions import Permission, Role
from common.wire import Command, Done, Fact, Query


class LastAdministrator(Refusal):
    """Nobody would be left who may give roles."""

    text = N_("This is the last active administrator.")
    remedy = N_("Make somebody else an administrator first.")
    status = 409


@dataclass(eq=False)
class NumbersTaken(Refusal):
    """More numbers of a clinic session are taken than would be left of it."""

    taken: int
    text = N_("Numbers of this clinic session are taken: {taken}.")
    remedy = N_("Take these visits back first, or lower the capacity to {taken}, so that no more are given out.")
    status = 409


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


class DepartmentLine(Fact, frozen=True, kw_only=True):
    """A department in the list."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str
    active: bool


class DepartmentList(Fact, frozen=True, kw_only=True):
    """Every department, by code."""

    departments: tuple[DepartmentLine, ...]


class ListDepartments(Query[DepartmentList], frozen=True, kw_only=True):
    """Every department of the clinic."""

    permission = Permission.ADMIN_CLINIC


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
    phone: Annotated[str, Meta(max_length=30)] = ""
    keep_password: bool = False


class StaffCorrected(Fact, frozen=True, kw_only=True):
    """How many sign-ins were ended, and how many clinic sessions from today on stay open under a person who no longer is an active doctor."""

    sessions_ended: int
    clinic_sessions_left: int


class CorrectStaff(Command[StaffCorrected], frozen=True, kw_only=True):
    """Set what is known of a person anew, roles and whether active included; the login name and the password stay, and so does the phone (where
    colleagues reach the person inside the house) unless one is given.

    Other roles or deactivation end the person's sign-ins. Raises ``LastAdministrator``.
    """

    permission = Permission.ADMIN_STAFF
    staff_id: int
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    title: Annotated[str, Meta(max_length=30)]
    department_id: int | None
    roles: tuple[Role, ...]
    antibacterial_level: Annotated[str, Meta(pattern="^(none|unrestricted|restricted|special)$")]
    active: bool
    phone: Annotated[str, Meta(max_length=30)] | None = None


class ResetPassword(Command[Done], frozen=True, kw_only=True):
    """Give a person who forgot theirs a password, to be changed at the next sign-in. Ends sign-ins and the lock-out."""

    permission = Permission.ADMIN_STAFF
    staff_id: int
    password: Annotated[str, Meta(max_length=200)]


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


class CloseSession(Command[Done], frozen=True, kw_only=True):
    """Take a clinic session off sale. Raises ``NumbersTaken`` while a visit of it lives; another capacity puts it on sale again."""

    permission = Permission.ADMIN_CLINIC
    session_id: int


class ChangeCapacity(Command[Done], frozen=True, kw_only=True):
    """How many numbers a clinic session has. Raises ``NumbersTaken`` if more are taken."""

    permission = Permission.ADMIN_CLINIC
    session_id: int
    capacity: Annotated[int, Meta(ge=1, le=500)]


class RosterLine(Fact, frozen=True, kw_only=True):
    """A clinic session as the administrator sees it. ``capacity`` 0: closed. ``doctor_login`` names the doctor, ``fee_fen`` is the whole fee."""

    id: int
    date: date
    period: Period
    starts: time
    ends: time
    department: str
    doctor_login: str
    doctor: str
    room: str
    level: Level
    capacity: int
    taken: int
    fee_fen: int


class Roster(Fact, frozen=True, kw_only=True):
    """The clinic sessions of a day, closed ones too."""

    sessions: tuple[RosterLine, ...]


class GetRoster(Query[Roster], frozen=True, kw_only=True):
    """出诊表: who sits where on a day."""

    permission = Permission.ADMIN_CLINIC
    date: date


class StaffLine(Fact, frozen=True, kw_only=True):
    """A person in the list of staff."""

    id: int
    login: str
    name: str
    title: str
    department_id: int | None
    department: str
    roles: tuple[Role, ...]
    antibacterial_level: str
    active: bool
    phone: str = ""


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
