"""Signing in and out, the idle lock, and one's own password."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission, Role
from common.wire import Command, Done, Fact, Query

#: Longer ones would only keep the service busy with hashing.
Password = Annotated[str, Meta(max_length=200)]


class StaffFacts(Fact, frozen=True, kw_only=True):
    """A person of the clinic as every desk shows them."""

    id: int
    login: str
    name: str
    title: str
    department_id: int | None
    roles: tuple[Role, ...]
    #: The antibacterial level a doctor may prescribe: none, unrestricted, restricted or special.
    antibacterial_level: str = "none"


class ClinicFacts(Fact, frozen=True, kw_only=True):
    """The clinic itself, and the switches that every desk has to know."""

    name: str
    name_en: str
    today: date
    triage_desk: bool
    idle_lock_minutes: int
    training: bool


class SignedIn(Fact, frozen=True, kw_only=True):
    """An open session. ``token`` is shown once and stored only as its hash."""

    token: str
    staff: StaffFacts
    clinic: ClinicFacts
    permissions: tuple[Permission, ...]
    must_change_password: bool
    expires_at: datetime


class SignIn(Command[SignedIn], frozen=True, kw_only=True):
    """Open a session with login name and password. Five wrong tries lock the account, each time for longer."""

    permission = Permission.ANYONE
    login: Annotated[str, Meta(max_length=100)]
    password: Password


class SignOut(Command[Done], frozen=True, kw_only=True):
    """End one's own session."""

    permission = Permission.SESSION_OWN


class Unlock(Command[Done], frozen=True, kw_only=True):
    """Go on after the idle lock with one's password."""

    permission = Permission.SESSION_OWN
    password: Password


class ChangePassword(Command[Done], frozen=True, kw_only=True):
    """Set a new password for oneself: at least 10 characters of 3 classes, not the login name."""

    permission = Permission.SESSION_OWN
    old: Password
    new: Password


class WhoAmI(Query[SignedIn], frozen=True, kw_only=True):
    """The session as it stands; ``token`` is empty."""

    permission = Permission.SESSION_OWN
