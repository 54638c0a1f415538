"""Papers of the store 申领单、调拨单、报损单、销毁单、退货单: what it is about, its lines by batch, who signs. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.domain.states import STOCK_PAPER
from common.i18n import N_, tr
from common.messages.store_papers import PaperFacts, PaperKind, PaperLine
from printing.documents.base import SheetDocument, bare_yuan, copy_note, labelled, place_words
from printing.documents.store_page import BODY, GREY, HEIGHT, LEFT, MIDDLE, NOTE, RIGHT, WIDTH, StorePage, foot
from printing.fonts import Weight, text_width
from printing.sheet import BLACK, Sheet, Stroke, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


_PITCH: Final = 4.9
_BOTTOM: Final = 252.0
_HAIR: Final = "#B8BDC4"
#: Where a column's words stand and how much room they have; the last three stand at their right edges.
_COLUMNS: Final = ((LEFT, 7.0), (22.0, 64.0), (88.0, 24.0), (113.0, 20.0), (135.0, 16.0), (172.0, 22.0), (RIGHT, 22.0))
_RIGHT_ALIGNED: Final = 5

_TITLES: Final = {
    PaperKind.REQUEST: N_("stock sheet|Request to the drug store"),
    PaperKind.TRANSFER: N_("stock sheet|Transfer of drugs"),
    PaperKind.DAMAGE: N_("stock sheet|Damaged and expired drugs"),
    PaperKind.DESTROY: N_("stock sheet|Destruction of drugs"),
    PaperKind.SUPPLIER_RETURN: N_("stock sheet|Return of drugs to the supplier"),
}
#: Who signs below, each with the step at which it was done at a desk.
_SIGNERS: Final = {
    PaperKind.REQUEST: ((N_("stock sheet|Asked by"), "OPEN"), (N_("stock sheet|Store keeper"), "")),
    PaperKind.TRANSFER: ((N_("stock sheet|Sent by"), "SENT"), (N_("stock sheet|Received by"), "RECEIVED")),
    PaperKind.DAMAGE: ((N_("stock sheet|Made by"), "DRAFT"), (N_("stock sheet|Approved by"), "APPROVED")),
    PaperKind.DESTROY: (
        (N_("stock sheet|Destroyed by"), "DRAFT"),
        (N_("stock sheet|Approved by"), "APPROVED"),
        (N_("stock sheet|Witness"), ""),
    ),
    PaperKind.SUPPLIER_RETURN: (
        (N_("stock sheet|Made by"), "DRAFT"),
        (N_("stock sheet|Approved by"), "APPROVED"),
        (N_("stock sheet|For the supplier"), ""),
    ),
}


class StockPaper(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``paper`` as the service has it; its times are the clinic's."""

    paper: PaperFacts

    def sheets(self) -> Sequence[Sheet]:
        """Head, the lines on as many pages as they need, sum and signatures on the last."""
        page = StorePage()
        _head(page, self)
        _heading(page, self.paper)
        for line in self.paper.lines:
            if page.y + 2 * _PITCH > _BOTTOM:
                page.fresh()
                _heading(page, self.paper)
            _line(page, line, self.paper)
        _closing(page, self.paper)
        count = len(page.pages)
        return [
            Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *foot(number, count, self.paper.entry.number)))
            for number, marks in enumerate(page.pages, 1)
        ]


def _head(page: StorePage, document: StockPaper) -> None:
    paper = document.paper
    clinic, entry = paper.clinic, paper.entry
    page.text(MIDDLE, clinic, size=fitted(clinic, RIGHT - LEFT, (6.0, 5.2, 4.4), Weight.BOLD), strong=True, align=Align.CENTRE)
    page.y = 22.0
    title = (
        tr("stock sheet|{title} (undone: reversing paper)", title=tr(_TITLES[entry.kind])) if paper.reverses else tr(_TITLES[entry.kind])
    )
    page.text(MIDDLE, title, size=5.0, strong=True, align=Align.CENTRE)
    page.y = 29.0
    note = copy_note(document.copy)
    if note:
        page.text(MIDDLE, note, size=NOTE, strong=True, align=Align.CENTRE)
    page.y = 34.0
    said = [
        labelled(tr("paper|No."), entry.number),
        labelled(tr("goods paper|Time"), f"{entry.at:%Y-%m-%d %H:%M}"),
        *_particulars(paper),
        labelled(tr("stock sheet|State"), STOCK_PAPER.label(entry.state)),
    ]
    for left, right in zip(said[::2], [*said[1::2], ""], strict=False):
        page.text(LEFT, left, size=fitted(left, 108, (BODY, NOTE, 2.4)))
        page.text(126, right, size=fitted(right, 70, (BODY, NOTE, 2.4)))
        page.y += _PITCH
    page.y += 1


