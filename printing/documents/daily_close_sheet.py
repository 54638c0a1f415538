"""The drawing of 日结单 on A4 portrait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from printing.documents.base import bare_yuan, copy_note, day, labelled
from printing.documents.close_lines import (
    cash_received,
    category_rows,
    denomination,
    difference_label,
    insurance_name,
    invoice_lines,
    other_sums,
    tender_rows,
)
from printing.fonts import Weight, text_width
from printing.sheet import BLACK, Sheet, Stroke, Text, fitted, wrapped
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.close_sheet import CloseSheet
    from printing.documents.daily_close import DailyClose
    from printing.sheet import Mark

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 16.0, 194.0
_MIDDLE: Final = 105.0
_HALF: Final = 84.0
_BODY, _NOTE = 3.5, 3.0
_PITCH: Final = 5.6
_BOTTOM: Final = 262.0
_GREY: Final = "#555555"
_ALARM: Final = "#B3261E"
_HAIR: Final = "#B8BDC4"

#: Cell texts, the first at the left edge, the others at the right edges of their columns; ``strong`` for sums.
Rows = list[tuple[tuple[str, ...], bool]]


class _Page:
    """Marks on the way down a page; a new page when there is no room left."""

    def __init__(self, paper: DailyClose) -> None:
        self._paper = paper
        self.pages: list[list[Mark]] = [[]]
        self.y = 0.0

    def put(self, *marks: Mark) -> None:
        """Marks on the page as it is now."""
        self.pages[-1].extend(marks)

    def room(self, height: float) -> None:
        """Begin a new page unless there is room for so much."""
        if self.y + height > _BOTTOM and len(self.pages[-1]) > 0:
            self.pages.append([])
            self.y = 18.0

    def text(
        self, x: float, words: str, *, size: float = _BODY, strong: bool = False, align: Align = Align.LEFT, colour: str = BLACK
    ) -> None:
        """One row at the place where the page is now."""
        self.put(Text(x=x, y=self.y, text=words, size=size, weight=Weight.BOLD if strong else Weight.REGULAR, align=align, colour=colour))

    def rule(self, left: float = LEFT, right: float = RIGHT, thickness: float = 0.2, colour: str = BLACK) -> None:
        """A line across."""
        self.put(Stroke(x1=left, y1=self.y, x2=right, y2=self.y, thickness=thickness, colour=colour))


def draw(paper: DailyClose) -> list[Sheet]:
    """The pages."""
    page = _Page(paper)
    _head(page, paper)
    _bills(page, paper.sheet)
    _tables(page, paper.sheet)
    _insurance(page, paper.sheet)
    _cash(page, paper.sheet)
    _numbers(page, paper.sheet)
    _signatures(page, paper)
    return [
        Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *_foot(number + 1, len(page.pages)))) for number, marks in enumerate(page.pages)
    ]


def _foot(number: int, count: int) -> list[Mark]:
    if count == 1:
        return []
    words = tr("paper|Page {n} of {count}", n=number, count=count)
    return [Text(x=_MIDDLE, y=286, text=words, size=_NOTE, align=Align.CENTRE, colour=_GREY)]


def _head(page: _Page, paper: DailyClose) -> None:
    sheet = paper.sheet
    page.y = 15.0
    size = fitted(paper.clinic, RIGHT - LEFT, (6.4, 5.6, 4.8, 4.0), Weight.BOLD)
    page.text(_MIDDLE, paper.clinic, size=size, strong=True, align=Align.CENTRE)
    page.y = 23.5
    page.text(_MIDDLE, tr("paper|Daily close"), size=5.2, strong=True, align=Align.CENTRE)
    page.text(RIGHT, labelled(tr("paper|No."), sheet.number), align=Align.RIGHT)
    page.y = 30.5
    note = tr("paper|VOID, opened again: {reason}", reason=paper.reopened) if paper.reopened else copy_note(paper.copy)
    if note:
        page.text(_MIDDLE, note, size=_NOTE, strong=True, align=Align.CENTRE, colour=_ALARM if paper.reopened else BLACK)
    page.y = 36.0
    page.rule(thickness=0.5)
    page.y += 2.4
    alone = tr("paper|closed alone") if sheet.accepted_alone else sheet.accepted_by
    columns = (LEFT, 76.0, 136.0)
    for row in (
        ((tr("paper|Cashier"), sheet.cashier), (tr("paper|Business date"), day(sheet.business_date)), (tr("paper|Accepted by"), alone)),
        ((tr("paper|From"), f"{sheet.opened_at:%Y-%m-%d %H:%M}"), (tr("paper|Closed at"), f"{sheet.closed_at:%Y-%m-%d %H:%M}")),
    ):
        for x, (label, value) in zip(columns, row, strict=False):
            page.text(x, labelled(label, value))
        page.y += _PITCH
    page.rule(thickness=0.5)
    page.y += 3.0


def _bills(page: _Page, sheet: CloseSheet) -> None:
    figures = (
        (tr("paper|Bills: {n}", n=sheet.bills), sheet.bills_fen),
        (tr("paper|Refunds: {n}", n=sheet.refunds), sheet.refunds_fen),
        (tr("paper|Net receipts"), sheet.bills_fen + sheet.refunds_fen),
    )
    for x, (label, fen) in zip((LEFT, 76.0, 136.0), figures, strict=True):
        page.text(x, label, size=_NOTE, colour=_GREY)
        page.put(Text(x=x, y=page.y + 4.2, text=bare_yuan(fen), size=5.0, weight=Weight.BOLD))
    page.y += 13.0


def _table(page: _Page, left: float, widths: Sequence[float], rows: Rows) -> float:
    """A table from the page's place down; how high it is. The first row is its heading."""
    top = page.y
    for place, (texts, strong) in enumerate(rows):
        edge = left
        for column, (words, width) in enumerate(zip(texts, widths, strict=True)):
            edge += width
            x, align = (left, Align.LEFT) if column == 0 else (edge, Align.RIGHT)
            size = fitted(words, width - 1, (_BODY, 3.1, 2.7, 2.3), Weight.BOLD if strong else Weight.REGULAR)
            page.text(
                x,
                words,
                size=min(size, _NOTE) if place == 0 else size,
                strong=strong and place > 0,
                align=align,
                colour=_GREY if place == 0 else BLACK,
            )
        page.y += _PITCH
        page.put(
            Stroke(
                x1=left,
                y1=page.y - 1.0,
                x2=left + sum(widths),
                y2=page.y - 1.0,
                thickness=0.3 if place == 0 else 0.1,
                colour=BLACK if place == 0 else _HAIR,
            )
        )
    height, page.y = page.y - top, top
    return height


