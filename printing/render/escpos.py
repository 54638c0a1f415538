"""A receipt printer on paper of white pixels: the ESC/POS commands that our backend and our devices send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw

from printing import code128
from printing.cells import CELL_HEIGHT, COLUMN_DOTS, draw_cells
from printing.columns import char_columns
from printing.render.bars import draw_bars
from printing.render.cursor import Cursor
from printing.render.qr import StoredQr

if TYPE_CHECKING:
    from collections.abc import Callable

#: The printer's own line feed, in dots below a row of characters.
_LEADING: Final = 6
_MARGIN: Final = 24
_PAPER_EDGE: Final = "#C9CDD2"


def escpos_strips(data: bytes, dots: int) -> list[Image.Image]:
    """A picture for each piece of paper, cut or left in the printer. Raises ``UnknownCommand``."""
    printer = _Printer(Cursor(data, "ESC/POS"), dots)
    printer.run()
    return printer.strips


class _Printer:
    """The printer's modes, the row in its buffer and the paper that it has fed."""

    def __init__(self, cursor: Cursor, dots: int) -> None:
        self._cursor = cursor
        self._dots = dots
        self._fed: list[Image.Image] = []
        self.strips: list[Image.Image] = []
        self._reset()

    def _reset(self) -> None:
        self._row: list[Image.Image] = []
        self._hanzi = False
        self._align = 0
        self._bold = self._inverse = False
        self._wide = self._high = 1
        self._bar_height, self._bar_width, self._number_below = 162, 3, False
        self._qr = StoredQr()

    def run(self) -> None:
        """Obey everything, then let go of what is left."""
        while not self._cursor.at_end:
            self._step()
        self._cut()

    def _step(self) -> None:
        start = self._cursor.place
        first = self._cursor.take(1)
        if first in b"\x1b\x1c\x1d\x10":
            command = first + self._cursor.take(1)
            obey = self._commands.get(command)
            if obey is None:
                raise self._cursor.unknown(start, command)
            obey(self)
        elif first == b"\n":
            self._feed_row()
        elif first >= b" " and first != b"\x7f":
            self._print(self._character(start, first))
        else:
            raise self._cursor.unknown(start, first)

    def _character(self, start: int, first: bytes) -> str:
        """One character; GB18030's four-byte part is reported, because most printers lack it."""
        if first < b"\x80":
            return first.decode("ascii")
        code = first + self._cursor.take(1)
        if not self._hanzi:
            raise self._cursor.unknown(start, code)
        try:
            return code.decode("gbk")
        except UnicodeDecodeError:
            raise self._cursor.unknown(start, code) from None

    def _print(self, char: str) -> None:
        wide = char_columns(char) * COLUMN_DOTS * self._wide
        if sum(cell.width for cell in self._row) + wide > self._dots:
            self._feed_row()
        # draw_cells trims a lone space; an empty cell is one.
        cell = Image.new("L", (wide, CELL_HEIGHT * self._high), 255)
        if char != " ":
            cell = draw_cells(char, wide=self._wide, high=self._high, bold=self._bold)
        self._row.append(ImageChops.invert(cell) if self._inverse else cell)

    def _feed_row(self) -> None:
        height = max((cell.height for cell in self._row), default=CELL_HEIGHT)
        band = Image.new("L", (self._dots, height + _LEADING), 255)
        x = self._start(sum(cell.width for cell in self._row))
        for cell in self._row:
            band.paste(cell, (x, height - cell.height))
            x += cell.width
        self._fed.append(band)
        self._row = []

    def _start(self, width: int) -> int:
        """Where a row of this width begins under the present alignment."""
        return {0: 0, 1: (self._dots - width) // 2, 2: self._dots - width}[self._align]

    def _place(self, picture: Image.Image) -> None:
        """Feed a picture of its own under the present alignment."""
        band = Image.new("L", (self._dots, picture.height), 255)
        band.paste(picture, (self._start(picture.width), 0))
        self._fed.append(band)

    # --- commands, each reading its own parameters ---

    def _set_align(self) -> None:
        self._align = self._one_of(3)

    def _set_bold(self) -> None:
        self._bold = bool(self._one_of(2))

    def _set_inverse(self) -> None:
        self._inverse = bool(self._one_of(2))

    def _one_of(self, count: int) -> int:
        start = self._cursor.place - 2
        value = self._cursor.number()
        if value >= count:
            raise self._cursor.unknown(start, bytes([value]))
        return value

    def _set_size(self) -> None:
        value = self._cursor.number()
        self._wide, self._high = (value >> 4) + 1, (value & 0x0F) + 1

    def _set_hanzi_size(self) -> None:
        """``FS !`` repeats for Hanzi what ``GS !`` said; this printer obeys ``GS !`` for both."""
        self._cursor.take(1)

    def _hanzi_on(self) -> None:
        self._hanzi = True

    def _hanzi_off(self) -> None:
        self._hanzi = False

    def _feed_rows(self) -> None:
        if self._row:
            self._feed_row()
        rows = self._cursor.number()
        self._fed.append(Image.new("L", (self._dots, rows * (CELL_HEIGHT + _LEADING)), 255))

    def _feed_dots(self) -> None:
        if self._row:
            self._feed_row()
        self._fed.append(Image.new("L", (self._dots, self._cursor.number()), 255))

    def _cut_command(self) -> None:
        start = self._cursor.place - 2
        mode = self._cursor.number()
        if mode in {65, 66}:
            self._fed.append(Image.new("L", (self._dots, self._cursor.number()), 255))
        elif mode not in {0, 1, 48, 49}:
            raise self._cursor.unknown(start, bytes([mode]))
        self._cut()

    def _cut(self) -> None:
        if self._row:
            self._feed_row()
        if self._fed:
            self.strips.append(_paper(self._fed, self._dots))
        self._fed = []

    def _drawer(self) -> None:
        self._cursor.take(3)

    def _status(self) -> None:
        self._cursor.take(1)

    def _raster(self) -> None:
        start = self._cursor.place - 2
        if self._cursor.take(2) != b"0\x00":
            raise self._cursor.unknown(start, b"\x1dv")
        row_bytes, height = self._cursor.number(2), self._cursor.number(2)
        burnt = bytes(byte ^ 0xFF for byte in self._cursor.take(row_bytes * height))
        self._place(Image.frombytes("1", (row_bytes * 8, height), burnt).convert("L"))

    def _set_bar_height(self) -> None:
        self._bar_height = self._cursor.number()

    def _set_bar_width(self) -> None:
        self._bar_width = self._cursor.number()

    def _set_bar_font(self) -> None:
        self._one_of(2)

    def _set_number_below(self) -> None:
        self._number_below = self._one_of(4) in {2, 3}

    def _barcode(self) -> None:
        start = self._cursor.place - 2
        if self._cursor.number() != 73:
            raise self._cursor.unknown(start, b"\x1dk")
        content = self._cursor.take(self._cursor.number())
        pieces = _subsets(content)
        if not pieces:
            raise self._cursor.unknown(start, content)
        self._place(draw_bars(code128.symbols(pieces), self._bar_width, self._bar_height))
        if self._number_below:
            self._place(draw_cells("".join(text for _, text in pieces), wide=1, high=1, bold=False))

    def _symbol(self) -> None:
        start = self._cursor.place - 2
        picture = self._qr.obey(self._cursor, start)
        if picture is not None:
            self._place(picture)

    _commands: Final[dict[bytes, Callable[[_Printer], None]]] = {
        b"\x1b@": _reset,
        b"\x1ba": _set_align,
        b"\x1bE": _set_bold,
        b"\x1bd": _feed_rows,
        b"\x1bJ": _feed_dots,
        b"\x1bp": _drawer,
        b"\x1c&": _hanzi_on,
        b"\x1c.": _hanzi_off,
        b"\x1c!": _set_hanzi_size,
        b"\x1d!": _set_size,
        b"\x1dB": _set_inverse,
        b"\x1dV": _cut_command,
        b"\x1dv": _raster,
        b"\x1dh": _set_bar_height,
        b"\x1dw": _set_bar_width,
        b"\x1df": _set_bar_font,
        b"\x1dH": _set_number_below,
        b"\x1dk": _barcode,
        b"\x1d(": _symbol,
        b"\x10\x04": _status,
        b"\x1dr": _status,
    }


def _subsets(content: bytes) -> list[tuple[str, str]]:
    """``{B…{C…`` as (subset, text) pieces; empty if it does not begin so."""
    if content[:1] != b"{":
        return []
    pieces = []
    for part in content[1:].split(b"{"):
        subset, body = chr(part[0]), part[1:]
        pieces.append((subset, "".join(f"{byte:02d}" for byte in body) if subset == "C" else body.decode("ascii")))
    return pieces


def _paper(bands: list[Image.Image], dots: int) -> Image.Image:
    """The fed bands on a strip of paper with its margins."""
    paper = Image.new("RGB", (dots + 2 * _MARGIN, sum(band.height for band in bands) + _MARGIN), "white")
    y = _MARGIN
    for band in bands:
        paper.paste(band.convert("RGB"), (_MARGIN, y))
        y += band.height
    ImageDraw.Draw(paper).rectangle((0, 0, paper.width - 1, paper.height - 1), outline=_PAPER_EDGE)
    return paper
