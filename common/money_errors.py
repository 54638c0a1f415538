"""Refusals about deposits, credit, and acts that need a second person. They register themselves beside those of :mod:`common.errors`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.errors import Refusal
from common.i18n import N_, tr

#: What a second person may have to agree to (``act`` of :class:`common.messages.settlement.Approve`).
ACTS: Final = {
    "refund": N_("refund"),
    "waiver": N_("waiver"),
    "finding": N_("finding about a payment"),
    "reopen": N_("reopening of a closed shift"),
    "pay_out": N_("paying out"),
    "green": N_("green channel"),
    "credit_back": N_("paying back to an account"),
    "accept": N_("taking over of a shift"),
    "drug_return": N_("return of controlled drugs"),
    "dispense_controlled": N_("hand-over of controlled drugs"),
    "undo_dispense": N_("undoing of somebody else's hand-over"),
    "toxic_slice": N_("weighing of a toxic slice"),
    "uneven_bag": N_("bag of another weight"),
    "trace_prefix": N_("binding of a code to a drug"),
    "release_lot": N_("release of a batch from quarantine"),
    "supplier_licence": N_("goods from a supplier without a licence"),
    "purchase_order": N_("order to a supplier"),
    "stock_paper": N_("paper of the store"),
    "residue": N_("destruction of a residue"),
    "narcotics_count": N_("count of narcotics at the change of shifts"),
    "stock_take": N_("booking of a stock-take"),
    "stock_recount": N_("second look at a counted line"),
    "stock_month": N_("reopening of a closed month"),
    "price_change": N_("price change"),
}


@dataclass(eq=False)
class ApprovalNeeded(Refusal):
    """A second person has to agree first. ``act`` is a key of :data:`ACTS`."""

    act: str
    text = N_("This {act} needs a second person's approval.")
    remedy = N_("Ask somebody who may approve to show their badge or type their password here.")
    status = 403

    def shown(self) -> dict[str, object]:
        return {"act": tr(ACTS.get(self.act, self.act))}


@dataclass(eq=False)
class ApprovalNotValid(Refusal):
    """The approval was used, is older than five minutes, or was given for something else. ``reason`` is an English source string."""

    reason: str
    text = N_("The approval does not hold: {reason}.")
    remedy = N_("Ask for it again.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"reason": tr(self.reason)}


class SamePerson(Refusal):
    """One's own act cannot be approved by oneself."""

    text = N_("Nobody can approve what they do themselves.")
    remedy = N_("Ask another person.")
    status = 403


@dataclass(eq=False)
class NotEnoughDeposit(Refusal):
    """The patient's deposit holds less than wanted."""

    balance_fen: int
    wanted_fen: int
    text = N_("The deposit holds {balance_fen}, {wanted_fen} are wanted.")
    remedy = N_("Take the rest by another tender, or top the deposit up.")
    status = 409


class BadgeRevoked(Refusal):
    """The badge was somebody's once, and was taken out of use."""

    text = N_("This badge was revoked.")
    remedy = N_("Use the new badge, or login name and password. Whoever finds a lost badge hands it in.")
    status = 403


class PayOutUnderWay(Refusal):
    """A deposit is paid out through a channel at this moment."""

    text = N_("This deposit is being paid out at this moment.")
    remedy = N_("Wait until that has ended; it stands under “Under way”.")
    status = 409


@dataclass(eq=False)
class CreditRefused(Refusal):
    """This credit account does not pay for this patient now. ``reason`` is an English source string."""

    account: str
    reason: str
    text = N_("{account}: {reason}.")
    remedy = N_("Take another tender, or ask whoever keeps the credit accounts.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"account": tr(self.account), "reason": tr(self.reason)}


@dataclass(eq=False)
class CreditLimitReached(Refusal):
    """The account would owe more than its limit."""

    account: str
    limit_fen: int
    balance_fen: int
    wanted_fen: int
    text = N_("{account} may owe {limit_fen} and owes {balance_fen}; {wanted_fen} more is too much.")
    remedy = N_("Take another tender for the rest, or ask whoever keeps the credit accounts.")
    status = 409
