"""Settlements through payment channels: collected once, whatever the line does."""

from __future__ import annotations

import pytest

from common.errors import TendersDoNotCover
from common.messages.cashier import GetUnpaid, Settle, Tender, TenderKind
from common.messages.settlement import CancelSettlement, ListOpenSettlements
from common.settling_errors import ChannelCodeWrong, LinesHeld
from tests.server.settling.shop import CASHIER, Shop, by_code, cash


def test_a_code_collects_and_the_bill_is_booked(shop: Shop) -> None:
    due = shop.debtor()
    begun = shop.begin(due, by_code(due.total_fen))
    done = shop.until(begun, "DONE", "FAILED")
    assert done.state == "DONE"
    assert done.settled is not None
    assert done.settled.total_fen == due.total_fen
    order = shop.order_of(begun)
    assert shop.book(order) == [("PAY", due.total_fen)]
    assert shop.rows("SELECT state, bill_id FROM payment WHERE settlement_id = %s", begun.id) == [("PAID", done.settled.bill_id)]
    assert shop.rows("SELECT account, amount_fen FROM ledger_posting WHERE account LIKE 'tender:%%' ORDER BY id DESC LIMIT 1") == [
        ("tender:wechat", due.total_fen)
    ]
    assert shop.desk(CASHIER).call(GetUnpaid(patient_id=due.patient_id)).lines == ()


def test_cash_and_a_code_together(shop: Shop) -> None:
    due = shop.debtor()
    begun = shop.begin(due, cash(100), by_code(due.total_fen - 100))
    done = shop.until(begun, "DONE", "FAILED")
    assert done.settled is not None
    assert {tender.kind: tender.amount_fen for tender in done.settled.receipt.tenders} == {
        TenderKind.CASH: 100,
        TenderKind.WECHAT: due.total_fen - 100,
    }


def test_the_lines_are_held_meanwhile(shop: Shop) -> None:
    due = shop.debtor()
    waiting: list[tuple[int, dict[int, str]]] = []
    set_out, shop.dispatch.set_out = shop.dispatch.set_out, lambda id, codes: waiting.append((id, codes))
    begun = shop.begin(due, by_code(due.total_fen))
    lines = tuple(line.id for line in due.lines)
    request = Settle(patient_id=due.patient_id, line_ids=lines, expected_fen=due.total_fen, tenders=(cash(due.total_fen),))
    with pytest.raises(LinesHeld):
        shop.desk("jinxing").call(request)
    with pytest.raises(LinesHeld):
        shop.begin(due, by_code(due.total_fen))
    assert [s.id for s in shop.desk(CASHIER).call(ListOpenSettlements(mine=True)).settlements] == [begun.id]
    for settlement, codes in waiting:
        set_out(settlement, codes)
    assert shop.until(begun, "DONE", "FAILED").state == "DONE"


def test_a_refused_code_leaves_everything_as_it_was(shop: Shop) -> None:
    shop.fault("REJECT", "pay", message="余额不足")
    due = shop.debtor()
    begun = shop.begin(due, by_code(due.total_fen))
    failed = shop.until(begun, "DONE", "FAILED")
    assert failed.state == "FAILED"
    assert failed.failure is not None
    assert (failed.failure.error, failed.failure.fields["message"]) == ("PaymentRefused", "余额不足")
    again = shop.begin(due, by_code(due.total_fen))
    assert shop.until(again, "DONE", "FAILED").state == "DONE"


@pytest.mark.parametrize(
    "fault", ["SILENT_AFTER", "RESET_AFTER", "CUT_AFTER", "GARBAGE", "WRONG_AMOUNT", "WRONG_ORDER", "WRONG_SIGNATURE", "ERROR_AFTER"]
)
def test_a_lost_answer_is_asked_for(database, channels, bureau, fault: str) -> None:  # type: ignore[no-untyped-def]
    channels.control("clear")
    shop = Shop(database, channels, bureau, seconds=1)
    try:
        channels.control("faults", [{"kind": fault, "act": "pay"}])
        due = shop.debtor()
        begun = shop.begin(due, by_code(due.total_fen))
        done = shop.until(begun, "DONE", "FAILED")
        assert done.state == "DONE"
        assert shop.book(shop.order_of(begun)) == [("PAY", due.total_fen)]
    finally:
        shop.close()
        channels.control("clear")


