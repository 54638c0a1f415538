"""Patient files: finding, opening, making and correcting them, and their allergies."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Fact, Query

Name = Annotated[str, Meta(min_length=1, max_length=50)]


class AllergyState(StrEnum):
    """What is known about allergies. An empty list alone never means "none"."""

    KNOWN = "known"
    NONE_KNOWN = "none_known"
    NOT_ASKED = "not_asked"
    UNAVAILABLE = "unavailable"


class DocumentKind(StrEnum):
    """The paper a person is identified by."""

    ID_CARD = "id_card"
    PASSPORT = "passport"
    HK_MACAU_PERMIT = "hk_macau_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENCE = "foreign_residence"
    NONE = "none"


class Allergy(Fact, frozen=True, kw_only=True):
    """One substance. ``allergen`` is a group's code of the catalogue, or empty when only ``text`` is known."""

    text: Annotated[str, Meta(min_length=1, max_length=100)]
    allergen: str = ""
    severe: bool = False


class PatientHit(Fact, frozen=True, kw_only=True):
    """One line of a search."""

    id: int
    number: str
    name: str
    sex: str
    birth_date: date
    phone: str
    document_tail: str
    last_visit: date | None


class PatientHits(Fact, frozen=True, kw_only=True):
    """What a search found, best first; ``more`` when there are others."""

    hits: tuple[PatientHit, ...]
    more: bool


class SearchPatients(Query[PatientHits], frozen=True, kw_only=True):
    """Find patients while one types: name, pinyin or initials, phone (start or last four), ID number (start), patient number or barcode.

    Several words narrow each other: ``zs 1985`` is initials and birth year. At most ``limit`` lines.
    """

    permission = Permission.PATIENT_SEARCH
    text: Annotated[str, Meta(max_length=60)]
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class PatientFile(Fact, frozen=True, kw_only=True):
    """A patient as a form edits them. ``sex`` is GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated."""

    name: Name
    sex: Annotated[str, Meta(pattern="^[0129]$")]
    birth_date: date
    document_kind: DocumentKind = DocumentKind.NONE
    document_number: Annotated[str, Meta(max_length=30)] = ""
    phone: Annotated[str, Meta(max_length=20)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""
    ethnic_group: Annotated[str, Meta(max_length=2)] = ""
    payer: Annotated[str, Meta(max_length=20)] = "self"
    guardian_name: Annotated[str, Meta(max_length=50)] = ""
    guardian_phone: Annotated[str, Meta(max_length=20)] = ""
    allergy_state: AllergyState = AllergyState.NOT_ASKED
    allergies: tuple[Allergy, ...] = ()


class VisitBrief(Fact, frozen=True, kw_only=True):
    """A visit in one line."""

    id: int
    number: str
    date: date
    department: str
    doctor: str
    state: str
    queue_number: str
    diagnoses: tuple[str, ...] = ()


class PatientSummary(Fact, frozen=True, kw_only=True):
    """What the banner and the patient card show. ``version`` guards a later correction."""

    id: int
    number: str
    file: PatientFile
    version: int
    registered_at: datetime
    visits: tuple[VisitBrief, ...]
    unpaid_fen: int
    today: VisitBrief | None


class GetPatient(Query[PatientSummary], frozen=True, kw_only=True):
    """A patient's card with the latest visits. The look is audited."""

    permission = Permission.PATIENT_VIEW
    views = "patient_id"
    patient_id: int


class RegisterPatient(Command[PatientSummary], frozen=True, kw_only=True):
    """Make a new file. An ID number is checked; sex and birth date must agree with it.

    A likely duplicate is refused (``LikelyDuplicate``) unless ``another_person`` says that somebody looked.
    """

    permission = Permission.PATIENT_EDIT
    file: PatientFile
    another_person: bool = False


class CorrectPatient(Command[PatientSummary], frozen=True, kw_only=True):
    """Correct a file; old values stay in the audit trail."""

    permission = Permission.PATIENT_EDIT
    patient_id: int
    version: int
    file: PatientFile
