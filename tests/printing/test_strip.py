"""Rows of a strip never leave the paper, and amounts stand at its right edge."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from printing.columns import columns_of
from printing.documents.base import bare_yuan
from printing.documents.fees import FeeCategory
from printing.documents.money_paper import MoneyLine, line_blocks, total_blocks
from printing.strip import Barcode, Cells, Divider, Line, Pair, Qr, Row, Size, Space, Style, compose

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
NAMES = st.text(st.one_of(HAN, st.sampled_from("ABCabc0123456789 .·—（）×，\t\n\x1b")), min_size=1, max_size=50)
LINES = st.builds(
    MoneyLine,
    category=st.sampled_from(FeeCategory),
    name=NAMES,
    specification=st.text(HAN, max_size=20),
    quantity=st.integers(1, 9999).map("{}盒".format),
    amount_fen=st.integers(-10_000_000_000, 10_000_000_000),
)


def _rows(*blocks: Line | Pair | Cells | Divider | Space | Barcode | Qr, columns: int = 32) -> list[str]:
    return [row.text for row in compose(blocks, columns) if isinstance(row, Row)]


def test_a_pair_fills_the_row_exactly() -> None:
    assert _rows(Pair("合计", "￥98.40")) == ["合计" + " " * 21 + "￥98.40"]


def test_a_pair_too_long_for_a_row_keeps_the_amount_whole() -> None:
    assert _rows(Pair("复方甘草口服溶液一百毫升", "1,234,567.89"), columns=32) == ["复方甘草口服溶液一百毫升", " " * 20 + "1,234,567.89"]


def test_double_width_halves_the_columns() -> None:
    style = Style(size=Size.LARGE)
    assert _rows(Pair("号", "A023", style)) == ["号" + " " * 10 + "A023"]


def test_cells_wrap_for_themselves() -> None:
    assert _rows(Cells(("复方甘草口服溶液", "1瓶", "9.80"), (10, -6, -8)), columns=24) == ["复方甘草口   1瓶    9.80", "服溶液"]


def test_a_hanging_paragraph_indents_its_later_rows() -> None:
    assert _rows(Line("退费原因：医师更改用药，药品未拆封", hang=2), columns=20) == ["退费原因：医师更改用", "  药，药品未拆封"]


@given(st.lists(LINES, min_size=1, max_size=6), st.sampled_from([32, 48]))
def test_no_row_leaves_the_paper_and_every_amount_is_at_its_edge(lines: list[MoneyLine], columns: int) -> None:
    blocks = [*line_blocks(lines, table=columns == 48), *total_blocks("合计", sum(line.amount_fen for line in lines))]
    rows = [row for row in compose(blocks, columns) if isinstance(row, Row)]
    assert max(columns_of(row.text) * row.style.size.wide for row in rows) <= columns
    for line in lines:
        amount = bare_yuan(line.amount_fen)
        assert any(row.text.endswith(amount) and columns_of(row.text) == columns for row in rows)
    assert not any("\x1b" in row.text or "\n" in row.text for row in rows)
