"""What the bureau is told of goods: purchases (3503), returns to the supplier (3504), and the stock of a moment (3501A)."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from common.errors import FieldWrong, NotFound
from common.messages.catalogue import StockRow
from common.messages.insurance_upload import DropUpload, ListStockPlaces, ListUploads, ReportStock, RetryUpload, StockPlace
from common.messages.store import ReceiveStock
from common.messages.store_papers import ApprovePaper, DraftPaper, PaperKind, Taken
from common.settling_errors import NotConnected
from server.catalogue.starter import starter
from server.insurance import uploads as up
from server.insurance.upload_inputs import stock_taken_batch
from server.insurance_desk import stock_take
from server.insurance_desk.asks import ClaimUpload, RecordUpload
from server.insurance_desk.line import perform
from tests import visits
from tests.server.insurance_desk.conftest import MANAGER, Bureau

KEEPER = "kuyan"


@pytest.fixture
def clinic(bureau: Bureau) -> Bureau:
    bureau.insure()
    return bureau


def _row(clinic: Bureau, lot: str = "L1", packs: str = "20", made_days_ago: int | None = 90, drug: int = 0) -> StockRow:
    made = None if made_days_ago is None else clinic.today - timedelta(days=made_days_ago)
    return StockRow(
        drug_code=starter("drugs")[drug].code,
        lot=lot,
        expires=clinic.today + timedelta(days=400),
        packs=Decimal(packs),
        purchase_price=Decimal("9.80"),
        made=made,
    )


def _know(clinic: Bureau) -> None:
    """The bureau's list of drugs is downloaded."""
    clinic.database.run(
        "INSERT INTO insurance_catalogue (list_type, code, name, manufacturer, approval_number, version, row)"
        " SELECT m.list_type, m.med_list_codg, d.name, '某制药有限公司', '国药准字H10900001', '1', '{}' FROM insurance_mapping m"
        " JOIN drug d ON d.id = m.own_id WHERE m.own_kind = 'drug'"
    )


@pytest.fixture(autouse=True)
def supplier(clinic: Bureau) -> None:
    """Whom the goods of these tests come from."""
    visits.supplier(clinic, "甲医药")


# --- purchases ---------------------------------------------------------------------------------------------------------------------


def test_a_purchase_is_told_once_a_batch_with_its_papers(clinic: Bureau) -> None:
    _know(clinic)
    before = len(clinic.at_bureau("3503"))
    invoice = f"044002600{clinic.serial()}"
    rows = (_row(clinic), _row(clinic, packs="5"), _row(clinic, lot="L2", drug=1))
    clinic.desk(KEEPER).call(ReceiveStock(rows=rows, supplier="甲医药", invoice=invoice, delivery_note="SH-1"))
    assert [row.infno for row in clinic.desk(MANAGER).call(ListUploads()).rows] == ["3503", "3503"]
    clinic.upload()
    assert {(row.state, row.error) for row in clinic.queue("3503")} == {("DONE", "")}
    told = [row for row in clinic.at_bureau("3503")[before:] if row["purc_invo_no"] == invoice]
    assert [Decimal(str(row["purc_retn_cnt"])) for row in told] == [25, 20]
    assert {(row["spler_name"], row["prdr_name"], row["aprvno"], row["dynt_no"]) for row in told} == {
        ("甲医药", "某制药有限公司", "国药准字H10900001", "SH-1")
    }
    assert {row["manu_date"] for row in told} == {f"{clinic.today - timedelta(days=90):%Y-%m-%d}"}


def test_what_the_list_of_drugs_says_is_waited_for(clinic: Bureau) -> None:
    clinic.database.run("UPDATE drug SET manufacturer = ''")
    clinic.desk(KEEPER).call(ReceiveStock(rows=(_row(clinic),), supplier="甲医药", invoice=f"I{clinic.serial()}"))
    clinic.upload()
    (lacking,) = clinic.queue("3503")
    assert lacking.state == "FAILED"
    assert starter("drugs")[0].name in lacking.error
    _know(clinic)
    clinic.desk(MANAGER).call(RetryUpload())
    clinic.upload()
    assert [row.state for row in clinic.queue("3503")] == ["DONE"]


def test_a_lost_purchase_is_sent_again_and_not_booked_twice(clinic: Bureau) -> None:
    _know(clinic)
    before = len(clinic.at_bureau("3503"))
    clinic.desk(KEEPER).call(ReceiveStock(rows=(_row(clinic),), supplier="甲医药", invoice=f"I{clinic.serial()}"))
    clinic.bureau_fault("ERROR_AFTER", "3503")
    clinic.upload()
    assert [(row.state, row.tries) for row in clinic.queue("3503")] == [("PENDING", 1)]
    clinic.due_again()
    clinic.upload()
    assert [row.state for row in clinic.queue("3503")] == ["DONE"]
    assert len(clinic.at_bureau("3503")) == before + 1


