"""The page that a printer prints to show that it works: who it is, its width, Chinese, Latin and figures, and a barcode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import tr
from printing.fonts import Weight
from printing.media import Backend, Media
from printing.sheet import Box, Code, Sheet, Text
from printing.strip import Align, Barcode, Divider, Line, Pair, Size, Space, Style

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from printing.strip import Block

_NUMBER: Final = "TEST0001"
_WEIGHTS: Final = (Weight.REGULAR, Weight.BOLD)
_HEAD: Final = Style(size=Size.TALL, bold=True, align=Align.CENTRE)
_CENTRED: Final = Style(align=Align.CENTRE)
_LABEL: Final = (60.0, 40.0)
_A5: Final = (148.0, 210.0)


def trial_page(backend: Backend, media: Media, clinic: str, desk: str, at: datetime) -> bytes:
    """The bytes for a printer of ``backend`` with ``media`` in it; words in the current language."""
    words = [tr("Test page"), desk, f"{at:%Y-%m-%d %H:%M}", media.label]
    if backend is Backend.ESCPOS:
        from printing.backends.escpos import escpos_bytes

        return escpos_bytes(_strip(clinic, words, media), media)
    if backend is Backend.PDF:
        from printing.backends.pdf import pdf_bytes

        return pdf_bytes([_sheet(clinic, words, _A5)], title=words[0])
    if backend is Backend.ZPL:
        from printing.backends.zpl import zpl_bytes

        return zpl_bytes([_sheet(clinic, words, _LABEL)])
    from printing.backends.tspl import tspl_bytes

    return tspl_bytes([_sheet(clinic, words, _LABEL)])


def _strip(clinic: str, words: Sequence[str], media: Media) -> list[Block]:
    title, desk, at, paper = words
    ruler = "".join(str(place % 10) for place in range(1, media.columns + 1))
    return [
        Line(clinic, _CENTRED),
        Line(title, _HEAD),
        Space(),
        *(Line(each, _CENTRED) for each in (desk, paper, at) if each),
        Divider(),
        Line(ruler),
        Line(tr("The figures above fill the width of the paper.")),
        Pair("阿莫西林胶囊 0.25g×24粒", "￥1,234.50"),
        Divider(),
        Barcode(_NUMBER),
    ]


def _sheet(clinic: str, words: Sequence[str], extent: tuple[float, float]) -> Sheet:
    width, height = extent
    middle, em = width / 2, width / 20
    rows = [clinic, *filter(None, words), "阿莫西林胶囊 0.25g×24粒"]
    texts = [
        Text(x=middle, y=height * 0.075 + place * em * 1.5, text=row, size=em, weight=_WEIGHTS[place == 1], align=Align.CENTRE)
        for place, row in enumerate(rows)
    ]
    edge = Box(x=1, y=1, width=width - 2, height=height - 2, thickness=0.3)
    return Sheet(width=width, height=height, marks=(edge, *texts, Code(x=middle - 14, y=height - 9, height=6, number=_NUMBER)))
