"""专册登记本: every row with the columns of the law, on as many pages as it needs, and nothing lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from common.i18n import language
from common.messages.controlled import Register, RegisterRow, RegisterSheet
from printing.catalog import document_from_json, document_json, render_document
from printing.documents.base import Copy
from printing.documents.controlled_register import LEFT, RIGHT, ControlledRegister
from printing.fonts import text_width
from printing.media import Backend, Media
from printing.render import render_png
from printing.sheet import Text
from printing.strip import Align

AT = datetime(2026, 11, 22, 15, 17, tzinfo=UTC)
D = Decimal


def row(number: int, **fields: Any) -> RegisterRow:
    told: dict[str, Any] = {
        "id": number,
        "at": AT,
        "kind": "DISPENSE",
        "undone": False,
        "place": "PHARMACY",
        "drug_id": 1,
        "drug": "盐酸吗啡注射液",
        "specification": "1ml:10mg×10支/盒",
        "unit": "支",
        "lot": "KC260101",
        "expires": date(2028, 6, 30),
        "quantity": D(-2),
        "batch_balance": D(4000 - 2 * number),
        "drug_balance": D(4000 - 2 * number),
        "patient_name": f"孟痛{number}",
        "sex": "2",
        "age": "76岁",
        "id_number": "11010519491231002X",
        "record_number": "P00000123",
        "disease": "肺恶性肿瘤（C34.900）；急性上呼吸道感染（J06.900）",
        "prescription_number": "26112200012",
        "doctor": "方舟",
        "by": "苏叶",
        "checker": "江蓝",
        "alone": "",
        "document": "26112200012",
        "empties": 2,
        "empties_from": "家属",
        "residue": D(4),
        "residue_unit": "mg",
        "residue_by": "苏叶、江蓝",
    }
    return RegisterRow(**(told | fields))


def paper(*rows: RegisterRow) -> ControlledRegister:
    sheet = RegisterSheet(
        register=Register(clinic="杏林诊所", rows=rows, more=False),
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, 22),
        drug="",
        place="PHARMACY",
        at=AT,
        by="苏叶",
    )
    return ControlledRegister(clinic="杏林诊所", copy=Copy(at=AT, by="苏叶"), sheet=sheet)


def said(document: ControlledRegister) -> list[list[Text]]:
    with language(document.language):
        return [[mark for mark in sheet.marks if isinstance(mark, Text)] for sheet in document.sheets()]


def words(page: list[Text]) -> str:
    return "\n".join(mark.text for mark in page)


def test_every_column_of_the_law_stands_on_it() -> None:
    (page,) = said(paper(row(1)))
    told = words(page)
    for part in ("孟痛1", "女", "76岁", "11010519491231002X", "P00000123", "肺恶性肿瘤", "盐酸吗啡注射液", "KC260101", "3998 支"):
        assert part in told, part
    for part in ("方舟", "26112200012", "苏叶", "江蓝", "空安瓿 2", "余液4mg", "药房负责人", "全部"):
        assert part in told.replace("\n", ""), part


def test_what_came_and_what_was_undone() -> None:
    goods = row(1, kind="RECEIPT", quantity=D(4000), patient_name="", prescription_number="", document="R2611220001", checker="")
    (page,) = said(paper(goods, row(2, undone=True, quantity=D(2)), row(3, checker="", alone="夜班一人")))
    told = words(page).replace("\n", "")
    for part in ("入库", "4000", "R2611220001", "取消发药", "夜班一人"):
        assert part in told, part


def test_no_word_leaves_the_paper() -> None:
    long = row(1, patient_name="买买提·阿依古丽·吐尔逊", disease="十分冗长的疾病名称" * 6, drug="枸橼酸芬太尼透皮贴剂（骨架型缓释）")
    for mark in said(paper(long))[0]:
        width = text_width(mark.text, mark.size, mark.weight)
        start = mark.x - {Align.LEFT: 0, Align.CENTRE: width / 2, Align.RIGHT: width}[mark.align]
        assert start >= LEFT - 0.1, mark
        assert start + width <= RIGHT + 0.1, mark


def test_many_rows_take_several_pages_and_lose_none() -> None:
    pages = said(paper(*(row(number) for number in range(1, 101))))
    assert len(pages) == 7
    found = [mark.text for page in pages for mark in page if mark.text.startswith("孟痛")]
    assert found == [f"孟痛{number}" for number in range(1, 101)]
    assert all("登记人" in words(page) for page in pages)


def test_an_empty_register_says_so_and_it_is_a_page_across() -> None:
    document = paper()
    assert "没有变动" in words(said(document)[0])
    pictures = render_png(render_document(document, Backend.PDF), Media.A4)
    assert len(pictures) == 1
    assert document_from_json(document_json(document)) == document
    with language("zh_CN"):
        (sheet,) = document.sheets()
    assert sheet.width > sheet.height
