"""The initials of a Chinese title's pinyin, without a dictionary: common characters of GB 2312 are in the order of their pinyin."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

_TABLE: Final = """
B0A1a B0C5b B2C1c B4EEd B6EAe B7A2f B8C1g B9FEh BBF7j BFA6k C0ACl C2E8m
C4C3n C5B6o C5BEp C6DAq C8BBr C8F6s CBFAt CDDAw CEF4x D1B9y D4D1z
"""
_FIRST: Final = _TABLE.split()
_STARTS: Final = tuple(int(entry[:4], 16) for entry in _FIRST)
_LETTERS: Final = tuple(entry[4] for entry in _FIRST)
_END: Final = 0xD7FA


def initials(text: str) -> str:
    """``"重新打印"`` → ``"cxdy"``. Of a character with several readings the first is taken; Latin letters and digits stay, others fall out."""
    return "".join(_initial(char) for char in text.lower())


def _initial(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() else ""
    try:
        code = int.from_bytes(char.encode("gb2312"))
    except UnicodeEncodeError:
        return ""
    return _LETTERS[bisect_right(_STARTS, code) - 1] if _STARTS[0] <= code < _END else ""


def matches(wanted: str, title: str) -> int:
    """How well ``wanted`` finds ``title``: 0 not at all, else the higher the better.

    3 for a beginning, 2 for a part, 1 for letters in this order; of the title itself or of its initials.
    """
    sought, words = wanted.lower().replace(" ", ""), title.lower()
    return max(_rank(sought, words.replace(" ", "")), _rank(sought, initials(words)), _rank(sought, _word_initials(words)))


def _rank(sought: str, among: str) -> int:
    if not sought or not among:
        return 0
    if among.startswith(sought):
        return 3
    if sought in among:
        return 2
    rest = iter(among)
    return 1 if all(char in rest for char in sought) else 0


def _word_initials(words: str) -> str:
    return "".join(word[0] for word in words.split() if word[0].isalnum())
