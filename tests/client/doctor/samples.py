"""A morning at the doctor's desk, as facts. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from common.domain.money import pack_amount
from common.messages.catalogue import CodeName, DiagnosisHit, DrugFacts, DrugHits, FrequencyFacts, Lists, RouteFacts
from common.messages.consult import (
    Diagnosis,
    Encounter,
    PrescriptionFacts,
    PrescriptionLine,
    QueueEntry,
    RecordText,
)
from common.messages.patients import Allergy, AllergyState, DocumentKind, PatientFile, PatientSummary, VisitBrief

if TYPE_CHECKING:
    from common.messages.consult import SignPrescription

NOW = datetime(2026, 11, 21, 9, 40, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def frequency(code: str, name: str, times: str, *, needs_total: bool = False) -> FrequencyFacts:
    return FrequencyFacts(code=code, name_zh=name, name_en=code, times=times, needs_total=needs_total)


def route(code: str, name: str, english: str, *, injection: bool = False) -> RouteFacts:
    return RouteFacts(code=code, name_zh=name, name_en=english, is_injection=injection)


LISTS = Lists(
    frequencies=(
        frequency("qd", "每日一次", "1/1"),
        frequency("bid", "每日两次", "2/1"),
        frequency("tid", "每日三次", "3/1"),
        frequency("q8h", "每8小时一次", "3/1"),
        frequency("qod", "隔日一次", "1/2"),
        frequency("prn", "必要时", "1/1", needs_total=True),
    ),
    routes=(
        route("po", "口服", "by mouth"),
        route("ivgtt", "静脉滴注", "intravenous drip", injection=True),
        route("top", "外用", "on the skin"),
        route("decoct", "水煎服", "decoction, by mouth"),
    ),
    departments=(),
    allergens=(CodeName(code="penicillin", name_zh="青霉素类", name_en="Penicillins"),),
    ethnic_groups=(),
)


def drug(id: int, name: str, specification: str, **fields: object) -> DrugFacts:
    """A drug in boxes of 24 capsules of 0.25 g that may be split."""
    return DrugFacts(
        **{  # type: ignore[arg-type]
            "id": id,
            "code": f"D{id:04}",
            "name": name,
            "specification": specification,
            "form": "胶囊",
            "drug_class": "western",
            "rx_class": "ordinary",
            "antibacterial": "none",
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
            "default_days": 4,
            "insurance_class": "A",
            "allergens": (),
            "pack_price": Decimal("9.80"),
            "free": Decimal(2400),
            **fields,
        }
    )


AMOXICILLIN = drug(
    1,
    "阿莫西林胶囊",
    "0.25g×24粒/盒",
    antibacterial="unrestricted",
    skin_test="required",
    allergens=("penicillin",),
    max_daily_dose=Decimal(4),
)
IBUPROFEN = drug(
    2,
    "布洛芬缓释胶囊",
    "0.3g×20粒/盒",
    dose_per_base=Decimal("0.3"),
    default_dose=Decimal("0.3"),
    default_frequency="bid",
    default_days=3,
    pack_size=Decimal(20),
    pack_price=Decimal("18.60"),
)
SYRUP = drug(
    3,
    "复方甘草口服溶液",
    "100ml/瓶",
    form="口服溶液",
    base_unit="瓶",
    dose_unit="ml",
    dose_per_base=Decimal(100),
    pack_unit="瓶",
    pack_size=Decimal(1),
    splittable=False,
    default_dose=Decimal(10),
    default_days=3,
    pack_price=Decimal("6.50"),
    free=Decimal(3),
    insurance_class="B",
)
CEFTRIAXONE = drug(
    4,
    "注射用头孢曲松钠",
    "1.0g×10瓶/盒",
    form="注射用无菌粉末",
    antibacterial="restricted",
    skin_test="by_label",
    base_unit="瓶",
    dose_per_base=Decimal(1),
    pack_size=Decimal(10),
    round_each_dose=True,
    default_dose=Decimal(2),
    default_frequency="qd",
    default_route="ivgtt",
    default_days=3,
    pack_price=Decimal("38.50"),
    free=Decimal(40),
)
SALINE = drug(
    5,
    "0.9%氯化钠注射液",
    "100ml/袋",
    form="注射液",
    base_unit="袋",
    dose_unit="ml",
    dose_per_base=Decimal(100),
    pack_unit="袋",
    pack_size=Decimal(1),
    round_each_dose=True,
    default_dose=Decimal(100),
    default_frequency="qd",
    default_route="ivgtt",
    default_days=3,
    pack_price=Decimal("3.20"),
)
ASTRAGALUS = drug(
    6,
    "黄芪",
    "1g",
    form="饮片",
    drug_class="herbal",
    base_unit="g",
    dose_per_base=Decimal(1),
    pack_unit="g",
    pack_size=Decimal(1),
    default_dose=Decimal(15),
    default_frequency="qd",
    default_route="decoct",
    default_days=7,
    pack_price=Decimal("0.12"),
    free=Decimal(5000),
)
NONE_LEFT = drug(
    7,
    "阿莫西林克拉维酸钾片",
    "0.375g×12片/盒",
    base_unit="片",
    pack_size=Decimal(12),
    free=Decimal(0),
    insurance_class="C",
    allergens=("penicillin",),
)
DRUGS = (AMOXICILLIN, IBUPROFEN, SYRUP, CEFTRIAXONE, SALINE, ASTRAGALUS, NONE_LEFT)
INITIALS = {
    "amx": (AMOXICILLIN, NONE_LEFT),
    "blf": (IBUPROFEN,),
    "gc": (SYRUP,),
    "tbqs": (CEFTRIAXONE,),
    "lhn": (SALINE,),
    "hq": (ASTRAGALUS,),
    "6901234567892": (IBUPROFEN,),
}


def drugs_for(text: str) -> DrugHits:
    """What the service would find: by the initials above, or by name."""
    found = INITIALS.get(text) or tuple(each for each in DRUGS if text in each.name)
    return DrugHits(drugs=found)


COLD = DiagnosisHit(code="J06.900", name="急性上呼吸道感染")
BRONCHITIS = DiagnosisHit(code="J20.900", name="急性支气管炎")


def entry(visit_id: int, name: str, state: str, **fields: object) -> QueueEntry:
    """Somebody in the queue."""
    return QueueEntry(
        **{  # type: ignore[arg-type]
            "visit_id": visit_id,
            "visit_number": f"261121{visit_id:05}",
            "queue_number": f"A{visit_id:03}",
            "patient_id": 100 + visit_id,
            "patient_name": name,
            "sex": "1" if visit_id % 2 else "2",
            "birth_date": date(1960 + visit_id * 3, 3, 7),
            "age": "",
            "state": state,
            "level": "ordinary",
            "department": "内科",
            "room": "206",
            "waiting_since": datetime.now(UTC) - timedelta(minutes=6 * visit_id),
            "called_at": None,
            **fields,
        }
    )


QUEUE = (
    entry(7, "马晓梅", "WAITING", level="emergency"),
    entry(3, "张晓三", "WAITING"),
    entry(4, "欧阳春晓", "WAITING", level="expert"),
    entry(8, "古丽娜尔·买买提", "WAITING", birth_date=date(2024, 9, 30)),
    entry(9, "李建国", "WAITING"),
    entry(5, "王秀英", "ON_HOLD"),
    entry(1, "陈志强", "FINISHED"),
    entry(2, "赵敏", "FINISHED"),
)


def file(**fields: object) -> PatientFile:
    return PatientFile(
        **{  # type: ignore[arg-type]
            "name": "张晓三",
            "sex": "1",
            "birth_date": date(1969, 3, 7),
            "document_kind": DocumentKind.ID_CARD,
            "document_number": "11010519690307101X",
            "phone": "13812345678",
            "payer": "insured",
            "allergy_state": AllergyState.NONE_KNOWN,
            **fields,
        }
    )


ALLERGIC = {"allergy_state": AllergyState.KNOWN, "allergies": (Allergy(text="青霉素", allergen="penicillin", severe=True),)}


def patient(**fields: object) -> PatientSummary:
    return PatientSummary(
        id=103,
        number="00000103",
        file=file(**fields),
        version=1,
        registered_at=NOW,
        visits=(),
        unpaid_fen=0,
        today=VisitBrief(id=3, number="26112100003", date=TODAY, department="内科", doctor="王芳", state="IN_CONSULT", queue_number="A003"),
    )


def encounter(state: str = "IN_CONSULT", **fields: object) -> Encounter:
    """The visit of 张晓三, with an empty record."""
    summary = fields.pop("patient", None) or patient()
    return Encounter(
        **{  # type: ignore[arg-type]
            "visit_id": 3,
            "visit_number": "26112100003",
            "state": state,
            "department": "内科",
            "patient": summary,
            "age": "57岁",
            "record": RecordText(),
            "record_version": 0,
            "record_signed_at": None,
            "diagnoses": (),
            "prescriptions": (),
            **fields,
        }
    )


RECORD = RecordText(
    chief_complaint="咳嗽、咳痰3天",
    present_illness="3天前受凉后出现咳嗽、咳白痰，夜间明显，伴咽痛，无发热、胸痛、气促。自服感冒药效果不佳。精神、食欲可，二便正常。",
    past_history="高血压病5年，规律服药，血压控制可。",
    allergy_history="否认药物及食物过敏史。",
    examination="T 36.8℃，P 82次/分，R 19次/分，BP 132/84mmHg。咽部充血，扁桃体不大；双肺呼吸音粗，未闻及干湿啰音。心律齐。",
    auxiliary="血常规：WBC 9.8×10⁹/L，N 72%。",
    treatment="按处方用药，多饮水、注意休息；3天后不见好转随诊。",
)
DIAGNOSES = (Diagnosis(code="J20.900", name="急性支气管炎"), Diagnosis(code="I10.x00", name="原发性高血压", note="2级"))


def signed(request: SignPrescription, *, id: int = 61, state: str = "SUBMITTED", **fields: object) -> PrescriptionFacts:
    """What the service answers to a signing."""
    by_id = {each.id: each for each in DRUGS}
    lines = []
    for number, line in enumerate(request.lines, 1):
        found = by_id[line.drug_id]
        quantity = line.quantity or Decimal(1)
        lines.append(
            PrescriptionLine(
                id=id * 10 + number,
                drug_id=found.id,
                name=found.name,
                specification=found.specification,
                form=found.form,
                dose=line.dose,
                dose_unit=found.dose_unit,
                frequency=line.frequency,
                frequency_text=next(each.name_zh for each in LISTS.frequencies if each.code == line.frequency),
                route=line.route,
                route_text=next(each.name_zh for each in LISTS.routes if each.code == line.route),
                days=line.days,
                quantity=quantity,
                unit=found.base_unit,
                quantity_text=f"{quantity}{found.base_unit}",
                group=line.group,
                advice=line.advice,
                skin_test=found.skin_test,
                unit_price=found.pack_price,
                amount_fen=pack_amount(found.pack_price, found.pack_size, quantity),
                dispensed=Decimal(0),
                reason=line.reason,
            )
        )
    facts = PrescriptionFacts(
        id=id,
        number=f"261121{id:05}",
        visit_id=request.visit_id,
        visit_number="26112100003",
        kind=request.kind,
        state=state,
        clinic="杏林门诊部",
        payer="insured",
        patient_id=103,
        patient_number="00000103",
        patient_name="张晓三",
        sex="1",
        age="57岁",
        weight="",
        phone="13812345678",
        department="内科",
        diagnoses=("急性支气管炎（J20.900）",),
        allergy_state="none_known",
        allergies=(),
        lines=tuple(lines),
        amount_fen=sum(line.amount_fen for line in lines),
        doctor="王芳",
        signed_at=NOW,
        valid_until=NOW,
        reviewer="",
        reviewed_at=None,
        rejection="",
        picker="",
        dispenser="",
        dispensed_at=None,
    )
    return msgspec.structs.replace(facts, **fields)
