"""What the service asks of a payment channel, and what a channel may answer.

All amounts are in fen. ``order`` and ``refund_number`` are ours: 1 to 32 characters of ``A–Z a–z 0–9 _ -``, unique for ever, committed before
they are sent. A channel knows a payment by nothing else, so that a lost reply can always be asked for again.

No method raises for anything that the line or the other side does; all of it is an outcome. The code on the telephone is as good as money for
a minute: it goes out in one request and is neither logged, kept, nor put in any outcome.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from common.messages.cashier import TenderKind
    from server.outcome import Outcome

#: Codes of ``Rejected`` that callers tell apart. Every other code is the provider's own and means: not carried out.
NOT_FOUND: Final = "NOT_FOUND"  # the channel has never seen this order or refund number. It may still come to see it: see ``reverse``.
CLOSED: Final = "CLOSED"  # reversed: no money of this order is with us, and none can come any more
NOT_CONNECTED: Final = "NOT_CONNECTED"  # of ``pay`` alone: no connection came about, nothing left this machine


def is_order_number(text: str) -> bool:
    """Whether :mod:`server.money_book.outside` gives such numbers: what another program books at the same merchant is none of our business."""
    return re.fullmatch(r"XL[0-9]{16,29}", text) is not None


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """The money is ours. ``channel_number`` is the channel's own number for it."""

    channel_number: str
    amount_fen: int
    at: datetime


class Paying(msgspec.Struct, frozen=True, kw_only=True):
    """The person is asked for a password on the telephone: ask by ``query`` until it is paid, refused, or 45 s are over; then ``reverse``."""


class Reversed(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing of this order is with us and nothing can come. ``was_paid``: it had been paid and went back."""

    was_paid: bool


class RefundDone(msgspec.Struct, frozen=True, kw_only=True):
    """The channel took the refund and owes it to the payer."""

    channel_number: str
    amount_fen: int
    at: datetime


class StatementAct(StrEnum):
    """A row of a channel's statement. REVERSE takes a PAY of the same order back whole."""

    PAY = "PAY"
    REFUND = "REFUND"
    REVERSE = "REVERSE"


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement by the channel's books. ``number`` is ours: the order's for PAY and REVERSE, the refund's for REFUND. Amounts are > 0."""

    order: str
    act: StatementAct
    number: str
    amount_fen: int
    at: datetime
    channel_number: str


class Channel(Protocol):
    """One kind of code, by one provider. Safe to use from several threads."""

    @property
    def kind(self) -> TenderKind:
        """Which tender it collects."""
        ...

    def pay(self, order: str, amount_fen: int, code: str, subject: str) -> Outcome[Paid] | Paying:
        """Collect. ``subject`` is what the payer reads (the clinic's name; nothing about his illness). The same order again is not a second
        payment. After ``Unknown``: ``query``, never a second order. Rejected ``NOT_CONNECTED``: nothing was sent."""
        ...

    def query(self, order: str, amount_fen: int | None = None) -> Outcome[Paid] | Paying:
        """What became of an order; paid with another amount than ``amount_fen``, if that is given, is unknown.

        Rejected ``NOT_FOUND``: not seen so far; ``CLOSED``: reversed; other codes: why it was not paid, final.
        """
        ...

    def reverse(self, order: str) -> Outcome[Reversed]:
        """撤销: whatever became of the order, afterwards none of its money is with us and a late ``pay`` of it is refused. Also for an order that
        the channel has never seen. The same again is the same success. Rejected ``REFUNDED`` once a refund was made of it."""
        ...

    def refund(self, order: str, refund_number: str, amount_fen: int, total_fen: int) -> Outcome[RefundDone]:
        """Pay back a part or all of an order that was paid with ``total_fen``. The same refund number again is not a second refund."""
        ...

    def query_refund(self, order: str, refund_number: str, amount_fen: int | None = None) -> Outcome[RefundDone]:
        """What became of a refund; over another amount than ``amount_fen``, if that is given, is unknown.

        Rejected ``NOT_FOUND``: not seen so far; then ``refund`` may be sent again under the same number.
        """
        ...

    def statement(self, day: date) -> Outcome[tuple[StatementLine, ...]]:
        """Every movement of a day (the channel's calendar day, China time), in the order of time."""
        ...
