"""Receipts and refund slips as the desks that handle money print them, made of the facts that the service replied with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client.format import sex
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, N_, language, tr
from common.messages.cashier import INSURANCE, Tender, TenderKind
from printing.documents.base import Copy, strip_yuan
from printing.documents.fees import FeeCategory
from printing.documents.money_paper import MoneyLine
from printing.documents.receipt import Receipt
from printing.documents.refund_slip import RefundSlip

if TYPE_CHECKING:
    from common.messages.cashier import InsuranceShare, ReceiptFacts, ReceiptLine
    from common.messages.invoices import InvoiceCopy
    from common.messages.settlement import Refunded

#: The block 其他信息 of the outpatient receipt (DOMAIN.md §5.1), in its order.
_SHARES: Final = (
    (N_("share|Insurance fund"), "fund_fen"),
    (N_("share|Personal account"), "account_fen"),
    (N_("share|Family account"), "mutual_aid_fen"),
    (N_("share|Borne by the clinic"), "hospital_fen"),
    (N_("share|Paid by the person"), "cash_fen"),
    (N_("share|Own share, in scope"), "own_scope_fen"),
    (N_("share|Own share, out of scope"), "own_out_fen"),
    (N_("share|Balance of the account"), "balance_fen"),
)
#: These stand there only when they are something.
_RARE: Final = frozenset({"mutual_aid_fen", "hospital_fen"})


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
            rounding_fen=facts.rounding_fen,
            rest_of=facts.rest_of_invoice or facts.rest_of,
            cashier=facts.cashier,
            settled_at=facts.issued_at,
            other_facts=shares(facts.insurance),
            deposit_left_fen=facts.deposit_left_fen,
        )


def taken_back(facts: ReceiptFacts, reason: str, approver: str = "") -> RefundSlip:
    """退费单 of a bill that goes back whole."""
    with language(CHINESE):
        return RefundSlip(
            clinic=facts.clinic,
            copy=Copy(at=facts.issued_at, by=facts.cashier),
            number=facts.invoice_number,
            refund_of=facts.refund_of_invoice or facts.refund_of,
            barcode=make_code(OwnKind.BILL, int(facts.bill_number)),
            patient=facts.patient_name,
            sex=sex(facts.sex),
            visit_number=facts.visit_number,
            lines=tuple(money_line(line) for line in facts.lines),
            tenders=facts.tenders,
            rounding_fen=facts.rounding_fen,
            other_facts=shares(facts.insurance),
            reason=reason,
            cashier=facts.cashier,
            approver=approver,
            refunded_at=facts.issued_at,
        )


def refund_slip(refunded: Refunded, reason: str, approver: str = "") -> RefundSlip:
    """退费单: the whole sale goes back; where a rest was charged anew, what the patient gets is the difference."""
    return _with_rest(taken_back(refunded.refund, reason, approver), refunded.refund, refunded.rest)


def _with_rest(slip: RefundSlip, refund: ReceiptFacts, rest: ReceiptFacts | None) -> RefundSlip:
    if rest is None:
        return slip
    back = tuple(Tender(kind=kind, amount_fen=fen) for kind, fen in back_by_way(refund, rest).items())
    return msgspec.structs.replace(slip, rest_number=rest.invoice_number, rest_fen=rest.total_fen, paid_back=back)


def back_by_way(refund: ReceiptFacts, rest: ReceiptFacts | None) -> dict[TenderKind, int]:
    """What goes back in the end, by way, the insurance's shares and a waiver included: what had been paid less what pays for the rest.

    Where the insurance takes nothing back, and pays only from now on, its shares stand on the receipt of the rest alone.
    """
    back: dict[TenderKind, int] = {}
    for facts, sign in ((refund, 1), (rest, -1)):
        for tender in facts.tenders if facts is not None else ():
            back[tender.kind] = back.get(tender.kind, 0) + sign * tender.amount_fen
    to_insurance = any(back.get(kind, 0) > 0 for kind in INSURANCE)
    return {kind: fen for kind, fen in back.items() if fen and (to_insurance or kind not in INSURANCE)}


def copy(paper: InvoiceCopy) -> Receipt | RefundSlip:
    """An invoice's paper as the service says which copy it is: with 补打 n, when and by whom where it is no original."""
    facts = paper.receipt
    mark = Copy(number=paper.copy, at=paper.at, by=paper.by) if paper.copy > 1 else Copy(at=facts.issued_at, by=facts.cashier)
    if not facts.refund_of:
        return msgspec.structs.replace(receipt(facts), copy=mark, e_invoice=paper.einvoice_url)
    slip = _with_rest(taken_back(facts, paper.refund_reason, paper.approver), facts, paper.rest)
    return msgspec.structs.replace(slip, copy=mark)


def shares(share: InsuranceShare | None) -> tuple[tuple[str, str], ...]:
    """What the insurance pays, as it stands on the paper; nothing for who pays himself."""
    if share is None:
        return ()
    amounts = [(tr(label), strip_yuan(fen)) for label, name in _SHARES if (fen := getattr(share, name)) or name not in _RARE]
    return ((tr("share|Insurance type"), share.insutype_name), (tr("share|Insurance number"), share.psn_no), *amounts)


def money_line(line: ReceiptLine) -> MoneyLine:
    """One line of a receipt or of a refund slip."""
    return MoneyLine(
        category=FeeCategory(line.category),
        name=line.name,
        specification=line.specification,
        quantity=f"{line.quantity.normalize():f}{line.unit}",
        amount_fen=line.amount_fen,
    )
