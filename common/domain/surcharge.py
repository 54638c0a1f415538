"""How often a route's surcharge (an injection, an infusion) is due for a prescription."""

from __future__ import annotations

import math
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from common.domain.dosage import days_given, times_per_day

if TYPE_CHECKING:
    from collections.abc import Sequence


class Per(StrEnum):
    """What a surcharge is counted by."""

    PRESCRIPTION = "prescription"
    LINE = "line"
    GIVING = "giving"


class GivenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a prescription as far as it says how often it is given. ``group`` 0 stands alone; lines of one group go in together.

    ``times`` is the frequency's (``"3/1"``; ``"0"`` as needed); quantity in base units.
    """

    group: int
    frequency: str
    times: str
    days: int
    dose: Decimal
    dose_per_base: Decimal
    quantity: Decimal

    @property
    def givings(self) -> int:
        """How many times it is given: by frequency and days; as needed: as often as the quantity lasts, at least once."""
        times = times_per_day(self.times)
        if times:
            return math.ceil(times * days_given(self.frequency, self.days))
        return max(1, Fraction(self.quantity) * Fraction(self.dose_per_base) // Fraction(self.dose))


def surcharge_count(per: Per, lines: Sequence[GivenLine]) -> int:
    """How often the surcharge is due for ``lines``, which all have its route. None of them: 0."""
    if not lines:
        return 0
    if per is Per.PRESCRIPTION:
        return 1
    if per is Per.LINE:
        return len(lines)
    alone = sum(line.givings for line in lines if not line.group)
    groups = {line.group for line in lines if line.group}
    return alone + sum(max(line.givings for line in lines if line.group == group) for group in groups)
