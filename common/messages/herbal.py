"""Herbal prescriptions in the pharmacy 中药饮片: slices are weighed 称量, and what the clinic boils goes from step to step 代煎."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from common.domain.herbal import Handling
from common.messages.consult import PrescriptionFacts
from common.permissions import Permission
from common.wire import Command, Fact, Query

# --- weighing ----------------------------------------------------------------------------------------------------------------------


class HerbalEntry(Fact, frozen=True, kw_only=True):
    """A paid prescription of slices that is not handed over. ``weighed`` of its ``slices`` are done."""

    prescription_id: int
    number: str
    patient_id: int
    patient_name: str
    sex: str
    age: str
    state: str
    doses: int
    decoct: bool
    slices: int
    weighed: int
    since: datetime


class HerbalList(Fact, frozen=True, kw_only=True):
    """Longest waiting first."""

    entries: tuple[HerbalEntry, ...]


class ListHerbal(Query[HerbalList], frozen=True, kw_only=True):
    """Prescriptions of slices that are paid and wait."""

    permission = Permission.PHARMACY_VIEW


class Weight(Fact, frozen=True, kw_only=True):
    """What was weighed last: grams in all doses, by the scale or typed, who and when; ``agreed_by`` looked a second time at a toxic slice."""

    grams: Decimal
    by_scale: bool
    by: str
    at: datetime
    agreed_by: str = ""


class SliceToWeigh(Fact, frozen=True, kw_only=True):
    """A slice in the order of the shelves. ``target`` is what lies aside of it for all doses, ``per_dose`` what the doctor wrote, both in grams."""

    line_id: int
    name: str
    handling: Handling | None
    advice: str
    shelf: str
    per_dose: Decimal
    target: Decimal
    toxic: bool
    weight: Weight | None


class WeighingFacts(Fact, frozen=True, kw_only=True):
    """A prescription on the scale. ``short`` names slices of which not all lies aside; they are weighed when they are there."""

    prescription: PrescriptionFacts
    slices: tuple[SliceToWeigh, ...]
    short: tuple[str, ...] = ()


class GetWeighing(Query[WeighingFacts], frozen=True, kw_only=True):
    """The slices of a prescription and what of them was weighed. Raises ``NotHerbal``."""

    permission = Permission.PHARMACY_VIEW
    prescription_id: int


class WeighSlice(Command[WeighingFacts], frozen=True, kw_only=True):
    """Keep the weight of a picked slice, all doses together. A second weight of the same slice takes the place of the first.

    Raises ``WeightOff`` beyond the tolerance; a toxic slice needs a second person's look (``toxic_slice``: ``ApprovalNeeded``).
    """

    permission = Permission.PHARMACY_DISPENSE
    line_id: int
    grams: Decimal
    by_scale: bool
    approval_id: int | None = None


# --- decoction ---------------------------------------------------------------------------------------------------------------------


class DecoctionStep(Fact, frozen=True, kw_only=True):
    """Who brought an order into a state, and when."""

    state: str
    by: str
    at: datetime
    note: str = ""


class SpecialSlice(Fact, frozen=True, kw_only=True):
    """A slice that is not boiled like the rest."""

    name: str
    handling: Handling
    advice: str = ""


class DecoctionFacts(Fact, frozen=True, kw_only=True):
    """An order of what the clinic boils. ``id`` 0 and state "" while it is not taken in. ``late``: longer in its state than the rule allows."""

    id: int
    number: str
    prescription_id: int
    prescription_number: str
    patient_id: int
    patient_name: str
    patient_phone: str
    doses: int
    portions: int
    usage: str
    state: str
    since: datetime
    late: bool
    deliver: bool
    receiver: str
    phone: str
    address: str
    special: tuple[SpecialSlice, ...]
    steps: tuple[DecoctionStep, ...]


class DecoctionList(Fact, frozen=True, kw_only=True):
    """What waits to be taken in, what is under way, and what was finished today; late ones first, then by the time of the last step."""

    orders: tuple[DecoctionFacts, ...]


class ListDecoctions(Query[DecoctionList], frozen=True, kw_only=True):
    """The decoction room's list."""

    permission = Permission.PHARMACY_VIEW


class TakeInDecoction(Command[DecoctionFacts], frozen=True, kw_only=True):
    """收方: the slices of a dispensed prescription came to the decoction room. With ``deliver`` phone and address are required (``FieldWrong``).

    Raises ``NotHerbal`` for one that is boiled at home, ``WrongState`` for one that is not dispensed, ``AlreadyExists`` the second time.
    """

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int
    deliver: bool = False
    receiver: Annotated[str, Meta(max_length=40)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""


class StepDecoction(Command[DecoctionFacts], frozen=True, kw_only=True):
    """The next step of an order: SOAKED, DECOCTED, PACKED, then COLLECTED or DELIVERED; CANCELLED, with a note, before it was soaked."""

    permission = Permission.PHARMACY_DISPENSE
    decoction_id: int
    state: Literal["SOAKED", "DECOCTED", "PACKED", "COLLECTED", "DELIVERED", "CANCELLED"]
    note: Annotated[str, Meta(max_length=100)] = ""


class ChangeDelivery(Command[DecoctionFacts], frozen=True, kw_only=True):
    """Deliver an order that is still in the house to this address, or have it collected."""

    permission = Permission.PHARMACY_DISPENSE
    decoction_id: int
    deliver: bool
    receiver: Annotated[str, Meta(max_length=40)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""
