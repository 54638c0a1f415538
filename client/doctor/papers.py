"""处方笺 from the facts of a signed prescription."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from common.domain.barcodes import OwnKind, make_code
from common.domain.dosage import plain
from common.domain.herbal_words import herbal_usage
from common.i18n import CHINESE, N_, language, tr
from common.messages.patients import AllergyState
from printing.documents.base import Copy
from printing.documents.prescription import Allergies, DrugGroup, PrescribedDrug, Prescription

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from common.messages.consult import HerbalFacts, PrescriptionFacts, PrescriptionLine

_SEX = {"0": N_("paper|unknown"), "1": N_("paper|male"), "2": N_("paper|female"), "9": N_("paper|not stated")}
_PAYERS = {"self": N_("paper|self-paying"), "insured": N_("paper|insured")}


def prescription_paper(facts: PrescriptionFacts, *, printed_at: datetime, by: str) -> Prescription:
    """The sheet, in Chinese whatever the screen speaks. Everything on it is as it was at signing."""
    with language(CHINESE):
        return Prescription(
            clinic=facts.clinic,
            copy=Copy(at=_wall_clock(printed_at), by=by),
            number=facts.number,
            barcode=_barcode(facts.number),
            kind=facts.kind,
            payer=tr(_PAYERS[facts.payer]) if facts.payer in _PAYERS else facts.payer,
            patient=facts.patient_name,
            sex=tr(_SEX.get(facts.sex, _SEX["0"])),
            age=facts.age,
            weight=facts.weight,
            phone=facts.phone,
            visit_number=facts.visit_number,
            department=facts.department,
            diagnoses=facts.diagnoses,
            allergies=Allergies(state=AllergyState(facts.allergy_state), substances=facts.allergies),
            groups=tuple(_groups(facts.lines)) if facts.herbal is None else (_slices(facts.lines, facts.herbal),),
            amount_fen=facts.amount_fen,
            doctor=facts.doctor,
            signed_at=_wall_clock(facts.signed_at),
            validity=tr("paper|Valid until {time}", time=f"{_wall_clock(facts.valid_until):%Y-%m-%d %H:%M}"),
            reviewer=facts.reviewer,
            preparer=facts.picker,
            dispenser=facts.dispenser,
        )


def _wall_clock(when: datetime) -> datetime:
    """The service gives every time in the clinic's own zone; paper shows it without."""
    return when.replace(tzinfo=None)


def _barcode(number: str) -> str:
    digits = "".join(char for char in number if char.isascii() and char.isdigit())
    return make_code(OwnKind.PRESCRIPTION, int(digits or "0"))


def _groups(lines: Sequence[PrescriptionLine]) -> list[DrugGroup]:
    """Drugs of one infusion stand together under its usage; all others for themselves."""
    numbered = [(line.group or -line.id, line) for line in lines]
    order = list(dict.fromkeys(group for group, _line in numbered))
    numbered.sort(key=lambda pair: order.index(pair[0]))
    return [_group([line for _number, line in pairs]) for _group_number, pairs in groupby(numbered, key=lambda pair: pair[0])]


def _group(lines: list[PrescriptionLine]) -> DrugGroup:
    if len(lines) == 1:
        return DrugGroup(drugs=(_drug(lines[0], _usage(lines[0])),))
    first = lines[0]
    together = tr(
        "paper|usage of a group|{route} {frequency}, {days} days", route=first.route_text, frequency=first.frequency_text, days=first.days
    )
    return DrugGroup(drugs=tuple(_drug(line, _dose(line)) for line in lines), usage=together)


def _slices(lines: Sequence[PrescriptionLine], order: HerbalFacts) -> DrugGroup:
    """Slices in the doctor's order with their grams a dose, what is special about each in brackets, and how the doses are taken."""
    return DrugGroup(drugs=tuple(_slice(line) for line in lines), usage=herbal_usage(lines[0], order))


def _slice(line: PrescriptionLine) -> PrescribedDrug:
    special = f"{line.handling.words if line.handling is not None else ''}{line.advice}"
    return PrescribedDrug(
        name=f"{line.name}（{special}）" if special else line.name,
        quantity=f"{plain(line.dose)}{line.dose_unit}",
        note=tr("paper|Reason: {reason}", reason=line.reason) if line.reason else "",
    )


def _dose(line: PrescriptionLine) -> str:
    dose = tr("paper|{dose} each time", dose=f"{plain(line.dose)}{line.dose_unit}")
    return f"{dose} {line.advice}".strip()


def _usage(line: PrescriptionLine) -> str:
    words = tr(
        "paper|{route} {dose} each time {frequency}, {days} days",
        route=line.route_text,
        dose=f"{plain(line.dose)}{line.dose_unit}",
        frequency=line.frequency_text,
        days=line.days,
    )
    return f"{words} {line.advice}".strip()


def _drug(line: PrescriptionLine, usage: str) -> PrescribedDrug:
    return PrescribedDrug(
        name=line.name,
        form=line.form if line.form not in line.name else "",
        specification=line.specification,
        quantity=line.quantity_text,
        usage=usage,
        skin_test=tr("paper|Skin test (  )") if line.skin_test == "required" else "",
        note=tr("paper|Reason: {reason}", reason=line.reason) if line.reason else "",
    )
