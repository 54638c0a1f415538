"""A server of the clinic's own is asked before it is used, and refused with a reason."""

from __future__ import annotations

import dataclasses
import socket

import psycopg
import pytest

from common.i18n import language
from installer.errors import ServerUnusable
from installer.external import ServerFacts, check_server, shown_address, unfit
from installer.postgres import EmbeddedPostgres

FIT = ServerFacts(version=150_004, encoding="UTF8", read_only=False, may_create=True)


def test_fit_server_tells_its_facts(server: EmbeddedPostgres) -> None:
    facts = check_server(server.dsn("xinglin_owner"))
    assert facts.version >= 180_000
    assert facts.may_create
    assert not check_server(server.dsn("xinglin_app")).may_create


def test_wrong_encoding_is_refused(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(ServerUnusable, match="LATIN1"):
        check_server(server.dsn("postgres", "latin"))


def test_read_only_server_is_refused(server: EmbeddedPostgres) -> None:
    with language("en"), pytest.raises(ServerUnusable, match="accepts no changes"):
        check_server(server.dsn("postgres") + "&options=-c%20default_transaction_read_only%3Don")


def test_versions_before_15_are_refused() -> None:
    assert unfit(FIT) == ""
    with language("en"):
        assert "PostgreSQL 14" in unfit(dataclasses.replace(FIT, version=140_011))


def test_no_answer_and_wrong_password_name_the_address_but_no_password(server: EmbeddedPostgres) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        silent = f"postgresql://clerk:hidden@127.0.0.1:{closed.getsockname()[1]}/clinic"
        with pytest.raises(ServerUnusable, match="/clinic") as refused:
            check_server(silent)
    wrong = server.dsn().replace(server.cluster.password("xinglin_app"), "hidden")
    with pytest.raises(ServerUnusable, match="password authentication failed") as denied:
        check_server(wrong)
    assert "hidden" not in str(refused.value) + str(denied.value)


def test_unreadable_address_is_refused_without_showing_it() -> None:
    with pytest.raises(ServerUnusable) as refused:
        check_server("postgresql://a:hidden@[broken")
    assert "hidden" not in str(refused.value)
    assert shown_address("host=db.clinic port=6432 dbname=x password=hidden") == "db.clinic:6432/x"
