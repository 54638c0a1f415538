"""Arithmetic of paper that is measured in columns: a Latin character takes one, a Hanzi two (DOMAIN.md §10.1)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A word is a run of Latin letters, digits and the marks that belong to numbers (``1,234.50``, ``0.25g``, ``2026-11-21``); it is not split.
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,:/%*+×~_-]*|[-+￥¥][0-9][0-9.,]*|\s+|.", re.DOTALL)
_NEVER_FIRST: Final = frozenset("，。、；：？！）》」』】〕”’,.;:?!)]}％%℃…")
_NEVER_LAST: Final = frozenset("（《「『【〔“‘([{￥¥/×")


def char_columns(char: str) -> int:
    """Columns of one character: 2 if East Asian wide, full-width or ambiguous (``·`` and ``—`` are two in a GBK font), 0 if it combines."""
    if unicodedata.combining(char):
        return 0
    if char < "\x80":
        return 1
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1


def columns_of(text: str) -> int:
    """Columns of a text: ``阿莫西林0.25g`` takes 13."""
    return sum(map(char_columns, text))


def wrap(text: str, columns: int) -> list[str]:
    """``text`` in rows of at most ``columns`` (≥ 2), broken between Hanzi or at spaces.

    Numbers stay whole, with their unit, and so do Latin words, unless one alone is wider than a row; closing punctuation never begins a row
    and an opening bracket never ends one. A short part between spaces, such as a specification, rather begins a new row than is broken.
    An empty text is one empty row.
    """
    rows, row = [], ""
    for part in re.findall(r"\s*\S+|\s+$", text):
        short = columns_of(part.strip()) <= columns // 2
        for piece in [part] if short else _pieces(part, columns):
            if columns_of(row) + columns_of(piece.rstrip()) <= columns:
                row += piece if row else piece.lstrip()
            else:
                rows.append(row.rstrip())
                row = piece.lstrip()
    rows.append(row.rstrip())
    return rows


def _pieces(text: str, columns: int) -> Iterator[str]:
    """Unbreakable pieces, none wider than ``columns``."""
    piece = ""
    for word in _WORD.findall(text):
        if not (piece and _belong_together(piece, word)) or columns_of(piece + word) > columns:
            if piece:
                yield from _chopped(piece, columns)
            piece = ""
        piece += word
    if piece:
        yield from _chopped(piece, columns)


def _belong_together(before: str, word: str) -> bool:
    """Whether a row may not end between the two: punctuation, a combining mark, or a number's unit."""
    first, last = word[0], before[-1]
    is_unit = last.isdigit() and char_columns(first) == 2
    return is_unit or first in _NEVER_FIRST or last in _NEVER_LAST or char_columns(first) == 0


def _chopped(piece: str, columns: int) -> Iterator[str]:
    """A piece, by force in parts where it is wider than a whole row."""
    part = ""
    for char in piece:
        if columns_of(part + char) > columns:
            yield part
            part = ""
        part += char
    yield part


def cut_to(text: str, columns: int) -> str:
    """As much of the beginning of ``text`` as fits."""
    return next(_chopped(text, columns)) if text else ""


def pad_left(text: str, columns: int) -> str:
    """``text`` at the right edge of ``columns``."""
    return " " * (columns - columns_of(text)) + text


def pad_right(text: str, columns: int) -> str:
    """``text`` at the left edge of ``columns``."""
    return text + " " * (columns - columns_of(text))
