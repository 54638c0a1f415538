"""Fetching statements and having money paid back: the part that speaks to the channels, with no transaction open meanwhile.

Everything here may be done twice, by two processes or after a crash, to the same effect: a statement is entered again without a new difference,
and a repayment has one number for ever.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import msgspec

from common.messages.cashier import TenderKind
from common.messages.reconcile import (
    EndDifference,
    EnterStatement,
    Movement,
    MovementAct,
    NoteStatementTrouble,
    PayBack,
    ReconciliationFacts,
    TakeUpDifferences,
    Way,
)
from common.permissions import Permission
from common.wire import decode, reply_type
from server.channels.acquirer import CHANNEL_ZONE
from server.channels.protocol import CLOSED
from server.channels.statements import DAY, DUE
from server.db import Read, as_structs
from server.outcome import Rejected, Success, Unknown
from server.people import system_actor

if TYPE_CHECKING:
    from datetime import date

    from common.wire import Request
    from server.channels.protocol import Channel, StatementLine
    from server.clock import Clock
    from server.db import Database
    from server.dispatch import Dispatch
    from server.outside import ReconciliationSetting
    from server.parties import Parties
    from server.sessions import Actor

R = TypeVar("R")

log = logging.getLogger("xinglin.channels")

MARGIN: Final = timedelta(minutes=15)
_DAYS_BACK: Final = 7

_WANTED: Final = Read(
    "SELECT channel, day FROM channel_statement WHERE channel = ANY(%(channels)s) AND (fetched_at IS NULL OR fetched_at < wanted_at)"
    " AND (next_try_at IS NULL OR next_try_at <= %(now)s) ORDER BY day, channel"
)
#: Days that are over and nobody has asked for yet, since the channel's first payment.
_MISSING: Final = Read(
    "SELECT k.channel, g.day::date FROM unnest(%(channels)s::text[]) k(channel), generate_series(%(first)s::date, %(last)s::date,"
    " interval '1 day') g(day) WHERE NOT EXISTS (SELECT FROM channel_statement s WHERE s.channel = k.channel AND s.day = g.day::date)"
    " AND EXISTS (SELECT FROM channel_call c WHERE c.channel = k.channel AND c.sent_at < g.day + interval '1 day') ORDER BY g.day, k.channel"
)
_DUE: Final = Read(f"SELECT DISTINCT d.party FROM money_difference d WHERE d.party = ANY(%(channels)s) AND {DUE}")


class House(Protocol):
    """What is needed of the service."""

    database: Database
    dispatch: Dispatch
    clock: Clock
    parties: Parties
    reconciliation: ReconciliationSetting


def reconcile(house: House, kind: TenderKind, day: date, margin: timedelta = MARGIN) -> ReconciliationFacts | None:
    """Fetch the statement of a day, enter it, and clear what can be cleared without a person. ``None``: it could not be had; that is noted,
    and tried again by :func:`reconcile_due`. Raises ``XinglinError`` and database errors."""
    outcome = house.parties.channels[kind].statement(day)
    if not isinstance(outcome, Success):
        trouble = outcome.message if isinstance(outcome, Rejected) else outcome.reason
        log.warning("no statement of %s for %s: %s", kind, day, trouble)
        _perform(house, NoteStatementTrouble(channel=kind, day=day, trouble=trouble[:300]))
        return None
    lines = tuple(map(_movement, outcome.value))
    _perform(house, EnterStatement(channel=kind, day=day, lines=lines, margin_seconds=int(margin.total_seconds())))
    clear_differences(house, kind)
    cursor = house.database.of_thread().execute(DAY.bytes, {"channel": kind.value, "day": day})
    return as_structs(ReconciliationFacts, cursor)[0]


def clear_differences(house: House, kind: TenderKind) -> None:
    """Have the channel pay back what it holds for nobody, and close what settled itself."""
    refund_unknown = house.reconciliation.refund_unknown
    while True:
        due = _perform(house, TakeUpDifferences(channel=kind, refund_unknown=refund_unknown)).back
        for payment in due:
            _perform(house, _paid_back(house.parties.channels[kind], payment))
        if not due:
            return


def reconcile_due(house: House) -> None:
    """What is wanted, missing, or to be tried again now; the service calls this every few seconds."""
    if not house.parties.channels:
        return
    channels, now = [kind.value for kind in house.parties.channels], house.clock.wall()
    wanted = _rows(house, _WANTED, channels=channels, now=now)
    here = now.astimezone(CHANNEL_ZONE)
    if here.hour >= house.reconciliation.hour:
        last = here.date() - timedelta(days=1)
        wanted += _rows(house, _MISSING, channels=channels, first=last - timedelta(days=_DAYS_BACK - 1), last=last)
    for channel, day in wanted:
        reconcile(house, TenderKind(channel), day)
    for (channel,) in _rows(house, _DUE, channels=channels, now=now):
        clear_differences(house, TenderKind(channel))


def _paid_back(channel: Channel, payment: PayBack) -> EndDifference:
    """Ask for the order, and if it is still paid, for its repayment."""
    found = channel.query(payment.order, payment.amount_fen)
    if isinstance(found, Rejected) and found.code == CLOSED:
        return EndDifference(difference_id=payment.difference_id, way=Way.TAKEN_BACK)
    if isinstance(found, Success):
        amount = payment.amount_fen
        outcome = channel.refund(payment.order, payment.refund_number, amount, amount)
        if isinstance(outcome, Success):
            return EndDifference(difference_id=payment.difference_id, way=Way.REFUND)
        return _hindered(payment, outcome)
    return _hindered(payment, found if isinstance(found, Rejected | Unknown) else Unknown("the payer is still being asked"))


def _hindered(payment: PayBack, outcome: Rejected | Unknown) -> EndDifference:
    if isinstance(outcome, Rejected):
        return EndDifference(difference_id=payment.difference_id, way=Way.OPEN, trouble=f"{outcome.code} {outcome.message}"[:300])
    return EndDifference(difference_id=payment.difference_id, way=Way.REFUND, again=True, trouble=outcome.reason[:300])


def _movement(line: StatementLine) -> Movement:
    return Movement(
        order=line.order,
        act=MovementAct(line.act.value),
        number=line.number,
        amount_fen=line.amount_fen,
        at=line.at,
        channel_number=line.channel_number,
    )


def _actor(house: House) -> Actor:
    return msgspec.structs.replace(system_actor(house.database), permissions=frozenset({Permission.SERVICE}))


def _perform(house: House, request: Request[R]) -> R:
    answer = house.dispatch.perform(request, _actor(house))
    return decode(reply_type(type(request)), answer.body)  # type: ignore[no-any-return]


def _rows(house: House, statement: Read, **parameters: Any) -> list[tuple[Any, ...]]:
    return house.dispatch.once_more(lambda: house.database.of_thread().execute(statement.bytes, parameters).fetchall())
