"""``xinglin migrate``: bring a database's tables up to this version."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from common.i18n import tr
from server.insurance.dictionaries.table import load_standard

_FOLDER = Path(__file__).resolve().parent


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the database at ``url`` (``postgresql://…``)."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("sqlalchemy.url", _for_sqlalchemy(url).replace("%", "%%"))
    return config


def _for_sqlalchemy(url: str) -> str:
    return "postgresql+psycopg://" + url.partition("://")[2]


def migrate(url: str, to: str = "head") -> None:
    """Run all migrations that are missing, and fill in the standard dictionaries. Two migrators at once wait for each other."""
    command.upgrade(alembic_config(url), to)
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('insurance_dictionary') IS NOT NULL").fetchone() == (True,):  # not in older versions
            load_standard(connection)


def version_of(url: str) -> str | None:
    """The version a database is at, or None if it is empty."""
    engine = create_engine(_for_sqlalchemy(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The version of this program's tables."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def versions() -> tuple[str, ...]:
    """Every version of the tables that this program knows, oldest first."""
    return tuple(script.revision for script in ScriptDirectory(str(_FOLDER)).walk_revisions())[::-1]


def main(argv: list[str]) -> int:
    """``xinglin migrate [--to VERSION]``."""
    parser = argparse.ArgumentParser(prog="xinglin migrate", description=tr("Bring the database's tables up to this version."))
    parser.add_argument("--to", default="head", metavar=tr("VERSION"), help=tr("stop at this version of the tables; head is the newest"))
    to = parser.parse_args(argv).to
    known = versions()
    if to not in (*known, "head"):
        raise SystemExit(tr("There is no version “{version}” of the tables. Known are: {known}, head.", version=to, known=", ".join(known)))
    url = os.environ["XINGLIN_OWNER_URL"]
    before = version_of(url)
    if before is not None and before not in known:
        raise SystemExit(
            tr("The database is at version {version}, which this program does not know: it was made by a newer one.", version=before)
        )
    migrate(url, to)
    sys.stdout.write(f"{before or '-'} -> {version_of(url)}\n")
    return 0
