"""The training service of a simulated clinic: the real one, on loopback, in a process of its own, with its clock set to the past or future."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from installer.listening import NO_TLS, port_of

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_S: Final = 40.0
_STOP_S: Final = 20.0


@contextmanager
def training_service(dsn: str, keys: Path, now: datetime) -> Iterator[str]:
    """Serve the database at ``dsn`` from the clinic's time ``now`` on; gives the address. Every audit entry is sealed at the end."""
    command = [sys.executable, "-m", "installer.simulate.serve", "--now", now.isoformat(), "--keys", str(keys)]
    environment = {**os.environ, "XINGLIN_DATABASE_URL": dsn}
    process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        url = f"http://127.0.0.1:{port_of(process)}"
        _wait(url, process)
        yield url
    finally:
        _stop(process)
    _seal(dsn, keys)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the training service ended at once with code {process.returncode}")
        try:
            if httpx.get(f"{url}/health", timeout=2, verify=NO_TLS, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the training service does not answer")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _seal(dsn: str, keys: Path) -> None:
    """Seal what the service left: on Windows it is ended without a word, and so without its last sealing."""
    from server.audit_seal import Sealer
    from server.clock import Clock
    from server.db import Database

    database = Database(dsn)
    try:
        Sealer(database, keys).seal(Clock().wall())
    finally:
        database.close()
