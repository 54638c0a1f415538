"""Invoices 票据: number segments, reprints, spoiled papers, gaps (WORKFLOWS.md §1, Invoice).

Where the clinic uses preprinted paper, each person who takes money is handed a *segment* of its numbers, and every bill takes the next number of
the ACTIVE one. A number is never used twice, and a number that no invoice bears has a reason.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.cashier import ReceiptFacts
from common.permissions import Permission
from common.wire import Command, Fact, Query

Digits = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]
Reason = Annotated[str, Meta(min_length=2, max_length=200)]


class SegmentState(StrEnum):
    """ACTIVE is the one that is being used; at most one of each person. WAITING follows it; RETURNED was handed back before its end."""

    ACTIVE = "ACTIVE"
    WAITING = "WAITING"
    USED_UP = "USED_UP"
    RETURNED = "RETURNED"


class SegmentFacts(Fact, frozen=True, kw_only=True):
    """A run of numbers, written as they stand on the paper. ``next`` is empty when none is left.

    ``used`` numbers bear an invoice, ``voided`` of them on spoiled paper; ``spoiled`` ones were made void unused; ``left`` can still be used.
    """

    id: int
    cashier_id: int
    cashier: str
    first: str
    last: str
    next: str
    state: SegmentState
    used: int
    voided: int
    spoiled: int
    left: int
    given_at: datetime
    given_by: str
    returned_from: str
    returned_at: datetime | None
    note: str


class Holder(Fact, frozen=True, kw_only=True):
    """Somebody who takes money and may be given a segment. ``left``: how many unused numbers the person holds."""

    staff_id: int
    login: str
    name: str
    left: int


class SegmentList(Fact, frozen=True, kw_only=True):
    """Segments, those in use first. ``in_use``: whether bills take their numbers from them (the clinic's rule)."""

    segments: tuple[SegmentFacts, ...]
    holders: tuple[Holder, ...]
    in_use: bool


class ListSegments(Query[SegmentList], frozen=True, kw_only=True):
    """Segments of one person or of all; without ``ended`` only those of which something is left."""

    permission = Permission.CASHIER_VIEW
    cashier_id: int | None = None
    ended: bool = False


class GiveSegment(Command[SegmentFacts], frozen=True, kw_only=True):
    """Hand somebody the numbers ``prefix + first`` to ``prefix + last``, as they stand on the paper: ``first`` and ``last`` have equally many
    digits. It is ACTIVE at once if the person has none in use, else WAITING.

    Raises ``FieldWrong`` (more than 100,000 numbers; ten digits without anything before them are the running series' own), ``SegmentOverlaps``.
    """

    permission = Permission.INVOICE_GIVE
    cashier_id: int
    prefix: Annotated[str, Meta(pattern=r"^[A-Z0-9-]{0,14}$")] = ""
    first: Digits
    last: Digits
    note: Annotated[str, Meta(max_length=200)] = ""


class ReturnSegment(Command[SegmentFacts], frozen=True, kw_only=True):
    """Take a segment back. Its unused numbers are one explained gap, and may be given to somebody else."""

    permission = Permission.INVOICE_GIVE
    segment_id: int
    reason: Reason


class VoidNumber(Command[SegmentFacts], frozen=True, kw_only=True):
    """The unused paper with this number, of one's own segment, is spoiled: no bill will take it. Raises ``NotYourNumber``."""

    permission = Permission.INVOICE_USE
    number: Annotated[str, Meta(max_length=32)]
    reason: Reason


class InvoiceFacts(Fact, frozen=True, kw_only=True):
    """An invoice in a list. ``state`` as in :data:`common.domain.states.INVOICE`; ``reverses`` and ``reversed_by`` are the numbers of the
    invoices of the other colour; ``einvoice`` is the state of its electronic one, empty if there is none."""

    id: int
    number: str
    state: str
    amount_fen: int
    issued_at: datetime
    issued_by: str
    bill_id: int
    bill_number: str
    patient_id: int
    patient_number: str
    patient_name: str
    prints: int
    reverses: str = ""
    reversed_by: str = ""
    void_reason: str = ""
    voided_by: str = ""
    einvoice: str = ""


class InvoiceList(Fact, frozen=True, kw_only=True):
    """Invoices, newest first. ``more``: the list was cut; the counts and the sum are those of all that fit."""

    invoices: tuple[InvoiceFacts, ...]
    more: bool
    count: int
    total_fen: int


class ListInvoices(Query[InvoiceList], frozen=True, kw_only=True):
    """Invoices of the days ``first_day`` to ``last_day`` (at most 400). ``text``: the whole number of an invoice, a bill or a patient, or the
    beginning of a name, its pinyin or its initials (two letters at least); with a text the days do not matter."""

    permission = Permission.CASHIER_VIEW
    first_day: date
    last_day: date
    cashier_id: int | None = None
    state: Annotated[str, Meta(max_length=20)] = ""
    text: Annotated[str, Meta(max_length=60)] = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 300


class InvoiceCopy(Fact, frozen=True, kw_only=True):
    """A paper of an invoice. ``copy`` 1 is the original, 2 the first reprint (补打 1). ``refund_reason``: why the bill took money back;
    ``rest``: after a partial refund, the receipt over what was charged anew with it."""

    invoice_id: int
    receipt: ReceiptFacts
    copy: int
    at: datetime
    by: str
    refund_reason: str = ""
    approver: str = ""
    einvoice_url: str = ""
    rest: ReceiptFacts | None = None


class ReprintInvoice(Command[InvoiceCopy], frozen=True, kw_only=True):
    """Print the standing invoice of a bill again. The service counts the copies: which, who and when stand on the paper."""

    permission = Permission.INVOICE_USE
    bill_id: int
    reason: Annotated[str, Meta(max_length=200)] = ""


class InvoiceReissued(Fact, frozen=True, kw_only=True):
    """A spoiled invoice was voided, and the same bill has another."""

    voided: str
    paper: InvoiceCopy


class VoidInvoice(Command[InvoiceReissued], frozen=True, kw_only=True):
    """The paper of an invoice is spoiled: its number is VOIDED and the bill gets a new one in the same act 作废重开, from the acting person's
    segment. The money is not touched; the electronic invoice goes with the new number. Raises ``WrongState``, ``NoInvoiceSegment``."""

    permission = Permission.INVOICE_USE
    invoice_id: int
    reason: Reason


class GapKind(StrEnum):
    """Why a run of numbers bears no invoice. UNEXPLAINED should not be there: somebody has to find out."""

    UNEXPLAINED = "UNEXPLAINED"
    SPOILED = "SPOILED"
    RETURNED = "RETURNED"
    EXPLAINED = "EXPLAINED"


class NumberGap(Fact, frozen=True, kw_only=True):
    """Numbers that no invoice bears. ``holder`` is empty in the running series."""

    first: str
    last: str
    count: int
    kind: GapKind
    holder: str
    reason: str
    by: str = ""
    at: datetime | None = None


class GapReport(Fact, frozen=True, kw_only=True):
    """All gaps, unexplained ones first. ``used``, ``voided``: how many invoices bear a number of the series that were looked through."""

    gaps: tuple[NumberGap, ...]
    used: int
    voided: int
    unexplained: int


class ReportGaps(Query[GapReport], frozen=True, kw_only=True):
    """Every number between the first and the last used of each segment and of the running series that no invoice bears, and why."""

    permission = Permission.CASHIER_VIEW
    cashier_id: int | None = None
