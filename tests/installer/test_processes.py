"""Processes are known by number and start time; what a killed demonstration left is ended, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from installer.demo.service import _end_orphans
from installer.processes import living, mark


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def note(folder: Path, process: subprocess.Popen[bytes], starter: list[float]) -> Path:
    file = folder / f"{process.pid}.json"
    file.write_text(json.dumps([mark(psutil.Process(process.pid)), starter]), "utf-8")
    return file


def dead() -> list[float]:
    """Our own number, as if a process of an hour ago had had it."""
    return [psutil.Process().pid, psutil.Process().create_time() - 3600]


def test_a_living_process_is_found_again_also_through_json(sleeper: subprocess.Popen[bytes]) -> None:
    found = living(json.loads(json.dumps(mark(psutil.Process(sleeper.pid)))))
    assert found is not None
    assert found.pid == sleeper.pid


@pytest.mark.parametrize("remembered", [None, [], [1], ["a", "b"], {"pid": 1}, [2**31 - 1, 1.0]])
def test_nothing_readable_is_dead(remembered: object) -> None:
    assert living(remembered) is None


def test_another_process_of_the_same_number_is_not_taken_for_it() -> None:
    assert living(dead()) is None


def test_one_that_ended_but_was_not_fetched_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    remembered = mark(psutil.Process(sleeper.pid))
    sleeper.kill()
    sleeper.wait()
    assert living(remembered) is None


def test_the_service_of_a_killed_demonstration_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    file = note(tmp_path, sleeper, dead())
    _end_orphans(tmp_path)
    assert sleeper.wait(10) != 0
    assert not file.exists()


def test_that_of_a_living_one_is_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    file = note(tmp_path, sleeper, mark(psutil.Process()))
    _end_orphans(tmp_path)
    assert sleeper.poll() is None
    assert file.exists()


def test_a_note_that_was_cut_off_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text("[[1, 2", "utf-8")
    _end_orphans(tmp_path)
    assert not list(tmp_path.iterdir())
