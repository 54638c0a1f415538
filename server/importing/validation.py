"""From a table of text to typed rows: all of it right, or every error by row and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from common.i18n import N_
from server.importing.columns import Column, Doubt, Kind, match_columns
from server.importing.drug_list import ABSENT_FROM_LIST
from server.importing.kinds import KINDS
from server.importing.problems import CellError, FileRefused, Unfit
from server.importing.table import column_name, read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from server.importing.table import Table

REQUIRED: Final = N_("the cell is empty, but every row must have this")
DUPLICATE: Final = N_("“{value}” stands in row {first} already")
GIVEN_AGAIN: Final = N_("“{value}” stands in row {again} as well")
NOT_KNOWN: Final = N_("“{value}” is not in the list {list}")
TOO_MANY_ERRORS: Final = N_("there are more errors after this one; mend these first")
NO_SUCH_LIST: Final = N_("There is no list “{name}”; there are {known}.")
MAX_ERRORS: Final = 1_000


class Validated(Struct, frozen=True, kw_only=True):
    """A list that is right as a whole. ``rows`` are structs of :mod:`common.messages.catalogue`, in the file's order.

    ``unused`` are headings that no field took; ``notices`` are things that a person should look at before storing.
    """

    kind: str
    rows: list[Any]
    unused: tuple[str, ...]
    notices: tuple[CellError, ...]


class Sifted(Struct, frozen=True, kw_only=True):
    """Every row of a file, either right or refused.

    ``aside`` goes with ``rows``: fields that are no part of a row (see :class:`Kind`). ``header_wrong``: no row was looked at.
    """

    kind: str
    rows: list[Any]
    aside: list[dict[str, Any]]
    unused: tuple[str, ...]
    notices: tuple[CellError, ...]
    errors: list[CellError]
    header_wrong: bool


def import_file(
    kind: str, path: Path, mapping: Mapping[str, str] | None = None, known: Mapping[str, Collection[str]] | None = None
) -> Validated | list[CellError]:
    """Read and validate a file. Raises :class:`FileRefused` when it cannot be read at all; see :func:`validate`."""
    return validate(kind, read_table(path), mapping, known)


def validate(
    kind: str, table: Table, mapping: Mapping[str, str] | None = None, known: Mapping[str, Collection[str]] | None = None
) -> Validated | list[CellError]:
    """The rows of a table, or everything that is wrong with it (at most 1,000 errors, in the file's order).

    ``mapping`` gives headings that are not known by themselves to fields (``{"药名": "name"}``; ``-`` leaves a column out).
    ``known`` holds the codes of other lists by the list's name, where the rows must refer to existing ones
    (``{"drugs": {"D0001", …}}`` for opening stock). Raises :class:`FileRefused` for an unknown kind.
    """
    sifted = sift(kind, table, mapping, known, limit=MAX_ERRORS)
    if sifted.errors:
        return sifted.errors
    return Validated(kind=sifted.kind, rows=sifted.rows, unused=sifted.unused, notices=sifted.notices)


def sift(
    kind: str,
    table: Table,
    mapping: Mapping[str, str] | None = None,
    known: Mapping[str, Collection[str]] | None = None,
    limit: int | None = None,
) -> Sifted:
    """Part a table's rows into those that are right and those that are not; after ``limit`` errors it stops. See :func:`validate`."""
    if kind not in KINDS:
        raise FileRefused(NO_SUCH_LIST, name=kind, known=", ".join(KINDS))
    return _Validation(KINDS[kind], table, known or {}).run(mapping or {}, limit)


class _Validation:
    """One pass over one table."""

    def __init__(self, kind: Kind, table: Table, known: Mapping[str, Collection[str]]) -> None:
        self.kind = kind
        self.table = table
        self.known = known
        self.errors: list[CellError] = list(table.problems)
        self.notices: list[CellError] = []
        self.matched: dict[int, Column] = {}
        self.headings: dict[str, str] = {}
        self.unused: tuple[str, ...] = ()
        self.seen: dict[tuple[Any, ...], int] = {}
        self.doubled: set[int] = set()

    def run(self, mapping: Mapping[str, str], limit: int | None) -> Sifted:
        self.matched, self.unused = match_columns(self.kind, self.table, mapping, self.errors)
        self.headings = {column.field: column_name(index, self.table.columns) for index, column in self.matched.items()}
        if any(error.row == self.table.header_row for error in self.errors):
            return self._sifted({}, header_wrong=True)  # a wrong header would only repeat itself in every row
        self._note_absent_columns()
        right: dict[int, dict[str, Any]] = {}
        for number, cells in self.table.rows:
            values = self._values(number, cells)
            if values is not None:
                right[number] = values
            if limit is not None and len(self.errors) > limit:
                self.errors[limit:] = [CellError(row=number, column="", value="", reason=TOO_MANY_ERRORS)]
                break
        return self._sifted(right)

    def _sifted(self, right: dict[int, dict[str, Any]], *, header_wrong: bool = False) -> Sifted:
        wrong = {error.row for error in self.errors}
        good = [values for number, values in right.items() if number not in wrong]
        return Sifted(
            kind=self.kind.name,
            rows=[self.kind.build(values) for values in good],
            aside=[{field: values[field] for field in self.kind.aside} for values in good],
            unused=self.unused,
            notices=tuple(notice for notice in self.notices if notice.row not in wrong),
            errors=sorted(self.errors, key=lambda error: error.row),
            header_wrong=header_wrong,
        )

    def _note_absent_columns(self) -> None:
        for field, assumed in self.kind.assumed.items():
            if field not in self.headings:
                fields = {"field": field, "assumed": assumed}
                self.notices.append(CellError(row=self.table.header_row, column="", value="", reason=ABSENT_FROM_LIST, fields=fields))

    def _values(self, number: int, cells: list[str]) -> dict[str, Any] | None:
        """The row's values by field, or ``None`` when something in it is wrong."""
        before = len(self.errors)
        values = {column.field: column.default for column in self.kind.columns}
        for index, column in self.matched.items():
            self._read(number, column, cells[index], values)
        if len(self.errors) > before:
            return None
        self._add(self.errors, number, self.kind.complete(values) if self.kind.complete else ())
        self._check_duplicate(number, values)
        if len(self.errors) > before:
            return None
        self._add(self.notices, number, self.kind.notice(values) if self.kind.notice else ())
        return values

    def _read(self, number: int, column: Column, cell: str, values: dict[str, Any]) -> None:
        if not cell:
            if column.required:
                self._add(self.errors, number, [Doubt(column.field, "", REQUIRED)])
            return
        try:
            value = values[column.field] = column.read(cell)
        except Unfit as unfit:
            self._add(self.errors, number, [Doubt(column.field, cell, unfit.reason, unfit.fields)])
            return
        if column.refers_to is not None and column.refers_to in self.known:
            codes = value if isinstance(value, tuple) else (value,)
            strangers = [code for code in codes if code not in self.known[column.refers_to]]
            where = {"list": column.refers_to}
            self._add(self.errors, number, [Doubt(column.field, code, NOT_KNOWN, where) for code in strangers])

    def _check_duplicate(self, number: int, values: Mapping[str, Any]) -> None:
        key = tuple(values[field] for field in self.kind.key)
        first = self.seen.setdefault(key, number)
        if first != number:
            value = " · ".join(str(part) for part in key)
            self._add(self.errors, number, [Doubt(self.kind.key[0], value, DUPLICATE, {"first": str(first)})])
            if first not in self.doubled:  # which of the two is meant is for a person to say
                self.doubled.add(first)
                self._add(self.errors, first, [Doubt(self.kind.key[0], value, GIVEN_AGAIN, {"again": str(number)})])

    def _add(self, where: list[CellError], number: int, doubts: Iterable[Doubt]) -> None:
        for doubt in doubts:
            column = self.headings.get(doubt.field, doubt.field)
            where.append(CellError(row=number, column=column, value=doubt.value, reason=doubt.reason, fields=doubt.fields))
