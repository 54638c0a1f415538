"""用药标签 from the facts of a hand-over, one for each drug; 退药单 from those of a return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.format import sex
from client.pharmacy.returning import RETURN_REASONS
from common.domain.barcodes import OwnKind, make_code
from common.domain.returning import Condition
from common.i18n import CHINESE, language, tr
from printing.documents.base import Copy
from printing.documents.drug_label import DrugLabel
from printing.documents.drug_return_slip import DrugReturnSlip, ReturnedDrug

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.pharmacy import Dispensed, LabelFacts
    from common.messages.returns import DrugReturnFacts


def labels(dispensed: Dispensed, *, printed_at: datetime, by: str, copy: int = 1) -> list[DrugLabel]:
    """The labels in the order of the prescription, in Chinese whatever the screen speaks. ``copy`` 2 is the first reprint (补打 1)."""
    with language(CHINESE):
        mark = Copy(number=copy, at=printed_at.replace(tzinfo=None), by=by)
        count = len(dispensed.labels)
        return [_label(facts, place, count, mark) for place, facts in enumerate(dispensed.labels, 1)]


def _label(facts: LabelFacts, place: int, count: int, copy: Copy) -> DrugLabel:
    return DrugLabel(
        clinic=facts.clinic,
        copy=copy,
        patient=facts.patient_name,
        sex=sex(facts.sex),
        age=facts.age,
        drug=facts.name,
        specification=facts.specification,
        quantity=facts.quantity_text,
        # The label breaks its largest type at blanks, so that no dose is torn from its unit.
        usage=facts.usage.replace(tr("clause separator|, "), " "),
        caution=facts.advice,
        lot=facts.lot,
        expires=facts.expires,
        dispensed_on=facts.date,
        dispenser=facts.dispenser,
        barcode=prescription_code(facts.prescription_number),
        place=place,
        count=count,
    )


def prescription_code(number: str) -> str:
    """The barcode of a prescription's number."""
    return make_code(OwnKind.PRESCRIPTION, digits_of(number))


def digits_of(number: str) -> int:
    """What a barcode holds of a number that may have letters in front; 0 if it has no digit."""
    return int("".join(char for char in number if char.isascii() and char.isdigit()) or "0")


def return_slip(facts: DrugReturnFacts, *, printed_at: datetime, by: str, copy: int = 1) -> DrugReturnSlip:
    """退药单, in Chinese whatever the screen speaks."""
    with language(CHINESE):
        return DrugReturnSlip(
            clinic=facts.clinic,
            copy=Copy(number=copy, at=printed_at.replace(tzinfo=None), by=by),
            number=facts.number,
            prescription_number=facts.prescription_number,
            barcode=prescription_code(facts.prescription_number),
            patient=facts.patient_name,
            sex=sex(facts.sex),
            age=facts.age,
            visit_number=facts.visit_number,
            lines=tuple(
                ReturnedDrug(
                    name=line.name,
                    specification=line.specification,
                    lot=line.lot,
                    expires=line.expires,
                    quantity=line.quantity_text,
                    sold_again=line.condition is Condition.SALEABLE,
                    codes=line.codes,
                    amount_fen=line.amount_fen,
                )
                for line in facts.lines
            ),
            reason=tr(dict(RETURN_REASONS)[facts.reason]),
            note=facts.note,
            pharmacist=facts.by,
            approver=facts.agreed_by,
            returned_at=facts.at.astimezone(printed_at.tzinfo).replace(tzinfo=None),
        )
