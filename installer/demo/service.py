"""The demonstration's service: the real one, in a process of its own, which does not outlive the demonstration for long."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final

import psutil

from common import places
from common.i18n import tr
from installer.database import SERVICE_VARIABLE
from installer.listening import port_of
from installer.processes import living, mark
from installer.terminal import SetUpStopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READY_S: Final = 30.0
_STOP_S: Final = 15.0

if sys.platform == "win32":
    #: No black box, and the terminal's Ctrl+C is for us alone: the desks must close before their service does.
    _APART: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    _APART: Final[dict[str, Any]] = {"start_new_session": True}


@contextlib.contextmanager
def service(dsn: str, keys: Path) -> Iterator[int]:
    """The service in front of ``dsn`` on a free port, which is given; ended by its process id."""
    running = keys.parent / "services"
    _end_orphans(running)
    log = places.logs_folder() / "demo-service.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "server", "--port", "0", "--threads", "8", "--unpaired-desks", "--keys", str(keys)]
    environment = {**os.environ, SERVICE_VARIABLE: dsn}
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=output, stdin=subprocess.DEVNULL, **_APART)
    note = _remember(running, process.pid)
    try:
        port = _port_of(process, log)
        _wait_until_ready(process, port, log)
        yield port
    finally:
        _stop(process)
        note.unlink(missing_ok=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


# --- a demonstration that was killed leaves its service behind; the next one ends it ------------------------------------------------


def _remember(running: Path, pid: int) -> Path:
    running.mkdir(parents=True, exist_ok=True)
    note = running / f"{pid}.json"
    note.write_text(json.dumps([mark(psutil.Process(pid)), mark(psutil.Process())]), "utf-8")
    return note


def _end_orphans(running: Path) -> None:
    for note in running.glob("*.json"):
        with contextlib.suppress(ValueError):  # a note cut off by the kill
            ours, starter = json.loads(note.read_text("utf-8"))
            if living(starter):
                continue
            if orphan := living(ours):
                with contextlib.suppress(psutil.Error):
                    orphan.kill()
        note.unlink(missing_ok=True)


# --- is it there? --------------------------------------------------------------------------------------------------------------------


def _port_of(process: subprocess.Popen[bytes], log: Path) -> int:
    try:
        return port_of(process)
    except ChildProcessError as trouble:
        raise SetUpStopped(tr("The service ended at once; its log is {file}.", file=log)) from trouble


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    # The desks pin the certificate; here only our own child on loopback is asked whether it is there.
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SetUpStopped(tr("The service ended at once; its log is {file}.", file=log))
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{port}/health", timeout=2, context=trusting):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.03)
    raise SetUpStopped(tr("The service did not answer within {seconds} seconds; its log is {file}.", seconds=int(_READY_S), file=log))
