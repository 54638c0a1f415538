"""The papers that can be printed on, and the languages that printers speak."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final

from common.i18n import N_, tr

DOTS_PER_MM: Final = 8  # 203 dpi


@unique
class Media(StrEnum):
    """A kind of paper in a printer."""

    ROLL_58 = "roll_58mm"
    ROLL_80 = "roll_80mm"
    A5 = "a5"
    A4 = "a4"
    LABEL_60X40 = "label_60x40mm"

    @property
    def label(self) -> str:
        """The paper's name in the current language."""
        return tr(_MEDIA_LABELS[self])

    @property
    def is_roll(self) -> bool:
        """Whether the paper is an endless strip."""
        return self in _ROLL_COLUMNS

    @property
    def columns(self) -> int:
        """Half-width columns of a roll. Raises ``KeyError`` for sheets and labels."""
        return _ROLL_COLUMNS[self]

    @property
    def dots(self) -> int:
        """Dots across a roll."""
        return self.columns * 12


_ROLL_COLUMNS: Final = {Media.ROLL_58: 32, Media.ROLL_80: 48}
_MEDIA_LABELS: Final = {
    Media.ROLL_58: N_("media|58 mm roll"),
    Media.ROLL_80: N_("media|80 mm roll"),
    Media.A5: N_("media|A5 sheet"),
    Media.A4: N_("media|A4 sheet"),
    Media.LABEL_60X40: N_("media|60 × 40 mm label"),
}


@unique
class Backend(StrEnum):
    """A printer's language."""

    ESCPOS = "escpos"
    PDF = "pdf"
    ZPL = "zpl"
    TSPL = "tspl"

    @property
    def label(self) -> str:
        """The language's own name, the same in every tongue."""
        return "ESC/POS" if self is Backend.ESCPOS else self.value.upper()
