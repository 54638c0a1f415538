"""The generated clinics: made once in an embedded PostgreSQL of their own, kept by size and by how they are made, and opened for a run."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from common import places
from installer.accounts import can_enter, first_existing, server_account
from installer.cluster import SUPERUSER
from installer.filelock import FileLock
from installer.postgres import EmbeddedPostgres
from installer.sample import load_sample
from migrations import run as migrations
from server.audit_seal import Sealer
from server.db import Database
from server.local import LocalDesk
from tests.bench import history
from tests.bench.history import say

PATIENTS: Final = 200_000
MOST_PATIENTS: Final = 5_000_000
#: Up to here each patient came five times; a larger clinic has a visit for each patient.
_FIVE_VISITS_UP_TO: Final = 200_000

ZONE: Final = ZoneInfo("Asia/Shanghai")
#: While the tables are filled nothing needs to survive a power cut.
_CARELESS: Final = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}


class Clinic(msgspec.Struct, frozen=True, kw_only=True):
    """A generated clinic at hand: addresses for the service, the owner and the superuser, and the folder of the service's keys."""

    patients: int
    visits: int
    name: str
    dsn: str
    owner_dsn: str
    super_dsn: str
    keys: Path

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A superuser's connection, autocommit, on which no trigger fires: for preparing states, never for measuring."""
        with psycopg.connect(self.super_dsn, autocommit=True) as connection:
            connection.execute(history.SETTINGS)
            yield connection

    def size_mb(self) -> int:
        """The database on disk."""
        with self.connected() as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0] // 1_000_000) if row else 0


def visits_of(patients: int) -> int:
    """How many visits a clinic of this size has: whole days."""
    visits = max(5 * min(patients, _FIVE_VISITS_UP_TO), patients)
    a_day = history.visits_a_day(visits)
    return -(-visits // a_day) * a_day


def recipe() -> str:
    """A short hash of what decides how the generated tables look: the migrations and how they are filled."""
    root = Path(__file__).resolve().parents[2]
    files = [
        Path(history.__file__),
        history.SQL_FILE,
        Path(__file__).with_name("names.py"),
        *(root / "migrations" / "versions").glob("*.*"),
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:10]


class Store:
    """The folder with the generated clinics, and their server while it is open."""

    def __init__(self, keep: Path | None = None) -> None:
        self.folder = keep or _folder()
        self.postgres = EmbeddedPostgres(self.folder / "database")

    @contextmanager
    def open(self) -> Iterator[Store]:
        """One bench at a time: two would measure each other."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        with FileLock(self.folder / "bench.lock", wait_s=3600), self.postgres:
            yield self

    def clinic(self, patients: int) -> Clinic:
        """The clinic of that size, made now if it was not made before by the same recipe."""
        clinic = self._clinic(patients, f"clinic_{patients}_{recipe()}")
        if clinic.name not in self._names():
            self._make(patients, clinic.name)
        return clinic

    def _clinic(self, patients: int, name: str) -> Clinic:
        return Clinic(
            patients=patients,
            visits=visits_of(patients),
            name=name,
            dsn=self.postgres.dsn(dbname=name),
            owner_dsn=self.postgres.dsn("xinglin_owner", name),
            super_dsn=self.postgres.dsn(SUPERUSER, name),
            keys=self.folder / "keys" / name,
        )

    def _names(self) -> list[str]:
        with psycopg.connect(self.postgres.dsn(SUPERUSER, "postgres")) as connection:
            return [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]

    def _make(self, patients: int, name: str) -> None:
        """Make it under another name, so that one that was interrupted is never taken for whole. Older ones of this size go."""
        making = f"making_{patients}"
        self.postgres.drop(making)
        say(f"making a clinic of {patients:,} patients and {visits_of(patients):,} visits; this happens once")
        started = time.monotonic()
        self._restart(_CARELESS)
        try:
            self.postgres.ensure_database(making)
            self._fill(msgspec.structs.replace(self._clinic(patients, making), keys=self.folder / "keys" / name))
        finally:
            self._restart({})
        for old in self._names():
            if old.startswith(f"clinic_{patients}_"):
                self.postgres.drop(old)
        with psycopg.connect(self.postgres.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {making} RENAME TO {name}")
        say(f"made in {time.monotonic() - started:.0f} s, {self._clinic(patients, name).size_mb():,} MB")

    def _fill(self, clinic: Clinic) -> None:
        migrations.migrate(clinic.owner_dsn)
        today = datetime.now(ZONE).date()
        desk = LocalDesk(clinic.dsn)
        try:
            load_sample(desk, today, capacity=100_000, packs=100_000)
        finally:
            desk.close()
        history.Loader(clinic.super_dsn, clinic.patients, clinic.visits, today).load()
        seal(clinic)

    def _restart(self, settings: dict[str, str]) -> None:
        """Start the server anew with these settings in place of the usual ones."""
        with psycopg.connect(self.postgres.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("CHECKPOINT")
        self.postgres.stop(force=True)
        if hasattr(os, "sync"):
            os.sync()  # or the system writes gigabytes while we measure
        self.postgres.start()


def seal(clinic: Clinic) -> None:
    """Sign the audit tree, so that the service does not begin with years of unsealed entries."""
    clinic.keys.mkdir(parents=True, exist_ok=True)
    database = Database(clinic.dsn)
    try:
        Sealer(database, clinic.keys).seal(datetime.now(ZONE))
    finally:
        database.close()


def _folder() -> Path:
    """In the cache; where PostgreSQL's account cannot enter it, beside the system's database."""
    folder, account = places.cache_folder() / "bench", server_account()
    if account and not can_enter(first_existing(folder), account):
        return places.SYSTEM_DATABASE_FOLDER.parent / "bench"
    return folder
