"""What the amounts of a specification say for certain about one base unit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from common.domain.drug_units import PORTIONS, UNITS, Amount, trimmed
from common.domain.unclear import BRACKETS, NO_UNIT, ODD_PART, PER_PUFF, PER_VOLUME, PERCENT_DISAGREES, PRODUCT, ZERO, UnclearText

if TYPE_CHECKING:
    from common.domain.specification_text import Pieces

_UNIT: Final = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))
_NUMBER: Final = r"\d+(?:\.\d+)?"
_ITEM: Final = re.compile(
    rf"(?P<percent>{_NUMBER})%|(?P<number>{_NUMBER})(?P<myriad>[万亿]?)(?P<unit>{_UNIT})(?![A-Za-z])|复方", re.IGNORECASE
)
_BARE_NUMBER: Final = re.compile(rf"{_NUMBER}[万亿]?")
_SIDE: Final = re.compile(rf"{_NUMBER}cm", re.IGNORECASE)
_ENERGY: Final = re.compile(rf"{_NUMBER}kcal/1?ml", re.IGNORECASE)
_MAGNITUDE: Final = {"万": Decimal(10_000), "亿": Decimal(100_000_000), "": Decimal(1)}
_INJECTED: Final = ("注射", "针", "输液")
_SPRAYED: Final = ("喷雾", "气雾", "鼻喷", "粉雾", "吸入剂", "口喷")


class Stated(Struct, frozen=True, kw_only=True):
    """The amounts as written, the percentage, and of the amounts what one base unit holds for certain."""

    amounts: tuple[Amount, ...] = ()
    percent: Decimal | None = None
    contents: tuple[Amount, ...] = ()


class _Factor:
    """The amounts of one stretch between multiplication signs. ``same`` holds equivalents in another kind of unit: ``33μg(450IU)``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.amounts: list[Amount] = []
        self.same: list[Amount] = []
        self.percent: Decimal | None = None
        self.over: Amount | None = None
        """The amount behind a slash: 3 ml in ``300iu/3ml``, 1 ml in ``10mg/ml``."""
        self.per_one = False

    @property
    def volumes(self) -> list[Amount]:
        return [amount for amount in self.amounts if amount.kind == "volume"]

    @property
    def substances(self) -> list[Amount]:
        return [amount for amount in self.amounts if amount.kind != "volume"]


def read_amounts(pieces: Pieces, base: str | None, context: str) -> Stated:
    """Read the amounts. ``context`` is form and name. Raises :class:`UnclearText` for what may be read in two ways."""
    if len(pieces.factors) > 1 and all(_SIDE.fullmatch(factor) for factor in pieces.factors) and base in PORTIONS:
        return Stated()  # a plaster's sides
    factors = [_read_factor(text, pieces) for text in pieces.factors]
    if not factors:
        return Stated()
    factor = factors[0] if len(factors) == 1 else _product(factors, "×".join(pieces.factors))
    if len(factors) == 1:
        _check_slash(factor, context)
    if len(factor.volumes) > 1:
        raise UnclearText(PRODUCT, pieces.restored(factor.text))
    _check_percent(factor, pieces.restored(factor.text))
    sprayed = any(word in context for word in _SPRAYED) and "溶液" not in context
    if sprayed and base and base not in PORTIONS and factor.substances and not factor.volumes:
        raise UnclearText(PER_PUFF, pieces.restored(factor.text))
    return Stated(amounts=tuple(factor.amounts), percent=factor.percent, contents=_contents(factor, base))


def _read_factor(text: str, pieces: Pieces) -> _Factor:
    factor = _Factor(text)
    separator = ""
    for part in re.split(r"([:+/ ])", text):
        if part in (":", "+", "/", " "):
            separator = part
            continue
        before = len(factor.amounts)
        if separator == "/" and part.lower() in UNITS:
            factor.amounts.append(Amount(Decimal(1), UNITS[part.lower()]))
            factor.per_one = True
        elif part:
            _scan(part, factor, pieces)
        else:
            raise UnclearText(ODD_PART, pieces.restored(text))
        if separator == "/" and len(factor.amounts) == before + 1:
            factor.over = factor.amounts[-1]
    return factor


def _scan(part: str, factor: _Factor, pieces: Pieces) -> None:
    """Amounts that follow each other without a sign: ``0.9%250ml``."""
    position = 0
    while position < len(part):
        if part[position] in pieces.groups:
            _read_group(part[position], factor, pieces)
            position += 1
            continue
        found = _ITEM.match(part, position)
        if found is None:
            raise UnclearText(_why(part, pieces), pieces.restored(part))
        _take(found, factor)
        position = found.end()


