"""Reports on A4: nothing leaves the sheet, long tables go on with their titles, narrow ones stand side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from common.i18n import CHINESE, language
from printing.backends.pdf import pdf_bytes
from printing.documents.base import Copy
from printing.documents.finance_report import FinanceReport, ReportTable
from printing.fonts import text_width
from printing.media import Media
from printing.render import render_png
from printing.sheet import Sheet, Text
from printing.strip import Align


def report(*tables: ReportTable) -> FinanceReport:
    return FinanceReport(
        clinic="杏林门诊部",
        copy=Copy(at=datetime(2026, 11, 21, 17, 40, tzinfo=UTC), by="袁璋"),
        title="收费日报",
        period="2026-11-01 – 2026-11-30",
        tables=tables,
        verdict="与总账相符：¥1.00",
    )


def table(rows: int, columns: int, *, figure: str = "1,234.50", name: str = "项目", heading: str = "") -> ReportTable:
    titles = (name, *(f"第{n}列" for n in range(1, columns)))
    cells = tuple((f"{name}{n}", *[figure] * (columns - 1)) for n in range(rows))
    return ReportTable(heading=heading, columns=titles, rows=cells, totals=("合计", *[figure] * (columns - 1)))


def sheets(*tables: ReportTable) -> list[Sheet]:
    with language(CHINESE):
        return list(report(*tables).sheets())


def texts(sheet: Sheet) -> list[Text]:
    return [mark for mark in sheet.marks if isinstance(mark, Text)]


def test_few_columns_stand_upright_and_many_lie() -> None:
    (upright,) = sheets(table(5, 7))
    (lying,) = sheets(table(5, 13))
    assert (upright.width, upright.height) == (210, 297)
    assert (lying.width, lying.height) == (297, 210)


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (31, 7), (120, 7), (25, 14)])
@pytest.mark.parametrize("figure", ["1.00", "12,345,678.90"])
def test_nothing_leaves_the_sheet_or_touches_its_neighbour(rows: int, columns: int, figure: str) -> None:
    for sheet in sheets(table(rows, columns, figure=figure)):
        edges: dict[float, list[tuple[float, float]]] = {}
        for mark in texts(sheet):
            wide = text_width(mark.text, mark.size, mark.weight)
            left = mark.x - {Align.LEFT: 0.0, Align.CENTRE: wide / 2, Align.RIGHT: wide}[mark.align]
            assert left >= 14.9
            assert left + wide <= sheet.width - 14.9
            assert mark.y + mark.size <= sheet.height - 5
            edges.setdefault(round(mark.y + mark.size / 2, 1), []).append((left, left + wide))
        for spans in edges.values():
            spans.sort()
            assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_long_table_repeats_its_titles_and_loses_no_row() -> None:
    pages = sheets(table(120, 4))
    assert len(pages) > 2
    words = [mark.text for page in pages for mark in texts(page)]
    assert [words.count(f"项目{n}") for n in range(120)] == [1] * 120
    assert words.count("第1列") == len(pages)
    assert [f"第 {n} 页，共 {len(pages)} 页" in words for n in range(1, len(pages) + 1)] == [True] * len(pages)
    assert words.count("与总账相符：¥1.00") == 1


def test_two_narrow_tables_stand_side_by_side() -> None:
    (page,) = sheets(table(3, 4), table(8, 2, heading="按收费类别"), table(5, 2, heading="按支付方式"))
    headings = {mark.text: mark for mark in texts(page) if mark.text.startswith("按")}
    assert headings["按收费类别"].y == headings["按支付方式"].y
    assert headings["按支付方式"].x > page.width / 2


def test_figures_of_one_table_have_one_size() -> None:
    (page,) = sheets(table(6, 13, figure="1,234,567.00"))
    assert len({mark.size for mark in texts(page) if mark.text == "1,234,567.00"}) == 1


def test_it_becomes_a_pdf_that_can_be_drawn() -> None:
    with language(CHINESE):
        data = pdf_bytes(report(table(3, 7)).sheets(), title="收费日报")
    (picture,) = render_png(data, Media.A4)
    assert picture.startswith(b"\x89PNG")
