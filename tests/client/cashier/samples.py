"""A busy hour at the till, as facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from common.messages.accounts import PatientAccounts
from common.messages.cashier import (
    ChargeFacts,
    Debtor,
    DebtorList,
    InsuranceShare,
    ReceiptFacts,
    ReceiptLine,
    Settle,
    Settled,
    ShiftFacts,
    TenderKind,
    Unpaid,
)
from common.messages.catalogue import DepartmentFacts, Lists
from common.messages.patients import AllergyState, PatientFile, PatientSummary, VisitBrief
from common.messages.settlement import MoneyRules, OutsideStep, SettlementFacts, SettlementKind, SettlementList

TODAY = date(2026, 11, 21)


def ago(minutes: int) -> datetime:
    """So many minutes before now."""
    return datetime.now(UTC) - timedelta(minutes=minutes)


def patient(id: int = 7, name: str = "李建国") -> PatientSummary:
    """Who pays."""
    today = VisitBrief(id=42, number="26112100042", date=TODAY, department="内科", doctor="王建国", state="FINISHED", queue_number="A012")
    return PatientSummary(
        id=id,
        number=f"{id:08d}",
        file=PatientFile(name=name, sex="1", birth_date=date(1985, 3, 14), allergy_state=AllergyState.NONE_KNOWN),
        version=1,
        registered_at=datetime(2023, 5, 6, tzinfo=UTC),
        visits=(today,),
        unpaid_fen=3860,
        today=today,
    )


def line(id: int, name: str, fen: int, **fields: object) -> ChargeFacts:
    """An unpaid line of a prescription."""
    return ChargeFacts(
        **{  # type: ignore[arg-type]
            "id": id,
            "visit_id": 42,
            "visit_number": "26112100042",
            "source": "prescription",
            "source_number": "26112100031",
            "category": "western_drug",
            "name": name,
            "specification": "0.25g×24粒",
            "quantity": Decimal(1),
            "unit": "盒",
            "unit_price": Decimal(fen) / 100,
            "amount_fen": fen,
            "department": "内科",
            "doctor": "王建国",
            "since": ago(25),
            "state": "PENDING",
            **fields,
        }
    )


LINES = (
    line(
        1,
        "普通门诊诊察费",
        1500,
        source="registration",
        source_number="G001",
        category="consultation",
        specification="",
        unit="次",
        since=ago(95),
    ),
    line(2, "阿莫西林胶囊", 1286),
    line(3, "布洛芬缓释胶囊", 1874, specification="0.3g×20粒"),
    line(4, "复方甘草口服溶液", 900, specification="100ml", unit="瓶", quantity=Decimal(2), unit_price=Decimal("4.5")),
    line(
        5,
        "维生素C片",
        12,
        specification="0.1g",
        unit="片",
        quantity=Decimal("9"),
        unit_price=Decimal("0.013333"),
        source_number="26112100033",
        since=ago(3),
    ),
    line(6, "重组人干扰素α2b喷雾剂（假单胞菌）", 6840, specification="10ml:100万IU", unit="支", source_number="26112100033", since=ago(3)),
)


def unpaid(*lines: ChargeFacts, patient_id: int = 7, in_review: int = 0) -> Unpaid:
    """What somebody owes."""
    return Unpaid(patient_id=patient_id, lines=lines, total_fen=sum(each.amount_fen for each in lines), in_review=in_review)


def debtor(id: int, name: str, fen: int, minutes: int, lines: int = 3) -> Debtor:
    """Somebody who waits at the till."""
    return Debtor(patient_id=id, patient_number=f"{id:08d}", name=name, total_fen=fen, lines=lines, since=ago(minutes))


NAMES = [
    "李建国",
    "欧阳志远",
    "陈思雨",
    "赵国庆",
    "孙丽华",
    "周明",
    "吴敏",
    "郑卫东",
    "古丽米热·阿不都热合曼",
    "王芳",
    "冯雪",
    "褚亮",
    "卫兰",
    "蒋平",
    "沈洁",
    "韩梅",
    "杨帆",
    "朱红",
]
DEBTORS = DebtorList(
    debtors=tuple(debtor(7 + place, name, 3860 + place * 1437, 95 - place * 5, 1 + place % 5) for place, name in enumerate(NAMES))
)
SHIFT = ShiftFacts(id=3, opened_at=ago(200), state="OPENED", bills=41, refunds=1, float_fen=50000, by_tender={"wechat": 88120})


def settled(request: Settle, name: str = "李建国") -> Settled:
    """The service's answer to a settlement."""
    change = sum(tender.given_fen - tender.amount_fen for tender in request.tenders if tender.given_fen)
    item = ReceiptLine(
        category="western_drug", name="药品", specification="", quantity=Decimal(1), unit="次", amount_fen=request.expected_fen
    )
    receipt = ReceiptFacts(
        clinic="杏林门诊部",
        bill_id=5,
        bill_number="26112100017",
        invoice_number="0000000123",
        patient_number="00000007",
        patient_name=name,
        sex="1",
        visit_number="26112100042",
        date=TODAY,
        issued_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        cashier="王芳",
        lines=(item,),
        total_fen=request.expected_fen,
        tenders=request.tenders,
        change_fen=change,
    )
    return Settled(
        bill_id=5,
        bill_number="26112100017",
        invoice_number="0000000123",
        total_fen=request.expected_fen,
        change_fen=change,
        left_fen=0,
        receipt=receipt,
    )


RULES = MoneyRules(
    cash_rounding="none",
    refund_alone_fen=20000,
    waiver_limits={"cashier": 0, "manager": 50000},
    green_days=30,
    invoice_segments=False,
    close_needs_acceptance=False,
    einvoice_kind="none",
)
CONNECTED = msgspec.structs.replace(
    RULES,
    channels=(TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.UNIONPAY, TenderKind.ECNY),
    insurance=True,
)
NO_ACCOUNTS = PatientAccounts(patient_id=7, deposit_fen=0, credit=())
NOTHING_OPEN = SettlementList(settlements=())


def step(act: str, state: str, message: str = "", party: str = "wechat", seconds: int = 5) -> OutsideStep:
    """A call that left the house."""
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    return OutsideStep(party=party, act=act, number="P26112100001", state=state, amount_fen=12412, message=message, at=at)


def settlement(id: int = 31, state: str = "OPEN", patient_id: int = 7, name: str = "李建国", **fields: object) -> SettlementFacts:
    """A settlement under way."""
    return SettlementFacts(
        **{  # type: ignore[arg-type]
            "id": id,
            "kind": SettlementKind.SALE,
            "state": state,
            "patient_id": patient_id,
            "patient_number": f"{patient_id:08d}",
            "patient_name": name,
            "cashier": "王芳",
            "expected_fen": sum(each.amount_fen for each in LINES),
            "opened_at": datetime.now(UTC) - timedelta(seconds=12),
            "steps": (step("PAY", "PENDING"),),
            "can_cancel": state in ("OPEN", "QUOTED", "UNKNOWN"),
            **fields,
        }
    )


SHARE = InsuranceShare(
    psn_no="44030000000000000001",
    insutype="310",
    insutype_name="职工基本医疗保险",
    total_fen=12412,
    fund_fen=5188,
    account_fen=4000,
    mutual_aid_fen=0,
    hospital_fen=0,
    cash_fen=3224,
    own_scope_fen=6012,
    own_out_fen=1212,
    balance_fen=121000,
)

LISTS = Lists(
    frequencies=(),
    routes=(),
    departments=(DepartmentFacts(id=1, code="03", name="内科", name_en="Internal medicine"),),
    allergens=(),
    ethnic_groups=(),
)
