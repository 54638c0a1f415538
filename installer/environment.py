"""``.venv``: made with what a bare system has, filled from a lock file whose hashes are checked. Standard library only.

A stamp inside remembers which lock it was filled from, so that a second start does nothing. An attempt that was killed is found by
the missing stamp and finished.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from common.i18n import tr
from installer.filelock import FileLock
from installer.launcher import write_launcher
from installer.libraries import apt_command, install
from installer.terminal import SetUpStopped, is_root, say

RUNTIME_LOCK: Final = "requirements.lock"
DEVELOPER_LOCK: Final = "requirements-dev.lock"
OLDEST_PIP: Final = (22, 3)  # the first one that can fill another environment than its own
PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
SET_UP_S: Final = 1800.0
# Also when .venv's own Python, which has no pip, runs the set-up again.
HOST_PYTHON: Final[str] = getattr(sys, "_base_executable", sys.executable)


class Environment:
    """The checkout's own Python environment in ``repo/.venv``."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self.folder = repo / ".venv"
        scripts = self.folder / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = scripts / ("python.exe" if sys.platform == "win32" else "python")
        self._stamp = self.folder / "xinglin-locks.json"

    def provide(self, lock: str) -> None:
        """Make the environment and fill it from ``lock`` unless that was done. Raises :class:`SetUpStopped`."""
        if self.filled_from(lock):
            write_launcher(self.repo, self.python)
            return
        self.folder.mkdir(exist_ok=True)
        with FileLock(self.folder / "xinglin.lock", SET_UP_S):
            if not self.filled_from(lock):  # Another start may have done it while we waited.
                self._fill(lock)

    def filled_from(self, lock: str) -> bool:
        """Whether the environment works and holds what ``lock`` says."""
        return self._stamped().get(lock) == _digest(self.repo / lock) and self.works()

    def works(self) -> bool:
        """Whether its Python runs and is the version that it was made with (a system's upgrade may have taken it away)."""
        try:
            settings = (self.folder / "pyvenv.cfg").read_text("utf-8")
            question = "import sys; print('version = %d.%d.' % sys.version_info[:2])"
            answer = subprocess.run([self.python, "-I", "-S", "-c", question], capture_output=True, text=True, check=False)
        except OSError:
            return False
        return answer.returncode == 0 and answer.stdout.strip() in settings

    # --- filling ------------------------------------------------------------------------------------------------------

    def _fill(self, lock: str) -> None:
        pip = _host_pip()
        if not self.works():
            self._make(with_pip=pip is None)
        self._forget_half_installed()
        say(tr("Installing Python packages from {lock} (the first time this takes about a minute) …", lock=lock))
        self._install([*pip, "--python", str(self.python)] if pip else [str(self.python), "-m", "pip"], lock)
        write_launcher(self.repo, self.python)
        self._write_stamp(lock)

    def _make(self, with_pip: bool) -> None:
        say(tr("Making {folder} …", folder=self.folder))
        for entry in self.folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != "xinglin.lock":  # held by us
                entry.unlink()
        command = [HOST_PYTHON, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(self.folder)]
        made = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if made.returncode:
            raise SetUpStopped(tr("Python could not make {folder}:\n{said}", folder=self.folder, said=made.stdout.strip()))

    def _forget_half_installed(self) -> None:
        """pip writes RECORD last: a package without it was cut off, and pip would take it for installed."""
        for description in self.folder.glob("[Ll]ib/**/site-packages/*.dist-info"):
            if not (description / "RECORD").exists():
                shutil.rmtree(description)

    def _install(self, pip: list[str], lock: str) -> None:
        """Run pip with the person's own configuration, but without a cache and with its temporary files inside: a kill leaves
        nothing outside the checkout."""
        arguments = ["install", "--require-hashes", "--no-cache-dir", "--no-input", "--quiet", "--disable-pip-version-check"]
        scratch = self.folder / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
        command = [*pip, *arguments, "-r", str(self.repo / lock)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=False)
        shutil.rmtree(scratch, ignore_errors=True)
        if done.returncode:
            raise SetUpStopped(tr("pip could not install what {lock} names; its words are above. Start again to go on.", lock=lock))

    # --- the stamp ----------------------------------------------------------------------------------------------------

    def _stamped(self) -> dict[str, str]:
        try:
            stamped: dict[str, str] = json.loads(self._stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamped

    def _write_stamp(self, lock: str) -> None:
        stamped = {lock: _digest(self.repo / lock)}
        if lock == DEVELOPER_LOCK and _pins(self.repo / RUNTIME_LOCK) <= _pins(self.repo / lock):
            stamped[RUNTIME_LOCK] = _digest(self.repo / RUNTIME_LOCK)
        half = self._stamp.with_suffix(".half")
        half.write_text(json.dumps(stamped), "utf-8")
        half.replace(self._stamp)


def _host_pip() -> list[str] | None:
    """The command of the host Python's own pip, installed as root on Debian if missing; ``None`` if venv must bring one."""
    command = [HOST_PYTHON, "-m", "pip"]
    if _pip_version(command) >= OLDEST_PIP:
        return command
    if importlib.util.find_spec("ensurepip"):
        return None
    if is_root() and shutil.which("apt-get"):
        install(["python3-pip"])
        if _pip_version(command) >= OLDEST_PIP:
            return command
    raise SetUpStopped(
        tr(
            "Python's installer pip is missing. Have an administrator run this, then start again:\n  {command}",
            command=apt_command(["python3-pip"]),
        )
    )


def _pip_version(command: list[str]) -> tuple[int, ...]:
    answer = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"pip (\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _pins(lock: Path) -> set[tuple[str, ...]]:
    return set(PINNED.findall(lock.read_text("utf-8")))
