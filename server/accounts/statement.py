"""A month's statement of a credit account 挂账月结单: what it owed, what came and went, what it owes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common.messages.accounts import CreditStatement, Statement, StatementLine
from server.accounts.credit import account_of
from server.db import Read
from server.features import handles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.db import ReadTx, Row

#: By business day: an entry that waited for another over midnight may have the later number and the earlier day.
_OPENING: Final = Read(
    "SELECT coalesce(sum(amount_fen), 0)::bigint FROM credit_entry WHERE account_id = %(id)s AND business_date < %(first)s"
)
_LINES: Final = Read(
    "SELECT e.business_date, e.kind, coalesce(p.number, ''), coalesce(p.name, ''), coalesce(b.number, e.number, ''), e.amount_fen"
    " FROM credit_entry e LEFT JOIN patient p ON p.id = e.patient_id LEFT JOIN bill b ON b.id = e.bill_id WHERE e.account_id = %(id)s"
    " AND e.business_date >= %(first)s AND e.business_date < %(after)s ORDER BY e.business_date, e.id"
)
_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")


@handles(CreditStatement)
def credit_statement(tx: ReadTx, request: CreditStatement) -> Statement:
    """The month's entries between its opening and its closing balance."""
    account = account_of(tx, request.account_id)
    first = request.month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    row, clinic = tx.first(_OPENING, id=account.id, first=first), tx.first(_CLINIC)
    opening = row[0] if row else 0
    lines = _lines(opening, tx.rows(_LINES, id=account.id, first=first, after=after))
    return Statement(
        clinic=clinic[0] if clinic else "",
        account_id=account.id,
        name=account.name,
        month=first,
        opening_fen=opening,
        lines=lines,
        charged_fen=_sum(lines, "CHARGE"),
        taken_back_fen=-_sum(lines, "CHARGE_BACK"),
        collected_fen=-_sum(lines, "COLLECT"),
        paid_back_fen=_sum(lines, "PAY_BACK"),
        closing_fen=opening + sum(line.amount_fen for line in lines),
        made_at=tx.now,
        made_by=tx.actor.name,
    )


def _lines(opening_fen: int, rows: Iterable[Row]) -> tuple[StatementLine, ...]:
    lines, balance = [], opening_fen
    for day, kind, patient_number, patient_name, number, amount in rows:
        balance += amount
        lines.append(
            StatementLine(
                date=day,
                kind=kind,
                patient_number=patient_number,
                patient_name=patient_name,
                number=number,
                amount_fen=amount,
                balance_fen=balance,
            )
        )
    return tuple(lines)


def _sum(lines: Iterable[StatementLine], kind: str) -> int:
    return sum(line.amount_fen for line in lines if line.kind == kind)
