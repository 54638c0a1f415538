"""Accounts with somebody outside: a deposit topped up or paid out, and a debt collected, through a payment channel.

Each is a settlement (:mod:`common.messages.settlement`): begun, watched, and booked once when everything outside is done.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from common.messages.accounts import Amount, Reason
from common.messages.cashier import Tender
from common.messages.settlement import SettlementFacts
from common.permissions import Permission
from common.wire import Command

_Tenders = Annotated[tuple[Tender, ...], Meta(min_length=1, max_length=10)]


class BeginTopUp(Command[SettlementFacts], frozen=True, kw_only=True):
    """Take money into a deposit by payment codes, and by what lies on the counter; the tenders sum to ``amount_fen``, and each channel's has
    its ``code``. Nothing is in the deposit before the channels have said that they collected.

    Raises ``TendersDoNotCover``, ``TenderNotAllowed``, ``ChannelCodeWrong``, ``NotConnected``.
    """

    permission = Permission.CASHIER_SETTLE
    patient_id: int
    amount_fen: Amount
    tenders: _Tenders


class BeginCollect(Command[SettlementFacts], frozen=True, kw_only=True):
    """Take what an account owes, or a part of it, by payment codes. ``expected_balance_fen`` is what the cashier saw owed.

    Raises what :class:`BeginTopUp` raises, ``AmountChanged``, ``CreditRefused`` (more than it owes, or it pays at this moment).
    """

    permission = Permission.CASHIER_SETTLE
    account_id: int
    amount_fen: Amount
    expected_balance_fen: int
    tenders: _Tenders


class BeginPayOut(Command[SettlementFacts], frozen=True, kw_only=True):
    """Pay a deposit out the way it came: through the channels up to what is left of the payments by code, newest first, the rest in cash.
    The deposit holds the amount until it ends, so that nobody spends it meanwhile.

    Above the clinic's limit a second person has to agree (act ``pay_out``). Raises ``NotEnoughDeposit``, ``PayOutUnderWay``,
    ``ApprovalNeeded``.
    """

    permission = Permission.CASHIER_REFUND
    patient_id: int
    amount_fen: Amount
    reason: Reason
    approval_id: int | None = None
