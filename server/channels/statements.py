"""What a channel says of a day, held against our calls; and which of its differences clear themselves."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from common import topics
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.reconcile import (
    EndDifference,
    EnterStatement,
    Finding,
    ListReconciliations,
    MovementAct,
    NoteStatementTrouble,
    PayBack,
    PaymentsToReturn,
    ReconciliationFacts,
    ReconciliationList,
    RunChannelReconciliation,
    TakeUpDifferences,
    Way,
)
from common.settling_errors import NotConnected
from common.wire import Done
from server import differences
from server.channels.acquirer import CHANNEL_ZONE
from server.channels.protocol import is_order_number
from server.db import Read, Write
from server.differences import Difference
from server.features import handles

if TYPE_CHECKING:
    from datetime import date

    from common.messages.cashier import TenderKind
    from server.db import ReadTx, Row, Tx

#: How long until a channel that could not answer is asked again.
RETRY: Final = timedelta(minutes=5)
_WAIT: Final = timedelta(minutes=1)

_WANT: Final = Write(
    "INSERT INTO channel_statement (channel, day, wanted_at, wanted_by) VALUES (%(channel)s, %(day)s, %(at)s, %(staff_id)s)"
    " ON CONFLICT (channel, day) DO UPDATE SET wanted_at = excluded.wanted_at, wanted_by = excluded.wanted_by, next_try_at = NULL"
)
_FETCHED: Final = Write(
    "INSERT INTO channel_statement (channel, day, wanted_at, wanted_by, fetched_at)"
    " VALUES (%(channel)s, %(day)s, %(at)s, %(staff_id)s, %(at)s)"
    " ON CONFLICT (channel, day) DO UPDATE SET fetched_at = excluded.fetched_at, next_try_at = NULL, trouble = ''"
)
_TROUBLE: Final = Write(
    "INSERT INTO channel_statement (channel, day, wanted_at, wanted_by, trouble, next_try_at)"
    " VALUES (%(channel)s, %(day)s, %(at)s, %(staff_id)s, %(trouble)s, %(next_try_at)s)"
    " ON CONFLICT (channel, day) DO UPDATE SET trouble = excluded.trouble, next_try_at = excluded.next_try_at"
)
_MOVE: Final = Write(
    "INSERT INTO channel_movement (channel, act, number, order_number, amount_fen, at, channel_number, day) VALUES (%(channel)s, %(act)s,"
    " %(number)s, %(order)s, %(amount_fen)s, %(at)s, %(channel_number)s, %(day)s) ON CONFLICT (channel, act, number) DO UPDATE SET"
    " amount_fen = excluded.amount_fen, at = excluded.at, day = excluded.day"
)
_DAYS: Final = (
    "SELECT s.channel, s.day, s.wanted_at, s.fetched_at, s.trouble, coalesce(m.lines, 0) AS lines, coalesce(m.paid_fen, 0) AS paid_fen,"
    " coalesce(m.back_fen, 0) AS back_fen, coalesce(d.found, 0) AS differences, coalesce(d.open, 0) AS open_differences"
    " FROM channel_statement s LEFT JOIN LATERAL (SELECT count(*) AS lines, (sum(amount_fen) FILTER (WHERE act = 'PAY'))::bigint AS paid_fen,"
    " (sum(amount_fen) FILTER (WHERE act <> 'PAY'))::bigint AS back_fen FROM channel_movement WHERE channel = s.channel AND day = s.day) m"
    " ON true LEFT JOIN LATERAL (SELECT count(*) AS found, count(*) FILTER (WHERE resolved_at IS NULL) AS open FROM money_difference"
    " WHERE party = s.channel AND day = s.day) d ON true"
)
DAY: Final = Read(f"{_DAYS} WHERE s.channel = %(channel)s AND s.day = %(day)s")
_SINCE: Final = Read(f"{_DAYS} WHERE s.day >= %(since)s ORDER BY s.day DESC, s.channel")

_THEIRS: Final = Read(
    "SELECT m.act, m.number, m.order_number, m.amount_fen, m.at, m.channel_number, c.state, c.amount_fen, c.payment_id, c.settlement_id,"
    " m.act <> 'REFUND' AND EXISTS (SELECT FROM channel_movement r WHERE r.channel = m.channel AND r.act = 'REVERSE'"
    " AND r.number = m.number), EXISTS (SELECT FROM money_difference d WHERE d.party = m.channel AND d.refund_number = m.number)"
    " FROM channel_movement m LEFT JOIN channel_call c ON c.number = m.number AND c.channel = m.channel"
    " AND (c.act = 'REFUND') = (m.act = 'REFUND') WHERE m.channel = %(channel)s AND m.day = %(day)s ORDER BY m.id"
)
_OURS: Final = Read(
    "SELECT c.act, c.number, coalesce(o.order_number, c.number), c.amount_fen, c.payment_id, c.settlement_id FROM channel_call c"
    " JOIN payment p ON p.id = c.payment_id LEFT JOIN payment o ON o.id = coalesce(p.reverses, p.id)"
    " WHERE c.channel = %(channel)s AND c.state = 'SUCCESS' AND c.sent_at >= %(start)s AND c.sent_at < %(end)s"
    " AND NOT EXISTS (SELECT FROM channel_movement m WHERE m.channel = c.channel AND m.act = c.act AND m.number = c.number) ORDER BY c.id"
)
_BEFORE: Final = Read("SELECT 1 FROM channel_statement WHERE channel = %(channel)s AND day = %(day)s AND fetched_at IS NOT NULL")
_FOUND_LATER: Final = Read(
    "SELECT d.id FROM money_difference d WHERE d.party = %(channel)s AND d.resolved_at IS NULL AND d.finding = 'OURS_ONLY'"
    " AND EXISTS (SELECT FROM channel_movement m WHERE m.channel = d.party AND m.act = d.act AND m.number = d.number)"
    " AND NOT EXISTS (SELECT FROM channel_movement m WHERE m.channel = d.party AND m.act = 'REVERSE' AND m.number = d.number) ORDER BY d.id"
)


class Line(NamedTuple):
    """A line of a statement beside the call of ours that bears its number, if there is one."""

    act: str
    number: str
    order: str
    amount_fen: int
    at: datetime
    channel_number: str
    state: str | None
    ours_fen: int | None
    payment_id: int | None
    settlement_id: int | None
    taken_back: bool
    repayment: bool


def judge(line: Line) -> Finding | None:
    """What is wrong with a line. Of an order that the channel took back it has nothing, so our books must not have it either."""
    carried_out = line.state == "SUCCESS"
    if line.taken_back:
        return Finding.OURS_ONLY if carried_out else None
    if line.repayment:  # what we had it pay back because of an earlier difference; no call of a settlement
        return None
    if not carried_out:
        return Finding.THEIRS_ONLY
    return Finding.AMOUNT if line.amount_fen != line.ours_fen else None


@handles(RunChannelReconciliation)
def run_channel_reconciliation(tx: Tx, request: RunChannelReconciliation) -> ReconciliationFacts:
    """Ask for a day; the service fetches it."""
    if request.channel not in tx.parties.channels:
        raise NotConnected(party=request.channel)
    if request.day > tx.wall.astimezone(CHANNEL_ZONE).date():
        raise FieldWrong(field="day", reason=N_("that day is still to come"))
    tx.write(_WANT, channel=request.channel, day=request.day, at=tx.wall, staff_id=tx.actor.staff)
    tx.changed(topics.DIFFERENCE)
    return _facts(tx, request.channel, request.day)


@handles(ListReconciliations)
def list_reconciliations(tx: ReadTx, request: ListReconciliations) -> ReconciliationList:
    """The days of all channels."""
    return ReconciliationList(days=tx.structs(ReconciliationFacts, _SINCE, since=request.since))


@handles(EnterStatement, replayed=False)
def enter_statement(tx: Tx, request: EnterStatement) -> ReconciliationFacts:
    """Keep it, and write down every difference that is new; clear those that it explains."""
    channel, day = request.channel, request.day
    tx.write_many(_MOVE, [_movement(request, place) for place in range(len(request.lines))])
    for row in tx.rows(_THEIRS, channel=channel, day=day):
        line = Line(*row)
        finding = judge(line)
        if finding is not None:
            differences.enter(tx, _of_theirs(channel, day, line, finding))
    margin = timedelta(seconds=request.margin_seconds)
    for row in tx.rows(_OURS, channel=channel, **_window(tx, channel, day, margin)):
        differences.enter(tx, _of_ours(channel, day, row))
    for row in tx.rows(_FOUND_LATER, channel=channel):
        differences.clear(tx, row[0], Way.FOUND_LATER)
    tx.write(_FETCHED, channel=channel, day=day, at=tx.wall, staff_id=tx.actor.staff_id)
    tx.changed(topics.DIFFERENCE)
    return _facts(tx, channel, day)


def _movement(request: EnterStatement, place: int) -> dict[str, object]:
    line = request.lines[place]
    return {
        "channel": request.channel,
        "act": line.act,
        "number": line.number,
        "order": line.order,
        "amount_fen": line.amount_fen,
        "at": line.at,
        "channel_number": line.channel_number,
        "day": request.day,
    }


def _window(tx: Tx, channel: TenderKind, day: date, margin: timedelta) -> dict[str, datetime]:
    """When we sent what must stand in the statements up to this day's. What left the house shortly before midnight may stand in the next
    day's, and is looked for with that."""
    start = datetime.combine(day, time(), CHANNEL_ZONE)
    end = min(start + timedelta(days=1), tx.wall) - margin
    known = tx.first(_BEFORE, channel=channel, day=day - timedelta(days=1)) is not None
    return {"start": start - margin if known else start, "end": end}


