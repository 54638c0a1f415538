"""日结单 and 交班单: what stands on them, on roll and on A4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from common.i18n import language
from common.messages.close_sheet import InOut, InvoiceRange, InvoiceUse
from printing.catalog import render_document
from printing.columns import columns_of
from printing.documents.base import bare_yuan
from printing.documents.close_lines import insurance_name, invoice_lines
from printing.media import Backend, Media
from printing.render import render_png
from printing.sheet import Text
from printing.strip import Row, compose
from tests.printing.closing_samples import COUNTED, close_sheet, daily_close, roll_up, shift_slip

if TYPE_CHECKING:
    from printing.documents.base import SheetDocument, StripDocument


def rows(document: StripDocument, columns: int = 48) -> list[str]:
    with language(document.language):
        return [row.text for row in compose(document.strip(table=columns == 48), columns) if isinstance(row, Row)]


def texts(paper: SheetDocument) -> list[str]:
    with language(paper.language):
        return [mark.text for sheet in paper.sheets() for mark in sheet.marks if isinstance(mark, Text)]


def test_a_close_on_the_roll_names_its_sums_and_its_cash() -> None:
    said = rows(daily_close())
    assert said[1:3] == ["日结单", "-" * 48]
    cells = [row.split() for row in said]
    assert ["现金", "4,492.30", "-68.80", "4,423.50"] in cells
    assert ["合计", "12,834.20", "-218.60", "12,615.60"] in cells
    assert ["合计", "13,634.20", "-218.60", "13,415.60"] in cells
    assert [row for row in cells if row and row[0] in ("其中费用", "其中收退预交金")] == [
        ["其中费用", "12,615.60"],
        ["其中收退预交金", "800.00", "800.00"],
    ]
    assert [row for row in said if row.startswith("减免")] == [next(row for row in said if "减免" in row)]
    assert "其中部分退费重开 1 张" in said
    for start in ("短款", "上交现金", "使用票据 140 张", "长短款原因："):
        assert any(row.startswith(start) for row in said), start
    assert any("4,890.50" in row and row.startswith("实点现金") for row in said)
    assert said[-1].startswith("接收人签字：")


@pytest.mark.parametrize("columns", [48, 32])
def test_no_row_is_wider_than_the_paper(columns: int) -> None:
    huge = close_sheet(tenders=(InOut(code="cash", in_fen=123_456_789, out_fen=-98_765_432),))
    for document in (daily_close(), roll_up(), shift_slip(), msgspec.structs.replace(daily_close(), sheet=huge)):
        assert max(columns_of(row) for row in rows(document, columns)) <= columns


def test_totals_need_no_explanation_where_fees_are_all_there_was() -> None:
    plain = daily_close(deposits=InOut(code="deposit", in_fen=0, out_fen=0), reissued=0)
    assert not any(row.startswith("其中") for row in rows(plain))
    more = daily_close(collected_fen=12_300, rounding_fen=-4, expenses_fen=5_000)
    cells = [row.split() for row in rows(more)]
    assert [row for row in cells if row and row[0] in ("其中收回挂账", "其中舍入差额", "现金支出")] == [
        ["其中收回挂账", "123.00"],
        ["其中舍入差额", "-0.04"],
        ["现金支出", "-50.00"],
    ]


def test_a_clearing_that_no_dictionary_knows_stays_its_code() -> None:
    part = msgspec.structs.replace(close_sheet().insurance[0], clr_name="")
    with language("zh_CN"):
        assert insurance_name(part) == "职工医保（门诊）"
        assert insurance_name(msgspec.structs.replace(part, clr_type="9902")) == "职工医保（9902）"
        assert insurance_name(msgspec.structs.replace(part, clr_type="9902", clr_name="门诊慢特病")) == "职工医保（门诊慢特病）"


def test_a_roll_up_names_its_closes_and_says_their_sums() -> None:
    paper = roll_up()
    said = rows(paper)
    assert said[1:3] == ["日结汇总", "-" * 48]
    assert "261121003 古丽米热·阿不都热合曼" in next(row for row in said if row.startswith("261121003"))
    facts = paper.facts
    on_a4 = texts(paper)
    for fen in (facts.bills_fen, facts.refunds_fen, facts.expected_fen, facts.handed_in_fen, *(hit.net_fen for hit in facts.closes)):
        assert bare_yuan(fen) in on_a4
        assert any(row.endswith(bare_yuan(fen)) for row in said)
    assert sum(hit.net_fen for hit in facts.closes) == facts.bills_fen + facts.refunds_fen
    assert {"日结汇总", "职工医保（门诊）", "其中收退预交金", "各项与账簿核对一致。"} <= set(on_a4)
    assert ["备用金", "500.00"] in [row.split() for row in said]
    assert len(render_png(render_document(paper, Backend.PDF), Media.A4)) == 1


def test_a_day_of_many_closes_goes_on_on_further_pages() -> None:
    paper = roll_up(closes=70)
    with language(paper.language):
        sheets = paper.sheets()
    assert len(sheets) == 3
    assert all(mark.y < 292 for sheet in sheets for mark in sheet.marks if isinstance(mark, Text))
    assert all(number in texts(paper) for number in (hit.number for hit in paper.facts.closes))


def test_narrow_paper_has_the_net_sums_and_what_went_back() -> None:
    said = rows(daily_close(), 32)
    assert said[said.index(next(row for row in said if row.startswith("诊察费"))) + 1].split() == ["收入", "2,050.00", "退款", "-25.00"]


def test_a4_says_what_the_roll_says() -> None:
    said = texts(daily_close())
    sheet = close_sheet()
    for fen in (sheet.bills_fen, sheet.refunds_fen, sheet.expected_fen, sheet.counted_fen, sheet.handed_in_fen, sheet.difference_fen):
        assert bare_yuan(fen) in said
    for words in ("日结单", "短款", "职工医保（门诊）", "居民医保（门诊）", "其中收退预交金", "其中部分退费重开 1 张"):
        assert words in said
    (page,) = render_png(render_document(daily_close(), Backend.PDF), Media.A4)
    assert len(page) > 20_000


def test_a_long_close_goes_on_on_a_second_page() -> None:
    insurance = tuple(msgspec.structs.replace(close_sheet().insurance[0], clr_type=str(n)) for n in range(14))
    paper = daily_close(insurance=insurance, difference_reason="找零" * 90)
    with language(paper.language):
        sheets = paper.sheets()
    assert len(sheets) == 2
    assert all(mark.y < 292 for sheet in sheets for mark in sheet.marks if isinstance(mark, Text))
    assert any("第 2 页" in words or "2" in words for words in texts(paper))


def test_a_close_that_was_opened_again_is_marked() -> None:
    paper = daily_close(reopened="再点一次")
    assert any("已作废" in row and "再点一次" in row for row in rows(paper))
    assert any("已作废" in words for words in texts(paper))


def test_many_numbers_are_cut_and_counted() -> None:
    ranges = tuple(InvoiceRange(first=f"{n:010d}", last=f"{n:010d}", count=1) for n in range(2, 80, 2))
    use = InvoiceUse(used=ranges, used_count=39, red=(), reversed=(), voided=(), reprinted=())
    with language("en"):
        ((label, numbers),) = invoice_lines(use)
    assert label == "Receipts used: 39"
    assert numbers.endswith("0000000032 and 23 more")


def test_a_slip_shouts_a_difference_and_says_when_there_is_none() -> None:
    assert any(row.strip() == "短款 ￥33.00" for row in rows(shift_slip()))
    over = rows(shift_slip(difference_fen=500, difference_reason=""))
    assert any(row.strip() == "长款 ￥5.00" for row in over)
    assert any(row.startswith("长短款原因：____") for row in over)  # to be written by hand
    even = rows(shift_slip(difference_fen=0, difference_reason="", expected_fen=COUNTED))
    assert "账款相符。" in even
    assert not any("长款" in row or "短款" in row for row in even)


def test_a_slip_before_the_count_is_not_printed() -> None:
    with pytest.raises(ValueError, match="not counted"):
        shift_slip(counted_fen=None)
