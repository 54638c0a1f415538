"""召回通知单: every patient with phone and what was said, on as many pages as it needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from common.i18n import language
from common.messages.recalls import CallOutcome, Issuer, RecallEntry, RecallPatient
from printing.catalog import render_document
from printing.documents.base import Copy
from printing.documents.recall_list import RecallSheet
from printing.media import Backend, Media
from printing.sheet import Text

AT = datetime(2026, 11, 22, 15, 17, tzinfo=UTC)
D = Decimal


def patient(number: int, outcome: CallOutcome | None = None) -> RecallPatient:
    return RecallPatient(
        patient_id=number,
        patient_number=f"{number:08d}",
        patient_name="欧阳春晓" if number == 1 else f"何{number}",
        sex="2",
        phone=f"138{number:08d}",
        at=AT - timedelta(days=number),
        quantity=D(48),
        back=D(24) if number == 2 else D(0),
        lots=("ZH2611", "ZH2612") if number == 3 else ("ZH2611",),
        prescriptions=(f"261120{number:05d}",),
        calls=1 if outcome else 0,
        outcome=outcome,
        note="明天上午由家属送回，问过有无不适" if outcome is CallOutcome.BRINGS_BACK else "",
        called_at=AT if outcome else None,
        called_by="苏叶" if outcome else "",
    )


def paper(count: int, *, copy: int = 1, closed: bool = False) -> RecallSheet:
    patients = tuple(patient(n, (None, CallOutcome.BRINGS_BACK, CallOutcome.NOT_REACHED)[n % 3]) for n in range(1, count + 1))
    recall = RecallEntry(
        id=1,
        number="H2611220001",
        drug_id=1,
        drug="复方甘草酸苷葡萄糖注射液",
        specification="0.25g×24粒/盒",
        base_unit="粒",
        pack_unit="盒",
        pack_size=D(24),
        lots=("ZH2611", "ZH2612"),
        level=1,
        issuer=Issuer.AUTHORITY,
        document="药监召字〔2026〕17号",
        note="含量测定不合格",
        state="CLOSED" if closed else "OPEN",
        at=AT,
        by="苏叶",
        deadline=AT + timedelta(hours=24),
        out=D(48 * count),
        back=D(24),
        aside=D(31),
        patients=count,
        to_call=count // 3,
        closed_at=AT + timedelta(hours=20) if closed else None,
        closed_by="苏叶" if closed else "",
        report="已全部电话通知，收回一盒，其余患者已用完，未见不良反应。" * 3 if closed else "",
        withdrawn=False,
    )
    return RecallSheet(
        clinic="杏林诊所", language="zh_CN", copy=Copy(number=copy, at=AT, by="苏叶"), printed_at=AT, recall=recall, patients=patients
    )


def said(document: RecallSheet) -> list[list[str]]:
    with language("zh_CN"):
        return [[mark.text for mark in sheet.marks if isinstance(mark, Text)] for sheet in document.sheets()]


def test_who_is_to_be_called_and_what_was_said() -> None:
    (page,) = said(paper(4))
    words = "\n".join(page)
    for part in (
        "药品召回患者通知单",
        "H2611220001",
        "药监召字〔2026〕17号",
        "1 级，24 小时内",
        "2026-11-23",
        "ZH2611　ZH2612",
        "欧阳春晓",
        "13800000001",
        "会送回",
        "没打通",
        "明天上午由家属送回",
        "1盒+7粒",
        "含量测定不合格",
    ):
        assert part in words, part
    assert "补打" not in words
    assert "处理报告" not in words


def test_a_closed_one_has_its_report_and_a_copy_says_so() -> None:
    words = "".join(said(paper(2, copy=2, closed=True))[0])
    assert "补打 1" in words
    assert words.count("未见不良反应") == 3


def test_many_patients_take_several_pages_and_none_is_lost() -> None:
    pages = said(paper(70))
    assert 3 <= len(pages) <= 5
    phones = [word for page in pages for word in page if word.startswith("138")]
    assert phones == [f"138{number:08d}" for number in range(1, 71)]
    assert all("电话" in page for page in pages[:-1])


def test_it_is_a_pdf() -> None:
    assert render_document(paper(2), Backend.PDF, Media.A4).startswith(b"%PDF")
