"""Rules of the stock machine: slices on the scale and in the pot, narcotics counted."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from common.messages.controlled import CountControlled, Counted, GetControlledStock
from common.messages.herbal import GetWeighing, ListDecoctions, StepDecoction, TakeInDecoction, WeighBag, WeighSlice
from tests.simulation.stock.house import STATE, House, crashes, index
from tests.simulation.stock.shelves import OTHER, PHARMACIST, Crash, Rx, approval, attempt

_NEXT = {"": "SOAKED", "TAKEN_IN": "SOAKED", "SOAKED": "DECOCTED", "DECOCTED": "PACKED", "PACKED": "COLLECTED"}


class Slices(House):
    """What is done with slices and narcotics besides picking and handing them over."""

    def weigh(self, rx: Rx, crash: Crash | None) -> None:
        """Every slice that lies aside, then every bag: what is too far off is refused, and weighed again."""
        for piece in self.service.do(PHARMACIST, GetWeighing(prescription_id=rx.id)).slices:
            for share in (Decimal("1.5"), Decimal("1.01")) if piece.target else ():
                request = WeighSlice(line_id=piece.line_id, grams=piece.target * share, by_scale=True)
                said = attempt(self.service, PHARMACIST, request, crash, ("WeightOff",))
                assert (said == "WeightOff") == (share == Decimal("1.5"))
        for bag in self.service.do(PHARMACIST, GetWeighing(prescription_id=rx.id)).bags:
            for share in (Decimal("1.5"), Decimal("1.01")):
                weighed = WeighBag(prescription_id=rx.id, bag=bag.bag, grams=bag.target * share, by_scale=True)
                said = attempt(self.service, PHARMACIST, weighed, crash, ("BagOff",))
                assert (said == "BagOff") == (share == Decimal("1.5"))

    @precondition(lambda self: any(rx.boiled for rx in self.model.prescriptions))
    @rule(at=index, crash=crashes)
    def boil(self, at: int, crash: Crash | None) -> None:
        """A step further with what is boiled in the house; what is in the pot comes back to no shelf."""
        boiled = [rx for rx in self.model.prescriptions if rx.boiled]
        rx = boiled[at % len(boiled)]
        orders = self.service.do(PHARMACIST, ListDecoctions()).orders
        order = next((order for order in orders if order.prescription_id == rx.id), None)
        if order is None or not order.id:
            attempt(self.service, PHARMACIST, TakeInDecoction(prescription_id=rx.id), crash, (*STATE, "AlreadyExists"))
        elif order.state in _NEXT:
            attempt(self.service, PHARMACIST, StepDecoction(decoction_id=order.id, state=_NEXT[order.state]), crash, STATE)  # type: ignore[arg-type]

    @rule(off=st.sampled_from((0, 0, -1)), crash=crashes)
    def count_narcotics(self, off: int, crash: Crash | None) -> None:
        """At the change of shifts: what is there is what the register says, as the stock does; a difference wants a word."""
        there = self.service.do(PHARMACIST, GetControlledStock()).batches
        for batch in there:
            assert batch.on_hand == self.model.at.get(("PHARMACY", batch.batch_id))
        lines = [Counted(batch_id=batch.batch_id, quantity=batch.on_hand) for batch in there]
        lines[0] = Counted(batch_id=lines[0].batch_id, quantity=max(lines[0].quantity + off, Decimal(0)))
        total = sum((line.quantity for line in lines), Decimal(0))
        yes = approval(self.service, PHARMACIST, "narcotics_count", len(lines), detail=f"{total.normalize():f}", by=OTHER)
        same = total == sum((batch.on_hand for batch in there), Decimal(0))
        request = CountControlled(lines=tuple(lines), approval_id=yes, note="" if same else "少一片，已报告院长")
        self.service.do(PHARMACIST, request, crash)
