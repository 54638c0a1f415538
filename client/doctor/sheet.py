"""A prescription while it is being written: its lines, what follows from them, and what the rules say about it."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.dosage import days_given, quantity_for, times_per_day
from common.domain.herbal import handling_of, usual_handling
from common.domain.money import pack_amount
from common.domain.prescription import (
    ANTIBACTERIAL_EMERGENCY,
    NO_QUANTITY,
    OVER_DAILY_DOSE,
    PREGNANCY_FORBIDDEN,
    SAME_NAME,
    SPECIAL_GRADE,
    TOO_YOUNG,
    WHOLE_PRESCRIPTION,
    CheckedLine,
    Finding,
    check_prescription,
    kind_for,
)
from common.domain.supply import LONG_ANTIBACTERIAL, NARCOTIC_ADHD, NARCOTIC_PAIN, OVER_3_DAYS, OVER_7_DAYS, OVER_28_DAYS
from common.errors import NotEnoughStock, XinglinError
from common.i18n import N_
from common.messages.catalogue import DrugFacts, FrequencyFacts, RouteFacts
from common.messages.consult import DrugLine, HerbalOrder, PrescriptionKind, PrescriptionLine
from common.prescribing_errors import AllergyConflict, PrescriptionRule
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NO_FREQUENCY: Final = N_("needs a frequency.")
NO_ROUTE: Final = N_("needs a route.")
#: Rules that a reason answers, for what only the service could find out.
ANSWERABLE: Final = frozenset(
    {
        ANTIBACTERIAL_EMERGENCY,
        LONG_ANTIBACTERIAL,
        NARCOTIC_ADHD,
        NARCOTIC_PAIN,
        OVER_3_DAYS,
        OVER_7_DAYS,
        OVER_28_DAYS,
        OVER_DAILY_DOSE,
        PREGNANCY_FORBIDDEN,
        SAME_NAME,
        SPECIAL_GRADE,
        TOO_YOUNG,
    }
)


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """For whom and by whom a prescription is. ``emergency``: the visit was registered as one; ``doctor_level``: antibacterials up to it."""

    age_years: int = 30
    allergen_codes: frozenset[str] = frozenset()
    allergy_texts: tuple[str, ...] = ()
    allergen_names: dict[str, str] = {}
    emergency: bool = False
    doctor_level: str = "special"


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Frequencies and routes by code."""

    frequencies: dict[str, FrequencyFacts] = {}
    routes: dict[str, RouteFacts] = {}


class RxLine(msgspec.Struct, kw_only=True):
    """One drug as it stands in the form. ``dose`` in the dose unit; ``typed_quantity`` in base units where somebody wrote one."""

    drug: DrugFacts
    dose: Decimal | None = None
    frequency: str = ""
    route: str = ""
    days: int | None = None
    typed_quantity: Decimal | None = None
    group: int = 0
    advice: str = ""
    reason: str = ""
    #: What the service said about this line when it refused to sign; gone with the next change of the line.
    refused: list[tuple[str, str, str]] = []

    def times(self, catalogue: Catalogue) -> Fraction:
        """How often a day; 0 where it is taken as needed or no frequency is chosen."""
        frequency = catalogue.frequencies.get(self.frequency)
        return Fraction(0) if frequency is None or frequency.needs_total else times_per_day(frequency.times)

    def quantity(self, catalogue: Catalogue) -> Decimal | None:
        """Base units to hand over: the typed ones, or what dose, frequency and days give; ``None`` while that is not known."""
        if self.typed_quantity is not None:
            return self.typed_quantity
        times = self.times(catalogue)
        if not self.dose or not self.days or self.dose < 0 or self.days < 0 or not times:
            return None
        return quantity_for(
            dose=self.dose,
            dose_per_base=self.drug.dose_per_base,
            times=times,
            days=days_given(self.frequency, self.days),
            round_each_dose=self.drug.round_each_dose,
            splittable=self.drug.splittable,
            pack_size=self.drug.pack_size,
            base_unit=self.drug.base_unit,
        )

    def amount_fen(self, catalogue: Catalogue) -> int:
        """What the line costs; 0 while its quantity is not known."""
        quantity = self.quantity(catalogue)
        return pack_amount(self.drug.pack_price, self.drug.pack_size, quantity) if quantity is not None and quantity > 0 else 0

    @property
    def herbal(self) -> bool:
        """Whether it is a slice."""
        return self.drug.drug_class == "herbal"

    def spell_out(self) -> None:
        """What is typed in letters for a slice's handling (xj) becomes its words."""
        if self.herbal:
            handling, rest = handling_of(self.advice)
            self.advice = f"{handling.words}{rest}" if handling is not None else rest

    def as_written(self, catalogue: Catalogue) -> DrugLine:
        """The line for the service. The quantity goes along, so that what is signed is what was shown."""
        handling, advice = handling_of(self.advice) if self.herbal else (None, self.advice.strip())
        return DrugLine(
            drug_id=self.drug.id,
            dose=self.dose or Decimal(0),
            frequency=self.frequency,
            route=self.route,
            days=self.days or 1,
            quantity=self.quantity(catalogue),
            group=self.group,
            advice=advice,
            reason=self.reason.strip(),
            handling=handling,
        )