def _why(part: str, pieces: Pieces) -> str:
    if _BARE_NUMBER.fullmatch(part):
        return NO_UNIT
    return BRACKETS if any(pieces.groups.get(character) for character in part) else ODD_PART


def _take(found: re.Match[str], factor: _Factor) -> None:
    if found["percent"]:
        if factor.percent is not None:
            raise UnclearText(ODD_PART, found[0])
        factor.percent = trimmed(Decimal(found["percent"]))
    elif found["unit"]:
        value = Decimal(found["number"]) * _MAGNITUDE[found["myriad"]]
        if not value:
            raise UnclearText(ZERO, found[0])
        factor.amounts.append(Amount(trimmed(value), UNITS[found["unit"].lower()]))


def _read_group(mark: str, outer: _Factor, pieces: Pieces) -> None:
    """A bracket that holds amounts: the parts of a compound, what a volume holds, an equivalent or a percentage; all else is refused."""
    inside = pieces.groups[mark]
    if not inside or _ENERGY.fullmatch(inside):
        return
    refused = UnclearText(BRACKETS, pieces.written[mark])
    try:
        inner = _read_factor(inside, pieces)
    except UnclearText:
        raise refused from None
    kinds = [amount.kind for amount in outer.amounts]
    if inner.percent is not None:
        if inner.amounts or outer.percent is not None:
            raise refused
        outer.percent = inner.percent
    elif not kinds or (kinds == ["volume"] and not inner.volumes) or (len(kinds) == 1 and inner.volumes and len(inner.amounts) == 1):
        outer.amounts += inner.amounts
    elif len(kinds) == 1 and len(inner.amounts) == 1 and inner.amounts[0].kind != kinds[0]:
        outer.same += inner.amounts
    else:
        raise refused


def _product(factors: list[_Factor], text: str) -> _Factor:
    """Two factors: a concentration and the container's volume, or an amount and exactly 1 ml; anything else has two readings.

    ``200mg×100ml`` is 200 mg in the bottle on one line of a real list, ``469mg×15ml`` 469 mg in each of 15 ml on another.
    """
    refused = UnclearText(PRODUCT, text)
    first, second = factors[0], factors[1]
    if len(factors) > 2 or len(second.amounts) != 1 or any(f.percent is not None or f.same for f in factors):
        raise refused
    made = _Factor(text)
    if first.over is not None and first.over.kind == "volume" and len(first.amounts) == 2 and second.volumes:
        volume, substance = second.amounts[0], first.amounts[0]
        total = substance.value * volume.basic / first.over.basic
        if substance.kind == "volume" or total * first.over.basic != substance.value * volume.basic or total != round(total, 4):
            raise refused
        made.amounts = [volume, Amount(trimmed(total), substance.unit)]
    elif len(first.amounts) == 1 and Amount(Decimal(1), "ml") in (first.amounts[0], second.amounts[0]):
        made.amounts = [first.amounts[0], second.amounts[0]]
    else:
        raise refused
    return made


def _check_slash(factor: _Factor, context: str) -> None:
    """Behind a slash a volume may be the container's or a mere denominator; only for injections is it always the container's."""
    if factor.over is None or factor.over.kind != "volume":
        return
    if factor.per_one or not any(word in context for word in _INJECTED):
        raise UnclearText(PER_VOLUME, factor.text)


def _check_percent(factor: _Factor, shown: str) -> None:
    found = _percentage(factor)
    if factor.percent is not None and found is not None and found != factor.percent:
        raise UnclearText(PERCENT_DISAGREES, shown)


def _percentage(factor: _Factor) -> Decimal | None:
    """Grams in 100 ml, or in 100 g, where the amounts are one substance and one whole."""
    masses = sorted(amount.basic for amount in factor.substances if amount.kind == "mass")
    if len(masses) != len(factor.substances):
        return None
    if len(masses) == 1 and len(factor.volumes) == 1:
        return masses[0] / factor.volumes[0].basic * 100
    if len(masses) == 2 and not factor.volumes:
        return masses[0] / masses[1] * 100
    return None


def _contents(factor: _Factor, base: str | None) -> tuple[Amount, ...]:
    """What one base unit holds, leaving out whatever the text does not settle.

    Two substances (``80mg/12.5mg``) are a compound, an extract and its herb, or an equivalent; which is which is not said. Beside a mere
    percentage a mass is that of the whole.
    """
    single = len(factor.substances) == 1
    if base in PORTIONS:
        settled = single and not factor.volumes and factor.percent is None
        return (*factor.amounts, *factor.same) if settled else ()
    settled = single and (factor.percent is None or bool(factor.volumes))
    return (*factor.volumes, *(factor.substances if settled else []), *(factor.same if settled else []))
