"""What the cashier's desk knows: who owes what, which lines are ticked, the tenders, and the last settlement. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from client.cashier.tenders import Tendering, own_waiver_fen, paying_accounts, usable, ways
from client.format import department
from client.insured import Insured
from client.settlements import ENDED
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import Settle, TenderKind
from common.messages.settlement import BeginSettlement, ConfirmSettlement
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from common.errors import XinglinError
    from common.messages.accounts import PatientAccounts
    from common.messages.cashier import ChargeFacts, Debtor, Settled, ShiftFacts, Unpaid
    from common.messages.catalogue import Lists
    from common.messages.patients import PatientSummary
    from common.messages.settlement import MoneyRules, SettlementFacts

    Paying = Settle | BeginSettlement | ConfirmSettlement

SENDING: Final = N_("till|It is being sent; please wait for the answer.")
UNDER_WAY: Final = N_("till|The settlement is under way. Esc gives it up.")
SOURCES: Final = {
    "registration": N_("source|Registration"),
    "prescription": N_("source|Prescription"),
    "service": N_("source|Services"),
    "surcharge": N_("source|Surcharges"),
}
#: What a prescription's routes cost goes with it.
_OF_PRESCRIPTION: Final = frozenset({"prescription", "surcharge"})
_OTHER_SOURCE: Final = N_("source|Other charges")


@dataclass(frozen=True)
class BillRow:
    """A line of the bill in the middle: a source's heading (no ``line``), or a charge line. ``ticked`` of a heading: all of its lines."""

    source: str
    lines: tuple[ChargeFacts, ...]
    ticked: bool
    line: ChargeFacts | None = None

    @property
    def key(self) -> object:
        """Which row it is, whatever its contents."""
        return self.line.id if self.line else f"heading {self.lines[0].id}"

    @property
    def amount_fen(self) -> int:
        """What the line, or all lines under the heading, cost."""
        return sum(each.amount_fen for each in self.lines)


@dataclass(frozen=True)
class LastSettlement:
    """What stays on the screen of the patient before: the change above all."""

    patient: str
    settled: Settled


