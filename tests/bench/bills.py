"""``bills``: random bills in pure arithmetic (tests/simulation/money/arithmetic.py); ``--runs`` is their number."""

from __future__ import annotations

import random
import time
from typing import Any, Final

from tests.simulation.money.arithmetic import Bills

BILLS: Final = 100_000


def measure(runs: int, first_seed: int, *, quick: bool) -> dict[str, Any]:
    """The section. It ends at the first bill that does not hold."""
    count = runs or (BILLS // 10 if quick else BILLS)
    started = time.monotonic()
    bills = Bills(random.Random(first_seed))
    for _ in range(count):
        bills.one()
    return {"bills": count, "seed": first_seed, "seconds": round(time.monotonic() - started, 1), **bills.seen, "broken": 0}
