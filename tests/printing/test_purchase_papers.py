"""采购订单 and 温湿度记录表."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from common.i18n import language
from common.messages.purchasing import Order, OrderEntry, OrderLine
from common.messages.temperature import ColdPlace, Half, Reading, Remedy, TemperatureLog
from printing.catalog import render_document
from printing.documents.base import Copy, SheetDocument
from printing.documents.purchase_order import PurchaseOrder
from printing.documents.temperature_sheet import TemperatureSheet
from printing.media import Backend, Media
from printing.sheet import Text

AT = datetime(2026, 11, 22, 15, 17, tzinfo=UTC)
D = Decimal
PRICE = D("6.72")


def line(number: int, price: Decimal | None = PRICE) -> OrderLine:
    return OrderLine(
        line_no=number,
        drug_id=number,
        code=f"D{number:04d}",
        drug="复方甘草酸苷葡萄糖注射液（生理盐水冲洗用大包装）" if number == 2 else "布洛芬片",
        specification="0.2g×24片/盒",
        manufacturer="某制药股份有限公司",
        pack_unit="盒",
        base_unit="片",
        pack_size=D(24),
        cold=number == 3,
        packs=D(20),
        price=price,
        value_fen=0 if price is None else 13440,
        received=D(0),
        paid=None,
        last_price=price,
        last_approval="",
        why=None,
    )


def order(count: int, *, copy: int = 1, **fields: object) -> PurchaseOrder:
    entry = OrderEntry(
        id=1,
        number="P2611220001",
        supplier_id=1,
        supplier="某某医药股份有限公司",
        state="SENT",
        business_date=AT.date(),
        made_by="顾砚",
        lines=count,
        open_lines=count,
        value_fen=13440 * count,
    )
    facts: dict[str, object] = {
        "clinic": "杏林诊所",
        "entry": entry,
        "contact": "梁溪",
        "phone": "0571-5550 1234",
        "note": "请于周五前送到",
        "made_at": AT,
        "made_by_id": 1,
        "approved_at": AT,
        "approved_by": "袁璋",
        "sent_at": AT,
        "sent_by": "顾砚",
        "ended_at": None,
        "ended_by": "",
        "end_reason": "",
        "receipts": (),
        "lines": tuple(line(number) for number in range(1, count + 1)),
    }
    made = Order(**(facts | fields))  # type: ignore[arg-type]
    return PurchaseOrder(clinic="杏林诊所", copy=Copy(number=copy, at=AT, by="顾砚"), order=made)


def readings(days: int) -> TemperatureLog:
    place = ColdPlace(
        id=1, name="药房冰箱", coldest=D(2), warmest=D(8), driest=D(35), dampest=D(75), since=date(2026, 1, 1), active=True, read=None
    )
    found = [
        Reading(
            day=date(2026, 11, day),
            half=half,
            celsius=D("9.4") if (day, half) == (7, Half.AFTERNOON) else D(40 + (day * 7 + len(half)) % 25) / 10,
            humidity=D(50),
            within=(day, half) != (7, Half.AFTERNOON),
            at=datetime(2026, 11, day, 9, tzinfo=UTC) + timedelta(hours=6 * (half is Half.AFTERNOON)),
            by="顾砚",
        )
        for day in range(1, days + 1)
        for half in Half
        if (day, half) != (12, Half.MORNING)
    ]
    words = {
        (7, Half.AFTERNOON): "门未关严，已关好，一小时后复测 5.2 ℃，药品无异常",
        (12, Half.MORNING): "值班人员外出，未测；下午补测正常",
    }
    remedies = [Remedy(day=date(2026, 11, day), half=half, words=said, at=AT, by="顾砚") for (day, half), said in words.items()]
    return TemperatureLog(clinic="杏林诊所", place=place, readings=tuple(found), remedies=tuple(remedies))


def temperatures(days: int = 22) -> TemperatureSheet:
    return TemperatureSheet(clinic="杏林诊所", copy=Copy(at=AT, by="顾砚"), log=readings(days), month=date(2026, 11, 1))


def said(document: SheetDocument) -> list[list[str]]:
    with language("zh_CN"):
        return [[mark.text for mark in sheet.marks if isinstance(mark, Text)] for sheet in document.sheets()]


def test_an_order_says_what_of_whom_and_who_agreed() -> None:
    (page,) = said(order(3))
    words = "\n".join(page)
    for part in (
        "药品采购订单",
        "P2611220001",
        "某某医药股份有限公司",
        "梁溪",
        "请于周五前送到",
        "D0001",
        "2～8℃",
        "403.20",
        "顾砚",
        "袁璋",
    ):
        assert part in words, part
    assert page.count("20 盒") == 3
    assert "补打 2" in "\n".join(said(order(1, copy=3))[0])


def test_a_price_that_nobody_knows_is_left_blank() -> None:
    (page,) = said(order(1, lines=(line(1, None),)))
    assert "0.00" not in page
    assert "6.72" not in page


def test_many_lines_take_several_pages_and_lose_none() -> None:
    pages = said(order(70))
    assert len(pages) == 4
    codes = [word for page in pages for word in page if word.startswith("D0")]
    assert codes == [f"D{number:04d}" for number in range(1, 71)]


def test_a_month_of_temperatures() -> None:
    (page,) = said(temperatures())
    words = "\n".join(page)
    for part in ("温湿度记录表", "药房冰箱", "2026-11", "2～8℃", "35～75%", "9.4 !", "门未关严", "值班人员外出"):
        assert part in words, part
    assert page.count("顾砚") == 43
    assert [word for word in page if word.isdecimal() and 0 < int(word) <= 31].count("30") == 2  # the table and the curve
    assert "31" not in page


def test_a_reading_out_of_limits_is_not_hidden_by_a_better_one() -> None:
    paper = temperatures(7)
    better = Reading(day=date(2026, 11, 7), half=Half.AFTERNOON, celsius=D("5.2"), humidity=D(50), within=True, at=AT, by="顾砚")
    log = TemperatureLog(clinic="", place=paper.log.place, readings=(*paper.log.readings, better), remedies=())
    again = TemperatureSheet(clinic="", copy=paper.copy, log=log, month=paper.month)
    assert "9.4 !" in said(again)[0]


def test_a_month_without_any_reading() -> None:
    empty = TemperatureSheet(clinic="", copy=Copy(at=AT, by="顾砚"), log=readings(0), month=date(2026, 2, 1))
    assert len(said(empty)) == 1


def test_they_are_pdfs() -> None:
    for document in (order(2), temperatures()):
        assert render_document(document, Backend.PDF, Media.A4).startswith(b"%PDF")
