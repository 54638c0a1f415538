"""A report as a file: everything that the screen shows, as numbers that can be calculated with."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from client.errors import NotKept
from client.finance import exporting
from client.finance.exporting import Made
from common.i18n import CHINESE, ENGLISH, language
from common.messages.finance import GetReport, Report, ReportKind
from tests.client.finance import samples

MADE = Made(clinic="杏林门诊部", by="袁璋", at=samples.NOW)


def made(kind: ReportKind = ReportKind.DAILY, begins: date = date(2026, 11, 1)) -> Report:
    return samples.report(GetReport(kind=kind, begins=begins, ends=date(2026, 11, 21)))


@pytest.mark.parametrize("kind", ReportKind)
def test_a_csv_file_holds_every_row_and_column(kind: ReportKind) -> None:
    report = made(kind)
    data = exporting.csv_bytes(report)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(report.rows) + 1
    assert {len(row) for row in rows} == {1 + len(report.columns)}
    assert Decimal(rows[-1][-1]) * 100 == report.total_fen


def test_a_name_never_becomes_a_formula() -> None:
    report = made(ReportKind.DOCTOR)
    tricky = msgspec.structs.replace(report, rows=(msgspec.structs.replace(report.rows[0], name='=HYPERLINK("x")'),))
    assert b"'=HYPERLINK" in exporting.csv_bytes(tricky)
    sheet = openpyxl.load_workbook(BytesIO(exporting.xlsx_bytes(tricky, MADE))).active
    assert sheet is not None
    assert sheet["A4"].data_type == "s"


@pytest.mark.parametrize("kind", ReportKind)
def test_a_spreadsheet_holds_numbers_and_the_verdict(kind: ReportKind) -> None:
    report = made(kind)
    with language(CHINESE):
        sheet = openpyxl.load_workbook(BytesIO(exporting.xlsx_bytes(report, MADE))).active
    assert sheet is not None
    rows: list[Any] = list(sheet.iter_rows(values_only=True))
    assert rows[0][0].startswith("杏林门诊部")
    assert rows[1][0] == "2026-11-01 – 2026-11-21"
    total = rows[3 + len(report.rows)]
    assert round(Decimal(str(total[len(report.columns)])) * 100) == report.total_fen
    assert rows[-1][0].startswith("与总账相符")


def test_a_difference_is_said_in_the_file() -> None:
    broken = msgspec.structs.replace(made(), ledger_fen=made().total_fen - 300)
    with language(CHINESE):
        assert "相差 ¥3.00" in exporting.verdict(broken)
    with language(ENGLISH):
        assert exporting.paper(broken, MADE).verdict.startswith("Does not agree")


def test_what_stands_on_the_paper() -> None:
    with language(CHINESE):
        paper = exporting.paper(made(), MADE)
        profit = exporting.paper(made(ReportKind.PROFIT, date(2026, 1, 1)), MADE)
    assert [table.heading for table in paper.tables] == ["", "按收费类别", "按支付方式"]
    assert paper.tables[0].totals[0] == "合计"
    heads = [profit.tables[0].rows[place][0] for place in profit.tables[0].heads]
    assert heads == ["收入", "减免与本单位承担", "支出"]
    assert profit.tables[1].heading == "备查：药品按成本"


def test_files_are_named_by_report_and_days_and_replace_each_other(tmp_path: Path) -> None:
    with language(CHINESE):
        name = exporting.file_name(made(), "csv")
    assert name == "收费日报 2026-11-01_2026-11-21.csv"
    assert exporting.write(tmp_path / "clinic", name, b"1").read_bytes() == b"1"
    assert exporting.write(tmp_path / "clinic", name, b"22").read_bytes() == b"22"


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "clinic").write_text("a file where a folder should be")
    with pytest.raises(NotKept):
        exporting.write(tmp_path / "clinic", "x.csv", b"1")
