"""One simulator of each kind for a module, and a shop for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from server.channels.simulator import Simulator as ChannelSimulator
from server.channels.simulator import start_simulator as start_channels
from server.check.examine import SECTIONS, Examination
from server.check.trail import Log
from server.insurance.simulator.process import Simulator as BureauSimulator
from server.insurance.simulator.process import start_simulator as start_bureau
from tests.harness import TestDatabase
from tests.server.settling.shop import Shop


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChannelSimulator]:
    started = start_channels(tmp_path_factory.mktemp("channels") / "memory.db")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BureauSimulator]:
    started = start_bureau(tmp_path_factory.mktemp("bureau") / "state", province="guangdong", arguments=("--lenient",))
    yield started
    started.stop()


#: What the storeroom and the pharmacy do by themselves; no test here gives their tables a row.
_ELSEWHERE: Final = frozenset({"audit", "herbal", "papers", "recalls", "purchasing", "windows", "counting", "controlled"})


@contextmanager
def _examined(database: TestDatabase, channels: ChannelSimulator, bureau: BureauSimulator, seconds: float) -> Iterator[Shop]:
    """A shop whose books hold at the end of each test, whatever was done and wherever it was left."""
    channels.control("clear")
    bureau.control("clear")
    opened = Shop(database, channels, bureau, seconds)
    try:
        yield opened
        opened.errands.close()
        examine(opened)
    finally:
        opened.close()
        channels.control("clear")
        bureau.control("clear")


def examine(shop: Shop) -> None:
    """``xinglin check`` over all that a settlement can touch; the audit trail nobody seals here."""
    sections = [name for name in SECTIONS if name not in _ELSEWHERE]
    report = Examination(shop.connections.of_thread(), keys=Path(), log=Log()).examine(sections)
    assert [(finding.check, finding.rows) for finding in report.findings] == []


@pytest.fixture
def shop(database: TestDatabase, channels: ChannelSimulator, bureau: BureauSimulator) -> Iterator[Shop]:
    with _examined(database, channels, bureau, 20) as opened:
        yield opened


@pytest.fixture
def short_shop(database: TestDatabase, channels: ChannelSimulator, bureau: BureauSimulator) -> Iterator[Shop]:
    """One whose lines give up after a second, for answers that never come."""
    with _examined(database, channels, bureau, 1) as opened:
        yield opened
