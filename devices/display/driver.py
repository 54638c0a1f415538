"""Customer displays (VFD, 2 × 20) with the ESC/POS command set and a GB18030 character set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devices.display.protocol import COLUMNS
from devices.wire.port import Port
from devices.worker import port_call, release_port

if TYPE_CHECKING:
    from devices.address import Address

BAUD: Final = 9600
INITIALISE: Final = b"\x1b\x40"
CLEAR: Final = b"\x0c"
_MOVE: Final = b"\x1f\x24"


class VfdDisplay:
    """A display at a serial port, or behind a TCP port."""

    def __init__(self, address: Address) -> None:
        self._port = Port(address, BAUD)

    @port_call
    def show(self, first: str, second: str = "") -> None:
        """See :meth:`~devices.display.protocol.CustomerDisplay.show`."""
        rows = (move_to(1, row) + fitted(text) for row, text in enumerate((first, second), 1))
        self._port.write(INITIALISE + CLEAR + b"".join(rows))

    @port_call
    def clear(self) -> None:
        """See :meth:`~devices.display.protocol.CustomerDisplay.clear`."""
        self._port.write(INITIALISE + CLEAR)

    def close(self) -> None:
        """See :meth:`~devices.display.protocol.CustomerDisplay.close`."""
        self._port.close()
        release_port(self)


def move_to(column: int, row: int) -> bytes:
    """``US $ n m``: the cursor to column 1 to 20 of row 1 or 2."""
    return _MOVE + bytes([column, row])


def fitted(text: str) -> bytes:
    """As much of ``text`` as fits one row. Characters of one or two bytes take as many columns; others, which no display has, become ``?``.

    Control characters are dropped, so that no text can be a command.
    """
    row = b""
    for character in text:
        encoded = character.encode("gb18030", errors="replace")
        if not character.isprintable():
            continue
        cell = encoded if len(encoded) <= 2 else b"?"
        if len(row) + len(cell) > COLUMNS:
            break
        row += cell
    return row
