"""The free text of specifications: read exactly, or refused with the reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import specification as spec
from common.domain.specification import Amount, Specification, Unclear, parse_specification
from common.i18n import language


def read(text: str, sold_by: str | None = None) -> Specification:
    result = parse_specification(text, sold_by)
    assert isinstance(result, Specification), result
    return result


def refused(text: str, sold_by: str | None = None) -> Unclear:
    result = parse_specification(text, sold_by)
    assert isinstance(result, Unclear), result
    return result


@pytest.mark.parametrize(
    ("text", "strength", "contents", "base", "size", "pack"),
    [
        ("2mg×15片/盒", "2mg", "2mg", "片", "15", "盒"),
        ("0.25g*24粒", "0.25g", "0.25g", "粒", "24", None),
        ("10:20ml×1支", "10:20ml", "20ml", "支", "1", "支"),
        ("200mg×100ml/瓶", "200mg×100ml", "100ml", "瓶", "1", "瓶"),
        ("5ml:10mg", "5ml:10mg", "5ml 10mg", None, None, None),
        ("5ml：15.000mg*1支/盒", "5ml:15.000mg", "5ml 15mg", "支", "1", "盒"),
        ("０.25ｇ×12片×2板/盒", "0.25g", "0.25g", "片", "24", "盒"),
        ("72粒×1盒", "", "", "粒", "72", "盒"),
        ("50ug X 100片/瓶", "50ug", "50μg", "片", "100", "瓶"),
        ("2ml:1.25万u×10支/盒", "2ml:1.25万u", "2ml 12500U", "支", "10", "盒"),
        ("80万单位×1瓶", "80万单位", "800000U", "瓶", "1", "瓶"),
        ("10g/袋", "10g", "10g", "袋", "1", "袋"),
        ("100片/瓶", "", "", "片", "100", "瓶"),
        ("300iu/3ml×1支", "300iu/3ml", "300IU 3ml", "支", "1", "支"),
        ("20ml:1.2g/1瓶", "20ml:1.2g", "20ml 1.2g", "瓶", "1", "瓶"),
        ("复方*1支", "复方", "", "支", "1", "支"),
        ("0.9%250ml×1袋", "0.9%250ml", "250ml", "袋", "1", "袋"),
        ("5ml（软袋）×1袋", "5ml", "5ml", "袋", "1", "袋"),
        ("1000mg/g", "1g", "1g", "g", "1", "g"),
    ],
)
def test_reads(text: str, strength: str, contents: str, base: str | None, size: str | None, pack: str | None) -> None:
    result = read(text)
    assert result.strength == strength
    assert [f"{amount.value:f}{amount.unit}" for amount in result.contents] == contents.split()
    assert (result.base_unit, result.pack_unit) == (base, pack)
    assert result.pack_size == (None if size is None else Decimal(size))


@pytest.mark.parametrize(
    "text",
    [
        "80mg/12.5mg×7片/盒",  # a compound: neither amount is the dose
        "0.5g/10g*1袋",  # extract, and the herb it stands for
        "20/50mg*100片/瓶",
        "1500:500iu*40粒/盒",
        "50ug:250ug×60吸/盒",
        "10ml：20ug*200揿/支",
        "5g:37.5mg×7支/盒",
    ],
)
def test_leaves_open_what_the_text_does_not_settle(text: str) -> None:
    assert read(text).contents == ()


def test_a_product_of_strengths_settles_only_the_volume() -> None:
    """200mg×100ml is 200 mg in the bottle, but 40mg×105ml of another drug is 40 mg in each millilitre."""
    assert read("40mg*105ml/瓶").contents == (Amount(Decimal(105), "ml"),)


@pytest.mark.parametrize(
    ("text", "sold_by", "reason"),
    [
        ("", None, spec.EMPTY),
        ("1.7ml(68mg:17ug)×1支", None, spec.BRACKETS),
        ("60mg/盒", None, spec.NO_COUNT),
        ("2.5g", "盒", spec.NO_COUNT),
        ("0.5g×1盒", None, spec.NO_COUNT),
        ("500ml×1袋", "瓶", spec.TWO_UNITS),
        ("30mg×10片/盒", "瓶", spec.TWO_UNITS),
        ("100ml:200mg×瓶", None, spec.ODD_PART),
        ("250LSU×50片/盒", None, spec.ODD_PART),
        ("0.4ml4000u×1支", None, spec.ODD_PART),
        ("8cm*13cm/10片/盒", None, spec.ODD_PART),
        ("2mg×1.5片/盒", None, spec.NOT_WHOLE),
        ("2mg×0片/盒", None, spec.NOT_WHOLE),
        ("500mg/g", "克", spec.PER_GRAM),
        ("1000mg/g", "袋", spec.PER_GRAM),
    ],
)
def test_refuses_with_the_reason(text: str, sold_by: str | None, reason: str) -> None:
    assert refused(text, sold_by).reason == reason


def test_the_unit_column_fills_what_the_text_leaves_open() -> None:
    assert read("0.25g*24粒", "盒").complete
    assert read("5ml:10mg", "支").pack_size == 1
    assert read("1000mg/g", "克").pack_unit == "g"
    assert not read("0.25g*24粒").complete


def test_the_reason_is_said_in_both_languages() -> None:
    unclear = refused("60mg/盒")
    with language("zh_CN"):
        assert unclear.sentence() == "规格里没有写一盒有多少"
    with language("en"):
        assert "how many are in one 盒" in unclear.sentence()


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    result = parse_specification(text)
    if isinstance(result, Specification) and result.pack_size is not None:
        assert result.pack_size >= 1


@given(
    st.decimals("0.0001", "9999", places=4),
    st.sampled_from(["g", "mg", "μg", "IU"]),
    st.integers(1, 1000),
    st.sampled_from(["片", "粒", "支", "袋"]),
)
def test_what_is_written_is_what_is_read(amount: Decimal, unit: str, count: int, base: str) -> None:
    result = read(f"{amount:f}{unit}×{count}{base}/盒")
    assert result.contents == (Amount(result.contents[0].value, unit),)
    assert result.contents[0].value == amount
    assert (result.base_unit, result.pack_size, result.pack_unit) == (base, Decimal(count), "盒")
