"""Both kinds of wire, and the line that a test waits on."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

# A shared machine may stop any test for a moment.
settings.register_profile("devices", deadline=None)
settings.load_profile("devices")

WIRES = ["tcp"] if sys.platform == "win32" else ["tcp", "pty"]


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    """TCP everywhere, a pseudo-terminal on POSIX as well."""
    return str(request.param)


@pytest.fixture(autouse=True)
def no_pause_after_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyserial sleeps 0.3 s after it closed a ``socket://`` port; nothing here needs that."""
    monkeypatch.setattr("serial.urlhandler.protocol_socket.time", SimpleNamespace(sleep=lambda _: None))


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for what another thread does; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
