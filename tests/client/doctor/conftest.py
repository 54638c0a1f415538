"""A doctor's desk on the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.messages.catalogue import DiagnosisHits, GetLists, SearchDiagnoses, SearchDrugs
from common.messages.consult import (
    GetEncounter,
    GetQueue,
    Queue,
    QueueEntry,
    RecordSaved,
    SaveRecord,
    SignPrescription,
    StartConsult,
)
from common.messages.patients import GetPatient
from tests.client.doctor import samples

if TYPE_CHECKING:
    from client.doctor.view.desk import DoctorDesk
    from common.messages.consult import Encounter
    from tests.client.stage import Stage


class DoctorStage:
    """The desk, the stage around it, and a service with one patient in it."""

    def __init__(self, stage: Stage) -> None:
        from client.doctor.view.desk import DoctorDesk

        self.stage = stage
        self.version = 0
        self.queue: list[QueueEntry] = list(samples.QUEUE)
        self.encounter = samples.encounter()
        stage.answers(GetLists, samples.LISTS)
        stage.answers(GetQueue, lambda _request: Queue(entries=tuple(self.queue)))
        stage.answers(SearchDrugs, lambda request: samples.drugs_for(request.text))
        stage.answers(SearchDiagnoses, lambda _request: DiagnosisHits(diagnoses=(samples.COLD, samples.BRONCHITIS)))
        stage.answers(StartConsult, lambda _request: self.encounter)
        stage.answers(GetEncounter, lambda _request: self.encounter)
        stage.answers(SaveRecord, self._save)
        stage.answers(GetPatient, lambda _request: self.encounter.patient)
        stage.answers(SignPrescription, samples.signed)
        self.desk: DoctorDesk = DoctorDesk(stage.place)
        self.desk.model.doctor_level = "restricted"

    def _save(self, request: SaveRecord) -> RecordSaved:
        self.version = request.version + 1
        return RecordSaved(version=self.version, signed=False)

    def open(self, encounter: Encounter | None = None) -> None:
        """Show the desk with a patient in consultation."""
        from client.doctor import actions

        self.encounter = encounter or self.encounter
        self.queue = [samples.entry(3, "张晓三", self.encounter.state) if each.visit_id == 3 else each for each in self.queue]
        self.stage.show(self.desk)
        actions.opened(self.desk, self.encounter)
        self.stage.settle()

    def write(self) -> None:
        """A whole record, as if it were typed."""
        for part, field in self.desk.record.fields.items():
            field.set_text(getattr(samples.RECORD, part))
        self.desk.record.diagnoses.set_diagnoses(samples.DIAGNOSES)
        self.desk.record.edited.emit()


@pytest.fixture
def doctor(stage: Stage) -> DoctorStage:
    """A doctor's desk, not shown yet."""
    return DoctorStage(stage)
