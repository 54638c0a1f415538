"""Settlements that need somebody outside: the insurance, a payment channel. And taking bills back, which may need them too.

A settlement goes its way in the service, step by step, and survives the death of any process: the desk begins it, watches it (topic
``SETTLEMENT``) and reads what came of it. One without any call outside is done when its first reply arrives.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.messages.accounts import AccountMoved
from common.messages.cashier import InsuranceShare, ReceiptFacts, Settled, Tender, TenderKind
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query, Refused


class SettlementKind(StrEnum):
    """What is being settled."""

    SALE = "SALE"
    REFUND = "REFUND"
    CONVERT = "CONVERT"  # what was paid without the insurance is settled with it after all
    DEPOSIT = "DEPOSIT"
    DEPOSIT_BACK = "DEPOSIT_BACK"
    COLLECT = "COLLECT"


class InsuranceUse(Fact, frozen=True, kw_only=True):
    """How the patient is insured: the certificate that was read (DOMAIN.md §1.10), and the choices that only a person can make.

    ``certificate_type`` 01 e-certificate token, 02 ID number, 03 social security card (needs ``card_sn``). ``insutype`` empty: the one valid
    entry of the person; several valid ones fail with ``InsuranceChoiceNeeded``. ``use_account``: pay with the personal account too.
    """

    certificate_type: Annotated[str, Meta(max_length=3)]
    certificate_number: Annotated[str, Meta(max_length=50)]
    card_sn: Annotated[str, Meta(max_length=32)] = ""
    insutype: Annotated[str, Meta(max_length=6)] = ""
    med_type: Annotated[str, Meta(max_length=6)] = "11"
    disease_code: Annotated[str, Meta(max_length=30)] = ""
    use_account: bool = True


class OutsideStep(Fact, frozen=True, kw_only=True):
    """One call that left the house. ``party``: ``insurance`` or a channel; ``act``: ``2207``, ``PAY``, ``REFUND`` …; ``state`` as in
    :data:`common.domain.states.CHANNEL_CALL`; ``message`` is what the other side said, word for word."""

    party: str
    act: str
    number: str
    state: str
    amount_fen: int
    message: str
    at: datetime


class RefundLine(Fact, frozen=True, kw_only=True):
    """A charge line to take back, and how much of it (base: the line's own unit; ``None``: all that is left of it)."""

    charge_line_id: int
    quantity: Decimal | None = None


class Refunded(Fact, frozen=True, kw_only=True):
    """A bill was taken back. ``back_fen`` is what the patient gets, by tender; ``rest`` is the bill over what he keeps, if anything.

    ``due_again_fen``: lines that the insurance would not settle anew stand open again and are to be paid at the desk.
    """

    refund: ReceiptFacts
    rest: ReceiptFacts | None
    back_fen: int
    back: dict[TenderKind, int]
    due_again_fen: int = 0


class Conversion(Fact, frozen=True, kw_only=True):
    """A self-paid bill that is being settled with the insurance after all. ``back`` is what the patient gets, by tender, once the insurance
    has quoted (``None`` before); ``needs_approval`` says why a second person has to agree to it (a source string)."""

    bill_id: int
    bill_number: str
    back_fen: int | None = None
    back: dict[TenderKind, int] = {}
    needs_approval: str = ""


class SettlementFacts(Fact, frozen=True, kw_only=True):
    """Where a settlement stands. QUOTED has ``quote`` and waits for :class:`ConfirmSettlement`; DONE has ``settled``, ``refunded`` or, of an
    account, ``moved``; FAILED has ``failure``; UNKNOWN is asked again by the service until somebody outside answers.

    ``account_id`` is the credit account that pays; a company's has the ``patient_id`` 0, and its name in ``patient_name``."""

    id: int
    kind: SettlementKind
    state: str
    patient_id: int
    patient_number: str
    patient_name: str
    cashier: str
    expected_fen: int
    opened_at: datetime
    steps: tuple[OutsideStep, ...]
    quote: InsuranceShare | None = None
    warnings: tuple[str, ...] = ()
    settled: Settled | None = None
    refunded: Refunded | None = None
    failure: Refused | None = None
    can_cancel: bool = False
    conversion: Conversion | None = None
    moved: AccountMoved | None = None
    account_id: int = 0


class BeginSettlement(Command[SettlementFacts], frozen=True, kw_only=True):
    """Settle lines of one patient. Lines are held until it ends, so that no other window can settle them.

    Without ``insurance`` the ``tenders`` cover ``expected_fen`` as in :class:`~common.messages.cashier.Settle`; each channel tender has its
    ``code``. With it ``tenders`` is empty: the settlement is first QUOTED, and confirmed with what covers ``psn_cash_pay``.
    Raises what ``Settle`` raises, ``LinesHeld`` (another window settles them now), ``ChannelCodeWrong``, ``NotConnected``.
    """

    permission = Permission.CASHIER_SETTLE
    patient_id: int
    line_ids: Annotated[tuple[int, ...], Meta(min_length=1, max_length=500)]
    expected_fen: Annotated[int, Meta(ge=0)]
    tenders: tuple[Tender, ...] = ()
    insurance: InsuranceUse | None = None
    approval_id: int | None = None


class ConfirmSettlement(Command[SettlementFacts], frozen=True, kw_only=True):
    """Carry a QUOTED settlement through: the insurance settles, then the channels collect. ``tenders`` cover ``expected_cash_fen``, which
    is the quote's ``cash_fen`` as the cashier saw it (``AmountChanged`` otherwise)."""

    permission = Permission.CASHIER_SETTLE
    settlement_id: int
    expected_cash_fen: Annotated[int, Meta(ge=0)]
    tenders: tuple[Tender, ...] = ()
    approval_id: int | None = None


class CancelSettlement(Command[SettlementFacts], frozen=True, kw_only=True):
    """Give a settlement up. What was collected already goes back by its own way; until that is certain it stays OPEN or UNKNOWN.
    ``WrongState`` once it is DONE."""

    permission = Permission.CASHIER_SETTLE
    settlement_id: int


class GetSettlement(Query[SettlementFacts], frozen=True, kw_only=True):
    """Where a settlement stands now."""

    permission = Permission.CASHIER_VIEW
    settlement_id: int


class SettlementList(Fact, frozen=True, kw_only=True):
    """Settlements, oldest first."""

    settlements: tuple[SettlementFacts, ...]


class ListOpenSettlements(Query[SettlementList], frozen=True, kw_only=True):
    """Everything that is under way, quoted or unknown; ``mine``: only what the asking cashier began. A shift cannot close over them."""

    permission = Permission.CASHIER_VIEW
    mine: bool = False


class RetrySettlement(Command[SettlementFacts], frozen=True, kw_only=True):
    """Ask the outside again now, instead of when the service would do it by itself."""

    permission = Permission.CASHIER_SETTLE
    settlement_id: int


def finding_detail(number: str, *, carried_out: bool) -> str:
    """What a second person agrees to, word by word: which call, and what became of it."""
    return f"{number} {'was' if carried_out else 'was not'} carried out"


class RecordFinding(Command[SettlementFacts], frozen=True, kw_only=True):
    """An UNKNOWN call that nobody can answer by wire was looked up by a person (the channel's console, the bureau's detail list): it was
    carried out or it was not. Says where it was seen, and needs a second person's approval of exactly that (act ``finding``, subject the
    settlement, detail :func:`finding_detail`)."""

    permission = Permission.CASHIER_SETTLE
    settlement_id: int
    number: Annotated[str, Meta(max_length=64)]
    carried_out: bool
    seen_where: Annotated[str, Meta(min_length=2, max_length=200)]
    approval_id: int


# --- bills -------------------------------------------------------------------------------------------------------------------------


class BillHit(Fact, frozen=True, kw_only=True):
    """A bill in a list."""

    id: int
    number: str
    invoice_number: str
    kind: str
    date: date
    at: datetime
    patient_id: int
    patient_number: str
    patient_name: str
    total_fen: int
    cashier: str
    state: str  # STANDS, TAKEN_BACK, REISSUED (its rest stands under another number), REFUND


class BillHits(Fact, frozen=True, kw_only=True):
    """Bills, newest first. ``more``: the list was cut."""

    bills: tuple[BillHit, ...]
    more: bool


class FindBills(Query[BillHits], frozen=True, kw_only=True):
    """Bills by number, invoice number, patient's number, name or its pinyin or initials (one of ``text`` and ``patient_id``), newest first."""

    permission = Permission.CASHIER_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    patient_id: int | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class BillLine(Fact, frozen=True, kw_only=True):
    """A line of a bill. ``left`` and ``left_fen`` are what can still be taken back; ``hindrance`` says why not (a source string)."""

    charge_line_id: int
    source: str
    source_number: str
    category: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    amount_fen: int
    left: Decimal
    left_fen: int
    hindrance: str
    prescription_id: int | None = None


class BillPayment(Fact, frozen=True, kw_only=True):
    """How a part of a bill was paid."""

    tender: TenderKind
    amount_fen: int
    state: str
    reference: str


class BillFacts(Fact, frozen=True, kw_only=True):
    """A bill with everything that a refund or a question at the desk needs. ``chain`` are the bills before and after it."""

    bill: BillHit
    lines: tuple[BillLine, ...]
    payments: tuple[BillPayment, ...]
    chain: tuple[BillHit, ...]
    receipt: ReceiptFacts


class GetBill(Query[BillFacts], frozen=True, kw_only=True):
    """One bill."""

    permission = Permission.CASHIER_VIEW
    bill_id: int


class RefundPlan(Fact, frozen=True, kw_only=True):
    """What a refund would do: what goes back by which way, and whether a second person has to agree and why (a source string).

    ``value_fen`` is what the lines cost; a second person agrees to that. ``insured``: the shares of the rest are only known when the bureau
    has settled it anew; ``back`` then is all that the patient had paid, and what the rest costs him is kept of it.
    """

    value_fen: int
    back_fen: int
    back: dict[TenderKind, int]
    rest_fen: int
    needs_approval: str
    insured: bool


class PlanRefund(Query[RefundPlan], frozen=True, kw_only=True):
    """What taking back these lines would do. Raises what :class:`RefundBill` raises."""

    permission = Permission.CASHIER_REFUND
    bill_id: int
    lines: Annotated[tuple[RefundLine, ...], Meta(min_length=1, max_length=500)]


class RefundBill(Command[SettlementFacts], frozen=True, kw_only=True):
    """Take lines of a bill back, in the order of DOMAIN.md §5.5: the whole bill is reversed, exactly, and the rest is billed anew; each
    payment goes back by its own way. ``expected_back_fen`` is what the cashier saw.

    Raises ``LineNotRefundable`` (dispensed, not of this bill, taken back before), ``ApprovalNeeded``, ``AmountChanged``.
    """

    permission = Permission.CASHIER_REFUND
    bill_id: int
    lines: Annotated[tuple[RefundLine, ...], Meta(min_length=1, max_length=500)]
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    expected_back_fen: Annotated[int, Meta(ge=0)]
    approval_id: int | None = None


# --- a second person ---------------------------------------------------------------------------------------------------------------


class Approved(Fact, frozen=True, kw_only=True):
    """A second person agreed; to be used once, by the same desk, before ``expires_at``."""

    approval_id: int
    approver: str
    expires_at: datetime


class Approve(Command[Approved], frozen=True, kw_only=True):
    """A second person agrees at the same desk to one act of the one who is signed in: by login and password, or by badge.

    ``act``: ``refund`` (subject: bill), ``waiver`` (subject: patient), ``finding`` (subject: settlement), ``reopen`` (subject: close),
    ``pay_out`` and ``green`` (subject: patient), ``credit_back`` (subject: credit account). ``detail`` says which of several things about the
    subject, where that is not one and the same. Wrong tries count like those of a sign-in.
    Raises ``WrongPassword``, ``LockedOut``, ``NotPermitted`` (that person may not approve), ``SamePerson``.
    """

    permission = Permission.SESSION_OWN
    act: Annotated[str, Meta(max_length=20)]
    subject_id: int
    amount_fen: Annotated[int, Meta(ge=0)] = 0
    detail: Annotated[str, Meta(max_length=100)] = ""
    login: Annotated[str, Meta(max_length=30)] = ""
    password: Annotated[str, Meta(max_length=200)] = ""
    badge: Annotated[str, Meta(max_length=64)] = ""


class GiveBadge(Command[Done], frozen=True, kw_only=True):
    """Bind a badge's code (at least 12 characters, as it was scanned) to a person; an earlier badge of the person is revoked."""

    permission = Permission.ADMIN_STAFF
    staff_id: int
    code: Annotated[str, Meta(min_length=12, max_length=64)]


# --- the clinic's rules about money ------------------------------------------------------------------------------------------------


class MoneyRules(Fact, frozen=True, kw_only=True):
    """``cash_rounding``: none, down, half_up or up, to 0.10 yuan. ``refund_alone_fen``: above it a refund needs a second person, as on a
    later day. ``waiver_limits``: by role, what it may waive of one bill alone. ``green_days``: how long the green channel may owe.
    ``insure_days``: so many days after its sale a bill may be settled with the insurance after all; 0: only on the same day.
    ``channels``: payment channels that are connected to this service."""

    cash_rounding: str
    refund_alone_fen: Annotated[int, Meta(ge=0)]
    waiver_limits: dict[str, int]
    green_days: Annotated[int, Meta(ge=1, le=3650)]
    insure_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    invoice_segments: bool
    close_needs_acceptance: bool
    einvoice_kind: str
    channels: tuple[TenderKind, ...] = ()
    insurance: bool = False


class GetMoneyRules(Query[MoneyRules], frozen=True, kw_only=True):
    """The rules as they are now."""

    permission = Permission.SESSION_OWN


class SetMoneyRules(Command[Done], frozen=True, kw_only=True):
    """Set the rules (``channels`` and ``insurance`` are the service's own set-up and are not changed by this). The change is audited."""

    permission = Permission.PRICE_MANAGE
    rules: MoneyRules
