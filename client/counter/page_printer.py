"""The A5 printer of the virtual counter: it takes pages as PDF, says nothing, and keeps what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devices.wire.simulator import TCP, SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Callable

_END: Final = b"%%EOF"


class PagePrinterSimulator(SimulatedDevice):
    """A printer that one sends PDF to, as to port 9100 of an office printer. A job ends with ``%%EOF``."""

    def __init__(self, wire: str = TCP, on_job: Callable[[bytes], None] | None = None) -> None:
        self.jobs: list[bytes] = []
        self._on_job = on_job
        self._received = bytearray()
        super().__init__(wire)

    def received(self, data: bytes) -> None:
        """Gather a document until its end."""
        self._received += data
        while (end := self._received.find(_END)) >= 0:
            job = bytes(self._received[: end + len(_END)]).lstrip() + b"\n"
            del self._received[: end + len(_END)]
            self.jobs.append(job)
            if self._on_job:
                self._on_job(job)
