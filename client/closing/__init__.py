"""Shift and daily close 交班日结: float, blind count, hand-over, close, earlier closes, roll-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.closing.view.desk import ClosingDesk

    return ClosingDesk(place)


DESK = DeskSpec(id="closing", title=N_("desk|Shift and daily close"), needs=Permission.CLOSING_SHIFT, create=_create)
