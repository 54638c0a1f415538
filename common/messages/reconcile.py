"""Holding our payments against what a channel says of a day, and clearing every difference.

The service fetches yesterday's statement of each channel by itself and clears what can be cleared without a person: money that a channel holds
and we do not goes back to its payer, unless the settlement that it belongs to is finished meanwhile. What the books say we have and the channel
denies is cleared by a person's finding alone. Differences with the insurance (party ``insurance``) stand in the same list.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.cashier import TenderKind
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class Finding(StrEnum):
    """What is wrong."""

    THEIRS_ONLY = "THEIRS_ONLY"  # the other side has carried it out, our books have not
    OURS_ONLY = "OURS_ONLY"
    AMOUNT = "AMOUNT"  # both have it, over different amounts


class Way(StrEnum):
    """How a difference is cleared."""

    OPEN = ""
    SETTLED = "SETTLED"  # the settlement that it belongs to was finished after all
    REFUND = "REFUND"  # the channel pays it back
    TAKEN_BACK = "TAKEN_BACK"  # the channel had taken it back by itself
    FOUND_LATER = "FOUND_LATER"  # it stood in the statement of a later day
    AGAIN = "AGAIN"  # the insurance has nothing of it: the bill may be refunded or settled again
    ACCEPTED = "ACCEPTED"  # a person answers for it, with a reason


class MovementAct(StrEnum):
    """A line of a statement. REVERSE takes the PAY of the same order back whole."""

    PAY = "PAY"
    REFUND = "REFUND"
    REVERSE = "REVERSE"


class Movement(Fact, frozen=True, kw_only=True):
    """A line of a statement. ``number`` is ours: the order's for PAY and REVERSE, the refund's for REFUND."""

    order: str
    act: MovementAct
    number: str
    amount_fen: int
    at: datetime
    channel_number: str


class DifferenceFacts(Fact, frozen=True, kw_only=True):
    """A difference. ``act`` is what the line is (PAY, REFUND; the insurance's own words there), ``number`` what the party knows it by.

    ``way`` REFUND without ``resolved_at``: the money is on its way back under ``refund_number``; ``trouble`` is what hindered it the last time,
    word for word. A REFUND that the channel refused has ``way`` OPEN again, and waits for a person.
    """

    id: int
    party: str
    day: date
    finding: Finding
    act: str
    order: str
    number: str
    ours_fen: int | None
    theirs_fen: int | None
    patient_id: int | None
    patient_name: str
    settlement_id: int | None
    found_at: datetime
    way: Way
    refund_number: str
    trouble: str
    resolution: str
    resolved_at: datetime | None
    resolved_by: str


class DifferenceList(Fact, frozen=True, kw_only=True):
    """Differences, oldest first. ``more``: the list was cut."""

    differences: tuple[DifferenceFacts, ...]
    more: bool


class ListDifferences(Query[DifferenceList], frozen=True, kw_only=True):
    """Differences with a party (a channel, ``insurance``; empty: all of them) since a day; ``open_only``: those that nothing has cleared yet."""

    permission = Permission.CASHIER_VIEW
    party: Annotated[str, Meta(max_length=20)] = ""
    open_only: bool = True
    since: date | None = None
    limit: Annotated[int, Meta(ge=1, le=2000)] = 500


class ResolveDifference(Command[DifferenceFacts], frozen=True, kw_only=True):
    """Clear a difference by a person's finding, with the reason.

    REFUND: the channel pays the order back (THEIRS_ONLY payments alone; done within moments, by the service). SETTLED: names the settlement,
    which must be DONE, that the money belongs to. ACCEPTED: the person answers for it. Other ways are found by the service alone. Raises
    ``FieldWrong`` for a way that does not fit, ``ChangedMeanwhile`` for a difference that was cleared before or is being paid back.
    """

    permission = Permission.CASHIER_APPROVE
    difference_id: int
    way: Way
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    settlement_id: int | None = None


class ReconciliationFacts(Fact, frozen=True, kw_only=True):
    """A channel's day. Not fetched yet (``fetched_at`` empty, or older than ``wanted_at``): ``trouble`` says why, if it was tried."""

    channel: TenderKind
    day: date
    wanted_at: datetime
    fetched_at: datetime | None
    trouble: str
    lines: int
    paid_fen: int
    back_fen: int
    differences: int
    open_differences: int


class ReconciliationList(Fact, frozen=True, kw_only=True):
    """Days by channel, latest first."""

    days: tuple[ReconciliationFacts, ...]


class ListReconciliations(Query[ReconciliationList], frozen=True, kw_only=True):
    """The days of all channels since a day."""

    permission = Permission.CASHIER_VIEW
    since: date


class RunChannelReconciliation(Command[ReconciliationFacts], frozen=True, kw_only=True):
    """Fetch a day's statement of a channel, once more if it was fetched before; the service does it within moments and tells by a change of topic
    ``difference``. Raises ``NotConnected``, and ``FieldWrong`` for a day to come."""

    permission = Permission.CASHIER_APPROVE
    channel: TenderKind
    day: date


# --- the service's own steps -------------------------------------------------------------------------------------------------------


class EnterStatement(Command[ReconciliationFacts], frozen=True, kw_only=True):
    """What a channel said of a day: kept, and held against our calls.

    ``margin_seconds``: clocks and replies may lie so far apart. What we sent less than that before the day's end, or before now, is looked for
    the next time.
    """

    permission = Permission.SERVICE
    channel: TenderKind
    day: date
    lines: tuple[Movement, ...]
    margin_seconds: Annotated[int, Meta(ge=0, le=3600)] = 900


class NoteStatementTrouble(Command[Done], frozen=True, kw_only=True):
    """A statement could not be had; it is tried again after a while."""

    permission = Permission.SERVICE
    channel: TenderKind
    day: date
    trouble: Annotated[str, Meta(max_length=300)]


class PayBack(Fact, frozen=True, kw_only=True):
    """Money that a channel is to be asked to pay back, whole."""

    difference_id: int
    order: str
    refund_number: str
    amount_fen: int


class PaymentsToReturn(Fact, frozen=True, kw_only=True):
    """What is to be paid back now."""

    back: tuple[PayBack, ...]


class TakeUpDifferences(Command[PaymentsToReturn], frozen=True, kw_only=True):
    """Look at a channel's open differences again: those whose settlement is finished meanwhile are cleared; those that nobody waits for are to be
    paid back, which is written down here before the channel is asked. ``refund_unknown``: also orders that our books do not hold."""

    permission = Permission.SERVICE
    channel: TenderKind
    refund_unknown: bool


class EndDifference(Command[Done], frozen=True, kw_only=True):
    """What the channel said to a repayment. ``way`` REFUND or TAKEN_BACK: cleared; OPEN: refused, a person must look; otherwise not known yet
    (``again``), and asked again after a while. ``trouble`` is the channel's own words."""

    permission = Permission.SERVICE
    difference_id: int
    way: Way
    again: bool = False
    trouble: Annotated[str, Meta(max_length=300)] = ""
