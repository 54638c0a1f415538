"""Stock-takes at the drug store's desk against the real service, by keys and scans alone."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from client import capture
from client.store.model import COUNT, MONTHS, REPRICE
from common.domain.dosage import plain
from common.messages.stock_take import CountLine, GetCountSheet
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Clinic

KEEPER = "kuyan"
D = Decimal


@pytest.fixture
def keeper(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", KEEPER, screen)
    made.front()
    yield made
    made.close()


def shot(desk: RealDesk, name: str) -> None:
    """A picture, for who wants to look at it."""
    if os.environ.get("XINGLIN_SHOTS"):
        capture.settle()
        capture.render(desk.window, Path(os.environ["XINGLIN_SHOTS"]) / f"{name}.png")


def test_counted_by_two_and_booked(keeper: RealDesk, clinic: Clinic) -> None:
    """Opened, counted, counted again by somebody else at their own desk, agreed to and booked."""
    drug = visits.drug(clinic, "布洛芬")
    clinic.database.run("UPDATE drug SET shelf = 'Z-9-1' WHERE id = %s", drug.id)
    page = keeper.desk.go_to(COUNT)
    keeper.press("F3")
    keeper.press("Return", "Right", "Return")
    keeper.type("Z-9")
    shot(keeper, "count-open")
    keeper.press("F12")
    keeper.wait(lambda: page.part() is page.sheet and page.sheet.table.rows())
    right, *others = page.sheet.table.rows()
    keeper.press("Return")
    keeper.type(plain(in_book(clinic, right.lot) / drug.pack_size))
    keeper.press("Return", "Return")
    keeper.wait(lambda: page.sheet.table.rows()[0].round == 0)
    for line in others:
        keeper.type("1")
        keeper.press("Return")
        keeper.type("5")
        shot(keeper, "count-sheet")
        keeper.press("Return")
        keeper.wait(partial(wants_second, page, line.line_id))
    for again in clinic.desk("suye").call(GetCountSheet(take_id=page.sheet.take.id)).lines:
        if again.round:
            clinic.desk("suye").call(CountLine(line_id=again.line_id, round=2, quantity=drug.pack_size + 5))
    keeper.wait(lambda: not any(line.round for line in page.sheet.lines))
    keeper.press("F12")
    keeper.wait(lambda: page.part() is page.differences and page.differences.table.rows())
    shot(keeper, "count-differences")
    wrong = others[0]
    count_again(keeper, page, wrong.line_id)
    assert page.differences.table.current().counted == drug.pack_size * 2
    keeper.wait(lambda: not keeper.desk.model.saving)
    keeper.press("Alt+3")
    keeper.type("jianglan")
    keeper.press("Return")
    keeper.type(PASSWORD)
    keeper.press("Return")
    keeper.wait(lambda: page.differences.approval.approval_id is not None)
    keeper.press("F12")
    keeper.wait(lambda: page.differences.take.state == "CONFIRMED")
    assert {in_book(clinic, line.lot) for line in others[1:]} <= {drug.pack_size + 5}
    assert in_book(clinic, wrong.lot) == drug.pack_size * 2
    shot(keeper, "count-booked")


def count_again(keeper: RealDesk, page: Any, line_id: int) -> None:
    """Two packs, by two people, once the counting is done."""
    keeper.wait(lambda: page.differences.table.select(line_id))
    keeper.press("Return")
    keeper.type("2")
    keeper.press("Return", "Return")
    keeper.type("差得太多")
    keeper.press("Return")
    keeper.type("suye")
    keeper.press("Return")
    keeper.type(PASSWORD)
    keeper.press("Return")
    keeper.wait(lambda: page.differences.again.approval.approval_id is not None)
    shot(keeper, "count-again")
    keeper.press("F12")
    keeper.wait(lambda: page.differences.again.line is None and page.differences.table.current().rounds == 4)


def wants_second(page: Any, line_id: int) -> bool:
    """Whether somebody else has to count a line."""
    return any(line.line_id == line_id and line.round == 2 for line in page.sheet.lines)


def in_book(clinic: Clinic, lot: str) -> D:
    """What the book has of a lot."""
    sql = "SELECT sum(b.on_hand) FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id WHERE s.lot = %s"
    return D(clinic.database.value(sql, lot))


def test_a_price_change_is_written_agreed_to_and_valid(keeper: RealDesk, clinic: Clinic) -> None:
    """Two drugs on one paper; the manager's yes at the keeper's desk; the new price at once."""
    drugs = [visits.drug(clinic, "布洛芬"), visits.drug(clinic, "氯雷他定")]
    old = [clinic.database.value("SELECT price FROM drug WHERE id = %s", drug.id) for drug in drugs]
    page = keeper.desk.go_to(REPRICE)
    keeper.press("F3")
    keeper.type("进价上调")
    keeper.press("Return")
    keeper.type("2026-12")
    keeper.press("Return", "Return", "Return")
    for drug, price in zip(drugs, old, strict=True):
        keeper.type(drug.code)
        keeper.wait(lambda: page.form.drug.popup_open())
        keeper.press("Return")
        keeper.wait(lambda: page.form.price.hasFocus())
        keeper.type(plain(price + 1))
        shot(keeper, "reprice-form")
        keeper.press("Return")
    keeper.wait(lambda: len(page.form.table.rows()) == len(drugs))
    keeper.press("F12")
    keeper.wait(lambda: page.shown is not None and page.shown.entry.state == "PROPOSED" and page.approval.isVisible())
    shot(keeper, "reprice-proposed")
    keeper.press("F7")
    keeper.wait(page.writing)
    assert [line.price for line in page.form.table.rows()] == [price + 1 for price in old]
    keeper.press("Return", "Return", "Return", "Return")
    keeper.wait(lambda: page.form.drug.hasFocus())
    keeper.press("Alt+3")
    keeper.press("Return")
    keeper.wait(lambda: page.form.price.hasFocus())
    page.form.price.selectAll()
    keeper.type(plain(old[0] + 2))
    keeper.press("Return")
    keeper.wait(lambda: len(page.form.table.rows()) == len(drugs))
    shot(keeper, "reprice-correct")
    first = page.shown.entry.number
    keeper.press("F12")
    keeper.wait(lambda: page.shown.entry.number != first and page.shown.entry.state == "PROPOSED" and page.approval.isVisible())
    assert clinic.database.value("SELECT state FROM price_change WHERE number = %s", first) == "VOIDED"
    keeper.press("Alt+3")
    keeper.type("yuanzhang")
    keeper.press("Return")
    keeper.type(PASSWORD)
    keeper.press("Return")
    keeper.wait(lambda: page.approval.approval_id is not None)
    keeper.press("F12")
    keeper.wait(lambda: page.shown is not None and page.shown.entry.state == "APPLIED")
    shot(keeper, "reprice-valid")
    assert [clinic.database.value("SELECT price FROM drug WHERE id = %s", drug.id) for drug in drugs] == [old[0] + 2, old[1] + 1]


def test_the_month_that_is_over_is_closed_and_opened_again(keeper: RealDesk, clinic: Clinic) -> None:
    """The sample clinic's goods are told to have come last month; then that month is over."""
    clinic.database.run(
        "ALTER TABLE stock_move DISABLE TRIGGER append_only; UPDATE stock_move SET at = date_trunc('month', at) - interval '3 days';"
        "ALTER TABLE stock_move ENABLE TRIGGER append_only; UPDATE stock_month SET month = (month - interval '1 month')::date"
    )
    page = keeper.desk.go_to(MONTHS)
    keeper.wait(lambda: page.found is not None and page.found.over)
    keeper.press("F12")
    keeper.wait(lambda: page.shown is not None and page.sums.rows())
    keeper.wait(lambda: not page.found.over)
    shot(keeper, "month-closed")
    worth = "SELECT sum(round(b.on_hand * s.purchase_price / d.pack_size * 100)) FROM stock_balance b"
    worth += " JOIN stock_batch s ON s.id = b.batch_id JOIN drug d ON d.id = b.drug_id"
    assert page.shown.entry.closing_fen == clinic.database.value(worth)
    keeper.press("F10")
    keeper.press("Shift+Tab", "Return")
    keeper.wait(lambda: page.reopening is not None)
    keeper.type("suye")
    keeper.press("Return")
    keeper.type(PASSWORD)
    keeper.press("Return")
    keeper.wait(lambda: page.approval.approval_id is not None)
    shot(keeper, "month-reopen")
    keeper.press("F12")
    keeper.wait(lambda: page.table.rows() and page.table.rows()[0].reopened_at is not None)
