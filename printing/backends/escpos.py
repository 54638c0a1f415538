"""Receipt printers: a strip as ESC/POS bytes (DOMAIN.md §10.1).

python-escpos starts and cuts the paper. Its ``text()`` turns ``：（）`` into ``???``, so text goes through our own encoder: GB18030 in
Hanzi mode (``FS &``), and rows with a character outside GBK, which few printers have, as a picture (``GS v 0``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from escpos import capabilities
from escpos.constants import BARCODE_FONT_A, BARCODE_HEIGHT, BARCODE_TXT_BLW, BARCODE_WIDTH, ESC, FS, GS
from escpos.printer import Dummy

from common.leftovers import remove_unless_named
from printing import code128
from printing.cells import COLUMN_DOTS, draw_cells, to_dots
from printing.columns import columns_of
from printing.strip import Align, Barcode, Qr, Row, Style, compose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL.Image import Image

    from printing.media import Media
    from printing.strip import Block

# Reading its list of printers, python-escpos makes a temporary folder at each start for a copy that no later start ever finds.
remove_unless_named(capabilities.pickle_dir, "ESCPOS_CAPABILITIES_PICKLE_DIR")

HANZI_ON: Final = FS + b"&"
INVERSE: Final = GS + b"B"
BARCODE_DOTS_HIGH: Final = 72
QR_DOTS: Final = 5
#: Blank dots above and below a picture row, so that it keeps the pitch of the printer's own rows.
_LEADING: Final = 3
_FRESH: Final = Style()


def escpos_bytes(blocks: Iterable[Block], media: Media) -> bytes:
    """The whole strip: reset, Hanzi mode, rows, feed and partial cut. Raises ``GlyphMissing`` or ``NotABarcode``."""
    printer = Dummy()
    printer.hw("INIT")
    printer._raw(HANZI_ON)
    style = _FRESH
    for piece in compose(blocks, media.columns):
        if isinstance(piece, Barcode):
            printer._raw(_restyle(style, _FRESH) + barcode_bytes(piece.number, media))
            style = _FRESH
        elif isinstance(piece, Qr):
            printer._raw(_restyle(style, _FRESH) + ESC + b"a\x01")
            printer.qr(piece.content, size=QR_DOTS, native=True)
            printer._raw(b"\n" + ESC + b"a\x00")
            style = _FRESH
        elif in_gbk(piece.text):
            printer._raw(_restyle(style, piece.style) + _row_bytes(piece) + b"\n")
            style = piece.style
        else:
            printer._raw(_restyle(style, _FRESH) + picture_row_bytes(piece, media))
            style = _FRESH
    printer._raw(_restyle(style, _FRESH))
    printer.cut(mode="PART")
    return bytes(printer.output)


def _row_bytes(row: Row) -> bytes:
    """The row's characters, marked ones white on black (``GS B``)."""
    parts = row.pieces or ((row.text, False),)
    return b"".join(
        INVERSE + b"\x01" + text.encode("gb18030") + INVERSE + b"\x00" if marked else text.encode("gb18030") for text, marked in parts
    )


def in_gbk(text: str) -> bool:
    """Whether every character is in GBK. Firmware without the four-byte part of GB18030 prints the others as rubbish."""
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _restyle(old: Style, new: Style) -> bytes:
    out = b""
    if new.align != old.align:
        out += ESC + b"a" + bytes([new.align.value])
    if new.bold != old.bold:
        out += ESC + b"E" + bytes([new.bold])
    if new.size != old.size:
        wide, high = new.size.wide, new.size.high
        out += GS + b"!" + bytes([(wide - 1) << 4 | (high - 1)])
        # Some printers size Hanzi only by this command, which knows no more than double.
        out += FS + b"!" + bytes([(0x04 if wide > 1 else 0) | (0x08 if high > 1 else 0)])
    return out


def barcode_bytes(number: str, media: Media) -> bytes:
    """A centred Code 128 with its number below, bars three dots wide where they fit, else two.

    A number too long for the paper is printed in figures alone. Raises ``NotABarcode``.
    """
    width = next((w for w in (3, 2) if (code128.modules(number) + 2 * code128.QUIET_MODULES) * w <= media.dots), 0)
    centred, left = ESC + b"a\x01", ESC + b"a\x00"
    if not width:
        return b"".join((centred, number.encode("ascii"), b"\n", left))
    shape = BARCODE_HEIGHT + bytes([BARCODE_DOTS_HIGH]) + BARCODE_WIDTH + bytes([width]) + BARCODE_FONT_A + BARCODE_TXT_BLW
    content = b"".join(_subset_bytes(subset, text) for subset, text in code128.parts(number))
    code = GS + b"k\x49" + bytes([len(content)]) + content
    return b"".join((centred, shape, code, b"\n", left))


def _subset_bytes(subset: str, text: str) -> bytes:
    if subset == "C":
        return b"{C" + bytes(int(text[i : i + 2]) for i in range(0, len(text), 2))
    return b"{B" + text.encode("ascii")


def picture_row_bytes(row: Row, media: Media) -> bytes:
    """A row as a picture of the paper's whole width. Raises ``GlyphMissing``."""
    from PIL import Image as Pictures

    wide, high = row.style.size.wide, row.style.size.high
    text = draw_cells(row.text, wide=wide, high=high, bold=row.style.bold)
    _invert(text, row)
    free = media.dots - columns_of(row.text) * COLUMN_DOTS * wide
    left = {Align.LEFT: 0, Align.CENTRE: free // 2, Align.RIGHT: free}[row.style.align]
    picture = Pictures.new("L", (media.dots, text.height + 2 * _LEADING), 255)
    picture.paste(text, (left, _LEADING))
    dots = to_dots(picture)
    header = GS + b"v0\x00" + (dots.width // 8).to_bytes(2, "little") + dots.height.to_bytes(2, "little")
    # Pillow stores white as 1, the printer burns 1.
    return bytes(header + bytes(byte ^ 0xFF for byte in dots.tobytes()))


def _invert(picture: Image, row: Row) -> None:
    """Marked characters of a picture of the row white on black."""
    from PIL import ImageChops

    column = 0
    for text, marked in row.pieces:
        wide = columns_of(text) * COLUMN_DOTS * row.style.size.wide
        if marked:
            place = (column, 0, column + wide, picture.height)
            picture.paste(ImageChops.invert(picture.crop(place)), place)
        column += wide
