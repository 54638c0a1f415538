"""The desk of the daily close on the stage: keys, what it asks, what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from client.closing.view.desk import ClosingDesk
from common.closing_errors import CountMoved
from common.messages.cashier import ReceiptFacts
from common.messages.closing import (
    CloseList,
    CloseShift,
    CountShift,
    GetClose,
    GetClosing,
    GetShiftReceipt,
    ListCloses,
    ListOpenMatters,
    ListRollUps,
    ListShiftBills,
    OpenMatterList,
    OpenShift,
    ReopenClose,
    RollUpDay,
    StepBack,
)
from common.messages.settlement import Approve, Approved, RetrySettlement, SettlementFacts, SettlementKind
from printing.documents.roll_up import RollUp
from tests.client.closing.samples import NOW, bills, close, closing, counted, hit, matter, roll_ups, rolled, shift
from tests.printing.closing_samples import EXPECTED

if TYPE_CHECKING:
    from tests.client.stage import Stage


def show(stage: Stage, *shifts: Any, closes: tuple[Any, ...] = (), **changes: Any) -> ClosingDesk:
    """The desk with these shifts."""
    stage.answers(GetClosing, closing(*shifts, **changes))
    stage.answers(ListCloses, CloseList(closes=closes))
    stage.answers(ListRollUps, roll_ups("金杏"))
    stage.answers(ListOpenMatters, OpenMatterList(matters=changes.get("matters", ())))
    stage.answers(GetClose, lambda request: close(hit(request.close_id)))
    desk = ClosingDesk(stage.place)
    stage.show(desk)
    return desk


#: What the service advises about one that waits for the patient.
QUOTED = "It waits for the patient's payment. Confirm it at the cashier's desk, or give it up there."


def count_of(stage: Stage) -> dict[int, int]:
    (request,) = stage.asked(CountShift)
    return {each.denomination_fen: each.pieces for each in request.counts}


def test_the_count_begins_at_once_and_enter_goes_on(stage: Stage) -> None:
    desk = show(stage, shift())
    assert desk.count.fields[100_00].hasFocus()
    for pieces in ("41", "6", "13"):
        stage.type(pieces)
        stage.press("Return")
    assert desk.count.total.text() == "¥4,660.00"
    stage.press("Up")
    stage.type("x2")  # letters are no pieces; the number before is typed over
    stage.press("Down", "Down", "Down", "Down", "Down", "Down")
    stage.type("3.5")
    stage.answers(CountShift, counted(EXPECTED))
    stage.press("F12")
    assert count_of(stage)[100_00] == 41
    (request,) = stage.asked(CountShift)
    assert request.loose_fen == 350
    assert "账款相符" in stage.said()


def test_nothing_on_the_screen_tells_the_cash_before_the_count(stage: Stage) -> None:
    desk = show(stage, shift())
    assert ("现金", "清点后显示") in desk.side._rows()


def test_a_shift_that_is_right_closes_by_one_key(stage: Stage) -> None:
    desk = show(stage, counted(EXPECTED))
    stage.answers(CloseShift, close(hit(13)))
    stage.answers(ListCloses, CloseList(closes=(hit(13),)))
    stage.press("F12")
    assert stage.asked(CloseShift) == [CloseShift(shift_id=7)]
    assert "261120013" in stage.said()
    assert desk.page() is desk.sheet


def test_a_short_drawer_wants_its_reason_first(stage: Stage) -> None:
    desk = show(stage, counted())
    assert desk.hand_over.reason.hasFocus()
    stage.press("F12")
    assert stage.asked(CloseShift) == []
    assert "原因" in stage.said()
    stage.type("找零差错")
    stage.answers(CloseShift, close(hit(13, difference_fen=-3300)))
    stage.press("F12")
    assert stage.asked(CloseShift)[0].difference_reason == "找零差错"


def test_a_refusal_stands_in_place_and_what_was_typed_stays(stage: Stage) -> None:
    desk = show(stage, counted())
    stage.type("找零差错")
    stage.answers(CloseShift, CountMoved())
    stage.press("F12")
    assert "又有入账" in desk.trouble.text()
    assert desk.hand_over.reason.text() == "找零差错"
    stage.press("F12")
    assert len(set(stage.request_ids(CloseShift))) == 1  # the same act, tried again


def test_a_count_that_is_being_typed_survives(stage: Stage) -> None:
    desk = show(stage, shift())
    stage.type("41")
    desk.refresh(frozenset())
    stage.settle()
    assert desk.count.fields[100_00].text() == "41"
    desk.wind_up()
    again = ClosingDesk(stage.place)
    assert again.model.counts[7].pieces == {100_00: 41}


def test_the_float_that_was_kept_is_offered(stage: Stage) -> None:
    desk = show(stage)
    assert desk.opening.float.fen() == 300_00
    stage.answers(OpenShift, shift(float_fen=300_00))
    stage.answers(GetClosing, closing(shift(float_fen=300_00)))
    stage.press("F12")
    assert stage.asked(OpenShift) == [OpenShift(float_fen=300_00)]
    assert desk.page() is desk.count


def test_counting_again_and_stepping_back(stage: Stage) -> None:
    desk = show(stage, counted())
    stage.press("F4")
    assert desk.count.fields[100_00].text() == "41"
    stage.press("Esc")
    assert desk.page() is desk.hand_over
    stage.answers(StepBack, shift())
    stage.press("F8")
    assert stage.asked(StepBack) == []  # it is asked about first
    assert stage.frame is not None
    stage.press("Shift+Tab", "Return")
    assert stage.asked(StepBack) == [StepBack(shift_id=7)]


def test_enter_on_an_open_matter_asks_outside_again(stage: Stage) -> None:
    show(stage, counted(EXPECTED), matters=(matter(), matter(32, "QUOTED", "张小三", advice=QUOTED)))
    stage.press("F12")
    assert stage.asked(CloseShift) == []
    assert "2 笔未了" in stage.said()
    answer = SettlementFacts(
        id=31, kind=SettlementKind.SALE, state="DONE", patient_id=7, patient_number="00000007", patient_name="欧阳小明", cashier="王芳",
        expected_fen=8640, opened_at=NOW, steps=(),
    )  # fmt: skip
    stage.answers(RetrySettlement, answer)
    stage.press("Alt+3", "Return")
    assert stage.asked(RetrySettlement)[0].settlement_id == 31
    assert "已了结" in stage.said()
    stage.answers(RetrySettlement, msgspec.structs.replace(answer, state="UNKNOWN"))
    stage.press("Return")
    assert "仍无结果" in stage.said()
    stage.press("Down", "Return")
    assert len(stage.asked(RetrySettlement)) == 2  # a quoted one is seen to at the till
    assert "收费台" in stage.said()


def test_from_a_close_down_to_a_bills_lines_and_back(stage: Stage) -> None:
    desk = show(stage, closes=(hit(13),))
    stage.answers(ListShiftBills, bills(5))
    receipt = ReceiptFacts(
        clinic="杏林", bill_id=0, bill_number="1", invoice_number="0000012000", patient_number="1", patient_name="李建国", sex="1",
        visit_number="1", date=NOW.date(), issued_at=NOW, cashier="王芳", lines=(), total_fen=0, tenders=(), change_fen=0,
    )  # fmt: skip
    stage.answers(GetShiftReceipt, receipt)
    desk.list.table.select("close:13")
    stage.settle()
    assert desk.sheet.lines.rows()
    stage.press("F6", "Return")
    assert stage.asked(GetShiftReceipt)[0].bill_id == 0
    assert "0000012000" in desk.sheet.note.text()
    stage.press("Esc")
    assert desk.sheet.pages.currentWidget() is desk.sheet.bills
    stage.press("Esc")
    assert desk.sheet.pages.currentWidget() is desk.sheet.lines


def test_ones_own_close_is_opened_again_with_a_second_person(stage: Stage) -> None:
    desk = show(stage, closes=(hit(13, can_reopen=True), hit(12)))
    desk.list.table.select("close:12")
    stage.settle()
    stage.press("F10")
    assert "最近一次" in stage.said()
    desk.list.table.select("close:13")
    stage.settle()
    stage.press("F10")
    stage.type("钱找到了")
    stage.press("F12")
    assert stage.asked(ReopenClose) == []
    stage.answers(Approve, Approved(approval_id=8, approver="袁璋", expires_at=NOW))
    stage.press("Tab")
    stage.type("yuanzhang")
    stage.press("Return")
    stage.type("secret-word")
    stage.press("Return")
    assert stage.asked(Approve)[0].subject_id == 13
    stage.answers(ReopenClose, counted())
    stage.press("F12")
    assert stage.asked(ReopenClose) == [ReopenClose(close_id=13, reason="钱找到了", approval_id=8)]
    assert "反日结" in stage.said()


def test_a_day_is_rolled_up_by_one_key(stage: Stage) -> None:
    desk = show(stage)
    day = roll_ups().days[1].business_date
    desk.list.table.select(f"day:{day}")
    stage.settle()
    stage.answers(RollUpDay, rolled())
    stage.press("F12")
    assert stage.asked(RollUpDay) == [RollUpDay(business_date=day)]
    assert "26111901" in stage.said()


def test_a_roll_up_is_printed_on_a_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[tuple[Any, str]] = []
    monkeypatch.setattr(stage.place.paper, "print", lambda paper, role, _id: printed.append((paper, role)))
    desk = show(stage)
    desk.list.table.select(f"day:{roll_ups().days[1].business_date}")
    stage.settle()
    stage.press("F7")
    assert printed == []  # a day that is not rolled up has no paper yet
    desk.list.table.select("rolled:3")
    stage.settle()
    stage.press("F7")
    ((paper, role),) = printed
    assert (type(paper), role, paper.copy.by) == (RollUp, "a5", "王芳")
    assert paper.facts.number == "26111901"
    assert paper.facts.at.utcoffset() == stage.place.now().utcoffset()


@pytest.mark.parametrize("code", ["zh_CN", "en"])
def test_the_key_bar_says_what_the_step_is(stage: Stage, code: str) -> None:
    from client import texts

    desk = show(stage, counted(EXPECTED))
    texts.speak(code)
    stage.settle()
    step = next(action for action in desk.actions() if action.id == "step")
    assert step.caption() == {"zh_CN": "日结", "en": "Close the day"}[code]
    assert desk.button.text() == step.caption()
