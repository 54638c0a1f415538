"""Months that are closed: the account by place, drug and kind of move, to the fen; what refuses a close; and what a closed month refuses."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg import errors as pg

from common.counting_errors import MonthNotNext, MonthNotOver, PapersOpen
from common.messages.catalogue import StockRow
from common.messages.settlement import Approve
from common.messages.stock_months import (
    CloseStockMonth,
    GetStockMonth,
    ListStockMonths,
    PrintStockMonth,
    ReopenStockMonth,
    StockMonth,
)
from common.messages.stock_take import Choice, OpenStockTake, VoidStockTake
from common.messages.store import ReceiveStock
from installer.sample import PASSWORD
from server.check.counting import CLOSED_MONTHS
from server.check.stock import STOCK
from tests import visits
from tests.server.office import Office, at_once, refusals, successes

KEEPER = "kuyan"
D = Decimal


def receive(office: Office, name: str, packs: str, price: str) -> None:
    found = visits.drug(office, name)
    expires = date(office.today.year + 2, 6, 30)
    row = StockRow(drug_code=found.code, lot=f"L{packs}", expires=expires, packs=D(packs), purchase_price=D(price))
    office.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="国药控股"))


def dispense(office: Office, name: str = "布洛芬") -> None:
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id, name)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient.id)
    visits.hand_over(office, prescription.id)


def after(office: Office, month: date, days: int = 0) -> None:
    """The clock stands behind the month's end."""
    begins = datetime(month.year, month.month, 1, tzinfo=office.clock.zone)
    ends = (begins + timedelta(days=32)).replace(day=1)
    office.clock.by = timedelta()
    office.clock.by = ends + timedelta(days=days, minutes=6) - office.clock.now()


def close(office: Office, month: date) -> StockMonth:
    return office.desk(KEEPER).call(CloseStockMonth(month=month))


