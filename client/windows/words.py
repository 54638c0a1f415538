"""How windows and calls read, on the screen and aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.domain.surcharge import Per
from common.i18n import N_, tr
from common.messages.consult import PrescriptionKind
from common.messages.windows import ReserveAt, WeighingRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.messages.herbal import DecoctionFee
    from common.messages.windows import WindowFacts

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
WEIGHING: Final = {
    WeighingRule.ALWAYS: N_("weighing|always"),
    WeighingRule.TOXIC: N_("weighing|toxic ones only"),
}
PER: Final = {
    Per.PRESCRIPTION: N_("boil|a prescription"),
    Per.LINE: N_("boil|a slice"),
    Per.GIVING: N_("boil|a dose"),
}


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


def fee_words(fees: Iterable[DecoctionFee] | None) -> str:
    """What the clinic takes for boiling slices, and where that is set."""
    if fees is None:
        return ""
    each = [tr("boil|{name} ¥{price} {per}", name=fee.name, price=plain(fee.price), per=tr(PER[Per(fee.per)])) for fee in fees]
    if not each:
        return tr(
            "boil|No fee is set for boiling slices, so it costs nothing. Finance sets it as a surcharge of the route of what the clinic boils."
        )
    return tr("boil|Fee for boiling slices: {fees}. Finance sets it.", fees=tr("list separator|, ").join(each))
