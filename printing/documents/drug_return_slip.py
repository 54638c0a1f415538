"""退药单: drugs that came back to the pharmacy, for the patient, the cashier who pays back, and the pharmacy's file."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import tr
from printing.documents.base import SheetDocument, StripDocument, bare_yuan, copy_note, joined, labelled
from printing.documents.money_paper import BOLD, CENTRED, NOTE, TITLE
from printing.fonts import Weight
from printing.sheet import Code, Sheet, Stroke, Text, fitted, wrapped
from printing.strip import Align, Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark
    from printing.strip import Block

_SIGN: Final = "_" * 12


class ReturnedDrug(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drug of one batch. ``quantity`` with its unit (``1盒``); ``sold_again`` is false for what goes into quarantine; ``codes`` are 追溯码."""

    name: str
    specification: str
    lot: str
    expires: date
    quantity: str
    sold_again: bool
    codes: tuple[str, ...] = ()
    amount_fen: int

    def place(self) -> str:
        """What becomes of it."""
        return tr("paper|Back on the shelf") if self.sold_again else tr("paper|Quarantine")


class DrugReturnSlip(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` is the return's; ``barcode`` names the prescription, by which cashier and pharmacy find it. ``approver`` is the second person
    of controlled drugs."""

    number: str
    prescription_number: str
    barcode: str
    patient: str
    sex: str
    age: str
    visit_number: str
    lines: tuple[ReturnedDrug, ...]
    reason: str
    note: str = ""
    pharmacist: str
    approver: str = ""
    returned_at: datetime

    @property
    def total_fen(self) -> int:
        """What the drugs had cost."""
        return sum(line.amount_fen for line in self.lines)

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Whose, what came back in which condition, why, and who took it."""
        return [*self._head(), *self._lines(), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A5."""
        return _drawn(self)

    def facts(self) -> Iterator[tuple[str, str]]:
        """The head's rows, label and value."""
        yield tr("paper|Drug return no."), self.number
        yield tr("paper|Prescription no."), self.prescription_number
        yield tr("paper|Name"), joined(self.patient, self.sex, self.age)
        yield tr("paper|Visit no."), self.visit_number

    def why(self) -> str:
        """The reason, with what was written to it."""
        return labelled(tr("paper|Reason of the return"), joined(self.reason, self.note))

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Drug return slip"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        for label, value in self.facts():
            yield Pair(label, value)
        yield Divider()

    def _lines(self) -> Iterator[Block]:
        for line in self.lines:
            yield Pair(line.name, line.quantity, BOLD)
            yield Pair(line.specification, bare_yuan(line.amount_fen))
            yield Line(joined(labelled(tr("paper|Lot"), line.lot), f"{line.expires:%Y-%m-%d}"), hang=2)
            yield Line(line.place())
            for code in line.codes:
                yield Line(code)
        yield Divider()
        yield Pair(tr("paper|Value of the drugs (yuan)"), bare_yuan(self.total_fen), BOLD)
        yield Line(self.why(), hang=2)
        yield Line(tr("paper|Show this slip to the cashier, who pays back."), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Pharmacist"), self.pharmacist), f"{self.returned_at:%Y-%m-%d %H:%M}")
        if self.approver:
            yield Line(labelled(tr("paper|Approved by"), self.approver))
        yield Space()
        yield Barcode(self.barcode)
        yield Space()
        yield Line(labelled(tr("paper|Patient's signature"), _SIGN))


# --- on A5 -------------------------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 148.0, 210.0
_LEFT, _RIGHT, _BOTTOM = 10.0, 138.0, 178.0
_BODY, _SMALL, _PITCH = 3.4, 2.8, 4.8
#: Where a column begins and how wide it is; the last two stand at their right edges.
_COLUMNS: Final = ((_LEFT, 52.0), (64.0, 22.0), (88.0, 22.0), (122.0, 14.0), (_RIGHT, 14.0))


def _drawn(paper: DrugReturnSlip) -> list[Sheet]:
    pages: list[list[Mark]] = []
    y = _BOTTOM
    for line in paper.lines:
        rows = _row_marks(line)
        if y + _PITCH * len(rows) > _BOTTOM:
            pages.append(_head_marks(paper))
            y = 62.0
        for row in rows:
            pages[-1] += [_at(mark, y) for mark in row]
            y += _PITCH
        pages[-1].append(Stroke(x1=_LEFT, y1=y - 0.6, x2=_RIGHT, y2=y - 0.6, thickness=0.1))
        y += 1.6
    pages[-1] += _foot_marks(paper, y + 1.0)
    return [Sheet(width=WIDTH, height=HEIGHT, marks=tuple(marks)) for marks in pages]


def _at(mark: Text, y: float) -> Text:
    return msgspec.structs.replace(mark, y=y)


def _text(x: float, words: str, size: float = _BODY, *, strong: bool = False, align: Align = Align.LEFT, y: float = 0.0) -> Text:
    return Text(x=x, y=y, text=words, size=size, weight=Weight.BOLD if strong else Weight.REGULAR, align=align)


def _cells(words: Sequence[str], *, sizes: tuple[float, ...] = (_BODY, 3.0, 2.6, 2.2)) -> list[Text]:
    last = len(_COLUMNS) - 2
    return [
        _text(x, cell, fitted(cell, room, sizes), align=Align.RIGHT if place >= last else Align.LEFT)
        for place, (cell, (x, room)) in enumerate(zip(words, _COLUMNS, strict=True))
        if cell
    ]


def _row_marks(line: ReturnedDrug) -> list[list[Text]]:
    """The name over as many rows as it needs, then what it is and where it goes, then its codes."""
    cells = ("", line.lot, f"{line.expires:%Y-%m-%d}", line.quantity, bare_yuan(line.amount_fen))
    names = [[_text(_LEFT, row, strong=True)] for row in wrapped(line.name, _COLUMNS[0][1], _BODY, Weight.BOLD)]
    names[0] += _cells(cells)
    codes = wrapped(" ".join(line.codes), _RIGHT - _LEFT, _SMALL) if line.codes else []
    return [*names, *([_text(_LEFT, row, _SMALL)] for row in (joined(line.specification, line.place()), *codes))]


def _head_marks(paper: DrugReturnSlip) -> list[Mark]:
    middle = WIDTH / 2
    marks: list[Mark] = [
        _text(middle, paper.clinic, fitted(paper.clinic, _RIGHT - _LEFT, (5.4, 4.6, 3.8)), strong=True, align=Align.CENTRE, y=12.0),
        _text(middle, tr("paper|Drug return slip"), 4.6, strong=True, align=Align.CENTRE, y=20.0),
        _text(middle, copy_note(paper.copy), _SMALL, strong=True, align=Align.CENTRE, y=26.5),
        Stroke(x1=_LEFT, y1=31.0, x2=_RIGHT, y2=31.0, thickness=0.4),
    ]
    for place, (label, value) in enumerate(paper.facts()):
        words = labelled(label, value)
        x, y = (_LEFT, 78.0)[place % 2], 34.0 + 7.0 * (place // 2)
        marks.append(_text(x, words, fitted(words, 62.0, (_BODY, 3.0, 2.6, 2.2)), y=y))
    marks.append(Stroke(x1=_LEFT, y1=50.0, x2=_RIGHT, y2=50.0, thickness=0.4))
    titles = (tr("paper|Drug"), tr("paper|Lot"), tr("paper|Expiry"), tr("paper|Qty"), tr("paper|Amount (yuan)"))
    marks += [_at(mark, 53.0) for mark in _cells(titles, sizes=(_SMALL, 2.4, 2.0))]
    marks.append(Stroke(x1=_LEFT, y1=58.5, x2=_RIGHT, y2=58.5, thickness=0.2))
    return marks


def _foot_marks(paper: DrugReturnSlip, y: float) -> list[Mark]:
    marks: list[Mark] = [
        _text(_LEFT, labelled(tr("paper|Value of the drugs (yuan)"), bare_yuan(paper.total_fen)), strong=True, y=y),
        *(_text(_LEFT, row, y=y + 6.0 + 5.0 * place) for place, row in enumerate(wrapped(paper.why(), _RIGHT - _LEFT, _BODY))),
    ]
    taken = joined(labelled(tr("paper|Pharmacist"), paper.pharmacist), f"{paper.returned_at:%Y-%m-%d %H:%M}")
    agreed = labelled(tr("paper|Approved by"), paper.approver) if paper.approver else ""
    marks += [
        _text(_LEFT, tr("paper|Show this slip to the cashier, who pays back."), _SMALL, y=184.0),
        _text(_LEFT, joined(taken, agreed), y=190.0),
        _text(_LEFT, labelled(tr("paper|Patient's signature"), _SIGN), y=198.0),
        Code(x=88.0, y=184.0, height=12.0, number=paper.barcode),
        _text(88.0, paper.barcode, _SMALL, y=197.5),
    ]
    return marks
