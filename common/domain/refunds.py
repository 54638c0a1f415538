"""What a refund gives back: of each line, and by which way (DOMAIN.md §5.5).

A refund takes the whole bill back and bills the rest anew. So the question is what stays: of each line its rest, of each payment what it
goes on paying. What is not kept goes back by the way on which it came.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from common.domain.rounding import round_cash
from common.messages.cashier import TenderKind

if TYPE_CHECKING:
    from collections.abc import Sequence

#: In this order payments go on paying for the rest. What stands last goes back first: what never left the clinic's own books before
#: what has to be sent back through a channel, and cash out of the drawer last.
KEPT_FIRST: Final = (
    TenderKind.CASH,
    TenderKind.CARD,
    TenderKind.BANK,
    TenderKind.ECNY,
    TenderKind.UNIONPAY,
    TenderKind.ALIPAY,
    TenderKind.WECHAT,
    TenderKind.DEPOSIT,
    TenderKind.GREEN,
    TenderKind.CREDIT,
)

_FEN: Final = Decimal(1)


class Standing(NamedTuple):
    """A billed line as it stands: what of it has not been taken back yet."""

    quantity: Decimal
    amount_fen: int
    waived_fen: int


class Part(NamedTuple):
    """What of a line goes back."""

    quantity: Decimal
    amount_fen: int
    waived_fen: int


class Paid(NamedTuple):
    """A payment of the bill, other than by the insurance and a waiver."""

    id: int
    kind: TenderKind
    amount_fen: int


class Kept(NamedTuple):
    """How the rest is paid: by payment what it keeps paying, and the rest's own cash rounding.

    ``more_fen`` is what the patient has to add in cash, when the insurance pays less for the rest than all payments held.
    """

    by_payment: dict[int, int]
    rounding_fen: int
    more_fen: int


def part_of(line: Standing, quantity: Decimal | None) -> Part:
    """What goes back for ``quantity`` of a line (``None``: all of it): its amount in proportion, half up; the rest stays exact.

    Raises ``ValueError`` for a quantity that is not above zero or more than is left.
    """
    wanted = line.quantity if quantity is None else quantity
    if not 0 < wanted <= line.quantity:
        raise ValueError("not so much is left")
    if wanted == line.quantity:
        return Part(wanted, line.amount_fen, line.waived_fen)
    amount = _proportion(line.amount_fen, wanted, line.quantity)
    waived = min(_proportion(line.waived_fen, wanted, line.quantity), amount)
    # The rest's waiver may not exceed the rest.
    waived = max(waived, line.waived_fen - (line.amount_fen - amount))
    return Part(wanted, amount, waived)


def _proportion(amount: int, part: Decimal, whole: Decimal) -> int:
    return int((amount * part / whole).quantize(_FEN, ROUND_HALF_UP))


def keep(paid: Sequence[Paid], rounding_fen: int, rest_fen: int, mode: str) -> Kept:
    """Which payments go on paying for ``rest_fen``.

    ``rounding_fen`` is the cash rounding of the bill that goes back: its cash paid for so much more than it amounts to. ``mode`` is the cash
    rounding of today; rounding up never takes more cash than was given.
    """
    kept: dict[int, int] = {}
    left = rest_fen
    cash = [payment for payment in paid if payment.kind is TenderKind.CASH]
    taken = sum(payment.amount_fen for payment in cash)
    exact = min(taken - rounding_fen, left) if cash else 0
    rounded = taken if exact == taken - rounding_fen else min(round_cash(exact, mode), taken)
    rounding = rounded - exact if cash else 0
    left -= exact
    for payment in cash:  # more than one only where the patient had to add to a rest
        kept[payment.id] = min(payment.amount_fen, rounded)
        rounded -= kept[payment.id]
    for payment in sorted(paid, key=lambda p: (KEPT_FIRST.index(p.kind), p.id)):
        if payment.kind is not TenderKind.CASH:
            kept[payment.id] = min(payment.amount_fen, left)
            left -= kept[payment.id]
    if not left:
        return Kept(kept, rounding, 0)
    if not kept and left <= -rounding_fen:  # a bill so small that it was rounded away stays so
        return Kept(kept, -left, 0)
    # What was given in cash and what is added to it are rounded once, together.
    more = max(round_cash(exact + left, mode) - taken, 0)
    return Kept(kept, taken + more - exact - left, more)
