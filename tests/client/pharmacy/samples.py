"""Facts in tiny literals for the pharmacy's tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from common.messages.catalogue import DrugFacts, FrequencyFacts, Lists, RouteFacts
from common.messages.consult import PrescriptionFacts, PrescriptionKind, PrescriptionLine
from common.messages.patients import Allergy, AllergyState, PatientFile, PatientSummary
from common.messages.pharmacy import Dispensed, LabelFacts, PharmacyEntry, Pick, PickList

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def line(id: int, name: str = "阿莫西林胶囊", **fields: Any) -> PrescriptionLine:
    """A line of drug ``id``."""
    facts: dict[str, object] = {
        "id": id,
        "drug_id": id,
        "name": name,
        "specification": "0.25g×24粒/盒",
        "form": "胶囊剂",
        "dose": Decimal("0.5"),
        "dose_unit": "g",
        "frequency": "tid",
        "frequency_text": "每日三次",
        "route": "po",
        "route_text": "口服",
        "days": 5,
        "quantity": Decimal(30),
        "unit": "粒",
        "quantity_text": "1盒+6粒",
        "group": 0,
        "advice": "",
        "skin_test": "none",
        "unit_price": Decimal("0.4"),
        "amount_fen": 1225,
        "dispensed": Decimal(0),
    }
    return PrescriptionLine(**{**facts, **fields})


def prescription(*lines: PrescriptionLine, **fields: object) -> PrescriptionFacts:
    """A prescription with these lines."""
    facts: dict[str, object] = {
        "id": 7,
        "number": "26112100007",
        "visit_id": 3,
        "visit_number": "26112100003",
        "kind": PrescriptionKind.ORDINARY,
        "state": "SUBMITTED",
        "clinic": "杏林诊所",
        "payer": "self",
        "patient_id": 5,
        "patient_number": "00000005",
        "patient_name": "欧阳若溪",
        "sex": "2",
        "age": "47岁",
        "weight": "",
        "phone": "",
        "department": "内科",
        "diagnoses": ("急性支气管炎（J20.900）",),
        "allergy_state": "none_known",
        "allergies": (),
        "lines": lines or (line(1),),
        "amount_fen": 1225,
        "doctor": "方舟",
        "signed_at": NOW,
        "valid_until": NOW + timedelta(hours=14),
        "reviewer": "",
        "reviewed_at": None,
        "rejection": "",
        "picker": "王芳",
        "dispenser": "",
        "dispensed_at": None,
    }
    return PrescriptionFacts(**{**facts, **fields})  # type: ignore[arg-type]


def pick_list(*lines: PrescriptionLine, packs: dict[int, int] | None = None, **fields: object) -> PickList:
    """Everything from one batch a line; two packs each unless said otherwise."""
    facts = prescription(*lines, **{"state": "PICKED", **fields})
    picks = tuple(
        Pick(
            line_id=each.id,
            batch_id=each.id,
            lot=f"26{each.id:04d}",
            expires=date(2027, 1, 10),
            quantity=each.quantity,
            shelf=f"A-{each.id}",
        )
        for each in facts.lines
    )
    return PickList(prescription=facts, picks=picks, packs=packs or {each.id: 2 for each in facts.lines})


def entry(id: int = 7, name: str = "欧阳若溪", state: str = "SUBMITTED", **fields: object) -> PharmacyEntry:
    """A row of a worklist."""
    facts: dict[str, object] = {
        "prescription_id": id,
        "number": f"261121{id:05d}",
        "kind": "ordinary",
        "state": state,
        "patient_id": 5,
        "patient_number": "00000005",
        "visit_number": "26112100003",
        "patient_name": name,
        "sex": "2",
        "age": "47岁",
        "department": "内科",
        "doctor": "方舟",
        "lines": 1,
        "amount_fen": 1225,
        "since": NOW,
    }
    return PharmacyEntry(**{**facts, **fields})  # type: ignore[arg-type]


def patient(*allergies: str, state: AllergyState = AllergyState.KNOWN) -> PatientSummary:
    """Patient 5; allergic to what is named."""
    known = tuple(Allergy(text=each) for each in allergies)
    file = PatientFile(
        name="欧阳若溪", sex="2", birth_date=date(1979, 3, 4), allergy_state=state if known else AllergyState.NONE_KNOWN, allergies=known
    )
    return PatientSummary(id=5, number="00000005", file=file, version=1, registered_at=NOW, visits=(), unpaid_fen=0, today=None)


def drug(id: int = 1, name: str = "阿莫西林胶囊", **fields: object) -> DrugFacts:
    """The drug of a line."""
    facts: dict[str, object] = {
        "id": id,
        "code": f"W{id:03d}",
        "name": name,
        "specification": "0.25g×24粒/盒",
        "form": "胶囊剂",
        "drug_class": "western",
        "rx_class": "rx",
        "antibacterial": "unrestricted",
        "skin_test": "none",
        "base_unit": "粒",
        "dose_unit": "g",
        "dose_per_base": Decimal("0.25"),
        "pack_unit": "盒",
        "pack_size": Decimal(24),
        "splittable": True,
        "round_each_dose": False,
        "default_dose": Decimal("0.5"),
        "default_frequency": "tid",
        "default_route": "po",
        "default_days": 3,
        "insurance_class": "A",
        "allergens": (),
        "pack_price": Decimal("9.80"),
        "free": Decimal(1000),
    }
    return DrugFacts(**{**facts, **fields})  # type: ignore[arg-type]


LISTS = Lists(
    frequencies=(FrequencyFacts(code="tid", name_zh="每日三次", name_en="three times a day", times="3", needs_total=False),),
    routes=(RouteFacts(code="po", name_zh="口服", name_en="by mouth", is_injection=False),),
    departments=(),
    allergens=(),
    ethnic_groups=(),
)


def dispensed(*lines: PrescriptionLine) -> Dispensed:
    """Handed over, with a label for each line."""
    facts = prescription(*lines, state="DISPENSED", dispenser="王芳")
    labels = tuple(
        LabelFacts(
            clinic=facts.clinic,
            patient_name=facts.patient_name,
            sex=facts.sex,
            age=facts.age,
            name=each.name,
            specification=each.specification,
            quantity_text=each.quantity_text,
            usage="口服，一次0.5g（2粒），每日三次",
            advice="饭后",
            lot="260001",
            expires=date(2027, 1, 10),
            date=date(2026, 11, 21),
            dispenser="王芳",
            prescription_number=facts.number,
        )
        for each in facts.lines
    )
    return Dispensed(prescription=facts, labels=labels)
