"""Suppliers, plans, orders and temperatures for a prepared service."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from common.messages.purchasing import Order, OrderEntry, OrderLine, PlanLine, Why
from common.messages.suppliers import Licence, LicenceKind, LicenceState, Supplier
from common.messages.temperature import ColdPlace, Half, Reading, TemperatureLog
from tests.client.stage import TODAY

D = Decimal
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NAMES = ("阿莫西林胶囊", "布洛芬片", "胰岛素注射液", "蒙脱石散", "氯雷他定片", "复方甘草酸苷葡萄糖注射液（大包装）")


def licence(kind: LicenceKind, state: LicenceState = LicenceState.VALID, expires: date | None = date(2029, 5, 31)) -> Licence:
    number = "" if state is LicenceState.MISSING else f"浙AA571{kind[:3]}001"
    return Licence(kind=kind, number=number, expires=expires, state=state, entered_at=AT, entered_by="顾砚")


def supplier(number: int, name: str, state: LicenceState = LicenceState.VALID, **fields: object) -> Supplier:
    """``state`` is that of its letter of authorisation."""
    days = {"EXPIRED": -3, "NEAR_30": 12, "NEAR_90": 80}.get(state)
    expires = None if days is None else TODAY + timedelta(days=days)
    base = {
        "id": number,
        "code": f"G{number:03d}",
        "name": name,
        "contact": ("梁溪", "汪洋", "欧阳晓东")[number % 3],
        "phone": "0571-5550 1234",
        "lead_days": 2 + number % 4,
        "note": "",
        "active": True,
        "licences": (
            licence(LicenceKind.DRUG),
            licence(LicenceKind.BUSINESS, expires=None),
            licence(LicenceKind.AUTHORISATION, state, expires if expires or state is LicenceState.MISSING else date(2027, 12, 31)),
        ),
        "worst": state,
        "last_delivery": AT,
    }
    return Supplier(**(base | fields))  # type: ignore[arg-type]


def why(suggested: int, **fields: object) -> Why:
    base = {
        "suggested": suggested,
        "mean": D("37.4"),
        "deviation": D("12.3456"),
        "days": 90,
        "lead_days": 3,
        "safety": D("56.5"),
        "point": D("243.5"),
        "target": D("767.1"),
        "there": D(190),
        "expiring": D(0),
        "reserved": D(24),
        "on_order": D(0),
        "min_stock": None,
        "shelf_days": 540,
        "capped": False,
    }
    return Why(**(base | fields))  # type: ignore[arg-type]


def plan_line(number: int, suggested: int, supplier_id: int | None = 1, **fields: object) -> PlanLine:
    base = {
        "drug_id": number,
        "code": f"D{number:04d}",
        "name": NAMES[number % len(NAMES)],
        "specification": "0.25g×24粒/盒",
        "manufacturer": "某制药有限公司",
        "base_unit": "粒",
        "pack_unit": "盒",
        "pack_size": D(24),
        "supplier_id": supplier_id,
        "supplier": {1: "国药控股", 2: "九州通", None: ""}[supplier_id],
        "case_packs": 1,
        "price": D("8.5"),
        "why": why(suggested),
    }
    return PlanLine(**(base | fields))  # type: ignore[arg-type]


def entry(number: int, state: str, **fields: object) -> OrderEntry:
    base = {
        "id": number,
        "number": f"P261121{number:04d}",
        "supplier_id": 1,
        "supplier": ("九州通", "国药控股", "某某医药股份有限公司第一分公司")[number % 3],
        "state": state,
        "business_date": TODAY,
        "made_by": "顾砚",
        "lines": 10,
        "open_lines": {"RECEIVED": 0, "PART_RECEIVED": 4}.get(state, 10),
        "value_fen": 123450 + number,
    }
    return OrderEntry(**(base | fields))  # type: ignore[arg-type]


def order(number: int, state: str, *, by: int = 99, count: int = 10, **fields: object) -> Order:
    lines = tuple(
        OrderLine(
            line_no=n,
            drug_id=n,
            code=f"D{n:04d}",
            drug=NAMES[n % len(NAMES)],
            specification="0.25g×24粒/盒",
            manufacturer="某制药有限公司",
            pack_unit="盒",
            base_unit="粒",
            pack_size=D(24),
            cold=n == 2,
            packs=D(20),
            price=D("8.5"),
            value_fen=17000,
            received=D(20) if state == "PART_RECEIVED" and n < 5 else D(8) if state == "PART_RECEIVED" and n == 5 else D(0),
            paid=D("8.8") if state == "PART_RECEIVED" and n == 3 else D("8.5") if state == "PART_RECEIVED" and n < 6 else None,
            last_price=D("8.4"),
            last_approval="国药准字H20013062",
            why=None,
        )
        for n in range(1, count + 1)
    )
    sent = state in ("SENT", "PART_RECEIVED", "RECEIVED")
    base = {
        "clinic": "杏林诊所",
        "entry": entry(number, state),
        "contact": "梁溪",
        "phone": "0571-5550 1234",
        "note": "",
        "made_at": AT,
        "made_by_id": by,
        "approved_at": None if state == "DRAFT" else AT,
        "approved_by": "" if state == "DRAFT" else "袁璋",
        "sent_at": AT if sent else None,
        "sent_by": "顾砚" if sent else "",
        "ended_at": None,
        "ended_by": "",
        "end_reason": "",
        "receipts": ("R2611210003",) if state == "PART_RECEIVED" else (),
        "lines": lines,
    }
    return Order(**(base | fields))  # type: ignore[arg-type]


def cold_place(number: int, **fields: object) -> ColdPlace:
    base = {
        "id": number,
        "name": ("药房冰箱", "药库阴凉区", "疫苗冰箱")[number % 3],
        "coldest": D(2),
        "warmest": D(8),
        "driest": None,
        "dampest": None,
        "since": date(2026, 1, 1),
        "active": True,
        "read": None,
    }
    return ColdPlace(**(base | fields))  # type: ignore[arg-type]


def log(place: ColdPlace, days: int = 30) -> TemperatureLog:
    readings = [
        Reading(
            day=TODAY - timedelta(days=back),
            half=half,
            celsius=D("9.4") if (back, half) == (9, Half.AFTERNOON) else D(40 + (back * 13 + len(half)) % 25) / 10,
            humidity=None,
            within=(back, half) != (9, Half.AFTERNOON),
            at=AT,
            by="顾砚",
        )
        for back in range(days - 1, -1, -1)
        for half in Half
        if (back, half) not in ((4, Half.MORNING), (0, Half.AFTERNOON))
    ]
    return TemperatureLog(clinic="杏林诊所", place=place, readings=tuple(readings), remedies=())
