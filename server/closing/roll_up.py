"""日结汇总: the closes of a business day, added up and compared with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.closing_errors import AlreadyRolledUp, DoesNotReconcile, NothingToRollUp, ShiftsNotClosed
from common.messages.close_sheet import CloseSheet, InOut, InsuranceSum
from common.messages.closing import CloseHit, DayStanding, ListRollUps, RollUpDay, RollUpFacts, RollUpList
from common.wire import as_kind, encode
from server import numbers
from server.closing import lists, standing
from server.closing.sums import of_shifts
from server.db import Read, Write
from server.features import handles
from server.money_book import shifts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from server.db import ReadTx, Tx

#: Two who roll the same day up wait for each other here.
_LOCK: Final = Write(
    "SELECT id, shift_id, facts FROM day_close WHERE business_date = %(day)s AND reopened_at IS NULL ORDER BY id FOR UPDATE"
)
_ROLLED: Final = Read("SELECT 1 FROM roll_up WHERE business_date = %(day)s")
_NOT_CLOSED: Final = (
    f"SELECT c.name AS cashier, {standing.BUSINESS_DATE} AS day FROM shift s JOIN staff c ON c.id = s.cashier_id"
    " WHERE s.state NOT IN ('CLOSED', 'ROLLED_UP')"
)
_HINDERING: Final = Read(f"SELECT DISTINCT x.cashier FROM ({_NOT_CLOSED}) x WHERE x.day <= %(day)s ORDER BY x.cashier")
_INSERT: Final = Write(
    "INSERT INTO roll_up (number, business_date, facts, at, staff_id) VALUES (%(number)s, %(day)s, %(facts)s, %(at)s, %(staff_id)s) RETURNING id"
)
_MARK: Final = Write("UPDATE day_close SET roll_up_id = %(roll_up_id)s WHERE id = ANY(%(ids)s)")
_LIST: Final = Read(
    "SELECT r.id, r.number, r.business_date, r.at, s.name, r.facts FROM roll_up r JOIN staff s ON s.id = r.staff_id"
    " ORDER BY r.business_date DESC LIMIT %(limit)s"
)
_DAYS: Final = Read(
    "SELECT coalesce(k.day, n.day), coalesce(k.closes, 0), coalesce(k.net, 0), coalesce(k.handed_in, 0), coalesce(k.difference, 0),"
    " coalesce(n.cashiers, '{}') FROM (SELECT business_date AS day, count(*) AS closes,"
    " sum((facts->>'bills_fen')::bigint + (facts->>'refunds_fen')::bigint)::bigint AS net,"
    " sum((facts->>'handed_in_fen')::bigint)::bigint AS handed_in, sum((facts->>'difference_fen')::bigint)::bigint AS difference"
    " FROM day_close WHERE reopened_at IS NULL AND roll_up_id IS NULL GROUP BY business_date) k FULL JOIN"
    f" (SELECT x.day, array_agg(DISTINCT x.cashier ORDER BY x.cashier) AS cashiers FROM ({_NOT_CLOSED}) x GROUP BY x.day) n ON n.day = k.day"
    " ORDER BY 1 DESC"
)


@handles(RollUpDay)
def roll_up_day(tx: Tx, request: RollUpDay) -> RollUpFacts:
    """Add a day up and sign for it."""
    day = request.business_date
    hindering = [row[0] for row in tx.rows(_HINDERING, day=day)]  # before the closes: one that comes between is then rolled up
    closes = tx.write(_LOCK, day=day)
    if tx.first(_ROLLED, day=day) is not None:
        raise AlreadyRolledUp(business_date=day.isoformat())
    if hindering:
        raise ShiftsNotClosed(business_date=day.isoformat(), cashiers=hindering)
    if not closes or day > tx.today:
        raise NothingToRollUp(business_date=day.isoformat())
    sheets = [as_kind(facts, CloseSheet, strict=False) for _, _, facts in closes]
    shift_ids = [shift_id for _, shift_id, _ in closes]
    facts = _facts(sheets)
    _reconcile(facts["accounts"], of_shifts(tx, shift_ids).accounts())
    number = numbers.dated(tx, "roll_up", day, 2)
    row = tx.write_one(_INSERT, number=number, day=day, facts=Jsonb(facts, dumps=encode), at=tx.now, staff_id=tx.actor.staff)
    assert row is not None
    shifts.roll_up(tx, shift_ids)
    tx.write(_MARK, roll_up_id=row[0], ids=[close_id for close_id, _, _ in closes])
    tx.changed(topics.SHIFT)
    tx.detail = {"day": day.isoformat(), "number": number, "closes": len(closes)}
    return _told(tx, row[0], number, day, tx.now, tx.actor.name, facts)


def _reconcile(closes: dict[str, int], ledger: dict[str, int]) -> None:
    """Raise ``DoesNotReconcile`` for the first account in which closes and ledger differ."""
    for account in sorted(closes.keys() | ledger.keys()):
        if closes.get(account, 0) != ledger.get(account, 0):
            raise DoesNotReconcile(account=account, closes_fen=closes.get(account, 0), ledger_fen=ledger.get(account, 0))


#: What is simply added.
_ADDED: Final = (
    "bills",
    "bills_fen",
    "refunds",
    "refunds_fen",
    "reissued",
    "collected_fen",
    "waived_fen",
    "rounding_fen",
    "expenses_fen",
    "expected_fen",
    "counted_fen",
    "difference_fen",
    "handed_in_fen",
    "kept_fen",
)


def _facts(sheets: Sequence[CloseSheet]) -> dict[str, Any]:
    """The sums of all sheets, as they are kept."""
    facts: dict[str, Any] = {name: sum(getattr(sheet, name) for sheet in sheets) for name in _ADDED}
    accounts: dict[str, int] = {}
    for sheet in sheets:
        for account, fen in sheet.accounts.items():
            accounts[account] = accounts.get(account, 0) + fen
    facts["accounts"] = {account: fen for account, fen in sorted(accounts.items()) if fen}
    facts["tenders"] = _together(total for sheet in sheets for total in sheet.tenders)
    facts["categories"] = _together(total for sheet in sheets for total in sheet.categories)
    facts["deposits"] = next(iter(_together(sheet.deposits for sheet in sheets)))
    facts["insurance"] = _insurance(part for sheet in sheets for part in sheet.insurance)
    return facts


def _together(totals: Iterable[InOut]) -> tuple[InOut, ...]:
    found: dict[str, InOut] = {}
    for total in totals:
        before = found.get(total.code, InOut(code=total.code, in_fen=0, out_fen=0))
        found[total.code] = InOut(code=total.code, in_fen=before.in_fen + total.in_fen, out_fen=before.out_fen + total.out_fen)
    return tuple(found[code] for code in sorted(found))


_NAMES: Final = frozenset({"insutype", "clr_type", "clr_name"})


def _insurance(parts: Iterable[InsuranceSum]) -> tuple[InsuranceSum, ...]:
    found: dict[tuple[str, str], InsuranceSum] = {}
    for part in parts:
        before = found.get((part.insutype, part.clr_type))
        if before is not None:
            sums = {name: getattr(before, name) + getattr(part, name) for name in part.__struct_fields__ if name not in _NAMES}
            part = msgspec.structs.replace(part, **sums)
        found[part.insutype, part.clr_type] = part
    return tuple(found[key] for key in sorted(found))


def _told(tx: ReadTx, id: int, number: str, day: date, at: Any, staff: str, facts: Any) -> RollUpFacts:
    clinic = tx.first(_CLINIC)
    head = {"id": id, "number": number, "business_date": day, "at": at, "staff": staff, "clinic": clinic[0] if clinic else ""}
    closes = tx.structs(CloseHit, lists.ROLLED, roll_up_id=id)
    return as_kind({**msgspec.to_builtins(facts), **head, "closes": closes}, RollUpFacts, strict=False)


_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")


@handles(ListRollUps)
def list_roll_ups(tx: ReadTx, request: ListRollUps) -> RollUpList:
    """Days to roll up, and those that are."""
    days = tuple(
        DayStanding(
            business_date=day, closes=closes, net_fen=net, handed_in_fen=handed_in, difference_fen=difference, not_closed=tuple(names)
        )
        for day, closes, net, handed_in, difference, names in tx.rows(_DAYS)
    )
    return RollUpList(days=days, roll_ups=tuple(_told(tx, *row) for row in tx.rows(_LIST, limit=request.limit)))
