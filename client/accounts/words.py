"""What the desk calls things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.accounts.model import Act
from common.domain import tenders
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.settlement import SettlementKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.accounts import CardTopUp

ENTRIES: Final = {
    "TOP_UP": N_("deposit|Topped up"),
    "SPEND": N_("deposit|Spent"),
    "SPEND_BACK": N_("deposit|Given back by a refund"),
    "PAY_OUT": N_("deposit|Paid out"),
    "CHARGE": N_("credit|Bill"),
    "CHARGE_BACK": N_("credit|Bill taken back"),
    "COLLECT": N_("credit|Paid"),
    "PAY_BACK": N_("credit|Paid back"),
}
TONES: Final = {
    "TOP_UP": "done",
    "COLLECT": "done",
    "SPEND_BACK": "info",
    "CHARGE_BACK": "info",
    "PAY_OUT": "warning",
    "PAY_BACK": "warning",
}
ACTS: Final = {
    Act.NONE: N_("Finish"),
    Act.TOP_UP: N_("account|Top up"),
    Act.PAY_OUT: N_("account|Pay out"),
    Act.COLLECT: N_("account|Take payment"),
    Act.PAY_BACK: N_("account|Pay back"),
    Act.OPEN: N_("account|Open the account"),
    Act.TERMS: N_("account|Save the terms"),
    Act.GREEN: N_("account|Open the green channel"),
    Act.MEMBER: N_("account|Add the member"),
}
#: What stands over the form; the button says what F12 does.
TITLES: Final = {**ACTS, Act.NONE: N_("account|What to do"), Act.TERMS: N_("account|Terms"), Act.OPEN: N_("account|New company")}
UNDER_WAY: Final = {
    SettlementKind.DEPOSIT: N_("account|topping up"),
    SettlementKind.DEPOSIT_BACK: N_("account|paying out"),
    SettlementKind.COLLECT: N_("account|collecting"),
}
STANDS: Final = {"OPEN": N_("account|under way"), "QUOTED": N_("account|under way"), "UNKNOWN": N_("account|unknown")}
COUNTER: Final = (TenderKind.CASH, TenderKind.CARD, TenderKind.BANK)


def entry(kind: str) -> str:
    """An entry's kind."""
    return tr(ENTRIES[kind])


def tender(kind: TenderKind) -> str:
    """A means of payment."""
    return tr(tenders.TITLES[kind])


def ways(parts: Sequence[tuple[TenderKind, int]]) -> str:
    """``WeChat Pay ¥60.00, cash ¥40.00``."""
    return tr("list separator|, ").join(f"{tender(kind)} {format_yuan(fen)}" for kind, fen in parts)


def card(top_up: CardTopUp) -> str:
    """A card or transfer to which something can go back."""
    return f"{tender(top_up.tender)} {top_up.reference}".strip()
