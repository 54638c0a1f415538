"""A shift before its close: float, blind count, hand-over, and each step back."""

from __future__ import annotations

from functools import partial

import pytest

from common.closing_errors import DifferenceUnexplained, FloatCounted, HandInTooHigh, NewerShift
from common.errors import FieldWrong, NotFound, NotPermitted, WrongState
from common.messages.cashier import GetShift, Tender, TenderKind
from common.messages.close_sheet import Pieces
from common.messages.closing import AcceptShift, CountShift, GetClosing, OpenShift, StepBack, SubmitShift
from common.messages.settlement import Approve
from common.money_errors import ApprovalNotValid, SamePerson
from installer.sample import PASSWORD
from tests.server.closing.conftest import CASHIER, CLERK, MANAGER, OTHER, closing, count, drawer, fees, own_shift, sale
from tests.server.office import Office, at_once, refusals, successes

WECHAT = Tender(kind=TenderKind.WECHAT, amount_fen=100, reference="wx-1")


def test_a_float_comes_from_the_vault(own_office: Office) -> None:
    cashier = own_office.desk(CASHIER)
    assert closing(own_office).shifts == ()
    shift = cashier.call(OpenShift(float_fen=300_00))
    assert (shift.float_fen, shift.state, shift.tenders, shift.business_date) == (300_00, "OPENED", {}, own_office.today)
    assert drawer(own_office, shift.id) == 300_00
    vault = own_office.rows("SELECT o.kind, p.amount_fen FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id")
    assert sorted(vault) == [("FLOAT", -300_00), ("FLOAT", 300_00)]
    with pytest.raises(FloatCounted):
        cashier.call(OpenShift(float_fen=1))
    assert own_office.desk(CASHIER).call(GetShift()).float_fen == 300_00  # type: ignore[union-attr]


def test_the_float_goes_into_the_shift_that_the_first_money_opened(own_office: Office) -> None:
    due = sale(own_office, "申一")
    before = own_shift(own_office)
    after = own_office.desk(CASHIER).call(OpenShift(float_fen=50_00))
    assert (after.id, after.bills) == (before.id, 1)
    assert drawer(own_office, after.id) == due + 50_00
    empty = own_office.desk(OTHER).call(OpenShift(float_fen=0))
    assert own_office.desk(OTHER).call(OpenShift(float_fen=0)).id == empty.id  # a shift without float may be opened twice


def test_two_floats_at_once_are_counted_in_once(own_office: Office) -> None:
    outcomes = at_once(*[partial(own_office.desk(CASHIER).call, OpenShift(float_fen=100_00)) for _ in range(4)])
    assert len(successes(outcomes)) == 1
    assert {type(refused) for refused in refusals(outcomes)} == {FloatCounted}
    assert drawer(own_office, successes(outcomes)[0].id) == 100_00


def test_nothing_tells_the_cash_before_it_was_counted(own_office: Office) -> None:
    due = sale(own_office, "申二", WECHAT)
    shift = own_shift(own_office)
    assert shift.tenders == {"wechat": 100}
    assert (shift.expected_fen, shift.difference_fen, shift.counted_fen) == (None, None, None)
    answers = b"".join(own_office.desk(CASHIER).answer(request).body for request in (GetClosing(), GetShift()))
    assert str(due - 100).encode() not in answers
    assert b'"cash"' not in answers
    counted = count(own_office, due - 100)
    assert (counted.expected_fen, counted.counted_fen, counted.difference_fen) == (due - 100, due - 100, 0)
    assert counted.tenders == {"wechat": 100, "cash": due - 100}


def test_a_count_is_the_sum_of_its_pieces(own_office: Office) -> None:
    shift = own_office.desk(CASHIER).call(OpenShift(float_fen=200_00))
    counts = (Pieces(denomination_fen=100_00, pieces=1), Pieces(denomination_fen=20_00, pieces=4), Pieces(denomination_fen=10, pieces=7))
    counted = own_office.desk(CASHIER).call(CountShift(shift_id=shift.id, counts=counts, loose_fen=35))
    assert (counted.counted_fen, counted.difference_fen, counted.loose_fen) == (181_05, -18_95, 35)
    assert counted.counted == counts
    for wrong in (
        (Pieces(denomination_fen=2_00, pieces=1),),
        (Pieces(denomination_fen=1_00, pieces=1), Pieces(denomination_fen=1_00, pieces=2)),
    ):
        with pytest.raises(FieldWrong):
            own_office.desk(CASHIER).call(CountShift(shift_id=shift.id, counts=wrong))


def test_a_shift_is_counted_again_and_the_first_count_stays_in_the_trail(own_office: Office) -> None:
    shift = own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    assert count(own_office, 90_00).difference_fen == -10_00
    assert count(own_office, 100_00, shift_id=shift.id).difference_fen == 0
    trail = own_office.rows("SELECT detail FROM audit_entry WHERE act = 'count_shift' ORDER BY id")
    assert [(row[0]["counted_fen"], row[0]["counted_before_fen"]) for row in trail] == [(90_00, None), (100_00, 90_00)]
    opened = own_office.desk(CASHIER).call(StepBack(shift_id=shift.id))
    assert (opened.state, opened.counted_fen, opened.expected_fen) == ("OPENED", None, None)
    assert own_office.rows("SELECT detail FROM audit_entry WHERE act = 'step_back'")[0][0]["counted_before_fen"] == 100_00