def line_of(drug: DrugFacts, above: RxLine | None = None) -> RxLine:
    """A new line with the drug's usual dose, frequency, route and days. A herbal slice follows the line above, but for its dose."""
    line = RxLine(
        drug=drug,
        dose=drug.default_dose if drug.default_dose > 0 else None,
        frequency=drug.default_frequency,
        route=drug.default_route,
        days=drug.default_days if drug.default_days > 0 else None,
    )
    usual = usual_handling(drug.name) if line.herbal else None
    line.advice = usual.words if usual is not None else ""
    if above is not None and line.herbal and above.herbal:
        line.frequency, line.route, line.days = above.frequency, above.route, above.days
    return line


def line_again(drug: DrugFacts, signed: PrescriptionLine, catalogue: Catalogue) -> RxLine:
    """A signed line as a form line once more. Its quantity counts as typed where the rule would give another one."""
    line = RxLine(
        drug=drug,
        dose=signed.dose,
        frequency=signed.frequency,
        route=signed.route,
        days=signed.days,
        group=signed.group,
        advice=f"{signed.handling.words if signed.handling is not None else ''}{signed.advice}",
        reason=signed.reason,
    )
    if line.quantity(catalogue) != signed.quantity:
        line.typed_quantity = signed.quantity
    return line


