"""What the simulated acquirer does when it is asked: the rules of a payment channel, on its ledger."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.domain.barcodes import payment_code
from server.channels import wire
from server.channels.protocol import CLOSED, NOT_FOUND
from server.channels.simulator.ledger import ZONE
from server.outcome import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.channels.simulator.ledger import Ledger, Trade

PAYER_OF: Final = {"wechat": "wechat", "alipay": "alipay", "unionpay": "unionpay", "ecny": "ecny"}

#: What is said with a refusal.
WORDS: Final[dict[str, str]] = msgspec.toml.decode((resources.files(__package__) / "words.toml").read_bytes())
#: How a code's last six digits make the person behind it behave, so that a demonstration can show each: the refusal's code.
REFUSING: Final = {"900001": "NOT_ENOUGH", "900002": "CODE_EXPIRED", "900003": "CODE_USED"}
#: The same for people who are asked for a password: how many questions until they have made up their mind, and whether they pay.
HESITATING: Final = {"900004": (2, True), "900005": (2, False), "900006": (10**6, False)}

Data = wire.PaidOrder | wire.ReversedOrder | wire.RefundMade | wire.Statement
#: What an act comes to: data, a refusal, or ``None`` while the person has a password to type.
Result = Data | Rejected | None


class Acts:
    """The six acts of the API, for one channel at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._acts: dict[str, tuple[Any, Callable[[str, Any], Result]]] = {
            "pay": (wire.Asked[wire.Pay], self.pay),
            "query": (wire.Asked[wire.Order], self.query),
            "reverse": (wire.Asked[wire.Order], self.reverse),
            "refund": (wire.Asked[wire.Refund], self.refund),
            "query_refund": (wire.Asked[wire.RefundAsked], self.query_refund),
            "statement": (wire.Asked[wire.Day], self.statement),
        }

    def read(self, act: str, body: bytes) -> wire.Asked[Any] | None:
        """A request's body, or ``None`` if there is no such act. Raises ``msgspec.MsgspecError``."""
        known = self._acts.get(act)
        asked: wire.Asked[Any] | None = msgspec.json.decode(body, type=known[0]) if known else None
        return asked

    def carry_out(self, act: str, asked: wire.Asked[Any]) -> Result:
        """Do it, and commit it."""
        return self._acts[act][1](asked.channel, asked.data)

    def pay(self, channel: str, asked: wire.Pay) -> Result:
        """Collect, unless this order was seen before: then what became of it."""
        known = self._ledger.trade(channel, asked.order)
        if known is None:
            self._begin(channel, asked)
        elif known.state == "CLOSED":
            return _no(CLOSED, "ORDER_CLOSED")
        elif known.amount_fen != asked.amount_fen:
            return _no("ORDER_MISMATCH")
        return _state(self._ledger.trade(channel, asked.order))

    def _begin(self, channel: str, asked: wire.Pay) -> None:
        code, tail = payment_code(asked.auth_code), asked.auth_code[-6:]
        refusal = None
        if code is None or code.payer.value != PAYER_OF[channel]:
            refusal = "CODE_INVALID"
        elif tail in REFUSING:
            refusal = REFUSING[tail]
        elif not self._ledger.use_code(asked.auth_code):
            refusal = REFUSING["900003"]
        if refusal:
            self._ledger.fail(channel, asked.order, asked.amount_fen, refusal, WORDS[refusal])
        elif tail in HESITATING:
            polls, will_pay = HESITATING[tail]
            self._ledger.open(channel, asked.order, asked.amount_fen, polls=polls, will_pay=will_pay)
        else:
            self._ledger.pay(channel, asked.order, asked.amount_fen, _now())

    def query(self, channel: str, asked: wire.Order) -> Result:
        """What became of an order. A person who was asked for a password comes to a decision after some questions."""
        known = self._ledger.trade(channel, asked.order)
        if known is not None and known.state == "PAYING":
            if known.polls > 0:
                self._ledger.polled(channel, asked.order)
            elif known.will_pay:
                self._ledger.pay(channel, asked.order, known.amount_fen, _now())
            else:
                self._ledger.fail(channel, asked.order, known.amount_fen, "USER_CANCELLED", WORDS["USER_CANCELLED"])
        return _state(self._ledger.trade(channel, asked.order))

    def reverse(self, channel: str, asked: wire.Order) -> Result:
        """Close an order, or take it back."""
        if self._ledger.refunded_fen(channel, asked.order):
            return _no("REFUNDED")
        return wire.ReversedOrder(order=asked.order, was_paid=self._ledger.close(channel, asked.order, _now()))

    def refund(self, channel: str, asked: wire.Refund) -> Result:
        """Pay back, unless this refund number was seen before: then what became of it."""
        made = self._ledger.refund_made(channel, asked.refund_number)
        if made is not None:
            same = (made.order, made.amount_fen) == (asked.order, asked.amount_fen)
            return _refund(made) if same else _no("REFUND_MISMATCH")
        known = self._ledger.trade(channel, asked.order)
        if known is None or known.state != "PAID":
            return _no("NOT_PAID") if known else _no(NOT_FOUND, "ORDER_NOT_FOUND")
        if known.amount_fen != asked.total_fen:
            return _no("ORDER_MISMATCH")
        if self._ledger.refunded_fen(channel, asked.order) + asked.amount_fen > known.amount_fen:
            return _no("TOO_MUCH")
        self._ledger.refund(channel, asked.order, asked.refund_number, asked.amount_fen, _now())
        return self.query_refund(channel, wire.RefundAsked(order=asked.order, refund_number=asked.refund_number))

    def query_refund(self, channel: str, asked: wire.RefundAsked) -> Result:
        """What became of a refund."""
        made = self._ledger.refund_made(channel, asked.refund_number)
        return _refund(made) if made is not None and made.order == asked.order else _no(NOT_FOUND, "REFUND_NOT_FOUND")

    def statement(self, channel: str, asked: wire.Day) -> Result:
        """A day's movements; of today those so far."""
        lines = tuple(self._ledger.statement(channel, asked.day))
        net = sum(line.amount_fen if line.act == "PAY" else -line.amount_fen for line in lines)
        return wire.Statement(day=asked.day, count=len(lines), net_fen=net, lines=lines)


def _no(code: str, word: str = "") -> Rejected:
    return Rejected(code, WORDS[word or code])


def _now() -> datetime:
    return datetime.now(ZONE)


def _state(trade: Trade | None) -> Result:
    if trade is None:
        return _no(NOT_FOUND, "ORDER_NOT_FOUND")
    if trade.state == "PAYING":
        return None
    if trade.state == "PAID":
        return wire.PaidOrder(
            order=trade.number, channel_number=trade.channel_number, amount_fen=trade.amount_fen, at=datetime.fromisoformat(trade.at)
        )
    return _no(CLOSED, "ORDER_CLOSED") if trade.state == "CLOSED" else Rejected(trade.code, trade.message)


def _refund(made: wire.Movement) -> wire.RefundMade:
    return wire.RefundMade(
        order=made.order, refund_number=made.number, channel_number=made.channel_number, amount_fen=made.amount_fen, at=made.at
    )
