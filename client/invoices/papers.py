"""The papers of this desk: a receipt or a refund slip, as the service says which copy it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from client import money_papers
from client.format import sex
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, language
from printing.documents.base import Copy
from printing.documents.refund_slip import RefundSlip

if TYPE_CHECKING:
    from common.messages.invoices import InvoiceCopy
    from printing.documents.receipt import Receipt


def paper(copy: InvoiceCopy) -> Receipt | RefundSlip:
    """The invoice's paper, with 补打 n, when and by whom where it is no original."""
    facts = copy.receipt
    mark = Copy(number=copy.copy, at=copy.at, by=copy.by) if copy.copy > 1 else Copy(at=facts.issued_at, by=facts.cashier)
    if not facts.refund_of:
        return msgspec.structs.replace(money_papers.receipt(facts), copy=mark, e_invoice=copy.einvoice_url)
    with language(CHINESE):
        return RefundSlip(
            clinic=facts.clinic,
            copy=mark,
            number=facts.invoice_number,
            refund_of=facts.refund_of,
            barcode=make_code(OwnKind.BILL, int(facts.bill_number)),
            patient=facts.patient_name,
            sex=sex(facts.sex),
            visit_number=facts.visit_number,
            lines=tuple(money_papers.money_line(line) for line in facts.lines),
            tenders=facts.tenders,
            reason=copy.refund_reason,
            cashier=facts.cashier,
            approver=copy.approver,
            refunded_at=facts.issued_at,
        )
