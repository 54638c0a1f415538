"""Label printers at the other end of the wire: ZPL and TSPL."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from devices.printer.simulator import SimulatedPrinter
from devices.wire.simulator import TCP

if TYPE_CHECKING:
    from collections.abc import Callable

_LABEL_LINES: Final = 10
"""A label uses up so much paper as this many lines of a receipt."""


class LabelPrinterSimulator(SimulatedPrinter):
    """What label printers share: whole labels wait, and are printed one by one."""

    def __init__(self, wire: str = TCP, on_job: Callable[[bytes], None] | None = None) -> None:
        self._waiting: deque[bytes] = deque()
        super().__init__(wire, on_job)

    def pause(self, paused: bool = True) -> None:
        """Press the pause key."""
        self._set(_paused=paused)

    def take_out_ribbon(self, out: bool = True) -> None:
        """Take the ribbon out, or put one in."""
        self._set(_ribbon_out=out)

    def tick(self) -> float | None:
        """Print the labels that wait, as long as there is paper."""
        while self._waiting and self._can_print():
            if (seconds := self._wait()) > 0:
                return seconds
            self._finish_job(self._waiting.popleft())
            self._feed(_LABEL_LINES)
        return self._wait() if self._waiting and self._wait() > 0 else None

    @property
    def _busy(self) -> bool:
        return bool(self._waiting) or self._wait() > 0


class ZplPrinterSimulator(LabelPrinterSimulator):
    """A printer that answers ``~HS``. A job ends with ``^XZ``."""

    def _take(self, data: bytes) -> None:
        self._received += data
        while found := re.search(rb"~HS|\^XZ", self._received):
            before, command = bytes(self._received[: found.start()]), found.group()
            del self._received[: found.end()]
            if command == b"~HS":
                self._received[:0] = before  # a request amid a label does not tear it
                self._answer(self._host_status())
            else:
                self._waiting.append(before.lstrip() + b"^XZ")

    def _host_status(self) -> bytes:
        formats = len(self._waiting)
        stopped = not self._can_print()
        lines = (
            f"030,{self.paper_out:d},{stopped:d},0240,{formats:03d},0,0,0,000,0,0,0",
            f"000,0,{self._cover_open:d},{self._ribbon_out:d},1,2,6,0,{int(self._busy):08d},1,000",
            "1234,0",
        )
        return b"".join(b"\x02" + line.encode() + b"\x03\r\n" for line in lines)


class TsplPrinterSimulator(LabelPrinterSimulator):
    """A printer that answers ``ESC ! ?``. A job ends with its ``PRINT`` line."""

    def __init__(self, wire: str = TCP, on_job: Callable[[bytes], None] | None = None) -> None:
        self._job = bytearray()
        super().__init__(wire, on_job)

    def _take(self, data: bytes) -> None:
        self._received += data
        while self._received:
            if self._received.startswith(b"\x1b!?"):
                del self._received[:3]
                self._answer(bytes([self._status_byte()]))
            elif not self._take_line():
                return

    def _take_line(self) -> bool:
        """Move one whole command to the job; false if more bytes have to come."""
        picture = re.match(rb"\s*BITMAP +\d+ *, *\d+ *, *(\d+) *, *(\d+) *, *\d *,", self._received)
        end = picture.end() + int(picture[1]) * int(picture[2]) if picture else 0
        line_end = self._received.find(b"\n", end)
        if line_end < 0:
            return False
        command = bytes(self._received[: line_end + 1])
        del self._received[: line_end + 1]
        self._job += command
        if re.match(rb"\s*PRINT\b", command):
            job, self._job = bytes(self._job), bytearray()
            self._waiting.append(job)
        return True

    def _status_byte(self) -> int:
        return self._cover_open | self.paper_out << 2 | self._ribbon_out << 3 | self._paused << 4 | (self._busy and self._can_print()) << 5
