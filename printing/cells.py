"""Text as dots in the cells of a receipt printer: 24 dots high, 12 wide for a Latin character and 24 for a Hanzi.

Used for rows that a printer's own font cannot show, and by the interpreter in place of the printer's font.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from printing.columns import char_columns, columns_of
from printing.fonts import Weight, bitmap_font, runs

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.ImageFont import FreeTypeFont

CELL_HEIGHT: Final = 24
COLUMN_DOTS: Final = 12
_HANZI_EM: Final = 23
_LATIN_EM: Final = 21
#: Darkness (0 to 255) from which a dot is burnt.
THRESHOLD: Final = 110


def draw_cells(text: str, *, wide: int, high: int, bold: bool) -> Image.Image:
    """``text`` as a grey picture, black on white, of ``columns × 12 × wide`` by ``24 × high`` dots. Raises ``GlyphMissing``."""
    picture = Image.new("L", (max(1, columns_of(text)) * COLUMN_DOTS * wide, CELL_HEIGHT * high), 255)
    column = 0
    for run in runs(text, Weight.BOLD if bold else Weight.REGULAR):
        for char in run.text:
            _draw_cell(picture, run.font, char, (column * COLUMN_DOTS * wide, wide, high))
            column += char_columns(char)
    return picture


def _draw_cell(picture: Image.Image, font: Path, char: str, place: tuple[int, int, int]) -> None:
    left, wide, high = place
    columns = max(1, char_columns(char))
    scale = max(wide, high)
    em = (_HANZI_EM if columns == 2 else _LATIN_EM) * scale
    cell = Image.new("L", (columns * COLUMN_DOTS * scale, CELL_HEIGHT * scale), 255)
    face = bitmap_font(font, em)
    baseline = round(CELL_HEIGHT * scale * 0.84)
    ImageDraw.Draw(cell).text((cell.width / 2, baseline), char, fill=0, font=face, anchor="ms")
    if face.getlength(char) > cell.width:
        cell = _squeezed(face, char, cell.size, baseline)
    stretched = cell.resize((columns * COLUMN_DOTS * wide, CELL_HEIGHT * high), Image.Resampling.LANCZOS)
    picture.paste(stretched, (left, 0))


def _squeezed(face: FreeTypeFont, char: str, size: tuple[int, int], baseline: int) -> Image.Image:
    """A character wider than its cell, such as ``m``, made as narrow as the cell."""
    cell = Image.new("L", (round(face.getlength(char)), size[1]), 255)
    ImageDraw.Draw(cell).text((cell.width / 2, baseline), char, fill=0, font=face, anchor="ms")
    return cell.resize(size, Image.Resampling.LANCZOS)


def to_dots(picture: Image.Image) -> Image.Image:
    """A grey picture as dots: mode ``1``, black where the paper is burnt."""
    return picture.point(lambda value: 255 if value > 255 - THRESHOLD else 0).convert("1", dither=Image.Dither.NONE)
