"""The free text of specifications: read exactly, or refused with the reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import unclear
from common.domain.drug_specification import Level, Specification, parse_specification, render_specification
from common.domain.drug_units import CONTAINERS, OUTER, PORTIONS, Amount, Concentration
from common.domain.unclear import Unclear
from common.i18n import language
from tests.common.specification_cases import READ, REFUSED


def cases(table: str) -> list[tuple[str, str]]:
    """What is given and what comes of it."""
    return [(before.strip(), after.strip()) for before, _, after in (line.partition("=>") for line in table.splitlines())]


def parsed(given: str) -> Specification | Unclear:
    """``text | unit column | form | name``"""
    text, unit, form, name = ([part.strip() for part in given.split("|")] + ["", "", ""])[:4]
    return parse_specification(text, unit or None, name=name, form=form)


def read(given: str) -> Specification:
    result = parsed(given)
    assert isinstance(result, Specification), result
    return result


def refused(given: str) -> Unclear:
    result = parsed(given)
    assert isinstance(result, Unclear), result
    return result


def said(specification: Specification) -> str:
    """As the table of cases says it."""
    packs = [("1", specification.base_unit), *((f"{level.size:f}", level.unit) for level in specification.between)]
    packs.append((f"{specification.pack_size:f}", specification.pack_unit or "?"))
    parts = [
        specification.strength or "-",
        ", ".join(str(amount) for amount in specification.contents) or "-",
        " ".join(f"{size}{unit}" for size, unit in packs),
    ]
    return " | ".join(parts if specification.percent is None else [*parts, f"{specification.percent:f}%"])


def test_the_table_is_long_enough() -> None:
    assert len({given for given, _ in cases(READ) + cases(REFUSED)}) >= 200


@pytest.mark.parametrize(("given_text", "expected"), cases(READ))
def test_reads(given_text: str, expected: str) -> None:
    assert said(read(given_text)) == expected


@pytest.mark.parametrize(("given_text", "reason"), cases(REFUSED))
def test_refuses_with_the_reason(given_text: str, reason: str) -> None:
    assert refused(given_text).reason == getattr(unclear, reason)


@pytest.mark.parametrize("text", ["", "  ", "　"])
def test_an_empty_text_says_nothing(text: str) -> None:
    assert parse_specification(text, "盒") == Unclear(unclear.EMPTY, "")


@pytest.mark.parametrize("given_text", [given for given, _ in cases(READ)])
def test_every_case_can_be_written_and_read_again(given_text: str) -> None:
    once = read(given_text)
    _, _, form, name = ([part.strip() for part in given_text.split("|")] + ["", "", ""])[:4]
    assert parse_specification(render_specification(once), once.pack_unit, name=name, form=form) == once


def test_a_concentration_is_what_one_container_holds() -> None:
    ampoule = read("2ml:0.1g*10支/盒").concentration
    assert ampoule == Concentration(Amount(Decimal("0.1"), "g"), Amount(Decimal(2), "ml"))
    assert ampoule.per_ml == Amount(Decimal("0.05"), "g")
    third = read("3ml:10mg×1支").concentration
    assert third is not None
    assert third.per_ml is None  # a third of 10 mg has no exact decimal
    assert read("0.5L:5g×1瓶").concentration == Concentration(Amount(Decimal(5), "g"), Amount(Decimal("0.5"), "L"))
    assert read("100ml×1瓶").concentration is None


def test_litres_and_millilitres_agree() -> None:
    in_litres = read("0.5L:25g×1瓶 | 瓶 | | 5%葡萄糖注射液").concentration
    assert in_litres is not None
    assert in_litres.per_ml == Amount(Decimal("0.05"), "g")
    assert refused("0.5L:50g×1瓶 | 瓶 | | 5%葡萄糖注射液").reason == unclear.NAME_DISAGREES


def test_levels_between_the_tablet_and_the_box() -> None:
    assert read("10mg/片×7片×2板 | 盒").between == (Level("板", Decimal(7)),)
    assert read("12片×2板×10盒/箱").between == (Level("板", Decimal(12)), Level("盒", Decimal(24)))


def test_the_unit_column_fills_what_the_text_leaves_open() -> None:
    assert read("0.25g*24粒 | 盒").complete
    assert read("5ml:10mg | 支").pack_size == 1
    assert read("1000mg/g | 克").pack_unit == "g"
    assert not read("0.25g*24粒").complete


def test_the_reason_is_said_in_both_languages() -> None:
    reason = refused("60mg/盒")
    with language("zh_CN"):
        assert reason.sentence() == "规格里没有写一盒有多少"
    with language("en"):
        assert "how many are in one 盒" in reason.sentence()


_WORDS = (
    *(
        "1",
        "2",
        "10",
        "0.5",
        "0",
        "g",
        "mg",
        "ml",
        "L",
        "IU",
        "%",
        "万",
        "片",
        "粒",
        "支",
        "瓶",
        "袋",
        "板",
        "盒",
        "s",
        "T",
        "复方",
        "软袋",
    ),
    *("×", "*", "/", ":", "+", "-", "—", " ", "(", ")", "（", "）", "每", "装", "cm", "⁶", "½", "①", ".", "或"),
)


@given(st.lists(st.sampled_from(_WORDS), max_size=14).map("".join), st.sampled_from([None, "盒", "瓶", "支", "克"]))
def test_any_text_is_read_or_refused(text: str, sold_by: str | None) -> None:
    result = parse_specification(text, sold_by)
    if isinstance(result, Specification):
        assert result.pack_size is None or result.pack_size >= 1
        assert all(amount.value > 0 for amount in result.amounts)
        assert parse_specification(render_specification(result), result.pack_unit) == result


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_the_reading(text: str) -> None:
    assert isinstance(parse_specification(text), Specification | Unclear)


_VALUES = st.decimals("0.0001", "9999", places=4).map(lambda value: value.normalize())
_COUNTS = st.integers(1, 1000).map(Decimal)


@st.composite
def tablets(draw: st.DrawFn) -> Specification:
    """Portions in boxes, with or without a level in between."""
    amount = Amount(Decimal(f"{draw(_VALUES):f}"), draw(st.sampled_from(["g", "mg", "μg", "IU", "U"])))
    count, sheets = draw(_COUNTS), draw(st.one_of(st.none(), st.integers(1, 20).map(Decimal)))
    return Specification(
        strength=str(amount),
        amounts=(amount,),
        contents=(amount,),
        base_unit=draw(st.sampled_from(sorted(PORTIONS))),
        between=() if sheets is None else (Level("板", count),),
        pack_size=count * (sheets or 1),
        pack_unit=draw(st.sampled_from(sorted(OUTER))),
    )


@st.composite
def ampoules(draw: st.DrawFn) -> Specification:
    """A volume and a substance in containers."""
    volume = Amount(Decimal(f"{draw(_VALUES):f}"), draw(st.sampled_from(["ml", "L"])))
    substance = Amount(Decimal(f"{draw(_VALUES):f}"), draw(st.sampled_from(["g", "mg", "μg", "IU", "mmol"])))
    unit, count = draw(st.sampled_from(sorted(CONTAINERS))), draw(_COUNTS)
    return Specification(
        strength=f"{volume}:{substance}",
        amounts=(volume, substance),
        contents=(volume, substance),
        base_unit=unit,
        pack_size=count,
        pack_unit=unit if count == 1 else "盒",
    )


@given(st.one_of(tablets(), ampoules()))
def test_what_is_written_is_what_is_read(specification: Specification) -> None:
    assert parse_specification(render_specification(specification)) == specification


@given(tablets(), st.sampled_from("＊∗✕xX—–－"), st.booleans())
def test_signs_and_widths_change_nothing(specification: Specification, sign: str, wide: bool) -> None:
    text = render_specification(specification).replace("×", sign)
    if wide:
        text = text.translate({ordinal: ordinal + 0xFEE0 for ordinal in range(0x21, 0x7F)})
    assert parse_specification(text) == specification
