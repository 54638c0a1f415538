"""What the bureau is told of goods that no patient is behind (3502): found, missing, carried, spoilt, destroyed; each move once and in its order."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.messages.insurance import GetInsuranceSetup, SetInsuranceSetup
from common.messages.insurance_upload import DropUpload, RetryUpload
from common.messages.recalls import HoldLot, HoldReason
from common.messages.settlement import Approve
from common.messages.stock_take import FinishCounting
from common.messages.store_papers import ApprovePaper, Arrived, DraftPaper, PaperFacts, PaperKind, ReceiveTransfer, SendTransfer, VoidPaper
from installer.sample import PASSWORD
from server.check.insurance import INSURANCE
from server.insurance.protocol import BEIJING
from tests import visits
from tests.server.insurance_desk.conftest import MANAGER, Bureau
from tests.server.store_goods import KEEPER, Batch, goods
from tests.server.test_stock_take import confirmed, count_all, opened

D = Decimal
BURNT = {"site": "医疗废物处置中心", "way": "焚烧", "witness": "许医生"}


@pytest.fixture
def clinic(bureau: Bureau) -> Bureau:
    bureau.insure()
    return bureau


def _told(clinic: Bureau, batch: Batch) -> list[tuple[str, Decimal, str]]:
    """What the bureau heard of a batch's changes, in that order: the kind, packs, and whether a pack of it was opened."""
    rows = [row for row in clinic.at_bureau("3502") if row["fixmedins_bchno"] == str(batch.id)]
    return [(row["inv_chg_type"], D(str(row["cnt"])), row["trdn_flag"]) for row in rows]


def _pack(clinic: Bureau, batch: Batch) -> Decimal:
    return D(clinic.database.value("SELECT pack_size FROM drug WHERE id = %s", batch.drug_id))


def _signed(clinic: Bureau, kind: PaperKind, batch: Batch, quantity: Decimal, place: str = "", **fields: Any) -> PaperFacts:
    draft = DraftPaper(kind=kind, lines=(batch.some(quantity, place),), reason="破损", **fields)
    return clinic.desk(MANAGER).call(ApprovePaper(number=clinic.desk(KEEPER).call(draft).entry.number, version=1))


def _all_done(clinic: Bureau) -> bool:
    return {(row.state, row.error) for row in clinic.queue("3502")} == {("DONE", "")}


# --- what goes over the wire --------------------------------------------------------------------------------------------------------


def test_a_stock_takes_gain_and_loss_go_over_the_wire_field_by_field(clinic: Bureau) -> None:
    more, less = goods(clinic, "PHARMACY", invoice="I-1"), goods(clinic, "PHARMACY")
    size = _pack(clinic, more)
    clinic.database.run("UPDATE insurance_upload SET state = 'DROPPED', error = 'x', done_at = now()")
    take = opened(clinic, visits.drug(clinic, "布洛芬"))
    count_all(clinic, take, **{more.lot: int(size), less.lot: -3})
    clinic.desk(KEEPER).call(FinishCounting(take_id=take.id))
    confirmed(clinic, take)
    clinic.upload()
    drug, national, otc, place, at = clinic.rows(
        "SELECT d.code, m.med_list_codg, d.otc, l.name, v.at FROM stock_move v JOIN drug d ON d.id = v.drug_id JOIN stock_location l"
        " ON l.id = v.location_id JOIN insurance_mapping m ON m.own_kind = 'drug' AND m.own_id = d.id WHERE v.document = %s LIMIT 1",
        take.number,
    )[0]
    rows = {row["fixmedins_bchno"]: row for row in clinic.at_bureau("3502") if row["memo"].startswith(take.number)}
    assert set(rows) == {str(more.id), str(less.id)}
    both: dict[str, Any] = {
        "med_list_codg": national,
        "fixmedins_hilist_id": drug,
        "fixmedins_hilist_name": "布洛芬片",
        "rx_flag": "0" if otc else "1",
        "memo": f"{take.number} {place}",
        "drugtracinfo": [],
        "pric": "8",
        "inv_chg_time": f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        "inv_chg_opter_name": "顾砚",
    }
    for batch, own in (
        (more, {"trdn_flag": "0", "inv_chg_type": "103", "cnt": "1", "manu_date": f"{clinic.today.year - 1}-01-05"}),
        (less, {"trdn_flag": "1", "inv_chg_type": "104", "cnt": str((3 / size).quantize(D("0.0001")))}),
    ):
        row = rows[str(batch.id)]
        expires = clinic.database.value("SELECT expires FROM stock_batch WHERE id = %s", batch.id)
        wanted = both | own | {"fixmedins_bchno": str(batch.id), "manu_lotnum": batch.lot, "expy_end": f"{expires:%Y-%m-%d}"}
        assert set(row) == set(wanted)
        numbers = {"pric", "cnt"}
        assert {name: row[name] for name in wanted if name not in numbers} == {
            name: value for name, value in wanted.items() if name not in numbers
        }
        assert {name: D(str(row[name])) for name in numbers} == {name: D(wanted[name]) for name in numbers}


