"""From a dose to a quantity, and how both are written for a person (DOMAIN.md §2.3, §2.7, §6.7).

A dose is in the drug's dose unit (0.5 g), a quantity in its base unit (片, 支, ml), and one base unit holds ``dose_per_base`` of the
dose unit. Everything is exact: decimals in and out, fractions between.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from common.i18n import tr

#: Base units that are measured out and so may be any amount; all others are counted and whole.
MEASURED_UNITS: Final = frozenset({"g", "mg", "kg", "ml", "mL", "L", "克", "毫克", "千克", "毫升", "升"})
_TIMES: Final = re.compile(r"([0-9]+)(?:/([1-9][0-9]*))?")
_PLACES: Final = 10_000  # quantities have at most four places


def times_per_day(times: str) -> Fraction:
    """``"3/1"`` is three times a day, ``"1/2"`` every other day, ``"0"`` as needed. Raises ``ValueError`` for anything else."""
    found = _TIMES.fullmatch(times)
    if found is None:
        raise ValueError(f"not a frequency: {times!r}")
    return Fraction(int(found[1]), int(found[2] or 1))


def is_measured(base_unit: str) -> bool:
    """Whether the drug is weighed or poured in this unit, so that a quantity need not be whole."""
    return base_unit in MEASURED_UNITS


#: Given one single time, whatever the days say.
ONE_TIME: Final = frozenset({"st", "once"})


def days_given(frequency: str, days: int) -> int:
    """For how many days a drug of this ``frequency`` code is really given: one for what is given once, else ``days``."""
    return 1 if frequency in ONE_TIME else days


def quantity_for(
    *,
    dose: Decimal,
    dose_per_base: Decimal,
    times: Fraction,
    days: int,
    round_each_dose: bool,
    splittable: bool,
    pack_size: Decimal,
    base_unit: str = "",
) -> Decimal:
    """How much to hand over, in base units.

    The number of doses is whole: every other day for a week makes four. With ``round_each_dose`` (injections: what is left in an opened
    ampoule is lost) each dose takes whole base units, otherwise only the total does; a measured ``base_unit`` is exact to four places.
    What is not ``splittable`` goes out in whole packs. Raises ``ValueError`` unless dose, sizes, times and days are above zero.
    """
    if min(dose, dose_per_base, pack_size) <= 0 or times <= 0 or days <= 0:
        raise ValueError("a quantity follows only from a dose, times and days above zero")
    units = Fraction(dose) / Fraction(dose_per_base)
    doses = math.ceil(times * days)
    if is_measured(base_unit):
        total = Fraction(math.ceil(units * doses * _PLACES), _PLACES)
    else:
        total = Fraction(math.ceil(units) * doses if round_each_dose else math.ceil(units * doses))
    if not splittable:
        total = math.ceil(total / Fraction(pack_size)) * Fraction(pack_size)
    return _decimal(total)


def packs_to_scan(quantity: Decimal, pack_size: Decimal) -> int:
    """Packs that are touched, and so scanned, when ``quantity`` base units go out; an opened one counts."""
    return math.ceil(Fraction(quantity) / Fraction(pack_size))


def quantity_text(quantity: Decimal, base_unit: str, pack_unit: str, pack_size: Decimal) -> str:
    """``2盒``, ``1盒+6片`` or ``6片``. Units are the catalogue's own words in every language."""
    if pack_unit == base_unit:
        return f"{plain(quantity)}{base_unit}"
    packs, rest = divmod(quantity, pack_size)
    parts = [f"{plain(packs)}{pack_unit}"] if packs else []
    if rest or not packs:
        parts.append(f"{plain(rest)}{base_unit}")
    return "+".join(parts)


def dose_text(dose: Decimal, dose_unit: str, dose_per_base: Decimal, base_unit: str) -> str:
    """``0.5g（2粒）``: the dose, and how many pieces that is where it comes out in quarters."""
    amount = f"{plain(dose)}{dose_unit}"
    pieces = Fraction(dose) / Fraction(dose_per_base)
    if dose_unit == base_unit or is_measured(base_unit) or (pieces * 4).denominator != 1:
        return amount
    return tr("dose|{amount} ({pieces})", amount=amount, pieces=f"{plain(_decimal(pieces))}{base_unit}")


def usage_text(
    *,
    route_name: str,
    dose: Decimal,
    dose_unit: str,
    dose_per_base: Decimal,
    base_unit: str,
    frequency_name: str,
    advice: str,
) -> str:
    """How to take it, in plain words of the current language: ``口服，一次0.5g（2粒），每日3次，饭后``. Empty parts are left out."""
    each_time = tr("usage|{dose} each time", dose=dose_text(dose, dose_unit, dose_per_base, base_unit))
    return tr("clause separator|, ").join(filter(None, (route_name, each_time, frequency_name, advice)))


def plain(number: Decimal) -> str:
    """A number without needless zeros and without an exponent: ``10``, ``0.5``."""
    return f"{number.normalize():f}"


def _decimal(number: Fraction) -> Decimal:
    """Exact: every caller passes tenths of thousandths or quarters."""
    return Decimal(number.numerator) / Decimal(number.denominator)
