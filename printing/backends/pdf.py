"""Sheets as PDF with the project's font embedded."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from printing import code128
from printing.fonts import ASCENT, runs, text_width
from printing.media import DOTS_PER_MM
from printing.sheet import BLACK, Box, Code, Stroke, Text
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from printing.sheet import Mark, Sheet


_plain_cmap = ttfonts.makeToUnicodeCMap


def _utf16_cmap(fontname: str, subset: Sequence[int]) -> str:
    """reportlab writes ``𠮷`` as ``<20BB7>``, which readers take for ``₻``; PDF wants UTF-16 (ISO 32000-1, 9.10.3)."""
    return str(_plain_cmap(fontname, [int.from_bytes(chr(code).encode("utf-16-be"), "big") for code in subset]))


ttfonts.makeToUnicodeCMap = _utf16_cmap


def pdf_bytes(sheets: Sequence[Sheet], title: str) -> bytes:
    """One PDF, a page a sheet; the same sheets give the same bytes. Raises ``GlyphMissing`` or ``NotABarcode``."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("Xinglin")
    for sheet in sheets:
        canvas.setPageSize((sheet.width * mm, sheet.height * mm))
        if sheet.ground:
            _draw_box(canvas, Box(x=0, y=0, width=sheet.width, height=sheet.height, thickness=0, fill=sheet.ground), sheet.height)
        for mark in sheet.marks:
            _draw(canvas, mark, sheet.height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def _registered(font: Path) -> str:
    """The name under which reportlab knows the font file."""
    name = f"xinglin-{font.stem}"
    pdfmetrics.registerFont(TTFont(name, font))
    return name


def _draw(canvas: Canvas, mark: Mark, height: float) -> None:
    match mark:
        case Text():
            _draw_text(canvas, mark, height)
        case Stroke():
            canvas.setStrokeColor(HexColor(mark.colour))
            canvas.setLineWidth(mark.thickness * mm)
            canvas.line(mark.x1 * mm, (height - mark.y1) * mm, mark.x2 * mm, (height - mark.y2) * mm)
        case Box():
            _draw_box(canvas, mark, height)
        case Code():
            _draw_code(canvas, mark, height)


def _draw_text(canvas: Canvas, mark: Text, height: float) -> None:
    wide = text_width(mark.text, mark.size, mark.weight)
    x = mark.x - {Align.LEFT: 0.0, Align.CENTRE: wide / 2, Align.RIGHT: wide}[mark.align]
    canvas.setFillColor(HexColor(mark.colour))
    for run in runs(mark.text, mark.weight):
        canvas.setFont(_registered(run.font), mark.size * mm)
        canvas.drawString(x * mm, (height - mark.y - ASCENT * mark.size) * mm, run.text)
        x += text_width(run.text, mark.size, mark.weight)


def _draw_box(canvas: Canvas, box: Box, height: float) -> None:
    if box.fill:
        canvas.setFillColor(HexColor(box.fill))
    canvas.setStrokeColor(HexColor(box.colour))
    canvas.setLineWidth(box.thickness * mm)
    corner = (box.x * mm, (height - box.y - box.height) * mm)
    canvas.rect(*corner, box.width * mm, box.height * mm, stroke=int(box.thickness > 0), fill=int(bool(box.fill)))


def _draw_code(canvas: Canvas, code: Code, height: float) -> None:
    canvas.setFillColor(HexColor(BLACK))
    x = code.x
    for place, width in enumerate(code128.bars(code128.symbols(code128.parts(code.number)))):
        wide = width * code.module / DOTS_PER_MM
        if place % 2 == 0:
            canvas.rect(x * mm, (height - code.y - code.height) * mm, wide * mm, code.height * mm, stroke=0, fill=1)
        x += wide
