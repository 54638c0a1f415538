"""Electronic invoices 电子票据: the queue to the platform (DOMAIN.md §5.4).

An e-invoice is entered together with its invoice and sent afterwards, so that a broken line delays nobody at the counter. PENDING and UNKNOWN
ones are sent or asked about again by the service, with growing pauses; what the platform REFUSED (FAILED) waits for a person.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.messages.cashier import InsuranceShare
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class EInvoiceFacts(Fact, frozen=True, kw_only=True):
    """An e-invoice in the queue or out of it. ``kind`` BLUE or RED (冲红); ``error`` is what the platform or the line said last;
    ``waits_for`` is the serial of the blue one that a red one has to wait for."""

    id: int
    invoice_number: str
    bill_id: int
    patient_name: str
    amount_fen: int
    kind: str
    platform: str
    serial: str
    state: str
    code: str
    number: str
    check_code: str
    url: str
    tries: int
    next_try_at: datetime
    error: str
    entered_at: datetime
    issued_at: datetime | None
    waits_for: str = ""


class EInvoiceQueue(Fact, frozen=True, kw_only=True):
    """The queue: refused ones first, then the oldest. ``waiting`` and ``failed`` count all, shown or not."""

    einvoices: tuple[EInvoiceFacts, ...]
    waiting: int
    failed: int
    oldest: datetime | None
    more: bool


class ListEInvoices(Query[EInvoiceQueue], frozen=True, kw_only=True):
    """What waits for the platform or was refused by it; with ``issued`` also the newest that are done."""

    permission = Permission.CASHIER_VIEW
    issued: bool = False
    limit: Annotated[int, Meta(ge=1, le=1000)] = 300


class RetryEInvoice(Command[Done], frozen=True, kw_only=True):
    """Send one now instead of when its turn comes; one that was refused is put together anew first. ``WrongState`` once it is ISSUED."""

    permission = Permission.INVOICE_USE
    einvoice_id: int


# --- the service's own work ----------------------------------------------------------------------------------------------------------


class EInvoiceLine(Fact, frozen=True, kw_only=True):
    """One item. ``amount_fen`` is not negative, also in a red one; only that of cash rounding may be."""

    category: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    amount_fen: int


class IssuedBefore(Fact, frozen=True, kw_only=True):
    """The blue e-invoice that a red one takes back, as the platform named it."""

    serial: str
    code: str
    number: str
    issued_at: datetime


class EInvoiceDocument(Fact, frozen=True, kw_only=True):
    """What the platform is asked to issue; kept as it was sent. ``serial`` is ours and unique for ever: a platform issues it once.

    Amounts are positive in both colours. ``original`` is there in a red one alone, with ``reason``.
    """

    serial: str
    clinic: str
    invoice_number: str
    visit_number: str
    patient_number: str
    payer: str
    sex: str
    cashier: str
    at: datetime
    total_fen: int
    lines: tuple[EInvoiceLine, ...]
    insurance: InsuranceShare | None = None
    original: IssuedBefore | None = None
    reason: str = ""


class ClaimedEInvoice(Fact, frozen=True, kw_only=True):
    """One to be sent now by who claimed it. ``perhaps_sent``: the platform may have it already, so it is asked first. ``turn`` grows with
    every claim: an answer to an earlier one is not taken."""

    id: int
    turn: int
    platform: str
    perhaps_sent: bool
    document: EInvoiceDocument


class Claim(Fact, frozen=True, kw_only=True):
    """What was claimed, if anything was due."""

    einvoice: ClaimedEInvoice | None


class ClaimEInvoice(Command[Claim], frozen=True, kw_only=True):
    """Take the next one that is due on one of ``platforms``; nobody else takes it for ``lease_seconds``. Committed before a byte is sent."""

    permission = Permission.SERVICE
    platforms: Annotated[tuple[str, ...], Meta(max_length=2)]
    lease_seconds: Annotated[int, Meta(ge=10, le=3600)] = 120


class RecordEInvoice(Command[Done], frozen=True, kw_only=True):
    """What became of one that was claimed: ``state`` ISSUED with the platform's numbers, FAILED or UNKNOWN with ``error``; PENDING when the
    platform could not be reached, which leaves the state as it was."""

    permission = Permission.SERVICE
    einvoice_id: int
    turn: int
    state: Annotated[str, Meta(pattern="^(ISSUED|FAILED|UNKNOWN|PENDING)$")]
    code: Annotated[str, Meta(max_length=40)] = ""
    number: Annotated[str, Meta(max_length=40)] = ""
    check_code: Annotated[str, Meta(max_length=40)] = ""
    url: Annotated[str, Meta(max_length=2000)] = ""
    issued_at: datetime | None = None
    error: Annotated[str, Meta(max_length=500)] = ""
