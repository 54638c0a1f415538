"""The days that a report is about: a day, a week, a month, a year, or any two days; and going to those before and after."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from common.i18n import N_

DAY, WEEK, MONTH, YEAR, FREE = "day", "week", "month", "year", "free"
#: In the order in which F8 goes through them.
SPANS: Final = ((DAY, N_("span|Day")), (WEEK, N_("span|Week")), (MONTH, N_("span|Month")), (YEAR, N_("span|Year")))


@dataclass(frozen=True)
class Period:
    """Business days from ``begins`` to ``ends``, both included. ``span`` says how it was chosen, and so how far it goes on."""

    span: str
    begins: date
    ends: date

    @classmethod
    def around(cls, span: str, day: date) -> Period:
        """The day, week (from Monday), month or year that ``day`` is in."""
        if span == WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(WEEK, monday, monday + timedelta(days=6))
        if span == MONTH:
            return cls(MONTH, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
        if span == YEAR:
            return cls(YEAR, date(day.year, 1, 1), date(day.year, 12, 31))
        return cls(DAY, day, day)

    def moved(self, by: int) -> Period:
        """The one before (-1) or after (1). Two free days go on by as many days as they hold."""
        if self.span == FREE:
            step = (self.ends - self.begins + timedelta(days=1)) * by
            return Period(FREE, self.begins + step, self.ends + step)
        edge = self.ends + timedelta(days=1) if by > 0 else self.begins - timedelta(days=1)
        return Period.around(self.span, edge)

    def widened(self) -> Period:
        """The next longer span around the same days; after the year the day of its end again."""
        spans = [span for span, _ in SPANS]
        place = spans.index(self.span) if self.span in spans else len(spans) - 1
        return Period.around(spans[(place + 1) % len(spans)], self.ends)

    def text(self) -> str:
        """``2026-11-01 – 2026-11-30``, or the one day."""
        return f"{self.begins}" if self.begins == self.ends else f"{self.begins} – {self.ends}"
