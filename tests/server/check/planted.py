"""What a planted breach is."""

from __future__ import annotations

from typing import NamedTuple


class Planted(NamedTuple):
    """``check`` finds ``sql``. ``also`` are the checks that this same breach breaks too; no other one may speak."""

    check: str
    sql: str
    also: frozenset[str] = frozenset()


def plant(check: str, sql: str, *also: str) -> Planted:
    """A breach that ``check`` finds, and ``also`` these."""
    return Planted(check, sql, frozenset(also))