class Sheet(msgspec.Struct, kw_only=True):
    """A prescription not signed yet. ``replaces`` is the id and ``replaced_number`` the number of the one that was sent back.

    ``request_id`` belongs to its signing; ``sent`` says that it went out and that the answer is not known.
    """

    lines: list[RxLine] = []
    replaces: int | None = None
    replaced_number: str = ""
    request_id: str = msgspec.field(default_factory=new_request_id)
    sent: bool = False
    #: Of a herbal prescription (:class:`HerbalOrder`).
    portions: int = 2
    usage: str = ""

    @property
    def herbal(self) -> bool:
        """Whether it is one of slices."""
        return any(line.herbal for line in self.lines[:1])

    def doses(self, catalogue: Catalogue) -> int:
        """The number of doses of slices; 0 while it is not known."""
        first = self.lines[0] if self.lines else None
        return math.ceil(first.times(catalogue) * first.days) if first is not None and first.days else 0

    def order(self) -> HerbalOrder | None:
        """How the doses are drunk."""
        return HerbalOrder(portions=self.portions, usage=self.usage.strip()) if self.herbal else None

    def share(self, number: int) -> None:
        """All slices go into one pot: what is written at one of doses and route is said of all."""
        if not self.herbal or not 0 <= number < len(self.lines) or not self.lines[number].herbal:
            return
        one = self.lines[number]
        for line in self.lines:
            if line.herbal and (line.frequency, line.route, line.days) != (one.frequency, one.route, one.days):
                line.frequency, line.route, line.days = one.frequency, one.route, one.days
                line.typed_quantity = None

    def kind(self, patient: Patient) -> PrescriptionKind:
        """The kind that these drugs need for this patient."""
        return kind_for(patient.age_years, patient.emergency, [line.drug.rx_class for line in self.lines], herbal=self.herbal)

    def total_fen(self, catalogue: Catalogue) -> int:
        """What the prescription costs."""
        return sum(line.amount_fen(catalogue) for line in self.lines)

    def findings(self, patient: Patient, catalogue: Catalogue) -> list[Finding]:
        """What the rules say: the common ones, what is not filled in, stock, and what the service said last."""
        checked = [_checked(line, catalogue) for line in self.lines]
        found = check_prescription(
            self.kind(patient),
            checked,
            age_years=patient.age_years,
            allergen_codes=patient.allergen_codes,
            allergy_texts=patient.allergy_texts,
            doctor_antibacterial=patient.doctor_level,
            allergen_names=patient.allergen_names,
        )
        found = [each for each in found if not self._premature(each, catalogue)]
        return [*found, *self._not_filled_in(catalogue), *self._stock(catalogue), *self._refusals(found)]

    def join_above(self, number: int) -> bool:
        """Give a line the group of the one above (a new group if that has none), and its way of giving. ``False`` for the first line."""
        if not 0 < number < len(self.lines):
            return False
        above, line = self.lines[number - 1], self.lines[number]
        if not above.group:
            above.group = max(each.group for each in self.lines) + 1
        line.group, line.frequency, line.route, line.days = above.group, above.frequency, above.route, above.days
        line.typed_quantity = None
        return True

    def leave_group(self, number: int) -> None:
        """Take a line out of its group; a group of one is none."""
        group, self.lines[number].group = self.lines[number].group, 0
        rest = [line for line in self.lines if line.group == group]
        if len(rest) == 1:
            rest[0].group = 0

    def _premature(self, finding: Finding, catalogue: Catalogue) -> bool:
        """A quantity is not asked for while what it would follow from is not there yet."""
        if not isinstance(finding.error, PrescriptionRule) or finding.error.rule != NO_QUANTITY:
            return False
        line = self.lines[finding.line]
        return not line.dose or not line.days or line.frequency not in catalogue.frequencies

    def _not_filled_in(self, catalogue: Catalogue) -> Iterator[Finding]:
        for number, line in enumerate(self.lines):
            if line.frequency not in catalogue.frequencies:
                yield Finding("block", PrescriptionRule(rule=NO_FREQUENCY, drug=line.drug.name), number)
            if line.route not in catalogue.routes:
                yield Finding("block", PrescriptionRule(rule=NO_ROUTE, drug=line.drug.name), number)

    def _stock(self, catalogue: Catalogue) -> Iterator[Finding]:
        """Short stock blocks; where this sheet replaces one that holds a reservation of its own, only the service can tell."""
        for number, line in enumerate(self.lines):
            wanted = line.quantity(catalogue)
            if wanted is not None and wanted > line.drug.free:
                drug = line.drug
                error = NotEnoughStock(drug=drug.name, wanted=wanted, left=max(drug.free, Decimal(0)), unit=drug.base_unit)
                yield Finding("inform" if self.replaces is not None else "block", error, number)

    def _refusals(self, found: Sequence[Finding]) -> Iterator[Finding]:
        said = {(each.line, str(each.error)) for each in found}
        for number, line in enumerate(self.lines):
            for name, rule, severity in line.refused:
                error = _refusal(name, rule, line.drug.name)
                if (number, str(error)) not in said:
                    answered = severity == "ask" and bool(line.reason.strip())
                    yield Finding("inform" if answered else "ask" if severity == "ask" else "block", error, number)

    def note_refusal(self, error: XinglinError) -> int:
        """Keep what the service refused at the line that it names. The line's number, :data:`WHOLE_PRESCRIPTION` if it names none."""
        drug = getattr(error, "drug", "")
        number = next((n for n, line in enumerate(self.lines) if line.drug.name == drug), WHOLE_PRESCRIPTION)
        if number >= 0 and isinstance(error, PrescriptionRule):
            severity = "ask" if error.rule in ANSWERABLE else "block"
            self.lines[number].refused = [*self.lines[number].refused, ("rule", error.rule, severity)]
        elif number >= 0 and isinstance(error, AllergyConflict):
            self.lines[number].refused = [*self.lines[number].refused, ("allergy", error.allergen, "ask")]
        return number


def _refusal(name: str, rule: str, drug: str) -> XinglinError:
    return AllergyConflict(drug=drug, allergen=rule) if name == "allergy" else PrescriptionRule(rule=rule, drug=drug)


def _checked(line: RxLine, catalogue: Catalogue) -> CheckedLine:
    return CheckedLine(
        drug=line.drug,
        dose=line.dose or Decimal(0),
        times=line.times(catalogue),
        days=line.days or 0,
        quantity=line.quantity(catalogue),
        reason=line.reason,
        group=line.group,
        max_daily_dose=line.drug.max_daily_dose,
        min_age_years=line.drug.min_age_years,
        pregnancy=line.drug.pregnancy,
        route=line.route,
    )


def parse_number(text: str) -> Decimal | None:
    """A dose as typed, at most four places; ``None`` if it is none. Full-width figures and marks of an input method are understood."""
    cleaned = text.strip().translate(_NARROW)
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or number >= 1_000_000 or -int(number.as_tuple().exponent) > 4:
        return None
    return number


_NARROW: Final = str.maketrans("０１２３４５６７８９．。", "0123456789..")


def parse_quantity(text: str, drug: DrugFacts) -> Decimal | None:
    """A quantity as typed, in base units: ``2盒``, ``12粒``, or a bare number of packs (base units where packs may be split)."""
    typed = text.strip()
    for unit, size in ((drug.pack_unit, drug.pack_size), (drug.base_unit, Decimal(1))):
        if typed.endswith(unit):
            number = parse_number(typed.removesuffix(unit))
            return None if number is None else number * size
    number = parse_number(typed)
    if number is None:
        return None
    return number if drug.splittable else number * drug.pack_size
