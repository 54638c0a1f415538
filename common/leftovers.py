"""What libraries leave lying about."""

from __future__ import annotations

import os
import shutil


def remove_unless_named(folder: str, variable: str) -> None:
    """Remove a temporary folder that a library made for itself and does not use any more.

    A folder that a person chose by the environment variable ``variable`` is theirs and stays.
    """
    if os.environ.get(variable) != folder:
        shutil.rmtree(folder, ignore_errors=True)
