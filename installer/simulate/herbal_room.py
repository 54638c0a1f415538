"""The herbal room: slices on the scale, bags on the scale, and what the clinic boils from step to step."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.domain.herbal import TOLERANCE
from common.errors import AlreadyExists, WrongState
from common.herbal_errors import BagOff, BagsUnchecked, CountOff, SlicesMissing, WeightOff
from common.messages.herbal import (
    CountSlice,
    GetWeighing,
    ListDecoctions,
    ListHerbal,
    SliceToWeigh,
    StepDecoction,
    TakeInDecoction,
    WeighBag,
    WeighingFacts,
    WeighSlice,
)
from common.messages.pharmacy import Dispense, NoCode
from installer.simulate.world import PHARMACISTS, World

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import DecoctionFacts
    from installer.simulate.worker import Worker

#: So far from the target that nothing lets it pass.
_TOO_FAR: Final = 1 + 2 * TOLERANCE
#: The steps of an order with the minutes that go by before each.
_STEPS: Final = (("SOAKED", 5, 15), ("DECOCTED", 25, 40), ("PACKED", 3, 10), ("COLLECTED", 5, 25))


def hand_over(world: World, facts: PrescriptionFacts) -> None:
    """Weigh the slices of a picked prescription, check its bags, and hand it over; what is boiled here goes on to the pot."""
    pharmacist = world.one_of(PHARMACISTS)
    request = Dispense(
        prescription_id=facts.id, scans=(), without_code=tuple(NoCode(line_id=line.id, reason="herbal") for line in facts.lines)
    )
    if world.chance(0.2):
        pharmacist.call(ListHerbal())
        pharmacist.refused(SlicesMissing, request)
    weighing = pharmacist.call(GetWeighing(prescription_id=facts.id))
    for each in weighing.slices:
        weighing = _weigh(world, pharmacist, each)
    if weighing.bags and world.chance(0.1):
        pharmacist.refused(BagsUnchecked, request)
    _check_bags(world, pharmacist, weighing)
    pharmacist.twice(request) if world.chance(0.1) else pharmacist.call(request)
    if facts.herbal is not None and facts.herbal.decoct:
        world.at(world.rng.randint(2, 8), lambda: _take_in(world, facts.id))


def _near(world: World, target: Decimal) -> Decimal:
    """What a hand lays on the scale: within four per cent."""
    return (target * (1 + Decimal(world.rng.randint(-40, 40)) / 1000)).quantize(Decimal("0.01"))


def _weigh(world: World, pharmacist: Worker, one: SliceToWeigh) -> WeighingFacts:
    if one.count:
        if world.chance(0.1):
            pharmacist.refused(CountOff, CountSlice(line_id=one.line_id, count=one.count + 1))
        return pharmacist.call(CountSlice(line_id=one.line_id, count=one.count))
    doses = range(1, len(one.by_dose) + 1) if one.by_dose else (0,)
    for dose in doses:
        target = one.per_dose if dose else one.target
        if world.chance(0.05):
            heavy = WeighSlice(line_id=one.line_id, grams=target * _TOO_FAR, by_scale=True, dose_no=dose)
            pharmacist.refused(WeightOff, heavy)
        request = WeighSlice(line_id=one.line_id, grams=_near(world, target), by_scale=world.chance(0.9), dose_no=dose)
        reply = pharmacist.twice(request) if world.chance(0.03) else pharmacist.call(request)
    return reply


def _check_bags(world: World, pharmacist: Worker, weighing: WeighingFacts) -> None:
    id = weighing.prescription.id
    for each in weighing.bags:
        if world.chance(0.05):
            heavy = WeighBag(prescription_id=id, bag=each.bag, grams=each.target * _TOO_FAR, by_scale=True)
            pharmacist.refused(BagOff, heavy)
        uneven = each.bag == len(weighing.bags) and world.chance(0.1)
        grams = each.target * _TOO_FAR if uneven else _near(world, each.target)
        pharmacist.call(WeighBag(prescription_id=id, bag=each.bag, grams=grams, by_scale=True, reason="最后一剂略多" if uneven else ""))


# --- the pot -----------------------------------------------------------------------------------------------------------------------


def _take_in(world: World, prescription_id: int) -> None:
    pharmacist = world.one_of(PHARMACISTS)
    order = pharmacist.call(TakeInDecoction(prescription_id=prescription_id))
    if world.chance(0.1):
        pharmacist.refused(AlreadyExists, TakeInDecoction(prescription_id=prescription_id))
    if world.chance(0.05):
        pharmacist.call(StepDecoction(decoction_id=order.id, state="CANCELLED", note="患者改为自煎"))
        return
    _later(world, order, 0)


def _later(world: World, order: DecoctionFacts, place: int) -> None:
    if place < len(_STEPS):
        _, least, most = _STEPS[place]
        world.at(world.rng.randint(least, most), lambda: _step(world, order, place))


def _step(world: World, order: DecoctionFacts, place: int) -> None:
    pharmacist, state = world.one_of(PHARMACISTS), _STEPS[place][0]
    if world.chance(0.1):
        pharmacist.call(ListDecoctions())
    if state != "COLLECTED" and world.chance(0.05):
        pharmacist.refused(WrongState, StepDecoction(decoction_id=order.id, state="COLLECTED"))
    pharmacist.call(StepDecoction(decoction_id=order.id, state=state))  # type: ignore[arg-type]
    _later(world, order, place + 1)
