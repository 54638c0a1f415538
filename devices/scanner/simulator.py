"""A scanner that one can hold in front of any code, at a serial line or typing like a keyboard."""

from __future__ import annotations

import random
from enum import StrEnum
from typing import TYPE_CHECKING

from devices.scanner.wedge import ENTER, Key
from devices.wire.simulator import TCP, SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Iterator


class ScannerFault(StrEnum):
    """What goes wrong with a scan."""

    NO_END = "no_end"
    """the line's end is missing"""
    HALF = "half"
    """the second half is missing, with the line's end"""
    GARBLED = "garbled"
    """bytes that are no text, as with a wrong speed"""
    ENDLESS = "endless"
    """far more than a code, without an end"""


class ScannerSimulator(SimulatedDevice):
    """A serial scanner."""

    def __init__(self, wire: str = TCP, end: str = "\r\n", sends_aim: bool = False) -> None:
        self._end = end
        self._sends_aim = sends_aim
        super().__init__(wire)

    def received(self, data: bytes) -> None:
        """Scanners take no notice of what a desk sends."""

    def scan(self, text: str, aim: str = "") -> None:
        """Scan a code. ``aim`` is sent in front only by a scanner that is set so."""
        self.send(((aim if self._sends_aim else "") + text + self._end).encode())

    def scan_badly(self, text: str, fault: ScannerFault) -> None:
        """Scan a code and fail."""
        garbled = b"\xff\xfe\x80" + text.encode() + self._end.encode()
        self.send(
            {
                ScannerFault.NO_END: text.encode(),
                ScannerFault.HALF: text[: len(text) // 2].encode(),
                ScannerFault.GARBLED: garbled,
                ScannerFault.ENDLESS: text.encode() * (1 + 5000 // max(1, len(text))),
            }[fault]
        )


def wedge_burst(text: str, start_ns: int, end: str = ENTER, gap_ms: float = 8.0, jitter_ms: float = 4.0, seed: int = 0) -> Iterator[Key]:
    """The key presses of a scanner that types ``text``: one every ``gap_ms`` ± ``jitter_ms`` (kept below 30 ms), then ``end``."""
    chance = random.Random(seed)
    at = start_ns
    for character in text + end:
        yield Key(character, at)
        at += int(min(29.9, max(0.0, gap_ms + chance.uniform(-jitter_ms, jitter_ms))) * 1_000_000)
