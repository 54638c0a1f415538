"""The hall's screen at a computer of its own: it comes by itself, comes back by itself, blinks, turns its pages, and says when it may be old."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from client import desks, robot
from client.calls import screen as screens
from client.calls.screen import CallScreen
from client.hall.view import HallDesk
from client.speech import Speech
from client.ticket import Link
from common.errors import Unreachable
from common.messages.windows import CallFacts, CallList, ListCalls
from common.permissions import Role, permissions_of
from tests.client.stage import Stage
from tests.client.windows import samples

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication


class Clock:
    """The seconds that the screen sees."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(screens, "time", made)
    return made


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(Speech, "say", lambda _self, sentence: said.append(sentence))
    return said


@pytest.fixture
def hall(app: QApplication, tmp_path: Path, clock: Clock, spoken: list[str]) -> Iterator[Stage]:
    made = Stage(tmp_path, (Role.HALL_SCREEN,))
    made.place.settings.sounds = True
    made.answers(ListCalls, samples.calls())
    yield made
    made.close()


def rows(screen: CallScreen) -> QImage:
    """What is seen below the head, in which the minutes pass."""
    return screen.grab(screen.rect().adjusted(0, screen.height() // 8, 0, 0)).toImage()


def shown(hall: Stage) -> CallScreen:
    """The screen of a desk that was opened just now."""
    desk = HallDesk(hall.place)
    hall.show(desk)
    assert desk.hall.shown()
    return desk.hall.screen


def test_the_screen_is_all_that_such_a_computer_opens() -> None:
    assert [entry.id for entry in desks.permitted(permissions_of((Role.HALL_SCREEN,)))] == ["hall"]
    assert "hall" not in [entry.id for entry in desks.permitted(permissions_of((Role.PHARMACIST, Role.MANAGER)))]


def test_it_comes_by_itself_and_back_by_a_key(hall: Stage) -> None:
    screen = shown(hall)
    robot.press(screen, "Escape")
    assert not screen.isVisible()
    hall.press("F11")
    assert screen.isVisible()


def test_it_says_when_it_may_be_old_and_comes_back_by_itself(hall: Stage, clock: Clock) -> None:
    screen = shown(hall)
    assert screen.doubt() == ""
    hall.ops.link_changed.emit(Link(online=False))
    assert "网络中断" in screen.doubt()
    assert "最后更新" in screen.doubt()
    hall.answers(ListCalls, samples.calls(samples.call(7, "陈*国")))
    hall.ops.link_changed.emit(Link(online=True))
    hall.settle()
    assert screen.doubt() == ""
    assert screen.called()[0].patient == "陈*国"
    clock.now += screens.OLD_SECONDS
    assert "最后更新" in screen.doubt()  # the line seems to stand, and nothing comes
    desk = hall.frame and hall.frame.desk
    assert isinstance(desk, HallDesk)
    hall.answers(ListCalls, Unreachable())
    desk.hall.load()
    hall.settle()
    assert "网络中断" in screen.doubt()
    hall.answers(ListCalls, samples.calls())
    desk.hall.load()
    hall.settle()
    assert screen.doubt() == ""


def test_who_is_called_again_stands_out_and_is_spoken_again(hall: Stage, clock: Clock, spoken: list[str]) -> None:
    screen = shown(hall)
    for times, call_id in ((2, 8), (3, 9)):
        hall.answers(ListCalls, samples.calls(samples.call(call_id, "陈*国", times=times, window="1号窗口")))
        hall.ops.changed.emit(frozenset())
        hall.settle()
        assert spoken == ["请陈某国到1号窗口取药。"] * (times - 1)
        pictures = []
        for _ in range(4):
            pictures.append(rows(screen))
            clock.now += 0.5
        assert pictures[0] != pictures[1]
        assert pictures[0] == pictures[2]
        clock.now += screens.BLINK_SECONDS
        steady = rows(screen)
        clock.now += 0.5
        assert rows(screen) == steady
        clock.now += screens.FRESH_SECONDS
        assert rows(screen) != steady


def many(count: int) -> CallList:
    rows: tuple[CallFacts, ...] = tuple(samples.call(number, f"患*{number}") for number in range(count, 0, -1))
    return CallList(clinic="杏林门诊部", calls=rows)


def test_long_queues_turn_pages_and_a_fresh_call_comes_first(hall: Stage, clock: Clock) -> None:
    hall.answers(ListCalls, many(12))
    screen = shown(hall)
    seen = []
    for _ in range(4):
        seen.append(screen.page)
        clock.now += screens.PAGE_SECONDS
        screen.tick()
    assert seen == [0, 1, 2, 0]
    assert screen.page == 1
    hall.answers(ListCalls, many(13))
    hall.ops.changed.emit(frozenset())
    hall.settle()
    clock.now += screens.PAGE_SECONDS - 1
    screen.tick()
    assert screen.page == 0
    hall.answers(ListCalls, many(2))
    clock.now += 2 * screens.PAGE_SECONDS
    screen.tick()
    hall.ops.changed.emit(frozenset())
    hall.settle()
    screen.grab()  # fewer pages than the one that stood there
    assert screen.pages() == 1
