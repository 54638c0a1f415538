"""Refunds 退费: find a bill, tick what goes back, see by which way, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.refunds.view.desk import RefundDesk

    return RefundDesk(place)


DESK = DeskSpec(id="refunds", title=N_("desk|Refunds"), needs=Permission.CASHIER_REFUND, create=_create)
