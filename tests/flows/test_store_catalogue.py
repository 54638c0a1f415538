"""Drugs, look-alikes and the narcotics register at the drug store's desk against the real service, by keys alone."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from client import capture
from client.store.catalogue import Attribute
from client.store.model import ALIKE, DRUGS, REGISTER
from common.messages.catalogue import SearchDrugs
from common.messages.catalogue_attributes import GetDrugPage
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.server.test_controlled import hand_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Clinic

KEEPER, PHARMACIST = "kuyan", "suye"
D = Decimal


@pytest.fixture
def keeper(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", KEEPER, screen)
    made.front()
    yield made
    made.close()


@pytest.fixture
def pharmacist(clinic: Clinic, screen: Path) -> Iterator[RealDesk]:
    made = RealDesk(clinic, "store", PHARMACIST, screen)
    made.front()
    yield made
    made.close()


def shot(desk: RealDesk, name: str) -> None:
    """A picture, for who wants to look at it."""
    if os.environ.get("XINGLIN_SHOTS"):
        capture.settle()
        capture.render(desk.window, Path(os.environ["XINGLIN_SHOTS"]) / f"{name}.png")


def to_attribute(desk: RealDesk, page: Any, name: str) -> None:
    """The hand on one attribute of the list."""
    rows = [row for row in page.attributes.rows() if isinstance(row, Attribute)]
    at = next(place for place, row in enumerate(rows) if row.key == name)
    desk.press("Home", *["Down"] * at)
    assert page.attributes.current().key == name


def test_attributes_are_changed_at_once_and_from_a_day_on(keeper: RealDesk, clinic: Clinic) -> None:
    page = keeper.desk.go_to(DRUGS)
    keeper.wait(lambda: page.table.rows())
    shot(keeper, "drugs")
    keeper.press("F2")
    keeper.type("D0002")
    keeper.wait(lambda: len(page.table.rows()) == 1 and page.shown is not None and page.shown.drug.code == "D0002")
    keeper.press("Return", "Return")
    to_attribute(keeper, page, "approval_number")
    keeper.press("Return")
    keeper.type("H2001")
    keeper.press("Return")
    assert page.editor.is_open()  # the reason stands below the field
    shot(keeper, "drug-wrong")
    keeper.press("Ctrl+A")
    page.editor.typed.setText("国药准字H20013062")
    keeper.press("Return")
    to_attribute(keeper, page, "high_alert")
    keeper.press("Return", "Left", "Return")
    assert page.drafts[page.shown.drug.drug_id] == {"approval_number": "国药准字H20013062", "high_alert": "1"}
    shot(keeper, "drug-draft")
    keeper.press("F12", "F12")
    keeper.wait(lambda: page.shown.values["high_alert"] == "1")
    assert page.drafts == {}
    to_attribute(keeper, page, "active")
    keeper.press("Return", "Right", "Return")
    page.editor.day.setText("2099-01-01")
    keeper.press("F12")
    keeper.wait(lambda: page.shown.drug.waiting == 1)
    page.view.setFocus()
    keeper.press("Right")
    keeper.wait(lambda: len(page.past.rows()) == 4)  # what waits, two that hold, and the price
    shot(keeper, "drug-history")
    page.past.setFocus()
    keeper.press("Home", "F10")
    keeper.wait(lambda: page.shown.drug.waiting == 0)
    assert clinic.desk(KEEPER).call(GetDrugPage(drug_id=page.shown.drug.drug_id)).values["active"] == "1"


def test_a_pair_is_kept_and_marked_for_the_doctor(keeper: RealDesk, clinic: Clinic) -> None:
    page = keeper.desk.go_to(ALIKE)
    keeper.wait(lambda: page.table.rows())
    shot(keeper, "alike")
    pair = page.table.current()
    keeper.press("Alt+2", "F12")
    keeper.wait(lambda: any(row.kept for row in page.table.rows()))
    shot(keeper, "alike-kept")
    marked = [drug for drug in clinic.desk(visits.DOCTOR).call(SearchDrugs(text=pair.name)).drugs if drug.id == pair.drug_id]
    assert marked[0].name_marks or marked[0].specification_marks
    page.table.select((pair.drug_id, pair.other_id))
    keeper.press("F10")
    keeper.wait(lambda: not any(row.kept for row in page.table.rows()))


def sign(desk: RealDesk, pane: Any) -> None:
    """The second person types name and password."""
    pane.setFocus()
    desk.type("jianglan")
    desk.press("Return")
    desk.type(PASSWORD)
    desk.press("Return")
    desk.wait(lambda: pane.approval_id is not None)


def test_the_register_with_empties_a_residue_and_a_count(pharmacist: RealDesk, clinic: Clinic) -> None:
    hand_over(clinic, visits.new_patient(clinic, "孟痛"), 2)
    page = pharmacist.desk.go_to(REGISTER)
    pharmacist.wait(lambda: page.rows.rows())
    pharmacist.press("F8")
    pharmacist.wait(lambda: len(page.rows.rows()) == 1)
    pharmacist.press("Alt+2", "Return")
    pharmacist.type("2")
    pharmacist.press("Return")
    page.row_side.whom.setText("患者家属")
    shot(pharmacist, "register")
    pharmacist.press("F12", "F12")
    pharmacist.wait(lambda: page.rows.rows()[0].empties == 2)
    page.row_side.act.setFocus()
    pharmacist.press("Right")
    page.row_side.amount.setText("4")
    page.row_side.way.setText("倒入下水道")
    shot(pharmacist, "register-residue")
    sign(pharmacist, page.row_side.approval)
    pharmacist.press("F12")
    pharmacist.wait(lambda: page.rows.rows()[0].residue == D(4))
    page.view.setFocus()
    pharmacist.press("Right")
    pharmacist.wait(lambda: page.daily.rows())
    shot(pharmacist, "register-daily")
    assert next(row for row in page.daily.rows() if row.went).empties == 2
    count_with_a_difference(pharmacist, page)
    shot(pharmacist, "register-counts")


def count_with_a_difference(desk: RealDesk, page: Any) -> None:
    """Every batch but one as the book says; the difference is named, explained and kept."""
    desk.press("F3")
    desk.wait(lambda: page.count_side.count.batches)
    short = page.count_side.count.batches[0]
    for batch in page.count_side.count.batches:
        desk.type(f"{batch.on_hand - (batch is short):f}")
        desk.press("Return")
    shot(desk, "register-counting")
    sign(desk, page.count_side.approval)
    desk.press("F12")
    desk.wait(lambda: page.count_side.note.hasFocus())
    shot(desk, "register-difference")
    page.count_side.note.setText("少一支，已报告院长")
    desk.press("F12")
    desk.wait(lambda: page.counts.rows())
    line = next(line for line in page.counts.rows()[0].lines if line.booked != line.counted)
    assert line.booked - line.counted == 1