def following(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def reopen(office: Office, close_id: int) -> None:
    ask = Approve(act="stock_month", subject_id=close_id, login=visits.PHARMACIST, password=PASSWORD)
    approval = office.desk(KEEPER).call(ask).approval_id
    office.desk(KEEPER).call(ReopenStockMonth(close_id=close_id, reason="补录单据", approval_id=approval))


def adds_up(month: StockMonth) -> None:
    for place in month.places:
        assert place.opening_fen + sum(kind.came_fen - kind.went_fen for kind in place.kinds) == place.closing_fen
    for drug in month.drugs:
        assert drug.opening + drug.came - drug.went == drug.closing
        assert drug.opening_fen + drug.came_fen - drug.went_fen == drug.closing_fen


def test_opening_and_what_came_and_went_is_the_closing_to_the_fen(own_office: Office) -> None:
    office = own_office
    receive(office, "布洛芬", "7", "9.99")
    dispense(office)
    first = office.today.replace(day=1)
    after(office, first)
    told = close(office, first)
    adds_up(told)
    assert (told.entry.number[0], told.entry.month, told.entry.opening_fen) == ("M", first, 0)
    moved = dict(
        office.rows(
            "SELECT m.drug_id, sum(m.quantity) FROM stock_move m JOIN stock_location p ON p.id = m.location_id WHERE p.code = 'PHARMACY' GROUP BY 1"
        )
    )
    assert {drug.drug_id: drug.closing for drug in told.drugs} == moved
    worth = office.rows(
        "SELECT sum(round(b.on_hand * s.purchase_price / d.pack_size * 100)) FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id"
        " JOIN drug d ON d.id = b.drug_id"
    )
    assert told.entry.closing_fen == worth[0][0]
    assert {kind.kind for kind in told.places[0].kinds} == {"RECEIPT", "DISPENSE"}
    receive(office, "布洛芬", "3", "11.11")
    second = following(first)
    after(office, second)
    then = close(office, second)
    adds_up(then)
    assert then.entry.opening_fen == told.entry.closing_fen
    assert {drug.drug_id: drug.opening for drug in then.drugs} == moved
    assert then.places[0].kinds[0].came_fen == 3333
    assert office.desk(KEEPER).call(GetStockMonth(close_id=told.entry.id)).drugs == told.drugs
    assert [office.desk(KEEPER).call(PrintStockMonth(close_id=told.entry.id)).copy for _ in range(2)] == [1, 2]


def test_a_month_is_closed_once_it_is_over_and_in_its_turn(own_office: Office) -> None:
    office = own_office
    first = office.today.replace(day=1)
    assert office.desk(KEEPER).call(ListStockMonths()).next == first
    with pytest.raises(MonthNotOver):
        close(office, first)
    after(office, first)
    with pytest.raises(MonthNotNext) as refused:
        close(office, following(first))
    assert refused.value.month == f"{first:%Y-%m}"
    outcomes = at_once(*(lambda: close(office, first) for _ in range(2)))
    assert (len(successes(outcomes)), [type(each) for each in refusals(outcomes)]) == (1, [MonthNotNext])
    assert office.desk(KEEPER).call(ListStockMonths()).next == following(first)


def test_open_papers_are_named_and_refuse_the_close(own_office: Office) -> None:
    office = own_office
    take = office.desk(KEEPER).call(OpenStockTake(choice=Choice.ALL))
    first = office.today.replace(day=1)
    after(office, first)
    told = office.desk(KEEPER).call(ListStockMonths())
    assert [(paper.kind, paper.number) for paper in told.papers] == [("Stock-take", take.number)]
    with pytest.raises(PapersOpen) as refused:
        close(office, first)
    assert take.number in refused.value.sentence()
    office.desk(KEEPER).call(VoidStockTake(take_id=take.id, reason="月结前作废"))
    close(office, first)


def test_nothing_is_dated_into_a_closed_month(own_office: Office) -> None:
    office = own_office
    first = office.today.replace(day=1)
    after(office, first)
    told = close(office, first)
    office.clock.by = timedelta()
    with pytest.raises(pg.RestrictViolation, match="closed month"), psycopg.connect(office.database.dsn) as connection:
        connection.execute(
            "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, document, staff_id, at)"
            " SELECT 'ADJUST', location_id, drug_id, batch_id, 1, 'X', staff_id, now() FROM stock_move LIMIT 1"
        )
    after(office, first)
    reopen(office, told.entry.id)
    office.clock.by = timedelta()
    receive(office, "布洛芬", "2", "10")
    after(office, first)
    again = close(office, first)
    assert again.entry.closing_fen == told.entry.closing_fen + 2000
    months = office.desk(KEEPER).call(ListStockMonths()).months
    assert [(month.reopened_at is None, month.latest) for month in months] == [(True, True), (False, False)]


def test_only_the_latest_is_opened_again_and_by_two(own_office: Office) -> None:
    office = own_office
    from common.money_errors import ApprovalNeeded

    first = office.today.replace(day=1)
    after(office, first)
    one = close(office, first)
    after(office, following(first))
    two = close(office, following(first))
    with pytest.raises(MonthNotNext):
        reopen(office, one.entry.id)
    with pytest.raises(ApprovalNeeded):
        office.desk(KEEPER).call(ReopenStockMonth(close_id=two.entry.id, reason="补录单据"))
    reopen(office, two.entry.id)
    with pytest.raises(MonthNotNext):
        reopen(office, two.entry.id)
    reopen(office, one.entry.id)
    assert office.desk(KEEPER).call(ListStockMonths()).next == first


def test_a_drug_that_is_packed_otherwise_leaves_the_closed_months_comparable(own_office: Office) -> None:
    office = own_office
    receive(office, "布洛芬", "7", "9.99")
    found = visits.drug(office, "布洛芬")
    first = office.today.replace(day=1)
    after(office, first)
    told = close(office, first)
    office.database.run("UPDATE drug SET pack_size = pack_size * 3 WHERE id = %s", found.id)
    receive(office, "布洛芬", "7", "9.99")  # the same lot at the same price, in bigger packs
    second = following(first)
    after(office, second)
    then = close(office, second)
    adds_up(then)
    assert then.entry.opening_fen == told.entry.closing_fen
    assert then.entry.closing_fen == told.entry.closing_fen + 6993
    assert office.rows("SELECT count(*), count(DISTINCT pack_size) FROM stock_batch WHERE drug_id = %s AND lot = 'L7'", found.id) == [
        (2, 2)
    ]
    assert office.rows("SELECT count(*) FROM stock_receipt_line WHERE lot = 'L7'") == [(2,)]
    for rule in (*CLOSED_MONTHS, *STOCK):
        assert office.connections.of_thread().execute(rule.breaches, {"zone": "Asia/Shanghai"}).fetchall() == [], rule.name
