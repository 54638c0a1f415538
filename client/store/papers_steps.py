"""What may be done next with a paper, by whom. No Qt."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from common.i18n import N_
from common.messages.store_papers import PaperKind
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.messages.store_papers import PaperEntry

    May = Callable[[Permission], bool]

#: Who acts for a place.
ACTS_FOR: Final = {"STORE": Permission.STORE_MANAGE, "PHARMACY": Permission.PHARMACY_DISPENSE}


class Forward(Enum):
    """What F12 does with the chosen paper."""

    NOTHING = "nothing"
    SERVE = "serve"
    RECEIVE = "receive"
    APPROVE = "approve"


#: What F12 is called then.
STEPS: Final = {Forward.SERVE: N_("store key|Send"), Forward.RECEIVE: N_("store key|Receive"), Forward.APPROVE: N_("store key|Approve")}


class Back(Enum):
    """What F10 does with the chosen paper."""

    NOTHING = "nothing"
    CLOSE = "close"
    CALL_BACK = "call back"
    REJECT = "reject"
    VOID = "void"


def forward(entry: PaperEntry, may: May) -> Forward:
    """One step on."""
    if entry.state == "OPEN" and may(Permission.STORE_MANAGE):
        return Forward.SERVE
    if entry.state == "SENT" and may(ACTS_FOR[entry.goes_to]):
        return Forward.RECEIVE
    if entry.state == "DRAFT" and may(Permission.STORE_APPROVE):
        return Forward.APPROVE
    return Forward.NOTHING


def back(entry: PaperEntry, may: May) -> Back:
    """The way out."""
    if entry.state == "OPEN" and may(Permission.STORE_PAPERS):
        return Back.CLOSE
    if entry.state == "SENT" and may(ACTS_FOR[entry.out_of]):
        return Back.CALL_BACK
    if entry.state == "DRAFT" and may(Permission.STORE_APPROVE):
        return Back.REJECT
    if entry.state == "APPROVED" and entry.kind is PaperKind.DAMAGE and may(Permission.STORE_PAPERS):
        return Back.VOID
    return Back.NOTHING


def kinds(may: May) -> list[PaperKind]:
    """What this person may make."""
    found = [PaperKind.REQUEST] if may(Permission.PHARMACY_DISPENSE) and may(Permission.STORE_PAPERS) else []
    if may(Permission.STORE_PAPERS):
        found += [PaperKind.TRANSFER, PaperKind.DAMAGE]
    if may(Permission.STORE_MANAGE) and may(Permission.STORE_PAPERS):
        found += [PaperKind.DESTROY, PaperKind.SUPPLIER_RETURN]
    return found


def places(may: May) -> list[str]:
    """Out of which shelves this person sends."""
    return [place for place, needed in ACTS_FOR.items() if may(needed)]
