"""Receipt and label printers at the other end of the wire, with a cover to open, paper to run out and a cable to pull.

They hold each job as the bytes that came; drawing them is the business of ``printing``.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from devices.printer.escpos_stream import next_command, printed_lines
from devices.wire.simulator import TCP, SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Callable

_CUT: Final = b"\x1d\x56"
_DRAWER: Final = b"\x1b\x70"
_GS_R: Final = b"\x1d\x72"
_DLE_EOT: Final = b"\x10\x04"
NEAR_END_LINES: Final = 30


class SimulatedPrinter(SimulatedDevice):
    """What a person sees and does at any printer, and how it can fail.

    ``paper_lines`` counts the lines left on the roll (``None``: it never ends). ``on_job`` is called on the printer's thread when a job
    is complete; ``jobs`` keeps them all.
    """

    def __init__(self, wire: str = TCP, on_job: Callable[[bytes], None] | None = None) -> None:
        self.jobs: list[bytes] = []
        self.paper_lines: int | None = None
        self.lines_per_second: float | None = None
        self._cover_open = False
        self._cutter_stuck = False
        self._paused = False
        self._ribbon_out = False
        self._silent = False
        self._drop_after: int | None = None
        self._ready_at = 0.0
        self._on_job = on_job
        self._received = bytearray()
        super().__init__(wire)

    # what a person can do

    def open_cover(self) -> None:
        """Open the cover (the head of a label printer)."""
        self._set(_cover_open=True)

    def close_cover(self) -> None:
        """Close the cover."""
        self._set(_cover_open=False)

    def take_out_paper(self) -> None:
        """No paper from now on."""
        self._set(paper_lines=0)

    def load_paper(self, lines: int | None = None) -> None:
        """Put in a roll with so many lines; ``None`` for one that never ends. What waits is printed."""
        self._set(paper_lines=lines)

    @property
    def cover_open(self) -> bool:
        """Whether the cover is open."""
        return self._cover_open

    @property
    def paper_out(self) -> bool:
        """Whether no line is left."""
        return self.paper_lines == 0

    @property
    def paper_near_end(self) -> bool:
        """Whether few lines are left."""
        return self.paper_lines is not None and self.paper_lines <= NEAR_END_LINES

    # how it can fail

    def go_silent(self, silent: bool = True) -> None:
        """Take everything and answer nothing."""
        self._set(_silent=silent)

    def drop_after(self, count: int) -> None:
        """Break the connection once, after ``count`` more bytes have come."""
        self._set(_drop_after=count)

    def be_slow(self, lines_per_second: float | None) -> None:
        """Print so many lines a second; ``None`` for at once."""
        self._set(lines_per_second=lines_per_second)

    def jam_cutter(self, stuck: bool = True) -> None:
        """Let the cutter be stuck, or free it."""
        self._set(_cutter_stuck=stuck)

    # the wire

    def received(self, data: bytes) -> None:
        """Take the bytes, or only the first ones if the connection is to break."""
        if self._drop_after is not None and len(data) >= self._drop_after:
            data, self._drop_after = data[: self._drop_after], None
            self._take(data)
            self._received.clear()  # the half command that was under way
            self.drop_connection()
            return
        if self._drop_after is not None:
            self._drop_after -= len(data)
        self._take(data)

    def _take(self, data: bytes) -> None:
        raise NotImplementedError

    def _answer(self, data: bytes) -> None:
        if not self._silent:
            self.send(data)

    def _can_print(self) -> bool:
        return not (self._cover_open or self.paper_out or self._cutter_stuck or self._paused or self._ribbon_out)

    def _feed(self, lines: int) -> None:
        """Use up paper and time for so many lines."""
        if self.paper_lines is not None:
            self.paper_lines = max(0, self.paper_lines - lines)
        if self.lines_per_second:
            self._ready_at = time.monotonic() + lines / self.lines_per_second

    def _wait(self) -> float:
        """Seconds until the mechanism is free; not above 0 if it is."""
        return self._ready_at - time.monotonic()

    def _finish_job(self, job: bytes) -> None:
        self.jobs.append(job)
        if self._on_job:
            self._on_job(job)

    def _set(self, **state: object) -> None:
        with self.lock:
            for name, value in state.items():
                setattr(self, name, value)
        self.wake()


class EscPosPrinterSimulator(SimulatedPrinter):
    """A receipt printer with a cash drawer. A job ends with its cut ``GS V``."""

    def __init__(self, wire: str = TCP, on_job: Callable[[bytes], None] | None = None) -> None:
        self.drawer_pulses = 0
        self._drawer_open = False
        self._waiting: deque[bytes] = deque()
        self._job = bytearray()
        super().__init__(wire, on_job)

    @property
    def drawer_open(self) -> bool:
        """Whether the cash drawer stands open."""
        return self._drawer_open

    def close_drawer(self) -> None:
        """Push the drawer in."""
        self._set(_drawer_open=False)

    @property
    def unfinished(self) -> bytes:
        """What is printed of a job that was not cut yet."""
        with self.lock:
            return bytes(self._job)

    def _take(self, data: bytes) -> None:
        """Answer real-time commands at once; the others wait for paper."""
        self._received += data
        while length := next_command(self._received):
            command = bytes(self._received[:length])
            del self._received[:length]
            if command.startswith(_DLE_EOT):
                self._answer(bytes([self._status_byte(command[2])]))
            else:
                self._waiting.append(command)

    def tick(self) -> float | None:
        """Print what waits, as long as there is paper."""
        while self._waiting:
            if not self._can_print() and not self._waiting[0].startswith(_DRAWER):
                return None
            if (seconds := self._wait()) > 0:
                return seconds
            self._carry_out(self._waiting.popleft())
        return None

    def _carry_out(self, command: bytes) -> None:
        if command.startswith(_GS_R):
            self._answer(bytes([self._ordered_byte(command[2])]))
            return
        if command.startswith(_DRAWER):
            self.drawer_pulses += 1
            self._drawer_open = True
            if not self._job:
                return
        self._job += command
        self._feed(printed_lines(command))
        if command.startswith(_CUT):
            job, self._job = bytes(self._job), bytearray()
            self._finish_job(job)

    def _status_byte(self, number: int) -> int:
        """The answer to DLE EOT ``number``: bits 1 and 4 are always set."""
        bits = {
            1: self._drawer_open << 2 | (not self._can_print()) << 3,
            2: self._cover_open << 2 | self.paper_out << 5 | self._cutter_stuck << 6,
            3: self._cutter_stuck << 3,
            4: (0x0C if self.paper_near_end else 0) | (0x60 if self.paper_out else 0),
        }
        return 0x12 | bits.get(number, 0)

    def _ordered_byte(self, number: int) -> int:
        if number in (2, ord("2")):
            return int(self._drawer_open)
        return (0x03 if self.paper_near_end else 0) | (0x0C if self.paper_out else 0)
