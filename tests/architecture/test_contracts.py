"""The import contracts hold, and each of them is proven: a breach that is planted in a copy is found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source import PACKAGES, ROOT

ARROWS: Final = "arrows point down: installer > client | server > printing | devices > common"
FROZEN: Final = "migrations import no project code"
PURE: Final = "common knows no Qt, no SQL, no files' libraries, no network"
IGNORANT: Final = "workstations hold no database driver"
HEADLESS: Final = "the service, paper and devices know no Qt"

#: contract → files with an import that breaks it
BREACHES: Final = [
    (ARROWS, "client/planted.py", "import server.db"),
    (ARROWS, "server/planted.py", "import client.ops"),
    (ARROWS, "common/planted.py", "import printing.documents"),
    (ARROWS, "common/domain/planted.py", "from devices import worker"),
    (ARROWS, "printing/planted.py", "import devices.worker"),
    (ARROWS, "devices/planted.py", "def f() -> None:\n    import printing.documents"),
    (ARROWS, "server/planted.py", "import installer.sample"),
    (FROZEN, "migrations/versions/planted.py", "from common.domain import states"),
    (FROZEN, "migrations/versions/planted.py", "import server.tables"),
    (PURE, "common/planted.py", "import sqlalchemy"),
    (PURE, "common/domain/planted.py", "from PySide6 import QtCore"),
    (PURE, "common/planted.py", "def f() -> None:\n    import httpx"),
    (IGNORANT, "client/planted.py", "import psycopg"),
    (IGNORANT, "client/planted.py", "def f() -> None:\n    from sqlalchemy import text"),
    (HEADLESS, "server/planted.py", "from PySide6 import QtCore"),
    (HEADLESS, "devices/planted.py", "from PySide6 import QtCore"),
    (HEADLESS, "printing/planted.py", "import PySide6.QtGui"),
]


def lint(folder: Path) -> tuple[int, dict[str, str]]:
    """The contracts of a checkout: exit code, and name → KEPT or BROKEN."""
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())",
            "--no-cache",
        ],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(folder),
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": "300",
            "NO_COLOR": "1",
            "PYTHONSAFEPATH": "1",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert "Contracts:" in run.stdout, run.stdout + run.stderr
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)
    return run.returncode, dict(re.findall(r"^(.+) (KEPT|BROKEN)(?: |$)", plain, re.MULTILINE))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and their contracts, elsewhere."""
    folder = tmp_path_factory.mktemp("checkout")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.png", "*.ttf", "*.csv", "*.json"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def declared() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return [contract["name"] for contract in contracts]


def test_every_contract_holds(copy: Path) -> None:
    code, contracts = lint(copy)
    assert contracts == dict.fromkeys(declared(), "KEPT")
    assert code == 0


def test_every_contract_has_a_planted_breach() -> None:
    assert {contract for contract, _, _ in BREACHES} == set(declared())


def test_planted_breaches_are_found(copy: Path) -> None:
    """All at once, since each run reads the whole program: every file that was planted is named under its contract."""
    planted: dict[str, list[str]] = {}
    for _, path, text in BREACHES:
        planted.setdefault(path, []).append(text)
    try:
        for path, lines in planted.items():
            (copy / path).write_text(
                "\n\n".join(line.replace("def f", f"def f{n}") for n, line in enumerate(lines)) + "\n", encoding="utf-8"
            )
        code, contracts = lint(copy)
    finally:
        for path in planted:
            (copy / path).unlink()
    assert code != 0
    assert contracts == dict.fromkeys(declared(), "BROKEN")


@pytest.mark.parametrize("contract", [ARROWS, FROZEN, PURE, IGNORANT, HEADLESS])
def test_a_breach_breaks_its_own_contract_alone(copy: Path, contract: str) -> None:
    """The first breach of each contract by itself, so that no contract fails only because of another's breach."""
    path, text = next((path, text) for name, path, text in BREACHES if name == contract)
    (copy / path).write_text(text + "\n", encoding="utf-8")
    try:
        _, contracts = lint(copy)
    finally:
        (copy / path).unlink()
    broken = {name for name, state in contracts.items() if state == "BROKEN"}
    assert contract in broken
    # An import of the service by a desk brings the service's database driver along, so that contract may break as well.
    assert broken <= {contract} | ({IGNORANT} if path.startswith("client") else set())
