"""Where a simulation takes place: a new database with the sample clinic, or one that already is a sample clinic and nothing else."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from common.i18n import tr
from installer.cluster import APP, OWNER
from installer.postgres import own_database
from installer.sample import load_sample
from installer.simulate.days import opening
from installer.terminal import SetUpStopped
from migrations.run import migrate
from server.clock import Clock
from server.local import LocalDesk

CLINIC: Final = "杏林诊所"
#: The day on which a new simulated clinic opens: a Monday.
FIRST_DAY: Final = date(2026, 1, 5)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


def check_name(name: str) -> str:
    """A name that a new database may have. Raises :class:`SetUpStopped`."""
    if not _NAME.fullmatch(name):
        raise SetUpStopped(tr("{name}: a database's name is small letters, digits and underscores.", name=name))
    return name


def fresh_database(name: str, service_url: str, owner_url: str) -> tuple[str, str]:
    """Make the database ``name`` beside the one at hand: addresses for service and owner. Raises :class:`SetUpStopped` if there is one."""
    service, owner = _beside(service_url, name), _beside(owner_url, name)
    if _exists(service_url, name):
        raise SetUpStopped(tr("There is a database {name} already; choose another name or drop it yourself.", name=name))
    database = own_database()
    if database.running() and database.dsn(APP) == service_url and database.dsn(OWNER) == owner_url:
        database.ensure_database(name)
    else:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(owner)
    return service, owner


def _beside(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _exists(url: str, name: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def set_up_sample(dsn: str, day: date, packs: int) -> None:
    """The sample clinic, as if it had been set up on the morning of ``day``."""
    clock = Clock(training=True)
    clock.set(opening(day) - timedelta(minutes=30))
    desk = LocalDesk(dsn, clock)
    try:
        load_sample(desk, day, packs=packs)
    finally:
        desk.close()


def first_free_day(dsn: str, start: date | None) -> date:
    """The day on which the simulation begins. Raises :class:`SetUpStopped` in a real clinic, or if it has lived that day."""
    with psycopg.connect(dsn) as connection:
        clinic = connection.execute("SELECT name FROM clinic").fetchone()
        lived = connection.execute("SELECT max(date) FROM visit").fetchone()
    if clinic is None or clinic[0] != CLINIC:
        raise SetUpStopped(tr("This database is not the sample clinic, so nothing is simulated in it. Use --fresh NAME for a new one."))
    last = lived[0] if lived else None
    if start is not None and last is not None and start <= last:
        raise SetUpStopped(tr("This clinic has lived until {day}; begin later.", day=str(last)))
    today = Clock().wall().date()
    return start or (max(today, last + timedelta(days=1)) if last else today)
