"""挂账月结单: what a company owed at the month's beginning, whose bills came, what it paid, what it owes. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.amount_words import amount_in_capitals
from common.i18n import N_, tr
from common.messages.accounts import Statement, StatementLine
from printing.documents.base import SheetDocument, bare_yuan, copy_note, labelled
from printing.fonts import Weight, text_width
from printing.sheet import BLACK, Sheet, Stroke, Text, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.sheet import Mark

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 16.0, 194.0
_MIDDLE: Final = 105.0
#: Where the second signature stands.
_SECOND: Final = 108.0
_BODY, _NOTE = 3.5, 3.0
_PITCH: Final = 5.8
_TOP: Final = 18.0
_BOTTOM: Final = 262.0
_GREY: Final = "#555555"
_HAIR: Final = "#B8BDC4"
#: Where a column's texts stand and how much room they have; the two of amounts stand at their right edges.
_COLUMNS: Final = ((LEFT, 16.0), (33.0, 24.0), (58.0, 52.0), (112.0, 30.0), (168.0, 26.0), (RIGHT, 26.0))
KINDS: Final = {
    "CHARGE": N_("credit|Bill"),
    "CHARGE_BACK": N_("credit|Bill taken back"),
    "COLLECT": N_("credit|Paid"),
    "PAY_BACK": N_("credit|Paid back"),
}


class CreditStatement(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``statement`` as the service made it. Raises ``ValueError`` if its sums do not lead from the opening to the closing balance."""

    statement: Statement

    def __post_init__(self) -> None:
        said = self.statement
        moved = said.charged_fen - said.taken_back_fen - said.collected_fen + said.paid_back_fen
        if said.opening_fen + moved != said.closing_fen or moved != sum(line.amount_fen for line in said.lines):
            raise ValueError("the statement's sums do not agree")

    def sheets(self) -> Sequence[Sheet]:
        """Head and sums, the month's lines on as many pages as they need, signatures on the last."""
        page = _Page()
        _head(page, self)
        _sums(page, self.statement)
        _lines(page, self.statement)
        _closing(page, self)
        count = len(page.pages)
        return [Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *_foot(number, count))) for number, marks in enumerate(page.pages, 1)]


class _Page:
    """Marks on the way down a page."""

    def __init__(self) -> None:
        self.pages: list[list[Mark]] = [[]]
        self.y = 15.0

    def put(self, *marks: Mark) -> None:
        """Marks on the page as it is now."""
        self.pages[-1].extend(marks)

    def text(
        self, x: float, words: str, *, size: float = _BODY, strong: bool = False, align: Align = Align.LEFT, colour: str = BLACK
    ) -> None:
        """One row where the page is now."""
        self.put(Text(x=x, y=self.y, text=words, size=size, weight=Weight.BOLD if strong else Weight.REGULAR, align=align, colour=colour))

    def rule(self, thickness: float = 0.2, colour: str = BLACK) -> None:
        """A line across."""
        self.put(Stroke(x1=LEFT, y1=self.y, x2=RIGHT, y2=self.y, thickness=thickness, colour=colour))

    def fresh(self) -> None:
        """Go on with a new page."""
        self.pages.append([])
        self.y = _TOP


def _foot(number: int, count: int) -> list[Mark]:
    words = tr("paper|Page {n} of {count}", n=number, count=count)
    return [Text(x=_MIDDLE, y=287, text=words, size=_NOTE, align=Align.CENTRE, colour=_GREY)] if count > 1 else []


def _head(page: _Page, paper: CreditStatement) -> None:
    said = paper.statement
    page.text(
        _MIDDLE, paper.clinic, size=fitted(paper.clinic, RIGHT - LEFT, (6.4, 5.6, 4.8, 4.0), Weight.BOLD), strong=True, align=Align.CENTRE
    )
    page.y = 23.5
    page.text(_MIDDLE, tr("paper|Account statement"), size=5.2, strong=True, align=Align.CENTRE)
    page.y = 31.0
    note = copy_note(paper.copy)
    if note:
        page.text(_MIDDLE, note, size=_NOTE, strong=True, align=Align.CENTRE)
    page.y = 36.0
    page.rule(0.5)
    page.y += 2.6
    name = labelled(tr("paper|Account"), said.name)
    page.text(LEFT, name, size=fitted(name, 120, (_BODY, 3.1, 2.7), Weight.BOLD), strong=True)
    page.text(RIGHT, labelled(tr("paper|Month"), f"{said.month:%Y-%m}"), align=Align.RIGHT)
    page.y += _PITCH + 1
    page.rule(0.5)
    page.y += 4.0


