"""Our insurance settlements of a day beside the bureau's: sums by kind (3201), and what differs settlement by settlement (3202)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common import topics
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.insurance import ErrandFacts, ErrandKind
from common.messages.insurance_statement import ListInsuranceStatements, ReconcileInsurance, StatementFacts, StatementList
from common.messages.reconcile import Finding, Way
from common.wire import Done
from server import differences
from server.db import Read, Write
from server.differences import INSURANCE
from server.features import handles
from server.insurance.files import StatementRow
from server.insurance_desk import errands
from server.insurance_desk.asks import DayBook, EnterInsuranceStatement, GetDayBook, Group, WantDay

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.db import ReadTx, Tx
    from server.insurance.files import Difference as Found

#: Kinds of settlement are asked about so long after the last one, so that what the bureau alone has of them is found.
_REMEMBERED: Final = timedelta(days=90)

#: A settlement counts on its day, and with the other sign on the day of its cancellation; one that was found not to stand there does not.
#: The fund's amount is the bureau's own word, with or without the personal account, as the province has it.
ROWS: Final = (
    "SELECT s.id, s.setl_id, 'SETTLE' AS act, s.settled_on AS day, 1 AS sign, s.psn_no, s.mdtrt_id, s.insutype, s.clr_type, s.clr_optins,"
    " (s.split->>'total_fen')::bigint AS total_fen, (s.split->>'fund_fen')::bigint AS fund_fen, s.account_fen, s.cash_fen, s.settlement_id"
    " FROM insurance_settlement s WHERE s.setl_id <> '' AND (s.state <> 'CANCELLED' OR s.cancel_setl_id <> '') UNION ALL"
    " SELECT s.id, s.cancel_setl_id, 'CANCEL', (s.cancelled_at AT TIME ZONE %(zone)s)::date, -1, s.psn_no, s.mdtrt_id, s.insutype, s.clr_type,"
    " s.clr_optins, -(s.split->>'total_fen')::bigint, -(s.split->>'fund_fen')::bigint, -s.account_fen, -s.cash_fen, s.settlement_id"
    " FROM insurance_settlement s WHERE s.cancel_setl_id <> ''"
)
_GROUPS: Final = Read(
    f"WITH r AS ({ROWS}) SELECT k.insutype, k.clr_type, k.clr_optins, count(r.id) AS count, coalesce(sum(r.total_fen), 0)::bigint AS total_fen,"
    " coalesce(sum(r.fund_fen), 0)::bigint AS fund_fen, coalesce(sum(r.account_fen), 0)::bigint AS account_fen,"
    " coalesce(sum(r.cash_fen), 0)::bigint AS cash_fen FROM (SELECT DISTINCT insutype, clr_type, clr_optins FROM insurance_settlement"
    " WHERE settled_on BETWEEN %(since)s AND %(day)s OR (cancelled_at AT TIME ZONE %(zone)s)::date = %(day)s) k LEFT JOIN r"
    " ON r.day = %(day)s AND (r.insutype, r.clr_type, r.clr_optins) = (k.insutype, k.clr_type, k.clr_optins)"
    " WHERE k.clr_optins <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
_DAY_ROWS: Final = Read(
    f"WITH r AS ({ROWS}) SELECT clr_optins, setl_id, mdtrt_id, psn_no, total_fen, fund_fen, account_fen, sign < 0 FROM r"
    " WHERE day = %(day)s ORDER BY 2"
)
_OURS: Final = Read(
    f"WITH r AS ({ROWS}) SELECT id, setl_id, act, day, total_fen, fund_fen, account_fen, settlement_id FROM r WHERE setl_id = ANY(%(numbers)s)"
)
_REGION: Final = Read("SELECT mdtrtarea_admvs FROM insurance_setup WHERE id = 1")
#: What 2208 cancelled because of an earlier difference is at the bureau alone, and rightly so.
_CANCELLED_BY_US: Final = Read(
    "SELECT detail->>'cancel_setl_id' FROM money_difference WHERE party = 'insurance' AND detail ? 'cancel_setl_id'"
)
_OPEN_LATER: Final = Read(
    "SELECT id FROM money_difference WHERE party = 'insurance' AND resolved_at IS NULL AND way = '' AND finding = %(finding)s"
    " AND number = ANY(%(numbers)s)"
)
_PUT: Final = Write(
    "INSERT INTO insurance_statement (day, insutype, clr_type, clr_optins, count, total_fen, fund_fen, account_fen, result, words, at)"
    " VALUES (%(day)s, %(insutype)s, %(clr_type)s, %(clr_optins)s, %(count)s, %(total_fen)s, %(fund_fen)s, %(account_fen)s, "
    "%(result)s, %(words)s, %(at)s)"
    " ON CONFLICT (day, insutype, clr_type, clr_optins) DO UPDATE SET count = excluded.count, total_fen = excluded.total_fen,"
    " fund_fen = excluded.fund_fen, account_fen = excluded.account_fen, result = excluded.result, words = excluded.words, at = excluded.at"
)
_LIST: Final = Read(
    "SELECT t.day, t.insutype, coalesce(d.label, t.insutype) AS insutype_name, coalesce(nullif(d.label_en, ''), t.insutype) AS insutype_name_en,"
    " t.clr_type, t.clr_optins, t.count, t.total_fen, t.fund_fen, t.account_fen, t.result, t.words, t.at FROM insurance_statement t"
    " LEFT JOIN insurance_dictionary d ON d.type = 'insutype' AND d.value = t.insutype WHERE t.day >= %(since)s"
    " ORDER BY t.day DESC, t.insutype, t.clr_type, t.clr_optins"
)


class Ours(NamedTuple):
    """One of our settlements or cancellations."""

    id: int
    number: str
    act: str
    day: Any
    total_fen: int
    fund_fen: int
    account_fen: int
    settlement_id: int

    def sums(self) -> dict[str, int]:
        """As it is shown beside the bureau's."""
        return {"total_fen": self.total_fen, "fund_fen": self.fund_fen, "account_fen": self.account_fen}


