"""Simulated bureaus: one a province and test run, and one for tests that end it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.insurance.simulator.process import Simulator, start_simulator
from tests.server.insurance.desk import Line


@pytest.fixture(scope="session")
def bureaus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Simulator]]:
    """The bureau of a province, started when it is first wanted."""
    started: dict[str, Simulator] = {}

    def bureau(province: str) -> Simulator:
        if province not in started:
            started[province] = start_simulator(tmp_path_factory.mktemp("bureau") / "state", province=province)
        return started[province]

    yield bureau
    for one in started.values():
        one.stop()


@pytest.fixture
def line(bureaus: Callable[[str], Simulator]) -> Iterator[Line]:
    """A line to the bureau without signatures."""
    simulator = bureaus("single_endpoint")
    simulator.control("clear")
    opened = Line(simulator)
    yield opened
    opened.close()
    simulator.control("clear")


@pytest.fixture
def own_bureau(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Starts bureaus over one state, for tests that end them."""
    started: list[Simulator] = []

    def start(**options: object) -> Simulator:
        started.append(start_simulator(tmp_path / "state", **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for one in started:
        one.stop()
