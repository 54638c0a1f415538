"""What the refunds desk knows: the bills found, the one in hand, what of it goes back, what that would do, and what is under way. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from client.money_papers import back_by_way
from client.settlements import ENDED
from common.domain.money import format_yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import INSURANCE, TenderKind
from common.messages.settlement import PlanRefund, RefundBill, RefundLine
from common.wire import new_request_id

if TYPE_CHECKING:
    from datetime import tzinfo

    from common.errors import XinglinError
    from common.messages.settlement import BillFacts, BillHit, BillLine, Refunded, RefundPlan, SettlementFacts

STATES: Final = {
    "STANDS": (N_("bill state|Paid"), "done"),
    "TAKEN_BACK": (N_("bill state|Back"), "plain"),
    "REISSUED": (N_("bill state|Part back"), "info"),
    "REFUND": (N_("bill state|Refund"), "warning"),
}
#: Why money goes back, as cashiers say it. The sentence itself is what is kept.
REASONS: Final = (
    N_("refund reason|Doctor changed the order"),
    N_("refund reason|Charged by mistake"),
    N_("refund reason|Patient does not want it"),
    N_("refund reason|Drug out of stock"),
    N_("refund reason|Drug returned"),
)
SENDING: Final = N_("till|It is being sent; please wait for the answer.")
LEAST_REASON: Final = 2
_PLACES: Final = Decimal("0.0001")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the refund slip and is in no reply: kept on disk while the refund is under way."""

    reason: str
    approver: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the bill with what of it is to go back."""

    line: BillLine
    back: Decimal | None

    @property
    def possible(self) -> bool:
        """Whether anything of it can go back."""
        return not self.line.hindrance and self.line.left > 0


@dataclass
class RefundModel:
    """The state of the desk. ``back``: by charge line, how much of it is to go back."""

    zone: tzinfo | None = None
    bills: tuple[BillHit, ...] = ()
    more: bool = False
    bill: BillFacts | None = None
    back: dict[int, Decimal] = field(default_factory=dict)
    plan: RefundPlan | None = None
    reason: str = ""  # a source string of REASONS
    words: str = ""
    approval_id: int | None = None
    sending: bool = False
    trouble: XinglinError | str = ""
    plan_trouble: XinglinError | str = ""
    watched: SettlementFacts | None = None
    open: tuple[SettlementFacts, ...] = ()
    last: Refunded | None = None
    #: The bills whose papers the last refund printed.
    printed: tuple[int, ...] = ()
    _sent: tuple[RefundBill, str] | None = None

    def now(self) -> datetime:
        """The clinic's wall clock."""
        return datetime.now(self.zone)

    # --- the bill in hand ------------------------------------------------------------------------------------------------------

    def take_bill(self, bill: BillFacts) -> None:
        """A bill is in hand. Read anew, what was ticked of it stays as far as it still can go back."""
        if self.bill is None or self.bill.bill.id != bill.bill.id:
            self.back, self.plan, self.reason, self.words = {}, None, "", ""
            self.trouble, self.plan_trouble, self.approval_id, self._sent = "", "", None, None
            self.sending = False
            self.watched = None
        self.bill = bill
        possible = {row.line.charge_line_id: row.line.left for row in self.rows() if row.possible}
        self.back = {id: min(back, possible[id]) for id, back in self.back.items() if id in possible}

    def rows(self) -> list[Row]:
        """The lines of the bill."""
        lines = self.bill.lines if self.bill else ()
        return [Row(line, self.back.get(line.charge_line_id)) for line in lines]

    @property
    def held(self) -> bool:
        """Whether ticks stand as they are."""
        return self.sending or self.waiting is not None

    def together(self, line: BillLine) -> tuple[BillLine, ...]:
        """The lines that go back with ``line``: a prescription of which nothing was handed out goes back whole."""
        lines = self.bill.lines if self.bill else ()
        if line.prescription_id is None:
            return (line,)
        group = tuple(each for each in lines if each.prescription_id == line.prescription_id)
        whole = all(not each.hindrance and each.left == each.quantity for each in group)
        return group if whole else (line,)

    def tick(self, line: BillLine) -> None:
        """All of a line goes back, or nothing of it."""
        ticked = line.charge_line_id in self.back
        for each in self.together(line):
            if ticked:
                self.back.pop(each.charge_line_id, None)
            elif not each.hindrance and each.left > 0:
                self.back[each.charge_line_id] = each.left
        self._changed()

    def set_back(self, line: BillLine, quantity: Decimal) -> str:
        """So much of a line goes back. What speaks against it, as a sentence; empty if it was taken."""
        if line.hindrance:
            return tr(line.hindrance)
        if not 0 < quantity <= line.left:
            return tr("refund|Of {name}, {left} can go back at most.", name=line.name, left=shown(line.left, line.unit))
        if len(self.together(line)) > 1 and quantity != line.left:
            return tr("refund|Nothing of this prescription was handed out: it goes back whole.")
        self.back[line.charge_line_id] = quantity
        self._changed()
        return ""

    def tick_all(self) -> None:
        """Everything that can go back, or nothing if that is ticked already."""
        possible = {row.line.charge_line_id: row.line.left for row in self.rows() if row.possible}
        self.back = {} if self.back == possible else possible
        self._changed()

    def _changed(self) -> None:
        self.plan, self.trouble, self.plan_trouble, self._sent = None, "", "", None

    # --- taking it back --------------------------------------------------------------------------------------------------------

    def reason_words(self) -> str:
        """Why, as it is kept: what was chosen, and what was typed."""
        chosen = tr(self.reason) if self.reason else ""
        return tr("list separator|, ").join(part for part in (chosen, self.words.strip()) if part)

    @property
    def waiting(self) -> SettlementFacts | None:
        """The refund in hand while somebody outside is asked."""
        return self.watched if self.watched is not None and self.watched.state in ("OPEN", "UNKNOWN") else None

    def why_not(self) -> str:
        """What speaks against it now, as a sentence; empty if nothing does."""
        return self.hindrance() or self.missing()[1]

    def hindrance(self) -> str:
        """What speaks against it but what is only to be filled in, as a sentence."""
        if self.sending:
            return tr(SENDING)
        if self.waiting is not None:
            return tr("refund|The refund is under way.")
        if self.bill is None:
            return tr("refund|Find the bill first: scan the receipt, or F2.")
        if self.bill.bill.state != "STANDS":
            return tr("refund|This bill does not stand any more; go to the one that does.")
        if not self.back:
            return tr("refund|Tick what goes back (Space).")
        if self.plan is None:
            return str(self.plan_trouble) or tr("refund|It is being worked out what goes back.")
        return ""

    def missing(self) -> tuple[str, str]:
        """What is still to be filled in (``reason``, ``approval`` or nothing), and the sentence about it."""
        if len(self.reason_words()) < LEAST_REASON:
            return "reason", tr("refund|Choose the reason (F6) or type it.")
        if self.plan is not None and self.plan.needs_approval and self.approval_id is None:
            return "approval", tr(self.plan.needs_approval)
        return "", ""

    def trouble_words(self) -> str:
        """What went wrong with the last attempt, or speaks against what is ticked, in the current language."""
        return str(self.trouble or self.plan_trouble)

    def plan_request(self) -> PlanRefund:
        """What would taking this back do?"""
        assert self.bill is not None
        return PlanRefund(bill_id=self.bill.bill.id, lines=self._lines())

    def request(self) -> RefundBill:
        """The command. Call it only while :meth:`why_not` is empty."""
        assert self.bill is not None and self.plan is not None
        return RefundBill(
            bill_id=self.bill.bill.id,
            lines=self._lines(),
            reason=self.reason_words(),
            expected_back_fen=self.plan.back_fen,
            approval_id=self.approval_id,
        )

    def _lines(self) -> tuple[RefundLine, ...]:
        """Of a line that was handed out in part only the part that came back may go; it is named by its quantity then."""
        whole = {row.line.charge_line_id: row.line.quantity for row in self.rows()}
        return tuple(RefundLine(charge_line_id=id, quantity=None if whole[id] == back else back) for id, back in sorted(self.back.items()))

    def request_id(self, request: RefundBill) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]

    def may_reprint(self) -> bool | str:
        """Whether the invoice of the bill in hand can be printed again; one that was reversed has a red one."""
        if self.bill is None:
            return N_("refund|Find the bill first: scan the receipt, or F2.")
        if self.bill.bill.state in ("TAKEN_BACK", "REISSUED"):
            return N_("refund|This receipt was reversed. Go to its refund, or to the one that stands, and print that.")
        return True

    def to_reprint(self) -> tuple[int, ...]:
        """The bills whose papers are printed again: those of the last refund together, else the one in hand."""
        assert self.bill is not None
        return self.printed if self.bill.bill.id in self.printed else (self.bill.bill.id,)

    # --- under way -------------------------------------------------------------------------------------------------------------

    def take_settlement(self, facts: SettlementFacts) -> None:
        """Where a refund stands now."""
        ended = facts.state in ENDED
        self.open = tuple(each for each in self.open if each.id != facts.id) + (() if ended else (facts,))
        if self.watched is not None and self.watched.id == facts.id:
            self.watched = None if ended else facts

    def take_open(self, settlements: tuple[SettlementFacts, ...]) -> None:
        """All refunds that this cashier began and that have not ended."""
        self.open = settlements
        if self.watched is not None:
            self.watched = next((each for each in settlements if self.watched is not None and each.id == self.watched.id), None)


