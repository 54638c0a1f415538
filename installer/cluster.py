"""The files of one embedded database: cluster, settings, passwords, and what is remembered between starts."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import psutil

from installer.accounts import Account, can_enter, first_existing, hand_over
from installer.errors import ForeignCluster, InitFailed, MadeByOtherVersion, NotReachable, PasswordsLost
from installer.programs import Programs

SUPERUSER: Final = "postgres"
OWNER: Final = "xinglin_owner"
APP: Final = "xinglin_app"
MIB: Final = 1024 * 1024


class Cluster:
    """Where each file of the database below ``folder`` lies, and how it is made."""

    def __init__(self, folder: Path, logs: Path | None, account: Account | None) -> None:
        self.folder = folder.resolve()  # The server's command line names it; two spellings would look like two servers.
        self.account = account
        self.data = self.folder / "cluster"
        self.logs = (logs or self.folder / "log").resolve()
        self.start_log = self.logs / "start.log"
        self.lock_file = self.folder / "start.lock"
        self._stamp = self.data / "xinglin.complete"
        self._passwords = self.folder / "passwords.json"
        self._memory = self.folder / "server.json"

    # --- folders ------------------------------------------------------------------------------------------------------

    def open_folder(self) -> None:
        """Make the folder, passable for the server's account. Raises :class:`NotReachable`."""
        if not can_enter(first_existing(self.folder.parent), self.account):
            raise NotReachable(folder=str(self.folder), account=self.account.name if self.account else "")
        self.folder.mkdir(mode=0o711 if self.account else 0o700, parents=True, exist_ok=True)
        if self.account:
            self.folder.chmod(0o711)

    def open_logs(self) -> None:
        """Make the folder of the logs, writable for the server's account."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        hand_over(self.logs, self.account)

    # --- making the cluster -------------------------------------------------------------------------------------------

    def complete(self) -> bool:
        """Whether the cluster was made to its end."""
        return self._stamp.exists()

    def make(self, programs: Programs) -> None:
        """Make the cluster; what an interrupted attempt left is thrown away first. Raises :class:`InitFailed`."""
        if (self.data / "postmaster.opts").exists():  # A server ran here: somebody's rows, not the rest of an attempt.
            raise ForeignCluster(folder=str(self.data))
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        hand_over(self.data, self.account)
        self._choose_passwords()
        self._initdb(programs)
        self._write("pg_hba.conf", HOST_RULES)
        self._write("postgresql.conf", (self.data / "postgresql.conf").read_text("utf-8") + "\ninclude 'xinglin.conf'\n")
        self._write("xinglin.complete", "")

    def _initdb(self, programs: Programs) -> None:
        handle, name = tempfile.mkstemp(dir=self.folder, prefix="initdb-")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self.password(SUPERUSER))
        try:
            hand_over(Path(name), self.account)
            done = programs.run("initdb", "-D", self.data, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", name, *LOCALE)
        finally:
            Path(name).unlink()
        if done.returncode:
            raise InitFailed(said=_last_lines(done.stdout))

    def check_version(self, programs: Programs) -> None:
        """Raise :class:`MadeByOtherVersion` unless the installed programs fit the cluster."""
        made, installed = (self.data / "PG_VERSION").read_text("ascii").strip(), programs.major_version()
        if made != installed:
            raise MadeByOtherVersion(made=made, installed=installed)

    def write_settings(self, port: int) -> None:
        """Write the settings for the next start."""
        self._write("xinglin.conf", settings(port, self.logs))

    def _write(self, name: str, text: str) -> None:
        write_whole(self.data / name, text, self.account)

    # --- passwords and memory -----------------------------------------------------------------------------------------

    def password(self, role: str) -> str:
        """The password of one of the three roles. Raises :class:`PasswordsLost`."""
        try:
            passwords: dict[str, str] = json.loads(self._passwords.read_text("ascii"))
        except FileNotFoundError:
            raise PasswordsLost(file=str(self._passwords)) from None
        return passwords[role]

    def _choose_passwords(self) -> None:
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)}
        write_whole(self._passwords, json.dumps(passwords), None)

    def remembered(self) -> dict[str, Any]:
        """The port, and who started the server; empty when nothing is known."""
        try:
            memory: dict[str, Any] = json.loads(self._memory.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return {}
        return memory

    def remember(self, **facts: object) -> None:
        """Keep ``facts`` for the next start."""
        write_whole(self._memory, json.dumps(self.remembered() | facts), None)

    def said_last(self) -> str:
        """The server's last words: from the log of its start and from its newest running log."""
        newest = sorted(self.logs.glob("*.log"), key=lambda log: log.stat().st_mtime)[-2:]
        return _last_lines("\n".join(log.read_text("utf-8", errors="replace") for log in newest))


def write_whole(path: Path, text: str, owner: Account | None) -> None:
    """Replace a file so that a crash leaves the old one or the new one; nobody but its owner may read it."""
    handle, half = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp gives it mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    hand_over(Path(half), owner)
    Path(half).replace(path)


def _last_lines(text: str, count: int = 4) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-count:])


# Windows' C library knows no C.UTF-8; PostgreSQL's own provider does, from version 17 on.
LOCALE: Final = (
    ("-E", "UTF8", "--locale-provider=libc", "--locale=C.UTF-8")
    if sys.platform.startswith("linux")
    else ("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C")
)

HOST_RULES: Final = """\
# Only this machine, only with a password.
host all         all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""


def settings(port: int, logs: Path) -> str:
    """The server's settings: for a desk machine that also does other work, safe against power cuts, telling no patient's data.

    An error's DETAIL line and the statement may hold names and numbers of persons, so the log gets neither.
    """
    memory = psutil.virtual_memory().total // MIB
    values: dict[str, str | int] = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{min(max(memory // 8, 128), 2048)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": 0,  # Many short requests on few cores; also keeps /dev/shm small.
        "synchronous_commit": "on",
        "wal_level": "replica",
        "wal_compression": "on",
        "min_wal_size": "256MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": str(logs),
        "log_filename": "postgresql-%a.log",  # One file a weekday, overwritten after a week.
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length": 0,
    }
    return "# Written anew at every start.\n" + "".join(f"{name} = {_quoted(value)}\n" for name, value in values.items())


def _quoted(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
