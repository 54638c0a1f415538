"""One simulator of each kind for a module, and a shop for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.channels.simulator import Simulator as ChannelSimulator
from server.channels.simulator import start_simulator as start_channels
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


@pytest.fixture
def shop(database: TestDatabase, channels: ChannelSimulator, bureau: BureauSimulator) -> Iterator[Shop]:
    channels.control("clear")
    bureau.control("clear")
    opened = Shop(database, channels, bureau)
    yield opened
    opened.close()
    channels.control("clear")
    bureau.control("clear")


@pytest.fixture
def short_shop(database: TestDatabase, channels: ChannelSimulator, bureau: BureauSimulator) -> Iterator[Shop]:
    """One whose lines give up after a second, for answers that never come."""
    channels.control("clear")
    bureau.control("clear")
    opened = Shop(database, channels, bureau, seconds=1)
    yield opened
    opened.close()
    channels.control("clear")
    bureau.control("clear")
