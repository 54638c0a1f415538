"""The service over a database that breaks, with real simulators outside and an errand that dies where it is told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from common.messages.cashier import TenderKind
from common.messages.settlement import GetSettlement, RetrySettlement, SettlementFacts
from common.wire import decode
from server.channels.acquirer import Acquirer
from server.channels.line import Line
from server.channels.simulator import Simulator as ChannelSimulator
from server.insurance.client import Insurance
from server.insurance.simulator.process import Simulator as BureauSimulator
from server.parties import Parties
from server.sessions import Actor
from server.settling.asks import Rest, Step, Wait
from server.settling.errands import LONGEST_WAIT, Errands
from tests.server.settling.shop import PREFIX
from tests.simulation.books import Crash, Service
from tests.simulation.money.model import Model

_TIME_PASSES = b"UPDATE settlement SET next_try_at = NULL WHERE id = %(id)s"
_ENDED = ("DONE", "FAILED", "QUOTED")
_MOST_TURNS = 60


class Died(BaseException):
    """The process is gone: nothing of its own catches this."""


class Walker(Errands):
    """Errands that go one after the other in the caller's thread, for whom short pauses pass at once, and who may die at any of their steps."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.steps_left: int | None = None

    def begin(self, settlement_id: int, codes: Mapping[int, str]) -> None:
        """Remember the codes; :meth:`walk` goes."""
        self._codes.setdefault(settlement_id, {}).update(codes)

    def walk(self, settlement_id: int) -> None:
        """Go until there is nothing to do but wait."""
        self._run(settlement_id)

    def _next(self, settlement_id: int, actor: Actor) -> Step:
        self._pass()
        step = super()._next(settlement_id, actor)
        self._pass()
        if not isinstance(step, Wait):
            return step
        if step.milliseconds > LONGEST_WAIT:
            return Rest()
        self._database.of_thread().execute(_TIME_PASSES, {"id": settlement_id})
        return self._next(settlement_id, actor)

    def _ask(self, settlement_id: int, step: Any) -> Any:
        outcome = super()._ask(settlement_id, step)
        self._pass()
        return outcome

    def _pass(self) -> None:
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise Died

    def die(self) -> None:
        """What the system does to a dead process's connections."""
        if self._life is not None:
            self._database.forget(self._life)


class MoneyService(Service):
    """Dispatch and errands in this process, simulators in theirs."""

    def __init__(self, dsn: str, channels: ChannelSimulator, bureau: BureauSimulator) -> None:
        parties = Parties({kind: _channel(channels, kind) for kind in PREFIX}, Insurance(bureau.setup(20), bureau.secrets))
        super().__init__(dsn, parties)
        self._parties = parties
        self.channels, self.bureau = channels, bureau
        self.deaths = 0
        self._walker = self._new_walker()

    def _new_walker(self) -> Walker:
        walker = Walker(self.database, self.dispatch, self._parties)
        self.dispatch.set_out = walker.begin
        return walker

    def follow(self, login: str, settlement: SettlementFacts, dies_after: int | None, crash: Crash | None) -> SettlementFacts:
        """Let a settlement go its way to its end or its quote, whatever dies on it."""
        self._walker.steps_left = dies_after
        if crash is not None:
            self.database.fault.arm(crash.where, crash.statement, crash.times)
        for _ in range(_MOST_TURNS):
            self.walk(settlement.id)
            self.database.fault.disarm()
            settlement = self.look(login, settlement.id)
            if settlement.state in _ENDED:
                return settlement
            self.do(login, RetrySettlement(settlement_id=settlement.id))
        raise AssertionError(f"settlement {settlement.id} does not end: {settlement}")

    def walk(self, settlement_id: int, dies_after: int | None = None) -> None:
        """One errand; where it dies, its process is gone and another takes its place."""
        if dies_after is not None:
            self._walker.steps_left = dies_after
        try:
            self._walker.walk(settlement_id)
        except Died:
            self.deaths += 1
            self._walker.die()
            self._walker = self._new_walker()
        self._walker.steps_left = None

    def look(self, login: str, settlement_id: int) -> SettlementFacts:
        """Where it stands."""
        answer = self.dispatch.perform(GetSettlement(settlement_id=settlement_id), self.actors[login])
        return decode(SettlementFacts, answer.body)

    def close(self) -> None:
        """Close the connections."""
        self._walker.close()
        super().close()


