"""What the desk knows: the account in hand, the act that is being filled in, and what is missing for it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from client.settlements import ENDED
from common.domain.money import format_yuan
from common.domain.paying_out import share_out
from common.i18n import N_, tr
from common.messages.accounts import (
    AddCreditMember,
    CollectCredit,
    CorrectCreditAccount,
    OpenCreditAccount,
    OpenGreenChannel,
    PayBackCredit,
    PayOutDeposit,
    TopUpDeposit,
)
from common.messages.accounts_by_code import BeginCollect, BeginPayOut, BeginTopUp
from common.messages.cashier import CHANNELS, Tender, TenderKind
from common.messages.settlement import SettlementKind
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from common.errors import XinglinError
    from common.messages.accounts import CardTopUp, CreditAccount, CreditAccountFacts, Deposit, Statement
    from common.messages.patients import PatientHit
    from common.messages.settlement import MoneyRules, SettlementFacts
    from common.permissions import Permission
    from common.wire import Request


class Act(StrEnum):
    """What is being filled in at the right."""

    NONE = "none"
    TOP_UP = "top_up"
    PAY_OUT = "pay_out"
    COLLECT = "collect"
    PAY_BACK = "pay_back"
    OPEN = "open"
    TERMS = "terms"
    GREEN = "green"
    MEMBER = "member"


#: Acts on a patient's deposit, and on a credit account.
OF_PATIENT: Final = frozenset({Act.TOP_UP, Act.PAY_OUT, Act.GREEN})
OF_ACCOUNT: Final = frozenset({Act.COLLECT, Act.PAY_BACK, Act.TERMS, Act.MEMBER})
#: Money comes in, or goes out.
COMES_IN: Final = frozenset({Act.TOP_UP, Act.COLLECT})
GOES_OUT: Final = frozenset({Act.PAY_OUT, Act.PAY_BACK})

#: Settlements that are of an account, and not of a bill; and what the form held before they began.
KINDS: Final = {
    SettlementKind.DEPOSIT: Act.TOP_UP,
    SettlementKind.DEPOSIT_BACK: Act.PAY_OUT,
    SettlementKind.COLLECT: Act.COLLECT,
}

SENDING: Final = N_("till|It is being sent; please wait for the answer.")
UNDER_WAY: Final = N_("account|A payment of this account is under way.")
#: What the forms hold when nothing was typed.
_NO_NAME: Final = N_("account|Type the company's name.")
_NO_AMOUNT: Final = N_("account|Type the amount.")
_NO_REASON: Final = N_("account|Say why, in two signs at least.")


@dataclass
class Form:
    """What was typed at the right. Amounts in fen; ``None`` where nothing readable was typed. ``code``: a payment code that was scanned.

    A deposit goes out by the way it came; ``in_cash``: in cash all the same, which a second person agrees to; ``payment_id``: to that card.
    """

    amount_fen: int | None = None
    given_fen: int | None = None
    tender: TenderKind = TenderKind.CASH
    reference: str = ""
    reason: str = ""
    code: str = ""
    payment_id: int | None = None
    in_cash: bool = False
    name: str = ""
    limit_fen: int | None = None
    contact: str = ""
    note: str = ""
    due_on: date | None = None
    active: bool = True
    member: PatientHit | None = None


@dataclass
class AccountsModel:
    """Exactly one of ``deposit`` and ``facts`` is in hand, or nothing yet."""

    permissions: frozenset[Permission] = frozenset()
    staff_id: int = 0
    manages: bool = False
    takes_money: bool = False
    pays_back: bool = False
    accounts: tuple[CreditAccount, ...] = ()
    patient_id: int | None = None
    account_id: int | None = None
    deposit: Deposit | None = None
    facts: CreditAccountFacts | None = None
    statement: Statement | None = None
    rules: MoneyRules | None = None
    act: Act = Act.NONE
    form: Form = field(default_factory=Form)
    approval_id: int | None = None
    sending: bool = False
    trouble: XinglinError | str = ""
    open: tuple[SettlementFacts, ...] = ()
    _request_id: str = ""
    _sent: Request[Any] | None = None

    # --- what is in hand -------------------------------------------------------------------------------------------------------

    def choose_patient(self, patient_id: int) -> None:
        """Take a patient's deposit in hand."""
        if patient_id != self.patient_id:
            self.patient_id, self.account_id = patient_id, None
            self.deposit = self.facts = self.statement = None
            self.begin(Act.NONE)

    def choose_account(self, account_id: int) -> None:
        """Take a credit account in hand."""
        if account_id != self.account_id:
            self.patient_id, self.account_id = None, account_id
            self.deposit = self.facts = self.statement = None
            self.begin(Act.NONE)

    def account(self) -> CreditAccount | None:
        """The credit account in hand."""
        return self.facts.account if self.facts is not None else None

    def begin(self, act: Act) -> None:
        """Fill in another act; what was typed for the last one is gone."""
        self.act, self.form = act, Form()
        self.approval_id, self.trouble, self.sending, self._sent = None, "", False, None
        account = self.account()
        if act is Act.COLLECT and account is not None:
            self.form.amount_fen = max(account.balance_fen, 0) or None
            self.form.tender = TenderKind.CASH if account.kind == "GREEN" else TenderKind.BANK
        elif act is Act.PAY_BACK and account is not None:
            self.form.amount_fen = max(-account.balance_fen, 0) or None
        elif act is Act.PAY_OUT and self.deposit is not None:
            self.form.amount_fen = self.deposit.balance_fen or None
        elif act is Act.TERMS and account is not None:
            self.form = Form(
                name=account.name,
                limit_fen=account.limit_fen,
                contact=account.contact,
                note=account.note,
                due_on=account.due_on,
                active=account.active,
            )

    def typed(self, **fields: Any) -> None:
        """Something was typed or chosen; a trouble is no longer said, and a code that was scanned is not used for it."""
        self.form = replace(self.form, **{"code": "", **fields})
        self.trouble = ""

    # --- under way with a channel ----------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> SettlementFacts | None:
        """What is under way for the account in hand."""
        return next((each for each in self.open if self.in_hand(each)), None)

    def in_hand(self, facts: SettlementFacts) -> bool:
        """Whether a settlement is of the account in hand."""
        if facts.account_id:
            return facts.account_id == self.account_id
        return facts.patient_id == self.patient_id

    def take_settlement(self, facts: SettlementFacts) -> None:
        """Where a settlement stands now."""
        others = tuple(each for each in self.open if each.id != facts.id)
        self.open = others if facts.state in ENDED else tuple(sorted((*others, facts), key=lambda each: each.id))
        if facts.state not in ENDED and self.in_hand(facts):
            self.begin(Act.NONE)

    def refill(self, facts: SettlementFacts) -> None:
        """It came to nothing: the act and its amount stand in the form again, unless another one was begun."""
        if self.in_hand(facts) and self.act is Act.NONE and not self.why_not_begin(KINDS[facts.kind]):
            self.begin(KINDS[facts.kind])
            self.form.amount_fen = facts.expected_fen

    def forget_code(self) -> None:
        """A code that was refused is not sent again."""
        if self.form.code:
            self.form = replace(self.form, code="", tender=TenderKind.CASH)

    def scan(self, kind: TenderKind, code: str) -> str:
        """Pay what is filled in by a payment code; why not, as a source string."""
        before = self.form
        self.typed(tender=kind, code=code, given_fen=None, reference="")
        why_not = self.why_not()
        if why_not:
            self.form = before
        return why_not

    # --- what can be done ------------------------------------------------------------------------------------------------------

    def why_not_begin(self, act: Act) -> str:
        """Why an act cannot be begun now, as a source string; empty when it can."""
        if act in OF_PATIENT and self.deposit is None:
            return N_("account|Find the patient first (F2).")
        if act in OF_ACCOUNT and self.facts is None:
            return N_("account|Choose a credit account on the left first.")
        account = self.account()
        if act in COMES_IN | GOES_OUT and self.waiting is not None:
            return UNDER_WAY
        if act is Act.PAY_OUT and self.deposit is not None and self.deposit.balance_fen <= 0:
            return N_("account|This deposit holds nothing.")
        if act is Act.COLLECT and account is not None and account.balance_fen <= 0:
            return N_("account|This account owes nothing.")
        if act is Act.PAY_BACK and account is not None and account.balance_fen >= 0:
            return N_("account|This account has not paid too much.")
        if act is Act.MEMBER and account is not None and account.kind == "GREEN":
            return N_("account|A green channel is its patient's alone.")
        return ""

    def why_not(self) -> str:
        """Why F12 cannot carry the act out now, as a source string; empty when it can."""
        if self.act is Act.NONE:
            return N_("account|Choose first what to do.")
        if self.sending:
            return SENDING
        return self._missing() or (self._not_approved() if self.needs_approval() else "")

    def _missing(self) -> str:
        form, act = self.form, self.act
        if act in COMES_IN | GOES_OUT and not form.amount_fen:
            return _NO_AMOUNT
        if act in COMES_IN and form.tender is TenderKind.CASH and form.given_fen is not None and form.given_fen < (form.amount_fen or 0):
            return N_("account|The cash given is less than the amount.")
        if act in GOES_OUT | {Act.GREEN} and len(form.reason.strip()) < 2:
            return _NO_REASON
        if act is Act.MEMBER and form.member is None:
            return N_("account|Find the patient whose bills are to be paid.")
        if act in (Act.OPEN, Act.TERMS) and len(form.name.strip()) < (2 if act is Act.OPEN else 1):
            return _NO_NAME
        if (act in (Act.OPEN, Act.TERMS) and form.limit_fen is None) or (act is Act.GREEN and not form.limit_fen):
            return N_("account|Type the limit.")
        return self._too_much()

    def _too_much(self) -> str:
        amount, account = self.form.amount_fen or 0, self.account()
        if self.act is Act.PAY_OUT and self.deposit is not None and amount > self.deposit.balance_fen - self.deposit.going_fen:
            return N_("account|The deposit holds less.")
        card = self.card()
        if self.act is Act.PAY_OUT and card is not None and amount > card.left_fen:
            return N_("account|Less was paid by this card.")
        if self.act is Act.COLLECT and account is not None and amount > account.balance_fen:
            return N_("account|It does not owe so much.")
        if self.act is Act.PAY_BACK and account is not None and amount > -account.balance_fen:
            return N_("account|It has not paid so much too much.")
        return ""

    def _not_approved(self) -> str:
        return "" if self.approval_id is not None else N_("account|A second person has to agree.")

    def needs_approval(self) -> tuple[str, int, int] | None:
        """What a second person has to agree to: act, subject, amount."""
        alone = self.rules.refund_alone_fen if self.rules is not None else 0
        amount = self.form.amount_fen or 0
        if self.act is Act.PAY_OUT and self.patient_id is not None and (amount > alone or (self.form.in_cash and self.by_code())):
            return "pay_out", self.patient_id, amount
        if self.act is Act.PAY_BACK and self.account_id is not None and amount > alone:
            return "credit_back", self.account_id, amount
        if self.act is Act.GREEN and self.patient_id is not None and not self.manages:
            return "green", self.patient_id, self.form.limit_fen or 0
        return None

    def cards(self) -> Iterable[CardTopUp]:
        """Cards and transfers to which something can go back."""
        return self.deposit.cards if self.deposit is not None else ()

    def by_code(self) -> dict[int, int]:
        """What of the amount goes back through channels, by payment, if it goes the way it came."""
        paid_in = [(card.payment_id, card.left_fen) for card in self.cards() if card.tender in CHANNELS]
        return share_out(self.form.amount_fen or 0, paid_in)[0]

    def ways_back(self) -> list[tuple[TenderKind, int]]:
        """How the amount goes out: what by which means, in this order."""
        amount, card = self.form.amount_fen or 0, self.card()
        if card is not None:
            return [(card.tender, amount)]
        ways: dict[TenderKind, int] = {}
        kinds = {each.payment_id: each.tender for each in self.cards()}
        for payment_id, fen in ({} if self.form.in_cash else self.by_code()).items():
            ways[kinds[payment_id]] = ways.get(kinds[payment_id], 0) + fen
        rest = amount - sum(ways.values())
        return [*ways.items(), *([(TenderKind.CASH, rest)] if rest else [])]

    def card(self) -> CardTopUp | None:
        """The one that was chosen."""
        return next((card for card in self.cards() if card.payment_id == self.form.payment_id), None)

    def change_fen(self) -> int | None:
        """What goes back of the cash given."""
        given, amount = self.form.given_fen, self.form.amount_fen
        return given - amount if given is not None and amount is not None and self.form.tender is TenderKind.CASH else None

    # --- the request -----------------------------------------------------------------------------------------------------------

    def request(self) -> Request[Any]:
        """What F12 asks for."""
        form, account = self.form, self.account()
        amount, patient_id, account_id = form.amount_fen or 0, self.patient_id or 0, self.account_id or 0
        if self.act is Act.TOP_UP:
            top_up = BeginTopUp if form.code else TopUpDeposit
            return top_up(patient_id=patient_id, amount_fen=amount, tenders=(self._tender(),))
        if self.act is Act.PAY_OUT and form.payment_id is None and not form.in_cash and self.by_code():
            return BeginPayOut(patient_id=patient_id, amount_fen=amount, reason=form.reason.strip(), approval_id=self.approval_id)
        if self.act is Act.PAY_OUT:
            return PayOutDeposit(
                patient_id=patient_id,
                amount_fen=amount,
                reason=form.reason.strip(),
                payment_id=form.payment_id,
                reference=form.reference.strip(),
                approval_id=self.approval_id,
            )
        if self.act is Act.COLLECT:
            owed = account.balance_fen if account is not None else 0
            collect = BeginCollect if form.code else CollectCredit
            return collect(account_id=account_id, amount_fen=amount, expected_balance_fen=owed, tenders=(self._tender(),))
        if self.act is Act.PAY_BACK:
            return PayBackCredit(
                account_id=account_id,
                amount_fen=amount,
                tender=form.tender,
                reason=form.reason.strip(),
                reference=form.reference.strip(),
                approval_id=self.approval_id,
            )
        if self.act is Act.GREEN:
            return OpenGreenChannel(
                patient_id=patient_id, limit_fen=form.limit_fen or 0, reason=form.reason.strip(), approval_id=self.approval_id
            )
        return self._keeping(account_id)

    def _keeping(self, account_id: int) -> Request[Any]:
        form = self.form
        if self.act is Act.MEMBER:
            return AddCreditMember(account_id=account_id, patient_id=form.member.id if form.member is not None else 0)
        name, contact, note = form.name.strip(), form.contact.strip(), form.note.strip()
        if self.act is Act.OPEN:
            return OpenCreditAccount(name=name, limit_fen=form.limit_fen or 0, contact=contact, note=note)
        return CorrectCreditAccount(
            account_id=account_id,
            name=name,
            limit_fen=form.limit_fen or 0,
            active=form.active,
            due_on=form.due_on,
            contact=contact,
            note=note,
        )

    def _tender(self) -> Tender:
        form, amount = self.form, self.form.amount_fen or 0
        given = (form.given_fen or amount) if form.tender is TenderKind.CASH else 0
        reference = "" if form.tender is TenderKind.CASH else form.reference.strip()
        return Tender(kind=form.tender, amount_fen=amount, given_fen=given, reference=reference, code=form.code)

    def request_id(self, request: Request[Any]) -> str:
        """The same id for the same contents, so that F12 pressed twice is one act; other contents are another one."""
        if request != self._sent or not self._request_id:
            self._sent, self._request_id = request, new_request_id()
        return self._request_id


def owed(account: CreditAccount) -> str:
    """What an account owes, or has paid too much, as a sentence's part."""
    if account.balance_fen < 0:
        return tr("account|{amount} paid too much", amount=format_yuan(-account.balance_fen))
    return format_yuan(account.balance_fen)
