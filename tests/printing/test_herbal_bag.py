"""中药袋标签: whole on the label however much stands on it, the same on both printers, and on the roll."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from common.i18n import language
from printing.catalog import render_document
from printing.documents.herbal_bag import HEIGHT, LEFT, RIGHT
from printing.fonts import clean, text_width
from printing.media import Backend, Media
from printing.render import render_png
from printing.sheet import Text
from printing.strip import Align, Row, compose
from tests.printing.samples import FIRST_BAG, LONGEST_NAME, SECOND, herbal_bag

if TYPE_CHECKING:
    from collections.abc import Callable

    from printing.documents.herbal_bag import HerbalBag

CROWDED: dict[str, Any] = {
    "patient": LONGEST_NAME,
    "age": "11月29天",
    "which": "代煎单 J2611210007，共 14 剂",
    "special": "先煎 后下 包煎 另煎 烊化 冲服",
    "contents": ("先煎：制附子 10g、龙骨 20g、牡蛎 20g", "后下：薄荷 6g、砂仁 5g", "包煎：车前子 10g", "烊化：阿胶 9g"),
    "usage": "28 袋 送 138 1234 0000 幸福路 8 号 2 单元 501",
    "copy": SECOND,
}
EACH: dict[str, dict[str, Any]] = {"dose": {}, "first": FIRST_BAG, "crowded": CROWDED}


def _texts(label: HerbalBag) -> list[Text]:
    with language("zh_CN"):
        (sheet,) = label.sheets()
    return [mark for mark in sheet.marks if isinstance(mark, Text)]


def _box(text: Text) -> tuple[float, float, float, float]:
    width = text_width(clean(text.text), text.size, text.weight)
    left = {Align.LEFT: text.x, Align.CENTRE: text.x - width / 2, Align.RIGHT: text.x - width}[text.align]
    return left, text.y, left + width, text.y + text.size


@pytest.mark.parametrize("changes", EACH.values(), ids=EACH)
def test_everything_is_on_the_label_and_nothing_on_anything_else(changes: dict[str, Any]) -> None:
    boxes = [_box(text) for text in _texts(herbal_bag(**changes))]
    assert all(left >= LEFT - 0.01 and right <= RIGHT + 0.01 and top >= 1 and bottom <= HEIGHT for left, top, right, bottom in boxes)
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert one[2] <= other[0] + 0.01 or other[2] <= one[0] + 0.01 or one[3] <= other[1] + 0.01 or other[3] <= one[1] + 0.01


@pytest.mark.parametrize("changes", EACH.values(), ids=EACH)
def test_no_word_is_lost(changes: dict[str, Any]) -> None:
    label = herbal_bag(**changes)
    shown = "".join(text.text for text in _texts(label)).replace(" ", "")
    for words in (label.patient, label.which, label.special, label.usage, *label.contents):
        assert clean(words).replace(" ", "") in shown


def test_both_printers_show_the_same_and_the_code_reads_back(read_codes: Callable[[bytes], list[tuple[str, str]]]) -> None:
    zpl, tspl = (render_png(render_document(herbal_bag(**FIRST_BAG), each), Media.LABEL_60X40)[0] for each in (Backend.ZPL, Backend.TSPL))
    assert Image.open(BytesIO(zpl)).tobytes() == Image.open(BytesIO(tspl)).tobytes()
    assert [text for _, text in read_codes(zpl)] == ["326112100042008"]


def test_on_the_roll_row_by_row() -> None:
    with language("zh_CN"):
        rows = [row.text for row in compose(herbal_bag(**FIRST_BAG).strip(table=False), 32) if isinstance(row, Row) and row.text.strip()]
    assert rows == [
        "杏林中医西医结合门诊部",
        "张晓三                   男 45岁",
        "第 1 剂，共 7 剂",
        "--------------------------------",
        "先煎 30分钟",
        "制附子 10g、龙骨 20g、牡蛎 20g",
        "先煎后再与其他药同煎",
        "--------------------------------",
        "发药：孙药师          2026-11-21",
        "编号：26112100042",
    ]