# --- each move, once ----------------------------------------------------------------------------------------------------------------


def test_what_is_carried_leaves_one_store_and_comes_to_another(clinic: Bureau) -> None:
    batch = goods(clinic)
    size = _pack(clinic, batch)
    sent = clinic.desk(KEEPER).call(SendTransfer(out_of="STORE", lines=(batch.some(size * 4),)))
    clinic.upload()
    assert _told(clinic, batch) == [("106", D(10), "0"), ("102", D(4), "0")]
    short = Arrived(line_no=1, received=size * 2, damaged=size)
    clinic.desk(visits.PHARMACIST).call(ReceiveTransfer(number=sent.entry.number, lines=(short,), reason="压坏"))
    clinic.upload()
    assert _told(clinic, batch)[2:] == [("101", D(2), "0"), ("101", D(1), "0"), ("101", D(1), "0")]
    memos = [row["memo"] for row in clinic.at_bureau("3502") if row["fixmedins_bchno"] == str(batch.id)][2:]
    names = dict(clinic.rows("SELECT code, name FROM stock_location"))
    assert memos == [f"{sent.entry.number} {names[code]}" for code in ("PHARMACY", "STORE", "QUARANTINE")]
    clinic.desk(visits.PHARMACIST).call(HoldLot(drug_id=batch.drug_id, lot=batch.lot, reason=HoldReason.APPEARANCE))
    clinic.upload()
    assert sorted(_told(clinic, batch)[5:]) == [("101", D(2), "0"), ("101", D(7), "0"), ("102", D(2), "0"), ("102", D(7), "0")]
    assert _all_done(clinic)


def test_damage_is_told_and_undone_and_what_is_destroyed_is_told(clinic: Bureau) -> None:
    batch = goods(clinic)
    size = _pack(clinic, batch)
    damage = _signed(clinic, PaperKind.DAMAGE, batch, size)
    ask = Approve(act="stock_paper", subject_id=damage.entry.id, detail=f"{damage.entry.number} v1", login=MANAGER, password=PASSWORD)
    approval = clinic.desk(KEEPER).call(ask).approval_id
    clinic.desk(KEEPER).call(VoidPaper(number=damage.entry.number, reason="看错了", approval_id=approval))
    _signed(clinic, PaperKind.DAMAGE, batch, size * 2)
    _signed(clinic, PaperKind.DESTROY, batch, size * 2, "QUARANTINE", **BURNT)
    clinic.upload()
    one, two = D(1), D(2)
    spoilt, undone = [("104", one, "0"), ("106", one, "0")], [("107", one, "0"), ("106", one, "0")]
    destroyed = [("104", two, "0"), ("106", two, "0"), ("105", two, "0")]
    assert _told(clinic, batch) == [("106", D(10), "0"), *spoilt, *undone, *destroyed]
    assert _all_done(clinic)
    shown = {row.change for row in clinic.queue("3502")}
    assert shown == {"104", "105", "106", "107"}
    (rule,) = [rule for rule in INSURANCE if rule.name == "upload_subject"]
    assert clinic.rows(rule.breaches) == []