def _sums(page: _Page, said: Statement) -> None:
    figures = (
        (tr("paper|Owed at the beginning"), said.opening_fen),
        (tr("paper|Bills of the month, net"), said.charged_fen - said.taken_back_fen),
        (tr("paper|Paid, net"), said.collected_fen - said.paid_back_fen),
        (tr("paper|Owed at the end"), said.closing_fen),
    )
    for x, (label, fen) in zip((LEFT, 62.0, 108.0, 154.0), figures, strict=True):
        page.text(x, label, size=_NOTE, colour=_GREY)
        page.put(Text(x=x, y=page.y + 4.4, text=bare_yuan(fen), size=5.0, weight=Weight.BOLD))
    page.y += 14.0


def _heading(page: _Page) -> None:
    titles = (
        tr("paper|Date"),
        tr("paper|What"),
        tr("paper|Patient"),
        tr("paper|No."),
        tr("paper|Amount (yuan)"),
        tr("paper|Owed"),
    )
    _row(page, titles, size=_NOTE, colour=_GREY)
    page.put(Stroke(x1=LEFT, y1=page.y - 1.0, x2=RIGHT, y2=page.y - 1.0, thickness=0.3))


def _row(page: _Page, cells: Sequence[str], *, size: float = _BODY, strong: bool = False, colour: str = BLACK) -> None:
    for place, (words, (x, width)) in enumerate(zip(cells, _COLUMNS, strict=True)):
        weight = Weight.BOLD if strong else Weight.REGULAR
        fits = fitted(words, width, tuple(s for s in (size, 3.0, 2.7, 2.3) if s <= size), weight)
        page.text(x, words, size=fits, strong=strong, align=Align.RIGHT if place >= 4 else Align.LEFT, colour=colour)
    page.y += _PITCH


def _lines(page: _Page, said: Statement) -> None:
    _heading(page)
    for line in said.lines:
        if page.y + _PITCH > _BOTTOM:
            page.fresh()
            _heading(page)
        _row(page, _cells(line))
        page.put(Stroke(x1=LEFT, y1=page.y - 1.0, x2=RIGHT, y2=page.y - 1.0, thickness=0.1, colour=_HAIR))
    if not said.lines:
        page.text(LEFT, tr("paper|Nothing came or went in this month."), colour=_GREY)
        page.y += _PITCH


def _cells(line: StatementLine) -> tuple[str, ...]:
    patient = f"{line.patient_name} {line.patient_number}".strip()
    return f"{line.date:%m-%d}", tr(KINDS[line.kind]), patient, line.number, bare_yuan(line.amount_fen), bare_yuan(line.balance_fen)


def _closing(page: _Page, paper: CreditStatement) -> None:
    said = paper.statement
    if page.y + 3 * _PITCH > _BOTTOM:
        page.fresh()
    page.y += 2.0
    if said.closing_fen < 0:
        page.text(LEFT, labelled(tr("paper|Paid too much"), bare_yuan(-said.closing_fen)), strong=True)
    else:
        page.text(LEFT, labelled(tr("paper|To pay, in capitals"), amount_in_capitals(said.closing_fen)), strong=True)
        page.text(RIGHT, bare_yuan(said.closing_fen), size=5.0, strong=True, align=Align.RIGHT)
    page.y = 270.0
    for x, label in ((LEFT, tr("paper|Clinic's seal")), (_SECOND, tr("paper|Confirmed by the account's holder"))):
        words = labelled(label, "")
        page.text(x, words)
        start = x + text_width(words, _BODY) + 1
        page.put(Stroke(x1=start, y1=page.y + 4.0, x2=x + 84, y2=page.y + 4.0, thickness=0.2))
    page.y = 279.0
    made = f"{said.made_at:%Y-%m-%d %H:%M}  {said.made_by}"
    page.text(LEFT, labelled(tr("paper|Made at"), made), size=_NOTE, colour=_GREY)
