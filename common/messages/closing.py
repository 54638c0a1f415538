"""Shift and daily close 交班日结: float, blind count, hand-over, close, roll-up (DOMAIN.md §5.6).

A shift goes OPENED → COUNTED → SUBMITTED → ACCEPTED → CLOSED → ROLLED_UP. The first money that a person takes opens one; it belongs to the
clinic's day on which it was opened, its *business date*, also where it is closed after midnight. Money taken after the count falls into the
next shift.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.cashier import ReceiptFacts
from common.messages.close_sheet import DENOMINATIONS_FEN, CloseSheet, InOut, InsuranceSum, Pieces
from common.messages.settlement import BillHit
from common.permissions import Permission
from common.wire import Command, Fact, Query

Fen = Annotated[int, Meta(ge=0, le=10_000_000_000)]


class ShiftStanding(Fact, frozen=True, kw_only=True):
    """Where a shift stands. Until it is counted, nothing here tells the cash that the drawer should hold: the count is blind.

    ``tenders`` are net sums by tender from the ledger, without cash while the shift is OPENED. ``difference_fen`` is counted − expected: below
    zero short 短款, above over 长款. ``kept_fen`` stays as the float of the next shift. ``accepted_alone``: the clinic's rules let the cashier
    close without a second person, and so it was.
    """

    id: int
    cashier_id: int
    cashier: str
    opened_at: datetime
    business_date: date
    state: str
    float_fen: int
    bills: int
    refunds: int
    tenders: dict[str, int]
    counted: tuple[Pieces, ...] = ()
    loose_fen: int = 0
    counted_fen: int | None = None
    counted_at: datetime | None = None
    expected_fen: int | None = None
    difference_fen: int | None = None
    difference_reason: str = ""
    handed_in_fen: int | None = None
    kept_fen: int | None = None
    accepted_by: str = ""
    accepted_alone: bool = False


class MatterKind(StrEnum):
    """What is open: a settlement under way or unclear, a payment, or a call to the insurance that nobody answered."""

    SETTLEMENT = "settlement"
    PAYMENT = "payment"
    INSURANCE_CALL = "insurance_call"


class OpenMatter(Fact, frozen=True, kw_only=True):
    """Something that hinders a close. ``settlement_id`` (0: none) is what to look at (``GetSettlement``) and to try again
    (``RetrySettlement``); ``advice`` says what to do (an English source string)."""

    kind: MatterKind
    id: int
    settlement_id: int
    state: str
    what: str
    patient: str
    patient_number: str
    amount_fen: int
    cashier: str
    since: datetime
    advice: str


class OpenMatterList(Fact, frozen=True, kw_only=True):
    """What is open, oldest first."""

    matters: tuple[OpenMatter, ...]


class ListOpenMatters(Query[OpenMatterList], frozen=True, kw_only=True):
    """What hinders the close of one's own shifts; ``all``: of everybody's (for a holder of the roll-up)."""

    permission = Permission.CLOSING_SHIFT
    all: bool = False


class ClosingFacts(Fact, frozen=True, kw_only=True):
    """All that the desk shows at first. ``shifts`` are one's own that are not closed, oldest first; ``to_accept`` those of others that wait
    for somebody to take them over; ``next_float_fen`` is what one kept at the last close."""

    shifts: tuple[ShiftStanding, ...]
    to_accept: tuple[ShiftStanding, ...]
    matters: tuple[OpenMatter, ...]
    next_float_fen: int
    needs_acceptance: bool


class GetClosing(Query[ClosingFacts], frozen=True, kw_only=True):
    """One's shifts and what stands in the way of closing them."""

    permission = Permission.CLOSING_SHIFT


class OpenShift(Command[ShiftStanding], frozen=True, kw_only=True):
    """Open a shift with a float from the vault, or count the float into the one that the first money opened. ``FloatCounted`` if it has one."""

    permission = Permission.CLOSING_SHIFT
    float_fen: Fen


class CountShift(Command[ShiftStanding], frozen=True, kw_only=True):
    """The blind count of one's drawer; the reply is the first to tell the cash expected. ``loose_fen`` is what no denomination holds.

    A counted shift may be counted again (the count before stays in the audit trail). Money taken from now on falls into the next shift.
    """

    permission = Permission.CLOSING_SHIFT
    shift_id: int
    counts: Annotated[tuple[Pieces, ...], Meta(max_length=len(DENOMINATIONS_FEN))]
    loose_fen: Fen = 0


class StepBack(Command[ShiftStanding], frozen=True, kw_only=True):
    """One step back, of one's own shift: accepted → handed in → counted → open. Back to open the count is thrown away (the audit trail keeps
    it), which cannot be once money was taken after it (``NewerShift``)."""

    permission = Permission.CLOSING_SHIFT
    shift_id: int


class SubmitShift(Command[ShiftStanding], frozen=True, kw_only=True):
    """Hand the counted cash over 交班. ``handed_in_fen`` goes to the vault (left out: all of it), the rest stays as the next float.

    ``DifferenceUnexplained`` when the drawer is short or over and no reason is given; ``HandInTooHigh``.
    """

    permission = Permission.CLOSING_SHIFT
    shift_id: int
    difference_reason: Annotated[str, Meta(max_length=200)] = ""
    handed_in_fen: Fen | None = None


class AcceptShift(Command[ShiftStanding], frozen=True, kw_only=True):
    """Take over what another one handed in 接班, signed in at one's own desk; or at the cashier's desk with a second person's approval (act
    ``accept``, subject the shift). Raises ``SamePerson``, ``ApprovalNotValid``."""

    permission = Permission.CLOSING_SHIFT
    shift_id: int
    approval_id: int | None = None


