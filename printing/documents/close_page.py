"""A page of A4 portrait that closes and roll-ups are drawn on, and the parts that both have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import tr
from printing.documents.base import bare_yuan, labelled
from printing.documents.close_lines import category_rows, explained_rows, insurance_name, tender_rows
from printing.fonts import Weight, text_width
from printing.sheet import BLACK, Sheet, Stroke, Text, fitted, wrapped
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.close_sheet import CloseSheet
    from common.messages.closing import RollUpFacts
    from printing.documents.base import Copy
    from printing.sheet import Mark

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 16.0, 194.0
MIDDLE: Final = 105.0
HALF: Final = 84.0
#: Where the second and the third of three columns begin.
COLUMNS: Final = (LEFT, 76.0, 136.0)
BODY, NOTE = 3.5, 3.0
PITCH: Final = 5.6
#: The smallest type of a row's first words, and how far apart their rows are.
_LEAST, _MORE = 2.7, 3.4
_BOTTOM: Final = 262.0
GREY: Final = "#555555"
ALARM: Final = "#B3261E"
HAIR: Final = "#B8BDC4"

#: Cell texts, the first at the left edge, the others at the right edges of their columns; ``strong`` for sums.
Rows = list[tuple[tuple[str, ...], bool]]


class Page:
    """Marks on the way down a page; a new page when there is no room left."""

    def __init__(self) -> None:
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
        self, x: float, words: str, *, size: float = BODY, strong: bool = False, align: Align = Align.LEFT, colour: str = BLACK
    ) -> None:
        """One row at the place where the page is now."""
        self.put(Text(x=x, y=self.y, text=words, size=size, weight=Weight.BOLD if strong else Weight.REGULAR, align=align, colour=colour))

    def rule(self, left: float = LEFT, right: float = RIGHT, thickness: float = 0.2, colour: str = BLACK) -> None:
        """A line across."""
        self.put(Stroke(x1=left, y1=self.y, x2=right, y2=self.y, thickness=thickness, colour=colour))


def finished(page: Page, paper: str = "") -> list[Sheet]:
    """The sheets, numbered where there are several; ``paper`` is the number that stands with them."""
    count = len(page.pages)
    return [Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *_foot(number + 1, count, paper))) for number, marks in enumerate(page.pages)]


def _foot(number: int, count: int, paper: str) -> list[Mark]:
    if count == 1:
        return []
    words = "　".join(filter(None, (paper, tr("paper|Page {n} of {count}", n=number, count=count))))
    return [Text(x=MIDDLE, y=286, text=words, size=NOTE, align=Align.CENTRE, colour=GREY)]


def head(page: Page, clinic: str, title: str, number: str, note: str, *, alarm: bool) -> None:
    """Whose paper, which, and its number; ``note`` says that it is a copy or void."""
    page.y = 15.0
    size = fitted(clinic, RIGHT - LEFT, (6.4, 5.6, 4.8, 4.0), Weight.BOLD)
    page.text(MIDDLE, clinic, size=size, strong=True, align=Align.CENTRE)
    page.y = 23.5
    page.text(MIDDLE, title, size=5.2, strong=True, align=Align.CENTRE)
    page.text(RIGHT, labelled(tr("paper|No."), number), align=Align.RIGHT)
    page.y = 30.5
    if note:
        page.text(MIDDLE, note, size=NOTE, strong=True, align=Align.CENTRE, colour=ALARM if alarm else BLACK)
    page.y = 36.0


def facts(page: Page, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
    """Labels and values in three columns, between two rules."""
    page.rule(thickness=0.5)
    page.y += 2.4
    for row in rows:
        for x, (label, value) in zip(COLUMNS, row, strict=False):
            page.text(x, labelled(label, value))
        page.y += PITCH
    page.rule(thickness=0.5)
    page.y += 3.0


def bills(page: Page, sheet: CloseSheet | RollUpFacts) -> None:
    """How many bills and refunds, and what they come to, in large figures."""
    figures = (
        (tr("paper|Bills: {n}", n=sheet.bills), sheet.bills_fen),
        (tr("paper|Refunds: {n}", n=sheet.refunds), sheet.refunds_fen),
        (tr("paper|Net receipts"), sheet.bills_fen + sheet.refunds_fen),
    )
    for x, (label, fen) in zip(COLUMNS, figures, strict=True):
        page.text(x, label, size=NOTE, colour=GREY)
        page.put(Text(x=x, y=page.y + 4.2, text=bare_yuan(fen), size=5.0, weight=Weight.BOLD))
    page.y += 13.0


def table(page: Page, left: float, widths: Sequence[float], rows: Rows) -> float:
    """A table from the page's place down; how high it is. The first row is its heading."""
    top = page.y
    for place, (texts, strong) in enumerate(rows):
        more = _overflow(texts[0], widths[0]) if place else []
        if more:
            texts = (more[0], *texts[1:])
        edge = left
        for column, (words, width) in enumerate(zip(texts, widths, strict=True)):
            edge += width
            x, align = (left, Align.LEFT) if column == 0 else (edge, Align.RIGHT)
            size = fitted(words, width - 1, (BODY, 3.1, 2.7, 2.3), Weight.BOLD if strong else Weight.REGULAR)
            page.text(
                x,
                words,
                size=min(size, NOTE) if place == 0 else size,
                strong=strong and place > 0,
                align=align,
                colour=GREY if place == 0 else BLACK,
            )
        for words in more[1:]:
            page.y += _MORE
            page.text(left, words, size=_LEAST)
        page.y += PITCH
        page.put(
            Stroke(
                x1=left,
                y1=page.y - 1.0,
                x2=left + sum(widths),
                y2=page.y - 1.0,
                thickness=0.3 if place == 0 else 0.1,
                colour=BLACK if place == 0 else HAIR,
            )
        )
    height, page.y = page.y - top, top
    return height


