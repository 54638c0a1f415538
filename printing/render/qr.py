"""``GS ( k``: a QR code is stored in the printer in pieces and then printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import segno
from PIL import Image

if TYPE_CHECKING:
    from printing.render.cursor import Cursor

_QR: Final = 49
_MODEL, _SIZE, _CORRECTION, _STORE, _PRINT = 65, 67, 69, 80, 81


class StoredQr:
    """The QR settings and contents in the printer's memory."""

    def __init__(self) -> None:
        self._size = 3
        self._correction = "L"
        self._content = b""

    def obey(self, cursor: Cursor, start: int) -> Image.Image | None:
        """Read one ``GS (`` command; the picture if it was the one that prints. Raises ``UnknownCommand``."""
        if cursor.take(1) != b"k":
            raise cursor.unknown(start, b"\x1d(")
        body = cursor.take(cursor.number(2))
        symbol, function, rest = body[0], body[1], body[2:]
        if symbol != _QR:
            raise cursor.unknown(start, b"\x1d(k" + body)
        if function == _SIZE:
            self._size = rest[0]
        elif function == _CORRECTION:
            self._correction = "LMQH"[rest[0] - 48]
        elif function == _STORE:
            self._content = rest[1:]
        elif function == _PRINT:
            return self._picture()
        elif function != _MODEL:
            raise cursor.unknown(start, b"\x1d(k" + body)
        return None

    def _picture(self) -> Image.Image:
        matrix = segno.make_qr(self._content.decode("utf-8"), error=self._correction, boost_error=False).matrix
        cells = Image.new("L", (len(matrix[0]), len(matrix)), 255)
        cells.putdata([0 if dark else 255 for row in matrix for dark in row])
        return cells.resize((cells.width * self._size, cells.height * self._size), Image.Resampling.NEAREST)