def _particulars(paper: PaperFacts) -> list[str]:
    """What only some kinds have."""
    entry = paper.entry
    way = f"{place_words(entry.out_of)} → {place_words(entry.goes_to)}" if entry.out_of else ""
    said = (
        (tr("stock sheet|From and to"), way),
        (tr("goods paper|Supplier"), entry.supplier),
        (tr("stock sheet|Reason"), entry.reason),
        (tr("stock sheet|Request"), paper.serves),
        (tr("stock sheet|Undoes"), paper.reverses),
        (tr("stock sheet|Undone by"), paper.reversed_by),
        (tr("stock sheet|Place of destruction"), paper.site),
        (tr("stock sheet|Way of destruction"), paper.way),
        (tr("stock sheet|Witness"), paper.witness),
    )
    return [labelled(title, words) for title, words in said if words]


def _heading(page: StorePage, paper: PaperFacts) -> None:
    page.rule(0.4)
    page.y += 1.4
    asking = paper.entry.kind is PaperKind.REQUEST
    titles = (
        "",
        tr("goods paper|Drug, specification, maker"),
        "" if asking else tr("goods paper|Lot"),
        "" if asking else tr("goods paper|Expiry"),
        "" if asking else tr("stock sheet|Lay in"),
        tr("stock sheet|Quantity"),
        tr("stock sheet|Sent and received") if asking else tr("paper|Amount (yuan)"),
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


def _line(page: StorePage, line: PaperLine, paper: PaperFacts) -> None:
    asking = paper.entry.kind is PaperKind.REQUEST
    arrived = _amount(line, line.received) if line.received else ""
    cells = (
        str(line.line_no),
        line.drug,
        line.lot,
        line.expires.isoformat() if line.expires else "",
        place_words(line.place),
        _amount(line, line.quantity),
        arrived if asking else bare_yuan(line.value_fen),
    )
    _row(page, cells, strong=1)
    more = "　".join(filter(None, (line.specification, line.manufacturer, _became(line) if paper.entry.state == "RECEIVED" else "")))
    page.text(_COLUMNS[1][0], more, size=fitted(more, RIGHT - _COLUMNS[1][0], (NOTE, 2.5, 2.2)), colour=GREY)
    page.y += _PITCH
    page.rule(0.1, _HAIR)
    page.y += 0.8


def _amount(line: PaperLine, quantity: Decimal) -> str:
    """``3盒5片``."""
    if line.pack_unit == line.base_unit:
        return f"{plain(quantity)}{line.base_unit}"
    whole, rest = divmod(quantity, line.pack_size)
    return (f"{plain(whole)}{line.pack_unit}" if whole else "") + (f"{plain(rest)}{line.base_unit}" if rest or not whole else "")


def _became(line: PaperLine) -> str:
    """What did not arrive in full."""
    if not line.back and not line.damaged:
        return ""
    parts = [tr("stock sheet|received {n}", n=_amount(line, line.received))]
    parts += [tr("stock sheet|went back {n}", n=_amount(line, line.back))] if line.back else []
    parts += [tr("stock sheet|damaged {n}", n=_amount(line, line.damaged))] if line.damaged else []
    return "　".join(parts)


def _closing(page: StorePage, paper: PaperFacts) -> None:
    if page.y + 2 * _PITCH > _BOTTOM:
        page.fresh()
    page.y += 1.5
    count = tr("goods paper|{n} lines", n=paper.entry.lines)
    said = "　".join(filter(None, (count, paper.note)))
    page.text(LEFT, said, size=fitted(said, 120, (BODY, NOTE, 2.4)))
    if paper.entry.kind is not PaperKind.REQUEST:
        total = labelled(tr("stock sheet|In all, at purchase price"), bare_yuan(paper.entry.value_fen))
        page.text(RIGHT, total, size=4.0, strong=True, align=Align.RIGHT)
    signers = _SIGNERS[paper.entry.kind]
    room = (RIGHT - LEFT) / len(signers)
    page.y = 264.0
    for place, (title, state) in enumerate(signers):
        _signature(page, LEFT + place * room, room, tr(title), _signed(paper, state))


def _signed(paper: PaperFacts, state: str) -> tuple[str, str]:
    """Who took the step, and when; nothing while nobody has."""
    step = next((step for step in reversed(paper.steps) if step.state == state), None)
    return ("", "") if step is None else (step.by, f"{step.at:%Y-%m-%d %H:%M}")


def _signature(page: StorePage, x: float, room: float, title: str, signed: tuple[str, str]) -> None:
    """Name and time as the desk knows them, and a line to sign on."""
    words = labelled(title, signed[0])
    page.text(x, words)
    start = x + text_width(words, BODY) + 2
    page.pages[-1].append(Stroke(x1=start, y1=page.y + 4.0, x2=x + room - 6, y2=page.y + 4.0, thickness=0.2))
    page.y += 6.0
    page.text(x, signed[1], size=NOTE, colour=GREY)
    page.y -= 6.0
