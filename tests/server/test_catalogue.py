"""The catalogues: found while one types, imported whole or not at all."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from common.errors import Malformed
from common.messages.catalogue import (
    DiagnosisRow,
    DrugRow,
    GetLists,
    GetRegion,
    ImportCatalogue,
    SearchDiagnoses,
    SearchDrugs,
    ServiceRow,
)
from installer.sample import barcode_of, sample_drugs
from server.catalogue.starter import starter
from tests import visits
from tests.server.office import Office, changed

DOCTOR = visits.DOCTOR


def drugs(office: Office, text: str, limit: int = 15) -> list[str]:
    return [drug.name for drug in office.desk(DOCTOR).call(SearchDrugs(text=text, limit=limit)).drugs]


def diagnoses(office: Office, text: str) -> list[str]:
    return [hit.code for hit in office.desk(DOCTOR).call(SearchDiagnoses(text=text)).diagnoses]


@pytest.mark.parametrize(
    "text",
    [
        "阿莫西林胶囊",
        "阿莫西林胶",
        "amxljn",
        "AMXLJN",
        "amoxilinjiaonang",
        "D0001",
        "d0001",
        barcode_of(1),
        "阿莫西林 胶囊",
        "阿莫西林 24粒",
    ],
)
def test_a_drug_is_found_by_what_one_types(office: Office, text: str) -> None:
    assert drugs(office, text)[0] == "阿莫西林胶囊"


def test_names_that_begin_so_come_first(office: Office) -> None:
    found = drugs(office, "氯化钠", 50)
    assert found
    begins = [name.startswith("氯化钠") for name in found]
    assert begins == sorted(begins, reverse=True)


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "\\", "阿_西林", "a%", "没有这种药", "9999999999999", "'"])
def test_what_finds_no_drug(office: Office, text: str) -> None:
    assert drugs(office, text) == []


def test_a_drug_tells_what_is_free(own_office: Office) -> None:
    found = visits.drug(own_office, "布洛芬")
    own_office.database.run("UPDATE stock_level SET reserved = on_hand - 7 WHERE drug_id = %s", found.id)
    assert visits.drug(own_office, "布洛芬").free == Decimal(7)
    own_office.database.run("UPDATE drug SET active = false WHERE id = %s", found.id)
    assert found.code not in [drug.code for drug in own_office.desk(DOCTOR).call(SearchDrugs(text="布洛芬", limit=50)).drugs]


@pytest.mark.parametrize(("text", "code"), [("J06.9", "J06.9"), ("j06.9", "J06.9"), ("急性上呼吸道感染", "J06.9"), ("jxshxdgr", "J06.9")])
def test_a_diagnosis_is_found_by_what_one_types(office: Office, text: str, code: str) -> None:
    assert any(found.startswith(code) for found in diagnoses(office, text))


@pytest.mark.parametrize("text", ["", " ", "%", "Z99%", "_06", "没有这种病"])
def test_what_finds_no_diagnosis(office: Office, text: str) -> None:
    assert diagnoses(office, text) == []


def test_the_short_lists_and_regions(office: Office) -> None:
    lists = office.desk(DOCTOR).call(GetLists())
    assert [frequency.code for frequency in lists.frequencies] == [row.code for row in starter("frequencies")]
    assert len(lists.routes) == len(starter("routes"))
    assert {group.name_zh for group in lists.ethnic_groups} >= {"汉族", "维吾尔族", "基诺族"}
    assert {department.code for department in lists.departments} >= {"NK", "WK"}
    assert "penicillin" in {allergen.code for allergen in lists.allergens}
    assert office.desk(DOCTOR).call(GetRegion(code="110101")).name.startswith("北京")
    assert office.desk(DOCTOR).call(GetRegion(code="999999")).name == ""


# --- importing lists


def test_the_same_list_again_changes_nothing(own_office: Office) -> None:
    admin = own_office.desk("admin")
    request = ImportCatalogue(source="starter", drugs=tuple(sample_drugs()), diagnoses=starter("diagnoses"), services=starter("services"))
    imported = admin.call(request)
    total = len(request.drugs) + len(request.diagnoses) + len(request.services)
    assert (imported.added, imported.changed, imported.unchanged) == (0, 0, total)


def test_changed_and_new_rows_are_told_apart_and_found_anew(own_office: Office) -> None:
    admin = own_office.desk("admin")
    old = sample_drugs()[0]
    renamed = changed(old, name="改名的药", barcode="")
    new = changed(old, code="X1", name="全新的药", barcode="", trace_prefix="8900000")
    imported = admin.call(ImportCatalogue(source="x", drugs=(renamed, new, sample_drugs()[1])))
    assert (imported.added, imported.changed, imported.unchanged) == (1, 1, 1)
    assert drugs(own_office, "gmdy") == ["改名的药"]
    assert "阿莫西林胶囊" not in drugs(own_office, "amxljn")
    assert drugs(own_office, "qxdy") == ["全新的药"]
    assert drugs(own_office, barcode_of(1)) == ["改名的药"]  # a barcode that a list does not name is not forgotten


def state(office: Office) -> list[tuple[object, ...]]:
    return office.rows(
        "SELECT (SELECT count(*) FROM drug), (SELECT count(*) FROM diagnosis), (SELECT count(*) FROM service_item),"
        " (SELECT md5(string_agg(d::text, ',' ORDER BY d.id)) FROM drug d), (SELECT count(*) FROM drug_spelling)"
    )


def test_one_row_that_cannot_be_keeps_the_whole_list_out(own_office: Office) -> None:
    admin = own_office.desk("admin")
    before = state(own_office)
    good = changed(sample_drugs()[0], name="好的", code="G1", barcode="", trace_prefix="")
    new_diagnosis = DiagnosisRow(code="X99.9", name="新的", source="x")
    service = ServiceRow(code="S-X", name="新的", unit="次", category="other", price=Decimal(1), source="x")
    bad: list[DrugRow] = [
        changed(good, code="G2", pack_size=Decimal(0)),
        changed(good, code="G2", dose_per_base=Decimal(-1)),
        changed(good, code="G2", price=Decimal("-0.01")),
        changed(good, code="G2", price=Decimal("NaN")),
        changed(good, code="G2", pack_size=Decimal(10) ** 12),
    ]
    for row in bad:
        request = ImportCatalogue(source="x", drugs=(good, row), diagnoses=(new_diagnosis,), services=(service,))
        answer = own_office.dispatch.guarded("import_catalogue", partial(admin.answer, request))
        assert answer.status in (400, 422), answer.body
        assert state(own_office) == before
    with pytest.raises(Malformed):
        admin.call(ImportCatalogue(source="x", drugs=(changed(good, price=Decimal("Infinity")),)))
