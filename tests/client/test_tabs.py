"""Several desks for one person, by keys only: tabs, what stays as it was, what a desk that is not on the screen hears and does."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtWidgets import QWidget

from client import capture, desks, robot, texts
from client.action import Action
from client.connection import Service
from client.desk import DeskSpec, Workplace
from client.desks import DeskEntry
from client.settings import DeskSettings
from client.shell.chooser import ChooserPage
from client.shell.devices.view import DevicesDesk
from client.shell.frame import Frame
from client.shell.sign_in import SignInPage
from client.shell.stale import MOST, StaleMarks
from client.shell.window import DeskWindow
from client.ticket import Link
from common import wire
from common.i18n import CHINESE, ENGLISH
from common.permissions import Permission, Role, permissions_of
from common.prescribing_errors import NoDiagnosis
from common.wire import Change, Done
from tests.client.sample_desk import SampleDesk
from tests.client.stage import session
from tests.client.wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from client.desk import Desk
    from tests.client.stage import Stage

#: In the order of the tabs, with titles as long as those of real desks.
NAMES = ("registration", "doctor", "cashier", "pharmacy", "refunds", "accounts", "closing", "invoices", "finance", "insurance")
TITLES = (
    "desk|Registration",
    "desk|Doctor",
    "desk|Cashier",
    "desk|Pharmacy",
    "Print again",
    "Sign out",
    "All actions",
    "Refresh",
    "Help",
    "Lock",
)
ENTRIES = tuple(
    DeskEntry(name, title, "", "desk", Permission.ADMIN_AUDIT if name == "insurance" else Permission.ANYONE)
    for name, title in zip(NAMES, TITLES, strict=True)
)


class TabDesk(SampleDesk):
    """Remembers what other desks sent, and sends to others."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.opened: list[Any] = []
        self.order: list[str] = []

    def actions(self) -> list[Action]:  # type: ignore[override]
        return [
            *super().actions(),
            Action(id="refund", title="Close", key="F8", run=lambda: self.go.emit("refunds", 17)),
            Action(id="insured", title="Close", key="F10", run=lambda: self.go.emit("insurance", 17)),
        ]

    def refresh(self, changes: frozenset[Change]) -> None:
        super().refresh(changes)
        self.order.append("refresh")

    def open(self, subject: Any) -> None:
        self.opened.append(subject)
        self.order.append("open")


def _spec(entry: DeskEntry) -> DeskSpec:
    kind = type("Desk", (TabDesk,), {"id": entry.id})
    return DeskSpec(id=entry.id, title=entry.title, needs=entry.needs, create=kind)


@pytest.fixture
def server() -> Iterator[WireServer]:
    made = WireServer()
    may = (*permissions_of([Role.CASHIER]), Permission.ANYONE)
    made.reply("sign_in", msgspec.structs.replace(session(), permissions=tuple(each for each in may if each is not Permission.ADMIN_AUDIT)))
    for name in ("sign_out", "unlock", "hold_visit"):
        made.reply(name, Done())
    yield made
    made.stop()


@pytest.fixture
def window(app: QApplication, server: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskWindow]:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    monkeypatch.setattr("client.desks.DESKS", ENTRIES)
    monkeypatch.setattr("client.shell.frame.DESKS", ENTRIES)
    monkeypatch.setattr("client.desks.DeskEntry.load", _spec)
    monkeypatch.setattr("client.desks.DeskEntry.installed", lambda _entry: True)
    made = DeskWindow(DeskSettings(last_login="wangfang", last_desk="cashier", sounds=False), Service(server.url), tmp_path)
    made.show()
    made.activateWindow()
    capture.settle()
    yield made
    made.close()
    capture.settle()


@pytest.fixture
def cashier(window: DeskWindow, qtbot: QtBot) -> TabDesk:
    """Signed in, at the cashier's desk, the last one used."""
    sign_in(window, qtbot)
    return here(window)


def sign_in(window: DeskWindow, qtbot: QtBot) -> None:
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: not isinstance(window.pages.currentWidget(), SignInPage), timeout=20_000)
    capture.settle()


def press(window: DeskWindow, *keys: str) -> None:
    for key in keys:
        robot.press(window, key)
        capture.settle()


def frame(window: DeskWindow) -> Frame:
    assert window.frame is not None
    assert window.pages.currentWidget() is window.frame
    return window.frame


