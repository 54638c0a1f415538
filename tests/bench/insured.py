"""``insured``: what a settlement of ten lines with the insurance costs the service, against the very same statements on bare psycopg.

From the cashier's request to the booked bill it is some twenty transactions, each before the bureau is asked or after it answered.
The service does them in this process; the bureau is simulated in a process of its own, whose work and delay are not counted. The floor runs the
same statements with the same values in the same transactions on a copy of the database as it was before. Counted is the CPU time of this process and
of its database connection, and the time that passed less what the bureau took. ``--runs`` is the number of settlements.
"""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import psycopg

from common.messages.cashier import GetUnpaid, Tender, TenderKind
from common.messages.prices import ChargeManually, ItemQuantity
from common.messages.settlement import BeginSettlement, ConfirmSettlement, GetSettlement, SettlementFacts
from common.wire import decode, new_request_id, reply_type
from server.clock import Clock
from server.db import Database, Row
from server.dispatch import Dispatch
from server.insurance.client import Insurance
from server.insurance.simulator.process import start_simulator as start_bureau
from server.parties import Parties
from tests import visits
from tests.bench import alone
from tests.bench.history import say
from tests.bench.sides import cpu_of
from tests.harness import TestDatabase
from tests.server.office import Office
from tests.server.settling.shop import INSURE, enrol
from tests.simulation.money.service import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.messages.settlement import InsuranceUse
    from installer.postgres import EmbeddedPostgres
    from server.insurance.simulator.process import Simulator
    from server.sessions import Actor

LINES: Final = 10
SETTLEMENTS: Final = 150
#: Before anything is counted each side settles so many: statements are prepared and planned by then.
_WARM_UP: Final = 10
#: A statement and its values; ``None`` where a transaction begins or ends.
Step = tuple[bytes, dict[str, Any]] | None


class _Recorded(psycopg.Connection[Row]):
    """A connection that writes down what it runs, if there is a list to write to."""

    steps: list[Step] | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> psycopg.Cursor[Row]:
        """Run it."""
        if self.steps is not None:
            self.steps.append((query, dict(params or {})))
        return super().execute(query, params, **options)

    @contextlib.contextmanager
    def transaction(self, *given: Any, **named: Any) -> Iterator[psycopg.Transaction]:
        """A transaction, with a mark at its beginning and its end."""
        self._mark()
        with super().transaction(*given, **named) as transaction:
            yield transaction
        self._mark()

    def _mark(self) -> None:
        if self.steps is not None:
            self.steps.append(None)


class _OneConnection(Database):
    """A database of which one connection is used, so that its work can be counted."""

    def connect(self) -> psycopg.Connection[Row]:
        """A connection like the service's."""
        connection = _Recorded.connect(self.dsn, autocommit=True, options=self._options)
        connection.prepare_threshold, connection.prepared_max = 0, 400
        with self._guard:
            self._all.add(connection)
        return connection


class _Timed(Insurance):
    """The line to the bureau; ``waited`` is the time that passed there, in seconds."""

    waited = 0.0

    def send(self, prepared: Any) -> Any:
        """Ask, and look at the clock."""
        began = time.perf_counter()
        try:
            return super().send(prepared)
        finally:
            self.waited += time.perf_counter() - began


