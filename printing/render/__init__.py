"""Pictures of what a printer would have printed, drawn from the very bytes that it gets.

The interpreters know the commands that our backends send and no others: an unknown one raises ``UnknownCommand`` with its place.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from printing.errors import UnknownCommand

if TYPE_CHECKING:
    from PIL.Image import Image

    from printing.media import Media

_PDF_SCALE = 200 / 72


def render_png(data: bytes, media: Media) -> list[bytes]:
    """One PNG for each page, label or cut piece of paper in ``data``. The printer's language is told from the bytes themselves.

    Raises ``UnknownCommand``, and ``GlyphMissing`` for a character that this machine has no font for.
    """
    return [_png(picture) for picture in _pictures(data, media)]


def _pictures(data: bytes, media: Media) -> list[Image]:
    if data.startswith(b"%PDF"):
        return _pdf_pages(data)
    if data.startswith(b"^XA"):
        from printing.render.zpl import zpl_labels

        return zpl_labels(data)
    if data.startswith(b"SIZE "):
        from printing.render.tspl import tspl_labels

        return tspl_labels(data)
    if not media.is_roll:
        raise UnknownCommand(printer_language="label", offset=0, command=data[:8].hex(" "))
    from printing.render.escpos import escpos_strips

    return escpos_strips(data, media.dots)


def _pdf_pages(data: bytes) -> list[Image]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=_PDF_SCALE).to_pil() for page in document]
    finally:
        document.close()


def _png(picture: Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
