"""Goods in, and what is on the shelf."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from common.errors import FieldWrong, Malformed, NotFound
from common.messages.catalogue import DrugFacts, StockRow
from common.messages.store import GetStock, ReceiveStock
from tests import visits
from tests.server.office import Office, at_once, changed, refusals

KEEPER = "kuyan"
D = Decimal


def row(office: Office, found: DrugFacts, lot: str = "L1", **fields: object) -> StockRow:
    expires = date(office.today.year + 2, 1, 31)
    return changed(StockRow(drug_code=found.code, lot=lot, expires=expires, packs=D(2), purchase_price=D("3.33")), **fields)


def totals(office: Office, drug_id: int) -> tuple[Decimal, Decimal, Decimal]:
    """Level, sum of balances and sum of moves: one and the same."""
    return office.rows(
        "SELECT (SELECT on_hand FROM stock_level WHERE drug_id = %s), (SELECT sum(on_hand) FROM stock_balance WHERE drug_id = %s),"
        " (SELECT sum(quantity) FROM stock_move WHERE drug_id = %s)",
        drug_id,
        drug_id,
        drug_id,
    )[0]


def test_goods_are_booked_in_base_units(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    before = totals(office, found.id)[0]
    received = office.desk(KEEPER).call(ReceiveStock(rows=(row(office, found, packs=D("2.5")),), supplier="某公司"))
    assert received.document_number.startswith("R")
    assert totals(office, found.id) == (before + found.pack_size * D("2.5"),) * 3
    shelf = office.desk(KEEPER).call(GetStock(drug_id=found.id)).batches
    assert [batch.expires for batch in shelf] == sorted(batch.expires for batch in shelf)
    (batch,) = (batch for batch in shelf if batch.lot == "L1")
    assert (batch.on_hand, batch.unit) == (found.pack_size * D("2.5"), found.base_unit)


def test_the_same_batch_again_adds_to_it(office: Office) -> None:
    found = visits.drug(office, "氯雷他定")
    for _ in range(2):
        office.desk(KEEPER).call(ReceiveStock(rows=(row(office, found), row(office, found))))
    shelf = [batch for batch in office.desk(KEEPER).call(GetStock(drug_id=found.id)).batches if batch.lot == "L1"]
    assert [batch.on_hand for batch in shelf] == [found.pack_size * 8]


def test_one_bad_row_keeps_all_out(office: Office) -> None:
    found = visits.drug(office, "蒙脱石")
    good, before = row(office, found), totals(office, found.id)
    wrong = [
        (changed(good, packs=D(0)), FieldWrong),
        (changed(good, packs=D(-1)), FieldWrong),
        (changed(good, packs=D("0.00001")), FieldWrong),
        (changed(good, packs=D("NaN")), Malformed),
        (changed(good, packs=D("Infinity")), Malformed),
        (changed(good, purchase_price=D("NaN")), Malformed),
        (changed(good, packs=D("1E+999999")), Malformed),
        (changed(good, purchase_price=D("1E-999999")), Malformed),
        (changed(good, purchase_price=D("-0.01")), FieldWrong),
        (changed(good, expires=office.today - timedelta(days=1)), FieldWrong),
        (changed(good, drug_code="D9999"), NotFound),
    ]
    for bad, kind in wrong:
        with pytest.raises(kind):
            office.desk(KEEPER).call(ReceiveStock(rows=(good, bad)))
    assert totals(office, found.id) == before


def test_deliveries_at_once_in_opposite_order_all_arrive(own_office: Office) -> None:
    drugs = [visits.drug(own_office, name) for name in ("布洛芬", "氯雷他定")]
    before = [totals(own_office, found.id)[0] for found in drugs]
    requests = [ReceiveStock(rows=tuple(row(own_office, found) for found in order)) for order in (drugs, drugs[::-1]) * 3]
    outcomes = at_once(*(partial(own_office.desk(KEEPER).call, request) for request in requests))
    assert refusals(outcomes) == []
    assert len({received.document_number for received in outcomes}) == 6
    for found, was in zip(drugs, before, strict=True):
        assert totals(own_office, found.id) == (was + found.pack_size * 12,) * 3
