"""Frames of the security module SAM that every reader of 二代证 holds: 115200 8N1.

``AA AA AA 96 69 | length (2 bytes, big-endian, of what follows) | command, parameter or SW1 SW2 SW3 | content | XOR``, the XOR over
everything from the length to the byte before it.
"""

from __future__ import annotations

import functools
import operator
import time
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from devices.idcard.protocol import ChecksumWrong, NoiseOnLine, ReaderSilent, ReplyCutShort, ReplyLengthWrong

if TYPE_CHECKING:
    from devices.wire.port import Port

PREAMBLE: Final = bytes.fromhex("AAAAAA9669")
BAUD: Final = 115200

FOUND: Final = 0x9F
DONE: Final = 0x90
NO_CARD: Final = 0x80

_SHORTEST: Final = 4  # three status bytes and the checksum
_LONGEST: Final = 2321  # text, photo and two fingerprints
_MOST_NOISE: Final = 4096


class Action(Enum):
    """What a reader is asked: name in errors, command and parameter, and the seconds that an answer may take."""

    FIND = ("find", 0x20, 0x01, 0.8)
    SELECT = ("select", 0x20, 0x02, 0.8)
    READ = ("read", 0x30, 0x01, 3.0)
    STATUS = ("status", 0x11, 0xFF, 0.8)

    @property
    def title(self) -> str:
        """The action's name."""
        return self.value[0]

    @property
    def seconds(self) -> float:
        """How long an answer may take to begin and to end."""
        return self.value[3]

    @property
    def request(self) -> bytes:
        """The whole frame that asks for it."""
        return frame(bytes(self.value[1:3]))


class Reply(NamedTuple):
    """The status byte SW3 and what followed it."""

    status: int
    content: bytes


def checksum(data: bytes) -> int:
    """The XOR of all bytes."""
    return functools.reduce(operator.xor, data, 0)


def frame(body: bytes) -> bytes:
    """A whole frame around ``body``."""
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + counted + bytes([checksum(counted)])


def ask(port: Port, action: Action) -> Reply:
    """Ask and wait for the answer. Noise before a whole frame is skipped, since the checksum protects the frame.

    Raises one of the reader's errors, or that of the port.
    """
    port.discard_input()
    port.write(action.request)
    deadline = time.monotonic() + action.seconds
    _wait_for_preamble(port, action, deadline)
    head = _take(port, action, 2, deadline, len(PREAMBLE) + 2)
    length = int.from_bytes(head, "big")
    if not _SHORTEST <= length <= _LONGEST:
        raise ReplyLengthWrong(action=action.title, length=length)
    rest = _take(port, action, length, deadline, len(PREAMBLE) + 2 + length)
    expected = checksum(head + rest[:-1])
    if expected != rest[-1]:
        raise ChecksumWrong(action=action.title, expected=expected, received=rest[-1])
    return Reply(rest[2], rest[3:-1])


def _wait_for_preamble(port: Port, action: Action, deadline: float) -> None:
    seen = 0
    window = b""
    while window != PREAMBLE:
        data = port.read(len(PREAMBLE) - len(window), _left(deadline))
        seen += len(data)
        window = _longest_beginning(window + data)
        if not data or seen > _MOST_NOISE or (time.monotonic() > deadline and window != PREAMBLE):
            if window and seen <= len(PREAMBLE):
                raise ReplyCutShort(action=action.title, wanted=len(PREAMBLE), received=seen)
            if seen:
                raise NoiseOnLine(action=action.title, received=seen)
            raise ReaderSilent(action=action.title, seconds=action.seconds)


def _longest_beginning(window: bytes) -> bytes:
    """The longest end of ``window`` with which a preamble may begin."""
    while not PREAMBLE.startswith(window):
        window = window[1:]
    return window


def _take(port: Port, action: Action, wanted: int, deadline: float, whole: int) -> bytes:
    data = port.read(wanted, _left(deadline))
    if len(data) < wanted:
        raise ReplyCutShort(action=action.title, wanted=whole, received=whole - wanted + len(data))
    return data


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
