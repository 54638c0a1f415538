"""Refusals at the pharmacy's counter: what is owed, other batches, opened packs. They register themselves beside those of :mod:`common.errors`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class PromiseNeeded(Refusal):
    """Something of a prescription is not handed over, and nobody said till when it will be. Quantities in base units."""

    drug: str
    owed: Decimal
    unit: str
    text = N_("{owed} {unit} of {drug} are still owed then; no day is promised for them.")
    remedy = N_("Say till when the patient gets the rest, and print the slip.")
    status = 409


@dataclass(eq=False)
class NothingToHandOver(Refusal):
    """A hand-over without any drug is none."""

    number: str
    text = N_("Nothing of prescription {number} would be handed over.")
    remedy = N_("Put it back instead; the patient can come again, or be paid back.")
    status = 409


@dataclass(eq=False)
class HandOverWrong(Refusal):
    """A quantity that cannot be handed over of a line. ``reason`` is an English source string."""

    drug: str
    reason: str
    text = N_("{drug} cannot be handed over like this: {reason}.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "reason": tr(self.reason)}


@dataclass(eq=False)
class OpenPackFirst(Refusal):
    """A new pack is scanned although an opened one is to be used up. ``left`` in base units."""

    drug: str
    code: str
    left: Decimal
    unit: str
    text = N_("{drug}: pack {code} is open with {left} {unit} left. Take from that one.")
    remedy = N_("If it is damaged or lost, choose another batch for the line with a reason.")
    status = 409


@dataclass(eq=False)
class PackIsOpen(Refusal):
    """An opened pack is scanned where it does not fit: as a whole pack, of another batch, or with too little in it. ``left`` in base units."""

    drug: str
    code: str
    left: Decimal
    unit: str
    text = N_("{drug}: pack {code} is open and holds {left} {unit}; it does not fit here.")
    remedy = N_("Scan a sealed pack of the batch that stands in the list.")
    status = 409


@dataclass(eq=False)
class NothingOwed(Refusal):
    """Nothing of a prescription is owed."""

    number: str
    text = N_("Nothing of prescription {number} is owed.")
    remedy = N_("Look at the list again; another desk was quicker.")
    status = 409


@dataclass(eq=False)
class WrongPack(Refusal):
    """The scanned code belongs to another drug or to none."""

    code: str
    drug: str
    text = N_("Code {code} does not belong to {drug}.")
    remedy = N_("Take the right pack. Is it a new product, teach its code at receipt.")
    status = 409


@dataclass(eq=False)
class CodeAlreadySold(Refusal):
    """A whole pack's traceability code went out before."""

    code: str
    drug: str
    text = N_("Code {code} ({drug}) was already handed out.")
    remedy = N_("Put this pack aside and tell the store keeper.")
    status = 409


@dataclass(eq=False)
class PacksMissing(Refusal):
    """Fewer packs were scanned than are to be handed over."""

    drug: str
    wanted: int
    scanned: int
    text = N_("{drug}: {scanned} of {wanted} packs scanned.")
    remedy = N_("Scan the rest, or give a reason.")
