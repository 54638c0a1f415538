"""A bill that was paid without the insurance is settled with it after all 自费转医保; see :mod:`common.messages.settlement`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from common.messages.settlement import InsuranceUse, SettlementFacts
from common.permissions import Permission
from common.wire import Command


class ConvertToInsurance(Command[SettlementFacts], frozen=True, kw_only=True):
    """Settle a bill that was paid without the insurance with it after all 自费转医保: everything of it that stands. It is first QUOTED, with
    ``conversion`` saying what goes back, and confirmed with :class:`ConfirmConversion`; it stays paid all the while. Given up before a channel
    has paid back, nothing of it remains.

    Raises ``NotConvertible`` (insured already, taken back), ``TooLateToConvert``, ``LinesHeld``, ``NotConnected``, ``NotMapped``,
    ``InsuranceDataMissing``.
    """

    permission = Permission.CASHIER_REFUND
    bill_id: int
    insured: InsuranceUse
    reason: Annotated[str, Meta(min_length=2, max_length=200)]


class ConfirmConversion(Command[SettlementFacts], frozen=True, kw_only=True):
    """Carry a QUOTED conversion through: the insurance settles, what it pays goes back by the ways it came, the bill is taken back and booked
    anew. ``expected_back_fen`` is what the cashier saw. A second person agrees as to a refund of that amount (act ``refund``, subject the bill).

    Raises ``AmountChanged``, ``ApprovalNeeded``, ``LinesHeld`` (another cashier began it), ``WrongState``.
    """

    permission = Permission.CASHIER_REFUND
    settlement_id: int
    expected_back_fen: int
    approval_id: int | None = None
