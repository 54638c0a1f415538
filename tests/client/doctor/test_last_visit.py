"""Taking over the last visit's record."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from common.messages.consult import GetEncounter
from common.messages.patients import VisitBrief
from tests.client.doctor import samples

if TYPE_CHECKING:
    from tests.client.doctor.conftest import DoctorStage


def _brief(id: int, state: str) -> VisitBrief:
    return VisitBrief(id=id, number=str(id), date=date(2026, 11, id), department="内科", doctor="方舟", state=state, queue_number="N001")


def _again(doctor: DoctorStage, *visits: VisitBrief) -> None:
    doctor.open(samples.encounter(patient=msgspec.structs.replace(samples.patient(), visits=visits)))
    earlier = samples.encounter("FINISHED", visit_id=1, record=samples.RECORD, diagnoses=samples.DIAGNOSES)
    doctor.stage.answers(GetEncounter, lambda _request: earlier)


def test_the_last_finished_visit_fills_what_is_empty(doctor: DoctorStage) -> None:
    _again(doctor, _brief(2, "CANCELLED"), _brief(1, "FINISHED"))
    doctor.stage.type("发热半天")
    doctor.stage.press("Ctrl+P")
    assert [request.visit_id for request in doctor.stage.asked(GetEncounter)] == [1]
    work = doctor.desk.model.work
    assert work is not None
    assert work.record.chief_complaint == "发热半天"
    assert work.record.examination == samples.RECORD.examination
    assert not work.record.first_visit
    assert tuple(work.diagnoses) == samples.DIAGNOSES
    assert work.missing() == []
    assert "11-01" in doctor.stage.said()


def test_without_an_earlier_visit_the_key_says_why(doctor: DoctorStage) -> None:
    _again(doctor, _brief(3, "WAITING"))
    doctor.stage.press("Ctrl+P")
    assert doctor.stage.asked(GetEncounter) == []
