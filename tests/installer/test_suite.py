"""The suite goes on after a failure, remembers it, and lets pytest have the last word."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from installer import suite

ORDER = ["ruff", "mypy", "lint-imports", "pytest"]


@pytest.mark.parametrize("failing", [[], ["ruff"], ["mypy"], ["lint-imports"], ["pytest"], ORDER])
def test_everything_runs_in_order_and_any_failure_counts(failing: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(name: str, *_: str) -> int:
        ran.append(name)
        return int(name in failing)

    monkeypatch.setattr(suite, "_run", run)
    monkeypatch.setattr(suite, "fonts_prepared", nullcontext)
    assert suite.run_suite([]) == (1 if failing else 0)
    assert ran == ORDER


def test_a_checks_own_exit_code_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    assert suite._run("seven", "-c", "import sys; sys.exit(7)") == 7
    assert suite._run("none", "-c", "print('last')") == 0
    assert capfd.readouterr().out.endswith("last\n")


@pytest.mark.parametrize(("cores", "processes"), [(None, 3), (1, 3), (2, 3), (6, 7), (64, 8)])
def test_workers_by_cores(cores: int | None, processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert suite.workers() == processes
