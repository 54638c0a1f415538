"""配药单: what to take from the shelves for one prescription, in the order of the way along them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.likeness import pieces
from common.i18n import tr
from printing.documents.base import joined, labelled
from printing.documents.drug_slip import BESIDE_CODE, BODY, LEFT, RIGHT, SIGN, SMALL, DrugSlip, Pages, at, text
from printing.documents.money_paper import BOLD, TOTAL
from printing.fonts import Weight, text_width
from printing.marked import in_rows, joined_text
from printing.sheet import BLACK, Box, Text, fitted, wrapped
from printing.strip import Align, Barcode, Divider, Line, Marked, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.marked import Piece
    from printing.sheet import Mark, Sheet
    from printing.strip import Block

_TICK: Final = "□"
_WHITE: Final = "#FFFFFF"
_NAME: Final = 3.9
#: Left edges of shelf and drug, and of lot and expiry beside the box to tick; and how much room each has.
_SHELF, _SHELF_ROOM = LEFT, 19.0
_DRUG, _DRUG_ROOM = 30.0, 78.0
_LOT, _LOT_ROOM = 35.0, 40.0
_EXPIRY: Final = 77.0
_TAKE_ROOM: Final = 28.0
_PITCH: Final = 4.9


class PickedBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much out of one batch. ``left`` is what lies in the ``opened`` pack of ``code``; ``reason`` says why not the batch that expires first."""

    lot: str
    expires: date
    quantity: str
    opened: bool = False
    code: str = ""
    left: str = ""
    reason: str = ""

    def notes(self) -> Iterator[str]:
        """Which pack it is, and why."""
        if self.opened:
            yield tr("paper|From the opened pack, {left} left in it", left=self.left)
        if self.code:
            yield labelled(tr("paper|Code"), self.code)
        if self.reason:
            yield labelled(tr("paper|Other batch"), self.reason)


