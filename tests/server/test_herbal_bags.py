"""How slices are weighed: dose by dose, counted by the pack, and bag by bag; and what the clinic's rule asks for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from common.herbal_errors import (
    BagOff,
    BagsUnchecked,
    CountOff,
    NoSuchBag,
    NotWeighedSo,
    SlicesMissing,
    WeightOff,
)
from common.messages.herbal import CountSlice, GetWeighing, WeighBag, WeighingFacts
from common.messages.pharmacy import PickPrescription, PutBack
from common.messages.settlement import Approve
from common.messages.windows import PharmacyRules, SetPharmacyRules, WeighingRule
from common.money_errors import ApprovalNeeded
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office
from tests.server.test_herbal import dispense, picked, shelves, weigh
from tests.server.test_pharmacy import OTHER, PHARMACIST, state

__all__ = ["shelves"]
D = Decimal


@pytest.fixture
def only_toxic(office: Office) -> Iterator[None]:
    """A clinic that has to weigh nothing but toxic slices."""
    desk = office.desk("yuanzhang")
    desk.call(SetPharmacyRules(rules=PharmacyRules(weighing=WeighingRule.TOXIC)))
    yield
    desk.call(SetPharmacyRules(rules=PharmacyRules()))


@pytest.fixture
def packed(office: Office) -> Iterator[None]:
    """白芍 comes in packs of five grams."""
    office.database.value("UPDATE drug SET pack_unit = '袋', pack_size = 5 WHERE name = '白芍' RETURNING id")
    yield
    office.database.value("UPDATE drug SET pack_unit = 'g', pack_size = 1 WHERE name = '白芍' RETURNING id")


@pytest.fixture
def toxic(office: Office) -> Iterator[None]:
    office.database.value("UPDATE drug SET rx_class = 'toxic' WHERE name = '枳实' RETURNING id")
    yield
    office.database.value("UPDATE drug SET rx_class = 'ordinary' WHERE name = '枳实' RETURNING id")


def bag(office: Office, facts: WeighingFacts, number: int, grams: str, **fields: object) -> WeighingFacts:
    request = WeighBag(prescription_id=facts.prescription.id, bag=number, grams=D(grams), by_scale=True, **fields)  # type: ignore[arg-type]
    return office.desk(PHARMACIST).call(request)


def count(office: Office, line_id: int, packs: str) -> WeighingFacts:
    return office.desk(PHARMACIST).call(CountSlice(line_id=line_id, count=D(packs)))


def weighed(office: Office, facts: WeighingFacts) -> WeighingFacts:
    for each in facts.slices:
        facts = weigh(office, each.line_id, str(each.target))
    return facts


def test_each_bag_is_laid_on_the_scale_and_its_weight_is_kept(office: Office) -> None:
    facts = picked(office, "袋一", "黄芪", "当归", days=3)
    assert [(each.bag, each.target, each.weight) for each in facts.bags] == [(1, D(20), None), (2, D(20), None), (3, D(20), None)]
    with pytest.raises(SlicesMissing):
        bag(office, facts, 1, "20")
    weighed(office, facts)
    with pytest.raises(NoSuchBag):
        bag(office, facts, 4, "20")
    for number, grams in ((1, "20.4"), (2, "19.7"), (3, "19.9")):
        after = bag(office, facts, number, grams)
    kept = [each.weight for each in after.bags]
    assert [(each.grams, each.by_scale, each.by) for each in kept if each] == [(D(g), True, "苏叶") for g in ("20.4", "19.7", "19.9")]
    dispense(office, facts.prescription)
    again = office.desk(PHARMACIST).call(GetWeighing(prescription_id=facts.prescription.id))
    assert [each.weight.grams for each in again.bags if each.weight] == [D("20.4"), D("19.7"), D("19.9")]


def test_an_uneven_bag_is_weighed_again_or_goes_out_for_a_reason(office: Office) -> None:
    facts = weighed(office, picked(office, "袋二", "黄芪", "当归", days=2))
    for grams, off in (("21.1", "1.1"), ("18.9", "-1.1")):
        with pytest.raises(BagOff) as caught:
            bag(office, facts, 1, grams)
        assert (caught.value.bag, caught.value.off) == (1, D(off))
    bag(office, facts, 1, "21.1", reason="最后一剂补足")
    after = bag(office, facts, 2, "20.0", reason="不用写")
    assert [each.reason for each in after.bags] == ["最后一剂补足", ""]
    assert bag(office, facts, 1, "20").bags[0].reason == ""
    dispense(office, facts.prescription)


@pytest.mark.usefixtures("toxic")
def test_an_uneven_bag_with_a_toxic_slice_wants_a_second_person(office: Office) -> None:
    facts = picked(office, "袋三", "枳实", "黄芪", days=2)
    desk = office.desk(PHARMACIST)
    toxic = next(each for each in facts.slices if each.toxic)
    other = next(each for each in facts.slices if not each.toxic)
    weigh(office, toxic.line_id, "10", dose_no=1)
    yes = desk.call(Approve(act="toxic_slice", subject_id=toxic.line_id, login=OTHER, password=PASSWORD))
    weigh(office, toxic.line_id, "10", dose_no=2, approval_id=yes.approval_id)
    weigh(office, other.line_id, "20")
    with pytest.raises(ApprovalNeeded):
        bag(office, facts, 1, "23", reason="包装受潮")
    yes = desk.call(Approve(act="uneven_bag", subject_id=facts.prescription.id, login=OTHER, password=PASSWORD))
    after = bag(office, facts, 1, "23", reason="包装受潮", approval_id=yes.approval_id)
    assert after.bags[0].weight is not None
    assert after.bags[0].weight.agreed_by == "江蓝"


def test_a_costly_slice_is_weighed_dose_by_dose(office: Office) -> None:
    office.database.value("UPDATE drug SET name = '西洋参片' WHERE name = '桂枝' RETURNING id")
    try:
        facts = picked(office, "袋四", "西洋参片", "黄芪", days=3)
        costly = next(each for each in facts.slices if each.name == "西洋参片")
        assert (len(costly.by_dose), costly.target, costly.required) == (3, D(30), True)
        with pytest.raises(NotWeighedSo):
            weigh(office, costly.line_id, "30")
        with pytest.raises(NotWeighedSo):
            weigh(office, next(each for each in facts.slices if each.name == "黄芪").line_id, "10", dose_no=1)
        with pytest.raises(WeightOff):
            weigh(office, costly.line_id, "10.6", dose_no=2)
        for dose, grams in ((2, "10.2"), (1, "9.8"), (3, "10")):
            after = weigh(office, costly.line_id, grams, dose_no=dose)
        costly = next(each for each in after.slices if each.name == "西洋参片")
        assert [each.grams for each in costly.by_dose if each] == [D("9.8"), D("10.2"), D(10)]
        assert costly.weight is not None
        assert costly.weight.grams == D(30)
    finally:
        office.database.value("UPDATE drug SET name = '桂枝' WHERE name = '西洋参片' RETURNING id")


@pytest.mark.usefixtures("packed")
def test_ready_packs_are_counted_and_need_no_scale(office: Office) -> None:
    facts = picked(office, "袋五", "白芍", "黄芪", days=3)
    packs = next(each for each in facts.slices if each.name == "白芍")
    loose = next(each for each in facts.slices if each.name == "黄芪")
    assert (packs.count, packs.count_unit) == (D(6), "袋")
    with pytest.raises(NotWeighedSo):
        weigh(office, packs.line_id, "30")
    with pytest.raises(NotWeighedSo):
        count(office, loose.line_id, "6")
    with pytest.raises(CountOff):
        count(office, packs.line_id, "5")
    after = count(office, packs.line_id, "6")
    assert next(each.weight.grams for each in after.slices if each.name == "白芍" and each.weight) == D(30)
    after = weigh(office, loose.line_id, "30")
    assert [each.target for each in after.bags] == [D(10)] * 3  # the packs have a wrapping of their own
    for number in (1, 2, 3):
        bag(office, facts, number, "10")
    dispense(office, facts.prescription)


@pytest.mark.usefixtures("packed")
def test_where_all_comes_in_packs_there_is_nothing_to_lay_on_the_scale(office: Office) -> None:
    facts = picked(office, "袋六", "白芍", days=4)
    assert facts.bags == ()
    count(office, facts.slices[0].line_id, "8")
    dispense(office, facts.prescription)


@pytest.mark.usefixtures("only_toxic")
def test_a_clinic_may_ask_for_the_scale_with_toxic_slices_only(office: Office) -> None:
    facts = picked(office, "袋七", "黄芪", days=3)
    assert (facts.slices[0].required, facts.bags_required, len(facts.bags)) == (False, False, 3)
    dispense(office, facts.prescription)
    assert state(office, facts.prescription) == "DISPENSED"


@pytest.mark.usefixtures("only_toxic", "toxic")
def test_toxic_slices_are_weighed_and_their_bags_checked_whatever_the_rule(office: Office) -> None:
    facts = picked(office, "袋八", "枳实", "黄芪", days=2)
    assert sorted((each.name, each.required) for each in facts.slices) == [("枳实", True), ("黄芪", False)]
    assert facts.bags_required
    with pytest.raises(SlicesMissing) as caught:
        dispense(office, facts.prescription)
    assert caught.value.drug == "枳实"


def test_what_was_put_back_is_weighed_anew(office: Office) -> None:
    facts = picked(office, "袋九", "黄芪", days=2)
    visits.weigh_slices(office, facts.prescription.id)
    desk = office.desk(PHARMACIST)
    desk.call(PutBack(prescription_id=facts.prescription.id))
    desk.call(PickPrescription(prescription_id=facts.prescription.id))
    after = desk.call(GetWeighing(prescription_id=facts.prescription.id))
    assert after.slices[0].weight is None
    assert [each.weight for each in after.bags] == [None, None]
    with pytest.raises(SlicesMissing):
        dispense(office, facts.prescription)
    weigh(office, after.slices[0].line_id, "20")
    bag(office, facts, 2, "10")
    with pytest.raises(BagsUnchecked) as caught:
        dispense(office, facts.prescription)
    assert caught.value.bag == 1


def test_one_dose_and_what_the_clinic_boils_go_into_no_bags(office: Office) -> None:
    assert picked(office, "袋十", "黄芪", days=1).bags == ()
    assert picked(office, "袋甲", "黄芪", days=3, route="decoct_in").bags == ()
