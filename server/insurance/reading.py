"""Reading what bureaus write: numbers as numbers or text, objects as objects or text, things missing (DOMAIN.md §1.2)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.insurance.protocol import BEIJING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.insurance.protocol import Wire

#: n(16,2) holds less than this many yuan.
_MOST_YUAN: Final = Decimal(10) ** 14
_DATES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d", "%Y%m%d")
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)


class Unreadable(ValueError):
    """A reply does not hold what its transaction promises. The argument says what is missing, never a value."""


def json(raw: bytes | str) -> Any:
    """Any JSON; numbers with a point are decimals. Raises :class:`Unreadable`."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation) as fault:
        raise Unreadable("no JSON") from fault


def part(owner: Mapping[str, Any], name: str) -> Wire:
    """An object within another, given as an object, as JSON text, or as a list of one."""
    value = owner.get(name)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = json(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Unreadable(name)
    return value


def rows(owner: Mapping[str, Any], name: str) -> list[Wire]:
    """A list of objects; missing and ``null`` are an empty one, a lone object is a list of itself."""
    value = owner.get(name)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = json(value)
    if isinstance(value, dict):
        value = [value]
    if value in (None, ""):
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Unreadable(name)
    return value


def text(owner: Mapping[str, Any], name: str) -> str:
    """A text or a number as text; missing is empty."""
    value = owner.get(name)
    if value is None or isinstance(value, list | dict):
        return ""
    return str(value).strip()


def needed(owner: Mapping[str, Any], name: str) -> str:
    """The same, and it must be there."""
    value = text(owner, name)
    if not value:
        raise Unreadable(name)
    return value


def fen(owner: Mapping[str, Any], name: str) -> int:
    """An amount in yuan as fen; missing is nothing. A third place other than 0, or more than the field can hold, is unreadable."""
    amount = decimal(owner, name) or Decimal(0)
    if not -_MOST_YUAN < amount < _MOST_YUAN or amount * 100 != (amount * 100).to_integral_value():
        raise Unreadable(name)
    return int(amount * 100)


def needed_fen(owner: Mapping[str, Any], name: str) -> int:
    """The same, and it must be there."""
    if decimal(owner, name) is None:
        raise Unreadable(name)
    return fen(owner, name)


def decimal(owner: Mapping[str, Any], name: str) -> Decimal | None:
    """A number; ``None`` if it is missing, empty or ``null``."""
    value = owner.get(name)
    if value is None or (isinstance(value, str) and value.strip() in ("", "null")):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable(name)
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation as fault:
        raise Unreadable(name) from fault
    if not number.is_finite() or number.adjusted() > 20:
        raise Unreadable(name)
    return number


def moment(owner: Mapping[str, Any], name: str) -> datetime | None:
    """A time of the platform's clock; ``None`` if it is missing or written in no known way."""
    written = text(owner, name)
    for form in _DATES:
        try:
            return datetime.strptime(written, form).replace(tzinfo=BEIJING)
        except ValueError:
            continue
    return None


def day(owner: Mapping[str, Any], name: str) -> date | None:
    """A day; ``None`` as in :func:`moment`."""
    at = moment(owner, name)
    return None if at is None else at.date()


def flag(owner: Mapping[str, Any], name: str) -> bool:
    """``1`` and its like are true."""
    return text(owner, name).lower() in ("1", "true", "y")
