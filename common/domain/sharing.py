"""Sharing an amount over lines so that not a fen is lost, by the largest remainder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def share(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """``amount_fen`` in proportion to ``weights`` (each ≥ 0); the parts sum to it exactly and none exceeds its weight.

    ``amount_fen`` lies between 0 and the sum of the weights. Left-over fen go to the largest remainders, of equal ones to the earlier line.
    """
    total = sum(weights)
    if not 0 <= amount_fen <= total:
        raise ValueError("more to share than the lines hold")
    if not amount_fen:
        return [0] * len(weights)
    parts = [amount_fen * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount_fen * weights[i] % total), i))
    for i in by_remainder[: amount_fen - sum(parts)]:
        parts[i] += 1
    return parts
