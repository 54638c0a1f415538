"""Papers of the store: what each kind says, who signs, on as many pages as it needs, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from common.i18n import language
from common.messages.store_papers import PaperEntry, PaperFacts, PaperKind, PaperLine, PaperStep
from printing.catalog import document_from_json, document_json, render_document
from printing.documents.base import Copy
from printing.documents.stock_paper import StockPaper
from printing.media import Backend, Media
from printing.sheet import Text

AT = datetime(2026, 11, 22, 15, 17, tzinfo=UTC)
D = Decimal


def line(number: int) -> PaperLine:
    return PaperLine(
        line_no=number,
        drug_id=number,
        drug="复方甘草酸苷葡萄糖注射液（生理盐水冲洗用大包装）" if number == 2 else "布洛芬片",
        specification="0.2g×24片/盒",
        manufacturer="某制药股份有限公司",
        base_unit="片",
        pack_unit="盒",
        pack_size=D(24),
        batch_id=number,
        lot=f"2609{number:02d}",
        expires=date(2028, 6, 30),
        place="STORE",
        supplier="国药控股",
        quantity=D(77),
        received=D(0),
        back=D(0),
        damaged=D(0),
        coming=D(0),
        purchase_price=D("6.72"),
        value_fen=2156,
    )


def paper(kind: PaperKind, state: str, *lines: PaperLine, steps: tuple[tuple[str, str], ...] = (), **fields: object) -> PaperFacts:
    transfer, destroyed, back = kind is PaperKind.TRANSFER, kind is PaperKind.DESTROY, kind is PaperKind.SUPPLIER_RETURN
    entry = PaperEntry(
        id=1,
        number="XX2611220026",
        kind=kind,
        state=state,
        version=1,
        at=AT,
        staff_id=1,
        by="顾砚",
        decided_by="",
        out_of="STORE" if transfer else "",
        goes_to="PHARMACY" if transfer else "",
        supplier="国药控股深圳有限公司" if back else "",
        reason="" if transfer else "过期",
        about="布洛芬片",
        lines=len(lines) or 1,
        value_fen=2156,
        part=False,
    )
    facts = PaperFacts(
        clinic="杏林诊所",
        entry=entry,
        note="",
        witness="许知远" if destroyed else "",
        site="处置中心" if destroyed else "",
        way="焚烧" if destroyed else "",
        serves="SL2611220001" if transfer else "",
        served_by=(),
        reverses="",
        reversed_by="",
        lines=lines or (line(1),),
        steps=tuple(PaperStep(state=state, version=1, by=by, at=AT, note="") for state, by in steps),
    )
    return msgspec.structs.replace(facts, **fields)


def said(facts: PaperFacts, *, copy: int = 1, speaks: str = "zh_CN") -> list[list[str]]:
    document = StockPaper(clinic=facts.clinic, language=speaks, copy=Copy(number=copy, at=AT, by="顾砚"), paper=facts)
    with language(speaks):
        return [[mark.text for mark in sheet.marks if isinstance(mark, Text)] for sheet in document.sheets()]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (paper(PaperKind.REQUEST, "OPEN", steps=(("OPEN", "苏叶"),)), ("药品申领单", "申领人：苏叶", "药库保管员")),
        (
            paper(PaperKind.TRANSFER, "RECEIVED", steps=(("SENT", "顾砚"), ("RECEIVED", "苏叶"))),
            ("药品调拨单", "药库 → 药房", "SL2611220001", "发出人：顾砚", "接收人：苏叶", "21.56"),
        ),
        (
            paper(PaperKind.DAMAGE, "APPROVED", steps=(("DRAFT", "顾砚"), ("APPROVED", "白芷"))),
            ("药品报损单", "过期", "审批人：白芷", "已审批"),
        ),
        (paper(PaperKind.DESTROY, "DRAFT"), ("药品销毁单", "处置中心", "焚烧", "许知远", "监销人", "待审批")),
        (paper(PaperKind.SUPPLIER_RETURN, "APPROVED"), ("药品退货单", "国药控股深圳有限公司", "供货单位接收人")),
    ],
    ids=list(PaperKind),
)
def test_each_kind_says_what_it_is(facts: PaperFacts, words: tuple[str, ...]) -> None:
    (page,) = said(facts)
    everything = "\n".join(page)
    for part in (*words, "XX2611220026", "260901", "2028-06-30", "3盒5片"):
        assert part in everything, part
    assert "补打" not in everything


def test_what_did_not_arrive_stands_at_its_line() -> None:
    short = msgspec.structs.replace(line(1), received=D(48), back=D(24), damaged=D(5))
    (page,) = said(paper(PaperKind.TRANSFER, "RECEIVED", short))
    assert any("实收 2盒　退回 1盒　破损 5片" in word for word in page)


def test_a_copy_and_a_reversing_paper_say_so() -> None:
    (page,) = said(paper(PaperKind.DAMAGE, "APPROVED", reverses="BS2611220001"), copy=3)
    everything = "\n".join(page)
    for part in ("补打 2", "药品报损单（冲销）", "BS2611220001"):
        assert part in everything, part


def test_many_lines_take_several_pages_and_lose_none() -> None:
    pages = said(paper(PaperKind.TRANSFER, "SENT", *(line(number) for number in range(1, 61))))
    assert 3 <= len(pages) <= 4
    assert [word for page in pages for word in page if word.startswith("2609")] == [f"2609{number:02d}" for number in range(1, 61)]


def test_it_speaks_english_and_is_a_pdf() -> None:
    facts = paper(PaperKind.DESTROY, "APPROVED", line(1), line(2))
    everything = "\n".join(said(facts, speaks="en")[0])
    assert "Destruction of drugs" in everything
    assert "Witness: 许知远" in everything
    document = StockPaper(clinic="杏林诊所", copy=Copy(number=1, at=AT, by="顾砚"), paper=facts)
    assert render_document(document, Backend.PDF, Media.A4).startswith(b"%PDF")
    assert document_from_json(document_json(document)) == document
