"""The clinic's books twice: in PostgreSQL behind dispatch, and as a model in plain Python that says what must come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import psycopg

from common.errors import OutcomeUnknown, XinglinError
from common.permissions import Role, permissions_of
from common.wire import Request, decode, new_request_id, reply_type
from server.clock import Clock
from server.dispatch import Answer, Dispatch
from server.parties import NOBODY_OUTSIDE, Parties
from server.sessions import Actor
from tests.harness import ZONE
from tests.simulation.crashes import BreakingDatabase, Where

R = TypeVar("R")
CLERK, DOCTOR, PHARMACIST, CASHIER, KEEPER = "zhouqing", "fangzhou", "suye", "qianduo", "kuyan"
#: Drugs that anybody may have in any amount, by their code in the starter list.
DRUGS = ("D0207", "D0231", "D0170")


class Crash(NamedTuple):
    """Where the connection breaks: at the n-th statement, before or after the commit; and how many times in a row."""

    where: Where
    statement: int = 0
    times: int = 1


class Sent(NamedTuple):
    """A command that was carried out, with its answer."""

    login: str
    request: Request[Any]
    request_id: str
    body: bytes


class Service:
    """Dispatch in this process, with connections that break on demand, and a desk that asks again after a lost reply."""

    def __init__(self, dsn: str, parties: Parties = NOBODY_OUTSIDE) -> None:
        self.database = BreakingDatabase(dsn)
        (day,) = self.row("SELECT max(date) FROM clinic_session")
        self.clock = Clock(training=True)
        self.clock.set(datetime.combine(day, time(10, 0), ZONE))
        self.dispatch = Dispatch(self.database, self.clock, parties=parties)
        self.actors = {row[0]: _actor(row) for row in self.rows("SELECT login, id, name, roles FROM staff")}
        self.carried_out = 0
        self.last: Sent | None = None

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows, read past the service."""
        return self.database.of_thread().execute(sql.encode(), parameters or None).fetchall()

    def row(self, sql: str, *parameters: object) -> tuple[Any, ...]:
        """The first row."""
        return self.rows(sql, *parameters)[0]

    def do(self, login: str, request: Request[R], crash: Crash | None = None) -> R:
        """Carry out a command exactly once, however often the connection breaks. Raises its refusal."""
        request_id = new_request_id()
        answer = self._insist(login, request, request_id, crash)
        self.carried_out += 1
        self.last = Sent(login, request, request_id, answer.body)
        return decode(reply_type(type(request)), answer.body)  # type: ignore[no-any-return]

    def _insist(self, login: str, request: Request[Any], request_id: str, crash: Crash | None) -> Answer:
        if crash is not None:
            self.database.fault.arm(crash.where, crash.statement, crash.times)
        try:
            return self.send(login, request, request_id)
        except (psycopg.OperationalError, OutcomeUnknown):
            self.database.fault.disarm()
            return self.send(login, request, request_id)  # what a desk does: the same id again
        finally:
            self.database.fault.disarm()

    def send(self, login: str, request: Request[Any], request_id: str) -> Answer:
        """Send a command once."""
        return self.dispatch.perform(request, self.actors[login], request_id)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def _actor(row: tuple[Any, ...]) -> Actor:
    roles = frozenset(Role(role) for role in row[3])
    return Actor(staff_id=row[1], name=row[2], roles=roles, permissions=permissions_of(roles))


def refusal(service: Service, login: str, request: Request[Any], crash: Crash | None = None) -> str:
    """The name of the error that a command is refused with; empty if it was carried out."""
    try:
        service.do(login, request, crash)
    except XinglinError as error:
        return type(error).__name__
    return ""


@dataclass
class Visit:
    """A visit as it should be."""

    id: int
    patient: int
    fee: int
    tender: str
    state: str = "WAITING"


@dataclass
class Rx:
    """A prescription as it should be: quantity by drug, and the ids and amounts of its lines."""

    id: int
    visit: Visit
    lines: dict[int, Decimal]
    amounts: list[int]
    state: str = "SUBMITTED"
    charges: list[int] = field(default_factory=list)
    returned: dict[int, Decimal] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """What it costs, in fen."""
        return sum(self.amounts)


