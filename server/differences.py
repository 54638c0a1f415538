"""The only writer of differences between our books and the channels' or the insurance's: found, listed, cleared."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.errors import ChangedMeanwhile, FieldWrong, NotFound
from common.i18n import N_
from common.messages.reconcile import DifferenceFacts, DifferenceList, Finding, ListDifferences, ResolveDifference, Way
from common.wire import encode
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from datetime import date, datetime

    from server.db import ReadTx, Row, Tx

_COLUMNS: Final = (
    'SELECT d.id, d.party, d.day, d.finding, d.act, d.order_number AS "order", d.number, d.ours_fen, d.theirs_fen, s.patient_id,'
    " coalesce(p.name, a.name, '') AS patient_name, d.settlement_id, d.found_at, d.way, coalesce(d.refund_number, '') AS refund_number, d.trouble,"
    " d.resolution, d.resolved_at, coalesce(r.name, '') AS resolved_by FROM money_difference d"
    " LEFT JOIN settlement s ON s.id = d.settlement_id LEFT JOIN patient p ON p.id = s.patient_id"
    " LEFT JOIN credit_account a ON a.id = s.credit_account_id LEFT JOIN staff r ON r.id = d.resolved_by"
)
_LIST: Final = Read(
    f"{_COLUMNS} WHERE (%(party)s = '' OR d.party = %(party)s) AND (NOT %(open_only)s OR d.resolved_at IS NULL)"
    " AND d.day >= coalesce(%(since)s::date, '-infinity') ORDER BY d.day, d.id LIMIT %(limit)s"
)
_ONE: Final = Read(f"{_COLUMNS} WHERE d.id = %(id)s")
_LOCK: Final = Write(
    "SELECT finding, act, party, way, resolved_at, order_number, trouble FROM money_difference WHERE id = %(id)s FOR UPDATE"
)
_SETTLED: Final = Read("SELECT 1 FROM settlement WHERE id = %(id)s AND state = 'DONE'")
_ENTER: Final = Write(
    "INSERT INTO money_difference (party, day, number, order_number, act, finding, ours_fen, theirs_fen, payment_id, insurance_settlement_id,"
    " settlement_id, detail, found_at) VALUES (%(party)s, %(day)s, %(number)s, %(order)s, %(act)s, %(finding)s, %(ours_fen)s, %(theirs_fen)s,"
    " %(payment_id)s, %(insurance_settlement_id)s, %(settlement_id)s, %(detail)s, %(at)s) ON CONFLICT (party, number, finding) DO NOTHING"
    " RETURNING id"
)
_CLEAR: Final = Write(
    "UPDATE money_difference SET way = %(way)s, resolution = coalesce(%(resolution)s, resolution),"
    " settlement_id = coalesce(%(settlement_id)s, settlement_id), resolved_at = %(at)s, resolved_by = %(staff_id)s,"
    " trouble = '', next_try_at = NULL WHERE id = %(id)s AND resolved_at IS NULL"
)
_PAY_BACK: Final = Write(
    "UPDATE money_difference SET way = 'REFUND', refund_number = coalesce(refund_number, %(refund_number)s), resolution = %(resolution)s,"
    " trouble = '', next_try_at = NULL WHERE id = %(id)s AND resolved_at IS NULL"
)
_NOTE: Final = Write("UPDATE money_difference SET detail = coalesce(detail, '{}') || %(more)s WHERE id = %(id)s")
_UNDER_WAY: Final = Write(
    "UPDATE money_difference SET way = %(way)s, resolution = %(resolution)s, trouble = '', next_try_at = NULL"
    " WHERE id = %(id)s AND resolved_at IS NULL"
)
_HINDERED: Final = Write(
    "UPDATE money_difference SET way = %(way)s, trouble = %(trouble)s, next_try_at = %(next_try_at)s WHERE id = %(id)s AND resolved_at IS NULL"
)


_LONGEST_NUMBER: Final = 32
#: The party that is no payment channel.
INSURANCE: Final = "insurance"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One that was found. ``number`` is what the party knows it by; of one party, each number has a finding once."""

    party: str
    day: date
    number: str
    finding: Finding
    act: str = ""
    order: str = ""
    ours_fen: int | None = None
    theirs_fen: int | None = None
    payment_id: int | None = None
    insurance_settlement_id: int | None = None
    settlement_id: int | None = None
    detail: dict[str, Any] | None = None


