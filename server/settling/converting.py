"""A bill that was paid without the insurance is settled with it after all 自费转医保: quoted, settled there, the difference paid back, booked.

It is booked as a partial refund is: the whole bill in mirror, then a new one over the same lines, paid by the insurance and by what goes on
paying of the old payments. So nothing of it is ever unpaid, and prescriptions stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import NothingToSettle
from common.messages.settlement import Conversion
from common.settling_errors import LinesHeld
from common.wire import as_kind
from server.db import Read
from server.money_book import standing
from server.settling import insured, plan, refunding
from server.settling.plan import RefundPlan

if TYPE_CHECKING:
    from server.db import ReadTx, Tx
    from server.settling.asks import Step
    from server.settling.plan import Settlement

_UNDER_WAY: Final = Read(
    "SELECT refunds, plan FROM settlement WHERE id = %(id)s AND kind = 'CONVERT' AND state IN ('OPEN', 'QUOTED', 'UNKNOWN')"
)


def next_step(tx: Tx, settlement: Settlement) -> Step:
    """Up to the quote, then to the insurance's settlement, then each channel, then it is booked. Until a channel has been asked to pay back
    it can be given up, and everything is as it was."""
    assert settlement.refunds is not None
    old = standing.lock_sale(tx, settlement.refunds, held_by=settlement.id)
    if not refunding.goes_back(tx, settlement.id):
        step = _insurance_step(tx, settlement)
        if step is not None:
            return step
    share = insured.share_of(tx, settlement.id)
    assert share is not None, "the insurance has settled by then"
    return refunding.pay_back(tx, settlement, old, refunding.own_money(settlement.refund(), share))


def _insurance_step(tx: Tx, settlement: Settlement) -> Step | None:
    if not settlement.cancel_wanted and settlement.failure is None:
        step = insured.next_step(tx, settlement)
        if step is not None:
            return step
        settlement = plan.lock(tx, settlement.id)
    if settlement.cancel_wanted or settlement.failure is not None:
        return insured.undo(tx, settlement) or refunding.leave(tx, settlement)
    return None


def quote(tx: ReadTx, settlement_id: int) -> Conversion | None:
    """What goes back to the patient, as soon as the insurance has said what it pays."""
    row, share = tx.first(_UNDER_WAY, id=settlement_id), insured.share_of(tx, settlement_id)
    if row is None:
        return None
    try:
        old = standing.read_sale(tx, row[0], held_by=settlement_id)
    except (NothingToSettle, LinesHeld):  # it has ended since
        return None
    if share is None:
        return Conversion(bill_id=old.head.bill_id, bill_number=old.head.number)
    refund = as_kind(row[1], RefundPlan, strict=False)
    keeping = refunding.kept(tx, old, refunding.own_money(refund, share))
    back = refunding.back_by_tender(old, keeping)
    total = sum(back.values())
    agreed = refund.approvals and total <= refund.approved_fen
    return Conversion(
        bill_id=old.head.bill_id,
        bill_number=old.head.number,
        back_fen=total,
        back=back,
        needs_approval="" if agreed else refunding.needs_approval(tx, old, total),
    )
