"""ZPL and TSPL: barcodes by the printer, everything else as one picture, the same on both."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.i18n import language
from printing.backends.dots import picture
from printing.backends.zpl import _packed, zpl_bytes
from printing.catalog import render_document
from printing.code128 import modules
from printing.documents.drug_label import DrugLabel
from printing.errors import UnknownCommand
from printing.fonts import Weight, clean, text_width
from printing.media import Backend, Media
from printing.render import render_png
from printing.render.zpl import _rows
from printing.sheet import Code, Sheet, Stroke, Text
from printing.strip import Align, Row, compose
from tests.printing.samples import LONGEST_DRUG, LONGEST_NAME, SECOND, SPLIT, drug_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DOT = Sheet(width=2, height=0.5, marks=(Stroke(x1=0, y1=0, x2=1, y2=0, thickness=0.1),))


def test_zpl_byte_for_byte() -> None:
    sheet = Sheet(width=2, height=0.5, marks=(*DOT.marks, Code(x=0.5, y=0.25, height=1, number="1234")))
    assert zpl_bytes([sheet]) == (b"^XA^PW16^LL4^LH0,0\n^FO0,0^GFA,8,8,2,HF8,,::^FS\n^FO4,2^BY2^BCN,8,N,N,N^FD>;1234^FS\n^PQ1^XZ\n")


def test_tspl_byte_for_byte() -> None:
    from printing.backends.tspl import tspl_bytes

    sheet = Sheet(width=2, height=0.5, marks=(*DOT.marks, Code(x=0.5, y=0.25, height=1, number="1234")))
    assert tspl_bytes([sheet]) == (
        b"SIZE 2 mm,0.5 mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\nBITMAP 0,0,2,4,0,\x00\x7f\xff\xff\xff\xff\xff\xff\r\n"
        b'BARCODE 4,2,"128",8,0,0,2,2,"1234"\r\nPRINT 1,1\r\n'
    )


@given(st.lists(st.one_of(st.binary(min_size=60, max_size=60), st.sampled_from([bytes(60), b"\xff" * 60])), min_size=1, max_size=6))
def test_packed_rows_unpack(rows: list[bytes]) -> None:
    assert [bytes.fromhex(row) for row in _rows("".join(_packed(rows)), 120, 0)] == rows


@pytest.mark.parametrize("backend", [Backend.ZPL, Backend.TSPL, Backend.PDF])
@pytest.mark.parametrize("number", ["3000000879", "300000000000879"])
def test_the_barcode_reads_back(backend: Backend, number: str, read_codes: Callable[[bytes], list[tuple[str, str]]]) -> None:
    (png,) = render_png(render_document(drug_label(barcode=number), backend), Media.LABEL_60X40)
    assert [text for _, text in read_codes(png)] == [number]


def test_both_printers_show_the_same() -> None:
    zpl, tspl = (
        Image.open(BytesIO(render_png(render_document(drug_label(), backend), Media.LABEL_60X40)[0]))
        for backend in (Backend.ZPL, Backend.TSPL)
    )
    assert zpl.size == (480, 320)
    assert zpl.tobytes() == tspl.tobytes()


def test_the_picture_in_the_bytes_is_the_label() -> None:
    label = drug_label()
    with language("zh_CN"):
        (sheet,) = label.sheets()
        bare = msgspec.structs.replace(sheet, marks=tuple(mark for mark in sheet.marks if not isinstance(mark, Code)))
        (png,) = render_png(zpl_bytes([bare]), Media.LABEL_60X40)
    assert Image.open(BytesIO(png)).convert("1").tobytes() == picture(sheet).tobytes()


def _labels(label: DrugLabel) -> Sequence[Sheet]:
    with language(label.language):
        return label.sheets()


def _texts(label: DrugLabel) -> list[Text]:
    return [mark for mark in _labels(label)[0].marks if isinstance(mark, Text)]


LONG = "口服 一次2片 一日3次 饭后半小时 温水送服 连续服用14天 如有皮疹立即停药并就诊"


@pytest.mark.parametrize("usage", ["口服 一次2粒 一日3次 饭后服", "滴双眼 一次1滴 一日4次 睡前加用1次 连用2周", LONG])
def test_how_to_take_it_is_the_largest_type(usage: str) -> None:
    texts = _texts(drug_label(usage=usage))
    rows = [text for text in texts if text.text and text.text in usage]
    assert "".join(row.text for row in rows).replace(" ", "") == usage.replace(" ", "")
    assert rows[0].size > max(text.size for text in texts if text not in rows) or usage == LONG
    assert max(text.size for text in _texts(drug_label())) == 6.0


CROWDED: dict[str, object] = {
    "patient": LONGEST_NAME,
    "age": "3个月12天",
    "drug": LONGEST_DRUG,
    "specification": "对乙酰氨基酚250mg盐酸金刚烷胺100mg×12片/盒",
    "quantity": "120片（10盒）",
    "lot": "A2026073100000000123",
    "caution": "冷藏，服药期间勿饮酒，避免驾驶及高空作业，如出现皮疹、呼吸困难请立即停药并就医",
    "count": 12,
}


@pytest.mark.parametrize("language_code", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"copy": SECOND},
        {"usage": LONG},
        {"patient": "阿卜杜热合曼·买买提艾力江", "age": "3个月12天"},
        {"patient": LONGEST_NAME, "drug": LONGEST_DRUG, "dispenser": LONGEST_NAME},
        {"caution": "饭后服" * 33, "lot": "", "expires": None},
        CROWDED,
        {**CROWDED, "usage": LONG, "dispenser": LONGEST_NAME},
        {**CROWDED, "caution": "", "usage": LONG},
        SPLIT,
        {**CROWDED, "split": True},
    ],
)
def test_no_text_leaves_the_label_and_no_two_overlap(changes: dict[str, object], language_code: str) -> None:
    for sheet in _labels(drug_label(language=language_code, **changes)):
        _check_apart(sheet)


def _check_apart(sheet: Sheet) -> None:
    boxes = []
    for text in (mark for mark in sheet.marks if isinstance(mark, Text)):
        wide = text_width(text.text, text.size, text.weight)
        left = text.x - {Align.LEFT: 0, Align.CENTRE: wide / 2, Align.RIGHT: wide}[text.align]
        boxes.append((text.text, left, text.y + text.size * 0.1, left + wide, text.y + text.size * 0.9))
    for code in (mark for mark in sheet.marks if isinstance(mark, Code)):
        boxes.append(("bars", code.x, code.y, code.x + modules(code.number) / 4, code.y + code.height))
    for name, left, top, right, bottom in boxes:
        assert left >= 1.9, name
        assert right <= 58.1, name
        assert top >= 0, name
        assert bottom <= 40, name
    for i, (a, al, at, ar, ab) in enumerate(boxes):
        for b, bl, bt, br, bb in boxes[i + 1 :]:
            assert al >= br or bl >= ar or at >= bb or bt >= ab, (a, b)


@pytest.mark.parametrize(
    "name", ["欧阳", "阿卜杜热合曼·买买提艾力江", "买买提·阿卜杜热合曼·吐尔逊江·艾力", LONGEST_NAME, "Maria del Carmen  Fernandez Gonzalez"]
)
def test_a_name_is_whole_and_large_enough_to_read(name: str) -> None:
    rows = [text for text in _texts(drug_label(patient=name)) if text.y < 8 and text.weight is Weight.BOLD and text.text in clean(name)]
    assert "".join(row.text for row in rows).replace(" ", "") == name.replace(" ", "")
    assert min(row.size for row in rows) >= 2.2
    assert len(rows) <= 3


def test_a_long_caution_has_a_label_of_its_own_rather_than_the_room_of_the_usage() -> None:
    first, second = _labels(drug_label(**CROWDED, usage=LONG))
    words = [{mark.text for mark in sheet.marks if isinstance(mark, Text)} for sheet in (first, second)]
    assert [any(row in LONG for row in rows if len(row) > 5) for rows in words] == [True, False]
    assert any("如出现皮疹" in row for row in words[1])
    assert not any("如出现皮疹" in row for row in words[0])
    for rows in words:
        assert "3000000879" in rows
        assert any(LONGEST_NAME.startswith(row) for row in rows if len(row) > 5)


@pytest.mark.parametrize("data", [b"^XA^PW16^LL4^CFA^XZ", b"^XAhello^XZ", b"^XA^GFA,8,8,2,FF?^XZ", b"^XA^PW8^LL8^XZtail"])
def test_unknown_zpl_is_reported(data: bytes) -> None:
    with pytest.raises(UnknownCommand):
        render_png(data, Media.LABEL_60X40)


@pytest.mark.parametrize("data", [b"SIZE 2 mm,1 mm\r\nTEXT 1,1\r\n", b"SIZE 2 mm,1 mm\r\nBITMAP 0,0,2,4,0,\x00", b"SIZE 2 inch\r\n"])
def test_unknown_tspl_is_reported(data: bytes) -> None:
    with pytest.raises(UnknownCommand):
        render_png(data, Media.LABEL_60X40)


def test_receipt_bytes_do_not_pass_for_a_label() -> None:
    with pytest.raises(UnknownCommand):
        render_png(b"\x1b@abc", Media.LABEL_60X40)


@pytest.mark.parametrize("columns", [32, 48])
def test_a_label_on_the_roll_says_the_same(columns: int) -> None:
    with language("zh_CN"):
        rows = [row for row in compose(drug_label(**SPLIT).strip(table=False), columns) if isinstance(row, Row) and row.text]
    words = [row.text for row in rows]
    usage = [row for row in rows if row.style.size.wide == 2]
    assert "".join(row.text for row in usage).replace(" ", "") == drug_label().usage.replace(" ", "")
    assert all(row.style.size.high <= 2 for row in rows)
    assert "【拆零】 批号：20260318" in words
    assert "有效期至：2027-06-30" in words
    assert any(row.startswith("阿莫西林胶囊") and row.endswith("× 6粒") for row in words)


def test_a_split_pack_is_marked_on_the_label() -> None:
    assert "拆零" in [text.text for text in _texts(drug_label(**SPLIT))]
    assert "拆零" not in [text.text for text in _texts(drug_label())]
