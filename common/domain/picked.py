"""Picks as packs in the hand: how many there are, and which part of them goes out when only so much of a line is handed over."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def packs_of(quantities: Iterable[Decimal], pack_size: Decimal, *, pooled: bool) -> int:
    """How many packs are in the hand when a line goes out by these picks; each broken pack counts. What is not ``pooled`` is weighed out."""
    if not pooled:
        return math.ceil(sum(quantities, Decimal(0)) / pack_size)
    return sum(math.ceil(quantity / pack_size) for quantity in quantities)


def going(picks: Sequence[tuple[Decimal, bool]], only: Decimal | None) -> list[Decimal]:
    """How much of each pick (its quantity, and whether it comes out of an opened pack) goes when ``only`` so much of the line does.

    Sealed packs go first, each in the order of the picks; what is more than lies aside is left over.
    """
    left = sum((quantity for quantity, _ in picks), Decimal(0)) if only is None else only
    out = [Decimal(0)] * len(picks)
    for place in sorted(range(len(picks)), key=lambda place: picks[place][1]):
        out[place] = min(picks[place][0], max(left, Decimal(0)))
        left -= out[place]
    return out
