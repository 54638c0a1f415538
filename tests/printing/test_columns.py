"""Columns: the widths of DOMAIN.md §10.1 and wrapping that loses and splits nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing.columns import columns_of, pad_left, pad_right, wrap

TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Mn", "Me", "Mc", "Zl", "Zp")), max_size=60)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("阿莫西林0.25g", 13), ("", 0), ("·", 2), ("—", 2), ("α", 2), ("￥", 2), ("（）", 4), ("㐀", 2), ("𠮷", 2), ("e\u0301", 1)],
)
def test_widths(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_every_gbk_character_is_two_columns_as_in_the_printers_font() -> None:
    characters = [chr(code) for code in range(0x80, 0x10000) if chr(code).encode("gbk", "ignore")]
    assert len(characters) > 20_000
    assert {columns_of(char) for char in characters} == {2}


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("阿莫西林胶囊 0.25g×24粒", 20, ["阿莫西林胶囊", "0.25g×24粒"]),
        ("共计1234567.89元整", 10, ["共计", "1234567.89", "元整"]),
        ("服药期间勿饮酒，饭后服。", 14, ["服药期间勿饮", "酒，饭后服。"]),
        ("口服（饭后）服用", 6, ["口服", "（饭", "后）服", "用"]),
        ("", 10, [""]),
        ("布洛芬缓释胶囊 0.3g×20粒", 25, ["布洛芬缓释胶囊 0.3g×20粒"]),
        ("布洛芬缓释胶囊 0.3g×20粒", 23, ["布洛芬缓释胶囊", "0.3g×20粒"]),
        ("连续服用14天后复诊", 12, ["连续服用14天", "后复诊"]),
        ("连续服用共14天后复诊", 12, ["连续服用共", "14天后复诊"]),
        ("12345678901234", 6, ["123456", "789012", "34"]),
    ],
)
def test_wrap(text: str, columns: int, rows: list[str]) -> None:
    assert wrap(text, columns) == rows


@given(TEXTS, st.integers(4, 48))
def test_rows_fit_and_nothing_is_lost(text: str, columns: int) -> None:
    rows = wrap(text, columns)
    assert all(columns_of(row) <= columns for row in rows)
    assert re.sub(r"\s", "", "".join(rows)) == re.sub(r"\s", "", text)


@given(st.lists(st.integers(0, 99_999_999).map(lambda fen: f"{fen // 100:,}.{fen % 100:02d}"), min_size=1, max_size=8), st.integers(12, 48))
def test_amounts_are_never_split(amounts: list[str], columns: int) -> None:
    rows = wrap("，应收".join(amounts), columns)
    for amount in amounts:
        assert any(amount in row for row in rows)


def test_padding_fills_to_the_column() -> None:
    assert pad_left("合计", 8) == "    合计"
    assert pad_right("合计", 8) == "合计    "
