"""Money and stock as a state machine: any order of acts, refusals, retries and broken connections leaves the books as the model says.

``XINGLIN_MACHINE_EXAMPLES`` (default 15) runs are drawn, each of ``XINGLIN_MACHINE_STEPS`` (default 30) steps. The suite draws the same ones
each time; where the number of examples is given, new ones are drawn. A planted fault is found within five; ``xinglin bench`` draws many more.
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
from server import dispatch, money_book, stock_book
from tests.simulation.machine import Books

_EXAMPLES = "XINGLIN_MACHINE_EXAMPLES"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def alone(postgres: EmbeddedPostgres, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own databases; dispatch does not pause before it tries again, since nobody else is there to give way to."""
    monkeypatch.setattr(dispatch, "time", SimpleNamespace(sleep=lambda _: None))
    Books.postgres, Books.template, Books.name = postgres, template, ""


def _run(examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=int(os.environ.get("XINGLIN_MACHINE_STEPS", "30")),
            derandomize=_EXAMPLES not in os.environ,
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_books_hold_whatever_happens(postgres: EmbeddedPostgres) -> None:
    _run(int(os.environ.get(_EXAMPLES, "15")))
    with psycopg.connect(postgres.dsn(dbname=Books.name)) as connection:
        done = {row[0] for row in connection.execute("SELECT DISTINCT name FROM request_log")}
        sent_back = connection.execute("SELECT count(*) FROM prescription WHERE rejection IS NOT NULL").fetchone()
        refunds = connection.execute("SELECT count(*) FROM bill WHERE kind = 'REFUND'").fetchone()
    assert done >= {"approve_prescription", "settle", "pick_prescription", "dispense", "void_prescription", "return_drugs", "undo_dispense"}
    assert sent_back is not None
    assert sent_back[0] > 0  # most of these were signed again or voided afterwards
    assert refunds is not None
    assert refunds[0] > 0


def _books_no_release(tx: object, prescription_id: int) -> None:
    """Stock stays held for ever."""


def _forgets_ids(tx: object, request: object) -> None:
    """Every request is a new one."""


def _takes_anything(due_fen: int, tenders: object) -> int:
    """No tender is looked at."""
    return 0


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (stock_book, "release", _books_no_release),
        (dispatch, "_known", _forgets_ids),
        (money_book.counter, "check_tenders", _takes_anything),
    ],
)
def test_the_machine_sees_a_fault(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, fault: Any) -> None:
    monkeypatch.setattr(module, name, fault)
    with pytest.raises((AssertionError, ExceptionGroup, XinglinError, psycopg.Error)):
        _run(15, (Phase.generate,))
