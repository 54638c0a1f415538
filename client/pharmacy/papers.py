"""用药标签 from the facts of a hand-over, one for each drug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.format import sex
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, language, tr
from printing.documents.base import Copy
from printing.documents.drug_label import DrugLabel

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.pharmacy import Dispensed, LabelFacts


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
