"""A report of the finance desk on A4: tables one below the other, with the verdict of the books and room for two signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import tr
from printing.documents.base import SheetDocument, copy_note, joined, labelled
from printing.fonts import Weight, text_width
from printing.sheet import Sheet, Stroke, Text, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark

_PORTRAIT: Final = (210.0, 297.0)
_LANDSCAPE: Final = (297.0, 210.0)
#: So many columns stand upright; more need the sheet on its side.
_UPRIGHT: Final = 8
_MARGIN: Final = 15.0
_ROW: Final = 6.0
_HEAD: Final = 7.0
_SIZES: Final = (3.5, 3.2, 2.9, 2.6, 2.3)
_GREY: Final = "#556171"
#: The first column names the row; it takes at most this share of the sheet, of a table of many columns less.
_WIDEST: Final = 0.45
_WIDEST_OF_MANY: Final = 0.19
_FOOT: Final = 16.0
#: Label and amount.
_PAIR: Final = 2
_GUTTER: Final = 10.0
_GAP: Final = 5.0


class ReportTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table: its heading, the titles of its columns, rows of finished words, and the totals (none: no last row).

    ``heads`` are the places of rows that head a group. Two tables of two columns that follow each other stand side by side.
    """

    heading: str = ""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] = ()
    heads: tuple[int, ...] = ()

    @property
    def narrow(self) -> bool:
        """Whether half a sheet is enough for it."""
        return len(self.columns) == _PAIR


