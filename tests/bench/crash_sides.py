"""The processes of the crash bench: the real service, both simulators, the desks. Each can be killed at any moment and started anew."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from installer.listening import NO_TLS, port_of
from server.channels.simulator import start_simulator as start_channels
from server.insurance.simulator.process import start_simulator as start_bureau
from tests.server.settling.shop import INSURE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.channels.simulator import Simulator as ChannelSimulator
    from server.insurance.simulator.process import Simulator as BureauSimulator
    from tests.bench.crash_desk import Orders

_START_SECONDS: Final = 60.0
#: How long the service waits for an answer of a simulator that was killed meanwhile.
_LINE_SECONDS: Final = 5
_SETUP: Final = (
    "UPDATE insurance_setup SET connected = true, province = %(province)s, url = %(url)s, fixmedins_code = %(fixmedins_code)s,"
    " fixmedins_name = %(fixmedins_name)s, mdtrtarea_admvs = %(mdtrtarea_admvs)s, recer_sys_code = %(recer_sys_code)s,"
    " timeout_seconds = %(timeout_seconds)s WHERE id = 1"
)


class Sides:
    """Everybody who takes part. ``kill_*`` ends a process as a power cut ends it; what it was in the middle of stays as it was."""

    def __init__(self, folder: Path, dsn: str, owner_dsn: str) -> None:
        self.folder, self.dsn = folder, dsn
        self.keys = folder / "keys"
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.channels: ChannelSimulator = start_channels(folder / "channels.db")
        self.bureau: BureauSimulator = start_bureau(folder / "bureau.db", province="guangdong", arguments=("--lenient",))
        own = self.bureau.secrets
        insurance = f'[insurance]\npaasid = "{own.paasid}"\ntoken = "{own.token}"\nprivate_key = "{own.private_key}"\n'
        (self.keys / "outside.toml").write_text(self.channels.outside(_LINE_SECONDS) + insurance, encoding="utf-8")
        with psycopg.connect(owner_dsn, autocommit=True) as connection:
            connection.execute(INSURE.encode())
            connection.execute(_SETUP, msgspec.structs.asdict(self.bureau.setup(_LINE_SECONDS)))
        self.port = 0
        self.service = self._serve()
        self.desks: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://127.0.0.1:{self.port}"

    # --- the service ----------------------------------------------------------------------------------------------------------------

    def _serve(self) -> subprocess.Popen[bytes]:
        """The real service; it chooses its port the first time, and comes back there."""
        arguments = ["-m", "server", "--port", str(self.port), "--plain-http", "--unpaired-desks", "--log-level", "ERROR"]
        environment = {**os.environ, "XINGLIN_DATABASE_URL": self.dsn}
        with (self.folder / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments, "--keys", str(self.keys)], env=environment, stdout=subprocess.PIPE, stderr=log
            )
        if not self.port:
            self.port = port_of(process)
        return process

    def wait_for_service(self) -> None:
        """Returns when it answers."""
        import httpx

        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.service.poll() is not None:
                raise RuntimeError(f"the service ended with {self.service.returncode}; see {self.folder / 'service.log'}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health", timeout=5, verify=NO_TLS, trust_env=False).status_code == 200:
                    return
            time.sleep(0.02)
        raise TimeoutError("the service does not answer")

    def kill_service(self) -> None:
        """The service's machine loses its power."""
        _kill(self.service)

    def serve_again(self) -> None:
        """It comes back."""
        self.service = self._serve()
        self.wait_for_service()

    # --- the simulators -------------------------------------------------------------------------------------------------------------

    def kill_channels(self) -> None:
        """The acquirer's process dies."""
        _kill(self.channels.process)

    def channels_again(self) -> None:
        """It comes back at the same address, and has forgotten nothing."""
        told = self.channels.told
        self.channels = start_channels(self.folder / "channels.db", port=told.port, control_port=told.control_port)

    def kill_bureau(self) -> None:
        """The bureau's process dies."""
        _kill(self.bureau.process)

    def bureau_again(self) -> None:
        """It comes back at the same address, and has forgotten nothing."""
        told = self.bureau.told
        self.bureau = start_bureau(
            self.folder / "bureau.db", province="guangdong", port=told.port, control_port=told.control_port, arguments=("--lenient",)
        )

    # --- the desks ------------------------------------------------------------------------------------------------------------------

    def open_desks(self, orders: Orders | None = None) -> None:
        """The desks go to work, or come back to it."""
        file = self.folder / "orders.json"
        if orders is not None:
            file.write_bytes(msgspec.json.encode(orders))
        with (self.folder / "desks.log").open("ab") as log:
            self.desks = subprocess.Popen([sys.executable, "-m", "tests.bench.crash_desk", str(file)], stdout=log, stderr=log)

    def kill_desks(self) -> None:
        """All desks lose their power."""
        assert self.desks is not None
        _kill(self.desks)

    def at_work(self) -> bool:
        """Whether the desks have something left to do. Raises if they gave up."""
        assert self.desks is not None
        code = self.desks.poll()
        if code not in (None, 0):
            raise RuntimeError(f"the desks gave up ({code}): {(self.folder / 'desks.log').read_text(encoding='utf-8')[-3000:]}")
        return code is None

    def unanswered(self) -> list[str]:
        """The ids of the commands that are written down in some desk's journal: they were or will be sent, and had no answer yet."""
        found: list[str] = []
        for file in self.folder.glob("lane-*.db"):
            with contextlib.closing(sqlite3.connect(file, timeout=5)) as journal, contextlib.suppress(sqlite3.OperationalError):
                found += [row[0] for row in journal.execute("SELECT request_id FROM act")]
        return found

    def close(self) -> None:
        """End everything that still runs; the service in order, so that it seals its audit trail."""
        if self.desks is not None and self.desks.poll() is None:
            _kill(self.desks)
        self.service.terminate()
        try:
            self.service.wait(30)
        except subprocess.TimeoutExpired:
            _kill(self.service)
        self.channels.stop()
        self.bureau.stop()

    def acts(self) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
        """Who can be killed: how, and how it comes back."""
        return {
            "service": (self.kill_service, self.serve_again),
            "desks": (self.kill_desks, self.open_desks),
            "channels": (self.kill_channels, self.channels_again),
            "bureau": (self.kill_bureau, self.bureau_again),
        }


def _kill(process: subprocess.Popen[Any]) -> None:
    process.kill()
    process.wait(30)
    if process.stdout:
        process.stdout.close()
