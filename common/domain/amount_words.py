"""Amounts in Chinese capitals (大写), as they stand on receipts (DOMAIN.md §5.4)."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("仟", "佰", "拾", "")
GROUPS: Final = ("", "万", "亿")
#: One fen below ten thousand 亿 yuan: the largest amount that :data:`GROUPS` can name.
MAX_CAPITALS_FEN: Final = 10**14 - 1


def amount_in_capitals(fen: int) -> str:
    """``fen`` in capitals: ``100120`` → ``壹仟零壹圆贰角``. Whole yuan end in 整; a refund begins with 负.

    Raises ``ValueError`` beyond :data:`MAX_CAPITALS_FEN`.
    """
    if abs(fen) > MAX_CAPITALS_FEN:
        raise ValueError(f"too large an amount to write in capitals: {fen} fen")
    yuan, rest = divmod(abs(fen), 100)
    whole = f"{_whole(yuan)}圆" if yuan else ""
    sign = "负" if fen < 0 else ""
    if not rest:
        return f"{sign}{whole or '零圆'}整"
    return f"{sign}{whole}{_cents(rest, after_yuan=bool(yuan))}"


def _cents(rest: int, *, after_yuan: bool) -> str:
    jiao, fen = divmod(rest, 10)
    gap = DIGITS[0] if after_yuan else ""
    return (f"{DIGITS[jiao]}角" if jiao else gap) + (f"{DIGITS[fen]}分" if fen else "")


def _whole(yuan: int) -> str:
    """Whole yuan, group by group of four digits; one 零 stands for every run of missing places between two digits."""
    words, gap = "", False
    for index, group in reversed(list(enumerate(_groups(yuan)))):
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += DIGITS[0]
        words += _four_digits(group) + GROUPS[index]
        gap = False
    return words


def _groups(yuan: int) -> list[int]:
    """The number's groups of four digits, lowest first."""
    groups = []
    while yuan:
        yuan, group = divmod(yuan, 10_000)
        groups.append(group)
    return groups


def _four_digits(group: int) -> str:
    words = ""
    for place, digit in zip(PLACES, f"{group:04d}", strict=True):
        if digit != "0":
            words += DIGITS[int(digit)] + place
        elif words and not words.endswith(DIGITS[0]):
            words += DIGITS[0]
    return words.rstrip(DIGITS[0])
