"""The rows that a person has to complete: listed with the reason, completed, and imported again."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from common.i18n import language
from server.importing.problems import CellError
from server.importing.refused import write_refused
from server.importing.table import Table, read_table
from server.importing.validation import Sifted, sift

LIST = """\
编号,药名,规格,单位,单价,分类,厂家
001,甲片,10mg×28片/盒,盒,22.05,西药,甲厂
002,乙注射液,200mg×100ml/瓶,瓶,7.01,西药,乙厂
003,丙片,60mg/盒,盒,x,西药,"丙厂，一分厂"
004,丁胶囊,0.25g×24粒/盒,盒,9,西药,
004,丁胶囊,0.5g×24粒/盒,盒,19,西药,
006908765432101234,戊,0.9g,盒,1,西药,
"""


def written(folder: Path, text: str = LIST, name: str = "药品.csv", **mapping: str) -> tuple[Sifted, Path]:
    source = folder / name
    source.write_text(text, encoding="utf-8")
    table = read_table(source)
    sifted = sift("drugs", table, mapping)
    return sifted, write_refused(source, table, sifted, mapping)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_refused_rows_stand_beside_the_file_with_row_column_text_and_reason(tmp_path: Path) -> None:
    with language("zh_CN"):
        sifted, path = written(tmp_path)
    assert path == tmp_path / "药品-refused.csv"
    assert [row.code for row in sifted.rows] == ["001"]
    listed = rows(path)
    assert [row["原文件行号"] for row in listed] == ["3", "4", "5", "6", "7"]
    assert (listed[0]["有问题的列"], listed[0]["原来的内容"]) == ("规格", "200mg×100ml/瓶")
    assert listed[0]["原因"] == "“200mg×100ml”可能是总含量，也可能是每一份的含量；请用单独的列填写最小单位、包装数量和包装单位"
    assert listed[1]["有问题的列"] == "单价"
    assert listed[1]["厂家"] == "丙厂，一分厂"
    assert {"最小单位", "包装数量", "剂量单位", "单位含量", "含量规格"} < set(listed[0])
    assert "包装单位" not in listed[0]  # the list has a column for it


def test_both_rows_of_a_code_are_refused(tmp_path: Path) -> None:
    sifted, _ = written(tmp_path)
    doubled = [error for error in sifted.errors if error.value == "004"]
    assert [(error.row, error.fields) for error in doubled] == [(5, {"again": "6"}), (6, {"first": "5"})]


def test_the_completed_list_is_imported(tmp_path: Path) -> None:
    _, path = written(tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *body = csv.reader(file)
    at = {heading: index for index, heading in enumerate(head)}
    for line in body:
        line[at["最小单位"]], line[at["包装数量"]], line[at["单价"]] = line[at["单位"]], "1", "7.01"
    body[3][at["编号"]] = "005"
    with path.open("w", encoding="gb18030", newline="") as file:  # as a Chinese spreadsheet saves it
        csv.writer(file).writerows([head, *body])
    again = sift("drugs", read_table(path))
    assert again.errors == []
    assert [row.code for row in again.rows] == ["002", "003", "004", "005", "006908765432101234"]
    assert again.unused == ()
    assert again.rows[0].pack_size == 1


def test_a_list_that_somebody_completes_is_not_written_over(tmp_path: Path) -> None:
    _, first = written(tmp_path)
    assert written(tmp_path)[1] == first  # the same again
    first.write_text("half done", encoding="utf-8")
    _, second = written(tmp_path)
    assert second.name == "药品-refused-2.csv"
    assert first.read_text(encoding="utf-8") == "half done"


def test_what_is_still_wrong_is_listed_once_more_without_the_old_notes(tmp_path: Path) -> None:
    with language("zh_CN"):
        _, first = written(tmp_path)
    table = read_table(first)
    with language("en"):
        again = write_refused(first, table, sift("drugs", table), {})
    listed = rows(again)
    assert again.name == "药品-refused-refused.csv"
    assert "原因" not in listed[0]
    assert listed[0]["Row in the file"] == "2"


def test_codes_keep_their_zeros_and_digits_in_a_spreadsheet(tmp_path: Path) -> None:
    _, path = written(tmp_path)
    assert next(row["编号"] for row in rows(path)) == '="002"'
    assert [cells[4] for _, cells in read_table(path).rows][-1] == "006908765432101234"


def test_a_wrong_header_is_told_alone() -> None:
    table = Table(name="x", header_row=1, columns=("编号", "药名"), rows=[(2, ["1", "甲"])], problems=[])
    outcome = sift("drugs", table)
    assert outcome.header_wrong
    assert outcome.rows == []


@pytest.mark.parametrize(
    ("code", "right"),
    [("XR05CBA198A001010100863", True), ("ZA01AAB0001010100863001", True), ("T001700123", True), ("R05", False), ("XR05", False)],
)
def test_the_national_code_is_read_beside_the_row(tmp_path: Path, code: str, right: bool) -> None:
    source = tmp_path / "d.csv"
    source.write_text(f"编号,药名,规格,单位,单价,分类,医保编码\n1,甲片,1mg×7片/盒,盒,2,西药,{code}\n", encoding="utf-8")
    sifted = sift("drugs", read_table(source))
    assert sifted.aside == ([{"insurance_code": code}] if right else [])


def test_reasons_are_counted_without_what_is_particular() -> None:
    def error(part: str) -> CellError:
        fields: dict[str, Any] = {"why": "“{part}” in the specification is not understood", "part": part}
        return CellError(
            row=1, column="规格", value="x", reason="{why}; write base_unit, pack_size and pack_unit in columns of their own", fields=fields
        )

    with language("en"):
        assert error("a").sort() == error("b").sort() == "“…” in the specification is not understood"


def test_capsules_counted_as_tablets_are_noticed(tmp_path: Path) -> None:
    source = tmp_path / "d.csv"
    source.write_text(
        "编号,药名,规格,单位,单价,分类\n1,甲胶囊(乙片),1mg×7片/盒,盒,2,西药\n2,甲胶囊,1mg×7粒/盒,盒,2,西药\n3,丙片（丁）,1mg×7粒/盒,盒,2,西药\n",
        encoding="utf-8",
    )
    with language("en"):
        said = [notice.sentence() for notice in sift("drugs", read_table(source)).notices if notice.row > 1]
    assert [sentence[:5] for sentence in said] == ["Row 2", "Row 4"]
