"""Where a settlement stands, as a desk reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.errors import NotFound
from common.i18n import N_
from common.messages.accounts import AccountMoved, AccountReceipt
from common.messages.cashier import ReceiptFacts, Settled, TenderKind
from common.messages.settlement import (
    GetSettlement,
    ListOpenSettlements,
    OutsideStep,
    Refunded,
    SettlementFacts,
    SettlementKind,
    SettlementList,
)
from common.wire import Refused, as_kind
from server.db import Read
from server.features import handles
from server.settling import converting, insured

if TYPE_CHECKING:
    from server.db import ReadTx, Row

_FACTS: Final = (
    "SELECT s.id, s.kind, s.state, coalesce(s.patient_id, 0), coalesce(p.number, ''), coalesce(p.name, a.name, ''), c.name,"
    " s.expected_fen, s.opened_at, s.failure, s.bill_id, s.rest_bill_id, s.cancel_wanted, s.plan, coalesce(s.credit_account_id, 0)"
    " FROM settlement s LEFT JOIN patient p ON p.id = s.patient_id LEFT JOIN credit_account a ON a.id = s.credit_account_id"
    " JOIN staff c ON c.id = s.cashier_id"
)
_ONE: Final = Read(f"{_FACTS} WHERE s.id = %(id)s")
_LIVE: Final = Read(
    f"{_FACTS} WHERE s.state IN ('OPEN', 'QUOTED', 'UNKNOWN') AND (%(cashier_id)s::bigint IS NULL OR s.cashier_id = %(cashier_id)s) ORDER BY s.id"
)
_STEPS: Final = Read(
    "SELECT channel, act, number, state, amount_fen, message, sent_at FROM channel_call WHERE settlement_id = %(id)s"
    " UNION ALL SELECT 'insurance', infno, msgid, state, 0, message, sent_at FROM insurance_call WHERE settlement_id = %(id)s ORDER BY 7, 3"
)
#: Kinds that come to an entry of an account, not to a bill; and that entry.
_ACCOUNT_KINDS: Final = ("DEPOSIT", "DEPOSIT_BACK", "COLLECT")
_ENTRY: Final = Read(
    "SELECT e.id, e.receipt FROM deposit_entry e WHERE e.id = (SELECT max(deposit_entry_id) FROM payment WHERE settlement_id = %(id)s)"
    " UNION ALL SELECT e.id, e.receipt FROM credit_entry e"
    " WHERE e.id = (SELECT max(credit_entry_id) FROM payment WHERE settlement_id = %(id)s)"
)
_BILL: Final = Read("SELECT receipt FROM bill WHERE id = %(id)s")
_LEFT: Final = Read("SELECT coalesce(sum(amount_fen), 0)::bigint FROM charge_line WHERE patient_id = %(patient_id)s AND state = 'PENDING'")
_WARNINGS: Final = Read("SELECT warnings FROM insurance_settlement WHERE settlement_id = %(id)s ORDER BY id DESC LIMIT 1")
#: A refund that the insurance would not settle anew: what the patient keeps stands open again since its booking.
_DUE_AGAIN: Final = Read(
    "SELECT coalesce(sum(n.amount_fen), 0)::bigint FROM bill b JOIN charge_line n ON n.patient_id = b.patient_id AND n.created_at = b.at"
    " AND n.state = 'PENDING' WHERE b.id = %(id)s"
)


def facts(tx: ReadTx, settlement_id: int) -> SettlementFacts:
    """One settlement. Raises ``NotFound``."""
    return _of(tx, tx.one(_ONE, NotFound(kind=N_("Settlement"), key=str(settlement_id)), id=settlement_id))


def _of(tx: ReadTx, row: Row) -> SettlementFacts:
    id, kind, state, patient_id = row[:4]
    done = state == "DONE"
    steps = tuple(
        OutsideStep(party=s[0], act=s[1], number=s[2], state=s[3], amount_fen=s[4], message=s[5], at=s[6]) for s in tx.rows(_STEPS, id=id)
    )
    warnings = tx.first(_WARNINGS, id=id)
    return SettlementFacts(
        id=id,
        kind=SettlementKind(kind),
        state=state,
        patient_id=patient_id,
        patient_number=row[4],
        patient_name=row[5],
        cashier=row[6],
        expected_fen=row[7],
        opened_at=row[8],
        steps=steps,
        quote=insured.share_of(tx, id),
        warnings=tuple(warnings[0] or ()) if warnings else (),
        settled=_settled(tx, row) if done and kind == "SALE" else None,
        refunded=_refunded(tx, row) if done and kind in ("REFUND", "CONVERT") else None,
        moved=_moved(tx, id) if done and kind in _ACCOUNT_KINDS else None,
        account_id=row[14],
        failure=None if row[9] is None else as_kind(row[9], Refused),
        can_cancel=state in ("QUOTED", "UNKNOWN", "OPEN")
        and not row[12]
        and not (kind == "REFUND" and any(s.state == "SUCCESS" for s in steps))
        and not (kind == "CONVERT" and any(s.party != "insurance" and s.state != "REJECTED" for s in steps)),
        conversion=converting.quote(tx, id) if kind == "CONVERT" else None,
    )


def _moved(tx: ReadTx, settlement_id: int) -> AccountMoved | None:
    row = tx.first(_ENTRY, id=settlement_id)
    if row is None:
        return None
    receipt = as_kind(row[1], AccountReceipt)
    return AccountMoved(entry_id=row[0], balance_fen=receipt.balance_fen, change_fen=receipt.change_fen, receipt=receipt)


def _settled(tx: ReadTx, row: Row) -> Settled:
    receipt = _receipt(tx, row[10])
    left = tx.first(_LEFT, patient_id=row[3])
    return Settled(
        bill_id=receipt.bill_id,
        bill_number=receipt.bill_number,
        invoice_number=receipt.invoice_number,
        total_fen=receipt.total_fen,
        change_fen=receipt.change_fen,
        left_fen=left[0] if left else 0,
        receipt=receipt,
    )


def _refunded(tx: ReadTx, row: Row) -> Refunded:
    refund = _receipt(tx, row[10])
    rest = None if row[11] is None else _receipt(tx, row[11])
    back = _by_tender(refund)
    for kind, fen in _by_tender(rest).items() if rest else ():
        back[kind] = back.get(kind, 0) - fen
    back = {kind: fen for kind, fen in back.items() if fen and kind not in _NOT_HIS}
    again = tx.first(_DUE_AGAIN, id=row[10])
    due_again = again[0] if again and rest is None and row[13].get("rest") else 0
    return Refunded(refund=refund, rest=rest, back_fen=sum(back.values()), back=back, due_again_fen=due_again)


#: Tenders that the patient never held in his hand.
_NOT_HIS: Final = frozenset({TenderKind.FUND, TenderKind.HOSPITAL, TenderKind.WAIVER, TenderKind.ACCOUNT, TenderKind.MUTUAL_AID})


def _by_tender(receipt: ReceiptFacts) -> dict[TenderKind, int]:
    found: dict[TenderKind, int] = {}
    for tender in receipt.tenders:
        found[tender.kind] = found.get(tender.kind, 0) + tender.amount_fen
    return found


def _receipt(tx: ReadTx, bill_id: int | None) -> ReceiptFacts:
    row: Any = tx.one(_BILL, NotFound(kind=N_("Bill"), key=str(bill_id)), id=bill_id)
    return as_kind(row[0], ReceiptFacts)


@handles(GetSettlement)
def get_settlement(tx: ReadTx, request: GetSettlement) -> SettlementFacts:
    """Where it stands now."""
    return facts(tx, request.settlement_id)


@handles(ListOpenSettlements)
def list_open_settlements(tx: ReadTx, request: ListOpenSettlements) -> SettlementList:
    """Everything that has not ended."""
    mine = tx.actor.staff if request.mine else None
    return SettlementList(settlements=tuple(_of(tx, row) for row in tx.rows(_LIVE, cashier_id=mine)))
