"""Refunds at the desk: whole and partial, always the mirror of the sale, back by the way it came."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from common.errors import AmountChanged, NothingToSettle, PartOfPrescription, RequestIdReused, TendersDoNotCover
from common.messages.cashier import ChargeFacts, Settle, Settled, Tender, TenderKind
from common.messages.pharmacy import PickPrescription
from common.messages.settlement import BeginSettlement, CancelSettlement, GetMoneyRules, PlanRefund, RefundBill, RefundLine, SetMoneyRules
from common.money_errors import ApprovalNeeded
from common.settling_errors import LineNotRefundable
from common.wire import new_request_id
from tests import visits
from tests.server.settling.shop import CASHIER, Shop, by_code, cash, lines_by_hand


def settle(shop: Shop, patient_id: int, lines: tuple[ChargeFacts, ...], *tenders: Tender) -> Settled:
    total = sum(line.amount_fen for line in lines)
    ids = tuple(line.id for line in lines)
    return shop.desk(CASHIER).call(Settle(patient_id=patient_id, line_ids=ids, expected_fen=total, tenders=tenders or (cash(total),)))


def accounts(shop: Shop, patient_id: int) -> dict[str, int]:
    """What the bills over a patient's manual charges come to, by ledger account."""
    return dict(
        shop.rows(
            "SELECT p.account, sum(p.amount_fen)::bigint FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
            " JOIN bill b ON b.id = o.bill_id WHERE b.patient_id = %s AND EXISTS (SELECT FROM ledger_posting q JOIN charge_line d"
            " ON d.id = q.charge_line_id WHERE q.operation_id = o.id AND d.source = 'service') GROUP BY p.account",
            patient_id,
        )
    )


def test_one_of_three_lines_goes_back_and_the_rest_is_billed_anew(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("12.50", "2"), ("30.00", "1"), ("0.07", "3"))
    paid = settle(shop, patient_id, lines)
    done = shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[1].id))
    assert done.state == "DONE"
    assert done.refunded is not None
    refund = done.refunded
    assert refund.back == {TenderKind.CASH: 3000}
    assert refund.refund.total_fen == -paid.total_fen
    assert refund.rest is not None
    assert refund.rest.total_fen == paid.total_fen - 3000
    assert refund.rest.rest_of == refund.refund.refund_of == paid.bill_number
    assert refund.rest.rest_of_invoice == refund.refund.refund_of_invoice == paid.invoice_number != paid.bill_number
    assert accounts(shop, patient_id) == {"tender:cash": 2521, "income:treatment": -2521}
    states = shop.rows(
        "SELECT state, refunded_fen, refunded_quantity FROM charge_line WHERE patient_id = %s AND source = 'service' ORDER BY id",
        patient_id,
    )
    assert states == [("SETTLED", 0, 0), ("REFUNDED", 3000, 1), ("SETTLED", 0, 0)]


def test_a_part_of_a_line_and_then_the_rest_of_it(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("3.333", "3"))
    paid = settle(shop, patient_id, lines)
    first = shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id, quantity=Decimal(1)))
    assert first.refunded is not None
    assert first.refunded.rest is not None
    assert first.refunded.back_fen == 333
    second = shop.refund(first.refunded.rest.bill_id, RefundLine(charge_line_id=lines[0].id))
    assert second.refunded is not None
    assert second.refunded.back_fen == 667
    assert second.refunded.rest is None
    assert set(accounts(shop, patient_id).values()) == {0}
    with pytest.raises(NothingToSettle):
        shop.refund(first.refunded.rest.bill_id, RefundLine(charge_line_id=lines[0].id))


def test_what_left_the_drawer_last_goes_back_last(shop: Shop) -> None:
    """Paid 20.00 in cash and 30.00 by card: 15.00 go back by card, and another 20.00 by both."""
    patient_id, lines = lines_by_hand(shop, ("15.00", "1"), ("20.00", "1"), ("15.00", "1"))
    paid = settle(shop, patient_id, lines, cash(2000), Tender(kind=TenderKind.CARD, amount_fen=3000, reference="776655"))
    first = shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))
    assert first.refunded is not None
    assert first.refunded.back == {TenderKind.CARD: 1500}
    assert first.refunded.rest is not None
    second = shop.refund(first.refunded.rest.bill_id, RefundLine(charge_line_id=lines[1].id))
    assert second.refunded is not None
    assert second.refunded.back == {TenderKind.CARD: 1500, TenderKind.CASH: 500}