@dataclass
class CashierModel:
    """The state of the desk. ``zone`` is the clinic's time zone, ``roles`` are the cashier's.

    ``watched`` is the settlement of the patient in hand, while it has not ended; ``open`` are all that this cashier began.
    """

    zone: tzinfo | None = None
    roles: frozenset[str] = frozenset()
    patient: PatientSummary | None = None
    patient_id: int | None = None
    debtors: tuple[Debtor, ...] = ()
    unpaid: Unpaid | None = None
    unticked: set[int] = field(default_factory=set)
    tendering: Tendering = field(default_factory=Tendering)
    sending: bool = False
    trouble: XinglinError | str = ""  # an error, or a source string
    shift: ShiftFacts | None = None
    last: LastSettlement | None = None
    lists: Lists | None = None
    rules: MoneyRules | None = None
    accounts: PatientAccounts | None = None
    watched: SettlementFacts | None = None
    open: tuple[SettlementFacts, ...] = ()
    insured: Insured = field(default_factory=Insured)
    approval_id: int | None = None
    _sent: tuple[object, str] | None = None

    def now(self) -> datetime:
        """The clinic's wall clock."""
        return datetime.now(self.zone)

    # --- who -------------------------------------------------------------------------------------------------------------------

    def begin(self, patient_id: int) -> None:
        """Another patient: nothing of the one before stays but the last settlement."""
        if patient_id != self.patient_id:
            self.patient = self.accounts = None
            self.unpaid = None
            self.unticked = set()
            self.insured = Insured()
            self.trouble = ""
            self.sending = False  # what was sent goes on; its answer says whose it was
            self.watched = next((each for each in self.open if each.patient_id == patient_id), None)
            self.patient_id = patient_id
            self._begin_tenders()

    def _begin_tenders(self) -> None:
        """Nothing is tendered yet; what this patient can pay with stays known."""
        self.tendering = Tendering(rounding=self.rules.cash_rounding if self.rules else "none")
        self.approval_id = self._sent = None
        self._know_limits()

    def _know_limits(self) -> None:
        """What each means can cover at most, and which account pays."""
        tendering = self.tendering
        tendering.due_fen = self.due_fen
        tendering.waive_alone_fen = own_waiver_fen(self.rules, self.roles)
        tendering.most = {TenderKind.DEPOSIT: self.accounts.deposit_fen} if self.accounts else {}
        for kind in (TenderKind.CREDIT, TenderKind.GREEN):
            offered = {each.account_id: each for each in paying_accounts(self.accounts, kind)}
            part = tendering.parts[kind]
            if part.account_id not in offered:
                part.account_id = next(iter(offered), 0)
            if part.account_id:
                tendering.most = {**tendering.most, kind: offered[part.account_id].left_fen}

    def take_rules(self, rules: MoneyRules) -> None:
        """The clinic's rules about money, as they are now."""
        self.rules = rules
        self.tendering.rounding = rules.cash_rounding
        self._know_limits()

    def take_accounts(self, accounts: PatientAccounts) -> None:
        """What the patient in hand can pay with besides what lies on the counter."""
        self.accounts = accounts
        self._know_limits()

    def choose_account(self, kind: TenderKind, account_id: int) -> None:
        """Another company pays."""
        self.tendering.parts[kind].account_id = account_id
        self._know_limits()

    def take_approval(self, approval_id: int | None) -> None:
        """A second person agreed to the waiver, or does not any more."""
        self.approval_id, self.tendering.agreed = approval_id, approval_id is not None

    def offered(self) -> tuple[TenderKind, ...]:
        """The means of payment that this patient can use here."""
        return usable(self.rules, self.accounts)

    def connected(self, kind: TenderKind) -> bool:
        """Whether the service can ask this channel itself."""
        return self.rules is not None and kind in self.rules.channels

    def take_unpaid(self, unpaid: Unpaid) -> bool:
        """What the patient owes now. Lines that are new are ticked; what was typed stays. ``True`` if the amount due became another."""
        before = self.due_fen if self.unpaid is not None else None
        self.unpaid = unpaid
        self.unticked &= {line.id for line in unpaid.lines}
        self._know_limits()
        return before is not None and before != self.due_fen

    def trouble_words(self) -> str:
        """What went wrong with the last attempt, in the current language; empty if nothing did."""
        return tr(self.trouble) if isinstance(self.trouble, str) and self.trouble else str(self.trouble)

    # --- which lines -----------------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> tuple[ChargeFacts, ...]:
        """All unpaid lines."""
        return self.unpaid.lines if self.unpaid else ()

    @property
    def ticked(self) -> tuple[ChargeFacts, ...]:
        """The lines that are to be settled now."""
        return tuple(line for line in self.lines if line.id not in self.unticked)

    @property
    def due_fen(self) -> int:
        """What the patient has to pay now: the ticked lines, or what the insurance leaves of them."""
        share = self.quoted.quote if self.quoted is not None else None
        return self.lines_fen if share is None else share.cash_fen

    @property
    def lines_fen(self) -> int:
        """What the ticked lines come to."""
        return sum(line.amount_fen for line in self.ticked)

    @property
    def held(self) -> bool:
        """Whether ticks and amounts stand as they are: something was sent, or the insurance has it in hand."""
        return self.sending or self.watched is not None

    def tick(self, lines: Iterable[ChargeFacts], ticked: bool) -> None:
        """Settle these lines now, or leave them for later. A prescription is paid whole or not at all: its lines go together."""
        sources = {_source_of(line) for line in lines if line.source in _OF_PRESCRIPTION}
        ids = {line.id for line in lines} | {line.id for line in self.lines if _source_of(line) in sources}
        self.unticked = self.unticked - ids if ticked else self.unticked | ids
        self.tendering.due_fen = self.due_fen

    def rows(self) -> list[BillRow]:
        """The bill: lines under headings of their source, in the order in which the sources came to be."""
        first: dict[tuple[object, ...], int] = {}
        for place, line in enumerate(self.lines):
            first.setdefault(_source_of(line), place)
        listed: list[BillRow] = []
        for _, group in groupby(sorted(self.lines, key=lambda line: first[_source_of(line)]), key=_source_of):
            members = tuple(group)
            all_ticked = all(line.id not in self.unticked for line in members)
            listed.append(BillRow(self.heading(members[0]), members, all_ticked))
            listed += [BillRow("", (line,), line.id not in self.unticked, line) for line in members]
        return listed

    def heading(self, line: ChargeFacts) -> str:
        """A source in words: what, its number, doctor, department, how long ago."""
        what = tr(SOURCES.get(line.source, _OTHER_SOURCE))
        number = line.source_number if line.source in _OF_PRESCRIPTION else line.visit_number
        who = f"{line.doctor} {self.department(line.department)}".strip()
        return "　".join(part for part in (f"{what} {number}".strip(), who, age(line.since, self.now())) if part)

    def department(self, name: str) -> str:
        """A department in the current language; its Chinese name where the lists do not have it."""
        return department(name, self.lists)

    # --- settlements with somebody outside -------------------------------------------------------------------------------------

    @property
    def quoted(self) -> SettlementFacts | None:
        """The settlement in hand while the insurance has quoted and the patient's share is to be paid."""
        return self.watched if self.watched is not None and self.watched.state == "QUOTED" else None

    @property
    def waiting(self) -> SettlementFacts | None:
        """The settlement in hand while somebody outside is asked."""
        return self.watched if self.watched is not None and self.watched.state in ("OPEN", "UNKNOWN") else None

    def take_settlement(self, facts: SettlementFacts) -> None:
        """Where a settlement stands now. A code that was sent cannot be used again."""
        ended = facts.state in ENDED
        self.open = tuple(each for each in self.open if each.id != facts.id) + (() if ended else (facts,))
        if facts.patient_id != self.patient_id:
            return
        quoted_before = self.watched is not None and self.watched.quote is not None
        self.sending = False
        self.watched = None if ended else facts
        if (facts.failure is None and facts.state == "QUOTED") or (ended and quoted_before):
            self._begin_tenders()
        elif facts.failure is not None:
            self.tendering.forget_codes()
            self._know_limits()
        self.tendering.refused |= facts.state == "FAILED" or facts.failure is not None

    def take_open(self, settlements: tuple[SettlementFacts, ...]) -> None:
        """All that this cashier began and that has not ended."""
        self.open = settlements
        mine = next((each for each in settlements if each.patient_id == self.patient_id), None)
        if mine is not None and (self.watched is None or self.watched.state != mine.state):
            self.take_settlement(mine)

    # --- settling --------------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        """What speaks against settling now, as a sentence; empty if nothing does."""
        if self.sending:
            return tr(SENDING)
        if self.waiting is not None:
            return tr(UNDER_WAY)
        if self.quoted is not None:
            return self.tendering.why_not()
        return self._why_not_lines() or self.tendering.why_not()

    def _why_not_lines(self) -> str:
        if self.patient_id is None:
            return tr("Choose who pays: from the list, or find the patient (F2).")
        if self.unpaid is None:
            return tr("The lines are being read.")
        if not self.lines:
            return tr("There is nothing to pay.")
        return "" if self.ticked else tr("Tick what is to be paid.")

    def why_not_insured(self) -> str:
        """What speaks against asking the insurance now, as a sentence; empty if nothing does."""
        if self.rules is not None and not self.rules.insurance:
            return tr("insured|The insurance is not connected to this clinic's service.")
        if self.sending or self.watched is not None:
            return tr(SENDING if self.sending else UNDER_WAY)
        return self._why_not_lines()

    def request(self) -> Paying:
        """The command. Call it only while :meth:`why_not` is empty."""
        assert self.patient_id is not None
        tenders = self.tendering.tenders()
        if self.quoted is not None:
            return ConfirmSettlement(
                settlement_id=self.quoted.id, expected_cash_fen=self.due_fen, tenders=tenders, approval_id=self.approval_id
            )
        kind = BeginSettlement if self.tendering.with_code else Settle
        return kind(
            patient_id=self.patient_id,
            line_ids=tuple(line.id for line in self.ticked),
            expected_fen=self.due_fen,
            tenders=tenders,
            approval_id=self.approval_id,
        )

    def insured_request(self) -> BeginSettlement:
        """The command that asks the insurance for its quote."""
        assert self.patient_id is not None
        return BeginSettlement(
            patient_id=self.patient_id,
            line_ids=tuple(line.id for line in self.ticked),
            expected_fen=self.lines_fen,
            insurance=self.insured.use(),
        )

    def request_id(self, request: Paying) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]

    def settled(self, patient_id: int, settled: Settled, line_ids: tuple[int, ...] | None = None) -> None:
        """It was carried out: its lines are gone, and the last settlement stays on the screen. ``None``: the lines have to be read anew."""
        self.last = LastSettlement(settled.receipt.patient_name, settled)
        if patient_id != self.patient_id:
            return
        self.sending = False
        self.trouble = ""
        self.watched = None
        self._begin_tenders()
        if self.unpaid is None or line_ids is None:
            self.unpaid = None
            return
        left = tuple(line for line in self.unpaid.lines if line.id not in line_ids)
        self.take_unpaid(msgspec.structs.replace(self.unpaid, lines=left, total_fen=sum(line.amount_fen for line in left)))


