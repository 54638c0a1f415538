"""Printing a paper of the store: the service counts the copy, then it goes to the printer. It speaks the clinic's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from common.i18n import tr
from common.messages.store_papers import PrintPaper
from common.wire import new_request_id
from printing.documents.base import Copy
from printing.documents.stock_paper import StockPaper

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.store.view.desk import StoreDesk
    from common.messages.store_papers import PaperCopy


def stock_paper(counted: PaperCopy, zone: tzinfo | None) -> StockPaper:
    """The paper; from the second copy on it says so."""
    paper = counted.paper
    entry = msgspec.structs.replace(paper.entry, at=paper.entry.at.astimezone(zone))
    steps = tuple(msgspec.structs.replace(step, at=step.at.astimezone(zone)) for step in paper.steps)
    paper = msgspec.structs.replace(paper, entry=entry, steps=steps)
    return StockPaper(clinic=paper.clinic, copy=Copy(number=counted.copy, at=counted.at.astimezone(zone), by=counted.by), paper=paper)


def print_paper(desk: StoreDesk, number: str) -> None:
    """Print a paper once more, or for the first time."""
    request_id = new_request_id()

    def counted(copy: PaperCopy) -> None:
        desk.place.paper.print(stock_paper(copy, desk.place.now().tzinfo), "a5", request_id)
        if copy.copy > 1:
            desk.tell(tr("paper|{number} is being printed again, copy {n}.", number=number, n=copy.copy - 1))

    desk.send(PrintPaper(number=number), counted, request_id=request_id, key=f"print {number}")
