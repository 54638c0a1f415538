"""Orders from the draft to the last pack, and the plan that they come from."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import pytest

from common.errors import FieldWrong, NotFound, NotPermitted, WrongState
from common.messages.catalogue import StockRow
from common.messages.purchasing import (
    ApproveOrder,
    CloseOrder,
    GetOrder,
    ListOrders,
    MakeOrder,
    Order,
    PlanLine,
    PlanPurchase,
    SendOrder,
    SetPurchase,
    Wanted,
)
from common.messages.settlement import Approve
from common.messages.stock import SetMinStock
from common.messages.store import ReceiveStock
from common.money_errors import ApprovalNeeded, ApprovalNotValid
from common.purchasing_errors import MoreThanOrdered, NotOrdered
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office, at_once, refusals

KEEPER = "kuyan"
D = Decimal
SUPPLIER = "采购测试药业"


def wanted(office: Office, name: str, packs: str, price: str | None = "5") -> Wanted:
    return Wanted(drug_id=visits.drug(office, name).id, packs=D(packs), price=None if price is None else D(price))


def make(office: Office, *lines: Wanted, order_id: int | None = None) -> Order:
    supplier_id = visits.supplier(office, SUPPLIER)
    made = office.desk(KEEPER).call(MakeOrder(supplier_id=supplier_id, lines=lines, order_id=order_id))
    return order(office, made.number)


def order(office: Office, number: str) -> Order:
    return office.desk(visits.PHARMACIST).call(GetOrder(number=number))


def sent(office: Office, *lines: Wanted) -> Order:
    made = make(office, *lines)
    office.desk(visits.PHARMACIST).call(ApproveOrder(order_id=made.entry.id))
    office.desk(KEEPER).call(SendOrder(number=made.entry.number))
    return made


def row(office: Office, name: str, packs: str, price: str = "5", **fields: object) -> StockRow:
    found = visits.drug(office, name)
    expires = office.today + timedelta(days=700)
    return StockRow(drug_code=found.code, lot="O1", expires=expires, packs=D(packs), purchase_price=D(price), **fields)  # type: ignore[arg-type]


def receive(office: Office, number: str, *rows: StockRow, **fields: object) -> str:
    request = ReceiveStock(rows=rows, supplier=SUPPLIER, inspector="顾砚", order_number=number, **fields)  # type: ignore[arg-type]
    return office.desk(KEEPER).call(request).document_number


def test_an_order_goes_from_the_draft_to_the_last_pack(office: Office) -> None:
    made = make(office, wanted(office, "布洛芬", "10", "3.5"), wanted(office, "氯雷他定", "4"))
    entry = made.entry
    assert (entry.state, entry.lines, entry.open_lines, entry.value_fen, entry.number[0]) == ("DRAFT", 2, 2, 5500, "P")
    with pytest.raises(ApprovalNeeded):  # who made it does not approve it alone
        office.desk(KEEPER).call(ApproveOrder(order_id=entry.id))
    with pytest.raises(WrongState):
        office.desk(KEEPER).call(SendOrder(number=entry.number))
    office.desk("yuanzhang").call(ApproveOrder(order_id=entry.id))
    assert (order(office, entry.number).approved_by, order(office, entry.number).entry.state) == ("袁璋", "APPROVED")
    with pytest.raises(WrongState):
        receive(office, entry.number, row(office, "布洛芬", "1"))
    copies = [office.desk(KEEPER).call(SendOrder(number=entry.number)) for _ in range(2)]
    assert [copy.copy for copy in copies] == [1, 2]
    assert (copies[0].order.entry.state, copies[0].order.sent_by) == ("SENT", "顾砚")
    first = receive(office, entry.number, row(office, "布洛芬", "4", "3.5"), row(office, "布洛芬", "2", "3.8"))
    after = order(office, entry.number)
    assert (after.entry.state, after.entry.open_lines, after.receipts) == ("PART_RECEIVED", 2, (first,))
    assert [(line.packs, line.received, line.paid) for line in after.lines] == [(D(10), D(6), D("3.6")), (D(4), D(0), None)]
    second = receive(office, entry.number, row(office, "布洛芬", "4"), row(office, "氯雷他定", "4"), place="STORE")
    after = order(office, entry.number)
    assert (after.entry.state, after.entry.open_lines, after.receipts) == ("RECEIVED", 0, (first, second))
    assert after.ended_at is not None
    assert office.rows(
        "SELECT DISTINCT l.code FROM stock_move m JOIN stock_location l ON l.id = m.location_id WHERE m.document = %s", second
    ) == [("STORE",)]
    with pytest.raises(WrongState):
        receive(office, entry.number, row(office, "布洛芬", "1"))


def test_whoever_made_it_needs_a_second_person(office: Office) -> None:
    made = make(office, wanted(office, "布洛芬", "10"))
    desk = office.desk(KEEPER)

    def approved(amount: int) -> int:
        request = Approve(act="purchase_order", subject_id=made.entry.id, amount_fen=amount, login=visits.PHARMACIST, password=PASSWORD)
        return desk.call(request).approval_id

    with pytest.raises(ApprovalNotValid):  # the draft was worth less when they looked at it
        desk.call(ApproveOrder(order_id=made.entry.id, approval_id=approved(4999)))
    desk.call(ApproveOrder(order_id=made.entry.id, approval_id=approved(5000)))
    assert order(office, made.entry.number).approved_by == "苏叶"
    with pytest.raises(NotPermitted):
        office.desk(visits.CASHIER).call(ApproveOrder(order_id=made.entry.id))


def test_a_draft_is_written_anew_and_what_was_approved_stands(office: Office) -> None:
    made = make(office, wanted(office, "布洛芬", "10"))
    again = make(office, wanted(office, "氯雷他定", "3", None), order_id=made.entry.id)
    assert (again.entry.number, [line.drug for line in again.lines]) == (made.entry.number, [visits.drug(office, "氯雷他定").name])
    assert (again.lines[0].price, again.entry.value_fen) == (None, 0)
    office.desk(visits.PHARMACIST).call(ApproveOrder(order_id=made.entry.id))
    with pytest.raises(WrongState):
        make(office, wanted(office, "布洛芬", "10"), order_id=made.entry.id)
    import psycopg
    from psycopg import errors as pg

    for sql in ("UPDATE purchase_order_line SET packs = 99", "DELETE FROM purchase_order_line"):
        with psycopg.connect(office.database.owner_dsn) as connection, pytest.raises(pg.CheckViolation):
            connection.execute(f"{sql} WHERE order_id = %s", (made.entry.id,))


def test_bad_lines_are_refused(office: Office) -> None:
    good = wanted(office, "布洛芬", "10")
    with pytest.raises(FieldWrong, match=r"twice|两次"):
        make(office, good, good)
    for packs in ("0", "-1", "1.5"):
        with pytest.raises(FieldWrong):
            make(office, wanted(office, "布洛芬", packs))
    with pytest.raises(FieldWrong):
        make(office, wanted(office, "布洛芬", "1", "-1"))
    with pytest.raises(NotFound):
        make(office, Wanted(drug_id=10**6, packs=D(1)))
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(MakeOrder(supplier_id=10**6, lines=(good,)))


def test_more_than_ordered_only_with_a_reason_and_nothing_else_at_all(office: Office) -> None:
    number = sent(office, wanted(office, "布洛芬", "5")).entry.number
    with pytest.raises(NotOrdered):
        receive(office, number, row(office, "氯雷他定", "1"))
    with pytest.raises(MoreThanOrdered) as refused:
        receive(office, number, row(office, "布洛芬", "4"), row(office, "布洛芬", "2"))
    assert (refused.value.came, refused.value.awaited) == (D(6), D(5))
    receive(office, number, row(office, "布洛芬", "5"), row(office, "布洛芬", "9", accepted=False, appearance="破损"))
    assert order(office, number).entry.state == "RECEIVED"
    number = sent(office, wanted(office, "布洛芬", "5")).entry.number
    receipt = receive(office, number, row(office, "布洛芬", "6"), surplus_reason="赠送一盒")
    assert office.rows("SELECT surplus_reason FROM stock_receipt WHERE number = %s", receipt) == [("赠送一盒",)]
    with pytest.raises(FieldWrong):
        visits.supplier(office, "别家药业")
        office.desk(KEEPER).call(
            ReceiveStock(
                rows=(row(office, "布洛芬", "1"),),
                supplier="别家药业",
                inspector="顾砚",
                order_number=sent(office, wanted(office, "布洛芬", "5")).entry.number,
            )
        )


def test_no_more_is_waited_for(office: Office) -> None:
    made = sent(office, wanted(office, "布洛芬", "5"))
    receive(office, made.entry.number, row(office, "布洛芬", "1"))
    office.desk(KEEPER).call(CloseOrder(order_id=made.entry.id, reason="厂家断货"))
    closed = order(office, made.entry.number)
    assert (closed.entry.state, closed.end_reason, closed.ended_by) == ("CLOSED", "厂家断货", "顾砚")
    with pytest.raises(WrongState):
        receive(office, made.entry.number, row(office, "布洛芬", "1"))
    draft = make(office, wanted(office, "布洛芬", "5"))
    office.desk(KEEPER).call(CloseOrder(order_id=draft.entry.id, reason="重复"))
    with pytest.raises(WrongState):  # never approved: there is nothing to print
        office.desk(KEEPER).call(SendOrder(number=draft.entry.number))


def test_two_deliveries_at_once_never_receive_too_much(office: Office) -> None:
    number = sent(office, wanted(office, "布洛芬", "5")).entry.number
    outcomes = at_once(*(lambda: receive(office, number, row(office, "布洛芬", "3")) for _ in range(3)))
    assert len(refusals(outcomes)) == 2
    assert {type(refused) for refused in refusals(outcomes)} == {MoreThanOrdered}
    assert [line.received for line in order(office, number).lines] == [D(3)]


def test_orders_are_found(office: Office) -> None:
    done, waiting = sent(office, wanted(office, "蒙脱石", "5")), sent(office, wanted(office, "蒙脱石", "6"))
    office.desk(KEEPER).call(CloseOrder(order_id=done.entry.id, reason="不要了"))
    draft = make(office, wanted(office, "蒙脱石", "7"))

    def numbers(**fields: object) -> list[str]:
        found = office.desk(visits.PHARMACIST).call(ListOrders(**fields)).orders  # type: ignore[arg-type]
        return [entry.number for entry in found if entry.id >= done.entry.id]

    mine = [draft.entry.number, waiting.entry.number, done.entry.number]
    for text in ("", SUPPLIER, "蒙脱石", "mts"):
        assert numbers(text=text) == mine
    assert numbers(open_only=True) == mine[:2]
    assert numbers(awaited=True) == mine[1:2]
    assert numbers(text=waiting.entry.number.lower()) == [waiting.entry.number]
    assert numbers(text="没有") == []


# --- the plan ----------------------------------------------------------------------------------------------------------------------


def planned(office: Office, name: str, **fields: object) -> PlanLine:
    request = PlanPurchase(text=visits.drug(office, name).code, everything=True, **fields)  # type: ignore[arg-type]
    (line,) = office.desk(KEEPER).call(request).lines
    return line


def dispense(office: Office, name: str) -> None:
    patient = visits.new_patient(office).id
    visit = visits.register(office, patient).visit_id
    visits.consult(office, visit)
    prescription = visits.prescribe(office, visit, name)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient)
    visits.hand_over(office, prescription.id)


def test_the_plan_says_what_it_knows(own_office: Office) -> None:
    office = own_office
    name = "布洛芬"
    found = visits.drug(office, name)
    before = planned(office, name)
    assert (before.why.suggested, before.why.mean, before.why.there, before.supplier) == (0, D(0), found.free, "样例医药公司")
    dispense(office, name)
    used = sum((r[0] for r in office.rows("SELECT -quantity FROM stock_move WHERE kind = 'DISPENSE' AND drug_id = %s", found.id)), D(0))
    assert used > 0
    assert planned(office, name).why.mean == 0  # today is not over
    office.clock.by = timedelta(days=4)
    line = planned(office, name)
    assert (line.why.days, line.why.mean, line.why.there) == (4, round(used / 4, 4), found.free - used)
    assert line.why.deviation > 0
    assert line.why.lead_days == 3
    office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=found.free))
    low = planned(office, name)
    assert low.why.suggested == math.ceil(used / found.pack_size)
    (asked,) = (x for x in office.desk(KEEPER).call(PlanPurchase()).lines if x.drug_id == found.id)
    assert asked == low


def test_cases_suppliers_and_what_is_on_order(office: Office) -> None:
    found = visits.drug(office, "蒙脱石")
    supplier_id = visits.supplier(office, SUPPLIER)
    usable = planned(office, "蒙脱石")
    least = usable.why.there + usable.why.on_order + 5 * found.pack_size
    office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=least))
    assert planned(office, "蒙脱石").why.suggested == 5
    office.desk(KEEPER).call(SetPurchase(drug_id=found.id, supplier_id=supplier_id, case_packs=4))
    line = planned(office, "蒙脱石")
    assert (line.why.suggested, line.supplier_id, line.supplier, line.case_packs) == (8, supplier_id, SUPPLIER, 4)
    make(office, Wanted(drug_id=found.id, packs=D(3), why=line.why))
    after = planned(office, "蒙脱石")
    assert (after.why.on_order - line.why.on_order, after.why.suggested) == (3 * found.pack_size, 4)
    kept = office.desk(KEEPER).call(ListOrders(text="蒙脱石")).orders[0]
    assert order(office, kept.number).lines[0].why == line.why
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(SetPurchase(drug_id=found.id, supplier_id=10**6))
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(PlanPurchase())
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(PlanPurchase(service=85))
