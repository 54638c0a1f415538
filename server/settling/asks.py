"""What an errand is told to do next, and the service's own commands that take a settlement from step to step."""

from __future__ import annotations

from typing import Any

from common.permissions import Permission
from common.wire import Command, Done, Fact


class Ask(Fact, frozen=True, kw_only=True, tag=True):
    """Ask a channel: ``act`` PAY, QUERY, REVERSE, REFUND or QUERY_REFUND about ``order``."""

    call_id: int
    channel: str
    act: str
    order: str
    payment_id: int
    amount_fen: int = 0
    total_fen: int = 0
    refund_number: str = ""
    subject: str = ""


class AskInsurance(Fact, frozen=True, kw_only=True, tag=True):
    """Send a prepared transaction to the bureau. ``act`` is its national number, ``infno`` the province's."""

    call_id: int
    act: str
    infno: str
    msgid: str
    body: bytes
    payload_hash: bytes
    asked: dict[str, Any]


class Wait(Fact, frozen=True, kw_only=True, tag=True):
    """Nothing to do for so many milliseconds."""

    milliseconds: int


class Finish(Fact, frozen=True, kw_only=True, tag=True):
    """Everything outside is done: book it."""


class Rest(Fact, frozen=True, kw_only=True, tag=True):
    """It has ended, waits for a person, or is another errand's."""


Step = Ask | AskInsurance | Wait | Finish | Rest


class Stepped(Fact, frozen=True, kw_only=True):
    """The next step."""

    step: Step


class TakeStep(Command[Stepped], frozen=True, kw_only=True):
    """Decide and write down a settlement's next step. ``worker`` is the service process whose errand it is; ``codes`` are the payments whose
    codes it still holds."""

    permission = Permission.SERVICE
    settlement_id: int
    worker: str
    codes: tuple[int, ...] = ()


class RecordOutcome(Command[Done], frozen=True, kw_only=True):
    """Write down what became of a call. ``outcome`` is a :mod:`server.outcome` or ``Paying``; ``act`` what was asked."""

    permission = Permission.SERVICE
    settlement_id: int
    call_id: int
    act: str
    outcome: Any


class FinishSettlement(Command[Done], frozen=True, kw_only=True):
    """Book the bill of a settlement of which everything outside is done."""

    permission = Permission.SERVICE
    settlement_id: int


class FailSettlement(Command[Done], frozen=True, kw_only=True):
    """It cannot be booked (a deposit was spent meanwhile): take back what was done outside. ``error`` as on the wire."""

    permission = Permission.SERVICE
    settlement_id: int
    error: str
    fields: dict[str, Any]
