"""Papers of the daily close with invented people and figures whose sums agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from common.messages.close_sheet import CloseSheet, InOut, InsuranceSum, InvoiceRange, InvoiceUse, Pieces
from common.messages.closing import CloseHit, RollUpFacts, ShiftStanding
from printing.documents.base import Copy
from printing.documents.daily_close import DailyClose
from printing.documents.roll_up import RollUp
from printing.documents.shift_slip import ShiftSlip

OPENED = datetime(2026, 11, 21, 7, 52, tzinfo=UTC)
CLOSED = datetime(2026, 11, 21, 17, 41, tzinfo=UTC)
PIECES = tuple(
    Pieces(denomination_fen=fen, pieces=pieces)
    for fen, pieces in ((100_00, 41), (50_00, 6), (20_00, 13), (10_00, 17), (5_00, 9), (1_00, 12))
)
EXPECTED = 50000 + 442350
COUNTED = sum(each.denomination_fen * each.pieces for each in PIECES) + 350


def close_sheet(**changes: Any) -> CloseSheet:
    """A busy day: drugs, insurance, deposits, something short."""
    facts: dict[str, Any] = {
        "clinic": "杏林中医西医结合门诊部",
        "number": "261121002",
        "cashier": "钱朵",
        "opened_at": OPENED,
        "closed_at": CLOSED,
        "business_date": date(2026, 11, 21),
        "bills": 137,
        "bills_fen": 1_283_420,
        "refunds": 3,
        "refunds_fen": -21_860,
        "reissued": 1,
        "invoices": InvoiceUse(
            used=(
                InvoiceRange(first="0000012001", last="0000012096", count=96),
                InvoiceRange(first="0000012098", last="0000012137", count=40),
                InvoiceRange(first="0000012140", last="0000012143", count=4),
            ),
            used_count=140,
            red=("0000012055", "0000012101", "0000012143"),
            reversed=("0000012031", "0000012077", "0000012099"),
            voided=("0000012097",),
            reprinted=("0000012008", "0000012100"),
        ),
        "categories": (
            InOut(code="consultation", in_fen=205_000, out_fen=-2_500),
            InOut(code="lab", in_fen=118_000, out_fen=0),
            InOut(code="material", in_fen=12_320, out_fen=0),
            InOut(code="patent", in_fen=166_100, out_fen=-6_480),
            InOut(code="registration", in_fen=68_500, out_fen=-500),
            InOut(code="treatment", in_fen=94_000, out_fen=0),
            InOut(code="western_drug", in_fen=619_500, out_fen=-12_380),
        ),
        "tenders": (
            InOut(code="account", in_fen=88_210, out_fen=0),
            InOut(code="alipay", in_fen=141_300, out_fen=0),
            InOut(code="cash", in_fen=449_230, out_fen=-6_880),
            InOut(code="deposit", in_fen=30_000, out_fen=0),
            InOut(code="fund", in_fen=296_180, out_fen=-8_500),
            InOut(code="waiver", in_fen=2_000, out_fen=0),
            InOut(code="wechat", in_fen=356_500, out_fen=-6_480),
        ),
        "insurance": (
            InsuranceSum(
                insutype="310",
                clr_type="11",
                clr_name="门诊",
                settled=24,
                cancelled=1,
                total_fen=402_150,
                fund_fen=231_080,
                account_fen=71_210,
                mutual_aid_fen=0,
                hospital_fen=0,
                cash_fen=99_860,
            ),
            InsuranceSum(
                insutype="390",
                clr_type="11",
                settled=11,
                cancelled=0,
                total_fen=120_600,
                fund_fen=56_600,
                account_fen=17_000,
                mutual_aid_fen=0,
                hospital_fen=0,
                cash_fen=47_000,
            ),
        ),
        "deposits": InOut(code="deposit", in_fen=80_000, out_fen=0),
        "collected_fen": 0,
        "waived_fen": 2_000,
        "rounding_fen": 0,
        "expenses_fen": 0,
        "float_fen": 50_000,
        "expected_fen": EXPECTED,
        "counted": PIECES,
        "loose_fen": 350,
        "counted_fen": COUNTED,
        "difference_fen": COUNTED - EXPECTED,
        "difference_reason": "上午高峰时一位病人多找零，当场未发现",
        "handed_in_fen": COUNTED - 50_000,
        "kept_fen": 50_000,
        "accepted_by": "金杏",
        "accepted_alone": False,
        "accounts": {},
        **changes,
    }
    return CloseSheet(**facts)


def daily_close(**changes: Any) -> DailyClose:
    sheet = close_sheet(**{name: value for name, value in changes.items() if name not in ("language", "reopened", "copy")})
    others = {name: value for name, value in changes.items() if name in ("language", "reopened", "copy")}
    return DailyClose(**{"clinic": sheet.clinic, "copy": Copy(at=CLOSED, by="钱朵"), "sheet": sheet, **others})


def close_hit(place: int, cashier: str, net_fen: int, difference_fen: int, handed_in_fen: int) -> CloseHit:
    return CloseHit(
        id=place,
        number=f"26112100{place}",
        shift_id=place,
        business_date=date(2026, 11, 21),
        closed_at=CLOSED,
        cashier_id=place,
        cashier=cashier,
        bills=50,
        refunds=1,
        net_fen=net_fen,
        counted_fen=handed_in_fen + 50_000,
        difference_fen=difference_fen,
        handed_in_fen=handed_in_fen,
        state="ROLLED_UP",
        can_reopen=False,
    )


def roll_up(closes: int = 3, **changes: Any) -> RollUp:
    """The day of :func:`close_sheet`, as if it had been taken in by several."""
    sheet = close_sheet()
    same = set(RollUpFacts.__struct_fields__) & set(CloseSheet.__struct_fields__) - {"number"}
    whole = [sheet.bills_fen + sheet.refunds_fen, sheet.difference_fen, sheet.handed_in_fen]
    parts = [[fen // closes + (fen % closes if place == 0 else 0) for fen in whole] for place in range(closes)]
    names = ("钱朵", "金杏", "古丽米热·阿不都热合曼")
    facts = RollUpFacts(
        id=1,
        number="26112101",
        at=CLOSED,
        staff="袁章",
        closes=tuple(close_hit(place + 1, names[place % 3], *part) for place, part in enumerate(parts)),
        **{name: getattr(sheet, name) for name in same} | changes,
    )
    return RollUp(clinic=sheet.clinic, copy=Copy(at=CLOSED, by="袁章"), facts=facts)


def shift_slip(**changes: Any) -> ShiftSlip:
    shift: dict[str, Any] = {
        "id": 7,
        "cashier_id": 3,
        "cashier": "钱朵",
        "opened_at": OPENED,
        "business_date": date(2026, 11, 21),
        "state": "SUBMITTED",
        "float_fen": 50_000,
        "bills": 137,
        "refunds": 3,
        "tenders": {},
        "counted": PIECES,
        "loose_fen": 350,
        "counted_fen": COUNTED,
        "counted_at": CLOSED,
        "expected_fen": EXPECTED,
        "difference_fen": COUNTED - EXPECTED,
        "difference_reason": "上午高峰时一位病人多找零，当场未发现",
        "handed_in_fen": COUNTED - 50_000,
        "kept_fen": 50_000,
        **changes,
    }
    return ShiftSlip(clinic="杏林中医西医结合门诊部", copy=Copy(at=CLOSED, by="钱朵"), shift=ShiftStanding(**shift))
