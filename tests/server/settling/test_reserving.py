"""Stock that is held from payment, where somebody outside is asked: claimed before any money is taken, and let go when nobody pays."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.messages.windows import PharmacyRules, ReserveAt, SetPharmacyRules
from common.window_errors import DrugGone
from tests.server.settling.shop import Shop, by_code


def _from_payment(shop: Shop) -> None:
    shop.desk("yuanzhang").call(SetPharmacyRules(rules=PharmacyRules(reserve_at=ReserveAt.PAYMENT)))


def _held(shop: Shop, patient_id: int) -> list[tuple[str, Decimal]]:
    sql = (
        "SELECT r.state, v.reserved FROM prescription p JOIN prescription_line l ON l.prescription_id = p.id"
        " JOIN stock_reservation r ON r.prescription_line_id = l.id JOIN stock_level v ON v.drug_id = r.drug_id AND v.location_id = r.location_id"
        " WHERE p.patient_id = %s"
    )
    return shop.rows(sql, patient_id)


def test_a_refused_code_lets_the_stock_go_and_the_next_try_claims_it_again(shop: Shop) -> None:
    _from_payment(shop)
    shop.fault("REJECT", "pay", message="余额不足")
    due = shop.debtor()
    assert _held(shop, due.patient_id) == []
    begun = shop.begin(due, by_code(due.total_fen))
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
    ((state, reserved),) = _held(shop, due.patient_id)
    assert (state, reserved) == ("RELEASED", Decimal(0))
    again = shop.begin(due, by_code(due.total_fen))
    assert shop.until(again, "DONE", "FAILED").state == "DONE"
    ((state, reserved),) = _held(shop, due.patient_id)
    assert state == "HELD"
    assert reserved > 0


def test_a_refused_code_keeps_what_was_held_from_signing(shop: Shop) -> None:
    shop.fault("REJECT", "pay", message="余额不足")
    due = shop.debtor()
    _from_payment(shop)  # the rule changes while the prescription is open
    begun = shop.begin(due, by_code(due.total_fen))
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
    assert [state for state, _reserved in _held(shop, due.patient_id)] == ["HELD"]


def test_nobody_outside_is_asked_for_what_is_gone(shop: Shop) -> None:
    _from_payment(shop)
    due = shop.debtor()
    shop.database.run("UPDATE stock_level SET reserved = on_hand")  # somebody else holds everything
    try:
        with pytest.raises(DrugGone):
            shop.begin(due, by_code(due.total_fen))
        assert shop.rows("SELECT 1 FROM channel_call") == []
        assert shop.rows("SELECT 1 FROM settlement WHERE patient_id = %s AND kind = 'SALE'", due.patient_id) == []
    finally:
        shop.database.run("UPDATE stock_level SET reserved = 0")
