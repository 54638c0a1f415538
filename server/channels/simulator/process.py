"""Starting the simulator as a process, and what a service's ``outside.toml`` says of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from common.messages.cashier import CHANNELS
from server.channels.line import Line
from server.channels.signing import HmacSigner

_ROOT: Final = Path(__file__).resolve().parents[3]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the process says when it listens."""

    port: int
    control_port: int
    merchant: str
    secret: str


class Simulator:
    """A running simulator. ``process`` is the caller's to end (``stop``, or by force: it forgets nothing)."""

    def __init__(self, process: subprocess.Popen[str], told: Told) -> None:
        self.process, self.told = process, told

    @property
    def url(self) -> str:
        """Where the API is asked."""
        return f"http://127.0.0.1:{self.told.port}/v1"

    @property
    def signer(self) -> HmacSigner:
        """How the merchant signs."""
        return HmacSigner(self.told.secret)

    def outside(self, timeout_seconds: float = 10) -> str:
        """The sections of ``outside.toml`` that connect all four channels to it."""
        return "".join(
            f'[channel.{kind}]\nurl = "{self.url}"\nmerchant = "{self.told.merchant}"\nsecret = "{self.told.secret}"\n'
            f"timeout_seconds = {timeout_seconds}\n\n"
            for kind in sorted(CHANNELS)
        )

    def control(self, order: str, body: object = None) -> Any:
        """Give it an order of the control address (``faults``, ``release``, ``clear``, ``plant``, ``erase``, ``book``, ``calls``); what it answers.

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


def start_simulator(state: Path, *, port: int = 0, control_port: int = 0, arguments: tuple[str, ...] = ()) -> Simulator:
    """Start it over the memory in the file ``state`` (made if it is not there); returns when it listens. It ends with this process at the latest.

    Raises ``OSError`` if it ends at once.
    """
    command = [sys.executable, "-m", "server.channels.simulator", "--state", str(state.absolute()), "--parent", str(os.getpid())]
    command += ["--port", str(port), "--control-port", str(control_port), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=_ROOT)
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        process.wait(30)
        raise OSError(f"the simulator ended with {process.returncode}")
    return Simulator(process, msgspec.json.decode(said, type=Told))