def here(window: DeskWindow) -> TabDesk:
    desk = frame(window).desk
    assert isinstance(desk, TabDesk)
    return desk


def open_ones(window: DeskWindow) -> list[str]:
    return [name for name in NAMES if window.open_desks.desk(name) is not None]


# --- going about ---------------------------------------------------------------------------------------------------------------------


def test_signing_in_lands_on_the_desk_used_last_and_makes_no_other(window: DeskWindow, cashier: TabDesk) -> None:
    assert cashier.id == "cashier"
    assert open_ones(window) == ["cashier"]
    assert frame(window).strip.tabs.isVisible()


def test_ctrl_and_a_digit_shows_a_desk_and_every_desk_is_as_it_was_left(window: DeskWindow, cashier: TabDesk, qtbot: QtBot) -> None:
    press(window, "F6")
    qtbot.waitUntil(lambda: frame(window).line.text() == "held", timeout=20_000)
    press(window, "Alt+2")
    robot.type_text(window, "abcdef")
    press(window, "Left", "Left")
    press(window, "Ctrl+2")
    assert here(window).id == "doctor"
    assert open_ones(window) == ["doctor", "cashier"]
    assert "医生" in window.windowTitle()
    assert frame(window).line.text() == ""
    press(window, "Alt+2")
    robot.type_text(window, "其他")
    press(window, "Ctrl+3")
    assert here(window) is cashier
    robot.type_text(window, "x")
    assert cashier.field.text() == "abcdxef", "the focus and the cursor are where they were"
    assert frame(window).line.text() == "held"
    press(window, "Ctrl+2")
    assert here(window).field.text() == "其他"
    assert here(window).field.hasFocus()
    assert window.settings.last_desk == "doctor"
    assert len(here(window).refreshed) == 1, "nothing was stale, so nothing was read again"


def test_the_key_of_the_desk_at_the_front_does_nothing_and_reaches_no_field(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "Alt+2", "Ctrl+3")
    assert here(window) is cashier
    assert cashier.field.text() == ""
    assert frame(window).press("Ctrl+3")


def test_a_click_on_a_tab_goes_there_too(window: DeskWindow, cashier: TabDesk) -> None:
    strip = frame(window).strip
    strip.tabs._tabs[3].click()
    capture.settle()
    assert here(window).id == "pharmacy"
    assert [tab.current for tab in frame(window).strip.tabs._tabs].index(True) == 3


def test_the_palette_goes_to_a_desk_by_its_initials_and_lists_none_that_is_here(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "Ctrl+K")
    ids = [entry.offer.action.id for entry in frame(window).palette_sheet.list.rows()]
    assert [each for each in ids if each.startswith("go_")] == [f"go_{name}" for name in NAMES[:-1] if name != "cashier"]
    robot.type_text(window, "qgh")
    press(window, "Return")
    assert here(window).id == "registration"


def test_the_keys_work_over_a_sheet_and_the_sheet_goes(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "F1", "Ctrl+2")
    assert here(window).id == "doctor"
    press(window, "Ctrl+3")
    assert not frame(window).help_sheet.isVisible()
    assert cashier.search.field.hasFocus()


