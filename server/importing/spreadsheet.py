"""XLSX workbooks, read row by row without building the whole workbook in memory."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException

from server.importing.problems import (
    BROKEN_EXCEL,
    EMPTY_FILE,
    ERROR_VALUE,
    FORMULA,
    MERGED,
    SEVERAL_SHEETS,
    TOO_LARGE,
    FileRefused,
)
from server.importing.table import MAX_ROWS, OddCell, Table, assemble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl.workbook.workbook import Workbook

Sheet = Any  # openpyxl's read-only sheet, which its published types describe wrongly

MAX_UNPACKED: Final = 300_000_000
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+)(\d+):([A-Z]+\d+)"')
_UNREADABLE: Final = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError)


def read_xlsx(path: Path) -> Table:
    """Read the only sheet that has rows. Raises :class:`FileRefused`."""
    _check_unpacked_size(path)
    with path.open("rb") as file:  # given a name, openpyxl would judge the file by its suffix
        try:
            workbook = load_workbook(file, read_only=True, data_only=False)
        except _UNREADABLE as error:
            raise FileRefused(BROKEN_EXCEL) from error
        return _read_workbook(path, workbook)


def _check_unpacked_size(path: Path) -> None:
    """A small file can unpack to a very large one."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FileRefused(BROKEN_EXCEL) from error
    if unpacked > MAX_UNPACKED:
        raise FileRefused(TOO_LARGE, size=unpacked // 1_000_000, limit=MAX_UNPACKED // 1_000_000)


def _read_workbook(path: Path, workbook: Workbook) -> Table:
    sheet = _only_sheet(workbook)
    try:
        odd = list(_merged_areas(path, sheet))
        return assemble(path.name, _records(sheet, odd), odd)
    except _UNREADABLE as error:
        raise FileRefused(BROKEN_EXCEL) from error


def _only_sheet(workbook: Workbook) -> Sheet:
    sheets: list[Sheet] = []
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # other programs write wrong dimensions
        if any(any(value is not None for value in row) for row in sheet.iter_rows(max_row=50, values_only=True)):
            sheets.append(sheet)
    if not sheets:
        raise FileRefused(EMPTY_FILE)
    if len(sheets) > 1:
        raise FileRefused(SEVERAL_SHEETS, names=", ".join(sheet.title for sheet in sheets))
    return sheets[0]


def _records(sheet: Sheet, odd: list[OddCell]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 100), start=1):
        cells: list[str] = []
        for index, cell in enumerate(row):
            text = cell_text(cell.value)
            if cell.data_type in ("f", "e"):
                reason = FORMULA if cell.data_type == "f" else ERROR_VALUE
                odd.append(OddCell(number, index, text, reason))
            cells.append(text)
        yield number, cells


def cell_text(value: object) -> str:
    """A cell as one would type it: whole numbers without a point, dates as 2027-06-30, TRUE as 1."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        # Excel keeps 15 digits; the sixteenth and seventeenth are noise of the binary form.
        return format(value, ".0f") if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return str(getattr(value, "text", value)).strip()  # array formulas are objects with a text


def _merged_areas(path: Path, sheet: Sheet) -> Iterator[OddCell]:
    """Read-only worksheets do not tell which cells are merged, so the sheet's own XML is asked; its list stands after the rows."""
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as xml:
        tail = b""
        while block := xml.read(1 << 20):
            tail = tail[-200:] + block
            position = 0
            for found in _MERGED.finditer(tail):
                position = found.end()
                yield _merged(found)
            tail = tail[position:]


def _merged(found: re.Match[bytes]) -> OddCell:
    letters, row, end = found[1].decode(), int(found[2]), found[3].decode()
    return OddCell(row, column_index_from_string(letters) - 1, "", MERGED, {"area": f"{letters}{row}:{end}"})
