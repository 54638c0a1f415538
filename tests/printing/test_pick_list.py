"""The pick list: along the shelves, an opened pack first, marks that no thermal printer loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.i18n import language
from printing.catalog import render_document
from printing.columns import wrap
from printing.documents.drug_slip import HEIGHT, LEFT, RIGHT
from printing.fonts import clean, text_width
from printing.marked import in_rows, joined_text
from printing.media import Backend, Media
from printing.render import render_png
from printing.sheet import Box, Text
from printing.strip import Align, Row, compose
from tests.printing.samples import LONGEST_DRUG, LONGEST_NAME, PICKED, pick_list

if TYPE_CHECKING:
    from printing.documents.pick_list import PickListSlip
    from printing.sheet import Sheet


def _composed(document: PickListSlip, columns: int) -> list[Row]:
    with language(document.language):
        return [row for row in compose(document.strip(table=False), columns) if isinstance(row, Row)]


def _sheets(document: PickListSlip) -> list[Sheet]:
    with language(document.language):
        return list(document.sheets())


def test_on_narrow_paper_row_by_row() -> None:
    assert [" ".join(row.text.split()) for row in _composed(pick_list(), 32)][:17] == [
        "杏林中医西医结合门诊部",
        "配药单",
        "--------------------------------",
        "姓名 张晓三 男 45岁",
        "窗口 2 号窗口",
        "患者编号 00000231",
        "处方号 26112100042",
        "开方 呼吸内科 陈志远",
        "--------------------------------",
        "A-01-03 1盒+6粒",
        "阿莫西林胶囊",
        "0.25g×24粒/盒",
        "□ 20260318 至2027-06-30 6粒",
        "取自已拆零药盒，盒内余 8粒",
        "追溯码：83570620000000123456",
        "□ 20260731A 至2028-06-30 1盒",
        "--------------------------------",
    ]


def test_marked_characters_are_white_on_black() -> None:
    rows = {row.text: row.pieces for row in _composed(pick_list(), 48)}
    assert rows["氯雷他定片"] == (("氯", False), ("雷他", True), ("定片", False))
    assert rows["阿莫西林胶囊"] == ()
    data = render_document(pick_list(), Backend.ESCPOS, Media.ROLL_80)
    assert "氯".encode("gbk") + b"\x1dB\x01" + "雷他".encode("gbk") + b"\x1dB\x00" + "定片".encode("gbk") in data
    assert b"\x1dB\x01" + b"10mg" + b"\x1dB\x00" in data


def test_a_marked_name_goes_over_two_rows_with_its_marks() -> None:
    rows = [row for row in _composed(pick_list(drugs=PICKED[3:]), 32) if row.pieces]
    assert "".join(part for row in rows for part, marked in row.pieces if marked) == LONGEST_DRUG[10:15] + LONGEST_DRUG[38:40]
    assert all("".join(part for part, _ in row.pieces) == row.text for row in rows)


def test_marks_on_a5_are_white_letters_on_black_boxes() -> None:
    (sheet,) = _sheets(pick_list())
    white = [mark for mark in sheet.marks if isinstance(mark, Text) and mark.colour == "#FFFFFF"]
    black = [mark for mark in sheet.marks if isinstance(mark, Box) and mark.fill]
    assert [mark.text for mark in white][:3] == ["雷他", "10mg", "门冬"]
    for letters, ground in zip(white, black, strict=True):
        assert letters.x == ground.x
        assert ground.width == pytest.approx(text_width(letters.text, letters.size, letters.weight))
        assert ground.y < letters.y
        assert ground.y + ground.height > letters.y + letters.size


def test_a_mark_in_a_row_that_is_printed_as_a_picture(rare_font: object) -> None:
    del rare_font
    from printing.documents.pick_list import PickedDrug

    drug = PickedDrug(shelf="A", name="𠮷林片", name_marks="1-2", specification="1g")
    marked, plain = (
        render_png(render_document(pick_list(drugs=(each,)), Backend.ESCPOS, Media.ROLL_58), Media.ROLL_58)[0]
        for each in (drug, PickedDrug(shelf="A", name="𠮷林片", specification="1g"))
    )
    assert marked != plain


def test_a_second_person_signs_where_drugs_are_under_control() -> None:
    assert not any("双人复核" in row.text for row in _composed(pick_list(), 48))
    assert any(row.text.startswith("双人复核：___") for row in _composed(pick_list(second=True), 48))


@pytest.mark.parametrize("count", [1, 9, 10, 11, 40])
def test_nothing_leaves_a5_however_many_drugs_there_are(count: int) -> None:
    pages = _sheets(pick_list(drugs=(PICKED[0], PICKED[3]) * (count // 2) + PICKED[:1] * (count % 2), patient=LONGEST_NAME))
    texts = [mark for page in pages for mark in page.marks if isinstance(mark, Text)]
    assert [mark.text for mark in texts].count("A-01-03") == -(-count // 2)
    assert sum("四查" in mark.text or "查处方" in mark.text for mark in texts) == 1
    for mark in texts:
        wide = text_width(clean(mark.text), mark.size, mark.weight)
        left = {Align.LEFT: mark.x, Align.CENTRE: mark.x - wide / 2, Align.RIGHT: mark.x - wide}[mark.align]
        assert left >= LEFT - 0.1, mark
        assert left + wide <= RIGHT + 0.1, mark
        assert mark.y + mark.size <= HEIGHT, mark
    foot = min(mark.y for mark in pages[-1].marks if isinstance(mark, Text) and mark.y > 184)
    assert max(mark.y + mark.size for mark in pages[-1].marks if isinstance(mark, Text) and mark.y < 184) < foot + 10


@given(
    parts=st.lists(
        st.tuples(st.text(st.sampled_from("阿莫西林胶囊A1 .，（）g"), min_size=1, max_size=8), st.booleans()), min_size=1, max_size=6
    ),
    columns=st.integers(4, 20),
)
def test_wrapping_loses_no_mark(parts: list[tuple[str, bool]], columns: int) -> None:
    rows = wrap(clean(joined_text(parts)), columns)
    found = in_rows(rows, parts)
    assert ["".join(text for text, _ in row) for row in found] == rows
    flat = "".join(text for row in found for text, marked in row if marked)
    assert flat.replace(" ", "") == "".join(text for text, marked in parts if marked).replace(" ", "")
