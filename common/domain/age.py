"""How old somebody is, as number and as text (DOMAIN.md §4.4).

A month is completed when its day of the month is reached; where that day does not exist, on the 1st of the next month. So somebody born on
29 February turns a year older on 1 March of a common year.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from common.i18n import tr

#: Beyond this a birth date is an error and no age is shown.
OLDEST_YEARS: Final = 150
_MONTHS_SHOWN_BELOW_YEARS: Final = 6
_DAY: Final = timedelta(days=1)


def full_months(birth: date, day: date) -> int:
    """Completed months on ``day``; negative before birth."""
    months = (day.year - birth.year) * 12 + day.month - birth.month
    return months - 1 if day.day < birth.day else months


def full_years(birth: date, day: date) -> int:
    """Completed years on ``day`` 实足年龄; negative before birth."""
    return full_months(birth, day) // 12


def age_text(birth: date, at: date | datetime) -> str:
    """The age at ``at`` (the time of the visit, in the clinic's own time zone) in the current language.

    Under 24 hours it is in hours, where both ``birth`` and ``at`` have a time of day; then in days, from a month on in months and days,
    from a year to under six in years and months, then in years. Empty before birth and above :data:`OLDEST_YEARS`: the date is wrong.
    """
    birth_day, day = _day(birth), _day(at)
    if not 0 <= full_years(birth_day, day) <= OLDEST_YEARS:
        return ""
    hours = _hours(birth, at)
    if hours is not None:
        return tr("age|{hours} h", hours=hours) if hours >= 0 else ""
    return _calendar_age(birth_day, day)


def _calendar_age(birth: date, day: date) -> str:
    years, months = divmod(full_months(birth, day), 12)
    if not years and not months:
        return tr("age|{days} d", days=(day - birth).days)
    if not years:
        return tr("age|{months} mo {days} d", months=months, days=(day - _reached(birth, months)).days)
    if years < _MONTHS_SHOWN_BELOW_YEARS and months:
        return tr("age|{years} y {months} mo", years=years, months=months)
    return tr("age|{years} y", years=years)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _hours(birth: date, at: date | datetime) -> int | None:
    """Whole hours between two times of day less than a day apart; ``None`` if one has no time or a day has passed."""
    if not isinstance(birth, datetime) or not isinstance(at, datetime):
        return None
    if birth.tzinfo is None or at.tzinfo is None:
        birth, at = birth.replace(tzinfo=None), at.replace(tzinfo=None)
    passed = at - birth
    return passed // timedelta(hours=1) if passed < _DAY else None


def _reached(birth: date, months: int) -> date:
    """The day on which ``months`` months were completed."""
    year, month = divmod(birth.year * 12 + birth.month - 1 + months, 12)
    try:
        return date(year, month + 1, birth.day)
    except ValueError:
        return date(year, month + 2, 1)  # only 29, 30 and 31 can be missing, and never in December
