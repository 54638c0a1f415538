"""Pharmacy windows 发药窗口: which are open, who stands there, the screen in the hall, and the clinic's rules for the pharmacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.windows.view import WindowsDesk

    return WindowsDesk(place)


DESK = DeskSpec(id="windows", title=N_("Pharmacy windows"), needs=Permission.STORE_VIEW, create=_create)
