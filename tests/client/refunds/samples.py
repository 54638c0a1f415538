"""Bills at the refunds desk, as facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from common.messages.cashier import ReceiptFacts, ReceiptLine, Tender, TenderKind
from common.messages.settlement import (
    BillFacts,
    BillHit,
    BillHits,
    BillLine,
    BillPayment,
    Refunded,
    RefundPlan,
    SettlementFacts,
    SettlementKind,
)

AT = datetime(2026, 11, 21, 1, 5, tzinfo=UTC)


def hit(id: int = 5, name: str = "李建国", fen: int = 6560, state: str = "STANDS", **fields: object) -> BillHit:
    """A bill in a list."""
    return BillHit(
        **{  # type: ignore[arg-type]
            "id": id,
            "number": f"{26112100000 + id}",
            "invoice_number": f"{118 + id:010d}",
            "kind": "REFUND" if state == "REFUND" else "SALE",
            "date": date(2026, 11, 21),
            "at": AT + timedelta(minutes=id),
            "patient_id": 7,
            "patient_number": "00000007",
            "patient_name": name,
            "total_fen": fen,
            "cashier": "王芳",
            "state": state,
            **fields,
        }
    )


def line(id: int, name: str, fen: int, quantity: int = 1, **fields: object) -> BillLine:
    """A line of a bill, all of which can go back."""
    return BillLine(
        **{  # type: ignore[arg-type]
            "charge_line_id": id,
            "source": "service",
            "source_number": "26112100042",
            "category": "treatment",
            "name": name,
            "specification": "",
            "quantity": Decimal(quantity),
            "unit": "次",
            "amount_fen": fen,
            "left": Decimal(quantity),
            "left_fen": fen,
            "hindrance": "",
            **fields,
        }
    )


HANDED_OUT = "refund|It was handed out. The pharmacy has to take it back first."
LINES = (
    line(
        1, "普通门诊诊察费", 1500, hindrance="refund|Cancel the visit at the registration desk; the fee goes back with it.", left=Decimal(0)
    ),
    line(2, "雾化吸入", 3600, quantity=2),
    line(3, "阿莫西林胶囊", 1286, unit="盒", specification="0.25g×24粒", source="prescription", prescription_id=9),
    line(4, "布洛芬缓释胶囊", 1874, unit="盒", specification="0.3g×20粒", source="prescription", prescription_id=9),
    line(
        5,
        "复方甘草口服溶液",
        900,
        unit="瓶",
        specification="100ml",
        source="prescription",
        prescription_id=8,
        hindrance=HANDED_OUT,
        left=Decimal(0),
    ),
)


def receipt(id: int, lines: tuple[BillLine, ...], sign: int = 1, **fields: object) -> ReceiptFacts:
    """What the paper says."""
    total = sum(each.amount_fen for each in lines) * sign
    return ReceiptFacts(
        **{  # type: ignore[arg-type]
            "clinic": "杏林门诊部",
            "bill_id": id,
            "bill_number": f"{26112100000 + id}",
            "invoice_number": f"{118 + id:010d}",
            "patient_number": "00000007",
            "patient_name": "李建国",
            "sex": "1",
            "visit_number": "26112100042",
            "date": date(2026, 11, 21),
            "issued_at": AT,
            "cashier": "王芳",
            "lines": tuple(
                ReceiptLine(
                    category=each.category,
                    name=each.name,
                    specification=each.specification,
                    quantity=each.quantity * sign,
                    unit=each.unit,
                    amount_fen=each.amount_fen * sign,
                )
                for each in lines
            ),
            "total_fen": total,
            "tenders": (Tender(kind=TenderKind.CASH, amount_fen=abs(total)),),
            "change_fen": 0,
            **fields,
        }
    )


def bill(id: int = 5, state: str = "STANDS", lines: tuple[BillLine, ...] = LINES, **fields: object) -> BillFacts:
    """A bill paid half by cash and half by WeChat."""
    total = sum(each.amount_fen for each in lines)
    paid = (
        BillPayment(tender=TenderKind.CASH, amount_fen=total - 4000, state="PAID", reference=""),
        BillPayment(tender=TenderKind.WECHAT, amount_fen=4000, state="PAID", reference="4200001234202611218876543210"),
    )
    return BillFacts(
        **{  # type: ignore[arg-type]
            "bill": hit(id, fen=total, state=state),
            "lines": lines,
            "payments": paid,
            "chain": (),
            "receipt": receipt(id, lines),
            **fields,
        }
    )


def plan(back_fen: int = 1800, needs_approval: str = "", **fields: object) -> RefundPlan:
    """What taking something back would do."""
    return RefundPlan(
        **{  # type: ignore[arg-type]
            "value_fen": back_fen,
            "back_fen": back_fen,
            "back": {TenderKind.CASH: back_fen},
            "rest_fen": 9160 - back_fen,
            "needs_approval": needs_approval,
            "insured": False,
            **fields,
        }
    )


def refunded(back_fen: int = 1800) -> Refunded:
    """It went back; the rest stands on another receipt."""
    return Refunded(
        refund=receipt(6, LINES, sign=-1, refund_of="26112100005"),
        rest=receipt(7, LINES[1:], rest_of="26112100005"),
        back_fen=back_fen,
        back={TenderKind.CASH: back_fen},
    )


def refund(id: int = 51, state: str = "DONE", **fields: object) -> SettlementFacts:
    """A refund under way, or ended."""
    return SettlementFacts(
        **{  # type: ignore[arg-type]
            "id": id,
            "kind": SettlementKind.REFUND,
            "state": state,
            "patient_id": 7,
            "patient_number": "00000007",
            "patient_name": "李建国",
            "cashier": "王芳",
            "expected_fen": 1800,
            "opened_at": datetime.now(UTC) - timedelta(seconds=9),
            "steps": (),
            "refunded": refunded() if state == "DONE" else None,
            "can_cancel": state == "OPEN",
            **fields,
        }
    )


NAMES = ("李建国", "欧阳志远", "陈思雨", "赵国庆", "古丽米热·阿不都热合曼", "孙丽华", "周明", "吴敏", "郑卫东", "王芳", "冯雪", "褚亮")
BILLS = BillHits(
    bills=(
        hit(),
        *(
            hit(20 + place, name, 3860 + place * 1437, ("STANDS", "TAKEN_BACK", "REFUND", "REISSUED")[place % 4], patient_id=20 + place)
            for place, name in enumerate(NAMES)
        ),
    ),
    more=True,
)