def _source_of(line: ChargeFacts) -> tuple[object, ...]:
    if line.source in _OF_PRESCRIPTION:
        return ("prescription", line.source_number)
    return (line.source, line.visit_id)


def age(since: datetime, now: datetime) -> str:
    """How long ago: minutes, hours, or the day."""
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return tr("bill|just now")
    if minutes < 60:
        return tr("bill|{n} min ago", n=minutes)
    local = since.astimezone(now.tzinfo)
    if local.date() == now.date():
        return tr("bill|{hours} h {minutes} min ago", hours=minutes // 60, minutes=minutes % 60)
    return local.date().isoformat()


def waiting(debtor: Debtor, now: datetime) -> str:
    """How long a debtor has been waiting, short: ``25 min`` or ``1:25``."""
    minutes = max(0, int((now - debtor.since).total_seconds() // 60))
    return tr("bill|{n} min", n=minutes) if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}"


def summary(settled: Settled) -> str:
    """The result of a settlement: what was paid, by which ways where it was not cash alone, the change, and the receipt's number."""
    tenders, total = settled.receipt.tenders, format_yuan(settled.total_fen)
    if any(tender.kind is not TenderKind.CASH for tender in tenders):
        total = tr("paid|{total}: {ways}", total=total, ways=ways(tenders))
    words = tr("Paid {total}, change {change}, receipt {number}.") if settled.change_fen else tr("Paid {total}, receipt {number}.")
    return words.format(total=total, change=format_yuan(settled.change_fen), number=settled.invoice_number) + (
        " " + tr("{left} are still unpaid.", left=format_yuan(settled.left_fen)) if settled.left_fen else ""
    )
