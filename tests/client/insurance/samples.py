"""An invented clinic's insurance desk, as the service would tell it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from common.messages.insurance import (
    CatalogueFacts,
    CatalogueList,
    Dictionaries,
    DictionaryEntry,
    ErrandFacts,
    ErrandKind,
    ErrandList,
    InsuranceSetup,
    InsuranceSetupFacts,
    ProvinceChoice,
    SignInFacts,
    SignInList,
)
from common.messages.insurance_mapping import Candidate, Candidates, CodeKind, MappedItem, MappedItems, NationalCode, NationalCodes
from common.messages.insurance_statement import InsuranceDifference, InsuranceDifferences, Side, StatementFacts, StatementList
from common.messages.insurance_upload import StockPlace, StockPlaces, UploadQueue, UploadRow
from common.messages.reconcile import Finding, Way

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 11, 21, 17, 40, tzinfo=ZONE)
DAY: Final = date(2026, 11, 20)


def statements() -> StatementList:
    """A week of comparisons, one of which does not agree."""
    rows = []
    for back in range(5):
        for insutype, name, english in (
            ("310", "职工基本医疗保险", "Employees' basic"),
            ("390", "城乡居民基本医疗保险", "Residents' basic"),
        ):
            equal = (back, insutype) != (0, "310")
            rows.append(
                StatementFacts(
                    day=DAY - timedelta(days=back),
                    insutype=insutype,
                    insutype_name=name,
                    insutype_name_en=english,
                    clr_type="11",
                    clr_optins="440300",
                    count=184 - back * 7,
                    total_fen=2_184_350 - back * 90_000,
                    fund_fen=1_420_110 - back * 70_000,
                    account_fen=421_300,
                    result="000000" if equal else "000101",
                    words="平" if equal else "中心有，机构无",
                    at=NOW,
                )
            )
    return StatementList(statements=tuple(rows))


def difference(id: int, finding: Finding, **more: object) -> InsuranceDifference:
    """One difference."""
    side = Side(total_fen=8_640, fund_fen=5_120, account_fen=1_200)
    fields: dict[str, object] = {
        "id": id,
        "day": DAY,
        "finding": finding,
        "act": "SETTLE",
        "number": f"2026112000000000{id:04d}",
        "msgid": f"H4403000000120261120093{id:05d}",
        "psn_no": f"44030000{id:06d}",
        "mdtrt_id": "202611200000000031",
        "memo": "中心有，机构无",
        "ours": None if finding is Finding.THEIRS_ONLY else side,
        "theirs": None if finding is Finding.OURS_ONLY else Side(total_fen=8_640, fund_fen=5_200, account_fen=1_120),
        "patient_id": None if finding is Finding.THEIRS_ONLY else 7,
        "patient_name": "" if finding is Finding.THEIRS_ONLY else "欧阳小明",
        "bill_id": 3,
        "bill_number": "" if finding is Finding.THEIRS_ONLY else "20261120-0031",
        "settlement_id": None,
        "way": Way.OPEN,
        "trouble": "",
        "resolution": "",
        "resolved_at": None,
        "resolved_by": "",
    }
    return InsuranceDifference(**{**fields, **more})  # type: ignore[arg-type]


def differences() -> InsuranceDifferences:
    """One of each finding, one under way, one hindered."""
    return InsuranceDifferences(
        differences=(
            difference(1, Finding.THEIRS_ONLY),
            difference(2, Finding.OURS_ONLY),
            difference(3, Finding.AMOUNT),
            difference(4, Finding.THEIRS_ONLY, way=Way.REFUND),
            difference(5, Finding.OURS_ONLY, way=Way.OPEN, trouble="该结算已撤销"),
        ),
        more=False,
    )


def places() -> StockPlaces:
    """A pharmacy and an empty store room."""
    return StockPlaces(
        places=(
            StockPlace(location_id=1, name="西药房", batches=312, unmapped=4, told_at=NOW - timedelta(days=21)),
            StockPlace(location_id=2, name="二级库", batches=0, unmapped=0, told_at=None),
        )
    )


def queue() -> UploadQueue:
    """A queue after an hour without a line."""
    rows = []
    refused = "氯雷他定片 260392: 追溯码已销售，请勿重复销售（81234560001234567890）"
    unknown = "药品 布洛芬缓释胶囊 的生产企业和批准文号未知，请先下载药品目录。"
    lost = "The insurance did not answer"
    for number, (infno, change, about, state, error, held_by) in enumerate(
        (
            ("3505A", "", "RX20261121-0034 林静怡", "FAILED", "药师 江蓝 没有国家编码。", ""),
            ("3505A", "", "RX20261121-0041 张小三", "FAILED", refused, ""),
            ("3503", "", "R20261121-0004 布洛芬缓释胶囊", "FAILED", unknown, ""),
            ("3502", "106", "R20261121-0003 阿莫西林胶囊", "PENDING", "The insurance cannot be reached", ""),
            ("3502", "102", "DB2611210006 布洛芬缓释胶囊", "PENDING", "", "R20261121-0004"),
            ("3502", "104", "PD2611210002 蒙脱石散", "PENDING", "", ""),
            ("3502", "105", "XH2611210009 头孢克肟分散片", "PENDING", "", ""),
            ("3506A", "", "RX20261121-0050 王思远", "PENDING", lost, ""),
            ("3506", "", "T2611210003 氯雷他定片", "PENDING", "", ""),
            ("3505A", "", "RX20261121-0051 李秀英", "PENDING", "", "-"),
            ("3501A", "", "西药房 2026-11-21 17:20 3/7", "PENDING", "", ""),
            ("4301", "", "20261121-0058 欧阳小明", "PENDING", lost, ""),
        )
    ):
        rows.append(
            UploadRow(
                id=number + 1,
                infno=infno,
                subject="prescription",
                about=about,
                state=state,
                tries=max(5 - number, 0),
                next_try_at=NOW + timedelta(minutes=4),
                error=error,
                entered_at=NOW - timedelta(minutes=300 - number * 25),
                done_at=None,
                change=change,
                held=bool(held_by),
                held_by=held_by.strip("-"),
            )
        )
    return UploadQueue(rows=tuple(rows), waiting=9, failed=3, done_today=212, oldest=NOW - timedelta(minutes=300), more=False)


_DRUGS: Final = (
    ("阿莫西林胶囊", "0.25g×24粒", "联邦制药", 184_320, ""),
    ("布洛芬缓释胶囊", "0.3g×20粒", "中美史克", 121_000, "XM01AEB106E003010101003"),
    ("盐酸二甲双胍缓释片", "0.5g×30片", "上海宣泰", 98_700, "XA10BAE068A001010101008"),
    ("氯雷他定片", "10mg×6片", "先灵葆雅", 40_210, "XR06AXL156A001010101011"),
    ("蒙脱石散", "3g×10袋", "益普生", 20_480, ""),
)


def items() -> MappedItems:
    """Drugs and services, some with a code."""
    rows = []
    for number, (name, specification, maker, income, code) in enumerate(_DRUGS * 4, 1):
        rows.append(
            MappedItem(
                kind="service" if number % 7 == 0 else "drug",
                own_id=number,
                code=f"D{number:03d}",
                name=name,
                specification=specification,
                manufacturer=maker,
                category="western",
                price=Decimal("12.5"),
                income_fen=income,
                mapping_id=number if code else None,
                list_type="101" if code else "",
                med_list_codg=code,
                national_name=name if code else "",
                level="01" if code else "",
                begins=DAY if code else None,
                ends=None,
                upload=("DONE", "PENDING", "FAILED")[number % 3] if code else "",
                upload_error="医疗目录编码不在目录内" if code and number % 3 == 2 else "",
            )
        )
    rows.sort(key=lambda row: row.mapping_id is not None)
    return MappedItems(items=tuple(rows), items_total=158, items_mapped=131, income_fen=8_423_000, income_mapped_fen=7_920_450, more=False)


def candidates() -> Candidates:
    """What an item could be."""
    return Candidates(
        candidates=tuple(
            Candidate(
                list_type="101",
                code=f"XJ01CAA040E0010101{number:05d}",
                name=name,
                specification=specification,
                manufacturer=maker,
                approval_number="国药准字H00000001",
                level=level,
                score=alike,
            )
            for number, (name, specification, maker, level, alike) in enumerate(
                (
                    ("阿莫西林胶囊", "0.25g×24粒", "联邦制药", "01", 100),
                    ("阿莫西林胶囊", "0.5g×24粒", "哈药集团", "01", 86),
                    ("阿莫西林分散片", "0.25g×24片", "石药集团", "01", 71),
                    ("阿莫西林克拉维酸钾片", "0.375g×12片", "华北制药", "02", 44),
                ),
                1,
            )
        )
    )


def codes() -> NationalCodes:
    """People and departments."""
    people: tuple[tuple[CodeKind, int, str, str, str, str, str], ...] = (
        ("doctor", 5, "方舟", "主治医师", "内科", "", ""),
        ("doctor", 6, "林悦", "副主任医师", "内科", "D440303012345", ""),
        ("pharmacist", 9, "苏叶", "主管药师", "药房", "Y440303000123", ""),
        ("department", 1, "内科", "", "", "A03", "A03"),
    )
    return NationalCodes(
        codes=tuple(
            NationalCode(kind=kind, own_id=own, name=name, title=title, department=department, code=code, extra=extra)
            for kind, own, name, title, department, code, extra in people
        )
    )


def lists() -> CatalogueList:
    """The bureau's lists."""
    held: tuple[tuple[str, str, int, str], ...] = (
        ("1301", "101", 182_340, "F001_20261101000000_C"),
        ("1302", "102", 8_912, "F002_20261001000000_A"),
        ("1303", "103", 0, ""),
    )
    held += (("1305", "201", 12_077, "F005_20260401000000_B"), ("1306", "301", 0, ""))
    return CatalogueList(
        lists=tuple(
            CatalogueFacts(infno=infno, list_type=kind, rows=rows, valid_rows=rows, version=version) for infno, kind, rows, version in held
        )
    )


