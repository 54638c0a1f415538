"""Reading the free text in which Chinese drug lists write a specification 规格, such as ``2mg×15片/盒``.

The rule is: never a guess. What the text leaves open stays empty, and a text that may be read in two ways is refused with the reason, so
that a person decides. Quantities are exact decimals.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from itertools import pairwise
from typing import Final

from msgspec import Struct

from common.domain.drug_units import CONTAINERS, OUTER, PACKS, PORTIONS, SHEETS, Amount, Concentration, rank
from common.domain.specification_amounts import Stated, read_amounts
from common.domain.specification_text import COUNT_UNITS, Counted, Pieces, cut, normal
from common.domain.unclear import (
    COUNTED_TWICE,
    EMPTY,
    NAME_DISAGREES,
    NO_COUNT,
    ONE_IN_PACK,
    PER_GRAM,
    TWO_UNITS,
    UNKNOWN_UNIT,
    Unclear,
    UnclearText,
)

_NAMED_PERCENT: Final = re.compile(r"[*A-Za-z]*(\d+(?:\.\d+)?)%")
_TRAILING_ZEROS: Final = re.compile(r"(\d+)\.(\d*?)0+(?!\d)")
_ONE_GRAM: Final = re.compile(r"1000mg/g|1?(?:g|克)|", re.IGNORECASE)
_GRADE: Final = re.compile(rf"(?:(?![{''.join(unit for unit in CONTAINERS | OUTER if len(unit) == 1)}克斤升])[\u4e00-\u9fff])+")
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")


class Level(Struct, frozen=True):
    """A pack between base unit and unit of sale: one ``unit`` holds ``size`` base units."""

    unit: str
    size: Decimal


class Specification(Struct, frozen=True, kw_only=True):
    """What a specification text says for certain.

    ``strength`` is the text without its packing, ``amounts`` all amounts in it, ``percent`` its percentage. ``contents`` is what one base
    unit holds; it is empty for compounds such as ``80mg/12.5mg``, whose dose is counted in base units. ``pack_size`` is the number of base
    units in one pack, at least 1; ``between`` are the packs in between (板). ``base_unit``, ``pack_size`` and ``pack_unit`` are ``None``
    where the text does not say.
    """

    strength: str
    amounts: tuple[Amount, ...] = ()
    percent: Decimal | None = None
    contents: tuple[Amount, ...] = ()
    base_unit: str | None = None
    between: tuple[Level, ...] = ()
    pack_size: Decimal | None = None
    pack_unit: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the drug can be stocked by this text alone."""
        return None not in (self.base_unit, self.pack_size, self.pack_unit)

    @property
    def concentration(self) -> Concentration | None:
        """For a liquid: the substance and the volume that one base unit holds."""
        volumes = [amount for amount in self.contents if amount.kind == "volume"]
        substances = [amount for amount in self.contents if amount.kind != "volume"]
        return Concentration(substances[0], volumes[0]) if substances and volumes else None


class _Packing(Struct, frozen=True, kw_only=True):
    base_unit: str | None = None
    between: tuple[Level, ...] = ()
    pack_size: Decimal | None = None
    pack_unit: str | None = None


def parse_specification(text: str, sold_by: str | None = None, *, name: str = "", form: str = "") -> Specification | Unclear:
    """Read one specification.

    ``sold_by`` is the unit of sale from the list's own unit column, when there is one; it fills a pack unit that the text leaves open and
    must not contradict it. ``name`` and ``form`` are the drug's: they tell injections and sprays, and what ``24s`` counts. Returns
    :class:`Unclear` with the reason when the text cannot be read in exactly one way.
    """
    try:
        return _read(normal(text), _unit_of_sale(sold_by), _plain(name), _plain(form))
    except UnclearText as refused:
        return refused.unclear


def render_specification(specification: Specification) -> str:
    """The specification in one spelling; read again with the same name and form it gives the same."""
    read = specification
    if read.base_unit == "g":
        return "1000mg/g" if read.strength == "1g" else read.strength
    if read.base_unit is None or read.pack_size is None:
        return read.strength
    if read.strength and read.pack_size == 1 and read.base_unit == read.pack_unit:
        return f"{read.strength}/{read.base_unit}"
    parts = [read.strength] if read.strength else []
    holds = [*(level.size for level in read.between), read.pack_size]
    inner = [Decimal(1), *holds]
    for unit, held, size in zip([read.base_unit, *(level.unit for level in read.between)], inner, holds, strict=False):
        parts.append(f"{size / held:f}{unit}")
    return "×".join(parts) + (f"/{read.pack_unit}" if read.pack_unit else "")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _unit_of_sale(sold_by: str | None) -> str | None:
    unit = _plain(sold_by or "")
    unit = {"克": "g", "毫升": "ml"}.get(unit, unit)
    if unit and unit not in COUNT_UNITS | {"g", "ml"}:
        raise UnclearText(UNKNOWN_UNIT, unit)
    return unit or None


def _read(text: str, sold_by: str | None, name: str, form: str) -> Specification:
    if sold_by == "g" or re.fullmatch(r"[\d.]+mg/g", text, re.IGNORECASE):
        return _sold_by_gram(text, sold_by)
    if not text:
        raise UnclearText(EMPTY, "")
    pieces = cut(text, _portion(name, form))
    packing = _packing(pieces, sold_by, text)
    stated = read_amounts(pieces, packing.base_unit, f"{form} {name}")
    _check_name(stated, name, text)
    return Specification(
        strength=_TRAILING_ZEROS.sub(_without_zeros, pieces.restored("×".join(pieces.factors))),
        amounts=stated.amounts,
        percent=stated.percent,
        contents=stated.contents,
        base_unit=packing.base_unit,
        between=packing.between,
        pack_size=packing.pack_size,
        pack_unit=packing.pack_unit,
    )


