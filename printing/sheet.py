"""The layout of sheets and labels: marks on a sheet measured in millimetres from its top left corner.

PDF draws the marks as vectors; label backends draw them as dots, with barcodes left to the printer. A type size is the height of the em
square in millimetres (1 pt = 0.353 mm), and a text's ``y`` is the top of that square.
"""

from __future__ import annotations

from typing import Final

import msgspec

from printing.columns import wrap
from printing.fonts import Weight, clean, text_width
from printing.strip import Align

BLACK: Final = "#000000"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One row of text. ``x`` is its left edge, centre or right edge, as ``align`` says."""

    x: float
    y: float
    text: str
    size: float
    weight: Weight = Weight.REGULAR
    align: Align = Align.LEFT
    colour: str = BLACK


class Stroke(msgspec.Struct, frozen=True, kw_only=True):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thickness: float = 0.2
    colour: str = BLACK


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle with an outline (``thickness`` > 0), a filling, or both."""

    x: float
    y: float
    width: float
    height: float
    thickness: float = 0.2
    colour: str = BLACK
    fill: str = ""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A Code 128 without its number in figures. ``x`` is the left edge of the first bar; ``module`` the narrowest bar in dots of 1/8 mm."""

    x: float
    y: float
    height: float
    number: str
    module: int = 2


Mark = Text | Stroke | Box | Code


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One page or one label."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    ground: str = ""


def fitted(text: str, room: float, sizes: tuple[float, ...], weight: Weight = Weight.REGULAR) -> float:
    """The largest of ``sizes`` (falling) at which ``text`` fits on one row of ``room``; the last if none does."""
    return next((size for size in sizes if text_width(text, size, weight) <= room), sizes[-1])


def wrapped(text: str, room: float, size: float, weight: Weight = Weight.REGULAR) -> list[str]:
    """``text`` in rows no wider than ``room``: broken at spaces, and inside a part only where the part alone is wider than a row."""
    rows: list[str] = []
    for part in clean(text).split(" "):
        joined = f"{rows[-1]} {part}" if rows else part
        if rows and text_width(joined, size, weight) <= room:
            rows[-1] = joined
        else:
            rows += _broken(part, room, size, weight)
    return rows


def _broken(part: str, room: float, size: float, weight: Weight) -> list[str]:
    """One part in rows as :func:`printing.columns.wrap` breaks it, by as many columns as just fit: letters are narrower than columns."""
    if text_width(part, size, weight) <= room:
        return [part]
    columns = max(2, 2 * int(room / size))
    best = wrap(part, columns)
    wider = best
    while all(text_width(row, size, weight) <= room for row in wider):
        best, columns = wider, columns + 1
        wider = wrap(part, columns)
    return best


def filled(
    text: str, room: tuple[float, float], sizes: tuple[float, ...], weight: Weight = Weight.REGULAR, pitch: float = 1.16
) -> tuple[float, list[str]]:
    """The largest of ``sizes`` (falling) at which the rows of ``text``, ``pitch`` ems apart, fit a field of (width, height); and the rows.

    The smallest size is taken even if it overflows: nothing is left out.
    """
    width, height = room
    for size in sizes:
        rows = wrapped(text, width, size, weight)
        if len(rows) * size * pitch <= height and all(text_width(row, size, weight) <= width for row in rows):
            break
    return size, rows
