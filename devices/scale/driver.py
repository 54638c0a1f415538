"""The driver of scales at a serial port, or behind a TCP port."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from devices.errors import DeviceTrouble
from devices.scale.protocol import Reading, ScaleSilent, read_frame
from devices.wire.port import Port
from devices.worker import port_call, release_port

if TYPE_CHECKING:
    from devices.address import Address

POLL_SECONDS: Final = 0.1
"""How often :meth:`SerialScale.poll` is to be called."""

BAUD: Final = 9600
#: A scale in continuous output sends several frames a second.
SILENT_SECONDS: Final = 3
_LONGEST: Final = 256


class SerialScale:
    """A scale in continuous output."""

    def __init__(self, address: Address) -> None:
        self._port = Port(address, BAUD)
        self._buffer = bytearray()
        self._whole = False
        self._heard_at: float | None = None

    @port_call
    def poll(self) -> Reading | None:
        """See :meth:`~devices.scale.protocol.Scale.poll`. Of several frames the last one counts."""
        try:
            arrived = self._port.read_waiting()
        except DeviceTrouble:
            self._forget()
            raise
        now = time.monotonic()
        if arrived or self._heard_at is None:
            self._heard_at = now
        elif now - self._heard_at > SILENT_SECONDS:
            raise ScaleSilent(seconds=SILENT_SECONDS)
        self._buffer += arrived
        line = self._last_line()
        return None if line is None else read_frame(line)

    def close(self) -> None:
        """See :meth:`~devices.scale.protocol.Scale.close`."""
        self._port.close()
        self._forget()
        release_port(self)

    def _last_line(self) -> bytes | None:
        """The last whole line. What comes first after the port was opened may be the rest of one, and is not read."""
        *lines, rest = bytes(self._buffer).replace(b"\r", b"\n").split(b"\n")
        self._buffer = bytearray(rest[-_LONGEST:])
        if lines and not self._whole:
            self._whole = True
            del lines[0]
        return next((line.strip() for line in reversed(lines) if line.strip()), None)

    def _forget(self) -> None:
        self._buffer.clear()
        self._whole, self._heard_at = False, None
