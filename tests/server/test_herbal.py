"""Herbal prescriptions: signed with their doses, weighed slice by slice, boiled step by step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.domain.herbal import Handling
from common.domain.returning import Condition, ReturnReason
from common.errors import AlreadyExists, FieldWrong, WrongState
from common.herbal_errors import BagsUnchecked, BeingDecocted, NotHerbal, NotWeighedSo, SlicesClash, SlicesMissing, WeightOff
from common.messages.consult import HerbalFacts, HerbalOrder, PrescriptionFacts, PrescriptionKind, SignPrescription, VoidPrescription
from common.messages.herbal import (
    ChangeDelivery,
    DecoctionFacts,
    GetWeighing,
    ListDecoctions,
    ListHerbal,
    StepDecoction,
    TakeInDecoction,
    WeighBag,
    WeighingFacts,
    WeighSlice,
)
from common.messages.pharmacy import Dispense, NoCode, PickPrescription
from common.messages.prices import ListPriceItems, PutRouteSurcharge
from common.messages.returns import GetReturnable, ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.settlement import Approve
from common.money_errors import ApprovalNeeded, SamePerson
from common.prescribing_errors import PrescriptionRule
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office
from tests.server.store_goods import goods
from tests.server.test_pharmacy import OTHER, PHARMACIST, state

D = Decimal
ORDER = HerbalOrder(portions=3, usage="饭后温服")


@pytest.fixture(autouse=True)
def shelves(office: Office) -> None:
    """A kilogram of each slice that is used here."""
    if not office.rows("SELECT 1 FROM stock_batch b JOIN drug d ON d.id = b.drug_id WHERE d.name = '砂仁' AND b.lot LIKE 'P%%'"):
        for name in ("黄芪", "当归", "白芍", "枳实", "薄荷", "桂枝", "法半夏", "砂仁"):
            goods(office, "PHARMACY", name=name, packs=1000)


def sign(office: Office, name: str, *herbs: str, days: int = 7, order: HerbalOrder | None = ORDER, **fields: Any) -> PrescriptionFacts:
    """A signed prescription of these slices, ten grams a dose."""
    registered = visits.register(office, visits.new_patient(office, name).id)
    visits.consult(office, registered.visit_id)
    lines = tuple(visits.line(visits.drug(office, herb), days, dose=D(10), **fields) for herb in herbs)
    request = SignPrescription(visit_id=registered.visit_id, kind=PrescriptionKind.HERBAL, lines=lines, herbal=order)
    return office.desk(visits.DOCTOR).call(request)


def picked(office: Office, name: str, *herbs: str, **fields: Any) -> WeighingFacts:
    """A paid prescription whose slices lie aside."""
    signed = sign(office, name, *herbs, **fields)
    visits.approve(office, signed.id)
    visits.settle_all(office, signed.patient_id)
    office.desk(PHARMACIST).call(PickPrescription(prescription_id=signed.id))
    return office.desk(PHARMACIST).call(GetWeighing(prescription_id=signed.id))


def weigh(office: Office, line_id: int, grams: str, **fields: Any) -> WeighingFacts:
    return office.desk(PHARMACIST).call(WeighSlice(line_id=line_id, grams=D(grams), by_scale=True, **fields))


def check_bags(office: Office, found: WeighingFacts) -> WeighingFacts:
    for bag in found.bags:
        request = WeighBag(prescription_id=found.prescription.id, bag=bag.bag, grams=bag.target, by_scale=True)
        found = office.desk(PHARMACIST).call(request)
    return found


def dispense(office: Office, facts: PrescriptionFacts) -> None:
    reasons = tuple(NoCode(line_id=line.id, reason="herbal") for line in facts.lines)
    office.desk(PHARMACIST).call(Dispense(prescription_id=facts.id, scans=(), without_code=reasons))


def decocted(office: Office, name: str, **fields: Any) -> tuple[PrescriptionFacts, DecoctionFacts]:
    """An order of the decoction room."""
    facts = picked(office, name, "黄芪", "当归", route="decoct_in").prescription
    visits.weigh_slices(office, facts.id)
    dispense(office, facts)
    return facts, office.desk(PHARMACIST).call(TakeInDecoction(prescription_id=facts.id, **fields))


def step(office: Office, order: DecoctionFacts, to: str, **fields: Any) -> DecoctionFacts:
    return office.desk(PHARMACIST).call(StepDecoction(decoction_id=order.id, state=to, **fields))  # type: ignore[arg-type]


# --- the doctor's side -------------------------------------------------------------------------------------------------------------


def test_a_prescription_of_slices_keeps_doses_portions_and_handling(office: Office) -> None:
    facts = sign(office, "方一", "黄芪", "砂仁", handling=Handling.LATER)
    assert facts.herbal == HerbalFacts(doses=7, portions=3, usage="饭后温服", decoct=False)
    assert [(line.handling, line.dose, line.quantity) for line in facts.lines] == [(Handling.LATER, D(10), D(70))] * 2
    assert sign(office, "方二", "黄芪", order=None, route="decoct_in").herbal == HerbalFacts(doses=7, portions=2, decoct=True)


def test_slices_of_other_doses_another_pot_or_another_amount_are_refused(office: Office) -> None:
    registered = visits.register(office, visits.new_patient(office, "方三").id)
    visits.consult(office, registered.visit_id)
    astragalus, angelica, aconite, pinellia = (visits.drug(office, name) for name in ("黄芪", "当归", "川贝母", "法半夏"))
    first = visits.line(astragalus, 7, dose=D(10))
    others: list[dict[str, Any]] = [{"days": 5}, {"days": 7, "route": "decoct_in"}, {"days": 7, "quantity": D(71)}]
    for fields in others:
        lines = (first, visits.line(angelica, dose=D(10), **fields))
        with pytest.raises(PrescriptionRule):
            office.desk(visits.DOCTOR).call(
                SignPrescription(visit_id=registered.visit_id, kind=PrescriptionKind.HERBAL, lines=lines, herbal=ORDER)
            )
    assert aconite.id != pinellia.id


def test_the_eighteen_incompatibles_need_the_doctors_second_signature(office: Office) -> None:
    office.database.value("UPDATE drug SET name = '制附子' WHERE name = '桂枝' RETURNING id")
    with pytest.raises(SlicesClash):
        sign(office, "方四", "制附子", "法半夏")
    facts = sign(office, "方五", "制附子", "法半夏", reason="久用此方，无不适")
    assert facts.lines[1].reason == "久用此方，无不适"
    office.desk(visits.DOCTOR).call(VoidPrescription(prescription_id=facts.id, reason="试方"))
    office.database.value("UPDATE drug SET name = '桂枝' WHERE name = '制附子' RETURNING id")


def test_boiling_is_charged_by_the_route_once_a_dose(office: Office) -> None:
    manager = office.desk("yuanzhang")
    item = next(each for each in manager.call(ListPriceItems()).items if each.code == "T051")
    manager.call(PutRouteSurcharge(route_code="decoct_in", item_id=item.id, per="giving"))  # type: ignore[arg-type]
    facts = sign(office, "方六", "黄芪", "当归", "白芍", route="decoct_in")
    visits.approve(office, facts.id)
    rows = office.rows("SELECT name, quantity FROM charge_line WHERE prescription_id = %s AND source = 'surcharge'", facts.id)
    assert rows == [("中药煎药", D(7))]


# --- weighing ----------------------------------------------------------------------------------------------------------------------


def test_every_slice_is_weighed_before_any_is_handed_over(office: Office) -> None:
    facts = picked(office, "方七", "黄芪", "当归")
    first, second = facts.slices
    assert (first.target, first.per_dose, first.weight) == (D(70), D(10), None)
    after = weigh(office, first.line_id, "71.2")
    kept = after.slices[0].weight
    assert kept is not None
    assert (kept.grams, kept.by_scale, kept.by) == (D("71.2"), True, "苏叶")
    entry = next(each for each in office.desk(PHARMACIST).call(ListHerbal()).entries if each.prescription_id == facts.prescription.id)
    assert (entry.slices, entry.weighed, entry.doses) == (2, 1, 7)
    with pytest.raises(SlicesMissing):
        dispense(office, facts.prescription)
    after = office.desk(OTHER).call(WeighSlice(line_id=second.line_id, grams=D(70), by_scale=False))
    assert after.bags_required
    with pytest.raises(BagsUnchecked):
        dispense(office, facts.prescription)
    check_bags(office, after)
    dispense(office, facts.prescription)
    assert state(office, facts.prescription) == "DISPENSED"


def test_too_much_and_too_little_are_refused_and_the_last_weight_counts(office: Office) -> None:
    facts = picked(office, "方八", "黄芪")
    line = facts.slices[0].line_id
    for grams, off in (("73.6", "3.6"), ("66.49", "-3.51")):
        with pytest.raises(WeightOff) as caught:
            weigh(office, line, grams)
        assert caught.value.off == D(off)
    weigh(office, line, "73.5")
    after = weigh(office, line, "69.9")
    assert after.slices[0].weight.grams == D("69.9")  # type: ignore[union-attr]
    check_bags(office, after)
    dispense(office, facts.prescription)
    with pytest.raises(WrongState):
        weigh(office, line, "70")


def test_a_toxic_slice_wants_a_second_look(office: Office) -> None:
    office.database.value("UPDATE drug SET rx_class = 'toxic' WHERE name = '枳实' RETURNING id")
    try:
        facts = picked(office, "方九", "枳实", days=2)
        line = facts.slices[0].line_id
        assert facts.slices[0].toxic
        assert facts.slices[0].by_dose == (None, None)
        with pytest.raises(SlicesMissing):
            dispense(office, facts.prescription)
        with pytest.raises(NotWeighedSo):
            weigh(office, line, "20")
        assert weigh(office, line, "9.9", dose_no=1).slices[0].weight is None
        with pytest.raises(ApprovalNeeded):  # the second person looks at all of them when the last is weighed
            weigh(office, line, "10.1", dose_no=2)
        desk = office.desk(PHARMACIST)
        with pytest.raises(SamePerson):
            desk.call(Approve(act="toxic_slice", subject_id=line, login=PHARMACIST, password=PASSWORD))
        yes = desk.call(Approve(act="toxic_slice", subject_id=line, login=OTHER, password=PASSWORD))
        after = weigh(office, line, "10.1", dose_no=2, approval_id=yes.approval_id)
        weight = after.slices[0].weight
        assert weight is not None
        assert (weight.grams, weight.agreed_by) == (D(20), "江蓝")
        check_bags(office, after)
        dispense(office, facts.prescription)
    finally:
        office.database.value("UPDATE drug SET rx_class = 'ordinary' WHERE name = '枳实' RETURNING id")


def test_other_drugs_are_not_weighed(office: Office) -> None:
    patient = visits.register(office, visits.new_patient(office, "方十").id)
    visits.consult(office, patient.visit_id)
    with pytest.raises(NotHerbal):
        office.desk(PHARMACIST).call(GetWeighing(prescription_id=visits.prescribe(office, patient.visit_id).id))


# --- decoction ---------------------------------------------------------------------------------------------------------------------


def test_an_order_goes_from_step_to_step_and_says_who(office: Office) -> None:
    facts, order = decocted(office, "汤一")
    assert (order.state, order.doses, order.portions) == ("TAKEN_IN", 7, 3)
    for to in ("SOAKED", "DECOCTED", "PACKED", "COLLECTED"):
        order = step(office, order, to)
    assert [(each.state, each.by) for each in order.steps] == [
        (each, "苏叶") for each in ("TAKEN_IN", "SOAKED", "DECOCTED", "PACKED", "COLLECTED")
    ]
    with pytest.raises(WrongState):
        step(office, order, "SOAKED")
    with pytest.raises(AlreadyExists):
        office.desk(PHARMACIST).call(TakeInDecoction(prescription_id=facts.id))


def test_what_waits_to_be_taken_in_is_listed_and_what_waits_too_long_is_late(office: Office) -> None:
    facts = picked(office, "汤二", "黄芪", "薄荷", route="decoct_in", handling=Handling.LATER).prescription
    visits.weigh_slices(office, facts.id)
    dispense(office, facts)
    desk = office.desk(PHARMACIST)

    def listed() -> DecoctionFacts:
        return next(each for each in desk.call(ListDecoctions()).orders if each.prescription_id == facts.id)

    waiting = listed()
    assert (waiting.id, waiting.state, waiting.late) == (0, "", False)
    assert [(each.name, each.handling) for each in waiting.special] == [("黄芪", Handling.LATER), ("薄荷", Handling.LATER)]
    order = desk.call(TakeInDecoction(prescription_id=facts.id))
    office.clock.by += timedelta(minutes=61)
    try:
        assert listed().late
        assert desk.call(ListDecoctions()).orders[0].late
        step(office, order, "SOAKED")
        assert not listed().late
    finally:
        office.clock.by -= timedelta(minutes=61)


def test_a_delivery_needs_an_address_and_only_a_delivery_is_delivered(office: Office) -> None:
    _, order = decocted(office, "汤三")
    for to in ("SOAKED", "DECOCTED", "PACKED"):
        order = step(office, order, to)
    with pytest.raises(FieldWrong):
        step(office, order, "DELIVERED")
    change = ChangeDelivery(decoction_id=order.id, deliver=True, receiver="汤三之子", phone="13812340000", address="幸福路 8 号 2 单元")
    with pytest.raises(FieldWrong):
        office.desk(PHARMACIST).call(ChangeDelivery(decoction_id=order.id, deliver=True, phone="13812340000"))
    assert office.desk(PHARMACIST).call(change).address == "幸福路 8 号 2 单元"
    assert step(office, order, "DELIVERED", note="快递 SF123").steps[-1].note == "快递 SF123"
    with pytest.raises(WrongState):
        office.desk(PHARMACIST).call(change)


def test_what_is_in_the_pot_is_not_handed_back(office: Office) -> None:
    facts, order = decocted(office, "汤四")
    undo = UndoDispense(prescription_id=facts.id, reason=UndoReason.MISTAKE)
    with pytest.raises(BeingDecocted):
        office.desk(PHARMACIST).call(undo)
    line = office.desk(PHARMACIST).call(GetReturnable(prescription_id=facts.id)).lines[0]
    back = ReturnLine(line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=D(70), condition=Condition.SALEABLE)
    with pytest.raises(BeingDecocted):
        office.desk(PHARMACIST).call(ReturnDrugs(prescription_id=facts.id, reason=ReturnReason.DOCTOR_CHANGED, lines=(back,)))
    with pytest.raises(FieldWrong):
        step(office, order, "CANCELLED")
    assert step(office, order, "CANCELLED", note="患者改为自煎").state == "CANCELLED"
    office.desk(PHARMACIST).call(undo)
    assert state(office, facts) == "PAID"


def test_only_what_the_clinic_boils_is_taken_in(office: Office) -> None:
    facts = picked(office, "汤五", "黄芪").prescription
    take_in = TakeInDecoction(prescription_id=facts.id)
    with pytest.raises(WrongState):
        office.desk(PHARMACIST).call(take_in)
    visits.weigh_slices(office, facts.id)
    dispense(office, facts)
    with pytest.raises(NotHerbal):
        office.desk(PHARMACIST).call(take_in)
