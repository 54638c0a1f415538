"""温湿度记录表: a month of one fridge or room on one A4 page: both readings of each day, a curve, and what was done."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.i18n import tr
from common.messages.temperature import Half, TemperatureLog
from printing.documents.base import SheetDocument, copy_note, labelled
from printing.fonts import Weight, text_width
from printing.sheet import BLACK, Box, Sheet, Stroke, Text, filled, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.temperature import Reading
    from printing.sheet import Mark

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 14.0, 196.0
_MIDDLE: Final = 105.0
_BODY, _NOTE = 3.0, 2.6
_GREY, _HAIR, _SHADE = "#555555", "#B8BDC4", "#EEF0F2"
_TOP: Final = 92.0
_PITCH: Final = 5.6
#: Day, then temperature, humidity and reader of both halves, then what was done.
_COLUMNS: Final = ((LEFT, 10.0), (26.0, 12.0), (39.0, 12.0), (52.0, 20.0), (74.0, 12.0), (87.0, 12.0), (100.0, 20.0), (122.0, 74.0))
_CURVE: Final = (24.0, 46.0, 170.0, 36.0)


class TemperatureSheet(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``log`` holds the readings of the ``month`` (its first day)."""

    log: TemperatureLog
    month: date

    def sheets(self) -> Sequence[Sheet]:
        """One page."""
        marks: list[Mark] = []
        _head(marks, self)
        _curve(marks, self)
        _table(marks, self)
        for x, label in ((LEFT, tr("temperature paper|Recorded by")), (110.0, tr("temperature paper|Checked by"))):
            marks.append(Text(x=x, y=282, text=labelled(label, ""), size=_BODY))
            marks.append(Stroke(x1=x + 22, y1=286, x2=x + 70, y2=286, thickness=0.2))
        return [Sheet(width=WIDTH, height=HEIGHT, marks=tuple(marks))]

    @property
    def days(self) -> int:
        """Of the month."""
        return monthrange(self.month.year, self.month.month)[1]

    def last(self, day: int, half: Half) -> Reading | None:
        """The last reading of a half day; one that was out of limits goes before those that were not."""
        found = [one for one in self.log.readings if one.day == self.month.replace(day=day) and one.half is half]
        return next((one for one in reversed(found) if not one.within), found[-1] if found else None)


def _head(marks: list[Mark], paper: TemperatureSheet) -> None:
    place = paper.log.place
    for y, words, size in (
        (12.0, paper.log.clinic, 5.5),
        (20.0, tr("temperature paper|Record of temperature and humidity"), 5.0),
        (27.0, copy_note(paper.copy), _NOTE),
    ):
        if words:
            fits = fitted(words, RIGHT - LEFT, (size, size - 1))
            marks.append(Text(x=_MIDDLE, y=y, text=words, size=fits, weight=Weight.BOLD, align=Align.CENTRE))
    limits = tr("temperature paper|{low} to {high} ℃", low=plain(place.coldest), high=plain(place.warmest))
    if place.driest is not None and place.dampest is not None:
        damp = tr("temperature paper|humidity {low} to {high} %", low=plain(place.driest), high=plain(place.dampest))
        limits = f"{limits}　{damp}"
    for x, words, room in (
        (LEFT, labelled(tr("temperature paper|Place"), place.name), 70.0),
        (88.0, labelled(tr("temperature paper|Month"), f"{paper.month:%Y-%m}"), 30.0),
        (122.0, labelled(tr("temperature paper|Limits"), limits), 74.0),
    ):
        marks.append(Text(x=x, y=33, text=words, size=fitted(words, room, (3.3, 2.8, 2.4))))


