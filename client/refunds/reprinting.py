"""Printing papers again: every copy is counted by the service and says which it is. What never came out is simply printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client import money_papers
from common.i18n import tr
from common.messages.invoices import InvoiceCopy, ReprintInvoice
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.refunds.view.desk import RefundDesk
    from printing.spool import Outcome


def ended(desk: RefundDesk, outcome: Outcome) -> None:
    """A paper came out, or did not."""
    desk.failed_paper = outcome.state.value != "PRINTED"
    desk.state_changed.emit()


def again(desk: RefundDesk) -> None:
    """F9: the papers of the bill in hand as counted copies; after a printer's failure what did not come out."""
    if desk.failed_paper:
        desk.failed_paper = False
        desk.place.paper.again()
        return
    _reprint(desk, desk.model.to_reprint(), new_request_id())


def _reprint(desk: RefundDesk, bill_ids: tuple[int, ...], paper_id: str) -> None:
    """One after the other, so that they come out in their order."""
    bill_id, rest = bill_ids[0], bill_ids[1:]

    def counted(copy: InvoiceCopy) -> None:
        desk.place.paper.print(money_papers.copy(copy), "receipt", paper_id)
        desk.tell(tr("Invoice {number} is being printed again, copy {n}.", number=copy.receipt.invoice_number, n=copy.copy - 1))
        if rest:
            _reprint(desk, rest, paper_id)

    desk.send(ReprintInvoice(bill_id=bill_id), done=counted, request_id=new_request_id(), key=f"reprint {bill_id}")
