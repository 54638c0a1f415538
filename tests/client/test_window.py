"""The window: sign in, choose, work, lock, unlock, leave."""

from __future__ import annotations

import json
import ssl
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from client import capture, desks, robot, settings
from client.connection import Service
from client.desk import DeskSpec
from client.settings import DeskSettings
from client.shell.chooser import ChooserPage
from client.shell.devices.view import DevicesDesk
from client.shell.pair import PairPage
from client.shell.sign_in import NewPasswordPage, SignInPage
from client.shell.window import DeskWindow
from common.errors import NotSignedIn, WrongPassword
from common.permissions import Permission
from common.wire import Done
from tests.client.sample_desk import SampleDesk
from tests.client.stage import session
from tests.client.wire_server import WireServer, certificate_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    qtbot.waitUntil(lambda: not isinstance(window.pages.currentWidget(), SignInPage), timeout=20_000)
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
    qtbot.waitUntil(lambda: "3" in page.wrong.text(), timeout=20_000)
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
    qtbot.waitUntil(lambda: isinstance(window.pages.currentWidget(), ChooserPage), timeout=20_000)


def test_who_signs_in_next_sees_none_of_the_drafts(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    import msgspec

    sign_in(window, qtbot)
    assert window.workplace is not None
    window.workplace.journal.keep("cashier:till", "of Wang Fang")
    window.sign_out()
    first = session()
    server.reply("sign_in", msgspec.structs.replace(first, staff=msgspec.structs.replace(first.staff, id=11, login="lisi")))
    sign_in(window, qtbot)
    assert window.workplace.session.staff.id == 11
    assert window.workplace.journal.draft("cashier:till", str) is None
    window.sign_out()
    server.reply("sign_in", first)
    sign_in(window, qtbot)
    assert window.workplace.journal.draft("cashier:till", str) == "of Wang Fang"


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
    server.reply("unlock", WrongPassword(tries_left=2))
    robot.scan(window, "6901234567892")
    assert desk.finished == 0
    assert desk.codes == []
    assert window.idle_lock.screen is not None
    lock = window.idle_lock.screen
    qtbot.waitUntil(lambda: "2" in lock.wrong.text(), timeout=20_000)
    assert window.locked()
    server.reply("unlock", Done())
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: not window.locked(), timeout=20_000)
    assert desk.field.text() == "现病史：咳嗽"
    assert desk.field.hasFocus()


