"""The measurement of insured settlements: both sides run the same statements to the same end."""

from __future__ import annotations

from pathlib import Path

from installer.postgres import EmbeddedPostgres
from server.insurance.simulator.process import start_simulator
from tests.bench.insured import LINES, compare


def test_a_settlement_is_measured_against_its_own_statements(postgres: EmbeddedPostgres, template: str, tmp_path: Path) -> None:
    bureau = start_simulator(tmp_path / "bureau.db", province="guangdong", arguments=("--lenient",))
    try:
        figures = compare(postgres, template, bureau, 3)
    finally:
        bureau.stop()
    assert figures["lines"] == LINES
    assert figures["transactions"] > 10
    assert figures["statements"] > 100
    assert 1 < figures["cpu_ratio"] < 5
