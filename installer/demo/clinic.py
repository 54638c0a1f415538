"""The demonstration's own clinic: a database beside the real one, the sample clinic in it, and the real service in front of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import psutil
import psycopg

from common import places
from common.i18n import tr
from installer.database import OWNER_VARIABLE, SERVICE_VARIABLE
from installer.demo.outside import outside_world
from installer.demo.service import service
from installer.postgres import own_database
from installer.sample import load_sample
from installer.terminal import SetUpStopped
from migrations.run import migrate
from server.local import LocalDesk
from server.tls import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from installer.postgres import EmbeddedPostgres

DATABASE: Final = "xinglin_demo"
_WALK: Final = f"{DATABASE}_walk_"
_ZONE: Final = ZoneInfo("Asia/Shanghai")


class DemoClinic:
    """A running sample clinic: where its service is, and how to ask its database."""

    def __init__(self, url: str, fingerprint: bytes | None, dsn: str) -> None:
        self.url = url
        self.fingerprint = fingerprint
        self.dsn = dsn


@contextlib.contextmanager
def demo_clinic(*, fresh: bool = False, capacity: int = 60) -> Iterator[DemoClinic]:
    """The sample clinic, served inside the block. ``fresh`` begins with an empty one; else yesterday's visits are still there."""
    name = f"{_WALK}{os.getpid()}" if fresh else DATABASE
    with _database(name, temporary=fresh) as (dsn, owner_dsn):
        migrate(owner_dsn)
        home = places.data_folder() / "demo"
        keys = home / "keys"
        _, _, fingerprint = certificate(keys)
        with contextlib.closing(LocalDesk(dsn)) as desk:
            load_sample(desk, datetime.now(_ZONE).date(), capacity=capacity)
            with outside_world(keys, home / "outside" / name, desk), service(dsn, keys) as port:
                yield DemoClinic(f"https://127.0.0.1:{port}", fingerprint, dsn)


@contextlib.contextmanager
def demo_home(*, temporary: bool = False) -> Iterator[Path]:
    """Where the demonstration's desks keep their journals and settings, apart from those of this machine's real desk."""
    home = places.data_folder() / "demo"
    if not temporary:
        home.mkdir(parents=True, exist_ok=True)
        with _as_home(home):
            yield home / "desks"
        return
    with tempfile.TemporaryDirectory(prefix="xinglin-demo-", ignore_cleanup_errors=True) as folder, _as_home(Path(folder)):
        yield Path(folder) / "desks"


@contextlib.contextmanager
def _as_home(home: Path) -> Iterator[None]:
    before = os.environ.get(places.HOME_VARIABLE)
    os.environ[places.HOME_VARIABLE] = str(home)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(places.HOME_VARIABLE, None)
        else:
            os.environ[places.HOME_VARIABLE] = before


@contextlib.contextmanager
def _database(name: str, *, temporary: bool) -> Iterator[tuple[str, str]]:
    """A database of this name beside the clinic's own, on the server that is at hand."""
    dsn, owner = _renamed(os.environ[SERVICE_VARIABLE], name), _renamed(os.environ[OWNER_VARIABLE], name)
    embedded = own_database()
    ours = embedded.running() and urlsplit(embedded.dsn()).port == urlsplit(dsn).port
    if ours:
        if temporary:
            _drop_left_over(embedded)
        embedded.ensure_database(name)
    else:
        _create(os.environ[OWNER_VARIABLE], name)
    try:
        yield dsn, owner
    finally:
        if temporary and ours:
            embedded.drop(name)
        elif temporary:
            _drop(os.environ[OWNER_VARIABLE], name)


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _create(owner: str, name: str) -> None:
    """On a server of the clinic's own. Its owner role must be allowed to make databases."""
    try:
        with psycopg.connect(owner, autocommit=True) as connection, contextlib.suppress(psycopg.errors.DuplicateDatabase):
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
    except psycopg.errors.InsufficientPrivilege:
        raise SetUpStopped(tr("The role of {variable} may not create the database {name}.", variable=OWNER_VARIABLE, name=name)) from None


def _drop_left_over(embedded: EmbeddedPostgres) -> None:
    """Drop the databases of walks that were killed; the number in the name is the walk's process."""
    with psycopg.connect(os.environ[OWNER_VARIABLE]) as connection:
        names = [str(name) for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname ~ %s", (rf"^{_WALK}\d+$",))]
    for name in names:
        if not psutil.pid_exists(int(name.removeprefix(_WALK))):
            embedded.drop(name)


def _drop(owner: str, name: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
