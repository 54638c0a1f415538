"""入库验收单: what came in from whom, as it was inspected, line by line, with the inspector's and the keeper's signature. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.domain.money import format_price
from common.i18n import tr
from common.messages.receipts import GoodsReceipt as Facts
from common.messages.receipts import ReceiptLine
from printing.documents.base import SheetDocument, bare_yuan, copy_note, labelled
from printing.documents.store_page import BODY, GREY, HEIGHT, LEFT, MIDDLE, NOTE, RIGHT, WIDTH, StorePage, foot
from printing.fonts import Weight, text_width
from printing.sheet import BLACK, Sheet, Stroke, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence


_PITCH: Final = 4.9
_BOTTOM: Final = 262.0
_HAIR: Final = "#B8BDC4"
#: Where a column's words stand and how much room they have; the three of amounts stand at their right edges.
_COLUMNS: Final = ((LEFT, 7.0), (22.0, 60.0), (83.0, 26.0), (110.0, 19.0), (146.0, 16.0), (162.0, 15.0), (180.0, 17.0), (RIGHT, 15.0))
_RIGHT_ALIGNED: Final = 4


class GoodsReceipt(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``receipt`` as the service has it; its times are the clinic's."""

    receipt: Facts

    def sheets(self) -> Sequence[Sheet]:
        """Head, the lines on as many pages as they need, sum and signatures on the last."""
        page = StorePage()
        _head(page, self)
        _heading(page)
        for line in self.receipt.lines:
            if page.y + 2 * _PITCH > _BOTTOM:
                page.fresh()
                _heading(page)
            _line(page, line)
        _closing(page, self.receipt)
        count = len(page.pages)
        return [
            Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *foot(number, count, self.receipt.entry.number)))
            for number, marks in enumerate(page.pages, 1)
        ]


def _head(page: StorePage, paper: GoodsReceipt) -> None:
    clinic, entry = paper.receipt.clinic, paper.receipt.entry
    page.text(MIDDLE, clinic, size=fitted(clinic, RIGHT - LEFT, (6.0, 5.2, 4.4), Weight.BOLD), strong=True, align=Align.CENTRE)
    page.y = 22.0
    page.text(MIDDLE, tr("paper|Goods received and inspected"), size=5.0, strong=True, align=Align.CENTRE)
    page.y = 29.0
    note = copy_note(paper.copy)
    if note:
        page.text(MIDDLE, note, size=NOTE, strong=True, align=Align.CENTRE)
    page.y = 34.0
    celsius = "" if paper.receipt.temperature is None else f"{paper.receipt.temperature} ℃"
    rows = (
        (labelled(tr("paper|No."), entry.number), labelled(tr("goods paper|Time"), f"{entry.at:%Y-%m-%d %H:%M}")),
        (labelled(tr("goods paper|Supplier"), entry.supplier), labelled(tr("goods paper|Invoice"), entry.invoice)),
        (
            labelled(tr("goods paper|Temperature on arrival"), celsius) if celsius else "",
            labelled(tr("goods paper|Delivery note"), entry.delivery_note),
        ),
    )
    for left, right in rows:
        page.text(LEFT, left, size=fitted(left, 108, (BODY, NOTE)))
        page.text(126, right, size=fitted(right, 70, (BODY, NOTE)))
        page.y += _PITCH
    page.y += 1


def _heading(page: StorePage) -> None:
    page.rule(0.4)
    page.y += 1.4
    titles = (
        "",
        tr("goods paper|Drug, specification, maker"),
        tr("goods paper|Lot"),
        tr("goods paper|Expiry"),
        tr("goods paper|Packs"),
        tr("goods paper|Price"),
        tr("paper|Amount (yuan)"),
        tr("goods paper|Conclusion"),
    )
    _row(page, titles, size=NOTE, colour=GREY)
    page.rule()
    page.y += 1.2


def _row(page: StorePage, cells: Sequence[str], *, size: float = BODY, strong: int = -1, colour: str = BLACK) -> None:
    for place, (words, (x, width)) in enumerate(zip(cells, _COLUMNS, strict=True)):
        fits = fitted(words, width, tuple(s for s in (size, 3.0, 2.7, 2.4, 2.1) if s <= size))
        align = Align.RIGHT if place >= _RIGHT_ALIGNED else Align.LEFT
        page.text(x, words, size=fits, strong=place == strong, align=align, colour=colour)
    page.y += _PITCH


def _line(page: StorePage, line: ReceiptLine) -> None:
    verdict = tr("goods paper|accepted") if line.accepted else tr("goods paper|not accepted")
    amount = bare_yuan(line.value_fen) if line.accepted else "–"
    packs = f"{plain(line.packs)} {line.pack_unit}"
    cells = (str(line.line_no), line.drug, line.lot, line.expires.isoformat(), packs, format_price(line.purchase_price), amount, verdict)
    _row(page, cells, strong=1)
    made = tr("goods paper|made {day}", day=line.made.isoformat()) if line.made else ""
    more = "　".join(filter(None, (line.specification, line.manufacturer, line.approval_number, made, line.appearance)))
    page.text(_COLUMNS[1][0], more, size=fitted(more, RIGHT - _COLUMNS[1][0], (NOTE, 2.5, 2.2)), colour=GREY)
    page.y += _PITCH
    page.rule(0.1, _HAIR)
    page.y += 0.8


def _closing(page: StorePage, facts: Facts) -> None:
    if page.y + 2 * _PITCH > _BOTTOM:
        page.fresh()
    page.y += 1.5
    rejected = tr("goods paper|{n} lines not accepted", n=facts.entry.rejected) if facts.entry.rejected else ""
    page.text(LEFT, "　".join(filter(None, (tr("goods paper|{n} lines", n=facts.entry.lines), rejected, facts.note))))
    page.text(
        RIGHT, labelled(tr("goods paper|Accepted, in all"), bare_yuan(facts.entry.value_fen)), size=4.0, strong=True, align=Align.RIGHT
    )
    page.y = 272.0
    for x, label, name in (
        (LEFT, tr("goods paper|Inspected by"), facts.entry.inspector),
        (108.0, tr("goods paper|Received by"), facts.entry.by),
    ):
        words = labelled(label, name)
        page.text(x, words)
        start = x + text_width(words, BODY) + 2
        page.pages[-1].append(Stroke(x1=start, y1=page.y + 4.0, x2=x + 84, y2=page.y + 4.0, thickness=0.2))
