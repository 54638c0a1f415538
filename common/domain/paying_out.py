"""Which way money goes back to a patient whose deposit is paid out (DOMAIN.md §5.3, §5.5: each by its original channel)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: So long a channel pays an order back. The providers say 365 days (WeChat Pay, Alipay) [M]; what is older goes back in cash.
REFUND_WITHIN: Final = timedelta(days=360)


def share_out(amount_fen: int, paid_in: Iterable[tuple[int, int]]) -> tuple[dict[int, int], int]:
    """How ``amount_fen`` goes back: by payment, and what is left for cash.

    ``paid_in``: what came in through channels and may go back there, newest first, as payment and how much is left of it. The oldest money
    counts as spent first, so that the newest goes back first.
    """
    back: dict[int, int] = {}
    rest = amount_fen
    for payment_id, left_fen in paid_in:
        part = min(left_fen, rest)
        if part > 0:
            back[payment_id] = part
            rest -= part
    return back, rest
