"""Who changes stock locks levels before batches and asks only then what there is: nothing is freed twice, and nothing slips past a hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg

from common.domain.returning import Condition, ReturnReason
from common.messages.catalogue import StockRow
from common.messages.consult import VoidPrescription
from common.messages.recalls import Issuer, OpenRecall
from common.messages.returns import ReturnDrugs, ReturnLine
from common.messages.store import ReceiveStock
from tests import visits
from tests.server.office import Office
from tests.server.test_dispatch import LOCKED, holding, wait_for
from tests.server.test_pharmacy import PHARMACIST, signed
from tests.server.test_recalls import is_sound
from tests.server.test_returns import handed

KEEPER = "kuyan"
D = Decimal
_LEVEL = "SELECT FROM stock_level l JOIN stock_location p ON p.id = l.location_id WHERE l.drug_id = %s AND p.code = %s FOR UPDATE OF l"


@contextmanager
def blocked(office: Office, act: Callable[[], Any], sql: str, *parameters: object) -> Iterator[tuple[psycopg.Connection[Any], list[Any]]]:
    """Somebody else's transaction that ``act`` waits for, and what came of it once that has ended."""
    outcome: list[Any] = []
    with holding(office, sql, *parameters) as other:
        thread = threading.Thread(target=lambda: outcome.append(act()))
        thread.start()
        wait_for(office, LOCKED)
        yield other, outcome
        other.commit()
        thread.join(60)


def test_what_somebody_else_lets_go_of_meanwhile_is_freed_once(office: Office) -> None:
    first, second = signed(office, "洛一"), signed(office, "洛二")  # the same drug, so that too little held would go unseen by the level
    line = first.lines[0]
    void = VoidPrescription(prescription_id=first.id, reason="换药")
    with blocked(office, lambda: office.desk(visits.DOCTOR).call(void), _LEVEL, line.drug_id, "PHARMACY") as (other, outcome):
        other.execute("UPDATE stock_reservation SET state = 'RELEASED' WHERE prescription_line_id = %s", [line.id])
        other.execute("UPDATE stock_level SET reserved = reserved - %s WHERE drug_id = %s AND reserved > 0", [line.quantity, line.drug_id])
    assert len(outcome) == 1
    held = office.database.value("SELECT sum(reserved) FROM stock_level WHERE drug_id = %s", line.drug_id)
    assert held == second.lines[0].quantity
    is_sound(office)


def _delivery(office: Office, drug: Any, lot: str) -> ReceiveStock:
    row = StockRow(drug_code=drug.code, lot=lot, expires=office.today + timedelta(days=400), packs=D(2), purchase_price=D(3))
    return ReceiveStock(rows=(row,))


def test_a_delivery_that_comes_in_at_this_moment_does_not_slip_past_a_recall(office: Office) -> None:
    drug = visits.drug(office, "布洛芬")
    recall = OpenRecall(drug_id=drug.id, lots=("坏批",), level=1, issuer=Issuer.SUPPLIER, document="召〔1〕")
    batch = (
        "WITH b AS (INSERT INTO stock_batch (drug_id, lot, expires, purchase_price, received_at) SELECT %(d)s, '坏批', %(e)s, 3, now() RETURNING id),"
        " l AS (UPDATE stock_level SET on_hand = on_hand + 7 WHERE drug_id = %(d)s AND location_id = (SELECT id FROM stock_location"
        " WHERE code = 'PHARMACY')), k AS (INSERT INTO stock_balance (location_id, drug_id, batch_id, expires, on_hand)"
        " SELECT p.id, %(d)s, b.id, %(e)s, 7 FROM b, stock_location p WHERE p.code = 'PHARMACY')"
        " INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, document, staff_id, at) SELECT 'ADJUST', p.id, %(d)s, b.id, 7,"
        " 'K1', s.id, now() FROM b, stock_location p, staff s WHERE p.code = 'PHARMACY' AND s.login = 'kuyan'"
    )
    with blocked(office, lambda: office.desk(PHARMACIST).call(recall), _LEVEL, drug.id, "PHARMACY") as (other, outcome):
        other.execute(batch, {"d": drug.id, "e": office.today + timedelta(days=400)})
    assert outcome[0].held.quantity == 7
    where = "SELECT p.code, b.on_hand FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id JOIN stock_location p ON p.id = b.location_id"
    assert office.rows(f"{where} WHERE s.lot = '坏批' AND b.on_hand > 0") == [("QUARANTINE", D(7))]
    is_sound(office)


def test_who_takes_goods_in_does_not_hold_a_batch_while_waiting_for_its_level(office: Office) -> None:
    drug = visits.drug(office, "布洛芬")
    keeper = office.desk(KEEPER)
    keeper.call(_delivery(office, drug, "同批"))
    again = _delivery(office, drug, "同批")
    with blocked(office, lambda: keeper.call(again), _LEVEL, drug.id, "PHARMACY") as (other, _):
        other.execute("SELECT FROM stock_batch WHERE lot = '同批' FOR UPDATE NOWAIT")  # as whoever books a move of it needs it
    assert office.database.value("SELECT sum(quantity) FROM stock_move m JOIN stock_batch b ON b.id = m.batch_id WHERE b.lot = '同批'") == (
        drug.pack_size * 4
    )


def test_what_comes_back_to_two_places_is_locked_in_the_order_of_all(office: Office) -> None:
    out, codes = handed(office, "洛三", 1, "布洛芬", "氯雷他定")
    low, high = sorted(range(2), key=lambda place: out.lines[place].drug_id)
    lines = tuple(
        ReturnLine(
            line_id=out.lines[place].line_id,
            batch_id=out.lines[place].lots[0].batch_id,
            quantity=out.lines[place].pack_size,
            condition=condition,
            codes=(codes[place],),
        )
        for place, condition in ((low, Condition.QUARANTINED), (high, Condition.SALEABLE))
    )
    office.database.run(
        "INSERT INTO stock_level (location_id, drug_id, on_hand) SELECT id, %s, 0 FROM stock_location WHERE code = 'QUARANTINE'"
        " ON CONFLICT DO NOTHING",
        out.lines[low].drug_id,
    )
    give_back = ReturnDrugs(prescription_id=out.prescription.id, reason=ReturnReason.DOCTOR_CHANGED, lines=lines)
    with blocked(office, lambda: office.desk(PHARMACIST).call(give_back), _LEVEL, out.lines[low].drug_id, "QUARANTINE") as (other, outcome):
        other.execute(f"{_LEVEL} NOWAIT", [out.lines[high].drug_id, "PHARMACY"])
    assert len(outcome) == 1
    is_sound(office)
