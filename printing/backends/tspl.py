"""TSC label printers and the many that speak their language: text as one ``BITMAP``, barcodes by the printer (``BARCODE``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from printing import code128
from printing.backends.dots import black_rows, codes, dots, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.sheet import Code, Sheet

GAP_MM: Final = 2


def tspl_bytes(sheets: Sequence[Sheet]) -> bytes:
    """One label after another. Raises ``GlyphMissing`` or ``NotABarcode``."""
    return b"".join(_label(sheet) for sheet in sheets)


def _label(sheet: Sheet) -> bytes:
    image = picture(sheet)
    # TSPL burns the dots that are 0.
    data = bytes(byte ^ 0xFF for byte in black_rows(image))
    lines = [
        f"SIZE {sheet.width:g} mm,{sheet.height:g} mm".encode(),
        f"GAP {GAP_MM} mm,0 mm".encode(),
        b"DIRECTION 1",
        b"CLS",
        f"BITMAP 0,0,{(image.width + 7) // 8},{image.height},0,".encode() + data,
        *(_barcode(code).encode() for code in codes(sheet)),
        b"PRINT 1,1",
    ]
    return b"".join(line + b"\r\n" for line in lines)


def _barcode(code: Code) -> str:
    """TSPL's type ``128`` changes subsets by itself."""
    number = code128.checked(code.number)
    return f'BARCODE {dots(code.x)},{dots(code.y)},"128",{dots(code.height)},0,0,{code.module},{code.module},"{number}"'