def test_money_after_the_count_is_the_next_shifts(own_office: Office) -> None:
    first = sale(own_office, "申三")
    counted = count(own_office, first)
    second = sale(own_office, "申四")
    shifts = closing(own_office).shifts
    assert [(shift.state, shift.bills) for shift in shifts] == [("COUNTED", 1), ("OPENED", 1)]
    assert drawer(own_office, counted.id) == first
    assert drawer(own_office, shifts[1].id) == second
    with pytest.raises(NewerShift):
        own_office.desk(CASHIER).call(StepBack(shift_id=counted.id))
    assert count(own_office, first - 1, shift_id=counted.id).difference_fen == -1  # counting again is not stepping back


def test_counting_and_settling_at_once_books_every_fen_in_one_shift(own_office: Office) -> None:
    """The count waits for money under way, and money waits for the count: nothing falls into a shift that was counted."""
    own_office.desk(CLERK).call(OpenShift(float_fen=0))
    shift = own_shift(own_office, CLERK)
    acts = [partial(fees, own_office, CLERK, name) for name in "天地玄黄宇宙"]
    counting = partial(own_office.desk(CLERK).call, CountShift(shift_id=shift.id, counts=()))
    outcomes = at_once(*acts[:3], counting, *acts[3:])
    assert refusals(outcomes) == []
    shifts = closing(own_office, CLERK).shifts
    assert shifts[0].expected_fen == drawer(own_office, shift.id)
    assert sum(each.bills for each in shifts) == 6


def test_a_difference_needs_a_reason_and_no_more_than_was_counted_is_handed_in(own_office: Office) -> None:
    shift = own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    with pytest.raises(WrongState):
        own_office.desk(CASHIER).call(SubmitShift(shift_id=shift.id))
    count(own_office, 99_00)
    with pytest.raises(DifferenceUnexplained):
        own_office.desk(CASHIER).call(SubmitShift(shift_id=shift.id, difference_reason="  "))
    with pytest.raises(HandInTooHigh):
        own_office.desk(CASHIER).call(SubmitShift(shift_id=shift.id, difference_reason="找零差错", handed_in_fen=99_01))
    handed = own_office.desk(CASHIER).call(SubmitShift(shift_id=shift.id, difference_reason="找零差错", handed_in_fen=49_00))
    assert (handed.state, handed.handed_in_fen, handed.kept_fen, handed.difference_reason) == ("SUBMITTED", 49_00, 50_00, "找零差错")
    back = own_office.desk(CASHIER).call(StepBack(shift_id=shift.id))
    assert (back.state, back.handed_in_fen, back.difference_reason) == ("COUNTED", None, "")


def test_another_one_takes_over_at_a_desk_of_his_own(own_office: Office) -> None:
    shift = own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    count(own_office, 100_00)
    own_office.desk(CASHIER).call(SubmitShift(shift_id=shift.id))
    with pytest.raises(SamePerson):
        own_office.desk(CASHIER).call(AcceptShift(shift_id=shift.id))
    assert [waiting.id for waiting in closing(own_office, OTHER).to_accept] == [shift.id]
    accepted = own_office.desk(OTHER).call(AcceptShift(shift_id=shift.id))
    assert (accepted.state, accepted.accepted_by, accepted.accepted_alone) == ("ACCEPTED", "金杏", False)
    assert closing(own_office, OTHER).to_accept == ()
    with pytest.raises(WrongState):
        own_office.desk(MANAGER).call(AcceptShift(shift_id=shift.id))
    back = own_office.desk(CASHIER).call(StepBack(shift_id=shift.id))
    assert (back.state, back.accepted_by) == ("SUBMITTED", "")


def test_a_second_person_takes_over_at_the_cashiers_desk(own_office: Office) -> None:
    cashier = own_office.desk(CASHIER)
    shift = cashier.call(OpenShift(float_fen=100_00))
    count(own_office, 100_00)
    cashier.call(SubmitShift(shift_id=shift.id))
    wrong = cashier.call(Approve(act="accept", subject_id=shift.id + 1, login=MANAGER, password=PASSWORD))
    with pytest.raises(ApprovalNotValid):
        cashier.call(AcceptShift(shift_id=shift.id, approval_id=wrong.approval_id))
    approved = cashier.call(Approve(act="accept", subject_id=shift.id, login=MANAGER, password=PASSWORD))
    accepted = cashier.call(AcceptShift(shift_id=shift.id, approval_id=approved.approval_id))
    assert (accepted.accepted_by, accepted.accepted_alone) == ("袁璋", False)


def test_a_shift_is_its_cashiers_own(own_office: Office) -> None:
    shift = own_office.desk(CASHIER).call(OpenShift(float_fen=100_00))
    for request in (CountShift(shift_id=shift.id, counts=()), StepBack(shift_id=shift.id), SubmitShift(shift_id=shift.id)):
        with pytest.raises(NotFound):
            own_office.desk(OTHER).call(request)
    with pytest.raises(NotPermitted):
        own_office.desk("fangzhou").call(GetClosing())
