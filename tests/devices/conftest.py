"""Both kinds of wire, and the line that a test waits on."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

WIRES = ["tcp"] if sys.platform == "win32" else ["tcp", "pty"]


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    """TCP everywhere, a pseudo-terminal on POSIX as well."""
    return str(request.param)


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for what another thread does; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
