"""A TSC printer on white labels: the TSPL that our backend sends."""

from __future__ import annotations

import re
from typing import Final

from PIL import Image

from printing import code128
from printing.media import DOTS_PER_MM
from printing.render.bars import draw_bars
from printing.render.cursor import Cursor

_SIZE: Final = re.compile(rb"(\d+(?:\.\d+)?) mm,(\d+(?:\.\d+)?) mm")
_BARCODE: Final = re.compile(rb'(\d+),(\d+),"128",(\d+),0,0,(\d+),\d+,"([^"]+)"')
_EMPTY_LABEL: Final = {b"GAP": rb"\d+ mm,0 mm", b"DIRECTION": rb"1", b"PRINT": rb"1,1"}


def tspl_labels(data: bytes) -> list[Image.Image]:
    """A picture of each label. Raises ``UnknownCommand``."""
    cursor = Cursor(data, "TSPL")
    labels: list[Image.Image] = []
    label = Image.new("L", (1, 1), 255)
    while not cursor.at_end:
        start = cursor.place
        name = _word(cursor)
        if name == b"BITMAP":
            _bitmap(cursor, label)
            continue
        rest = b"" if name == b"CLS" else cursor.until(b"\r\n")
        size, barcode = _SIZE.fullmatch(rest), _BARCODE.fullmatch(rest)
        if name == b"SIZE" and size:
            label = Image.new("L", (_dots(size[1]), _dots(size[2])), 255)
        elif name == b"CLS":
            label = Image.new("L", label.size, 255)
        elif name == b"BARCODE" and barcode:
            _barcode(barcode, label)
        elif not re.fullmatch(_EMPTY_LABEL.get(name, rb"(?!)"), rest):
            raise cursor.unknown(start, name + b" " + rest)
        if name == b"PRINT":
            labels.append(label.copy())
    return labels


def _dots(millimetres: bytes) -> int:
    return round(float(millimetres) * DOTS_PER_MM)


def _word(cursor: Cursor) -> bytes:
    """The command's name. ``CLS`` alone has no parameters."""
    word = b""
    while (char := cursor.take(1)) not in b" \r":
        word += char
    if char == b"\r":
        cursor.take(1)
    return word


def _bitmap(cursor: Cursor, label: Image.Image) -> None:
    """``BITMAP x,y,bytes,rows,0,`` and so many bytes; a dot of 0 is burnt."""
    x, y, row_bytes, height, _mode = (int(cursor.until(b",")) for _ in range(5))
    picture = Image.frombytes("1", (row_bytes * 8, height), cursor.take(row_bytes * height)).convert("L")
    cursor.take(2)
    label.paste(0, (x, y), Image.eval(picture, lambda value: 255 - value))


def _barcode(found: re.Match[bytes], label: Image.Image) -> None:
    x, y, height, module = (int(group) for group in found.groups()[:4])
    bars = draw_bars(code128.symbols(code128.parts(found[5].decode("ascii"))), module, height)
    label.paste(0, (x, y), Image.eval(bars, lambda value: 255 - value))
