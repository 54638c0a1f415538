"""Fixtures of the service's tests: ``office`` for a module that makes its own patients, ``own_office`` for a test that needs all to itself."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import psycopg
import pytest

from installer.postgres import EmbeddedPostgres
from tests.harness import TestDatabase
from tests.server.office import Office, open_office

_numbers: Final = itertools.count(1)


@pytest.fixture(scope="module")
def office(postgres: EmbeddedPostgres, template: str) -> Iterator[Office]:
    """The sample clinic, shared by the tests of a module: they take patients of their own and leave the sessions' last numbers alone."""
    opened = open_office(postgres, template, f"office_{next(_numbers)}")
    yield opened
    opened.close()
    with contextlib.suppress(psycopg.Error):
        postgres.drop(opened.database.name)


@pytest.fixture
def own_office(database: TestDatabase) -> Iterator[Office]:
    """The sample clinic for one test alone."""
    opened = Office(database)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def clocks_stand_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """A clock that a test moved does not stay so for the next."""
    yield
    if "office" in request.fixturenames:
        clock = request.getfixturevalue("office").clock
        clock.by = clock.wall_by = timedelta()
