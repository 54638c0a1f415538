"""Refusals about invoices and their numbers; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class NoInvoiceSegment(Refusal):
    """Invoices take their numbers from segments, and ``cashier`` has none left. Nothing was booked."""

    cashier: str
    text = N_("{cashier} has no invoice numbers left; nothing was booked.")
    remedy = N_("Ask the manager for a new segment (desk Invoices, F3), then do it again.")
    status = 409


@dataclass(eq=False)
class SegmentOverlaps(Refusal):
    """Some of the numbers are in another segment, which ``holder`` was given."""

    first: str
    last: str
    holder: str
    text = N_("Some of these numbers were given to {holder} already: {first} to {last}.")
    remedy = N_("Look at what stands on the paper, and type it again.")
    status = 409


@dataclass(eq=False)
class NotYourNumber(Refusal):
    """The number is none of those that the person holds and has not used. ``reason`` is an English source string."""

    number: str
    reason: str
    text = N_("{number}: {reason}")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"number": self.number, "reason": tr(self.reason)}
