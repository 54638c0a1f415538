"""The papers of the registration desk, made of the facts that the service replied with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client import money_papers
from client.format import sex
from client.registration.sessions import LEVELS
from common.domain.barcodes import OwnKind, make_code
from common.domain.mask import mask_name
from common.i18n import CHINESE, language, tr
from printing.documents.base import Copy, day
from printing.documents.registration_slip import RegistrationSlip

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.cashier import ReceiptFacts
    from common.messages.registration import SlipFacts
    from printing.documents.refund_slip import RefundSlip


def slip(facts: SlipFacts, copy: Copy | None = None) -> RegistrationSlip:
    """挂号单. ``copy`` when it is printed again; otherwise it is the original, made when the number was given."""
    with language(CHINESE):  # paper speaks the clinic's language, whatever the clerk's screen does
        return RegistrationSlip(
            clinic=facts.clinic,
            copy=copy or Copy(at=facts.issued_at, by=facts.issued_by),
            queue_number=facts.queue_number,
            department=facts.department,
            doctor=f"{facts.doctor} {facts.title}".strip(),
            room=facts.room,
            level=tr(LEVELS[facts.level]),
            time_window=f"{day(facts.date)} {facts.starts:%H:%M}-{facts.ends:%H:%M}",
            patient=mask_name(facts.patient_name),
            sex=sex(facts.sex),
            age=facts.age,
            visit_number=facts.visit_number,
            barcode=make_code(OwnKind.VISIT, int(facts.visit_number)),
            ahead=facts.waiting_before,
            fee_fen=facts.fee_fen,
        )


def refund_slip(facts: ReceiptFacts, reason: str) -> RefundSlip:
    """退号凭证: the fee that went back."""
    return money_papers.taken_back(facts, reason)


def again(now: datetime, by: str, number: int = 2) -> Copy:
    """The mark of a paper that is printed again; ``number`` 2 is the first reprint (补打 1)."""
    return Copy(number=number, at=now, by=by)
