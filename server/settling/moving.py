"""Deposits and debts by payment code: begun here, taken through the channels, booked once when everything outside is done.

What comes in (DEPOSIT, COLLECT) is collected like the payments of a bill; where it is given up, everything goes back. What goes out
(DEPOSIT_BACK) goes back by the orders that it came by; until the first of them has been paid back it can be given up, afterwards what has
gone back is booked and the rest stays in the deposit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.tenders import TITLES
from common.errors import NotFound
from common.i18n import N_
from common.messages.accounts_by_code import BeginCollect, BeginPayOut, BeginTopUp
from common.messages.cashier import Tender, TenderKind
from common.messages.settlement import SettlementFacts, SettlementKind
from common.money_errors import PayOutUnderWay
from common.settling_errors import GivenUp, TenderNotAllowed
from server import approvals, money_rules
from server.db import Read
from server.features import handles
from server.money_book import account_money, deposits, outside
from server.money_book.account_money import Means
from server.settling import calls, channel_steps, plan
from server.settling.asks import Finish, Rest, Step
from server.settling.facts import facts
from server.settling.plan import MovePlan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from server.db import ReadTx, Tx
    from server.money_book.outside import Outside
    from server.settling.calls import ChannelCall
    from server.settling.plan import Settlement

KINDS: Final = frozenset({SettlementKind.DEPOSIT, SettlementKind.DEPOSIT_BACK, SettlementKind.COLLECT})

_PATIENT: Final = Read("SELECT 1 FROM patient WHERE id = %(id)s")
#: What is left of a payment of a deposit.
_LEFT: Final = Read(
    "SELECT y.amount_fen + coalesce((SELECT sum(m.amount_fen) FROM payment m WHERE m.reverses = y.id), 0)::bigint FROM payment y"
    " WHERE y.id = %(id)s"
)


@handles(BeginTopUp)
def begin_top_up(tx: Tx, request: BeginTopUp) -> SettlementFacts:
    """Have the channels collect what is going to be in the deposit."""
    stored, by_channel = _coming_in(tx, request.amount_fen, request.tenders)
    tx.one(_PATIENT, NotFound(kind=N_("Patient"), key=str(request.patient_id)), id=request.patient_id)
    settlement_id = plan.begin(tx, SettlementKind.DEPOSIT, request.patient_id, stored, request.amount_fen)
    channel_steps.enter_orders(tx, settlement_id, by_channel)
    tx.patient_id = request.patient_id
    return facts(tx, settlement_id)


@handles(BeginCollect)
def begin_collect(tx: Tx, request: BeginCollect) -> SettlementFacts:
    """Have the channels collect what an account owes."""
    stored, by_channel = _coming_in(tx, request.amount_fen, request.tenders)
    account = account_money.lock_owing(tx, request.account_id, request.amount_fen, request.expected_balance_fen)
    settlement_id = plan.begin(
        tx, SettlementKind.COLLECT, account.patient_id, stored, request.amount_fen, credit_account_id=request.account_id
    )
    channel_steps.enter_orders(tx, settlement_id, by_channel)
    tx.patient_id = account.patient_id
    return facts(tx, settlement_id)


def _coming_in(tx: ReadTx, amount_fen: int, tenders: Sequence[Tender]) -> tuple[MovePlan, list[Tender]]:
    change = account_money.check_in(amount_fen, tenders)
    by_channel, at_counter = channel_steps.sort_out(tx, tenders)
    if not by_channel:
        raise TenderNotAllowed(tender=TITLES[tenders[0].kind], reason=N_("there is no payment code to send"))
    return MovePlan(amount_fen=amount_fen, tenders=tuple(at_counter), change_fen=change), by_channel


@handles(BeginPayOut)
def begin_pay_out(tx: Tx, request: BeginPayOut) -> SettlementFacts:
    """Have the channels pay back what came through them. The deposit is locked here, and held by the settlement until it ends."""
    if request.approval_id is not None or request.amount_fen > money_rules.rules(tx).refund_alone_fen:
        tx.detail["approved_by"] = approvals.use(tx, request.approval_id, "pay_out", request.patient_id, request.amount_fen)
    deposits.hold(tx, request.patient_id, 0)
    if deposits.going(tx, request.patient_id) is not None:
        raise PayOutUnderWay
    deposits.hold(tx, request.patient_id, request.amount_fen)
    back, cash = account_money.back_by_code(tx, request.patient_id, request.amount_fen)
    if not back:
        raise TenderNotAllowed(tender=TITLES[TenderKind.CASH], reason=N_("nothing of it came by payment code: pay it in cash"))
    tenders = (Tender(kind=TenderKind.CASH, amount_fen=cash),) if cash else ()
    stored = MovePlan(amount_fen=request.amount_fen, tenders=tenders, back=tuple(back.items()), reason=request.reason.strip())
    settlement_id = plan.begin(
        tx, SettlementKind.DEPOSIT_BACK, request.patient_id, stored, request.amount_fen, approval_id=request.approval_id
    )
    tx.patient_id = request.patient_id
    tx.detail |= {"reason": stored.reason, "amount_fen": request.amount_fen, "cash_fen": cash}
    tx.errands[settlement_id] = {}
    return facts(tx, settlement_id)


# --- the steps --------------------------------------------------------------------------------------------------------------------------


def next_step(tx: Tx, settlement: Settlement, codes: Collection[int]) -> Step:
    """Collect, or pay back; then it is booked."""
    if settlement.gives_back:
        return _pay_back(tx, settlement)
    if settlement.failure is None and not settlement.cancel_wanted:
        step = channel_steps.collect(tx, settlement, codes)
        if step is not None:
            return step
        settlement = plan.lock(tx, settlement.id)
        if settlement.failure is None:
            return Finish()
    return channel_steps.take_back(tx, settlement) or _fail(tx, settlement)


def _fail(tx: Tx, settlement: Settlement) -> Rest:
    if settlement.failure is None:
        plan.note_failure(tx, settlement.id, GivenUp())
    plan.step_to(tx, settlement.id, "FAILED")
    return Rest()


def _pay_back(tx: Tx, settlement: Settlement) -> Step:
    move, made = settlement.move(), calls.calls_of(tx, settlement.id)
    if settlement.cancel_wanted and not any(call.open for call in made):
        return _stop(tx, settlement, move, made)
    for payment_id, amount_fen in move.back:
        call = channel_steps.last_call(made, payment_id, "REFUND")
        if call is None or call.state != "SUCCESS":
            payment = outside.payment(tx, payment_id)
            return channel_steps.give_back(tx, settlement, payment, payment.order, amount_fen, payment.amount_fen, made)
    return Finish()


def _stop(tx: Tx, settlement: Settlement, move: MovePlan, made: Sequence[ChannelCall]) -> Step:
    """No more goes out. What a channel has paid back already is booked; without any of that nothing has happened."""
    done = {call.payment_id for call in made if call.state == "SUCCESS"}
    gone = tuple((payment_id, fen) for payment_id, fen in move.back if payment_id in done)
    for payment_id, _ in move.back:
        if payment_id not in done:
            outside.step(tx, payment_id, "PAID")
    if not gone:
        return _fail(tx, settlement)
    if gone != move.back or move.tenders:
        plan.narrow(tx, settlement.id, msgspec.structs.replace(move, amount_fen=sum(fen for _, fen in gone), tenders=(), back=gone))
    return Finish()


# --- the booking ------------------------------------------------------------------------------------------------------------------------


def finish(tx: Tx, settlement: Settlement) -> None:
    """Book it."""
    move = settlement.move()
    if settlement.gives_back:
        moved = _book_pay_out(tx, settlement, move)
    else:
        means = [Means(tender) for tender in move.tenders]
        means += [_collected(payment) for payment in channel_steps.channel_payments(tx, settlement.id) if payment.state == "PAID"]
        if settlement.kind is SettlementKind.DEPOSIT:
            moved = account_money.book_top_up(tx, settlement.patient_id, means, move.change_fen, settlement.id)
        else:
            assert settlement.credit_account_id is not None, "a collection has its account"
            moved = account_money.book_collect(tx, settlement.credit_account_id, means, move.change_fen, settlement.id)
    plan.done(tx, settlement.id, None)
    tx.detail = {"number": moved.receipt.number, "amount_fen": moved.receipt.amount_fen, "balance_fen": moved.receipt.balance_fen}


def _collected(payment: Outside) -> Means:
    return Means(Tender(kind=payment.kind, amount_fen=payment.amount_fen, reference=payment.reference), payment.id)


def _book_pay_out(tx: Tx, settlement: Settlement, move: MovePlan) -> account_money.Moved:
    means = []
    for payment_id, amount_fen in move.back:
        payment = outside.payment(tx, payment_id)
        means.append(Means(Tender(kind=payment.kind, amount_fen=amount_fen, reference=payment.reference), reverses=payment_id))
    means += [Means(tender) for tender in move.tenders]
    moved = account_money.book_pay_out(tx, settlement.patient_id, means, move.reason, settlement.id)
    for payment_id, _ in move.back:
        left = tx.first(_LEFT, id=payment_id)
        outside.step(tx, payment_id, "PAID" if left is not None and left[0] > 0 else "REFUNDED")
    return moved
