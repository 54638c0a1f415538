"""The two roles under the service, and the databases they use.

``xinglin_owner`` owns the databases and migrates them; ``xinglin_app`` serves requests: it reads and writes rows and can change no
table. Both are made by the superuser, which nothing else uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from installer.cluster import APP, OWNER

if TYPE_CHECKING:
    from collections.abc import Callable

READY: Final = "Xinglin: privileges set"
ONE_BY_ONE: Final = 0x58696E67  # The advisory lock's key, "Xing": two makers of the same database take turns.

GRANTS: Final = (
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SCHEMAS TO {app}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {app}",
)
DATABASE_GRANTS: Final = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {app}",
)


def ensure_roles(connection: psycopg.Connection, password_of: Callable[[str], str]) -> None:
    """Make the two roles where they are missing."""
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'xinglin%'")}
    for role in (OWNER, APP):
        if role not in known:
            # The password is hashed here, so that it reaches no log.
            hashed = connection.pgconn.encrypt_password(password_of(role).encode(), role.encode(), b"scram-sha-256")
            create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed.decode()))
            connection.execute(create)


def ensure_database(connection: psycopg.Connection, name: str, connect: Callable[[str], psycopg.Connection]) -> None:
    """Make the database ``name`` with its privileges, or finish what an interrupted attempt left.

    ``connect`` opens a superuser's autocommit connection to a database.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", (ONE_BY_ONE,))
    try:
        found = connection.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if found is None:
            connection.execute(_create(name))
        if found != (READY,):
            with connect(name) as inside:
                _run(inside, GRANTS)
            _open_to_app(connection, name)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (ONE_BY_ONE,))


def copy_database(connection: psycopg.Connection, name: str, template: str) -> None:
    """Make ``name`` as a copy of ``template``, to which nobody may be connected. Its files are copied, not written to the log page by page."""
    connection.execute(_create(name) + sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template)))
    _open_to_app(connection, name)


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """Drop a database; who is connected to it is sent away. One that does not exist is no error."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(name: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))


def _open_to_app(connection: psycopg.Connection, name: str) -> None:
    """A database's own privileges and comment are no part of a template, so each copy needs them."""
    _run(connection, DATABASE_GRANTS, database=sql.Identifier(name))
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(READY)))


def _run(connection: psycopg.Connection, statements: tuple[str, ...], **names: sql.Identifier) -> None:
    for statement in statements:
        text = sql.SQL(statement)
        connection.execute(text.format(owner=sql.Identifier(OWNER), app=sql.Identifier(APP), **names))
