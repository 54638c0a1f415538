"""The herbal room 中药: which prescription lies on the scale, what the scale says, and what the decoction room has to do. No Qt."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from client.initials import matches
from common.domain.dosage import plain
from common.domain.herbal import off_by
from common.i18n import N_, tr
from common.messages.herbal import ChangeDelivery, StepDecoction, TakeInDecoction, WeighSlice
from common.messages.pharmacy import Dispense, NoCode
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.domain.herbal import Handling
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import DecoctionFacts, HerbalEntry, SliceToWeigh, WeighingFacts
    from devices.scale import Reading

NOTHING_OPEN: Final = N_("Choose a prescription of slices and press Enter, or scan its barcode.")
NO_ORDER: Final = N_("Choose an order, or scan its label.")
BEING_SENT: Final = N_("It is on its way to the service.")
NOT_AT_REST: Final = N_("The scale has not come to rest.")
EMPTY_SCALE: Final = N_("Nothing lies on the scale. Lay the slice on it, or type its weight.")
STILL_THERE: Final = N_("Take the last slice off the scale first.")
NO_NUMBER: Final = N_("Type the weight in grams.")
SECOND_LOOK: Final = N_("This slice is toxic: a second person looks at it and agrees.")
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


class Weighing:
    """One prescription on the scale, slice by slice along the shelves."""

    def __init__(self, facts: WeighingFacts) -> None:
        self.facts = facts
        self.line_id = facts.slices[0].line_id if facts.slices else 0
        self.reading: Reading | None = None
        self.typed = ""
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
    def current(self) -> SliceToWeigh:
        """What is to be laid on the scale now."""
        return next((each for each in self.slices if each.line_id == self.line_id), self.slices[0])

    @property
    def left(self) -> int:
        """How many are not weighed yet."""
        return sum(each.weight is None for each in self.slices)

    @property
    def toxic(self) -> bool:
        """Whether a second person has to look at the slice."""
        return self.current.toxic

    def use(self, facts: WeighingFacts) -> None:
        """Newer facts."""
        self.facts = facts

    def go_on(self) -> None:
        """To the next slice that is not weighed, behind this one and then from the beginning."""
        at = next((n for n, each in enumerate(self.slices) if each.line_id == self.line_id), 0)
        waiting = [each.line_id for each in (*self.slices[at:], *self.slices[:at]) if each.weight is None]
        self.choose(waiting[0] if waiting else self.line_id)

    def choose(self, line_id: int) -> None:
        """Weigh this one now, also once more."""
        self.line_id, self.typed, self.approval_id, self.request_id = line_id, "", None, new_request_id()

    def heard(self, reading: Reading) -> None:
        """The scale says something else."""
        self.reading = reading
        if self._lying is not None and reading.grams < self._lying * _LIFTED:
            self._lying = None

    def grams(self) -> Decimal | None:
        """What would be kept: the typed weight, else what lies on the scale; ``None`` while there is neither."""
        if self.typed.strip():
            return parse_grams(self.typed)
        return self.reading.grams if self.reading is not None and self.reading.grams > 0 else None

    def off(self) -> Decimal:
        """How far it is from the target, 0 within the tolerance."""
        grams = self.grams()
        return off_by(self.current.target, grams) if grams is not None else Decimal(0)

    def hindrance(self) -> str:
        """Why the weight is not kept now, as a source string; empty when it will do."""
        if self.sending or self.handing:
            return BEING_SENT
        if self.typed.strip():
            return "" if parse_grams(self.typed) is not None else NO_NUMBER
        if self.grams() is None:
            return EMPTY_SCALE
        if self._lying is not None:
            return STILL_THERE
        return "" if self.reading is not None and self.reading.stable else NOT_AT_REST

    def keep(self) -> WeighSlice:
        """The request that keeps the weight. Only when nothing hinders it."""
        grams = self.grams()
        assert grams is not None
        return WeighSlice(line_id=self.line_id, grams=grams, by_scale=not self.typed.strip(), approval_id=self.approval_id)

    def kept(self, facts: WeighingFacts) -> None:
        """The service has it. What lies on the scale has to come off before the next one."""
        if not self.typed.strip() and self.reading is not None:
            self._lying = self.reading.grams
        self.sending = False
        self.use(facts)
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
        self.delivery: Delivery | None = None
        self.cancelling = False
        self.stepping: set[int] = set()
        #: What was handed over or packed last, to print its labels again.
        self.last: PrescriptionFacts | None = None

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
