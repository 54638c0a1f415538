"""How alike an own drug or service and an entry of the bureau's list are. It orders what a person chooses from; nothing is mapped by it."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

#: Of 100: what name, specification and maker count.
_NAME: Final = 60
_SPECIFICATION: Final = 30
_MAKER: Final = 10
_NOISE: Final = re.compile("[\\s()\uff08\uff09\\[\\]\u3010\u3011,\uff0c\u3001\u00b7\u30fb*\u00d7xX/\u6bcf]+")


def plain(text: str) -> str:
    """Without what is written differently everywhere: width, case, blanks, brackets, signs of multiplication."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).lower()).replace("\u514b", "g").replace("\u6beb", "m")


def grams(name: str) -> list[str]:
    """Pairs of neighbouring characters, by which a list is searched; the name itself where it is shorter."""
    short = plain(name)
    return sorted({short[at : at + 2] for at in range(len(short) - 1)}) or [short]


def _alike(ours: str, theirs: str) -> float:
    return SequenceMatcher(None, plain(ours), plain(theirs), autojunk=False).ratio() if ours and theirs else 0.0


def score(own: tuple[str, str, str], entry: tuple[str, str, str]) -> int:
    """0 to 100 for two (name, specification, maker). What one side does not state is left out of the reckoning."""
    weights = (_NAME, _SPECIFICATION, _MAKER)
    counted = [(weight, _alike(mine, theirs)) for weight, mine, theirs in zip(weights, own, entry, strict=True) if mine and theirs]
    whole = sum(weight for weight, _ in counted)
    return round(100 * sum(weight * alike for weight, alike in counted) / whole) if whole else 0
