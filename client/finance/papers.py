"""Documents behind a posting, as the panel at the right shows them. Patients are named by a masked name: a report is no reason to see more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.finance import words
from client.finance.model import Figure
from common.domain.dosage import plain
from common.domain.mask import mask_name
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.finance import PaidFrom
from printing.documents.fees import tender_label

if TYPE_CHECKING:
    from common.messages.cashier import ReceiptFacts
    from common.messages.finance import ExpenseFacts

PAID_FROM: Final = {PaidFrom.BANK: N_("expense|Bank account"), PaidFrom.CASH: N_("expense|Cash from the vault")}


def receipt_figures(receipt: ReceiptFacts) -> list[Figure]:
    """A bill: whose, by whom, its lines, and how it was paid."""
    figures = [
        Figure(tr("document|Receipt number"), receipt.invoice_number),
        Figure(tr("document|When"), f"{receipt.issued_at:%Y-%m-%d %H:%M}"),
        Figure(tr("document|Patient"), f"{mask_name(receipt.patient_name)} {receipt.patient_number}"),
        Figure(tr("document|Visit"), receipt.visit_number),
        Figure(tr("document|Cashier"), receipt.cashier),
        Figure(tr("document|Takes back"), receipt.refund_of_invoice or receipt.refund_of),
        Figure(tr("document|Rest of"), receipt.rest_of_invoice or receipt.rest_of),
    ]
    figures = [figure for figure in figures if figure.value]
    figures.append(Figure(N_("document|Lines")))
    figures += [Figure(f"{line.name} × {plain(line.quantity)}{line.unit}", words.plain(line.amount_fen)) for line in receipt.lines]
    if receipt.rounding_fen:
        figures.append(Figure(words.account("rounding"), words.plain(receipt.rounding_fen)))
    figures.append(Figure(tr("document|Total"), format_yuan(receipt.total_fen)))
    back = bool(receipt.refund_of)
    figures.append(Figure(N_("paper|Paid back by:") if back else N_("document|Paid by")))
    figures += [
        Figure(tender_label(tender.kind), words.plain(-tender.amount_fen if back else tender.amount_fen)) for tender in receipt.tenders
    ]
    return figures


def expense_figures(expense: ExpenseFacts) -> list[Figure]:
    """An expense, or the reversal of one."""
    figures = [
        Figure(tr("expense|Date"), f"{expense.date}"),
        Figure(tr("expense|Kind"), tr(words.EXPENSES[expense.category])),
        Figure(tr("expense|Amount"), format_yuan(expense.amount_fen)),
        Figure(tr("expense|Paid from"), tr(PAID_FROM[expense.paid_from])),
        Figure(tr("expense|Payee"), expense.payee),
        Figure(tr("expense|Department"), expense.department),
        Figure(tr("expense|Note"), expense.note),
        Figure(tr("expense|Entered by"), expense.entered_by),
        Figure(tr("expense|Reverses"), expense.reverses),
        Figure(tr("expense|Reversed by"), expense.reversed_by),
    ]
    return [figure for figure in figures if figure.value]