def shown(quantity: Decimal, unit: str) -> str:
    """``2盒``."""
    return f"{quantity.normalize():f}{unit}"


def quantity_of(text: str) -> Decimal | None:
    """Digits typed on a line; ``None`` if they are no quantity."""
    try:
        found = Decimal(text)
    except ArithmeticError:
        return None
    return found if found.is_finite() and found == found.quantize(_PLACES) else None


def ways(plan: RefundPlan, bill: BillFacts) -> list[tuple[str, str]]:
    """What goes back by which way, as rows of words: to the patient, then to the insurance, which takes back all that it had paid."""
    shares = {payment.tender: payment.amount_fen for payment in bill.payments if payment.tender in INSURANCE}
    rows = [(tr(TITLES[kind]), format_yuan(fen)) for kind, fen in plan.back.items() if fen]
    if shares:
        title = tr("refund|To the insurance, which settles the rest anew") if plan.rest_fen else tr("refund|To the insurance")
        rows.append((title, format_yuan(sum(shares.values()))))
        rows += [(tr("refund|of which {way}", way=tr(TITLES[kind])), format_yuan(fen)) for kind, fen in shares.items()]
    return rows


def summary(done: Refunded) -> str:
    """The result, with every way and its amount."""
    back = back_by_way(done.refund, done.rest)
    words = _to_the_patient(done, {kind: fen for kind, fen in back.items() if kind not in INSURANCE and kind is not TenderKind.WAIVER})
    shares = {kind: fen for kind, fen in back.items() if kind in INSURANCE}
    if shares:
        amounts = {"amount": format_yuan(sum(shares.values())), "ways": _listed(shares)}
        words += " " + tr("refund|Back to the insurance: {amount} ({ways}).", **amounts)
    if done.rest is not None:
        rest = done.rest
        words += " " + tr(
            "refund|The rest, {amount}, stands on receipt {number}.", amount=format_yuan(rest.total_fen), number=rest.invoice_number
        )
    if done.due_again_fen:
        words += " " + tr("refund|{amount} stand open again at the cashier's desk.", amount=format_yuan(done.due_again_fen))
    return words


def _to_the_patient(done: Refunded, back: dict[TenderKind, int]) -> str:
    facts = {"amount": format_yuan(abs(done.back_fen)), "number": done.refund.invoice_number, "ways": _listed(back)}
    if done.back_fen < 0:
        return tr("refund|The patient adds {amount} ({ways}), refund {number}.", **facts)
    if not back:
        return tr("refund|{amount} went back, refund {number}.", **facts)
    return tr("refund|{amount} went back ({ways}), refund {number}.", **facts)


def _listed(back: dict[TenderKind, int]) -> str:
    return tr("list separator|, ").join(f"{tr(TITLES[kind])} {format_yuan(fen)}" for kind, fen in back.items())