def row_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """How high a row of :func:`table` is: what does not fit at the left goes on below, it does not shrink until nobody can read it."""
    return PITCH + _MORE * max(len(_overflow(texts[0], widths[0])) - 1, 0)


def _overflow(words: str, width: float) -> list[str]:
    """The rows of words that are too long for one; empty where one is enough."""
    return wrapped(words, width - 1, _LEAST) if text_width(words, _LEAST) > width - 1 else []


def tables(page: Page, sheet: CloseSheet | RollUpFacts) -> None:
    """By category and by means of payment, side by side."""
    heading = (tr("paper|Received"), tr("paper|Paid back"), tr("paper|Net"))
    widths = (31.0, 18.0, 17.0, 18.0)
    left: Rows = [((tr("paper|Category"), *heading), False), *_summed(category_rows(sheet))]
    right: Rows = [((tr("paper|Means of payment"), *heading), False), *_summed(tender_rows(sheet))]
    right += [(row, False) for row in explained_rows(sheet)]
    heights = table(page, LEFT, widths, left), table(page, RIGHT - HALF, widths, right)
    page.y += max(heights) + 3.0


def _summed(rows: list[tuple[str, str, str, str]]) -> Rows:
    return [(row, row is rows[-1]) for row in rows]


def insurance(page: Page, sheet: CloseSheet | RollUpFacts) -> None:
    """By kind of insurance and clearing."""
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
    page.room(len(rows) * PITCH + 4)
    page.y += table(page, LEFT, (36.0, 12.0, 14.0, 20.0, 20.0, 20.0, 18.0, 20.0, 18.0), rows) + 3.0


def paragraph(page: Page, words: str, *, indent: float = 0.0, size: float = BODY) -> None:
    """Words over as many rows as they need."""
    for row in wrapped(words, RIGHT - LEFT - indent, size):
        page.room(PITCH)
        page.text(LEFT + indent, row, size=size)
        page.y += PITCH * size / BODY


def signatures(page: Page, labels: Sequence[str], copy: Copy) -> None:
    """Up to three lines to sign on, and when this paper was printed, at the foot of the last page."""
    page.y = 270.0
    for x, label in zip(COLUMNS, labels, strict=False):
        words = labelled(label, "")
        page.text(x, words)
        start = x + text_width(words, BODY) + 1
        page.put(Stroke(x1=start, y1=page.y + 4.0, x2=x + 56, y2=page.y + 4.0, thickness=0.2))
    page.y = 279.0
    page.text(LEFT, labelled(tr("paper|Printed at"), f"{copy.at:%Y-%m-%d %H:%M}  {copy.by}"), size=NOTE, colour=GREY)
