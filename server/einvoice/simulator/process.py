"""Starting the simulator as a process, and what a service's ``outside.toml`` says of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from server.channels.line import Line
from server.einvoice.simulator.__main__ import MEDICAL, TAX

_ROOT: Final = Path(__file__).resolve().parents[3]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the process says when it listens."""

    port: int
    control_port: int


class Simulator:
    """A running simulator. ``process`` is the caller's to end (``stop``, or by force: it forgets nothing)."""

    def __init__(self, process: subprocess.Popen[str], told: Told, digest: str) -> None:
        self.process, self.told, self._digest = process, told, digest

    def outside(self, timeout_seconds: float = 10) -> str:
        """The sections of ``outside.toml`` that connect both wires to it."""
        root = f"http://127.0.0.1:{self.told.port}"
        return (
            f'[einvoice.medical]\nurl = "{root}/medical-web/api/medical"\nappid = "{MEDICAL.appid}"\nkey = "{MEDICAL.key}"\n'
            f'sign = "{self._digest}"\ntimeout_seconds = {timeout_seconds}\n\n'
            f'[einvoice.tax]\nurl = "{root}/open/v1"\napp_key = "{TAX.app_key}"\napp_secret = "{TAX.app_secret}"\n'
            f'access_token = "{TAX.access_token}"\ntax_number = "{TAX.tax_number}"\ntimeout_seconds = {timeout_seconds}\n'
        )

    def control(self, order: str, body: object = None) -> Any:
        """Give it an order of the control address (``faults``, ``clear``, ``book``, ``calls``); what it answers.

        Raises ``OSError`` if it is not there, ``ValueError`` if it refuses the order."""
        line = Line(f"http://127.0.0.1:{self.told.control_port}", connect_seconds=10, timeout_seconds=60)
        reply = line.post(line.path(order), {}, msgspec.json.encode(body))
        if reply.status != 200:
            raise ValueError(reply.body.decode())
        return msgspec.json.decode(reply.body)

    def stop(self) -> None:
        """End it and wait for its end."""
        self.process.kill()
        self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()


def start_simulator(state: Path, *, port: int = 0, control_port: int = 0, digest: str = "md5") -> Simulator:
    """Start it over the memory in the file ``state`` (made if it is not there); returns when it listens. It ends with this process at the latest.

    Raises ``OSError`` if it ends at once.
    """
    command = [sys.executable, "-m", "server.einvoice.simulator", "--state", str(state.absolute()), "--parent", str(os.getpid())]
    command += ["--port", str(port), "--control-port", str(control_port), "--sign", digest]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=_ROOT)
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        process.wait(30)
        raise OSError(f"the simulator ended with {process.returncode}")
    return Simulator(process, msgspec.json.decode(said, type=Told), digest)
