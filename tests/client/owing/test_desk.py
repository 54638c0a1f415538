"""The desk of owed drugs on a stage: what is there now, handing it over, giving it up, and the other lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.owing.model import NOT_THERE, NOTHING_MARKED, OwingModel
from client.owing.view import OwingDesk
from common.dispensing_errors import NothingOwed
from common.messages.dispensing import GetOwedSlip, GiveUpOwed, GiveUpReason, ListAlone, ListOpenPacks, ListOwed
from tests.client.owing import samples
from tests.client.pharmacy import samples as pharmacy

if TYPE_CHECKING:
    from tests.client.stage import Stage


@pytest.fixture
def desk(stage: Stage) -> OwingDesk:
    stage.answers(ListOwed, samples.OWED)
    stage.answers(ListOpenPacks, samples.PACKS)
    stage.answers(ListAlone, samples.ALONE)
    stage.answers(GetOwedSlip, samples.SLIP)
    stage.answers(GiveUpOwed, lambda request: pharmacy.prescription(id=request.prescription_id, state="DISPENSED"))
    made = OwingDesk(stage.place)
    stage.show(made)
    stage.settle()
    return made


def test_the_list_says_what_is_there_now(desk: OwingDesk) -> None:
    assert [row.ready for row in desk.owed.rows()] == [True, False, False]
    assert desk.model.current is not None
    assert desk.model.current.prescription_id == 7
    assert [line.line_id for line in desk.lines.rows()] == [1]


def test_what_is_there_is_handed_over_at_the_pharmacys_desk(stage: Stage, desk: OwingDesk) -> None:
    went: list[object] = []
    desk.go.connect(lambda name, subject: went.append((name, subject)))
    stage.press("F12")
    assert went == [("pharmacy", 7)]
    stage.press("Down", "Down")
    assert desk.model.may_finish() == NOT_THERE
    stage.press("F12")
    assert len(went) == 1


def test_a_rest_is_given_up_by_digit(stage: Stage, desk: OwingDesk) -> None:
    stage.press("F7", "2")
    assert desk.model.reason is GiveUpReason.NO_STOCK
    stage.press("F12")
    stage.settle()
    assert [(each.prescription_id, each.reason) for each in stage.asked(GiveUpOwed)] == [(7, GiveUpReason.NO_STOCK)]
    assert not desk.model.giving_up


def test_escape_gives_nothing_up(stage: Stage, desk: OwingDesk) -> None:
    stage.press("F7", "Esc")
    assert not desk.model.giving_up
    assert stage.asked(GiveUpOwed) == []
    stage.answers(GiveUpOwed, NothingOwed(number="26111900007"))
    stage.press("F7", "F12")
    stage.settle()
    assert not desk.model.sending
    assert "26111900007" in stage.said()


def test_the_slip_is_printed_again(stage: Stage, desk: OwingDesk) -> None:
    stage.press("F9")
    stage.settle()
    assert [each.prescription_id for each in stage.asked(GetOwedSlip)] == [7]


def test_searching_narrows_the_list_of_the_page(stage: Stage, desk: OwingDesk) -> None:
    stage.press("F2")
    stage.type("布洛芬")
    assert [row.prescription_id for row in desk.owed.rows()] == [9]
    stage.press("Esc")
    assert len(desk.owed.rows()) == 3
    stage.press("F4")
    assert desk.model.page.value == "packs"
    assert [pack.pack_id for pack in desk.packs.rows()] == [5]
    stage.press("F4")
    assert [each.reason for each in desk.alone.rows()] == ["夜班一人值班"]
    assert desk.model.may_finish() == NOTHING_MARKED
    stage.press("F4")
    assert desk.model.page.value == "owed"


def test_a_list_that_is_read_anew_keeps_the_marked_row() -> None:
    model = OwingModel()
    model.listed(samples.OWED.entries)
    model.current = model.owed[1]
    model.giving_up = True
    model.listed(samples.OWED.entries)
    assert model.current is model.owed[1]
    assert model.may_finish() is True
    model.listed(samples.OWED.entries[:1])
    assert vars(model)["current"] is None
    assert vars(model)["giving_up"] is False
