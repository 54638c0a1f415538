"""The desk against the real service, by TLS: paired with a code, signed in, told of what another desk did."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest

from client import capture, robot
from client.connection import Connection, Service
from client.errors import ServiceNotProven, WrongCertificate
from client.pairing import pair
from client.settings import DeskSettings
from client.shell.sign_in import SignInPage
from client.shell.window import DeskWindow
from common.errors import DeskUnknown
from common.messages.admin import AddDepartment, OfferPairing
from common.messages.session import SignIn
from installer.sample import PASSWORD
from server.app import App
from server.app import Service as ServiceOfClinic
from server.clock import Clock
from server.config import Config
from server.db import Database
from server.tls import certificate
from tests.harness import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from common.wire import Change
    from server.local import LocalDesk
    from tests.harness import TestDatabase


@pytest.fixture
def address(database: TestDatabase, tmp_path: Path) -> Iterator[str]:
    """A service that serves by TLS and knows paired desks only."""
    certificate_file, key_file, fingerprint = certificate(tmp_path / "keys")
    config = Config(dsn=database.dsn, keys=tmp_path / "keys", threads=4, fingerprint=fingerprint)
    app = App(ServiceOfClinic(config, Database(config.dsn), Clock()))
    served = Served(ssl_certfile=str(certificate_file), ssl_keyfile=str(key_file))
    served.start(app)
    yield f"https://127.0.0.1:{served.port}"
    served.stop()


def test_a_desk_is_paired_signs_in_and_hears_of_changes(
    app: QApplication, qtbot: QtBot, address: str, local: LocalDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    code = local.perform(OfferPairing(desk_name="收费 1 号窗口")).code
    with pytest.raises(ServiceNotProven):
        pair(address, f"{(int(code) + 1) % 10**8:08d}")
    window = DeskWindow(DeskSettings(url=address, sounds=False), None, tmp_path)
    window.show()
    window.activateWindow()
    capture.settle()
    robot.type_text(window, code)
    robot.press(window, "Return")
    qtbot.waitUntil(lambda: isinstance(window.pages.currentWidget(), SignInPage), timeout=20_000)
    assert window.settings.desk_name == "收费 1 号窗口"
    assert window.sign_in_page is not None
    assert "desk.secret" in window.sign_in_page.wrong.text(), "a computer without a keyring says so"
    window.sign_in("qianduo", PASSWORD)
    qtbot.waitUntil(lambda: window.session is not None, timeout=20_000)
    assert window.ops is not None
    ops = window.ops
    qtbot.waitUntil(lambda: ops.link.online, timeout=20_000)
    heard: list[frozenset[Change]] = []
    ops.changed.connect(heard.append)
    deadline = time.monotonic() + 30
    for number in itertools.count():  # the feed may join after the first of them
        if any(heard) or time.monotonic() > deadline:
            break
        local.perform(AddDepartment(code=f"EYE{number}", name="眼科"))
        capture.settle()
    assert any(heard), "a change, not only the word to read everything anew"
    window.close()


def test_an_unpaired_desk_or_another_certificate_comes_nowhere(address: str, local: LocalDesk) -> None:
    service, _paired = pair(address, local.perform(OfferPairing(desk_name="x")).code)
    assert service.fingerprint is not None
    stranger = Connection(Service(address, service.fingerprint))
    with pytest.raises(DeskUnknown):
        stranger.call(SignIn(login="qianduo", password=PASSWORD), "id-1")
    in_between = Connection(Service(address, bytes(32), service.desk))
    with pytest.raises(WrongCertificate):
        in_between.call(SignIn(login="qianduo", password=PASSWORD), "id-2")
    for each in (stranger, in_between):
        each.close()
