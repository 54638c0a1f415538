"""The rules of a prescription that a program can check before it is signed (处方管理办法 2007; DOMAIN.md §2.3–§2.5).

Each rule blocks, asks for a reason, or informs. The service refuses to sign while there is a finding that blocks or asks
(:func:`first_refusal`); a reason given with the line turns what asks into what informs, and stays with the line.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.dosage import is_measured
from common.domain.herbal_rules import herbal_rules
from common.domain.supply import NARCOTIC_CLASSES, Severity, days_rules
from common.errors import XinglinError
from common.i18n import N_
from common.messages.catalogue import DrugFacts
from common.messages.consult import PrescriptionKind
from common.prescribing_errors import AllergyConflict, PrescriptionRule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

MOST_DRUGS: Final = 5
PAEDIATRIC_BELOW: Final = 14
MOST_VALID_DAYS: Final = 3
WHOLE_PRESCRIPTION: Final = -1

TOO_MANY: Final = N_("A prescription has at most 5 drugs; write a second one.")
TWICE: Final = N_("is in the prescription twice.")
SAME_NAME: Final = N_("is prescribed twice, as two products.")
ONLY_HERBAL: Final = N_("is a herbal slice and needs a herbal prescription of its own.")
NOT_HERBAL: Final = N_("is no herbal slice and cannot stand in a herbal prescription.")
NEEDS_NARCOTIC: Final = N_("is a narcotic or class I psychotropic drug and needs its own prescription.")
NEEDS_PSYCHOTROPIC: Final = N_("is a class II psychotropic drug and needs its own prescription.")
NOT_CONTROLLED: Final = N_("is under no such control and cannot stand in this kind of prescription.")
NOT_A_CHILD: Final = N_("A paediatric prescription is for patients under 14.")
NO_DOSE: Final = N_("needs a dose above zero.")
NO_QUANTITY: Final = N_("needs a quantity, since it is taken only when necessary.")
QUANTITY_ZERO: Final = N_("needs a quantity above zero.")
NOT_WHOLE: Final = N_("can only be handed out in whole units.")
WHOLE_PACKS: Final = N_("can only be handed out in whole packs.")
OVER_DAILY_DOSE: Final = N_("is above the greatest daily dose; give the reason.")
ANTIBACTERIAL_LEVEL: Final = N_("is an antibacterial above your level.")
ANTIBACTERIAL_EMERGENCY: Final = N_("is an antibacterial above your level; in an emergency give the indication, one day at most.")
SPECIAL_GRADE: Final = N_("is a special-grade antibacterial, which is not for outpatients; give the reason.")
TOO_YOUNG: Final = N_("is not for patients this young; give the reason.")
PREGNANCY_FORBIDDEN: Final = N_("is forbidden in pregnancy; give the reason.")
PREGNANCY_CAUTION: Final = N_("needs care in pregnancy.")

_LEVELS: Final = ("none", "unrestricted", "restricted", "special")
_SOLVENT: Final = re.compile(r"(\d+(\.\d+)?%)?(氯化钠|葡萄糖|葡萄糖氯化钠)注射液|灭菌注射用水")
#: What may stand between the substances of an allergy that was typed as text.
_BETWEEN_TEXTS: Final = re.compile(r"[\s、，,;；/+]+")


class CheckedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One drug to check. ``dose`` in the dose unit, ``quantity`` in base units; ``None`` where prn or sos came without one.

    ``times`` is per day (0 for prn), ``max_daily_dose`` in the dose unit, ``pregnancy`` none, caution or forbidden.
    """

    drug: DrugFacts
    dose: Decimal
    times: Fraction
    days: int
    quantity: Decimal | None
    reason: str = ""
    group: int = 0
    max_daily_dose: Decimal | None = None
    min_age_years: int | None = None
    pregnancy: str = ""
    route: str = ""


class Finding(msgspec.Struct, frozen=True):
    """What a rule says. ``line`` counts from 0; :data:`WHOLE_PRESCRIPTION` where no single line is meant."""

    severity: Severity
    error: XinglinError
    line: int


