"""Refusals about herbal slices. They register themselves beside those of :mod:`common.errors`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.domain.dosage import plain
from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class SlicesClash(Refusal):
    """十八反: the doctor signs for it a second time, with the reason (双签)."""

    drug: str
    other: str
    text = N_("{drug} and {other} are against each other (the eighteen incompatibles); sign for it with the reason.")
    status = 409


@dataclass(eq=False)
class SlicesAverse(Refusal):
    """十九畏: said, and no more."""

    drug: str
    other: str
    text = N_("{drug} and {other} weaken each other (the nineteen antagonisms).")
    status = 409


@dataclass(eq=False)
class WeightOff(Refusal):
    """A slice is further from its target than the tolerance. Grams; ``off`` is above zero where there is too much."""

    drug: str
    target: Decimal
    off: Decimal
    status = 409

    def sentence(self) -> str:
        return tr(TOO_MUCH if self.off > 0 else TOO_LITTLE, **self.shown())

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "target": plain(self.target), "off": plain(abs(self.off))}


TOO_MUCH = N_("{drug}: {off} g too much for {target} g. Take so much out.")
TOO_LITTLE = N_("{drug}: {off} g too little for {target} g. Add so much.")


@dataclass(eq=False)
class SlicesMissing(Refusal):
    """Some slices of a prescription were weighed and ``drug`` was not."""

    drug: str
    text = N_("{drug} was not weighed.")
    remedy = N_("Weigh every slice of the prescription, then hand it over.")
    status = 409


@dataclass(eq=False)
class NotHerbal(Refusal):
    """Prescription ``number`` has no slices to be weighed or boiled here. ``reason`` is an English source string."""

    number: str
    text = N_("Prescription {number} is no herbal one that is boiled here.")
    status = 409


@dataclass(eq=False)
class BeingDecocted(Refusal):
    """Its slices are in the pot already: the hand-over of prescription ``number`` cannot be undone."""

    number: str
    decoction: str
    text = N_("The slices of prescription {number} are being boiled (order {decoction}).")
    remedy = N_("Cancel the order first, while nothing was soaked.")
    status = 409
