"""Registration 挂号: find or enter a patient, choose a clinic session, take the fee, print the slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.registration.view.desk import RegistrationDesk

    return RegistrationDesk(place)


DESK = DeskSpec(id="registration", title=N_("desk|Registration"), needs=Permission.REGISTRATION_REGISTER, create=_create)