# --- the close ---------------------------------------------------------------------------------------------------------------------


class CloseHit(Fact, frozen=True, kw_only=True):
    """A close in a list. ``can_reopen``: it is its cashier's latest, and its day is not rolled up."""

    id: int
    number: str
    shift_id: int
    business_date: date
    closed_at: datetime
    cashier_id: int
    cashier: str
    bills: int
    refunds: int
    net_fen: int
    counted_fen: int
    difference_fen: int
    handed_in_fen: int
    state: str
    can_reopen: bool
    reopened_at: datetime | None = None
    reopen_reason: str = ""


class CloseFacts(Fact, frozen=True, kw_only=True):
    """A close and its sheet. ``reopened_by`` and the rest speak of a close that was opened again; its sheet stays as it was."""

    close: CloseHit
    sheet: CloseSheet
    reopened_by: str = ""


class CloseShift(Command[CloseFacts], frozen=True, kw_only=True):
    """Daily close 日结 of one's own counted shift, in one act.

    Where the clinic's rules want no second person, the shift is handed in, accepted by the cashier alone (which is noted) and closed; else it has to
    be accepted (``AcceptanceNeeded``). Differences and hand-in as in :class:`SubmitShift`; what was handed in before stands. Raises
    ``OpenMatters``, ``CountMoved``, ``WrongState``.
    """

    permission = Permission.CLOSING_SHIFT
    shift_id: int
    difference_reason: Annotated[str, Meta(max_length=200)] = ""
    handed_in_fen: Fen | None = None


class ReopenClose(Command[ShiftStanding], frozen=True, kw_only=True):
    """Open one's latest close again, back to the count: it can be counted anew, explained anew and closed under a new number.

    A second person approves (act ``reopen``, subject the close). A manager who may approve needs nobody else for somebody else's close. Raises
    ``NotLatestClose``, ``AlreadyRolledUp``, ``ApprovalNeeded``, ``ApprovalNotValid``.
    """

    permission = Permission.CLOSING_SHIFT
    close_id: int
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    approval_id: int | None = None


class CloseList(Fact, frozen=True, kw_only=True):
    """Closes, newest first."""

    closes: tuple[CloseHit, ...]


class ListCloses(Query[CloseList], frozen=True, kw_only=True):
    """One's own closes; with the right to roll up, everybody's. ``business_date``: of that day alone."""

    permission = Permission.CLOSING_SHIFT
    business_date: date | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class GetClose(Query[CloseFacts], frozen=True, kw_only=True):
    """One close. Another one's is shown only to who may roll up."""

    permission = Permission.CLOSING_SHIFT
    close_id: int


class ShiftBills(Fact, frozen=True, kw_only=True):
    """The bills and refunds of a shift, newest first. ``more``: the list was cut."""

    bills: tuple[BillHit, ...]
    more: bool


class ListShiftBills(Query[ShiftBills], frozen=True, kw_only=True):
    """What a shift's figures are made of. Another one's shift is shown only to who may roll up."""

    permission = Permission.CLOSING_SHIFT
    shift_id: int
    limit: Annotated[int, Meta(ge=1, le=5000)] = 1000


class GetShiftReceipt(Query[ReceiptFacts], frozen=True, kw_only=True):
    """The receipt of a bill in a list of :class:`ListShiftBills`, for whoever may see that shift."""

    permission = Permission.CLOSING_SHIFT
    bill_id: int


# --- the roll-up -------------------------------------------------------------------------------------------------------------------


class DayStanding(Fact, frozen=True, kw_only=True):
    """A business day that is not rolled up: its closes, and whose shifts are not closed."""

    business_date: date
    closes: int
    net_fen: int
    handed_in_fen: int
    difference_fen: int
    not_closed: tuple[str, ...]


class RollUpFacts(Fact, frozen=True, kw_only=True):
    """日结汇总: all closes of a business day, summed and reconciled to the ledger. ``accounts`` are the ledger's own sums; the other headings are
    those of :class:`common.messages.close_sheet.CloseSheet`."""

    id: int
    number: str
    clinic: str
    business_date: date
    at: datetime
    staff: str
    closes: tuple[CloseHit, ...]
    bills: int
    bills_fen: int
    refunds: int
    refunds_fen: int
    reissued: int = 0
    categories: tuple[InOut, ...]
    tenders: tuple[InOut, ...]
    insurance: tuple[InsuranceSum, ...]
    deposits: InOut
    collected_fen: int
    waived_fen: int
    rounding_fen: int
    expenses_fen: int
    expected_fen: int
    counted_fen: int
    difference_fen: int
    handed_in_fen: int
    kept_fen: int
    accounts: dict[str, int]


class RollUpList(Fact, frozen=True, kw_only=True):
    """``days`` that are still to roll up, and earlier roll-ups, newest first."""

    days: tuple[DayStanding, ...]
    roll_ups: tuple[RollUpFacts, ...]


class ListRollUps(Query[RollUpList], frozen=True, kw_only=True):
    """What was rolled up and what is to be."""

    permission = Permission.CLOSING_ROLL_UP
    limit: Annotated[int, Meta(ge=1, le=100)] = 31


class RollUpDay(Command[RollUpFacts], frozen=True, kw_only=True):
    """Add up the closes of a business day and compare them with the ledger; from then on nothing of that day can be reopened.

    A shift that is opened later on that same date counts for the next day. Raises ``ShiftsNotClosed``, ``NothingToRollUp``, ``AlreadyRolledUp``,
    ``DoesNotReconcile``.
    """

    permission = Permission.CLOSING_ROLL_UP
    business_date: date
