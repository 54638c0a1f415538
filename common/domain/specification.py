"""Reading the free text in which Chinese drug lists write a specification 规格, such as ``2mg×15片/盒``.

The rule is: never a guess. What the text leaves open stays empty, and a text that may be read in two ways is refused with the reason, so
that a person decides. Quantities are exact decimals.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from msgspec import Struct

from common.i18n import N_, tr

MASS: Final = {"kg": "kg", "g": "g", "克": "g", "mg": "mg", "毫克": "mg", "μg": "μg", "ug": "μg", "mcg": "μg", "微克": "μg", "ng": "ng"}
VOLUME: Final = {"ml": "ml", "毫升": "ml", "l": "L", "升": "L"}
ACTIVITY: Final = {"iu": "IU", "国际单位": "IU", "u": "U", "单位": "U", "mmol": "mmol", "axaiu": "AxaIU"}
UNITS: Final = {**MASS, **VOLUME, **ACTIVITY}
PORTIONS: Final = frozenset(["片", "粒", "丸", "揿", "喷", "吸", "贴", "枚", "张", "块", "锭", "滴", "颗"])
"""Countable portions of a pack: one of them is what a patient takes or applies."""
CONTAINERS: Final = frozenset(["支", "瓶", "袋", "包", "管", "罐", "桶", "听", "筒"])
"""Units that hold an amount themselves and can be sold singly."""
PACKS: Final = frozenset(["盒", "板", "小盒", "箱", "套", "件", "条", "组"])
"""Outer packs; one of them alone does not say how much is in it."""

_COUNT_UNITS: Final = PORTIONS | CONTAINERS | PACKS
_UNIT_PATTERN: Final = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))
_AMOUNT: Final = re.compile(rf"(\d+(?:\.\d+)?)(万|亿)?({_UNIT_PATTERN})?", re.IGNORECASE)
_COUNT: Final = re.compile(r"(\d+(?:\.\d+)?)(" + "|".join(sorted(_COUNT_UNITS, key=len, reverse=True)) + ")")
_PERCENT: Final = re.compile(r"\d+(?:\.\d+)?%")
_REMARK: Final = re.compile(r"\([^()\d]*\)")
_TIMES_SIGN: Final = re.compile(r"[*×✕✖╳]|(?<=[A-Za-z一-鿿%])\s*[xX]\s*(?=\d)")
_MAGNITUDE: Final = {"万": Decimal(10_000), "亿": Decimal(100_000_000), None: Decimal(1)}


class Amount(Struct, frozen=True):
    """So much of a substance or liquid: ``Amount(Decimal("0.25"), "g")``. Units are spelt kg g mg μg ng, L ml, IU U mmol AxaIU."""

    value: Decimal
    unit: str


class Specification(Struct, frozen=True, kw_only=True):
    """What a specification text says for certain.

    ``contents`` is what one base unit holds (in at most one unit of each kind: mass, volume, activity); it is empty for compounds such as
    ``80mg/12.5mg`` whose dose is counted in base units. ``pack_size`` is the number of base units in one pack, at least 1.
    ``base_unit``, ``pack_size`` and ``pack_unit`` are ``None`` where the text does not say.
    """

    strength: str
    contents: tuple[Amount, ...] = ()
    base_unit: str | None = None
    pack_size: Decimal | None = None
    pack_unit: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the drug can be stocked by this text alone."""
        return None not in (self.base_unit, self.pack_size, self.pack_unit)


class Unclear(Struct, frozen=True):
    """The text was not understood. ``reason`` is an English source message; ``part`` is what it speaks of."""

    reason: str
    part: str

    def sentence(self) -> str:
        """The reason in the current language."""
        return tr(self.reason, part=self.part)


EMPTY: Final = N_("the specification is empty")
ODD_PART: Final = N_("“{part}” in the specification is not understood")
BRACKETS: Final = N_("the brackets “{part}” in the specification can be read in more than one way")
NO_COUNT: Final = N_("the specification does not say how many are in one {part}")
TWO_UNITS: Final = N_("the specification and the unit column disagree about the unit of sale: {part}")
PER_GRAM: Final = N_("“{part}” is understood only for goods sold by the gram")
NOT_WHOLE: Final = N_("“{part}” is not a whole number above zero")


class _UnclearText(ValueError):
    """Carries an :class:`Unclear` out of the reading functions below."""

    def __init__(self, reason: str, part: str) -> None:
        super().__init__(reason, part)
        self.unclear = Unclear(reason, part)


def parse_specification(text: str, sold_by: str | None = None) -> Specification | Unclear:
    """Read one specification.

    ``sold_by`` is the unit of sale from the list's own unit column, when there is one; it fills a pack unit that the text leaves open and
    must not contradict it. Returns :class:`Unclear` with the reason when the text cannot be read in exactly one way.
    """
    try:
        return _read(_plain(text), _unit_of_sale(sold_by))
    except _UnclearText as refused:
        return refused.unclear


