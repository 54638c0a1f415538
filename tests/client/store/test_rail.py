"""The list of the store's pages: all of them on a tall screen, one group unfolded on a small one, and never a scroll bar."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from client.store.model import PAGES, Page
from client.store.view.rail import Rail

#: What is left for the list in windows of 768, 900 and 1080 px, and in the smallest one that the program allows.
HEIGHTS = (554, 686, 866, 426)


@pytest.fixture
def rail(app: QApplication) -> Rail:
    made = Rail(PAGES)
    made.resize(176, 554)
    made.show()
    app.processEvents()
    return made


def shown(rail: Rail) -> list[str]:
    """The pages that have a line."""
    return [row.id for row in rail.rows() if isinstance(row, Page)]


@pytest.mark.parametrize("height", HEIGHTS)
def test_nothing_scrolls_and_nothing_is_cramped(rail: Rail, app: QApplication, height: int) -> None:
    rail.resize(176, height)
    app.processEvents()
    for page in PAGES:
        rail.select(page.id)
        app.processEvents()
        assert page.id in shown(rail)
        assert rail.verticalScrollBar().maximum() == 0
        assert rail.rowHeight(1) >= 32
    assert (shown(rail) == [page.id for page in PAGES]) == (height >= 736)


def test_arrows_go_over_all_pages_and_back(rail: Rail) -> None:
    seen: list[str] = []
    rail.moved.connect(lambda page: seen.append(page.id))
    rail.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        for _ in PAGES:
            QTest.keyClick(rail, key)
    ids = [page.id for page in PAGES]
    assert seen == [*ids[1:], *reversed(ids[:-1])]
    QTest.keyClick(rail, Qt.Key.Key_End)
    assert seen[-1] == ids[-1]
    QTest.keyClick(rail, Qt.Key.Key_Home)
    assert seen[-1] == ids[0]


def test_a_folded_group_counts_for_its_pages_and_opens_where_one_was(rail: Rail) -> None:
    rail.show_counts({"plan": (2, "info"), "orders": (3, "danger"), "suppliers": (0, "")})
    assert rail.count_of(PAGES[7].group) == (5, "danger")
    rail.select("orders")
    rail.select("stock")
    heading = next(number for number, row in enumerate(rail.rows()) if not isinstance(row, Page) and row.title == PAGES[7].group)
    QTest.mouseClick(rail.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, rail.rowViewportPosition(heading) + 10))
    page = rail.current()
    assert page is not None
    assert page.id == "orders"
    assert "stock" not in shown(rail)


def test_a_page_that_the_person_has_not_is_not_chosen(app: QApplication) -> None:
    few = Rail([page for page in PAGES if page.id != "plan"])
    assert not few.select("plan")
    assert few.select("orders")
