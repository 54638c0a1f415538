"""用药标签: one drug's bag, or 拆零标签 of what was taken out of an opened pack. The largest type is how to take it (DOMAIN.md §6.7)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from common.i18n import tr
from printing import code128
from printing.documents.base import SheetDocument, StripDocument, copy_note, joined, labelled
from printing.documents.money_paper import BOLD, NOTE, TOTAL
from printing.fonts import Weight, clean, text_width
from printing.media import DOTS_PER_MM
from printing.sheet import Box, Code, Sheet, Stroke, Text, filled, fitted, wrapped
from printing.strip import PLAIN, Align, Barcode, Divider, Line, Pair, Size, Space, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark
    from printing.strip import Block

WIDTH, HEIGHT = 60.0, 40.0
LEFT, RIGHT = 2.0, 58.0
_ROOM: Final = RIGHT - LEFT
#: 2.0 mm are 16 dots, with which a Hanzi can just be told from its likes; only who dispensed it may be smaller.
_NAME_SIZES: Final = (3.8, 3.4, 3.0, 2.6)
_LONG_NAME: Final = 2.2
_DRUG_SIZES: Final = (3.4, 3.0, 2.6, 2.3, 2.0)
_USAGE_SIZES: Final = (6.0, 5.4, 4.8, 4.2, 3.7, 3.2, 2.8, 2.4, 2.1)
_CAUTION_SIZES: Final = (3.0, 2.7, 2.4, 2.1)
_LEADING: Final = 1.16
_SMALL_SIZES: Final = (2.5, 2.2, 1.9, 1.6, 1.4)
#: Upper edges: of lot and expiry, and of who dispensed the drug.
_FOOT_TOP, _SMALL_TOP = 29.5, 33.2
_SPLIT_SIZE: Final = 2.4
_ON_ROLL: Final = Style(size=Size.LARGE, bold=True, align=Align.CENTRE)
#: The drug's rows are set closer, and have so much height before the type grows smaller.
_CLOSE, _DRUG_HEIGHT = 1.08, 5.0


class _Part(NamedTuple):
    """Marks, and where the part ends that they are."""

    marks: tuple[Mark, ...]
    end: float


class DrugLabel(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``usage`` is plain words with spaces between its parts (口服 一次2片 一日3次 饭后); ``caution`` one short row (冷藏 服药期间勿饮酒).

    ``split`` marks what came out of an opened pack, which needs lot and expiry.
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
    split: bool = False
    dispensed_on: date
    dispenser: str
    barcode: str
    place: int = 1
    count: int = 1

    def sheets(self) -> Sequence[Sheet]:
        """One label of 60 × 40 mm, or a second one for a caution that would take the room of how to take the drug."""
        who = self._who()
        what = self._what(who.end + 0.8)
        every = (*who.marks, *what.marks, *self._foot())
        caution = self._caution()
        if _leaves_room(self.usage, what.end, caution.end):
            return [_label(*every, *caution.marks, *_large(self.usage, what.end, caution.end))]
        parts = (self.usage, self.caution) if self.caution else (self.usage,)
        return [_label(*every, *_large(text, what.end, _FOOT_TOP)) for text in parts]

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """The same on a roll."""
        return list(self._rows())

    # --- the label -----------------------------------------------------------------------------------------------------------------

    def _who(self) -> _Part:
        """The name beside sex and age; a long one at its least size goes on below them, over the whole width."""
        place = f"{self.place}/{self.count}" if self.count > 1 else ""
        who = f"{self.sex} {self.age}"
        size = fitted(f"{self.patient}{who}{place}", _ROOM - 8, _NAME_SIZES, Weight.BOLD)
        y, beside = 1.6, RIGHT - (9 if place else 0)
        name = clean(self.patient)
        rows = [name]
        room = beside - text_width(who, min(size, 3.2)) - 2 - LEFT
        if text_width(name, size, Weight.BOLD) > room:
            y, size = 1.2, _LONG_NAME
            first = wrapped(name, room, size, Weight.BOLD)[0]
            rows = [first, *wrapped(name.removeprefix(first), _ROOM, size, Weight.BOLD)]
        small = min(size, 3.2)
        marks = [Text(x=LEFT, y=1.2 + n * size * _LEADING, text=row, size=size, weight=Weight.BOLD) for n, row in enumerate(rows)]
        marks.append(Text(x=beside, y=y, text=who, size=small, align=Align.RIGHT))
        if place:
            marks.append(Text(x=RIGHT, y=y, text=place, size=small, weight=Weight.BOLD, align=Align.RIGHT))
        end = max(5.6, 1.1 + len(rows) * size * _LEADING)
        return _Part((*marks, Stroke(x1=LEFT, y1=end, x2=RIGHT, y2=end, thickness=0.25)), end)

    def _what(self, y: float) -> _Part:
        quantity = f"× {self.quantity}"
        tall = 3.4 if text_width(quantity, 3.4, Weight.BOLD) < 14 else 2.6
        room = _ROOM - 1.5 - text_width(quantity, tall, Weight.BOLD)
        size, rows = filled(f"{self.drug} {self.specification}", (room, _DRUG_HEIGHT), _DRUG_SIZES, Weight.BOLD, _CLOSE)
        pitch = size * _CLOSE
        marks = [Text(x=LEFT, y=y + n * pitch, text=row, size=size, weight=Weight.BOLD) for n, row in enumerate(rows)]
        marks.append(Text(x=RIGHT, y=y, text=quantity, size=tall, weight=Weight.BOLD, align=Align.RIGHT))
        return _Part(tuple(marks), y + max(_DRUG_HEIGHT, pitch * len(rows)))

    def _caution(self) -> _Part:
        """In a box that grows upwards; ``end`` is its upper edge."""
        if not self.caution:
            return _Part((), _FOOT_TOP - 4.1)
        size, rows = filled(self.caution, (_ROOM - 2, _CAUTION_SIZES[0] * _LEADING), _CAUTION_SIZES, Weight.BOLD)
        pitch = size * _LEADING
        height = max(3.8, len(rows) * pitch + 0.4)
        top = _FOOT_TOP - height
        marks: list[Mark] = [Box(x=LEFT, y=top, width=_ROOM, height=height, thickness=0.25)]
        for place, row in enumerate(rows):
            y = top + (height - len(rows) * pitch) / 2 + place * pitch
            marks.append(Text(x=WIDTH / 2, y=y, text=row, size=size, weight=Weight.BOLD, align=Align.CENTRE))
        return _Part(tuple(marks), top - 0.3)

    def _foot(self) -> Iterator[Mark]:
        yield from self._shelf_life()
        bars = code128.modules(self.barcode) * 2 / DOTS_PER_MM
        left = RIGHT - 2 - bars
        yield Code(x=left, y=32.9, height=4.4, number=self.barcode)
        yield Text(x=left + bars / 2, y=37.3, text=self.barcode, size=2.1, align=Align.CENTRE)
        dispensed = f"{self.dispensed_on:%Y-%m-%d} {labelled(tr('paper|Dispensed by'), self.dispenser)}"
        for size in _SMALL_SIZES:
            rows = [row for text in (copy_note(self.copy) or dispensed, self.clinic) for row in wrapped(text, left - LEFT - 2.5, size)]
            if len(rows) * size * _CLOSE <= HEIGHT - _SMALL_TOP:
                break
        pitch = min(3.1, (HEIGHT - _SMALL_TOP) / len(rows))
        for place, row in enumerate(rows):
            yield Text(x=LEFT, y=_SMALL_TOP + place * pitch, text=row, size=size)

    def _shelf_life(self) -> Iterator[Mark]:
        """Lot and expiry, which a split pack must show, and whether it is one."""
        split = tr("paper|Split pack") if self.split else ""
        wide = text_width(split, _SPLIT_SIZE, Weight.BOLD) + 1.2 if split else 0.0
        left = LEFT + wide + (1.2 if split else 0.0)
        if split:
            yield Box(x=LEFT, y=29.7, width=wide, height=3.0, thickness=0.25)
            yield Text(x=LEFT + 0.6, y=29.95, text=split, size=_SPLIT_SIZE, weight=Weight.BOLD)
        lot, expires = self._lot(), self._use_by()
        size = fitted(f"{lot}{expires}", RIGHT - left - 2, (2.6, 2.3, 2.0, 1.7), Weight.BOLD)
        if lot:
            yield Text(x=left, y=29.8, text=lot, size=size)
        if expires:
            yield Text(x=RIGHT, y=29.8, text=expires, size=size, weight=Weight.BOLD, align=Align.RIGHT)

    def _lot(self) -> str:
        return self.lot and labelled(tr("paper|Lot"), self.lot)

    def _use_by(self) -> str:
        return labelled(tr("paper|Use by"), f"{self.expires:%Y-%m-%d}") if self.expires else ""

    # --- the roll ------------------------------------------------------------------------------------------------------------------

    def _rows(self) -> Iterator[Block]:
        place = f"{self.place}/{self.count}" if self.count > 1 else ""
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Pair(self.patient, joined(self.sex, self.age, place), TOTAL)
        yield Divider()
        yield Pair(f"{self.drug} {self.specification}", f"× {self.quantity}", BOLD)
        yield Space()
        yield Line(self.usage, _ON_ROLL)
        yield Space()
        if self.caution:
            yield Line(self.caution, NOTE)
        yield Divider()
        split = tr("paper|[{care}]", care=tr("paper|Split pack")) if self.split else ""
        for words in filter(None, (joined(split, self._lot()), self._use_by())):
            yield Line(words, BOLD if self.split else PLAIN)
        yield Pair(labelled(tr("paper|Dispensed by"), self.dispenser), f"{self.dispensed_on:%Y-%m-%d}")
        yield Line(self.clinic)
        yield Space()
        yield Barcode(self.barcode)


def _label(*marks: Mark) -> Sheet:
    return Sheet(width=WIDTH, height=HEIGHT, marks=marks)


def _leaves_room(text: str, top: float, bottom: float) -> bool:
    size, rows = filled(text, (_ROOM, bottom - top), _USAGE_SIZES, Weight.BOLD)
    return len(rows) * size * _LEADING <= bottom - top


def _large(text: str, top: float, bottom: float) -> Iterator[Mark]:
    """A text as large as it goes, in the middle."""
    size, rows = filled(text, (_ROOM, bottom - top), _USAGE_SIZES, Weight.BOLD)
    pitch = size * _LEADING
    y = top + (bottom - top - pitch * len(rows)) / 2
    for place, row in enumerate(rows):
        yield Text(x=WIDTH / 2, y=y + place * pitch, text=row, size=size, weight=Weight.BOLD, align=Align.CENTRE)
