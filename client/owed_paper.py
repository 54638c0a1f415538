"""欠药单 from the facts of what is owed, for the desks that print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.format import sex
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, language
from printing.documents.base import Copy
from printing.documents.owed_slip import OwedDrug, OwedDrugSlip

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.pharmacy import OwedSlip


def owed_slip(facts: OwedSlip, *, printed_at: datetime, by: str, copy: int = 1) -> OwedDrugSlip:
    """欠药单, in Chinese whatever the screen speaks."""
    with language(CHINESE):
        return OwedDrugSlip(
            clinic=facts.clinic,
            copy=Copy(number=copy, at=printed_at.replace(tzinfo=None), by=by),
            number=facts.number,
            prescription_number=facts.prescription_number,
            barcode=make_code(OwnKind.PRESCRIPTION, int(facts.prescription_number)),
            patient=facts.patient_name,
            sex=sex(facts.sex),
            age=facts.age,
            phone=facts.phone,
            lines=tuple(OwedDrug(name=line.name, specification=line.specification, owed=line.quantity_text) for line in facts.lines),
            promised=facts.promised,
            note=facts.note,
            pharmacist=facts.by,
            owed_since=facts.at.astimezone(printed_at.tzinfo).replace(tzinfo=None),
        )
