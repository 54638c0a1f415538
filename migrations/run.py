"""``xinglin migrate``: bring a database's tables up to this version."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

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
    """Run all migrations that are missing. Two migrators at once wait for each other."""
    command.upgrade(alembic_config(url), to)


def version_of(url: str) -> str | None:
    """The version a database is at, or None if it is empty."""
    engine = create_engine(_for_sqlalchemy(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The version of this program's tables."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def main(argv: list[str]) -> int:
    """``xinglin migrate [--to VERSION]``."""
    parser = argparse.ArgumentParser(prog="xinglin migrate")
    parser.add_argument("--to", default="head")
    given = parser.parse_args(argv)
    url = os.environ["XINGLIN_OWNER_URL"]
    before = version_of(url)
    migrate(url, given.to)
    sys.stdout.write(f"{before or '-'} -> {version_of(url)}\n")
    return 0
