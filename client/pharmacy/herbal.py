"""The herbal room 中药: which prescription lies on the scale, what the scale says, and what the decoction room has to do. No Qt."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from client.initials import matches
from common.domain.dosage import plain
from common.domain.herbal import off_by
from common.herbal_errors import BagOff, CountOff, WeightOff
from common.i18n import N_, tr
from common.messages.herbal import (
    BagToCheck,
    ChangeDelivery,
    CountSlice,
    SliceToWeigh,
    StepDecoction,
    TakeInDecoction,
    WeighBag,
    WeighSlice,
    Weight,
)
from common.messages.pharmacy import Dispense, NoCode
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.domain.herbal import Handling
    from common.errors import XinglinError
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import DecoctionFacts, HerbalEntry, WeighingFacts
    from devices.scale import Reading

NOTHING_OPEN: Final = N_("Choose a prescription of slices and press Enter, or scan its barcode.")
NO_ORDER: Final = N_("Choose an order, or scan its label.")
BEING_SENT: Final = N_("It is on its way to the service.")
NOT_AT_REST: Final = N_("The scale has not come to rest.")
EMPTY_SCALE: Final = N_("Nothing lies on the scale. Lay the slice on it, or type its weight.")
STILL_THERE: Final = N_("Take the last slice off the scale first.")
NO_NUMBER: Final = N_("Type the weight in grams.")
EMPTY_BAG: Final = N_("Nothing lies on the scale. Lay the bag on it, or type its weight.")
NO_COUNT: Final = N_("Type how many there are.")
SECOND_LOOK: Final = N_("This slice is toxic: a second person looks at it and agrees.")
SECOND_BAG: Final = N_("A toxic slice is in the bag: a second person looks at it and agrees.")
NOT_UNEVEN: Final = N_("Only a bag that is too light or too heavy needs a reason.")
#: What lies on the scale is another slice once it was lighter than this part of the last one.
_LIFTED: Final = Decimal("0.5")
_MOST_GRAMS: Final = 100_000

#: The next step of an order by its state; the last one depends on where it goes.
NEXT: Final = {"": "TAKEN_IN", "TAKEN_IN": "SOAKED", "SOAKED": "DECOCTED", "DECOCTED": "PACKED"}
STEP_WORDS: Final = {
    "TAKEN_IN": N_("herbal|Take in"),
    "SOAKED": N_("herbal|Soak"),
    "DECOCTED": N_("herbal|Boiled"),
    "PACKED": N_("herbal|Packed"),
    "COLLECTED": N_("herbal|Collected"),
    "DELIVERED": N_("herbal|Delivered"),
}


class Page(StrEnum):
    """What the room shows."""

    WEIGH = "weigh"
    DECOCT = "decoct"


class Row(NamedTuple):
    """A row of the table: a slice, or behind all slices a bag."""

    slice: SliceToWeigh
    bag: BagToCheck | None = None

    @property
    def key(self) -> int:
        """The line of a slice, the number of a bag below zero."""
        return self.slice.line_id if self.bag is None else -self.bag.bag

    @property
    def weight(self) -> Weight | None:
        """What was weighed, once all of it was."""
        return self.slice.weight if self.bag is None else self.bag.weight


class Weighing:
    """One prescription on the scale, slice by slice along the shelves, then bag by bag."""

    def __init__(self, facts: WeighingFacts) -> None:
        self.facts = facts
        self.line_id = facts.slices[0].line_id if facts.slices else 0
        self.bag = 0
        self.dose = 0
        self.reading: Reading | None = None
        self.typed = self.reason = ""
        self.sending = False
        self.handing = False
        self.approval_id: int | None = None
        self.request_id = new_request_id()
        self._lying: Decimal | None = None
        self.go_on()

    @property
    def prescription(self) -> PrescriptionFacts:
        """Whose slices they are."""
        return self.facts.prescription

    @property
    def slices(self) -> Sequence[SliceToWeigh]:
        """Along the shelves."""
        return self.facts.slices

    @property
    def bags(self) -> Sequence[BagToCheck]:
        """For each dose."""
        return self.facts.bags

    @property
    def current(self) -> SliceToWeigh:
        """What is to be laid on the scale now, while it is no bag."""
        return next((each for each in self.slices if each.line_id == self.line_id), self.slices[0])

    @property
    def bag_now(self) -> BagToCheck | None:
        """The bag that is to be laid on the scale now."""
        return next((each for each in self.bags if each.bag == self.bag), None)

    @property
    def target(self) -> Decimal:
        """Grams, packs or pieces that are wanted now."""
        bag, one = self.bag_now, self.current
        if bag is not None:
            return bag.target
        return one.count or (one.per_dose if one.by_dose else one.target)

    @property
    def counts(self) -> bool:
        """Whether what is wanted now is counted."""
        return self.bag_now is None and bool(self.current.count)

    @property
    def left(self) -> int:
        """How many slices are not weighed yet."""
        return sum(each.weight is None for each in self.slices)

    @property
    def bags_left(self) -> int:
        """How many bags are not checked yet."""
        return sum(each.weight is None for each in self.bags)

    @property
    def done(self) -> bool:
        """Whether there is nothing left to lay on the scale."""
        return not self.left and not self.bags_left

    @property
    def ready(self) -> bool:
        """Whether it may be handed over: by the clinic's rule, or because everything was weighed."""
        required = any(each.required and each.weight is None for each in self.slices)
        return not required and not (self.facts.bags_required and self.bags_left)

    @property
    def toxic(self) -> bool:
        """Whether a second person has to agree to what is kept now: a toxic slice, dose by dose with its last one; an uneven bag with one."""
        if self.bag_now is not None:
            return bool(self.off()) and any(each.toxic for each in self.slices)
        others = sum(each is None for place, each in enumerate(self.current.by_dose, 1) if place != self.dose)
        return self.current.toxic and not others

    def rows(self) -> list[Row]:
        """The table: slices, then bags."""
        return [*map(Row, self.slices), *(Row(self.slices[0], bag) for bag in self.bags)]

    def use(self, facts: WeighingFacts) -> None:
        """Newer facts."""
        self.facts = facts

    def go_on(self) -> None:
        """To the next slice that is not weighed, behind this one and then from the beginning; then to the next bag."""
        at = next((n for n, each in enumerate(self.slices) if each.line_id == self.line_id), 0)
        waiting = [each.line_id for each in (*self.slices[at:], *self.slices[:at]) if each.weight is None]
        bags = [each.bag for each in (*self.bags[self.bag :], *self.bags[: self.bag]) if each.weight is None]
        self.choose(waiting[0] if waiting else -bags[0] if bags else -self.bag if self.bag else self.line_id)

    def choose(self, key: int) -> None:
        """Weigh this one now, also once more: a slice by its line, a bag by its number below zero."""
        self.bag, self.line_id = (-key, self.line_id) if key < 0 else (0, key)
        waiting = [place for place, each in enumerate(self.current.by_dose, 1) if each is None]
        self.dose = 0 if self.bag or not self.current.by_dose else waiting[0] if waiting else 1
        self.typed = self.reason = ""
        self.approval_id, self.request_id = None, new_request_id()

    @property
    def key(self) -> int:
        """The row of the table that is weighed now."""
        return -self.bag or self.line_id

    def heard(self, reading: Reading) -> None:
        """The scale says something else."""
        self.reading = reading
        if self._lying is not None and reading.grams < self._lying * _LIFTED:
            self._lying = None

    def grams(self) -> Decimal | None:
        """What would be kept: the typed weight, else what lies on the scale; ``None`` while there is neither. What is counted is all there,
        unless another number is typed.
        """
        if self.typed.strip():
            return parse_grams(self.typed)
        if self.counts:
            return self.target
        return self.reading.grams if self.reading is not None and self.reading.grams > 0 else None

    def off(self) -> Decimal:
        """How far it is from the target, 0 within the tolerance."""
        grams = self.grams()
        if grams is None:
            return Decimal(0)
        return grams - self.target if self.counts else off_by(self.target, grams)

    def hindrance(self) -> str:
        """Why the weight is not kept now, as a source string; empty when it will do."""
        if self.sending or self.handing:
            return BEING_SENT
        if self.typed.strip():
            return "" if parse_grams(self.typed) is not None else NO_COUNT if self.counts else NO_NUMBER
        if self.counts:
            return ""
        if self.grams() is None:
            return EMPTY_BAG if self.bag else EMPTY_SCALE
        if self._lying is not None:
            return STILL_THERE
        return "" if self.reading is not None and self.reading.stable else NOT_AT_REST

    def beyond(self) -> XinglinError | None:
        """Why the service would refuse what lies there; a bag goes out all the same once somebody writes why."""
        off, bag, one = self.off(), self.bag_now, self.current
        if not off:
            return None
        if bag is not None:
            return None if self.reason.strip() else BagOff(bag=bag.bag, target=bag.target, off=off)
        if self.counts:
            return CountOff(drug=one.name, wanted=one.count, counted=one.count + off, unit=one.count_unit)
        return WeightOff(drug=one.name, target=self.target, off=off)

    def keep(self) -> WeighSlice | CountSlice | WeighBag:
        """The request that keeps the weight. Only when nothing hinders it."""
        grams, by_scale = self.grams(), not self.typed.strip()
        assert grams is not None
        if self.bag:
            return WeighBag(
                prescription_id=self.prescription.id,
                bag=self.bag,
                grams=grams,
                by_scale=by_scale,
                reason=self.reason.strip(),
                approval_id=self.approval_id,
            )
        if self.counts:
            return CountSlice(line_id=self.line_id, count=grams, approval_id=self.approval_id)
        return WeighSlice(line_id=self.line_id, grams=grams, by_scale=by_scale, approval_id=self.approval_id, dose_no=self.dose)

    def kept(self, facts: WeighingFacts) -> None:
        """The service has it. What lies on the scale has to come off before the next one."""
        if not self.typed.strip() and self.reading is not None and not self.counts:
            self._lying = self.reading.grams
        self.sending = False
        again = self.dose < len(self.current.by_dose) and self.current.weight is not None and not self.bag
        dose = self.dose
        self.use(facts)
        if again:  # all doses of it were weighed before: each once more
            self.choose(self.line_id)
            self.dose = dose + 1
        else:
            self.go_on()

    def hand_over(self) -> Dispense:
        """All slices go out; none of them has a code (DOMAIN.md §6.4)."""
        reasons = tuple(NoCode(line_id=each.line_id, reason="herbal") for each in self.slices)
        return Dispense(prescription_id=self.prescription.id, scans=(), without_code=reasons)


