"""Herbal slices: names come down to the plant, what clashes is found and nothing else, and weights are judged to the hundredth."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from common.domain import herbal_rules as rules
from common.domain.herbal import EIGHTEEN, NINETEEN, Handling, base_name, bounds, clashes, handling_of, off_by, per_dose, usual_handling
from common.domain.prescription import CheckedLine, Finding, first_refusal
from common.herbal_errors import SlicesAverse, SlicesClash, WeightOff
from common.i18n import CHINESE, language
from common.messages.consult import PrescriptionKind
from common.prescribing_errors import PrescriptionRule
from tests.common.test_prescription import check, drug, line

D = Decimal


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("法半夏", "半夏"), ("姜半夏", "半夏"), ("清半夏（先煎）", "半夏"), ("白附子", "白附子"), ("制白附子", "制白附子"), ("炮附片", "附子"),
        ("黑顺片", "附子"), ("制川乌", "川乌"), ("生草乌", "草乌"), ("海藻", "海藻"), ("海藻酸", "海藻酸"), ("醋甘遂", "甘遂"),
        ("醋京大戟", "京大戟"),         ("红大戟", "红大戟"), ("炙甘草", "甘草"), ("川贝母粉", "川贝母"), ("土贝母", "土贝母"),
        ("炒瓜蒌子", "瓜蒌子"),
        ("酒白芍", "白芍"),
        ("北沙参", "北沙参"),         ("红参片", "人参"), ("玄明粉", "芒硝"), ("官桂", "肉桂"), ("半夏曲", "半夏曲"),
        ("水半夏", "水半夏"), ("醋三棱", "三棱"), ("黄芪", "黄芪"),
    ],
)  # fmt: skip
def test_a_name_comes_down_to_the_plant(name: str, base: str) -> None:
    assert base_name(name) == base


@pytest.mark.parametrize(
    ("names", "eighteen"),
    [
        (("法半夏", "制附子"), True), (("炙甘草", "醋甘遂"), True), (("藜芦", "炒白芍"), True), (("丹参片", "藜芦"), True),
        (("制川乌", "浙贝母"), True), (("黑顺片", "天花粉"), True), (("公丁香", "郁金"), False),
        (("人参", "炒五灵脂"), False), (("玄明粉", "醋三棱"), False),
        (("肉桂", "赤石脂"), False),
    ],
)  # fmt: skip
def test_what_is_against_each_other_is_found_in_either_order(names: tuple[str, str], eighteen: bool) -> None:
    assert [clash.eighteen for clash in clashes(names)] == [eighteen]
    assert [clash.eighteen for clash in clashes(names[::-1])] == [eighteen]


@pytest.mark.parametrize(
    "names", [("法半夏", "白附子"), ("甘草", "海藻酸"), ("甘草", "大枣"), ("附子", "川乌"), ("土贝母", "附子"), ("人参", "玄参")]
)
def test_what_only_looks_alike_is_left_alone(names: tuple[str, str]) -> None:
    assert list(clashes(names)) == []


def test_every_pair_of_the_verses_is_found() -> None:
    for rule, eighteen in ((EIGHTEEN, True), (NINETEEN, False)):
        for first, second in rule:
            assert all([c.eighteen for c in clashes((one, other))] == [eighteen] for one in first for other in second)


def test_the_second_signature_is_a_reason_and_the_nineteen_are_only_said() -> None:
    aconite, pinellia = slice_line(1, "制附子"), slice_line(2, "法半夏")
    found = _check(aconite, pinellia)
    assert [(f.severity, type(f.error), f.line) for f in found] == [("ask", SlicesClash, 1)]
    assert first_refusal(_check(aconite, changed_line(pinellia, reason="久用此方，无不适"))) is None
    averse = _check(slice_line(1, "丁香"), slice_line(2, "郁金"))
    assert [(f.severity, type(f.error)) for f in averse] == [("inform", SlicesAverse)]
    assert first_refusal(averse) is None
    with language(CHINESE):
        assert found[0].error.sentence() == "法半夏与制附子属十八反，不宜同用；确需使用请写明理由（双签）。"


def test_one_number_of_doses_and_one_pot() -> None:
    first = slice_line(1, "黄芪")
    assert _rules(first, changed_line(slice_line(2, "党参"), days=5, quantity=D(75))) == [rules.DOSES_DIFFER]
    assert _rules(first, changed_line(slice_line(2, "党参"), route="decoct_in")) == [rules.POTS_DIFFER]
    assert _rules(first, changed_line(slice_line(2, "党参"), quantity=D(100))) == [rules.NOT_BY_DOSES]
    assert _rules(first, slice_line(2, "党参")) == []


def test_how_a_slice_is_boiled() -> None:
    assert [handling_of(text) for text in ("先煎", "XJ", " hx ", "先煎30分钟", "饭后")] == [
        (Handling.FIRST, ""), (Handling.FIRST, ""), (Handling.LATER, ""), (Handling.FIRST, "30分钟"), (None, "饭后"),
    ]  # fmt: skip
    names = ("煅牡蛎", "制附子", "薄荷", "车前子", "三七粉", "川贝母粉", "阿胶", "川贝母", "黄芪")
    assert [usual_handling(name) for name in names] == [
        Handling.FIRST, Handling.FIRST, Handling.LATER, Handling.WRAPPED, Handling.STIRRED, Handling.STIRRED, Handling.MELTED, None, None,
    ]  # fmt: skip


def test_weights_within_five_per_cent_will_do() -> None:
    assert bounds(D(105)) == (D("99.75"), D("110.25"))
    assert [off_by(D(105), D(grams)) for grams in ("99.75", "110.25", "99.74", "112")] == [0, 0, D("-5.26"), D(7)]
    assert per_dose(D("104.9"), 7) == D("14.99")
    with language(CHINESE):
        assert str(WeightOff(drug="黄芪", target=D(105), off=D(7))) == "黄芪应称 105 g，多了 7 g，请取出。"
        assert str(WeightOff(drug="黄芪", target=D(105), off=D("-5.26"))) == "黄芪应称 105 g，少了 5.26 g，请添足。"


def slice_line(number: int, name: str) -> CheckedLine:
    """Seven doses of 15 g, boiled at home."""
    herb = drug(number, name=name, drug_class="herbal", base_unit="g", dose_unit="g", dose_per_base=D(1), pack_size=D(1), splittable=True)
    return line(herb, dose=D(15), times=Fraction(1), days=7, quantity=D(105), route="decoct")


def changed_line(line: CheckedLine, **changes: Any) -> CheckedLine:
    return msgspec.structs.replace(line, **changes)


def _check(*lines: CheckedLine) -> list[Finding]:
    return check(*lines, kind=PrescriptionKind.HERBAL)


def _rules(*lines: CheckedLine) -> list[str]:
    return [each.error.rule for each in _check(*lines) if isinstance(each.error, PrescriptionRule)]
