"""A scale that one can lay any weight on: it swings, comes to rest, and sends frames all the time."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Final

from devices.wire.simulator import TCP, SimulatedDevice

#: Twenty frames a second, of which so many are not stable after something was laid on.
_EVERY: Final = 0.05
_SWINGS: Final = 2
_CAPACITY: Final = Decimal(3000)


class ScaleSimulator(SimulatedDevice):
    """A scale of 3 kg in steps of 0.01 g."""

    def __init__(self, wire: str = TCP) -> None:
        self._grams = Decimal(0)
        self._swings = 0
        self._due = 0.0
        super().__init__(wire)
        self.wake()  # it sends by itself, not only when something arrives

    def received(self, data: bytes) -> None:
        """In continuous output it takes no notice of what a desk sends."""

    def lay_on(self, grams: Decimal) -> None:
        """So much lies on it from now on, also 0."""
        with self.lock:
            self._grams, self._swings = grams, _SWINGS
        self.wake()

    def send_badly(self) -> None:
        """A line as a wrong speed makes it."""
        self.send(b"\xf8\x80?\xff\r\n")

    def tick(self) -> float | None:
        """A frame when it is due, as long as somebody listens."""
        if not (self.plugged_in and self._wire.connected):
            return None
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _EVERY
            self.send(self._frame())
        return max(0.001, self._due - now)

    def _frame(self) -> bytes:
        if self._grams > _CAPACITY:
            return b"OL,GS,+999999.9g\r\n"
        stable = not self._swings
        shown = self._grams if stable else self._grams + Decimal("0.37") * self._swings
        self._swings = max(0, self._swings - 1)
        return f"{'ST' if stable else 'US'},GS,{'-' if shown < 0 else '+'}{abs(shown):8.2f}g\r\n".encode()
