"""From a cell's text to a field's value. Every reader raises :class:`Unfit` with the reason; none of them guesses."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.i18n import N_
from server.importing.problems import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOT_A_NUMBER: Final = N_("“{value}” is not a number")
NOT_WHOLE: Final = N_("“{value}” is not a whole number")
TOO_SMALL: Final = N_("“{value}” is too small; the least is {least}")
TOO_GREAT: Final = N_("“{value}” is too great; the most is {most}")
TOO_MANY_PLACES: Final = N_("“{value}” has more than {places} decimal places")
NOT_A_DATE: Final = N_("“{value}” is not a date; write it as 2027-06-30")
NOT_YES_OR_NO: Final = N_("“{value}” is neither yes (1, 是) nor no (0, 否)")
NOT_A_CHOICE: Final = N_("“{value}” is none of {choices}")
TEXT_TOO_LONG: Final = N_("“{value}” is longer than {limit} characters")
BAD_FORM: Final = N_("“{value}” does not have the form of {example}")

_NUMBER: Final = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_DATE: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2})日?)?月?(?:[ T]00:00(?::00)?)?")
_EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
_YES: Final = frozenset(["1", "是", "y", "yes", "true", "t", "√", "✓", "有"])
_NO: Final = frozenset(["0", "否", "n", "no", "false", "f", "×", "无", "-"])


def plain(text: str) -> str:
    """Half-width digits and letters, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


def text(limit: int) -> Callable[[str], str]:
    """A text of at most ``limit`` characters; blanks and line breaks inside become one blank."""

    def read(cell: str) -> str:
        value = " ".join(cell.split())
        if len(value) > limit:
            raise Unfit(TEXT_TOO_LONG, limit=str(limit))
        return value

    return read


def matching(pattern: str, example: str, change: Callable[[str], str] = plain) -> Callable[[str], str]:
    """A text of one form, after ``change``."""
    form = re.compile(pattern)

    def read(cell: str) -> str:
        value = change(cell)
        if not form.fullmatch(value):
            raise Unfit(BAD_FORM, example=example)
        return value

    return read


def number(places: int, least: str = "0", most: str = "99999999") -> Callable[[str], Decimal]:
    """A decimal with at most ``places`` places between ``least`` and ``most``. Thousands may be parted by commas, as in 1,234.50."""
    low, high = Decimal(least), Decimal(most)

    def read(cell: str) -> Decimal:
        value = _decimal(cell)
        if value < low:
            raise Unfit(TOO_SMALL, least=least)
        if value > high:
            raise Unfit(TOO_GREAT, most=most)
        if value != round(value, places):
            raise Unfit(TOO_MANY_PLACES, places=str(places))
        return value

    return read


def _decimal(cell: str) -> Decimal:
    typed = plain(cell).removeprefix("¥").removeprefix("￥").strip()
    if not _NUMBER.fullmatch(typed):
        raise Unfit(NOT_A_NUMBER)
    value = Decimal(typed.replace(",", ""))
    return Decimal(int(value)) if value == value.to_integral_value() else value.normalize()


def whole(least: int = 0, most: int = 9999) -> Callable[[str], int]:
    """A whole number."""
    read_number = number(4, str(least), str(most))

    def read(cell: str) -> int:
        value = read_number(cell)
        if value != value.to_integral_value():
            raise Unfit(NOT_WHOLE)
        return int(value)

    return read


def yes_or_no(cell: str) -> bool:
    """1, 是, yes … or 0, 否, no …"""
    word = plain(cell).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unfit(NOT_YES_OR_NO)


def one_of(words: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    """One of the keys of ``words``, written as the key or as one of its other words."""
    known = {plain(word).lower(): key for key, others in words.items() for word in (key, *others)}
    choices = ", ".join(f"{key} ({others[0]})" if others else key for key, others in words.items())

    def read(cell: str) -> str:
        if (key := known.get(plain(cell).lower())) is None:
            raise Unfit(NOT_A_CHOICE, choices=choices)
        return key

    return read


def several(cell: str) -> tuple[str, ...]:
    """Words parted by semicolons."""
    parts = (part.strip() for part in re.split(r"[;；]", cell))
    return tuple(part for part in parts if part)


def times_of_day(cell: str) -> tuple[str, ...]:
    """Times such as ``08:00;12:00;18:00``."""
    times = several(cell)
    if not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", moment) for moment in times):
        raise Unfit(BAD_FORM, example="08:00;12:00;18:00")
    return times


def day(cell: str) -> date:
    """A day as 2027-06-30, 2027/6/30, 20270630, 2027年6月30日 or an Excel serial number (1900 system).

    A month alone (2027-06) is its last day: a drug marked so may be used to the end of that month (DOMAIN.md §6.3).
    """
    typed = plain(cell)
    if re.fullmatch(r"\d{5}(?:\.0+)?", typed):
        return _within_reason(_EXCEL_DAY_ZERO + timedelta(days=int(typed[:5])))
    found = _DATE.fullmatch(typed)
    if found is None or (typed.isdigit() and len(typed) not in (6, 8)):
        raise Unfit(NOT_A_DATE)
    try:
        return _within_reason(_calendar_day(int(found[1]), int(found[2]), found[3]))
    except ValueError:
        raise Unfit(NOT_A_DATE) from None


def _within_reason(moment: date) -> date:
    """Lots, expiries and prices of 1990 to 2100; anything else is a slip or not a date at all."""
    if not 1990 <= moment.year <= 2100:
        raise Unfit(NOT_A_DATE)
    return moment


def _calendar_day(year: int, month: int, day_of_month: str | None) -> date:
    if day_of_month is not None:
        return date(year, month, int(day_of_month))
    first = date(year, month, 1)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
