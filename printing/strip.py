"""The layout of roll paper: blocks, and the rows of exact columns that they become.

A document for the roll lists its blocks; :func:`compose` sets them for a width. What a printer does with a row is the backend's affair.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from printing.columns import columns_of, pad_left, pad_right, wrap
from printing.fonts import clean
from printing.marked import in_rows, joined_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from printing.marked import Piece


class Size(Enum):
    """Character size as (times wide, times high)."""

    NORMAL = (1, 1)
    TALL = (1, 2)
    LARGE = (2, 2)
    HUGE = (4, 4)

    @property
    def wide(self) -> int:
        """How many columns a Latin character takes."""
        return self.value[0]

    @property
    def high(self) -> int:
        """How many normal rows it is high."""
        return self.value[1]


class Align(Enum):
    """Where a row stands between the edges of the paper."""

    LEFT = 0
    CENTRE = 1
    RIGHT = 2


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a row looks."""

    size: Size = Size.NORMAL
    bold: bool = False
    align: Align = Align.LEFT


PLAIN = Style()


class Line(msgspec.Struct, frozen=True):
    """A paragraph, wrapped; rows after the first are indented by ``hang`` columns."""

    text: str
    style: Style = PLAIN
    hang: int = 0


class Marked(msgspec.Struct, frozen=True):
    """A paragraph as :class:`Line`, of which some characters stand white on black."""

    pieces: tuple[tuple[str, bool], ...]
    style: Style = PLAIN
    hang: int = 0


class Pair(msgspec.Struct, frozen=True):
    """Words at the left edge and an amount at the right. The amount is never broken; the words wrap when both do not fit on one row."""

    left: str
    right: str
    style: Style = PLAIN


class Cells(msgspec.Struct, frozen=True):
    """One row of a table; cell i is ``widths[i]`` columns wide and a negative width aligns to the right. Each cell wraps for itself."""

    texts: tuple[str, ...]
    widths: tuple[int, ...]
    style: Style = PLAIN


class Divider(msgspec.Struct, frozen=True):
    """A dashed line across the paper."""


class Space(msgspec.Struct, frozen=True):
    """Empty rows."""

    rows: int = 1


class Barcode(msgspec.Struct, frozen=True):
    """A Code 128 with its number in figures below."""

    number: str


class Qr(msgspec.Struct, frozen=True):
    """A QR code, centred."""

    content: str


class Row(msgspec.Struct, frozen=True):
    """One row as it will be printed: at most ``columns // style.size.wide`` columns of text. ``pieces`` are its parts where some are marked."""

    text: str
    style: Style = PLAIN
    pieces: tuple[tuple[str, bool], ...] = ()


Block = Line | Marked | Pair | Cells | Divider | Space | Barcode | Qr


def compose(blocks: Iterable[Block], columns: int) -> Iterator[Row | Barcode | Qr]:
    """The rows of a strip ``columns`` wide, top to bottom."""
    for block in blocks:
        if isinstance(block, Barcode | Qr):
            yield block
        else:
            yield from _rows(block, columns)


def _rows(block: Line | Marked | Pair | Cells | Divider | Space, columns: int) -> Iterator[Row]:
    match block:
        case Line(text, style, hang):
            yield from (Row(row, style) for row in _hanging(clean(text), columns // style.size.wide, hang))
        case Marked(pieces, style, hang):
            yield from _marked(pieces, list(_hanging(clean(joined_text(pieces)), columns // style.size.wide, hang)), style)
        case Pair(left, right, style):
            yield from (Row(row, style) for row in _pair(clean(left), clean(right), columns // style.size.wide))
        case Cells():
            yield from _cells(block)
        case Divider():
            yield Row("-" * columns)
        case Space(rows):
            yield from [Row("")] * rows


def _hanging(text: str, columns: int, hang: int) -> Iterator[str]:
    first, *_ = wrap(text, columns)
    yield first
    rest = text[len(first) :].lstrip()
    if rest:
        yield from (" " * hang + row for row in wrap(rest, columns - hang))


def _marked(pieces: tuple[Piece, ...], rows: list[str], style: Style) -> Iterator[Row]:
    for row, parts in zip(rows, in_rows(rows, pieces), strict=True):
        yield Row(row, style, tuple(parts) if any(marked for _, marked in parts) else ())


def _pair(left: str, right: str, columns: int) -> list[str]:
    rights = wrap(right, columns)
    rows = wrap(left, columns)
    room = columns - columns_of(rows[-1]) - columns_of(rights[0])
    if room >= (1 if rows[-1] else 0):
        rights[0] = rows.pop() + " " * room + rights[0]
    return rows + [pad_left(row.lstrip(), columns) for row in rights]


def _cells(block: Cells) -> Iterator[Row]:
    columns = [wrap(clean(text), abs(width)) for text, width in zip(block.texts, block.widths, strict=True)]
    for index in range(max(map(len, columns))):
        cells = (rows[index] if index < len(rows) else "" for rows in columns)
        padded = (pad_left(c, -w) if w < 0 else pad_right(c, w) for c, w in zip(cells, block.widths, strict=True))
        yield Row("".join(padded).rstrip(), block.style)
