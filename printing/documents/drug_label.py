"""用药标签: one drug's bag. The largest type is how to take it (DOMAIN.md §6.7)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from common.i18n import tr
from printing import code128
from printing.documents.base import SheetDocument, copy_note, labelled
from printing.fonts import Weight, text_width
from printing.media import DOTS_PER_MM
from printing.sheet import Box, Code, Sheet, Stroke, Text, filled, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.media import DOTS_PER_MM
from printing.sheet import Mark

WIDTH, HEIGHT = 60.0, 40.0
LEFT, RIGHT = 2.0, 58.0
_ROOM: Final = RIGHT - LEFT
_USAGE_SIZES: Final = (6.0, 5.4, 4.8, 4.2, 3.7, 3.2, 2.8)
_USAGE_TOP, _USAGE_BOTTOM = 11.4, 25.4


class DrugLabel(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``usage`` is plain words with spaces between its parts (口服 一次2片 一日3次 饭后); ``caution`` one short row (冷藏 服药期间勿饮酒).

    ``place`` and ``count`` number the patient's labels, 1 of 3. ``barcode`` is the prescription's.
    """

    patient: str
    sex: str
    age: str
    drug: str
    specification: str
    quantity: str
    usage: str
    caution: str = ""
    lot: str = ""
    expires: date | None = None
    dispensed_on: date
    dispenser: str
    barcode: str
    place: int = 1
    count: int = 1

    def sheets(self) -> Sequence[Sheet]:
        """One label of 60 × 40 mm."""
        return [Sheet(width=WIDTH, height=HEIGHT, marks=(*self._who(), *self._what(), *self._how(), *self._foot()))]

    def _who(self) -> Iterator[Mark]:
        place = f"{self.place}/{self.count}" if self.count > 1 else ""
        who = f"{self.sex} {self.age}"
        size = fitted(f"{self.patient}{who}{place}", _ROOM - 8, (3.8, 3.4, 3.0, 2.6, 2.2), Weight.BOLD)
        yield Text(x=LEFT, y=1.2, text=self.patient, size=size, weight=Weight.BOLD)
        yield Text(x=RIGHT - (9 if place else 0), y=1.6, text=who, size=min(size, 3.2), align=Align.RIGHT)
        if place:
            yield Text(x=RIGHT, y=1.6, text=place, size=min(size, 3.2), weight=Weight.BOLD, align=Align.RIGHT)
        yield Stroke(x1=LEFT, y1=5.6, x2=RIGHT, y2=5.6, thickness=0.25)

    def _what(self) -> Iterator[Mark]:
        quantity = f"× {self.quantity}"
        tall = 3.4 if text_width(quantity, 3.4, Weight.BOLD) < 14 else 2.6
        room = (_ROOM - 1.5 - text_width(quantity, tall, Weight.BOLD), _USAGE_TOP - 6.4)
        size, rows = filled(f"{self.drug} {self.specification}", room, (3.4, 3.0, 2.6, 2.3, 2.0, 1.7), Weight.BOLD, 1.08)
        for place, row in enumerate(rows):
            yield Text(x=LEFT, y=6.4 + place * size * 1.08, text=row, size=size, weight=Weight.BOLD)
        yield Text(x=RIGHT, y=6.4, text=quantity, size=tall, weight=Weight.BOLD, align=Align.RIGHT)

    def _how(self) -> Iterator[Mark]:
        size, rows = filled(self.usage, (_ROOM, _USAGE_BOTTOM - _USAGE_TOP), _USAGE_SIZES, Weight.BOLD)
        pitch = size * 1.16
        y = _USAGE_TOP + (_USAGE_BOTTOM - _USAGE_TOP - pitch * len(rows)) / 2
        for place, row in enumerate(rows):
            yield Text(x=WIDTH / 2, y=y + place * pitch, text=row, size=size, weight=Weight.BOLD, align=Align.CENTRE)

    def _foot(self) -> Iterator[Mark]:
        if self.caution:
            size = fitted(self.caution, _ROOM - 2, (3.0, 2.7, 2.4, 2.1, 1.8), Weight.BOLD)
            yield Box(x=LEFT, y=25.7, width=_ROOM, height=3.8, thickness=0.25)
            yield Text(x=WIDTH / 2, y=27.6 - size * 0.54, text=self.caution, size=size, weight=Weight.BOLD, align=Align.CENTRE)
        yield from self._shelf_life()
        bars = code128.modules(self.barcode) * 2 / DOTS_PER_MM
        left = RIGHT - 2 - bars
        yield Code(x=left, y=32.9, height=4.4, number=self.barcode)
        yield Text(x=left + bars / 2, y=37.3, text=self.barcode, size=2.1, align=Align.CENTRE)
        dispensed = f"{self.dispensed_on:%Y-%m-%d} {labelled(tr('paper|Dispensed by'), self.dispenser)}"
        for place, text in enumerate((copy_note(self.copy) or dispensed, self.clinic)):
            size = fitted(text, left - LEFT - 2.5, (2.5, 2.2, 1.9, 1.6, 1.4))
            yield Text(x=LEFT, y=33.2 + place * 3.1, text=text, size=size)

    def _shelf_life(self) -> Iterator[Mark]:
        """Lot and expiry, which a split pack must show."""
        if self.lot:
            yield Text(x=LEFT, y=29.8, text=labelled(tr("paper|Lot"), self.lot), size=2.6)
        if self.expires:
            text = labelled(tr("paper|Use by"), f"{self.expires:%Y-%m-%d}")
            yield Text(x=RIGHT, y=29.8, text=text, size=2.6, weight=Weight.BOLD, align=Align.RIGHT)
