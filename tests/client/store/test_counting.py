"""What the pages of stock-takes, price changes and months know without a screen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from client.store import counting, months, repricing
from common.i18n import CHINESE, language
from common.messages.repricing import PricedDrug
from common.messages.stock_months import KindSum, PlaceSum, StockMonth, StockMonthEntry
from common.messages.stock_take import SheetLine

D = Decimal


def line(id: int, round: int = 1, *, mine: bool = False, lot: str = "", drug_id: int = 7, size: int = 24) -> SheetLine:
    return SheetLine(
        line_id=id,
        drug_id=drug_id,
        drug="布洛芬片",
        code="D0007",
        specification="0.2g×24片/盒",
        manufacturer="",
        base_unit="片",
        pack_unit="盒",
        pack_size=D(size),
        shelf="A-1-3",
        lot=lot or f"L{id}",
        expires=date(2028, 6, 30),
        round=round,
        counters="",
        mine=mine,
    )


@pytest.mark.parametrize(
    ("packs", "loose", "found"),
    [("3", "5", D(77)), ("0", "", D(0)), ("", "7", D(7)), ("2.5", "", D(60)), (" 1 ", " 0 ", D(24))],
)
def test_packs_and_loose_units_are_base_units(packs: str, loose: str, found: Decimal) -> None:
    assert counting.quantity(packs, loose, line(1)) == found


@pytest.mark.parametrize(("packs", "loose"), [("", ""), ("x", ""), ("-1", ""), ("1", "-2"), ("1", "0.00001"), ("nan", "")])
def test_what_is_no_quantity_is_said(packs: str, loose: str) -> None:
    assert isinstance(counting.quantity(packs, loose, line(1)), str)


def test_lines_by_words_and_by_what_the_service_found() -> None:
    lines = [line(1, lot="260501"), line(2, drug_id=8, lot="260777")]
    assert counting.fitting(lines, " 2605 ", None) == [lines[0]]
    assert counting.fitting(lines, "a-1", None) == lines
    assert counting.fitting(lines, "blf", frozenset({8})) == [lines[1]]
    assert counting.fitting(lines, "", frozenset({8})) == lines
    assert counting.fitting(lines, "zzz", None) == []


def test_a_scanned_pack_is_the_line_of_its_lot_or_one_still_to_be_counted() -> None:
    lines = [line(1, 0, lot="A"), line(2, 2, mine=True, lot="B"), line(3, 1, lot="C")]
    assert counting.scanned(lines, "6901234567892", frozenset({7})) == lines[2]
    assert counting.scanned(lines, "6901234567892", frozenset({8})) is None


def test_the_hand_goes_on_to_what_this_person_can_count() -> None:
    lines = [line(1), line(2, 0), line(3, 2, mine=True), line(4, 2)]
    assert counting.following(lines, 1) == lines[3]
    assert counting.following(lines, 4) == lines[0]
    assert counting.following([lines[1], lines[2]], 2) is None


def test_what_is_to_be_done_with_a_line_in_words() -> None:
    with language(CHINESE):
        said = [counting.wanted(each)[0] for each in (line(1), line(1, 0), line(1, 2), line(1, 3), line(1, 2, mine=True))]
    assert said == ["待盘", "已盘", "待复盘", "待三盘", "待他人复盘"]


# --- price changes

DRUG = PricedDrug(
    drug_id=7,
    code="D0007",
    name="布洛芬片",
    specification="0.2g×24片/盒",
    manufacturer="",
    base_unit="片",
    pack_unit="盒",
    pack_size=D(24),
    price=D("8.2"),
    last_purchase=D(6),
    ceiling=D(10),
    on_hand=D(60),
)


@pytest.mark.parametrize(
    ("drug", "typed", "field"),
    [
        (None, "9", "drug"),
        (DRUG, "", "price"),
        (DRUG, "x", "price"),
        (DRUG, "-1", "price"),
        (DRUG, "8.20", "price"),
        (DRUG, "10.01", "price"),
        (DRUG, "1.1234567", "price"),
    ],
)
def test_a_line_that_is_not_right_says_where(drug: PricedDrug | None, typed: str, field: str) -> None:
    wrong = repricing.wrong(drug, typed, [])
    assert wrong is not None
    assert wrong[0] == field


def test_a_line_that_is_right_and_what_it_is_worth() -> None:
    assert repricing.wrong(DRUG, "9.20", []) is None
    right = repricing.NewLine(drug=DRUG, price=D("9.2"))
    assert right.value_fen == 250
    assert repricing.change(right) == "8.20 → 9.20"
    assert repricing.wrong(DRUG, "9.30", [right]) is not None
    assert msgspec.structs.replace(right, price=D(8)).value_fen == -50


def test_from_when_it_is_valid() -> None:
    day = date(2026, 12, 1)
    assert repricing.effective(None, "", "", UTC) is None
    assert repricing.effective(day, "2026-12-01", "", UTC) == datetime(2026, 12, 1, tzinfo=UTC)
    assert repricing.effective(day, "2026-12-01", "0830", UTC) == datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    assert isinstance(repricing.effective(None, "Dezember", "", UTC), str)
    assert isinstance(repricing.effective(day, "2026-12-01", "25:00", UTC), str)


def test_a_month_is_shown_from_opening_to_closing() -> None:
    entry = StockMonthEntry(
        id=1, number="M1", month=date(2026, 11, 1), closed_at=datetime(2026, 12, 1, tzinfo=UTC), closed_by="", reopened_at=None,
        reopened_by="", approved_by="", reopen_reason="", opening_fen=0, closing_fen=0, latest=True,
    )  # fmt: skip
    places = (PlaceSum(place="药库", opening_fen=5, kinds=(KindSum(kind="DISPENSE", came_fen=1, went_fen=2),), closing_fen=4),)
    with language(CHINESE):
        rows = months.rows(StockMonth(clinic="", entry=entry, places=places, drugs=()))
    assert [(row.title, row.label, row.came_fen, row.went_fen, row.left_fen) for row in rows] == [
        ("药库", "药库", None, None, None),
        ("", "期初", None, None, 5),
        ("", "发药", 1, 2, None),
        ("", "期末", None, None, 4),
    ]
