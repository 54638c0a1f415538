"""A day at the desk of the daily close."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from common.messages.closing import (
    CloseFacts,
    CloseHit,
    ClosingFacts,
    DayStanding,
    MatterKind,
    OpenMatter,
    RollUpFacts,
    RollUpList,
    ShiftBills,
    ShiftStanding,
)
from common.messages.settlement import BillHit
from tests.client.stage import TODAY
from tests.printing.closing_samples import COUNTED, EXPECTED, PIECES, close_sheet

NOW = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
ME, OTHER = 1, 4


def shift(**changes: Any) -> ShiftStanding:
    """One's own open shift."""
    facts: dict[str, Any] = {
        "id": 7,
        "cashier_id": ME,
        "cashier": "王芳",
        "opened_at": NOW - timedelta(hours=9),
        "business_date": TODAY,
        "state": "OPENED",
        "float_fen": 500_00,
        "bills": 137,
        "refunds": 3,
        "tenders": {"wechat": 350_020, "alipay": 141_300, "fund": 287_680, "account": 88_210, "deposit": 30_000},
        **changes,
    }
    return ShiftStanding(**facts)


def counted(fen: int = COUNTED, **changes: Any) -> ShiftStanding:
    """The same one after the count."""
    facts: dict[str, Any] = {
        "state": "COUNTED",
        "counted": PIECES,
        "loose_fen": 350,
        "counted_fen": fen,
        "counted_at": NOW,
        "expected_fen": EXPECTED,
        "difference_fen": fen - EXPECTED,
        **changes,
    }
    return shift(**facts)


def matter(id: int = 31, state: str = "UNKNOWN", patient: str = "欧阳小明", **changes: Any) -> OpenMatter:
    """A settlement without an end."""
    facts: dict[str, Any] = {
        "kind": MatterKind.SETTLEMENT,
        "id": id,
        "settlement_id": id,
        "state": state,
        "what": "SALE",
        "patient": patient,
        "patient_number": "00000007",
        "amount_fen": 86_40,
        "cashier": "王芳",
        "since": NOW,
        "advice": "Ask outside again now. If nobody can answer, look it up there and record the finding.",
        **changes,
    }
    return OpenMatter(**facts)


def hit(id: int = 12, **changes: Any) -> CloseHit:
    """A close in the list."""
    sheet = close_sheet()
    facts: dict[str, Any] = {
        "id": id,
        "number": f"261120{id:03d}",
        "shift_id": 100 + id,
        "business_date": TODAY - timedelta(days=1),
        "closed_at": NOW - timedelta(days=1),
        "cashier_id": ME,
        "cashier": "王芳",
        "bills": sheet.bills,
        "refunds": sheet.refunds,
        "net_fen": sheet.bills_fen + sheet.refunds_fen,
        "counted_fen": sheet.counted_fen,
        "difference_fen": 0,
        "handed_in_fen": sheet.handed_in_fen,
        "state": "CLOSED",
        "can_reopen": False,
        **changes,
    }
    return CloseHit(**facts)


def close(of: CloseHit | None = None) -> CloseFacts:
    """A close with its sheet."""
    found = of or hit()
    return CloseFacts(close=found, sheet=close_sheet(number=found.number, cashier=found.cashier))


def closing(*shifts: ShiftStanding, **changes: Any) -> ClosingFacts:
    facts: dict[str, Any] = {
        "shifts": shifts,
        "to_accept": (),
        "matters": (),
        "next_float_fen": 300_00,
        "needs_acceptance": False,
        **changes,
    }
    return ClosingFacts(**facts)


def rolled(id: int = 3) -> RollUpFacts:
    """A day that is rolled up."""
    sheet = close_sheet()
    names = (
        "bills", "bills_fen", "refunds", "refunds_fen", "categories", "tenders", "insurance", "deposits", "collected_fen", "waived_fen",
        "rounding_fen", "expenses_fen", "expected_fen", "counted_fen", "difference_fen", "handed_in_fen", "kept_fen", "accounts",
    )  # fmt: skip
    facts = {name: getattr(sheet, name) for name in names}
    return RollUpFacts(
        id=id,
        number="26111901",
        clinic=sheet.clinic,
        business_date=TODAY - timedelta(days=2),
        at=NOW,
        staff="袁璋",
        closes=(hit(9), hit(10)),
        **facts,
    )


def roll_ups(*not_closed: str) -> RollUpList:
    """Yesterday is to be rolled up; of today somebody has not closed."""
    yesterday = DayStanding(
        business_date=TODAY - timedelta(days=1), closes=2, net_fen=2_523_120, handed_in_fen=878_100, difference_fen=-3300, not_closed=()
    )
    today = msgspec.structs.replace(yesterday, business_date=TODAY, closes=1, not_closed=not_closed)
    return RollUpList(days=(today, yesterday), roll_ups=(rolled(),))


def bills(count: int = 40) -> ShiftBills:
    names = ("李建国", "欧阳小明", "阿卜杜热合曼·买买提", "张三", "沈洁")
    return ShiftBills(
        bills=tuple(
            BillHit(
                id=n,
                number=f"261120{n:05d}",
                invoice_number=f"{12000 + n:010d}",
                kind="REFUND" if n % 17 == 3 else "SALE",
                date=TODAY,
                at=NOW - timedelta(minutes=7 * n),
                patient_id=n,
                patient_number=f"{n:08d}",
                patient_name=names[n % 5],
                total_fen=-2500 if n % 17 == 3 else 3860 + 1437 * (n % 9),
                cashier="王芳",
                state="REFUND" if n % 17 == 3 else "TAKEN_BACK" if n % 17 == 6 else "REISSUED" if n % 17 == 9 else "STANDS",
            )
            for n in range(count)
        ),
        more=False,
    )
