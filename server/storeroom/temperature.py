"""The temperature of what keeps drugs cold: readings by hand, what was done about them, and which half days want an answer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.errors import AlreadyExists, FieldWrong, NotFound
from common.i18n import N_
from common.messages.alerts import TemperatureAlert
from common.messages.temperature import (
    ColdPlace,
    ColdPlaces,
    EnterReading,
    EnterRemedy,
    GetTemperatures,
    Half,
    ListColdPlaces,
    PlaceSaved,
    Reading,
    ReadingEntered,
    Remedy,
    SaveColdPlace,
    TemperatureLog,
)
from common.wire import Done
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

#: A half day that wants an answer is shown for so many days.
SHOWN_DAYS: Final = 7
LONGEST: Final = 400

_PLACE: Final = "SELECT p.id, p.name, p.coldest, p.warmest, p.driest, p.dampest, p.since, p.active, "
_LIST: Final = Read(
    f"{_PLACE} (SELECT r.celsius FROM temperature_reading r WHERE r.place_id = p.id AND r.day = %(today)s AND r.half = %(half)s"
    " ORDER BY r.id DESC LIMIT 1) AS read FROM cold_place p WHERE p.active OR %(inactive)s ORDER BY p.name"
)
_ONE: Final = Read(f"{_PLACE} NULL::numeric AS read FROM cold_place p WHERE p.id = %(id)s")
_ALONE: Final = Write("SELECT pg_advisory_xact_lock(hashtextextended('cold_place', 0))")
_TAKEN: Final = Read("SELECT name FROM cold_place WHERE name = %(name)s AND id IS DISTINCT FROM %(id)s::bigint")
_ENTER: Final = Write(
    "INSERT INTO cold_place (name, coldest, warmest, driest, dampest, since, active) VALUES (%(name)s, %(coldest)s, %(warmest)s, %(driest)s,"
    " %(dampest)s, %(since)s, %(active)s) RETURNING id"
)
_CHANGE: Final = Write(
    "UPDATE cold_place SET name = %(name)s, coldest = %(coldest)s, warmest = %(warmest)s, driest = %(driest)s, dampest = %(dampest)s,"
    " active = %(active)s WHERE id = %(id)s RETURNING id"
)
_READ: Final = Write(
    "INSERT INTO temperature_reading (place_id, day, half, celsius, humidity, within, staff_id, at) VALUES (%(place_id)s, %(day)s, %(half)s,"
    " %(celsius)s, %(humidity)s, %(within)s, %(staff_id)s, %(at)s)"
)
_ANSWER: Final = Write(
    "INSERT INTO temperature_remedy (place_id, day, half, words, staff_id, at) VALUES (%(place_id)s, %(day)s, %(half)s, %(words)s, %(staff_id)s,"
    " %(at)s)"
)
_READINGS: Final = Read(
    "SELECT r.day, r.half, r.celsius, r.humidity, r.within, r.at, s.name AS by FROM temperature_reading r JOIN staff s ON s.id = r.staff_id"
    " WHERE r.place_id = %(place_id)s AND r.day BETWEEN %(first)s AND %(last)s ORDER BY r.at, r.id"
)
_REMEDIES: Final = Read(
    "SELECT r.day, r.half, r.words, r.at, s.name AS by FROM temperature_remedy r JOIN staff s ON s.id = r.staff_id"
    " WHERE r.place_id = %(place_id)s AND r.day BETWEEN %(first)s AND %(last)s ORDER BY r.at, r.id"
)
#: Of each half day the last reading that was out of limits, and whether there was one at all.
_HALVES: Final = Read(
    "SELECT r.place_id, r.day, r.half, (array_agg(r.celsius ORDER BY r.id DESC) FILTER (WHERE NOT r.within))[1], max(r.at) FILTER (WHERE NOT"
    " r.within) FROM temperature_reading r WHERE r.day >= %(first)s GROUP BY r.place_id, r.day, r.half"
)
_ANSWERED: Final = Read(
    "SELECT r.place_id, r.day, r.half, max(r.at) FROM temperature_remedy r WHERE r.day >= %(first)s GROUP BY r.place_id, r.day, r.half"
)
_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")
_NOON: Final = time(12, 0)


def half_of(moment: datetime) -> Half:
    """The half of its day that a moment lies in."""
    return Half.MORNING if moment.time() < _NOON else Half.AFTERNOON


@handles(ListColdPlaces)
def list_places(tx: ReadTx, request: ListColdPlaces) -> ColdPlaces:
    """Places, with what was read just now."""
    half = half_of(tx.now)
    return ColdPlaces(places=tx.structs(ColdPlace, _LIST, today=tx.today, half=half, inactive=request.inactive), half=half)


@handles(SaveColdPlace)
def save_place(tx: Tx, request: SaveColdPlace) -> PlaceSaved:
    """Enter or change a place."""
    tx.write(_ALONE)
    name = request.name.strip()
    limits = (request.coldest, request.warmest, request.driest, request.dampest)
    if not name:
        raise FieldWrong(field=N_("Place"), reason=N_("is missing"))
    if any(limit is not None and not _measured(limit) for limit in limits) or request.coldest >= request.warmest:
        raise FieldWrong(field=N_("Temperature"), reason=N_("the lower limit first, then a higher one; at most one place"))
    if (request.driest is None) != (request.dampest is None) or (
        request.driest is not None and request.dampest is not None and request.driest >= request.dampest
    ):
        raise FieldWrong(field=N_("Humidity"), reason=N_("both limits, the lower one first; or none"))
    if tx.first(_TAKEN, name=name, id=request.place_id) is not None:
        raise AlreadyExists(kind=N_("Place"), key=name)
    fields: dict[str, Any] = dict(zip(("coldest", "warmest", "driest", "dampest"), limits, strict=True))
    fields |= {"name": name, "active": request.active}
    row = (
        tx.write_one(_ENTER, since=tx.today, **fields) if request.place_id is None else tx.write_one(_CHANGE, id=request.place_id, **fields)
    )
    if row is None:
        raise NotFound(kind=N_("Place"), key=str(request.place_id))
    tx.changed(topics.PURCHASE)
    tx.detail = {key: str(value) for key, value in fields.items()}
    return PlaceSaved(place_id=row[0])


def _measured(value: Decimal) -> bool:
    return value.is_finite() and abs(value) < 1000 and value == round(value, 1)


@handles(EnterReading)
def enter_reading(tx: Tx, request: EnterReading) -> ReadingEntered:
    """Write down what the thermometer says, now."""
    place = _place(tx, request.place_id)
    if not _measured(request.celsius) or abs(request.celsius) > 99:
        raise FieldWrong(field=N_("Temperature"), reason=N_("degrees Celsius, at most one place"))
    if (request.humidity is None) != (place.driest is None):
        raise FieldWrong(field=N_("Humidity"), reason=N_("is missing") if request.humidity is None else N_("is not watched here"))
    if request.humidity is not None and not (_measured(request.humidity) and 0 <= request.humidity <= 100):
        raise FieldWrong(field=N_("Humidity"), reason=N_("per cent, 0 to 100"))
    half, within = half_of(tx.now), _within(place, request.celsius, request.humidity)
    moment = {"place_id": place.id, "day": tx.today, "half": half, "staff_id": tx.actor.staff, "at": tx.now}
    tx.write(_READ, celsius=request.celsius, humidity=request.humidity, within=within, **moment)
    if request.remedy.strip():
        tx.write(_ANSWER, words=request.remedy.strip(), **moment)
    tx.changed(topics.PURCHASE)
    tx.detail = {"place": place.name, "celsius": str(request.celsius), "within": within, "remedy": request.remedy.strip()}
    return ReadingEntered(within=within, half=half)


def _within(place: ColdPlace, celsius: Decimal, humidity: Decimal | None) -> bool:
    damp = humidity is None or place.driest is None or place.dampest is None or place.driest <= humidity <= place.dampest
    return place.coldest <= celsius <= place.warmest and damp


@handles(EnterRemedy)
def enter_remedy(tx: Tx, request: EnterRemedy) -> Done:
    """What was done about a half day that has begun."""
    place = _place(tx, request.place_id)
    words = request.words.strip()
    if not words:
        raise FieldWrong(field=N_("What was done"), reason=N_("is missing"))
    if (request.day, request.half == Half.AFTERNOON) > (tx.today, half_of(tx.now) == Half.AFTERNOON):
        raise FieldWrong(field=N_("Day"), reason=N_("is still to come"))
    tx.write(_ANSWER, place_id=place.id, day=request.day, half=request.half, words=words, staff_id=tx.actor.staff, at=tx.now)
    tx.changed(topics.PURCHASE)
    tx.detail = {"place": place.name, "day": request.day.isoformat(), "half": request.half, "words": words}
    return Done()


def _place(tx: ReadTx, place_id: int) -> ColdPlace:
    found = tx.structs(ColdPlace, _ONE, id=place_id)
    if not found:
        raise NotFound(kind=N_("Place"), key=str(place_id))
    return found[0]


@handles(GetTemperatures)
def get_temperatures(tx: ReadTx, request: GetTemperatures) -> TemperatureLog:
    """The log of some days."""
    if not timedelta(0) <= request.last_day - request.first_day <= timedelta(days=LONGEST):
        raise FieldWrong(field=N_("Day"), reason=N_("the first one first; at most 400 days"))
    clinic = tx.first(_CLINIC)
    days: dict[str, Any] = {"place_id": request.place_id, "first": request.first_day, "last": request.last_day}
    return TemperatureLog(
        clinic=clinic[0] if clinic else "",
        place=_place(tx, request.place_id),
        readings=tx.structs(Reading, _READINGS, **days),
        remedies=tx.structs(Remedy, _REMEDIES, **days),
    )


def alerts(tx: ReadTx) -> tuple[TemperatureAlert, ...]:
    """Half days of the last week that were not read or were out of limits, and nobody has said what was done."""
    first = tx.today - timedelta(days=SHOWN_DAYS)
    halves = {row[:3]: row[3:] for row in tx.rows(_HALVES, first=first)}
    answered = {row[:3]: row[3] for row in tx.rows(_ANSWERED, first=first)}
    found = []
    for place in tx.structs(ColdPlace, _LIST, today=tx.today, half=Half.MORNING, inactive=False):
        for day, half in _due(max(first, place.since + timedelta(days=1)), tx.now):
            key = (place.id, day, half)
            celsius, at = halves.get(key, (None, None))
            answer = answered.get(key)
            if (key not in halves and answer is None) or (celsius is not None and (answer is None or answer < at)):
                found.append(_alert(place, day, half, celsius))
        found += _today_out(place, tx, halves, answered)
    return tuple(sorted(found, key=lambda alert: (alert.day, alert.half == Half.AFTERNOON, alert.place), reverse=True))


def _today_out(place: ColdPlace, tx: ReadTx, halves: dict[Any, Any], answered: dict[Any, Any]) -> list[TemperatureAlert]:
    """What was read out of limits in a half day that is not over, or on the place's first day."""
    due = set(_due(max(tx.today - timedelta(days=SHOWN_DAYS), place.since + timedelta(days=1)), tx.now))
    found = []
    for (place_id, day, half), (celsius, at) in halves.items():
        answer = answered.get((place_id, day, half))
        if place_id == place.id and (day, half) not in due and celsius is not None and (answer is None or answer < at):
            found.append(_alert(place, day, Half(half), celsius))
    return found


def _alert(place: ColdPlace, day: date, half: Half, celsius: Decimal | None) -> TemperatureAlert:
    return TemperatureAlert(
        place_id=place.id, place=place.name, coldest=place.coldest, warmest=place.warmest, day=day, half=half, celsius=celsius
    )


def _due(first: date, now: datetime) -> list[tuple[date, Half]]:
    """The half days from ``first`` on that are over."""
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    over = [(day, half) for day in days for half in Half]
    return [one for one in over if one[0] < now.date() or (one[1] is Half.MORNING and now.time() >= _NOON)]
