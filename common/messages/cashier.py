"""Cashier 收费: what a patient owes, settling it, and the receipt."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Fact, Query


class TenderKind(StrEnum):
    """What a person pays with. Later kinds are added here and in the ledger's accounts."""

    CASH = "cash"
    CARD = "card"
    WECHAT = "wechat"
    ALIPAY = "alipay"


class Tender(Fact, frozen=True, kw_only=True):
    """One means of payment. ``amount_fen`` is what it covers of the bill; ``given_fen`` (cash only) is what was handed over."""

    kind: TenderKind
    amount_fen: Annotated[int, Meta(ge=1)]
    given_fen: Annotated[int, Meta(ge=0)] = 0
    reference: Annotated[str, Meta(max_length=64)] = ""


class ChargeFacts(Fact, frozen=True, kw_only=True):
    """One line that a patient owes. ``category`` is the receipt's fee category (DOMAIN.md §5.1)."""

    id: int
    visit_id: int
    visit_number: str
    source: str
    source_number: str
    category: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_fen: int
    department: str
    doctor: str
    since: datetime
    state: str


class Unpaid(Fact, frozen=True, kw_only=True):
    """Everything a patient owes, and what he will owe once the pharmacist has reviewed it."""

    patient_id: int
    lines: tuple[ChargeFacts, ...]
    total_fen: int
    in_review: int


class GetUnpaid(Query[Unpaid], frozen=True, kw_only=True):
    """A patient's unpaid lines, oldest first."""

    permission = Permission.CASHIER_VIEW
    patient_id: int


class Debtor(Fact, frozen=True, kw_only=True):
    """A patient with unpaid lines."""

    patient_id: int
    patient_number: str
    name: str
    total_fen: int
    lines: int
    since: datetime


class DebtorList(Fact, frozen=True, kw_only=True):
    """Who is to pay today, longest waiting first."""

    debtors: tuple[Debtor, ...]


class ListDebtors(Query[DebtorList], frozen=True, kw_only=True):
    """Today's patients with something to pay."""

    permission = Permission.CASHIER_VIEW
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class ReceiptLine(Fact, frozen=True, kw_only=True):
    """One line of a receipt. Amounts of a refund are negative."""

    category: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    amount_fen: int


class ReceiptFacts(Fact, frozen=True, kw_only=True):
    """Everything that stands on a receipt, as it was at issue."""

    clinic: str
    bill_id: int
    bill_number: str
    invoice_number: str
    patient_number: str
    patient_name: str
    sex: str
    visit_number: str
    date: date
    issued_at: datetime
    cashier: str
    lines: tuple[ReceiptLine, ...]
    total_fen: int
    tenders: tuple[Tender, ...]
    change_fen: int
    refund_of: str = ""


class Settled(Fact, frozen=True, kw_only=True):
    """The bill is paid. ``left_fen`` is what the patient still owes."""

    bill_id: int
    bill_number: str
    invoice_number: str
    total_fen: int
    change_fen: int
    left_fen: int
    receipt: ReceiptFacts


class Settle(Command[Settled], frozen=True, kw_only=True):
    """Settle lines of one patient with one or more tenders.

    ``expected_fen`` is the amount that the cashier saw (``AmountChanged`` otherwise). The tenders' amounts sum to it exactly; only cash
    may be given in excess (``TendersDoNotCover``). Lines that are not to pay any more: ``NothingToSettle``.
    """

    permission = Permission.CASHIER_SETTLE
    patient_id: int
    line_ids: Annotated[tuple[int, ...], Meta(min_length=1, max_length=500)]
    expected_fen: Annotated[int, Meta(ge=0)]
    tenders: tuple[Tender, ...]


class GetReceipt(Query[ReceiptFacts], frozen=True, kw_only=True):
    """A bill's receipt as it was at issue, to print it again."""

    permission = Permission.CASHIER_VIEW
    bill_id: int


class ShiftFacts(Fact, frozen=True, kw_only=True):
    """The cashier's open shift: what the drawer should hold, and the day's counts."""

    id: int
    opened_at: datetime
    state: str
    bills: int
    refunds: int
    cash_fen: int
    by_tender: dict[str, int]


class GetShift(Query[ShiftFacts | None], frozen=True, kw_only=True):
    """One's own open shift; none before the first money of the day."""

    permission = Permission.CASHIER_VIEW
