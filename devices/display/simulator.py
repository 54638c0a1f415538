"""A customer display at the other end of the wire: what it shows can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devices.display.protocol import COLUMNS, ROWS
from devices.wire.simulator import TCP, SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTHS: Final = {0x1B: 2, 0x1F: 4}


class DisplaySimulator(SimulatedDevice):
    """A display of 2 × 20 characters. ``on_change`` is called on its thread when it shows something else."""

    def __init__(self, wire: str = TCP, on_change: Callable[[tuple[str, str]], None] | None = None) -> None:
        self._received = bytearray()
        self._cells = bytearray(b" " * COLUMNS * ROWS)
        self._cursor = 0
        self._on_change = on_change
        super().__init__(wire)

    @property
    def rows(self) -> tuple[str, str]:
        """The two rows, without the blanks behind them."""
        with self.lock:
            first, second = (bytes(self._cells[at : at + COLUMNS]) for at in (0, COLUMNS))
        return first.decode("gb18030", "replace").rstrip(), second.decode("gb18030", "replace").rstrip()

    def received(self, data: bytes) -> None:
        """Carry out commands and show text."""
        before = self.rows
        self._received += data
        while self._received and len(self._received) >= (length := _LENGTHS.get(self._received[0], 1)):
            self._carry_out(bytes(self._received[:length]))
            del self._received[:length]
        if self._on_change and self.rows != before:
            self._on_change(self.rows)

    def _carry_out(self, command: bytes) -> None:
        if command in (b"\x0c", b"\x1b\x40"):
            self._cells[:] = b" " * len(self._cells)
            self._cursor = 0
        elif command == b"\x0b":
            self._cursor = 0
        elif command.startswith(b"\x1f\x24"):
            self._move(command[2], command[3])
        elif command[0] >= 0x20:
            self._cells[self._cursor] = command[0]
            self._cursor = (self._cursor + 1) % len(self._cells)

    def _move(self, column: int, row: int) -> None:
        if 1 <= column <= COLUMNS and 1 <= row <= ROWS:
            self._cursor = (row - 1) * COLUMNS + column - 1
