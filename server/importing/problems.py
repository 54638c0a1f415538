"""What is wrong with a file that somebody wants to import: named so that it can be found and mended in the spreadsheet."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from common.i18n import N_, tr


class CellError(Struct, frozen=True, kw_only=True):
    """One thing to mend. ``row`` is the row's number as the spreadsheet shows it (the header is usually row 1), ``column`` the header's
    own words (or its letter where the header is missing), ``value`` what stands there.

    ``reason`` is an English source message with ``fields`` for its placeholders; :meth:`sentence` says all of it in the current language.
    """

    row: int
    column: str
    value: str
    reason: str
    fields: dict[str, str] = field(default_factory=dict)

    def sentence(self) -> str:
        """For example: Row 12, column “price”: “abc” is not a number."""
        what = self.why()
        if not self.column:
            return tr("Row {row}: {what}", row=self.row, what=what)
        return tr("Row {row}, column “{column}”: {what}", row=self.row, column=self.column, what=what)

    def why(self) -> str:
        """The reason alone, in the current language."""
        return tr(self.reason, value=self.value, **self._said())

    def sort(self) -> str:
        """The reason without what is particular to the row, so that like ones can be counted: “…” in the specification is not understood."""
        reason = self.fields.get("why", self.reason)
        return tr(reason, value="…", **{name: "…" for name in self.fields if name != "value"})

    def _said(self) -> dict[str, str]:
        if "why" not in self.fields:
            return self.fields
        return {**self.fields, "why": tr(self.fields["why"], **self.fields)}  # a reason inside a reason


class FileRefused(Exception):
    """The file as a whole cannot be read: wrong kind, empty, too large, unknown encoding. Nothing was stored."""

    def __init__(self, reason: str, **fields: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = fields

    def sentence(self) -> str:
        """The reason in the current language."""
        return tr(self.reason, **self.fields)

    def __str__(self) -> str:
        return self.sentence()


class Unfit(ValueError):
    """Raised by a cell's reader when the text cannot be that field's value."""

    def __init__(self, reason: str, **fields: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = fields


EMPTY_FILE: Final = N_("The file holds no rows.")
TOO_LARGE: Final = N_("The file has {size} MB; at most {limit} MB can be read. Split it into several files.")
TOO_MANY_ROWS: Final = N_("The file has more than {limit} rows. Split it into several files.")
TOO_MANY_COLUMNS: Final = N_("The file has more than {limit} columns. Delete the columns that are not needed.")
OLD_EXCEL: Final = N_("This is an old Excel file (.xls) or one with a password. Save it as .xlsx without a password.")
NOT_A_TABLE: Final = N_("This is neither a CSV nor an XLSX file.")
BROKEN_EXCEL: Final = N_("The XLSX file is damaged and cannot be opened.")
WRONG_ENCODING: Final = N_("The text in line {line} is neither UTF-8 nor GB18030. Save the file as “CSV UTF-8”.")
BROKEN_QUOTES: Final = N_("A quotation mark is opened in or before line {line} and not closed properly.")
NO_SUCH_FILE: Final = N_("There is no file {path}.")
SEVERAL_SHEETS: Final = N_("The workbook has several sheets with rows ({names}). Keep only the one to import.")

LOST_CHARACTERS: Final = N_("the text holds characters that were lost when the file was saved; save it again as UTF-8")
CONTROL_CHARACTER: Final = N_("the text holds an invisible control character")
TOO_LONG: Final = N_("the text has more than {limit} characters")
EXTRA_CELL: Final = N_("“{value}” stands beyond the last column of the header; an unquoted separator in the row may be the cause")
FORMULA: Final = N_("the cell holds a formula; copy the column and paste it as values")
ERROR_VALUE: Final = N_("the cell holds the error {value}")
MERGED: Final = N_("the cells {area} are merged; take them apart so that each row has its own value")
