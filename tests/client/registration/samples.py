"""A morning at the registration desk, as facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import msgspec

from common.messages.cashier import ReceiptFacts, ReceiptLine, Tender, TenderKind
from common.messages.catalogue import CodeName, DepartmentFacts, Lists
from common.messages.patients import Allergy, AllergyState, DocumentKind, PatientFile, PatientHit, PatientSummary, VisitBrief
from common.messages.registration import Level, Period, SessionFacts, SlipFacts, VisitRegistered

TODAY = date(2026, 11, 21)
ID_NUMBER = "11010519491231002X"

LISTS = Lists(
    frequencies=(),
    routes=(),
    departments=(DepartmentFacts(id=1, code="03", name="内科", name_en="Internal medicine"),),
    allergens=(
        CodeName(code="penicillins", name_zh="青霉素类", name_en="Penicillins"),
        CodeName(code="cephalosporins", name_zh="头孢菌素类", name_en="Cephalosporins"),
        CodeName(code="sulfonamides", name_zh="磺胺类", name_en="Sulfonamides"),
        CodeName(code="pollen", name_zh="花粉", name_en="Pollen"),
    ),
    ethnic_groups=(
        CodeName(code="01", name_zh="汉族", name_en="Han"),
        CodeName(code="03", name_zh="回族", name_en="Hui"),
        CodeName(code="05", name_zh="维吾尔族", name_en="Uygur"),
    ),
)


def session(id: int, doctor: str = "王建国", department: str = "内科", **fields: object) -> SessionFacts:
    """A clinic session that lasts all day."""
    return SessionFacts(
        **{  # type: ignore[arg-type]
            "id": id,
            "date": TODAY,
            "period": Period.MORNING,
            "starts": time(0, 0),
            "ends": time(23, 59),
            "department_id": hash(department) % 1000,
            "department": department,
            "doctor_id": id,
            "doctor": doctor,
            "title": "主治医师",
            "room": f"{200 + id} 诊室",
            "level": Level.ORDINARY,
            "capacity": 30,
            "left": 12,
            "waiting": 5,
            "fee_fen": 1500,
            **fields,
        }
    )


SESSIONS = (
    session(1, "王建国", title="主任医师", level=Level.EXPERT, fee_fen=5000, left=2, waiting=9),
    session(2, "李晓梅", left=18, waiting=4),
    session(3, "欧阳志远", title="副主任医师", left=0, waiting=21, fee_fen=3000),
    session(4, "陈思雨", "儿科", left=25, waiting=2),
    session(5, "赵国庆", "儿科", title="副主任医师", fee_fen=3000, left=7, waiting=11),
    session(6, "孙丽华", "妇科", title="主任医师", level=Level.EXPERT, fee_fen=5000, period=Period.AFTERNOON, starts=time(0, 1)),
    session(7, "周明", "中医科", title="医师", left=30, waiting=0),
    session(8, "吴敏", "皮肤科", left=3, waiting=14),
    session(9, "郑卫东", "急诊科", level=Level.EMERGENCY, fee_fen=2000, left=99, waiting=1, period=Period.EVENING),
)


def visit(
    id: int = 31, day: date = date(2026, 8, 3), doctor: str = "李晓梅", department: str = "内科", state: str = "FINISHED"
) -> VisitBrief:
    """A visit of the past."""
    number = f"{day:%y%m%d}{id:05d}"
    names = ("急性上呼吸道感染", "高血压病 2 级") if state == "FINISHED" else ()
    return VisitBrief(
        id=id, number=number, date=day, department=department, doctor=doctor, state=state, queue_number="A012", diagnoses=names
    )


FILE = PatientFile(
    name="李建国",
    sex="1",
    birth_date=date(1985, 3, 14),
    document_kind=DocumentKind.ID_CARD,
    document_number="110101198503140018",
    phone="13812341234",
    address="北京市朝阳区望京街道花家地西里三区 12 号楼 3 单元 401 室",
    ethnic_group="01",
    allergy_state=AllergyState.KNOWN,
    allergies=(Allergy(text="青霉素类", allergen="penicillins", severe=True), Allergy(text="磺胺类", allergen="sulfonamides")),
)
PATIENT = PatientSummary(
    id=7,
    number="00001234",
    file=FILE,
    version=3,
    registered_at=datetime(2023, 5, 6, 9, 30, tzinfo=UTC),
    visits=(
        visit(),
        visit(22, date(2026, 3, 15)),
        visit(17, date(2025, 11, 2), "吴敏", "皮肤科"),
        visit(9, date(2025, 6, 30), state="CANCELLED"),
    ),
    unpaid_fen=3860,
    today=None,
)


def hit(patient: PatientSummary = PATIENT, **fields: object) -> PatientHit:
    """A patient as the search finds them."""
    found = PatientHit(
        id=patient.id,
        number=patient.number,
        name=patient.file.name,
        sex=patient.file.sex,
        birth_date=patient.file.birth_date,
        phone=patient.file.phone,
        document_tail=patient.file.document_number[-4:],
        last_visit=patient.visits[0].date if patient.visits else None,
    )
    return msgspec.structs.replace(found, **fields)


HITS = (
    hit(),
    hit(id=8, number="00004711", name="李建国", birth_date=date(1958, 10, 1), phone="13900001111", document_tail="0031"),
    hit(id=9, number="00010022", name="李建华", sex="2", birth_date=date(1990, 2, 28), phone="13755556666", document_tail="002X"),
)


def registered(session: SessionFacts = SESSIONS[1], given: int = 0) -> VisitRegistered:
    """The service's answer to a registration."""
    at = datetime(2026, 11, 21, 8, 41, tzinfo=UTC)
    slip = SlipFacts(
        clinic="杏林门诊部",
        visit_number="26112100042",
        queue_number="A005",
        patient_number=PATIENT.number,
        patient_name="李建国",
        sex="1",
        age="41岁",
        department=session.department,
        doctor=session.doctor,
        title=session.title,
        level=session.level,
        room=session.room,
        date=TODAY,
        starts=session.starts,
        ends=session.ends,
        waiting_before=session.waiting,
        fee_fen=session.fee_fen,
        issued_at=at,
        issued_by="王芳",
    )
    change = max(0, given - session.fee_fen) if given else 0
    tender = Tender(kind=TenderKind.CASH, amount_fen=session.fee_fen, given_fen=given or session.fee_fen)
    line = ReceiptLine(
        category="registration", name="普通门诊挂号费", specification="", quantity=Decimal(1), unit="次", amount_fen=session.fee_fen
    )
    receipt = ReceiptFacts(
        clinic="杏林门诊部",
        bill_id=5,
        bill_number="26112100017",
        invoice_number="0000000123",
        patient_number=PATIENT.number,
        patient_name="李建国",
        sex="1",
        visit_number=slip.visit_number,
        date=TODAY,
        issued_at=at,
        cashier="王芳",
        lines=(line,),
        total_fen=session.fee_fen,
        tenders=(tender,),
        change_fen=change,
    )
    return VisitRegistered(visit_id=42, visit_number=slip.visit_number, queue_number="A005", state="WAITING", slip=slip, receipt=receipt)
