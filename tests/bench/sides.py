"""The two services that are measured against each other, each a process of its own, and what they and their database connections burn."""

from __future__ import annotations

import contextlib
import os
import pickle
import platform
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
import psycopg

from installer.listening import port_of
from tests.bench.floor import APPLICATION as FLOOR_APPLICATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.data import Clinic
    from tests.bench.plan import Plan

SERVICE_APPLICATION: Final = "xinglin"
_START_SECONDS: Final = 30.0


class Side:
    """A running service, or the floor. ``cpu_ns`` grows with every nanosecond that it and its connections use."""

    def __init__(self, clinic: Clinic, port: int, process: subprocess.Popen[bytes], application: str) -> None:
        self.clinic, self.port, self.process, self.application = clinic, port, process, application
        self._last: dict[int, int] = {}

    def cpu_ns(self) -> int:
        """CPU time of the process and of its PostgreSQL backends so far; one that ended counts with what it had used when last seen."""
        for pid in (self.process.pid, *self._backends()):
            with contextlib.suppress(psutil.NoSuchProcess, OSError):
                self._last[pid] = cpu_of(pid)
        return sum(self._last.values())

    def _backends(self) -> list[int]:
        with psycopg.connect(self.clinic.super_dsn, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()", (self.application,)
            ).fetchall()
        return [row[0] for row in rows]


def cpu_of(pid: int) -> int:
    """A process's CPU time in nanoseconds. Linux tells it exactly, elsewhere it comes in ticks of ten milliseconds or so."""
    if platform.system() == "Linux":
        return time.clock_gettime_ns((~pid << 3) | 2)  # the kernel's number for the CPU clock of a process (CPUCLOCK_SCHED)
    times = psutil.Process(pid).cpu_times()
    return int((times.user + times.system) * 1e9)


@contextlib.contextmanager
def _running(clinic: Clinic, application: str, arguments: Sequence[str]) -> Iterator[Side]:
    environment = {**os.environ, "XINGLIN_DATABASE_URL": clinic.dsn}
    with (clinic.keys / "services.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=log)
    try:
        side = Side(clinic, port_of(process), process, application)
        _wait_until_it_answers(side.port)
        yield side
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.stdout is not None:
            process.stdout.close()


def _wait_until_it_answers(port: int) -> None:
    """It listens before it answers. What is asked here is no request, which every HTTP server refuses at once."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), _START_SECONDS) as line:
        line.sendall(b"?\r\n\r\n")
        if line.recv(1):
            return
    raise RuntimeError("a service that was to be measured did not start")


@contextlib.contextmanager
def service(clinic: Clinic, threads: int = 16) -> Iterator[Side]:
    """The real service as ``xinglin serve`` runs it, on plain HTTP; each of its threads has a connection of its own."""
    arguments = [
        "-m",
        "server",
        "--port",
        "0",
        "--plain-http",
        "--unpaired-desks",
        "--log-level",
        "WARNING",
        "--threads",
        str(threads),
        "--keys",
        str(clinic.keys),
    ]
    with _running(clinic, SERVICE_APPLICATION, arguments) as side:
        yield side


@contextlib.contextmanager
def floor(clinic: Clinic, plans: list[Plan]) -> Iterator[Side]:
    """The same statements behind a bare handler."""
    with tempfile.TemporaryDirectory(prefix="xinglin-floor-") as folder:
        file = Path(folder) / "plans"
        file.write_bytes(pickle.dumps(plans))
        with _running(clinic, FLOOR_APPLICATION, ["-m", "tests.bench.floor", str(file)]) as side:
            yield side


def wait_until_sealed(clinic: Clinic, seconds: float = 30.0) -> None:
    """Wait until the service has hashed the audit entries that there are, so that this work does not fall into a measurement."""
    deadline = time.monotonic() + seconds
    with clinic.connected() as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "SELECT count(*) FROM (SELECT id FROM audit_entry ORDER BY id DESC LIMIT 2000) e"
                " WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)"
            ).fetchone()
            if row == (0,):
                return
            time.sleep(0.1)
