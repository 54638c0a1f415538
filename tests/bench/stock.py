"""``stock``: sequences of 50 steps each of the stock machine (tests/simulation/stock); it ends at the first thing that does not hold.

A seed draws four sequences. Where a sequence ends early, more are drawn, until there are as many steps as asked for. ``--runs`` is the number of
sequences, ``--seed`` the first seed. On a failure the seed is said, and draws it again.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, Final

from hypothesis import seed
from hypothesis.stateful import get_state_machine_test

from server import dispatch
from tests.bench import alone
from tests.bench.drawing import drawn
from tests.bench.history import say
from tests.simulation.stock.house import House
from tests.simulation.stock.machine import Stock
from tests.simulation.stock.shelves import carried_out

SEQUENCES: Final = 2000
STEPS: Final = 50
_A_SEED: Final = 4


def measure(runs: int, first_seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    sequences = runs or (24 if quick else SEQUENCES)
    real = vars(dispatch)["time"]
    vars(dispatch)["time"] = SimpleNamespace(sleep=lambda _: None)  # nobody else to give way to
    carried_out.clear()
    House.steps, House.sequences, House.name = 0, 0, ""
    started, next_seed = time.monotonic(), first_seed
    try:
        with alone.folder() as folder, alone.database(folder) as postgres:
            House.postgres, House.template = postgres, alone.TEMPLATE
            while House.sequences < sequences or House.steps < sequences * STEPS:
                say(f"  seed {next_seed} begins after {House.sequences} sequences, {House.steps} steps")
                seed(next_seed)(get_state_machine_test(Stock, settings=drawn(_A_SEED, STEPS)))()
                next_seed += 1
    finally:
        vars(dispatch)["time"] = real
    return {
        "sequences": House.sequences,
        "steps": House.steps,
        "seeds": [first_seed, next_seed - 1],
        "seconds": round(time.monotonic() - started),
        **dict(sorted(carried_out.items())),
        "broken": 0,
    }
