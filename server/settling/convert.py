"""What a cashier may ask of a bill that is to be settled with the insurance after all: begin it, and confirm its quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.errors import AmountChanged, NothingToSettle
from common.i18n import N_
from common.messages.conversion import ConfirmConversion, ConvertToInsurance
from common.messages.settlement import SettlementFacts, SettlementKind
from common.settling_errors import NotConnected, NotConvertible, TooLateToConvert
from server import approvals, money_book, numbers
from server.db import Read, Write
from server.features import handles
from server.money_book import standing
from server.settling import converting, insured_data, plan, refunding
from server.settling.begin import locked
from server.settling.facts import facts
from server.settling.plan import RefundPlan

if TYPE_CHECKING:
    from server.db import ReadTx, Tx
    from server.settling.refunding import Wanted

#: The day of the sale itself; the rest of a bill of which a part went back counts from there too.
_SOLD_ON: Final = Read(
    "WITH RECURSIVE chain AS (SELECT id, reissues, business_date FROM bill WHERE id = %(id)s"
    " UNION ALL SELECT b.id, b.reissues, b.business_date FROM bill b JOIN chain c ON b.id = c.reissues)"
    " SELECT min(c.business_date), (SELECT insure_days FROM money_rules WHERE id = 1) FROM chain c"
)
_NUMBER: Final = Read("SELECT number FROM bill WHERE id = %(id)s")
_AGREED: Final = Write("UPDATE settlement SET approval_id = %(approval_id)s WHERE id = %(id)s")

ALREADY_INSURED: Final = N_("convert|it was settled with the insurance.")
NOT_STANDING: Final = N_("convert|it was taken back; take the receipt that stands.")
NOTHING_PAID: Final = N_("convert|nothing was to be paid on it.")


@handles(ConvertToInsurance)
def convert_to_insurance(tx: Tx, request: ConvertToInsurance) -> SettlementFacts:
    """Hold the lines as they are, paid, and ask the insurance for its quote."""
    if tx.parties.bureau is None:
        raise NotConnected(party=N_("Insurance"))
    numbers.require_invoice(tx, 2)
    wanted = _wanted(tx, request.bill_id)
    old = wanted.old
    visit_id = max((line.visit_id for line in old.lines if line.id in wanted.rest), default=old.head.visit_id)
    insured_data.check(tx, tuple(wanted.rest), visit_id)
    worth = sum(line.amount_fen for line in wanted.rest.values())
    stored = RefundPlan(
        lines={},
        rest=wanted.rest,
        rest_fen=wanted.rest_fen,
        waived_fen=worth - wanted.rest_fen,
        reason=request.reason,
        approved_by=None,
        use=request.insured,
        confirmed=False,
    )
    head = old.head
    settlement_id = plan.begin(tx, SettlementKind.CONVERT, head.patient_id, stored, worth, visit_id=visit_id, refunds=request.bill_id)
    standing.hold(tx, old, settlement_id)
    tx.patient_id = head.patient_id
    tx.detail = {"reason": request.reason, "bill": head.number}
    tx.errands[settlement_id] = {}
    return facts(tx, settlement_id)


def _wanted(tx: Tx, bill_id: int) -> Wanted:
    """The bill as it stands, locked. Raises ``NotConvertible``, ``TooLateToConvert``, ``LinesHeld``."""
    try:
        wanted = refunding.look(tx, bill_id, ())
    except NothingToSettle:
        raise NotConvertible(number=_number(tx, bill_id), reason=NOT_STANDING) from None
    if wanted.insured is not None:
        raise NotConvertible(number=wanted.old.head.number, reason=ALREADY_INSURED)
    if not any(line.amount_fen for line in wanted.rest.values()):
        raise NotConvertible(number=wanted.old.head.number, reason=NOTHING_PAID)
    sold_on, days = tx.first(_SOLD_ON, id=bill_id) or (tx.today, 0)
    if (tx.today - sold_on).days > days:
        raise TooLateToConvert(sold_on=f"{sold_on:%Y-%m-%d}", days=days)
    return wanted


def _number(tx: ReadTx, bill_id: int) -> str:
    row = tx.first(_NUMBER, id=bill_id)
    return row[0] if row else str(bill_id)


@handles(ConfirmConversion)
def confirm_conversion(tx: Tx, request: ConfirmConversion) -> SettlementFacts:
    """The patient agrees to the quote: the insurance settles, and what it pays goes back to him."""
    settlement = locked(tx, request.settlement_id, "QUOTED", kind=SettlementKind.CONVERT)
    if settlement.cashier_id != tx.actor.staff:  # the cash would go out of one drawer and be booked in another
        raise money_book.lines_held(tx, settlement.id)
    numbers.require_invoice(tx, 2)
    quoted = converting.quote(tx, settlement.id)
    assert quoted is not None and quoted.back_fen is not None, "QUOTED comes with the quote"
    if quoted.back_fen != request.expected_back_fen:
        raise AmountChanged(shown_fen=request.expected_back_fen, due_fen=quoted.back_fen)
    refund = msgspec.structs.replace(settlement.refund(), confirmed=True)
    if request.approval_id is not None or quoted.needs_approval:
        refund = _agreed(tx, settlement.id, refund, quoted.bill_id, quoted.back_fen, request.approval_id)
    plan.store(tx, settlement.id, refund)
    plan.forget_failure(tx, settlement.id)
    plan.step_to(tx, settlement.id, "OPEN")
    tx.errands[settlement.id] = {}
    tx.patient_id = settlement.patient_id
    tx.detail = {"approved_by": refund.approved_by, "back_fen": quoted.back_fen}
    return facts(tx, settlement.id)


def _agreed(tx: Tx, settlement_id: int, refund: RefundPlan, bill_id: int, back_fen: int, approval_id: int | None) -> RefundPlan:
    """A second person agrees to what goes back."""
    approved_by = approvals.use(tx, approval_id, "refund", bill_id, back_fen)
    assert approval_id is not None
    tx.write(_AGREED, id=settlement_id, approval_id=approval_id)
    return msgspec.structs.replace(refund, approved_by=approved_by, approved_fen=back_fen, approvals=(*refund.approvals, approval_id))
