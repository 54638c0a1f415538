"""A hand-over that is undone: what the bureau was told of it is taken back there, and what it was not told never is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.messages.insurance_upload import RetryUpload
from common.messages.returns import UndoDispense, UndoReason
from server.check.insurance import INSURANCE
from server.insurance_desk.asks import ClaimUpload, RecordUpload
from server.insurance_desk.line import perform
from tests import visits
from tests.server.insurance_desk.conftest import MANAGER, Bureau
from tests.server.insurance_desk.selling import dispensed, hand_over, pharmacists_known, scans_of


@pytest.fixture
def clinic(bureau: Bureau) -> Bureau:
    bureau.insure()
    pharmacists_known(bureau)
    return bureau


def _undo(clinic: Bureau, prescription_id: int) -> None:
    clinic.desk(visits.PHARMACIST).call(UndoDispense(prescription_id=prescription_id, reason=UndoReason.WRONG_DRUG))


def _states(clinic: Bureau) -> list[tuple[str, str]]:
    found = [(row.id, row.infno, row.state) for infno in ("3505A", "3506A") for row in clinic.queue(infno)]
    return [(infno, state) for _, infno, state in sorted(found)]


def _at(clinic: Bureau, infno: str, prescription_id: int) -> list[dict[str, Any]]:
    number = clinic.database.value("SELECT number FROM prescription WHERE id = %s", prescription_id)
    return [row for row in clinic.at_bureau(infno) if row["rxno"] == number]


def _codes(rows: list[dict[str, Any]]) -> set[str]:
    return {code["drug_trac_codg"] for row in rows for code in row["drugtracinfo"]}


def _upload(clinic: Bureau) -> None:
    """Two rounds, so that what waited for another is sent as well."""
    for _ in range(2):
        clinic.due_again()
        clinic.upload()


def test_a_sale_that_was_told_is_taken_back_with_its_codes_and_told_anew(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "布洛芬", "氯雷他定")
    clinic.upload()
    packs = scans_of(clinic, prescription_id)
    _undo(clinic, prescription_id)
    assert _states(clinic) == [("3505A", "DONE"), ("3506A", "PENDING")]
    hand_over(clinic, prescription_id, packs)  # the same packs: the bureau takes them only once it has them back
    clinic.bureau_fault("ERROR_BEFORE", "3506A")
    clinic.upload()
    assert _states(clinic) == [("3505A", "DONE"), ("3506A", "PENDING"), ("3505A", "PENDING")]
    assert [row.held for row in clinic.queue("3505A")] == [False, True]
    _upload(clinic)
    assert _states(clinic) == [("3505A", "DONE"), ("3506A", "DONE"), ("3505A", "DONE")]
    sold, back = _at(clinic, "3505", prescription_id), _at(clinic, "3506", prescription_id)
    first, again = sold[: len(back)], sold[len(back) :]
    assert len(first) == len(again) == len(back)
    assert _codes(first) == _codes(back) == _codes(again) == {scan.code for scan in packs}
    assert [row["medins_prod_sel_no"] for row in back] == [row["stoout_no"] for row in first]
    assert len({row["stoout_no"] for row in (*sold, *back)}) == len(sold) + len(back)
    changed = {"stoout_no", "medins_prod_sel_no", "sel_retn_time", "sel_retn_opter_name", "memo"}
    kept = [{name: value for name, value in row.items() if name not in changed} for row in first]
    assert kept == [{name: value for name, value in row.items() if name not in changed} for row in back]
    assert {(row["memo"], row["sel_retn_opter_name"]) for row in back} == {("wrong_drug", "苏叶")}
    _undo(clinic, prescription_id)
    _upload(clinic)
    assert _states(clinic)[-1] == ("3506A", "DONE")
    assert len(_at(clinic, "3506", prescription_id)) == 2 * len(back)


def test_what_was_not_sent_is_neither_told_nor_taken_back(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "布洛芬")
    claimed = perform(clinic.house, ClaimUpload()).upload
    while claimed is not None and claimed.infno != "3505A":
        claimed = perform(clinic.house, ClaimUpload()).upload
    assert claimed is not None
    told = RecordUpload(upload_id=claimed.id, turn=claimed.turn, state="PENDING", error="x", kept_here=True)
    perform(clinic.house, told)  # put together, and the line was not there
    _undo(clinic, prescription_id)
    assert _states(clinic) == [("3505A", "DROPPED")]
    (row,) = clinic.queue("3505A")
    assert row.error == "发药已取消。"
    _upload(clinic)
    assert _at(clinic, "3505", prescription_id) == _at(clinic, "3506", prescription_id) == []


@pytest.mark.parametrize("fault", ["ERROR_AFTER", "ERROR_BEFORE"])
def test_a_sale_whose_answer_was_lost_is_told_to_its_end_and_then_taken_back(clinic: Bureau, fault: str) -> None:
    prescription_id = dispensed(clinic, "布洛芬")
    clinic.bureau_fault(fault, "3505A")
    clinic.upload()
    _undo(clinic, prescription_id)
    clinic.bureau_fault("ERROR_AFTER", "3506A")
    assert _states(clinic) == [("3505A", "PENDING"), ("3506A", "PENDING")]
    _upload(clinic)
    _upload(clinic)
    assert _states(clinic) == [("3505A", "DONE"), ("3506A", "DONE")]
    sold, back = _at(clinic, "3505", prescription_id), _at(clinic, "3506", prescription_id)
    assert [row["stoout_no"] for row in sold] == [row["medins_prod_sel_no"] for row in back]
    (rule,) = [rule for rule in INSURANCE if rule.name == "upload_subject"]
    assert clinic.rows(rule.breaches) == []


def test_while_it_is_under_way_it_is_undone_all_the_same(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "布洛芬")
    clinic.database.run("DELETE FROM insurance_upload WHERE infno <> '3505A'")
    claimed = perform(clinic.house, ClaimUpload()).upload
    assert claimed is not None
    _undo(clinic, prescription_id)
    refused = RecordUpload(upload_id=claimed.id, turn=claimed.turn, state="FAILED", error="模拟拒绝")
    perform(clinic.house, refused)  # nobody has to mend what is undone
    assert _states(clinic) == [("3505A", "DROPPED"), ("3506A", "PENDING")]
    _upload(clinic)
    assert _states(clinic) == [("3505A", "DROPPED"), ("3506A", "DONE")]
    assert _at(clinic, "3506", prescription_id) == []


def test_a_refused_sale_that_is_undone_asks_nobody_any_more(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "布洛芬")
    clinic.bureau_fault("REJECT", "3505A", message="模拟拒绝")
    clinic.upload()
    assert _states(clinic) == [("3505A", "FAILED")]
    _undo(clinic, prescription_id)
    clinic.desk(MANAGER).call(RetryUpload())
    _upload(clinic)
    assert _states(clinic) == [("3505A", "DROPPED"), ("3506A", "DONE")]  # nothing of it is there
    assert _at(clinic, "3505", prescription_id) == []


def test_an_undone_hand_over_that_is_not_taken_back_is_found(clinic: Bureau) -> None:
    (rule,) = [rule for rule in INSURANCE if rule.name == "upload_owed"]
    clinic.database.run("UPDATE insurance_setup SET told_from = now()")
    clinic.clock.by += timedelta(minutes=2)
    prescription_id = dispensed(clinic, "布洛芬")
    clinic.upload()
    _undo(clinic, prescription_id)
    assert clinic.rows(rule.breaches) == []
    clinic.database.run("DELETE FROM insurance_upload WHERE infno = '3506A'")
    assert [row[1] for row in clinic.rows(rule.breaches)] == ["undone"]
    clinic.database.run("DELETE FROM insurance_upload WHERE infno = '3505A'")
    assert [row[1] for row in clinic.rows(rule.breaches)] == ["hand_over"]
