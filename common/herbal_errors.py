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
    """A slice has to be weighed before it goes out (the clinic's rule; a toxic one always), and ``drug`` was not."""

    drug: str
    text = N_("{drug} was not weighed.")
    remedy = N_("Weigh every slice of the prescription at the scale (F4), then hand it over.")
    status = 409


@dataclass(eq=False)
class NotWeighedSo(Refusal):
    """A slice is weighed in another way than asked. ``reason`` is one of the sentences below."""

    drug: str
    reason: str
    text = N_("{drug} is done in another way: {reason}.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "reason": tr(self.reason)}


BY_DOSE = N_("slice|it is weighed dose by dose")
ALTOGETHER = N_("slice|it is weighed with all doses together")
IS_COUNTED = N_("slice|it comes in packs or pieces and is counted")
ON_THE_SCALE = N_("slice|it is weighed, not counted")


@dataclass(eq=False)
class CountOff(Refusal):
    """Another number of packs or pieces than is wanted of a slice."""

    drug: str
    wanted: Decimal
    counted: Decimal
    unit: str
    text = N_("{drug}: {counted} {unit} were counted, {wanted} {unit} are wanted.")
    remedy = N_("Count them once more.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "wanted": plain(self.wanted), "counted": plain(self.counted), "unit": self.unit}


@dataclass(eq=False)
class BagOff(Refusal):
    """A bag is further from the sum of its slices than the tolerance. Grams; ``off`` is above zero where there is too much."""

    bag: int
    target: Decimal
    off: Decimal
    remedy = N_("Even the bags out and weigh it again, or write why it goes out like this (F6).")
    status = 409

    def sentence(self) -> str:
        return tr(BAG_TOO_HEAVY if self.off > 0 else BAG_TOO_LIGHT, **self.shown())

    def shown(self) -> dict[str, object]:
        return {"bag": self.bag, "target": plain(self.target), "off": plain(abs(self.off))}


BAG_TOO_HEAVY = N_("Bag {bag}: {off} g too much for {target} g.")
BAG_TOO_LIGHT = N_("Bag {bag}: {off} g too little for {target} g.")


@dataclass(eq=False)
class BagsUnchecked(Refusal):
    """All slices were weighed, and bag ``bag`` was not laid on the scale."""

    bag: int
    text = N_("Bag {bag} was not checked.")
    remedy = N_("Weigh every bag of the prescription at the scale (F4), then hand it over.")
    status = 409


@dataclass(eq=False)
class NoSuchBag(Refusal):
    """A prescription has no bag of this number that is checked."""

    number: str
    bag: int
    text = N_("Prescription {number} has no bag {bag} that is checked on the scale.")
    status = 404


@dataclass(eq=False)
class DecoctionFeeBack(Refusal):
    """The fee for boiling was paid back: the patient boils it at home."""

    number: str
    text = N_("The fee for boiling prescription {number} was paid back: it is not boiled here.")
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
