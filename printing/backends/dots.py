"""Sheets as dots at 203 dpi, for label printers: their own fonts have no Chinese, so all text goes as one picture (DOMAIN.md §10.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from printing.cells import to_dots
from printing.fonts import ASCENT, bitmap_font, runs, text_width
from printing.media import DOTS_PER_MM
from printing.sheet import Box, Code, Stroke, Text
from printing.strip import Align

if TYPE_CHECKING:
    from printing.sheet import Sheet


def dots(millimetres: float) -> int:
    """Millimetres as whole dots."""
    return round(millimetres * DOTS_PER_MM)


def picture(sheet: Sheet) -> Image.Image:
    """Everything on the sheet but its barcodes, as mode ``1``; black is burnt. Raises ``GlyphMissing``."""
    image = Image.new("L", (dots(sheet.width), dots(sheet.height)), 255)
    pen = ImageDraw.Draw(image)
    for mark in sheet.marks:
        match mark:
            case Text():
                _draw_text(pen, mark)
            case Stroke():
                ends = [(dots(mark.x1), dots(mark.y1)), (dots(mark.x2), dots(mark.y2))]
                pen.line(ends, fill=0, width=max(1, dots(mark.thickness)))
            case Box():
                _draw_box(pen, mark)
            case Code():
                pass  # the printer's own affair
    return to_dots(image)


def codes(sheet: Sheet) -> list[Code]:
    """The sheet's barcodes, which label printers draw themselves."""
    return [mark for mark in sheet.marks if isinstance(mark, Code)]


def black_rows(image: Image.Image) -> bytes:
    """Mode ``1`` as bytes, row by row from the left, 1 for a burnt dot; each row fills whole bytes."""
    burnt = Image.eval(image.convert("L"), lambda value: 255 - value).convert("1", dither=Image.Dither.NONE)
    return bytes(burnt.tobytes())


def _draw_text(pen: ImageDraw.ImageDraw, mark: Text) -> None:
    wide = text_width(mark.text, mark.size, mark.weight)
    x = mark.x - {Align.LEFT: 0.0, Align.CENTRE: wide / 2, Align.RIGHT: wide}[mark.align]
    baseline = dots(mark.y + ASCENT * mark.size)
    for run in runs(mark.text, mark.weight):
        font = bitmap_font(run.font, dots(mark.size))
        pen.text((dots(x), baseline), run.text, fill=0, font=font, anchor="ls")
        x += text_width(run.text, mark.size, mark.weight)


def _draw_box(pen: ImageDraw.ImageDraw, box: Box) -> None:
    corners = [(dots(box.x), dots(box.y)), (dots(box.x + box.width) - 1, dots(box.y + box.height) - 1)]
    outline = 0 if box.thickness else None
    pen.rectangle(corners, fill=0 if box.fill else None, outline=outline, width=max(1, dots(box.thickness)))
