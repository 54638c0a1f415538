"""The rules of a prescription, each at its edge: the last that passes and the first that does not (DOMAIN §2.3–2.5, §13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import prescription as rules
from common.domain import supply
from common.domain.prescription import CheckedLine, Finding, check_prescription, first_refusal, kind_for, valid_until
from common.messages.catalogue import DrugFacts
from common.messages.consult import PrescriptionKind
from common.prescribing_errors import AllergyConflict, PrescriptionRule

D = Decimal
KIND = PrescriptionKind
AMOXICILLIN = DrugFacts(
    id=1,
    code="W001",
    name="阿莫西林胶囊",
    specification="0.25g×24粒",
    form="胶囊剂",
    drug_class="western",
    rx_class="ordinary",
    antibacterial="unrestricted",
    skin_test="none",
    base_unit="粒",
    dose_unit="g",
    dose_per_base=D("0.25"),
    pack_unit="盒",
    pack_size=D(24),
    splittable=True,
    round_each_dose=False,
    default_dose=D("0.5"),
    default_frequency="tid",
    default_route="po",
    default_days=3,
    insurance_class="A",
    allergens=("penicillin",),
    pack_price=D("12.00"),
    free=D(1000),
)
SALINE: dict[str, Any] = {
    "id": 90,
    "name": "0.9%氯化钠注射液",
    "antibacterial": "none",
    "allergens": (),
    "base_unit": "袋",
    "form": "注射剂",
}


def drug(number: int = 2, **facts: Any) -> DrugFacts:
    """Another drug, of no special kind unless ``facts`` say so."""
    plain: dict[str, Any] = {"id": number, "name": f"药品{number}", "antibacterial": "none", "allergens": ()}
    return msgspec.structs.replace(AMOXICILLIN, **{**plain, **facts})


def line(what: DrugFacts | None = None, **fields: Any) -> CheckedLine:
    usual: dict[str, Any] = {"dose": D("0.5"), "times": Fraction(3), "days": 3, "quantity": D(18)}
    return CheckedLine(drug=what or drug(), **{**usual, **fields})


def check(*lines: CheckedLine, kind: PrescriptionKind = KIND.ORDINARY, **patient: Any) -> list[Finding]:
    usual: dict[str, Any] = {"age_years": 40, "allergen_codes": frozenset(), "allergy_texts": (), "doctor_antibacterial": "unrestricted"}
    return check_prescription(kind, lines, **{**usual, **patient})


def said(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(one.severity, one.error.rule if isinstance(one.error, PrescriptionRule) else "allergy", one.line) for one in findings]


def test_a_usual_prescription_has_no_findings() -> None:
    assert check(line(AMOXICILLIN), line()) == []


# --- the whole -----------------------------------------------------------------------------------------------------------------------


def test_five_drugs_and_not_six() -> None:
    assert check(*(line(drug(n)) for n in range(5))) == []
    assert said(check(*(line(drug(n)) for n in range(6)))) == [("block", rules.TOO_MANY, -1)]


def test_slices_are_not_counted() -> None:
    slices = [line(drug(n, drug_class="herbal", base_unit="g", name=f"饮片{n}")) for n in range(12)]
    assert check(*slices, kind=KIND.HERBAL) == []


def test_a_solvent_counts_unless_the_clinic_says_otherwise() -> None:
    infusion = [line(drug(90, **SALINE), group=1), *(line(drug(n), group=1) for n in range(5))]
    assert said(check(*infusion)) == [("block", rules.TOO_MANY, -1)]
    assert check(*infusion, count_solvents=False) == []
    alone = [line(drug(90, **SALINE), group=2), *(line(drug(n), group=1) for n in range(5))]
    assert said(check(*alone, count_solvents=False)) == [("block", rules.TOO_MANY, -1)]
    ungrouped = [line(drug(90, **SALINE)), *(line(drug(n)) for n in range(5))]
    assert said(check(*ungrouped, count_solvents=False)) == [("block", rules.TOO_MANY, -1)]


@pytest.mark.parametrize("name", ["氯化钠注射液", "5%葡萄糖注射液", "葡萄糖氯化钠注射液", "灭菌注射用水"])
def test_what_a_solvent_is(name: str) -> None:
    infusion = [line(drug(90, name=name), group=1), *(line(drug(n), group=1) for n in range(5))]
    assert check(*infusion, count_solvents=False) == []


@pytest.mark.parametrize("name", ["左氧氟沙星氯化钠注射液", "浓氯化钠注射液", "葡萄糖酸钙注射液"])
def test_what_no_solvent_is(name: str) -> None:
    infusion = [line(drug(90, name=name), group=1), *(line(drug(n), group=1) for n in range(5))]
    assert said(check(*infusion, count_solvents=False)) == [("block", rules.TOO_MANY, -1)]


def test_the_same_drug_twice() -> None:
    assert said(check(line(), line(drug(3)), line())) == [("block", rules.TWICE, 2)]
    assert said(check(line(reason="必须"), line(reason="必须"))) == [("block", rules.TWICE, 1)]
    two_makers = line(drug(7, name="药品2"))
    assert said(check(line(), two_makers)) == [("ask", rules.SAME_NAME, 1)]


def test_a_solvent_may_serve_two_infusions_but_not_one_twice() -> None:
    bag = drug(90, **SALINE)
    two = [line(bag, group=1), line(drug(2), group=1), line(bag, group=2), line(drug(3), group=2)]
    assert check(*two) == []
    assert said(check(line(bag, group=1), line(drug(2), group=1), line(bag, group=1))) == [("block", rules.TWICE, 2)]


def test_paediatric_paper_is_for_children() -> None:
    assert check(line(), kind=KIND.PAEDIATRIC, age_years=13) == []
    assert said(check(line(), kind=KIND.PAEDIATRIC, age_years=14)) == [("block", rules.NOT_A_CHILD, -1)]


# --- allergy -------------------------------------------------------------------------------------------------------------------------


def test_an_allergy_asks_for_a_reason_and_then_informs() -> None:
    (found,) = check(line(AMOXICILLIN), allergen_codes=frozenset({"penicillin"}), allergen_names={"penicillin": "青霉素类"})
    assert found.severity == "ask"
    assert isinstance(found.error, AllergyConflict)
    assert found.error.fields == {"drug": "阿莫西林胶囊", "allergen": "青霉素类"}
    (answered,) = check(line(AMOXICILLIN, reason="皮试阴性"), allergen_codes=frozenset({"penicillin"}))
    assert answered.severity == "inform"
    assert answered.error.fields["allergen"] == "penicillin"
    assert [one.severity for one in check(line(AMOXICILLIN, reason="  "), allergen_codes=frozenset({"penicillin"}))] == ["ask"]


@pytest.mark.parametrize(
    ("text", "allergen"),
    [("阿莫西林", "阿莫西林"), ("西林", "西林"), ("磺胺、阿莫西林过敏", "阿莫西林"), ("海鲜 阿莫西林胶囊0.25g", "阿莫西林胶囊0.25g")],
)
def test_an_allergy_typed_as_text_is_found_in_the_name(text: str, allergen: str) -> None:
    (found,) = check(line(AMOXICILLIN), allergy_texts=("花粉", text))
    assert found.error.fields == {"drug": "阿莫西林胶囊", "allergen": allergen}


@pytest.mark.parametrize("text", ["头孢", "阿", "", "过敏", "虾、蟹", "阿莫罗芬"])
def test_other_allergies_are_not(text: str) -> None:
    assert check(line(AMOXICILLIN), allergy_texts=(text,), allergen_codes=frozenset({"cephalosporin"})) == []


def test_an_allergy_is_said_once_for_each_drug() -> None:
    codes = frozenset({"penicillin"})
    assert said(
        check(line(AMOXICILLIN), line(drug(5, allergens=("nsaid", "penicillin"))), allergen_codes=codes, allergy_texts=("阿莫西林",))
    ) == [
        ("ask", "allergy", 0),
        ("ask", "allergy", 1),
    ]


# --- kinds ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "facts", "rule"),
    [
        (KIND.ORDINARY, {}, None),
        (KIND.EMERGENCY, {}, None),
        (KIND.ORDINARY, {"drug_class": "patent"}, None),
        (KIND.ORDINARY, {"drug_class": "herbal"}, rules.ONLY_HERBAL),
        (KIND.HERBAL, {"drug_class": "herbal"}, None),
        (KIND.HERBAL, {"drug_class": "patent"}, rules.NOT_HERBAL),
        (KIND.ORDINARY, {"rx_class": "narcotic"}, rules.NEEDS_NARCOTIC),
        (KIND.PSYCHOTROPIC_2, {"rx_class": "psychotropic_1"}, rules.NEEDS_NARCOTIC),
        (KIND.NARCOTIC, {"rx_class": "psychotropic_1"}, None),
        (KIND.NARCOTIC, {"rx_class": "psychotropic_2"}, rules.NEEDS_PSYCHOTROPIC),
        (KIND.PAEDIATRIC, {"rx_class": "psychotropic_2"}, rules.NEEDS_PSYCHOTROPIC),
        (KIND.PSYCHOTROPIC_2, {"rx_class": "psychotropic_2"}, None),
        (KIND.PSYCHOTROPIC_2, {}, rules.NOT_CONTROLLED),
        (KIND.NARCOTIC, {}, rules.NOT_CONTROLLED),
        (KIND.ORDINARY, {"rx_class": "toxic"}, None),
    ],
)
def test_drugs_and_their_kind_of_prescription(kind: PrescriptionKind, facts: dict[str, Any], rule: str | None) -> None:
    findings = check(line(drug(2, **facts), times=Fraction(1), days=1, quantity=D(2), reason="需要"), kind=kind, age_years=10)
    assert said(findings) == ([] if rule is None else [("block", rule, 0)])


@pytest.mark.parametrize(
    ("age", "emergency", "classes", "herbal", "kind"),
    [
        (40, False, ["ordinary"], False, KIND.ORDINARY),
        (13, False, ["ordinary"], False, KIND.PAEDIATRIC),
        (14, False, [], False, KIND.ORDINARY),
        (13, True, ["ordinary", "toxic"], False, KIND.EMERGENCY),
        (13, True, ["ordinary"], True, KIND.HERBAL),
        (40, True, ["psychotropic_2"], False, KIND.PSYCHOTROPIC_2),
        (40, True, ["psychotropic_2", "narcotic"], False, KIND.NARCOTIC),
        (5, False, ["psychotropic_1"], False, KIND.NARCOTIC),
    ],
)
def test_which_kind_drugs_need(age: int, emergency: bool, classes: list[str], herbal: bool, kind: PrescriptionKind) -> None:
    assert kind_for(age, emergency, classes, herbal=herbal) is kind


# --- amounts -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "fields", "rule"),
    [
        ({}, {"dose": D(0)}, rules.NO_DOSE),
        ({}, {"quantity": None, "times": Fraction(0)}, rules.NO_QUANTITY),
        ({}, {"quantity": D(10), "times": Fraction(0)}, None),
        ({}, {"quantity": D(0)}, rules.QUANTITY_ZERO),
        ({}, {"quantity": D(-1)}, rules.QUANTITY_ZERO),
        ({}, {"quantity": D(1)}, None),
        ({}, {"quantity": D("1.5")}, rules.NOT_WHOLE),
        ({"base_unit": "g"}, {"quantity": D("1.5")}, None),
        ({"splittable": False}, {"quantity": D(18)}, rules.WHOLE_PACKS),
        ({"splittable": False}, {"quantity": D(48)}, None),
        ({}, {"days": 0}, supply.NO_DAYS),
    ],
)
def test_amounts_block_whatever_the_reason(facts: dict[str, Any], fields: dict[str, Any], rule: str | None) -> None:
    findings = check(line(drug(2, **facts), **fields, reason="需要"))
    assert said(findings) == ([] if rule is None else [("block", rule, 0)])


@pytest.mark.parametrize(
    ("dose", "times", "most", "asks"),
    [
        (D("0.5"), Fraction(3), D("1.5"), False),
        (D("0.5"), Fraction(3), D("1.4999"), True),
        (D("0.5"), Fraction(3), None, False),
        (D(2), Fraction(1, 7), D(1), True),  # once a week two at once are still two on that day
        (D(1), Fraction(0), D(1), False),
        (D(2), Fraction(0), D(1), True),
    ],
)
def test_greatest_daily_dose(dose: Decimal, times: Fraction, most: Decimal | None, asks: bool) -> None:
    findings = check(line(dose=dose, times=times, max_daily_dose=most))
    assert said(findings) == ([("ask", rules.OVER_DAILY_DOSE, 0)] if asks else [])


# --- days ----------------------------------------------------------------------------------------------------------------------------

INJECTION: dict[str, Any] = {"rx_class": "narcotic", "form": "注射液"}
TABLET: dict[str, Any] = {"rx_class": "narcotic", "form": "片剂"}
RETARD: dict[str, Any] = {"rx_class": "narcotic", "form": "缓释片"}


@pytest.mark.parametrize(
    ("kind", "facts", "days", "severity", "rule"),
    [
        (KIND.ORDINARY, {}, 7, None, ""),
        (KIND.ORDINARY, {}, 8, "ask", supply.OVER_7_DAYS),
        (KIND.PAEDIATRIC, {}, 8, "ask", supply.OVER_7_DAYS),
        (KIND.ORDINARY, {}, 28, "ask", supply.OVER_7_DAYS),
        (KIND.ORDINARY, {}, 29, "ask", supply.OVER_28_DAYS),
        (KIND.ORDINARY, {}, 84, "ask", supply.OVER_28_DAYS),
        (KIND.ORDINARY, {}, 85, "block", supply.OVER_84_DAYS),
        (KIND.EMERGENCY, {}, 3, None, ""),
        (KIND.EMERGENCY, {}, 4, "ask", supply.OVER_3_DAYS),
        (KIND.PSYCHOTROPIC_2, {"rx_class": "psychotropic_2"}, 7, None, ""),
        (KIND.PSYCHOTROPIC_2, {"rx_class": "psychotropic_2"}, 8, "ask", supply.OVER_7_DAYS),
        (KIND.PSYCHOTROPIC_2, {"rx_class": "psychotropic_2"}, 28, "ask", supply.OVER_7_DAYS),
        (KIND.PSYCHOTROPIC_2, {"rx_class": "psychotropic_2"}, 29, "block", supply.NOT_LONG),
        (KIND.ORDINARY, {"special_control": "precursor"}, 28, "ask", supply.OVER_7_DAYS),
        (KIND.ORDINARY, {"special_control": "precursor"}, 29, "block", supply.NOT_LONG),
        (KIND.ORDINARY, {"antibacterial": "unrestricted"}, 29, "ask", supply.LONG_ANTIBACTERIAL),
        (KIND.ORDINARY, {"rx_class": "toxic"}, 2, None, ""),
        (KIND.ORDINARY, {"rx_class": "toxic"}, 3, "block", supply.TOXIC_LIMIT),
        (KIND.NARCOTIC, INJECTION, 1, None, ""),
        (KIND.NARCOTIC, INJECTION, 2, "ask", supply.NARCOTIC_PAIN),
        (KIND.NARCOTIC, INJECTION, 3, "ask", supply.NARCOTIC_PAIN),
        (KIND.NARCOTIC, INJECTION, 4, "block", supply.NARCOTIC_LIMIT),
        (KIND.NARCOTIC, TABLET, 3, None, ""),
        (KIND.NARCOTIC, TABLET, 4, "ask", supply.NARCOTIC_PAIN),
        (KIND.NARCOTIC, TABLET, 7, "ask", supply.NARCOTIC_PAIN),
        (KIND.NARCOTIC, TABLET, 8, "block", supply.NARCOTIC_LIMIT),
        (KIND.NARCOTIC, RETARD, 7, None, ""),
        (KIND.NARCOTIC, RETARD, 8, "ask", supply.NARCOTIC_PAIN),
        (KIND.NARCOTIC, RETARD, 15, "ask", supply.NARCOTIC_PAIN),
        (KIND.NARCOTIC, RETARD, 16, "block", supply.NARCOTIC_LIMIT),
    ],
)
def test_days_of_supply(kind: PrescriptionKind, facts: dict[str, Any], days: int, severity: str | None, rule: str) -> None:
    what = drug(2, **facts)
    once_a_day = {"times": Fraction(1), "days": days, "quantity": D(2 * days)}
    expected = [] if severity is None else [(severity, rule, 0)]
    assert said(check(line(what, **once_a_day), kind=kind, age_years=10)) == expected
    answered = [] if severity is None else [("inform" if severity == "ask" else severity, rule, 0)]
    assert said(check(line(what, **once_a_day, reason="癌痛"), kind=kind, age_years=10)) == answered


@pytest.mark.parametrize(
    ("name", "facts", "days", "severity", "rule"),
    [
        ("盐酸哌替啶注射液", INJECTION, 1, None, ""),
        ("盐酸哌替啶注射液", INJECTION, 2, "block", supply.ONE_DOSE_ONLY),
        ("盐酸哌替啶片", TABLET, 2, "block", supply.ONE_DOSE_ONLY),
        ("盐酸哌甲酯片", {**TABLET, "rx_class": "psychotropic_1"}, 4, "ask", supply.NARCOTIC_ADHD),
        ("盐酸哌甲酯片", {**TABLET, "rx_class": "psychotropic_1"}, 15, "ask", supply.NARCOTIC_ADHD),
        ("盐酸哌甲酯片", {**TABLET, "rx_class": "psychotropic_1"}, 16, "block", supply.NARCOTIC_LIMIT),
    ],
)
def test_drugs_with_limits_of_their_own(name: str, facts: dict[str, Any], days: int, severity: str | None, rule: str) -> None:
    written = line(drug(2, **{**facts, "name": name}), times=Fraction(1), days=days, quantity=D(2 * days))
    assert said(check(written, kind=KIND.NARCOTIC)) == ([] if severity is None else [(severity, rule, 0)])


@pytest.mark.parametrize(
    ("facts", "quantity", "severity"),
    [
        ({}, 42, None),  # 2 capsules three times a day are 6 a day
        ({}, 43, "ask"),
        ({}, 168, "ask"),
        ({}, 169, "block"),
        ({"splittable": False}, 48, None),  # a second pack only because the first does not last 7 days
        ({"splittable": False}, 72, "ask"),
    ],
)
def test_more_than_the_days_that_were_typed_is_seen(facts: dict[str, Any], quantity: int, severity: str | None) -> None:
    written = line(drug(2, rx_class="psychotropic_2", **facts), days=1, quantity=D(quantity))
    assert [one.severity for one in check(written, kind=KIND.PSYCHOTROPIC_2)] == ([] if severity is None else [severity])


def test_a_toxic_drug_is_two_days_at_its_greatest_dose() -> None:
    toxic = drug(2, rx_class="toxic")
    two_days = {"times": Fraction(1), "days": 2, "quantity": D(4)}
    assert check(line(toxic, **two_days, max_daily_dose=D("0.5"))) == []
    assert ("block", supply.TOXIC_DOSE, 0) in said(check(line(toxic, **two_days, max_daily_dose=D("0.49"), reason="需要")))


def test_a_narcotic_injection_is_one_dose_not_one_day() -> None:
    assert said(check(line(drug(2, **INJECTION), times=Fraction(2), days=1, quantity=D(4)), kind=KIND.NARCOTIC)) == [
        ("ask", supply.NARCOTIC_PAIN, 0)
    ]


# --- antibacterials ------------------------------------------------------------------------------------------------------------------

ALLOWED = [
    (grade, doctor)
    for doctor in ("none", "unrestricted", "restricted", "special")
    for grade in ("none", "unrestricted", "restricted")
    if ("none", "unrestricted", "restricted", "special").index(grade) <= ("none", "unrestricted", "restricted", "special").index(doctor)
]


@pytest.mark.parametrize(("grade", "doctor"), ALLOWED)
def test_antibacterials_within_the_doctors_grade(grade: str, doctor: str) -> None:
    assert check(line(drug(2, antibacterial=grade)), doctor_antibacterial=doctor) == []


@pytest.mark.parametrize(
    ("grade", "doctor"), [("unrestricted", "none"), ("restricted", "unrestricted"), ("special", "restricted"), ("special", "none")]
)
def test_antibacterials_above_it_only_in_an_emergency_for_a_day(grade: str, doctor: str) -> None:
    strong = drug(2, antibacterial=grade)
    for reason in ("", "脓毒症"):
        assert said(check(line(strong, days=1, reason=reason), doctor_antibacterial=doctor)) == [("block", rules.ANTIBACTERIAL_LEVEL, 0)]
        assert said(check(line(strong, days=2, reason=reason), kind=KIND.EMERGENCY, doctor_antibacterial=doctor)) == [
            ("block", rules.ANTIBACTERIAL_LEVEL, 0)
        ]
        assert said(check(line(strong, days=1, reason=reason), kind=KIND.EMERGENCY, doctor_antibacterial=doctor)) == [
            ("inform" if reason else "ask", rules.ANTIBACTERIAL_EMERGENCY, 0)
        ]


def test_special_grade_asks_even_its_holder() -> None:
    assert said(check(line(drug(2, antibacterial="special")), doctor_antibacterial="special")) == [("ask", rules.SPECIAL_GRADE, 0)]


# --- population ----------------------------------------------------------------------------------------------------------------------


def test_age_and_pregnancy() -> None:
    assert check(line(min_age_years=18), age_years=18) == []
    assert said(check(line(min_age_years=18), age_years=17)) == [("ask", rules.TOO_YOUNG, 0)]
    assert said(check(line(pregnancy="forbidden"), pregnant=True)) == [("ask", rules.PREGNANCY_FORBIDDEN, 0)]
    assert said(check(line(pregnancy="caution"), pregnant=True)) == [("inform", rules.PREGNANCY_CAUTION, 0)]
    for pregnant in (None, False):
        assert check(line(pregnancy="forbidden"), line(drug(3), pregnancy="caution"), pregnant=pregnant) == []
    assert check(line(pregnancy="none"), pregnant=True) == []


# --- together ------------------------------------------------------------------------------------------------------------------------


def test_what_keeps_it_from_being_signed() -> None:
    assert first_refusal([]) is None
    asks = check(line(days=8), line(drug(3), days=29))
    refusal = first_refusal(asks)
    assert isinstance(refusal, PrescriptionRule)
    assert refusal.rule == supply.OVER_7_DAYS
    blocked = first_refusal([*asks, *check(line(quantity=D(0)))])
    assert isinstance(blocked, PrescriptionRule)
    assert blocked.rule == rules.QUANTITY_ZERO
    assert first_refusal(check(line(days=8, reason="高血压"))) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 90), st.sampled_from(["", "慢性病"])), max_size=8))
def test_a_reason_never_makes_it_worse(lines: list[tuple[int, int, str]]) -> None:
    def severities(reason: str) -> list[str]:
        return [one.severity for one in check(*(line(drug(n), days=days, reason=reason and given) for n, days, given in lines))]

    without, with_reason = severities(""), severities("x")
    assert len(without) == len(with_reason)
    assert all(new == old or (old, new) == ("ask", "inform") for old, new in zip(without, with_reason, strict=True))


def test_validity_ends_with_its_last_day() -> None:
    china = timezone(timedelta(hours=8))
    issued = datetime(2026, 3, 1, 10, 0, tzinfo=china)
    assert valid_until(issued) == datetime(2026, 3, 1, 23, 59, 59, tzinfo=china)
    assert valid_until(issued, 3) == datetime(2026, 3, 3, 23, 59, 59, tzinfo=china)
    assert valid_until(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 2) == datetime(2027, 1, 1, 23, 59, 59, tzinfo=UTC)
    for days in (0, 4):
        with pytest.raises(ValueError, match="1 to 3"):
            valid_until(issued, days)
