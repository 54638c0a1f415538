"""PostgreSQL itself prepares every statement of the service, as the role that runs it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from server.db import STATEMENTS, Read, Statement, Write
from tests.server.office import Office


def every_statement() -> list[Statement]:
    """Those of every module of the service."""
    import server.app

    server.features.load()
    return list(STATEMENTS)


def test_every_statement_can_be_prepared(office: Office) -> None:
    statements = every_statement()
    assert len(statements) > 100
    failures = []
    with psycopg.connect(office.database.dsn, autocommit=True) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("xinglin_app",)
        for statement in statements:
            numbered = psycopg._queries.PostgresQuery(psycopg.adapt.Transformer(connection))
            numbered.convert(statement.bytes, dict.fromkeys(_names(statement)))
            try:
                connection.pgconn.prepare(b"probe", numbered.query)
                result = connection.pgconn.describe_prepared(b"probe")
                if result.error_message:
                    failures.append((result.error_message.decode(errors="replace"), statement.sql))
                connection.execute(sql.SQL("DEALLOCATE probe"))
            except psycopg.Error as error:
                failures.append((str(error), statement.sql))
    assert failures == []


def _names(statement: Statement) -> set[str]:
    import re

    return set(re.findall(r"%\((\w+)\)s", statement.sql))


@pytest.mark.parametrize("kind", [Read, Write])
def test_reads_read_and_writes_write(kind: type[Statement]) -> None:
    """A Read is what a ReadTx may run: it neither changes rows nor locks them."""
    for statement in every_statement():
        words = statement.sql.upper()
        signs = ("INSERT INTO", "UPDATE ", "DELETE FROM", "FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "ADVISORY_XACT_LOCK(", "NEXTVAL(")
        changes = any(sign in words for sign in signs)
        if type(statement) is kind:
            assert changes is (kind is Write), statement.sql


def test_no_statement_is_put_together_from_what_came_in() -> None:
    """Statements are compiled when their module is loaded: none is made while a request is carried out."""
    before = len(every_statement())
    import server.app  # noqa: F401

    assert len(STATEMENTS) == before