class Model:
    """What money, stock and states should be."""

    def __init__(self, service: Service, drugs: list[int]) -> None:
        levels = service.rows(_LEVELS, "PHARMACY", drugs)
        self.on_hand: dict[int, Decimal] = {row[0]: row[1] for row in levels}
        self.reserved: dict[int, Decimal] = {row[0]: row[2] for row in levels}
        #: What came back and may not be sold again.
        self.kept_back: dict[int, Decimal] = {row[0]: row[1] for row in service.rows(_LEVELS, "QUARANTINE", drugs)}
        self.tenders: Counter[str] = Counter(dict(service.rows(_TENDERS)))
        self.bills: int = service.row("SELECT count(*) FROM bill")[0]
        self.requests: int = service.row("SELECT count(*) FROM request_log")[0]
        #: Visits and prescriptions of earlier runs are theirs.
        self.first_visit: int = service.row("SELECT coalesce(max(id), 0) FROM visit")[0]
        self.visits: list[Visit] = []
        self.prescriptions: list[Rx] = []

    def free(self, drug: int) -> Decimal:
        """How much may still be prescribed."""
        return self.on_hand[drug] - self.reserved[drug]

    def hold(self, rx: Rx, sign: int) -> None:
        """Reserve (1) or release (-1) what a prescription needs."""
        for drug, quantity in rx.lines.items():
            self.reserved[drug] += sign * quantity

    def booked(self, tender: str, fen: int) -> None:
        """A bill was settled, or taken back when ``fen`` is below zero."""
        self.bills += 1
        self.tenders[tender] += fen

    def owed_by(self, patient: int) -> list[Rx]:
        """The prescriptions that a patient has to pay."""
        return [rx for rx in self.prescriptions if rx.visit.patient == patient and rx.state == "APPROVED"]


_LEVELS = (
    "SELECT l.drug_id, l.on_hand, l.reserved FROM stock_level l JOIN stock_location p ON p.id = l.location_id"
    " WHERE p.code = %s AND l.drug_id = ANY(%s)"
)
_MOVED = (
    "SELECT m.drug_id, sum(m.quantity) FROM stock_move m JOIN stock_location p ON p.id = m.location_id"
    " WHERE p.code = %s AND m.drug_id = ANY(%s) GROUP BY m.drug_id"
)
_BACK = (
    "SELECT p.id, l.drug_id, l.returned FROM prescription_line l JOIN prescription p ON p.id = l.prescription_id"
    " WHERE p.visit_id > %s AND l.returned > 0"
)
_TENDERS = "SELECT substr(account, 8), sum(amount_fen)::bigint FROM ledger_posting WHERE account LIKE 'tender:%' GROUP BY account"


def differences(service: Service, model: Model) -> Iterator[str]:
    """Where the database is not what the model says."""
    drugs, since = list(model.on_hand), model.first_visit
    seen: dict[str, Any] = {
        "sum": service.row("SELECT coalesce(sum(amount_fen), 0) FROM ledger_posting")[0],
        "requests": service.row("SELECT count(*) FROM request_log")[0],
        "tenders": {tender: fen for tender, fen in service.rows(_TENDERS) if fen},
        "bills": service.row("SELECT count(*), count(DISTINCT number) FROM bill"),
        "levels": {row[0]: row[1:] for row in service.rows(_LEVELS, "PHARMACY", drugs)},
        "moved": dict(service.rows(_MOVED, "PHARMACY", drugs)),
        "kept back": {row[0]: row[1] for row in service.rows(_LEVELS, "QUARANTINE", drugs)},
        "moved back": dict(service.rows(_MOVED, "QUARANTINE", drugs)),
        "returned": {row[:2]: row[2] for row in service.rows(_BACK, since)},
        "visits": dict(service.rows("SELECT id, state FROM visit WHERE id > %s", since)),
        "prescriptions": dict(service.rows("SELECT id, state FROM prescription WHERE visit_id > %s", since)),
    }
    wanted: dict[str, Any] = {
        "sum": 0,
        "requests": model.requests + service.carried_out,
        "tenders": {tender: fen for tender, fen in model.tenders.items() if fen},
        "bills": (model.bills, model.bills),
        "levels": {drug: (model.on_hand[drug], model.reserved[drug]) for drug in drugs},
        "moved": model.on_hand,
        "kept back": model.kept_back,
        "moved back": model.kept_back,
        "returned": {(rx.id, drug): quantity for rx in model.prescriptions for drug, quantity in rx.returned.items()},
        "visits": {visit.id: visit.state for visit in model.visits},
        "prescriptions": {rx.id: rx.state for rx in model.prescriptions},
    }
    for name, value in wanted.items():
        if seen[name] != value:
            yield f"{name}: {seen[name]} instead of {value}"
