"""The words in which Chinese drug lists write amounts and packs, and amounts as exact decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

MASS: Final = {"kg": "kg", "g": "g", "克": "g", "mg": "mg", "毫克": "mg", "μg": "μg", "ug": "μg", "mcg": "μg", "微克": "μg", "ng": "ng"}
VOLUME: Final = {"ml": "ml", "毫升": "ml", "l": "L", "升": "L"}
ACTIVITY: Final = {"iu": "IU", "国际单位": "IU", "u": "U", "单位": "U", "mmol": "mmol", "axaiu": "AxaIU", "au": "AU"}
UNITS: Final = {**MASS, **VOLUME, **ACTIVITY}
PORTIONS: Final = frozenset(["片", "粒", "丸", "揿", "喷", "吸", "贴", "枚", "张", "块", "锭", "滴", "颗", "只", "个", "根", "卷", "副"])
"""Countable portions of a pack: one of them is what a patient takes or applies."""
CONTAINERS: Final = frozenset(["支", "瓶", "袋", "包", "管", "罐", "桶", "听", "筒"])
"""Units that hold an amount themselves and can be sold singly."""
SHEETS: Final = frozenset(["板"])
"""Hold portions, and are held by containers or outer packs."""
OUTER: Final = frozenset(["盒", "小盒", "中盒", "大盒", "箱", "套", "件", "条", "组"])
PACKS: Final = OUTER | SHEETS
"""Packs of portions or containers; one of them alone does not say how much is in it."""

_PER_GRAM: Final = {"kg": Decimal("0.001"), "g": Decimal(1), "mg": Decimal(1000), "μg": Decimal(1_000_000), "ng": Decimal(1_000_000_000)}


class Amount(Struct, frozen=True):
    """So much of a substance or liquid: ``Amount(Decimal("0.25"), "g")``. Units are spelt kg g mg μg ng, L ml, IU U mmol AxaIU AU."""

    value: Decimal
    unit: str

    @property
    def kind(self) -> str:
        """``mass``, ``volume`` or ``activity``."""
        if self.unit in VOLUME.values():
            return "volume"
        return "mass" if self.unit in MASS.values() else "activity"

    @property
    def basic(self) -> Decimal:
        """The value in grams for a mass, in millilitres for a volume, else as it is."""
        if self.kind == "mass":
            return self.value / _PER_GRAM[self.unit]
        return self.value * 1000 if self.unit == "L" else self.value

    def __str__(self) -> str:
        return f"{self.value:f}{self.unit}"


class Concentration(Struct, frozen=True):
    """So much of a substance in so much liquid, as one container holds them: 10 mg in 5 ml."""

    substance: Amount
    volume: Amount

    @property
    def per_ml(self) -> Amount | None:
        """The substance in one millilitre, or ``None`` where four decimal places do not hold it exactly."""
        value = self.substance.value / self.volume.basic
        rounded = round(value, 4)
        exact = rounded * self.volume.basic == self.substance.value
        return Amount(trimmed(rounded), self.substance.unit) if exact else None


def trimmed(value: Decimal) -> Decimal:
    """``10.000`` and ``10`` are the same amount and are written the same way."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def rank(unit: str) -> int:
    """How far out a unit of counting stands: a portion lies in a sheet or a container, and that in an outer pack."""
    if unit in PORTIONS:
        return 0
    return 2 if unit in OUTER else 1
