"""For how long drugs may be prescribed at once (处方管理办法 2007 Art. 19, 23, 24; 长期处方管理规范 2021; DOMAIN.md §2.4).

Where the law lets a doctor go further, the rule asks for the reason, which is signed for once more on the paper; elsewhere it blocks. Of drugs
under special control the amount is looked at too, whatever number of days was typed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from common.errors import XinglinError
from common.i18n import N_
from common.messages.consult import PrescriptionKind
from common.prescribing_errors import PrescriptionRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.domain.prescription import CheckedLine

Severity = Literal["block", "ask", "inform"]

#: Without more than a reason, in days.
USUAL_DAYS: Final = 7
EMERGENCY_DAYS: Final = 3
#: Long prescriptions (长期处方 2021) end here even with an assessment, in days.
LONGEST_DAYS: Final = 84
#: Above this a long prescription needs a strict assessment, in days.
LONG_DAYS: Final = 28
TOXIC_DAYS: Final = 2
#: Of methylphenidate for attention deficit, in days.
METHYLPHENIDATE_DAYS: Final = 15
NARCOTIC_CLASSES: Final = frozenset({"narcotic", "psychotropic_1"})
#: Given as one dose and inside of the institution only.
_ONE_DOSE: Final = ("哌替啶", "二氢埃托啡")
_METHYLPHENIDATE: Final = "哌甲酯"

NO_DAYS: Final = N_("needs at least one day.")
OVER_7_DAYS: Final = N_("is for more than 7 days; give the reason.")
OVER_3_DAYS: Final = N_("is for more than 3 days in an emergency prescription; give the reason.")
OVER_28_DAYS: Final = N_("is for more than 28 days; give the assessment that allows it.")
OVER_84_DAYS: Final = N_("is for more than 84 days, which nothing allows.")
NOT_LONG: Final = N_("is under special control, which long prescriptions leave out: 28 days at most, with a reason.")
LONG_ANTIBACTERIAL: Final = N_("is an antibacterial; beyond 28 days only for tuberculosis and the like: give the reason.")
NARCOTIC_PAIN: Final = N_("is more than the usual limit for narcotic drugs; give the reason (cancer or severe chronic pain).")
NARCOTIC_ADHD: Final = N_(
    "is more than the usual limit for class I psychotropic drugs; give the reason (attention deficit, 15 days at most)."
)
NARCOTIC_LIMIT: Final = N_("is more than narcotic drugs are ever given for at once.")
ONE_DOSE_ONLY: Final = N_("is given as one dose only, inside of the institution.")
TOXIC_LIMIT: Final = N_("is a toxic drug and given for 2 days at most.")
TOXIC_DOSE: Final = N_("is a toxic drug: two days at the greatest dose are the most.")

_Said = tuple[Severity, XinglinError]


def days_rules(kind: PrescriptionKind, line: CheckedLine) -> Iterator[_Said]:
    """What the limits say of one line."""
    rx_class = line.drug.rx_class
    if line.days < 1:
        yield _rule("block", line, NO_DAYS)
    elif rx_class in NARCOTIC_CLASSES:
        yield from _narcotic(line)
    elif rx_class == "toxic":
        yield from _toxic(line)
    elif rx_class == "psychotropic_2" or line.drug.special_control:
        yield from _controlled(line)
    else:
        yield from _usual(kind, line)


def lasting(line: CheckedLine) -> int:
    """The days that a line is for, or that its amount lasts for, if those are more: what rounding up to whole units or packs adds counts for
    nothing."""
    return max(line.days, math.ceil(_doses(line) / line.times) if line.times else 0)


def _doses(line: CheckedLine) -> int:
    """How many single doses the amount is; 1 for what only rounding up made more than nothing."""
    drug = line.drug
    if line.quantity is None or line.dose <= 0:
        return 0
    each = Fraction(line.dose) / Fraction(drug.dose_per_base)
    if drug.round_each_dose:
        each = Fraction(math.ceil(each))
    rounding = Fraction(1) if drug.splittable else Fraction(drug.pack_size)
    sure = max(Fraction(line.quantity) - rounding, Fraction(0))
    return math.floor(sure / each) + 1


def _usual(kind: PrescriptionKind, line: CheckedLine) -> Iterator[_Said]:
    if line.days > LONGEST_DAYS:
        yield _rule("block", line, OVER_84_DAYS)
    elif line.days > LONG_DAYS:
        yield _rule("ask", line, OVER_28_DAYS if line.drug.antibacterial == "none" else LONG_ANTIBACTERIAL)
    elif kind is PrescriptionKind.EMERGENCY and line.days > EMERGENCY_DAYS:
        yield _rule("ask", line, OVER_3_DAYS)
    elif line.days > USUAL_DAYS:
        yield _rule("ask", line, OVER_7_DAYS)


def _controlled(line: CheckedLine) -> Iterator[_Said]:
    """Class II psychotropic drugs, radioactive ones and precursors: no long prescription."""
    days = lasting(line)
    if days > LONG_DAYS:
        yield _rule("block", line, NOT_LONG)
    elif days > USUAL_DAYS:
        yield _rule("ask", line, OVER_7_DAYS)


def _toxic(line: CheckedLine) -> Iterator[_Said]:
    """Two days at the greatest daily dose (医疗用毒性药品管理办法 Art. 9)."""
    if lasting(line) > TOXIC_DAYS:
        yield _rule("block", line, TOXIC_LIMIT)
    elif line.max_daily_dose is not None and Fraction(line.dose) * _doses(line) > TOXIC_DAYS * Fraction(line.max_daily_dose):
        yield _rule("block", line, TOXIC_DOSE)


def _narcotic(line: CheckedLine) -> Iterator[_Said]:
    """Usual limit, and the one for cancer pain or moderate to severe chronic pain."""
    form, days = line.drug.form, lasting(line)
    single = line.times * line.days <= 1 and _doses(line) <= 1  # one dose, not one day
    if any(name in line.drug.name for name in _ONE_DOSE):
        if not single:
            yield _rule("block", line, ONE_DOSE_ONLY)
        return
    if "注射" in form or "针" in form:
        most, within_usual = 3, single
    else:
        usual, most = (7, 15) if "缓释" in form or "控释" in form else (3, 7)
        within_usual = days <= usual
    stimulant = _METHYLPHENIDATE in line.drug.name
    if days > (METHYLPHENIDATE_DAYS if stimulant else most):
        yield _rule("block", line, NARCOTIC_LIMIT)
    elif not within_usual:
        yield _rule("ask", line, NARCOTIC_ADHD if stimulant else NARCOTIC_PAIN)


def _rule(severity: Severity, line: CheckedLine, rule: str) -> _Said:
    return severity, PrescriptionRule(rule=rule, drug=line.drug.name)
