"""Stock as a state machine: any order of papers, hand-overs, refusals, retries and broken connections leaves every place as the model says.

``XINGLIN_MACHINE_EXAMPLES`` (default 5) runs are drawn, each of ``XINGLIN_MACHINE_STEPS`` (default 25) steps. The suite draws the same ones each
time; where the number of examples is given, new ones are drawn.
"""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from common.errors import XinglinError
from installer.postgres import EmbeddedPostgres
from server import dispatch
from server.stock_book import moves
from tests.simulation.stock.house import House
from tests.simulation.stock.machine import Stock
from tests.simulation.stock.shelves import carried_out

_EXAMPLES = "XINGLIN_MACHINE_EXAMPLES"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def alone(postgres: EmbeddedPostgres, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own databases; dispatch does not pause before it tries again, since nobody else is there to give way to."""
    monkeypatch.setattr(dispatch, "time", SimpleNamespace(sleep=lambda _: None))
    House.postgres, House.template, House.name = postgres, template, ""


def _run(examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    run_state_machine_as_test(
        Stock,
        settings=settings(
            max_examples=examples,
            stateful_step_count=int(os.environ.get("XINGLIN_MACHINE_STEPS", "25")),
            derandomize=_EXAMPLES not in os.environ,
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_stock_is_right_whatever_happens() -> None:
    carried_out.clear()
    _run(int(os.environ.get(_EXAMPLES, "5")))
    done = {name for name in carried_out if "refused" not in name}
    assert done >= {"SignPrescription", "Settle", "PickPrescription", "Dispense", "ReturnDrugs", "ReceiveStock", "ConfirmStockTake"}
    assert len(done) > 10, "the rest is drawn, and differs from one set of rules to the next"


def _takes_nothing(tx: object, changes: object, there: object, batches: object) -> None:
    """A batch gives without having less."""


@pytest.mark.parametrize(("module", "name", "fault"), [(moves, "_take_balances", _takes_nothing)])
def test_the_machine_sees_a_fault(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, fault: Any) -> None:
    monkeypatch.setattr(module, name, fault)
    with pytest.raises((AssertionError, ExceptionGroup, XinglinError, psycopg.Error)):
        _run(6, (Phase.generate,))
