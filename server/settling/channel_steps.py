"""The steps of a settlement with the payment channels: collect, ask again, take back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common.domain.barcodes import PaymentCode, classify
from common.domain.tenders import TITLES
from common.messages.cashier import CHANNELS, Tender, TenderKind
from common.settling_errors import ChannelCodeWrong, CodeLost, NotConnected, PaymentRefused
from server.channels.protocol import NOT_FOUND
from server.db import Read
from server.money_book import outside
from server.settling import calls, plan
from server.settling.asks import Ask, Step, Wait

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from server.db import ReadTx, Tx
    from server.money_book.outside import Outside
    from server.settling.calls import ChannelCall
    from server.settling.plan import Settlement

#: So long a person may type his password on the telephone; then the order is taken back (DOMAIN.md §5.3) [M].
PATIENCE: Final = timedelta(seconds=45)
POLL_SECONDS: Final = 2.0
#: Marks of a call that stays open: the payer is typing; the channel would not take the order back, so that it has to be asked what it is.
PAYING: Final = "PAYING"
NOT_REVERSED: Final = "NOT_REVERSED"
_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")


def sort_out(tx: ReadTx, tenders: Sequence[Tender]) -> tuple[list[Tender], list[Tender]]:
    """Tenders whose code goes to a channel, and those on the counter. Raises ``ChannelCodeWrong``, ``NotConnected``."""
    by_channel = [tender for tender in tenders if tender.code]
    for tender in by_channel:
        code = classify(tender.code)
        if tender.kind not in CHANNELS or not isinstance(code, PaymentCode) or code.payer.value != tender.kind:
            raise ChannelCodeWrong(channel=TITLES[tender.kind])
        if tender.kind not in tx.parties.channels:
            raise NotConnected(party=TITLES[tender.kind])
    return by_channel, [tender for tender in tenders if not tender.code]


def enter_orders(tx: Tx, settlement_id: int, by_channel: Sequence[Tender]) -> None:
    """The payments that channels are going to be asked for; their codes go with the errand alone."""
    codes = {outside.enter_order(tx, settlement_id, tender.kind, tender.amount_fen): tender.code for tender in by_channel}
    tx.errands[settlement_id] = codes


def collect(tx: Tx, settlement: Settlement, codes: Collection[int]) -> Step | None:
    """The next step towards all channel payments being PAID; ``None`` when they are, or when one failed (then the failure is noted)."""
    made = calls.calls_of(tx, settlement.id)
    for payment in channel_payments(tx, settlement.id):
        if payment.state in ("PAYING", "UNKNOWN"):
            return _ask_again(tx, settlement, payment, last_call(made, payment.id, "PAY"))
        if payment.state == "PENDING":
            if payment.id not in codes:
                outside.step(tx, payment.id, "VOIDED")
                plan.note_failure(tx, settlement.id, CodeLost())
                return None
            return _pay(tx, settlement, payment)
    return None


def channel_payments(tx: Tx, settlement_id: int) -> list[Outside]:
    """Those of a settlement's payments that go through a channel."""
    return [payment for payment in outside.payments_of(tx, settlement_id) if payment.kind in CHANNELS]


def last_call(made: Sequence[ChannelCall], payment_id: int, act: str) -> ChannelCall | None:
    """The newest call of a kind for a payment."""
    return next((call for call in reversed(made) if call.payment_id == payment_id and call.act == act), None)


def _pay(tx: Tx, settlement: Settlement, payment: Outside) -> Ask:
    outside.step(tx, payment.id, "PAYING")
    call_id = calls.enter(tx, settlement.id, payment.id, payment.kind, "PAY", payment.order, payment.amount_fen)
    name = tx.first(_CLINIC)
    return Ask(
        call_id=call_id,
        channel=payment.kind,
        act="PAY",
        order=payment.order,
        payment_id=payment.id,
        amount_fen=payment.amount_fen,
        subject=name[0] if name else "",
    )


def _ask_again(tx: Tx, settlement: Settlement, payment: Outside, call: ChannelCall | None) -> Step:
    assert call is not None, "a payment is PAYING only with a call"
    late = tx.wall - call.sent_at > PATIENCE and (call.state == "PENDING" or call.code == PAYING)
    taken_back = call.code == NOT_FOUND or settlement.cancel_wanted or late
    act = "REVERSE" if taken_back and call.code != NOT_REVERSED else "QUERY"
    return Ask(call_id=call.id, channel=payment.kind, act=act, order=payment.order, payment_id=payment.id, amount_fen=payment.amount_fen)


def void_pending(tx: Tx, settlement_id: int) -> None:
    """Codes of an earlier confirmation that were never sent are not sent any more."""
    for payment in channel_payments(tx, settlement_id):
        if payment.state == "PENDING":
            outside.step(tx, payment.id, "VOIDED")


def take_back(tx: Tx, settlement: Settlement) -> Step | None:
    """The next step towards no money of this settlement being with us any more; ``None`` when none is."""
    made = calls.calls_of(tx, settlement.id)
    for payment in channel_payments(tx, settlement.id):
        if payment.state == "PENDING":
            outside.step(tx, payment.id, "VOIDED")
        elif payment.state in ("PAYING", "UNKNOWN") and last_call(made, payment.id, "REFUND") is None:
            return _ask_again(tx, settlement._replace(cancel_wanted=True), payment, last_call(made, payment.id, "PAY"))
        elif payment.state in ("PAID", "REFUNDING", "UNKNOWN"):
            return give_back(tx, settlement, payment, payment.order, payment.amount_fen, payment.amount_fen, made)
    return None


def give_back(
    tx: Tx, settlement: Settlement, payment: Outside, order: str, amount_fen: int, total_fen: int, made: Sequence[ChannelCall]
) -> Step:
    """Pay back a part of an order, under one refund number, as often as it has to be asked."""
    call = last_call(made, payment.id, "REFUND")
    if call is None or call.state == "REJECTED":  # a refund that was refused is asked for under another number
        outside.step(tx, payment.id, "REFUNDING")
        again = sum(1 for other in made if other.payment_id == payment.id and other.act == "REFUND")
        number = f"{order}R{settlement.id}" + (f"-{again}" if again else "")
        call_id = calls.enter(tx, settlement.id, payment.id, payment.kind, "REFUND", number, amount_fen)
        act = "REFUND"
    else:
        call_id, number = call.id, call.number
        act = "REFUND" if call.code == NOT_FOUND else "QUERY_REFUND"
    return Ask(
        call_id=call_id,
        channel=payment.kind,
        act=act,
        order=order,
        payment_id=payment.id,
        amount_fen=amount_fen,
        total_fen=total_fen,
        refund_number=number,
    )


def refused(kind: TenderKind, message: str) -> PaymentRefused:
    """A channel said no, in its own words."""
    return PaymentRefused(channel=TITLES[kind], message=message)


def wait(settlement: Settlement, tx: Tx) -> Wait | None:
    """What is left of the pause before the next question."""
    if settlement.next_try_at is None or settlement.next_try_at <= tx.wall:
        return None
    return Wait(milliseconds=int((settlement.next_try_at - tx.wall).total_seconds() * 1000) + 1)
