"""处方笺: what the law wants on it, where, on A5."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec
import pypdfium2
import pytest
from PIL import Image

from common.i18n import language
from common.messages.consult import PrescriptionKind
from common.messages.patients import AllergyState
from printing.catalog import render_document
from printing.code128 import modules
from printing.documents.base import Copy
from printing.documents.prescription import Agent, Allergies, DrugGroup, PrescribedDrug, Prescription
from printing.errors import GlyphMissing
from printing.fonts import text_width
from printing.media import Backend, Media
from printing.render import render_png
from printing.sheet import Code, Stroke, Text
from printing.strip import Align
from tests.printing.samples import AMOXICILLIN, AT, INFUSION, LONGEST_DRUG, LONGEST_NAME, SECOND, alone, narcotic, prescription

if TYPE_CHECKING:
    from pathlib import Path

    from printing.sheet import Sheet


def _pages(paper: Prescription) -> list[str]:
    """The text of each page of the PDF."""
    document = pypdfium2.PdfDocument(render_document(paper, Backend.PDF))
    return [page.get_textpage().get_text_bounded() for page in document]


def _sheets(paper: Prescription) -> list[Sheet]:
    with language(paper.language):
        return list(paper.sheets())


def test_the_text_layer_has_everything_in_chinese() -> None:
    (page,) = _pages(prescription())
    flat = re.sub(r"\s", "", page)
    for words in (
        "杏林中医西医结合门诊部", "处方笺", "姓名：张晓三", "性别：男", "年龄：45岁", "科别：呼吸内科", "费别：自费", "门诊号：2026112100231",
        "临床诊断：急性支气管炎；过敏性鼻炎", "Rp", "1.阿莫西林胶囊胶囊剂0.25g×24粒/盒×2盒", "用法：口服一次2粒一日3次饭后共7天", "皮试（－）",
        "以下空白", "医师：陈志远", "药品金额：¥98.40", "审核：孙药师", "调配：", "核对：", "发药：", "3000000879",
    ):  # fmt: skip
        assert words in flat, words


def test_the_page_is_a5_portrait_with_its_fonts_inside() -> None:
    data = render_document(prescription(), Backend.PDF)
    document = pypdfium2.PdfDocument(data)
    width, height = document[0].get_size()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (148, 210)
    assert data.count(b"/FontFile2") == 2


def test_regular_and_bold_are_two_weights() -> None:
    (png,) = render_png(render_document(prescription(), Backend.PDF), Media.A5)
    page = Image.open(BytesIO(png)).convert("L")
    per_mm = page.width / 148

    def ink(top: float) -> int:
        left, right = 24 + 4, 24 + 50
        band = page.crop((int(left * per_mm), int(top * per_mm), int(right * per_mm), int((top + 4) * per_mm)))
        return sum(255 - value for value in band.tobytes())

    drug, usage = _row_of(prescription(), "阿莫西林"), _row_of(prescription(), "用法")
    per_em = {mark.text: ink(mark.y) / text_width(mark.text, mark.size) / mark.size for mark in (drug, usage)}
    assert per_em[drug.text] > 1.15 * per_em[usage.text]


def _row_of(paper: Prescription, words: str) -> Text:
    return next(mark for mark in _sheets(paper)[0].marks if isinstance(mark, Text) and words in mark.text)


@pytest.mark.parametrize(
    ("allergies", "words"),
    [
        (Allergies(state=AllergyState.KNOWN, substances=("青霉素（严重）",)), "青霉素（严重）"),
        (Allergies(state=AllergyState.NOT_ASKED, substances=("青霉素",)), "青霉素"),
        (Allergies(state=AllergyState.NONE_KNOWN, note="海鲜"), "海鲜"),
        (Allergies(state=AllergyState.KNOWN, substances=("青霉素", "磺胺"), note="海鲜"), "青霉素、磺胺、海鲜"),
        (Allergies(state=AllergyState.NONE_KNOWN), "否认"),
        (Allergies(state=AllergyState.NOT_ASKED), "未采集"),
        (Allergies(state=AllergyState.UNAVAILABLE), "无法采集"),
        (Allergies(state=AllergyState.KNOWN), "有，详见病历"),
    ],
)
def test_allergies_come_from_both_sources(allergies: Allergies, words: str) -> None:
    marks = _sheets(prescription(allergies=allergies))[0].marks
    value = next(mark for mark in marks if isinstance(mark, Text) and mark.text == words)
    assert (value.colour != "#000000") is allergies.named


@pytest.mark.parametrize(
    ("kind", "corner", "ground"),
    [
        (PrescriptionKind.ORDINARY, "", (255, 255, 255)),
        (PrescriptionKind.HERBAL, "", (255, 255, 255)),
        (PrescriptionKind.EMERGENCY, "急诊", (255, 248, 210)),
        (PrescriptionKind.PAEDIATRIC, "儿科", (227, 244, 225)),
        (PrescriptionKind.NARCOTIC, "麻、精一", (253, 228, 228)),
        (PrescriptionKind.PSYCHOTROPIC_2, "精二", (255, 255, 255)),
    ],
)
def test_the_kind_decides_corner_word_and_colour(kind: PrescriptionKind, corner: str, ground: tuple[int, int, int]) -> None:
    paper = prescription(kind=kind)
    (page,) = _pages(paper)
    assert paper.corner == corner
    assert corner in page
    (png,) = render_png(render_document(paper, Backend.PDF), Media.A5)
    assert Image.open(BytesIO(png)).convert("RGB").getpixel((5, 5)) == ground
    assert _sheets(prescription(kind=kind, coloured_stock=True))[0].ground == ""


def test_every_kind_has_its_paper() -> None:
    assert all(render_document(prescription(kind=kind), Backend.PDF) for kind in PrescriptionKind)


def test_a_narcotic_names_patient_and_agent_with_their_numbers() -> None:
    (page,) = _pages(narcotic())
    flat = re.sub(r"\s", "", page)
    assert "身份证明编号：110105194912310023" in flat
    assert "代办人：张小明" in flat
    assert "代办人证件号：110105197803040017" in flat


def test_blank_space_is_marked_and_struck() -> None:
    marks = _sheets(prescription(groups=(alone(AMOXICILLIN),)))[0].marks
    end = next(mark for mark in marks if isinstance(mark, Text) and mark.text == "以下空白")
    slash = [mark for mark in marks if isinstance(mark, Stroke) and mark.x1 != mark.x2 and mark.y1 != mark.y2]
    assert len(slash) == 1
    assert end.y < slash[0].y1 < slash[0].y2
    below = [mark for mark in marks if isinstance(mark, Text) and end.y < mark.y < slash[0].y2]
    assert below == []


def test_a_group_has_one_usage_under_a_bracket() -> None:
    marks = _sheets(prescription(groups=(INFUSION, alone(AMOXICILLIN))))[0].marks
    texts = [mark.text for mark in marks if isinstance(mark, Text)]
    assert [text for text in texts if text.startswith("用法")] == [
        "用法：静脉滴注 一次2g 一日1次 40滴/分 共1天",
        "用法：口服 一次2粒 一日3次 饭后 共7天",
    ]
    assert [text for text in texts if re.fullmatch(r"\d+\.", text)] == ["1.", "2.", "3."]
    upright = [mark for mark in marks if isinstance(mark, Stroke) and mark.x1 == mark.x2]
    assert len(upright) == 1


def test_many_drugs_go_over_pages_and_none_is_lost() -> None:
    drugs = [msgspec.structs.replace(AMOXICILLIN, name=f"阿莫西林克拉维酸钾分散片（第{n}种）") for n in range(1, 24)]
    paper = prescription(groups=tuple(map(alone, drugs)))
    pages = _pages(paper)
    assert len(pages) > 2
    text = re.sub(r"\s", "", "".join(pages))
    for n, drug in enumerate(drugs, 1):
        assert f"{n}." in text
        assert drug.name in text
    for n, page in enumerate(pages, 1):
        assert f"第 {n} 页 共 {len(pages)} 页" in page
        assert "张晓三" in page
        assert "医师" in page
        assert ("以下空白" in page) is (n == len(pages))
        assert ("接下页" in page) is (n < len(pages))


@pytest.mark.parametrize("count", range(1, 12))
def test_nothing_overlaps_or_leaves_the_margins(count: int) -> None:
    drug = PrescribedDrug(
        name="复方氨酚烷胺片（感康）", form="片剂", specification="对乙酰氨基酚250mg盐酸金刚烷胺100mg×12片/盒", quantity="2盒",
        usage="口服 一次1片 一日2次 饭后半小时温水送服 共5天 若体温超过38.5℃可加服一次", note="超说明书用药：已告知（陈志远 双签）",
    )  # fmt: skip
    paper = prescription(
        copy=SECOND,
        clinic="上海市浦东新区杏林中医西医结合第二门诊部（张江分部）",
        groups=tuple([alone(drug)] * count),
        diagnoses=tuple(["急性上呼吸道感染伴发热待查"] * 6),
    )
    for sheet in _sheets(paper):
        _check_apart(sheet)


CROWDED = PrescribedDrug(
    name=LONGEST_DRUG, form="干混悬剂", specification="对乙酰氨基酚250mg盐酸金刚烷胺100mg×12片/盒", quantity="1200片（100盒）",
    usage="口服 一次1片 一日2次 饭后半小时温水送服 共5天", note="超说明书用药：已告知（陈志远 双签）", skin_test="皮试（－）",
)  # fmt: skip


@pytest.mark.parametrize("language_code", ["zh_CN", "en"])
@pytest.mark.parametrize("together", [True, False])
def test_the_longest_names_and_the_most_drugs_keep_apart(language_code: str, *, together: bool) -> None:
    drugs = tuple([CROWDED] * 12)
    paper = prescription(
        language=language_code,
        copy=Copy(number=2, at=AT, by=LONGEST_NAME),
        kind=PrescriptionKind.NARCOTIC,
        clinic="新疆维吾尔自治区伊犁哈萨克自治州杏林中医西医结合第二门诊部张江分部",
        department="中西医结合风湿免疫内分泌代谢肾病科",
        patient=LONGEST_NAME,
        patient_document="110105194912310023",
        agent=Agent(name=LONGEST_NAME, document_number="110105197803040017"),
        doctor=LONGEST_NAME,
        reviewer=LONGEST_NAME,
        dispenser="阿卜杜热合曼·买买提艾力·吐尔逊",
        groups=(DrugGroup(drugs=drugs, usage="静脉滴注 一次2g"),) if together else tuple(map(alone, drugs)),
    )
    sheets = _sheets(paper)
    for sheet in sheets:
        _check_apart(sheet)
    texts = [mark.text for sheet in sheets for mark in sheet.marks if isinstance(mark, Text)]
    assert [text for text in texts if re.fullmatch(r"\d+\.", text)] == [f"{n}." for n in range(1, 13)]


@pytest.mark.parametrize("name", ["欧阳", "阿卜杜热合曼·买买提", "买买提·阿卜杜热合曼·吐尔逊江·艾力", LONGEST_NAME])
def test_a_name_is_whole_and_never_small(name: str) -> None:
    names = {"patient": name, "doctor": "甲", "reviewer": "乙" + name, "dispenser": ""}
    marks = [mark for mark in _sheets(prescription(**names))[0].marks if isinstance(mark, Text) and mark.text != "甲"]
    for words in (name, "乙" + name):
        above = words == name
        rows = [mark for mark in marks if mark.text in words and (mark.y < 60) is above]
        assert "".join(row.text for row in rows) == words
        assert min(row.size for row in rows) >= 2.6


def test_a_line_to_sign_on_is_long_enough_in_both_languages() -> None:
    for code in ("zh_CN", "en"):
        marks = _sheets(prescription(language=code, reviewer=""))[0].marks
        lines = [mark for mark in marks if isinstance(mark, Stroke) and mark.y1 == mark.y2 and mark.thickness == 0.15]
        assert len(lines) == 6
        assert min(line.x2 - line.x1 for line in lines) >= 14


def _check_apart(sheet: Sheet) -> None:
    boxes = []
    for mark in sheet.marks:
        if isinstance(mark, Text) and mark.text:
            wide = text_width(mark.text, mark.size, mark.weight)
            left = mark.x - {Align.LEFT: 0, Align.CENTRE: wide / 2, Align.RIGHT: wide}[mark.align]
            assert left >= 11.9, mark.text
            assert left + wide <= 136.1, mark.text
            assert mark.y + mark.size < 204, mark.text
            boxes.append((mark.text, left, mark.y + mark.size * 0.1, left + wide, mark.y + mark.size * 0.9))
        if isinstance(mark, Code):
            boxes.append(("bars", mark.x, mark.y, mark.x + modules(mark.number) / 4, mark.y + mark.height))
    for i, (a, al, at, ar, ab) in enumerate(boxes):
        for b, bl, bt, br, bb in boxes[i + 1 :]:
            assert al >= br or bl >= ar or at >= bb or bt >= ab, (a, b)


def test_a_reprint_says_so() -> None:
    (page,) = _pages(prescription(copy=SECOND))
    assert "补打 1 2026-11-21 16:40 王建国" in page
    assert "补打" not in _pages(prescription())[0]


def test_english_paper_keeps_the_persons_chinese() -> None:
    (page,) = _pages(prescription(language="en"))
    assert "Prescription sheet" in page
    assert "张晓三" in page
    assert "姓名" not in page
    assert "Nothing below this line" in page


def test_a_rare_name_is_set_in_the_fallback_font_and_read_back(rare_font: Path) -> None:
    (page,) = _pages(prescription(patient="㐀𠮷·华—"))
    assert "㐀𠮷·华—" in page


def test_a_name_without_a_glyph_is_refused(no_fallback: None) -> None:
    with pytest.raises(GlyphMissing) as refused:
        render_document(prescription(patient="𠮷田"), Backend.PDF)
    assert refused.value.characters == "𠮷"


def test_the_same_prescription_gives_the_same_bytes() -> None:
    assert render_document(prescription(), Backend.PDF) == render_document(prescription(), Backend.PDF)
