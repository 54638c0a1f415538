"""Lists of every kind: right as a whole, or every error by row and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from common.domain import unclear as specification
from common.i18n import language
from common.messages.catalogue import DrugRow
from server.importing import cells, columns, drug_list, validation
from server.importing.columns import heading_key, parse_mapping
from server.importing.problems import CellError, FileRefused, Unfit
from server.importing.table import Table
from server.importing.validation import Validated, import_file, validate

HOSPITAL = """\
序号,药名,spec,price,unit,厂家,form,class,mnemonic
1,盐酸美金刚片,10mg×28片/盒,22.05,盒,甲厂,片剂,西药,YSMJGP
2,注射用甲氨喋呤,1g×1支,15.73,支,乙厂,针剂,西药,ZSYJAZZ
3,瞿麦,1000mg/g,0.04,克,丙厂,中药饮片,中草药,JM
4,缬沙坦氢氯噻嗪片,80mg/12.5mg×7片/盒,33.1,盒,丁厂,片剂,西药,XSTQLSQP
5,胃苏颗粒,5g*9袋/盒,32.6,盒,戊厂,颗粒剂,中成药,WSKL
"""
MAPPING = {"序号": "code", "药名": "name", "mnemonic": "-"}


def sheet(text: str) -> Table:
    """A table from a tiny literal: cells parted by commas."""
    lines = [line.strip().split(",") for line in text.strip().splitlines()]
    width = len(lines[0])
    rows = [(number, line + [""] * (width - len(line))) for number, line in enumerate(lines[1:], start=2)]
    return Table(name="literal", header_row=1, columns=tuple(lines[0]), rows=rows, problems=[])


def accepted(kind: str, text: str, **options: Any) -> Validated:
    outcome = validate(kind, sheet(text), **options)
    assert isinstance(outcome, Validated), [error.sentence() for error in outcome]
    return outcome


def errors(kind: str, text: str, **options: Any) -> list[CellError]:
    outcome = validate(kind, sheet(text), **options)
    assert isinstance(outcome, list)
    return outcome


def drugs(text: str = HOSPITAL, **options: Any) -> dict[str, DrugRow]:
    return {row.name: row for row in accepted("drugs", text, mapping=MAPPING, **options).rows}


def test_a_hospitals_drug_list_gets_its_packs_from_the_specification() -> None:
    found = drugs()
    tablet = found["盐酸美金刚片"]
    assert (tablet.base_unit, tablet.pack_unit, tablet.pack_size) == ("片", "盒", Decimal(28))
    assert (tablet.dose_unit, tablet.dose_per_base, tablet.strength) == ("mg", Decimal(10), "10mg")
    assert (tablet.drug_class, tablet.price, tablet.manufacturer) == ("western", Decimal("22.05"), "甲厂")
    assert (tablet.round_each_dose, tablet.splittable) == (False, False)
    vial = found["注射用甲氨喋呤"]
    assert (vial.base_unit, vial.round_each_dose, vial.splittable) == ("支", True, True)
    herb = found["瞿麦"]
    assert (herb.pack_unit, herb.pack_size) == ("g", Decimal(1))
    assert (herb.base_unit, herb.dose_unit, herb.dose_per_base, herb.drug_class) == ("g", "g", Decimal(1), "herbal")


def test_the_dose_of_a_compound_is_counted_in_base_units() -> None:
    compound = drugs()["缬沙坦氢氯噻嗪片"]
    assert (compound.dose_unit, compound.dose_per_base) == ("片", Decimal(1))


def test_specifications_that_cannot_be_read_are_listed_by_row() -> None:
    text = HOSPITAL + "6,甲,60mg/盒,1,盒,,片剂,西药,\n7,乙,200mg*100ml/瓶,1,瓶,,针剂,西药,\n8,丙,,1,盒,,片剂,西药,\n"
    found = errors("drugs", text, mapping=MAPPING)
    assert [(error.row, error.column, error.value) for error in found][:2] == [(7, "spec", "60mg/盒"), (8, "spec", "200mg*100ml/瓶")]
    assert {error.row for error in found} == {7, 8, 9}
    assert found[0].fields["why"] == specification.NO_COUNT
    with language("zh_CN"):
        assert found[0].sentence() == "第 7 行“spec”列：规格里没有写一盒有多少；请用单独的列填写最小单位、包装数量和包装单位"


def test_columns_of_their_own_go_before_the_specification() -> None:
    row = accepted("drugs", "编码,通用名,类别,规格,最小单位,包装数量,包装单位,单价\nA,甲,西药,60mg/盒,片,12,盒,9.9").rows[0]
    assert (row.strength, row.base_unit, row.pack_size, row.pack_unit) == ("60mg/盒", "片", 12, "盒")
    assert (row.dose_unit, row.dose_per_base) == ("片", 1)


@pytest.mark.parametrize(
    ("spec", "base", "size", "dose"),
    [
        ("100ml:0.6g×1瓶", "ml", "100", "ml 1"),  # 0.6 g is the bottle's, not the millilitre's
        ("100ml", "ml", "100", "ml 1"),
        ("5ml:10mg", "支", "10", "mg 10"),
        ("0.25g", "片", "24", "g 0.25"),
        ("0.25g×24片/盒", "片", "24", "g 0.25"),
    ],
)
def test_amounts_of_another_unit_are_not_taken(spec: str, base: str, size: str, dose: str) -> None:
    text = f"编码,通用名,类别,规格,最小单位,包装数量,包装单位,单价\nA,甲,西药,{spec},{base},{size},盒,9"
    row = accepted("drugs", text).rows[0]
    assert f"{row.dose_unit} {row.dose_per_base}" == dose


def test_half_a_dose_column_is_refused() -> None:
    found = errors("drugs", "编码,通用名,类别,规格,单位,单价,剂量单位\nA,甲,西药,60mg*12片/盒,盒,9,mg")
    assert [(error.row, error.reason, error.fields) for error in found] == [(2, drug_list.NO_UNIT, {"field": "dose_per_base"})]


def test_what_the_list_does_not_say_is_noticed() -> None:
    outcome = accepted("drugs", HOSPITAL + "6,盐酸吗啡缓释片,10mg×10片/盒,30,盒,,片剂,西药,\n", mapping=MAPPING)
    reasons = {(notice.row, notice.reason) for notice in outcome.notices}
    assert (1, drug_list.ABSENT_FROM_LIST) in reasons
    assert (7, drug_list.CONTROLLED_NAME) in reasons
    assert not any(row for row, reason in reasons if reason == drug_list.CONTROLLED_NAME and row != 7)


def test_a_dose_above_the_day_is_refused() -> None:
    text = "编码,通用名,类别,规格,单位,单价,默认单次量,日极量\nA,甲,西药,60mg*12片/盒,盒,9,130,120"
    assert [(error.row, error.column, error.reason) for error in errors("drugs", text)] == [(2, "默认单次量", drug_list.DOSE_ABOVE_DAY)]


def test_references_are_checked_where_the_lists_are_given() -> None:
    text = "编码,通用名,类别,规格,单位,单价,频次,过敏原\nA,甲,西药,60mg*12片/盒,盒,9,tid,penicillin;xyz"
    assert isinstance(accepted("drugs", text), Validated)
    found = errors("drugs", text, known={"frequencies": {"bid"}, "allergens": {"penicillin"}})
    assert [(error.column, error.value) for error in found] == [("频次", "tid"), ("过敏原", "xyz")]


def test_all_errors_are_named_at_once() -> None:
    found = errors("services", "编码,名称,单位,类别,单价\nA,血常规,次,化验,abc\n,尿常规,次,检查,-1\nC,,次,魔法,1.23456\nA,丁,次,治疗,2")
    assert [(error.row, error.column, error.reason) for error in found] == [
        (2, "单价", cells.NOT_A_NUMBER),
        (3, "编码", validation.REQUIRED),
        (3, "单价", cells.TOO_SMALL),
        (4, "名称", validation.REQUIRED),
        (4, "类别", cells.NOT_A_CHOICE),
        (4, "单价", cells.TOO_MANY_PLACES),
    ]


def test_duplicates_name_both_rows() -> None:
    found = errors("diagnoses", "code,name\nJ06.900,急性上呼吸道感染\nR05.x00,咳嗽\nj06.900,又一个")
    assert [(error.row, error.column, error.value, error.fields) for error in found] == [
        (2, "code", "J06.900", {"again": "4"}),
        (4, "code", "J06.900", {"first": "2"}),
    ]
    with language("en"):
        assert found[1].sentence() == "Row 4, column “code”: “J06.900” stands in row 2 already"
    with language("zh_CN"):
        assert found[1].sentence() == "第 4 行“code”列：“J06.900”与第 2 行重复"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("J06.900", "J06.900"),
        ("r05.X00", "R05.x00"),
        ("I10.x00x002", "I10.x00x002"),
        ("A09.000x001", "A09.000x001"),
        ("B33.200x004+I41.1*", "B33.200x004+I41.1*"),
        ("A01.002+G01*", "A01.002+G01*"),
        ("E11.201+N08.3*", "E11.201+N08.3*"),
    ],
)
def test_icd10_codes(typed: str, code: str) -> None:
    assert accepted("diagnoses", f"诊断编码,诊断名称\n{typed},某病").rows[0].code == code


@pytest.mark.parametrize("typed", ["J6.9", "J06.9000", "J06", "06.900", "J06.9", "X"])
def test_wrong_icd10_codes(typed: str) -> None:
    assert errors("diagnoses", f"诊断编码,诊断名称\n{typed},某病")[0].reason == cells.BAD_FORM


def test_opening_stock() -> None:
    text = "药品编码,批号,有效期至,数量,进价\nD0001,240101,2027年6月,12,8.50\nD0001,240102,46203,3,8.5\nD0002,7,2027/6/5,0.5,1"
    rows = accepted("stock", text, known={"drugs": {"D0001", "D0002"}}).rows
    assert [row.expires for row in rows] == [date(2027, 6, 30), date(2026, 6, 30), date(2027, 6, 5)]
    assert (rows[0].packs, rows[0].purchase_price) == (12, Decimal("8.5"))


def test_opening_stock_of_an_unknown_drug_and_a_lot_given_twice() -> None:
    text = "药品编码,批号,有效期至,数量,进价\nD0001,A,2027-06-30,12,8\nD9,A,2027-06-30,12,8\nD0001,A,2027-06-30,1,8\nD0001,B,30.6.2027,0,8"
    found = errors("stock", text, known={"drugs": {"D0001"}})
    assert [(error.row, error.column, error.reason) for error in found] == [
        (2, "药品编码", validation.GIVEN_AGAIN),
        (3, "药品编码", validation.NOT_KNOWN),
        (4, "药品编码", validation.DUPLICATE),
        (5, "有效期至", cells.NOT_A_DATE),
        (5, "数量", cells.TOO_SMALL),
    ]


@pytest.mark.parametrize(
    "typed", ["2027-02-30", "2027-13-01", "20270", "1-2-3", "0000-01-01", "2203-01-01", "30/06/2027", "2027-06-30 12:30"]
)
def test_wrong_dates(typed: str) -> None:
    with pytest.raises(Unfit):
        cells.day(typed)


@pytest.mark.parametrize("typed", ["1,234.50", "１２３４．５", "¥1234.5", " 1234.50 "])
def test_numbers_as_people_type_them(typed: str) -> None:
    assert cells.number(4)(typed) == Decimal("1234.5")


@pytest.mark.parametrize("typed", ["1,5", "1.2.3", "12元", "", "NaN", "1e999", "Infinity", "--1"])
def test_what_is_not_a_number(typed: str) -> None:
    with pytest.raises(Unfit):
        cells.number(4)(typed)


def test_missing_and_double_columns() -> None:
    found = errors("services", "编码,代码,名称,单位,单价\nA,A,x,次,1")
    assert {(error.row, error.reason, error.fields["field"]) for error in found} == {
        (1, columns.SAME_FIELD, "code"),
        (1, columns.MISSING, "category"),
    }


def test_mappings() -> None:
    assert parse_mapping(["药名=name", "备注 = -", "a=b=code"]) == {"药名": "name", "备注": "-", "a=b": "code"}
    for wrong in ("药名", "=name", "药名="):
        with pytest.raises(FileRefused):
            parse_mapping([wrong])
    found = errors("regions", "甲,乙\n110101,东城区", mapping={"丙": "code", "甲": "nonsense", "乙": "name"})
    assert {error.reason for error in found} == {columns.UNKNOWN_HEADING, columns.UNKNOWN_FIELD, columns.MISSING}


def test_a_mapping_goes_before_a_heading_known_by_itself() -> None:
    outcome = accepted("regions", "code,国标码,name\nx,110101,东城区", mapping={"国标码": "code"})
    assert outcome.rows[0].code == "110101"
    assert outcome.unused == ("code",)


def test_headings_are_compared_without_units_and_blanks() -> None:
    assert heading_key("单价（元）") == heading_key(" 单 价 ") == "单价"
    assert heading_key("Drug_Code") == "drugcode"


def test_an_unknown_list() -> None:
    with pytest.raises(FileRefused):
        validate("nonsense", sheet("a\n1"))


def test_errors_stop_at_a_readable_number() -> None:
    found = errors("regions", "code,name\n" + "x,y\n" * 5_000)
    assert len(found) == validation.MAX_ERRORS + 1
    assert found[-1].reason == validation.TOO_MANY_ERRORS


def test_xlsx_from_end_to_end(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["药品编码", "批号", "有效期至", "数量", "进价"])
    page.append(["D0001", 240101, date(2027, 6, 30), 12, 8.1])
    page.append(["D0001", 240102, 46203, "=A1", 8.1])
    path = tmp_path / "stock.xlsx"
    book.save(path)
    outcome = import_file("stock", path)
    assert isinstance(outcome, list)
    assert [(error.row, error.column) for error in outcome] == [(3, "数量"), (3, "数量")]
    page["D3"] = 4
    book.save(path)
    outcome = import_file("stock", path)
    assert isinstance(outcome, Validated)
    assert [(row.lot, row.expires, row.packs, row.purchase_price) for row in outcome.rows] == [
        ("240101", date(2027, 6, 30), 12, Decimal("8.1")),
        ("240102", date(2026, 6, 30), 4, Decimal("8.1")),
    ]


def test_gb18030_from_end_to_end(tmp_path: Path) -> None:
    path = tmp_path / "drugs.csv"
    path.write_bytes(HOSPITAL.encode("gb18030"))
    outcome = import_file("drugs", path, parse_mapping(["序号=code", "药名=name"]))
    assert isinstance(outcome, Validated)
    assert len(outcome.rows) == 5
    assert outcome.unused == ("mnemonic",)


def test_thirty_thousand_diagnoses_take_seconds(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = (f"{chr(65 + n // 2600)}{n // 100 % 26:02d}.{n % 100:03d}x{n % 1000:03d},某病{n}" for n in range(30_000))
    path.write_text("code,name\n" + "\n".join(rows), encoding="utf-8")
    outcome = import_file("diagnoses", path)
    assert isinstance(outcome, Validated)
    assert len(outcome.rows) == 30_000
