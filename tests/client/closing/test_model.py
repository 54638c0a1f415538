"""What the desk of the daily close does next, in plain Python."""

from __future__ import annotations

from typing import Any

import pytest

from client.closing import sheet_rows
from client.closing.count import Count
from client.closing.model import NEW, ClosingModel, Step, difference
from common.i18n import ENGLISH, language
from common.messages.closing import AcceptShift, CloseShift, CountShift, OpenShift, ReopenClose, RollUpDay, SubmitShift
from tests.client.closing.samples import ME, OTHER, closing, counted, hit, matter, roll_ups, rolled, shift
from tests.printing.closing_samples import COUNTED, EXPECTED, PIECES, close_sheet


@pytest.fixture(autouse=True)
def english() -> Any:
    with language(ENGLISH):
        yield


def model(*shifts: Any, **changes: Any) -> ClosingModel:
    made = ClosingModel(None, takes_money=True, rolls_up=True, alone=ME)
    made.closing = closing(*shifts, **changes)
    made.choose(made.first_key())
    return made


def test_a_count_adds_up_and_forgets_empty_fields() -> None:
    count = Count()
    count.put(100_00, 41)
    count.put(20_00, 3)
    count.put(20_00, None)
    count.loose_fen = 35
    assert count.total_fen() == 4100_35
    assert [(each.denomination_fen, each.pieces) for each in count.counts()] == [(100_00, 41)]
    assert Count.of(PIECES, 350).total_fen() == COUNTED


def test_without_a_shift_one_can_be_opened() -> None:
    desk = model()
    assert (desk.chosen, desk.step()) == (NEW, Step.OPEN)
    desk.float_fen = 300_00
    assert desk.request() == OpenShift(float_fen=300_00)
    assert not any(row.key == NEW for row in model(shift()).rows())


def test_an_open_shift_is_counted_and_nothing_tells_what_there_should_be() -> None:
    desk = model(shift())
    assert desk.step() is Step.COUNT
    assert "type 0" in desk.why_not()
    desk.count().put(100_00, 2)
    assert desk.why_not() == ""
    request = desk.request()
    assert isinstance(request, CountShift)
    assert sum(each.pieces for each in request.counts) == 2


def test_a_counted_shift_closes_once_it_is_explained() -> None:
    desk = model(counted())
    assert (desk.step(), desk.why_not()) == (Step.CLOSE, "Type why the drawer differs.")
    desk.reason = " short change "
    desk.handed_in_fen = COUNTED - 200_00
    assert (desk.why_not(), desk.kept_fen()) == ("", 200_00)
    assert desk.request() == CloseShift(shift_id=7, difference_reason="short change", handed_in_fen=COUNTED - 200_00)
    desk.handed_in_fen = COUNTED + 1
    assert desk.kept_fen() is None
    assert "than was counted" in desk.why_not()


def test_a_shift_that_is_right_closes_by_one_step() -> None:
    desk = model(counted(EXPECTED))
    assert (desk.step(), desk.why_not(), desk.kept_fen()) == (Step.CLOSE, "", 0)
    first = desk.request()
    assert desk.request_id(first) == desk.request_id(desk.request())
    desk.reason = "other"
    assert desk.request_id(desk.request()) != desk.request_id(first)


def test_an_empty_drawer_is_said_to_be_empty() -> None:
    desk = model(shift())
    desk.count().put(100_00, 0)
    assert desk.why_not() == ""
    request = desk.request()
    assert isinstance(request, CountShift)
    assert (request.counts, request.loose_fen) == ((), 0)


def test_open_matters_hinder_the_count_and_the_close() -> None:
    assert "1 matters" in model(shift(), matters=(matter(),)).why_not()
    assert "1 matters" in model(counted(EXPECTED), matters=(matter(),)).why_not()