def enter(tx: Tx, found: Difference) -> bool:
    """Write a difference down; whether it is new."""
    detail = None if found.detail is None else Jsonb(found.detail, dumps=encode)
    row = tx.write_one(_ENTER, **{**msgspec.structs.asdict(found), "detail": detail, "at": tx.wall})
    if row is not None:
        tx.changed(topics.DIFFERENCE, row[0])
    return row is not None


def clear(tx: Tx, difference_id: int, way: Way, resolution: str | None = None, settlement_id: int | None = None) -> None:
    """It is cleared, by the one who acts. Without ``resolution`` the reason that was given before stays."""
    tx.write(
        _CLEAR,
        id=difference_id,
        way=way,
        resolution=resolution,
        settlement_id=settlement_id,
        at=tx.wall,
        staff_id=tx.actor.staff_id,
    )
    tx.changed(topics.DIFFERENCE, difference_id)


def pay_back(tx: Tx, difference_id: int, order: str, resolution: str = "") -> None:
    """The channel will be asked to pay the order back; under which number is kept before it is asked."""
    tx.write(_PAY_BACK, id=difference_id, refund_number=refund_number(order), resolution=resolution)
    tx.changed(topics.DIFFERENCE, difference_id)


def note(tx: Tx, difference_id: int, more: dict[str, Any]) -> None:
    """Keep more beside it, for a later comparison."""
    tx.write(_NOTE, id=difference_id, more=Jsonb(more, dumps=encode))


def under_way(tx: Tx, difference_id: int, way: Way, resolution: str) -> None:
    """The insurance will be asked to clear it in this way."""
    tx.write(_UNDER_WAY, id=difference_id, way=way, resolution=resolution)
    tx.changed(topics.DIFFERENCE, difference_id)


def hindered(tx: Tx, difference_id: int, way: Way, trouble: str, next_try_at: datetime | None) -> None:
    """It could not be cleared in this way now."""
    tx.write(_HINDERED, id=difference_id, way=way, trouble=trouble, next_try_at=next_try_at)
    tx.changed(topics.DIFFERENCE, difference_id)


@handles(ListDifferences)
def list_differences(tx: ReadTx, request: ListDifferences) -> DifferenceList:
    """Differences, oldest first."""
    found = tx.structs(
        DifferenceFacts, _LIST, party=request.party, open_only=request.open_only, since=request.since, limit=request.limit + 1
    )
    return DifferenceList(differences=found[: request.limit], more=len(found) > request.limit)


@handles(ResolveDifference)
def resolve_difference(tx: Tx, request: ResolveDifference) -> DifferenceFacts:
    """Clear one by a person's finding."""
    missing = NotFound(kind=N_("Difference"), key=str(request.difference_id))
    row = tx.write_one(_LOCK, id=request.difference_id)
    if row is None:
        raise missing
    under_way = row[3] and not row[6]  # once the channel could not say, a person may have found out
    if row[4] is not None or under_way:
        raise ChangedMeanwhile(kind=N_("Difference"))
    _check_way(tx, request, row)
    tx.detail = {"way": request.way, "reason": request.reason, "finding": row[0], "number": row[5]}
    if request.way is Way.REFUND:
        pay_back(tx, request.difference_id, row[5], request.reason)
    else:
        clear(tx, request.difference_id, request.way, request.reason, request.settlement_id)
    return facts(tx, request.difference_id)


def _check_way(tx: Tx, request: ResolveDifference, row: Row) -> None:
    if row[2] == INSURANCE:
        raise FieldWrong(field="way", reason=N_("differences with the insurance are cleared at its own desk, by two people"))
    if request.way not in (Way.REFUND, Way.SETTLED, Way.ACCEPTED):
        raise FieldWrong(field="way", reason=N_("the service alone finds that out"))
    if request.way is Way.REFUND and not (row[0] == Finding.THEIRS_ONLY and row[1] == "PAY"):
        raise FieldWrong(field="way", reason=N_("only a payment that the channel alone has can go back"))
    linked = request.settlement_id is not None
    if linked != (request.way is Way.SETTLED) or (linked and tx.first(_SETTLED, id=request.settlement_id) is None):
        raise FieldWrong(field="settlement_id", reason=N_("name a settlement that is done, for this way alone"))


def refund_number(order: str) -> str:
    """What a channel knows the repayment of a whole order by: one for each order, so that no order is ever paid back twice."""
    return f"D{order}" if len(order) < _LONGEST_NUMBER else f"D{hashlib.sha256(order.encode()).hexdigest()[: _LONGEST_NUMBER - 1]}"


def facts(tx: ReadTx, difference_id: int) -> DifferenceFacts:
    """One difference as it stands."""
    (found,) = tx.structs(DifferenceFacts, _ONE, id=difference_id)
    return found
