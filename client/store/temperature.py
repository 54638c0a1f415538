"""What is not right about a reading or about a place's limits, as sentences. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.store.delivery import number
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from common.messages.temperature import ColdPlace

LIMITS: Final = ("coldest", "warmest", "driest", "dampest")


def outside(place: ColdPlace | None, celsius: str, humidity: str) -> bool:
    """Whether what is typed is out of the place's limits."""
    degrees, damp = number(celsius), number(humidity)
    if place is None or degrees is None:
        return False
    return not (place.coldest <= degrees <= place.warmest) or (
        place.driest is not None and place.dampest is not None and damp is not None and not (place.driest <= damp <= place.dampest)
    )


def reading_wrong(place: ColdPlace, celsius: str, humidity: str, remedy: str) -> str:
    """Why it is no reading yet; empty if it is one."""
    degrees, damp = number(celsius), number(humidity)
    if degrees is None or not _one_place(degrees) or abs(degrees) > 99:
        return tr("temperature|Type what the thermometer says, such as 4.5.")
    if place.driest is not None and (damp is None or not _one_place(damp) or not 0 <= damp <= 100):
        return tr("temperature|Type the humidity, such as 55.")
    if outside(place, celsius, humidity) and not remedy.strip():
        return tr("temperature|It is out of limits: type what was done.")
    return ""


def place_wrong(name: str, limits: Mapping[str, str]) -> str:
    """Why it is no place yet; empty if it is one. ``limits`` as typed, by the names of :data:`LIMITS`."""
    values = {limit: number(typed.strip()) for limit, typed in limits.items()}
    if not name.strip():
        return tr("temperature|Type the name.")
    if any(typed.strip() and ((value := values[limit]) is None or not _one_place(value)) for limit, typed in limits.items()):
        return tr("temperature|Limits are numbers, such as 2 or 7.5.")
    low, high, dry, damp = (values[limit] for limit in LIMITS)
    if low is None or high is None or low >= high:
        return tr("temperature|Type the lower limit first, then a higher one.")
    if (dry is None) != (damp is None) or (dry is not None and damp is not None and dry >= damp):
        return tr("temperature|Humidity: both limits, the lower one first; or none.")
    return ""


def _one_place(value: Decimal) -> bool:
    return value == round(value, 1)
