"""How a bill is paid: cash for what the other means leave, its rounding, the change, and what is wrong with it so far. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from common.domain.barcodes import Payer
from common.domain.money import format_yuan, yuan
from common.domain.rounding import round_cash
from common.domain.tenders import TITLES
from common.i18n import tr
from common.messages.accounts import CreditKind
from common.messages.cashier import CHANNELS, Tender, TenderKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from common.messages.accounts import PatientAccounts, PayingAccount
    from common.messages.settlement import MoneyRules

#: Means of payment other than cash, in the order of the screen and of F7: what only this patient has comes before what everybody has.
OTHERS: Final = (
    TenderKind.DEPOSIT,
    TenderKind.CREDIT,
    TenderKind.WECHAT,
    TenderKind.ALIPAY,
    TenderKind.UNIONPAY,
    TenderKind.ECNY,
    TenderKind.CARD,
    TenderKind.GREEN,
    TenderKind.WAIVER,
)
#: What comes into the clinic's hand or its bank at the settlement; the rest was paid before, is owed by somebody else, or is let off.
_COMES_IN: Final = frozenset({TenderKind.CASH, TenderKind.CARD}) | CHANNELS
#: Those that a clinic without any connection takes on a terminal beside the desk.
BY_EYE: Final = (TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.CARD)
BY_PAYER: Final = {
    Payer.WECHAT: TenderKind.WECHAT,
    Payer.ALIPAY: TenderKind.ALIPAY,
    Payer.UNIONPAY: TenderKind.UNIONPAY,
    Payer.DIGITAL_RMB: TenderKind.ECNY,
}
_ACCOUNT_KINDS: Final = {TenderKind.CREDIT: CreditKind.COMPANY, TenderKind.GREEN: CreditKind.GREEN}


def paying_accounts(accounts: PatientAccounts | None, kind: TenderKind) -> tuple[PayingAccount, ...]:
    """The credit accounts that may pay by ``kind``."""
    if accounts is None or kind not in _ACCOUNT_KINDS:
        return ()
    return tuple(each for each in accounts.credit if each.kind is _ACCOUNT_KINDS[kind])


def usable(rules: MoneyRules | None, accounts: PatientAccounts | None) -> tuple[TenderKind, ...]:
    """What this patient can pay with at this clinic, in the order of the screen."""
    found = set(BY_EYE)
    if rules is not None:
        found |= CHANNELS & set(rules.channels)
        if any(rules.waiver_limits.values()):
            found.add(TenderKind.WAIVER)
    if accounts is not None and accounts.deposit_fen > 0:
        found.add(TenderKind.DEPOSIT)
    found |= {kind for kind in _ACCOUNT_KINDS if paying_accounts(accounts, kind)}
    return tuple(kind for kind in OTHERS if kind in found)


def own_waiver_fen(rules: MoneyRules | None, roles: Iterable[str]) -> int:
    """What somebody with these roles may waive of one bill alone."""
    limits = rules.waiver_limits if rules is not None else {}
    return max((limits.get(role, 0) for role in roles), default=0)


def taken_fen(tenders: Iterable[Tender]) -> int:
    """What is taken in at the window 实收: neither deposit, credit, waiver, nor what the insurance pays."""
    return sum(tender.amount_fen for tender in tenders if tender.kind in _COMES_IN)


def ways(tenders: Sequence[Tender]) -> str:
    """What was paid by which way, cash last, as the change follows it: ``单位挂账 500.00，现金 140.00``."""
    in_order = sorted(tenders, key=lambda tender: tender.kind is TenderKind.CASH)
    return tr("ways|, ").join(f"{tr(TITLES[tender.kind])} {yuan(tender.amount_fen):,}" for tender in in_order)


@dataclass
class Part:
    """What one means other than cash covers. ``amount_fen`` None: not used; ``unreadable``: something is typed that is no amount.

    ``code`` is a scanned payment code: never shown and never kept. ``account_id`` is the credit account that pays.
    """

    amount_fen: int | None = None
    reference: str = ""
    unreadable: bool = False
    code: str = field(default="", repr=False)
    account_id: int = 0


@dataclass
class Tendering:
    """The tenders of one bill. Cash not typed in means exactly what the others leave, rounded; only cash gives change.

    ``rounding`` is the clinic's mode. ``most`` is what a means can cover at most (deposit, credit). ``waive_alone_fen``: above it a second
    person has to agree, and ``agreed`` says that one has. ``refused``: another means was tried and came to nothing. ``asked_fen`` is the
    cash that was asked about (:meth:`asks_for_cash`).
    """

    due_fen: int = 0
    given_fen: int | None = None
    given_unreadable: bool = False
    parts: dict[TenderKind, Part] = field(default_factory=lambda: {kind: Part() for kind in OTHERS})
    rounding: str = "none"
    most: Mapping[TenderKind, int] = field(default_factory=dict)
    waive_alone_fen: int = 0
    agreed: bool = False
    refused: bool = False
    asked_fen: int | None = None

    @property
    def others_fen(self) -> int:
        """What the means other than cash cover."""
        return sum(part.amount_fen or 0 for part in self.parts.values())

    @property
    def left_fen(self) -> int:
        """What they leave; negative if they are more than the bill."""
        return self.due_fen - self.others_fen

    @property
    def cash_due_fen(self) -> int:
        """What is to be paid in cash, rounded."""
        return round_cash(self.left_fen, self.rounding) if self.left_fen > 0 else self.left_fen

    @property
    def rounding_fen(self) -> int:
        """The cash rounding 舍入差额: negative when less is taken than is due."""
        return self.cash_due_fen - self.left_fen

    @property
    def change_fen(self) -> int | None:
        """The change; ``None`` while no cash was typed in, negative while it is too little."""
        return None if self.given_fen is None else self.given_fen - self.cash_due_fen

    @property
    def waived_fen(self) -> int:
        """What is waived."""
        return self.parts[TenderKind.WAIVER].amount_fen or 0

    @property
    def with_code(self) -> bool:
        """Whether a channel has to be asked."""
        return any(part.code and part.amount_fen for part in self.parts.values())

    def needs_agreement(self) -> bool:
        """Whether a second person has to agree to what is waived."""
        return self.waived_fen > self.waive_alone_fen and not self.agreed

    def covered_without_cash(self) -> bool:
        """Whether the means other than cash pay everything."""
        return self.due_fen > 0 and self.left_fen == 0

    @property
    def begun(self) -> bool:
        """Whether a means other than cash was begun, or was refused."""
        return self.refused or any(part.amount_fen or part.reference.strip() or part.code for part in self.parts.values())

    def asks_for_cash(self, *, elsewhere: bool) -> bool:
        """Whether it has to be asked first if the rest comes in cash: none was typed in, and another means was begun or refused, or the hand
        is at one (``elsewhere``). Once asked, the same amount is not asked about again."""
        due = self.cash_due_fen
        if self.given_fen is not None or due <= 0 or not (self.begun or elsewhere) or self.asked_fen == due:
            return False
        self.asked_fen = due
        return True

    def question(self) -> str:
        """What was asked about the cash, while it still holds; empty else."""
        due = self.cash_due_fen
        if self.asked_fen != due or self.given_fen is not None:
            return ""
        words = (
            tr("till|The rest, {amount}, in cash? F12 again takes it.")
            if self.others_fen
            else tr("till|{amount} in cash? F12 again takes it.")
        )
        return words.format(amount=format_yuan(due))

    def exact(self) -> None:
        """The cash given is exactly what is left."""
        self.given_fen, self.given_unreadable = max(0, self.cash_due_fen), False

    def use(self, kind: TenderKind) -> Part:
        """Let ``kind`` cover what nothing else covers yet, as far as it can; cash counts as soon as it was typed in. Only a person says how
        much is waived."""
        part = self.parts[kind]
        if part.amount_fen is None and kind is not TenderKind.WAIVER:
            left = min(self.left_fen - (self.given_fen or 0), self.most.get(kind, self.left_fen))
            part.amount_fen = left if left > 0 else None
        return part

    def scan(self, kind: TenderKind, code: str) -> Part:
        """A payment code of ``kind``: it pays what is left; an amount that was typed for it before stays."""
        part = self.use(kind)
        part.code, part.reference = code, ""
        return part

    def forget_codes(self) -> None:
        """A code that was refused can not be used again; what it was to cover is open again."""
        for part in self.parts.values():
            if part.code:
                self.refused = True
                part.code, part.amount_fen = "", None

    def why_not(self) -> str:
        """What is wrong, as a sentence; empty if the tenders pay the bill."""
        if self.given_unreadable or any(part.unreadable for part in self.parts.values()):
            return tr("One of the amounts is no amount.")
        return self._why_not_others() or self._why_not_cash()

    def _why_not_others(self) -> str:
        if self.left_fen < 0:
            return tr("{over} more than what is due. Only cash gives change.", over=format_yuan(-self.left_fen))
        for kind, most in self.most.items():
            if (self.parts[kind].amount_fen or 0) > most:
                return tr("till|{tender} can pay {most} at most.", tender=tr(TITLES[kind]), most=format_yuan(most))
        if self.waived_fen and not self.parts[TenderKind.WAIVER].reference.strip():
            return tr("till|A waiver needs a reason: type it beside the amount.")
        if self.needs_agreement():
            return tr("till|You may waive {limit} alone. A second person has to agree below.", limit=format_yuan(self.waive_alone_fen))
        return ""

    def _why_not_cash(self) -> str:
        change = self.change_fen
        if change is not None and change < 0:
            return tr("till|{missing} are missing.", missing=format_yuan(-change))
        if self.cash_due_fen == 0 and self.given_fen:
            return tr("The other means cover everything; no cash is needed.")
        return ""

    def tenders(self) -> tuple[Tender, ...]:
        """What is sent. Call it only while :meth:`why_not` is empty."""
        found = [_tender(kind, part, part.amount_fen) for kind, part in self.parts.items() if part.amount_fen]
        if self.cash_due_fen > 0:
            given = self.cash_due_fen if self.given_fen is None else self.given_fen
            found.insert(0, Tender(kind=TenderKind.CASH, amount_fen=self.cash_due_fen, given_fen=given))
        return tuple(found)


def _tender(kind: TenderKind, part: Part, amount_fen: int) -> Tender:
    account = part.account_id if kind in _ACCOUNT_KINDS else 0
    return Tender(kind=kind, amount_fen=amount_fen, reference=part.reference.strip(), code=part.code, account_id=account)
