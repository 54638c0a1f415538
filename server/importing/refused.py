"""The rows of a file that could not be read, as a list that a person completes and imports again."""

from __future__ import annotations

import csv
import io
import re
from itertools import count
from typing import TYPE_CHECKING, Final

from common.i18n import tr
from server.importing.columns import NOTES, NOTES_WRITTEN, heading_key
from server.importing.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from server.importing.columns import Kind
    from server.importing.problems import CellError
    from server.importing.table import Table
    from server.importing.validation import Sifted

#: What a spreadsheet would take for a number and change: 0012 into 12, a long code into 6.9E+12.
_LOOKS_LIKE_A_NUMBER: Final = re.compile(r"0\d+|\d{12,}")


def write_refused(source: Path, table: Table, sifted: Sifted, mapping: dict[str, str]) -> Path:
    """Write the refused rows beside ``source`` and return the path, ``药品-refused.csv``.

    First come row, column, text and reason, then the row as it was, then the columns that a person may be needed for. A file that is
    there already is never written over: somebody may be completing it. Raises ``OSError`` where the folder cannot be written to.
    """
    content = _content(table, sifted, mapping).encode("utf-8-sig")
    for number in count(1):
        path = source.with_name(f"{source.stem}-refused{'' if number == 1 else f'-{number}'}.csv")
        if path.exists() and path.read_bytes() == content:
            return path
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there is always a next number")


def _content(table: Table, sifted: Sifted, mapping: dict[str, str]) -> str:
    reasons: dict[int, list[CellError]] = {}
    for error in sifted.errors:
        reasons.setdefault(error.row, []).append(error)
    own = [index for index, heading in enumerate(table.columns) if heading not in NOTES_WRITTEN]
    filled = _to_fill(KINDS[sifted.kind], table, mapping)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*(tr(note) for note in NOTES), *(table.columns[index] for index in own), *filled])
    for number, cells in table.rows:
        if number in reasons:
            writer.writerow([*_notes(number, reasons[number]), *(_kept(cells[index]) for index in own), *([""] * len(filled))])
    return text.getvalue()


def _to_fill(kind: Kind, table: Table, mapping: dict[str, str]) -> list[str]:
    """Headings, by their Chinese words, of the fields that the file has no column for."""
    present = {heading_key(heading) for heading in table.columns} | {heading_key(field) for field in mapping.values()}
    wanted = [column for field in kind.to_fill for column in kind.columns if column.field == field]
    return [column.headings[0] for column in wanted if not present & {heading_key(word) for word in (column.field, *column.headings)}]


def _notes(number: int, errors: list[CellError]) -> list[str]:
    columns = dict.fromkeys(error.column for error in errors)
    texts = dict.fromkeys(error.value for error in errors)
    return [
        str(number),
        *("；".join(part for part in parts if part) for parts in (columns, texts)),
        "；".join(error.why() for error in errors),
    ]


def _kept(cell: str) -> str:
    """Written so that a spreadsheet keeps it as it is, and the import reads it back."""
    return f'="{cell}"' if _LOOKS_LIKE_A_NUMBER.fullmatch(cell) else cell
