"""The screen in the hall at a computer of its own 大厅叫号屏: nobody stands there, and nothing else can be done there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.hall.view import HallDesk

    return HallDesk(place)


DESK = DeskSpec(id="hall", title=N_("desk|Hall screen"), needs=Permission.HALL_SCREEN, create=_create)
