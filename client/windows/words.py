"""How windows and calls read, on the screen and aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import N_, tr
from common.messages.consult import PrescriptionKind
from common.messages.windows import ReserveAt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.messages.windows import CallFacts, WindowFacts

KINDS: Final = {
    PrescriptionKind.ORDINARY: N_("prescription|Ordinary"),
    PrescriptionKind.EMERGENCY: N_("prescription|Emergency"),
    PrescriptionKind.PAEDIATRIC: N_("prescription|Paediatric"),
    PrescriptionKind.NARCOTIC: N_("prescription|Narcotic, psychotropic I"),
    PrescriptionKind.PSYCHOTROPIC_2: N_("prescription|Psychotropic II"),
    PrescriptionKind.HERBAL: N_("prescription|Herbal"),
}
RESERVE_AT: Final = {
    ReserveAt.SIGNING: N_("reserve|from signing"),
    ReserveAt.PAYMENT: N_("reserve|from payment"),
}
#: What a masked letter of a name is called aloud.
_HIDDEN_ALOUD: Final = N_("aloud|so-and-so")


def kinds_words(kinds: Iterable[PrescriptionKind]) -> str:
    """What a window takes."""
    chosen = [tr(KINDS[kind]) for kind in kinds]
    return tr("list separator|, ").join(chosen) if chosen else tr("windows|All kinds")


def state_words(window: WindowFacts) -> str:
    """Open or closed."""
    return tr("windows|Open") if window.open else tr("windows|Closed")


def own_words(name: str, *, own: bool) -> str:
    """What became of F8."""
    if own:
        return tr("This desk is {window} now: its list shows what waits there first.", window=name)
    return tr("This desk belongs to no window now: its list shows everything.")


def call_words(call: CallFacts) -> str:
    """As it stands on the screen: ``请到 3 号窗口取药``."""
    return tr("to {window}", window=call.window)


def aloud(call: CallFacts) -> str:
    """As it is spoken; the hidden letters of the name are one short word."""
    spoken, hidden = [], False
    for letter in call.patient:
        if letter != "*":
            spoken.append(letter)
        elif not hidden:
            spoken.append(tr(_HIDDEN_ALOUD))
        hidden = letter == "*"
    return tr("{patient}, please come to {window} for your medicine.", patient="".join(spoken), window=call.window)
