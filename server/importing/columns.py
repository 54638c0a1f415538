"""The columns of a list, and how the file's header is matched to them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from common.i18n import N_
from server.importing.problems import CellError, FileRefused
from server.importing.table import column_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from server.importing.table import Table

MISSING: Final = N_("the list has no column for {field} (headed, for example, {headings}); add it or name it with --map")
SAME_FIELD: Final = N_("this column and the column “{other}” both give {field}")
UNKNOWN_HEADING: Final = N_("the mapping names a column “{value}” that the file does not have")
UNKNOWN_FIELD: Final = N_("the mapping gives the column to “{field}”, which this list does not have; it has: {known}")
BAD_MAPPING: Final = N_("“{text}” is not a mapping; write it as heading=field, for example 药名=name, or 备注=- to leave a column out.")
LEFT_OUT: Final = "-"
NOTES: Final = (N_("refused|Row in the file"), N_("refused|Column"), N_("refused|Text"), N_("refused|Reason"))
"""The first columns of a list of refused rows; they are passed over when the completed list is imported."""
NOTES_WRITTEN: Final = frozenset(["原文件行号", "有问题的列", "原来的内容", "原因", *(note.split("|")[1] for note in NOTES)])


class Column(Struct, frozen=True):
    """One field of a list. ``read`` turns a cell's text into the value; an empty cell gives ``default`` unless ``required``.

    ``refers_to`` names the list in which the value must be known, where the caller gives that list.
    """

    field: str
    headings: tuple[str, ...]
    read: Callable[[str], Any]
    required: bool = False
    default: Any = None
    refers_to: str | None = None


class Doubt(Struct, frozen=True):
    """What is wrong, or worth a look, with one field of a row whose cells are each right by themselves."""

    field: str
    value: str
    reason: str
    fields: dict[str, str] = {}


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of list. Two rows with the same ``key`` are duplicates.

    ``complete`` fills fields from others before ``build`` and returns what is wrong with them; ``notice`` returns what is right but
    should be looked at by a person. ``assumed`` holds, for optional fields that matter for safety, what their absence is taken as.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    build: Callable[[dict[str, Any]], Any]
    key: tuple[str, ...] = ("code",)
    complete: Callable[[dict[str, Any]], Iterable[Doubt]] | None = None
    notice: Callable[[dict[str, Any]], Iterable[Doubt]] | None = None
    assumed: Mapping[str, str] = {}
    to_fill: tuple[str, ...] = ()
    """Fields that a person is asked for in the list of refused rows, where the file has no column for them."""
    aside: tuple[str, ...] = ()
    """Fields that are read and checked, but are no part of what ``build`` makes."""


def parse_mapping(options: Iterable[str]) -> dict[str, str]:
    """``["药名=name", "备注=-"]`` as a dictionary from heading to field. Raises :class:`FileRefused` for a malformed option."""
    mapping: dict[str, str] = {}
    for option in options:
        heading, equals, field = option.rpartition("=")
        if not equals or not heading.strip() or not field.strip():
            raise FileRefused(BAD_MAPPING, text=option)
        mapping[heading.strip()] = field.strip()
    return mapping


def heading_key(heading: str) -> str:
    """What two headings are compared by: ``单价（元）``, ``单价`` and `` 单价 `` are the same."""
    plain = unicodedata.normalize("NFKC", heading).lower()
    plain = re.sub(r"\([^)]*\)", "", plain)
    return re.sub(r"[\s_*:.\-/]", "", plain)


def match_columns(
    kind: Kind, table: Table, mapping: Mapping[str, str], errors: list[CellError]
) -> tuple[dict[int, Column], tuple[str, ...]]:
    """Which of the file's columns gives which field, and the headings that are not used. Problems are appended to ``errors``."""
    fields = {heading_key(word): column for column in kind.columns for word in reversed((column.field, *column.headings))}
    chosen = _mapped(kind, table, mapping, errors)
    taken: dict[str, str] = {}
    matched: dict[int, Column] = {}
    for index, heading in enumerate(table.columns):
        column = chosen[heading] if heading in chosen else _by_heading(heading, fields, chosen)
        if column is None:
            continue
        if column.field in taken:
            fields_said = {"other": taken[column.field], "field": column.field}
            errors.append(_header_error(table, index, SAME_FIELD, **fields_said))
        taken[column.field] = column_name(index, table.columns)
        matched[index] = column
    unused = tuple(name for index, name in enumerate(table.columns) if index not in matched and name and name not in NOTES_WRITTEN)
    _report_missing(kind, table, set(taken), errors)
    return matched, unused


def _by_heading(heading: str, fields: Mapping[str, Column], chosen: Mapping[str, Column | None]) -> Column | None:
    """The field a heading stands for, unless the mapping already gives that field to another column."""
    column = fields.get(heading_key(heading))
    return None if column in chosen.values() else column


def _mapped(kind: Kind, table: Table, mapping: Mapping[str, str], errors: list[CellError]) -> dict[str, Column | None]:
    known = {column.field: column for column in kind.columns}
    chosen: dict[str, Column | None] = {}
    for heading, field in mapping.items():
        if heading not in table.columns:
            errors.append(CellError(row=table.header_row, column="", value=heading, reason=UNKNOWN_HEADING))
        elif field == LEFT_OUT:
            chosen[heading] = None
        elif field in known:
            chosen[heading] = known[field]
        else:
            index = table.columns.index(heading)
            errors.append(_header_error(table, index, UNKNOWN_FIELD, field=field, known=", ".join(known)))
    return chosen


def _report_missing(kind: Kind, table: Table, present: set[str], errors: list[CellError]) -> None:
    for column in kind.columns:
        if column.required and column.field not in present:
            headings = ", ".join((column.field, *column.headings[:2]))
            fields = {"field": column.field, "headings": headings}
            errors.append(CellError(row=table.header_row, column="", value="", reason=MISSING, fields=fields))


def _header_error(table: Table, index: int, reason: str, **fields: str) -> CellError:
    column = column_name(index, table.columns)
    return CellError(row=table.header_row, column=column, value=column, reason=reason, fields=fields)
