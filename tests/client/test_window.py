"""The window: sign in, choose, work, lock, unlock, leave."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from client import capture, desks, robot, settings
from client.connection import Service
from client.desk import DeskSpec
from client.settings import DeskSettings
from client.shell.chooser import ChooserPage
from client.shell.pair import PairPage
from client.shell.sign_in import NewPasswordPage, SignInPage
from client.shell.window import DeskWindow
from common.errors import NotSignedIn, WrongPassword
from common.permissions import Permission
from common.wire import Done
from tests.client.sample_desk import SampleDesk
from tests.client.stage import session
from tests.client.wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from client.desks import DeskEntry


@pytest.fixture
def server() -> Iterator[WireServer]:
    made = WireServer()
    made.reply("sign_in", session())
    for name in ("sign_out", "unlock", "change_password"):
        made.reply(name, Done())
    yield made
    made.stop()


@pytest.fixture
def window(app: QApplication, qtbot: QtBot, server: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskWindow]:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    monkeypatch.setattr("client.desks.DeskEntry.load", _sample)
    monkeypatch.setattr("client.desks.DeskEntry.installed", lambda _entry: True)
    made = DeskWindow(DeskSettings(last_login="wangfang"), Service(server.url), tmp_path)
    made.show()
    made.activateWindow()
    capture.settle()
    yield made
    made.close()
    capture.settle()


def _sample(entry: DeskEntry) -> DeskSpec:
    return DeskSpec(id=entry.id, title=entry.title, needs=Permission.ANYONE, create=SampleDesk)


def sign_in(window: DeskWindow, qtbot: QtBot) -> None:
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: not isinstance(window.pages.currentWidget(), SignInPage), timeout=5000)
    capture.settle()


def open_desk(window: DeskWindow, qtbot: QtBot) -> SampleDesk:
    sign_in(window, qtbot)
    robot.press(window, "3")
    capture.settle()
    assert window.frame is not None
    desk = window.frame.desk
    assert isinstance(desk, SampleDesk)
    return desk


def test_a_new_desk_begins_with_pairing(app: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    window = DeskWindow(DeskSettings(), None, tmp_path)
    qtbot.addWidget(window)
    page = window.pages.currentWidget()
    assert isinstance(page, PairPage)
    page.address.setText("192.168.1.10")
    page.code.setText("123")
    page.button.click()
    assert "八位" in page.wrong.text()


def test_a_wrong_password_is_said_and_the_field_is_ready_for_the_next_try(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    server.reply("sign_in", WrongPassword(tries_left=3))
    page = window.pages.currentWidget()
    assert isinstance(page, SignInPage)
    robot.type_text(window, "Wrong-12345")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: "3" in page.wrong.text(), timeout=5000)
    assert page.password.hasFocus()
    assert page.password.selectedText()
    assert page.button.isEnabled()


def test_signing_in_leads_to_the_chooser_and_a_number_to_a_desk(window: DeskWindow, qtbot: QtBot) -> None:
    sign_in(window, qtbot)
    assert isinstance(window.pages.currentWidget(), ChooserPage)
    robot.press(window, "3")
    capture.settle()
    assert window.frame is not None
    assert window.settings.last_desk == "cashier"
    assert settings.load().last_login == "wangfang"
    assert "杏林" in window.windowTitle()


def test_a_first_password_has_to_be_changed(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    import msgspec

    server.reply("sign_in", msgspec.structs.replace(session(), must_change_password=True))
    sign_in(window, qtbot)
    page = window.pages.currentWidget()
    assert isinstance(page, NewPasswordPage)
    for field, typed in ((page.old, "Right-123456"), (page.new, "Another-98765"), (page.again, "Another-9876")):
        field.setText(typed)
    page.button.click()
    assert page.wrong.text()
    page.again.setText("Another-98765")
    page.button.click()
    qtbot.waitUntil(lambda: isinstance(window.pages.currentWidget(), ChooserPage), timeout=5000)


def test_the_idle_lock_covers_the_work_and_keeps_it(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    desk = open_desk(window, qtbot)
    desk.field.setText("现病史：咳嗽")
    desk.field.setFocus()
    window.idle_lock.look()
    assert not window.locked(), "somebody just typed"
    window.idle_lock.seen_at = time.monotonic() - 15 * 60 - 1
    window.idle_lock.look()
    capture.settle()
    assert window.locked()
    robot.press(window, "F12")
    robot.scan(window, "6901234567892")
    assert desk.finished == 0
    assert desk.codes == []
    server.reply("unlock", WrongPassword(tries_left=2))
    robot.type_text(window, "Nope-123456")
    robot.press(window, "Return")
    assert window.idle_lock.screen is not None
    lock = window.idle_lock.screen
    qtbot.waitUntil(lambda: "2" in lock.wrong.text(), timeout=5000)
    assert window.locked()
    server.reply("unlock", Done())
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: not window.locked(), timeout=5000)
    assert desk.field.text() == "现病史：咳嗽"
    assert desk.field.hasFocus()


def test_an_ended_session_is_opened_anew_with_the_same_password(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    desk = open_desk(window, qtbot)
    desk.field.setText("kept")
    server.reply("unlock", NotSignedIn())
    server.reply("hold_visit", NotSignedIn())
    robot.press(window, "F6")
    qtbot.waitUntil(window.locked, timeout=5000)
    server.reply("hold_visit", Done())
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: not window.locked(), timeout=5000)
    assert window.frame is not None
    line = window.frame.line
    qtbot.waitUntil(lambda: line.text() == "held", timeout=5000)
    assert desk.field.text() == "kept"


def test_signing_out_winds_the_desk_up(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    desk = open_desk(window, qtbot)
    window.sign_out()
    capture.settle()
    assert desk.wound_up
    assert isinstance(window.pages.currentWidget(), SignInPage)
    qtbot.waitUntil(lambda: any(name == "sign_out" for name, _, _ in server.asked), timeout=5000)


def test_look_and_window_are_remembered(window: DeskWindow, qtbot: QtBot) -> None:
    window.prefer("theme", "dark")
    window.prefer("language", "en")
    window.resize(1500, 900)
    window.close()
    again = settings.load()
    assert (again.theme, again.language) == ("dark", "en")
    assert again.geometry["desk"]


def test_settings_that_cannot_be_read_are_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    file.write_text('{"url": 3', encoding="utf-8")
    assert settings.load(file) == DeskSettings()
    assert file.with_suffix(".unreadable.json").exists()
    settings.save(DeskSettings(url="https://clinic:8460"), file)
    assert settings.load(file).paired


def test_desks_are_offered_by_permission() -> None:
    assert [entry.id for entry in desks.permitted([Permission.CASHIER_SETTLE])] in (["cashier"], [])
    assert desks.by_id("doctor").module == "client.doctor"
    with pytest.raises(KeyError):
        desks.by_id("kitchen")
