"""Names and numbers as they may stand on lists, queues and exports 脱敏 (DOMAIN.md §7.3)."""

from __future__ import annotations

import re
from typing import Final

_STAR: Final = "*"
_BETWEEN_NAMES: Final = re.compile(r"[\W_]+")


def mask_name(name: str) -> str:
    """First and last character, the rest starred: 张三 → 张*, 欧阳小明 → 欧**明. Dots and blanks between names vanish."""
    letters = _BETWEEN_NAMES.sub("", name)
    if len(letters) <= 1:
        return _STAR * len(letters)
    if len(letters) == 2:
        return letters[0] + _STAR
    return _between(letters, 1, 1)


def mask_document(number: str) -> str:
    """Six and four characters of an identity number; of a shorter document one and at most four, never more than half."""
    if len(number) >= 15:
        return _between(number, 6, 4)
    if len(number) < 5:
        return _STAR * len(number)
    return _between(number, 1, min(4, (len(number) - 1) // 2))


def mask_phone(phone: str) -> str:
    """The head and the last four digits: ``138****1234``. A landline keeps its area code, a foreign number its first three digits.

    At least four characters are hidden, so a short number shows less of its head.
    """
    if len(phone) < 8:
        return _STAR * len(phone)
    area = re.match(r"0\d{2,3}-|\+\d{3}", phone)
    head = min(area.end() if area else 3, len(phone) - 8)
    return phone[:head] + _STAR * 4 + phone[-4:]


def _between(text: str, head: int, tail: int) -> str:
    return text[:head] + _STAR * (len(text) - head - tail) + text[-tail:]
