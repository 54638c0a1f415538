"""What has no certain outcome yet, and so stands in the way of a close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.closing_errors import OpenMatters
from common.i18n import N_
from common.messages.closing import ListOpenMatters, MatterKind, OpenMatter, OpenMatterList
from common.permissions import Permission
from server.db import Read
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Row

#: What a settlement shows already is not listed a second time: payments and calls only where theirs has ended, or there is none.
_OPEN: Final = Read(
    "WITH live AS (SELECT * FROM settlement WHERE state IN ('OPEN', 'QUOTED', 'UNKNOWN')), matter AS ("
    " SELECT 'settlement' AS kind, s.id, s.id AS settlement_id, s.state, s.kind AS what, s.patient_id, s.expected_fen AS amount_fen, s.cashier_id,"
    " s.opened_at AS since, s.credit_account_id AS account_id FROM live s"
    " UNION ALL SELECT 'payment', y.id, coalesce(y.settlement_id, 0), y.state, y.tender, coalesce(s.patient_id, b.patient_id), y.amount_fen,"
    " coalesce(s.cashier_id, b.cashier_id), y.at, y.credit_account_id FROM payment y LEFT JOIN settlement s ON s.id = y.settlement_id"
    " LEFT JOIN bill b ON b.id = y.bill_id WHERE y.state = 'UNKNOWN' AND NOT EXISTS (SELECT FROM live l WHERE l.id = y.settlement_id)"
    " AND NOT EXISTS (SELECT FROM channel_call g JOIN live l ON l.id = g.settlement_id WHERE g.payment_id = y.id)"
    " UNION ALL SELECT 'insurance_call', c.id, coalesce(c.settlement_id, 0), c.state, c.infno, s.patient_id, 0,"
    " coalesce(s.cashier_id, c.staff_id), c.sent_at, NULL FROM insurance_call c LEFT JOIN settlement s ON s.id = c.settlement_id"
    " WHERE c.state = 'UNKNOWN' AND NOT EXISTS (SELECT FROM live l WHERE l.id = c.settlement_id))"
    " SELECT m.kind, m.id, m.settlement_id, m.state, m.what, coalesce(p.name, a.name, ''), coalesce(p.number, ''), m.amount_fen,"
    " coalesce(w.name, ''), m.since FROM matter m LEFT JOIN patient p ON p.id = m.patient_id LEFT JOIN credit_account a ON a.id = m.account_id"
    " LEFT JOIN staff w ON w.id = m.cashier_id"
    " WHERE %(cashier_id)s::bigint IS NULL OR m.cashier_id = %(cashier_id)s ORDER BY m.since, m.kind, m.id"
)

_WAIT: Final = N_("It is under way. Wait a moment, or ask outside again now.")
_CONFIRM: Final = N_("It waits for the patient's payment. Confirm it at the cashier's desk, or give it up there.")
_CONVERT: Final = N_("It waits for the patient. Confirm it at the refunds desk, or give it up there.")
_ASK: Final = N_("Ask outside again now. If nobody can answer, look it up there and record the finding.")
_LOOK: Final = N_("Look it up where it was paid, and have the finding recorded.")
_BUREAU: Final = N_("Look it up in the bureau's list; the insurance desk compares it.")
_ADVICE: Final = {"OPEN": _WAIT, "QUOTED": _CONFIRM, "UNKNOWN": _ASK}


def matters_of(tx: ReadTx, cashier_id: int | None) -> tuple[OpenMatter, ...]:
    """What is open of one cashier, or (``None``) of everybody, oldest first."""
    return tuple(_matter(row) for row in tx.rows(_OPEN, cashier_id=cashier_id))


def require_none(tx: ReadTx, cashier_id: int) -> None:
    """Raise ``OpenMatters`` if anything of the cashier's is open."""
    count = len(tx.rows(_OPEN, cashier_id=cashier_id))
    if count:
        raise OpenMatters(count=count)


def _matter(row: Row) -> OpenMatter:
    kind = MatterKind(row[0])
    at_refunds = row[3] == "QUOTED" and row[4] == "CONVERT"
    of_settlement = _CONVERT if at_refunds else _ADVICE.get(row[3], _ASK)
    advice = of_settlement if kind is MatterKind.SETTLEMENT else _ASK if row[2] else _LOOK if kind is MatterKind.PAYMENT else _BUREAU
    return OpenMatter(
        kind=kind,
        id=row[1],
        settlement_id=row[2],
        state=row[3],
        what=row[4],
        patient=row[5],
        patient_number=row[6],
        amount_fen=row[7],
        cashier=row[8],
        since=row[9],
        advice=advice,
    )


@handles(ListOpenMatters)
def list_open_matters(tx: ReadTx, request: ListOpenMatters) -> OpenMatterList:
    """What is open of one's own, or of everybody."""
    if request.all:
        tx.actor.require(Permission.CLOSING_ROLL_UP)
    return OpenMatterList(matters=matters_of(tx, None if request.all else tx.actor.staff))
