"""Doctor's station 医生站: the queue, the record, diagnoses and prescriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.doctor.view.desk import DoctorDesk

    return DoctorDesk(place)


DESK = DeskSpec(id="doctor", title=N_("Doctor"), needs=Permission.CONSULT_RECORD, create=_create)