@pytest.mark.parametrize("fault", ["ERROR_AFTER", "RESET_AFTER", "ERROR_BEFORE"])
def test_a_change_whose_answer_was_lost_is_counted_once(clinic: Bureau, fault: str) -> None:
    batch = goods(clinic)
    clinic.bureau_fault(fault, "3502")
    clinic.upload()
    assert [(row.state, row.tries) for row in clinic.queue("3502")] == [("PENDING", 1)]
    clinic.due_again()
    clinic.desk(MANAGER).call(RetryUpload(upload_id=clinic.queue("3502")[0].id))
    clinic.upload()
    assert [(row.state, row.tries) for row in clinic.queue("3502")] == [("DONE", 2)]
    assert _told(clinic, batch) == [("106", D(10), "0")]


def test_what_was_refused_bears_a_new_number_the_next_time(clinic: Bureau) -> None:
    batch = goods(clinic)
    clinic.bureau_fault("REJECT", "3502", message="发送方报文ID重复")  # nothing was lost before: this is no answer to ours
    clinic.upload()
    assert [row.state for row in clinic.queue("3502")] == ["FAILED"]
    clinic.desk(MANAGER).call(RetryUpload())
    clinic.upload()
    assert _told(clinic, batch) == [("106", D(10), "0")]


# --- in its order -------------------------------------------------------------------------------------------------------------------


def test_nothing_of_a_batch_is_told_before_what_came_earlier(clinic: Bureau) -> None:
    clinic.database.run("UPDATE drug SET manufacturer = ''")
    batch, other = goods(clinic, invoice="I-7"), goods(clinic)
    number = _signed(clinic, PaperKind.DAMAGE, batch, _pack(clinic, batch)).entry.number
    clinic.upload()
    (bought,) = clinic.queue("3503")
    assert bought.state == "FAILED"  # the maker is not known
    assert _told(clinic, batch) == []
    assert _told(clinic, other) == [("106", D(10), "0")]
    waiting = [row for row in clinic.queue("3502") if row.state == "PENDING"]
    document = clinic.database.value("SELECT document FROM stock_move WHERE batch_id = %s AND kind = 'RECEIPT'", batch.id)
    assert [(row.about.split()[0], row.held, row.held_by) for row in waiting] == [(number, True, document)] * 2
    clinic.desk(MANAGER).call(DropUpload(upload_id=bought.id, reason="电话已与医保局确认"))
    clinic.upload()
    assert [kind for kind, _, _ in _told(clinic, batch)] == ["104", "106"]


# --- xinglin check ------------------------------------------------------------------------------------------------------------------


def test_a_paper_that_owes_a_report_and_has_none_is_found(clinic: Bureau) -> None:
    (rule,) = [rule for rule in INSURANCE if rule.name == "upload_owed"]
    before = goods(clinic)  # and nothing was owed then
    clinic.database.run("DELETE FROM insurance_upload")
    assert clinic.rows(rule.breaches) == []
    setup = clinic.desk(MANAGER).call(GetInsuranceSetup()).setup
    clinic.desk(MANAGER).call(SetInsuranceSetup(setup=setup))
    clinic.clock.by += timedelta(minutes=2)
    batch = goods(clinic, invoice="I-9")
    sent = clinic.desk(KEEPER).call(SendTransfer(out_of="STORE", lines=(before.some(1),)))
    _signed(clinic, PaperKind.DAMAGE, batch, _pack(clinic, batch))
    _signed(clinic, PaperKind.SUPPLIER_RETURN, batch, _pack(clinic, batch), supplier="国药控股")
    assert clinic.rows(rule.breaches) == []
    clinic.database.run(
        "DELETE FROM insurance_upload u USING stock_move m WHERE m.id = u.subject_id AND m.document = %s", sent.entry.number
    )
    assert [row[2] for row in clinic.rows(rule.breaches)] == [sent.entry.number]
    clinic.database.run("DELETE FROM insurance_upload")
    assert len(clinic.rows(rule.breaches)) == 5
