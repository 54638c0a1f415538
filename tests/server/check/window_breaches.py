"""Breaches about the pharmacy's windows, and the life that they are planted into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.messages.pharmacy import PickPrescription
from common.messages.reviewing import DoctorOutcome, RecordDoctorCall
from common.messages.windows import CallPatient, CloseWindow, OpenWindow, PassPatient, SetWindow
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from tests.harness import Clinic

_WAITS: Final = (
    "(SELECT q.prescription_id FROM window_queue q JOIN prescription p ON p.id = q.prescription_id WHERE p.state = 'PAID' LIMIT 1)"
)

WINDOWS: Final = (
    plant("window_kind", "UPDATE pharmacy_window SET kinds = '{herbal}' WHERE open"),
    plant("window_weight", f"UPDATE window_queue SET weight = weight + 1 WHERE prescription_id = {_WAITS}"),
    plant("window_paid", "UPDATE window_queue SET prescription_id = (SELECT min(id) FROM prescription WHERE paid_at IS NULL)"
          f" WHERE prescription_id = {_WAITS}"),
    plant(
        "call_order",
        "INSERT INTO pharmacy_call (prescription_id, window_id, act, staff_id, at)"
        " SELECT prescription_id, window_id, 'PASS', staff_id, now() FROM pharmacy_call, generate_series(1, 2) WHERE act = 'PASS'",
    ),
    plant("doctor_call_review", "UPDATE prescription SET reviewed_at = signed_at WHERE id = (SELECT prescription_id FROM doctor_call LIMIT 1);"
          "UPDATE doctor_call SET at = at - interval '1 day'"),
)  # fmt: skip


def live_with_windows(clinic: Clinic) -> None:
    """Two windows, one closed again; one prescription waits, one was called, passed and called again; a doctor was asked."""
    pharmacist, manager = clinic.desk(visits.PHARMACIST), clinic.desk("yuanzhang")
    first, second = (manager.call(SetWindow(name=name)).window_id for name in ("1号窗口", "2号窗口"))
    for window_id in (first, second):
        pharmacist.call(OpenWindow(window_id=window_id))
    _waiting, called = (_paid(clinic, name) for name in ("吕一", "吕二"))
    pharmacist.call(PickPrescription(prescription_id=called))
    pharmacist.call(CallPatient(prescription_id=called, window_id=second))
    pharmacist.call(PassPatient(prescription_id=called))
    pharmacist.call(CallPatient(prescription_id=called, window_id=second))
    pharmacist.call(CloseWindow(window_id=second))


def _paid(clinic: Clinic, name: str) -> int:
    patient = visits.new_patient(clinic, name).id
    visit = visits.register(clinic, patient).visit_id
    visits.consult(clinic, visit)
    prescription = visits.prescribe(clinic, visit, "布洛芬").id
    clinic.desk(visits.PHARMACIST).call(RecordDoctorCall(prescription_id=prescription, outcome=DoctorOutcome.CONFIRMED))
    visits.approve(clinic, prescription)
    visits.settle_all(clinic, patient)
    return prescription
