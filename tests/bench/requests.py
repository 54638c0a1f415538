"""``requests``: how many requests a second, how fast, and at what CPU cost, against the floor of the very same SQL."""

from __future__ import annotations

import math
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.bench.crowd import Crowd, Order, Outcome
from tests.bench.history import say
from tests.bench.kinds import MIX, READS, WRITES, Asked, Kinds
from tests.bench.plan import Plan, plan_of
from tests.bench.sides import Side, floor, service, wait_until_sealed
from tests.bench.states import States
from tests.bench.trace import Trace, Tracer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.data import Clinic, Store

CLIENTS: Final = (1, 8, 32, 100)
KINDS: Final = (*READS, *WRITES, "mix")
_TRACES: Final = 4
#: More than this nobody answers in a second; so many states are prepared.
_A_SECOND: Final = {"mix": 700, "register": 450, "sign_prescription": 420, "settle": 420, "dispense": 300}
_READS: Final = 2000


class Pace(msgspec.Struct, frozen=True):
    """How long each measurement takes, in seconds, and how often service and floor take turns.

    ``warm_up`` requests let each of the 16 connections prepare its statements; PostgreSQL plans the first five uses of each anew.
    """

    seconds: float
    turns: int
    warm_up: int = 112


QUICK: Final = Pace(0.3, 1)
FULL: Final = Pace(2.0, 2)


class Sample:
    """What was measured of one kind at one number of clients."""

    def __init__(self, kind: str, clients: int) -> None:
        self.kind, self.clients = kind, clients
        self.outcomes: list[Outcome] = []
        self.cpu_ns = self.floor_cpu_ns = self.floor_done = self.floor_errors = 0

    def row(self) -> dict[str, Any]:
        """As it is reported. CPU is per request answered, of process and database connections together."""
        times = sorted(ns for outcome in self.outcomes for ns in outcome.nanoseconds)
        seconds = sum(outcome.seconds for outcome in self.outcomes)
        cpu = self.cpu_ns / max(len(times), 1) / 1e6
        floor_cpu = self.floor_cpu_ns / max(self.floor_done, 1) / 1e6
        return {
            "name": self.kind,
            "kind": "mix" if self.kind == "mix" else "read" if self.kind in READS else "write",
            "clients": self.clients,
            "per_second": round(len(times) / seconds, 1),
            "p50_ms": percentile_ms(times, 50),
            "p95_ms": percentile_ms(times, 95),
            "p99_ms": percentile_ms(times, 99),
            "errors": sum(outcome.errors for outcome in self.outcomes),
            "floor_errors": self.floor_errors,
            "cpu_ms": round(cpu, 3),
            "floor_cpu_ms": round(floor_cpu, 3),
            "cpu_ratio": round(cpu / floor_cpu, 2) if floor_cpu else None,
        }


def percentile_ms(sorted_ns: Sequence[int], percent: int) -> float | None:
    """The nearest-rank percentile in milliseconds."""
    if not sorted_ns:
        return None
    return round(sorted_ns[max(math.ceil(len(sorted_ns) * percent / 100) - 1, 0)] / 1e6, 2)


def plans_for(kinds: Kinds, names: Sequence[str], tracer: Tracer) -> list[Plan]:
    """The floor of each kind."""
    return [plan_of(traces_of(kinds, name, tracer)) for name in names]


def traces_of(kinds: Kinds, name: str, tracer: Tracer) -> list[Trace]:
    """Several requests of a kind, traced. One more before them only fills the service's caches."""
    traces = []
    for one in kinds.to_trace(name, _TRACES + 1):
        kinds.states.part()
        traces.append(tracer.trace(one.request, one.token))
    return traces[1:]


