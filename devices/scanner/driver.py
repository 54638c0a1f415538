"""The driver of scanners at a serial port (also USB scanners set to serial emulation, USB-COM)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from common.domain.barcodes import GS, strip_aim
from devices.errors import DeviceTrouble
from devices.scanner.protocol import Scan, ScanCutShort, ScanNotText, ScanTooLong
from devices.wire.port import Port
from devices.worker import port_call, release_port

if TYPE_CHECKING:
    from devices.address import Address

POLL_SECONDS: Final = 0.05
"""How often :meth:`SerialScanner.poll` is to be called."""

BAUD: Final = 9600
LONGEST: Final = 4096
"""More bytes than any symbol holds (a QR code of version 40 has at most 2,953 bytes)."""

_LINE_SECONDS: Final = 0.5


class SerialScanner:
    """A scanner that sends each code as a line ended by CR, LF or both."""

    def __init__(self, address: Address) -> None:
        self._port = Port(address, BAUD)
        self._buffer = bytearray()
        self._scans: list[Scan] = []
        self._last_byte_at = 0.0

    @port_call
    def poll(self) -> list[Scan]:
        """See :meth:`~devices.scanner.protocol.Scanner.poll`.

        An error tells of a bad line; the good lines around it are kept for the next poll. Raises
        :class:`ScanCutShort`, :class:`ScanTooLong`, :class:`ScanNotText` or the port's errors.
        """
        try:
            arrived = self._port.read_waiting()
        except DeviceTrouble:
            self._buffer.clear()
            raise
        if arrived:
            self._buffer += arrived
            self._last_byte_at = time.monotonic()
        while (line := self._next_line()) is not None:
            if line:
                self._scans.append(_scan(line))
        self._check_rest()
        scans, self._scans = self._scans, []
        return scans

    def close(self) -> None:
        """See :meth:`~devices.scanner.protocol.Scanner.close`."""
        self._port.close()
        self._buffer.clear()
        release_port(self)

    def _next_line(self) -> bytes | None:
        ends = [at for at in (self._buffer.find(b"\r"), self._buffer.find(b"\n")) if at >= 0]
        if not ends:
            return None
        line = bytes(self._buffer[: min(ends)])
        del self._buffer[: min(ends) + 1]
        return line

    def _check_rest(self) -> None:
        rest = len(self._buffer)
        if rest > LONGEST:
            self._buffer.clear()
            raise ScanTooLong(received=rest)
        if rest and time.monotonic() - self._last_byte_at > _LINE_SECONDS:
            self._buffer.clear()
            raise ScanCutShort(received=rest)


def _scan(line: bytes) -> Scan:
    text = _decode(line)
    if text is None:
        raise ScanNotText(received=len(line))
    aim, body = strip_aim(text)
    return Scan(body, aim)


def _decode(line: bytes) -> str | None:
    """The text of a line: UTF-8, or GB18030 as Chinese QR codes have it; ``None`` if it is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if text.replace(GS, "").isprintable() else None
    return None
