"""Errands: threads of the service that take settlements from step to step, and take over those whose process died."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

import psycopg

from common.errors import Refusal, ServiceBroken, XinglinError
from common.messages.cashier import TenderKind
from common.permissions import Permission, Role
from common.wire import decode
from server.db import Read
from server.insurance.protocol import Prepared
from server.outcome import Rejected, Unknown
from server.sessions import Actor
from server.settling.asks import Ask, AskInsurance, FailSettlement, Finish, FinishSettlement, RecordOutcome, Step, Stepped, TakeStep, Wait
from server.settling.steps import WORKER_LOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.db import Database
    from server.dispatch import Dispatch
    from server.parties import Parties

log = logging.getLogger("xinglin.settling")

_THREADS: Final = 16
#: A settlement is not waited for longer than these milliseconds by one thread; the sweep comes back to it.
LONGEST_WAIT: Final = 3000

_WAITING: Final = Read(
    "SELECT id FROM settlement WHERE state IN ('OPEN', 'UNKNOWN') AND (next_try_at IS NULL OR next_try_at <= now()) ORDER BY id LIMIT 200"
)
_CASHIER: Final = Read(
    "SELECT s.cashier_id, s.session_id, s.desk_id, p.name, p.title, p.department_id, p.roles FROM settlement s JOIN staff p ON p.id = s.cashier_id"
    " WHERE s.id = %(id)s"
)


class Errands:
    """The errands of one service process.

    As long as it lives, the process holds an advisory lock that is its name; whoever can take that lock knows that the process is dead and
    goes on with its settlements.
    """

    def __init__(self, database: Database, dispatch: Dispatch, parties: Parties) -> None:
        self.worker = secrets.token_hex(8)
        self._database = database
        self._dispatch = dispatch
        self._parties = parties
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="errand")
        self._codes: dict[int, dict[int, str]] = {}
        self._under_way: set[int] = set()
        self._again: set[int] = set()
        self._guard = threading.Lock()
        self._life: psycopg.Connection[Any] | None = None
        self._closed = threading.Event()

    def begin(self, settlement_id: int, codes: Mapping[int, str]) -> None:
        """Set out for a settlement. ``codes``: payment codes by payment; they live in memory alone, and no longer than the errand."""
        with self._guard:
            if codes:
                self._codes.setdefault(settlement_id, {}).update(codes)
            if settlement_id in self._under_way:
                self._again.add(settlement_id)
                return
            if self._closed.is_set():
                return
            self._under_way.add(settlement_id)
        self._threads.submit(self._run, settlement_id)

    def sweep(self) -> None:
        """Set out for every settlement that is due and that nobody is under way for."""
        self._prove_life()
        for (settlement_id,) in self._database.of_thread().execute(_WAITING.bytes, prepare=True).fetchall():
            if settlement_id not in self._under_way:
                self.begin(settlement_id, {})

    def close(self) -> None:
        """Let the calls under way end, and set out no more."""
        self._closed.set()
        self._threads.shutdown(wait=True)
        with self._guard:
            if self._life is not None:
                self._life.close()

    def _prove_life(self) -> None:
        """Hold the lock that is this process's name. Where its connection broke, others may have taken over: then it gets another name."""
        with self._guard:
            if self._life is not None and not (self._life.closed or self._life.broken):
                with contextlib.suppress(psycopg.OperationalError):
                    self._life.execute("SELECT 1")
                    return
            self.worker = secrets.token_hex(8)
            self._life = self._database.hold(WORKER_LOCK, self.worker)
            self._parties.worker = self.worker

    # --- one errand ------------------------------------------------------------------------------------------------------------

    def _run(self, settlement_id: int) -> None:
        try:
            if self._life is None:
                self._prove_life()
            self._carry(settlement_id)
        except (psycopg.Error, XinglinError) as error:
            log.warning("settlement %d waits: %s", settlement_id, type(error).__name__)
        except Exception as error:
            log.error("fault in the errand of settlement %d", settlement_id, exc_info=error)
        finally:
            self._arrive(settlement_id)

    def _arrive(self, settlement_id: int) -> None:
        """The errand is over; what came for it meanwhile (a confirmation, with its codes) sets out anew."""
        with self._guard:
            self._under_way.discard(settlement_id)
            again = settlement_id in self._again
            self._again.discard(settlement_id)
            if not again:
                self._codes.pop(settlement_id, None)
        if again:
            self.begin(settlement_id, {})

    def _carry(self, settlement_id: int) -> None:
        actor = self._on_behalf(settlement_id)
        while not self._closed.is_set():
            step = self._next(settlement_id, actor)
            if isinstance(step, Ask | AskInsurance):
                outcome = self._ask(settlement_id, step)
                record = RecordOutcome(settlement_id=settlement_id, call_id=step.call_id, act=step.act, outcome=outcome)
                self._dispatch.perform(record, actor)
            elif isinstance(step, Finish):
                self._finish(settlement_id, actor)
            elif isinstance(step, Wait) and step.milliseconds <= LONGEST_WAIT:
                self._closed.wait(step.milliseconds / 1000)
            else:
                break

    def _next(self, settlement_id: int, actor: Actor) -> Step:
        held = tuple(self._codes.get(settlement_id, {}))
        answer = self._dispatch.perform(TakeStep(settlement_id=settlement_id, worker=self.worker, codes=held), actor)
        return decode(Stepped, answer.body).step

    def _finish(self, settlement_id: int, actor: Actor) -> None:
        """Book it, once: the request's id is the settlement's own. What forbids it is noted, and the next step takes back what was done."""
        request_id = str(uuid5(NAMESPACE_URL, f"xinglin:finish-settlement:{settlement_id}"))
        try:
            self._dispatch.perform(FinishSettlement(settlement_id=settlement_id), actor, request_id)
            return
        except (Refusal, ServiceBroken) as refusal:
            error: XinglinError = refusal
        except psycopg.IntegrityError as broken:  # the ledger refuses it: a fault of ours, which must not be tried without end
            error = ServiceBroken(reference=f"settlement {settlement_id}")
            log.error("settlement %d cannot be booked: %s", settlement_id, broken.diag.message_primary)
        failed = FailSettlement(settlement_id=settlement_id, error=type(error).__name__, fields=error.fields)
        self._dispatch.perform(failed, actor)

    def _on_behalf(self, settlement_id: int) -> Actor:
        """The cashier who began it: it is his shift and his name on the receipt, wherever he is by then."""
        row = self._database.of_thread().execute(_CASHIER.bytes, {"id": settlement_id}, prepare=True).fetchone()
        assert row is not None, "a settlement is never deleted"
        return Actor(
            staff_id=row[0],
            session_id=row[1],
            desk_id=row[2],
            name=row[3],
            title=row[4],
            department_id=row[5],
            roles=frozenset(Role(role) for role in row[6]),
            permissions=frozenset({Permission.SERVICE}),
        )

    # --- asking outside --------------------------------------------------------------------------------------------------------

    def _ask(self, settlement_id: int, step: Ask | AskInsurance) -> Any:
        """Ask, with no transaction open. Whatever breaks on our own side is an unknown outcome: it may have been sent."""
        started = time.monotonic()
        try:
            outcome = self._ask_bureau(step) if isinstance(step, AskInsurance) else self._ask_channel(settlement_id, step)
        except Exception as error:
            log.error("fault in a call outside, settlement %d", settlement_id, exc_info=error)
            outcome = Unknown(reason=type(error).__name__)
        log.info("settlement %d: %s %s in %d ms", settlement_id, step.act, type(outcome).__name__, (time.monotonic() - started) * 1000)
        return outcome

    def _ask_bureau(self, step: AskInsurance) -> Any:
        bureau = self._parties.bureau
        if bureau is None:
            return Unknown(reason="not connected")
        return bureau.send(Prepared(msgid=step.msgid, infno=step.infno, body=step.body, payload_hash=step.payload_hash, asked=step.asked))

    def _ask_channel(self, settlement_id: int, step: Ask) -> Any:
        channel = self._parties.channels.get(TenderKind(step.channel))
        if channel is None:
            return Unknown(reason="not connected")
        if step.act == "PAY":
            code = self._codes.get(settlement_id, {}).pop(step.payment_id, "")
            return channel.pay(step.order, step.amount_fen, code, step.subject) if code else Rejected("NO_CODE", "")
        if step.act == "QUERY":
            return channel.query(step.order, step.amount_fen)
        if step.act == "REVERSE":
            return channel.reverse(step.order)
        if step.act == "REFUND":
            return channel.refund(step.order, step.refund_number, step.amount_fen, step.total_fen)
        return channel.query_refund(step.order, step.refund_number, step.amount_fen)