def _curve(marks: list[Mark], paper: TemperatureSheet) -> None:
    """The readings in order, with the limits as lines and the band between them shaded."""
    place = paper.log.place
    x0, y0, width, height = _CURVE
    values = [one.celsius for one in paper.log.readings]
    low = float(min([place.coldest, *values])) - 1
    high = float(max([place.warmest, *values])) + 1

    def down(celsius: float) -> float:
        return y0 + height * (high - celsius) / (high - low)

    def along(day: int, half: Half) -> float:
        return x0 + width * (day - 1 + (0.25 if half is Half.MORNING else 0.75)) / paper.days

    top, bottom = down(float(place.warmest)), down(float(place.coldest))
    marks.append(Box(x=x0, y=top, width=width, height=bottom - top, thickness=0, fill=_SHADE))
    for celsius, y in ((place.warmest, top), (place.coldest, bottom)):
        marks.append(Stroke(x1=x0, y1=y, x2=x0 + width, y2=y, thickness=0.2, colour=_GREY))
        marks.append(Text(x=x0 - 1.5, y=y - 1.4, text=plain(celsius), size=_NOTE, align=Align.RIGHT, colour=_GREY))
    marks.append(Text(x=x0, y=y0 - 5, text=tr("temperature paper|Temperature (℃) by day"), size=_NOTE, colour=_GREY))
    points = [(along(one.day.day, one.half), down(float(one.celsius)), one.within) for one in paper.log.readings]
    marks += [Stroke(x1=a[0], y1=a[1], x2=b[0], y2=b[1], thickness=0.35) for a, b in pairwise(points)]
    for x, y, within in points:
        size = 0.9 if within else 2.0
        marks.append(Box(x=x - size / 2, y=y - size / 2, width=size, height=size, thickness=0.2, fill="" if not within else BLACK))
    for day in (1, 5, 10, 15, 20, 25, paper.days):
        marks.append(Text(x=along(day, Half.MORNING), y=y0 + height + 1, text=str(day), size=_NOTE, align=Align.CENTRE, colour=_GREY))


def _table(marks: list[Mark], paper: TemperatureSheet) -> None:
    titles = (
        tr("temperature paper|Day"),
        tr("temperature paper|a.m. ℃"),
        tr("temperature paper|a.m. %"),
        tr("temperature paper|Read by"),
        tr("temperature paper|p.m. ℃"),
        tr("temperature paper|p.m. %"),
        tr("temperature paper|Read by"),
        tr("temperature paper|Out of limits or not read: what was done"),
    )
    _row(marks, _TOP, titles, colour=_GREY, size=_NOTE)
    y = _TOP + 4.4
    for day in range(1, paper.days + 1):
        marks.append(Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=0.1 if day > 1 else 0.3, colour=_HAIR if day > 1 else BLACK))
        _row(marks, y + 1.2, (str(day), *_half(paper, day, Half.MORNING), *_half(paper, day, Half.AFTERNOON), _remedies(paper, day)))
        y += _PITCH
    marks.append(Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=0.3))


def _half(paper: TemperatureSheet, day: int, half: Half) -> tuple[str, str, str]:
    reading = paper.last(day, half)
    if reading is None:
        return "", "", ""
    celsius = f"{reading.celsius:.1f}" if reading.within else tr("temperature paper|{celsius} !", celsius=f"{reading.celsius:.1f}")
    return celsius, "" if reading.humidity is None else plain(reading.humidity), reading.by


def _remedies(paper: TemperatureSheet, day: int) -> str:
    day_of = paper.month.replace(day=day)
    return "；".join(dict.fromkeys(one.words for one in paper.log.remedies if one.day == day_of))


def _row(marks: list[Mark], y: float, cells: Sequence[str], *, size: float = _BODY, colour: str = BLACK) -> None:
    for words, (x, room) in zip(cells, _COLUMNS, strict=True):
        if words:
            fits = fitted(words, room, tuple(s for s in (size, 2.6, 2.2) if s <= size))
            if text_width(words, fits) > room:  # two rows that can be read
                fits, rows = filled(words, (room, _PITCH - 0.6), (2.2, 2.0, 1.8, 1.6))
                marks += [Text(x=x, y=y - 0.9 + place * fits * 1.16, text=row, size=fits, colour=colour) for place, row in enumerate(rows)]
                continue
            weight = Weight.BOLD if words.endswith("!") else Weight.REGULAR
            marks.append(Text(x=x, y=y, text=words, size=fits, weight=weight, colour=colour))
