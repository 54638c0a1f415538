"""The clinic's time. A training service may move it forward; sessions and locks always go by the real one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from common.errors import OnlyInTraining


class Clock:
    """Now and today as the clinic sees them, in its time zone."""

    def __init__(self, zone: str = "Asia/Shanghai", *, training: bool = False) -> None:
        self.zone = ZoneInfo(zone)
        self.training = training
        self._set_to: datetime | None = None

    def wall(self) -> datetime:
        """The real time."""
        return datetime.now(self.zone)

    def now(self) -> datetime:
        """The clinic's time. One that was set stands still but for a microsecond a call, so that the order of events stays visible."""
        if self._set_to is None:
            return self.wall()
        self._set_to += timedelta(microseconds=1)
        return self._set_to

    def today(self, now: datetime) -> date:
        """The clinic's day at ``now``."""
        return now.date()

    def set(self, now: datetime) -> None:
        """Move the clock of a training service. Raises ``OnlyInTraining`` elsewhere."""
        if not self.training:
            raise OnlyInTraining
        self._set_to = now.astimezone(self.zone)
