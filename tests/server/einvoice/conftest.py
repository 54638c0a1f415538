"""One simulated platform for a module, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.einvoice.protocol import Platform
from server.einvoice.settings import platforms
from server.einvoice.simulator.process import Simulator, start_simulator

#: Long enough for a machine that is busy with something else; and for a call that nobody is going to answer.
PATIENT, HASTY = 30.0, 0.5


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The platform; what it issued stays for the module."""
    running = start_simulator(tmp_path_factory.mktemp("einvoice") / "book.sqlite")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A fault that a test ordered does not hit the next."""
    yield
    if "simulator" in request.fixturenames:
        request.getfixturevalue("simulator").control("clear")


def connect(folder: Path, simulator: Simulator, timeout_seconds: float = PATIENT) -> dict[str, Platform]:
    """The platforms as a service with this ``outside.toml`` has them."""
    (folder / "outside.toml").write_text(simulator.outside(timeout_seconds), encoding="utf-8")
    return platforms(folder)
