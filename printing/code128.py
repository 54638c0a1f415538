"""Code 128: the symbols of a number and their bars, for every backend and for reading the bytes back (ISO/IEC 15417)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from printing.errors import NotABarcode

if TYPE_CHECKING:
    from collections.abc import Sequence

START_B: Final = 104
START_C: Final = 105
TO_C: Final = 99
TO_B: Final = 100
STOP: Final = 106
#: Empty modules that a scanner needs on either side.
QUIET_MODULES: Final = 10

_ALLOWED: Final = re.compile(r"[A-Za-z0-9-]{1,32}")
#: Widths of bar, space, bar … of each symbol, in modules.
_WIDTHS_TEXT: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 "
    "123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 "
    "131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 "
    "213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 "
    "141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 "
    "124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 "
    "411131 211412 211214 211232 2331112 "
)
_WIDTHS: Final = tuple(_WIDTHS_TEXT.split())


def checked(number: str) -> str:
    """``number`` itself. Raises :class:`NotABarcode` unless it is 1 to 32 letters, digits and hyphens."""
    if not _ALLOWED.fullmatch(number):
        raise NotABarcode(number=number)
    return number


def parts(number: str) -> list[tuple[str, str]]:
    """The number as (subset, text): digits in pairs go as subset C, half as wide, where four or more of them stand at the end."""
    checked(number)
    tail = re.search(r"(?:\d\d){2,}$", number)
    if not tail:
        return [("B", number)]
    head = number[: tail.start()]
    return [("B", head), ("C", tail[0])] if head else [("C", tail[0])]


def symbols(pieces: Sequence[tuple[str, str]]) -> list[int]:
    """Symbol values of (subset, text) pieces, with start, check symbol and stop."""
    values: list[int] = []
    for subset, text in pieces:
        values.append((START_C if subset == "C" else START_B) if not values else (TO_C if subset == "C" else TO_B))
        if subset == "C":
            values += [int(text[i : i + 2]) for i in range(0, len(text), 2)]
        else:
            values += [ord(char) - 32 for char in text]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return [*values, check, STOP]


def bars(values: Sequence[int]) -> list[int]:
    """Widths in modules of bar, space, bar … of the whole barcode, without quiet zones."""
    return [int(width) for value in values for width in _WIDTHS[value]]


def modules(number: str) -> int:
    """The width of ``number``'s barcode in modules, without quiet zones."""
    return sum(bars(symbols(parts(number))))
