"""Cashier 收费: what a patient owes, the means of payment, the receipt, and one's own shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.cashier.view.desk import CashierDesk

    return CashierDesk(place)


DESK = DeskSpec(id="cashier", title=N_("Cashier"), needs=Permission.CASHIER_SETTLE, create=_create)
