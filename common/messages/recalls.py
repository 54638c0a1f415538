"""Lots that are kept out of use 隔离, and recalls 召回: which lots, which patients, who was called and what they said."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

import common.recall_errors  # noqa: F401 -- its errors come back over the wire
from common.messages.batch_ways import Lot
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class HoldReason(StrEnum):
    """Why a lot is kept out of use."""

    APPEARANCE = "appearance"
    TEMPERATURE = "temperature"
    COMPLAINT = "complaint"
    REACTION = "reaction"
    NOTICE = "notice"
    OTHER = "other"


class Hold(Fact, frozen=True, kw_only=True):
    """The paper of a lot that is kept out of use. ``aside`` of the lot lies in the quarantine area, ``elsewhere`` is on its way between two
    places, both in base units. The fields of its release are empty while it holds."""

    id: int
    number: str
    drug_id: int
    drug: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    lot: str
    reason: HoldReason
    note: str
    state: str
    at: datetime
    by: str
    aside: Decimal
    elsewhere: Decimal
    recall: str
    released_at: datetime | None
    released_by: str
    agreed_by: str
    release_note: str


class Held(Fact, frozen=True, kw_only=True):
    """Lots were taken out of use, ``quantity`` in all. Of the prescriptions (by number) those ``put_back`` were laid aside and have to be picked
    anew; ``unpaid`` and ``short`` (paid) ones hold nothing any more, because less is left than was promised."""

    holds: tuple[Hold, ...]
    quantity: Decimal
    put_back: tuple[str, ...]
    unpaid: tuple[str, ...]
    short: tuple[str, ...]


class HoldLot(Command[Held], frozen=True, kw_only=True):
    """Keep a lot out of use: all of it goes to the quarantine area at once, also what is laid aside for patients. Raises ``LotKeptOut`` if it is
    kept out already, ``FieldWrong`` if the reason ``other`` has no note."""

    permission = Permission.STORE_APPROVE
    drug_id: int
    lot: Lot
    reason: HoldReason
    note: Annotated[str, Meta(max_length=200)] = ""


class Released(Fact, frozen=True, kw_only=True):
    """The lot may be used again; ``quantity`` went back to where it came from."""

    hold: Hold
    quantity: Decimal


class ReleaseLot(Command[Released], frozen=True, kw_only=True):
    """Let a lot go again: what the paper took away and is still there goes back to its places. A second person agrees (act
    ``release_lot``, subject: the paper). Raises ``LotRecalled``."""

    permission = Permission.STORE_APPROVE
    hold_id: int
    note: Annotated[str, Meta(min_length=2, max_length=200)]
    approval_id: int | None = None


class HoldList(Fact, frozen=True, kw_only=True):
    """Papers, newest first, at most 300."""

    holds: tuple[Hold, ...]


class ListHolds(Query[HoldList], frozen=True, kw_only=True):
    """Lots that are kept out of use; with ``released`` those that were let go again too."""

    permission = Permission.STORE_VIEW
    released: bool = False


class Issuer(StrEnum):
    """Who recalls."""

    AUTHORITY = "authority"
    MANUFACTURER = "manufacturer"
    SUPPLIER = "supplier"
    CLINIC = "clinic"


class RecallEntry(Fact, frozen=True, kw_only=True):
    """A recall in the list. Quantities in base units: ``out`` went to patients, ``back`` came back from them, ``aside`` lies in the quarantine
    area. ``patients`` got some, ``to_call`` of them still have some and were not spoken to yet. ``deadline``: by then everybody is told."""

    id: int
    number: str
    drug_id: int
    drug: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    lots: tuple[str, ...]
    level: int
    issuer: Issuer
    document: str
    note: str
    state: str
    at: datetime
    by: str
    deadline: datetime
    out: Decimal
    back: Decimal
    aside: Decimal
    patients: int
    to_call: int
    closed_at: datetime | None
    closed_by: str
    report: str
    withdrawn: bool


class RecallList(Fact, frozen=True, kw_only=True):
    """Recalls: open ones first, by deadline; at most 200."""

    recalls: tuple[RecallEntry, ...]


class ListRecalls(Query[RecallList], frozen=True, kw_only=True):
    """Recalls that are under way; with ``closed`` the others too."""

    permission = Permission.STORE_VIEW
    closed: bool = False


class RecallOpened(Fact, frozen=True, kw_only=True):
    """A recall is under way, and its lots are out of use."""

    recall: RecallEntry
    held: Held


class OpenRecall(Command[RecallOpened], frozen=True, kw_only=True):
    """Begin a recall of lots of a drug (DOMAIN.md §6.3): level 1, 2 or 3, for which everybody is told within 24, 48 or 72 hours. The lots
    are kept out of use in the same act, known to the house or not. Raises ``LotRecalled`` if a lot is under recall already."""

    permission = Permission.STORE_APPROVE
    drug_id: int
    lots: Annotated[tuple[Lot, ...], Meta(min_length=1, max_length=50)]
    level: Annotated[int, Meta(ge=1, le=3)]
    issuer: Issuer
    document: Annotated[str, Meta(min_length=1, max_length=60)]
    note: Annotated[str, Meta(max_length=200)] = ""


class CallOutcome(StrEnum):
    """What a call came to. Who was not reached is called again."""

    INFORMED = "informed"
    BRINGS_BACK = "brings_back"
    USED_UP = "used_up"
    NOT_REACHED = "not_reached"


class RecallPatient(Fact, frozen=True, kw_only=True):
    """A patient who got some of a recall's lots. ``quantity`` went out last at ``at``, ``back`` of it came back, in base units. ``outcome`` and
    what belongs to it are of the latest of ``calls``."""

    patient_id: int
    patient_number: str
    patient_name: str
    sex: str
    phone: str
    at: datetime
    quantity: Decimal
    back: Decimal
    lots: tuple[str, ...]
    prescriptions: tuple[str, ...]
    calls: int
    outcome: CallOutcome | None
    note: str
    called_at: datetime | None
    called_by: str


class RecallPatients(Fact, frozen=True, kw_only=True):
    """Those to be called first."""

    recall_id: int
    patients: tuple[RecallPatient, ...]


class GetRecallPatients(Query[RecallPatients], frozen=True, kw_only=True):
    """Every patient of a recall. The look leaves an audit entry that names the recall."""

    permission = Permission.PHARMACY_VIEW
    views = "recall_id"
    recall_id: int


class NoteRecallCall(Command[Done], frozen=True, kw_only=True):
    """Write down a call. Raises ``WrongState`` once the recall is closed, ``NotFound`` for somebody who got nothing of it."""

    permission = Permission.PHARMACY_RETURN
    recall_id: int
    patient_id: int
    outcome: CallOutcome
    note: Annotated[str, Meta(max_length=200)] = ""


class CloseRecall(Command[RecallEntry], frozen=True, kw_only=True):
    """End a recall with a report. The lots stay out of use, unless it was ``withdrawn``: then they may be released. Raises ``PatientsToCall``
    while somebody who has some of it was never called, unless it was withdrawn."""

    permission = Permission.STORE_APPROVE
    recall_id: int
    report: Annotated[str, Meta(min_length=2, max_length=1000)]
    withdrawn: bool = False


class RecallCopy(Fact, frozen=True, kw_only=True):
    """A recall's list to be printed; ``copy`` 1 is the first one."""

    clinic: str
    recall: RecallEntry
    patients: tuple[RecallPatient, ...]
    copy: int
    at: datetime
    by: str


class PrintRecallList(Command[RecallCopy], frozen=True, kw_only=True):
    """Print a recall with all of its patients; copies are counted."""

    permission = Permission.PHARMACY_VIEW
    recall_id: int
