"""Accounts 预交金·挂账: patients' deposits, companies that pay at the month's end, the green channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.desk import DeskSpec
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.desk import Desk, Workplace


def _create(place: Workplace) -> Desk:
    from client.accounts.view.desk import AccountsDesk

    return AccountsDesk(place)


DESK = DeskSpec(id="accounts", title=N_("desk|Deposits and credit"), needs=Permission.CASHIER_VIEW, create=_create)
