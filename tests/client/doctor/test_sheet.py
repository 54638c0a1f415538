"""What follows from a prescription's lines, and what the rules say of them."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from client.doctor.sheet import Catalogue, Patient, Sheet, line_again, line_of, parse_number, parse_quantity
from client.doctor.work import VisitWork
from common.domain.prescription import NO_DOSE
from common.domain.supply import NO_DAYS, OVER_7_DAYS
from common.errors import NotEnoughStock
from common.messages.consult import PrescriptionKind
from common.prescribing_errors import AllergyConflict, PrescriptionRule
from common.wire import decode, encode
from tests.client.doctor import samples
from tests.client.doctor.samples import AMOXICILLIN, ASTRAGALUS, CEFTRIAXONE, IBUPROFEN, LISTS, NONE_LEFT, SALINE, SYRUP

LISTED = Catalogue(frequencies={each.code: each for each in LISTS.frequencies}, routes={each.code: each for each in LISTS.routes})
ADULT = Patient(age_years=57)


def sheet(*drugs: object) -> Sheet:
    return Sheet(lines=[line_of(each) for each in drugs])  # type: ignore[arg-type]


def rules(found: object) -> list[str]:
    return [each.error.rule for each in found if isinstance(each.error, PrescriptionRule)]  # type: ignore[attr-defined]


def test_defaults_give_the_quantity_and_the_price() -> None:
    line = line_of(AMOXICILLIN)
    assert line.quantity(LISTED) == 24  # 0.5 g = 2 capsules, three times a day, 4 days
    assert line.amount_fen(LISTED) == 980


def test_an_injection_rounds_each_dose_and_syrup_goes_out_in_whole_bottles() -> None:
    half = line_of(CEFTRIAXONE)
    half.dose = Decimal("1.5")
    assert half.quantity(LISTED) == 6
    assert line_of(SYRUP).quantity(LISTED) == 1


def test_as_needed_wants_a_quantity_of_its_own() -> None:
    written = sheet(IBUPROFEN)
    written.lines[0].frequency = "prn"
    assert [each.severity for each in written.findings(ADULT, LISTED)] == ["block"]
    written.lines[0].typed_quantity = Decimal(10)
    assert written.findings(ADULT, LISTED) == []


def test_what_is_not_filled_in_is_named_once() -> None:
    written = sheet(AMOXICILLIN)
    written.lines[0].dose = None
    assert rules(written.findings(ADULT, LISTED)) == [NO_DOSE]
    written = sheet(AMOXICILLIN)
    written.lines[0].days = None
    assert rules(written.findings(ADULT, LISTED)) == [NO_DAYS]
    written = sheet(AMOXICILLIN)
    written.lines[0].frequency = written.lines[0].route = ""
    assert rules(written.findings(ADULT, LISTED)) == ["needs a frequency.", "needs a route."]


def test_an_allergy_asks_and_a_reason_answers() -> None:
    patient = Patient(age_years=57, allergen_codes=frozenset({"penicillin"}), allergen_names={"penicillin": "青霉素类"})
    written = sheet(AMOXICILLIN)
    (found,) = written.findings(patient, LISTED)
    assert found.severity == "ask"
    assert found.error.fields == AllergyConflict(drug="阿莫西林胶囊", allergen="青霉素类").fields
    written.lines[0].reason = "皮试阴性"
    assert [each.severity for each in written.findings(patient, LISTED)] == ["inform"]


def test_short_stock_blocks_but_only_informs_where_the_old_prescription_holds_some() -> None:
    written = sheet(NONE_LEFT)
    (found,) = written.findings(ADULT, LISTED)
    assert (found.severity, type(found.error)) == ("block", NotEnoughStock)
    written.replaces = 61
    assert [each.severity for each in written.findings(ADULT, LISTED)] == ["inform"]


def test_the_doctors_own_level_is_checked_on_the_desk() -> None:
    junior = Patient(age_years=57, doctor_level="unrestricted")
    assert [each.severity for each in sheet(CEFTRIAXONE).findings(junior, LISTED)] == ["block"]
    assert sheet(AMOXICILLIN).findings(junior, LISTED) == []


def test_the_greatest_daily_dose_of_the_drug_is_checked_on_the_desk() -> None:
    written = sheet(AMOXICILLIN)
    written.lines[0].dose = Decimal(2)
    assert [each.severity for each in written.findings(ADULT, LISTED)] == ["ask"]


def test_what_only_the_service_found_out_stays_until_it_is_answered() -> None:
    written = sheet(AMOXICILLIN, IBUPROFEN)
    assert written.note_refusal(PrescriptionRule(rule=OVER_7_DAYS, drug=IBUPROFEN.name)) == 1
    (found,) = written.findings(ADULT, LISTED)
    assert (found.line, found.severity) == (1, "ask")
    written.lines[1].reason = "慢性病"
    assert [each.severity for each in written.findings(ADULT, LISTED)] == ["inform"]


def test_groups_are_numbered_and_a_group_of_one_is_none() -> None:
    written = sheet(AMOXICILLIN, CEFTRIAXONE, SALINE)
    assert not written.join_above(0)
    assert written.join_above(2)
    assert [line.group for line in written.lines] == [0, 1, 1]
    written.leave_group(1)
    assert [line.group for line in written.lines] == [0, 0, 0]


def test_herbal_slices_follow_the_first_and_need_their_own_prescription() -> None:
    first = line_of(ASTRAGALUS)
    first.days = 5
    second = line_of(msgspec.structs.replace(ASTRAGALUS, id=60, name="党参"), first)
    written = Sheet(lines=[first, second])
    assert second.days == 5
    assert written.kind(ADULT) is PrescriptionKind.HERBAL
    assert second.quantity(LISTED) == 75
    assert written.findings(ADULT, LISTED) == []
    written.lines.append(line_of(AMOXICILLIN))
    assert [each.severity for each in written.findings(ADULT, LISTED)] == ["block"]


@pytest.mark.parametrize(("age", "emergency", "kind"), [(13, False, "paediatric"), (14, False, "ordinary"), (57, True, "emergency")])
def test_the_kind_follows_from_the_patient(age: int, emergency: bool, kind: str) -> None:
    assert sheet(IBUPROFEN).kind(Patient(age_years=age, emergency=emergency)) == kind


def test_numbers_as_they_are_typed() -> None:
    assert parse_number("０．５") == Decimal("0.5")
    assert parse_number(" 0.5 ") == Decimal("0.5")
    for wrong in ("", "-1", "1e9", "0.00001", "NaN", "ab"):
        assert parse_number(wrong) is None
    assert parse_quantity("2盒", AMOXICILLIN) == 48
    assert parse_quantity("12", AMOXICILLIN) == 12
    assert parse_quantity("12粒", AMOXICILLIN) == 12
    assert parse_quantity("2", msgspec.structs.replace(AMOXICILLIN, splittable=False)) == 48
    assert parse_quantity("x盒", AMOXICILLIN) is None


def test_a_signed_line_comes_back_with_its_own_quantity() -> None:
    written = sheet(AMOXICILLIN)
    written.lines[0].typed_quantity = Decimal(48)
    work = VisitWork(samples.encounter())
    facts = samples.signed(work.sign(written, ADULT, LISTED))
    again = line_again(AMOXICILLIN, facts.lines[0], LISTED)
    assert again.quantity(LISTED) == 48
    again.typed_quantity = None
    assert again.quantity(LISTED) == 24


def test_a_draft_survives_the_journal() -> None:
    written = sheet(AMOXICILLIN, CEFTRIAXONE)
    written.note_refusal(AllergyConflict(drug=AMOXICILLIN.name, allergen="青霉素类"))
    again = decode(Sheet, encode(written))
    assert encode(again) == encode(written)
    assert again.findings(ADULT, LISTED) != []