@pytest.mark.parametrize(("supplier", "made_days_ago"), [("", 90), ("甲医药", None), ("甲医药", -500)])
def test_an_invoice_needs_its_supplier_and_the_day_of_making(clinic: Bureau, supplier: str, made_days_ago: int | None) -> None:
    request = ReceiveStock(rows=(_row(clinic, made_days_ago=made_days_ago),), supplier=supplier, invoice="I1")
    with pytest.raises(FieldWrong):
        clinic.desk(KEEPER).call(request)
    assert clinic.rows("SELECT count(*) FROM insurance_upload") == [(0,)]


# --- back to the supplier ----------------------------------------------------------------------------------------------------------


def _give_back(clinic: Bureau, lot: str, *packs: tuple[str, int]) -> str:
    """So many packs of a lot out of each place, signed by the manager; the paper's number."""
    batch_id, size = clinic.rows("SELECT b.id, b.pack_size FROM stock_batch b JOIN drug d ON d.id = b.drug_id WHERE b.lot = %s", lot)[0]
    lines = tuple(Taken(batch_id=batch_id, place=place, quantity=size * count) for place, count in packs)
    draft = DraftPaper(kind=PaperKind.SUPPLIER_RETURN, lines=lines, reason="近效期", supplier="甲医药")
    number = clinic.desk(KEEPER).call(draft).entry.number
    clinic.desk(MANAGER).call(ApprovePaper(number=number, version=1))
    return number


def test_what_goes_back_to_its_supplier_is_told_after_its_purchase(clinic: Bureau) -> None:
    _know(clinic)
    lot, invoice = f"B{clinic.serial()}", f"044002600{clinic.serial()}"
    clinic.desk(KEEPER).call(
        ReceiveStock(rows=(_row(clinic, lot=lot),), supplier="甲医药", invoice=invoice, delivery_note="SH-1", place="STORE")
    )
    clinic.bureau_fault("ERROR_BEFORE", "3503")
    clinic.upload()
    size = clinic.rows("SELECT b.pack_size FROM stock_batch b JOIN drug d ON d.id = b.drug_id WHERE b.lot = %s", lot)[0][0]
    batch_id = clinic.database.value("SELECT id FROM stock_batch WHERE lot = %s", lot)
    damage = DraftPaper(kind=PaperKind.DAMAGE, lines=(Taken(batch_id=batch_id, place="STORE", quantity=size),), reason="破损")
    clinic.desk(MANAGER).call(ApprovePaper(number=clinic.desk(KEEPER).call(damage).entry.number, version=1))
    number = _give_back(clinic, lot, ("STORE", 2), ("QUARANTINE", 1))
    clinic.upload()
    assert [row.state for row in clinic.queue("3504")] == ["PENDING"]  # the purchase is not there yet
    clinic.due_again()
    clinic.upload()
    clinic.upload()
    assert {(row.state, row.error) for row in (*clinic.queue("3503"), *clinic.queue("3504"))} == {("DONE", "")}
    (told,) = [row for row in clinic.at_bureau("3504") if row["fixmedins_bchno"] == str(batch_id)]
    assert (Decimal(str(told["purc_retn_cnt"])), told["purc_invo_no"], told["spler_name"]) == (Decimal(3), invoice, "甲医药")
    assert (told["manu_lotnum"], told["aprvno"], told["memo"]) == (lot, "国药准字H10900001", number)
    assert told["manu_date"] == f"{clinic.today - timedelta(days=90):%Y-%m-%d}"


def test_what_came_without_an_invoice_goes_back_as_another_change(clinic: Bureau) -> None:
    lot = f"B{clinic.serial()}"
    clinic.desk(KEEPER).call(ReceiveStock(rows=(_row(clinic, lot=lot),), supplier="甲医药", place="STORE"))
    _give_back(clinic, lot, ("STORE", 4))
    clinic.upload()
    assert not clinic.queue("3504")
    assert [(row.state, row.error) for row in clinic.queue("3502")] == [("DONE", "")] * 2
    told = [row for row in clinic.at_bureau("3502") if row["manu_lotnum"] == lot]
    assert [(row["inv_chg_type"], Decimal(str(row["cnt"]))) for row in told] == [("106", Decimal(20)), ("107", Decimal(4))]


# --- the stock of a moment ---------------------------------------------------------------------------------------------------------


def _place(clinic: Bureau) -> StockPlace:
    return clinic.desk(MANAGER).call(ListStockPlaces()).places[0]


