"""盘点表, 调价单 and 库存月结表: what stands on them, on as many pages as they need."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from common.i18n import language
from common.messages.repricing import PlaceValue, PriceChange, PriceChangeEntry, PriceLine, UnpaidPrescription
from common.messages.stock_months import DrugSum, KindSum, PlaceSum, StockMonth, StockMonthEntry
from common.messages.stock_take import Choice, DifferenceLine, Differences, TakeEntry
from printing.catalog import render_document
from printing.documents.base import Copy, SheetDocument
from printing.documents.price_change import PriceChangeSheet
from printing.documents.stock_month import StockMonthSheet
from printing.documents.stock_take import StockTakeSheet
from printing.media import Backend, Media
from printing.sheet import Text

AT = datetime(2026, 11, 30, 17, 20, tzinfo=UTC)
COPY = Copy(number=1, at=AT, by="顾砚")
D = Decimal


def stock_take(count: int, copy: Copy = COPY) -> StockTakeSheet:
    lines = tuple(
        DifferenceLine(
            line_id=n,
            drug_id=n,
            drug="复方甘草酸苷葡萄糖注射液（大包装）" if n == 2 else "布洛芬片",
            specification="0.2g×24片/盒",
            base_unit="片",
            pack_unit="盒",
            pack_size=D(24),
            shelf="A-1",
            lot=f"2609{n:02d}",
            expires=date(2028, 6, 30),
            found=False,
            opened_book=D(240),
            book=D(240),
            aside=D(0),
            counted=None if n == count else D(235),
            difference=D(0) if n == count else D(-5),
            value_fen=0 if n == count else -210,
            counters="苏叶、江蓝",
            rounds=2,
            counted_at=AT,
            holders="",
        )
        for n in range(1, count + 1)
    )
    take = TakeEntry(
        id=1,
        number="K261130001",
        place="PHARMACY",
        place_name="门诊药房",
        choice=Choice.ALL,
        chosen="",
        note="",
        state="CONFIRMED",
        opened_at=AT,
        opened_by="顾砚",
        counted_at=AT,
        counted_by="顾砚",
        ended_at=AT,
        ended_by="顾砚",
        approved_by="苏叶",
        void_reason="",
        lines=count,
        counted=count - 1,
        again=0,
    )
    found = Differences(clinic="杏林诊所", take=take, lines=lines, gain_fen=0, loss_fen=210 * (count - 1), uncounted=1)
    return StockTakeSheet(clinic="杏林诊所", copy=copy, found=found)


def price_change(count: int) -> PriceChangeSheet:
    entry = PriceChangeEntry(
        id=1,
        number="J261130001",
        state="APPLIED",
        reason="进价上调",
        authority="〔2026〕12 号",
        effective_at=AT,
        proposed_at=AT,
        proposed_by="顾砚",
        approved_at=AT,
        approved_by="袁院长",
        applied_at=AT,
        voided_at=None,
        voided_by="",
        void_reason="",
        about="布洛芬片",
        lines=count,
        value_fen=40000 * count,
    )
    lines = tuple(
        PriceLine(
            code="D0001",
            pack_size=Decimal(24),
            ceiling=None,
            drug_id=n,
            drug="布洛芬片",
            specification="0.2g×24片/盒",
            manufacturer="某制药",
            base_unit="片",
            pack_unit="盒",
            old_price=D("8.2"),
            new_price=D("9.2"),
            quantity=D(9600),
            value_fen=40000,
            places=(
                PlaceValue(place="门诊药房", quantity=D(2400), value_fen=10000),
                PlaceValue(place="药库", quantity=D(7200), value_fen=30000),
            ),
        )
        for n in range(count)
    )
    unpaid = (
        UnpaidPrescription(number="26113000007", patient="张三", was_fen=820, now_fen=920, kept=False),
        UnpaidPrescription(number="26113000009", patient="李四", was_fen=820, now_fen=820, kept=True),
    )
    return PriceChangeSheet(clinic="杏林诊所", copy=COPY, change=PriceChange(clinic="杏林诊所", entry=entry, lines=lines, unpaid=unpaid))


def stock_month(count: int) -> StockMonthSheet:
    entry = StockMonthEntry(
        id=1,
        number="M261201001",
        month=date(2026, 11, 1),
        closed_at=AT,
        closed_by="顾砚",
        reopened_at=None,
        reopened_by="",
        approved_by="",
        reopen_reason="",
        opening_fen=408035600,
        closing_fen=410000000,
        latest=True,
    )
    kinds = (
        KindSum(kind="RECEIPT", came_fen=5000000, went_fen=0),
        KindSum(kind="DISPENSE", came_fen=0, went_fen=3035600),
        KindSum(kind="ADJUST", came_fen=1200, went_fen=1200),
    )
    places = (PlaceSum(place="门诊药房", opening_fen=408035600, kinds=kinds, closing_fen=410000000),)
    drugs = tuple(
        DrugSum(
            place="门诊药房",
            drug_id=n,
            code=f"D{n:04d}",
            drug="布洛芬片",
            specification="0.2g×24片/盒",
            base_unit="片",
            pack_unit="盒",
            pack_size=D(24),
            opening=D(9600),
            opening_fen=268800,
            came=D(480),
            came_fen=13440,
            went=D(240),
            went_fen=6720,
            closing=D(9840),
            closing_fen=275520,
        )
        for n in range(count)
    )
    return StockMonthSheet(clinic="杏林诊所", copy=COPY, month=StockMonth(clinic="杏林诊所", entry=entry, places=places, drugs=drugs))


def said(document: SheetDocument) -> list[list[str]]:
    with language("zh_CN"):
        return [[mark.text for mark in sheet.marks if isinstance(mark, Text)] for sheet in document.sheets()]


@pytest.mark.parametrize(
    ("document", "parts"),
    [
        (stock_take(4), ("盘点表", "K261130001", "药房", "260901", "240 片", "235 片", "-5 片", "-2.10", "苏叶")),
        (price_change(3), ("调价单", "J261130001", "〔2026〕12 号", "8.2", "9.2", "药库", "300.00")),
        (stock_month(3), ("2026-11 库存月结表", "M261201001", "4,080,356.00", "发药", "30,356.00", "9840 片")),
    ],
    ids=["stock_take", "price_change", "stock_month"],
)
def test_what_happened_stands_on_it(document: SheetDocument, parts: tuple[str, ...]) -> None:
    (page,) = said(document)
    words = "\n".join(page)
    for part in parts:
        assert part in words, part


def test_what_nobody_counted_is_named() -> None:
    words = "\n".join(said(stock_take(3))[0])
    assert "未盘" in words
    assert "260903" in words


@pytest.mark.parametrize("document", [stock_take(90), price_change(60), stock_month(120)], ids=["take", "price", "month"])
def test_long_papers_go_on_with_their_heading(document: SheetDocument) -> None:
    pages = said(document)
    assert len(pages) > 2
    assert all("药品、规格" in page for page in pages[:-1])
    assert any("第 2 页" in word for word in pages[1])
    assert all(mark.y < 290 for sheet in document.sheets() for mark in sheet.marks if isinstance(mark, Text))


def test_a_copy_says_so_and_each_is_printed_as_pdf() -> None:
    assert any("补打 1" in word for word in said(stock_take(3, Copy(number=2, at=AT, by="顾砚")))[0])
    for document in (stock_take(3), price_change(2), stock_month(2)):
        assert render_document(document, Backend.PDF, Media.A4).startswith(b"%PDF")
