"""The papers for the roll: what stands on them, in which order, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.i18n import catalogue, language
from common.messages.cashier import Tender, TenderKind
from printing.catalog import document_from_json, document_json, paper_name, render_document, ways_to_print
from printing.columns import columns_of
from printing.documents.base import Copy, copy_note, day, moment
from printing.documents.fees import FeeCategory, in_order
from printing.documents.money_paper import MoneyLine
from printing.documents.receipt import Receipt
from printing.errors import WrongMedia
from printing.media import Backend, Media
from printing.render import render_png
from printing.strip import Barcode, Row, compose
from tests.printing.samples import AT, FIRST, LINES, SECOND, narcotic, one_of_each, queue_ticket, receipt, refund_slip, registration_slip

if TYPE_CHECKING:
    from collections.abc import Callable

    from printing.catalog import AnyDocument
    from printing.documents.base import StripDocument


def _rows(document: StripDocument, columns: int = 32) -> list[str]:
    with language(document.language):
        return [row.text for row in compose(document.strip(table=columns == 48), columns) if isinstance(row, Row)]


def test_a_receipt_on_narrow_paper_row_by_row() -> None:
    assert _rows(receipt(lines=LINES[:2], tenders=(Tender(kind=TenderKind.CASH, amount_fen=5000, given_fen=5160),))) == [
        "杏林中医西医结合门诊部",
        "门诊收费票据",
        "--------------------------------",
        "票据号                   0000123",
        "姓名：张晓三             男 自费",
        "门诊号             2026112100231",
        "--------------------------------",
        "项目         数量       金额(元)",
        "诊察费                     25.00",
        "副主任医师诊察费",
        "              1次          25.00",
        "西药费                     25.00",
        "阿莫西林胶囊 0.25g×24粒",
        "              2盒          25.00",
        "--------------------------------",
        "合计                     ￥50.00",
        "大写：伍拾圆整",
        "现金                     ￥50.00",
        "实收现金                 ￥51.60",
        "找零                      ￥1.60",
        "--------------------------------",
        "收费员：李敏    2026-11-21 14:05",
        "",
        "请当面核对，并妥善保管票据",
    ]


def test_a_receipt_on_wide_paper_is_a_table() -> None:
    rows = _rows(receipt(), 48)
    assert "项目                         数量       金额(元)" in rows
    assert "阿莫西林胶囊 0.25g×24粒      2盒          25.00" in rows
    assert "布洛芬缓释胶囊 0.3g×20粒     1盒          18.60" in rows


def test_categories_stand_in_the_legal_order_with_their_sums() -> None:
    rows = _rows(receipt(), 48)
    heads = [row.split()[0] for row in rows if re.match(r"(诊察费|化验费|西药费|中成药费) ", row)]
    assert heads == ["诊察费", "化验费", "西药费", "中成药费"]
    assert next(row for row in rows if row.startswith("西药费")).endswith(" 43.60")


def test_all_categories_are_known_by_their_legal_names_in_order() -> None:
    legal = "诊察费 检查费 化验费 治疗费 手术费 卫生材料费 西药费 中药饮片 中成药费 一般诊疗费 挂号费 其他门（急）诊收费"
    names = legal.split()
    categories = [FeeCategory(name) for name in names]
    assert categories == in_order(reversed(categories)) == list(FeeCategory)
    with language("zh_CN"):
        assert [category.label for category in categories] == names


@pytest.mark.parametrize(
    "code",
    [
        "consultation",
        "exam",
        "lab",
        "treatment",
        "surgery",
        "material",
        "western_drug",
        "herbal",
        "patent",
        "general",
        "registration",
        "other",
    ],
)
def test_the_codes_of_charge_items_are_categories(code: str) -> None:
    assert FeeCategory(code).value == code


def test_an_unknown_category_does_not_leak_onto_paper() -> None:
    with pytest.raises(ValueError, match="misc"):
        FeeCategory("misc")


def test_a_receipt_whose_sums_differ_is_not_made() -> None:
    with pytest.raises(ValueError, match="tenders sum"):
        receipt(tenders=(Tender(kind=TenderKind.WECHAT, amount_fen=9839),), change_fen=0)
    with pytest.raises(ValueError, match="change"):
        receipt(change_fen=150)
    with pytest.raises(ValueError, match="tenders sum"):
        refund_slip(tenders=(Tender(kind=TenderKind.WECHAT, amount_fen=1),))


def test_a_refund_names_what_it_reverses_and_has_a_line_to_sign_on() -> None:
    rows = _rows(refund_slip())
    assert any(row.startswith("原票据号") and row.endswith("0000123") for row in rows)
    assert any(row.startswith("冲红合计") and row.endswith("-18.60") for row in rows)
    assert "大写：壹拾捌圆陆角" in rows
    assert any("患者签字：___" in row for row in rows)


def test_the_queue_number_is_the_largest() -> None:
    with language("zh_CN"):
        rows = [row for row in compose(registration_slip().strip(table=False), 32) if isinstance(row, Row)]
    largest = max(rows, key=lambda row: row.style.size.high)
    assert largest.text == "A023"
    assert [row for row in rows if row.style.size.high == largest.style.size.high] == [largest]


def test_a_ticket_names_nobody() -> None:
    assert "西药房 2 号窗口" in _rows(queue_ticket())
    assert "patient" not in {field.name for field in msgspec.structs.fields(type(queue_ticket()))}


@pytest.mark.parametrize("document", [registration_slip, queue_ticket, receipt, refund_slip])
def test_only_a_second_copy_says_so(document: Callable[..., StripDocument]) -> None:
    assert not any("补打" in row for row in _rows(document()))
    assert any("补打 1 2026-11-21 16:40 王建国" in row for row in _rows(document(copy=SECOND)))


def test_copies_are_counted_from_the_first_reprint() -> None:
    assert copy_note(FIRST) == ""
    assert copy_note(Copy(number=3, at=AT, by="李敏")) == "补打 2  2026-11-21 14:05  李敏"
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"number": 0, "at": "2026-11-21T14:05:00", "by": "x"}', type=Copy)


def test_days_have_their_weekday() -> None:
    assert (day(AT), moment(AT)) == ("2026-11-21 周六", "2026-11-21 周六 14:05")
    with language("en"):
        assert day(AT) == "2026-11-21 Sat"


@pytest.mark.parametrize("document", one_of_each(), ids=lambda document: type(document).__name__)
def test_every_paper_prints_every_way_it_claims(document: AnyDocument, read_codes: Callable[[bytes], list[tuple[str, str]]]) -> None:
    for code in ("zh_CN", "en"):
        paper = msgspec.structs.replace(document, language=code)
        for backend, media in ways_to_print(type(paper)):
            data = render_document(paper, backend, media)
            pictures = render_png(data, media)
            assert len(pictures) == 1
            expected = [paper.barcode] if hasattr(paper, "barcode") else []
            assert [text for _, text in read_codes(pictures[0])] == expected
            assert render_document(paper, backend, media) == data


@pytest.mark.parametrize("document", [*one_of_each(), narcotic()], ids=lambda document: type(document).__name__)
def test_a_document_survives_the_journal(document: AnyDocument) -> None:
    assert document_from_json(document_json(document)) == document


def test_a_paper_goes_only_where_it_can() -> None:
    with pytest.raises(WrongMedia) as wrong:
        render_document(receipt(), Backend.PDF)
    assert str(wrong.value).startswith("门诊收费票据不能用这台打印机打印：PDF。")
    with pytest.raises(WrongMedia):
        render_document(receipt(), Backend.ESCPOS, Media.A5)


def test_the_paper_speaks_its_own_language_whatever_the_screen_does() -> None:
    with language("en"):
        assert "收费员".encode("gb18030") in render_document(receipt(), Backend.ESCPOS)
    english = render_document(receipt(language="en"), Backend.ESCPOS)
    assert b"Cashier" in english
    assert "收费员".encode("gb18030") not in english


def test_every_paper_has_a_name_in_both_languages() -> None:
    for document in one_of_each():
        with language("zh_CN"):
            chinese = paper_name(type(document))
        with language("en"):
            assert paper_name(type(document)) != chinese
        assert not chinese.isascii()


def test_no_english_is_left_on_chinese_paper() -> None:
    words = {source.rpartition("|")[2] for source in catalogue("zh_CN") if source.startswith(("paper|", "fee|", "tender|"))}
    for document in (registration_slip(copy=SECOND), queue_ticket(), receipt(e_invoice="x"), refund_slip()):
        for row in _rows(document):
            assert row not in words
            assert not re.search(r"[A-Za-z]{4,}", row), row


NAMES = st.text(
    st.one_of(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), st.sampled_from("·—ABC 012（）")), min_size=1, max_size=40
)


@given(
    name=NAMES,
    drug=NAMES,
    clinic=NAMES,
    fen=st.integers(1, 10_000_000_000),
    columns=st.sampled_from([32, 48]),
    code=st.sampled_from(["zh_CN", "en"]),
)
def test_no_receipt_leaves_its_paper(name: str, drug: str, clinic: str, fen: int, columns: int, code: str) -> None:
    line = MoneyLine(category=FeeCategory.OTHER, name=drug, specification=drug, quantity="12盒", amount_fen=fen)
    paper = receipt(
        clinic=clinic, patient=name, lines=(line,), tenders=(Tender(kind=TenderKind.CARD, amount_fen=fen),), change_fen=0, language=code
    )
    assert isinstance(paper, Receipt)
    with language(code):
        pieces = list(compose(paper.strip(table=columns == 48), columns))
    rows = [piece for piece in pieces if isinstance(piece, Row)]
    assert all(columns_of(row.text) * row.style.size.wide <= columns for row in rows)
    assert sum(row.text.endswith(f"{fen // 100:,}.{fen % 100:02d}") for row in rows) >= 4
    assert [piece.number for piece in pieces if isinstance(piece, Barcode)] == [paper.barcode]


def test_cash_rounding_is_a_line_of_its_own() -> None:
    paid = (Tender(kind=TenderKind.CASH, amount_fen=9838, given_fen=10000),)
    paper = render_document(receipt(tenders=paid, change_fen=162, rounding_fen=-2), Backend.ESCPOS)
    assert "舍入差额".encode("gb18030") in paper
    with pytest.raises(ValueError, match="rounding"):
        receipt(tenders=paid, change_fen=162)


def test_what_the_insurance_pays_stands_in_its_own_block() -> None:
    shares = (Tender(kind=TenderKind.FUND, amount_fen=5000), Tender(kind=TenderKind.CASH, amount_fen=4840))
    text = render_document(receipt(tenders=shares, change_fen=0, other_facts=(("医保统筹基金支付", "￥50.00"),)), Backend.ESCPOS).decode(
        "gb18030", "ignore"
    )
    assert "其他信息" in text
    assert text.count("50.00") == 1


def test_a_partial_refund_names_the_receipt_over_the_rest() -> None:
    back = (Tender(kind=TenderKind.CASH, amount_fen=600),)
    text = render_document(refund_slip(rest_number="0000132", rest_fen=1260, paid_back=back), Backend.ESCPOS).decode("gb18030", "ignore")
    assert "0000132" in text and "12.60" in text and "6.00" in text
