"""What became of a call that nobody answers, as people looked it up: what is typed of it, and what is still missing; no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.settlements import act, party
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.closing import MatterKind
from common.messages.settlement import RecordFinding
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.closing import OpenMatter
    from common.messages.settlement import OutsideStep, SettlementFacts

#: A call that was sent, and nobody knows what became of it. One of the insurance's that is on its way is never answered by people.
_OPEN: Final = frozenset({"UNKNOWN", "PENDING"})
#: A reversal of what is lost itself ends with it.
_REVERSAL: Final = "2601"


def can_be_found(matter: OpenMatter | None) -> bool:
    """Whether people may say what became of this matter."""
    return matter is not None and matter.kind is MatterKind.SETTLEMENT and matter.state == "UNKNOWN"


def open_calls(facts: SettlementFacts) -> list[OutsideStep]:
    """The calls without an answer, those that are known to be lost first."""
    found = [step for step in facts.steps if step.state in _OPEN and not (step.party == "insurance" and step.state == "PENDING")]
    if any(step.party == "insurance" and step.act != _REVERSAL for step in found):
        found = [step for step in found if step.party != "insurance" or step.act != _REVERSAL]
    return sorted(found, key=lambda step: step.state == "PENDING")


def named(step: OutsideStep) -> str:
    """A call in a few words: whom, what, how much."""
    words = tr("outside|{party}: {act}", party=party(step), act=act(step))
    return f"{words} {format_yuan(step.amount_fen)}" if step.amount_fen else words


class Finding:
    """One finding about one settlement, while it is being typed."""

    def __init__(self, facts: SettlementFacts) -> None:
        self.facts = facts
        self.number = self.calls[0].number
        self.carried_out: bool | None = None
        self.seen_where = ""
        self.approval_id: int | None = None
        self.sending = False
        self.trouble: object = ""
        self._sent: tuple[RecordFinding, str] | None = None

    @property
    def calls(self) -> Sequence[OutsideStep]:
        """What can be said something about."""
        return open_calls(self.facts)

    def call(self) -> OutsideStep:
        """The call in hand."""
        return next((step for step in self.calls if step.number == self.number), self.calls[0])

    def why_not(self) -> str:
        """What is missing, as a sentence; empty if nothing is."""
        if self.sending:
            return tr("closing|Being sent …")
        if self.carried_out is None:
            return tr("finding|Say whether it was carried out.")
        if len(self.seen_where.strip()) < 2:
            return tr("finding|Type where it was seen.")
        if self.approval_id is None:
            return tr("closing|A second person has to agree: badge, or login name and password.")
        return ""

    def request(self) -> RecordFinding:
        """The command. Call it only while :meth:`why_not` is empty."""
        assert self.carried_out is not None
        assert self.approval_id is not None
        return RecordFinding(
            settlement_id=self.facts.id,
            number=self.call().number,
            carried_out=self.carried_out,
            seen_where=self.seen_where.strip(),
            approval_id=self.approval_id,
        )

    def request_id(self, request: RecordFinding) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]


#: What can be said; nothing is said for the person.
ANSWERS: Final = (
    ("", N_("finding|not said yet")),
    ("yes", N_("finding|It was carried out")),
    ("no", N_("finding|It was not")),
)
