"""A report as a file: CSV, a spreadsheet, or an A4 PDF, in a folder of its own among the person's documents."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from client.errors import NotKept
from client.finance import model, words
from common.domain.money import format_yuan, yuan
from common.i18n import current_language, tr
from common.messages.finance import ReportKind
from printing.documents.base import Copy
from printing.documents.finance_report import FinanceReport, ReportTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from common.messages.finance import Report, ReportRow

#: What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Made:
    """Whose report it is: the clinic, the person, and when."""

    clinic: str
    by: str
    at: datetime


def cells(report: Report) -> list[list[str | int | Decimal]]:
    """The whole report as a table of words, counts and yuan: titles, rows, totals."""
    titles: list[str | int | Decimal] = [tr(words.ROWS[report.kind]), *(words.column(column) for column in report.columns)]
    rows = [[_group(report, row) + words.row(report.kind, row), *_amounts(report, row.cells)] for row in report.rows]
    return [titles, *rows, [tr("report|Total"), *_amounts(report, report.totals)]]


def _amounts(report: Report, numbers: Sequence[int]) -> list[str | int | Decimal]:
    return [number if words.is_count(column) else yuan(number) for column, number in zip(report.columns, numbers, strict=True)]


def _group(report: Report, row: ReportRow) -> str:
    return f"{tr(words.GROUPS[row.group])}: " if report.kind is ReportKind.PROFIT else ""


def csv_bytes(report: Report) -> bytes:
    """Comma-separated, with the mark by which a spreadsheet knows UTF-8. Names cannot become formulas."""
    out = StringIO()
    writer = csv.writer(out)
    for row in cells(report):
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(report: Report, made: Made) -> bytes:
    """A spreadsheet of one sheet: title, days, the table, and whether it agrees with the ledger."""
    from openpyxl import Workbook  # a third of a second, and only those who export need it
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = tr(words.REPORTS[report.kind])[:31]
    sheet.append([f"{made.clinic} {tr(words.REPORTS[report.kind])}"])
    sheet.append([days(report)])
    table = cells(report)
    for row in table:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
            elif isinstance(cell.value, Decimal):
                cell.number_format = "#,##0.00"
    for number in (1, 3, sheet.max_row):
        for cell in sheet[number]:
            cell.font = Font(bold=True)
    sheet.append([verdict(report)])
    for place in range(1, len(table[0]) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 26 if place == 1 else 14
    sheet.freeze_panes = "B4"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def pdf_bytes(report: Report, made: Made) -> bytes:
    """The report on A4."""
    from printing.backends.pdf import pdf_bytes as drawn

    document = paper(report, made)
    return drawn(document.sheets(), title=document.title)


def paper(report: Report, made: Made) -> FinanceReport:
    """The report as a paper: its table, and what the total is made of."""
    columns = model.table_columns(report)
    places = [report.columns.index(column) for column in columns]

    def line(row: ReportRow) -> tuple[str, ...]:
        return (words.row(report.kind, row), *(words.cell(column, row.cells[place]) for column, place in zip(columns, places, strict=True)))

    totals = (tr("report|Total"), *(words.cell(column, report.totals[place]) for column, place in zip(columns, places, strict=True)))
    titles = (tr(words.ROWS[report.kind]), *(words.column(column) for column in columns))
    memo = [row for row in report.rows if row.group == "memo"]
    rows, heads = _grouped([row for row in report.rows if row.group != "memo"], line)
    tables = [ReportTable(columns=titles, rows=rows, totals=totals, heads=heads)]
    if memo:
        tables.append(ReportTable(heading=tr(words.GROUPS["memo"]), columns=titles, rows=tuple(line(row) for row in memo)))
    return FinanceReport(
        clinic=made.clinic,
        copy=Copy(at=made.at, by=made.by),
        language=current_language(),
        title=tr(words.REPORTS[report.kind]),
        period=days(report),
        tables=(*tables, *_made_of(report)),
        verdict=verdict(report),
    )


def _grouped(
    rows: Sequence[ReportRow], line: Callable[[ReportRow], tuple[str, ...]]
) -> tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]:
    """Lines of words, those of each group below its name; and where the names stand."""
    lines: list[tuple[str, ...]] = []
    heads: list[int] = []
    group = ""
    for row in rows:
        words_of_row = line(row)
        if row.group != group:
            group = row.group
            heads.append(len(lines))
            lines.append((tr(words.GROUPS[group]), *[""] * (len(words_of_row) - 1)))
        lines.append(words_of_row)
    return tuple(lines), tuple(heads)


def _made_of(report: Report) -> list[ReportTable]:
    tables: list[ReportTable] = []
    heading = ""
    lines: list[tuple[str, ...]] = []
    for figure in [*model.breakdown(report, None), model.Figure("")]:
        if not figure.value:
            if lines:
                tables.append(ReportTable(heading=heading, columns=(tr("report|Item"), tr("report|Amount")), rows=tuple(lines)))
            heading, lines = tr(figure.label) if figure.label else "", []
        else:
            lines.append((figure.label, figure.value))
    return tables


def days(report: Report) -> str:
    """The report's days."""
    return f"{report.begins}" if report.begins == report.ends else f"{report.begins} – {report.ends}"


def verdict(report: Report) -> str:
    """Whether the report agrees with the ledger, as a sentence."""
    if report.total_fen == report.ledger_fen:
        return tr("Agrees with the ledger: {total}", total=format_yuan(report.total_fen))
    gap = format_yuan(report.total_fen - report.ledger_fen)
    return tr("Does not agree with the ledger: {total}, by the ledger {ledger}, difference {gap}", total=format_yuan(report.total_fen),
              ledger=format_yuan(report.ledger_fen), gap=gap)  # fmt: skip


def file_name(report: Report, suffix: str) -> str:
    """``日报表 2026-11-01_2026-11-30.xlsx``."""
    span = f"{report.begins}" if report.begins == report.ends else f"{report.begins}_{report.ends}"
    return f"{tr(words.REPORTS[report.kind])} {span}.{suffix}"


def write(folder: Path, name: str, data: bytes) -> Path:
    """Keep a file; one that is there is replaced. Raises ``NotKept``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    except OSError as problem:
        raise NotKept(file=str(folder / name), cause=str(problem)) from problem
    return folder / name
