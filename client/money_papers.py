"""Receipts and refund slips as the desks that handle money print them, made of the facts that the service replied with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client.format import sex
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, N_, language, tr
from common.messages.cashier import Tender
from printing.documents.base import Copy, strip_yuan
from printing.documents.fees import FeeCategory
from printing.documents.money_paper import MoneyLine
from printing.documents.receipt import Receipt
from printing.documents.refund_slip import RefundSlip

if TYPE_CHECKING:
    from common.messages.cashier import InsuranceShare, ReceiptFacts, ReceiptLine
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
            rest_of=facts.rest_of,
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
            refund_of=facts.refund_of,
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
    slip, rest = taken_back(refunded.refund, reason, approver), refunded.rest
    if rest is None:
        return slip
    back = tuple(Tender(kind=kind, amount_fen=fen) for kind, fen in refunded.back.items() if fen > 0)
    return msgspec.structs.replace(slip, rest_number=rest.invoice_number, rest_fen=rest.total_fen, paid_back=back)


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
