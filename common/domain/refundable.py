"""Whether a billed line may be taken back, and how much of it: what was handed out has to come back to the pharmacy first (DOMAIN.md §5.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from common.i18n import N_

#: The doctor's fee goes back with the visit, at the desk that took it.
CANCEL_VISIT: Final = N_("refund|Cancel the visit at the registration desk; the fee goes back with it.")
PUT_BACK: Final = N_("refund|It is picked. The pharmacy has to put it back first.")
HANDED_OUT: Final = N_("refund|It was handed out. The pharmacy has to take it back first.")
STILL_OWED: Final = N_("refund|It is handed out or still owed. The pharmacy has to take it back, or give the rest up, first.")
NOTHING_LEFT: Final = N_("refund|It was taken back already.")
BILL_TAKEN_BACK: Final = N_("refund|This bill was taken back.")

TAKEN_IN: Final = N_("refund|It is to be boiled. The pharmacy has to cancel the decoction first.")
BOILED: Final = N_("refund|It is being boiled or was; the fee for that stays.")

_HANDED_OUT: Final = frozenset({"PART_DISPENSED", "DISPENSED", "PART_RETURNED", "RETURNED"})
_NONE: Final = Decimal(0)


def binding_state(source: str, prescription_state: str | None) -> str | None:
    """The state of the prescription that a line hangs on. A service that came with drugs (injecting them) stands alone once they are out."""
    return None if source != "prescription" and prescription_state in _HANDED_OUT else prescription_state


def whole_only(prescription_state: str | None) -> bool:
    """Whether a prescription's lines go back all or none: it is paid and handed out whole, so until then it is given up whole."""
    return prescription_state is not None and prescription_state not in _HANDED_OUT


def refundable_quantity(quantity: Decimal, refunded: Decimal, prescription_state: str | None, returned: Decimal = _NONE) -> Decimal:
    """How much of a billed line can be taken back, in the line's own unit.

    ``quantity`` was billed, ``refunded`` of it taken back before. ``prescription_state``: see
    :func:`binding_state`. ``returned`` is what
    the pharmacy took back of it so far, or never handed over and gave up, refunded or not: of drugs that were handed out no more than that goes
    back.
    """
    left = quantity - refunded
    if prescription_state == "PICKED":
        return _NONE
    if prescription_state in _HANDED_OUT:
        return max(min(returned - refunded, left), _NONE)
    return left


def hindrance(source: str, left_on_bill: Decimal, prescription_state: str | None, refundable: Decimal, decoction: str | None = None) -> str:
    """Why nothing of a line can be taken back now, as a source string; empty when something can. ``decoction`` is the state of the order by
    which the clinic boils its prescription, ``None`` where it boils nothing: the fee for that goes back only while nothing was soaked.
    """
    if source == "registration":
        return CANCEL_VISIT
    if source == "surcharge" and decoction is not None and left_on_bill > 0:
        return TAKEN_IN if decoction == "TAKEN_IN" else BOILED
    if refundable > 0:
        return ""
    if left_on_bill <= 0:
        return NOTHING_LEFT
    if prescription_state == "PART_DISPENSED":
        return STILL_OWED
    return PUT_BACK if prescription_state == "PICKED" else HANDED_OUT
