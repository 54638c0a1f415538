"""Cashier 收费: what a patient owes, settling it, and the receipt."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Fact, Query


class TenderKind(StrEnum):
    """What a bill is paid with (DOMAIN.md §5.3). Each has its account ``tender:<kind>`` in the ledger."""

    CASH = "cash"
    CARD = "card"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    UNIONPAY = "unionpay"
    ECNY = "ecny"
    DEPOSIT = "deposit"
    CREDIT = "credit"  # a company pays at the month's end 挂账
    GREEN = "green"  # treat first, pay later 绿色通道
    WAIVER = "waiver"
    BANK = "bank"  # a transfer, for what companies pay back
    FUND = "fund"  # the four shares of an insurance settlement; never typed, always as the bureau returned them
    ACCOUNT = "account"
    MUTUAL_AID = "mutual_aid"
    HOSPITAL = "hospital"


#: What a channel collects by the code on the patient's telephone, and pays back by its own order number.
CHANNELS: Final = frozenset({TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.UNIONPAY, TenderKind.ECNY})
#: What the insurance pays; only an insurance settlement brings these.
INSURANCE: Final = frozenset({TenderKind.FUND, TenderKind.ACCOUNT, TenderKind.MUTUAL_AID, TenderKind.HOSPITAL})


class Tender(Fact, frozen=True, kw_only=True):
    """One means of payment. ``amount_fen`` is what it covers of the bill; ``given_fen`` (cash only) is what was handed over.

    ``reference``: a card slip's number; the reason of a waiver. ``code``: the payment code that was scanned (wechat, alipay, unionpay,
    ecny); it lives a minute, goes to the channel, and is stored nowhere. ``account_id``: the credit account of credit.
    """

    kind: TenderKind
    amount_fen: Annotated[int, Meta(ge=1)]
    given_fen: Annotated[int, Meta(ge=0)] = 0
    reference: Annotated[str, Meta(max_length=64)] = ""
    code: Annotated[str, Meta(max_length=32)] = ""
    account_id: int = 0


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


class InsuranceShare(Fact, frozen=True, kw_only=True):
    """What an insurance settlement came to, for paper and screen (DOMAIN.md §1.9, §5.1). ``cash_fen`` is ``psn_cash_pay`` as returned.

    ``own_scope_fen`` 个人自付 is the part in scope that the person pays, ``own_out_fen`` 个人自费 the part out of scope.
    """

    psn_no: str
    insutype: str
    insutype_name: str
    total_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    hospital_fen: int
    cash_fen: int
    own_scope_fen: int
    own_out_fen: int
    balance_fen: int
    setl_id: str = ""
    mdtrt_id: str = ""


class ReceiptFacts(Fact, frozen=True, kw_only=True):
    """Everything that stands on a receipt, as it was at issue.

    ``rounding_fen`` is the cash rounding 舍入差额, a line of its own; ``total_fen`` is the sum of the lines and of it. ``refund_of`` is the bill
    number of the sale that this takes back, ``rest_of`` of the sale whose remaining lines this charges anew after a partial refund; the numbers
    of their invoices, as they stand on the patient's paper, are beside them (empty on receipts of before they were kept).
    ``deposit_left_fen`` is what the deposit holds after this sale took its part out of it; ``None`` where it took none.
    """

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
    refund_of_invoice: str = ""
    rounding_fen: int = 0
    rest_of: str = ""
    rest_of_invoice: str = ""
    insurance: InsuranceShare | None = None
    deposit_left_fen: int | None = None


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
    """Settle lines of one patient with what lies on the counter or in the clinic's own books: one transaction, no call outside.

    Codes of payment channels and the insurance need :class:`common.messages.settlement.BeginSettlement`.

    ``expected_fen`` is what the lines come to, as the cashier saw it (``AmountChanged`` otherwise). The tenders' amounts sum to it exactly,
    its cash part rounded by the clinic's rule; only cash may be given in excess (``TendersDoNotCover``). Lines that are not to pay any
    more: ``NothingToSettle``; that another window settles now: ``LinesHeld``. ``approval_id``: a second person's yes to a waiver.
    """

    permission = Permission.CASHIER_SETTLE
    patient_id: int
    line_ids: Annotated[tuple[int, ...], Meta(min_length=1, max_length=500)]
    expected_fen: Annotated[int, Meta(ge=0)]
    tenders: tuple[Tender, ...]
    approval_id: int | None = None


class GetReceipt(Query[ReceiptFacts], frozen=True, kw_only=True):
    """A bill's receipt as it was at issue, to print it again."""

    permission = Permission.CASHIER_VIEW
    bill_id: int


class ShiftFacts(Fact, frozen=True, kw_only=True):
    """The cashier's open shift. ``by_tender``: net sums from the ledger, with deposits, collections and refunds, but for cash:
    what the drawer should hold is told only after the blind count (:class:`common.messages.closing.CountShift`)."""

    id: int
    opened_at: datetime
    state: str
    bills: int
    refunds: int
    by_tender: dict[str, int]
    float_fen: int = 0


class GetShift(Query[ShiftFacts | None], frozen=True, kw_only=True):
    """One's own open shift; none before the first money of the day."""

    permission = Permission.CASHIER_VIEW