def _tables(page: _Page, sheet: CloseSheet) -> None:
    heading = (tr("paper|Received"), tr("paper|Paid back"), tr("paper|Net"))
    widths = (31.0, 18.0, 17.0, 18.0)
    left: Rows = [((tr("paper|Category"), *heading), False), *_summed(category_rows(sheet))]
    right: Rows = [((tr("paper|Means of payment"), *heading), False), *_summed(tender_rows(sheet))]
    heights = _table(page, LEFT, widths, left), _table(page, RIGHT - _HALF, widths, right)
    page.y += max(heights) + 3.0


def _summed(rows: list[tuple[str, str, str, str]]) -> Rows:
    return [(row, row is rows[-1]) for row in rows]


def _insurance(page: _Page, sheet: CloseSheet) -> None:
    if not sheet.insurance:
        return
    heading = (
        tr("paper|Insurance / clearing"),
        tr("paper|Settled"),
        tr("paper|Cancelled"),
        tr("paper|close|Total of fees"),
        tr("paper|close|Fund"),
        tr("paper|sheet|Account"),
        tr("paper|sheet|Family"),
        tr("paper|sheet|Clinic"),
        tr("paper|sheet|Cash"),
    )
    rows: Rows = [(heading, False)]
    for part in sheet.insurance:
        sums = (part.total_fen, part.fund_fen, part.account_fen, part.mutual_aid_fen, part.hospital_fen, part.cash_fen)
        rows.append(((insurance_name(part), str(part.settled), str(part.cancelled), *(bare_yuan(fen) for fen in sums)), False))
    page.room(len(rows) * _PITCH + 4)
    page.y += _table(page, LEFT, (36.0, 12.0, 14.0, 20.0, 20.0, 20.0, 18.0, 20.0, 18.0), rows) + 3.0


