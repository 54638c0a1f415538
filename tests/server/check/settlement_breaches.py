"""Breaches of settlements with somebody outside, of partial refunds, rounding and waivers; and the days on which such things happened."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from common.messages.accounts_by_code import BeginPayOut, BeginTopUp
from common.messages.cashier import ChargeFacts, Settle, Settled, Tender, TenderKind
from common.messages.settlement import (
    Approve,
    BeginSettlement,
    GetMoneyRules,
    PlanRefund,
    RefundBill,
    RefundLine,
    SetMoneyRules,
    SettlementFacts,
)
from installer.sample import PASSWORD
from tests import visits
from tests.server.check.planted import Planted, plant
from tests.server.settling.shop import CASHIER, Shop, by_code, cash, lines_by_hand

_DONE: Final = "(SELECT max(id) FROM settlement WHERE kind = 'SALE' AND state = 'DONE')"
_FAILED: Final = "(SELECT max(id) FROM settlement WHERE state = 'FAILED' AND kind = 'SALE')"
#: A bill that goes on with another one, and one of its payments.
_REST: Final = "(SELECT max(id) FROM bill WHERE reissues IS NOT NULL)"
_CARRIED: Final = f"(SELECT max(id) FROM payment WHERE bill_id = {_REST} AND carries IS NOT NULL)"
#: An order that was paid, and stands.
_ORDER: Final = "(SELECT max(id) FROM payment WHERE order_number IS NOT NULL AND state = 'PAID' AND bill_id IS NOT NULL)"
_INSURED: Final = "(SELECT max(id) FROM insurance_settlement WHERE state = 'SETTLED')"
_REVERSED: Final = "(SELECT max(id) FROM insurance_call WHERE infno = '2207' AND state = 'REVERSED')"
_APPROVED: Final = "(SELECT max(id) FROM approval WHERE act = 'refund' AND used_at IS NOT NULL)"
_WAIVED: Final = "(SELECT max(bill_id) FROM payment WHERE tender = 'waiver' AND state = 'PAID')"

BILLS: Final[tuple[Planted, ...]] = (
    plant("bill_posted", f"UPDATE bill SET rounding_fen = 3 WHERE id = {_REST}", "bill_lines"),
    plant(
        "bill_rounding",
        "UPDATE ledger_posting SET amount_fen = -17 WHERE account = 'rounding' AND amount_fen < 0; UPDATE bill SET rounding_fen = 17"
        " WHERE id IN (SELECT o.bill_id FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id WHERE p.amount_fen = -17)",
        "operation_balances",
        "day_balances",
        "bill_posted",
        "bill_lines",
        "bill_refund",
        "refund_mirrors_sale",
    ),
    plant("bill_waived", f"UPDATE charge_line SET waived_fen = waived_fen - 1 WHERE waived_fen > 0 AND bill_id = {_WAIVED}"),
    plant("bill_reissued", f"UPDATE bill SET at = at + interval '1 minute' WHERE id = {_REST}"),
)

SETTLEMENTS: Final[tuple[Planted, ...]] = (
    plant("settlement_bill", f"UPDATE settlement SET failure = NULL WHERE id = {_FAILED}"),
    plant("settlement_entry", "UPDATE settlement SET expected_fen = expected_fen + 1 WHERE kind = 'DEPOSIT' AND state = 'DONE'"),
    plant(
        "settlement_once",
        "INSERT INTO settlement (kind, state, patient_id, visit_id, plan, expected_fen, cashier_id, bill_id, opened_at, ended_at)"
        " SELECT kind, state, patient_id, visit_id, plan, expected_fen, cashier_id, bill_id, opened_at, ended_at FROM settlement"
        f" WHERE id = {_DONE}",
    ),
    plant(
        "line_held",
        f"UPDATE charge_line SET settlement_id = {_FAILED} WHERE id = (SELECT max(id) FROM charge_line WHERE state = 'PENDING')",
    ),
    plant(
        "payment_unbooked",
        f"UPDATE payment SET state = 'PAID' WHERE settlement_id = {_FAILED} AND state = 'REFUNDED'",
    ),
    plant(
        "payment_booked_state",
        f"UPDATE payment SET state = 'REFUNDING' WHERE id = {_ORDER}",
    ),
    plant("payment_carried", f"UPDATE payment SET carries = (SELECT min(id) FROM payment WHERE tender = 'cash') WHERE id = {_CARRIED}"),
    plant(
        "channel_call_open",
        f"UPDATE channel_call SET state = 'UNKNOWN' WHERE settlement_id = {_FAILED} AND act = 'PAY' AND state = 'REJECTED'",
        "channel_payment_state",
    ),
    plant("channel_call_payment", f"UPDATE channel_call SET number = number || 'X' WHERE payment_id = {_ORDER}"),
    plant("channel_payment_state", f"UPDATE channel_call SET state = 'REJECTED' WHERE payment_id = {_ORDER}", "channel_net"),
    plant(
        "channel_net",
        "UPDATE channel_call SET state = 'REJECTED' WHERE id = (SELECT max(id) FROM channel_call WHERE act = 'REFUND')",
    ),
    plant("insurance_call_open", "UPDATE insurance_call SET state = 'UNKNOWN' WHERE infno = '1101'"),
    plant("insurance_call_reversed", f"UPDATE insurance_call SET state = 'SUCCESS' WHERE id = {_REVERSED}"),
    plant("insurance_state", f"UPDATE insurance_settlement SET setl_id = '' WHERE id = {_INSURED}"),
    plant("insurance_shares", f"UPDATE insurance_settlement SET cash_fen = cash_fen + 1 WHERE id = {_INSURED}"),
    plant(
        "insurance_tender",
        f"UPDATE insurance_settlement SET bill_id = NULL WHERE id = {_INSURED}",
        "insurance_state",
    ),
    plant("approval_act", f"UPDATE approval SET used_at = NULL WHERE id = {_APPROVED}"),
    plant("refund_approved", "UPDATE bill SET approved_by = NULL WHERE approved_by IS NOT NULL"),
    plant(
        "unknown_for_long",
        "INSERT INTO insurance_call (infno, msgid, payload_hash, state, sent_at) VALUES ('3501', 'x', '', 'UNKNOWN', now() - interval '2 days')",
    ),
)

SETTLEMENT_STATES: Final[tuple[Planted, ...]] = (
    plant("settlement_state", f"UPDATE settlement SET state = 'LOST' WHERE id = {_FAILED}"),
    plant(
        "channel_call_state", f"UPDATE channel_call SET state = 'LOST' WHERE settlement_id = {_FAILED} AND act = 'REFUND'", "channel_net"
    ),
    plant("insurance_call_state", "UPDATE insurance_call SET state = 'LOST' WHERE infno = '1101'"),
    plant("insurance_settlement_state", f"UPDATE insurance_settlement SET state = 'LOST' WHERE id = {_INSURED}", "insurance_state"),
)


def live_with_outside(shop: Shop) -> None:
    """A deposit by code, paid out in part; codes that paid, that were refused beside another one, whose money went back in part; insurance
    settled, lost once, settled anew for a rest; cash rounded, a waiver, a refund that a second person agreed to."""
    _deposit_by_code(shop)
    _by_channels(shop)
    _insured(shop)
    _rounded_and_waived(shop)


def _deposit_by_code(shop: Shop) -> None:
    ours, desk = visits.new_patient(shop, "沈知秋").id, shop.desk(CASHIER)
    for settlement in (
        BeginTopUp(patient_id=ours, amount_fen=8000, tenders=(by_code(8000),)),
        BeginPayOut(patient_id=ours, amount_fen=3000, reason="不再就诊"),
    ):
        assert shop.until(desk.call(settlement), "DONE", "FAILED").state == "DONE"


def _begin(shop: Shop, patient_id: int, lines: tuple[ChargeFacts, ...], *tenders: Tender) -> SettlementFacts:
    total, ids = sum(line.amount_fen for line in lines), tuple(line.id for line in lines)
    return shop.desk(CASHIER).call(BeginSettlement(patient_id=patient_id, line_ids=ids, expected_fen=total, tenders=tenders))


def _settle(shop: Shop, patient_id: int, lines: tuple[ChargeFacts, ...], *tenders: Tender) -> Settled:
    total, ids = sum(line.amount_fen for line in lines), tuple(line.id for line in lines)
    return shop.desk(CASHIER).call(Settle(patient_id=patient_id, line_ids=ids, expected_fen=total, tenders=tenders))


def _by_channels(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("10.00", "1"), ("20.00", "2"))
    shop.fault("SLOW", "pay")
    shop.fault("REJECT", "pay", message="no")
    assert shop.until(_begin(shop, patient_id, lines, by_code(100), by_code(4900)), "DONE", "FAILED").state == "FAILED"
    paid = shop.until(_begin(shop, patient_id, lines, by_code(5000)), "DONE", "FAILED")
    assert paid.settled is not None
    back = RefundLine(charge_line_id=lines[1].id, quantity=Decimal(1))
    assert shop.until(shop.refund(paid.settled.bill_id, back), "DONE", "FAILED").state == "DONE"
    patient_id, lines = lines_by_hand(shop, ("15.00", "1"))
    assert shop.until(_begin(shop, patient_id, lines, by_code(1500)), "DONE", "FAILED").state == "DONE"


def _insured(shop: Shop) -> None:
    patient_id, lines = lines_by_hand(shop, ("30.00", "1"), ("90.00", "1"), name="林静怡")
    cashier = shop.desk(CASHIER)
    ids, total = tuple(line.id for line in lines), sum(line.amount_fen for line in lines)
    request = BeginSettlement(patient_id=patient_id, line_ids=ids, expected_fen=total, insurance=shop.insured(balance_fen=0))
    quoted = shop.until(cashier.call(request), "QUOTED", "FAILED")
    assert quoted.quote is not None, quoted.failure
    shop.bureau_fault("GARBAGE", "2207")
    done = shop.until(shop.confirm(quoted, cash(quoted.quote.cash_fen)), "DONE", "FAILED")
    assert done.settled is not None
    lines_back = (RefundLine(charge_line_id=lines[0].id),)
    plan = cashier.call(PlanRefund(bill_id=done.settled.bill_id, lines=lines_back))
    act = Approve(act="refund", subject_id=done.settled.bill_id, amount_fen=plan.back_fen, login="yuanzhang", password=PASSWORD)
    refund = RefundBill(
        bill_id=done.settled.bill_id,
        lines=lines_back,
        reason="开错了",
        expected_back_fen=plan.back_fen,
        approval_id=cashier.call(act).approval_id,
    )
    assert shop.until(cashier.call(refund), "DONE", "FAILED").state == "DONE"


def _rounded_and_waived(shop: Shop) -> None:
    manager = shop.desk("yuanzhang")
    before = manager.call(GetMoneyRules())
    rules = msgspec.structs.replace(before, cash_rounding="up", waiver_limits={"cashier": 1000})
    manager.call(SetMoneyRules(rules=rules))
    patient_id, lines = lines_by_hand(shop, ("1.23", "1"), ("2.46", "1"))
    paid = _settle(shop, patient_id, lines, cash(370))
    shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))
    patient_id, lines = lines_by_hand(shop, ("30.00", "1"), ("70.00", "1"))
    paid = _settle(shop, patient_id, lines, cash(9000), Tender(kind=TenderKind.WAIVER, amount_fen=1000, reference="困难减免"))
    shop.refund(paid.bill_id, RefundLine(charge_line_id=lines[0].id))
    manager.call(SetMoneyRules(rules=before))
    visits.new_patient(shop, "何九")
