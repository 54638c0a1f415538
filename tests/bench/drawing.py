"""How sequences of a state machine are drawn for a measurement: by their seed alone, and never made smaller."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def drawn(sequences: int, steps: int) -> settings:
    """So many sequences a seed, of so many steps each."""
    return settings(
        max_examples=sequences,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
