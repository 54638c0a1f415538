"""The whole suite in one command: style, types, import contracts, tests. Everything runs, also after a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from common.i18n import tr
from installer.bootstrap import REPO
from installer.prepare import fonts_prepared
from installer.terminal import say

PYTHON: Final = (sys.executable, "-P")
CHECKS: Final = {
    "ruff": ("-m", "ruff", "check", "."),
    "mypy": ("-m", "mypy"),
    "lint-imports": ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo'])"),
}


def run_suite(pytest_arguments: list[str]) -> int:
    """Run every check, then pytest, whose closing line is the last one printed. 1 if anything failed."""
    with fonts_prepared():  # The fonts are cut while the checks run.
        failed = [name for name, arguments in CHECKS.items() if _run(name, *arguments)]
    say(tr("Failed so far: {names}", names=", ".join(failed)) if failed else tr("All checks passed."))
    tests = _run("pytest", "-m", "pytest", "-n", str(workers()), "--dist", "worksteal", *pytest_arguments)
    return 1 if failed or tests else 0


def workers() -> int:
    """A test process more than there are cores, three at least: much of a test is waiting for the database, or for somebody outside."""
    return min(max((os.cpu_count() or 2) + 1, 3), 8)


def _run(name: str, *arguments: str) -> int:
    """Run one of them. Compiled modules are kept whatever the environment says: some hundred processes start, each with the same code."""
    say(f"── {name} ──")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run([*PYTHON, *arguments], cwd=REPO, env=environment, check=False).returncode
