"""Money as a state machine: everything that a cashier can do, in any order, with everything that can break, leaves the books as the model says.

``XINGLIN_MACHINE_EXAMPLES`` (default 8) runs are drawn, each of ``XINGLIN_MACHINE_STEPS`` (default 20) steps. The suite draws the same ones each
time; where the number of examples is given, new ones are drawn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from installer.postgres import EmbeddedPostgres
from server import dispatch
from server.channels.simulator import start_simulator as start_channels
from server.insurance.simulator.process import start_simulator as start_bureau
from tests.simulation.money.clinic import MoneyClinic
from tests.simulation.money.machine import Money

_EXAMPLES = "XINGLIN_MACHINE_EXAMPLES"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("outside")
    MoneyClinic.channels = start_channels(folder / "channels.db")
    MoneyClinic.bureau = start_bureau(folder / "bureau.db", province="guangdong", arguments=("--lenient",))
    yield
    MoneyClinic.channels.stop()
    MoneyClinic.bureau.stop()


@pytest.fixture(autouse=True)
def _alone(postgres: EmbeddedPostgres, template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own databases; dispatch does not pause before it tries again, since nobody else is there to give way to."""
    monkeypatch.setattr(dispatch, "time", SimpleNamespace(sleep=lambda _: None))
    MoneyClinic.postgres, MoneyClinic.template = postgres, template
    yield
    MoneyClinic.throw_away()


def _run(examples: int, phases: tuple[Phase, ...] = (Phase.generate,)) -> None:
    """Without shrinking: a failing run says all that it did, and takes seconds instead of minutes."""
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=examples,
            stateful_step_count=int(os.environ.get("XINGLIN_MACHINE_STEPS", "20")),
            derandomize=_EXAMPLES not in os.environ,
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_ledger_holds_whatever_happens() -> None:
    MoneyClinic.deaths = 0
    _run(int(os.environ.get(_EXAMPLES, "8")))
    assert MoneyClinic.deaths > 0
