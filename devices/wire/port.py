"""A serial port, local or behind a TCP port, that finds its device again after it was unplugged."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import serial

from devices.address import Address, Transport
from devices.errors import PortLost, PortNotFound, TransportNotFit

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import termios
except ImportError:  # Windows
    PORT_ERRORS: tuple[type[Exception], ...] = (OSError,)
else:
    # pyserial lets termios.error, which is no OSError, through when a device was unplugged.
    PORT_ERRORS = (OSError, termios.error)

# pyserial answers nonsense settings with ValueError.
_OPEN_ERRORS: tuple[type[Exception], ...] = (ValueError, *PORT_ERRORS)
_SLICE = 0.05
_WRITE_SECONDS = 2.0


class Port:
    """Opens when first used. Each call raises :class:`PortNotFound` if it cannot, or :class:`PortLost`; the next call opens it anew."""

    def __init__(self, address: Address, baud: int) -> None:
        if address.transport not in (Transport.TCP, Transport.SERIAL):
            raise TransportNotFit(device="", transport=address.transport.value)
        self.name = address.text
        self._address = address
        self._baud = address.number("baud", baud)
        self._line: serial.Serial | None = None

    def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        with self._guarded() as line:
            line.write(data)

    def read(self, wanted: int, seconds: float) -> bytes:
        """Up to ``wanted`` bytes; fewer, or none, if no more arrived within ``seconds``."""
        received = bytearray()
        deadline = time.monotonic() + seconds
        with self._guarded() as line:
            while len(received) < wanted:
                received += line.read(wanted - len(received))
                if time.monotonic() >= deadline:
                    break
        return bytes(received)

    def read_waiting(self, most: int = 4096) -> bytes:
        """What has arrived, at most ``most`` bytes, without waiting for more."""
        received = bytearray()
        with self._guarded() as line:
            while len(received) < most and (waiting := line.in_waiting):
                received += line.read(min(waiting, most - len(received)))
        return bytes(received)

    def discard_input(self) -> None:
        """Throw away what arrived and nobody read, such as a late reply."""
        with self._guarded() as line:
            line.reset_input_buffer()

    def close(self) -> None:
        """Close the port; a later call opens it again."""
        line, self._line = self._line, None
        if line is not None:
            try:
                line.close()
            except PORT_ERRORS:
                return  # it is gone already, which is what was wanted

    @contextmanager
    def _guarded(self) -> Iterator[serial.Serial]:
        if self._line is None:
            self._line = self._open()
        try:
            yield self._line
        except PORT_ERRORS as error:
            self.close()
            raise PortLost(port=self.name, cause=str(error)) from error

    def _open(self) -> serial.Serial:
        address = self._address
        try:
            if address.transport == Transport.TCP:
                host = f"[{address.target}]" if ":" in address.target else address.target
                url = f"socket://{host}:{address.port}"
                return serial.serial_for_url(url, timeout=_SLICE, write_timeout=_WRITE_SECONDS)
            return serial.Serial(address.target, self._baud, timeout=_SLICE, write_timeout=_WRITE_SECONDS)
        except _OPEN_ERRORS as error:
            raise PortNotFound(port=self.name, cause=str(error)) from error
