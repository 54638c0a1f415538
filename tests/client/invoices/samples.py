"""A morning's invoices, segments, gaps and e-invoices."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from common.messages.cashier import ReceiptFacts, ReceiptLine, Tender, TenderKind
from common.messages.einvoice import EInvoiceFacts, EInvoiceQueue
from common.messages.invoices import (
    GapKind,
    GapReport,
    Holder,
    InvoiceCopy,
    InvoiceFacts,
    InvoiceList,
    NumberGap,
    SegmentFacts,
    SegmentList,
    SegmentState,
)

AT: Final = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=8)))
_NAMES: Final = ("张小三", "欧阳小凤", "李思远", "王秀兰", "赵六", "阿依古丽·买买提", "陈建国", "周八")


def invoice(number: int, **fields: Any) -> InvoiceFacts:
    """An invoice of this morning."""
    return InvoiceFacts(
        **{
            "id": number,
            "number": f"31060126{number:07d}",
            "state": "USED",
            "amount_fen": 1250 + number * 137,
            "issued_at": AT + timedelta(minutes=3 * number),
            "issued_by": "钱朵",
            "bill_id": 500 + number,
            "bill_number": f"26112100{number:03d}",
            "patient_id": number,
            "patient_number": f"{number:08d}",
            "patient_name": _NAMES[number % len(_NAMES)],
            "prints": 1,
            "einvoice": "ISSUED",
            **fields,
        }
    )


def invoices() -> InvoiceList:
    """Every state there is, among usual ones."""
    special: dict[int, dict[str, Any]] = {
        16: {"einvoice": "PENDING"},
        15: {"amount_fen": -3438, "reverses": "310601260000009", "einvoice": "PENDING"},
        13: {"state": "REPRINTED", "prints": 3},
        11: {"state": "VOIDED", "void_reason": "打印偏移", "voided_by": "钱朵", "einvoice": ""},
        9: {"state": "REVERSED", "reversed_by": "310601260000015"},
        6: {"einvoice": "FAILED"},
    }
    rows = tuple(invoice(number, **special.get(number, {})) for number in range(17, 0, -1))
    return InvoiceList(invoices=rows, more=False, count=17, total_fen=sum(row.amount_fen for row in rows))


def segment(id: int, **fields: Any) -> SegmentFacts:
    """Somebody's hundred numbers."""
    return SegmentFacts(
        **{
            "id": id,
            "cashier_id": 1,
            "cashier": "王芳",
            "first": "310601260000001",
            "last": "310601260000100",
            "next": "310601260000018",
            "state": SegmentState.ACTIVE,
            "used": 17,
            "voided": 1,
            "spoiled": 0,
            "left": 83,
            "given_at": AT - timedelta(days=2),
            "given_by": "袁璋",
            "returned_from": "",
            "returned_at": None,
            "note": "",
            **fields,
        }
    )


def _numbers(first: int, following: int) -> dict[str, str]:
    """A hundred numbers from ``first``, spelled."""
    return {"first": f"{31060126:08d}{first:07d}", "last": f"{31060126:08d}{first + 99:07d}", "next": f"{31060126:08d}{following:07d}"}


def segments() -> SegmentList:
    """One's own, the next one, and a colleague's."""
    return SegmentList(
        segments=(
            segment(1),
            segment(3, **_numbers(201, 266), cashier_id=2, cashier="金杏", used=63, spoiled=2, voided=0, left=35),
            segment(2, **_numbers(101, 101), state=SegmentState.WAITING, used=0, voided=0, left=100),
        ),
        holders=(
            Holder(staff_id=1, login="wangfang", name="王芳", left=183),
            Holder(staff_id=2, login="jinxing", name="金杏", left=35),
            Holder(staff_id=3, login="zhouqing", name="周清", left=0),
        ),
        in_use=True,
    )


def gaps() -> GapReport:
    """A lost one, a torn one, and what was handed back."""
    return GapReport(
        gaps=(
            NumberGap(first="310601260000204", last="310601260000205", count=2, kind=GapKind.UNEXPLAINED, holder="金杏", reason=""),
            NumberGap(
                first="310601260000231",
                last="310601260000231",
                count=1,
                kind=GapKind.SPOILED,
                holder="金杏",
                reason="卡纸",
                by="金杏",
                at=AT,
            ),
            NumberGap(
                first="310601250009951", last="310601250010000", count=50, kind=GapKind.RETURNED, holder="周清", reason="年底换新票", at=AT
            ),
        ),
        used=1266,
        voided=7,
        unexplained=2,
    )


def einvoice(id: int, **fields: Any) -> EInvoiceFacts:
    """One that waits."""
    return EInvoiceFacts(
        **{
            "id": id,
            "invoice_number": f"31060126{id:07d}",
            "bill_id": 500 + id,
            "patient_name": _NAMES[id % len(_NAMES)],
            "amount_fen": 1250 + id * 137,
            "kind": "BLUE",
            "platform": "medical",
            "serial": f"26112100{id:03d}",
            "state": "PENDING",
            "code": "",
            "number": "",
            "check_code": "",
            "url": "",
            "tries": 0,
            "next_try_at": AT + timedelta(minutes=9),
            "error": "",
            "entered_at": AT + timedelta(minutes=3 * id),
            "issued_at": None,
            **fields,
        }
    )


def queue() -> EInvoiceQueue:
    """The line was down; one is refused."""
    rows = (
        einvoice(6, state="FAILED", tries=1, error="E7001 开票点编码未启用"),
        einvoice(14, state="UNKNOWN", tries=2, error="no answer in time"),
        einvoice(15, kind="RED", amount_fen=-3438, waits_for="26112100014"),
        einvoice(16, tries=3, error="no connection (ConnectionRefusedError)"),
        einvoice(17),
    )
    return EInvoiceQueue(einvoices=rows, waiting=4, failed=1, oldest=rows[1].entered_at, more=False)


def receipt(**fields: Any) -> ReceiptFacts:
    """What stands on invoice 17's paper."""
    return ReceiptFacts(
        **{
            "clinic": "杏林诊所",
            "bill_id": 517,
            "bill_number": "26112100017",
            "invoice_number": "310601260000017",
            "patient_number": "00000017",
            "patient_name": "欧阳小凤",
            "sex": "2",
            "visit_number": "26112100012",
            "date": AT.date(),
            "issued_at": AT,
            "cashier": "钱朵",
            "lines": (
                ReceiptLine(
                    category="western_drug",
                    name="阿莫西林胶囊",
                    specification="0.25g×24粒",
                    quantity=Decimal(2),
                    unit="盒",
                    amount_fen=3579,
                ),
            ),
            "total_fen": 3579,
            "tenders": (Tender(kind=TenderKind.CASH, amount_fen=3579, given_fen=4000),),
            "change_fen": 421,
            **fields,
        }
    )


def copy(number: int = 2, **fields: Any) -> InvoiceCopy:
    """A paper of invoice 17."""
    return InvoiceCopy(**{"invoice_id": 17, "receipt": receipt(), "copy": number, "at": AT + timedelta(hours=2), "by": "王芳", **fields})
