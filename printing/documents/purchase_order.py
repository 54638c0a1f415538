"""采购订单: what is ordered from whom, line by line, with who made and who approved it. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.domain.money import format_price
from common.i18n import tr
from common.messages.purchasing import Order as Facts
from common.messages.purchasing import OrderLine
from printing.documents.base import SheetDocument, bare_yuan, copy_note, labelled
from printing.documents.store_page import foot
from printing.fonts import Weight
from printing.sheet import BLACK, Sheet, Stroke, Text, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.sheet import Mark

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 14.0, 196.0
_MIDDLE: Final = 105.0
_BODY, _NOTE = 3.3, 2.8
_PITCH: Final = 4.9
_BOTTOM: Final = 262.0
_GREY, _HAIR = "#555555", "#B8BDC4"
#: Where a column's words stand and how much room they have; those of numbers stand at their right edges.
_COLUMNS: Final = ((LEFT, 7.0), (22.0, 56.0), (80.0, 38.0), (120.0, 24.0), (160.0, 15.0), (177.0, 16.0), (RIGHT, 18.0))
_RIGHT_ALIGNED: Final = 4


class PurchaseOrder(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``order`` as the service has it; its times are the clinic's."""

    order: Facts

    def sheets(self) -> Sequence[Sheet]:
        """Head, the lines on as many pages as they need, sum and signatures on the last."""
        pages: list[list[Mark]] = [[]]
        y = _heading(pages[-1], _head(pages[-1], self))
        for line in self.order.lines:
            if y + 2 * _PITCH > _BOTTOM:
                pages.append([])
                y = _heading(pages[-1], 18.0)
            y = _line(pages[-1], y, line)
        if y + 2 * _PITCH > _BOTTOM:
            pages.append([])
            y = 18.0
        _closing(pages[-1], y, self.order)
        return [
            Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *foot(number, len(pages), self.order.entry.number)))
            for number, marks in enumerate(pages, 1)
        ]


def _text(
    x: float, y: float, words: str, room: float = RIGHT - LEFT, *, size: float = _BODY, strong: bool = False, grey: bool = False
) -> Text:
    weight = Weight.BOLD if strong else Weight.REGULAR
    fits = fitted(words, room, tuple(s for s in (size, 3.0, 2.7, 2.4, 2.1) if s <= size), weight)
    return Text(x=x, y=y, text=words, size=fits, weight=weight, colour=_GREY if grey else BLACK)


def _centred(y: float, words: str, size: float) -> Text:
    return Text(x=_MIDDLE, y=y, text=words, size=fitted(words, RIGHT - LEFT, (size, size - 1)), weight=Weight.BOLD, align=Align.CENTRE)


def _head(marks: list[Mark], paper: PurchaseOrder) -> float:
    order = paper.order
    marks.append(_centred(14.0, order.clinic, 6.0))
    marks.append(_centred(22.0, tr("order paper|Purchase order"), 5.0))
    note = copy_note(paper.copy)
    if note:
        marks.append(_centred(29.0, note, _NOTE))
    contact = "　".join(filter(None, (order.contact, order.phone)))
    sent = f"{order.sent_at:%Y-%m-%d}" if order.sent_at else ""
    y = 34.0
    for left, right in (
        (labelled(tr("paper|No."), order.entry.number), labelled(tr("order paper|Sent on"), sent) if sent else ""),
        (labelled(tr("goods paper|Supplier"), order.entry.supplier), labelled(tr("order paper|Contact"), contact) if contact else ""),
    ):
        marks += [_text(LEFT, y, left, 108), _text(126, y, right, 70)]
        y += _PITCH
    if order.note:
        marks.append(_text(LEFT, y, labelled(tr("order paper|Note"), order.note)))
        y += _PITCH
    return y + 1


def _rule(y: float, thickness: float, colour: str = BLACK) -> Stroke:
    return Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=thickness, colour=colour)


def _heading(marks: list[Mark], y: float) -> float:
    titles = (
        "",
        tr("order paper|Drug"),
        tr("order paper|Specification"),
        tr("order paper|Code"),
        tr("goods paper|Packs"),
        tr("goods paper|Price"),
        tr("paper|Amount (yuan)"),
    )
    marks.append(_rule(y, 0.4))
    _row(marks, y + 1.4, titles, size=_NOTE, colour=_GREY)
    marks.append(_rule(y + 1.4 + _PITCH, 0.3))
    return y + 2.6 + _PITCH


def _row(marks: list[Mark], y: float, cells: Sequence[str], *, size: float = _BODY, strong: int = -1, colour: str = BLACK) -> None:
    for place, (words, (x, width)) in enumerate(zip(cells, _COLUMNS, strict=True)):
        weight = Weight.BOLD if place == strong else Weight.REGULAR
        fits = fitted(words, width, tuple(s for s in (size, 3.0, 2.7, 2.4, 2.1) if s <= size), weight)
        align = Align.RIGHT if place >= _RIGHT_ALIGNED else Align.LEFT
        marks.append(Text(x=x, y=y, text=words, size=fits, weight=weight, align=align, colour=colour))


def _line(marks: list[Mark], y: float, line: OrderLine) -> float:
    price = "" if line.price is None else format_price(line.price)
    amount = "" if line.price is None else bare_yuan(line.value_fen)
    packs = f"{plain(line.packs)} {line.pack_unit}"
    _row(marks, y, (str(line.line_no), line.drug, line.specification, line.code, packs, price, amount), strong=1)
    y += _PITCH
    cold = tr("order paper|cold chain, 2 to 8 °C") if line.cold else ""
    more = "　".join(filter(None, (line.manufacturer, cold)))
    if more:
        marks.append(_text(_COLUMNS[1][0], y, more, 120, size=_NOTE, grey=True))
        y += _PITCH
    marks.append(_rule(y, 0.1, _HAIR))
    return y + 0.8


def _closing(marks: list[Mark], y: float, order: Facts) -> None:
    y += 1.5
    marks.append(_text(LEFT, y, tr("goods paper|{n} lines", n=len(order.lines))))
    total = labelled(tr("order paper|In all (yuan)"), bare_yuan(order.entry.value_fen))
    marks.append(Text(x=RIGHT, y=y, text=total, size=4.0, weight=Weight.BOLD, align=Align.RIGHT))
    for x, label, name in (
        (LEFT, tr("order paper|Made by"), order.entry.made_by),
        (78.0, tr("order paper|Approved by"), order.approved_by),
        (142.0, tr("order paper|Confirmed by the supplier"), ""),
    ):
        marks.append(_text(x, 272.0, labelled(label, name), 54))
        marks.append(Stroke(x1=x, y1=277.2, x2=x + 54, y2=277.2, thickness=0.2))