def _without_zeros(found: re.Match[str]) -> str:
    """``10.000mg`` is printed as ``10mg``: a point that is overlooked would make it a thousandfold dose."""
    return f"{found[1]}.{found[2]}" if found[2] else found[1]


def _sold_by_gram(text: str, sold_by: str | None) -> Specification:
    """Herbs: one gram is stocked, sold and dosed. A text without figures and packs (统货) speaks of the grade."""
    grade = _GRADE.fullmatch(text)
    if not (grade or _ONE_GRAM.fullmatch(text)) or sold_by not in (None, "g"):
        raise UnclearText(PER_GRAM, text)
    gram = Amount(Decimal(1), "g")
    return Specification(
        strength=text if grade else "1g", amounts=(gram,), contents=(gram,), base_unit="g", pack_size=Decimal(1), pack_unit="g"
    )


def _portion(name: str, form: str) -> str | None:
    """What is counted of this drug, where form and name agree about it."""
    told = {unit for words in (form, _IN_BRACKETS.sub("", name)) for unit in (_portion_of(words),) if unit}
    return told.pop() if len(told) == 1 else None


def _portion_of(words: str) -> str | None:
    if "胶囊" in words:
        return "粒"
    if words.endswith(("丸", "丸剂")):
        return "丸"
    return "片" if words.endswith(("片", "片剂")) and not words.endswith("饮片") else None


def _packing(pieces: Pieces, sold_by: str | None, text: str) -> _Packing:
    counts = list(pieces.counts)
    if len(counts) > 1 and counts[0].number == 1 and counts[0].unit == counts[1].unit and counts[0].per is None:
        del counts[0]  # 1片×12片
    if not counts:
        return _single(pieces.each, sold_by)
    _check_order(counts, pieces.each, text)
    counts, written = _outermost(counts, sold_by)
    pack = _agreed(written, sold_by)
    base = counts[0].unit
    levels, size = [], Decimal(1)
    for count, outer in zip(counts, [*counts[1:], None], strict=True):
        size *= count.number
        if outer is not None:
            levels.append(Level(outer.unit, size))
    if pack is not None:
        _check_pack(pack, base, [count.unit for count in counts], size)
    return _Packing(base_unit=base, between=tuple(levels), pack_size=size, pack_unit=pack)


def _check_order(counts: list[Counted], each: str | None, text: str) -> None:
    """From the inside out, each unit once: ``12片×2板``."""
    if counts[0].unit in PACKS:
        raise UnclearText(NO_COUNT, counts[0].unit)
    wrong = each is not None and each != counts[0].unit
    for inner, outer in pairwise(counts):
        wrong |= inner.per not in (None, outer.unit) or inner.unit == outer.unit or rank(inner.unit) > rank(outer.unit)
    if wrong or len({count.unit for count in counts}) < len(counts):
        raise UnclearText(COUNTED_TWICE, text)


def _outermost(counts: list[Counted], sold_by: str | None) -> tuple[list[Counted], str | None]:
    """The counts without a last ``×1盒``, and the pack that the text names."""
    last = counts[-1]
    if last.per is not None or last.number != 1:
        return counts, last.per
    if sold_by in (None, last.unit) or (len(counts) > 1 and last.unit in OUTER):
        return (counts[:-1] if len(counts) > 1 else counts), last.unit
    if last.unit in SHEETS:
        return counts, None
    raise UnclearText(ONE_IN_PACK if sold_by in OUTER else TWO_UNITS, last.unit if sold_by in OUTER else f"{last.unit}, {sold_by}")


def _check_pack(pack: str, base: str, units: list[str], size: Decimal) -> None:
    single = size == 1 and pack == base
    other_container = size == 1 and base in CONTAINERS and pack in CONTAINERS and base != pack
    if not single and (pack in units or rank(pack) < rank(units[-1]) or pack in PORTIONS or pack in ("g", "ml") or other_container):
        raise UnclearText(TWO_UNITS, f"{size:f}{base}, {pack}")


def _single(each: str | None, sold_by: str | None) -> _Packing:
    """A strength without a count: certain only for one container or portion, such as ``10g/袋``."""
    if each and sold_by and rank(each) < rank(sold_by):
        raise UnclearText(NO_COUNT, sold_by)
    unit = _agreed(each, sold_by)
    if unit is None:
        return _Packing()
    if unit not in CONTAINERS | PORTIONS:
        raise UnclearText(NO_COUNT, unit)
    return _Packing(base_unit=unit, pack_size=Decimal(1), pack_unit=unit)


def _agreed(written: str | None, sold_by: str | None) -> str | None:
    if written and sold_by and written != sold_by:
        raise UnclearText(TWO_UNITS, f"{written}, {sold_by}")
    return written or sold_by


def _check_name(stated: Stated, name: str, text: str) -> None:
    """A name that begins with a percentage (10%葡萄糖注射液) must have that in its amounts."""
    named = _NAMED_PERCENT.match(name)
    if named is None:
        return
    percent = stated.percent
    masses = [amount for amount in stated.contents if amount.kind == "mass"]
    volumes = [amount for amount in stated.contents if amount.kind == "volume"]
    if percent is None and len(masses) == 1 and len(volumes) == 1:
        percent = masses[0].basic / volumes[0].basic * 100
    if percent is not None and percent != Decimal(named[1]):
        raise UnclearText(NAME_DISAGREES, f"{named[1]}%, {text}")
