"""Invoices 票据: segments of numbers, reprints, spoiled papers, gaps, and the queue of electronic invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.invoices.view.desk import InvoicesDesk

    return InvoicesDesk(place)


DESK = DeskSpec(id="invoices", title=N_("Invoices"), needs=Permission.CASHIER_VIEW, create=_create)
