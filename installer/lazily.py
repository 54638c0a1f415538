"""Run a subcommand's module only when it is asked for, so that ``xinglin --help`` loads neither Qt nor the service."""

from __future__ import annotations

import importlib
import importlib.util

from common.i18n import tr
from installer.terminal import SetUpStopped


def run_module(module: str, argv: list[str]) -> int:
    """Import ``module`` and return what its ``main(argv)`` returns. Raises :class:`SetUpStopped` if there is no such module."""
    require_module(module)
    code = importlib.import_module(module).main(argv)
    return code if isinstance(code, int) else 0


def require_module(module: str) -> None:
    """Raise :class:`SetUpStopped` if there is no such module; it is not loaded."""
    if not _exists(module):
        raise SetUpStopped(tr("This installation is incomplete: the part {module} is missing.", module=module))


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # The folder above it is missing.
        return False