def _of_theirs(channel: TenderKind, day: date, line: Line, finding: Finding) -> Difference:
    return Difference(
        party=channel,
        day=day,
        number=line.number,
        finding=finding,
        act="REFUND" if line.act == MovementAct.REFUND else "PAY",
        order=line.order,
        ours_fen=line.ours_fen if finding is not Finding.THEIRS_ONLY else None,
        theirs_fen=line.amount_fen if finding is not Finding.OURS_ONLY else 0,
        payment_id=line.payment_id,
        settlement_id=line.settlement_id,
        detail={"channel_number": line.channel_number, "at": line.at, "call": line.state},
    )


def _of_ours(channel: TenderKind, day: date, row: Row) -> Difference:
    act, number, order, amount, payment_id, settlement_id = row
    return Difference(
        party=channel,
        day=day,
        number=number,
        finding=Finding.OURS_ONLY,
        act=act,
        order=order,
        ours_fen=amount,
        payment_id=payment_id,
        settlement_id=settlement_id,
    )


@handles(NoteStatementTrouble, replayed=False)
def note_statement_trouble(tx: Tx, request: NoteStatementTrouble) -> Done:
    """It is asked for again after a while."""
    parameters = {"channel": request.channel, "day": request.day, "trouble": request.trouble}
    tx.write(_TROUBLE, **parameters, at=tx.wall, staff_id=tx.actor.staff_id, next_try_at=tx.wall + RETRY)
    tx.changed(topics.DIFFERENCE)
    return Done()