def dictionaries() -> Dictionaries:
    """Two dictionaries."""
    values = (
        ("insutype", "310", "职工基本医疗保险", "Employees' basic insurance"),
        ("insutype", "390", "城乡居民基本医疗保险", "Residents' basic insurance"),
        ("med_type", "11", "普通门诊", "Ordinary outpatient"),
        ("med_type", "14", "门诊慢特病", "Chronic and special disease"),
    )
    return Dictionaries(
        entries=tuple(
            DictionaryEntry(type=kind, value=value, label=label, label_en=english, valid=True) for kind, value, label, english in values
        )
    )


def setup() -> InsuranceSetupFacts:
    """A clinic in Guangdong."""
    provinces = (("guangdong", "Guangdong", "广东", "C-code"), ("hubei", "Hubei", "湖北", "C-code"), ("hunan", "Hunan", "湖南", "C-code"))
    return InsuranceSetupFacts(
        setup=InsuranceSetup(
            connected=True,
            province="guangdong",
            url="https://fsi.example.gov.cn/fsi/api",
            fixmedins_code="H44030000001",
            fixmedins_name="杏林诊所",
            mdtrtarea_admvs="440300",
        ),
        provinces=tuple(
            ProvinceChoice(name=name, label=label, label_zh=chinese, confidence=mark, signs_in=True)
            for name, label, chinese, mark in provinces
        ),
        line_is_up=True,
    )


