"""``ledger``: sequences of 50 steps each of the money machine (tests/simulation/money); it ends at the first thing that does not hold.

A seed draws six sequences: one of the simplest steps, the others by chance. Where a sequence ends early, more are drawn, until there are as many
steps as asked for. ``--runs`` is the number of sequences, ``--seed`` the first seed. On a failure the seed is said, and draws it again.
"""

from __future__ import annotations

import time
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from hypothesis import seed
from hypothesis.stateful import get_state_machine_test

from server import dispatch
from server.channels.simulator import start_simulator as start_channels
from server.insurance.simulator.process import start_simulator as start_bureau
from tests.bench import alone
from tests.bench.drawing import drawn
from tests.bench.history import say
from tests.simulation.money.clinic import MoneyClinic
from tests.simulation.money.machine import Money

if TYPE_CHECKING:
    from pathlib import Path

SEQUENCES: Final = 2000
STEPS: Final = 50
_A_SEED: Final = 6
#: So many seeds share a database and the simulators' memory.
_TOGETHER: Final = 8


def measure(runs: int, first_seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    sequences = runs or (60 if quick else SEQUENCES)
    real = vars(dispatch)["time"]
    vars(dispatch)["time"] = SimpleNamespace(sleep=lambda _: None)  # nobody else to give way to
    MoneyClinic.seen, MoneyClinic.steps, MoneyClinic.deaths, MoneyClinic.sequences = Counter(), 0, 0, 0
    started, next_seed = time.monotonic(), first_seed
    try:
        with alone.folder() as folder, alone.database(folder) as postgres:
            MoneyClinic.postgres, MoneyClinic.template = postgres, alone.TEMPLATE
            while MoneyClinic.sequences < sequences or MoneyClinic.steps < sequences * STEPS:
                _with_simulators(folder, range(next_seed, next_seed + _TOGETHER))
                next_seed += _TOGETHER
    finally:
        vars(dispatch)["time"] = real
    return {
        "sequences": MoneyClinic.sequences,
        "steps": MoneyClinic.steps,
        "seeds": [first_seed, next_seed - 1],
        "seconds": round(time.monotonic() - started),
        "errands_killed": MoneyClinic.deaths,
        **dict(sorted(MoneyClinic.seen.items())),
        "broken": 0,
    }


def _with_simulators(folder: Path, seeds: range) -> None:
    """The sequences of some seeds. Both simulators begin with an empty memory."""
    MoneyClinic.channels = start_channels(folder / f"channels-{seeds.start}.db")
    MoneyClinic.bureau = start_bureau(folder / f"bureau-{seeds.start}.db", province="guangdong", arguments=("--lenient",))
    try:
        for one in seeds:
            say(f"  seed {one} begins after {MoneyClinic.sequences} sequences, {MoneyClinic.steps} steps")
            seed(one)(get_state_machine_test(Money, settings=drawn(_A_SEED, STEPS)))()
    finally:
        MoneyClinic.throw_away()
        MoneyClinic.channels.stop()
        MoneyClinic.bureau.stop()