@handles(ListInsuranceStatements)
def list_insurance_statements(tx: ReadTx, request: ListInsuranceStatements) -> StatementList:
    """What was compared."""
    return StatementList(statements=tx.structs(StatementFacts, _LIST, since=request.since))


@handles(ReconcileInsurance)
def reconcile_insurance(tx: Tx, request: ReconcileInsurance) -> ErrandFacts:
    """Have a day compared by the service."""
    if request.day > tx.today:
        raise FieldWrong(field=N_("Day"), reason=N_("that day is still to come"))
    return errands.wanted(tx, ErrandKind.RECONCILE, request.day)


@handles(WantDay, replayed=False)
def want_day(tx: Tx, request: WantDay) -> Done:
    """The service compares a day by itself."""
    errands.enter(tx, request.kind, request.day)
    return Done()


@handles(GetDayBook)
def get_day_book(tx: ReadTx, request: GetDayBook) -> DayBook:
    """Our side of a day."""
    zone = str(tx.clock.zone)
    groups = tx.structs(Group, _GROUPS, day=request.day, since=request.day - _REMEMBERED, zone=zone)
    rows: dict[str, list[StatementRow]] = {group.clr_optins: [] for group in groups}
    if not rows:
        region = tx.first(_REGION)
        rows = {region[0]: []} if region and region[0] else {}
    for optins, setl_id, mdtrt_id, psn_no, total, fund, account, refund in tx.rows(_DAY_ROWS, day=request.day, zone=zone):
        one = StatementRow(
            setl_id=setl_id, mdtrt_id=mdtrt_id, psn_no=psn_no, total_fen=total, fund_fen=fund, account_fen=account, refund=refund
        )
        rows.setdefault(optins, []).append(one)
    return DayBook(groups=groups, rows={optins: tuple(listed) for optins, listed in rows.items()})


@handles(EnterInsuranceStatement, replayed=False)
def enter_insurance_statement(tx: Tx, request: EnterInsuranceStatement) -> Done:
    """Keep what the bureau said, and write each difference down."""
    for group in request.groups:
        values = {name: getattr(group, name) for name in group.__struct_fields__ if name != "cash_fen"}
        tx.write(_PUT, day=request.day, at=tx.wall, **values)
    if request.found is not None:
        _enter_differences(tx, request, request.found)
    tx.changed(topics.INSURANCE)
    tx.changed(topics.DIFFERENCE)
    return Done()


def _enter_differences(tx: Tx, request: EnterInsuranceStatement, found: tuple[Found, ...]) -> None:
    known = _ours(tx, (row.setl_id for row in found))
    settled_later = {row[0] for row in tx.rows(_CANCELLED_BY_US)}
    moved = []
    for row in found:
        ours = known.get(row.setl_id)
        if row.code == "000101" and (row.setl_id in settled_later or (ours is not None and _same(ours, row))):
            moved.append(row.setl_id)  # both have it, on either side of midnight
            continue
        if row.code == "000102" and _counted_on_another_day(tx, row.setl_id):
            continue
        differences.enter(tx, _difference(request, row, ours))
    for finding in (Finding.OURS_ONLY, Finding.THEIRS_ONLY):
        for (difference_id,) in tx.rows(_OPEN_LATER, finding=finding.value, numbers=moved):
            differences.clear(tx, difference_id, Way.FOUND_LATER)


_RESOLVED_AS_MOVED: Final = Read(
    "SELECT 1 FROM money_difference WHERE party = 'insurance' AND number = %(number)s AND finding = 'OURS_ONLY' AND way = 'FOUND_LATER'"
)


def _counted_on_another_day(tx: ReadTx, number: str) -> bool:
    """The bureau has it on the day after; that was found before."""
    return tx.first(_RESOLVED_AS_MOVED, number=number) is not None


def _ours(tx: ReadTx, numbers: Iterable[str]) -> dict[str, Ours]:
    rows = tx.rows(_OURS, numbers=list(numbers), zone=str(tx.clock.zone))
    return {row[1]: Ours(*row) for row in rows}


def _same(ours: Ours, theirs: Found) -> bool:
    return (ours.total_fen, ours.fund_fen, ours.account_fen) == (theirs.total_fen, theirs.fund_fen, theirs.account_fen)


_FINDINGS: Final = {"000101": Finding.THEIRS_ONLY, "000102": Finding.OURS_ONLY}


def _difference(request: EnterInsuranceStatement, row: Found, ours: Ours | None) -> differences.Difference:
    finding = _FINDINGS.get(row.code, Finding.AMOUNT)
    mine = ours.sums() if ours is not None and finding is not Finding.THEIRS_ONLY else None
    theirs = {"total_fen": row.total_fen, "fund_fen": row.fund_fen, "account_fen": row.account_fen}
    return differences.Difference(
        party=INSURANCE,
        day=request.day,
        number=row.setl_id,
        finding=finding,
        act=ours.act if ours else "CANCEL" if row.refund else "SETTLE",
        order=row.msgid,
        ours_fen=mine["total_fen"] if mine else None,
        theirs_fen=None if finding is Finding.OURS_ONLY else row.total_fen,
        insurance_settlement_id=ours.id if ours else None,
        settlement_id=ours.settlement_id if ours else None,
        detail={
            "psn_no": row.psn_no,
            "mdtrt_id": row.mdtrt_id,
            "memo": row.memo,
            "ours": mine,
            "theirs": None if finding is Finding.OURS_ONLY else theirs,
        },
    )
