"""What is shown side by side, what beside it, and how deep one is."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from client.finance import model, words
from client.finance.model import FinanceModel, by_years
from client.finance.period import MONTH, YEAR
from common.i18n import ENGLISH, language
from common.messages.finance import DrillDown, GetReport, Report, ReportKind, ReportRow
from common.permissions import Permission, Role, permissions_of
from tests.client.finance import samples

TODAY = date(2026, 11, 21)


def made(kind: ReportKind = ReportKind.DAILY) -> Report:
    return samples.report(GetReport(kind=kind, begins=date(2026, 11, 1), ends=TODAY))


def test_who_may_only_read_sees_no_page_to_enter() -> None:
    assert [page.id for page in model.pages_for([Permission.REPORT_VIEW])] == list(ReportKind)
    assert {"spend", "prices", "packages", "surcharges"} <= {page.id for page in model.pages_for(permissions_of([Role.MANAGER]))}
    assert model.pages_for(permissions_of([Role.CASHIER])) == ()


@pytest.mark.parametrize("kind", ReportKind)
def test_what_does_not_stand_in_the_table_stands_beside_it_and_sums_to_the_same(kind: ReportKind) -> None:
    report = made(kind)
    beside = [figure for figure in model.breakdown(report, None) if figure.value]
    assert model.has_panel(report) is bool(beside)
    for prefix in ("income:", "tender:"):
        columns = [place for place, column in enumerate(report.columns) if column.startswith(prefix)]
        shown = [words.plain(report.totals[place]) for place in columns if report.totals[place]]
        assert shown == [figure.value for figure in beside][: len(shown)] or prefix == "tender:"


def test_a_rows_own_figures_not_the_totals() -> None:
    report = made()
    row = report.rows[0]
    assert model.breakdown(report, row) != model.breakdown(report, None)
    cells = dict(zip(report.columns, row.cells, strict=True))
    assert words.plain(cells["tender:cash"]) in {figure.value for figure in model.breakdown(report, row)}


def test_more_than_a_year_of_months_becomes_years() -> None:
    report = made(ReportKind.PROFIT)
    assert by_years(report) is report
    months = tuple(f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13))
    rows = (ReportRow(key="income:exam", group="income", cells=(*range(1, 25), sum(range(1, 25)))),)
    long = msgspec.structs.replace(report, columns=(*months, "net"), rows=rows, totals=rows[0].cells)
    merged = by_years(long)
    assert merged.columns == ("2025", "2026", "net")
    assert merged.rows[0].cells == (sum(range(1, 13)), sum(range(13, 25)), sum(range(1, 25))) == merged.totals


def test_income_and_expense_has_the_year_and_the_others_keep_their_days() -> None:
    state = FinanceModel(TODAY, permissions_of([Role.MANAGER]))
    state.set_period(state.period.moved(-1))
    october = state.period
    state.open_page(ReportKind.PROFIT)
    assert (state.period.span, state.period.begins) == (YEAR, date(2026, 1, 1))
    state.open_page(ReportKind.DOCTOR)
    assert state.period == october
    assert october.span == MONTH


def test_how_deep_one_is() -> None:
    state = FinanceModel(TODAY, permissions_of([Role.MANAGER]))
    assert state.depth == 0
    state.drill = model.Drill(made().rows[0])
    state.receipt = samples.RECEIPT
    assert state.depth == 2
    state.leave_document()
    assert state.depth == 1
    state.open_page("spend")
    assert (state.depth, state.kind) == (0, None)


def test_parts_of_a_long_list_come_together() -> None:
    request = DrillDown(kind=ReportKind.DOCTOR, key="11", begins=TODAY, ends=TODAY)
    drill = model.Drill(made().rows[0])
    while not drill.whole:
        drill.take(samples.drilled(msgspec.structs.replace(request, before=drill.before)))
    assert [row.posting_id for row in drill.rows] == list(range(150, 0, -1))


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 3, "33.3 %"), (2, 3, "66.7 %"), (-1, 8, "-12.5 %"), (0, 5, "0.0 %"), (5, 0, ""), (5, -3, "")]
)
def test_shares_to_a_tenth(part: int, whole: int, text: str) -> None:
    assert words.share(part, whole) == text


@pytest.mark.parametrize(("fen", "text"), [(0, ""), (49, ""), (50, "1"), (123_456, "1,235"), (-123_449, "-1,234")])
def test_whole_yuan(fen: int, text: str) -> None:
    assert words.whole_yuan(fen) == text


def test_every_account_and_column_has_a_name() -> None:
    with language(ENGLISH):
        for kind in ReportKind:
            report = made(kind)
            for key in report.columns:
                assert "|" not in words.column(key)
            for row in report.rows:
                assert "|" not in words.row(kind, row)
        assert words.column("2026-11") == "2026-11"
        assert words.operation("SALE") == "Settlement"