class FinanceReport(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``period`` and ``verdict`` (whether the report agrees with the ledger) are finished sentences; amounts are yuan."""

    title: str
    period: str
    tables: tuple[ReportTable, ...]
    verdict: str

    def sheets(self) -> Sequence[Sheet]:
        size = _LANDSCAPE if max((len(table.columns) for table in self.tables), default=0) > _UPRIGHT else _PORTRAIT
        pages = _Pages(self, *size)
        tables = list(self.tables)
        while tables:
            table = tables.pop(0)
            if table.narrow and tables and tables[0].narrow:
                pages.add_pair(table, tables.pop(0))
            else:
                pages.add(table)
        return pages.finished()


class _Pages:
    """Sheets that fill from the top; a table that does not fit goes on with its titles repeated."""

    def __init__(self, report: FinanceReport, width: float, height: float) -> None:
        self.report, self.width, self.height = report, width, height
        self.pages: list[list[Mark]] = []
        self.y = 0.0
        self._left, self._right = _MARGIN, width - _MARGIN
        self._size = _SIZES[0]
        self._turn()

    def _turn(self) -> None:
        """A new sheet with the report's head."""
        report, middle = self.report, self.width / 2
        marks: list[Mark] = [
            Text(x=middle, y=11, text=report.clinic, size=4.2, align=Align.CENTRE),
            Text(x=middle, y=17, text=report.title, size=6, weight=Weight.BOLD, align=Align.CENTRE),
            Text(x=_MARGIN, y=26, text=labelled(tr("paper|Days"), report.period), size=3.3),
            Text(x=self.width - _MARGIN, y=26, text=tr("paper|Amounts in yuan"), size=3.3, align=Align.RIGHT),
        ]
        note = copy_note(report.copy)
        if note:
            marks.append(Text(x=self.width - _MARGIN, y=11, text=note, size=3, align=Align.RIGHT))
        self.pages.append(marks)
        self.y = 33.0

    def add(self, table: ReportTable) -> None:
        """Draw a table, over as many sheets as it needs."""
        if self.y + _HEAD * 2 + _ROW * 2 > self._bottom():
            self._turn()
        self._draw(table)

    def add_pair(self, left: ReportTable, right: ReportTable) -> None:
        """Two narrow tables side by side, on a new sheet if this one has not the room for both."""
        if self.y + max(_tall(left), _tall(right)) > self._bottom():
            self._turn()
        top, middle = self.y, self.width / 2
        ends = []
        for table, (begins, stops) in ((left, (_MARGIN, middle - _GUTTER / 2)), (right, (middle + _GUTTER / 2, self.width - _MARGIN))):
            self.y, self._left, self._right = top, begins, stops
            self._draw(table)
            ends.append(self.y)
        self._left, self._right = _MARGIN, self.width - _MARGIN
        self.y = max(ends)

    def _draw(self, table: ReportTable) -> None:
        widths = self._widths(table)
        self._size = _figure_size(table, widths)
        if table.heading:
            self.pages[-1].append(Text(x=self._left, y=self.y + 1.2, text=table.heading, size=3.8, weight=Weight.BOLD))
            self.y += _HEAD
        self._titles(table, widths)
        for place, row in enumerate(table.rows):
            self._room_for_row(table, widths)
            self._row(row, widths, Weight.BOLD if place in table.heads else Weight.REGULAR)
        if table.totals:
            self._room_for_row(table, widths)
            self._rule(0.35)
            self._row(table.totals, widths, Weight.BOLD)
        self._rule(0.35)
        self.y += _GAP

    def _room_for_row(self, table: ReportTable, widths: Sequence[float]) -> None:
        if self.y + _ROW > self._bottom():
            self._turn()
            self._titles(table, widths)

    def finished(self) -> list[Sheet]:
        """The sheets, each with its number, the last one with the verdict and room for signatures."""
        if self.y + 14 > self._bottom():
            self._turn()
        self._signatures()
        for number, marks in enumerate(self.pages, 1):
            marks.extend(self._foot(number))
        return [Sheet(width=self.width, height=self.height, marks=tuple(marks)) for marks in self.pages]

    def _signatures(self) -> None:
        marks, report = self.pages[-1], self.report
        marks.append(Text(x=_MARGIN, y=self.y, text=report.verdict, size=3.5, weight=Weight.BOLD))
        line = self.y + 13
        for place, label in enumerate((tr("paper|Made by"), tr("paper|Checked by"), tr("paper|Head of the clinic"))):
            x = _MARGIN + place * (self.width - 2 * _MARGIN) / 3
            marks.append(Text(x=x, y=line - 4, text=label, size=3.3))
            start = x + text_width(label, 3.3, Weight.REGULAR) + 2
            marks.append(Stroke(x1=start, y1=line, x2=start + 32, y2=line))

    def _foot(self, number: int) -> Iterator[Mark]:
        made = joined(f"{self.report.copy.at:%Y-%m-%d %H:%M}", self.report.copy.by)
        page = tr("paper|Page {n} of {all}", n=number, all=len(self.pages))
        yield Text(x=_MARGIN, y=self.height - 11, text=made, size=2.9, colour=_GREY)
        yield Text(x=self.width - _MARGIN, y=self.height - 11, text=page, size=2.9, align=Align.RIGHT, colour=_GREY)

    def _bottom(self) -> float:
        return self.height - _FOOT

    def _widths(self, table: ReportTable) -> list[float]:
        """The first column as wide as its longest word needs, the others share what is left."""
        room = self._right - self._left
        words = [table.columns[0], *(row[0] for place, row in enumerate(table.rows) if place not in table.heads), *table.totals[:1]]
        widest = room * (_WIDEST if len(table.columns) <= _UPRIGHT else _WIDEST_OF_MANY)
        first = min(max(text_width(word, _SIZES[0], Weight.BOLD) for word in words) + 6, widest)
        others = len(table.columns) - 1
        each = min((room - first) / others, 38.0) if others else 0.0
        return [room - each * others, *[each] * others]

    def _titles(self, table: ReportTable, widths: Sequence[float]) -> None:
        self._rule(0.35)
        self._row(table.columns, widths, Weight.BOLD)
        self._rule(0.2)

    def _row(self, cells: Sequence[str], widths: Sequence[float], weight: Weight) -> None:
        """A row: its name, which may run over empty cells beside it, and figures, all of one size in the whole table."""
        name_room = widths[0] if any(cells[1:]) else sum(widths)
        size = fitted(cells[0], name_room - 2, _SIZES, weight)
        marks = self.pages[-1]
        marks.append(Text(x=self._left + 1, y=self.y + (_ROW - size) / 2, text=cells[0], size=size, weight=weight))
        x = self._left + widths[0]
        for words, width in zip(cells[1:], widths[1:], strict=True):
            x += width
            marks.append(Text(x=x - 1, y=self.y + (_ROW - self._size) / 2, text=words, size=self._size, weight=weight, align=Align.RIGHT))
        self.y += _ROW
        marks.append(Stroke(x1=self._left, y1=self.y, x2=self._right, y2=self.y, thickness=0.08, colour=_GREY))

    def _rule(self, thickness: float) -> None:
        self.pages[-1].append(Stroke(x1=self._left, y1=self.y, x2=self._right, y2=self.y, thickness=thickness))


def _tall(table: ReportTable) -> float:
    """How much of a sheet a table takes."""
    return _HEAD * bool(table.heading) + _ROW * (1 + len(table.rows) + bool(table.totals))


def _figure_size(table: ReportTable, widths: Sequence[float]) -> float:
    """The largest size at which every figure and every title fits its column."""
    rows = [*((row, Weight.REGULAR) for row in table.rows), (table.columns, Weight.BOLD)]
    if table.totals:
        rows.append((table.totals, Weight.BOLD))
    sizes = [
        fitted(words, width - 2, _SIZES, weight) for row, weight in rows for words, width in zip(row[1:], widths[1:], strict=True) if words
    ]
    return min(sizes, default=_SIZES[0])
