"""Settlements with somebody outside, in words: what is being asked, what came of it, and what to do. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.tenders import TITLES
from common.errors import error_from_wire
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.settlement import SettlementKind

if TYPE_CHECKING:
    from client.journal import Journal
    from common.errors import XinglinError
    from common.messages.settlement import OutsideStep, SettlementFacts

#: What a transaction of the insurance does, by its number (DOMAIN.md §1.5, §1.7).
_INSURANCE: Final = {
    "9001": N_("insurance|sign-in"),
    "1101": N_("insurance|reading the person"),
    "2201": N_("insurance|registering the visit"),
    "2202": N_("insurance|cancelling the visit"),
    "2203": N_("insurance|diagnosis"),
    "2204": N_("insurance|fee details"),
    "2205": N_("insurance|cancelling fee details"),
    "2206": N_("insurance|pre-settlement"),
    "2207": N_("insurance|settlement"),
    "2208": N_("insurance|cancelling the settlement"),
    "2601": N_("insurance|reversal"),
}
_CHANNEL: Final = {
    "PAY": N_("outside|collecting"),
    "QUERY": N_("outside|asking what became of it"),
    "REVERSE": N_("outside|taking the payment back"),
    "REFUND": N_("outside|paying back"),
    "QUERY_REFUND": N_("outside|asking what became of the refund"),
}
_SIGNS: Final = {"PENDING": "info", "SUCCESS": "done", "REJECTED": "danger", "UNKNOWN": "warning", "REVERSED": "plain"}
#: In these states nothing more happens by itself, and nothing is asked of the cashier.
ENDED: Final = frozenset({"DONE", "FAILED"})


def party(step: OutsideStep) -> str:
    """Who is asked."""
    if step.party == "insurance":
        return tr("outside|Insurance")
    return tr(TITLES[TenderKind(step.party)])


def act(step: OutsideStep) -> str:
    """What is asked, as a few words. A province's own numbers may carry a letter behind (2203A)."""
    if step.party == "insurance":
        return tr(_INSURANCE[step.act[:4]]) if step.act[:4] in _INSURANCE else step.act
    return tr(_CHANNEL[step.act]) if step.act in _CHANNEL else step.act


def tone(step: OutsideStep) -> str:
    """How it stands, as the tone of a sign."""
    return _SIGNS.get(step.state, "plain")


def heading(facts: SettlementFacts) -> str:
    """What is under way, in a few words."""
    if facts.state == "UNKNOWN":
        return tr("outside|The outcome is not known yet")
    if facts.state == "QUOTED":
        return tr("outside|The insurance has quoted")
    last = facts.steps[-1] if facts.steps else None
    if last is None:
        return tr("outside|It is being sent")
    return tr("outside|{party}: {act}", party=party(last), act=act(last))


def advice(facts: SettlementFacts, retry: str = "F10") -> str:
    """What to do meanwhile, as a sentence. ``retry`` is the key that asks at once."""
    if facts.state == "UNKNOWN" and facts.kind is SettlementKind.DEPOSIT_BACK:
        return tr(
            "outside|Do not pay it back in another way. The service goes on asking; {key} asks at once. Esc lets no more go out.", key=retry
        )
    if facts.state == "UNKNOWN":
        return tr(
            "outside|Do not take the money again. The service goes on asking; {key} asks at once. Other patients can be served meanwhile.",
            key=retry,
        )
    if not facts.can_cancel and facts.state == "OPEN" and facts.steps:
        return tr("outside|It is being brought to its end. Other patients can be served meanwhile.")
    last = facts.steps[-1] if facts.steps else None
    if last is not None and last.act in ("PAY", "QUERY"):
        return tr("outside|The patient may have to confirm on the telephone. Esc gives it up; other patients can be served meanwhile.")
    return tr("outside|Esc gives it up; other patients can be served meanwhile.")


def failure(facts: SettlementFacts) -> XinglinError | None:
    """Why it ended without a bill, or what was refused on the way."""
    return None if facts.failure is None else error_from_wire(facts.failure.error, facts.failure.fields)


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """Settlements whose end this desk has to see: it prints their paper. Kept on disk, so that a killed program still prints it."""

    ids: tuple[int, ...] = ()


class Waiting:
    """Which settlements a desk waits for, in its journal under ``key``."""

    def __init__(self, journal: Journal, key: str) -> None:
        self._journal, self._key = journal, key
        kept = journal.draft(key, Awaited)
        self.ids: set[int] = set(kept.ids) if kept is not None else set()

    def add(self, settlement_id: int) -> bool:
        """Wait for one more. ``False`` if it was waited for already."""
        if settlement_id in self.ids:
            return False
        self.ids.add(settlement_id)
        self._keep()
        return True

    def drop(self, settlement_id: int) -> bool:
        """It ended and was seen to. ``False`` if nobody waited for it."""
        if settlement_id not in self.ids:
            return False
        self.ids.discard(settlement_id)
        self._keep()
        return True

    def _keep(self) -> None:
        if self.ids:
            self._journal.keep(self._key, Awaited(ids=tuple(sorted(self.ids))))
        else:
            self._journal.drop(self._key)
