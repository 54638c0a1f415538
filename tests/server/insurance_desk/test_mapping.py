"""Mapping: coverage, likeness, validity, and what the bureau is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import FieldWrong, NotFound
from common.messages.insurance import DownloadCatalogue, ErrandKind
from common.messages.insurance_mapping import (
    ListCandidates,
    ListMappedItems,
    ListNationalCodes,
    MapItem,
    MappedItem,
    SetNationalCode,
    UnmapItem,
    UploadMappings,
)
from server.insurance_desk.likeness import score
from tests import visits
from tests.server.insurance_desk.conftest import MANAGER, Bureau

AMOXICILLIN = "XJ01CAA040E001010101001"


def _item(bureau: Bureau, name: str) -> MappedItem:
    return min(bureau.desk(MANAGER).call(ListMappedItems(text=name)).items, key=lambda item: item.code)


def _map(bureau: Bureau, item: MappedItem, code: str, days: int = 0, list_type: str = "101") -> None:
    begins = bureau.today + timedelta(days=days)
    bureau.desk(MANAGER).call(MapItem(kind=item.kind, own_id=item.own_id, list_type=list_type, med_list_codg=code, begins=begins))  # type: ignore[arg-type]


def _at_bureau(bureau: Bureau, item: MappedItem) -> str | None:
    found = bureau.simulator.control("mappings").get(f"101 {item.code}")
    return found["med_list_codg"] if found else None


def test_coverage_by_count_and_by_income(bureau: Bureau) -> None:
    due = bureau.debtor()
    visits.settle_all(bureau, due.patient_id)
    found = bureau.desk(MANAGER).call(ListMappedItems(limit=2000))
    assert (found.items_mapped, found.income_mapped_fen) == (0, 0)
    assert found.items_total == len(found.items)
    income = bureau.database.value(
        "SELECT sum(amount_fen) FROM charge_line WHERE state = 'SETTLED' AND (prescription_id IS NOT NULL OR service_item_id IS NOT NULL)"
    )
    assert found.income_fen == income
    best = found.items[0]
    assert best.income_fen == max(item.income_fen for item in found.items) > 0
    _map(bureau, best, AMOXICILLIN, list_type="101" if best.kind == "drug" else "201")
    covered = bureau.desk(MANAGER).call(ListMappedItems(only="unmapped"))
    assert (covered.items_mapped, covered.income_mapped_fen) == (1, best.income_fen)
    assert best.own_id not in {item.own_id for item in covered.items if item.kind == best.kind}


def test_candidates_are_ordered_by_likeness(bureau: Bureau) -> None:
    bureau.desk(MANAGER).call(DownloadCatalogue(infno="1301"))
    bureau.work()
    item = _item(bureau, "阿莫西林胶囊")
    found = bureau.desk(MANAGER).call(ListCandidates(kind="drug", own_id=item.own_id)).candidates
    assert found[0].code == AMOXICILLIN
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found[0].score >= 60
    by_number = bureau.desk(MANAGER).call(ListCandidates(kind="drug", own_id=item.own_id, text="h00000003")).candidates
    assert [one.name for one in by_number] == ["布洛芬缓释胶囊"]
    by_initials = bureau.desk(MANAGER).call(ListCandidates(kind="drug", own_id=item.own_id, text="lhqw")).candidates
    assert [one.name for one in by_initials] == ["连花清瘟胶囊"]
    assert _item(bureau, "阿莫西林胶囊").mapping_id is None  # nothing is mapped by itself


def test_the_score() -> None:
    own = ("阿莫西林胶囊", "0.25g×24粒", "")
    assert score(own, ("阿莫西林胶囊", "0.25g*24粒/盒", "某厂")) > 90
    assert score(own, ("阿莫西林胶囊", "0.5g×12粒", "某厂")) < score(own, ("阿莫西林胶囊", "0.25g×24粒", "某厂")) == 100
    assert score(own, ("头孢克洛胶囊", "0.25g×6粒", "")) < 60
    assert score(("", "", ""), ("x", "", "")) == 0


def test_a_mapping_is_uploaded_changed_and_withdrawn(own: Bureau) -> None:
    own.desk(MANAGER).call(DownloadCatalogue(infno="1301"))
    own.work()
    item = _item(own, "布洛芬")
    _map(own, item, AMOXICILLIN)
    own.work()
    assert (_item(own, "布洛芬").upload, _at_bureau(own, item)) == ("DONE", AMOXICILLIN)
    right = "XM01AEB106E003010101003"
    _map(own, item, right)  # corrected on the same day
    own.work()
    assert (_item(own, "布洛芬").med_list_codg, _at_bureau(own, item)) == (right, right)
    assert own.rows("SELECT count(*) FROM insurance_mapping WHERE upload <> 'WITHDRAWN'") == [(1,)]
    _map(own, item, AMOXICILLIN, days=3)  # from a later day on: nothing is told before
    own.work()
    assert (_item(own, "布洛芬").med_list_codg, _at_bureau(own, item)) == (right, right)
    mapping = _item(own, "布洛芬").mapping_id
    assert mapping is not None
    own.desk(MANAGER).call(UnmapItem(mapping_id=mapping))
    own.work()
    assert (_item(own, "布洛芬").mapping_id, _at_bureau(own, item)) == (None, None)
    with pytest.raises(NotFound):
        own.desk(MANAGER).call(UnmapItem(mapping_id=mapping))


def test_what_the_bureau_refuses_is_shown_and_told_again(own: Bureau) -> None:
    item = _item(own, "布洛芬")
    _map(own, item, "NO-SUCH-CODE")
    own.work()
    failed = _item(own, "布洛芬")
    assert failed.upload == "FAILED"
    assert "NO-SUCH-CODE" in failed.upload_error
    assert [one.own_id for one in own.desk(MANAGER).call(ListMappedItems(only="failed")).items] == [item.own_id]
    row = {
        "list": "1301",
        "code": "NO-SUCH-CODE",
        "name": "新",
        "specification": "",
        "manufacturer": "",
        "approval_number": "",
        "level": "01",
    }
    own.simulator.control("list_row", {**row, "version": "F001_20270101000000_C", "valid": "1"})
    own.desk(MANAGER).call(UploadMappings())
    own.work()
    assert _item(own, "布洛芬").upload == "DONE"
    own.bureau_fault("ERROR_AFTER", "3301")
    _map(own, _item(own, "氯雷他定"), AMOXICILLIN)
    own.work()
    assert _item(own, "氯雷他定").upload == "PENDING"  # nobody knows: told again
    own.due_again()
    own.work()
    assert _item(own, "氯雷他定").upload == "DONE"


def test_what_cannot_be_mapped(bureau: Bureau) -> None:
    item = _item(bureau, "布洛芬")
    with pytest.raises(FieldWrong):
        _map(bureau, item, AMOXICILLIN, list_type="201")
    begins = bureau.today
    with pytest.raises(FieldWrong):
        bureau.desk(MANAGER).call(
            MapItem(kind="drug", own_id=item.own_id, list_type="101", med_list_codg="X", begins=begins, ends=begins - timedelta(days=1))
        )
    with pytest.raises(NotFound):
        bureau.desk(MANAGER).call(MapItem(kind="drug", own_id=999_999, list_type="101", med_list_codg="X", begins=begins))


def test_national_codes(bureau: Bureau) -> None:
    manager = bureau.desk(MANAGER)
    codes = manager.call(ListNationalCodes()).codes
    assert {one.kind for one in codes} == {"doctor", "pharmacist", "department"}
    department = next(one for one in codes if one.kind == "department")
    manager.call(SetNationalCode(kind="department", own_id=department.own_id, code=" A03 ", extra="A03.01"))
    stands = next(one for one in manager.call(ListNationalCodes()).codes if (one.kind, one.own_id) == ("department", department.own_id))
    assert (stands.code, stands.extra) == ("A03", "A03.01")
    manager.call(SetNationalCode(kind="department", own_id=department.own_id, code=""))
    assert bureau.rows("SELECT count(*) FROM insurance_code") == [(0,)]
    with pytest.raises(NotFound):
        manager.call(SetNationalCode(kind="doctor", own_id=999_999, code="D"))


def test_a_mapping_of_tomorrow_waits(bureau: Bureau) -> None:
    _map(bureau, _item(bureau, "布洛芬"), AMOXICILLIN, days=1)
    bureau.work()
    assert _item(bureau, "布洛芬").mapping_id is None
    assert bureau.rows("SELECT kind FROM insurance_errand WHERE state = 'WAITING'") == [(ErrandKind.MAPPING.value,)]
