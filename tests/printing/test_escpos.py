"""ESC/POS, byte for byte."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from printing.backends.escpos import escpos_bytes, in_gbk
from printing.errors import GlyphMissing, NotABarcode, UnknownCommand
from printing.media import Media
from printing.render import render_png
from printing.strip import Align, Barcode, Divider, Line, Pair, Qr, Size, Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from printing.strip import Block

START = b"\x1b@\x1c&"
END = b"\x1bd\x06\x1dV\x01"


def _body(*blocks: Block, media: Media = Media.ROLL_58) -> bytes:
    data = escpos_bytes(blocks, media)
    assert data.startswith(START)
    assert data.endswith(END)
    return data[len(START) : -len(END)]


def test_chinese_goes_as_gb18030_in_hanzi_mode() -> None:
    assert _body(Line("阿莫西林：（饭后）")) == b"\xb0\xa2\xc4\xaa\xce\xf7\xc1\xd6\xa3\xba\xa3\xa8\xb7\xb9\xba\xf3\xa3\xa9\n"


def test_dots_and_dashes_of_names_are_in_gbk() -> None:
    assert _body(Line("阿卜杜·热合曼—")) == b"\xb0\xa2\xb2\xb7\xb6\xc5\xa1\xa4\xc8\xc8\xba\xcf\xc2\xfc\xa1\xaa\n"


def test_the_total_is_double_height_bold_and_at_the_right_edge() -> None:
    style = Style(size=Size.TALL, bold=True)
    assert _body(Pair("合计", "￥38.60", style)) == (
        b"\x1bE\x01\x1d!\x01\x1c!\x08\xba\xcf\xbc\xc6" + b" " * 21 + b"\xa3\xa438.60\n" + b"\x1bE\x00\x1d!\x00\x1c!\x00"
    )


def test_a_centred_large_row() -> None:
    style = Style(size=Size.LARGE, align=Align.CENTRE)
    assert _body(Line("A023", style)) == b"\x1ba\x01\x1d!\x11\x1c!\x0cA023\n\x1ba\x00\x1d!\x00\x1c!\x00"


def test_modes_are_sent_only_when_they_change() -> None:
    bold = Style(bold=True)
    assert _body(Line("a", bold), Line("b", bold), Divider()) == b"\x1bE\x01a\nb\n\x1bE\x00" + b"-" * 32 + b"\n"


def test_barcode_of_even_digits_in_subset_c() -> None:
    assert _body(Barcode("4000001235")) == b"\x1ba\x01\x1dh\x48\x1dw\x03\x1df\x00\x1dH\x02\x1dk\x49\x07{C\x28\x00\x00\x0c\x23\n\x1ba\x00"


def test_barcode_with_letters_changes_subset() -> None:
    assert b"\x1dk\x49\x08{BRX{C\x0c\x22" in _body(Barcode("RX1234"))


def test_a_barcode_too_long_for_the_paper_is_printed_in_figures() -> None:
    assert _body(Barcode("ABCDEFGHIJKLMNOPQRSTUVWX")) == b"\x1ba\x01ABCDEFGHIJKLMNOPQRSTUVWX\n\x1ba\x00"


@pytest.mark.parametrize("number", ["", "12 34", "12\x1b", "一二", "1" * 33])
def test_what_is_no_barcode_is_refused(number: str) -> None:
    with pytest.raises(NotABarcode):
        escpos_bytes([Barcode(number)], Media.ROLL_58)


@pytest.mark.parametrize(
    ("text", "inside"), [("张三·—（）￥", True), ("㐀", False), ("𠮷", False), ("¥", False), ("é", True), ("ñ", False)]
)
def test_what_is_in_gbk(text: str, *, inside: bool) -> None:
    assert in_gbk(text) is inside


def test_a_row_outside_gbk_is_a_picture_of_the_papers_width() -> None:
    body = _body(Line("㐀华", Style(align=Align.RIGHT)))
    assert body[:8] == b"\x1dv0\x00\x30\x00\x1e\x00"
    assert len(body) == 8 + 48 * 30
    picture = Image.open(BytesIO(render_png(START + body, Media.ROLL_58)[0])).convert("L").crop((24, 24, 408, 50))
    left, _, right, _ = picture.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    assert left >= 384 - 48
    assert right > 384 - 24


def test_a_row_with_a_character_of_no_font_is_refused_by_name(no_fallback: None) -> None:
    with pytest.raises(GlyphMissing) as refused:
        escpos_bytes([Line("𠮷田 𠮷田")], Media.ROLL_58)
    assert refused.value.characters == "𠮷"
    assert "U+20BB7" in str(refused.value)


def test_a_row_from_the_fallback_font(rare_font: object) -> None:
    body = _body(Line("𠮷"))
    row = body[8 + 48 * 15 : 8 + 48 * 16]
    assert row[:3].count(0) < 3
    assert row[3:] == bytes(45)


def test_control_characters_in_a_name_do_not_reach_the_printer() -> None:
    assert _body(Line("张\x1bp\x00三\x1d")) == b"\xd5\xc5p\xc8\xfd\n"


@pytest.mark.parametrize("media", [Media.ROLL_58, Media.ROLL_80])
@pytest.mark.parametrize("number", ["4000001235", "300000000000879", "RX1234", "A-7"])
def test_barcodes_read_back(number: str, media: Media, read_codes: Callable[[bytes], list[tuple[str, str]]]) -> None:
    (png,) = render_png(escpos_bytes([Line("票据"), Barcode(number), Line("谢谢")], media), media)
    assert [text for _, text in read_codes(png)] == [number]


def test_qr_code_reads_back(read_codes: Callable[[bytes], list[tuple[str, str]]]) -> None:
    address = "https://einvoice.example.cn/v?no=0000000123&name=张三"
    (png,) = render_png(escpos_bytes([Qr(address), Line("请扫码")], Media.ROLL_58), Media.ROLL_58)
    assert [text for _, text in read_codes(png)] == [address]


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"\x1b@ab\x1bz", 4),
        (b"\x1b@\xb0\xa2", 2),
        (b"\x1b@\x1c&\x81\x30\x84\x36", 4),
        (b"\x1b@\x1ba\x07", 2),
        (b"\x1b@\x07", 2),
        (b"\x1b@\x1dk\x04123\x00", 2),
        (b"\x1b@\x1dv0\x00\x30\x00\x1e\x00\xff", 8 + 2),
    ],
)
def test_unknown_or_cut_off_commands_are_reported_with_their_place(data: bytes, offset: int) -> None:
    with pytest.raises(UnknownCommand) as unknown:
        render_png(data, Media.ROLL_58)
    assert unknown.value.offset == offset


def test_the_drawer_pulse_and_status_questions_leave_no_trace() -> None:
    plain = escpos_bytes([Line("收费")], Media.ROLL_58)
    assert render_png(b"\x1bp\x00\x3c\xff\x10\x04\x01\x1dr\x01" + plain, Media.ROLL_58) == render_png(plain, Media.ROLL_58)


def test_each_cut_is_a_paper() -> None:
    one = escpos_bytes([Line("一")], Media.ROLL_58)
    assert len(render_png(one + one, Media.ROLL_58)) == 2


def test_paper_is_as_wide_as_its_dots() -> None:
    for media, dots in ((Media.ROLL_58, 384), (Media.ROLL_80, 576)):
        (png,) = render_png(escpos_bytes([Divider()], media), media)
        picture = Image.open(BytesIO(png)).convert("L")
        assert picture.width == dots + 48
        ink = picture.crop((24, 24, 24 + dots, 60)).point(lambda value: 255 if value < 128 else 0).getbbox()
        assert ink is not None
        assert ink[2] > dots - 12
