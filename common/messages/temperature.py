"""Temperature of fridges and rooms 温湿度记录: read by hand twice a day, with what was done when it was out of limits or not read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class Half(StrEnum):
    """Half of a day; noon begins the second."""

    MORNING = "MORNING"
    AFTERNOON = "AFTERNOON"


class ColdPlace(Fact, frozen=True, kw_only=True):
    """A fridge or a room. Degrees Celsius; relative humidity in per cent, ``None`` where it is not watched. ``read``: what was read in this half
    of today, if anything was."""

    id: int
    name: str
    coldest: Decimal
    warmest: Decimal
    driest: Decimal | None
    dampest: Decimal | None
    since: date
    active: bool
    read: Decimal | None


class ColdPlaces(Fact, frozen=True, kw_only=True):
    """Places by name."""

    places: tuple[ColdPlace, ...]
    half: Half


class ListColdPlaces(Query[ColdPlaces], frozen=True, kw_only=True):
    """Where the temperature is read; places out of use only with ``inactive``."""

    permission = Permission.STORE_VIEW
    inactive: bool = False


class PlaceSaved(Fact, frozen=True, kw_only=True):
    """The place's id."""

    place_id: int


class SaveColdPlace(Command[PlaceSaved], frozen=True, kw_only=True):
    """Enter a place, or change one (``place_id``). Limits hold for readings from now on."""

    permission = Permission.STORE_MANAGE
    place_id: int | None = None
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    coldest: Decimal
    warmest: Decimal
    driest: Decimal | None = None
    dampest: Decimal | None = None
    active: bool = True


class ReadingEntered(Fact, frozen=True, kw_only=True):
    """Whether the reading is within the place's limits. If it is not, somebody has to say what was done."""

    within: bool
    half: Half


class EnterReading(Command[ReadingEntered], frozen=True, kw_only=True):
    """Write down what the thermometer says now. Nothing is entered for a time that is past; a second reading of the same half day stands beside
    the first."""

    permission = Permission.STORE_RECEIVE
    place_id: int
    celsius: Decimal
    humidity: Decimal | None = None
    remedy: Annotated[str, Meta(max_length=200)] = ""


class EnterRemedy(Command[Done], frozen=True, kw_only=True):
    """Say what was done about a half day whose reading was out of limits or is missing."""

    permission = Permission.STORE_RECEIVE
    place_id: int
    day: date
    half: Half
    words: Annotated[str, Meta(min_length=1, max_length=200)]


class Reading(Fact, frozen=True, kw_only=True):
    """One reading."""

    day: date
    half: Half
    celsius: Decimal
    humidity: Decimal | None
    within: bool
    at: datetime
    by: str


class Remedy(Fact, frozen=True, kw_only=True):
    """What was done about a half day."""

    day: date
    half: Half
    words: str
    at: datetime
    by: str


class TemperatureLog(Fact, frozen=True, kw_only=True):
    """A place's readings and what was done, in order of time."""

    clinic: str
    place: ColdPlace
    readings: tuple[Reading, ...]
    remedies: tuple[Remedy, ...]


class GetTemperatures(Query[TemperatureLog], frozen=True, kw_only=True):
    """A place's log from ``first_day`` to ``last_day`` (at most 400 days)."""

    permission = Permission.STORE_VIEW
    place_id: int
    first_day: date
    last_day: date
