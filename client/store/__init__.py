"""Drug store 药库: what is there and was there, goods in, what wants attention, and the way of a lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.store.view.desk import StoreDesk

    return StoreDesk(place)


DESK = DeskSpec(id="store", title=N_("desk|Drug store"), needs=Permission.STORE_VIEW, create=_create)
