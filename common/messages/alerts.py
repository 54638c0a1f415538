"""What the drug store has to look at: expiries, minimums, what does not move, licences, temperatures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.suppliers import Licence
from common.messages.temperature import Half
from common.permissions import Permission
from common.wire import Fact, Query


class AlertKind(StrEnum):
    """Why it has to be looked at, the most urgent first. ``RECALL``: a batch whose recall is under way.

    ``NEAR_30``: expires within 30 days, and so on."""

    RECALL = "RECALL"
    EXPIRED = "EXPIRED"
    NEAR_30 = "NEAR_30"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    NEAR_90 = "NEAR_90"
    NEAR_180 = "NEAR_180"
    IDLE = "IDLE"
    LICENCE = "LICENCE"
    TEMPERATURE = "TEMPERATURE"


class Alert(Fact, frozen=True, kw_only=True):
    """One batch that expires, or one drug. ``lot`` and ``expires`` are of a batch; ``last_out``: when it last went out, if ever.

    ``on_hand`` in base units: of the batch, or for ``BELOW_MINIMUM`` of what is usable of the drug; ``value_fen`` at purchase price. ``supplier``
    is whom the batch came from. ``aside``: it lies in the quarantine area already, and is to be destroyed; what lies there is no alert of any
    other kind than ``EXPIRED`` and ``RECALL``.
    """

    kind: AlertKind
    drug_id: int
    code: str
    name: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    lot: str
    expires: date | None
    on_hand: Decimal
    min_stock: Decimal | None
    last_out: datetime | None
    value_fen: int
    supplier: str = ""
    aside: bool = False


class LicenceAlert(Fact, frozen=True, kw_only=True):
    """A supplier's licence that is missing, has expired, or expires within 90 days."""

    supplier_id: int
    supplier: str
    licence: Licence


class TemperatureAlert(Fact, frozen=True, kw_only=True):
    """A half day in which a place was not read (``celsius`` is ``None``) or was out of its limits, and nobody has said what was done."""

    place_id: int
    place: str
    coldest: Decimal
    warmest: Decimal
    day: date
    half: Half
    celsius: Decimal | None


class Alerts(Fact, frozen=True, kw_only=True):
    """Everything that has to be looked at: of drugs the most urgent kind first, of licences the worst, of temperatures the newest."""

    alerts: tuple[Alert, ...]
    licences: tuple[LicenceAlert, ...] = ()
    temperatures: tuple[TemperatureAlert, ...] = ()


class ListAlerts(Query[Alerts], frozen=True, kw_only=True):
    """Batches that expire within 180 days or have expired, drugs below their minimum, and drugs of which nothing went out for ``idle_days``
    although they have been there so long; licences of suppliers in use, and temperatures of the last seven days."""

    permission = Permission.STORE_VIEW
    idle_days: Annotated[int, Meta(ge=1, le=3650)] = 90
