"""Where Xinglin keeps its files: names only, nothing here creates or reads a file.

The folders follow the platform's convention (``~/.local/share/xinglin`` on Linux, ``%LOCALAPPDATA%\\xinglin`` on Windows). The
environment variable ``XINGLIN_HOME`` puts them all below one folder, for tests and for several clinics on one machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import platformdirs

PROGRAM: Final = "xinglin"
HOME_VARIABLE: Final = "XINGLIN_HOME"

SYSTEM_DATABASE_FOLDER: Final = Path("/var/lib/xinglin/database")
"""The database's place when root starts it and the account that PostgreSQL runs under cannot enter root's own folder."""


def data_folder() -> Path:
    """What must not be lost: database cluster, journals, keys. Belongs into every backup."""
    return _below_home("data") or platformdirs.user_data_path(PROGRAM, appauthor=False)


def cache_folder() -> Path:
    """What can be made again at any time, for example the fonts cut for printing."""
    return _below_home("cache") or platformdirs.user_cache_path(PROGRAM, appauthor=False)


def logs_folder() -> Path:
    """Logs of the service, of the desks and of the embedded database."""
    return _below_home("logs") or platformdirs.user_log_path(PROGRAM, appauthor=False)


def database_folder() -> Path:
    """The embedded database's own folder. It may lie in :data:`SYSTEM_DATABASE_FOLDER` instead when root starts it."""
    return data_folder() / "database"


def journal_folder() -> Path:
    """Drafts and unanswered requests of the desks, and the print jobs' journal."""
    return data_folder() / "journal"


def keys_folder() -> Path:
    """The service's certificate and keys. Only the user may read it."""
    return data_folder() / "keys"


def _below_home(name: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).expanduser().absolute() / name if home else None
