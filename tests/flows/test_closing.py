"""Shift and daily close at real desks against the real service, with keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import theme
from client.closing.count import Count
from common.i18n import CHINESE, set_language
from common.messages.close_sheet import DENOMINATIONS_FEN
from common.messages.closing import GetClosing
from tests import visits
from tests.client.registration.real_desk import RealDesk, has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals and print jobs lie."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def cashier(qapp: QApplication, clinic: Clinic, folder: Path) -> Iterator[RealDesk]:
    """The cashier at the desk of the daily close."""
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "closing", visits.CASHIER, folder)
    made.front()
    yield made
    made.close()


def sold(clinic: Clinic, name: str = "张小三") -> int:
    """A prescription that the cashier settled in cash; what it cost."""
    visit = visits.register(clinic, visits.new_patient(clinic, name).id)
    visits.consult(clinic, visit.visit_id)
    prescription = visits.prescribe(clinic, visit.visit_id, "布洛芬", "氯雷他定")
    visits.approve(clinic, prescription.id)
    return visits.settle_all(clinic, prescription.patient_id).total_fen


def type_count(desk: RealDesk, fen: int) -> None:
    """Type an amount piece by piece, Enter after each."""
    desk.wait(lambda: desk.desk.model.counting() and desk.desk.count.fields[DENOMINATIONS_FEN[0]].hasFocus())
    for value in DENOMINATIONS_FEN:
        pieces, fen = divmod(fen, value)
        if pieces:
            desk.type(str(pieces))
        desk.press("Return")
    desk.type(f"{fen / 100:.2f}")


def opened(desk: RealDesk, yuan: str) -> None:
    """Open a shift with a float."""
    desk.wait(lambda: desk.desk.model.closing is not None)
    desk.press("F3")
    desk.type(yuan)
    desk.press("F12")
    desk.wait(lambda: desk.desk.model.counting())


def test_a_whole_day_with_four_keys_after_the_count(cashier: RealDesk, clinic: Clinic) -> None:
    opened(cashier, "300")
    due = sold(clinic)
    cashier.wait(lambda: cashier.desk.model.own() is not None and cashier.desk.model.own().bills == 1)
    assert not any("¥" in figure for title, figure in cashier.desk.side._rows() if title == "现金")
    type_count(cashier, due + 300_00)
    assert cashier.desk.model.count().total_fen() == due + 300_00
    before = cashier.keys
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.own() is not None and cashier.desk.model.own().state == "COUNTED")
    assert "账款相符" in cashier.said
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.closes)
    assert cashier.keys - before <= 4
    (paper,) = cashier.receipts(1)
    assert has(paper, "日结单")
    assert has(paper, cashier.desk.model.close.sheet.number)
    assert (
        clinic.database.value("SELECT state FROM shift WHERE cashier_id = (SELECT id FROM staff WHERE login = %s)", visits.CASHIER)
        == "CLOSED"
    )
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
    cashier.press("F6")
    cashier.wait(lambda: len(cashier.desk.sheet.bills.rows()) == 1)
    cashier.press("Return")
    cashier.wait(lambda: len(cashier.desk.sheet.items.rows()) == 2)


def test_a_short_drawer_with_a_float_kept(cashier: RealDesk, clinic: Clinic) -> None:
    opened(cashier, "300")
    type_count(cashier, 295_00)
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.page() is cashier.desk.hand_over)
    assert "短款 ¥5.00" in cashier.said
    cashier.type("找零差错")
    cashier.press("Return")
    cashier.type("95")
    assert "200.00" in cashier.desk.hand_over.kept.text()
    cashier.press("F12")
    papers = cashier.receipts(2)
    assert has(papers[0], "短款")
    assert has(papers[1], "交班单")
    assert clinic.database.value("SELECT facts->>'kept_fen' FROM day_close") == "20000"
    cashier.press("F3")
    assert cashier.desk.opening.float.fen() == 200_00


def test_the_next_cashier_takes_over_at_another_desk(cashier: RealDesk, clinic: Clinic, folder: Path) -> None:
    clinic.database.run("UPDATE money_rules SET close_needs_acceptance = true")
    opened(cashier, "300")
    type_count(cashier, 300_00)
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.own().state == "COUNTED")
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.own().state == "SUBMITTED")
    (slip,) = cashier.receipts(1)
    assert has(slip, "交班单")
    other = RealDesk(clinic, "closing", "jinxing", folder / "other")
    try:
        other.front()
        other.wait(lambda: other.desk.model.closing is not None and other.desk.model.closing.to_accept)
        other.press("Alt+1", "Down", "F12")
        other.wait(lambda: not other.desk.model.closing.to_accept)
    finally:
        other.close()
    cashier.front()
    cashier.wait(lambda: cashier.desk.model.own().state == "ACCEPTED")  # by the change feed
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.closes)
    assert clinic.database.value("SELECT facts->>'accepted_by' FROM day_close") == "金杏"


def test_the_manager_rolls_the_day_up_and_opens_one_again_before(cashier: RealDesk, clinic: Clinic, folder: Path) -> None:
    opened(cashier, "300")
    type_count(cashier, 300_00)
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.own().state == "COUNTED")
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.closes)
    manager = RealDesk(clinic, "closing", "yuanzhang", folder / "manager")
    try:
        manager.front()
        manager.wait(lambda: manager.desk.model.roll_ups is not None and manager.desk.model.closes)
        manager.press("Alt+1", "Down", "F10")
        manager.type("再点一次")
        manager.press("F12")
        manager.wait(lambda: manager.desk.model.closes[0].reopened_at is not None)
        cashier.front()
        cashier.wait(lambda: cashier.desk.model.closing.shifts)
        cashier.press("Alt+1", "PgUp", "F12")
        cashier.wait(lambda: len(cashier.desk.model.closes) == 2)
        manager.front()
        manager.wait(lambda: manager.desk.model.roll_ups.days and not manager.desk.model.roll_ups.days[0].not_closed)
        manager.press("Alt+1", "PgUp", "F12")
        manager.wait(lambda: manager.desk.model.roll_ups.roll_ups)
        assert "已汇总" in manager.said
        manager.rest()
        assert manager.desk.model.chosen.startswith("rolled:")
    finally:
        manager.close()
    assert clinic.database.value("SELECT count(*) FROM shift WHERE state = 'ROLLED_UP'") == 1


def test_a_count_that_was_being_typed_is_there_after_a_crash(cashier: RealDesk, clinic: Clinic) -> None:
    opened(cashier, "300")
    cashier.type("2")
    shift = clinic.desk(visits.CASHIER).call(GetClosing()).shifts[0].id
    cashier.wait(lambda: cashier.desk.place.journal.draft(f"closing:count:{cashier.desk.model.staff_id}", dict) is not None)
    assert cashier.desk.model.counts == {shift: Count(pieces={100_00: 2})}


def test_an_open_matter_keeps_the_day_from_closing(cashier: RealDesk, clinic: Clinic) -> None:
    opened(cashier, "0")
    patient = visits.new_patient(clinic, "未决")
    clinic.database.run(
        "INSERT INTO settlement (kind, state, patient_id, plan, expected_fen, cashier_id, opened_at)"
        " SELECT 'SALE', 'OPEN', %s, '{}', 3860, id, now() FROM staff WHERE login = %s",
        patient.id,
        visits.CASHIER,
    )
    clinic.database.run("UPDATE settlement SET state = 'QUOTED'")
    cashier.press("F12")
    assert "先清点" in cashier.said
    assert cashier.desk.model.own().state == "OPENED"
    cashier.type("0")
    cashier.press("F5")
    cashier.wait(lambda: cashier.desk.model.closing.matters)
    cashier.press("F12")
    assert "未了" in cashier.said
    cashier.press("Alt+3", "Return")
    assert "收费台" in cashier.said
    assert clinic.database.value("SELECT count(*) FROM day_close") == 0
