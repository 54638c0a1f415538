"""How the program ``xinglin`` gets into ``.venv``: a path file and a starter, so that both it and ``python -m …`` work from any folder.

pip does not install the project itself: its lock has no hash. Standard library only.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

# -P: a folder "common" or "server" where the person happens to stand must not take the place of ours.
POSIX_STARTER: Final = """\
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -P -m installer.cli "$@"
"""
WINDOWS_STARTER: Final = '@"%~dp0python.exe" -P -m installer.cli %*\n'


def write_launcher(repo: Path, python: Path) -> None:
    """Write the starter ``xinglin`` beside ``python`` and the path file; files that are right already stay untouched."""
    _write(site_packages(python) / "xinglin.pth", f"{repo}\n")
    if sys.platform == "win32":
        _write(python.parent / "xinglin.cmd", WINDOWS_STARTER)
    else:
        starter = python.parent / "xinglin"
        _write(starter, POSIX_STARTER)
        starter.chmod(0o755)


def site_packages(python: Path) -> Path:
    """Where the environment of ``python`` keeps its packages."""
    folder = python.parent.parent
    if sys.platform == "win32":
        return folder / "Lib" / "site-packages"
    return next((folder / "lib").glob("python3.*/site-packages"))


def _write(file: Path, text: str) -> None:
    if not file.exists() or file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")
