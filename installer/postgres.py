"""The embedded PostgreSQL: one server a folder, loopback only, shared by everybody who starts it.

Nobody counts references. Who finds the server running uses it; who started it stops it; and if the starter died without doing so,
the next one who comes takes its place. Written for Windows and Linux alike; what was only tried on Linux is said in docs/operations.md.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import time
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

import psutil
import psycopg

from common import places
from installer.accounts import can_enter, first_existing, server_account
from installer.cluster import APP, SUPERUSER, Cluster, write_whole
from installer.errors import StartFailed, StopFailed
from installer.filelock import FileLock
from installer.processes import living, mark
from installer.programs import Programs, find_programs
from installer.roles import copy_database, drop_database, ensure_database, ensure_roles

DATABASE: Final = "xinglin"
HOST: Final = "127.0.0.1"
PORTS: Final = range(21_000, 30_000)  # Below the ports that Linux and Windows give to outgoing connections.
START_S: Final = 60.0
NOBODYS_NUMBER: Final = 2**31 - 1  # No system numbers its processes so high.
RETRY_S: Final = 15.0  # After kill -9 the old server's children hold its memory for up to about 2.5 s.


class EmbeddedPostgres:
    """The server whose cluster lies in ``folder``; it is made at the first start.

    ``logs`` defaults to a folder within ``folder``. As root, PostgreSQL runs as an ordinary account, which must be able to enter
    ``folder``. Raises the errors of :mod:`installer.errors`.
    """

    def __init__(self, folder: Path, logs: Path | None = None) -> None:
        self.cluster = Cluster(folder, logs, server_account())
        self._lock = FileLock(self.cluster.lock_file)
        self._known_programs: Programs | None = None
        self._stops_it = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- start and stop -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the cluster if need be, start the server or use the one that runs, and see to roles and database."""
        self.cluster.open_folder()
        with self._lock:
            if not self.cluster.complete():
                self.cluster.make(self._programs)
            if not self._attached():
                self._launch()
            with self._superuser() as connection:
                ensure_roles(connection, self.cluster.password)
                ensure_database(connection, DATABASE, self._superuser)

    def stop(self, force: bool = False) -> None:
        """Stop the server if it is ours to stop, or, with ``force``, whoever started it. Open transactions are rolled back."""
        with self._lock:
            if not (force or self._stops_it):
                return
            self._stops_it = False
            if not self._process():
                return
            for mode in ("fast", "immediate"):
                done = self._programs.run("pg_ctl", "stop", "-D", self.cluster.data, "-m", mode, "-w", "-t", "30")
                if not self._process():
                    return
            raise StopFailed(said=done.stdout.strip())

    def running(self) -> bool:
        """Whether the server runs and answers."""
        return self._process() is not None and self._answers()

    def dsn(self, user: str = APP, dbname: str = DATABASE) -> str:
        """The address for one of the roles ``xinglin_app``, ``xinglin_owner`` and ``postgres``, as a URL for libpq.

        The choices about encryption are explicit because the server has none and the environment may ask for it.
        """
        port = self.cluster.remembered().get("port", 0)
        secret = self.cluster.password(user)
        return f"postgresql://{user}:{secret}@{HOST}:{port}/{quote(dbname, safe='')}?sslmode=disable&gssencmode=disable"

    # --- databases ----------------------------------------------------------------------------------------------------

    def ensure_database(self, name: str) -> None:
        """Make the database ``name`` where it is missing: owned by ``xinglin_owner``, usable by ``xinglin_app``."""
        with self._superuser() as connection:
            ensure_database(connection, name, self._superuser)

    def create_from_template(self, name: str, template: str) -> None:
        """Make ``name`` as a copy of ``template``, to which nobody may be connected meanwhile."""
        with self._superuser() as connection:
            copy_database(connection, name, template)

    def drop(self, name: str) -> None:
        """Drop a database if it exists; who is connected to it is sent away."""
        with self._superuser() as connection:
            drop_database(connection, name)

    def _superuser(self, dbname: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.dsn(SUPERUSER, dbname), autocommit=True, connect_timeout=5)

    # --- the server's process -----------------------------------------------------------------------------------------

    @property
    def _programs(self) -> Programs:
        if self._known_programs is None:
            self._known_programs = find_programs(self.cluster.account, self.cluster.folder)
        return self._known_programs

    def _process(self) -> psutil.Process | None:
        """The server's main process if it lives. The number in ``postmaster.pid`` may since belong to another program."""
        try:
            number = int((self.cluster.data / "postmaster.pid").read_text("ascii", errors="replace").split()[0])
            process = psutil.Process(number)
            if process.status() != psutil.STATUS_ZOMBIE and _serves(process, self.cluster.data):
                return process
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return None
        return None

    def _attached(self) -> bool:
        """Use the server that runs, once it answers. False if none runs, or if it dies while we wait."""
        deadline = time.monotonic() + START_S
        while self._process():
            if self._answers():
                if not living(self.cluster.remembered().get("starter")):
                    self._take_charge()
                return True
            if time.monotonic() > deadline:
                raise StartFailed(said=self.cluster.said_last(), log=str(self.cluster.logs))
            time.sleep(0.1)
        return False

    def _launch(self) -> None:
        self.cluster.check_version(self._programs)
        self.cluster.open_logs()
        deadline = time.monotonic() + RETRY_S
        while True:
            self._disown_number()
            self._choose_port()
            done = self._programs.run(
                "pg_ctl", "start", "-D", self.cluster.data, "-l", self.cluster.start_log, "-w", "-t", str(int(START_S)), "-s"
            )
            if done.returncode == 0:
                return self._take_charge()
            if time.monotonic() > deadline:
                raise StartFailed(said=self.cluster.said_last() or done.stdout.strip(), log=str(self.cluster.logs))
            time.sleep(0.3)

    def _disown_number(self) -> None:
        """After a crash the number in ``postmaster.pid`` may be another program's, which PostgreSQL would take for a rival.

        Only that number is replaced. The file itself must stay: by the memory key in it PostgreSQL notices children of a killed
        server that still write into the cluster.
        """
        file = self.cluster.data / "postmaster.pid"
        if not file.exists():
            return
        number, _, rest = file.read_text("ascii", errors="replace").partition("\n")
        if not number.strip():
            file.unlink()  # Empty after a power cut. PostgreSQL would ask a person to do this.
        elif number.isdecimal() and psutil.pid_exists(int(number)):
            write_whole(file, f"{NOBODYS_NUMBER}\n{rest}", self.cluster.account)

    def _choose_port(self) -> None:
        port = self.cluster.remembered().get("port")
        if not (isinstance(port, int) and _free(port)):
            port = next(candidate for candidate in random.sample(PORTS, len(PORTS)) if _free(candidate))
            self.cluster.remember(port=port)
        self.cluster.write_settings(port)

    def _take_charge(self) -> None:
        self.cluster.remember(starter=mark(psutil.Process()))
        self._stops_it = True

    def _answers(self) -> bool:
        """Whether our own cluster answers at the remembered port, not a stranger's."""
        try:
            with self._superuser() as connection:
                found = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return found is not None and Path(str(found[0])).resolve() == self.cluster.data.resolve()


def own_database() -> EmbeddedPostgres:
    """The person's own embedded database. As root it lies in ``/var/lib/xinglin`` if root's own folder is closed to PostgreSQL."""
    folder, account = places.database_folder(), server_account()
    named = places.HOME_VARIABLE in os.environ
    if account and not named and not can_enter(first_existing(folder), account):
        folder = places.SYSTEM_DATABASE_FOLDER
    return EmbeddedPostgres(folder, None if account else places.logs_folder() / "database")


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and str(data) in process.cmdline()
    except psutil.AccessDenied:
        return True  # Another account's process: the answer on the port decides.


def _free(port: int) -> bool:
    with socket.socket() as trial:
        if sys.platform == "win32":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True
