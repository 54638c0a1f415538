"""Real embedded servers in throw-away folders; the person's own data folder is never touched."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.accounts import hand_over
from installer.postgres import EmbeddedPostgres
from tests.harness import memory_folder


def throw_away_folder() -> Iterator[Path]:
    # Not tmp_path: as root, pytest's folders are closed to the account that runs PostgreSQL.
    folder = Path(tempfile.mkdtemp(prefix="xinglin-test-", dir=memory_folder()))
    yield folder
    EmbeddedPostgres(folder).stop(force=True)
    shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from throw_away_folder()


@pytest.fixture(scope="session")
def pattern() -> Iterator[Path]:
    """The folder of a database that was made, started once and stopped."""
    for made in throw_away_folder():
        with EmbeddedPostgres(made):
            pass
        yield made


@pytest.fixture
def made_folder(folder: Path, pattern: Path) -> Path:
    """A copy of it: faster than making a cluster for every test."""
    shutil.copytree(pattern, folder, dirs_exist_ok=True)
    account = EmbeddedPostgres(folder).cluster.account
    for top in ("cluster", "log"):
        for path in (folder / top, *(folder / top).rglob("*")):
            hand_over(path, account)
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One started server for the tests that leave it as it was."""
    for shared in throw_away_folder():
        with EmbeddedPostgres(shared) as postgres:
            yield postgres