def sign_ins() -> SignInList:
    """Two operators."""
    return SignInList(
        sign_ins=tuple(
            SignInFacts(
                id=number,
                staff_id=number,
                name=name,
                day=NOW.date(),
                sign_no=f"44030020261121{number:016d}",
                signed_in_at=NOW - timedelta(hours=9),
                signed_out_at=ended,
            )
            for number, (name, ended) in enumerate((("钱朵", None), ("金杏", NOW)), 1)
        )
    )


def errands() -> ErrandList:
    """What the service did."""
    told = (
        (ErrandKind.CATALOGUE, "1301", "WAITING", "", 43_000, 182_340),
        (ErrandKind.DICTIONARY, "med_type", "DONE", "31", 0, 0),
        (ErrandKind.TEST, "", "DONE", "医保有 林静怡：310 (1), 390 (4)", 0, 0),
    )
    return ErrandList(
        errands=tuple(
            ErrandFacts(
                id=number,
                kind=kind,
                subject=subject,
                state=state,
                told=words,
                progress=progress,
                total=total,
                tries=1,
                wanted_at=NOW,
                wanted_by="袁璋",
                done_at=None if state == "WAITING" else NOW,
            )
            for number, (kind, subject, state, words, progress, total) in enumerate(told, 1)
        )
    )