def kind_for(age_years: int, emergency: bool, rx_classes: Iterable[str], *, herbal: bool = False) -> PrescriptionKind:
    """The kind of prescription that these drugs need; control goes before emergency, emergency before age."""
    classes = frozenset(rx_classes)
    if classes & NARCOTIC_CLASSES:
        return PrescriptionKind.NARCOTIC
    if "psychotropic_2" in classes:
        return PrescriptionKind.PSYCHOTROPIC_2
    if herbal:
        return PrescriptionKind.HERBAL
    if emergency:
        return PrescriptionKind.EMERGENCY
    return PrescriptionKind.PAEDIATRIC if age_years < PAEDIATRIC_BELOW else PrescriptionKind.ORDINARY


def valid_until(signed_at: datetime, days: int = 1) -> datetime:
    """The last second of a prescription's validity, in the time zone of ``signed_at`` (the clinic's own).

    The day of issue counts as the first of ``days``, 1 to 3; ``ValueError`` otherwise (处方管理办法 Art. 18).
    """
    if not 1 <= days <= MOST_VALID_DAYS:
        raise ValueError(f"a prescription is valid for 1 to {MOST_VALID_DAYS} days, not {days}")
    last = signed_at.date() + timedelta(days=days - 1)
    return datetime.combine(last, time(23, 59, 59), signed_at.tzinfo)


def first_refusal(findings: Iterable[Finding]) -> XinglinError | None:
    """The error that keeps the prescription from being signed: the first that blocks, else the first that asks for a reason."""
    held = [finding for finding in findings if finding.severity != "inform"]
    return min(held, key=lambda finding: finding.severity == "ask").error if held else None


def check_prescription(
    kind: PrescriptionKind,
    lines: Sequence[CheckedLine],
    *,
    age_years: int,
    allergen_codes: frozenset[str],
    allergy_texts: tuple[str, ...],
    doctor_antibacterial: str,
    pregnant: bool | None = None,
    allergen_names: Mapping[str, str] | None = None,
    count_solvents: bool = True,
) -> list[Finding]:
    """Every finding: those of the whole prescription, then line by line in the order allergy, repetition, kind, population,
    amounts, days, antibacterial grade (WORKFLOWS.md, doctor's station).

    ``allergen_names`` names the codes for people. ``count_solvents`` False leaves saline, glucose and water that dissolve another drug of
    their infusion group out of the five (a local policy).
    """
    findings = list(_whole(kind, lines, age_years, count_solvents))
    herbal = herbal_rules(lines) if kind is PrescriptionKind.HERBAL else {}
    patient = _Patient(age_years, allergen_codes, allergy_texts, doctor_antibacterial, pregnant, allergen_names or {})
    for number, line in enumerate(lines):
        said = (*_allergy(line, patient), *_repeated(lines, number), *_line(kind, line, patient), *herbal.get(number, ()))
        findings += [Finding(_answered(severity, line), error, number) for severity, error in said]
    return findings


class _Patient(msgspec.Struct, frozen=True):
    """Who the prescription is for, and how far its doctor may go."""

    age_years: int
    allergen_codes: Collection[str]
    allergy_texts: tuple[str, ...]
    doctor_level: str
    pregnant: bool | None
    allergen_names: Mapping[str, str]


_Said = tuple[Severity, XinglinError]


def _answered(severity: Severity, line: CheckedLine) -> Severity:
    return "inform" if severity == "ask" and line.reason.strip() else severity


def _rule(severity: Severity, line: CheckedLine, rule: str) -> _Said:
    return severity, PrescriptionRule(rule=rule, drug=line.drug.name)


def _whole(kind: PrescriptionKind, lines: Sequence[CheckedLine], age_years: int, count_solvents: bool) -> Iterator[Finding]:
    if kind is not PrescriptionKind.HERBAL:
        counted = {line.drug.id for line in lines if count_solvents or not _dissolves(line, lines)}
        if len(counted) > MOST_DRUGS:
            yield Finding("block", PrescriptionRule(rule=TOO_MANY), WHOLE_PRESCRIPTION)
    if kind is PrescriptionKind.PAEDIATRIC and age_years >= PAEDIATRIC_BELOW:
        yield Finding("block", PrescriptionRule(rule=NOT_A_CHILD), WHOLE_PRESCRIPTION)


def _dissolves(line: CheckedLine, lines: Sequence[CheckedLine]) -> bool:
    """Whether it is the solvent of another drug in its infusion group."""
    return (
        line.group > 0
        and bool(_SOLVENT.fullmatch(line.drug.name))
        and any(other.group == line.group and not _SOLVENT.fullmatch(other.drug.name) for other in lines)
    )


