"""The service's own commands: decide a settlement's next step, write down an outcome, book it, or let it fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import error_from_wire
from common.messages.settlement import SettlementKind
from common.settling_errors import GivenUp
from common.wire import Done
from server import money_book, stock_book
from server.db import Write
from server.features import handles
from server.money_book import outside, standing
from server.settling import calls, channel_steps, converting, insured, insured_outcomes, moving, outcomes, plan, refunding
from server.settling.asks import FailSettlement, Finish, FinishSettlement, RecordOutcome, Rest, Step, Stepped, TakeStep
from server.stock_book import reserving

if TYPE_CHECKING:
    from server.db import Tx
    from server.settling.plan import Settlement

#: A service process holds this advisory lock as long as it lives; whoever can take it knows that the process is dead.
WORKER_LOCK: Final = 7_110
_ALIVE: Final = Write("SELECT NOT pg_try_advisory_xact_lock(%(class)s, hashtext(%(worker)s))")


@handles(TakeStep, replayed=False)
def take_step(tx: Tx, request: TakeStep) -> Stepped:
    """Decide the next step. What is going to be asked is committed with this."""
    settlement = plan.lock(tx, request.settlement_id)
    if settlement.state in (*plan.ENDED, "QUOTED"):
        return Stepped(step=Rest())
    if settlement.leased_by != request.worker:
        if settlement.leased_by and _lives(tx, settlement.leased_by):
            return Stepped(step=Rest())
        _take_over(tx, settlement, request.worker)
        settlement = plan.lock(tx, request.settlement_id)
    pause = channel_steps.wait(settlement, tx)
    return Stepped(step=pause or _next(tx, settlement, request.codes))


def _lives(tx: Tx, worker: str) -> bool:
    row = tx.write_one(_ALIVE, **{"class": WORKER_LOCK, "worker": worker})
    return bool(row and row[0])


def _take_over(tx: Tx, settlement: Settlement, worker: str) -> None:
    """The errand's process is dead, or the errand sets out: what was sent and not answered is unknown."""
    for payment_id in calls.lose(tx, settlement.id):
        outside.step(tx, payment_id, "UNKNOWN")
    insured.lose(tx, settlement.id)
    plan.lease(tx, settlement.id, worker)
    plan.try_at(tx, settlement.id, None, settlement.tries)


def _next(tx: Tx, settlement: Settlement, codes: tuple[int, ...]) -> Step:
    if settlement.kind is SettlementKind.REFUND:
        return refunding.next_step(tx, settlement)
    if settlement.kind is SettlementKind.CONVERT:
        return converting.next_step(tx, settlement)
    if settlement.kind in moving.KINDS:
        return moving.next_step(tx, settlement, codes)
    if settlement.failure is None and not settlement.cancel_wanted:
        step = insured.next_step(tx, settlement)
        if step is not None:
            return step
        step = channel_steps.collect(tx, settlement, codes)
        if step is not None:
            return step
        settlement = plan.lock(tx, settlement.id)
        if settlement.failure is None:
            return Finish()
    return _undo(tx, settlement)


def _undo(tx: Tx, settlement: Settlement) -> Step:
    """It will not be booked: everything outside goes back, then its lines are free again.

    Where the insurance has settled already and only a channel refused, the cashier may take the patient's share another way.
    """
    step = channel_steps.take_back(tx, settlement)
    if step is not None:
        return step
    if insured.is_settled(tx, settlement.id) and not settlement.cancel_wanted:
        plan.store(tx, settlement.id, insured_outcomes.unconfirmed(settlement))
        plan.step_to(tx, settlement.id, "OPEN", keep_lease=True)
        plan.step_to(tx, settlement.id, "QUOTED")
        return Rest()
    step = insured.undo(tx, settlement)
    if step is not None:
        return step
    if settlement.failure is None:
        plan.note_failure(tx, settlement.id, GivenUp())
    money_book.release(tx, settlement.id)
    reserving.payment_given_up(tx, settlement.sale().line_ids)
    plan.forget_token(tx, settlement)
    plan.step_to(tx, settlement.id, "FAILED")
    return Rest()


@handles(RecordOutcome, replayed=False)
def record_outcome(tx: Tx, request: RecordOutcome) -> Done:
    """What became of a call."""
    settlement = plan.lock(tx, request.settlement_id)
    if request.act in insured.ACTS:
        insured_outcomes.record(tx, settlement, request.call_id, request.act, request.outcome)
    else:
        call = next(call for call in calls.calls_of(tx, settlement.id) if call.id == request.call_id)
        outcomes.record(tx, settlement, call, request.act, request.outcome)
    tx.patient_id = settlement.patient_id or None
    tx.detail = {"act": request.act, "outcome": type(request.outcome).__name__}
    return Done()


@handles(FinishSettlement)
def finish_settlement(tx: Tx, request: FinishSettlement) -> Done:
    """Book the bill. A second finish finds it done."""
    settlement = plan.lock(tx, request.settlement_id)
    if settlement.state in plan.ENDED:
        return Done()
    if settlement.refunds is not None:
        _finish_refund(tx, settlement)
    elif settlement.kind in moving.KINDS:
        moving.finish(tx, settlement)
    else:
        _finish_sale(tx, settlement)
    tx.patient_id = settlement.patient_id or None
    return Done()


def _finish_sale(tx: Tx, settlement: Settlement) -> None:
    sale = settlement.sale()
    due = money_book.lock_due(tx, settlement.patient_id, sale.line_ids, settlement.expected_fen, held_by=settlement.id)
    entered = insured.entered(outside.payments_of(tx, settlement.id))
    entered += [refunding.entered(payment) for payment in channel_steps.channel_payments(tx, settlement.id) if payment.state == "PAID"]
    entered += [money_book.Entered(tender) for tender in sale.tenders]
    share = insured.share_of(tx, settlement.id)
    paid = money_book.sell(tx, due, money_book.Sale(entered, sale.change_fen, sale.rounding_fen, share))
    insured.book(tx, settlement.id, paid.bill_id)
    plan.forget_token(tx, settlement)
    plan.done(tx, settlement.id, paid.bill_id)


def _finish_refund(tx: Tx, settlement: Settlement) -> None:
    assert settlement.refunds is not None
    refunding.lock_prescriptions(tx, settlement.refunds)
    old = standing.lock_sale(tx, settlement.refunds, held_by=settlement.id)
    taken = refunding.book(tx, old, settlement.refund(), settlement.id)
    for prescription_id in taken.prescriptions:
        stock_book.release(tx, prescription_id)
    plan.forget_token(tx, settlement)
    plan.done(tx, settlement.id, taken.refund.bill_id, taken.rest.bill_id if taken.rest else None)


@handles(FailSettlement, replayed=False)
def fail_settlement(tx: Tx, request: FailSettlement) -> Done:
    """It could not be booked; the next step takes back what was done outside. A refund cannot be undone: it is tried again, and shown."""
    settlement = plan.lock(tx, request.settlement_id)
    tx.detail = {"error": request.error}
    if settlement.state in plan.ENDED:
        return Done()
    untouched = settlement.kind is SettlementKind.CONVERT and not refunding.goes_back(tx, settlement.id)
    if settlement.gives_back and not untouched:
        outcomes.put_off(tx, settlement)
    else:
        plan.note_failure(tx, settlement.id, error_from_wire(request.error, request.fields))
    return Done()
