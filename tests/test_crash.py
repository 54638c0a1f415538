"""The crash bench, small: under ``kill -9`` nothing is lost, nothing is done twice, and a desk that forgets its ids is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.postgres import EmbeddedPostgres
from tests.bench.crash import crash

pytestmark = pytest.mark.slow


def test_whatever_is_killed_nothing_is_lost_and_nothing_done_twice(postgres: EmbeddedPostgres, template: str, tmp_path: Path) -> None:
    # As many trials as keep all ten desks busy between the kills; the bench has a thousand.
    figures = crash(postgres, template, tmp_path, 100, 7, kills=8)
    assert {name: figures[name] for name in ("lost", "doubled", "half", "unknown_open", "check")} == {
        "lost": 0,
        "doubled": 0,
        "half": 0,
        "unknown_open": 0,
        "check": {},
    }
    assert figures["killed"] >= 50
    assert figures["between_commit_and_reply"] * 100 >= figures["killed"]


def test_a_desk_that_sends_anew_under_another_id_is_found(postgres: EmbeddedPostgres, template: str, tmp_path: Path) -> None:
    figures = crash(postgres, template, tmp_path, 30, 3, kills=6, forgets=True)
    assert figures["doubled"] > 0