def test_one_desk_alone_has_no_tabs_and_no_keys_for_them(
    window: DeskWindow, server: WireServer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client.desks.DESKS", ENTRIES[2:3])
    sign_in(window, qtbot)
    assert not frame(window).strip.tabs.isVisible()
    assert "收费" in frame(window).strip.place.text()
    assert not frame(window).press("Ctrl+2")
    assert not [each for each in frame(window).offers() if each.action.id.startswith("go_")]


def test_somebody_who_may_not_use_the_last_desk_chooses(window: DeskWindow, qtbot: QtBot) -> None:
    window.settings.last_desk = "insurance"
    sign_in(window, qtbot)
    assert isinstance(window.pages.currentWidget(), ChooserPage)
    press(window, "Down", "Return")
    assert here(window).id == "accounts", "the one below the first of two rows"


def test_the_chooser_leaves_the_desks_open_and_escape_goes_back(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "Alt+2")
    robot.type_text(window, "kept")
    frame(window).run_id("desks")
    capture.settle()
    assert isinstance(window.pages.currentWidget(), ChooserPage)
    assert window.frame is None
    robot.scan(window, "6901234567892")
    capture.settle()
    assert isinstance(window.pages.currentWidget(), ChooserPage), "the digits of a code are no choice"
    assert cashier.codes == []
    press(window, "Esc")
    assert here(window) is cashier
    assert cashier.field.hasFocus()
    frame(window).run_id("desks")
    press(window, "9")
    assert here(window).id == "finance"
    frame(window).run_id("desks")
    press(window, "3")
    assert here(window) is cashier
    assert (cashier.field.text(), cashier.wound_up) == ("kept", False)


def test_the_devices_lie_over_a_desk_and_the_others_stay(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "Ctrl+2", "Ctrl+3")
    window.show_devices()
    capture.settle()
    assert isinstance(frame(window).desk, DevicesDesk)
    assert not frame(window).press("Ctrl+2")
    press(window, "Esc")
    assert here(window) is cashier
    assert open_ones(window) == ["doctor", "cashier"]
    press(window, "Ctrl+2")
    assert here(window).id == "doctor"


# --- a desk that is not on the screen --------------------------------------------------------------------------------------------------


def test_changes_are_noted_and_read_when_the_desk_is_shown_again(window: DeskWindow, cashier: TabDesk) -> None:
    assert window.ops is not None
    press(window, "Ctrl+2")
    doctor = here(window)
    cashier.refreshed.clear()
    doctor.refreshed.clear()
    bills = frozenset({Change(topic="bill", id=1), Change(topic="bill", id=3)})
    for change in (*bills, Change(topic="stock", id=2)):
        window.ops.changed.emit(frozenset({change}))
    capture.settle()
    press(window, "Ctrl+3")
    assert cashier.refreshed == [bills], "once, with all that happened"
    press(window, "Ctrl+2", "Ctrl+3")
    assert doctor.refreshed == [bills], "what was gathered when it was left is not forgotten"
    assert cashier.refreshed == [bills]


def test_after_too_many_changes_everything_is_read_anew() -> None:
    marks = StaleMarks(frozenset({"bill"}))
    assert not marks
    marks.add(frozenset({Change(topic="stock", id=1)}))
    assert not marks
    marks.add(frozenset(Change(topic="bill", id=number) for number in range(MOST)))
    assert marks
    assert len(marks.take()) == MOST
    assert not marks
    marks.add(frozenset(Change(topic="bill", id=number) for number in range(MOST + 1)))
    assert (bool(marks), marks.take(), bool(marks)) == (True, frozenset(), False)
    marks.add(frozenset())
    marks.add(frozenset({Change(topic="bill", id=1)}))
    assert marks.take() == frozenset()


def test_scans_and_cards_go_to_the_desk_on_the_screen_alone(window: DeskWindow, cashier: TabDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    cards: list[tuple[str, object]] = []
    monkeypatch.setattr(TabDesk, "carded", lambda desk, card: cards.append((desk.id, card)))
    press(window, "Ctrl+2")
    robot.scan(window, "6901234567892")
    assert window.workplace is not None
    window.workplace.devices.scanned.emit("690")
    window.workplace.devices.carded.emit("card")
    assert (here(window).codes, cashier.codes) == (["6901234567892", "690"], [])
    assert cards == [("doctor", "card")]


def _held_back(server: WireServer, answer: Any = None) -> threading.Event:
    """Let the service think about a held visit until the event is set."""
    go_on = threading.Event()
    ready: Callable[[bytes], tuple[int, bytes]]
    if answer is not None:
        server.reply("hold_visit", answer)
        ready = server.answers["hold_visit"]
    else:
        ready = lambda _body: (200, wire.encode(Done()))  # noqa: E731

    def wait(body: bytes) -> tuple[int, bytes]:
        assert go_on.wait(20)
        return ready(body)

    server.answers["hold_visit"] = wait
    return go_on


def test_a_late_answer_reaches_its_desk_marks_its_tab_and_takes_no_key_away(
    window: DeskWindow, cashier: TabDesk, server: WireServer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = TabDesk.tell

    def tell_and_take_the_focus(desk: TabDesk, *words: Any, **more: Any) -> None:
        tell(desk, *words, **more)
        desk.field.setFocus()

    monkeypatch.setattr(TabDesk, "tell", tell_and_take_the_focus)
    go_on = _held_back(server)
    press(window, "Alt+1", "F6", "Ctrl+2", "Alt+2")
    doctor = here(window)
    robot.type_text(window, "ab")
    go_on.set()
    tabs = frame(window).strip.tabs
    qtbot.waitUntil(lambda: tabs.marked() == {"cashier": "done"}, timeout=20_000)
    robot.type_text(window, "cd")
    assert doctor.field.text() == "abcd"
    assert cashier.field.text() == ""
    assert frame(window).line.text() == "", "it is the other desk's result"
    press(window, "Ctrl+3")
    assert frame(window).line.text() == "held"
    assert frame(window).strip.tabs.marked() == {}
    assert cashier.field.hasFocus(), "where the desk itself put it meanwhile"


def test_a_desk_that_is_not_on_the_screen_asks_when_it_is_shown_and_its_tab_says_so(window: DeskWindow, cashier: TabDesk) -> None:
    done: list[str] = []
    press(window, "Alt+2", "Ctrl+2", "Alt+2")
    doctor = here(window)
    cashier.ask("作废？", [("Close", lambda: done.append("voided"))])
    capture.settle()
    assert doctor.field.hasFocus()
    assert frame(window).strip.tabs.marked() == {"cashier": "warning"}
    press(window, "Ctrl+3")
    assert frame(window).question.isVisible()
    press(window, "Ctrl+2", "Ctrl+3", "Return")
    assert done == [], "it still stands, on no"
    assert not frame(window).question.isVisible()
    assert cashier.field.hasFocus()


def test_what_belongs_to_no_desk_is_said_once_at_the_front(window: DeskWindow, cashier: TabDesk, server: WireServer, qtbot: QtBot) -> None:
    assert window.ops is not None
    press(window, "Ctrl+2")
    window.ops.failed.emit(NoDiagnosis())
    assert frame(window).line.text() == str(NoDiagnosis())
    frame(window).run_id("desks")
    capture.settle()
    window.ops.failed.emit(NoDiagnosis())
    press(window, "Ctrl+3") if window.frame is not None else press(window, "3")
    assert frame(window).line.text() == ""
    assert frame(window).strip.tabs.marked() == {"doctor": "danger"}, "said where the person was; nothing was lost"


# --- one desk sends the person to another ------------------------------------------------------------------------------------------------


def test_a_desk_opens_another_one_on_an_object(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "F8")
    refunds = here(window)
    assert (refunds.id, refunds.opened, refunds.order) == ("refunds", [17], ["refresh", "open"])
    press(window, "Ctrl+3")
    assert window.ops is not None
    window.ops.changed.emit(frozenset({Change(topic="bill", id=1)}))
    press(window, "F8")
    assert here(window) is refunds
    assert refunds.order == ["refresh", "open", "refresh", "open"], "fresh before it opens anything"


def test_a_desk_that_the_roles_do_not_open_is_refused_with_a_sentence(window: DeskWindow, cashier: TabDesk) -> None:
    assert cashier.may_go("refunds")
    assert not cashier.may_go("insurance")
    press(window, "F10")
    assert here(window) is cashier
    assert "角色" in frame(window).line.text()
    cashier.go.emit("kitchen", None)
    assert "kitchen" in frame(window).line.text()


def test_a_desk_in_the_background_sends_nobody_anywhere(window: DeskWindow, cashier: TabDesk) -> None:
    press(window, "Ctrl+2")
    cashier.go.emit("refunds", 17)
    capture.settle()
    assert here(window).id == "doctor"
    assert open_ones(window) == ["doctor", "cashier"]


# --- lock and end ------------------------------------------------------------------------------------------------------------------------


def test_the_lock_covers_all_desks(window: DeskWindow, cashier: TabDesk, qtbot: QtBot) -> None:
    press(window, "Ctrl+2", "Alt+2", "Ctrl+L")
    doctor = here(window)
    assert window.locked()
    press(window, "Ctrl+3")
    cashier.go.emit("refunds", 17)
    doctor.go.emit("refunds", 17)
    robot.scan(window, "6901234567892")
    assert here(window) is doctor
    assert doctor.codes == cashier.codes == []
    qtbot.waitUntil(lambda: not window.locked(), timeout=20_000)  # there the code and its Enter were a password, and this service takes any
    assert doctor.field.hasFocus()


def test_signing_out_winds_every_desk_up_and_the_next_person_finds_none_of_them(window: DeskWindow, cashier: TabDesk, qtbot: QtBot) -> None:
    gone: list[str] = []
    press(window, "Ctrl+2")
    doctor = here(window)
    for desk in (cashier, doctor):
        desk.destroyed.connect(lambda _gone=None: gone.append("gone"))
    frame(window).run_id("sign_out")
    capture.settle()
    assert open_ones(window) == []
    assert window.pages.count() == 1
    qtbot.waitUntil(lambda: len(gone) == 2, timeout=20_000)
    sign_in(window, qtbot)
    assert here(window).id == "doctor"
    assert open_ones(window) == ["doctor"]


def test_signing_out_keeps_the_drafts_of_all(window: DeskWindow, cashier: TabDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(TabDesk, "wind_up", lambda desk: kept.append(desk.id))
    press(window, "Ctrl+2", "Ctrl+4")
    window.sign_out()
    assert sorted(kept) == ["cashier", "doctor", "pharmacy"]


# --- room --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
@pytest.mark.parametrize("link", [Link(), Link(online=False, waiting=12)])
def test_six_tabs_and_what_the_strip_says_have_room_at_the_smallest_window(stage: Stage, language: str, link: Link) -> None:
    strip = _strip(stage, ENTRIES[:6], language, link)
    assert strip.tabs.shown() == list(NAMES[:6])
    assert not strip.tabs._more.isVisible()
    assert _cut(strip) == []
    assert strip.person.text() == "王芳"
    assert link.online or "12" in strip.middle.text()


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_more_tabs_than_there_is_room_for_are_behind_dots_but_never_the_current_one(stage: Stage, language: str) -> None:
    long = tuple(replace(entry, title="No, leave it") for entry in ENTRIES)
    strip = _strip(stage, long, language, Link(online=False, waiting=12), here="insurance")
    shown = strip.tabs.shown()
    assert shown[-1] == "insurance"
    assert len(shown) < len(long)
    assert strip.tabs._more.isVisible()
    strip.tabs.mark({"finance": "danger"})
    assert strip.tabs._more.tone == "danger"
    assert _cut(strip) == []
    left: list[str] = []
    assert stage.frame is not None
    stage.frame.leaving.connect(left.append)
    strip.tabs._more.click()
    assert left == ["desks"]


def test_a_window_that_grows_says_more_and_may_shrink_again(stage: Stage) -> None:
    strip = _strip(stage, ENTRIES[:6], ENGLISH, Link(online=False, waiting=12))
    frame = stage.frame
    assert frame is not None
    short = strip.middle.text()
    frame.resize(1920, 1080)
    stage.settle()
    assert len(strip.middle.text()) > len(short)
    assert "Xinglin Clinic" in strip.place.text()
    frame.resize(1024, 640)
    stage.settle()
    assert frame.width() == 1024
    assert strip.middle.text() == short


def _strip(stage: Stage, entries: tuple[DeskEntry, ...], language: str, link: Link, here: str = "cashier") -> Any:
    kind = type("Desk", (TabDesk,), {"id": here})
    desk: Desk = kind(stage.place)
    stage.place.settings.desk_name = "收费一号窗口"
    made = Frame(stage.place, desk, entries)
    stage.frame = made
    made.resize(1024, 640)
    made.show()
    texts.speak(language)
    made.strip.show_link(link)
    stage.settle()
    return made.strip


def _cut(strip: QWidget) -> list[str]:
    """Widgets of the strip that are narrower than what they say, or outside of it."""
    found = [each for each in strip.findChildren(QWidget) if each.isVisible() and type(each).__name__ in ("_Tab", "Label", "Badge")]
    assert len(found) > 4
    return [
        f"{type(each).__name__} {getattr(each, 'text', str)()}"
        for each in found
        if each.width() < each.sizeHint().width()
        or not strip.rect().contains(each.rect().translated(each.mapTo(strip, each.rect().topLeft())))
    ]


def test_every_desk_has_a_title_for_its_tab_in_both_languages() -> None:
    for entry in desks.DESKS:
        texts.speak(CHINESE)
        chinese = entry.tab_title()
        texts.speak(ENGLISH)
        english = entry.tab_title()
        texts.speak(CHINESE)
        assert len(english) <= 14, f"{entry.id}: give it a shorter tab"
        assert chinese != english
