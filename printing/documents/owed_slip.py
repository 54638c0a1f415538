"""欠药单: what the pharmacy still owes a patient, for the patient to come back with; and a copy for the pharmacy's file."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import tr
from printing.documents.base import SheetDocument, StripDocument, copy_note, joined, labelled
from printing.documents.money_paper import BOLD, CENTRED, NOTE, TITLE
from printing.fonts import Weight
from printing.sheet import Code, Sheet, Stroke, Text, fitted, wrapped
from printing.strip import Align, Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark
    from printing.strip import Block

_SIGN: Final = "_" * 12


class OwedDrug(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drug. ``owed`` with its unit (``1盒``)."""

    name: str
    specification: str
    owed: str


class OwedDrugSlip(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` is the slip's; ``barcode`` names the prescription, by which the pharmacy finds it."""

    number: str
    prescription_number: str
    barcode: str
    patient: str
    sex: str
    age: str
    phone: str
    lines: tuple[OwedDrug, ...]
    promised: date
    note: str = ""
    pharmacist: str
    owed_since: datetime

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Whose, what is owed, till when, and who signed."""
        return [*self._head(), *self._lines(), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A5."""
        return _drawn(self)

    def facts(self) -> Iterator[tuple[str, str]]:
        """The head's rows, label and value."""
        yield tr("paper|Owing slip no."), self.number
        yield tr("paper|Prescription no."), self.prescription_number
        yield tr("paper|Name"), joined(self.patient, self.sex, self.age)
        if self.phone:
            yield tr("paper|Phone"), self.phone

    def promise(self) -> str:
        """Till when it is there."""
        return labelled(tr("paper|To be collected by"), f"{self.promised:%Y-%m-%d}")

    def advice(self) -> str:
        """What the patient does with it."""
        return tr("paper|Come with this slip; the pharmacy telephones when the drugs are there. What is not collected can be paid back.")

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Owing slip"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        for label, value in self.facts():
            yield Pair(label, value)
        yield Divider()

    def _lines(self) -> Iterator[Block]:
        for line in self.lines:
            yield Pair(line.name, line.owed, BOLD)
            yield Line(line.specification)
        yield Divider()
        yield Line(self.promise(), BOLD)
        if self.note:
            yield Line(labelled(tr("paper|Note"), self.note), hang=2)
        yield Line(self.advice(), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Pharmacist"), self.pharmacist), f"{self.owed_since:%Y-%m-%d %H:%M}")
        yield Space()
        yield Barcode(self.barcode)
        yield Space()
        yield Line(labelled(tr("paper|Patient's signature"), _SIGN))


# --- on A5 -------------------------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 148.0, 210.0
_LEFT, _RIGHT, _BOTTOM = 10.0, 138.0, 168.0
_BODY, _SMALL, _PITCH = 3.6, 3.0, 5.2
#: Where the head ends.
_HEADED: Final = 50.0
#: Where a column begins and how wide it is; the last stands at its right edge.
_COLUMNS: Final = ((_LEFT, 58.0), (72.0, 40.0), (_RIGHT, 24.0))


def _text(x: float, words: str, size: float = _BODY, *, strong: bool = False, align: Align = Align.LEFT, y: float = 0.0) -> Text:
    return Text(x=x, y=y, text=words, size=size, weight=Weight.BOLD if strong else Weight.REGULAR, align=align)


def _at(mark: Text, y: float) -> Text:
    return msgspec.structs.replace(mark, y=y)


def _drawn(paper: OwedDrugSlip) -> list[Sheet]:
    pages: list[list[Mark]] = []
    y = _BOTTOM
    for line in paper.lines:
        rows = _row_marks(line)
        if y + _PITCH * len(rows) > _BOTTOM:
            pages.append(_head_marks(paper))
            y = _HEADED + 10.5
        for row in rows:
            pages[-1] += [_at(mark, y) for mark in row]
            y += _PITCH
        pages[-1].append(Stroke(x1=_LEFT, y1=y - 0.6, x2=_RIGHT, y2=y - 0.6, thickness=0.1))
        y += 1.8
    pages[-1] += _foot_marks(paper, y + 1.5)
    return [Sheet(width=WIDTH, height=HEIGHT, marks=tuple(marks)) for marks in pages]


def _row_marks(line: OwedDrug) -> list[list[Text]]:
    """A drug's rows: name and specification wrapped in their columns, how much beside the first."""
    names = wrapped(line.name, _COLUMNS[0][1], _BODY, Weight.BOLD)
    specifications = wrapped(line.specification, _COLUMNS[1][1], _BODY)
    rows: list[list[Text]] = [[] for _ in range(max(len(names), len(specifications)))]
    for place, words in enumerate(names):
        rows[place].append(_text(_COLUMNS[0][0], words, strong=True))
    for place, words in enumerate(specifications):
        rows[place].append(_text(_COLUMNS[1][0], words))
    rows[0].append(_text(_COLUMNS[2][0], line.owed, strong=True, align=Align.RIGHT))
    return rows


def _head_marks(paper: OwedDrugSlip) -> list[Mark]:
    middle = WIDTH / 2
    marks: list[Mark] = [
        _text(middle, paper.clinic, fitted(paper.clinic, _RIGHT - _LEFT, (5.4, 4.6, 3.8)), strong=True, align=Align.CENTRE, y=12.0),
        _text(middle, tr("paper|Owing slip"), 4.6, strong=True, align=Align.CENTRE, y=20.0),
        Stroke(x1=_LEFT, y1=31.0, x2=_RIGHT, y2=31.0, thickness=0.4),
    ]
    if paper.copy.number > 1:
        marks.append(_text(middle, copy_note(paper.copy), _SMALL, strong=True, align=Align.CENTRE, y=26.5))
    for place, (label, value) in enumerate(paper.facts()):
        words = labelled(label, value)
        x, y = (_LEFT, 78.0)[place % 2], 34.0 + 7.0 * (place // 2)
        marks.append(_text(x, words, fitted(words, 62.0, (_BODY, 3.0, 2.6, 2.2)), y=y))
    marks.append(Stroke(x1=_LEFT, y1=_HEADED, x2=_RIGHT, y2=_HEADED, thickness=0.4))
    for (x, _width), words in zip(_COLUMNS[:2], (tr("paper|Drug"), tr("paper|Specification")), strict=True):
        marks.append(_text(x, words, _SMALL, y=_HEADED + 2.5))
    marks.append(_text(_RIGHT, tr("paper|Drug owed"), _SMALL, align=Align.RIGHT, y=_HEADED + 2.5))
    marks.append(Stroke(x1=_LEFT, y1=_HEADED + 8.0, x2=_RIGHT, y2=_HEADED + 8.0, thickness=0.2))
    return marks


def _foot_marks(paper: OwedDrugSlip, y: float) -> list[Mark]:
    marks: list[Mark] = [_text(_LEFT, paper.promise(), 4.4, strong=True, y=y)]
    y += 8.0
    said = [labelled(tr("paper|Note"), paper.note)] if paper.note else []
    for words in (*said, paper.advice()):
        for row in wrapped(words, _RIGHT - _LEFT, _BODY):
            marks.append(_text(_LEFT, row, y=y))
            y += _PITCH
    taken = joined(labelled(tr("paper|Pharmacist"), paper.pharmacist), f"{paper.owed_since:%Y-%m-%d %H:%M}")
    marks += [
        _text(_LEFT, taken, y=190.0),
        _text(_LEFT, labelled(tr("paper|Patient's signature"), _SIGN), y=198.0),
        Code(x=88.0, y=184.0, height=12.0, number=paper.barcode),
        _text(88.0, paper.barcode, _SMALL, y=197.5),
    ]
    return marks