def test_cash_rounding_is_a_line_of_its_own_and_goes_back(shop: Shop) -> None:
    rules = shop.desk("admin").call(GetMoneyRules())
    shop.desk("yuanzhang").call(SetMoneyRules(rules=msgspec.structs.replace(rules, cash_rounding="half_up")))
    patient_id, lines = lines_by_hand(shop, ("1.23", "1"), ("2.46", "1"))
    total = 369
    with pytest.raises(TendersDoNotCover):
        settle(shop, patient_id, lines, cash(total))
    paid = settle(shop, patient_id, lines, cash(370))
    assert (paid.total_fen, paid.receipt.rounding_fen) == (370, 1)
    first = shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))
    assert first.refunded is not None
    assert first.refunded.rest is not None
    assert (first.refunded.rest.total_fen, first.refunded.rest.rounding_fen) == (250, 4)
    assert first.refunded.back == {TenderKind.CASH: 120}
    last = shop.refund(first.refunded.rest.bill_id, RefundLine(charge_line_id=lines[1].id))
    assert last.refunded is not None
    assert last.refunded.back == {TenderKind.CASH: 250}
    assert set(accounts(shop, patient_id).values()) == {0}


def test_a_waiver_belongs_to_its_lines(shop: Shop) -> None:
    rules = shop.desk("admin").call(GetMoneyRules())
    shop.desk("yuanzhang").call(SetMoneyRules(rules=msgspec.structs.replace(rules, waiver_limits={"cashier": 1000})))
    patient_id, lines = lines_by_hand(shop, ("30.00", "1"), ("70.00", "1"))
    paid = settle(shop, patient_id, lines, cash(9000), Tender(kind=TenderKind.WAIVER, amount_fen=1000, reference="困难减免"))
    done = shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))
    assert done.refunded is not None
    assert done.refunded.back == {TenderKind.CASH: 2700}
    assert done.refunded.rest is not None
    assert {t.kind: t.amount_fen for t in done.refunded.rest.tenders} == {TenderKind.CASH: 6300, TenderKind.WAIVER: 700}


def test_part_of_a_channels_payment_goes_back_through_it_twice(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"), ("20.00", "1"), ("30.00", "1"))
    begun = shop.desk(CASHIER).call(
        BeginSettlement(patient_id=patient_id, line_ids=tuple(x.id for x in lines), expected_fen=6000, tenders=(by_code(6000),))
    )
    paid = shop.until(begun, "DONE", "FAILED")
    assert paid.settled is not None
    first = shop.until(shop.refund(paid.settled.bill_id, RefundLine(charge_line_id=lines[0].id)), "DONE", "FAILED")
    assert first.refunded is not None
    assert first.refunded.rest is not None
    second = shop.until(shop.refund(first.refunded.rest.bill_id, RefundLine(charge_line_id=lines[1].id)), "DONE", "FAILED")
    assert second.refunded is not None
    assert second.refunded.back == {TenderKind.WECHAT: 2000}
    assert shop.book(shop.order_of(paid)) == [("PAY", 6000), ("REFUND", 1000), ("REFUND", 2000)]


def test_a_prescription_goes_back_whole_and_not_once_it_is_picked(shop: Shop) -> None:
    due = shop.debtor()
    paid = settle(shop, due.patient_id, due.lines)
    if len(due.lines) > 1:
        with pytest.raises(PartOfPrescription):
            shop.refund(paid.bill_id, RefundLine(charge_line_id=due.lines[0].id))
    prescription_id = shop.rows("SELECT id FROM prescription WHERE patient_id = %s", due.patient_id)[0][0]
    shop.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=prescription_id))
    with pytest.raises(LineNotRefundable):
        shop.refund(paid.bill_id, *(RefundLine(charge_line_id=line.id) for line in due.lines))


