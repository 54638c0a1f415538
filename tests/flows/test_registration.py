"""The registration window against the real service and devices: by card, by typing, refused, taken back, two desks at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from client import theme
from client.counter.cards import card_of
from client.counter.devices import RECEIPT
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, set_language
from common.messages.patients import CorrectPatient, GetPatient
from tests import visits
from tests.client.registration.real_desk import RealDesk, has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.harness import Clinic

ID_NUMBER = "11010519491231002X"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals and print jobs lie."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def clerk(qapp: QApplication, clinic: Clinic, folder: Path) -> Iterator[RealDesk]:
    """The clerk at her desk, sessions loaded."""
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "registration", visits.CLERK, folder)
    made.wait(lambda: made.desk.model.listed and made.desk.place.lists)
    yield made
    made.close()


def known(clinic: Clinic, **fields: object) -> int:
    """A patient with an ID card on file."""
    born = {"birth_date": date(1949, 12, 31), "sex": "2", "document_kind": "id_card", "document_number": ID_NUMBER}
    return visits.new_patient(clinic, "王芳", **(born | fields)).id


def test_a_known_card_registers_with_one_key(clerk: RealDesk, clinic: Clinic) -> None:
    patient_id = known(clinic)
    clerk.card(card_of(ID_NUMBER, "王芳", today=clerk.desk.model.today))
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    clerk.press("F12")
    assert clerk.keys == 1
    clerk.wait(lambda: clerk.desk.model.done is not None)
    done = clerk.desk.model.done
    assert done.queue_number in clerk.said
    slip, receipt = clerk.receipts(2)
    assert has(slip, done.queue_number)
    assert has(slip, "王*")
    assert has(receipt, done.receipt.invoice_number)
    clerk.wait(lambda: clerk.devices.drawer_open)
    assert clinic.database.value("SELECT state FROM visit WHERE patient_id = %s", patient_id) == "WAITING"
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0


def test_a_new_card_fills_the_form_and_f12_files_and_registers(clerk: RealDesk, clinic: Clinic) -> None:
    clerk.card(card_of(ID_NUMBER, "王芳", today=clerk.desk.model.today))
    clerk.wait(lambda: clerk.desk.identity.writing)
    clerk.rest()
    clerk.press("F12")
    clerk.wait(lambda: clerk.desk.model.done is not None)
    assert clerk.keys <= 4
    assert clinic.database.value("SELECT name FROM patient WHERE document_number = %s", ID_NUMBER) == "王芳"
    assert clinic.database.value("SELECT count(*) FROM visit") == 1


def test_typed_with_change(clerk: RealDesk, clinic: Clinic) -> None:
    known(clinic)
    clerk.press("F2")
    clerk.type("wf")
    clerk.press("Return")
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    clerk.type("bh")
    assert clerk.desk.model.session.doctor == "白荷" or clerk.desk.model.session.doctor.startswith("白")
    clerk.press("Return")
    clerk.type("100")
    fee = clerk.desk.model.fee_fen
    clerk.press("F12")
    clerk.wait(lambda: clerk.desk.model.done is not None)
    assert clerk.desk.model.done.receipt.change_fen == 10000 - fee
    assert clinic.database.value("SELECT change_fen FROM payment") == 10000 - fee


def test_a_second_time_with_the_same_doctor_is_refused_in_place(clerk: RealDesk, clinic: Clinic) -> None:
    patient_id = known(clinic)
    clerk.scan(make_code(OwnKind.PATIENT, patient_id))
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    clerk.press("F12")
    clerk.wait(lambda: clerk.desk.model.done is not None)
    first = clerk.desk.model.session_id
    clerk.desk.model.done = None
    clerk.press("F12")
    clerk.wait(lambda: clerk.desk.model.trouble)
    assert clerk.desk.model.session_id == first
    assert "王芳" in clerk.desk.fee.note.text()
    assert clinic.database.value("SELECT count(*) FROM visit") == 1


def test_a_visit_slip_finds_the_patient_and_the_visit_is_taken_back(clerk: RealDesk, clinic: Clinic) -> None:
    patient_id = known(clinic)
    visit = visits.register(clinic, patient_id)
    clerk.scan(make_code(OwnKind.VISIT, int(visit.visit_number)))
    clerk.wait(lambda: clerk.desk.model.patient is not None and clerk.desk.model.patient.today is not None)
    clerk.rest()
    clerk.press("F8")
    clerk.wait(lambda: clerk.window.frame is not None and clerk.window.frame.question.isVisible())
    clerk.press("Shift+Tab", "Return")
    clerk.type("家中有事")
    clerk.press("Return")
    clerk.wait(lambda: "退还" in clerk.said)
    (paper,) = clerk.receipts(1)
    assert has(paper, "退费单")
    assert has(paper, "家中有事")
    assert clinic.database.value("SELECT state FROM visit WHERE id = %s", visit.visit_id) == "CANCELLED"
    assert clinic.database.value("SELECT sum(amount_fen) FROM payment") == 0


def test_f9_prints_what_was_just_done_again(clerk: RealDesk, clinic: Clinic) -> None:
    clerk.scan(make_code(OwnKind.PATIENT, known(clinic)))
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    clerk.press("F12")
    clerk.receipts(2)
    clerk.rest()
    clerk.press("F9")
    assert all(has(paper, "补打 1") for paper in clerk.receipts(4)[2:])


def test_other_desks_take_numbers_and_the_choice_stays(clerk: RealDesk, clinic: Clinic) -> None:
    known(clinic)
    other = visits.new_patient(clinic, "李明")
    before = visits.session_of(clinic)
    clerk.wait(lambda: clerk.desk.model.session is not None)
    chosen = clerk.desk.model.session_id
    visits.register(clinic, other.id)
    clerk.wait(lambda: any(each.id == before.id and each.left == before.left - 1 for each in clerk.desk.model.listed))
    assert clerk.desk.model.session_id == chosen


def test_two_desks_correct_one_file(clerk: RealDesk, clinic: Clinic) -> None:
    patient_id = known(clinic)
    clerk.scan(make_code(OwnKind.PATIENT, patient_id))
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    clerk.press("F4")
    clerk.desk.identity.form.phone.setText("13900002222")
    theirs = clinic.desk(visits.CLERK).call(GetPatient(patient_id=patient_id))
    import msgspec

    file = msgspec.structs.replace(theirs.file, address="某街 1 号")
    clinic.desk(visits.CLERK).call(CorrectPatient(patient_id=patient_id, version=theirs.version, file=file))
    clerk.press("Ctrl+S")
    clerk.wait(lambda: "住址" in clerk.said)
    assert clerk.desk.identity.form.phone.text() == "13900002222"
    clerk.press("Ctrl+S")
    clerk.wait(lambda: clinic.database.value("SELECT phone FROM patient WHERE id = %s", patient_id) == "13900002222")


def test_a_duplicate_is_refused_and_the_file_opened(clerk: RealDesk, clinic: Clinic) -> None:
    patient_id = known(clinic, document_kind="none", document_number="")
    clerk.press("F3")
    form = clerk.desk.identity.form
    for field, words in ((form.document_number, ID_NUMBER), (form.name, "王芳")):
        field.setText(words)
    clerk.wait(lambda: clerk.desk.card.likeness.table.rows())
    clerk.press("Ctrl+S")
    clerk.wait(lambda: clerk.window.frame is not None and clerk.window.frame.question.isVisible())
    clerk.press("Shift+Tab", "Shift+Tab", "Return")
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    assert clerk.desk.model.patient.id == patient_id
    assert clinic.database.value("SELECT count(*) FROM patient") == 1


def test_the_printer_is_out_of_paper_and_the_visit_stands(clerk: RealDesk, clinic: Clinic) -> None:
    clerk.devices.take_out_paper(RECEIPT)
    clerk.scan(make_code(OwnKind.PATIENT, known(clinic)))
    clerk.wait(lambda: clerk.desk.model.patient is not None)
    clerk.press("F12")
    clerk.wait(lambda: clerk.desk.model.done is not None)
    assert clinic.database.value("SELECT count(*) FROM visit") == 1
    assert clerk.devices.jobs(RECEIPT) == []
    clerk.refused_by_printer()
    clerk.devices.load_paper(RECEIPT)
    clerk.press("F9")
    # The receipt may come out first: where its turn comes after the paper was loaded, it never failed.
    clerk.wait(lambda: any(has(job, clerk.desk.model.done.queue_number) for job in clerk.devices.jobs(RECEIPT)))
