"""The life of each object: its states and the only edges between them (WORKFLOWS.md §1).

The database holds the same edges in triggers, so that no path around the service can take another one; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One object's states. ``title`` is what a person calls the object; ``initial`` are the states in which it may come into being; ``edges``
    maps a state to its next ones."""

    name: str
    title: str
    labels: Mapping[str, str]
    initial: frozenset[str]
    edges: Mapping[str, frozenset[str]]

    def allows(self, old: str, new: str) -> bool:
        """Whether ``old`` → ``new`` is an edge."""
        return new in self.edges.get(old, frozenset())

    def label(self, state: str) -> str:
        """The state as a person reads it, in the current language."""
        return tr(self.labels[state])


def _edges(text: str) -> dict[str, frozenset[str]]:
    """``"A > B C; B > C"`` as a mapping."""
    edges: dict[str, frozenset[str]] = {}
    for clause in filter(None, (part.strip() for part in text.split(";"))):
        old, _, new = clause.partition(">")
        edges[old.strip()] = frozenset(new.split())
    return edges


VISIT: Final = Machine(
    name="visit",
    title=N_("Visit"),
    labels={
        "UNPAID": N_("Visit|Unpaid"),
        "REGISTERED": N_("Visit|Registered"),
        "CHECKED_IN": N_("Visit|Checked in"),
        "WAITING": N_("Visit|Waiting"),
        "CALLED": N_("Visit|Called"),
        "PASSED": N_("Visit|Passed over"),
        "IN_CONSULT": N_("Visit|In consultation"),
        "ON_HOLD": N_("Visit|On hold"),
        "FINISHED": N_("Visit|Finished"),
        "CLOSED": N_("Visit|Closed"),
        "CANCELLED": N_("Visit|Cancelled"),
        "NO_SHOW": N_("Visit|No show"),
    },
    # A patient who registers at the desk in person has checked in by that, unless the clinic keeps a triage desk.
    initial=frozenset({"UNPAID", "REGISTERED", "WAITING"}),
    edges=_edges(
        "UNPAID > REGISTERED CANCELLED NO_SHOW; REGISTERED > CHECKED_IN CANCELLED NO_SHOW; CHECKED_IN > WAITING CANCELLED;"
        "WAITING > CALLED CANCELLED; CALLED > IN_CONSULT PASSED WAITING; PASSED > WAITING CALLED CANCELLED;"
        "IN_CONSULT > ON_HOLD FINISHED; ON_HOLD > IN_CONSULT FINISHED; FINISHED > CLOSED IN_CONSULT"
    ),
)

PRESCRIPTION: Final = Machine(
    name="prescription",
    title=N_("Prescription"),
    labels={
        "DRAFT": N_("Prescription|Draft"),
        "SUBMITTED": N_("Prescription|To be reviewed"),
        "APPROVED": N_("Prescription|Approved"),
        "REJECTED": N_("Prescription|Sent back"),
        "OVERRIDDEN": N_("Prescription|Double-signed"),
        "PAID": N_("Prescription|Paid"),
        "PICKED": N_("Prescription|Picked"),
        "PART_DISPENSED": N_("Prescription|Partly dispensed"),
        "DISPENSED": N_("Prescription|Dispensed"),
        "PART_RETURNED": N_("Prescription|Partly returned"),
        "RETURNED": N_("Prescription|Returned"),
        "VOIDED": N_("Prescription|Voided"),
        "EXPIRED": N_("Prescription|Expired"),
    },
    initial=frozenset({"DRAFT", "SUBMITTED"}),
    edges=_edges(
        "DRAFT > SUBMITTED VOIDED; SUBMITTED > APPROVED REJECTED VOIDED EXPIRED; REJECTED > SUBMITTED OVERRIDDEN VOIDED EXPIRED;"
        "OVERRIDDEN > PAID VOIDED EXPIRED; APPROVED > PAID VOIDED EXPIRED; PAID > PICKED PART_DISPENSED DISPENSED APPROVED VOIDED;"
        "PICKED > PART_DISPENSED DISPENSED PAID; PART_DISPENSED > DISPENSED PART_RETURNED RETURNED;"
        "DISPENSED > PART_RETURNED RETURNED PAID; PART_RETURNED > RETURNED PART_RETURNED"
    ),
)

