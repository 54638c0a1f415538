"""Tables on small screens: columns go, and none is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import capture, texts
from client.fitting import Fitting
from client.widgets.table import Column, Table
from common.i18n import CHINESE, ENGLISH

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

COLUMNS = (
    Column(title="", text=str),
    Column(title="", text=str, width=100),
    Column(title="", text=str, width=80),
    Column(title="", text=str, width=60),
)


@pytest.fixture
def table(app: QApplication) -> Table:
    made = Table(COLUMNS, key=lambda row: row)
    Fitting(made, least=70, least_english=120, first_to_go=(3, 1))
    made.set_rows(["a", "b", "c"])
    made.show()
    return made


def widths(table: Table, width: int) -> list[int]:
    """What each column takes in a table of so many px."""
    table.resize(width + table.width() - table.viewport().width(), 300)
    capture.settle()
    assert table.viewport().width() == width
    return [table.columnWidth(place) for place in range(table.rows_model.columnCount())]


@pytest.mark.parametrize(
    ("width", "expected"),
    [(400, [160, 100, 80, 60]), (310, [70, 100, 80, 60]), (309, [129, 100, 80]), (250, [70, 100, 80]), (249, [169, 80])],
)
def test_the_columns_that_matter_least_go_and_the_rest_fill_the_table(table: Table, width: int, expected: list[int]) -> None:
    assert widths(table, width) == expected


def test_they_come_back_and_the_current_row_stays_without_a_word(table: Table) -> None:
    table.select("b")
    moved: list[object] = []
    table.moved.connect(moved.append)
    for width, count in ((240, 2), (500, 4), (260, 3)):
        assert len(widths(table, width)) == count
        assert table.current() == "b"
    assert moved == []


def test_another_language_needs_other_room(table: Table) -> None:
    assert len(widths(table, 330)) == 4
    texts.speak(ENGLISH)
    capture.settle()
    assert [table.columnWidth(place) for place in range(table.rows_model.columnCount())] == [150, 100, 80]
    texts.speak(CHINESE)
    capture.settle()
    assert table.rows_model.columnCount() == 4
