"""Real embedded servers in throw-away folders; the person's own data folder is never touched."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.postgres import EmbeddedPostgres


def throw_away_folder() -> Iterator[Path]:
    # Not tmp_path: as root, pytest's folders are closed to the account that runs PostgreSQL.
    folder = Path(tempfile.mkdtemp(prefix="xinglin-test-"))
    yield folder
    EmbeddedPostgres(folder).stop(force=True)
    shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from throw_away_folder()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One started server for the tests that leave it as it was."""
    for shared in throw_away_folder():
        with EmbeddedPostgres(shared) as postgres:
            yield postgres