def test_the_stock_of_a_moment_in_parts(clinic: Bureau) -> None:
    place = _place(clinic)
    assert (place.unmapped, place.told_at) == (0, None)
    before = len(clinic.at_bureau("3501"))
    told = clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    assert (told.batches, told.parts, told.unmapped) == (place.batches, -(-place.batches // stock_take.PART), 0)
    assert told.parts > 1
    held = dict(
        clinic.rows("SELECT b.batch_id::text, round(b.on_hand / d.pack_size, 4) FROM stock_balance b JOIN drug d ON d.id = b.drug_id")
    )
    clinic.desk(KEEPER).call(ReceiveStock(rows=(_row(clinic),)))  # after the moment
    clinic.upload()
    assert {(row.state, row.error) for row in clinic.queue("3501A")} == {("DONE", "")}
    rows = clinic.at_bureau("3501")[before:]
    assert {row["fixmedins_bchno"]: Decimal(str(row["inv_cnt"])) for row in rows} == held
    assert {(row["invdate"], row["memo"]) for row in rows} == {(f"{clinic.today:%Y-%m-%d}", place.name)}
    assert place.name in clinic.queue("3501A")[0].about
    assert _place(clinic).told_at is not None


def test_what_has_no_code_holds_up_nothing_else(clinic: Bureau) -> None:
    first = "WHERE own_kind = 'drug' AND own_id = (SELECT min(drug_id) FROM stock_balance)"
    clinic.database.run(f"UPDATE insurance_mapping SET upload = 'WITHDRAWN' {first}")
    place = _place(clinic)
    told = clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    assert told.unmapped == place.unmapped > 0
    clinic.upload()
    assert [row.state for row in clinic.queue("3501A")].count("FAILED") == 1
    clinic.database.run(f"UPDATE insurance_mapping SET upload = 'PENDING' {first}")
    clinic.desk(MANAGER).call(RetryUpload())
    clinic.upload()
    assert {row.state for row in clinic.queue("3501A")} == {"DONE"}


def test_a_new_report_takes_the_place_of_what_was_not_sent(clinic: Bureau) -> None:
    place = _place(clinic)
    clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    clinic.desk(KEEPER).call(ReceiveStock(rows=(_row(clinic),)))
    again = clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    waiting = [row for row in clinic.queue("3501A") if row.state == "PENDING"]
    assert len(waiting) == again.parts
    clinic.upload()
    assert {row.state for row in clinic.queue("3501A")} <= {"DONE", "DROPPED"}


def test_an_answer_to_the_earlier_report_is_not_taken_for_the_new_one(clinic: Bureau) -> None:
    place = _place(clinic)
    clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    under_way = perform(clinic.house, ClaimUpload()).upload
    assert under_way is not None
    clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    perform(clinic.house, RecordUpload(upload_id=under_way.id, turn=under_way.turn, state="DONE"))
    assert {row.state for row in clinic.queue("3501A")} == {"PENDING"}


def test_a_lost_part_is_sent_again_as_it_was(clinic: Bureau) -> None:
    place = _place(clinic)
    clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    clinic.bureau_fault("RESET_AFTER", "3501A")
    clinic.upload()
    clinic.due_again()
    clinic.upload()
    assert {row.state for row in clinic.queue("3501A")} == {"DONE"}


def test_nothing_is_reported_where_nobody_is_told_or_nothing_lies(clinic: Bureau) -> None:
    manager, place = clinic.desk(MANAGER), _place(clinic)
    with pytest.raises(NotFound):
        manager.call(ReportStock(location_id=99_999))
    clinic.database.run("INSERT INTO stock_location (code, name) VALUES ('EMPTY', '二级库')")
    empty = clinic.database.value("SELECT id FROM stock_location WHERE code = 'EMPTY'")
    with pytest.raises(FieldWrong):
        manager.call(ReportStock(location_id=empty))
    clinic.database.run("UPDATE insurance_setup SET connected = false")
    with pytest.raises(NotConnected):
        manager.call(ReportStock(location_id=place.location_id))
    assert clinic.rows("SELECT count(*) FROM insurance_upload") == [(0,)]


def test_a_refused_batch_is_named_and_the_part_dropped_with_a_reason(clinic: Bureau) -> None:
    place = _place(clinic)
    clinic.desk(MANAGER).call(ReportStock(location_id=place.location_id))
    clinic.database.run("UPDATE drug SET code = '' WHERE id = (SELECT min(drug_id) FROM stock_balance)")  # the bureau demands it
    clinic.upload()
    (refused,) = [row for row in clinic.queue("3501A") if row.state == "FAILED"]
    assert "fixmedins_hilist_id" in refused.error
    clinic.desk(MANAGER).call(DropUpload(upload_id=refused.id, reason="改正后重新盘存"))


def test_a_part_of_the_largest_batches_goes_over_the_wire(clinic: Bureau) -> None:
    drug = up.Drug(
        med_list_codg="X" * 50,
        own_code="D" * 30,
        own_name="药" * 200,
        batch_number="9" * 20,
        lot="L" * 30,
        made=clinic.today,
        expires=clinic.today,
        prescription_drug=True,
        memo="中心药房" * 5,
    )
    one = up.StockTaken(drug=drug, on=clinic.today, quantity=Decimal("123456789012.1234"))
    asked = stock_taken_batch((one,) * stock_take.PART)
    assert len(json.dumps(asked, ensure_ascii=False, default=str)) <= 40_000