def _cash(page: _Page, sheet: CloseSheet) -> None:
    left: Rows = [((tr("paper|Cash"), tr("paper|Amount (yuan)")), False)]
    for label, fen, strong in (
        (tr("paper|Float"), sheet.float_fen, False),
        (tr("paper|Cash received, net"), cash_received(sheet), False),
        (tr("paper|Cash expected"), sheet.expected_fen, False),
        (tr("paper|Cash counted"), sheet.counted_fen, False),
        (difference_label(sheet.difference_fen), sheet.difference_fen, bool(sheet.difference_fen)),
        (tr("paper|Kept as float"), sheet.kept_fen, False),
        (tr("paper|Handed in"), sheet.handed_in_fen, True),
    ):
        left.append(((label, bare_yuan(fen)), strong))
    right: Rows = [((tr("paper|Denomination"), tr("paper|Pieces"), tr("paper|Amount (yuan)")), False)]
    for counted in sheet.counted:
        total = bare_yuan(counted.denomination_fen * counted.pieces)
        right.append(((denomination(counted.denomination_fen), str(counted.pieces), total), False))
    if sheet.loose_fen:
        right.append(((tr("paper|Other coins"), "", bare_yuan(sheet.loose_fen)), False))
    right.append(((tr("paper|Cash counted"), "", bare_yuan(sheet.counted_fen)), True))
    page.room(max(len(left), len(right)) * _PITCH + 40)
    others: Rows = [((tr("paper|Beside the bills"), tr("paper|Amount (yuan)")), False)]
    others += [((label, amount), False) for label, amount in other_sums(sheet)]
    columns = _table(page, LEFT, (54.0, 30.0), left), _table(page, RIGHT - _HALF, (34.0, 20.0, 30.0), right)
    shorter = columns.index(min(columns))
    if len(others) > 1:  # they go where there is more room
        top, page.y = page.y, page.y + min(columns) + 2.0
        below = _table(page, LEFT if shorter == 0 else RIGHT - _HALF, (54.0, 30.0), others)
        page.y = top
        columns = max(columns), min(columns) + 2.0 + below
    page.y += max(columns) + 2.0
    page.text(LEFT, labelled(tr("paper|Handed in, in capitals"), amount_in_capitals(sheet.handed_in_fen)), strong=True)
    page.y += _PITCH
    if sheet.difference_reason:
        _paragraph(page, labelled(tr("paper|Reason of the difference"), sheet.difference_reason))
    page.y += 2.0


def _paragraph(page: _Page, words: str, *, indent: float = 0.0, size: float = _BODY) -> None:
    for row in wrapped(words, RIGHT - LEFT - indent, size):
        page.room(_PITCH)
        page.text(LEFT + indent, row, size=size)
        page.y += _PITCH * size / _BODY


def _numbers(page: _Page, sheet: CloseSheet) -> None:
    page.room(2 * _PITCH)
    page.rule(colour=_HAIR)
    page.y += 2.0
    for label, numbers in invoice_lines(sheet.invoices):
        page.room(2 * _PITCH)
        page.text(LEFT, label, strong=True, size=_NOTE)
        indent = max(34.0, text_width(label, _NOTE, Weight.BOLD) + 4)
        if numbers:
            _paragraph(page, numbers, indent=indent, size=_NOTE)
        else:
            page.y += _PITCH


def _signatures(page: _Page, paper: DailyClose) -> None:
    page.y = 270.0
    for x, label in zip(
        (LEFT, 76.0, 136.0),
        (tr("paper|Cashier's signature"), tr("paper|Receiver's signature"), tr("paper|Finance's signature")),
        strict=True,
    ):
        words = labelled(label, "")
        page.text(x, words)
        start = x + text_width(words, _BODY) + 1
        page.put(Stroke(x1=start, y1=page.y + 4.0, x2=x + 56, y2=page.y + 4.0, thickness=0.2))
    page.y = 279.0
    page.text(LEFT, labelled(tr("paper|Printed at"), f"{paper.copy.at:%Y-%m-%d %H:%M}  {paper.copy.by}"), size=_NOTE, colour=_GREY)
