"""Finance 财务: reports over the ledger, expenses, the price list, packages and surcharges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.finance.view.desk import FinanceDesk

    return FinanceDesk(place)


DESK = DeskSpec(id="finance", title=N_("desk|Finance"), needs=Permission.REPORT_VIEW, create=_create)
