"""Files as people have them: encodings, separators, spreadsheets, and what is wrong with them."""

from __future__ import annotations

import codecs
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from common.i18n import language
from server.importing import problems, table
from server.importing.delimited import separator
from server.importing.problems import FileRefused
from server.importing.spreadsheet import cell_text
from server.importing.table import column_letter, read_table

TEXT = "编码,名称,单价\nA1,阿莫西林胶囊,12.50\n\nA2,“引号”,3\n"


def write(folder: Path, content: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(FileRefused) as caught:
        read_table(path)
    assert caught.value.sentence()
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    read = read_table(write(tmp_path, TEXT.encode(encoding)))
    assert read.columns == ("编码", "名称", "单价")
    assert read.rows == [(2, ["A1", "阿莫西林胶囊", "12.50"]), (4, ["A2", "“引号”", "3"])]
    assert read.problems == []


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separators(tmp_path: Path, mark: str) -> None:
    read = read_table(write(tmp_path, TEXT.replace(",", mark).encode()))
    assert len(read.columns) == 3


def test_a_separator_inside_quotes_does_not_count() -> None:
    assert separator('"a;b;c;d",e\n') == ","


def test_a_quoted_line_break_stays_in_its_row(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, b'code,name\n1,"two\nlines"\n2,x\n'))
    assert read.rows == [(2, ["1", "two\nlines"]), (3, ["2", "x"])]


def test_short_rows_are_filled_and_long_ones_named(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, b"code,name,price\n1\n2,x,3,4\n3,x,3,,\n"))
    assert read.rows[0] == (2, ["1", "", ""])
    assert [(found.row, found.column, found.reason) for found in read.problems] == [(3, "D", problems.EXTRA_CELL)]


def test_formulas_and_guarded_zeros(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, b'code,price\n="0012",=B1*2\n'))
    assert read.rows[0][1][0] == "0012"
    assert [(found.row, found.column, found.reason) for found in read.problems] == [(2, "price", problems.FORMULA)]


def test_lost_and_invisible_characters_are_named(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, "code,name\n1,阿\ufffd西林\n2,a\x00b\n".replace("\x00", "\x07").encode()))
    assert [(found.row, found.reason) for found in read.problems] == [
        (2, problems.LOST_CHARACTERS),
        (3, problems.CONTROL_CHARACTER),
    ]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.csv", problems.EMPTY_FILE),
        (b"\n \n", "a.csv", problems.EMPTY_FILE),
        (b"code,name\n", "a.csv", problems.EMPTY_FILE),
        (b",,,\n,,\n", "a.csv", problems.EMPTY_FILE),
        (codecs.BOM_UTF8, "a.csv", problems.EMPTY_FILE),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "a.xls", problems.OLD_EXCEL),
        (b"PK\x03\x04broken", "a.xlsx", problems.BROKEN_EXCEL),
        (b"%PDF-1.7", "a.pdf", problems.NOT_A_TABLE),
        (b"\x00\x01\x02", "a.csv", problems.NOT_A_TABLE),
        (b"code,name\n1,\xff\xff\n", "a.csv", problems.WRONG_ENCODING),
        (b'code,name\n1,"open\n', "a.csv", problems.BROKEN_QUOTES),
    ],
)
def test_refused_files(tmp_path: Path, content: bytes, name: str, reason: str) -> None:
    assert refusal(write(tmp_path, content, name)) == reason


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == problems.NO_SUCH_FILE


def test_the_line_of_a_wrong_encoding_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "code,name\n1,阿\n2,b\n".encode() + b"3,\xff\xff\n")
    with pytest.raises(FileRefused) as caught, language("zh_CN"):
        read_table(path)
    assert caught.value.fields == {"line": 4}


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, b"code,name\n" + b"1,x\n" * 50)
    monkeypatch.setattr(table, "MAX_ROWS", 49)
    assert refusal(path) == problems.TOO_MANY_ROWS
    monkeypatch.setattr(table, "MAX_COLUMNS", 1)
    assert refusal(path) == problems.TOO_MANY_COLUMNS
    monkeypatch.setattr(table, "MAX_TEXT_BYTES", 100)
    assert refusal(path) == problems.TOO_LARGE


def workbook(folder: Path, *rows: list[object], merge: str = "") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    path = folder / "list.xlsx"
    book.save(path)
    return path


def test_xlsx_cells_become_what_one_would_type(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        ["编码", "单价", "有效期"],
        ["0012", 12.3, datetime(2027, 6, 30)],  # noqa: DTZ001 -- spreadsheets know no zones
        [13.0, 0.1 + 0.2, date(2027, 6, 30)],
        [None, None, None],
        [True, 7, "x"],
    )
    read = read_table(path)
    assert read.rows == [(2, ["0012", "12.3", "2027-06-30"]), (3, ["13", "0.3", "2027-06-30"]), (5, ["1", "7", "x"])]


def test_xlsx_is_known_by_its_content(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["code"], ["1"])
    assert read_table(path.rename(tmp_path / "list.csv")).rows == [(2, ["1"])]


def test_xlsx_formulas_errors_and_merged_cells_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["code", "price"], ["1", "=1+1"], ["2", "#DIV/0!"], ["3", 4], ["", 5], merge="A4:A5")
    found = {(odd.row, odd.column, odd.reason) for odd in read_table(path).problems}
    assert found == {
        (2, "price", problems.FORMULA),
        (3, "price", problems.ERROR_VALUE),
        (4, "code", problems.MERGED),
    }


def test_xlsx_with_two_full_sheets_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["code"], ["1"])
    book = openpyxl.load_workbook(path)
    book.create_sheet("Second").append(["code"])
    book.save(path)
    assert refusal(path) == problems.SEVERAL_SHEETS


def test_xlsx_without_rows_is_refused(tmp_path: Path) -> None:
    assert refusal(workbook(tmp_path)) == problems.EMPTY_FILE


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.importing.spreadsheet.MAX_UNPACKED", 1_000)
    assert refusal(workbook(tmp_path, ["code"], ["1"])) == problems.TOO_LARGE


def test_numbers_keep_what_excel_shows() -> None:
    assert cell_text(12.300000000000001) == "12.3"
    assert cell_text(1e14) == "100000000000000"
    assert cell_text(6901234567892.0) == "6901234567892"


def test_column_letters() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]
