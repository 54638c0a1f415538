"""The pharmacy's real window against the real service, its devices at the other end of their wires."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from client import capture, robot, theme
from client.counter.devices import LABEL
from client.pharmacy.model import Mode
from client.pharmacy.papers import prescription_code
from client.pharmacy.picking import Picking
from client.pharmacy.view.desk import PharmacyDesk
from common.i18n import CHINESE, set_language
from common.messages.consult import GetPrescription, PrescriptionFacts, PrescriptionKind, SignPrescription, VoidPrescription
from common.messages.pharmacy import PickPrescription
from printing.render import render_png
from tests import visits
from tests.client.registration.real_desk import RealDesk, has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic


class Window(RealDesk):
    """One pharmacist at a window with simulated devices; the scanner types."""

    def __init__(self, clinic: Clinic, folder: Path, login: str = "suye") -> None:
        super().__init__(clinic, "pharmacy", login, folder)
        self.wait(lambda: len(self.desk.model.loaded) == 2)

    @property
    def desk(self) -> PharmacyDesk:
        desk = super().desk
        assert isinstance(desk, PharmacyDesk)
        return desk

    def at_rest(self) -> bool:
        """No prescription is on its way to the screen."""
        return super().at_rest() and not self.desk.model.opening and not self.desk.model.reading

    def press(self, *names: str) -> None:
        """Press keys and go on at once: what a second press meanwhile does is the point of some tests."""
        for name in names:
            robot.press(self.window, name)
            capture.settle()

    def scan(self, code: str) -> None:
        """Scan and go on at once."""
        robot.scan(self.window, code)
        capture.settle()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def window(qapp: QApplication, clinic: Clinic, folder: Path) -> Iterator[Window]:
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = Window(clinic, folder)
    yield made
    made.close()


def signed(clinic: Clinic, *drugs: str, name: str = "张小三") -> PrescriptionFacts:
    """A signed prescription that waits for review."""
    patient = visits.new_patient(clinic, name)
    registered = visits.register(clinic, patient.id)
    visits.consult(clinic, registered.visit_id)
    return visits.prescribe(clinic, registered.visit_id, *drugs)


def whole_packs(clinic: Clinic, drug: str, packs: int, name: str) -> PrescriptionFacts:
    """A signed prescription of so many whole packs: none of them is opened, so that no code may go out twice."""
    patient = visits.new_patient(clinic, name)
    registered = visits.register(clinic, patient.id)
    visits.consult(clinic, registered.visit_id)
    found = visits.drug(clinic, drug)
    lines = (visits.line(found, quantity=found.pack_size * packs),)
    return clinic.desk(visits.DOCTOR).call(SignPrescription(visit_id=registered.visit_id, kind=PrescriptionKind.ORDINARY, lines=lines))


def paid(clinic: Clinic, *drugs: str, name: str = "张小三", packs: int = 0) -> PrescriptionFacts:
    """A paid prescription; with ``packs`` so many whole packs of one drug."""
    prescription = whole_packs(clinic, drugs[0], packs, name) if packs else signed(clinic, *drugs, name=name)
    visits.approve(clinic, prescription.id)
    visits.settle_all(clinic, prescription.patient_id)
    return prescription


def state(clinic: Clinic, prescription: PrescriptionFacts) -> str:
    return str(clinic.database.value("SELECT state FROM prescription WHERE id = %s", prescription.id))


def trace(clinic: Clinic, drug_id: int, serial: int) -> str:
    """A 追溯码 of a pack of this drug."""
    prefix = clinic.database.value("SELECT code FROM drug_code WHERE kind = 'trace_prefix' AND drug_id = %s", drug_id)
    return f"{prefix}{serial:013d}"


def opened(window: Window) -> Picking | None:
    """What is open to be handed over."""
    return window.desk.model.picking


def test_one_key_reviews_and_the_next_opens(clinic: Clinic, window: Window) -> None:
    first = signed(clinic, "阿莫西林胶囊", "布洛芬")
    second = signed(clinic, "氯雷他定", name="李小四")
    window.wait(lambda: window.desk.model.review is not None and window.desk.model.review.facts.id == first.id)
    window.rest()
    assert window.desk.patient is not None
    assert window.desk.patient.file.name == "张小三"
    window.press("F12")
    window.wait(lambda: window.desk.model.review is not None and window.desk.model.review.facts.id == second.id)
    assert state(clinic, first) == "APPROVED"
    window.press("F12")  # the second press of an impatient hand decides nothing unseen
    window.rest()
    assert state(clinic, second) == "SUBMITTED"
    reviewer = clinic.desk("suye").call(GetPrescription(prescription_id=first.id)).reviewer
    assert reviewer == "苏叶"


def test_dispensing_is_one_key_and_the_scans(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "阿莫西林胶囊", "布洛芬", "氯雷他定")
    window.wait(lambda: window.desk.model.picking is not None)
    picking = window.desk.model.picking
    assert picking is not None
    ended: list[object] = []
    window.desk.place.paper.finished.connect(ended.append)
    for line in reversed(prescription.lines):  # in any order, wherever the focus is
        for serial in range(picking.wanted(line.id)):
            window.scan(trace(clinic, line.drug_id, 100 + serial))
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")
    window.wait(lambda: len(window.devices.jobs(LABEL)) == 3)
    assert all(render_png(job, window.devices.media(LABEL)) for job in window.devices.jobs(LABEL))
    window.wait(lambda: "已发药：张小三，3 种药" in window.said)
    assert window.desk.model.picking is None
    window.wait(lambda: len(ended) == 3)
    window.press("F9")
    window.wait(lambda: len(window.devices.jobs(LABEL)) == 6)


def test_wrong_and_sold_packs_are_refused(clinic: Clinic, window: Window) -> None:
    before = paid(clinic, "布洛芬", packs=2)
    drug = before.lines[0].drug_id
    window.wait(lambda: window.desk.model.picking is not None)
    window.scan(trace(clinic, drug, 0))
    window.scan(trace(clinic, drug, 0))  # the very same pack again
    window.wait(lambda: "已经扫过" in window.said)
    window.scan(trace(clinic, drug, 1))
    window.press("F12")  # while the last pack is still being asked about
    window.wait(lambda: state(clinic, before) == "DISPENSED")
    after = paid(clinic, "布洛芬", name="李小四", packs=1)
    window.wait(lambda: window.desk.model.picking is not None and window.desk.model.picking.facts.id == after.id)
    window.rest()
    window.scan(trace(clinic, drug, 0))
    window.wait(lambda: "已发出" in window.said or "发出过" in window.said or "已经发" in window.said)
    window.scan("2099999999990")
    window.wait(lambda: "拿错了" in window.said)
    assert window.desk.model.picking is not None
    assert window.desk.model.picking.scans == []
    window.press("F12")
    window.rest()
    assert state(clinic, after) == "PICKED"
    assert "1 盒中已扫 0 盒" in window.said


def test_scans_survive_the_window(clinic: Clinic, window: Window, folder: Path) -> None:
    prescription = paid(clinic, "布洛芬")
    line = prescription.lines[0]
    window.wait(lambda: window.desk.model.picking is not None)
    window.scan(visits.barcode(clinic, line.drug_id))
    window.wait(lambda: bool(window.desk.model.picking and window.desk.model.picking.scans))
    window.press("Esc")
    window.rest()
    assert opened(window) is None, "what was put away stays away"
    window.scan(prescription_code(prescription.number))
    window.wait(lambda: opened(window) is not None)
    picking = opened(window)
    assert picking is not None
    assert len(picking.scans) == 1


def test_no_code_by_two_keys(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "布洛芬")
    window.wait(lambda: window.desk.model.picking is not None)
    window.rest()
    window.press("F6", "4")
    assert window.desk.model.picking is not None
    assert list(window.desk.model.picking.without.values()) == ["damaged"]
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")
    reason = clinic.database.value("SELECT no_code_reason FROM prescription_line WHERE prescription_id = %s", prescription.id)
    assert reason == "damaged"


def test_sent_back_with_reasons(clinic: Clinic, window: Window) -> None:
    prescription = signed(clinic, "布洛芬")
    window.wait(lambda: window.desk.model.review is not None)
    window.rest()
    window.press("F7", "3", "7", "Return")
    robot.type_text(window.window, "减量")
    window.press("Return")
    window.wait(lambda: state(clinic, prescription) == "REJECTED")
    found = clinic.desk(visits.DOCTOR).call(GetPrescription(prescription_id=prescription.id))
    assert found.rejection == "dose; allergy; 减量"


def test_two_pharmacists_on_one_prescription(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "布洛芬")
    window.wait(lambda: window.desk.model.picking is not None)
    window.rest()
    visits.hand_over(clinic, prescription.id)  # the same login at another desk
    window.wait(lambda: window.desk.model.picking is None)
    assert prescription.number in window.said
    assert "已发药" in window.said


def test_what_another_has_begun_is_not_taken_up(clinic: Clinic, window: Window, folder: Path) -> None:
    window.desk.model.mode_chosen = True
    window.desk.model.put_away = True
    prescription = paid(clinic, "布洛芬")
    clinic.desk("jianglan").call(PickPrescription(prescription_id=prescription.id))
    window.wait(lambda: bool(window.desk.model.to_dispense) and window.desk.model.to_dispense[0].state == "PICKED")
    window.rest()
    assert window.desk.model.picking is None
    window.press("Alt+2", "Return")
    window.wait(lambda: window.desk.model.picking is not None)
    window.wait(lambda: "江蓝" in window.said)


def test_stock_that_is_gone_is_said(clinic: Clinic, window: Window) -> None:
    window.desk.model.put_away = True
    prescription = paid(clinic, "布洛芬")
    clinic.database.run("UPDATE stock_balance SET expires = current_date - 1 WHERE drug_id = %s", prescription.lines[0].drug_id)
    window.wait(lambda: bool(window.desk.model.to_dispense))
    window.rest()
    window.press("Alt+2", "Return")
    window.wait(lambda: "库存不足" in window.said)
    assert "库存不足" in window.desk.model.problem
    assert window.desk.model.picking is None


def test_an_expired_prescription_cannot_be_approved(clinic: Clinic, window: Window) -> None:
    prescription = signed(clinic, "布洛芬")
    window.wait(lambda: window.desk.model.review is not None)
    window.rest()
    clinic.database.run("UPDATE prescription SET valid_until = now() - interval '1 minute' WHERE id = %s", prescription.id)
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "EXPIRED")
    window.wait(lambda: prescription.number in window.said)
    window.wait(lambda: window.desk.model.review is None)


def test_voided_under_review(clinic: Clinic, window: Window) -> None:
    prescription = signed(clinic, "布洛芬")
    window.wait(lambda: window.desk.model.review is not None)
    window.rest()
    clinic.desk(visits.DOCTOR).call(VoidPrescription(prescription_id=prescription.id, reason="写错"))
    window.wait(lambda: window.desk.model.review is None)
    assert "作废" in window.said
    assert window.desk.model.mode is Mode.REVIEW


def test_pick_lists_on_paper_of_the_open_one_and_of_all_that_wait(clinic: Clinic, window: Window) -> None:
    first = paid(clinic, "阿莫西林胶囊", "布洛芬", name="褚一一")
    window.wait(lambda: opened(window) is not None)
    other = paid(clinic, "氯雷他定", name="褚二二")
    window.wait(lambda: len(window.desk.model.unpicked()) == 1)
    window.press("Ctrl+P")
    (paper,) = window.receipts(1)
    picking = opened(window)
    assert picking is not None
    assert all(has(paper, words) for words in ("配药单", "褚一一", first.number, first.patient_number, picking.picked.picks[0].lot))
    window.press("Ctrl+Shift+P", "Return")
    assert has(window.receipts(2)[1], other.number)
    window.wait(lambda: window.desk.model.unpicked() == [])
    assert state(clinic, other) == "PICKED"
    window.rest()
    window.scan(prescription_code(other.number))  # off the list in the hand
    window.wait(lambda: (now := opened(window)) is not None and now.facts.id == other.id)
