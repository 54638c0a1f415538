"""What the rules say of a herbal prescription as a whole: one number of doses, one pot, and no slices that are against each other."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from common.domain.dosage import is_measured
from common.domain.herbal import DECOCTED_HERE, clashes
from common.errors import XinglinError
from common.herbal_errors import SlicesAverse, SlicesClash
from common.i18n import N_
from common.prescribing_errors import PrescriptionRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from common.domain.prescription import CheckedLine

NO_DOSES: Final = N_("is a slice and goes into so many doses; it cannot be taken as needed.")
DOSES_DIFFER: Final = N_("goes into another number of doses than the first slice.")
POTS_DIFFER: Final = N_("cannot be boiled elsewhere than the first slice.")
NOT_BY_DOSES: Final = N_("is another amount than its grams a dose in all doses; leave the quantity empty.")

_Said = tuple[Literal["block", "ask", "inform"], XinglinError]


def herbal_rules(lines: Sequence[CheckedLine]) -> dict[int, list[_Said]]:
    """What is to be said, by line counted from 0. Of two slices that clash the lower line is named."""
    found: defaultdict[int, list[_Said]] = defaultdict(list)
    slices = [number for number, line in enumerate(lines) if line.drug.drug_class == "herbal"]
    for number, line in ((number, lines[number]) for number in slices):
        found[number] += [("block", PrescriptionRule(rule=rule, drug=line.drug.name)) for rule in _doses(line, lines[slices[0]])]
    for first, second, eighteen in clashes([line.drug.name for line in lines]):
        drug, other = lines[second].drug.name, lines[first].drug.name
        said: _Said = ("ask", SlicesClash(drug=drug, other=other)) if eighteen else ("inform", SlicesAverse(drug=drug, other=other))
        found[second].append(said)
    return found


def _doses(line: CheckedLine, first: CheckedLine) -> Iterator[str]:
    doses = math.ceil(line.times * line.days)
    if line.times <= 0:
        if line.quantity is not None:  # as needed; while no frequency is chosen nothing is known of the quantity either
            yield NO_DOSES
        return
    if first.times > 0 and doses != math.ceil(first.times * first.days):
        yield DOSES_DIFFER
    if (line.route == DECOCTED_HERE) != (first.route == DECOCTED_HERE):
        yield POTS_DIFFER
    if line.quantity is not None and is_measured(line.drug.base_unit) and Fraction(line.quantity) != _whole(line, doses):
        yield NOT_BY_DOSES


def _whole(line: CheckedLine, doses: int) -> Fraction:
    """Base units in all doses."""
    return Fraction(line.dose) / Fraction(line.drug.dose_per_base or Decimal(1)) * doses
