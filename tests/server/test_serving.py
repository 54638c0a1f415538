"""Listening and ending: what cannot be is one sentence, and nobody is waited for who has nothing to say."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from websockets.sync.client import connect

from client.connection import pinned_context
from common.i18n import language
from common.messages.consult import ExpirePrescriptions
from common.messages.session import SignIn
from common.wire import REQUEST_ID_HEADER, encode, new_request_id
from installer.sample import PASSWORD
from server.app import App, Service
from server.clock import Clock
from server.config import Config
from server.db import Database
from server.dispatch import Dispatch
from server.serving import listen
from server.tls import certificate
from tests.harness import Served, TestDatabase
from tests.server.office import Office
from tests.server.test_pharmacy import signed

REPO = Path(__file__).resolve().parents[2]


def test_a_port_in_use_is_one_sentence_and_exit_code_1(database: TestDatabase, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "XINGLIN_DATABASE_URL": database.dsn, "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "server", "--port", port, "--keys", str(tmp_path)]
        done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert port in done.stderr
    assert "--port" in done.stderr


def test_an_address_that_is_not_ours_is_named() -> None:
    with language("en"), pytest.raises(SystemExit, match=r"Port 8443 of 192\.0\.2\.1 cannot be listened on: "):
        listen("192.0.2.1", 8443)


class Shop:
    """A service behind TLS."""

    def __init__(self, database: TestDatabase, keys: Path) -> None:
        crt, key, fingerprint = certificate(keys)
        self.served = Served(ssl_certfile=str(crt), ssl_keyfile=str(key))
        config = Config(dsn=database.dsn, keys=keys, threads=4, fingerprint=fingerprint, unpaired_desks=True)
        self.served.start(App(Service(config, Database(config.dsn), Clock())))
        self.port = self.served.port
        self.context = pinned_context(fingerprint)

    def line(self) -> ssl.SSLSocket:
        """A desk's line, as it is between two requests: open, and nobody reads."""
        line = self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 20))
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        return line

    def token(self) -> str:
        """Of somebody who signed in."""
        with httpx.Client(verify=self.context, trust_env=False) as client:
            body = encode(SignIn(login="fangzhou", password=PASSWORD))
            answer = client.post(f"https://127.0.0.1:{self.port}/api/sign_in", content=body, headers={REQUEST_ID_HEADER: new_request_id()})
        return str(answer.json()["token"])


@pytest.fixture
def shop(database: TestDatabase, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(database, tmp_path / "keys")
    yield running
    running.served.stop()


def test_desks_that_have_nothing_to_ask_do_not_hold_up_the_end(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    lines = [shop.line() for _ in range(3)]
    headers = {"Authorization": f"Bearer {shop.token()}"}
    url = f"wss://127.0.0.1:{shop.port}/changes"
    with connect(url, ssl=shop.context, additional_headers=headers, open_timeout=20) as feed, caplog.at_level(logging.INFO):
        feed.recv(20)
        shop.served.stop()
    assert "Application shutdown complete" in caplog.text
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [], "not by running out of time"
    for line in lines:
        line.close()


# --- what the service does by itself


def test_a_full_disk_or_a_fault_does_not_end_what_is_done_again_and_again(
    database: TestDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(dsn=database.dsn, keys=tmp_path, threads=1)
    app = App(Service(config, Database(config.dsn), Clock()))
    troubles: list[Exception] = [OSError(28, "No space left on device"), ValueError("a fault")]

    async def act() -> None:
        enough = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work() -> None:
            if troubles:
                raise troubles.pop(0)
            loop.call_soon_threadsafe(enough.set)

        task = asyncio.create_task(app._every(0.001, work, "it could not be done"))
        await asyncio.wait_for(enough.wait(), 60)
        task.cancel()

    asyncio.run(act())
    app.service.threads.shutdown()
    app.service.database.close()
    assert "it could not be done: OSError" in caplog.text
    assert "ValueError: a fault" in caplog.text


def test_expiring_does_not_spin_while_somebody_holds_a_row(own_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, free = signed(own_office, "何三"), signed(own_office, "何四")
    config = Config(dsn=own_office.database.dsn, keys=tmp_path, threads=1)
    service = Service(config, own_office.connections, own_office.clock)
    own_office.clock.by = timedelta(days=1)
    performed: list[object] = []
    perform = Dispatch.perform

    def counted(dispatch: Dispatch, request: object, *rest: object) -> object:
        performed.append(request)
        assert len(performed) < 10, "it spins"
        return perform(dispatch, request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Dispatch, "perform", counted)
    with psycopg.connect(own_office.database.owner_dsn) as other:
        other.execute("SELECT FROM prescription WHERE id = %s FOR UPDATE", (held.id,))
        service.expire()
    assert all(isinstance(request, ExpirePrescriptions) for request in performed)
    states = "SELECT state FROM prescription WHERE id = %s"
    assert own_office.rows(states, free.id) == [("EXPIRED",)]
    assert own_office.rows(states, held.id) != [("EXPIRED",)]
    service.expire()
    assert own_office.rows(states, held.id) == [("EXPIRED",)]
    service.threads.shutdown()
