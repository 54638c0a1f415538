"""A page of A4 portrait that the store's papers are drawn on, from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.i18n import tr
from printing.fonts import Weight
from printing.sheet import BLACK, Stroke, Text
from printing.strip import Align

if TYPE_CHECKING:
    from printing.sheet import Mark

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 14.0, 196.0
MIDDLE = 105.0
BODY, NOTE = 3.3, 2.8
GREY = "#555555"


class StorePage:
    """Marks on the way down a page."""

    def __init__(self) -> None:
        self.pages: list[list[Mark]] = [[]]
        self.y = 14.0

    def text(
        self, x: float, words: str, *, size: float = BODY, strong: bool = False, align: Align = Align.LEFT, colour: str = BLACK
    ) -> None:
        """One row where the page is now."""
        weight = Weight.BOLD if strong else Weight.REGULAR
        self.pages[-1].append(Text(x=x, y=self.y, text=words, size=size, weight=weight, align=align, colour=colour))

    def rule(self, thickness: float = 0.3, colour: str = BLACK) -> None:
        """A line across."""
        self.pages[-1].append(Stroke(x1=LEFT, y1=self.y, x2=RIGHT, y2=self.y, thickness=thickness, colour=colour))

    def fresh(self) -> None:
        """Go on with a new page."""
        self.pages.append([])
        self.y = 18.0


def foot(number: int, count: int, paper: str = "") -> list[Mark]:
    """Which page of how many, where there are several, and of which ``paper``: leaves get apart."""
    words = "　".join(filter(None, (paper, tr("paper|Page {n} of {count}", n=number, count=count))))
    return [Text(x=MIDDLE, y=288, text=words, size=NOTE, align=Align.CENTRE, colour=GREY)] if count > 1 else []