CHARGE_LINE: Final = Machine(
    name="charge_line",
    title=N_("Charge line"),
    labels={
        "PENDING": N_("Charge|To pay"),
        "SETTLED": N_("Charge|Paid"),
        "PART_REFUNDED": N_("Charge|Partly refunded"),
        "REFUNDED": N_("Charge|Refunded"),
        "VOIDED": N_("Charge|Voided"),
    },
    initial=frozenset({"PENDING", "SETTLED"}),
    edges=_edges("PENDING > SETTLED VOIDED; SETTLED > PART_REFUNDED REFUNDED; PART_REFUNDED > PART_REFUNDED REFUNDED"),
)

PAYMENT: Final = Machine(
    name="payment",
    title=N_("Payment"),
    labels={
        "PENDING": N_("Payment|Pending"),
        "PAYING": N_("Payment|Paying"),
        "PAID": N_("Payment|Paid"),
        "REFUNDING": N_("Payment|Refunding"),
        "REFUNDED": N_("Payment|Refunded"),
        "VOIDED": N_("Payment|Voided"),
        "UNKNOWN": N_("Payment|Outcome unknown"),
    },
    initial=frozenset({"PENDING", "PAID"}),  # cash in the hand is paid at once
    edges=_edges(
        "PENDING > PAYING PAID VOIDED UNKNOWN; PAYING > PAID VOIDED UNKNOWN; PAID > REFUNDING REFUNDED;"
        "REFUNDING > REFUNDED PAID UNKNOWN; UNKNOWN > PAID VOIDED REFUNDED"
    ),
)

INVOICE: Final = Machine(
    name="invoice",
    title=N_("Invoice"),
    labels={
        "UNUSED": N_("Invoice|Unused"),
        "USED": N_("Invoice|Used"),
        "REPRINTED": N_("Invoice|Reprinted"),
        "VOIDED": N_("Invoice|Voided"),
        "REVERSED": N_("Invoice|Reversed"),
    },
    initial=frozenset({"UNUSED", "USED"}),
    edges=_edges("UNUSED > USED VOIDED; USED > REPRINTED VOIDED REVERSED; REPRINTED > REPRINTED VOIDED REVERSED"),
)

SHIFT: Final = Machine(
    name="shift",
    title=N_("Shift"),
    labels={
        "OPENED": N_("Shift|Open"),
        "COUNTED": N_("Shift|Counted"),
        "SUBMITTED": N_("Shift|Handed in"),
        "ACCEPTED": N_("Shift|Accepted"),
        "CLOSED": N_("Shift|Closed"),
        "ROLLED_UP": N_("Shift|Rolled up"),
    },
    initial=frozenset({"OPENED"}),
    edges=_edges(
        "OPENED > COUNTED; COUNTED > SUBMITTED OPENED; SUBMITTED > ACCEPTED COUNTED; ACCEPTED > CLOSED SUBMITTED;"
        "CLOSED > ROLLED_UP ACCEPTED"
    ),
)

SETTLEMENT: Final = Machine(
    name="settlement",
    title=N_("Settlement"),
    labels={
        "OPEN": N_("Settlement|Under way"),
        "QUOTED": N_("Settlement|Quoted"),
        "DONE": N_("Settlement|Done"),
        "FAILED": N_("Settlement|Given up"),
        "UNKNOWN": N_("Settlement|Outcome unknown"),
    },
    initial=frozenset({"OPEN"}),
    edges=_edges("OPEN > QUOTED DONE FAILED UNKNOWN; QUOTED > OPEN FAILED; UNKNOWN > OPEN DONE FAILED"),
)

_CALL_LABELS: Final = {
    "PENDING": N_("Call|Asked, no answer yet"),
    "SUCCESS": N_("Call|Carried out"),
    "REJECTED": N_("Call|Refused"),
    "UNKNOWN": N_("Call|Outcome unknown"),
    "REVERSED": N_("Call|Taken back"),
}
_CALL_EDGES: Final = "PENDING > SUCCESS REJECTED UNKNOWN; UNKNOWN > SUCCESS REJECTED REVERSED; SUCCESS > REVERSED"

