"""Where a command ends in a stream of ESC/POS bytes, so that no picture's data is taken for a command.

Lengths after Epson's command reference. What is not listed counts as a command with one parameter, the most frequent form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ESC, _GS, _FS, _DLE = 0x1B, 0x1D, 0x1C, 0x10
_LINE_DOTS: Final = 24

_LENGTHS: Final = {
    _ESC: {
        **dict.fromkeys((b"@", b"2", b"i", b"m", b"<", b"L", b"S", b"\x0c"), 2),
        **dict.fromkeys((b"$", b"\\", b"c", b"B"), 4),
        b"p": 5,
        b"W": 10,
    },
    _GS: {b":": 2, b"L": 4, b"W": 4, b"P": 4, b"$": 4, b"\\": 4},
    _FS: {b"&": 2, b".": 2, b"S": 4, b"p": 4, b"2": 76},
    _DLE: {b"\x04": 3, b"\x05": 3, b"\x14": 5},
}


def next_command(stream: bytearray) -> int:
    """The length of the first command or piece of text; 0 if more bytes have to come."""
    if not stream:
        return 0
    if stream[0] in _LENGTHS:
        length = _command_length(stream) if len(stream) >= 2 else 0
        return length if 0 < length <= len(stream) else 0
    if stream[0] < 0x20:
        return 1
    return next((at for at, byte in enumerate(stream) if byte < 0x20), len(stream))


def printed_lines(command: bytes) -> int:
    """How many lines of 24 dots a command moves the paper."""
    if command == b"\n":
        return 1
    if command[:2] == b"\x1bd":
        return command[2]
    if command[:2] == b"\x1bJ":
        return command[2] // _LINE_DOTS
    if command[:3] == b"\x1dv0":
        return -(-_two(command, 6) // _LINE_DOTS)
    return 0


def _command_length(stream: bytearray) -> int:
    """The whole command's length, which may exceed the stream; 0 if not even its length is there yet."""
    special = _SPECIAL.get(bytes(stream[:2]))
    if special is not None:
        needed, length = special
        return length(stream) if len(stream) >= needed else 0
    return _LENGTHS[stream[0]].get(bytes(stream[1:2]), 3)


def _two(data: bytes | bytearray, at: int) -> int:
    return data[at] + 256 * data[at + 1]


def _until_nul(stream: bytearray) -> int:
    return stream.find(0) + 1


def _cut(stream: bytearray) -> int:
    return 3 if stream[2] in (0, 1, 48, 49) else 4


def _raster(stream: bytearray) -> int:
    return 8 + _two(stream, 4) * _two(stream, 6)


def _barcode(stream: bytearray) -> int:
    return 4 + stream[3] if stream[2] > 6 else _until_nul(stream)


def _bit_image(stream: bytearray) -> int:
    return 5 + _two(stream, 3) * (3 if stream[2] in (32, 33) else 1)


def _counted(stream: bytearray) -> int:
    return 5 + _two(stream, 3)


def _large_graphics(stream: bytearray) -> int:
    return 7 + int.from_bytes(stream[3:7], "little")


def _downloaded_image(stream: bytearray) -> int:
    return 4 + stream[2] * stream[3] * 8


_SPECIAL: Final[dict[bytes, tuple[int, Callable[[bytearray], int]]]] = {
    b"\x1bD": (3, _until_nul),
    b"\x1b*": (5, _bit_image),
    b"\x1b(": (5, _counted),
    b"\x1c(": (5, _counted),
    b"\x1d(": (5, _counted),
    b"\x1d8": (7, _large_graphics),
    b"\x1d*": (4, _downloaded_image),
    b"\x1dV": (3, _cut),
    b"\x1dv": (8, _raster),
    b"\x1dk": (4, _barcode),
}
