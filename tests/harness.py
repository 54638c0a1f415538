"""What tests stand on: a real PostgreSQL built by the migrations, the sample clinic in it, and the real service in front of it.

``database``  a fresh database with the sample clinic (a copy of one template, so it costs some 30 ms)
``clinic``    that, and a running service: ``clinic.url``, ``clinic.desk("qianduo")`` signed in as a person
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import httpx
import msgspec
import psycopg
import pytest
import uvicorn
from argon2 import PasswordHasher
from psycopg import sql

from common.errors import error_from_wire
from common.messages.session import SignedIn, SignIn
from common.wire import REQUEST_ID_HEADER, Refused, Request, decode, encode, new_request_id, reply_type, wire_name
from installer.cluster import APP, OWNER, SUPERUSER
from installer.listening import NO_TLS
from installer.postgres import EmbeddedPostgres
from installer.roles import copy_database, drop_database
from installer.sample import PASSWORD, load_sample
from migrations.run import migrate
from server import passwords
from server.app import App, Service
from server.clock import Clock
from server.config import Config
from server.db import Database
from server.local import LocalDesk
from server.serving import PromptServer, listen
from server.tls import certificate

R = TypeVar("R")

ZONE: Final = ZoneInfo("Asia/Shanghai")
_TEMPLATE: Final = "sample"
_ROOM: Final = 4 * 2**30
_numbers = itertools.count(1)
_places = itertools.count(1)


#: A test may kill processes, never the machine: what is written need not reach a disk. A few hundred databases of 20 MB are made and
#: dropped, one after the other, and each of them is looked for in all buffers.
_SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_compression": "off",
    "shared_buffers": "128MB",
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",
    "autovacuum": "off",
}


class TestPostgres(EmbeddedPostgres):
    """The server of a run. Databases come and go over one kept connection, and a password costs nothing to check."""

    __test__ = False

    def start(self) -> None:
        self.cluster.open_folder()
        if not self.cluster.complete():
            self.cluster.make(self._programs)
            with (self.cluster.data / "postgresql.auto.conf").open("a", encoding="ascii") as file:
                file.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
        super().start()
        self._kept = self._superuser()
        self._kept.execute("SET scram_iterations = 1")
        for role in (SUPERUSER, OWNER, APP):
            self._kept.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), self.cluster.password(role)))

    def stop(self, force: bool = False) -> None:
        self._kept.close()
        super().stop(force)

    def create_from_template(self, name: str, template: str) -> None:
        copy_database(self._kept, name, template)

    def drop(self, name: str) -> None:
        drop_database(self._kept, name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One server for the whole run, in a folder of its own that its account may enter even where tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="xinglin-tests-", dir=memory_folder()))
    folder.chmod(0o755)
    try:
        with TestPostgres(folder / "database") as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory_folder() -> Path | None:
    """Where files lie in memory, if the system has such a place with room enough for all workers; ``None`` means the usual folder.

    To make and drop a database is to make and drop 1,300 files, which costs five times as much on a disk. Only Linux has such a place.
    """
    place = Path("/dev/shm")
    with contextlib.suppress(OSError):
        if os.access(place, os.W_OK | os.X_OK) and shutil.disk_usage(place).free >= _ROOM:
            return place
    return None


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated database with the sample clinic, made once; its passwords cost nothing to check."""
    postgres.ensure_database(_TEMPLATE)
    migrate(postgres.dsn("xinglin_owner", _TEMPLATE))
    desk = LocalDesk(postgres.dsn(dbname=_TEMPLATE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        load_sample(desk, datetime.now(ZONE).date())
    desk.close()
    with psycopg.connect(postgres.dsn("xinglin_owner", _TEMPLATE), autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE)")  # once for all copies
    return _TEMPLATE


class TestDatabase(msgspec.Struct, frozen=True):
    """A database of one test: the service's address, the owner's, and its name."""

    __test__ = False

    dsn: str
    owner_dsn: str
    name: str

    def value(self, sql: str, *parameters: object) -> Any:
        """One value, read or written as the owner."""
        with psycopg.connect(self.owner_dsn, autocommit=True) as connection:
            row = connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def run(self, sql: str, *parameters: object) -> None:
        """Run SQL as the owner."""
        with psycopg.connect(self.owner_dsn, autocommit=True) as connection:
            connection.execute(sql, parameters or None)

    def stand_apart(self) -> None:
        """Every test's database is a clinic of its own, but to simulators that several tests share they are one institution and one merchant:
        message ids must not meet in one second, and five digits of chance do not keep the first orders of a hundred clinics apart."""
        place = next(_places)
        self.run(f"ALTER SEQUENCE insurance_msgid RESTART WITH {place * 250 % 10_000}")
        self.run(f"ALTER SEQUENCE channel_order RESTART WITH {place * 1_000}")


@pytest.fixture
def database(postgres: EmbeddedPostgres, template: str) -> Iterator[TestDatabase]:
    """A fresh copy of the sample clinic."""
    name = f"test_{next(_numbers)}"
    postgres.create_from_template(name, template)
    yield TestDatabase(postgres.dsn(dbname=name), postgres.dsn("xinglin_owner", name), name)
    with contextlib.suppress(psycopg.Error):
        postgres.drop(name)


@pytest.fixture
def local(database: TestDatabase) -> Iterator[LocalDesk]:
    """The machine's administrator in this process, without a service."""
    desk = LocalDesk(database.dsn)
    yield desk
    desk.close()


class SignedInDesk:
    """A person who is signed in and asks the service over HTTP, as a workstation does."""

    def __init__(self, url: str, login: str, password: str = PASSWORD) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, verify=NO_TLS, trust_env=False)
        self.token = ""
        self.signed_in: SignedIn = self.call(SignIn(login=login, password=password))
        self.token = self.signed_in.token

    def call(self, request: Request[R], request_id: str = "") -> R:
        """Send a request; raises the refusal that came back."""
        return decode(reply_type(type(request)), self.raw(request, request_id).content)  # type: ignore[no-any-return]

    def raw(self, request: Request[Any], request_id: str = "") -> httpx.Response:
        """Send a request and give back the answer as HTTP has it; raises refusals."""
        headers = {REQUEST_ID_HEADER: request_id or new_request_id()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        response = self.http.post(f"/api/{wire_name(type(request))}", content=encode(request), headers=headers)
        if response.status_code != 200:
            refused = decode(Refused, response.content)
            raise error_from_wire(refused.error, refused.fields)
        return response


class Served:
    """A service that listens on a free port of its own, in a thread. The port is held from the first moment, so nobody else can get it."""

    def __init__(self, **tls: Any) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.port: int = self._listener.getsockname()[1]
        self._tls = tls
        self._server: PromptServer | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, app: Any) -> None:
        """Serve; returns when it answers."""
        settings = uvicorn.Config(app, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=10, **self._tls)
        self._server = PromptServer(settings)
        self._server.farewell_seconds = 0.05
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise TimeoutError("the service did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """End in order."""
        if self._server is None:
            self._listener.close()
            return
        self._server.should_exit = True
        self._thread.join(60)
        if self._thread.is_alive():
            raise TimeoutError("the service did not end")

    def _run(self) -> None:
        assert self._server is not None
        self._server.run(sockets=[self._listener])


class Clinic:
    """A running service in front of a database."""

    def __init__(self, database: TestDatabase, folder: Path, *, training: bool = False) -> None:
        self.database = database
        self._served = Served()
        self.port = self._served.port
        _, _, fingerprint = certificate(folder)
        config = Config(
            dsn=database.dsn,
            keys=folder,
            port=self.port,
            tls=False,
            threads=8,
            training=training,
            unpaired_desks=True,
            fingerprint=fingerprint,
        )
        self.service = Service(config, Database(config.dsn), Clock(training=training))
        self._desks: dict[str, SignedInDesk] = {}

    @property
    def url(self) -> str:
        """Where desks find it."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve; returns when it answers."""
        self._served.start(App(self.service))

    def stop(self) -> None:
        """End the service in order."""
        for desk in self._desks.values():
            desk.http.close()
        self._served.stop()

    def desk(self, login: str) -> SignedInDesk:
        """A person at work; signed in once for each test."""
        if login not in self._desks:
            self._desks[login] = SignedInDesk(self.url, login)
        return self._desks[login]


@pytest.fixture
def clinic(database: TestDatabase, tmp_path: Path) -> Iterator[Clinic]:
    """The sample clinic, open for work."""
    running = Clinic(database, tmp_path / "keys")
    running.start()
    yield running
    running.stop()
