"""入库验收单: every line with what was inspected, on as many pages as it needs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from common.messages.receipts import GoodsReceipt as Facts
from common.messages.receipts import ReceiptEntry, ReceiptLine
from printing.catalog import render_document
from printing.documents.base import Copy
from printing.documents.goods_receipt import GoodsReceipt
from printing.media import Backend, Media
from printing.sheet import Text

AT = datetime(2026, 11, 22, 15, 17, tzinfo=UTC)


def line(number: int, *, accepted: bool = True) -> ReceiptLine:
    return ReceiptLine(
        line_no=number,
        drug_id=number,
        drug="复方甘草酸苷葡萄糖注射液（生理盐水冲洗用大包装）" if number == 2 else "布洛芬片",
        specification="0.2g×24片/盒",
        manufacturer="某制药股份有限公司",
        pack_unit="盒",
        lot=f"2609{number:02d}",
        made=date(2026, 1, 1),
        expires=date(2028, 6, 30),
        packs=Decimal(20),
        purchase_price=Decimal("6.72"),
        value_fen=13440,
        approval_number="国药准字H20013062",
        appearance="完好" if accepted else "破损",
        accepted=accepted,
    )


def paper(count: int, *, copy: int = 1, rejected: int = 0) -> GoodsReceipt:
    lines = tuple(line(number, accepted=number > rejected) for number in range(1, count + 1))
    entry = ReceiptEntry(
        id=1,
        number="R2611220026",
        at=AT,
        supplier="国药控股深圳有限公司",
        invoice="FP20261122001",
        delivery_note="SH-8812",
        inspector="顾砚",
        by="顾砚",
        lines=count,
        rejected=rejected,
        value_fen=13440 * (count - rejected),
    )
    facts = Facts(clinic="杏林诊所", entry=entry, temperature=Decimal("5.5"), note="", lines=lines)
    return GoodsReceipt(clinic="杏林诊所", language="zh_CN", copy=Copy(number=copy, at=AT, by="顾砚"), receipt=facts)


def said(document: GoodsReceipt) -> list[list[str]]:
    from common.i18n import language

    with language("zh_CN"):
        return [[mark.text for mark in sheet.marks if isinstance(mark, Text)] for sheet in document.sheets()]


def test_what_was_inspected_stands_on_it() -> None:
    (page,) = said(paper(3, rejected=1))
    words = "\n".join(page)
    for part in (
        "药品入库验收单",
        "R2611220026",
        "国药控股深圳有限公司",
        "FP20261122001",
        "5.5 ℃",
        "260901",
        "2028-06-30",
        "国药准字H20013062",
        "破损",
    ):
        assert part in words, part
    assert [word for word in page if word in ("合格", "拒收")] == ["拒收", "合格", "合格"]
    assert "合格金额合计：268.80" in words
    assert "补打" not in words


def test_a_copy_says_so() -> None:
    assert "补打 2" in "\n".join(said(paper(1, copy=3))[0])


def test_many_lines_take_several_pages_and_lose_none() -> None:
    pages = said(paper(60))
    assert 3 <= len(pages) <= 4
    lots = [word for page in pages for word in page if word.startswith("2609")]
    assert lots == [f"2609{number:02d}" for number in range(1, 61)]
    assert all(any(word == "批号" for word in page) for page in pages[:-1])


def test_it_is_a_pdf() -> None:
    assert render_document(paper(2), Backend.PDF, Media.A4).startswith(b"%PDF")
