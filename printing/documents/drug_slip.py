"""What the slips of the pharmacy share: whose prescription it is, on the roll and on A5, and how their rows go over pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from common.i18n import tr
from printing import code128
from printing.documents.base import SheetDocument, StripDocument, copy_note, joined, labelled
from printing.documents.money_paper import BOLD, CENTRED, NOTE, TITLE
from printing.fonts import Weight
from printing.media import DOTS_PER_MM
from printing.sheet import Box, Code, Sheet, Stroke, Text, fitted
from printing.strip import PLAIN, Align, Divider, Line, Pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark
    from printing.strip import Block

_Moved = TypeVar("_Moved", bound=Text | Box)

SIGN: Final = "_" * 12

WIDTH, HEIGHT = 148.0, 210.0
LEFT, RIGHT = 10.0, 138.0
BODY, SMALL, PITCH = 3.4, 2.8, 4.8
_SIZES: Final = (BODY, 3.0, 2.6, 2.2)
#: Two facts stand side by side, each in so much room.
_FACTS, _FACT_ROOM, _FACT_PITCH = (LEFT, 78.0), 60.0, 6.6
_RULE: Final = 31.0
#: Below it stand barcode and signatures.
_BOTTOM: Final = 182.0
_CODE: Final = 88.0
#: Room left of the barcode.
BESIDE_CODE: Final = 74.0


class DrugSlip(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``barcode`` names the prescription, by which pharmacy and cashier find it."""

    prescription_number: str
    barcode: str
    patient: str
    sex: str
    age: str

    def title(self) -> str:
        """What the slip is called."""
        raise NotImplementedError(type(self))

    def facts(self) -> Iterator[tuple[str, str]]:
        """The head's rows, label and value."""
        raise NotImplementedError(type(self))

    def whose(self) -> tuple[str, str]:
        """The patient, as a row of the head."""
        return tr("paper|Name"), joined(self.patient, self.sex, self.age)

    def head(self) -> Iterator[Block]:
        """The top of the roll, down to the first line of drugs."""
        yield Line(self.clinic, TITLE)
        yield Line(self.title(), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        for fact in self.facts():
            yield Pair(*fact, BOLD if fact == self.whose() else PLAIN)
        yield Divider()

    def head_marks(self) -> tuple[float, list[Mark]]:
        """The same on A5, and where it ends."""
        middle = WIDTH / 2
        marks: list[Mark] = [
            text(middle, self.clinic, fitted(self.clinic, RIGHT - LEFT, (5.4, 4.6, 3.8)), strong=True, align=Align.CENTRE, y=12.0),
            text(middle, self.title(), 4.6, strong=True, align=Align.CENTRE, y=20.0),
            rule(_RULE, 0.4),
        ]
        if self.copy.number > 1:
            marks.append(text(middle, copy_note(self.copy), SMALL, strong=True, align=Align.CENTRE, y=26.4))
        y = _RULE + 2.6
        facts = [labelled(*fact) for fact in self.facts()]
        for place, words in enumerate(facts):
            marks.append(text(_FACTS[place % 2], words, fitted(words, _FACT_ROOM, _SIZES), y=y + _FACT_PITCH * (place // 2)))
        y += _FACT_PITCH * -(-len(facts) // 2)
        return y, [*marks, rule(y, 0.4)]

    def code_marks(self) -> list[Mark]:
        """The prescription's barcode in the lower right corner of A5."""
        middle = _CODE + code128.modules(self.barcode) / DOTS_PER_MM
        return [
            Code(x=_CODE, y=184.0, height=12.0, number=self.barcode),
            text(middle, self.barcode, SMALL, align=Align.CENTRE, y=197.5),
        ]


def text(x: float, words: str, size: float = BODY, *, strong: bool = False, align: Align = Align.LEFT, y: float = 0.0) -> Text:
    """One row of text on A5."""
    return Text(x=x, y=y, text=words, size=size, weight=Weight.BOLD if strong else Weight.REGULAR, align=align)


def at(mark: _Moved, y: float) -> _Moved:
    """The mark so much lower."""
    return msgspec.structs.replace(mark, y=mark.y + y)


def rule(y: float, thickness: float) -> Stroke:
    """A line across the page."""
    return Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=thickness)


def cells(words: Sequence[str], columns: Sequence[tuple[float, float]], right: int, sizes: tuple[float, ...] = _SIZES) -> list[Text]:
    """A row of a table; ``columns`` are (x, room), and the last ``right`` of them stand at their right edge."""
    first = len(columns) - right
    return [
        text(x, cell, fitted(cell, room, sizes), align=Align.RIGHT if place >= first else Align.LEFT)
        for place, (cell, (x, room)) in enumerate(zip(words, columns, strict=True))
        if cell
    ]


class Pages:
    """A5 pages that fill from top to bottom, each with the slip's head and the titles of its columns."""

    def __init__(self, slip: DrugSlip, titles: Sequence[Text]) -> None:
        self._head, self._titles = slip.head_marks(), titles
        self._pages: list[list[Mark]] = []
        self._y = 0.0
        self._turn()

    def _turn(self) -> None:
        top, marks = self._head
        self._pages.append([*marks, *(at(title, top + 2.4) for title in self._titles), rule(top + 7.4, 0.2)])
        self._y = top + 9.2

    def add(self, rows: Sequence[Sequence[Text | Box]], pitch: float = PITCH) -> None:
        """A drug: its rows, kept together, and a thin line below them."""
        self._make_room(pitch * len(rows))
        for row in rows:
            self._pages[-1] += [at(mark, self._y) for mark in row]
            self._y += pitch
        self._pages[-1].append(rule(self._y, 0.1))
        self._y += 1.8

    def close(self, rows: Sequence[Sequence[Text]], last: Sequence[Mark]) -> list[Sheet]:
        """Below the last drug ``rows``, at the foot of the last page ``last``; the pages are given back."""
        self._make_room(PITCH * len(rows) + 1.6)
        self._y += 1.2
        for row in rows:
            self._pages[-1] += [at(mark, self._y) for mark in row]
            self._y += PITCH + (1.0 if row[0].size > BODY else 0.0)
        self._pages[-1] += last
        return [Sheet(width=WIDTH, height=HEIGHT, marks=tuple(marks)) for marks in self._pages]

    def _make_room(self, height: float) -> None:
        if self._y + height > _BOTTOM:
            self._turn()
