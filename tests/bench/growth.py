"""``growth``: how much slower a large clinic is than a small one."""

from __future__ import annotations

import statistics
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

from tests.bench.crowd import Crowd, Order
from tests.bench.history import say
from tests.bench.kinds import READS, Kinds
from tests.bench.sides import Side, service, wait_until_sealed
from tests.bench.states import States

if TYPE_CHECKING:
    from tests.bench.data import Clinic, Store

SMALL: Final = 10_000
LARGE: Final = 1_000_000
KINDS: Final = ("search", "register", "settle", "dispense")
_WARM_UP: Final = 48


class _Half:
    """One of the two clinics with its service."""

    def __init__(self, clinic: Clinic, stack: ExitStack) -> None:
        self.kinds = Kinds(stack.enter_context(closing(States(clinic))))
        self.side: Side = stack.enter_context(service(clinic))
        self.nanoseconds: list[int] = []
        self.cpu_ns: list[float] = []
        wait_until_sealed(clinic)

    def run(self, crowd: Crowd, kind: str, count: int, clients: int = 1, *, note: bool = True) -> None:
        """So many requests, one after the other."""
        before = self.side.cpu_ns()
        shots = [one.shot() for one in self.kinds.make(kind, count)]
        outcome = crowd.carry_out(Order(port=self.side.port, clients=clients, seconds=60, shots=shots))
        assert not outcome.errors, outcome.refusals
        if note:
            self.nanoseconds += outcome.nanoseconds
            self.cpu_ns.append((self.side.cpu_ns() - before) / len(outcome.nanoseconds))


def measure(store: Store, patients: int, *, quick: bool) -> list[dict[str, Any]]:
    """The section. ``ratio`` compares the median times of a single client, ``cpu_ratio`` what a request burns."""
    large = patients if quick or patients > LARGE else LARGE
    turns, reads, writes = (5, 150, 30) if quick else (12, 400, 80)
    clinics = [store.clinic(SMALL), store.clinic(large)]
    rows = []
    with ExitStack() as stack:
        crowd = stack.enter_context(Crowd())
        halves = [_Half(clinic, stack) for clinic in clinics]
        for kind in KINDS:
            for half in halves:
                half.nanoseconds, half.cpu_ns = [], []
                half.run(crowd, kind, _WARM_UP, 16, note=False)
            for _ in range(turns):  # by turns, so that whatever else runs on the machine slows both
                for half in halves:
                    half.run(crowd, kind, reads if kind in READS else writes)
            rows.append(_row(kind, large, *halves))
            say(f"  {rows[-1]}")
    return rows


def _row(kind: str, large: int, small_half: _Half, large_half: _Half) -> dict[str, Any]:
    medians = [statistics.median(half.nanoseconds) for half in (small_half, large_half)]
    burnt = [statistics.median(half.cpu_ns) for half in (small_half, large_half)]
    return {
        "request": kind,
        "from": SMALL,
        "to": large,
        "ratio": round(medians[1] / medians[0], 2),
        "cpu_ratio": round(burnt[1] / burnt[0], 2),
        "from_p50_ms": round(medians[0] / 1e6, 2),
        "to_p50_ms": round(medians[1] / 1e6, 2),
    }
