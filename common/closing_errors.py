"""Refusals of shifts, daily closes and roll-ups; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class FloatCounted(Refusal):
    """The shift has its float already. It is counted in once."""

    float_fen: int
    text = N_("This shift was opened with a float of {float_fen} already.")
    remedy = N_("A wrong float shows as a difference when the drawer is counted; give it as the reason there.")
    status = 409


@dataclass(eq=False)
class OpenMatters(Refusal):
    """Something of the cashier's has no certain outcome yet."""

    count: int
    text = N_("The shift cannot be closed while {count} matters are open.")
    remedy = N_("Settle each of them first: the list says how.")
    status = 409


@dataclass(eq=False)
class DifferenceUnexplained(Refusal):
    """The drawer is short or over, and nobody said why."""

    difference_fen: int
    text = N_("The drawer differs by {difference_fen} and no reason is given.")
    remedy = N_("Type the reason; it is printed on the slip.")
    status = 422


@dataclass(eq=False)
class HandInTooHigh(Refusal):
    """More is to be handed in than was counted."""

    counted_fen: int
    handed_in_fen: int
    text = N_("{counted_fen} were counted, {handed_in_fen} cannot be handed in.")
    remedy = N_("Hand in what was counted, or less and keep the rest as the next float.")
    status = 422


class AcceptanceNeeded(Refusal):
    """The clinic's rules want another person to accept the cash before the close."""

    text = N_("Another person has to accept the cash before this shift can be closed.")
    remedy = N_("Hand the shift over; the next cashier or a manager accepts it at his own desk or here.")
    status = 409


@dataclass(eq=False)
class NewerShift(Refusal):
    """Money was taken after the count, so the cashier's next shift is open: the counted one cannot take money again."""

    since: str
    text = N_("The next shift is open since {since}: money was taken after the count.")
    remedy = N_("Leave this count as it is, and give the reason if it differs.")
    status = 409


class CountMoved(Refusal):
    """Money was booked in the shift after it had been counted."""

    text = N_("Money was booked in this shift after it was counted.")
    remedy = N_("Count the drawer again.")
    status = 409


@dataclass(eq=False)
class NotLatestClose(Refusal):
    """Only the cashier's latest close can be reopened. ``number`` is that one's."""

    number: str
    text = N_("Only the latest close can be reopened, which is {number}.")
    remedy = N_("Reopen that one first.")
    status = 409


@dataclass(eq=False)
class AlreadyRolledUp(Refusal):
    """The business day was added up and signed for; nothing of it can be changed."""

    business_date: str
    text = N_("{business_date} is rolled up. Nothing of that day can be changed any more.")
    remedy = N_("What is to be corrected is entered today.")
    status = 409


@dataclass(eq=False)
class ShiftsNotClosed(Refusal):
    """Shifts of the day are not closed. ``cashiers`` are whose."""

    business_date: str
    cashiers: list[str]
    text = N_("{business_date} cannot be rolled up: shifts of {cashiers} are not closed.")
    remedy = N_("Have them closed first.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"business_date": self.business_date, "cashiers": tr("list separator|, ").join(self.cashiers)}


@dataclass(eq=False)
class NothingToRollUp(Refusal):
    """The day has no close, or is still to come."""

    business_date: str
    text = N_("There is no closed shift of {business_date} to roll up.")
    remedy = N_("Choose another day.")
    status = 409


@dataclass(eq=False)
class DoesNotReconcile(Refusal):
    """The closes of a day say something else than the ledger. ``account`` is the ledger's."""

    account: str
    closes_fen: int
    ledger_fen: int
    text = N_("Account {account}: the closes sum to {closes_fen}, the ledger to {ledger_fen}.")
    remedy = N_("Nothing was rolled up. Tell the administrator: “xinglin check” names the shift.")
    status = 409
