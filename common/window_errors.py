"""Refusals about windows, calls, batch review and stock that is held from payment. They register themselves beside those of :mod:`common.errors`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class WindowIsClosed(Refusal):
    """Nobody stands at this window."""

    window: str
    text = N_("{window} is closed.")
    remedy = N_("Open it first, or choose another window.")
    status = 409


@dataclass(eq=False)
class WindowNotLeft(Refusal):
    """Somebody stands at this window after all, or it is closed already."""

    window: str
    text = N_("{window} is not left alone.")
    status = 409


@dataclass(eq=False)
class NotCalled(Refusal):
    """The patient was not called, or was passed already."""

    number: str
    text = N_("The patient of {number} is not called at the moment.")
    remedy = N_("Call the patient first.")
    status = 409


class BatchReviewOff(Refusal):
    """The clinic's rules want each prescription reviewed by itself."""

    text = N_("The clinic's rules want each prescription reviewed by itself.")
    remedy = N_("The manager sets this in the pharmacy's rules.")
    status = 409


@dataclass(eq=False)
class NotClean(Refusal):
    """Something changed, or the rules find something now."""

    number: str
    text = N_("The rules find something in {number} now; it was not passed.")
    remedy = N_("Open it and review it by itself.")
    status = 409


@dataclass(eq=False)
class ReviewAlone(Refusal):
    """Why a prescription is not passed together with others. ``reason`` is an English source string, ``drug`` may be empty."""

    reason: str
    drug: str = ""
    text = N_("{subject}{reason}.")
    status = 409

    def shown(self) -> dict[str, object]:
        reason = tr(self.reason)
        return {
            "subject": tr("subject|{drug}: ", drug=self.drug) if self.drug else "",
            "reason": reason if self.drug else reason[:1].upper() + reason[1:],
        }


@dataclass(eq=False)
class DrugGone(Refusal):
    """A prescription that holds no stock before it is paid cannot be paid any more. Quantities in base units."""

    drug: str
    wanted: Decimal
    left: Decimal
    unit: str
    text = N_("{drug} is not in stock any more: {wanted} {unit} wanted, {left} {unit} left. Nothing was paid.")
    remedy = N_("Send the patient back to the doctor for another drug; the other items can be paid without this prescription.")
    status = 409
