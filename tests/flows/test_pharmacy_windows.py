"""Windows, calls and clean reviews by real keys against the real service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import theme
from client.hall.view import HallDesk
from client.windows.view import WindowsDesk
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, set_language
from common.messages.admin import AddStaff
from common.messages.pharmacy import PickPrescription
from common.messages.windows import (
    CallPatient,
    ListCalls,
    ListWindows,
    OpenWindow,
    PharmacyRules,
    ReserveAt,
    SetPharmacyRules,
    SetWindow,
)
from common.permissions import Role
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.flows.test_cashier import in_hand, owing
from tests.flows.test_pharmacy import Window, folder, paid, signed, state

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic

__all__ = ["folder"]


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> None:
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)


def test_a_patient_is_called_passed_and_called_again(clinic: Clinic, folder: Path) -> None:
    manager, other = clinic.desk("yuanzhang"), clinic.desk("jianglan")
    first, second = (manager.call(SetWindow(name=name)).window_id for name in ("1号窗口", "2号窗口"))
    other.call(OpenWindow(window_id=second))
    window = Window(clinic, folder)
    try:
        model = window.desk.model
        window.wait(lambda: len(model.windows.rows) == 2)
        window.press("Alt+W", "Return")  # the first that is offered
        window.wait(lambda: model.windows.standing is not None)
        assert window.desk.place.settings.window_id == first
        mine = paid(clinic, "氯雷他定", name="欧阳若溪")
        theirs = paid(clinic, "氯雷他定", name="张小三")
        window.wait(lambda: model.picking is not None and model.picking.facts.id == mine.id)
        assert [entry.prescription_id for entry in model.shown(model.mode)] == [mine.id]
        window.press("Alt+A")
        assert [entry.prescription_id for entry in model.shown(model.mode)] == [mine.id, theirs.id]
        window.rest()
        window.press("F11")
        window.wait(lambda: any(entry.called for entry in model.to_dispense))
        (call,) = other.call(ListCalls()).calls
        assert (call.patient, call.window, call.times) == ("欧**溪", "1号窗口", 1)
        window.press("Alt+N")
        window.wait(lambda: any(entry.passed for entry in model.to_dispense))
        assert other.call(ListCalls()).calls[0].passed
        window.press("Alt+W")
        window.rest()
    finally:
        window.close()


def test_the_screen_in_the_hall_shows_a_call_at_a_computer_of_its_own(clinic: Clinic, folder: Path) -> None:
    clinic.desk("admin").call(AddStaff(login="dating", name="大厅", roles=(Role.HALL_SCREEN,), password=PASSWORD, keep_password=True))
    pharmacist = clinic.desk("suye")
    window_id = clinic.desk("yuanzhang").call(SetWindow(name="1号窗口")).window_id
    pharmacist.call(OpenWindow(window_id=window_id))
    prescription = paid(clinic, "氯雷他定", name="欧阳若溪")
    hall = RealDesk(clinic, "hall", "dating", folder)
    try:
        assert isinstance(hall.desk, HallDesk)
        screen = hall.desk.hall.screen
        assert screen.isVisible()
        hall.wait(lambda: screen.doubt() == "")
        pharmacist.call(PickPrescription(prescription_id=prescription.id))
        pharmacist.call(CallPatient(prescription_id=prescription.id, window_id=window_id))
        hall.wait(lambda: [(call.patient, call.window) for call in screen.called()] == [("欧**溪", "1号窗口")])
        assert clinic.database.value("SELECT number FROM visit WHERE id = %s", prescription.visit_id).endswith(screen.called()[0].number)
        hall.window.idle_lock.seen_at -= 24 * 3600
        hall.window.idle_lock.look()
        assert not hall.window.locked()  # nobody is there to unlock it
    finally:
        hall.close()


def test_clean_ones_are_passed_by_one_signature(clinic: Clinic, folder: Path) -> None:
    clinic.desk("yuanzhang").call(SetPharmacyRules(rules=PharmacyRules(batch_review=True)))
    both = [signed(clinic, "氯雷他定", name=name) for name in ("褚一", "褚二")]
    window = Window(clinic, folder)
    try:
        model = window.desk.model
        window.wait(lambda: len(model.batch.clean(model.to_review)) == 2)
        window.rest()
        window.press("Alt+P", "Return")
        window.wait(lambda: [state(clinic, each) for each in both] == ["APPROVED"] * 2)
        window.rest()
        assert model.review is None
    finally:
        window.close()


def test_the_manager_sets_windows_and_rules_by_keys(clinic: Clinic, folder: Path) -> None:
    made = RealDesk(clinic, "windows", "yuanzhang", folder)
    try:
        desk = made.desk
        assert isinstance(desk, WindowsDesk)
        made.wait(lambda: desk.model.rules is not None)
        made.press("F3")
        made.type("3号窗口")
        made.press("F12")
        made.wait(lambda: [window.name for window in desk.model.windows] == ["3号窗口"])
        assert [window.name for window in clinic.desk("suye").call(ListWindows()).windows] == ["3号窗口"]
    finally:
        made.close()


def test_the_cashier_reads_which_drug_is_gone_and_takes_no_money(clinic: Clinic, folder: Path) -> None:
    clinic.desk("yuanzhang").call(SetPharmacyRules(rules=PharmacyRules(reserve_at=ReserveAt.PAYMENT)))
    debt = owing(clinic, "褚三", "氯雷他定")
    cashier = RealDesk(clinic, "cashier", visits.CASHIER, folder)
    try:
        cashier.front()
        cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
        in_hand(cashier, debt.patient_id)
        clinic.database.run("UPDATE stock_level SET reserved = on_hand")  # somebody else holds everything
        cashier.press("F12")
        cashier.wait(lambda: "氯雷他定" in cashier.said)
        assert "没有收费" in cashier.said
        assert clinic.database.value("SELECT count(*) FROM charge_line WHERE state = 'PENDING' AND patient_id = %s", debt.patient_id) != 0
        clinic.database.run("UPDATE stock_level SET reserved = 0")
        cashier.press("F12")
        cashier.wait(lambda: cashier.desk.model.last is not None)
        assert state(clinic, debt.prescription) == "PAID"
    finally:
        cashier.close()
