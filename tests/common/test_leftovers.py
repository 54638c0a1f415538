"""Nothing of ours stays in the computer's temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.leftovers import remove_unless_named

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("module", ["printing.backends.escpos", "devices.printer.transport"])
def test_a_start_leaves_no_temporary_folder(module: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ESCPOS_")}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path))
    code = f"import tempfile, os, {module}, escpos.capabilities as c; print(os.path.dirname(c.pickle_dir), len(c.CAPABILITIES['profiles']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, env=environment, capture_output=True, text=True, check=True, timeout=240)
    folder, profiles = done.stdout.split()
    assert Path(folder) == tmp_path, "it was made here"
    assert int(profiles) > 10
    assert list(tmp_path.iterdir()) == []


def test_what_a_person_named_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, theirs = tmp_path / "made", tmp_path / "theirs"
    for folder in (made, theirs):
        folder.mkdir()
    monkeypatch.setenv("CACHE", str(theirs))
    for folder in (made, theirs, tmp_path / "gone already"):
        remove_unless_named(str(folder), "CACHE")
    assert list(tmp_path.iterdir()) == [theirs]