class Delivery:
    """Where an order goes to, while somebody writes it."""

    def __init__(self, order: DecoctionFacts) -> None:
        self.order = order
        self.receiver = order.receiver or order.patient_name
        self.phone = order.phone or order.patient_phone
        self.address = order.address

    def request(self) -> ChangeDelivery:
        """The request; without an address it is collected."""
        if not self.address.strip():
            return ChangeDelivery(decoction_id=self.order.id, deliver=False)
        return ChangeDelivery(decoction_id=self.order.id, deliver=True, receiver=self.receiver, phone=self.phone, address=self.address)


class Herbal:
    """What the room knows."""

    def __init__(self) -> None:
        self.shown = False
        self.page = Page.WEIGH
        self.sought = ""
        self.entries: Sequence[HerbalEntry] = ()
        self.orders: Sequence[DecoctionFacts] = ()
        self.work: Weighing | None = None
        self.opening = 0
        #: Why the prescription that is being opened did not go over the counter.
        self.unweighed = ""
        self.delivery: Delivery | None = None
        self.cancelling = False
        self.stepping: set[int] = set()
        #: What was handed over or packed last, to print its labels again.
        self.last: PrescriptionFacts | None = None
        self.last_bags: Sequence[BagToCheck] = ()

    def found(self) -> list[HerbalEntry]:
        """The list, narrowed by what is looked for."""
        return [each for each in self.entries if self._fits(each.number, each.patient_name)]

    def found_orders(self) -> list[DecoctionFacts]:
        """The orders, narrowed."""
        return [each for each in self.orders if self._fits(f"{each.prescription_number} {each.number}", each.patient_name)]

    def _fits(self, number: str, name: str) -> bool:
        wanted = self.sought.strip()
        return not wanted or wanted.upper() in number or matches(wanted, name) > 1