class Contest:
    """Service and floor in front of one clinic, and the crowd."""

    def __init__(self, kinds: Kinds, crowd: Crowd, ours: Side, bare: Side, pace: Pace) -> None:
        self.kinds, self.crowd, self.ours, self.bare, self.pace = kinds, crowd, ours, bare, pace
        self._open: tuple[Sample, int] | None = None

    def measure(self, kind: str) -> list[dict[str, Any]]:
        """All numbers of clients for one kind."""
        supply = Supply(self.kinds, kind, self.pace)
        for side in (self.ours, self.bare):
            self._send(side, kind, 16, 5.0, supply.take(self.pace.warm_up))
        samples = [Sample(kind, clients) for clients in CLIENTS]
        for sample in samples:
            for _ in range(self.pace.turns):
                self._turn(sample, supply)
        self._settle_up()
        for sample in samples:
            say(f"  {sample.row()}")
        return [sample.row() for sample in samples]

    def _turn(self, sample: Sample, supply: Supply) -> None:
        self._settle_up()
        self._open = (sample, self.ours.cpu_ns())
        sample.outcomes.append(self._send(self.ours, sample.kind, sample.clients, self.pace.seconds, supply.some()))
        before = self.bare.cpu_ns()
        outcome = self._send(self.bare, sample.kind, sample.clients, self.pace.seconds, supply.some())
        sample.floor_cpu_ns += self.bare.cpu_ns() - before
        sample.floor_done += len(outcome.nanoseconds)
        sample.floor_errors += outcome.errors

    def _settle_up(self) -> None:
        """What the service burns while the floor has its turn (sealing the audit trail, looking for changes) is part of its last turn's cost."""
        if self._open is not None:
            sample, since = self._open
            sample.cpu_ns += self.ours.cpu_ns() - since
            self._open = None

    def _send(self, side: Side, kind: str, clients: int, seconds: float, asked: list[Asked]) -> Outcome:
        order = Order(port=side.port, clients=clients, seconds=seconds, shots=[one.shot() for one in asked], again=kind in READS)
        if kind in READS and seconds > self.pace.seconds:  # warming up: once round
            order = msgspec.structs.replace(order, again=False)
        outcome = self.crowd.carry_out(order)
        if outcome.errors:
            say(f"  {kind} at {clients} clients of {side.application}: {outcome.errors} errors, such as {outcome.refusals[0]}")
        return outcome


class Supply:
    """Requests of one kind, made before they are needed. Reads are asked again and again, writes once each."""

    def __init__(self, kinds: Kinds, kind: str, pace: Pace) -> None:
        self.once = kind not in READS
        self._each = math.ceil(_A_SECOND.get(kind, _READS) * pace.seconds)
        turns = len(CLIENTS) * pace.turns * 2
        self._stock = kinds.make(kind, self._each * turns + 2 * pace.warm_up) if self.once else kinds.make(kind, _READS)

    def take(self, count: int) -> list[Asked]:
        """So many; writes are used up by it."""
        taken, left = self._stock[:count], self._stock[count:]
        if self.once:
            self._stock = left
        return taken

    def some(self) -> list[Asked]:
        """Enough for one turn."""
        return self.take(self._each if self.once else _READS)


def measure(store: Store, patients: int, *, quick: bool) -> list[dict[str, Any]]:
    """The section."""
    clinic = store.clinic(patients)
    return _measure(clinic, KINDS, QUICK if quick else FULL)


def _measure(clinic: Clinic, names: Sequence[str], pace: Pace) -> list[dict[str, Any]]:
    with ExitStack() as stack:
        states = stack.enter_context(closing(States(clinic)))
        kinds = Kinds(states)
        tracer = stack.enter_context(closing(Tracer(clinic.dsn)))
        plans = plans_for(kinds, sorted({*names, *(MIX if "mix" in names else ())} - {"mix"}), tracer)
        ours = stack.enter_context(service(clinic))
        bare = stack.enter_context(floor(clinic, plans))
        crowd = stack.enter_context(Crowd())
        wait_until_sealed(clinic)
        contest = Contest(kinds, crowd, ours, bare, pace)
        return [row for name in names for row in contest.measure(name)]
