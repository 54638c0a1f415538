"""Windows of the pharmacy 发药窗口, calling patients to them, and the clinic's rules for the pharmacy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.consult import PrescriptionKind
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class WindowFacts(Fact, frozen=True, kw_only=True):
    """One window. ``kinds`` of prescriptions that it takes, empty: all. ``staff`` stands there while it is open.

    ``waiting`` prescriptions are its own; ``load`` is their lines and packs together.
    """

    id: int
    name: str
    kinds: tuple[PrescriptionKind, ...]
    active: bool
    open: bool
    staff: str
    waiting: int
    load: int


class WindowList(Fact, frozen=True, kw_only=True):
    """Every window that is in use. ``unplaced`` prescriptions wait at no open window: any window hands them out."""

    windows: tuple[WindowFacts, ...]
    unplaced: int


class ListWindows(Query[WindowList], frozen=True, kw_only=True):
    """The windows, and what waits at each."""

    permission = Permission.STORE_VIEW


class WindowSet(Fact, frozen=True, kw_only=True):
    """The window that was set, and how many waiting prescriptions went to another one by it."""

    window_id: int
    moved: int


class SetWindow(Command[WindowSet], frozen=True, kw_only=True):
    """A new window, or another name or other kinds for one. Not ``active``: it is closed and out of use.

    Raises ``AlreadyExists`` for a name that another window has.
    """

    permission = Permission.PHARMACY_MANAGE
    window_id: int | None = None
    name: Annotated[str, Meta(min_length=1, max_length=12)]
    kinds: tuple[PrescriptionKind, ...] = ()
    active: bool = True


class OpenWindow(Command[WindowSet], frozen=True, kw_only=True):
    """Stand at a window. What waits at no open window goes to it, as far as it takes it. Opened by another person, it changes hands."""

    permission = Permission.PHARMACY_DISPENSE
    window_id: int


class CloseWindow(Command[WindowSet], frozen=True, kw_only=True):
    """Leave a window: what waits there goes to the other open ones, balanced. Closed already, nothing happens."""

    permission = Permission.PHARMACY_DISPENSE
    window_id: int


class CloseLeftWindow(Command[WindowSet], frozen=True, kw_only=True):
    """Close a window that nobody stands at any more: left open on an earlier day, or its pharmacist signed out or idle for half an hour.

    ``since`` is when it was opened, so that one opened anew meanwhile stays open. Raises ``WindowNotLeft``.
    """

    permission = Permission.SERVICE
    window_id: int
    since: datetime


# --- calling ------------------------------------------------------------------------------------------------------------------------


class CallFacts(Fact, frozen=True, kw_only=True):
    """A patient who is called to a window, as the hall may read it: the name is masked, ``number`` the last four digits of the visit's.

    ``call_id`` grows with each call; ``times`` this patient was called by now.
    """

    call_id: int
    number: str
    window: str
    patient: str
    times: int
    passed: bool
    at: datetime


class CallList(Fact, frozen=True, kw_only=True):
    """Who was called today and has not got the drugs yet, latest call first."""

    clinic: str
    calls: tuple[CallFacts, ...]


class ListCalls(Query[CallList], frozen=True, kw_only=True):
    """What the screen in the hall shows."""

    permission = Permission.HALL_VIEW


class CallPatient(Command[CallFacts], frozen=True, kw_only=True):
    """Call the patient of a picked prescription to an open window, also again. From now on the prescription is that window's.

    Raises ``WrongState`` for one that is not picked, ``WindowIsClosed``.
    """

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int
    window_id: int


class PassPatient(Command[CallFacts], frozen=True, kw_only=True):
    """The patient was called and did not come 过号. Raises ``NotCalled``."""

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int


# --- the clinic's rules -------------------------------------------------------------------------------------------------------------


class ReserveAt(StrEnum):
    """From when on a prescription holds its stock."""

    SIGNING = "SIGNING"
    PAYMENT = "PAYMENT"


class WeighingRule(StrEnum):
    """Which slices have to be weighed, and their bags checked, before they are handed over."""

    ALWAYS = "ALWAYS"
    TOXIC = "TOXIC"


class PharmacyRules(Fact, frozen=True, kw_only=True):
    """The clinic's rules for the pharmacy. ``batch_review``: what the rules find clean may be passed together."""

    batch_review: bool = False
    reserve_at: ReserveAt = ReserveAt.SIGNING
    weighing: WeighingRule = WeighingRule.ALWAYS


class GetPharmacyRules(Query[PharmacyRules], frozen=True, kw_only=True):
    """The rules as they are now."""

    permission = Permission.STORE_VIEW


class SetPharmacyRules(Command[Done], frozen=True, kw_only=True):
    """Set the rules. Prescriptions that are signed already hold their stock by the rule that they were signed under."""

    permission = Permission.PHARMACY_MANAGE
    rules: PharmacyRules