class _Cost:
    """CPU of this process and of a database connection, and time, from one moment to another, in milliseconds."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._backend = connection.info.backend_pid
        self._began = self._now()

    def _now(self) -> tuple[float, float, float]:
        return time.process_time() * 1e3, cpu_of(self._backend) / 1e6, time.perf_counter() * 1e3

    def so_far(self) -> tuple[float, float]:
        """CPU and time."""
        own, backend, clock = (now - then for now, then in zip(self._now(), self._began, strict=True))
        return own + backend, clock


def measure(runs: int, first_seed: int, *, quick: bool) -> dict[str, Any]:
    """The section; chance plays no part in it."""
    del first_seed
    count = runs or (30 if quick else SETTLEMENTS)
    with alone.folder() as folder, alone.database(folder) as postgres:
        bureau = start_bureau(folder / "bureau.db", province="guangdong", arguments=("--lenient",))
        try:
            return compare(postgres, alone.TEMPLATE, bureau, count)
        finally:
            bureau.stop()


def compare(postgres: EmbeddedPostgres, template: str, bureau: Simulator, count: int) -> dict[str, Any]:
    """So many settlements by the service, and their statements alone."""
    postgres.create_from_template("prepared", template)
    patients = _prepare(
        TestDatabase(postgres.dsn(dbname="prepared"), postgres.dsn("xinglin_owner", "prepared"), "prepared"), count + _WARM_UP
    )
    for place, name in enumerate(("traced", "served", "bare")):
        postgres.create_from_template(name, "prepared")
        owned = TestDatabase(postgres.dsn(dbname=name), postgres.dsn("xinglin_owner", name), name)
        owned.run(f"ALTER SEQUENCE insurance_msgid RESTART WITH {place * 3000}")  # one institution: two calls of a second need two numbers
    people = [enrol(bureau, "陈一", 0) for _ in range(2 * len(patients))]
    traced = _Counter(postgres.dsn(dbname="traced"), bureau, patients, people[: len(patients)])
    steps = traced.trace()
    say(f"  {sum(step is not None for step in steps[-1])} statements a settlement")
    served = _Counter(postgres.dsn(dbname="served"), bureau, patients, people[len(patients) :])
    cpu, clock, bureau_ms = served.count()
    floor_cpu, floor_clock = _floor(postgres.dsn(dbname="bare"), steps)
    return {
        "settlements": count,
        "lines": LINES,
        "statements": sum(step is not None for step in steps[-1]),
        "transactions": steps[-1].count(None) // 2,
        "cpu_ms": round(cpu / count, 2),
        "floor_cpu_ms": round(floor_cpu / count, 2),
        "cpu_ratio": round(cpu / floor_cpu, 2),
        "server_ms": round((clock - bureau_ms) / count, 2),
        "floor_ms": round(floor_clock / count, 2),
        "time_ratio": round((clock - bureau_ms) / floor_clock, 2),
        "bureau_ms": round(bureau_ms / count, 2),
    }


def _prepare(database: TestDatabase, count: int) -> list[int]:
    """Patients whom the doctor has seen, each with ten services to pay."""
    database.run("UPDATE clinic_session SET capacity = 1000000")
    database.run(INSURE)
    office = Office(database)
    try:
        items = tuple(ItemQuantity(item_id=row[0], quantity=Decimal(1)) for row in office.rows(_ITEMS, LINES))
        patients = []
        for _ in range(count):
            patient = visits.new_patient(office, "陈一").id
            visit = visits.register(office, patient).visit_id
            visits.consult(office, visit)
            office.desk(visits.CASHIER).call(ChargeManually(patient_id=patient, visit_id=visit, items=items))
            patients.append(patient)
    finally:
        office.close()
    return patients


_ITEMS: Final = "SELECT id FROM service_item WHERE active AND price > 0 AND category <> 'registration' ORDER BY id LIMIT %s"


class _Counter:
    """The service over one database."""

    def __init__(self, dsn: str, bureau: Simulator, patients: list[int], people: list[InsuranceUse]) -> None:
        self.patients, self.people = patients, people
        self.database = _OneConnection(dsn)
        self.line = _Timed(bureau.setup(20), bureau.secrets)
        parties = Parties({}, self.line)
        self.dispatch = Dispatch(self.database, Clock(), parties=parties)
        self.walker = Walker(self.database, self.dispatch, parties)
        self.dispatch.set_out = self.walker.begin
        self.connection = self.database.of_thread()
        assert isinstance(self.connection, _Recorded)
        office = Office(TestDatabase(dsn, dsn, ""))
        self.cashier: Actor = office.actor(visits.CASHIER)
        office.close()
        self._ready = {patient: self._ask(GetUnpaid(patient_id=patient)) for patient in patients}

    def _ask(self, request: Any) -> Any:
        kind: Any = type(request)
        return decode(reply_type(kind), self.dispatch.perform(request, self.cashier, new_request_id()).body)

    def settle(self, place: int) -> None:
        """One settlement from its beginning to its bill."""
        due = self._ready[self.patients[place]]
        ids = tuple(line.id for line in due.lines)
        request = BeginSettlement(patient_id=due.patient_id, line_ids=ids, expected_fen=due.total_fen, insurance=self.people[place])
        begun: SettlementFacts = self._ask(request)
        self.walker.walk(begun.id)
        quoted: SettlementFacts = self._ask(GetSettlement(settlement_id=begun.id))
        assert quoted.quote is not None, quoted
        fen = quoted.quote.cash_fen
        tenders = (Tender(kind=TenderKind.CASH, amount_fen=fen, given_fen=fen),) if fen else ()
        self._ask(ConfirmSettlement(settlement_id=begun.id, expected_cash_fen=fen, tenders=tenders))
        self.walker.walk(begun.id)
        done: SettlementFacts = self._ask(GetSettlement(settlement_id=begun.id))
        assert done.state == "DONE", done

    def trace(self) -> list[list[Step]]:
        """The statements of each settlement."""
        found: list[list[Step]] = []
        for place in range(len(self.patients)):
            found.append([])
            self.connection.steps = found[-1]  # type: ignore[attr-defined]
            self.settle(place)
        self.close()
        return found

    def count(self) -> tuple[float, float, float]:
        """CPU, time and the bureau's part of it, of all settlements after the first few."""
        for place in range(_WARM_UP):
            self.settle(place)
        self.line.waited, cost = 0.0, _Cost(self.connection)
        for place in range(_WARM_UP, len(self.patients)):
            self.settle(place)
        cpu, clock = cost.so_far()
        self.close()
        return cpu, clock, self.line.waited * 1e3

    def close(self) -> None:
        """Close the connections."""
        self.walker.close()
        self.database.close()


def _floor(dsn: str, settlements: list[list[Step]]) -> tuple[float, float]:
    """The same statements on bare psycopg; CPU and time of all settlements after the first few."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.prepare_threshold, connection.prepared_max = 0, 400
        cost = _Cost(connection)
        for place, steps in enumerate(settlements):
            if place == _WARM_UP:
                cost = _Cost(connection)
            _replay(connection, steps)
        return cost.so_far()


def _replay(connection: psycopg.Connection[Row], steps: list[Step]) -> None:
    within = False
    for step in steps:
        if step is None:
            connection.execute(b"COMMIT" if within else b"BEGIN")
            within = not within
            continue
        cursor = connection.execute(step[0], step[1], prepare=True)
        if cursor.description is not None:
            cursor.fetchall()
