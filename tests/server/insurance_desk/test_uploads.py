"""The queue of uploads: entered with what it tells of, retried until it is in, and shown."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from common.domain.returning import Condition, ReturnReason
from common.errors import NotFound
from common.messages.catalogue import StockRow
from common.messages.insurance_upload import DropUpload, ListUploads, RetryUpload, UploadQueue
from common.messages.returns import GetReturnable, ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.store import ReceiveStock
from server.catalogue.starter import starter
from tests import visits
from tests.server.insurance_desk.conftest import MANAGER, Bureau
from tests.server.insurance_desk.selling import dispensed, pharmacists_known


@pytest.fixture
def clinic(bureau: Bureau) -> Bureau:
    bureau.insure()
    pharmacists_known(bureau)
    return bureau


def _queue(bureau: Bureau, *, done: bool = False) -> UploadQueue:
    return bureau.desk(MANAGER).call(ListUploads(done=done))


def _received(bureau: Bureau) -> None:
    code = starter("drugs")[0].code
    row = StockRow(drug_code=code, lot="L1", expires=bureau.today + timedelta(days=400), packs=Decimal(20), purchase_price=Decimal("9.80"))
    bureau.desk("kuyan").call(ReceiveStock(rows=(row, row), supplier="甲医药"))


def test_nothing_is_entered_where_nobody_is_told(bureau: Bureau) -> None:
    bureau.database.run("UPDATE insurance_setup SET connected = false")
    dispensed(bureau, "布洛芬")
    _received(bureau)
    assert _queue(bureau, done=True).rows == ()


def test_sale_record_and_receipt_are_told(clinic: Bureau) -> None:
    dispensed(clinic, "布洛芬", "氯雷他定")
    _received(clinic)
    queue = _queue(clinic)
    assert sorted(row.infno for row in queue.rows) == ["3502", "3502", "3505A", "4301"]
    assert (queue.waiting, queue.failed) == (4, 0)
    assert queue.oldest is not None
    clinic.upload()
    told = _queue(clinic, done=True)
    assert {(row.infno, row.state, row.error) for row in told.rows} == {("3502", "DONE", ""), ("3505A", "DONE", ""), ("4301", "DONE", "")}
    assert (told.waiting, told.failed, told.done_today) == (0, 0, 4)
    payload = clinic.database.value("SELECT payload FROM insurance_upload WHERE infno = '3505A'")
    codes = [code for sale in payload["sales"] for code in sale["drug"]["codes"]]
    assert len(codes) == len(set(codes)) == clinic.database.value("SELECT count(*) FROM dispensed_code")
    sold = sum(Decimal(str(sale["quantity"])) for sale in payload["sales"])
    packs = "SELECT sum(k.quantity / d.pack_size) FROM pick k JOIN stock_batch b ON b.id = k.batch_id JOIN drug d ON d.id = b.drug_id"
    assert sold == clinic.database.value(f"{packs} WHERE k.state = 'HANDED_OVER'")
    value = sum(Decimal(str(sale["quantity"])) * Decimal(str(sale["price"])) for sale in payload["sales"])
    assert round(value * 100) == clinic.database.value("SELECT sum(amount_fen) FROM prescription_line")


def test_a_broken_line_delays_and_a_second_telling_is_no_fault(clinic: Bureau) -> None:
    dispensed(clinic, "布洛芬")
    clinic.bureau_fault("ERROR_AFTER", "3505A")
    clinic.upload()
    waiting = {row.infno: row for row in _queue(clinic).rows}
    assert waiting["3505A"].tries == 1
    assert waiting["3505A"].error
    assert waiting["3505A"].next_try_at > waiting["3505A"].entered_at
    clinic.due_again()
    clinic.upload()  # the bureau has it already, and says so
    assert _queue(clinic).rows == ()


def test_what_is_missing_here_is_said_and_sent_once_it_is_there(clinic: Bureau) -> None:
    clinic.database.run("DELETE FROM insurance_code WHERE kind = 'pharmacist'")
    dispensed(clinic, "布洛芬")
    clinic.upload()
    (lacking,) = _queue(clinic).rows
    assert (lacking.infno, lacking.state) == ("3505A", "FAILED")
    assert "苏叶" in lacking.error
    clinic.database.run("INSERT INTO insurance_code (kind, own_id, code) SELECT 'pharmacist', id, 'Y1' FROM staff WHERE login = 'suye'")
    clinic.desk(MANAGER).call(RetryUpload())
    clinic.upload()
    assert _queue(clinic).rows == ()


def test_a_hand_over_that_was_undone_is_not_told(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "布洛芬")
    clinic.database.run(
        "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, prescription_line_id, document, reverses, staff_id, at)"
        " SELECT m.kind, m.location_id, m.drug_id, m.batch_id, -m.quantity, m.prescription_line_id, m.document, m.id, m.staff_id, m.at"
        " FROM stock_move m JOIN prescription_line l ON l.id = m.prescription_line_id WHERE l.prescription_id = %s",
        prescription_id,
    )
    clinic.upload()
    (kept,) = _queue(clinic).rows
    assert (kept.infno, kept.state, bool(kept.error)) == ("3505A", "FAILED", True)


def test_what_came_back_is_told_after_its_sale_with_its_codes(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "氯雷他定")
    pharmacist = clinic.desk(visits.PHARMACIST)
    (line,) = pharmacist.call(GetReturnable(prescription_id=prescription_id)).lines
    lot, codes = line.lots[0], tuple(code.code for code in line.codes)
    lines = (ReturnLine(line_id=line.line_id, batch_id=lot.batch_id, quantity=lot.handed, condition=Condition.QUARANTINED, codes=codes),)
    pharmacist.call(ReturnDrugs(prescription_id=prescription_id, reason=ReturnReason.ADVERSE_REACTION, lines=lines))
    clinic.bureau_fault("ERROR_BEFORE", "3505A")
    clinic.upload()
    assert {row.infno for row in _queue(clinic).rows} >= {"3505A", "3506"}  # the sale is not there yet
    clinic.bureau_fault("ERROR_AFTER", "3506")
    for _ in range(3):
        clinic.due_again()
        clinic.upload()
    assert len(clinic.at_bureau("3506")) == 1
    assert [(row.infno, row.error) for row in _queue(clinic).rows] == []
    told = clinic.database.value("SELECT payload->'returned' FROM insurance_upload WHERE infno = '3506'")
    sold = clinic.database.value("SELECT payload->'sales' FROM insurance_upload WHERE infno = '3505A'")
    assert told["returns"] in {sale["line_number"] for sale in sold}
    assert sorted(told["drug"]["codes"]) == sorted(codes) == sorted(code for sale in sold for code in sale["drug"]["codes"])
    assert Decimal(str(told["quantity"])) == lot.handed / line.pack_size


def test_a_hand_over_that_was_undone_is_told_when_it_was_made_again(clinic: Bureau) -> None:
    prescription_id = dispensed(clinic, "布洛芬")
    clinic.desk(visits.PHARMACIST).call(UndoDispense(prescription_id=prescription_id, reason=UndoReason.MISTAKE))
    assert "3505A" not in {row.infno for row in _queue(clinic).rows}
    visits.hand_over(clinic, prescription_id)
    clinic.upload()
    assert _queue(clinic).rows == ()
    assert clinic.database.value("SELECT state FROM insurance_upload WHERE infno = '3505A' ORDER BY id DESC LIMIT 1") == "DONE"


def test_a_refused_row_is_dropped_with_a_reason(clinic: Bureau) -> None:
    clinic.database.run("UPDATE insurance_upload SET state = 'DROPPED'")
    dispensed(clinic, "布洛芬")
    clinic.bureau_fault("REJECT", "3505A", message="追溯码已销售")
    clinic.upload()
    (refused,) = [row for row in _queue(clinic).rows if row.state == "FAILED"]
    assert "追溯码已销售" in refused.error
    clinic.desk(MANAGER).call(DropUpload(upload_id=refused.id, reason="电话已与医保局确认"))
    assert _queue(clinic).rows == ()
    with pytest.raises(NotFound):
        clinic.desk(MANAGER).call(RetryUpload(upload_id=refused.id))
    with pytest.raises(NotFound):
        clinic.desk(MANAGER).call(DropUpload(upload_id=refused.id, reason="再次"))
