"""Insurance 医保: reconciliation, uploads, mapping, national codes, lists, and the line to the bureau."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.insurance.view.desk import InsuranceDesk

    return InsuranceDesk(place)


DESK = DeskSpec(id="insurance", title=N_("desk|Insurance"), needs=Permission.INSURANCE_USE, create=_create)
