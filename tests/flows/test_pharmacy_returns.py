"""Returns at the pharmacy's real window: by keyboard and scanner alone, against the real service."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from client import theme
from client.pharmacy.papers import prescription_code
from client.pharmacy.returning import DRAFTS, ReturnDraft, Returning
from common.domain.returning import Condition, ReturnReason
from common.i18n import CHINESE, set_language
from common.messages.pharmacy import Dispense, PickPrescription, Scan
from common.messages.returns import GetReturnable, ListReturns, ReturnDrugs, ReturnLine
from installer.sample import PASSWORD
from tests.flows.test_pharmacy import Window, paid, state, trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from common.messages.consult import PrescriptionFacts
    from tests.harness import Clinic


@pytest.fixture
def window(qapp: QApplication, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = Window(clinic, tmp_path)
    yield made
    made.close()


def handed(clinic: Clinic, packs: int, name: str, *, login: str = "suye") -> tuple[PrescriptionFacts, list[str]]:
    """So many whole packs are with the patient, by their own codes."""
    prescription = paid(clinic, "布洛芬", name=name, packs=packs)
    (line,) = prescription.lines
    codes = [trace(clinic, line.drug_id, line.id * 100 + pack) for pack in range(packs)]
    desk = clinic.desk(login)
    desk.call(PickPrescription(prescription_id=prescription.id))
    desk.call(Dispense(prescription_id=prescription.id, scans=tuple(Scan(line_id=line.id, code=code) for code in codes)))
    return prescription, codes


def work(window: Window) -> Returning | None:
    """What is open to be returned."""
    return window.desk.model.returns.work


def opened(window: Window, prescription: PrescriptionFacts) -> None:
    """F8, and the prescription's barcode."""
    window.press("F8")
    window.scan(prescription_code(prescription.number))
    window.wait(lambda: work(window) is not None)
    window.rest()


def test_a_pack_comes_back_by_five_keys_and_scans(clinic: Clinic, window: Window) -> None:
    prescription, codes = handed(clinic, 2, "张小三")
    opened(window, prescription)
    window.scan(codes[0])
    window.press("4", "F12")  # the doctor changed it
    window.wait(lambda: work(window) is None)
    window.rest()
    assert state(clinic, prescription) == "PART_RETURNED"
    (back,) = clinic.desk("suye").call(ListReturns()).returns
    assert (back.patient_name, back.reason) == ("张小三", ReturnReason.DOCTOR_CHANGED)
    assert back.number in window.said
    assert len(window.receipts(1)) == 1
    assert [entry.return_id for entry in window.desk.model.returns.today] == [back.return_id]


def test_a_pack_of_somebody_else_is_refused_and_what_was_opened_goes_into_quarantine(clinic: Clinic, window: Window) -> None:
    _, others = handed(clinic, 1, "李小四")
    prescription, codes = handed(clinic, 1, "王小五")
    opened(window, prescription)
    window.scan(others[0])
    assert others[0] in window.said
    window.scan(codes[0])
    window.press("Alt+2", "Enter")
    window.type("6")
    window.press("Enter")
    assert [row.quantity for row in (work(window) or pytest.fail("nothing is open")).taken] == [6]
    window.press("4", "F12")  # for this reason nothing opened comes back
    assert work(window) is not None
    window.scan(codes[0])
    window.press("2", "F12")
    window.wait(lambda: work(window) is None)
    window.rest()
    kept = clinic.database.value("SELECT string_agg(condition, ',') FROM drug_return_line")
    assert kept == Condition.QUARANTINED


def test_a_wrong_hand_over_is_undone_with_the_one_who_made_it(clinic: Clinic, window: Window) -> None:
    prescription, _ = handed(clinic, 1, "赵小六", login="jianglan")
    opened(window, prescription)
    window.press("F10", "1", "F12")
    assert state(clinic, prescription) == "DISPENSED"  # somebody else's: a second person is asked for
    window.type("jianglan")
    window.press("Enter")
    window.type(PASSWORD)
    window.press("Enter")
    window.wait(lambda: (work(window) or pytest.fail("nothing is open")).approval_id is not None)
    window.press("F12")
    window.wait(lambda: work(window) is None)
    window.rest()
    assert state(clinic, prescription) == "PAID"


def test_a_half_scanned_return_survives_a_power_cut(clinic: Clinic, window: Window) -> None:
    prescription, codes = handed(clinic, 3, "钱小八")
    opened(window, prescription)
    window.scan(codes[0])
    window.scan(codes[2])
    window.press("4")
    journal = window.desk.place.journal
    window.wait(lambda: (kept := journal.draft(f"{DRAFTS}{prescription.id}", ReturnDraft)) is not None and kept.reason is not None)
    left = window.power_cut("suye")
    again = Window(clinic, left, "suye")
    try:
        again.front()
        assert "F8" in again.said
        again.press("F8")
        again.wait(lambda: work(again) is not None)
        again.rest()
        found = work(again)
        assert found is not None
        assert [sorted(row.codes) for row in found.taken] == [sorted((codes[0], codes[2]))]
        assert found.reason is ReturnReason.DOCTOR_CHANGED
        again.press("F12")
        again.wait(lambda: work(again) is None)
        again.rest()
        assert again.desk.place.journal.drafts(DRAFTS) == []
    finally:
        again.close()
    assert state(clinic, prescription) == "PART_RETURNED"


def test_what_changed_elsewhere_is_read_anew_and_escape_leads_back(clinic: Clinic, window: Window) -> None:
    prescription, codes = handed(clinic, 1, "孙小七")
    opened(window, prescription)
    window.scan(codes[0])
    other = clinic.desk("jianglan")
    (line,) = other.call(GetReturnable(prescription_id=prescription.id)).lines
    lines = (
        ReturnLine(
            line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=line.pack_size, condition=Condition.SALEABLE, codes=(codes[0],)
        ),
    )
    other.call(ReturnDrugs(prescription_id=prescription.id, reason=ReturnReason.DOCTOR_CHANGED, lines=lines))
    window.press("4", "F12")
    window.wait(lambda: (found := work(window)) is not None and bool(found.facts.returns))
    window.press("Esc", "Esc")
    assert not window.desk.model.returns.shown
    window.press("F8", "Esc")
    assert not window.desk.model.returns.shown
