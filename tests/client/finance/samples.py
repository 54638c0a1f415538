"""A month of an invented clinic, as the service would tell it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from common.domain.money import line_amount
from common.domain.surcharge import Per
from common.messages.cashier import ReceiptFacts, ReceiptLine, Tender, TenderKind
from common.messages.catalogue import DepartmentFacts, Lists, RouteFacts
from common.messages.finance import (
    DrillDown,
    Drilled,
    DrillRow,
    ExpenseCategory,
    ExpenseFacts,
    ExpenseList,
    GetReport,
    PaidFrom,
    Report,
    ReportKind,
    ReportRow,
)
from common.messages.prices import (
    PackageFacts,
    PackageLine,
    PriceHistory,
    PriceItem,
    PricePeriod,
    RouteSurcharge,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 11, 21, 17, 40, tzinfo=ZONE)
INCOME: Final = (
    "income:consultation",
    "income:exam",
    "income:lab",
    "income:treatment",
    "income:western_drug",
    "income:patent",
    "income:registration",
)
TENDERS: Final = ("tender:cash", "tender:wechat", "tender:alipay", "tender:fund", "tender:account", "tender:waiver")
LISTS: Final = Lists(
    frequencies=(),
    routes=(
        RouteFacts(code="im", name_zh="肌内注射", name_en="into the muscle", is_injection=True),
        RouteFacts(code="ivgtt", name_zh="静脉滴注", name_en="intravenous drip", is_injection=True),
    ),
    departments=(DepartmentFacts(id=1, code="NK", name="内科", name_en="Internal medicine"),),
    allergens=(),
    ethnic_groups=(),
)


def report(request: GetReport) -> Report:
    """A report whose figures hang together, whatever was asked for."""
    columns, rows = _SHAPES[request.kind](request)
    totals = tuple(sum(row.cells[place] for row in rows if row.group != "memo") for place in range(len(columns)))
    return Report(
        kind=request.kind,
        begins=request.begins,
        ends=request.ends,
        columns=columns,
        rows=tuple(rows),
        totals=totals,
        total_fen=totals[-1],
        ledger_fen=totals[-1],
        made_at=NOW,
    )


def _split(total: int, parts: Sequence[str]) -> tuple[int, ...]:
    """A total in shrinking parts that sum to it."""
    left, cells = total, []
    for place in range(len(parts)):
        share = left if place == len(parts) - 1 else left * 38 // 100
        cells.append(share)
        left -= share
    return tuple(cells)


def _takings(name: str, key: str, seed: int, columns: Sequence[str]) -> ReportRow:
    bills = 60 + seed * 37 % 45
    charged = bills * (8_350 + seed * 613 % 4_000)
    refunded = -(charged * (seed % 4) // 100)
    rounding = -(seed * 7 % 60)
    net = charged + refunded + rounding
    income = _split(net - rounding, INCOME) if "income:exam" in columns else ()
    return ReportRow(
        key=key,
        name=name,
        cells=(bills, seed % 4, charged, refunded, rounding, *income, *_split(net, TENDERS), net),
    )


_HEAD: Final = ("bills", "refund_bills", "charged", "refunded", "rounding")


def _daily(request: GetReport) -> tuple[tuple[str, ...], list[ReportRow]]:
    columns = (*_HEAD, *INCOME, *TENDERS, "net")
    days = [request.begins + timedelta(days=n) for n in range((min(request.ends, NOW.date()) - request.begins).days + 1)]
    return columns, [_takings("", f"{day}", day.toordinal(), columns) for day in days]


def _cashiers(_request: GetReport) -> tuple[tuple[str, ...], list[ReportRow]]:
    columns = (*_HEAD, *TENDERS, "net")
    return columns, [_takings(name, f"{n}", n * 13, columns) for n, name in enumerate(("钱朵", "金杏", "周清"), 1)]


def _lines(names: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], list[ReportRow]]:
    columns = ("charged", "refunded", *INCOME, "net")
    rows = []
    for n, (key, name) in enumerate(names):
        charged = 4_865_400 // (n + 1)
        refunded = -charged // 90
        rows.append(ReportRow(key=key, name=name, cells=(charged, refunded, *_split(charged + refunded, INCOME), charged + refunded)))
    return columns, rows


def _accounts(accounts: Sequence[str], first: int) -> list[ReportRow]:
    return [
        ReportRow(key=account, cells=(first // (n + 1), -(first // (n + 1) // 70), first // (n + 1) - first // (n + 1) // 70))
        for n, account in enumerate(accounts)
    ]


def _tenders(_request: GetReport) -> tuple[tuple[str, ...], list[ReportRow]]:
    rows = []
    for n, account in enumerate((*TENDERS, "tender:deposit", "tender:bank")):
        sales = 3_214_500 // (n + 1)
        cells = (
            sales,
            -sales // 60,
            50_000 if n == 0 else 0,
            120_000 if account == "tender:bank" else 0,
            -850_000 if n == 7 else 0,
            20_000 * (n == 0),
        )
        rows.append(ReportRow(key=account, cells=(*cells, sum(cells))))
    return ("sales", "refunds", "deposits", "collections", "expenses", "drawer", "net"), rows


def _profit(request: GetReport) -> tuple[tuple[str, ...], list[ReportRow]]:
    months = [f"{request.begins.year}-{month:02d}" for month in range(1, 12)]

    def row(key: str, group: str, most: int) -> ReportRow:
        cells = tuple(most * (80 + n * 17 % 23) // 100 for n in range(len(months)))
        return ReportRow(key=key, group=group, cells=(*cells, sum(cells)))

    rows = [row(account, "income", 9_654_300 // (n + 1)) for n, account in enumerate((*INCOME, "rounding"))]
    rows += [row("tender:waiver", "reduction", -45_600)]
    rows += [
        row(f"expense:{category}", "expense", -3_456_000 // (n + 1))
        for n, category in enumerate(("drugs", "wages", "rent", "utilities", "office"))
    ]
    rows += [row("drugs_income", "memo", 3_600_000), row("drugs_cost", "memo", -2_900_000), row("drugs_margin", "memo", 700_000)]
    return (*months, "net"), [*rows, row("result_with_cost", "memo", 9_000_000)]


_SHAPES: Final = {
    ReportKind.DAILY: _daily,
    ReportKind.CASHIER: _cashiers,
    ReportKind.TENDER: _tenders,
    ReportKind.CATEGORY: lambda _request: (("charged", "refunded", "net"), _accounts((*INCOME, "rounding"), 8_654_300)),
    ReportKind.DEPARTMENT: lambda _request: _lines((("1", "内科"), ("2", "外科"), ("3", "儿科"), ("4", "中医科"))),
    ReportKind.DOCTOR: lambda _request: _lines((("11", "方舟"), ("12", "林悦"), ("13", "秦山"), ("14", "欧阳明月"), ("15", "白荷"))),
    ReportKind.EXPENSES: lambda _request: (
        ("net",),
        [ReportRow(key=f"expense:{kind}", cells=(900_000 // n,)) for n, kind in enumerate(ExpenseCategory, 1)],
    ),
    ReportKind.PROFIT: _profit,
}


def drilled(request: DrillDown) -> Drilled:
    """Postings in parts of 60, 150 in all."""
    last = request.before or 151
    rows = tuple(_posting(number, request) for number in range(last - 1, max(last - 61, 0), -1))
    return Drilled(
        rows=rows,
        count=150,
        sum_fen=sum(1_250 + n * 37 % 9_000 for n in range(1, 151)),
        before=rows[-1].posting_id if rows[-1].posting_id > 1 else None,
    )


def _posting(number: int, request: DrillDown) -> DrillRow:
    at = NOW - timedelta(minutes=7 * (151 - number))
    spent = request.kind is ReportKind.EXPENSES
    return DrillRow(
        posting_id=number,
        date=at.date(),
        at=at,
        operation="EXPENSE" if spent else "SALE",
        account="expense:rent" if spent else "income:western_drug",
        amount_fen=1_250 + number * 37 % 9_000,
        document=f"Z261121{number:03d}" if spent else f"261121{number:05d}",
        cashier="钱朵",
        bill_id=None if spent else number,
        expense_id=number if spent else None,
        patient_number="" if spent else f"{number * 311:08d}",
        item="" if spent else ("阿莫西林胶囊", "布洛芬缓释胶囊", "蒙脱石散")[number % 3],
        department="" if spent else "内科",
        doctor="" if spent else "方舟",
    )


RECEIPT: Final = ReceiptFacts(
    clinic="杏林门诊部",
    bill_id=150,
    bill_number="26112100150",
    invoice_number="0000012345",
    patient_number="00046650",
    patient_name="张小三",
    sex="1",
    visit_number="26112100042",
    date=date(2026, 11, 21),
    issued_at=NOW,
    cashier="钱朵",
    lines=(
        ReceiptLine(
            category="western_drug", name="阿莫西林胶囊", specification="0.25g×24粒/盒", quantity=Decimal(2), unit="盒", amount_fen=1960
        ),
        ReceiptLine(
            category="western_drug", name="布洛芬缓释胶囊", specification="0.3g×20粒/盒", quantity=Decimal(1), unit="盒", amount_fen=1880
        ),
    ),
    total_fen=3840,
    tenders=(Tender(kind=TenderKind.CASH, amount_fen=3840, given_fen=5000),),
    change_fen=1160,
)


def expense(id: int = 1, **fields: object) -> ExpenseFacts:
    """An expense."""
    return ExpenseFacts(
        **{  # type: ignore[arg-type]
            "id": id,
            "number": f"Z261121{id:03d}",
            "category": ExpenseCategory.RENT,
            "amount_fen": 850_000,
            "paid_from": PaidFrom.BANK,
            "payee": "城南物业管理有限公司",
            "note": "十一月房租",
            "date": date(2026, 11, 21),
            "department": "",
            "entered_by": "袁璋",
            "at": NOW,
            **fields,
        }
    )


EXPENSES: Final = ExpenseList(
    expenses=(
        expense(4, amount_fen=-12_800, category=ExpenseCategory.OFFICE, payee="晨光文具店", note="重复录入", reverses="Z261120003"),
        expense(3),
        expense(
            2,
            number="Z261120003",
            amount_fen=12_800,
            category=ExpenseCategory.OFFICE,
            payee="晨光文具店",
            note="打印纸",
            reversed_by="Z261121004",
        ),
        expense(
            1,
            number="Z261118001",
            amount_fen=2_365_000,
            category=ExpenseCategory.DRUGS,
            payee="样例医药公司",
            note="",
            date=date(2026, 11, 18),
        ),
    ),
    total_fen=3_215_000,
)


def item(id: int, code: str, name: str, category: str, price: str, **fields: object) -> PriceItem:
    """An item of the price list."""
    return PriceItem(
        **{  # type: ignore[arg-type]
            "id": id,
            "code": code,
            "name": name,
            "unit": "次",
            "category": category,
            "price": Decimal(price),
            "active": True,
            "valid_from": date(2000, 1, 1),
            **fields,
        }
    )


ITEMS: Final = (
    item(1, "C001", "普通门诊诊察费", "consultation", "10"),
    item(2, "C002", "副主任医师门诊诊察费", "consultation", "20", next_price=Decimal(25), next_from=date(2027, 1, 1)),
    item(3, "E001", "常规心电图检查（12导联）", "exam", "25"),
    item(4, "E017", "头颅CT平扫", "exam", "220"),
    item(5, "T001", "肌肉注射", "treatment", "2.5"),
    item(6, "T002", "静脉输液（第一组）", "treatment", "12"),
    item(7, "T090", "远红外线治疗", "treatment", "8", active=False),
    item(8, "M001", "一次性注射器 5ml", "material", "0.85"),
)
HISTORY: Final = PriceHistory(
    item_id=2,
    periods=(
        PricePeriod(
            price=Decimal(25), valid_from=date(2027, 1, 1), valid_to=None, document="医价〔2026〕8号", entered_at=NOW, entered_by="袁璋"
        ),
        PricePeriod(
            price=Decimal(20),
            valid_from=date(2000, 1, 1),
            valid_to=date(2026, 12, 31),
            document="医疗服务价格项目通用名称",
            entered_at=NOW,
            entered_by="系统",
        ),
    ),
)


def package(id: int, code: str, name: str, *items: PriceItem, active: bool = True) -> PackageFacts:
    """A package with one of each."""
    one = Decimal(1)
    lines = tuple(
        PackageLine(item_id=i.id, code=i.code, name=i.name, unit=i.unit, quantity=one, price=i.price, amount_fen=line_amount(i.price, one))
        for i in items
    )
    return PackageFacts(id=id, code=code, name=name, active=active, lines=lines, total_fen=sum(line.amount_fen for line in lines))


PACKAGES: Final = (package(1, "TJ01", "入职体检", ITEMS[2], ITEMS[3]), package(2, "SY01", "输液套餐", ITEMS[5], ITEMS[7], active=False))
SURCHARGES: Final = (
    RouteSurcharge(
        route_code="im",
        route_name="肌内注射",
        per=Per.GIVING,
        item_id=5,
        item_code="T001",
        item_name="肌肉注射",
        unit="次",
        price=Decimal("2.5"),
    ),
    RouteSurcharge(
        route_code="ivgtt",
        route_name="静脉滴注",
        per=Per.PRESCRIPTION,
        item_id=8,
        item_code="M001",
        item_name="一次性注射器 5ml",
        unit="支",
        price=Decimal("0.85"),
    ),
)