@pytest.mark.parametrize("fault", ["SILENT_BEFORE", "RESET_BEFORE", "ERROR_BEFORE"])
def test_what_never_arrived_is_closed_and_given_up(database, channels, bureau, fault: str) -> None:  # type: ignore[no-untyped-def]
    channels.control("clear")
    shop = Shop(database, channels, bureau, seconds=1)
    try:
        channels.control("faults", [{"kind": fault, "act": "pay"}])
        due = shop.debtor()
        begun = shop.begin(due, by_code(due.total_fen))
        assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
        assert shop.book(shop.order_of(begun)) == []
        again = shop.begin(due, by_code(due.total_fen))
        assert shop.until(again, "DONE", "FAILED").state == "DONE"
    finally:
        shop.close()
        channels.control("clear")


def test_one_of_two_codes_refused_gives_the_other_back(shop: Shop) -> None:
    due = shop.debtor()
    shop.fault("SLOW", "pay")
    shop.fault("REJECT", "pay", message="no")
    begun = shop.begin(due, by_code(100), by_code(due.total_fen - 100))
    assert shop.until(begun, "DONE", "FAILED").state == "FAILED"
    assert shop.book(shop.order_of(begun)) == [("PAY", 100), ("REFUND", 100)]
    assert shop.rows("SELECT state FROM payment WHERE settlement_id = %s ORDER BY id", begun.id) == [("REFUNDED",), ("VOIDED",)]


def test_a_person_who_does_not_pay_can_be_given_up(shop: Shop) -> None:
    due = shop.debtor()
    begun = shop.begin(due, by_code(due.total_fen, tail="900006"))
    shop.wait_for(lambda: shop.now(begun), lambda facts: bool(facts.steps), shop.errands)
    shop.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    ended = shop.until(begun, "DONE", "FAILED")
    assert ended.state == "FAILED"
    assert sum(fen if act == "PAY" else -fen for act, fen in shop.book(shop.order_of(begun))) == 0
    assert shop.desk(CASHIER).call(GetUnpaid(patient_id=due.patient_id)).lines == due.lines


@pytest.mark.parametrize(("tail", "state"), [("900004", "DONE"), ("900005", "FAILED"), ("900001", "FAILED")])
def test_a_person_types_the_password(shop: Shop, tail: str, state: str) -> None:
    due = shop.debtor()
    begun = shop.begin(due, by_code(due.total_fen, tail=tail))
    assert shop.until(begun, "DONE", "FAILED").state == state
    assert shop.book(shop.order_of(begun)) == ([("PAY", due.total_fen)] if state == "DONE" else [])


def test_wrong_codes_and_amounts_are_refused_at_once(shop: Shop) -> None:
    due = shop.debtor()
    with pytest.raises(ChannelCodeWrong):
        shop.begin(due, Tender(kind=TenderKind.ALIPAY, amount_fen=due.total_fen, code=by_code(1).code))
    with pytest.raises(TendersDoNotCover):
        shop.begin(due, by_code(due.total_fen - 1))
    assert shop.rows("SELECT count(*) FROM settlement") == [(0,)]


def test_another_service_goes_on_when_one_dies(shop: Shop) -> None:
    """The process dies between the commit and the question: the code is lost with it, nothing was taken."""
    due = shop.debtor()
    shop.dispatch.set_out = lambda _settlement, _codes: None
    begun = shop.begin(due, by_code(due.total_fen))
    other = shop.another_service()
    try:
        failed = shop.until(begun, "DONE", "FAILED", sweep=other)
        assert failed.failure is not None
        assert failed.failure.error == "CodeLost"
    finally:
        other.close()


def test_a_refund_goes_back_through_its_channel(shop: Shop) -> None:
    due = shop.debtor()
    paid = shop.until(shop.begin(due, by_code(due.total_fen)), "DONE", "FAILED")
    assert paid.settled is not None
    approval = None
    refund = shop.until(shop.refund(paid.settled.bill_id, approval_id=approval), "DONE", "FAILED")
    assert refund.refunded is not None
    assert refund.refunded.back == {TenderKind.WECHAT: due.total_fen}
    assert shop.book(shop.order_of(paid)) == [("PAY", due.total_fen), ("REFUND", due.total_fen)]
    assert shop.rows("SELECT state FROM charge_line WHERE bill_id = %s", paid.settled.bill_id) == [("REFUNDED",)] * len(due.lines)
    assert shop.rows("SELECT DISTINCT state FROM prescription WHERE patient_id = %s", due.patient_id) == [("VOIDED",)]
