"""Amounts in Chinese capitals against the vectors of DOMAIN.md §5.4 and §13, and read back by an independent reader."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.amount_words import DIGITS, MAX_CAPITALS_FEN, amount_in_capitals


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (5, "伍分"),
        (20, "贰角"),
        (75, "柒角伍分"),
        (1000, "壹拾圆整"),
        (100_120, "壹仟零壹圆贰角"),
        (10_000_005, "壹拾万圆零伍分"),
        (0, "零圆整"),
        (105, "壹圆零伍分"),
        (3860, "叁拾捌圆陆角"),
        (12_345_678, "壹拾贰万叁仟肆佰伍拾陆圆柒角捌分"),
        (100_100_000, "壹佰万壹仟圆整"),
        (100_010_000, "壹佰万零壹佰圆整"),
        (1_000_000_000_100, "壹佰亿零壹圆整"),
        (1_000_500_000_000, "壹佰亿零伍佰万圆整"),
        (-1250, "负壹拾贰圆伍角"),
    ],
)
def test_vectors(fen: int, words: str) -> None:
    assert amount_in_capitals(fen) == words


def test_an_amount_beyond_the_words_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        amount_in_capitals(MAX_CAPITALS_FEN + 1)


def _read(words: str) -> int:
    """The amount in fen that capitals stand for, read place by place."""
    sign = -1 if words.startswith("负") else 1
    yuan, _, rest = words.removeprefix("负").rpartition("圆")
    jiao = re.search(r"(.)角", rest)
    fen = re.search(r"(.)分", rest)
    cents = (DIGITS.index(jiao[1]) * 10 if jiao else 0) + (DIGITS.index(fen[1]) if fen else 0)
    return sign * (_read_whole(yuan) * 100 + cents)


def _read_whole(words: str) -> int:
    total = group = digit = 0
    for char in words:
        if char in DIGITS:
            digit = DIGITS.index(char)
        elif char in "拾佰仟":
            group += digit * {"拾": 10, "佰": 100, "仟": 1000}[char]
            digit = 0
        else:
            total += (group + digit) * {"万": 10**4, "亿": 10**8}[char]
            group = digit = 0
    return total + group + digit


@given(st.integers(-MAX_CAPITALS_FEN, MAX_CAPITALS_FEN))
def test_what_is_written_reads_back(fen: int) -> None:
    words = amount_in_capitals(fen)
    assert _read(words) == fen
    assert "零零" not in words
    assert not re.search("零[万亿圆角分]", words.replace("零圆整", "整"))
