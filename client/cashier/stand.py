"""What stands beside the cashier's desk: the drawer, and what the customer sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.cashier.tenders import taken_fen
from client.errors import NotInstalled
from common.domain.money import format_yuan
from common.i18n import tr

if TYPE_CHECKING:
    from client.cashier.view.desk import CashierDesk
    from common.messages.cashier import ReceiptFacts


def open_drawer(desk: CashierDesk, *, quiet: bool = True) -> None:
    """Open the drawer. A desk without one has a box: that is said only when somebody asked for it."""
    try:
        opening = desk.place.devices.open_drawer()
    except NotInstalled as missing:
        if not quiet:
            desk.fail(missing)
        return
    desk.ops.watch(opening, owner=desk, done=lambda _opened: None)


def show_customer(desk: CashierDesk) -> None:
    """The customer display follows the till: the amount due; then the change as soon as cash was typed in, or what the insurance pays."""
    model = desk.model
    if not model.lines or not desk.place.devices.has("display"):
        return
    tendering = model.tendering
    change, quoted = tendering.change_fen, model.quoted
    second = ""
    if change is not None and change >= 0:
        second = tr("display|Change {amount}", amount=_bare(change))
    elif quoted is not None and quoted.quote is not None:
        share = quoted.quote
        second = tr("display|Insurance {amount}", amount=_bare(share.total_fen - share.cash_fen))
    desk.place.devices.show(tr("display|To pay {amount}", amount=_bare(model.due_fen + tendering.rounding_fen)), second)


def show_change(desk: CashierDesk, receipt: ReceiptFacts) -> None:
    """After the settlement: what was taken in and what goes back; where nothing was taken in, what is settled by it."""
    taken = taken_fen(receipt.tenders)
    first = tr("display|Paid {amount}", amount=_bare(taken)) if taken else tr("display|Settled {amount}", amount=_bare(receipt.total_fen))
    desk.place.devices.show(first, tr("display|Change {amount}", amount=_bare(receipt.change_fen)))


def _bare(fen: int) -> str:
    """Without the yuan sign, which simple displays lack."""
    return format_yuan(fen).replace("¥", "")
