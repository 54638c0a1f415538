"""The shipped lists are right, complete and agree with each other."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from common.messages.catalogue import DrugRow
from server.catalogue import starter as starter_module
from server.catalogue.starter import SHIPPED, StarterBroken, codes_of, starter
from server.importing.kinds import CATEGORIES
from server.importing.pinyin import term_spelling

LEAST_ROWS = {
    "drugs": 320,
    "diagnoses": 550,
    "services": 120,
    "frequencies": 20,
    "routes": 20,
    "ethnic_groups": 58,
    "regions": 500,
    "allergens": 30,
}

SMALL_DOSES = {"滴": "one drop of a bottle", "喷": "one puff of a bottle", "IU": "one dose of a pen"}
"""Dose units of which one dose is less than a tenth of a base unit."""
ODD_DOSES = {"利拉鲁肽注射液": "a pen holds thirty doses", "急支糖浆": "25 ml of a syrup whose base unit is 1 ml"}


def drugs() -> tuple[DrugRow, ...]:
    return starter("drugs")


@pytest.mark.parametrize("kind", SHIPPED)
def test_every_list_is_valid_and_long_enough(kind: str) -> None:
    assert len(starter(kind)) >= LEAST_ROWS[kind]
    assert len(codes_of(kind)) == len(starter(kind))


def test_a_broken_list_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("code,name,level\n12,x,county\n", encoding="utf-8")
    monkeypatch.setattr(starter_module, "files", lambda _: tmp_path)
    starter.cache_clear()
    with pytest.raises(StarterBroken, match="12"):
        starter("regions")
    starter.cache_clear()


def test_shipped_files_name_their_sources() -> None:
    for kind in ("drugs", "diagnoses", "services", "frequencies", "routes"):
        assert all(row.source for row in starter(kind))


def test_prices_are_said_to_be_samples() -> None:
    readme = (files("server.catalogue") / "README.md").read_text(encoding="utf-8")
    assert "sample values" in readme
    for kind in SHIPPED:
        stated = re.search(rf"^\| {kind}\.csv \| (\d+) \|", readme, re.MULTILINE)
        assert stated is not None
        assert int(stated[1]) == len(starter(kind))


def test_drugs_are_told_apart_by_name_and_strength() -> None:
    twice = [name for name, count in Counter((drug.name, drug.strength) for drug in drugs()).items() if count > 1]
    assert twice == []


def test_a_default_dose_is_a_sane_number_of_base_units() -> None:
    odd = []
    for drug in drugs():
        units = drug.default_dose / drug.dose_per_base
        if not Decimal("0.1") <= units <= 20 and drug.dose_unit not in SMALL_DOSES and drug.name not in ODD_DOSES:
            odd.append((drug.name, units))
    assert odd == []


def test_every_drug_has_what_a_prescription_needs() -> None:
    for drug in drugs():
        assert drug.default_dose > 0, drug.name
        assert 1 <= drug.default_days <= 35, drug.name
        assert drug.price > 0, drug.name
        assert drug.default_frequency, drug.name
        assert drug.default_route, drug.name
        assert drug.pregnancy in {"none", "caution", "forbidden"}, drug.name


def test_a_days_doses_stay_below_the_greatest_daily_dose() -> None:
    times = {row.code: row.times.split("/") for row in starter("frequencies")}
    for drug in drugs():
        if drug.max_daily_dose is not None:
            often, days = (Decimal(part) for part in times[drug.default_frequency])
            per_day = max(often / days, Decimal(1))
            assert drug.default_dose * per_day <= drug.max_daily_dose, drug.name


def test_the_mix_of_drugs() -> None:
    classes = Counter(drug.drug_class for drug in drugs())
    assert classes["herbal"] >= 40
    assert classes["patent"] >= 50
    routes = Counter(drug.default_route for drug in drugs())
    for route in ("po", "ivgtt", "im", "ih", "eye", "inh", "top", "pr", "pv", "nasal", "neb", "sl"):
        assert routes[route], route
    assert sum(drug.rx_class == "psychotropic_2" for drug in drugs()) >= 5


def test_herbal_slices_are_weighed_in_grams() -> None:
    for drug in drugs():
        if drug.drug_class == "herbal":
            assert (drug.base_unit, drug.dose_unit, drug.dose_per_base, drug.splittable) == ("g", "g", Decimal(1), True)


def test_injections_round_each_dose_unless_many_doses_are_in_one_base_unit() -> None:
    injections = {row.code for row in starter("routes") if row.is_injection}
    for drug in drugs():
        if drug.default_route in injections:
            assert drug.round_each_dose == (drug.default_dose / drug.dose_per_base >= Decimal("0.1")), drug.name


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("阿莫西林|青霉素", "penicillin"),
        ("^(注射用)?头孢", "cephalosporin"),
        ("沙星", "quinolone"),
        ("磺胺", "sulfonamide"),
        ("布洛芬|双氯芬酸", "nsaid"),
    ],
)
def test_allergen_groups_are_complete(words: str, group: str) -> None:
    named = [drug for drug in drugs() if re.search(words, drug.name)]
    assert named
    assert [drug.name for drug in named if group not in drug.allergens] == []


def test_safety_classes_of_well_known_drugs() -> None:
    by_name = {drug.name: drug for drug in drugs()}
    assert by_name["注射用青霉素钠"].skin_test == "required"
    assert by_name["地西泮片"].rx_class == "psychotropic_2"
    assert by_name["莫西沙星片"].antibacterial == "restricted"
    assert by_name["左氧氟沙星片"].min_age_years == 18
    assert by_name["瑞舒伐他汀钙片"].pregnancy == "forbidden"
    assert by_name["甘精胰岛素注射液"].storage == "fridge"


def test_antibacterials_carry_a_grade() -> None:
    antibacterial = re.compile("头孢|西林|霉素胶囊|沙星|环素|硝唑片|莫匹罗星")
    for drug in drugs():
        if antibacterial.search(drug.name) and "阴道" not in drug.name:
            assert drug.antibacterial != "none", drug.name


def test_frequencies() -> None:
    times = {row.code: row.times for row in starter("frequencies")}
    assert (times["qod"], times["biw"], times["qw"], times["q8h"], times["tid"]) == ("1/2", "2/7", "1/7", "3/1", "3/1")
    assert {row.code for row in starter("frequencies") if row.needs_total} == {"prn", "sos"}
    for row in starter("frequencies"):
        often, days = row.times.split("/")
        if row.times_of_day and days == "1":
            assert len(row.times_of_day) == int(often), row.code


def test_routes() -> None:
    by_code = {row.code: row for row in starter("routes")}
    assert [code for code, row in by_code.items() if row.infusion_label] == ["ivgtt"]
    assert [code for code, row in by_code.items() if row.is_skin_test] == ["ast"]
    assert all(row.needs_nurse for row in by_code.values() if row.is_injection)


def test_codes_fit_their_messages() -> None:
    assert all(len(code) <= 10 for kind in ("frequencies", "routes") for code in codes_of(kind))


def test_services_cover_the_receipts_categories() -> None:
    used = {row.category for row in starter("services")}
    assert used == set(CATEGORIES) - {"western_drug", "herbal", "patent"}


def test_well_known_rows() -> None:
    diagnoses = {row.code: row.name for row in starter("diagnoses")}
    assert diagnoses["J06.900"] == "急性上呼吸道感染"
    assert diagnoses["I10.x00x002"] == "高血压"
    assert "I10.x00" not in diagnoses  # a grey code
    assert {row.code: row.name for row in starter("regions")}["440300"] == "深圳市"
    groups = {row.code: row.name_zh for row in starter("ethnic_groups")}
    assert set(groups) == {f"{number:02d}" for number in range(1, 57)} | {"97", "98"}
    assert (groups["01"], groups["05"], groups["56"]) == ("汉族", "维吾尔族", "基诺族")


def test_regions_have_their_province() -> None:
    codes = codes_of("regions")
    assert sum(code.endswith("0000") for code in codes) == 34
    assert all(code[:2] + "0000" in codes for code in codes)


def test_every_name_can_be_found_by_initials() -> None:
    for kind in ("drugs", "diagnoses", "services"):
        assert all(term_spelling(row.name)[1] for row in starter(kind))
