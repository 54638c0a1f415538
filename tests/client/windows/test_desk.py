"""The desk of the pharmacy's windows on a stage: opening and closing, rules, this computer's window, and the screen in the hall."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication

from client import robot, speech
from client.calls import words
from client.speech import Speech
from client.windows.view import WindowsDesk
from common.errors import AlreadyExists
from common.i18n import ENGLISH, set_language
from common.messages.consult import PrescriptionKind
from common.messages.herbal import DecoctionFee, DecoctionFees, GetDecoctionFee
from common.messages.windows import (
    CloseWindow,
    GetPharmacyRules,
    ListCalls,
    ListWindows,
    OpenWindow,
    PharmacyRules,
    ReserveAt,
    SetPharmacyRules,
    SetWindow,
    WeighingRule,
    WindowSet,
)
from common.wire import Change, Done
from tests.client.windows import samples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.stage import Stage


@pytest.fixture
def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> WindowsDesk:
    monkeypatch.setattr("client.settings.save", lambda _settings: None)
    stage.answers(ListWindows, samples.windows())
    stage.answers(GetPharmacyRules, PharmacyRules())
    fee = DecoctionFee(name="中药煎药", unit="剂", price=Decimal("3.00"), per="giving", quantity=Decimal(1), amount_fen=300)
    stage.answers(GetDecoctionFee, DecoctionFees(fees=(fee,)))
    stage.answers(ListCalls, samples.calls())
    for kind in (SetWindow, OpenWindow, CloseWindow):
        stage.answers(kind, WindowSet(window_id=1, moved=2))
    stage.answers(SetPharmacyRules, Done())
    return WindowsDesk(stage.place)


def test_one_key_opens_what_is_closed_and_closes_ones_own(stage: Stage, desk: WindowsDesk) -> None:
    stage.show(desk)
    stage.press("F6")  # 1号窗口, where this person stands
    assert [request.window_id for request in stage.asked(CloseWindow)] == [1]
    assert "2 张" in stage.said()
    stage.press("Down", "Down", "F6")
    assert [request.window_id for request in stage.asked(OpenWindow)] == [3]


def test_somebody_elses_window_is_asked_about(stage: Stage, desk: WindowsDesk) -> None:
    stage.show(desk)
    stage.press("Down", "F6")
    assert (stage.asked(CloseWindow), stage.asked(OpenWindow)) == ([], [])
    stage.press("Escape")
    assert stage.asked(OpenWindow) == []


def test_a_new_window_and_rules_are_saved_together(stage: Stage, desk: WindowsDesk) -> None:
    stage.show(desk)
    stage.press("F12")
    assert stage.asked(SetWindow) == []
    assert "没有改动" in stage.said()
    stage.press("F3")
    stage.press("F12")
    assert stage.asked(SetWindow) == []  # no name yet
    stage.type("急诊窗")
    stage.press("Tab", "2")
    desk.batch.setFocus()
    stage.press("Right")
    stage.press("F12")
    assert stage.asked(SetWindow) == [SetWindow(name="急诊窗", kinds=(PrescriptionKind.EMERGENCY,))]
    assert stage.asked(SetPharmacyRules) == [SetPharmacyRules(rules=PharmacyRules(batch_review=True))]


def test_a_name_that_is_taken_is_said_and_stays_in_the_field(stage: Stage, desk: WindowsDesk) -> None:
    stage.answers(SetWindow, AlreadyExists(kind="A window of this name", key="2号窗口"))
    stage.show(desk)
    stage.press("F3")
    stage.type("2号窗口")
    stage.press("F12")
    assert "2号窗口" in stage.said()
    assert desk.name.text() == "2号窗口"
    stage.press("Escape")
    assert desk.name.text() == "1号窗口"


def test_rules_of_somebody_else_do_not_undo_what_was_chosen(stage: Stage, desk: WindowsDesk) -> None:
    stage.show(desk)
    desk.reserve.setFocus()
    stage.press("Right")
    stage.answers(GetPharmacyRules, PharmacyRules(batch_review=True))
    desk.refresh(frozenset({Change(topic="window")}))
    stage.settle()
    assert desk.model.rules_typed.reserve_at is ReserveAt.PAYMENT


def test_which_slices_are_weighed_is_a_rule_and_what_boiling_costs_stands_there(stage: Stage, desk: WindowsDesk) -> None:
    stage.show(desk)
    assert "每剂 ¥3" in desk.fee.text()
    desk.weighing.setFocus()
    stage.press("Right", "F12")
    assert stage.asked(SetPharmacyRules) == [SetPharmacyRules(rules=PharmacyRules(weighing=WeighingRule.TOXIC))]
    stage.answers(GetDecoctionFee, DecoctionFees(fees=()))
    desk.refresh(frozenset({Change(topic="window")}))
    stage.settle()
    assert "不收费" in desk.fee.text()


def test_this_computers_window_is_kept(stage: Stage, desk: WindowsDesk) -> None:
    stage.show(desk)
    stage.press("F8")
    assert stage.place.settings.window_id == 1
    stage.press("F8")
    assert stage.place.settings.window_id == 0


# --- the hall


def test_the_hall_hears_only_those_who_are_called_from_now_on(stage: Stage, desk: WindowsDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.place.settings.sounds = True
    spoken: list[str] = []
    monkeypatch.setattr(Speech, "say", lambda _self, sentence: spoken.append(sentence))
    stage.show(desk)
    assert stage.asked(ListCalls) == []
    stage.press("F11")
    assert desk.hall is not None
    screen = desk.hall.screen
    assert [call.patient for call in screen.called()] == ["阿***提", "欧**凤", "李*远", "张*"]
    assert [call.patient for call in screen.passed()] == ["王*兰", "赵*"]
    assert spoken == []
    stage.answers(ListCalls, samples.calls(samples.call(8, "陈*国", times=2), samples.call(7, "周*", passed=True)))
    desk.refresh(frozenset({Change(topic="window")}))
    stage.settle()
    assert spoken == ["请陈某国到3号窗口取药。"]
    robot.press(screen, "Escape")
    assert not desk.hall.shown()
    stage.answers(ListCalls, samples.calls(samples.call(9, "何*")))
    desk.refresh(frozenset())
    stage.settle()
    stage.press("F11")
    assert desk.hall.shown()
    assert len(spoken) == 1  # a hall that is not shown is silent, and what was called then is not called out later
    desk.hall.screen.close()


def test_the_hall_goes_on_while_another_desk_is_at_the_front(stage: Stage, desk: WindowsDesk) -> None:
    frame = stage.show(desk)
    stage.press("F11")
    frame.rest()
    stage.answers(ListCalls, samples.calls(samples.call(7, "陈*国")))
    stage.ops.changed.emit(frozenset({Change(topic="window")}))
    stage.settle()
    assert desk.hall is not None
    assert desk.hall.screen.called()[0].patient == "陈*国"
    asked = len(stage.asked(ListCalls))
    stage.ops.changed.emit(frozenset({Change(topic="patient")}))
    desk.hall.screen.close()
    stage.ops.changed.emit(frozenset({Change(topic="window")}))
    stage.settle()
    assert len(stage.asked(ListCalls)) == asked


def test_a_name_is_spoken_without_its_stars() -> None:
    call = samples.call(1, "阿***提")
    assert words.aloud(call) == "请阿某提到2号窗口取药。"
    set_language(ENGLISH)
    assert words.aloud(call) == "请阿某提到2号窗口取药。"  # the hall hears Chinese


def test_sentences_are_spoken_in_turn_and_never_as_a_command(tmp_path: Path, stage: Stage) -> None:
    heard = tmp_path / "heard.txt"
    program = [sys.executable, "-c", f"import sys; open({str(heard)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')"]
    said: list[str] = []
    speaking = Speech(program)
    speaking.said.connect(said.append)
    for sentence in ("一 $(touch x)", "二"):
        speaking.say(sentence)
    stage.settle(until=lambda: len(said) == 2 * speech.TIMES)
    assert heard.read_text(encoding="utf-8").split("\n")[:-1] == ["一 $(touch x)"] * 2 + ["二"] * 2


def test_without_a_voice_there_is_a_chime_once(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    chimes: list[int] = []
    monkeypatch.setattr("client.sounds.called", lambda: chimes.append(1))
    said: list[str] = []
    speaking = Speech(["/no/such/program"])
    speaking.said.connect(said.append)
    speaking.say("请张某三到3号窗口取药。")
    stage.settle(until=lambda: bool(said))
    monkeypatch.setattr("client.speech.voice", lambda: None)
    mute = Speech()
    mute.say("二")
    QCoreApplication.processEvents()
    assert len(chimes) == 2
