"""What the pharmacy owes 欠药, opened packs 拆零, and hand-overs that nobody looked on at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.owing.view import OwingDesk

    return OwingDesk(place)


DESK = DeskSpec(id="owing", title=N_("Owed drugs, opened packs"), needs=Permission.PHARMACY_DISPENSE, create=_create)
