"""``ledger``: sequences of 50 steps each of the money machine (tests/simulation/money); it ends at the first thing that does not hold.

Fifty sequences share a seed and a database. ``--runs`` is the number of sequences, ``--seed`` the first seed.
"""

from __future__ import annotations

import time
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import get_state_machine_test

from server import dispatch
from server.channels.simulator import start_simulator as start_channels
from server.insurance.simulator.process import start_simulator as start_bureau
from tests.bench import alone
from tests.bench.history import say
from tests.simulation.money.clinic import MoneyClinic
from tests.simulation.money.machine import Money

if TYPE_CHECKING:
    from pathlib import Path

SEQUENCES: Final = 2000
STEPS: Final = 50
_A_SEED: Final = 50


def measure(runs: int, first_seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    sequences = runs or (_A_SEED if quick else SEQUENCES)
    seeds = range(first_seed, first_seed + -(-sequences // _A_SEED))
    real = vars(dispatch)["time"]
    vars(dispatch)["time"] = SimpleNamespace(sleep=lambda _: None)  # nobody else to give way to
    MoneyClinic.seen, MoneyClinic.steps, MoneyClinic.deaths, MoneyClinic.sequences = Counter(), 0, 0, 0
    started = time.monotonic()
    try:
        with alone.folder() as folder, alone.database(folder) as postgres:
            MoneyClinic.postgres, MoneyClinic.template = postgres, alone.TEMPLATE
            for place, one in enumerate(seeds):
                _with_simulators(folder, one, min(_A_SEED, sequences - place * _A_SEED))
    finally:
        vars(dispatch)["time"] = real
    return {
        "sequences": MoneyClinic.sequences,
        "steps": MoneyClinic.steps,
        "seeds": [seeds.start, seeds.stop - 1],
        "seconds": round(time.monotonic() - started),
        "errands_killed": MoneyClinic.deaths,
        **dict(sorted(MoneyClinic.seen.items())),
        "broken": 0,
    }


def _with_simulators(folder: Path, one: int, sequences: int) -> None:
    """The sequences of one seed. Both simulators begin with an empty memory."""
    MoneyClinic.name = ""
    MoneyClinic.channels = start_channels(folder / f"channels-{one}.db")
    MoneyClinic.bureau = start_bureau(folder / f"bureau-{one}.db", province="guangdong", arguments=("--lenient",))
    try:
        test = get_state_machine_test(Money, settings=_settings(sequences))
        seed(one)(test)()
    finally:
        MoneyClinic.channels.stop()
        MoneyClinic.bureau.stop()
        if MoneyClinic.name:
            MoneyClinic.postgres.drop(MoneyClinic.name)
    say(f"  seed {one}: {MoneyClinic.sequences} sequences, {MoneyClinic.steps} steps so far")


def _settings(sequences: int) -> settings:
    return settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
