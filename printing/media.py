"""The papers that can be printed on, and the languages that printers speak."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final

DOTS_PER_MM: Final = 8  # 203 dpi


@unique
class Media(StrEnum):
    """A kind of paper in a printer."""

    ROLL_58 = "roll_58mm"
    ROLL_80 = "roll_80mm"
    A5 = "a5"
    LABEL_60X40 = "label_60x40mm"

    @property
    def columns(self) -> int:
        """Half-width columns of a roll. Raises ``KeyError`` for sheets and labels."""
        return _ROLL_COLUMNS[self]

    @property
    def dots(self) -> int:
        """Dots across a roll."""
        return self.columns * 12


_ROLL_COLUMNS: Final = {Media.ROLL_58: 32, Media.ROLL_80: 48}


@unique
class Backend(StrEnum):
    """A printer's language."""

    ESCPOS = "escpos"
    PDF = "pdf"
    ZPL = "zpl"
    TSPL = "tspl"
