"""Money came in or went out: its receipt, the drawer, and what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.accounts import papers, words
from client.errors import NotInstalled
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import TenderKind

if TYPE_CHECKING:
    from client.accounts.view.desk import AccountsDesk
    from common.messages.accounts import AccountMoved, AccountReceipt

_DONE: Final = {
    "DEPOSIT": N_("account|{name}: {amount} taken in, {balance} in the deposit, receipt {number}."),
    "DEPOSIT_BACK": N_("account|{name}: {amount} paid out, {balance} left in the deposit, receipt {number}."),
    "COLLECT": N_("account|{name}: {amount} received, {balance} still owed, receipt {number}."),
    "COLLECT_BACK": N_("account|{name}: {amount} paid back, {balance} still owed, receipt {number}."),
}


def moved(desk: AccountsDesk, told: AccountMoved, request_id: str) -> None:
    """Money came in or went out: print the receipt, open the drawer for cash, say it."""
    receipt, place = told.receipt, desk.place
    place.paper.print(papers.receipt(receipt, place.session.staff.name, place.now()), "receipt", request_id)
    if any(tender.kind is TenderKind.CASH for tender in receipt.tenders):
        _open_drawer(desk)
    said = tr(
        _DONE[receipt.kind],
        name=receipt.payer,
        amount=format_yuan(receipt.amount_fen),
        balance=format_yuan(receipt.balance_fen),
        number=receipt.number,
    )
    change = " " + tr("account|Change: {amount}.", amount=format_yuan(told.change_fen)) if told.change_fen else ""
    desk.tell(said + _by(receipt) + change, follow=["print_again"])


def _by(receipt: AccountReceipt) -> str:
    """Which means it was, where it was not cash alone."""
    ways = [(each.kind, each.amount_fen) for each in receipt.tenders]
    if all(kind is TenderKind.CASH for kind, _ in ways):
        return ""
    return " " + tr("account|By {ways}.", ways=words.ways(ways))


def _open_drawer(desk: AccountsDesk) -> None:
    """Cash comes in or goes out. A desk without a drawer has a box."""
    try:
        opening = desk.place.devices.open_drawer()
    except NotInstalled:
        return
    desk.ops.watch(opening, owner=desk, done=lambda _opened: None)
