"""A PostgreSQL server of the clinic's own, named by its URL: is it fit for Xinglin?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from common.i18n import tr
from installer.errors import ServerUnusable

OLDEST: Final = 15
ENCODING: Final = "UTF8"


@dataclass(frozen=True)
class ServerFacts:
    """What a server says about itself and the database that its URL names."""

    version: int
    """``server_version_num``, for example 180003."""
    encoding: str
    read_only: bool
    may_create: bool
    """Whether the URL's role may create tables in the schema ``public``, as migrating needs."""


def check_server(url: str, migrates: bool = False) -> ServerFacts:
    """Ask the server at ``url`` and raise :class:`ServerUnusable` unless it can hold Xinglin's database.

    ``migrates``: whether the URL's role must be able to make tables.
    """
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError as failure:  # Its words repeat the address with the password.
        raise ServerUnusable(address=shown_address(url), reason=tr("The address is not written correctly.")) from failure
    try:
        facts = _ask(url)
    except psycopg.Error as failure:
        raise ServerUnusable(address=shown_address(url), reason=_short(failure)) from failure
    if reason := unfit(facts, migrates):
        raise ServerUnusable(address=shown_address(url), reason=reason)
    return facts


def unfit(facts: ServerFacts, migrates: bool = False) -> str:
    """Why a server with these facts cannot be used, in the current language; empty if it can."""
    if facts.version < OLDEST * 10_000:
        return tr("It is PostgreSQL {found}; Xinglin needs {oldest} or newer.", found=facts.version // 10_000, oldest=OLDEST)
    if facts.encoding != ENCODING:
        return tr(
            "The database stores text as {found}; Xinglin needs UTF8. Make it with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            found=facts.encoding,
        )
    if facts.read_only:
        return tr("It accepts no changes: it is a standby, or set to read-only.")
    if migrates and not facts.may_create:
        return tr("This role may not create tables there. XINGLIN_OWNER_URL must name the one that owns the database.")
    return ""


def shown_address(url: str) -> str:
    """Host, port and database of ``url`` without user and password; fit for a screen and a log."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return tr("(address not readable)")
    host, port = parts.get("host") or "localhost", parts.get("port") or 5432
    return f"{host}:{port}/{parts.get('dbname') or ''}"


def _ask(url: str) -> ServerFacts:
    with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int, pg_encoding_to_char(encoding),"
            " pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool,"
            " has_schema_privilege('public', 'CREATE')"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    if row is None:
        raise psycopg.DataError("pg_database does not list the current database")
    return ServerFacts(*row)


def _short(failure: psycopg.Error) -> str:
    lines = str(failure).strip().splitlines()
    return lines[-1].strip() if lines else type(failure).__name__
