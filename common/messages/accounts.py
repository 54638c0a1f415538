"""Money that stands in accounts: deposits 预交金 of patients, credit 挂账 of companies, the green channel 绿色通道."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.domain.money import MAX_FEN
from common.messages.cashier import Tender, TenderKind
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

Amount = Annotated[int, Meta(ge=1, le=MAX_FEN)]
Reason = Annotated[str, Meta(min_length=2, max_length=200)]


class AccountReceipt(Fact, frozen=True, kw_only=True):
    """What the paper says of money that pays no bill. ``kind``: DEPOSIT, DEPOSIT_BACK, COLLECT or COLLECT_BACK.

    ``payer`` is a patient or a company; ``patient_number`` is empty for a company. ``balance_fen`` is what stands in the account afterwards:
    of a deposit what the patient has left, of credit what is still owed.
    """

    kind: str
    number: str
    clinic: str
    payer: str
    patient_number: str
    date: date
    issued_at: datetime
    cashier: str
    amount_fen: int
    tenders: tuple[Tender, ...]
    change_fen: int
    balance_fen: int
    reason: str = ""


class AccountMoved(Fact, frozen=True, kw_only=True):
    """Money went into an account or out of it."""

    entry_id: int
    balance_fen: int
    change_fen: int
    receipt: AccountReceipt


class GetAccountReceipt(Query[AccountReceipt], frozen=True, kw_only=True):
    """A receipt as it was at issue, by its number, to print it again."""

    permission = Permission.CASHIER_VIEW
    number: Annotated[str, Meta(max_length=30)]


# --- deposits ----------------------------------------------------------------------------------------------------------------------


class DepositEntry(Fact, frozen=True, kw_only=True):
    """One movement. ``kind``: TOP_UP, SPEND, SPEND_BACK or PAY_OUT; ``amount_fen`` is negative for what went out."""

    id: int
    kind: str
    amount_fen: int
    balance_fen: int
    number: str
    bill_id: int | None
    bill_number: str
    staff: str
    at: datetime


class CardTopUp(Fact, frozen=True, kw_only=True):
    """A topping-up by card, transfer or payment code of which something can still go back that way, newest first."""

    payment_id: int
    tender: TenderKind
    reference: str
    amount_fen: int
    left_fen: int
    at: datetime


class Deposit(Fact, frozen=True, kw_only=True):
    """A patient's deposit, entries newest first. ``more``: the list was cut. ``going_fen`` of the balance is being paid out at this moment and
    cannot be spent."""

    patient_id: int
    patient_number: str
    patient_name: str
    balance_fen: int
    entries: tuple[DepositEntry, ...]
    more: bool
    cards: tuple[CardTopUp, ...]
    going_fen: int = 0


class GetDeposit(Query[Deposit], frozen=True, kw_only=True):
    """A patient's deposit; one without any has a balance of nothing."""

    permission = Permission.CASHIER_VIEW
    patient_id: int
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class TopUpDeposit(Command[AccountMoved], frozen=True, kw_only=True):
    """Take money into a deposit by cash, card or transfer; the tenders sum to ``amount_fen``. Payment codes: :class:`BeginTopUp`.

    Raises ``TendersDoNotCover``, ``TenderNotAllowed``.
    """

    permission = Permission.CASHIER_SETTLE
    patient_id: int
    amount_fen: Amount
    tenders: Annotated[tuple[Tender, ...], Meta(min_length=1, max_length=10)]


class PayOutDeposit(Command[AccountMoved], frozen=True, kw_only=True):
    """Pay a deposit out: in cash, or back to the card of an earlier topping-up (``payment_id``, with the new slip's ``reference``).

    Above the clinic's limit a second person has to agree (act ``pay_out``); and to cash for what could go back through a payment channel
    (:class:`BeginPayOut` does that). Raises ``NotEnoughDeposit``, ``TenderNotAllowed``, ``ApprovalNeeded``.
    """

    permission = Permission.CASHIER_REFUND
    patient_id: int
    amount_fen: Amount
    reason: Reason
    payment_id: int | None = None
    reference: Annotated[str, Meta(max_length=64)] = ""
    approval_id: int | None = None


# --- credit ------------------------------------------------------------------------------------------------------------------------


class CreditKind(StrEnum):
    """Who owes: a company for its people, or a patient on the green channel."""

    COMPANY = "COMPANY"
    GREEN = "GREEN"


class CreditAccount(Fact, frozen=True, kw_only=True):
    """An account that may owe up to ``limit_fen``. ``balance_fen`` is what it owes, below zero what it has paid too much.

    ``name``: the company, or the patient. ``due_on``: until when a green channel is to be paid; ``overdue``: that has passed.
    """

    id: int
    kind: CreditKind
    name: str
    patient_id: int | None
    patient_number: str
    limit_fen: int
    balance_fen: int
    due_on: date | None
    overdue: bool
    contact: str
    note: str
    active: bool
    members: int


class CreditAccountList(Fact, frozen=True, kw_only=True):
    """Credit accounts: those that owe most first."""

    accounts: tuple[CreditAccount, ...]


class ListCreditAccounts(Query[CreditAccountList], frozen=True, kw_only=True):
    """The credit accounts whose name holds ``text``; closed ones only if asked for or if they still owe."""

    permission = Permission.CASHIER_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    kind: CreditKind | None = None
    closed: bool = False


class CreditMember(Fact, frozen=True, kw_only=True):
    """Somebody whose bills a company pays."""

    patient_id: int
    patient_number: str
    name: str
    since: datetime
    until: datetime | None


