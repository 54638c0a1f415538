"""Every object is in a state of its machine (WORKFLOWS.md §1)."""

from __future__ import annotations

from typing import Final

from common.domain.states import MACHINES, Machine
from common.i18n import N_
from server.check.rule import Rule

_SENTENCE: Final = N_("{count} rows are in a state that does not exist.")


def _rule(machine: Machine) -> Rule:
    names = ", ".join(f"'{state}'" for state in machine.labels)
    return Rule(
        f"{machine.name}_state",
        machine.name,
        _SENTENCE,
        f"SELECT x.id, x.state FROM {machine.name} x WHERE x.state NOT IN ({names})",
    )


STATES: Final = tuple(_rule(machine) for machine in MACHINES.values())
