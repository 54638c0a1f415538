"""The daily close: what it says, what it posts, what stands in its way, and opening it again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from common.closing_errors import AcceptanceNeeded, AlreadyRolledUp, CountMoved, DifferenceUnexplained, NotLatestClose
from common.errors import NotFound, WrongState
from common.messages.cashier import Settle, Tender, TenderKind
from common.messages.close_sheet import InOut
from common.messages.closing import (
    AcceptShift,
    CloseFacts,
    CloseShift,
    GetClose,
    GetShiftReceipt,
    ListCloses,
    ListShiftBills,
    OpenShift,
    ReopenClose,
    RollUpDay,
    SubmitShift,
)
from common.messages.registration import CancelVisit
from common.messages.settlement import Approve, RefundLine
from common.money_errors import ApprovalNeeded, ApprovalNotValid
from common.wire import Request
from installer.sample import PASSWORD
from tests.server.closing.conftest import CASHIER, CLERK, MANAGER, OTHER, closing, count, drawer, fees, own_shift, sale
from tests.server.office import Office, at_once, refusals, successes
from tests.server.settling.shop import cash, lines_by_hand, take_back

WECHAT = Tender(kind=TenderKind.WECHAT, amount_fen=100, reference="wx-1")


def closed(office: Office, login: str = CASHIER, *, short: int = 0, reason: str = "", handed_in: int | None = None) -> CloseFacts:
    """Count the oldest shift, ``short`` fen too few, and close it."""
    shift = own_shift(office, login)
    count(office, drawer(office, shift.id) - short, login)
    return office.desk(login).call(CloseShift(shift_id=shift.id, difference_reason=reason, handed_in_fen=handed_in))


def approval(office: Office, act: str, subject: int, login: str = CASHIER) -> int:
    return office.desk(login).call(Approve(act=act, subject_id=subject, login=MANAGER, password=PASSWORD)).approval_id


def test_a_close_says_what_the_shift_was(own_office: Office) -> None:
    own_office.desk(CLERK).call(OpenShift(float_fen=200_00))
    taken = fees(own_office, names="一二三")
    fee = own_office.rows("SELECT max(total_fen) FROM bill")[0][0]
    fees(own_office, names="四", tender="wechat")
    own_office.desk(CLERK).call(CancelVisit(visit_id=taken[0].visit_id, reason="不看了"))
    told = closed(own_office, CLERK, short=5_00, reason="找零差错", handed_in=fee * 2 - 5_00)
    sheet = told.sheet
    assert (sheet.bills, sheet.bills_fen, sheet.refunds, sheet.refunds_fen, sheet.reissued) == (4, 4 * fee, 1, -fee, 0)
    assert sheet.tenders == (InOut(code="cash", in_fen=3 * fee, out_fen=-fee), InOut(code="wechat", in_fen=fee, out_fen=0))
    assert sum(total.in_fen for total in sheet.categories) == 4 * fee
    assert sum(total.net_fen for total in sheet.categories) == sum(total.net_fen for total in sheet.tenders) == 3 * fee
    assert (sheet.expected_fen, sheet.counted_fen, sheet.difference_fen) == (200_00 + 2 * fee, 195_00 + 2 * fee, -5_00)
    assert (sheet.difference_reason, sheet.handed_in_fen, sheet.kept_fen) == ("找零差错", fee * 2 - 5_00, 200_00)
    assert (sheet.cashier, sheet.accepted_by, sheet.accepted_alone) == ("周清", "周清", True)
    assert [(part.count, int(part.last) - int(part.first)) for part in sheet.invoices.used] == [(5, 4)]
    assert (len(sheet.invoices.red), len(sheet.invoices.reversed)) == (1, 1)
    assert sheet.number == told.close.number == f"{own_office.today:%y%m%d}001"
    assert (told.close.state, told.close.can_reopen, told.close.net_fen) == ("CLOSED", True, 3 * fee)


def test_what_a_partial_refund_carries_over_is_neither_taken_nor_paid_back(own_office: Office) -> None:
    """Of 12.08 by WeChat, 10.00 in cash and 5.00 by card 8.00 go back by WeChat: nothing else moved, in no drawer and on no statement."""
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    patient_id, lines = lines_by_hand(own_office, ("19.08", "1"), ("8.00", "1"))
    tenders = (Tender(kind=TenderKind.WECHAT, amount_fen=1208, reference="wx-9"), cash(1000), Tender(kind=TenderKind.CARD, amount_fen=500))
    ids = tuple(line.id for line in lines)
    bill = own_office.desk(CASHIER).call(Settle(patient_id=patient_id, line_ids=ids, expected_fen=2708, tenders=tenders))
    taken = take_back(own_office, bill.bill_id, RefundLine(charge_line_id=lines[1].id)).refunded
    assert taken is not None
    assert taken.back == {TenderKind.WECHAT: 800}
    assert (own_shift(own_office).bills, own_shift(own_office).refunds) == (1, 1)
    sheet = closed(own_office).sheet
    assert {total.code: (total.in_fen, total.out_fen) for total in sheet.tenders} == {
        "wechat": (1208, -800),
        "cash": (1000, 0),
        "card": (500, 0),
    }
    assert [(total.code, total.in_fen, total.out_fen) for total in sheet.categories] == [("treatment", 2708, -800)]
    assert (sheet.bills, sheet.bills_fen, sheet.refunds, sheet.refunds_fen, sheet.reissued) == (1, 2708, 1, -800, 1)
    assert sheet.expected_fen == 110_00
    assert sheet.invoices.used_count == 3
    totals = {total.code: total.net_fen for total in sheet.tenders}
    assert {f"tender:{code}": fen for code, fen in totals.items() if code != "cash"} | {"income:treatment": -1908} == {
        account: fen for account, fen in sheet.accounts.items() if account != "vault"
    }


def test_a_closed_drawer_is_empty_and_the_ledger_balances(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    due = sale(own_office, "闭一", WECHAT)
    told = closed(own_office, short=3_00, reason="多找零")
    shift = told.close.shift_id
    assert drawer(own_office, shift) == 0
    posted = own_office.rows(
        "SELECT o.kind, p.account, p.amount_fen FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
        " WHERE o.shift_id = %s AND o.kind IN ('OVER_SHORT', 'HAND_IN') ORDER BY p.id",
        shift,
    )
    counted = 100_00 + due - 100 - 3_00
    assert posted == [
        ("OVER_SHORT", "tender:cash", -3_00),
        ("OVER_SHORT", "over_short", 3_00),
        ("HAND_IN", "tender:cash", -counted),
        ("HAND_IN", "vault", counted),
    ]
    assert own_office.rows("SELECT sum(amount_fen) FROM ledger_posting") == [(0,)]
    ledger = own_office.rows(
        "SELECT p.account, sum(p.amount_fen)::bigint FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
        " WHERE o.shift_id = %s GROUP BY p.account HAVING sum(p.amount_fen) <> 0",
        shift,
    )
    assert told.sheet.accounts == dict(ledger)
    assert sum(told.sheet.accounts.values()) == 0


def test_more_than_expected_is_over(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    told = closed(own_office, short=-2_00, reason="病人未取找零")
    assert (told.sheet.difference_fen, told.sheet.accounts) == (2_00, {"over_short": -2_00, "vault": 2_00})


def test_an_empty_shift_and_one_without_difference_post_nothing_needless(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=0))
    told = closed(own_office)
    assert (told.sheet.bills, told.sheet.accounts, told.sheet.invoices.used) == (0, {}, ())
    assert own_office.rows("SELECT count(*) FROM ledger_operation WHERE shift_id = %s", told.close.shift_id) == [(0,)]


def test_a_difference_is_explained_before_anything_is_closed(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    with pytest.raises(DifferenceUnexplained):
        closed(own_office, short=1)
    assert own_shift(own_office).state == "COUNTED"
    assert own_office.desk(CASHIER).call(CloseShift(shift_id=own_shift(own_office).id, difference_reason="硬币")).close.difference_fen == -1


def test_an_uncounted_or_a_closed_shift_is_not_closed(own_office: Office) -> None:
    shift = own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    with pytest.raises(WrongState):
        own_office.desk(CASHIER).call(CloseShift(shift_id=shift.id))
    closed(own_office)
    with pytest.raises(WrongState):
        own_office.desk(CASHIER).call(CloseShift(shift_id=shift.id))
    with pytest.raises(NotFound):
        own_office.desk(OTHER).call(CloseShift(shift_id=shift.id))


def test_closing_twice_at_once_closes_once(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    shift = count(own_office, 100_00)
    outcomes = at_once(*[partial(own_office.desk(CASHIER).call, CloseShift(shift_id=shift.id)) for _ in range(4)])
    assert len(successes(outcomes)) == 1
    assert all(isinstance(refused, WrongState) for refused in refusals(outcomes))
    assert own_office.rows("SELECT count(*) FROM day_close") == [(1,)]


def test_a_clinic_may_want_another_person_to_accept(own_office: Office) -> None:
    own_office.database.run("UPDATE money_rules SET close_needs_acceptance = true")
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    assert closing(own_office).needs_acceptance
    shift = count(own_office, 90_00)
    cashier = own_office.desk(CASHIER)
    for _ in range(2):
        with pytest.raises(AcceptanceNeeded):
            cashier.call(CloseShift(shift_id=shift.id, difference_reason="少十元"))
        if own_shift(own_office).state == "COUNTED":
            cashier.call(SubmitShift(shift_id=shift.id, difference_reason="少十元", handed_in_fen=80_00))
    own_office.desk(OTHER).call(AcceptShift(shift_id=shift.id))
    sheet = cashier.call(CloseShift(shift_id=shift.id)).sheet
    assert (sheet.accepted_by, sheet.accepted_alone, sheet.difference_reason, sheet.kept_fen) == ("金杏", False, "少十元", 10_00)


def test_money_booked_into_a_counted_shift_behind_its_back_is_noticed(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    shift = count(own_office, 100_00)
    own_office.database.run(
        "WITH o AS (INSERT INTO ledger_operation (kind, at, business_date, staff_id, shift_id) VALUES ('FLOAT', now(), current_date, 1, %s)"
        " RETURNING id) INSERT INTO ledger_posting (operation_id, account, amount_fen)"
        " SELECT id, a, f FROM o, (VALUES ('tender:cash', 5), ('vault', -5)) v (a, f)",
        shift.id,
    )
    with pytest.raises(CountMoved):
        own_office.desk(CASHIER).call(CloseShift(shift_id=shift.id))


def test_what_was_kept_is_offered_as_the_next_float(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=200_00))
    closed(own_office, handed_in=50_00)
    assert closing(own_office).next_float_fen == 150_00
    assert closing(own_office, OTHER).next_float_fen == 0
    again = own_office.desk(CASHIER).call(OpenShift(float_fen=150_00))
    assert drawer(own_office, again.id) == 150_00
    assert own_office.rows("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'vault'") == [(-150_00,)]


def test_a_refund_of_a_closed_sale_is_todays(own_office: Office) -> None:
    taken = fees(own_office)[0]
    first = closed(own_office, CLERK)
    own_office.desk(CLERK).call(CancelVisit(visit_id=taken.visit_id, reason="不看了"))
    shift = own_shift(own_office, CLERK)
    assert (shift.bills, shift.refunds) == (0, 1)
    assert shift.id != first.close.shift_id
    second = closed(own_office, CLERK, short=drawer(own_office, shift.id), reason="垫付退费")
    assert (second.sheet.refunds_fen, second.sheet.counted_fen) == (-first.sheet.bills_fen, 0)
    assert own_office.desk(CLERK).call(GetClose(close_id=first.close.id)).sheet == first.sheet


def test_a_shift_left_open_overnight_counts_for_its_own_day(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    day = own_office.today
    own_office.clock.by = timedelta(days=1)
    assert own_shift(own_office).business_date == day
    told = closed(own_office)
    assert (told.close.business_date, told.close.closed_at.date()) == (day, own_office.today)
    assert told.close.number.startswith(f"{day:%y%m%d}")


def test_only_the_latest_close_is_reopened_and_its_postings_are_mirrored(own_office: Office) -> None:
    cashier = own_office.desk(CASHIER)
    cashier.call(OpenShift(float_fen=100_00))
    first = closed(own_office)
    cashier.call(OpenShift(float_fen=100_00))
    second = closed(own_office, short=7_00, reason="少了")
    with pytest.raises(NotLatestClose) as refused:
        cashier.call(ReopenClose(close_id=first.close.id, reason="再点", approval_id=1))
    assert refused.value.number == second.close.number
    with pytest.raises(ApprovalNeeded):
        cashier.call(ReopenClose(close_id=second.close.id, reason="再点"))
    wrong = approval(own_office, "reopen", first.close.id)
    with pytest.raises(ApprovalNotValid):
        cashier.call(ReopenClose(close_id=second.close.id, reason="再点", approval_id=wrong))
    agreed = approval(own_office, "reopen", second.close.id)
    shift = cashier.call(ReopenClose(close_id=second.close.id, reason="钱找到了", approval_id=agreed))
    assert (shift.state, shift.counted_fen, shift.expected_fen, shift.accepted_by) == ("COUNTED", 93_00, 100_00, "")
    assert drawer(own_office, shift.id) == 100_00
    count(own_office, 100_00, shift_id=shift.id)
    third = cashier.call(CloseShift(shift_id=shift.id))
    assert (third.sheet.difference_fen, third.close.number[-3:]) == (0, "003")
    assert drawer(own_office, shift.id) == 0
    before = own_office.desk(MANAGER).call(GetClose(close_id=second.close.id))
    assert (before.close.reopen_reason, before.reopened_by, before.close.can_reopen) == ("钱找到了", "袁璋", False)
    assert before.sheet == second.sheet
    assert own_office.rows("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'over_short'") == [(0,)]


def test_a_manager_reopens_anothers_close_and_a_colleague_does_not(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    told = closed(own_office)
    with pytest.raises(NotFound):
        own_office.desk(OTHER).call(ReopenClose(close_id=told.close.id, reason="再点"))
    shift = own_office.desk(MANAGER).call(ReopenClose(close_id=told.close.id, reason="再点一次"))
    assert (shift.state, shift.cashier) == ("COUNTED", "钱朵")
    with pytest.raises(NotLatestClose):
        own_office.desk(MANAGER).call(ReopenClose(close_id=told.close.id, reason="再点一次"))


def test_a_reopened_shift_stays_counted_while_the_next_takes_money(own_office: Office) -> None:
    taken = fees(own_office)
    told = closed(own_office, CLERK)
    fees(own_office, names="乙")
    own_office.desk(MANAGER).call(ReopenClose(close_id=told.close.id, reason="再点一次"))
    shifts = closing(own_office, CLERK).shifts
    assert [(shift.id == told.close.shift_id, shift.state) for shift in shifts] == [(True, "COUNTED"), (False, "OPENED")]
    again = own_office.desk(CLERK).call(CloseShift(shift_id=told.close.shift_id))
    assert (again.sheet.bills, again.sheet.bills_fen) == (len(taken), told.sheet.bills_fen)


def test_nothing_of_a_day_that_is_rolled_up_is_reopened(own_office: Office) -> None:
    own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    told = closed(own_office)
    own_office.desk(MANAGER).call(RollUpDay(business_date=own_office.today))
    for login in (CASHIER, MANAGER):
        with pytest.raises(AlreadyRolledUp):
            own_office.desk(login).call(ReopenClose(close_id=told.close.id, reason="再点"))
    assert own_office.desk(CASHIER).call(GetClose(close_id=told.close.id)).close.can_reopen is False


def test_closes_and_bills_are_shown_to_their_cashier_and_to_the_manager(own_office: Office) -> None:
    due = sale(own_office, "闭二")
    fees(own_office, names="丙")
    mine, hers = closed(own_office), closed(own_office, CLERK)
    assert [hit.id for hit in own_office.desk(CASHIER).call(ListCloses()).closes] == [mine.close.id]
    assert [hit.id for hit in own_office.desk(MANAGER).call(ListCloses()).closes] == [hers.close.id, mine.close.id]
    assert own_office.desk(MANAGER).call(ListCloses(business_date=own_office.today - timedelta(days=1))).closes == ()
    bills = own_office.desk(CASHIER).call(ListShiftBills(shift_id=mine.close.shift_id))
    assert [(bill.total_fen, bill.state, bill.patient_name) for bill in bills.bills] == [(due, "STANDS", "闭二")]
    receipt = own_office.desk(MANAGER).call(GetShiftReceipt(bill_id=bills.bills[0].id))
    assert (receipt.patient_name, receipt.total_fen) == ("闭二", due)
    cut = own_office.desk(MANAGER).call(ListShiftBills(shift_id=hers.close.shift_id, limit=1))
    assert (len(cut.bills), cut.more) == (1, True)
    forbidden: tuple[Request[Any], ...] = (
        GetClose(close_id=mine.close.id),
        ListShiftBills(shift_id=mine.close.shift_id),
        GetShiftReceipt(bill_id=bills.bills[0].id),
    )
    for request in forbidden:
        with pytest.raises(NotFound):
            own_office.desk(OTHER).call(request)
