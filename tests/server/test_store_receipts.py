"""Goods in as they were inspected, and what packs teach."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from common.errors import FieldWrong, NotFound, NotPermitted
from common.messages.catalogue import StockRow
from common.messages.receipts import BindPrefix, FindGoods, GetGoodsReceipt, ListReceipts, ListSuppliers, PrintReceipt
from common.messages.settlement import Approve
from common.messages.store import ReceiveStock
from common.money_errors import ApprovalNeeded, ApprovalNotValid
from common.store_errors import CodeBound, NotCold
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office, changed

KEEPER = "kuyan"
D = Decimal


def row(office: Office, name: str = "布洛芬", **fields: object) -> StockRow:
    expires = date(office.today.year + 2, 1, 31)
    base = StockRow(
        drug_code=visits.drug(office, name).code,
        lot="L1",
        expires=expires,
        packs=D(2),
        purchase_price=D("3.335"),
        made=date(office.today.year - 1, 2, 1),
        approval_number="国药准字H20013062",
        appearance="完好",
    )
    return changed(base, **fields)


def receive(office: Office, *rows: StockRow, **fields: object) -> str:
    request = ReceiveStock(rows=rows, supplier="国药控股", invoice="FP01", delivery_note="SH01", inspector="顾砚")
    request = changed(request, **fields)
    visits.supplier(office, request.supplier)
    return office.desk(KEEPER).call(request).document_number


def on_hand(office: Office, name: str = "布洛芬") -> Decimal:
    return office.rows("SELECT on_hand FROM stock_level WHERE drug_id = %s", visits.drug(office, name).id)[0][0]  # type: ignore[no-any-return]


def test_a_receipt_is_what_was_inspected(office: Office) -> None:
    before = on_hand(office)
    bad = row(office, lot="L2", appearance="破损", accepted=False, packs=D(1), expires=office.today - timedelta(days=3))
    number = receive(office, row(office), row(office), bad)
    receipt = office.desk(visits.PHARMACIST).call(GetGoodsReceipt(number=number))
    entry = receipt.entry
    assert (entry.supplier, entry.invoice, entry.delivery_note, entry.inspector, entry.by) == ("国药控股", "FP01", "SH01", "顾砚", "顾砚")
    assert (entry.lines, entry.rejected, entry.value_fen) == (3, 1, 1334)
    assert [(line.lot, line.packs, line.value_fen, line.accepted) for line in receipt.lines] == [
        ("L1", D(2), 667, True),
        ("L1", D(2), 667, True),
        ("L2", D(1), 334, False),
    ]
    first = receipt.lines[0]
    assert (first.approval_number, first.appearance, first.made) == ("国药准字H20013062", "完好", row(office).made)
    assert receipt.clinic == "杏林诊所"
    assert on_hand(office) == before + 4 * visits.drug(office, "布洛芬").pack_size
    moved = "SELECT sum(m.quantity) FROM stock_move m JOIN stock_receipt_line l ON l.batch_id = m.batch_id WHERE m.document = %s AND l.line_no = 1"
    assert office.rows(moved, number)[0][0] == 4 * visits.drug(office, "布洛芬").pack_size


def test_nothing_accepted_is_nothing_to_book_in(office: Office) -> None:
    with pytest.raises(FieldWrong):
        receive(office, row(office, accepted=False))


def test_cold_goods_need_their_temperature(office: Office) -> None:
    cold = office.rows("SELECT name FROM drug WHERE storage = 'fridge' ORDER BY id LIMIT 1")[0][0]
    good = row(office, cold)
    for celsius in (None, D("1.9"), D("8.1"), D("20")):
        with pytest.raises(NotCold):
            receive(office, row(office), good, temperature=celsius)
    number = receive(office, row(office), good, temperature=D("5.5"))
    assert office.desk(KEEPER).call(GetGoodsReceipt(number=number)).temperature == D("5.5")
    receive(office, row(office), changed(good, accepted=False))
    receive(office, good, inspector="")  # an opening stock is not accepted, it is there
    with pytest.raises(FieldWrong):
        receive(office, good, temperature=D("5.55"))


def test_receipts_are_found(office: Office) -> None:
    number = receive(office, row(office, "蒙脱石", lot="MTS77"), supplier="九州通")
    keeper = office.desk(KEEPER)
    for text in (number.lower(), "九州", "MTS77", "蒙脱石", "mts"):
        numbers = [found.number for found in keeper.call(ListReceipts(first_day=office.today, last_day=office.today, text=text)).receipts]
        assert numbers[0] == number, text
        assert len(numbers) == 1 or text in ("蒙脱石", "mts")  # the sample clinic's own goods
    everything = keeper.call(ListReceipts(first_day=office.today, last_day=office.today))
    assert everything.receipts[0].number == number
    assert not everything.more
    assert not keeper.call(ListReceipts(first_day=date(2020, 1, 1), last_day=date(2020, 1, 2))).receipts
    assert "九州通" in keeper.call(ListSuppliers()).names
    with pytest.raises(NotFound):
        keeper.call(GetGoodsReceipt(number="R0"))


def test_copies_are_counted(office: Office) -> None:
    number = receive(office, row(office))
    copies = [office.desk(KEEPER).call(PrintReceipt(number=number)) for _ in range(3)]
    assert [copy.copy for copy in copies] == [1, 2, 3]
    assert {copy.by for copy in copies} == {"顾砚"}
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(PrintReceipt(number=number))


def test_the_drug_in_the_hand(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    receive(office, row(office, purchase_price=D("4.5")))
    barcode = office.rows("SELECT code FROM drug_code WHERE kind = 'barcode' AND drug_id = %s", found.id)[0][0]
    for text in (found.code, "布洛芬", "blf", barcode, f"010{barcode}17280131" + "10A1"):
        goods = office.desk(KEEPER).call(FindGoods(text=text)).goods
        assert found.id in {one.drug_id for one in goods}, text
    (one,) = office.desk(KEEPER).call(FindGoods(text=barcode)).goods
    assert (one.last_price, one.last_approval) == (D("4.5"), "国药准字H20013062")
    assert not office.desk(KEEPER).call(FindGoods(text=" ")).goods


def agreed(office: Office, drug_id: int, prefix: str, by: str = visits.PHARMACIST) -> int:
    request = Approve(act="trace_prefix", subject_id=drug_id, detail=prefix, login=by, password=PASSWORD)
    return office.desk(KEEPER).call(request).approval_id


def test_a_new_prefix_is_learned_by_two_people(office: Office) -> None:
    found, code = visits.drug(office, "布洛芬"), "83777770000000000001"
    keeper = office.desk(KEEPER)
    assert keeper.call(FindGoods(text=code)).unknown_prefix == code[:7]
    with pytest.raises(ApprovalNeeded):
        keeper.call(BindPrefix(prefix=code[:7], drug_id=found.id))
    with pytest.raises(ApprovalNotValid):
        keeper.call(BindPrefix(prefix=code[:7], drug_id=found.id, approval_id=agreed(office, found.id, "8000000")))
    with pytest.raises(NotPermitted):
        agreed(office, found.id, code[:7], by=visits.CASHIER)
    keeper.call(BindPrefix(prefix=code[:7], drug_id=found.id, approval_id=agreed(office, found.id, code[:7])))
    reply = keeper.call(FindGoods(text=code))
    assert ([one.drug_id for one in reply.goods], reply.unknown_prefix) == ([found.id], "")


def test_a_known_prefix_stays_its_drugs(office: Office) -> None:
    prefix, owner = office.rows("SELECT code, drug_id FROM drug_code WHERE kind = 'trace_prefix' ORDER BY code LIMIT 1")[0]
    other = office.rows("SELECT max(id) FROM drug WHERE id <> %s", owner)[0][0]
    with pytest.raises(CodeBound):
        office.desk(KEEPER).call(BindPrefix(prefix=prefix, drug_id=other, approval_id=agreed(office, other, prefix)))
    office.desk(KEEPER).call(BindPrefix(prefix=prefix, drug_id=owner, approval_id=agreed(office, owner, prefix)))
    assert office.rows("SELECT drug_id FROM drug_code WHERE code = %s", prefix) == [(owner,)]