#: A call that left the house. PENDING is committed before the first byte is sent, so after a crash it means: perhaps sent (DOMAIN.md §1.6).
CHANNEL_CALL: Final = Machine(
    name="channel_call", title=N_("Payment call"), labels=_CALL_LABELS, initial=frozenset({"PENDING"}), edges=_edges(_CALL_EDGES)
)
INSURANCE_CALL: Final = Machine(
    name="insurance_call", title=N_("Insurance call"), labels=_CALL_LABELS, initial=frozenset({"PENDING"}), edges=_edges(_CALL_EDGES)
)

INSURANCE: Final = Machine(
    name="insurance_settlement",
    title=N_("Insurance settlement"),
    labels={
        "PERSON_READ": N_("Insurance|Person read"),
        "REGISTERED": N_("Insurance|Visit registered"),
        "DIAGNOSED": N_("Insurance|Diagnosis uploaded"),
        "UPLOADED": N_("Insurance|Fee details uploaded"),
        "QUOTED": N_("Insurance|Pre-settled"),
        "SETTLED": N_("Insurance|Settled"),
        "CANCELLED": N_("Insurance|Cancelled"),
    },
    initial=frozenset({"PERSON_READ"}),
    edges=_edges(
        "PERSON_READ > REGISTERED CANCELLED; REGISTERED > DIAGNOSED CANCELLED; DIAGNOSED > UPLOADED CANCELLED;"
        "UPLOADED > QUOTED DIAGNOSED CANCELLED; QUOTED > SETTLED UPLOADED DIAGNOSED CANCELLED; SETTLED > CANCELLED"
    ),
)

EINVOICE: Final = Machine(
    name="einvoice",
    title=N_("E-invoice"),
    labels={
        "PENDING": N_("E-invoice|Waiting to be issued"),
        "ISSUED": N_("E-invoice|Issued"),
        "UNKNOWN": N_("E-invoice|Outcome unknown"),
        "FAILED": N_("E-invoice|Refused by the platform"),
    },
    initial=frozenset({"PENDING"}),
    edges=_edges("PENDING > ISSUED UNKNOWN FAILED; UNKNOWN > ISSUED PENDING FAILED; FAILED > PENDING"),
)

#: An order to a supplier 采购订单. What was approved stands; RECEIVED: all of it came, CLOSED: no more is waited for.
PURCHASE_ORDER: Final = Machine(
    name="purchase_order",
    title=N_("Purchase order"),
    labels={
        "DRAFT": N_("Order|Draft"),
        "APPROVED": N_("Order|Approved"),
        "SENT": N_("Order|Sent"),
        "PART_RECEIVED": N_("Order|Partly received"),
        "RECEIVED": N_("Order|Received"),
        "CLOSED": N_("Order|Closed"),
    },
    initial=frozenset({"DRAFT"}),
    edges=_edges("DRAFT > APPROVED CLOSED; APPROVED > SENT CLOSED; SENT > PART_RECEIVED RECEIVED CLOSED; PART_RECEIVED > RECEIVED CLOSED"),
)

DECOCTION: Final = Machine(
    name="decoction",
    title=N_("Decoction"),
    labels={
        "TAKEN_IN": N_("Decoction|Taken in"),
        "SOAKED": N_("Decoction|Soaking"),
        "DECOCTED": N_("Decoction|Boiled"),
        "PACKED": N_("Decoction|Packed"),
        "COLLECTED": N_("Decoction|Collected"),
        "DELIVERED": N_("Decoction|Delivered"),
        "CANCELLED": N_("Decoction|Cancelled"),
    },
    initial=frozenset({"TAKEN_IN"}),
    edges=_edges("TAKEN_IN > SOAKED CANCELLED; SOAKED > DECOCTED; DECOCTED > PACKED; PACKED > COLLECTED DELIVERED"),
)

