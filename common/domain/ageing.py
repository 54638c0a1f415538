"""How old a debt is: what was paid is taken to have paid the oldest bills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

#: Upper ends of the age groups in days; the last group is open.
GROUPS: Final = (30, 60, 90)


def age_debt(owed_fen: int, charges: Iterable[tuple[date, int]], today: date) -> tuple[int, int, int, int]:
    """``owed_fen`` by age: up to 30, 60 and 90 days, and older. ``charges`` are what was billed, newest first, each above zero.

    Since payments went to the oldest, what is still owed are the newest charges. An account that owes nothing has no age.
    """
    groups = [0] * (len(GROUPS) + 1)
    left = max(owed_fen, 0)
    for day, fen in charges:
        part = min(fen, left)
        age = (today - day).days
        groups[next((place for place, most in enumerate(GROUPS) if age <= most), len(GROUPS))] += part
        left -= part
        if left == 0:
            break
    first, second, third, older = groups
    return first, second, third, older
