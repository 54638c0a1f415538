"""Own drugs and services ↔ national codes 目录对照, and the national codes of people and departments (DOMAIN.md §1.7: 3301, 3302)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

OwnKind = Literal["drug", "service"]
CodeKind = Literal["doctor", "pharmacist", "department"]


class MappedItem(Fact, frozen=True, kw_only=True):
    """An own drug or service with the national code that holds today, if any. ``income_fen``: what it brought in the last 30 days.

    ``upload`` PENDING, DONE, FAILED or WITHDRAWN says what the bureau knows of the mapping; empty without one.
    """

    kind: str
    own_id: int
    code: str
    name: str
    specification: str
    manufacturer: str
    category: str
    price: Decimal
    income_fen: int
    mapping_id: int | None
    list_type: str
    med_list_codg: str
    national_name: str
    level: str
    begins: date | None
    ends: date | None
    upload: str
    upload_error: str


class MappedItems(Fact, frozen=True, kw_only=True):
    """Items, those without a code first, by income. ``items_total`` … are over all items that are offered, shown or not."""

    items: tuple[MappedItem, ...]
    items_total: int
    items_mapped: int
    income_fen: int
    income_mapped_fen: int
    more: bool


class ListMappedItems(Query[MappedItems], frozen=True, kw_only=True):
    """Own drugs and services with their national codes, and how much of the clinic is covered. ``only``: unmapped, failed, or empty for all."""

    permission = Permission.INSURANCE_USE
    text: Annotated[str, Meta(max_length=60)] = ""
    kind: Annotated[str, Meta(pattern="^(drug|service|)$")] = ""
    only: Annotated[str, Meta(pattern="^(unmapped|failed|)$")] = ""
    limit: Annotated[int, Meta(ge=1, le=2000)] = 500


class Candidate(Fact, frozen=True, kw_only=True):
    """An entry of the bureau's list that an item could be. ``score`` 0 to 100: how alike name, specification and maker are."""

    list_type: str
    code: str
    name: str
    specification: str
    manufacturer: str
    approval_number: str
    level: str
    score: int


class Candidates(Fact, frozen=True, kw_only=True):
    """The likeliest first. Nothing is ever mapped by likeness alone: a person chooses."""

    candidates: tuple[Candidate, ...]


class ListCandidates(Query[Candidates], frozen=True, kw_only=True):
    """What an item could be; with ``text`` (name, initials, code or approval number) whatever fits that."""

    permission = Permission.INSURANCE_USE
    kind: OwnKind
    own_id: int
    text: Annotated[str, Meta(max_length=60)] = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 30


class MapItem(Command[Done], frozen=True, kw_only=True):
    """From ``begins`` on the item is this national code; an earlier mapping ends the day before. It is uploaded (3301) by the service.

    Raises ``NotFound``, ``FieldWrong`` (a code that is no longer valid, or dates that cannot be).
    """

    permission = Permission.INSURANCE_MANAGE
    kind: OwnKind
    own_id: int
    list_type: Annotated[str, Meta(max_length=6)]
    med_list_codg: Annotated[str, Meta(min_length=1, max_length=50)]
    begins: date
    ends: date | None = None


class UnmapItem(Command[Done], frozen=True, kw_only=True):
    """End a mapping today; where the bureau knows it, it is withdrawn there (3302) by the service."""

    permission = Permission.INSURANCE_MANAGE
    mapping_id: int


class UploadMappings(Command[Done], frozen=True, kw_only=True):
    """Upload again what is PENDING or FAILED. Raises ``NotConnected``."""

    permission = Permission.INSURANCE_MANAGE


class NationalCode(Fact, frozen=True, kw_only=True):
    """Somebody or a department with its national code. ``extra``: the code of the speciality 科别 of a department."""

    kind: CodeKind
    own_id: int
    name: str
    title: str
    department: str
    code: str
    extra: str


class NationalCodes(Fact, frozen=True, kw_only=True):
    """Doctors, pharmacists and departments; those without a code first."""

    codes: tuple[NationalCode, ...]


class ListNationalCodes(Query[NationalCodes], frozen=True, kw_only=True):
    """National codes of people and departments."""

    permission = Permission.INSURANCE_USE


class SetNationalCode(Command[Done], frozen=True, kw_only=True):
    """Enter or correct one; an empty ``code`` takes it away. Raises ``NotFound``."""

    permission = Permission.INSURANCE_MANAGE
    kind: CodeKind
    own_id: int
    code: Annotated[str, Meta(max_length=30)]
    extra: Annotated[str, Meta(max_length=10)] = ""
