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
    """A slice in the order of the shelves. ``target`` is what lies aside of it for all doses, ``per_dose`` what the doctor wrote, both in
    ``unit``, which is the gram of all but what comes by the piece.

    Most are weighed once, all doses together. ``by_dose`` has a place for each dose of what is toxic or costly (贵细) and weighed dose by dose.
    ``count`` is how many ``count_unit`` of ready packs (小包装饮片) or pieces there are instead: they need no scale. ``weight`` stands once all
    of it is weighed or counted. ``required``: it has to be, before it goes out.
    """

    line_id: int
    name: str
    handling: Handling | None
    advice: str
    shelf: str
    per_dose: Decimal
    target: Decimal
    toxic: bool
    weight: Weight | None
    unit: str = "g"
    by_dose: tuple[Weight | None, ...] = ()
    count: Decimal = Decimal(0)
    count_unit: str = ""
    required: bool = True


class BagToCheck(Fact, frozen=True, kw_only=True):
    """复戥: bag ``bag`` (from 1) with its small bags, and without ready packs, against ``target`` grams. ``reason``: why it goes out though it
    is beyond the tolerance.
    """

    bag: int
    target: Decimal
    weight: Weight | None
    reason: str = ""


class WeighingFacts(Fact, frozen=True, kw_only=True):
    """A prescription on the scale. ``short`` names slices of which not all lies aside; they are weighed when they are there.

    ``bags`` are checked once all slices are weighed: none where the clinic boils it, where there is one dose or nothing loose, or while not
    all of it lies aside. ``bags_required``: they have to be, before they go out.
    """

    prescription: PrescriptionFacts
    slices: tuple[SliceToWeigh, ...]
    short: tuple[str, ...] = ()
    bags: tuple[BagToCheck, ...] = ()
    bags_required: bool = False


class GetWeighing(Query[WeighingFacts], frozen=True, kw_only=True):
    """The slices of a prescription and what of them was weighed. Raises ``NotHerbal``."""

    permission = Permission.PHARMACY_VIEW
    prescription_id: int


class WeighSlice(Command[WeighingFacts], frozen=True, kw_only=True):
    """Keep the weight of a picked slice, all doses together (``dose_no`` 0), or of one dose, from 1, of a slice that is weighed dose by dose. A
    second weight of the same takes the place of the first.

    Raises ``WeightOff`` beyond the tolerance; a toxic slice needs a second person's look (``toxic_slice``: ``ApprovalNeeded``), dose by dose
    with the last one. ``NotWeighedSo`` where it is weighed otherwise.
    """

    permission = Permission.PHARMACY_DISPENSE
    line_id: int
    grams: Decimal
    by_scale: bool
    approval_id: int | None = None
    dose_no: Annotated[int, Meta(ge=0, le=999)] = 0


class CountSlice(Command[WeighingFacts], frozen=True, kw_only=True):
    """So many ready packs or pieces of a picked slice were counted, all doses together. Raises ``CountOff``, ``NotWeighedSo``, and asks for a
    second person's look at a toxic one (``toxic_slice``).
    """

    permission = Permission.PHARMACY_DISPENSE
    line_id: int
    count: Decimal
    approval_id: int | None = None


class WeighBag(Command[WeighingFacts], frozen=True, kw_only=True):
    """复戥: keep the weight of a bag, from 1. A second weight of the same bag takes the place of the first.

    Raises ``BagOff`` beyond the tolerance without a ``reason``; with one, where a slice is toxic, a second person agrees (``uneven_bag``).
    ``SlicesMissing`` while a slice was not weighed, ``NoSuchBag``.
    """

    permission = Permission.PHARMACY_DISPENSE
    prescription_id: int
    bag: int
    grams: Decimal
    by_scale: bool
    reason: Annotated[str, Meta(max_length=100)] = ""
    approval_id: int | None = None


class ChooseDecoction(Command[PrescriptionFacts], frozen=True, kw_only=True):
    """Whether the clinic boils a prescription of slices 代煎, as the patient wants it, before it is paid: the fee for it is charged, or no more.

    The prescription stays as the doctor wrote it. Raises ``NotHerbal``, ``WrongState`` once it is paid, ``LinesHeld`` while it is being paid.
    """

    permission = Permission.PHARMACY_REVIEW
    prescription_id: int
    decoct: bool


class DecoctionFee(Fact, frozen=True, kw_only=True):
    """What boiling costs: ``quantity`` of a service item at today's price in yuan; ``per`` is what it is counted by."""

    name: str
    unit: str
    price: Decimal
    per: str
    quantity: Decimal
    amount_fen: int


class DecoctionFees(Fact, frozen=True, kw_only=True):
    """Empty where the clinic set no fee: then boiling costs nothing."""

    fees: tuple[DecoctionFee, ...]


class GetDecoctionFee(Query[DecoctionFees], frozen=True, kw_only=True):
    """What boiling a prescription costs; without one, what the price list asks once. Raises ``NotHerbal``."""

    permission = Permission.STORE_VIEW
    prescription_id: int | None = None


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