def _plain(text: str) -> str:
    """Half-width, one multiplication sign, no remarks, no blank between a number and its unit."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = _REMARK.sub("", plain)
    plain = _TIMES_SIGN.sub("×", plain)
    plain = re.sub(r"(?<=\d)\s+(?=[^\d\s])|\s*(?=[×:/+])|(?<=[×:/+])\s*", "", plain)
    if not plain:
        raise _UnclearText(EMPTY, "")
    if bracket := re.search(r"[(\[].*", plain):
        raise _UnclearText(BRACKETS, bracket[0])
    return plain


def _unit_of_sale(sold_by: str | None) -> str | None:
    unit = unicodedata.normalize("NFKC", sold_by or "").strip()
    return {"克": "g", "毫升": "ml"}.get(unit, unit) or None


def _read(text: str, sold_by: str | None) -> Specification:
    if per_gram := re.fullmatch(r"(\d+(?:\.\d+)?)mg/g", text, re.IGNORECASE):
        return _sold_by_gram(text, Decimal(per_gram[1]), sold_by)
    factors, written_pack = _split_pack(text)
    counts: list[tuple[Decimal, str]] = []
    while factors and (count := _COUNT.fullmatch(factors[-1])):
        counts.insert(0, (_whole(count[1], factors.pop()), count[2]))
    atoms = [_atoms(factor) for factor in factors]
    size, base, pack = _packing(counts, written_pack, sold_by)
    return Specification(strength="×".join(factors), contents=_contents(atoms, base), base_unit=base, pack_size=size, pack_unit=pack)


def _sold_by_gram(text: str, milligrams: Decimal, sold_by: str | None) -> Specification:
    if milligrams != 1000 or sold_by not in (None, "g"):
        raise _UnclearText(PER_GRAM, text)
    return Specification(strength="1g", contents=(Amount(Decimal(1), "g"),), base_unit="g", pack_size=Decimal(1), pack_unit="g")


def _split_pack(text: str) -> tuple[list[str], str | None]:
    """Part the text at its multiplication signs, and take ``/盒`` or ``/1瓶`` off its end."""
    factors = text.split("×")
    head, slash, tail = factors[-1].rpartition("/")
    if slash and tail in _COUNT_UNITS:
        return [*factors[:-1], head], tail
    if slash and _COUNT.fullmatch(tail):
        return [*factors[:-1], head, tail], None
    return factors, None


def _whole(number: str, part: str) -> Decimal:
    value = Decimal(number)
    if value < 1 or value != value.to_integral_value():
        raise _UnclearText(NOT_WHOLE, part)
    return Decimal(int(value))


def _packing(
    counts: list[tuple[Decimal, str]], written_pack: str | None, sold_by: str | None
) -> tuple[Decimal | None, str | None, str | None]:
    if not counts:
        return _single(written_pack, sold_by)
    size = Decimal(1)
    for number, _ in counts:
        size *= number
    base, (outer_count, outer_unit) = counts[0][1], counts[-1]
    if base in PACKS:
        raise _UnclearText(NO_COUNT, base)
    outer = written_pack
    if outer is None and outer_count == 1 and (len(counts) > 1 or sold_by is None):
        outer = outer_unit
    pack = _agreed(outer, sold_by)
    if size == 1 and base in CONTAINERS and pack in CONTAINERS and base != pack:
        raise _UnclearText(TWO_UNITS, f"{base}, {pack}")
    return size, base, pack


def _single(written_pack: str | None, sold_by: str | None) -> tuple[Decimal | None, str | None, str | None]:
    """A strength without a count: certain only for one container, such as ``10g/袋``."""
    unit = _agreed(written_pack, sold_by)
    if unit is None:
        return None, None, None
    if unit not in CONTAINERS and unit not in PORTIONS:
        raise _UnclearText(NO_COUNT, unit)
    return Decimal(1), unit, unit


def _agreed(written: str | None, sold_by: str | None) -> str | None:
    if written and sold_by and written != sold_by:
        raise _UnclearText(TWO_UNITS, f"{written}, {sold_by}")
    return written or sold_by


def _atoms(factor: str) -> list[Amount | None]:
    """The amounts of one factor such as ``5ml:10mg``; ``None`` stands for a bare number, a percentage or 复方."""
    atoms: list[Amount | None] = []
    for piece in re.split(r"[:/+\s]", factor):
        if percent := _PERCENT.match(piece):
            atoms.append(None)
            piece = piece[percent.end() :]
        if piece and piece != "复方":
            atoms.append(_amount(piece))
    return atoms


def _amount(piece: str) -> Amount | None:
    found = _AMOUNT.fullmatch(piece)
    if found is None:
        raise _UnclearText(ODD_PART, piece)
    if found[3] is None:
        return None
    value = Decimal(found[1]) * _MAGNITUDE[found[2]]
    return Amount(_trimmed(value), UNITS[found[3].lower()])


def _trimmed(value: Decimal) -> Decimal:
    """``10.000`` and ``10`` are the same amount and are written the same way."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _contents(factors: list[list[Amount | None]], base: str | None) -> tuple[Amount, ...]:
    """What one base unit holds, leaving out whatever the text does not settle.

    Two masses (``80mg/12.5mg``) are a compound or an equivalent. A product of strengths (``200mg×100ml``, but also ``40mg×105ml`` for
    40 mg in each of 105 ml) settles only the volume, and so does a bare number (``10:20ml``).
    """
    atoms = [atom for factor in factors for atom in factor]
    known = [atom for atom in atoms if atom is not None]
    if base in PORTIONS:
        return tuple(known) if len(atoms) == 1 else ()
    kinds = [_kind(amount) for amount in known]
    settled = [amount for amount, kind in zip(known, kinds, strict=True) if kinds.count(kind) == 1]
    if len(factors) > 1 or (len(known) < len(atoms)):
        settled = [amount for amount in settled if _kind(amount) == "volume"]
    return tuple(settled)


def _kind(amount: Amount) -> str:
    if amount.unit in VOLUME.values():
        return "volume"
    return "mass" if amount.unit in MASS.values() else "activity"
