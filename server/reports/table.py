"""From sums of postings to a table of rows and columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from common.messages.finance import ReportRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROUNDING: Final = "rounding"


class Sum(NamedTuple):
    """What one account was posted, in operations of one kind, under one value of what the report goes by."""

    by: str
    operation: str
    account: str
    fen: int


class Summed(msgspec.Struct, frozen=True, kw_only=True):
    """A finished table, and what its net must be by the accounts that it does not show."""

    columns: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    ledger_fen: int


def is_income(account: str) -> bool:
    """Whether an account is what the clinic earns, cash rounding included."""
    return account == ROUNDING or account.startswith("income:")


class Cells:
    """A table that grows by adding amounts to (row, column); columns without anything in them are left out."""

    def __init__(self, *fixed: str) -> None:
        self.fixed = fixed
        self._cells: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, row: str, column: str, amount: int) -> None:
        """Add to a cell."""
        self._cells[row][column] += amount

    def keys(self) -> set[str]:
        """The rows that were added to."""
        return set(self._cells)

    def columns(self, order: Iterable[str]) -> tuple[str, ...]:
        """The fixed columns, then those of ``order`` that have something in any row, and ``net`` as the last."""
        used = {column for row in self._cells.values() for column, amount in row.items() if amount}
        return (*self.fixed, *(column for column in order if column in used and column not in self.fixed), "net")

    def row(self, key: str, columns: Sequence[str], name: str = "", group: str = "") -> ReportRow:
        """A row's cells in the order of ``columns``."""
        cells = self._cells[key]
        return ReportRow(key=key, name=name, group=group, cells=tuple(cells[column] for column in columns))


def totals(columns: Sequence[str], rows: Sequence[ReportRow]) -> tuple[int, ...]:
    """The sum of each column; memo rows do not count."""
    counted = [row.cells for row in rows if row.group != "memo"]
    return tuple(sum(cells[place] for cells in counted) for place in range(len(columns)))


def named(cells: Cells, columns: Sequence[str], names: Mapping[str, str]) -> tuple[ReportRow, ...]:
    """All rows, largest net first; what belongs to nobody last."""
    rows = [cells.row(key, columns, names.get(key, "")) for key in cells.keys()]  # noqa: SIM118 -- Cells is no mapping
    return tuple(sorted(rows, key=lambda row: (row.key == "", -row.cells[-1], row.key)))
