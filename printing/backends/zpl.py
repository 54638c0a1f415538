"""Zebra label printers: text as one ``^GFA`` picture, barcodes by the printer (``^BC``)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from printing import code128
from printing.backends.dots import black_rows, codes, dots, picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Code, Sheet


def zpl_bytes(sheets: Sequence[Sheet]) -> bytes:
    """One label after another. Raises ``GlyphMissing`` or ``NotABarcode``."""
    return b"".join(_label(sheet) for sheet in sheets)


def _label(sheet: Sheet) -> bytes:
    parts = [f"^XA^PW{dots(sheet.width)}^LL{dots(sheet.height)}^LH0,0", _graphic(sheet), *map(_barcode, codes(sheet)), "^PQ1^XZ"]
    return ("\n".join(parts) + "\n").encode("ascii")


def _graphic(sheet: Sheet) -> str:
    image = picture(sheet)
    row_bytes = (image.width + 7) // 8
    data = black_rows(image)
    rows = [data[start : start + row_bytes] for start in range(0, len(data), row_bytes)]
    return f"^FO0,0^GFA,{len(data)},{len(data)},{row_bytes},{''.join(_packed(rows))}^FS"


def _packed(rows: Sequence[bytes]) -> Iterator[str]:
    """Rows in ZPL's run-length hexadecimal: ``,`` ends a row with zeros, ``!`` with ones, ``:`` repeats the row above."""
    previous = None
    for row in rows:
        if row == previous:
            yield ":"
        else:
            yield _packed_row(row)
        previous = row


def _packed_row(row: bytes) -> str:
    digits = row.hex().upper()
    for fill, end in (("0", ","), ("F", "!")):
        kept = digits.rstrip(fill)
        if len(kept) < len(digits):
            return _run_lengths(kept) + end
    return _run_lengths(digits)


def _run_lengths(digits: str) -> str:
    return "".join(_repeated(digit, len(list(group))) for digit, group in groupby(digits))


def _repeated(digit: str, times: int) -> str:
    """``G`` to ``Y`` stand for 1 to 19 times, ``g`` to ``z`` for 20 to 400 times in twenties."""
    if times == 1:
        return digit
    counts = ""
    while times >= 20:
        twenties = min(times // 20, 20)
        counts += chr(ord("f") + twenties)
        times -= 20 * twenties
    if times:
        counts += chr(ord("F") + times)
    return counts + digit


def _barcode(code: Code) -> str:
    data = ""
    for place, (subset, text) in enumerate(code128.parts(code.number)):
        data += {("B", True): ">:", ("C", True): ">;", ("C", False): ">5", ("B", False): ">6"}[subset, place == 0] + text
    return f"^FO{dots(code.x)},{dots(code.y)}^BY{code.module}^BCN,{dots(code.height)},N,N,N^FD{data}^FS"
