"""Pharmacy 药房: review before payment, then pick, scan and hand over what is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.pharmacy.view.desk import PharmacyDesk

    return PharmacyDesk(place)


DESK = DeskSpec(id="pharmacy", title=N_("Pharmacy"), needs=Permission.PHARMACY_DISPENSE, create=_create)
