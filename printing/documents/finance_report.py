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
_ROW: Final = 6.2
_HEAD: Final = 7.0
_SIZES: Final = (3.5, 3.2, 2.9, 2.6, 2.3)
_GREY: Final = "#556171"
#: The first column names the row; it takes at most this share of the sheet.
_WIDEST: Final = 0.45
_FOOT: Final = 16.0


class ReportTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table: its heading, the titles of its columns, rows of finished words, and the totals (none: no last row)."""

    heading: str = ""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] = ()


class FinanceReport(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``period`` and ``verdict`` (whether the report agrees with the ledger) are finished sentences; amounts are yuan."""

    title: str
    period: str
    tables: tuple[ReportTable, ...]
    verdict: str

    def sheets(self) -> Sequence[Sheet]:
        size = _LANDSCAPE if max((len(table.columns) for table in self.tables), default=0) > _UPRIGHT else _PORTRAIT
        pages = _Pages(self, *size)
        for table in self.tables:
            pages.add(table)
        return pages.finished()


class _Pages:
    """Sheets that fill from the top; a table that does not fit goes on with its titles repeated."""

    def __init__(self, report: FinanceReport, width: float, height: float) -> None:
        self.report, self.width, self.height = report, width, height
        self.pages: list[list[Mark]] = []
        self.y = 0.0
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
        widths = self._widths(table)
        if self.y + (_HEAD * 2 + _ROW * 2) > self._bottom():
            self._turn()
        if table.heading:
            self.pages[-1].append(Text(x=_MARGIN, y=self.y + 1.2, text=table.heading, size=3.8, weight=Weight.BOLD))
            self.y += _HEAD
        self._titles(table, widths)
        for row in table.rows:
            if self.y + _ROW > self._bottom():
                self._turn()
                self._titles(table, widths)
            self._row(row, widths, Weight.REGULAR)
        if table.totals:
            if self.y + _ROW > self._bottom():
                self._turn()
                self._titles(table, widths)
            self._rule(0.35)
            self._row(table.totals, widths, Weight.BOLD)
        self._rule(0.35)
        self.y += 6

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
        room = self.width - 2 * _MARGIN
        words = [table.columns[0], *(row[0] for row in table.rows), *table.totals[:1]]
        first = min(max(text_width(word, _SIZES[0], Weight.BOLD) for word in words) + 6, room * _WIDEST)
        others = len(table.columns) - 1
        each = min((room - first) / others, 38.0) if others else 0.0
        return [room - each * others, *[each] * others]

    def _titles(self, table: ReportTable, widths: Sequence[float]) -> None:
        self._rule(0.35)
        self._row(table.columns, widths, Weight.BOLD)
        self._rule(0.2)

    def _row(self, cells: Sequence[str], widths: Sequence[float], weight: Weight) -> None:
        x = _MARGIN
        for place, (words, width) in enumerate(zip(cells, widths, strict=True)):
            size = fitted(words, width - 2, _SIZES, weight)
            y = self.y + (_ROW - size) / 2
            if place:
                self.pages[-1].append(Text(x=x + width - 1, y=y, text=words, size=size, weight=weight, align=Align.RIGHT))
            else:
                self.pages[-1].append(Text(x=x + 1, y=y, text=words, size=size, weight=weight))
            x += width
        self.y += _ROW
        self.pages[-1].append(Stroke(x1=_MARGIN, y1=self.y, x2=self.width - _MARGIN, y2=self.y, thickness=0.08, colour=_GREY))

    def _rule(self, thickness: float) -> None:
        self.pages[-1].append(Stroke(x1=_MARGIN, y1=self.y, x2=self.width - _MARGIN, y2=self.y, thickness=thickness))