def _repeated(lines: Sequence[CheckedLine], number: int) -> Iterator[_Said]:
    """The same drug again, but for a solvent, which may serve one infusion after the other."""
    line = lines[number]
    for earlier in lines[:number]:
        other_infusion = line.group != earlier.group and _dissolves(line, lines) and _dissolves(earlier, lines)
        if earlier.drug.id == line.drug.id and not other_infusion:
            yield _rule("block", line, TWICE)
            return
        if earlier.drug.id != line.drug.id and earlier.drug.name == line.drug.name:
            yield _rule("ask", line, SAME_NAME)
            return


def _line(kind: PrescriptionKind, line: CheckedLine, patient: _Patient) -> Iterator[_Said]:
    yield from _wrong_kind(kind, line)
    yield from _population(line, patient)
    yield from _amounts(line)
    yield from days_rules(kind, line)
    yield from _antibacterial(kind, line, patient.doctor_level)


def _allergy(line: CheckedLine, patient: _Patient) -> Iterator[_Said]:
    for code in line.drug.allergens:
        if code in patient.allergen_codes:
            yield "ask", AllergyConflict(drug=line.drug.name, allergen=patient.allergen_names.get(code, code))
            return
    for word in (word for text in patient.allergy_texts for word in _BETWEEN_TEXTS.split(text)):
        substance = word.removesuffix("过敏")
        if len(substance) > 1 and (substance in line.drug.name or line.drug.name in substance):
            yield "ask", AllergyConflict(drug=line.drug.name, allergen=substance)
            return


def _wrong_kind(kind: PrescriptionKind, line: CheckedLine) -> Iterator[_Said]:
    rx_class = line.drug.rx_class
    if rx_class in NARCOTIC_CLASSES:
        if kind is not PrescriptionKind.NARCOTIC:
            yield _rule("block", line, NEEDS_NARCOTIC)
    elif rx_class == "psychotropic_2":
        if kind is not PrescriptionKind.PSYCHOTROPIC_2:
            yield _rule("block", line, NEEDS_PSYCHOTROPIC)
    elif kind in (PrescriptionKind.NARCOTIC, PrescriptionKind.PSYCHOTROPIC_2):
        yield _rule("block", line, NOT_CONTROLLED)
    elif (line.drug.drug_class == "herbal") != (kind is PrescriptionKind.HERBAL):
        yield _rule("block", line, NOT_HERBAL if kind is PrescriptionKind.HERBAL else ONLY_HERBAL)


def _population(line: CheckedLine, patient: _Patient) -> Iterator[_Said]:
    if line.min_age_years is not None and patient.age_years < line.min_age_years:
        yield _rule("ask", line, TOO_YOUNG)
    if patient.pregnant and line.pregnancy == "forbidden":
        yield _rule("ask", line, PREGNANCY_FORBIDDEN)
    if patient.pregnant and line.pregnancy == "caution":
        yield _rule("inform", line, PREGNANCY_CAUTION)


def _amounts(line: CheckedLine) -> Iterator[_Said]:
    if line.dose <= 0:
        yield _rule("block", line, NO_DOSE)
    if line.quantity is None:
        yield _rule("block", line, NO_QUANTITY)
    elif line.quantity <= 0:
        yield _rule("block", line, QUANTITY_ZERO)
    elif not line.drug.splittable and line.quantity % line.drug.pack_size:
        yield _rule("block", line, WHOLE_PACKS)
    elif line.quantity % 1 and not is_measured(line.drug.base_unit):
        yield _rule("block", line, NOT_WHOLE)
    # Less than once a day is still one whole dose on its day.
    if line.max_daily_dose is not None and Fraction(line.dose) * max(line.times, Fraction(1)) > Fraction(line.max_daily_dose):
        yield _rule("ask", line, OVER_DAILY_DOSE)


def _antibacterial(kind: PrescriptionKind, line: CheckedLine, doctor_level: str) -> Iterator[_Said]:
    """Grade against the doctor's (抗菌药物临床应用管理办法 Art. 24–28): beyond it only in an emergency, for a day, with the indication."""
    grade = line.drug.antibacterial
    if _LEVELS.index(grade) > _LEVELS.index(doctor_level):
        if kind is not PrescriptionKind.EMERGENCY or line.days > 1:
            yield _rule("block", line, ANTIBACTERIAL_LEVEL)
        else:
            yield _rule("ask", line, ANTIBACTERIAL_EMERGENCY)
    elif grade == "special":
        yield _rule("ask", line, SPECIAL_GRADE)
