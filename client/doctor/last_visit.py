"""Taking over the record of the patient's last visit, for somebody who comes again with the same complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.record import PARTS
from common.i18n import N_, tr
from common.messages.consult import GetEncounter

if TYPE_CHECKING:
    from client.doctor.model import DoctorModel
    from client.doctor.view.desk import DoctorDesk
    from client.doctor.work import VisitWork
    from common.messages.consult import Encounter
    from common.messages.patients import VisitBrief

_ENDED: Final = ("FINISHED", "CLOSED")


def last_visit(model: DoctorModel) -> VisitBrief | None:
    """The patient's latest visit that was finished."""
    work = model.work
    if work is None:
        return None
    visits = work.encounter.patient.visits
    return next((visit for visit in visits if visit.state in _ENDED and visit.id != work.visit_id), None)


def may_take_over(model: DoctorModel) -> bool | str:
    """Whether there is something to take over, as an action's ``enabled`` wants it."""
    if model.work is None or not model.work.writable:
        return N_("No patient is open.")
    return True if last_visit(model) is not None else N_("The patient has no earlier visit.")


def take_over(desk: DoctorDesk) -> None:
    """Read the last visit; the look is audited like any other."""
    visit, work = last_visit(desk.model), desk.model.work
    if visit is not None and work is not None:
        desk.send(GetEncounter(visit_id=visit.id), done=lambda earlier: _taken(desk, work, earlier), key="last visit")


def _taken(desk: DoctorDesk, work: VisitWork, earlier: Encounter) -> None:
    """Fill what is empty; what was typed today stays."""
    if desk.model.work is not work or not work.writable:
        return
    record = work.record
    empty = {part: getattr(earlier.record, part) for part in PARTS if not getattr(record, part).strip()}
    work.record = msgspec.structs.replace(record, first_visit=False, **empty)
    if not work.diagnoses:
        work.diagnoses = list(earlier.diagnoses)
    desk.record.show_record(work.record, work.diagnoses, work.encounter.patient.file, writable=True)
    desk.written()
    desk.show_saving()
    desk.state_changed.emit()
    desk.go_to("prescription")
    desk.tell(tr("Taken over from the visit of {day}: read it through and change what is different today.", day=_day(desk, work)), "info")


def _day(desk: DoctorDesk, work: VisitWork) -> str:
    from client.format import day

    visit = last_visit(desk.model) if desk.model.work is work else None
    return day(visit.date) if visit is not None else ""
