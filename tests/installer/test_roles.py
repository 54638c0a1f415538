"""The service's role reads and writes rows and changes no table; copies of a database keep that."""

from __future__ import annotations

import psycopg
import pytest

from installer.postgres import EmbeddedPostgres


def owner(server: EmbeddedPostgres, name: str) -> psycopg.Connection:
    return psycopg.connect(server.dsn("xinglin_owner", name), autocommit=True)


def app(server: EmbeddedPostgres, name: str) -> psycopg.Connection:
    return psycopg.connect(server.dsn(dbname=name), autocommit=True)


def test_app_writes_rows_but_changes_no_table(server: EmbeddedPostgres) -> None:
    server.ensure_database("roles")
    with owner(server, "roles") as connection:
        connection.execute("CREATE SCHEMA jobs")
        for table in ("visit", "jobs.job"):
            connection.execute(f"CREATE TABLE {table} (id bigserial, note text)")
    with app(server, "roles") as connection:
        for table in ("visit", "jobs.job"):
            connection.execute(f"INSERT INTO {table} (note) VALUES ('a')")
            connection.execute(f"UPDATE {table} SET note = 'b'")
            connection.execute(f"DELETE FROM {table} WHERE note = 'b'")
        for forbidden in ("CREATE TABLE t (n int)", "ALTER TABLE visit ADD x int", "DROP TABLE visit", "TRUNCATE visit",
                          "CREATE TEMP TABLE t (n int)", "CREATE DATABASE t", "CREATE SCHEMA t"):  # fmt: skip
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                connection.execute(forbidden)
    server.drop("roles")


def test_text_is_unicode_and_trigrams_see_chinese(server: EmbeddedPostgres) -> None:
    with owner(server, "xinglin") as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gist")
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT array_length(show_trgm('张三丰'), 1) > 0").fetchone() == (True,)


def test_copy_keeps_rows_and_privileges(server: EmbeddedPostgres) -> None:
    server.ensure_database("pattern")
    with owner(server, "pattern") as connection:
        connection.execute("CREATE TABLE drug AS SELECT '阿莫西林' AS name")
    server.create_from_template("copy", "pattern")
    with owner(server, "copy") as connection:
        connection.execute("CREATE TABLE later (n int)")
    with app(server, "copy") as connection:
        assert connection.execute("SELECT name FROM drug").fetchone() == ("阿莫西林",)
        connection.execute("INSERT INTO later VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMP TABLE t (n int)")


def test_drop_sends_the_connected_away_and_forgives_absence(server: EmbeddedPostgres) -> None:
    server.ensure_database("doomed")
    with app(server, "doomed") as connection:
        server.drop("doomed")
        server.drop("doomed")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_half_made_database_is_finished(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE half OWNER xinglin_owner")  # as far as a killed attempt came
    server.ensure_database("half")
    with owner(server, "half") as connection:
        connection.execute("CREATE TABLE visit (n int)")
    with app(server, "half") as connection:
        connection.execute("INSERT INTO visit VALUES (1)")
