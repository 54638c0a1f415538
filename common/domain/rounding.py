"""Cash rounding 抹零: to 0.10 yuan, cash only, always a line of its own (DOMAIN.md §5.2)."""

from __future__ import annotations

from typing import Final

MODES: Final = ("none", "down", "half_up", "up")
_STEP: Final = 10


def round_cash(fen: int, mode: str) -> int:
    """What is collected in cash for ``fen`` (≥ 0). ``mode`` is one of :data:`MODES`."""
    rest = fen % _STEP
    if mode == "none" or not rest:
        return fen
    if mode == "down" or (mode == "half_up" and rest * 2 < _STEP):
        return fen - rest
    return fen - rest + _STEP
