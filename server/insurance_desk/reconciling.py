"""A day held against the bureau: 3201 for each kind of settlement, and where one does not agree 3202 with its files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.messages.insurance import ErrandKind
from server.db import Read
from server.insurance import files
from server.insurance import requests as ask
from server.insurance_desk.asks import EnterInsuranceStatement, GetDayBook, Group, WantDay
from server.insurance_desk.line import House, Line, perform
from server.outcome import Success

if TYPE_CHECKING:
    from datetime import date

    from server.outcome import Outcome

_DAYS_BACK: Final = 7
#: Days that are over and nobody has compared, since the first settlement.
_MISSING: Final = Read(
    "SELECT g.day::date FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') g(day) WHERE NOT EXISTS (SELECT FROM"
    " insurance_errand e WHERE e.kind = 'RECONCILE' AND e.subject = g.day::date::text AND (e.state = 'WAITING' OR (e.state = 'DONE'"
    " AND e.wanted_at >= g.day + interval '1 day'))) AND EXISTS (SELECT FROM insurance_settlement s WHERE s.settled_on <= g.day::date)"
    " ORDER BY g.day"
)


def reconcile(line: Line, day: date) -> Outcome[Any] | None:
    """Compare a day and enter what came of it. ``None``: done; else what hindered it."""
    book = perform(line.house, GetDayBook(day=day))
    told: list[Group] = []
    for group in book.groups:
        outcome = _total(line, day, group)
        if not isinstance(outcome, Success):
            return outcome
        told.append(msgspec.structs.replace(group, result=outcome.value.code, words=outcome.value.description))
    unequal = {group.clr_optins for group in told if group.result not in ("0", "000000")} or (set() if told else set(book.rows))
    found: list[files.Difference] = []
    for optins in sorted(unequal):
        detail = _detail(line, day, optins, book.rows.get(optins, ()), told)
        if not isinstance(detail, Success):
            return detail
        found += files.difference_rows(detail.value)
    perform(line.house, EnterInsuranceStatement(day=day, groups=tuple(told), found=tuple(found) if unequal else None))
    return None


def _total(line: Line, day: date, group: Group) -> Outcome[Any]:
    request = ask.TotalStatement(
        insutype=group.insutype,
        clr_type=group.clr_type,
        clr_optins=group.clr_optins,
        begins=day,
        ends=day,
        total_fen=group.total_fen,
        fund_fen=group.fund_fen,
        account_fen=group.account_fen,
        count=group.count,
    )
    return line.ask(lambda call: line.insurance.reconcile_total(request, call))


def _detail(line: Line, day: date, optins: str, rows: tuple[files.StatementRow, ...], groups: list[Group]) -> Outcome[bytes]:
    """9101 up, 3202, 9102 down: the file of what differs."""
    insurance = line.insurance
    content = ask.UploadFile(filename=f"{day:%Y%m%d}.zip", content=files.statement_file(rows))
    sent = line.ask(lambda call: insurance.upload(content, call))
    if not isinstance(sent, Success):
        return sent
    of_office = [group for group in groups if group.clr_optins == optins]
    request = ask.DetailStatement(
        clr_optins=optins,
        file_qury_no=sent.value.file_qury_no,
        begins=day,
        ends=day,
        total_fen=sum(row.total_fen for row in rows),
        fund_fen=sum(row.fund_fen for row in rows),
        cash_fen=sum(group.cash_fen for group in of_office),
        count=len(rows),
    )
    found = line.ask(lambda call: insurance.reconcile_detail(request, call))
    if not isinstance(found, Success):
        return found
    wanted = ask.DownloadFile(file_qury_no=found.value.file_qury_no, filename=found.value.filename)
    return line.ask(lambda call: insurance.download(wanted, call))


def want_yesterday(house: House, hour: int) -> None:
    """From ``hour`` on, the days that are over and were not compared yet; the service calls this again and again."""
    now = house.clock.now()
    if house.parties.bureau is None or now.hour < hour:
        return
    last = now.date() - timedelta(days=1)
    days = {"first": last - timedelta(days=_DAYS_BACK - 1), "last": last}
    for (day,) in house.dispatch.once_more(lambda: house.database.of_thread().execute(_MISSING.bytes, days).fetchall()):
        perform(house, WantDay(kind=ErrandKind.RECONCILE, day=day))
