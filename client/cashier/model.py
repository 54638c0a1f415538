"""What the cashier's desk knows: who owes what, which lines are ticked, the tenders, and the last settlement. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from client.cashier.tenders import Tendering
from client.format import name_of
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import Settle
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from common.errors import XinglinError
    from common.messages.cashier import ChargeFacts, Debtor, Settled, ShiftFacts, Unpaid
    from common.messages.catalogue import Lists
    from common.messages.patients import PatientSummary

SENDING: Final = N_("till|It is being sent; please wait for the answer.")
SOURCES: Final = {
    "registration": N_("source|Registration"),
    "prescription": N_("source|Prescription"),
    "service": N_("source|Services"),
}
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
    """The state of the desk. ``zone`` is the clinic's time zone."""

    zone: tzinfo | None = None
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
    _sent: tuple[Settle, str] | None = None

    def now(self) -> datetime:
        """The clinic's wall clock."""
        return datetime.now(self.zone)

    # --- who -------------------------------------------------------------------------------------------------------------------

    def begin(self, patient_id: int) -> None:
        """Another patient: nothing of the one before stays but the last settlement."""
        if patient_id != self.patient_id:
            self.patient = None
            self.unpaid = None
            self.unticked = set()
            self.tendering = Tendering()
            self.trouble = ""
            self._sent = None
            self.sending = False  # what was sent goes on; its answer says whose it was
        self.patient_id = patient_id

    def take_unpaid(self, unpaid: Unpaid) -> bool:
        """What the patient owes now. Lines that are new are ticked; what was typed stays. ``True`` if the amount due became another."""
        before = self.due_fen if self.unpaid is not None else None
        self.unpaid = unpaid
        self.unticked &= {line.id for line in unpaid.lines}
        self.tendering.due_fen = self.due_fen
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
        """The amount due of the ticked lines."""
        return sum(line.amount_fen for line in self.ticked)

    def tick(self, lines: Iterable[ChargeFacts], ticked: bool) -> None:
        """Settle these lines now, or leave them for later. A prescription is paid whole or not at all: its lines go together."""
        sources = {_source_of(line) for line in lines if line.source == "prescription"}
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
        number = line.source_number if line.source == "prescription" else line.visit_number
        who = f"{line.doctor} {self.department(line.department)}".strip()
        return "　".join(part for part in (f"{what} {number}".strip(), who, age(line.since, self.now())) if part)

    def department(self, name: str) -> str:
        """A department in the current language; its Chinese name where the lists do not have it."""
        listed = self.lists.departments if self.lists else ()
        return next((name_of(each) for each in listed if each.name == name), name)

    # --- settling --------------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        """What speaks against settling now, as a sentence; empty if nothing does."""
        if self.sending:
            return tr(SENDING)
        if self.patient_id is None:
            return tr("Choose who pays: from the list, or find the patient (F2).")
        if self.unpaid is None:
            return tr("The lines are being read.")
        if not self.lines:
            return tr("There is nothing to pay.")
        if not self.ticked:
            return tr("Tick what is to be paid.")
        return self.tendering.why_not()

    def request(self) -> Settle:
        """The command. Call it only while :meth:`why_not` is empty."""
        assert self.patient_id is not None
        return Settle(
            patient_id=self.patient_id,
            line_ids=tuple(line.id for line in self.ticked),
            expected_fen=self.due_fen,
            tenders=self.tendering.tenders(),
        )

    def request_id(self, request: Settle) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]

    def settled(self, request: Settle, settled: Settled) -> None:
        """It was carried out: its lines are gone, and the last settlement stays on the screen."""
        self.last = LastSettlement(settled.receipt.patient_name, settled)
        if request.patient_id != self.patient_id:
            return
        self.sending = False
        self.trouble = ""
        self.tendering = Tendering()
        self._sent = None
        if self.unpaid is not None:
            left = tuple(line for line in self.unpaid.lines if line.id not in request.line_ids)
            self.take_unpaid(msgspec.structs.replace(self.unpaid, lines=left, total_fen=sum(line.amount_fen for line in left)))


def _source_of(line: ChargeFacts) -> tuple[object, ...]:
    if line.source == "prescription":
        return (line.source, line.source_number)
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
    """The result of a settlement in one sentence."""
    words = tr("Paid {total}, change {change}, receipt {number}.") if settled.change_fen else tr("Paid {total}, receipt {number}.")
    return words.format(total=format_yuan(settled.total_fen), change=format_yuan(settled.change_fen), number=settled.invoice_number) + (
        " " + tr("{left} are still unpaid.", left=format_yuan(settled.left_fen)) if settled.left_fen else ""
    )
