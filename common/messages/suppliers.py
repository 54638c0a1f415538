"""Suppliers 供应商 and their licences: who may deliver."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

import common.purchasing_errors  # noqa: F401 -- its errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class LicenceKind(StrEnum):
    """``DRUG``: 药品经营许可证 or 药品生产许可证; ``AUTHORISATION``: the 委托书 of who sells; ``QUALITY``: 质量保证协议."""

    DRUG = "DRUG"
    BUSINESS = "BUSINESS"
    AUTHORISATION = "AUTHORISATION"
    GSP = "GSP"
    QUALITY = "QUALITY"


#: Without these nobody delivers. The others are not demanded, but one that was handed in must hold.
DEMANDED: Final = (LicenceKind.DRUG, LicenceKind.BUSINESS, LicenceKind.AUTHORISATION)


class LicenceState(StrEnum):
    """How a licence stands today. ``NEAR_30``: expires within 30 days, and so on."""

    MISSING = "MISSING"
    EXPIRED = "EXPIRED"
    NEAR_30 = "NEAR_30"
    NEAR_90 = "NEAR_90"
    VALID = "VALID"


class Licence(Fact, frozen=True, kw_only=True):
    """A supplier's licence as it counts now. Without ``expires`` it holds until it is withdrawn; ``number`` is empty for one that is missing."""

    kind: LicenceKind
    number: str
    expires: date | None
    state: LicenceState
    entered_at: datetime | None = None
    entered_by: str = ""


class Supplier(Fact, frozen=True, kw_only=True):
    """A supplier with every licence that is demanded or was handed in. ``lead_days``: from the order to the goods.

    ``worst`` is the licence state that decides whether goods may come in.
    """

    id: int
    code: str
    name: str
    contact: str
    phone: str
    lead_days: int
    note: str
    active: bool
    licences: tuple[Licence, ...]
    worst: LicenceState
    last_delivery: datetime | None


class SupplierList(Fact, frozen=True, kw_only=True):
    """Suppliers by name."""

    suppliers: tuple[Supplier, ...]


class FindSuppliers(Query[SupplierList], frozen=True, kw_only=True):
    """Suppliers whose name, code or contact has ``text``; those that are out of use only with ``inactive``."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    inactive: bool = False


class SupplierSaved(Fact, frozen=True, kw_only=True):
    """The supplier's id and code."""

    supplier_id: int
    code: str


class SaveSupplier(Command[SupplierSaved], frozen=True, kw_only=True):
    """Enter a supplier, or correct one (``supplier_id``). Without a ``code`` it gets the next one. Raises ``AlreadyExists`` for a code or name
    that another one has."""

    permission = Permission.STORE_MANAGE
    supplier_id: int | None = None
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    code: Annotated[str, Meta(max_length=20)] = ""
    contact: Annotated[str, Meta(max_length=40)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    lead_days: Annotated[int, Meta(ge=0, le=180)] = 3
    note: Annotated[str, Meta(max_length=200)] = ""
    active: bool = True


class EnterLicence(Command[Done], frozen=True, kw_only=True):
    """Write a licence down; the newest of a kind counts. ``withdrawn``: it is not there any more."""

    permission = Permission.STORE_MANAGE
    supplier_id: int
    kind: LicenceKind
    number: Annotated[str, Meta(max_length=60)] = ""
    expires: date | None = None
    withdrawn: bool = False