class CreditEntry(Fact, frozen=True, kw_only=True):
    """One movement. ``kind``: CHARGE, CHARGE_BACK, COLLECT or PAY_BACK; ``amount_fen`` is what it added to what is owed."""

    id: int
    kind: str
    amount_fen: int
    balance_fen: int
    patient_number: str
    patient_name: str
    bill_id: int | None
    bill_number: str
    number: str
    staff: str
    business_date: date
    at: datetime


class Ageing(Fact, frozen=True, kw_only=True):
    """How old what is owed is, in days. What was paid is taken to have paid the oldest."""

    up_to_30_fen: int
    up_to_60_fen: int
    up_to_90_fen: int
    older_fen: int


class CreditAccountFacts(Fact, frozen=True, kw_only=True):
    """A credit account with its members, and its entries newest first. ``more``: the list was cut."""

    account: CreditAccount
    members: tuple[CreditMember, ...]
    entries: tuple[CreditEntry, ...]
    more: bool
    ageing: Ageing


class GetCreditAccount(Query[CreditAccountFacts], frozen=True, kw_only=True):
    """One credit account."""

    permission = Permission.CASHIER_VIEW
    account_id: int
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class OpenCreditAccount(Command[CreditAccount], frozen=True, kw_only=True):
    """Let a company owe for its people. Raises ``AlreadyExists``."""

    permission = Permission.CREDIT_MANAGE
    name: Annotated[str, Meta(min_length=2, max_length=60)]
    limit_fen: Annotated[int, Meta(ge=0, le=MAX_FEN)]
    contact: Annotated[str, Meta(max_length=100)] = ""
    note: Annotated[str, Meta(max_length=200)] = ""


class CorrectCreditAccount(Command[CreditAccount], frozen=True, kw_only=True):
    """Change what an account may do. A limit below what it owes is refused (``FieldWrong``); to let it owe no more, close it."""

    permission = Permission.CREDIT_MANAGE
    account_id: int
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    limit_fen: Annotated[int, Meta(ge=0, le=MAX_FEN)]
    active: bool
    due_on: date | None = None
    contact: Annotated[str, Meta(max_length=100)] = ""
    note: Annotated[str, Meta(max_length=200)] = ""


class AddCreditMember(Command[Done], frozen=True, kw_only=True):
    """From now on the company may pay for this patient. Raises ``AlreadyExists``."""

    permission = Permission.CREDIT_MANAGE
    account_id: int
    patient_id: int


class EndCreditMember(Command[Done], frozen=True, kw_only=True):
    """From now on the company does not pay for this patient any more."""

    permission = Permission.CREDIT_MANAGE
    account_id: int
    patient_id: int


class OpenGreenChannel(Command[CreditAccount], frozen=True, kw_only=True):
    """Treat first, pay later: let a patient owe up to ``limit_fen``, to be paid within the clinic's days.

    By whoever keeps the credit accounts, or with their approval (act ``green``, subject the patient). It closes when it is paid in full.
    """

    permission = Permission.CASHIER_VIEW
    patient_id: int
    limit_fen: Amount
    reason: Reason
    approval_id: int | None = None


class CollectCredit(Command[AccountMoved], frozen=True, kw_only=True):
    """Take what an account owes, or a part of it, by cash, card or transfer. ``expected_balance_fen`` is what the cashier saw owed.

    Raises ``AmountChanged``, ``TendersDoNotCover``, ``TenderNotAllowed``, ``CreditRefused`` (more than it owes).
    """

    permission = Permission.CASHIER_SETTLE
    account_id: int
    amount_fen: Amount
    expected_balance_fen: int
    tenders: Annotated[tuple[Tender, ...], Meta(min_length=1, max_length=10)]


class PayBackCredit(Command[AccountMoved], frozen=True, kw_only=True):
    """Pay back what an account paid too much, when bills were taken back that it had paid for. ``tender``: cash, card or bank.

    Above the clinic's limit a second person has to agree (act ``credit_back``).
    """

    permission = Permission.CASHIER_REFUND
    account_id: int
    amount_fen: Amount
    tender: TenderKind
    reason: Reason
    reference: Annotated[str, Meta(max_length=64)] = ""
    approval_id: int | None = None


class StatementLine(Fact, frozen=True, kw_only=True):
    """A line of a month's statement. ``amount_fen`` adds to what is owed, negative: was paid or taken back."""

    date: date
    kind: str
    patient_number: str
    patient_name: str
    number: str
    amount_fen: int
    balance_fen: int


class Statement(Fact, frozen=True, kw_only=True):
    """What an account owed at the month's beginning, what came and went, and what it owes at its end. All sums are positive."""

    clinic: str
    account_id: int
    name: str
    month: date
    opening_fen: int
    lines: tuple[StatementLine, ...]
    charged_fen: int
    taken_back_fen: int
    collected_fen: int
    paid_back_fen: int
    closing_fen: int
    made_at: datetime
    made_by: str


class CreditStatement(Query[Statement], frozen=True, kw_only=True):
    """An account's statement of one month (any day of it)."""

    permission = Permission.CASHIER_VIEW
    account_id: int
    month: date


# --- what a patient can pay with ---------------------------------------------------------------------------------------------------


class PayingAccount(Fact, frozen=True, kw_only=True):
    """An account that may pay for a patient now, up to ``left_fen``."""

    account_id: int
    kind: CreditKind
    name: str
    left_fen: int


class PatientAccounts(Fact, frozen=True, kw_only=True):
    """What a patient can pay with besides what lies on the counter."""

    patient_id: int
    deposit_fen: int
    credit: tuple[PayingAccount, ...]


class GetPatientAccounts(Query[PatientAccounts], frozen=True, kw_only=True):
    """The patient's deposit, and the credit accounts that may pay for this patient now."""

    permission = Permission.CASHIER_VIEW
    patient_id: int
