"""What a call to a channel came to, written down: the one place that turns an outcome into states."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from common.errors import FieldWrong
from common.i18n import N_
from common.messages.cashier import TenderKind
from common.settling_errors import GivenUp
from server.channels.protocol import CLOSED, NOT_FOUND, Paid, Paying
from server.money_book import outside
from server.outcome import Rejected, Success, Unknown
from server.settling import calls, channel_steps, plan

if TYPE_CHECKING:
    from server.db import Tx
    from server.settling.calls import ChannelCall
    from server.settling.plan import Settlement

#: Pauses in seconds between questions whose answer is not known: soon at first, since a queue waits, then each minute.
PAUSES: Final = (0.5, 1, 2, 5, 10, 20, 30, 60)


_PAST_PAYING: Final = timedelta(minutes=10)


def record(tx: Tx, settlement: Settlement, call: ChannelCall, act: str, outcome: Any) -> None:
    """Write down what became of ``act`` about ``call``."""
    if not call.open:  # another errand has written it down; the first word stands
        return
    if isinstance(outcome, Unknown):
        _unknown(tx, settlement, call, outcome.reason)
    elif isinstance(outcome, Paying):
        calls.tried(tx, call.id, channel_steps.PAYING)
        plan.try_at(tx, settlement.id, tx.wall + timedelta(seconds=channel_steps.POLL_SECONDS), settlement.tries + 1)
    else:
        _RECORD[act](tx, settlement, call, outcome)


def known_again(tx: Tx, settlement: Settlement) -> None:
    """The other side answers: it goes on at once."""
    plan.try_at(tx, settlement.id, None, 0)
    if settlement.state == "UNKNOWN":
        plan.step_to(tx, settlement.id, "OPEN", keep_lease=True)


def _unknown(tx: Tx, settlement: Settlement, call: ChannelCall, reason: str) -> None:
    if call.state == "PENDING":
        calls.step(tx, call, "UNKNOWN", message=reason)
    outside.step(tx, call.payment_id, "UNKNOWN")
    put_off(tx, settlement)


def put_off(tx: Tx, settlement: Settlement) -> None:
    """Nobody answers: the settlement is UNKNOWN, and is asked for again after a pause."""
    pause = PAUSES[min(settlement.tries, len(PAUSES) - 1)]
    plan.try_at(tx, settlement.id, tx.wall + timedelta(seconds=pause), settlement.tries + 1)
    plan.step_to(tx, settlement.id, "UNKNOWN", keep_lease=True)


def _paid(tx: Tx, settlement: Settlement, call: ChannelCall, outcome: Success[Any] | Rejected) -> None:
    """PAY and QUERY."""
    if isinstance(outcome, Success):
        paid: Paid = outcome.value
        calls.step(tx, call, "SUCCESS", channel_number=paid.channel_number)
        outside.step(tx, call.payment_id, "PAID")
        outside.refer(tx, call.payment_id, paid.channel_number)
        known_again(tx, settlement)
    elif outcome.code == NOT_FOUND:  # it may still be on its way there: the order is closed before anything else
        calls.tried(tx, call.id, NOT_FOUND)
    else:
        _not_paid(tx, settlement, call, outcome.message, taken_back=outcome.code == CLOSED and call.state == "UNKNOWN")


def _not_paid(tx: Tx, settlement: Settlement, call: ChannelCall, message: str, *, taken_back: bool) -> None:
    calls.step(tx, call, "REVERSED" if taken_back else "REJECTED", message=message)
    outside.step(tx, call.payment_id, "VOIDED")
    if settlement.failure is None and not settlement.cancel_wanted:
        plan.note_failure(tx, settlement.id, channel_steps.refused(TenderKind(call.channel), message))
    known_again(tx, settlement)


def _reversed(tx: Tx, settlement: Settlement, call: ChannelCall, outcome: Success[Any] | Rejected) -> None:
    if isinstance(outcome, Rejected):  # it cannot be taken back this way any more; what is it then?
        calls.tried(tx, call.id, channel_steps.NOT_REVERSED)
        put_off(tx, settlement)
        return
    calls.step(tx, call, "REVERSED", message=call.message)
    outside.step(tx, call.payment_id, "VOIDED")
    if settlement.failure is None:
        plan.note_failure(tx, settlement.id, GivenUp())
    known_again(tx, settlement)


def _refunded(tx: Tx, settlement: Settlement, call: ChannelCall, outcome: Success[Any] | Rejected) -> None:
    if isinstance(outcome, Success):
        calls.step(tx, call, "SUCCESS", channel_number=outcome.value.channel_number)
        if not settlement.gives_back:  # it was given up; a refund is booked, with all payments, when it finishes
            outside.step(tx, call.payment_id, "REFUNDED")
        known_again(tx, settlement)
    elif outcome.code == NOT_FOUND:
        calls.tried(tx, call.id, NOT_FOUND)
    else:
        calls.step(tx, call, "REJECTED", code=outcome.code, message=outcome.message)
        outside.step(tx, call.payment_id, "PAID")  # nothing went back; whoever asks anew begins there
        put_off(tx, settlement)


_RECORD: Final = {"PAY": _paid, "QUERY": _paid, "REVERSE": _reversed, "REFUND": _refunded, "QUERY_REFUND": _refunded}


def found(tx: Tx, settlement: Settlement, call: ChannelCall, *, carried_out: bool, where: str) -> None:
    """People looked a call up on the channel's side. A refund that was not carried out is asked for anew by the next step.

    That a payment was not made can only be said once it cannot be made any more: a code lives a minute, and a payer types at most a few.
    """
    if call.act == "PAY" and not carried_out and (call.state == "PENDING" or tx.wall - call.sent_at < _PAST_PAYING):
        raise FieldWrong(field=N_("Carried out"), reason=N_("not yet: it can still be paid; ask again ten minutes after it was sent"))
    message = f"{call.message} [{where}]".strip()
    if call.act == "PAY":
        calls.step(tx, call, "SUCCESS" if carried_out else "REVERSED", message=message)
        outside.step(tx, call.payment_id, "PAID" if carried_out else "VOIDED")
        if not carried_out and settlement.failure is None:
            plan.note_failure(tx, settlement.id, GivenUp())
    else:
        calls.step(tx, call, "SUCCESS" if carried_out else "REJECTED", message=message)
        if not carried_out:
            outside.step(tx, call.payment_id, "PAID")
        elif not settlement.gives_back:
            outside.step(tx, call.payment_id, "REFUNDED")
    known_again(tx, settlement)
