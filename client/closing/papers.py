"""Paper of the desk, made of the facts that the service replied with. It speaks the clinic's language, whatever the screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from printing.documents.base import Copy
from printing.documents.daily_close import DailyClose
from printing.documents.roll_up import RollUp
from printing.documents.shift_slip import ShiftSlip

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from common.messages.closing import CloseFacts, RollUpFacts, ShiftStanding


def daily_close(facts: CloseFacts, by: str, now: datetime) -> DailyClose:
    """日结单 of a close; its times are the clinic's."""
    zone = now.tzinfo
    sheet = msgspec.structs.replace(
        facts.sheet, opened_at=facts.sheet.opened_at.astimezone(zone), closed_at=facts.sheet.closed_at.astimezone(zone)
    )
    reopened = facts.close.reopen_reason if facts.close.reopened_at is not None else ""
    return DailyClose(clinic=sheet.clinic, copy=Copy(at=now, by=by), sheet=sheet, reopened=reopened)


def roll_up(facts: RollUpFacts, by: str, now: datetime) -> RollUp:
    """日结汇总 of a day; its times are the clinic's."""
    local = msgspec.structs.replace(facts, at=facts.at.astimezone(now.tzinfo))
    return RollUp(clinic=facts.clinic, copy=Copy(at=now, by=by), facts=local)


def shift_slip(shift: ShiftStanding, clinic: str, by: str, now: datetime) -> ShiftSlip:
    """交班单 of a shift that is counted; with a difference the short/over note as well."""
    zone = now.tzinfo
    local = msgspec.structs.replace(shift, opened_at=shift.opened_at.astimezone(zone), counted_at=_local(shift.counted_at, zone))
    return ShiftSlip(clinic=clinic, copy=Copy(at=now, by=by), shift=local)


def _local(moment: datetime | None, zone: tzinfo | None) -> datetime | None:
    return moment.astimezone(zone) if moment is not None else None
