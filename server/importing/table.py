"""A list as it stands in the file: a header and rows of text, whatever the file's kind."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from server.importing.problems import (
    CONTROL_CHARACTER,
    EMPTY_FILE,
    EXTRA_CELL,
    LOST_CHARACTERS,
    NO_SUCH_FILE,
    NOT_A_TABLE,
    OLD_EXCEL,
    TOO_LARGE,
    TOO_LONG,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    CellError,
    FileRefused,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_TEXT_BYTES: Final = 50_000_000
MAX_XLSX_BYTES: Final = 10_000_000
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 2_000

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"


class OddCell(Struct, frozen=True):
    """A cell that no kind of list could accept; ``index`` counts the columns from 0."""

    row: int
    index: int
    value: str
    reason: str
    fields: dict[str, str] = {}


class Table(Struct, frozen=True, kw_only=True):
    """``rows`` are pairs of the row's number in the file and its cells, as many as ``columns``; blank rows are left out.

    ``header_row`` is the number of the header's row. ``problems`` are cells that no kind of list could accept, such as formulas.
    """

    name: str
    header_row: int
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    problems: list[CellError]


def read_table(path: Path) -> Table:
    """Read a CSV (UTF-8 with or without mark, UTF-16 with mark, GB18030; comma, semicolon or tab) or XLSX file.

    The kind is told from the content, not from the name. Raises :class:`FileRefused` when the file as a whole cannot be read: at most
    50 MB of text or 10 MB of XLSX, 1,000,000 rows, 200 columns.
    """
    if not path.is_file():
        raise FileRefused(NO_SUCH_FILE, path=path.name)
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise FileRefused(EMPTY_FILE)
    if start == _OLE:
        raise FileRefused(OLD_EXCEL)
    if start == _ZIP:
        from server.importing.spreadsheet import read_xlsx  # openpyxl is slow to import and seldom needed

        _check_size(path, MAX_XLSX_BYTES)
        return read_xlsx(path)
    from server.importing.delimited import read_delimited

    _check_size(path, MAX_TEXT_BYTES)
    if path.suffix.lower() in {".xlsx", ".pdf", ".doc", ".docx"}:
        raise FileRefused(NOT_A_TABLE)
    return read_delimited(path.name, path.read_bytes())


def _check_size(path: Path, limit: int) -> None:
    size = path.stat().st_size
    if size > limit:
        raise FileRefused(TOO_LARGE, size=-(-size // 1_000_000), limit=limit // 1_000_000)


def assemble(name: str, records: Iterable[tuple[int, list[str]]], odd: list[OddCell]) -> Table:
    """Make a table of numbered records: the first that is not blank is the header, later blank ones are left out.

    ``odd`` may grow while ``records`` are read; what it holds in the end becomes the table's problems.
    """
    numbered = iter(records)
    header_row, header = next(((number, cells) for number, cells in numbered if any(cells)), (0, []))
    while header and not header[-1]:
        header.pop()
    if not header:
        raise FileRefused(EMPTY_FILE)
    if len(header) > MAX_COLUMNS:
        raise FileRefused(TOO_MANY_COLUMNS, limit=MAX_COLUMNS)
    columns = tuple(header)
    rows: list[tuple[int, list[str]]] = []
    for number, cells in numbered:
        if any(cells):
            rows.append((number, _fitted(number, cells, len(columns), odd)))
            if len(rows) > MAX_ROWS:
                raise FileRefused(TOO_MANY_ROWS, limit=MAX_ROWS)
    if not rows:
        raise FileRefused(EMPTY_FILE)
    problems = [
        CellError(row=cell.row, column=column_name(cell.index, columns), value=cell.value, reason=cell.reason, fields=cell.fields)
        for cell in odd
    ]
    return Table(name=name, header_row=header_row, columns=columns, rows=rows, problems=problems)


def column_name(index: int, columns: tuple[str, ...]) -> str:
    """The header's own words for a column, or its letter where the header says nothing."""
    return (columns[index] if index < len(columns) else "") or column_letter(index)


def _fitted(number: int, cells: list[str], width: int, odd: list[OddCell]) -> list[str]:
    """The row with exactly ``width`` cells; odd texts are reported."""
    for index, cell in enumerate(cells):
        if cell and index >= width:
            odd.append(OddCell(number, index, cell[:40], EXTRA_CELL))
        elif len(cell) > MAX_CELL:
            odd.append(OddCell(number, index, cell[:20] + "…", TOO_LONG, {"limit": str(MAX_CELL)}))
        elif "\N{REPLACEMENT CHARACTER}" in cell:
            odd.append(OddCell(number, index, cell, LOST_CHARACTERS))
        elif not cell.isprintable() and _has_control_character(cell):
            odd.append(OddCell(number, index, cell, CONTROL_CHARACTER))
    return cells[:width] + [""] * (width - len(cells))


def _has_control_character(cell: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in cell if character not in "\n\r\t")


def column_letter(index: int) -> str:
    """The spreadsheet's own name of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
