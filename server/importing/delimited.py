"""Text files: CSV as Excel, WPS, databases and other systems write it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING, Final

from server.importing.problems import BROKEN_QUOTES, EMPTY_FILE, FORMULA, NOT_A_TABLE, WRONG_ENCODING, FileRefused
from server.importing.table import OddCell, Table, assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTED_TEXT: Final = re.compile(r'="([^"]*)"')
_FORMULA: Final = re.compile(r"=\s*[A-Za-z$@(+-]")


def read_delimited(name: str, content: bytes) -> Table:
    """Read a text file's content. Raises :class:`FileRefused`."""
    text = decode(content)
    if not text.strip():
        raise FileRefused(EMPTY_FILE)
    odd: list[OddCell] = []
    return assemble(name, _records(text, odd), odd)


def decode(content: bytes) -> str:
    """The text of UTF-8, UTF-16 with its mark, or GB18030 (which holds GBK and GB2312)."""
    if content.startswith(_UTF16_MARKS):
        encodings = ["utf-16"]
    elif b"\0" in content[:4096]:
        raise FileRefused(NOT_A_TABLE)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    position = 0
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            position = max(position, error.start)
    raise FileRefused(WRONG_ENCODING, line=content.count(b"\n", 0, position) + 1)


def separator(text: str) -> str:
    """The character that parts the cells: whichever of comma, semicolon and tab the first line that is not blank holds most of."""
    first = next(line for line in text.splitlines() if line.strip())
    outside_quotes = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=outside_quotes.count)


def _records(text: str, odd: list[OddCell]) -> Iterator[tuple[int, list[str]]]:
    """Numbered like a spreadsheet's rows: a quoted cell with a line break inside stays one row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            stripped = [cell.strip() for cell in cells]
            for index, cell in enumerate(stripped):
                if cell.startswith("="):
                    stripped[index] = _literal(number, index, cell, odd)
            yield number, stripped
    except csv.Error as error:
        raise FileRefused(BROKEN_QUOTES, line=reader.line_num) from error


def _literal(row: int, index: int, cell: str, odd: list[OddCell]) -> str:
    """``="0012"`` is how some systems keep leading zeros; any other formula is refused."""
    if quoted := _QUOTED_TEXT.fullmatch(cell):
        return quoted[1]
    if _FORMULA.match(cell):
        odd.append(OddCell(row, index, cell, FORMULA))
    return cell
