"""中药袋标签: one for each bag of slices or of decoction, and for each small bag of slices that are boiled otherwise (DOMAIN.md §6.6, §6.7)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from common.i18n import tr
from printing import code128
from printing.documents.base import SheetDocument, StripDocument, copy_note, labelled
from printing.documents.money_paper import BOLD, NOTE, TITLE, TOTAL
from printing.fonts import Weight, text_width
from printing.media import DOTS_PER_MM
from printing.sheet import Box, Code, Sheet, Stroke, Text, filled, fitted, wrapped
from printing.strip import Align, Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark
    from printing.strip import Block

WIDTH, HEIGHT = 60.0, 40.0
LEFT, RIGHT = 2.0, 58.0
_ROOM: Final = RIGHT - LEFT
_NAME_SIZES: Final = (3.8, 3.4, 3.0, 2.6, 2.2, 2.0)
_WHO_SIZES: Final = (3.2, 2.8, 2.4, 2.0)
_WHICH_SIZES: Final = (3.4, 3.0, 2.6, 2.2)
_LARGE_SIZES: Final = (5.4, 4.8, 4.2, 3.7, 3.2, 2.8, 2.4, 2.1)
_CONTENT_SIZES: Final = (3.2, 2.8, 2.5, 2.2, 2.0)
_SMALL_SIZES: Final = (2.5, 2.2, 1.9, 1.6, 1.4)
_LEADING: Final = 1.16
_HEAD, _FOOT = 11.2, 30.6
_SPECIAL: Final = 5.6


class HerbalBag(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``which`` says what lies in the bag (第 1 剂，共 7 剂); ``special`` is set large and framed (先煎).

    ``contents`` are slices with their grams, part by part. ``usage`` is plain words with blanks between its parts. ``barcode`` is the prescription's.
    """

    patient: str
    sex: str
    age: str
    which: str
    special: str = ""
    contents: tuple[str, ...] = ()
    usage: str
    prepared_on: date
    pharmacist: str
    number: str
    barcode: str

    def sheets(self) -> Sequence[Sheet]:
        """One label of 60 × 40 mm."""
        head, who = self._who()
        return [Sheet(width=WIDTH, height=HEIGHT, marks=(*who, *self._what(head), *self._foot()))]

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """The same on a roll."""
        return list(self._rows())

    # --- the label -----------------------------------------------------------------------------------------------------------------

    def _who(self) -> tuple[float, list[Mark]]:
        """The marks, and where they end: a name of three rows moves the rest down."""
        who = f"{self.sex} {self.age}"
        small = fitted(who, 16, _WHO_SIZES)
        room = _ROOM - text_width(who, small) - 2
        size, rows = filled(self.patient, (room, 4.8), _NAME_SIZES, Weight.BOLD, 1.08)
        marks: list[Mark] = [
            Text(x=LEFT, y=1.1 + place * size * 1.08, text=row, size=size, weight=Weight.BOLD) for place, row in enumerate(rows)
        ]
        marks.append(Text(x=RIGHT, y=1.6, text=who, size=small, align=Align.RIGHT))
        down = max(0.0, 1.1 + len(rows) * size * 1.08 - 6.0)
        size = fitted(self.which, _ROOM, _WHICH_SIZES, Weight.BOLD)
        marks.append(Text(x=LEFT, y=6.2 + down, text=self.which, size=size, weight=Weight.BOLD))
        marks.append(Stroke(x1=LEFT, y1=_HEAD - 0.6 + down, x2=RIGHT, y2=_HEAD - 0.6 + down, thickness=0.25))
        return _HEAD + down, marks

    def _what(self, top: float) -> Iterator[Mark]:
        """What is special about the bag in a frame, its slices, and how it is taken in what room is left."""
        if self.special:
            size = fitted(self.special, _ROOM - 3, (4.4, 3.8, 3.2, 2.8, 2.4), Weight.BOLD)
            yield Box(x=LEFT, y=top, width=_ROOM, height=_SPECIAL, thickness=0.4)
            y = top + (_SPECIAL - size * _LEADING) / 2
            yield Text(x=WIDTH / 2, y=y, text=self.special, size=size, weight=Weight.BOLD, align=Align.CENTRE)
            top += _SPECIAL + 0.8
        if self.contents:
            room = (_FOOT - top) * (0.62 if self.usage else 1)
            size, rows = filled("；".join(self.contents), (_ROOM, room), _CONTENT_SIZES, Weight.BOLD, _LEADING)
            for place, row in enumerate(rows):
                yield Text(x=LEFT, y=top + place * size * _LEADING, text=row, size=size, weight=Weight.BOLD)
            top += len(rows) * size * _LEADING + 0.4
        yield from _centred(self.usage, top, _FOOT)

    def _foot(self) -> Iterator[Mark]:
        yield Stroke(x1=LEFT, y1=_FOOT + 0.2, x2=RIGHT, y2=_FOOT + 0.2, thickness=0.15)
        bars = code128.modules(self.barcode) * 2 / DOTS_PER_MM
        left = RIGHT - 2 - bars
        yield Code(x=left, y=31.6, height=5.2, number=self.barcode)
        yield Text(x=left + bars / 2, y=37.2, text=self.barcode, size=2.1, align=Align.CENTRE)
        made = f"{self.prepared_on:%Y-%m-%d} {self.pharmacist}"
        texts = (copy_note(self.copy) or made, self.number, self.clinic)
        rows = _beside_code(texts, left - LEFT - 2.5, HEIGHT - 31.4)
        pitch = min(3.0, (HEIGHT - 31.4) / len(rows))
        for place, (row, size) in enumerate(rows):
            yield Text(x=LEFT, y=31.4 + place * pitch, text=row, size=size)

    # --- the roll ------------------------------------------------------------------------------------------------------------------

    def _rows(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Pair(self.patient, f"{self.sex} {self.age}", BOLD)
        yield Line(self.which, NOTE)
        yield Divider()
        if self.special:
            yield Line(self.special, TITLE)
        for content in self.contents:
            yield Line(content, BOLD)
        if self.usage:
            yield Line(self.usage, TOTAL)
        yield Divider()
        yield Pair(labelled(tr("paper|Dispensed by"), self.pharmacist), f"{self.prepared_on:%Y-%m-%d}")
        yield Line(labelled(tr("paper|No."), self.number))
        yield Space()
        yield Barcode(self.barcode)


def _beside_code(texts: Sequence[str], room: float, height: float) -> list[tuple[str, float]]:
    """Each text on one row as large as it goes there; all of them wrapped at one size where that is not large enough for one."""
    alone = [(text, fitted(text, room, _SMALL_SIZES[1:4])) for text in texts]
    if all(text_width(text, size) <= room for text, size in alone):
        return alone
    for size in _SMALL_SIZES:
        rows = [row for text in texts for row in wrapped(text, room, size)]
        if len(rows) * size * _LEADING <= height:
            break
    return [(row, size) for row in rows]


def _centred(text: str, top: float, bottom: float) -> Iterator[Mark]:
    """A text as large as it goes, in the middle."""
    if not text:
        return
    size, rows = filled(text, (_ROOM, bottom - top), _LARGE_SIZES, Weight.BOLD)
    pitch = size * _LEADING
    y = top + (bottom - top - pitch * len(rows)) / 2
    for place, row in enumerate(rows):
        yield Text(x=WIDTH / 2, y=y + place * pitch, text=row, size=size, weight=Weight.BOLD, align=Align.CENTRE)