def test_a_password_typed_as_fast_as_a_scanner_signs_in_and_unlocks(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    def passwords(name: str) -> list[str]:
        return [json.loads(body)["password"] for asked, _, body in server.asked if asked == name]

    window.get_ready()
    robot.scan(window, "Right-123456")  # all keys in one moment, then Enter
    qtbot.waitUntil(lambda: isinstance(window.pages.currentWidget(), ChooserPage), timeout=20_000)
    assert passwords("sign_in") == ["Right-123456"]
    robot.press(window, "3")
    capture.settle()
    window.lock()
    capture.settle()
    robot.scan(window, "Right-123456")
    qtbot.waitUntil(lambda: not window.locked(), timeout=20_000)
    assert passwords("unlock") == ["Right-123456"]


def test_an_ended_session_is_opened_anew_with_the_same_password(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    desk = open_desk(window, qtbot)
    desk.field.setText("kept")
    server.reply("unlock", NotSignedIn())
    server.reply("hold_visit", NotSignedIn())
    robot.press(window, "F6")
    qtbot.waitUntil(window.locked, timeout=20_000)
    server.reply("hold_visit", Done())
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: not window.locked(), timeout=20_000)
    assert window.frame is not None
    line = window.frame.line
    qtbot.waitUntil(lambda: line.text() == "held", timeout=20_000)
    assert desk.field.text() == "kept"


def test_signing_out_winds_the_desk_up(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    desk = open_desk(window, qtbot)
    window.sign_out()
    capture.settle()
    assert desk.wound_up
    assert isinstance(window.pages.currentWidget(), SignInPage)
    qtbot.waitUntil(lambda: any(name == "sign_out" for name, _, _ in server.asked), timeout=20_000)


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


def test_the_devices_lie_over_the_desk_and_leave_it_as_it_was(window: DeskWindow, qtbot: QtBot) -> None:
    desk = open_desk(window, qtbot)
    desk.field.setText("现病史：咳嗽")
    desk.field.setFocus()
    robot.press(window, "Ctrl+K")
    robot.type_text(window, "bjsb")
    robot.press(window, "Return")
    capture.settle()
    page = window.frame.desk if window.frame else None
    assert isinstance(page, DevicesDesk)
    robot.scan(window, "6901234567892")
    assert desk.codes == [], "the desk beneath sleeps"
    assert "6901234567892" in page.trials.verdict("scanner").sentence
    robot.press(window, "Esc")
    capture.settle()
    assert window.frame is not None
    assert window.frame.desk is desk
    assert not desk.wound_up
    assert desk.field.text() == "现病史：咳嗽"
    assert desk.field.hasFocus()
    robot.scan(window, "6901234567892")
    assert desk.codes == ["6901234567892"]


def test_the_devices_are_reached_from_the_chooser_and_signing_out_there_closes_all(window: DeskWindow, qtbot: QtBot) -> None:
    sign_in(window, qtbot)
    robot.press(window, "F4")
    capture.settle()
    assert window.frame is not None
    assert window.frame.desk.id == "devices"
    robot.press(window, "Esc")
    capture.settle()
    assert isinstance(window.pages.currentWidget(), ChooserPage)
    robot.press(window, "3")
    capture.settle()
    desk = window.frame.desk if window.frame else None
    assert isinstance(desk, SampleDesk)
    window.show_devices()
    window.sign_out()
    capture.settle()
    assert desk.wound_up
    assert window.pages.count() == 1


def test_a_journal_that_cannot_be_written_keeps_people_out_with_a_sentence(window: DeskWindow, qtbot: QtBot, tmp_path: Path) -> None:
    in_the_way = tmp_path / "full"
    in_the_way.write_text("")
    window._folder = in_the_way
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: window.sign_in_page is not None and "写不了文件" in window.sign_in_page.wrong.text(), timeout=20_000)
    assert window.session is None
    assert isinstance(window.pages.currentWidget(), SignInPage)
    window._folder = tmp_path
    sign_in(window, qtbot)
    assert isinstance(window.pages.currentWidget(), ChooserPage)


def test_settings_that_cannot_be_written_stop_nobody(
    window: DeskWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "full"
    in_the_way.write_text("")
    monkeypatch.setenv("XINGLIN_HOME", str(in_the_way / "home"))
    open_desk(window, qtbot)
    assert window.frame is not None
    line = window.frame.line
    qtbot.waitUntil(lambda: "写不了文件" in line.text(), timeout=20_000)


def test_a_service_that_dies_and_comes_back_while_somebody_works(window: DeskWindow, qtbot: QtBot, server: WireServer) -> None:
    desk = open_desk(window, qtbot)
    assert window.frame is not None
    frame, ops = window.frame, window.ops
    assert ops is not None
    qtbot.waitUntil(lambda: bool(server.feeds_asked) and ops.link.online, timeout=20_000)
    server.reply("hold_visit", Done())
    desk.field.setText("typed meanwhile")
    server.stop()
    robot.press(window, "F6")
    qtbot.waitUntil(lambda: not ops.link.online and ops.link.waiting == 1, timeout=20_000)
    assert "1" in frame.strip.middle.text()
    assert frame.strip.link.text() == "离线"
    before = len(desk.refreshed)
    server.start()
    qtbot.waitUntil(lambda: ops.link.online and not ops.link.waiting, timeout=20_000)
    qtbot.waitUntil(lambda: frozenset() in desk.refreshed[before:], timeout=20_000)
    assert frame.line.text() == "held"
    assert desk.field.text() == "typed meanwhile"
    assert [name for name, _, _ in server.asked].count("hold_visit") == 1


def test_another_certificate_is_said_before_any_password_leaves(
    app: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file(tmp_path)[0])
    impostor = WireServer(context)
    window = DeskWindow(DeskSettings(last_login="wangfang"), Service(impostor.url, bytes(32)), tmp_path)
    window.show()
    window.activateWindow()
    capture.settle()
    robot.type_text(window, "Right-123456")
    robot.press(window, "Return")
    page = window.sign_in_page
    assert page is not None
    qtbot.waitUntil(lambda: "证书" in page.wrong.text(), timeout=20_000)
    assert impostor.asked == []
    window.close()
    impostor.stop()


def test_an_address_that_is_none_is_said_at_pairing(
    app: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    window = DeskWindow(DeskSettings(), None, tmp_path)
    qtbot.addWidget(window)
    page = window.pages.currentWidget()
    assert isinstance(page, PairPage)
    page.address.setText("ftp://clinic")
    page.code.setText("1234 5678")
    page.button.click()
    assert "ftp://clinic" in page.wrong.text()
    assert page.button.isEnabled()


@pytest.mark.parametrize("page", ["sign_in", "pair", "new_password", "lock", "chooser"])
def test_tab_goes_round_every_field_and_button_of_a_page(window: DeskWindow, qtbot: QtBot, server: WireServer, page: str) -> None:
    if page == "pair":
        window.show_pairing()
    elif page == "new_password":
        window.session = session()
        window._ask_new_password()
    elif page in ("lock", "chooser"):
        sign_in(window, qtbot)
    if page == "lock":
        window.lock()
    capture.settle()
    host = window.idle_lock.screen if page == "lock" else window.pages.currentWidget()
    assert host is not None
    wanted = {each for each in host.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible()}
    seen: list[QWidget] = []
    for _ in range(len(wanted) + 1):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused)
        robot.press(window, "Tab")
    assert set(seen) == wanted
    assert seen[-1] is seen[0], "it comes round"
