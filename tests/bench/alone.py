"""A clinic of its own for sections that measure whether money holds: a PostgreSQL in a temporary folder, and simulators outside."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import psycopg

from installer.cluster import SUPERUSER
from installer.postgres import EmbeddedPostgres
from installer.sample import load_sample
from migrations.run import migrate
from server.local import LocalDesk
from tests.bench.data import Clinic

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE: Final = "sample"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that the database's account may enter, gone at the end."""
    made = Path(tempfile.mkdtemp(prefix="xinglin-bench-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def clinic(postgres: EmbeddedPostgres, within: Path) -> Clinic:
    """The sample clinic itself, to be served."""
    keys = within / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    return Clinic(
        patients=0,
        visits=0,
        name=TEMPLATE,
        dsn=postgres.dsn(dbname=TEMPLATE),
        owner_dsn=postgres.dsn("xinglin_owner", TEMPLATE),
        super_dsn=postgres.dsn(SUPERUSER, TEMPLATE),
        keys=keys,
    )


@contextlib.contextmanager
def database(within: Path) -> Iterator[EmbeddedPostgres]:
    """A server with the sample clinic as :data:`TEMPLATE`."""
    with EmbeddedPostgres(within / "database") as postgres:
        with psycopg.connect(postgres.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # no power cuts here: processes die, the machine does not
            connection.execute("SELECT pg_reload_conf()")
        postgres.ensure_database(TEMPLATE)
        migrate(postgres.dsn("xinglin_owner", TEMPLATE))
        desk = LocalDesk(postgres.dsn(dbname=TEMPLATE))
        load_sample(desk, datetime.now(ZoneInfo("Asia/Shanghai")).date())
        desk.close()
        yield postgres