class PickedDrug(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drug. ``quantity`` is all that is taken (``1盒+6粒``), ``short`` what is not there; ``cares`` are its marks (高警示, 冷藏).

    ``name_marks`` and ``specification_marks`` say by which characters it is told from its likes (:mod:`common.domain.likeness`).
    """

    shelf: str
    name: str
    name_marks: str = ""
    specification: str
    specification_marks: str = ""
    detail: str = ""
    quantity: str = ""
    cares: tuple[str, ...] = ()
    batches: tuple[PickedBatch, ...] = ()
    short: str = ""

    def named(self) -> tuple[Piece, ...]:
        """The name with its marks."""
        return tuple(pieces(self.name, self.name_marks))

    def specified(self) -> tuple[Piece, ...]:
        """The specification with its marks."""
        return tuple(pieces(self.specification, self.specification_marks))

    def parts(self) -> Iterator[tuple[PickedBatch, str]]:
        """Its batches, each with how much is taken where there are several."""
        several = len(self.batches) > 1
        return ((batch, batch.quantity if several else "") for batch in self.batches)

    def care(self) -> str:
        """What to mind at the shelf."""
        return "".join(tr("paper|[{care}]", care=care) for care in self.cares)

    def missing(self) -> str:
        """What is not there."""
        return tr("paper|Not there: {quantity}", quantity=self.short) if self.short else ""


class PickListSlip(DrugSlip, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``drugs`` in the order of the shelves. ``second``: drugs under special control are among them, which two people look on at."""

    patient_number: str
    window: str = ""
    department: str
    doctor: str
    drugs: tuple[PickedDrug, ...]
    second: bool = False
    picker: str

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Whose, what to take from where, and who signs."""
        return [*self.head(), *(block for drug in self.drugs for block in _blocks(drug)), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A5."""
        titles = (
            text(_SHELF, tr("paper|Shelf"), SMALL),
            text(_DRUG, tr("paper|Drug, lot"), SMALL),
            text(_EXPIRY, tr("paper|Expiry"), SMALL),
            text(RIGHT, tr("paper|To take"), SMALL, align=Align.RIGHT),
        )
        pages = Pages(self, titles)
        for drug in self.drugs:
            pages.add(_rows(drug), _PITCH)
        count = text(LEFT, tr("paper|{n} drugs", n=len(self.drugs)), strong=True)
        return pages.close([[count], _across(self.looks()), [at(mark, 4.4) for mark in _across(self.signatures())]], self._signed())

    def title(self) -> str:
        """What the slip is called."""
        return tr("paper|Pick list")

    def facts(self) -> Iterator[tuple[str, str]]:
        """The head's rows, label and value."""
        yield self.whose()
        if self.window:
            yield tr("paper|Window"), self.window
        yield tr("paper|Patient no."), self.patient_number
        yield tr("paper|Prescription no."), self.prescription_number
        yield tr("paper|Prescribed by"), joined(self.department, self.doctor)

    def looks(self) -> list[str]:
        """四查: what is looked at before the drugs leave the hand (处方管理办法 Art. 37), each to be ticked."""
        words = (
            tr("paper|prescription checked"),
            tr("paper|drugs checked"),
            tr("paper|incompatibility checked"),
            tr("paper|reason for use checked"),
        )
        return [f"{_TICK}{word}" for word in words]

    def signatures(self) -> list[str]:
        """Who signs."""
        roles = [tr("paper|Preparation"), tr("paper|Check")]
        return [labelled(role, SIGN) for role in (*roles, *([tr("paper|Second person")] if self.second else []))]

    def _foot(self) -> Iterator[Block]:
        yield Line(tr("paper|{n} drugs", n=len(self.drugs)), BOLD)
        yield Line(joined(*self.looks()))
        yield Divider()
        yield Pair(labelled(tr("paper|Laid aside by"), self.picker), f"{self.copy.at:%Y-%m-%d %H:%M}")
        for words in self.signatures():
            yield Space()
            yield Line(words)
        yield Space()
        yield Barcode(self.barcode)

    def _signed(self) -> list[Mark]:
        laid = joined(labelled(tr("paper|Laid aside by"), self.picker), f"{self.copy.at:%Y-%m-%d %H:%M}")
        return [text(LEFT, laid, fitted(laid, BESIDE_CODE, (BODY, SMALL, 2.4)), y=192.0), *self.code_marks()]


# --- on the roll ---------------------------------------------------------------------------------------------------------------------


def _blocks(drug: PickedDrug) -> Iterator[Block]:
    """A drug: where it lies and how much of it, then what it is, then batch by batch what to tick."""
    yield Pair(drug.shelf or "—", drug.quantity, TOTAL)
    yield Marked(drug.named(), BOLD)
    yield Marked(drug.specified())
    if drug.detail:
        yield Line(drug.detail)
    if drug.cares:
        yield Line(drug.care(), BOLD)
    for batch, quantity in drug.parts():
        yield Pair(f"{_TICK} {batch.lot} {tr('paper|to {day}', day=batch.expires)}", quantity)
        for note in batch.notes():
            yield Line(note, hang=2)
    if drug.short:
        yield Line(drug.missing(), BOLD)
    yield Divider()


# --- on A5 ---------------------------------------------------------------------------------------------------------------------------


def _across(words: Sequence[str]) -> list[Text]:
    """Side by side over the whole width."""
    room = (RIGHT - LEFT) / len(words)
    return [text(LEFT + room * place, each, fitted(each, room - 2, (BODY, SMALL, 2.4))) for place, each in enumerate(words)]


def _rows(drug: PickedDrug) -> list[list[Text | Box]]:
    """A drug's rows: shelf, name and quantity; specification and what to mind; its batches with boxes to tick."""
    names = _marked(drug.named(), _NAME, Weight.BOLD)
    rows = [
        *names,
        *_marked(drug.specified(), BODY, Weight.REGULAR),
        *_said(drug.detail),
        *_said(drug.care(), strong=True),
        *(row for batch, quantity in drug.parts() for row in _batch(batch, quantity)),
        *_said(drug.missing(), strong=True),
    ]
    shelf = drug.shelf or "—"
    rows[0] += [
        text(_SHELF, shelf, fitted(shelf, _SHELF_ROOM, (_NAME, BODY, SMALL, 2.4), Weight.BOLD), strong=True),
        text(RIGHT, drug.quantity, fitted(drug.quantity, _TAKE_ROOM, (_NAME, BODY, SMALL), Weight.BOLD), strong=True, align=Align.RIGHT),
    ]
    return rows


def _said(words: str, *, strong: bool = False) -> list[list[Text | Box]]:
    weight = Weight.BOLD if strong else Weight.REGULAR
    return [[text(_DRUG, row, strong=strong)] for row in wrapped(words, _DRUG_ROOM, BODY, weight)] if words else []


def _batch(batch: PickedBatch, quantity: str) -> list[list[Text | Box]]:
    first: list[Text | Box] = [
        Box(x=_DRUG, y=0.2, width=3.0, height=3.0, thickness=0.3),
        text(_LOT, batch.lot, fitted(batch.lot, _LOT_ROOM, (BODY, SMALL, 2.4))),
        text(_EXPIRY, f"{batch.expires:%Y-%m-%d}"),
        text(RIGHT, quantity, fitted(quantity, _TAKE_ROOM, (BODY, SMALL, 2.4)), align=Align.RIGHT),
    ]
    rows = [first]
    if notes := joined(*batch.notes()):
        rows += [[text(_LOT, row, SMALL)] for row in wrapped(notes, RIGHT - _LOT, SMALL)]
    return rows


def _marked(parts: Sequence[Piece], size: float, weight: Weight) -> list[list[Text | Box]]:
    """Rows at the drug's place; marked characters white on black."""
    return [list(_pieces(row, size, weight)) for row in in_rows(wrapped(joined_text(parts), _DRUG_ROOM, size, weight), parts)]


def _pieces(row: Sequence[Piece], size: float, weight: Weight) -> Iterator[Text | Box]:
    before = ""
    for part, marked in row:
        before += part
        wide = text_width(part.strip(), size, weight)
        x = _DRUG + text_width(before, size, weight) - wide
        if marked:
            yield Box(x=x, y=-0.06 * size, width=wide, height=1.16 * size, thickness=0, fill=BLACK)
        yield Text(x=x, y=0.0, text=part.strip(), size=size, weight=weight, colour=_WHITE if marked else BLACK)
