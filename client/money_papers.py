"""The receipt as both desks that take money print it, made of the facts that the service replied with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.format import sex
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, language
from printing.documents.base import Copy
from printing.documents.fees import FeeCategory
from printing.documents.money_paper import MoneyLine
from printing.documents.receipt import Receipt

if TYPE_CHECKING:
    from common.messages.cashier import ReceiptFacts, ReceiptLine


def receipt(facts: ReceiptFacts) -> Receipt:
    """收费票据, as it was at issue."""
    with language(CHINESE):  # paper speaks the clinic's language, whatever the screen does
        return Receipt(
            clinic=facts.clinic,
            copy=Copy(at=facts.issued_at, by=facts.cashier),
            number=facts.invoice_number,
            barcode=make_code(OwnKind.BILL, int(facts.bill_number)),
            patient=facts.patient_name,
            sex=sex(facts.sex),
            visit_number=facts.visit_number,
            lines=tuple(money_line(line) for line in facts.lines),
            tenders=facts.tenders,
            change_fen=facts.change_fen,
            cashier=facts.cashier,
            settled_at=facts.issued_at,
        )


def money_line(line: ReceiptLine) -> MoneyLine:
    """One line of a receipt or of a refund slip."""
    return MoneyLine(
        category=FeeCategory(line.category),
        name=line.name,
        specification=line.specification,
        quantity=f"{line.quantity.normalize():f}{line.unit}",
        amount_fen=line.amount_fen,
    )
