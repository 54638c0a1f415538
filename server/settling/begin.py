"""What a cashier may ask of a settlement: begin it, confirm its quote, give it up, take a bill back, ask again, and say what was found out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.tenders import TITLES
from common.errors import AmountChanged, NotFound, WrongState
from common.i18n import N_
from common.messages.settlement import (
    BeginSettlement,
    CancelSettlement,
    ConfirmSettlement,
    PlanRefund,
    RecordFinding,
    RefundBill,
    RefundPlan,
    RetrySettlement,
    SettlementFacts,
    SettlementKind,
    finding_detail,
)
from common.settling_errors import NotConnected, TenderNotAllowed
from server import approvals, money_book, numbers, stock_book
from server.db import Read, Write
from server.features import handles
from server.money_book import counter, standing
from server.settling import calls, channel_steps, insured, insured_data, outcomes, plan, refunding
from server.settling import insured_rows as rows
from server.settling.facts import facts
from server.settling.plan import SalePlan

if TYPE_CHECKING:
    from server.db import Tx
    from server.settling.plan import Settlement

_LATEST_VISIT: Final = Read("SELECT max(visit_id) FROM charge_line WHERE id = ANY(%(ids)s)")
_FREE_LEASE: Final = Write("UPDATE settlement SET next_try_at = NULL WHERE id = %(id)s")


@handles(BeginSettlement)
def begin_settlement(tx: Tx, request: BeginSettlement) -> SettlementFacts:
    """Hold the lines and set the errand out; without anybody outside it is settled at once."""
    numbers.require_invoice(tx)
    due = money_book.lock_due(tx, request.patient_id, request.line_ids, request.expected_fen)
    tx.patient_id = request.patient_id
    if request.insurance is not None:
        return _begin_insured(tx, request, due)
    taken = counter.check(tx, due.total_fen, request.tenders, request.patient_id, request.approval_id, codes=True)
    by_channel, at_counter = channel_steps.sort_out(tx, request.tenders)
    stored = SalePlan(
        line_ids=tuple(line.id for line in due.sold),
        tenders=tuple(at_counter),
        change_fen=taken.change_fen,
        rounding_fen=taken.rounding_fen,
    )
    settlement_id = plan.begin(tx, SettlementKind.SALE, request.patient_id, stored, due.total_fen, visit_id=due.visit_id)
    if not by_channel:
        entered = [money_book.Entered(tender) for tender in request.tenders]
        paid = money_book.sell(tx, due, money_book.Sale(entered, taken.change_fen, taken.rounding_fen))
        plan.done(tx, settlement_id, paid.bill_id)
        return facts(tx, settlement_id)
    money_book.hold(tx, due, settlement_id)
    channel_steps.enter_orders(tx, settlement_id, by_channel)
    return facts(tx, settlement_id)


def _begin_insured(tx: Tx, request: BeginSettlement, due: money_book.Due) -> SettlementFacts:
    if tx.parties.bureau is None:
        raise NotConnected(party=N_("Insurance"))
    if request.tenders:
        raise TenderNotAllowed(tender=TITLES[request.tenders[0].kind], reason=N_("only once the insurance has quoted"))
    ids = tuple(line.id for line in due.sold)
    visit_id = (tx.first(_LATEST_VISIT, ids=list(ids)) or (due.visit_id,))[0]
    insured_data.check(tx, ids, visit_id)
    stored = SalePlan(line_ids=ids, insurance=request.insurance)
    settlement_id = plan.begin(tx, SettlementKind.SALE, request.patient_id, stored, due.total_fen, visit_id=visit_id)
    money_book.hold(tx, due, settlement_id)
    tx.errands[settlement_id] = {}
    return facts(tx, settlement_id)


@handles(ConfirmSettlement)
def confirm_settlement(tx: Tx, request: ConfirmSettlement) -> SettlementFacts:
    """The patient agrees to the quote and pays his share: go on."""
    numbers.require_invoice(tx)
    settlement = locked(tx, request.settlement_id, "QUOTED", kind=SettlementKind.SALE)
    if settlement.cashier_id != tx.actor.staff:  # the cash would lie in one drawer and be booked in another
        raise money_book.lines_held(tx, settlement.id)
    share = insured.share_of(tx, settlement.id)
    assert share is not None, "QUOTED comes with the quote"
    if share.cash_fen != request.expected_cash_fen:
        raise AmountChanged(shown_fen=request.expected_cash_fen, due_fen=share.cash_fen)
    taken = counter.check(tx, share.cash_fen, request.tenders, settlement.patient_id, request.approval_id, codes=True)
    by_channel, at_counter = channel_steps.sort_out(tx, request.tenders)
    confirmed = msgspec.structs.replace(
        settlement.sale(), tenders=tuple(at_counter), change_fen=taken.change_fen, rounding_fen=taken.rounding_fen, confirmed=True
    )
    channel_steps.void_pending(tx, settlement.id)
    plan.store(tx, settlement.id, confirmed)
    plan.forget_failure(tx, settlement.id)
    plan.step_to(tx, settlement.id, "OPEN")
    tx.errands[settlement.id] = {}
    if by_channel:
        channel_steps.enter_orders(tx, settlement.id, by_channel)
    tx.patient_id = settlement.patient_id or None
    return facts(tx, settlement.id)


@handles(CancelSettlement)
def cancel_settlement(tx: Tx, request: CancelSettlement) -> SettlementFacts:
    """Give it up; the errand takes back what was done outside."""
    settlement = locked(tx, request.settlement_id, "OPEN", "QUOTED", "UNKNOWN")
    plan.want_cancel(tx, settlement.id)
    if settlement.state == "QUOTED":
        plan.step_to(tx, settlement.id, "OPEN")
    tx.errands[settlement.id] = {}
    tx.patient_id = settlement.patient_id or None
    return facts(tx, settlement.id)


@handles(RetrySettlement)
def retry_settlement(tx: Tx, request: RetrySettlement) -> SettlementFacts:
    """Ask outside again now."""
    settlement = locked(tx, request.settlement_id, "OPEN", "UNKNOWN")
    tx.write(_FREE_LEASE, id=settlement.id)
    tx.errands[settlement.id] = {}
    tx.patient_id = settlement.patient_id or None
    return facts(tx, settlement.id)


def locked(tx: Tx, settlement_id: int, *states: str, kind: SettlementKind | None = None) -> Settlement:
    """A settlement that is in one of these states. Raises ``NotFound``, ``WrongState``."""
    settlement = plan.lock(tx, settlement_id)
    if settlement.state not in states or kind not in (None, settlement.kind):
        raise WrongState(machine="settlement", key=str(settlement_id), state=settlement.state)
    return settlement


# --- taking a bill back -------------------------------------------------------------------------------------------------------------


@handles(PlanRefund)
def plan_refund(tx: Tx, request: PlanRefund) -> RefundPlan:
    """What it would do. It locks as the refund itself does, and changes nothing."""
    wanted = refunding.look(tx, request.bill_id, request.lines)
    keeping = refunding.kept(tx, wanted.old, 0 if wanted.insured else wanted.rest_fen)
    back = refunding.back_by_tender(wanted.old, keeping)
    total = sum(back.values())
    return RefundPlan(
        value_fen=wanted.value_fen,
        back_fen=total,
        back=back,
        rest_fen=wanted.rest_fen,
        needs_approval=refunding.needs_approval(tx, wanted.old, wanted.value_fen),
        insured=wanted.insured is not None,
    )


@handles(RefundBill)
def refund_bill(tx: Tx, request: RefundBill) -> SettlementFacts:
    """Take lines of a bill back; at once where nobody outside has to do anything, by an errand otherwise."""
    wanted = refunding.look(tx, request.bill_id, request.lines)
    numbers.require_invoice(tx, 2 if wanted.rest else 1)
    if wanted.insured is not None and tx.parties.bureau is None:
        raise NotConnected(party=N_("Insurance"))
    keeping = refunding.kept(tx, wanted.old, 0 if wanted.insured else wanted.rest_fen)
    back = sum(refunding.back_by_tender(wanted.old, keeping).values())
    if back != request.expected_back_fen:
        raise AmountChanged(shown_fen=request.expected_back_fen, due_fen=back)
    approved_by = None
    # What counts is what the lines cost, whoever had paid for them.
    if request.approval_id is not None or refunding.needs_approval(tx, wanted.old, wanted.value_fen):
        approved_by = approvals.use(tx, request.approval_id, "refund", request.bill_id, wanted.value_fen)
    stored = refunding.plan_of(tx, wanted, request.lines, request.reason, approved_by)
    head = wanted.old.head
    settlement_id = plan.begin(
        tx,
        SettlementKind.REFUND,
        head.patient_id,
        stored,
        back,
        visit_id=head.visit_id,
        refunds=request.bill_id,
        approval_id=request.approval_id,
    )
    tx.patient_id = head.patient_id
    tx.detail = {"reason": request.reason, "approved_by": approved_by, "back_fen": back}
    if refunding.needs_outside(tx, wanted):
        standing.hold(tx, wanted.old, settlement_id)
        tx.errands[settlement_id] = {}
        return facts(tx, settlement_id)
    taken = refunding.book(tx, wanted.old, stored, None)
    for prescription_id in taken.prescriptions:
        stock_book.release(tx, prescription_id)
    plan.done(tx, settlement_id, taken.refund.bill_id, taken.rest.bill_id if taken.rest else None)
    return facts(tx, settlement_id)


# --- what a person found out ----------------------------------------------------------------------------------------------------------


@handles(RecordFinding)
def record_finding(tx: Tx, request: RecordFinding) -> SettlementFacts:
    """A call that nobody answers was looked up by people, two of them."""
    settlement = locked(tx, request.settlement_id, "OPEN", "UNKNOWN")
    detail = finding_detail(request.number, carried_out=request.carried_out)
    approver = approvals.use(tx, request.approval_id, "finding", request.settlement_id, detail=detail)
    call = next((call for call in calls.calls_of(tx, settlement.id) if call.number == request.number and call.open), None)
    if call is not None:
        outcomes.found(tx, settlement, call, carried_out=request.carried_out, where=request.seen_where)
    else:
        lost = next((call for call in rows.calls_of(tx, settlement.id) if call.msgid == request.number and call.open), None)
        if lost is None:
            raise NotFound(kind=N_("Call without an answer"), key=request.number)
        insured.found(tx, settlement, lost, carried_out=request.carried_out, where=request.seen_where)
    tx.patient_id = settlement.patient_id or None
    tx.detail = {"number": request.number, "carried_out": request.carried_out, "where": request.seen_where, "approved_by": approver}
    tx.errands[settlement.id] = {}
    return facts(tx, settlement.id)