def _channel(simulator: ChannelSimulator, kind: TenderKind) -> Acquirer:
    return Acquirer(kind, simulator.told.merchant, Line(simulator.url, connect_seconds=20, timeout_seconds=20), simulator.signer)


_ACCOUNTS = (
    "SELECT CASE WHEN p.account LIKE 'income:%%' THEN 'income' ELSE p.account END, sum(p.amount_fen)::bigint FROM ledger_posting p"
    " WHERE p.operation_id > %s GROUP BY 1 HAVING sum(p.amount_fen) <> 0"
)
_UNBALANCED = "SELECT operation_id FROM ledger_posting WHERE operation_id > %s GROUP BY operation_id HAVING sum(amount_fen) <> 0"
_DAYS = (
    "SELECT o.business_date FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id WHERE p.operation_id > %s"
    " GROUP BY o.business_date HAVING sum(p.amount_fen) <> 0"
)
_BILLS = (
    "SELECT count(DISTINCT b.id), count(DISTINCT b.number), count(i.id), count(DISTINCT i.number) FROM bill b JOIN invoice i ON i.bill_id = b.id"
    " WHERE b.id > %s"
)
_PAID = (
    "SELECT b.id FROM bill b LEFT JOIN payment y ON y.bill_id = b.id WHERE b.id > %s GROUP BY b.id"
    " HAVING b.total_fen <> coalesce(sum(y.amount_fen), 0)"
)
_REFUNDED = "SELECT id FROM charge_line WHERE patient_id = ANY(%s) AND (refunded_fen > amount_fen OR refunded_quantity > quantity)"
_OWED = "SELECT patient_id, id, amount_fen FROM charge_line WHERE patient_id = ANY(%s) AND state = 'PENDING'"
_DEPOSITS = "SELECT patient_id, balance_fen FROM deposit WHERE patient_id = ANY(%s) AND balance_fen <> 0"
_DRAWERS = (
    "SELECT c.login, sum(p.amount_fen)::bigint FROM shift s JOIN staff c ON c.id = s.cashier_id JOIN ledger_operation o ON o.shift_id = s.id"
    " JOIN ledger_posting p ON p.operation_id = o.id WHERE s.state = 'OPENED' AND p.account = 'tender:cash' GROUP BY c.login"
    " HAVING sum(p.amount_fen) <> 0"
)


class Since:
    """What there was in a database when a run began."""

    def __init__(self, service: Service) -> None:
        self.operation = service.row("SELECT coalesce(max(id), 0) FROM ledger_operation")[0]
        self.bill = service.row("SELECT coalesce(max(id), 0) FROM bill")[0]
        self.settlement = service.row("SELECT coalesce(max(id), 0) FROM settlement")[0]


def differences(service: Service, model: Model, since: Since, account: int) -> Iterator[str]:
    """Where the database is not what the model says. ``account``: the company's."""
    ids = [patient.id for patient in model.patients]
    nothing: list[Any] = []
    invoices = model.booked + model.spoiled
    pairs: dict[str, tuple[Any, Any]] = {
        "operations that do not balance": (service.rows(_UNBALANCED, since.operation), nothing),
        "days that do not balance": (service.rows(_DAYS, since.operation), nothing),
        "accounts": (dict(service.rows(_ACCOUNTS, since.operation)), {name: fen for name, fen in model.accounts.items() if fen}),
        "bills and their numbers": (
            service.row(_BILLS, since.bill),
            (model.booked, model.booked, invoices, invoices),
        ),
        "paid is not due": (service.rows(_PAID, since.bill), nothing),
        "more refunded than charged": (service.rows(_REFUNDED, ids), nothing),
        "owed": (
            {(row[0], row[1]): row[2] for row in service.rows(_OWED, ids)},
            {(patient.id, line.id): line.fen for patient in model.patients for line in patient.owes.values()},
        ),
        "deposits": (dict(service.rows(_DEPOSITS, ids)), {p.id: p.deposit for p in model.patients if p.deposit}),
        "credit": (service.row("SELECT balance_fen FROM credit_account WHERE id = %s", account)[0], model.owed),
        "drawers": (dict(service.rows(_DRAWERS)), {login: drawer.fen for login, drawer in model.drawers.items() if drawer.fen}),
    }
    for name, (seen, wanted) in pairs.items():
        if seen != wanted:
            yield f"{name}: {seen} instead of {wanted}"