def test_where_another_person_is_wanted_it_is_handed_over_first() -> None:
    desk = model(counted(EXPECTED), needs_acceptance=True)
    assert desk.step() is Step.SUBMIT
    assert isinstance(desk.request(), SubmitShift)
    desk.closing = closing(counted(EXPECTED, state="SUBMITTED", handed_in_fen=1, kept_fen=EXPECTED - 1), needs_acceptance=True)
    assert desk.step() is Step.WAIT
    assert desk.why_not()
    desk.approval_id = 5
    assert (desk.why_not(), desk.request()) == ("", AcceptShift(shift_id=7, approval_id=5))
    desk.closing = closing(counted(EXPECTED, state="ACCEPTED", handed_in_fen=1, kept_fen=EXPECTED - 1), needs_acceptance=True)
    assert (desk.step(), desk.why_not()) == (Step.CLOSE, "")


def test_another_ones_shift_is_taken_over_without_an_approval() -> None:
    desk = model(to_accept=(counted(id=9, cashier_id=OTHER, state="SUBMITTED", handed_in_fen=1, kept_fen=0),))
    desk.choose("accept:9")
    desk.approval_id = 3
    assert (desk.step(), desk.request()) == (Step.ACCEPT, AcceptShift(shift_id=9))


def test_a_counted_shift_may_be_counted_again() -> None:
    desk = model(counted())
    desk.again = 7
    assert (desk.counting(), desk.step()) == (True, Step.COUNT)
    desk.choose(NEW)
    desk.choose("shift:7")
    assert not desk.counting()


def test_a_day_is_rolled_up_when_all_have_closed() -> None:
    desk = model()
    desk.roll_ups = roll_ups("金杏")
    today, yesterday = desk.roll_ups.days
    desk.choose(f"day:{today.business_date}")
    assert "金杏" in desk.why_not()
    desk.choose(f"day:{yesterday.business_date}")
    assert (desk.why_not(), desk.request()) == ("", RollUpDay(business_date=yesterday.business_date))


def test_opening_again_wants_a_reason_and_for_ones_own_a_second_person() -> None:
    desk = model()
    desk.closes = (hit(13, can_reopen=True), hit(14, cashier_id=OTHER, can_reopen=True))
    desk.choose("close:13")
    assert desk.step() is Step.NOTHING
    desk.reopening = True
    assert desk.step() is Step.REOPEN
    assert desk.why_not()
    desk.reopen_reason = "found it"
    assert "second person" in desk.why_not()
    desk.approval_id = 8
    assert desk.request() == ReopenClose(close_id=13, reason="found it", approval_id=8)
    desk.choose("close:14")
    desk.reopening, desk.reopen_reason = True, "found it"
    assert (desk.why_not(), desk.request()) == ("", ReopenClose(close_id=14, reason="found it"))


def test_a_sheet_in_rows_has_every_sum() -> None:
    lines = sheet_rows.of_close(close_sheet())
    assert len({line.place for line in lines}) == len(lines)
    assert [line.head for line in lines if line.head][:3] == ["Bills", "By category", "By means of payment"]
    by_label = {line.label: line for line in lines}
    assert by_label["Cash"].net == "4,423.50"
    assert by_label["Difference"].net == "-33.00"
    assert by_label["0000012001 – 0000012096"].net == "96"
    closes = [line.close_id for line in sheet_rows.of_roll_up(rolled()) if line.close_id]
    assert closes == [9, 10]


@pytest.mark.parametrize(("fen", "words"), [(0, "Nothing short, nothing over"), (-5, "Short ¥0.05"), (700, "Over ¥7.00")])
def test_a_difference_in_words(fen: int, words: str) -> None:
    assert difference(fen) == words


def test_days_that_are_known_first_do_not_put_rolling_up_under_the_key() -> None:
    early = ClosingModel(None, takes_money=True, rolls_up=True, alone=ME)
    early.roll_ups = roll_ups("金杏")
    assert (early.first_key(), early.rows()) == ("", [])
    early.closing = closing(shift())
    assert early.first_key() == f"shift:{shift().id}"