#: A paper of the store 单据. What a second person signs begins as a DRAFT, a request as OPEN, a transfer as SENT; the three never meet.
STOCK_PAPER: Final = Machine(
    name="stock_paper",
    title=N_("Stock paper"),
    labels={
        "DRAFT": N_("Stock paper|To be approved"),
        "APPROVED": N_("Stock paper|Approved"),
        "REJECTED": N_("Stock paper|Rejected"),
        "VOIDED": N_("Stock paper|Voided"),
        "OPEN": N_("Stock paper|Open"),
        "SERVED": N_("Stock paper|Served"),
        "CLOSED": N_("Stock paper|Closed"),
        "SENT": N_("Stock paper|On the way"),
        "RECEIVED": N_("Stock paper|Received"),
        "CALLED_BACK": N_("Stock paper|Called back"),
    },
    initial=frozenset({"DRAFT", "OPEN", "SENT"}),
    edges=_edges("DRAFT > APPROVED REJECTED; APPROVED > VOIDED; OPEN > SERVED CLOSED; SENT > RECEIVED CALLED_BACK"),
)

STOCK_TAKE: Final = Machine(
    name="stock_take",
    title=N_("Stock-take"),
    labels={
        "OPEN": N_("Stock-take|Being counted"),
        "COUNTED": N_("Stock-take|Counted, to be approved"),
        "CONFIRMED": N_("Stock-take|Confirmed"),
        "VOIDED": N_("Stock-take|Given up"),
    },
    initial=frozenset({"OPEN"}),
    edges=_edges("OPEN > COUNTED VOIDED; COUNTED > CONFIRMED VOIDED"),
)

PRICE_CHANGE: Final = Machine(
    name="price_change",
    title=N_("Price change"),
    labels={
        "PROPOSED": N_("Price change|To be approved"),
        "APPROVED": N_("Price change|Approved, not yet valid"),
        "APPLIED": N_("Price change|Valid"),
        "VOIDED": N_("Price change|Withdrawn"),
    },
    initial=frozenset({"PROPOSED"}),
    edges=_edges("PROPOSED > APPROVED VOIDED; APPROVED > APPLIED VOIDED"),
)

#: A lot that is kept out of use, and a recall of lots.
QUARANTINE: Final = Machine(
    name="quarantine",
    title=N_("Quarantine"),
    labels={"HELD": N_("Quarantine|Kept out of use"), "RELEASED": N_("Quarantine|Released")},
    initial=frozenset({"HELD"}),
    edges=_edges("HELD > RELEASED"),
)
RECALL: Final = Machine(
    name="recall",
    title=N_("Recall"),
    labels={"OPEN": N_("Recall|Under way"), "CLOSED": N_("Recall|Closed")},
    initial=frozenset({"OPEN"}),
    edges=_edges("OPEN > CLOSED"),
)

#: A change of what the catalogue says of a drug 药品目录变更. REFUSED: it could not hold any more when its moment came.
DRUG_CHANGE: Final = Machine(
    name="drug_change",
    title=N_("Catalogue change"),
    labels={
        "PROPOSED": N_("Catalogue change|Not yet valid"),
        "APPLIED": N_("Catalogue change|Valid"),
        "WITHDRAWN": N_("Catalogue change|Withdrawn"),
        "REFUSED": N_("Catalogue change|Could not take effect"),
    },
    initial=frozenset({"PROPOSED"}),
    edges=_edges("PROPOSED > APPLIED WITHDRAWN REFUSED"),
)

MACHINES: Final = {
    machine.name: machine
    for machine in (
        VISIT,
        PRESCRIPTION,
        CHARGE_LINE,
        PAYMENT,
        INVOICE,
        SHIFT,
        SETTLEMENT,
        CHANNEL_CALL,
        INSURANCE_CALL,
        INSURANCE,
        EINVOICE,
        DECOCTION,
        STOCK_TAKE,
        PRICE_CHANGE,
        STOCK_PAPER,
        PURCHASE_ORDER,
        QUARANTINE,
        RECALL,
        DRUG_CHANGE,
    )
}
