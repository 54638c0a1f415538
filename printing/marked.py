"""Text of which some characters are marked: those by which a drug is told from what it is mixed up with 看似听似 (DOMAIN.md §6.2).

Marked characters stand white on black. Bold type and underlines run together on thermal paper; a black ground is seen on any.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Characters, and whether they are marked (:func:`common.domain.likeness.pieces`).
Piece = tuple[str, bool]


def joined_text(pieces: Sequence[Piece]) -> str:
    """The text without its marks."""
    return "".join(text for text, _ in pieces)


def in_rows(rows: Sequence[str], pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The rows into which the text of ``pieces`` was wrapped, each as pieces again.

    Blanks may have been left out, joined or put in front of a row, and characters that no paper shows may be gone; nothing else.
    """
    chars = [(char, marked) for text, marked in pieces for char in unicodedata.normalize("NFC", text)]
    at, found = 0, []
    for row in rows:
        flags = []
        for char in row:
            if char == " " and (at == len(chars) or not chars[at][0].isspace()):
                flags.append(False)  # an indent
                continue
            while at < len(chars) - 1 and chars[at][0] != char and not (char == " " and chars[at][0].isspace()):
                at += 1
            flags.append(at < len(chars) and chars[at][1])
            at += 1
        found.append(list(_runs(row, flags)))
    return found


def _runs(row: str, flags: Sequence[bool]) -> Iterator[Piece]:
    begin = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or flags[at] != flags[begin]:
            yield row[begin:at], flags[begin]
            begin = at
