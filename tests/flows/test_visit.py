"""A whole visit through the service, by all roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.messages.consult import GetEncounter
from common.messages.patients import SearchPatients
from tests import visits

if TYPE_CHECKING:
    from tests.harness import Clinic


def test_a_patient_walks_through(clinic: Clinic) -> None:
    patient = visits.new_patient(clinic)
    hits = clinic.desk(visits.CLERK).call(SearchPatients(text="zxs")).hits
    assert [hit.id for hit in hits] == [patient.id]
    registered = visits.register(clinic, patient.id)
    assert registered.queue_number == "N001"
    assert registered.receipt is not None
    visits.consult(clinic, registered.visit_id)
    prescription = visits.prescribe(clinic, registered.visit_id, "阿莫西林胶囊", "布洛芬", "氯雷他定")
    visits.approve(clinic, prescription.id)
    settled = visits.settle_all(clinic, patient.id, given=100_00)
    assert settled.total_fen == prescription.amount_fen
    assert settled.change_fen == 100_00 - settled.total_fen
    handed = visits.hand_over(clinic, prescription.id)
    assert len(handed.labels) == 3
    visits.finish(clinic, registered.visit_id)
    encounter = clinic.desk(visits.DOCTOR).call(GetEncounter(visit_id=registered.visit_id))
    assert encounter.state == "FINISHED"
    assert encounter.prescriptions[0].state == "DISPENSED"
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