def _facts(tx: ReadTx, channel: TenderKind, day: date) -> ReconciliationFacts:
    (found,) = tx.structs(ReconciliationFacts, DAY, channel=channel, day=day)
    return found


# --- clearing --------------------------------------------------------------------------------------------------------------------------

#: What clears itself or can be paid back: not what waits for a person.
DUE: Final = (
    "d.resolved_at IS NULL AND d.finding = 'THEIRS_ONLY' AND (d.next_try_at IS NULL OR d.next_try_at <= %(now)s)"
    " AND NOT (d.way = '' AND d.trouble <> '')"
)
_OPEN: Final = Write(
    "SELECT d.id, d.act, d.order_number, d.theirs_fen, d.way, c.state, c.settlement_id FROM money_difference d"
    " LEFT JOIN channel_call c ON c.number = d.number AND c.channel = d.party AND c.act = d.act"
    f" WHERE d.party = %(channel)s AND {DUE} ORDER BY d.id LIMIT 200 FOR UPDATE OF d"
)

ANOTHERS: Final = N_("The order was not made by this program.")
NOT_HELD: Final = N_("Our books do not hold this order.")
REFUNDED_ELSEWHERE: Final = N_("This refund was not made here.")


class Open(NamedTuple):
    """An open difference, with the state of the call that bears its number now."""

    id: int
    act: str
    order: str
    theirs_fen: int
    way: str
    state: str | None
    settlement_id: int | None


@handles(TakeUpDifferences, replayed=False)
def take_up_differences(tx: Tx, request: TakeUpDifferences) -> PaymentsToReturn:
    """At most 200 at once; the service asks again until none is left."""
    back = []
    for row in tx.write(_OPEN, channel=request.channel, now=tx.wall):
        found = Open(*row)
        if _to_be_paid_back(tx, found, refund_unknown=request.refund_unknown):
            if not found.way:
                differences.pay_back(tx, found.id, found.order)
            number = differences.refund_number(found.order)
            back.append(PayBack(difference_id=found.id, order=found.order, refund_number=number, amount_fen=found.theirs_fen))
    return PaymentsToReturn(back=tuple(back))


def _to_be_paid_back(tx: Tx, found: Open, *, refund_unknown: bool) -> bool:
    """Whether nobody waits for this money. Clears or puts off what else it may be."""
    if found.state == "SUCCESS":
        differences.clear(tx, found.id, Way.SETTLED, settlement_id=found.settlement_id)
    elif found.state in ("PENDING", "UNKNOWN"):  # its settlement is still finding out
        differences.hindered(tx, found.id, Way(found.way), "", tx.wall + _WAIT)
    elif found.way == Way.REFUND:
        return True
    elif found.act != "PAY":
        differences.hindered(tx, found.id, Way.OPEN, REFUNDED_ELSEWHERE, None)
    elif found.state is None and not (refund_unknown and is_order_number(found.order)):
        differences.hindered(tx, found.id, Way.OPEN, NOT_HELD if is_order_number(found.order) else ANOTHERS, None)
    else:
        return True
    return False


@handles(EndDifference, replayed=False)
def end_difference(tx: Tx, request: EndDifference) -> Done:
    """What the channel said to a repayment."""
    if request.again:
        differences.hindered(tx, request.difference_id, Way.REFUND, request.trouble, tx.wall + RETRY)
    elif request.way is Way.OPEN:
        differences.hindered(tx, request.difference_id, Way.OPEN, request.trouble, None)
    else:
        differences.clear(tx, request.difference_id, request.way)
    return Done()
