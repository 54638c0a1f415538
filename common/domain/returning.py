"""What may come back to the pharmacy, and in which condition (DOMAIN.md §5.5, §6.3, §6.4).

Drugs that were handed out are generally not taken back; the reasons are a closed list. What was opened, was kept cold, has expired or came
back for its quality is never sold again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from common.i18n import N_

if TYPE_CHECKING:
    from decimal import Decimal


class ReturnReason(StrEnum):
    """Why a patient's drugs are taken back."""

    QUALITY = "quality"
    ADVERSE_REACTION = "adverse_reaction"
    WRONG_DRUG = "wrong_drug"
    DOCTOR_CHANGED = "doctor_changed"
    PATIENT_DIED = "patient_died"
    RECALL = "recall"


class Condition(StrEnum):
    """What becomes of it: back on the shelf of its batch, or into quarantine."""

    SALEABLE = "saleable"
    QUARANTINED = "quarantined"


#: For these reasons a pack with a code is taken back although it was opened.
OPENED_TAKEN: Final = frozenset(ReturnReason) - {ReturnReason.DOCTOR_CHANGED}
#: What comes back for these reasons is not sold again.
NEVER_SOLD_AGAIN: Final = frozenset({ReturnReason.QUALITY, ReturnReason.RECALL})

SEALED_ONLY: Final = N_("return|for this reason only whole sealed packs come back")
OPENED: Final = N_("return|what was opened is not sold again; take it back into quarantine")
BAD: Final = N_("return|what comes back for this reason is not sold again; take it back into quarantine")
EXPIRED: Final = N_("return|it has expired; take it back into quarantine")
COLD: Final = N_("return|it has to be kept cold and was out of the house; take it back into quarantine")
NOT_SO_MUCH: Final = N_("return|not so much of this batch was handed out and has not come back")
NO_QUANTITY: Final = N_("return|the quantity must be more than zero, at most four places")


def packs_of(quantity: Decimal, pack_size: Decimal) -> int:
    """So many packs, the last one perhaps opened."""
    whole, rest = divmod(quantity, pack_size)
    return int(whole) + (1 if rest else 0)


def codes_needed(packs: int, packs_out: int, codes_out: int, codes_left: int, condition: Condition) -> int:
    """How many codes have to be scanned for ``packs`` of a line that come back.

    ``packs_out`` packs were handed out for it with ``codes_out`` codes, of which ``codes_left`` have not come back. Packs that went out
    without a code come back without one. Of an opened pack the code may have come back before, with another part of it.
    """
    needed = max(packs - max(packs_out - codes_out, 0), 0)
    return needed if condition is Condition.SALEABLE else min(needed, codes_left)


def hindrance(reason: ReturnReason, condition: Condition, *, opened: bool, coded: bool, expired: bool, cold: bool) -> str:
    """Why a part does not come back like this, as a source string; empty when it may."""
    if opened and coded and reason not in OPENED_TAKEN:
        return SEALED_ONLY
    if condition is Condition.QUARANTINED:
        return ""
    if reason in NEVER_SOLD_AGAIN:
        return BAD
    if opened:
        return OPENED
    if expired:
        return EXPIRED
    return COLD if cold else ""
