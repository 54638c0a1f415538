"""Starting the simulated bureau as a process, and giving it orders."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from server.insurance.protocol import Secrets, Setup

_ROOT: Final = Path(__file__).resolve().parents[3]
#: Its control address is plain HTTP; without this, each order would first read the certificates of all authorities.
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the process says when it listens."""

    port: int
    control_port: int
    province: str
    paasid: str
    token: str
    private_key: str


class Simulator:
    """A running bureau. ``process`` is the caller's to end (``stop``, or by force: it forgets nothing)."""

    def __init__(self, process: subprocess.Popen[str], told: Told) -> None:
        self.process, self.told = process, told

    @property
    def url(self) -> str:
        """Where the interface is asked."""
        return f"http://127.0.0.1:{self.told.port}"

    def setup(self, timeout_seconds: int = 30) -> Setup:
        """How a clinic is known to it."""
        return Setup(
            province=self.told.province,
            url=self.url,
            fixmedins_code="H44030000001",
            fixmedins_name="Xinglin",
            mdtrtarea_admvs="440300",
            timeout_seconds=timeout_seconds,
        )

    @property
    def secrets(self) -> Secrets:
        """What it issued."""
        return Secrets(paasid=self.told.paasid, token=self.told.token, private_key=self.told.private_key)

    def control(self, order: str, body: object = None) -> Any:
        """Give it an order of its control address (``fault``, ``clear``, ``delay``, ``calls``, ``settlements``, ``mappings``, ``person``,
        ``list_row``, ``list_rows``, ``plant``, ``erase``, ``uploads``); what it answers.

        Raises ``OSError`` if it is not there, ``ValueError`` if it refuses the order.
        """
        try:
            reply = httpx.post(
                f"http://127.0.0.1:{self.told.control_port}/{order}",
                content=msgspec.json.encode(body),
                timeout=60,
                verify=_NO_TLS,
                trust_env=False,
            )
        except httpx.HTTPError as fault:
            raise OSError(str(fault)) from fault
        if reply.status_code != 200:
            raise ValueError(reply.text)
        return msgspec.json.decode(reply.content)

    def stop(self) -> None:
        """End it and wait for its end."""
        self.process.kill()
        self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()


def start_simulator(
    state: Path, *, province: str = "single_endpoint", port: int = 0, control_port: int = 0, arguments: tuple[str, ...] = ()
) -> Simulator:
    """Start it over the memory in the file ``state`` (made if it is not there); returns when it listens. It ends with this process at the latest.

    Raises ``OSError`` if it ends at once.
    """
    command = [sys.executable, "-m", "server.insurance.simulator", "--state", str(state.absolute()), "--parent", str(os.getpid())]
    command += ["--province", province, "--port", str(port), "--control-port", str(control_port), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=_ROOT)
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        process.wait(30)
        raise OSError(f"the simulator ended with {process.returncode}")
    return Simulator(process, msgspec.json.decode(said, type=Told))