def next_step(order: DecoctionFacts) -> str:
    """The state that F12 brings it into; empty for one that is done."""
    if order.state == "PACKED":
        return "DELIVERED" if order.deliver else "COLLECTED"
    return NEXT.get(order.state, "")


def step_request(order: DecoctionFacts) -> TakeInDecoction | StepDecoction:
    """The request of the next step."""
    if not order.id:
        return TakeInDecoction(prescription_id=order.prescription_id)
    return StepDecoction(decoction_id=order.id, state=next_step(order))  # type: ignore[arg-type]


def parse_grams(text: str) -> Decimal | None:
    """A weight as typed, at most two places, above zero; ``None`` for anything else."""
    try:
        grams = Decimal(text.strip().removesuffix("g").strip())
    except InvalidOperation:
        return None
    fits = grams.is_finite() and 0 < grams < _MOST_GRAMS and not grams * 100 % 1
    return grams if fits else None


def how_words(handling: Handling | None, advice: str) -> str:
    """What is done with a slice otherwise than with the rest, and what else is said of it."""
    return " ".join(filter(None, (tr(handling.label) if handling is not None else "", advice)))


def off_words(off: Decimal) -> str:
    """How much too much or too little."""
    if off > 0:
        return tr("herbal|{n} g too much", n=plain(off))
    return tr("herbal|{n} g too little", n=plain(-off)) if off else tr("herbal|fits")


def share_words(grams: Decimal, target: Decimal) -> str:
    """How much a bag is above or below what it should be, in per cent to one place."""
    share = ((grams - target) * 100 / target).quantize(Decimal("0.1"))
    return f"{'+' if share > 0 else '−' if share < 0 else ''}{abs(share)} %"


def wanted_words(work: Weighing, doses: int) -> str:
    """What is to be laid on the scale, or counted, now."""
    one, bag = work.current, work.bag_now
    if bag is not None:
        return tr("herbal|{grams} g, all slices of a dose", grams=plain(bag.target))
    if one.count:
        if one.count % doses:
            return f"{plain(one.count)} {one.count_unit}"
        each = plain(one.count / doses)
        return tr("herbal|{all} {unit} = {dose} {unit} × {n}", all=plain(one.count), unit=one.count_unit, dose=each, n=doses)
    if one.by_dose:
        return tr("herbal|{dose} g, dose {n} of {count}", dose=plain(one.per_dose), n=work.dose, count=len(one.by_dose))
    return tr("herbal|{all} g = {dose} g × {n}", all=plain(one.target), dose=plain(one.per_dose), n=doses)