def test_a_later_day_needs_a_second_person(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"))
    paid = settle(shop, patient_id, lines)
    shop.clock.by = timedelta(days=1)
    plan = shop.desk(CASHIER).call(PlanRefund(bill_id=paid.bill_id, lines=(RefundLine(charge_line_id=lines[0].id),)))
    assert plan.needs_approval
    with pytest.raises(ApprovalNeeded):
        shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))


def test_another_amount_than_seen_is_refused(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"))
    paid = settle(shop, patient_id, lines)
    with pytest.raises(AmountChanged):
        shop.desk(CASHIER).call(
            RefundBill(bill_id=paid.bill_id, lines=(RefundLine(charge_line_id=lines[0].id),), reason="退费", expected_back_fen=999)
        )


def test_a_retry_after_thirty_days_is_the_same_act(shop: Shop) -> None:
    """The request id is kept for ever: neither time nor a new session makes it a second settlement, and other contents are refused."""
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"))
    cashier, id = shop.desk(CASHIER), new_request_id()
    request = Settle(patient_id=patient_id, line_ids=(lines[0].id,), expected_fen=1000, tenders=(cash(1000),))
    first = cashier.call(request, id)
    back = RefundBill(bill_id=first.bill_id, lines=(RefundLine(charge_line_id=lines[0].id),), reason="退费", expected_back_fen=1000)
    refund_id = new_request_id()
    refunded = cashier.call(back, refund_id)
    shop.clock.by = timedelta(days=30)
    assert cashier.call(request, id) == first
    assert cashier.call(back, refund_id) == refunded
    with pytest.raises(RequestIdReused):
        cashier.call(msgspec.structs.replace(request, expected_fen=1001), id)
    assert shop.rows("SELECT count(*) FROM bill WHERE patient_id = %s AND id >= %s", patient_id, first.bill_id) == [(2,)]


def paid_by_code(shop: Shop) -> tuple[Settled, tuple[ChargeFacts, ...], str]:
    """A bill over two lines, paid by a code, and its order at the channel."""
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"), ("20.00", "1"))
    ids = tuple(line.id for line in lines)
    begun = shop.desk(CASHIER).call(BeginSettlement(patient_id=patient_id, line_ids=ids, expected_fen=3000, tenders=(by_code(3000),)))
    paid = shop.until(begun, "DONE", "FAILED")
    assert paid.settled is not None
    return paid.settled, lines, shop.order_of(paid)


@pytest.mark.parametrize("faults", [["SILENT_AFTER"], ["SILENT_BEFORE"], ["SILENT_BEFORE", "REJECT"], ["REJECT", "GARBAGE"]])
def test_a_refund_through_a_channel_is_made_once_whatever_is_lost(short_shop: Shop, faults: list[str]) -> None:
    paid, lines, order = paid_by_code(short_shop)
    for fault in faults:
        short_shop.fault(fault, "refund")
    done = short_shop.until(short_shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id)), "DONE", "FAILED")
    assert done.refunded is not None, done.failure
    assert done.refunded.back == {TenderKind.WECHAT: 1000}
    assert short_shop.book(order) == [("PAY", 3000), ("REFUND", 1000)]
    assert short_shop.rows("SELECT state FROM payment WHERE bill_id = %s", paid.bill_id) == [("REFUNDED",)]


def test_a_refund_that_the_channel_refuses_can_be_given_up(short_shop: Shop) -> None:
    paid, lines, order = paid_by_code(short_shop)
    short_shop.fault("REJECT", "refund", times=50)
    begun = short_shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))
    short_shop.wait_for(
        lambda: short_shop.now(begun), lambda facts: any(step.state == "REJECTED" for step in facts.steps), short_shop.errands
    )
    short_shop.desk(CASHIER).call(CancelSettlement(settlement_id=begun.id))
    ended = short_shop.until(begun, "DONE", "FAILED")
    assert ended.failure is not None
    assert ended.failure.error == "GivenUp"
    assert short_shop.book(order) == [("PAY", 3000)]
    short_shop.channel_simulator.control("clear")  # type: ignore[union-attr]
    again = short_shop.until(short_shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id)), "DONE", "FAILED")
    assert again.state == "DONE"
