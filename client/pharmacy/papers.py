"""配药单 from a pick list, 用药标签 from the facts of a hand-over, one for each bag, 退药单 from those of a return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.format import sex
from client.pharmacy.picking import along_shelves
from client.pharmacy.returning import RETURN_REASONS
from client.pharmacy.words import batch_reason, cares, specification_words
from common.domain.barcodes import OwnKind, make_code
from common.domain.dosage import plain, quantity_text
from common.domain.returning import Condition
from common.i18n import CHINESE, language, tr
from printing.documents.base import Copy
from printing.documents.drug_label import DrugLabel
from printing.documents.drug_return_slip import DrugReturnSlip, ReturnedDrug
from printing.documents.pick_list import PickedBatch, PickedDrug, PickListSlip

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from common.messages.consult import PrescriptionLine
    from common.messages.pharmacy import Dispensed, LabelFacts, Pick, PickList
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
        split=facts.split,
        dispensed_on=facts.date,
        dispenser=facts.dispenser,
        barcode=prescription_code(facts.prescription_number),
        place=place,
        count=count,
    )


def pick_list(picked: PickList, *, printed_at: datetime, by: str, copy: int = 1) -> PickListSlip:
    """配药单, in Chinese whatever the screen speaks."""
    facts = picked.prescription
    order = along_shelves(picked)
    with language(CHINESE):
        return PickListSlip(
            clinic=facts.clinic,
            copy=Copy(number=copy, at=printed_at.replace(tzinfo=None), by=by),
            prescription_number=facts.number,
            barcode=prescription_code(facts.number),
            patient=facts.patient_name,
            sex=sex(facts.sex),
            age=facts.age,
            patient_number=facts.patient_number,
            window=picked.window,
            department=facts.department,
            doctor=facts.doctor,
            drugs=tuple(_picked(picked, line_id) for line_id in (*order, *(each for each in picked.short if each not in order))),
            second=picked.controlled,
            picker=facts.picker or by,
        )


def _picked(picked: PickList, line_id: int) -> PickedDrug:
    line = next(each for each in picked.prescription.lines if each.id == line_id)
    # Opened packs first, since they are to be used up; then what expires first.
    picks = sorted(
        (pick for pick in picked.picks if pick.line_id == line_id),
        key=lambda pick: (pick.opened is None, pick.expires, pick.lot, pick.pick_id),
    )
    drug = picked.drugs.get(line_id)

    def amount(quantity: Decimal) -> str:
        if drug is None or line_id not in picked.pack_sizes:
            return f"{plain(quantity)}{line.unit}"
        return quantity_text(quantity, line.unit, drug.pack_unit, drug.pack_size)

    short = picked.short.get(line_id)
    return PickedDrug(
        shelf=picks[0].shelf if picks else "",
        name=line.name,
        name_marks=line.name_marks,
        specification=specification_words(line),
        specification_marks=line.specification_marks,
        detail=_slice(picked, line),
        quantity=amount(sum((pick.quantity for pick in picks[1:]), picks[0].quantity)) if picks else "",
        cares=tuple(cares(drug)) if drug is not None else (),
        batches=tuple(_batch(pick, line, amount(pick.quantity)) for pick in picks),
        short=amount(short) if short else "",
    )


def _slice(picked: PickList, line: PrescriptionLine) -> str:
    """Of a slice how much goes into each dose, and how it is boiled."""
    herbal = picked.prescription.herbal
    if herbal is None:
        return ""
    words = tr("paper|{dose} a dose, {n} doses", dose=f"{plain(line.dose)}{line.dose_unit}", n=herbal.doses)
    return f"{words} {line.handling.words if line.handling is not None else ''} {line.advice}".strip()


def _batch(pick: Pick, line: PrescriptionLine, quantity: str) -> PickedBatch:
    opened = pick.opened
    return PickedBatch(
        lot=pick.lot,
        expires=pick.expires,
        quantity=quantity,
        opened=opened is not None,
        code=opened.code if opened is not None else "",
        left=f"{plain(opened.left)}{line.unit}" if opened is not None else "",
        reason=batch_reason(pick.reason),
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
